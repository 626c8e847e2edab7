/* SPDX-License-Identifier: Apache-2.0 */
/* One request: an identity token for a token of somebody's. */
#include "mint.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>
#include <mayfly/text.h>

enum { TOKEN_MAX = 16384, BODY_MAX = MF_JWT_MAX + 1024, WORDS = 400 };

const struct mf_secret *mf_mint_secret(const struct mf_cred *cred, size_t i, const char **called)
{
	*called = cred->title;
	return i ? NULL : cred->token;
}

void mf_mint_hide(const struct mf_cred *cred, char *text)
{
	const struct mf_mint_priv *p = cred ? cred->priv : NULL;

	if (p)
		mf_secret_hide(text, p->assertion);
	if (cred)
		mf_secret_hide(text, cred->token);
}

void mf_mint_drop(struct mf_cred *cred)
{
	struct mf_mint_priv *p = cred->priv;

	mf_secret_free(p->assertion);
	free(p);
	cred->priv = NULL;
}

int mf_mint_give(const struct mf_cred *cred, const char *name, const char *output, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	struct mf_grant grant = { .name = name, .output = output };

	if (cred && !(grant.value = mf_secret_dup(cred->token)))
		return mf_fail_nomem(err);
	return give(ctx, &grant, err);
}

/* -- refusals --------------------------------------------------------------------------------------------- */

/* "message", "error", "errors":[{"description"}] or a plain text: whatever it says, in one line. */
static void words_of(char out[static WORDS], const struct mf_resp *resp, const struct mf_cred *cred)
{
	static const char *const members[] = { "message", "error", "detail", "description" };
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err ignored = { 0 };
	struct mf_str s = { 0 };
	char text[2048];

	if (mf_json_parse_secret(&json, resp->body, &ignored) == 0 && mf_json_type(mf_json_root(json)) == MF_J_OBJECT) {
		const struct mf_jnode *root = mf_json_root(json), *list = mf_json_get_z(root, "errors");

		if (list && mf_json_type(list) == MF_J_ARRAY && mf_json_first(list))
			root = mf_json_type(mf_json_first(list)) == MF_J_OBJECT ? mf_json_first(list) : root;
		for (size_t i = 0; i < MF_COUNT(members) && !s.n; i++) {
			const struct mf_jnode *n = mf_json_type(root) == MF_J_OBJECT ? mf_json_get_z(root, members[i]) : NULL;

			s = n && mf_json_type(n) == MF_J_STRING ? mf_json_text(json, n) : s;
		}
	} else if (strncmp(resp->content_type, "text/plain", 10) == 0) {
		s = mf_secret_reveal(resp->body);
	}
	snprintf(text, sizeof(text), "%.*s", (int)(s.n < sizeof(text) ? s.n : sizeof(text) - 1), s.p ? s.p : "");
	mf_mint_hide(cred, text);
	for (char *p = text; *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	mf_text_clean(text, false);
	mf_text_tame(text);
	snprintf(out, WORDS, "%.*s", WORDS - 1, text);
	mf_wipe(text, sizeof(text));
}

static int refused(const struct mf_mint *m, const struct mf_resp *resp, const struct mf_cred *cred, const struct mf_claims *c, struct mf_err *err)
{
	const bool busy = resp->status == 429 || resp->status >= 500;
	char words[WORDS];

	words_of(words, resp, cred);
	if (busy)
		mf_fail(err, MF_E_MINT_UNAVAILABLE, "%s does not serve requests now", m->title);
	else
		mf_fail(err, MF_E_MINT_REFUSED, "%s gives this job no token", m->title);
	err->retryable = busy;
	mf_err_why(err, "status %ld: %s", resp->status, words[0] ? words : "the server gives no reason");
	if (busy)
		return -1;
	mf_err_sent(err, "iss=%.*s aud=%.*s sub=%.*s", (int)c->iss.n, c->iss.p, (int)c->aud.n, c->aud.p, (int)c->sub.n, c->sub.p);
	mf_err_hint(err, "%s", m->hint);
	mf_clock_note(resp->date, err);
	return -1;
}

/* -- the request ------------------------------------------------------------------------------------------ */

static int body_of(struct mf_secret **out, const struct mf_mint *m, const struct mf_secret *assertion, struct mf_err *err)
{
	char head[64];

	*out = NULL;
	if (!m->body_member)
		return 0;
	snprintf(head, sizeof(head), "{\"%s\":", m->body_member);
	*out = mf_secret_empty(BODY_MAX);
	if (!*out)
		return mf_fail_nomem(err);
	return mf_secret_add(*out, head, strlen(head), err) || mf_json_quote_secret(*out, mf_secret_reveal(assertion), err) || mf_secret_add(*out, "}", 1, err) ? -1 : 0;
}

static int read_token(struct mf_cred *out, const struct mf_mint *m, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_str s;

	if (mf_json_parse_secret(&json, resp->body, err) || mf_json_need_str(&s, json, mf_json_root(json), m->token, err)) {
		mf_err_wrap(err, "cannot use the answer of %s", m->title);
		return -1;
	}
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
			s.n = 0;
	if (s.n < 8 || s.n > TOKEN_MAX)
		return mf_fail(err, MF_E_MINT_ANSWER, "'%s' in the answer of %s is no token", m->token, m->title);
	out->token = mf_secret_new(s.p, s.n);
	return out->token ? 0 : mf_fail_nomem(err);
}

int mf_mint_exchange(struct mf_cred *out, const struct mf_mint *m, struct mf_http *http, const struct mf_identity *who, int64_t life, struct mf_err *err)
{
	struct mf_mint_priv *p = mf_calloc(1, sizeof(*p));
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = NULL;
	struct mf_header headers[] = { { .name = "Accept", .value = "application/json" }, { .name = "Authorization", .value = "Bearer " } };
	struct mf_req req = { .method = m->post ? "POST" : "GET", .url = m->url, .headers = headers, .n_headers = m->body_member ? 1 : 2, .retry = MF_RETRY_SAFE };
	struct mf_resp resp = { 0 };
	int rc;

	if (!p)
		return mf_fail_nomem(err);
	out->priv = p;
	p->assertion = mf_secret_dup(who->token);
	if (!p->assertion)
		return mf_fail_nomem(err);
	if (body_of(&body, m, p->assertion, err))
		return -1;
	headers[1].secret = p->assertion;
	req.body = body;
	if (mf_http_do(http, &req, &resp, err)) {
		mf_err_wrap(err, "cannot ask %s for a token", m->title);
		return -1;
	}
	rc = resp.status == 200 || resp.status == 201 ? read_token(out, m, &resp, err) : refused(m, &resp, out, &who->claims, err);
	mf_resp_free(&resp);
	out->ours = true;
	out->ttl = life;
	out->expires = mf_now() + life;
	return rc;
}

int mf_mint_revoke(const struct mf_cred *cred, const char *url, struct mf_http *http, char *how, size_t how_size, struct mf_err *err)
{
	const struct mf_header headers[] = { { .name = "Authorization", .value = "Bearer ", .secret = cred->token }, { .name = "Accept", .value = "application/json" } };
	const struct mf_req req = { .method = "DELETE", .url = url, .headers = headers, .n_headers = MF_COUNT(headers), .retry = MF_RETRY_SAFE };
	struct mf_resp resp = { 0 };
	long status;

	if (mf_http_do(http, &req, &resp, err)) {
		mf_err_wrap(err, "cannot revoke the token");
		return -1;
	}
	status = resp.status;
	mf_resp_free(&resp);
	/* who does not know it any more says 401 */
	if (status == 200 || status == 204 || status == 401 || status == 404) {
		if (how)
			snprintf(how, how_size, status == 200 || status == 204 ? "revoked" : "gone already");
		return 0;
	}
	mf_fail(err, MF_E_MINT_REVOKE, "the token was not revoked");
	mf_err_why(err, "status %ld", status);
	return -1;
}
