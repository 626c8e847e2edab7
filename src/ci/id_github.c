/* SPDX-License-Identifier: Apache-2.0 */
/* Asks GitHub's runner service for a token: GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=A with the job's bearer, answered by
 * {"value": "<token>"}. Source: docs.github.com, "OpenID Connect reference". */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/json.h>
#include <mayfly/reveal.h>
#include <mayfly/url.h>
#include "id.h"

/* Longer request URLs exist nowhere; the limit keeps an audience in bounds too. */
#define URL_MAX (16 * 1024)

static int request_url(struct mf_buf *url, const struct mf_id_ask *ask, struct mf_err *err)
{
	if (mf_buf_puts(url, ask->env("ACTIONS_ID_TOKEN_REQUEST_URL"), err))
		return -1;
	return ask->audience ? mf_url_add_query(url, "audience", mf_str(ask->audience), err) : 0;
}

/* The service's own words, when it has any that can be shown: {"message": "..."}, and nothing that looks like a token. */
static void server_message(char *out, size_t size, const struct mf_resp *resp)
{
	struct mf_json *doc = NULL;
	const struct mf_jnode *n;
	struct mf_err ignored;
	struct mf_str text = mf_str("");

	out[0] = '\0';
	if (mf_json_parse_secret(&doc, resp->body, &ignored))
		return;
	n = mf_json_get_z(mf_json_root(doc), "message");
	if (n && mf_json_type(n) == MF_J_STRING)
		text = mf_json_text(doc, n);
	if (text.n && text.n < size && !memmem(text.p, text.n, "eyJ", 3))
		snprintf(out, size, "%.*s", (int)text.n, text.p);
	mf_json_free(doc);
}

static void refused(const struct mf_id_ask *ask, const struct mf_resp *resp, const char *said, struct mf_err *err)
{
	mf_id_fail(ask, MF_E_CI_REFUSED, err);
	mf_err_why(err, "GitHub's token service answered %ld%s%s", resp->status, said[0] ? ": " : "", said);
	if (strstr(said, "state"))
		mf_err_hint(err, "a token can be asked for only while the job runs: nothing may run on in the background "
			    "after its last step");
	else if (resp->status == 404)
		mf_err_hint(err, "ACTIONS_ID_TOKEN_REQUEST_URL leads nowhere: on a server of your own, OIDC has to be set up "
			    "by its administrator");
	else
		mf_err_hint(err, "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not (or no longer) valid: leave both ACTIONS_ID_TOKEN_REQUEST_* "
			    "variables as the runner sets them for this job");
}

static void unavailable(const struct mf_id_ask *ask, const struct mf_resp *resp, const char *said, struct mf_err *err)
{
	mf_id_fail(ask, MF_E_CI_UNAVAILABLE, err);
	err->retryable = true;
	mf_err_why(err, "GitHub's token service answered %ld%s%s, %u %s", resp->status, said[0] ? ": " : "", said,
		   resp->tries, resp->tries == 1 ? "time" : "times in a row");
	mf_err_hint(err, "%s", resp->status == 429 ? "fewer jobs at once ask for a token less often; run this job again later"
						   : "run this job again later; see https://www.githubstatus.com");
}

static void no_token(const struct mf_id_ask *ask, const struct mf_resp *resp, const char *why, struct mf_err *err)
{
	mf_id_fail(ask, MF_E_CI_ANSWER, err);
	mf_err_why(err, "GitHub's token service answered %ld, but %s (%s, %zu bytes)", resp->status, why,
		   resp->content_type[0] ? resp->content_type : "no content type", mf_secret_len(resp->body));
	if (strstr(resp->content_type, "html"))
		mf_err_hint(err, "a page instead of data comes from a proxy or a login wall on the way: let the runner reach the "
			    "host of ACTIONS_ID_TOKEN_REQUEST_URL, or name that host in NO_PROXY");
}

static int read_answer(struct mf_secret **out, const struct mf_id_ask *ask, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	const struct mf_jnode *value;
	struct mf_err why;

	if (mf_secret_len(resp->body) == 0) {
		no_token(ask, resp, "with nothing in it", err);
		return -1;
	}
	if (mf_json_parse_secret(&doc, resp->body, &why)) {
		if (why.code == MF_BUG)
			*err = why;
		else
			no_token(ask, resp, "not with JSON", err);
		return -1;
	}
	value = mf_json_get_z(mf_json_root(doc), "value");
	if (!value || mf_json_type(value) != MF_J_STRING || mf_json_text(doc, value).n == 0) {
		no_token(ask, resp, "the JSON has no text 'value'", err);
		return -1;
	}
	*out = mf_json_secret(doc, value);
	return *out ? 0 : mf_fail_nomem(err);
}

static int judge(struct mf_secret **out, const struct mf_id_ask *ask, const struct mf_resp *resp, struct mf_err *err)
{
	char said[256];

	if (resp->status == 200)
		return read_answer(out, ask, resp, err);
	server_message(said, sizeof said, resp);
	if (resp->status == 401 || resp->status == 403 || resp->status == 404 || (resp->status == 400 && said[0]))
		refused(ask, resp, said, err);
	else if (resp->status == 408 || resp->status == 429 || resp->status >= 500)
		unavailable(ask, resp, said, err);
	else
		no_token(ask, resp, "not with a token", err);
	return -1;
}

/* What a token was asked for with serves for the next one, too. */
static int keep_way(struct mf_identity *id, const struct mf_id_ask *ask, const char *url, struct mf_err *err)
{
	const char *token = ask->env("ACTIONS_ID_TOKEN_REQUEST_TOKEN");

	mf_secret_free(id->request_token);
	free(id->request_url);
	id->request_token = mf_secret_new(token, strlen(token));
	id->request_url = mf_strdup(url);
	return id->request_token && id->request_url ? 0 : mf_fail_nomem(err);
}

static int request(struct mf_resp *resp, const struct mf_id_ask *ask, const struct mf_secret *bearer, const char *url, struct mf_err *err)
{
	struct mf_header headers[] = {
		{ .name = "Authorization", .value = "Bearer ", .secret = bearer },
		{ .name = "Accept", .value = "application/json; api-version=2.0" },
	};
	struct mf_req req = { .url = url, .headers = headers, .n_headers = MF_COUNT(headers), .retry = MF_RETRY_SAFE };

	return mf_http_do(ask->http, &req, resp, err);
}

int mf_id_github(struct mf_identity *id, const struct mf_id_ask *ask, struct mf_err *err)
{
	struct mf_buf url = MF_BUF(URL_MAX);
	struct mf_resp resp = { 0 };
	int rc = -1;

	if (request_url(&url, ask, err) == 0 && keep_way(id, ask, mf_buf_text(&url), err) == 0 && request(&resp, ask, id->request_token, mf_buf_text(&url), err) == 0)
		rc = judge(&id->token, ask, &resp, err);
	else if (ask->audience)
		mf_err_wrap(err, "identity token for audience '%s'", ask->audience);
	else
		mf_err_wrap(err, "identity token");
	if (rc)
		mf_err_note(err, "no credential was requested and nothing was exported");
	mf_resp_free(&resp);
	mf_buf_free(&url);
	return rc;
}
