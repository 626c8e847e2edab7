/* SPDX-License-Identifier: Apache-2.0 */
/* A read that the server refused: what it means, and what would help. */
#include "vault_read.h"

#include <stdio.h>

static void policy_advice(const char *path, bool write, struct mf_err *err)
{
	mf_err_advice(err, "path \"%s\" {\n  capabilities = [\"%s\"]\n}\n", path, write ? "update" : "read");
}

static void denied(struct mf_vault_read *r, const struct mf_cred *cred, const struct mf_json *json, const char *text)
{
	struct mf_err *err = r->err;

	if (mf_vault_bad_token(json) && !mf_vault_is_inline(cred)) {
		mf_fail(err, MF_E_VAULT_TOKEN, "the token is not valid any more: cannot read '%s'", r->path);
		mf_err_why(err, "status 403: %s", text);
		mf_err_hint(err, "it has expired, was revoked, or is used up (token_num_uses of the role)");
		return;
	}
	mf_fail(err, MF_E_VAULT_DENIED, "not allowed to read '%s'", r->path);
	mf_err_why(err, "status 403: %s", text[0] ? text : "permission denied");
	mf_err_sent(err, "%s%s%s%s", cred->subject ? cred->subject : "token", cred->ns ? ", namespace '" : "", cred->ns ? cred->ns : "",
		    cred->ns ? "'" : "");
	if (r->blind && !r->ref->post)
		mf_err_hint(err, "either no policy of the role allows this path, or the path is wrong: '%s' was tried as it stands and as KV version 2 "
			    "with 'data/' after the mount; add to a policy:", r->ref->path);
	else
		mf_err_hint(err, "either no policy of the role allows this path, or nothing is mounted there; add to a policy:");
	policy_advice(r->path, r->ref->post != NULL, err);
}

static bool invalid_kv_path(const struct mf_json *json)
{
	const struct mf_jnode *list = json ? mf_json_get_z(mf_json_root(json), "warnings") : NULL;

	for (const struct mf_jnode *w = list ? mf_json_first(list) : NULL; w; w = mf_json_next(w)) {
		struct mf_str s = mf_json_text(json, w);

		if (s.n > 12 && memcmp(s.p, "Invalid path", 12) == 0)
			return true;
	}
	return false;
}

static void not_found(struct mf_vault_read *r, const struct mf_cred *cred, const struct mf_json *json, const char *text)
{
	struct mf_err *err = r->err;

	r->doc->missing = true;
	mf_fail(err, MF_E_VAULT_NOT_FOUND, "nothing at '%s'%s%s", r->path, r->ref->version ? ", version " : "", r->ref->version ? r->ref->version : "");
	mf_err_why(err, "status 404%s%s", text[0] ? ": " : "", text);
	if (invalid_kv_path(json))
		mf_err_hint(err, "the mount is KV version 2, whose paths have 'data/' after the mount: MOUNT/data/PATH");
	else if (cred->ns)
		mf_err_hint(err, "look at the path and at the namespace '%s'; nothing may have been written there yet", cred->ns);
	else
		mf_err_hint(err, "look at the path, letter by letter; nothing may have been written there yet");
}

static void inline_refused(struct mf_vault_read *r, const struct mf_cred *cred, long status, const struct mf_json *json,
			   const char *text)
{
	const struct mf_vault_priv *priv = cred->priv;
	struct mf_claims claims = { 0 };
	struct mf_err ignored = { 0 };

	if (strstr(text, "cannot generate leases")) {
		mf_fail(r->err, MF_E_VAULT_INLINE, "'%s' cannot be read with inline authentication", r->path);
		mf_err_why(r->err, "status %ld: %s", status, text);
		mf_err_hint(r->err, "it is a dynamic secret with a lease, which needs a token that lives on: log in without vault.inline-auth");
		return;
	}
	mf_fail(r->err, MF_E_VAULT_INLINE, "the server refused to read '%s' with inline authentication", r->path);
	if (priv->identity && mf_jwt_decode(&claims, priv->identity, &ignored) == 0)
		mf_vault_explain(status, json, &claims, priv->conf, cred, r->err);
	else
		mf_vault_explain(status, json, NULL, priv->conf, cred, r->err);
	mf_claims_free(&claims);
	mf_err_note(r->err, "inline authentication exists in OpenBao from 2.4 on; Vault takes such a request for one without a token");
}

void mf_vault_read_refused(struct mf_vault_read *r, const struct mf_cred *cred, long status, const struct mf_json *json)
{
	char text[512], what[256];

	mf_vault_errors(text, sizeof(text), json, cred);
	snprintf(what, sizeof(what), "cannot read '%.180s': the server does not serve requests now", r->path);
	if (mf_vault_unavailable(status, what, text, r->err)) {
		if (status != 412 && status != 429 && status != 503 && mf_vault_makes_what_stays(r, cred))
			mf_vault_note_what_stays(r);
		return;
	}
	/* plain "permission denied" is the login's refusal, the other one the policy's */
	if (mf_vault_is_inline(cred) && (status == 400 || status == 500 || (status == 403 && mf_vault_bad_token(json)))) {
		inline_refused(r, cred, status, json, text);
		return;
	}
	if (status == 403) {
		denied(r, cred, json, text);
		return;
	}
	if (status == 404) {
		not_found(r, cred, json, text);
		return;
	}
	mf_fail(r->err, MF_E_VAULT_REFUSED, "the server refused to read '%s'", r->path);
	mf_err_why(r->err, "status %ld: %s", status, text[0] ? text : "the server gives no reason");
	if (status == 405)
		mf_err_hint(r->err, "this path cannot be read: engines that issue (pki/issue, ssh/sign) want a request with a body");
	else if (status >= 500)
		r->err->code = MF_NETWORK;
}
