/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to Google's services, and what their errors look like. */
#include "gcp.h"

#include <stdio.h>
#include <mayfly/reveal.h>
#include <mayfly/text.h>

int mf_gcp_stranger(const struct mf_resp *resp, const struct mf_gcp_ask *ask, struct mf_err *err)
{
	mf_fail(err, MF_E_GCP_ANSWER, "%s: the answer is not from %s", ask->doing, ask->title);
	mf_err_why(err, "status %ld with something else than a JSON object%s%s", resp->status, resp->content_type[0] ? ", content type " : "", resp->content_type);
	mf_err_hint(err, "a proxy or a login page in between answers so");
	return -1;
}

int mf_gcp_json(struct mf_json **json, const struct mf_resp *resp, const struct mf_gcp_ask *ask, struct mf_err *err)
{
	const struct mf_str body = mf_secret_reveal(resp->body);

	*json = NULL;
	if (body.n == 0 && resp->status != 200)
		return 0;
	if (body.n == 0) {
		mf_fail(err, MF_E_GCP_ANSWER, "%s: the answer of %s is empty", ask->doing, ask->title);
		mf_err_why(err, "status 200 without a body: the connection may have been cut");
		err->code = MF_NETWORK;
		return -1;
	}
	if (mf_json_parse_secret(json, resp->body, err)) {
		if (err->id == mf_error_id(MF_E_BASE_NOMEM))
			return -1;
		if (resp->status == 200 && body.p[0] == '{') {
			mf_err_wrap(err, "the answer of %s", ask->title);
			return -1;
		}
		*err = (struct mf_err){ 0 };
		*json = NULL;
		return resp->status == 200 ? mf_gcp_stranger(resp, ask, err) : 0;
	}
	if (mf_json_type(mf_json_root(*json)) == MF_J_OBJECT)
		return 0;
	mf_json_free(*json);
	*json = NULL;
	return resp->status == 200 ? mf_gcp_stranger(resp, ask, err) : 0;
}

int mf_gcp_call(struct mf_json **json, struct mf_resp *resp, const struct mf_gcp_ask *ask, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	const char *reason = mf_gcp_text(conf, MF_K_GCP_REASON);
	struct mf_header headers[3] = { { .name = "Accept", .value = "application/json" } };
	struct mf_req req = {
		.method = ask->body ? "POST" : "GET", .url = ask->url, .headers = headers, .n_headers = 1, .body = ask->body, .content_type = ask->content_type,
		/* a token that is granted twice leaves nothing behind that would not end by itself */
		.retry = MF_RETRY_SAFE,
	};

	*json = NULL;
	if (ask->bearer)
		headers[req.n_headers++] = (struct mf_header){ .name = "Authorization", .value = "Bearer ", .secret = ask->bearer };
	if (reason)
		headers[req.n_headers++] = (struct mf_header){ .name = "X-Goog-Request-Reason", .value = reason };
	if (mf_http_do(http, &req, resp, err)) {
		mf_err_wrap(err, "%s", ask->doing);
		return -1;
	}
	return mf_gcp_json(json, resp, ask, err);
}

/* -- errors ------------------------------------------------------------------------------------------- */

void mf_gcp_hide(const struct mf_cred *cred, char *text)
{
	const struct mf_gcp_priv *p = cred ? cred->priv : NULL;
	const struct mf_secret *all[] = { p ? p->assertion : NULL, p ? p->federated.token : NULL, p ? p->access.token : NULL, p ? p->person.token : NULL, p ? p->id_token : NULL,
					  p ? p->request_token : NULL };

	for (size_t i = 0; text && i < MF_COUNT(all); i++)
		mf_secret_hide(text, all[i]);
}

static void put_word(char *out, size_t size, const struct mf_json *json, const struct mf_jnode *n)
{
	const struct mf_str s = n && mf_json_type(n) == MF_J_STRING ? mf_json_text(json, n) : (struct mf_str){ 0 };

	out[0] = '\0';
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
			return;
	if (s.n && s.n < size)
		snprintf(out, size, "%.*s", (int)s.n, s.p);
}

static void put_text(struct mf_gcp_error *out, const struct mf_json *json, const struct mf_jnode *n, const struct mf_cred *cred)
{
	const struct mf_str s = n && mf_json_type(n) == MF_J_STRING ? mf_json_text(json, n) : (struct mf_str){ 0 };
	char text[2048];

	snprintf(text, sizeof(text), "%.*s", (int)(s.n < sizeof(text) ? s.n : sizeof(text) - 1), s.p ? s.p : "");
	mf_gcp_hide(cred, text);
	for (char *p = text; *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	mf_text_clean(text, false);
	mf_text_tame(text);
	snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1, text);
	mf_wipe(text, sizeof(text));
}

/* google.rpc.ErrorInfo: reason "SERVICE_DISABLED", "IAM_PERMISSION_DENIED". */
static void put_reason(struct mf_gcp_error *out, const struct mf_json *json, const struct mf_jnode *details)
{
	for (const struct mf_jnode *d = mf_json_first(details); d && !out->reason[0]; d = mf_json_next(d))
		put_word(out->reason, sizeof(out->reason), json, mf_json_get_z(d, "reason"));
}

void mf_gcp_read_error(struct mf_gcp_error *out, const struct mf_json *json, const struct mf_cred *cred)
{
	const struct mf_jnode *root = json ? mf_json_root(json) : NULL, *error = mf_json_get_z(root, "error"), *details;

	*out = (struct mf_gcp_error){ 0 };
	if (error && mf_json_type(error) == MF_J_OBJECT) {
		put_word(out->code, sizeof(out->code), json, mf_json_get_z(error, "status"));
		put_text(out, json, mf_json_get_z(error, "message"), cred);
		details = mf_json_get_z(error, "details");
		if (details && mf_json_type(details) == MF_J_ARRAY)
			put_reason(out, json, details);
		return;
	}
	put_word(out->code, sizeof(out->code), json, error);
	put_text(out, json, mf_json_get_z(root, "error_description"), cred);
}

bool mf_gcp_busy(const struct mf_resp *resp)
{
	return resp->status == 429 || resp->status >= 500;
}

int mf_gcp_unavailable(const struct mf_resp *resp, const struct mf_gcp_error *error, const struct mf_gcp_ask *ask, struct mf_err *err)
{
	mf_fail(err, MF_E_GCP_UNAVAILABLE, "%s: %s does not serve requests now", ask->doing, ask->title);
	mf_err_why(err, "status %ld%s%s: %s", resp->status, error->code[0] ? ", " : "", error->code, error->text[0] ? error->text :
		   resp->status == 429 ? "too many requests" : "the server or a proxy failed");
	mf_err_sent(err, "%u times, the last one%s%s", resp->tries, resp->request_id[0] ? " as request " : "", resp->request_id);
	err->retryable = true;
	return -1;
}
