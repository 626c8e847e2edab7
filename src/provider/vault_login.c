/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in: an identity, or what else the method takes, becomes a token. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>

/* Where it goes and what every request carries; no token yet. */
static int start_cred(struct mf_cred *out, const struct mf_conf *conf, struct mf_err *err)
{
	const char *ns = mf_conf_str(conf, MF_K_VAULT_NAMESPACE);
	struct mf_vault_priv *priv;

	out->provider = &mf_provider_vault;
	out->url = mf_strdup(mf_conf_str(conf, MF_K_VAULT_URL));
	out->ns = ns && *ns ? mf_strdup(ns) : NULL;
	if (!out->url || (ns && *ns && !out->ns))
		return mf_fail_nomem(err);
	if (mf_vault_priv(&priv, out, err))
		return -1;
	return mf_vault_extra(&priv->extra, conf, err);
}

static void place(char *out, size_t size, const struct mf_cred *cred, const struct mf_vault_login *l)
{
	snprintf(out, size, "'auth/%s' of '%s'%s%s%s", l->mount, cred->url, cred->ns ? ", namespace '" : "", cred->ns ? cred->ns : "",
		 cred->ns ? "'" : "");
}

static int refused(const struct mf_cred *cred, const struct mf_vault_login *l, const struct mf_conf *conf, const struct mf_identity *who,
		   long status, const struct mf_json *json, struct mf_err *err)
{
	struct mf_claims own = { 0 };
	struct mf_err ignored = { 0 };
	const struct mf_claims *claims = who && who->token ? &who->claims : NULL;
	char where[256], text[512];

	place(where, sizeof(where), cred, l);
	mf_vault_errors(text, sizeof(text), json, cred);
	if (mf_vault_unavailable(status, "cannot log in: the server does not serve requests now", text, err)) {
		mf_err_sent(err, "a login at %s", where);
		return -1;
	}
	if (l->identity && (!claims || l->method == MF_VAULT_KUBERNETES || mf_conf_is_set(conf, MF_K_VAULT_JWT_KEY)))
		claims = mf_jwt_decode(&own, l->identity, &ignored) ? NULL : &own;
	if (l->role)
		mf_fail(err, MF_E_VAULT_LOGIN, "the server refused the login as '%s' at %s", l->role, where);
	else
		mf_fail(err, MF_E_VAULT_LOGIN, "the server refused the login at %s", where);
	mf_vault_explain(status, json, claims, conf, cred, err);
	mf_claims_free(&own);
	return -1;
}

#define GIVE_UP_MS 3000

/* The answer's token has to go when the rest of the answer is of no use: nobody else would end it. */
static int give_up_token(struct mf_cred *cred, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_http_conf http_conf;
	struct mf_http *http = NULL;
	struct mf_err ignored = { 0 };
	char how[256];
	int rc;

	cred->ours = true;
	/* a client of its own: a signal that ends the run must not end this */
	rc = mf_vault_http_conf(&http_conf, conf, &ignored);
	if (rc == 0) {
		http_conf.end_ms = mf_mono_ms() + GIVE_UP_MS;
		rc = mf_http_open(&http, &http_conf, &ignored);
	}
	if (rc == 0)
		rc = mf_vault_revoke(cred, http, NULL, 0, how, sizeof(how), &ignored);
	mf_http_close(http);
	if (rc == 0)
		mf_err_note(err, "the token that came with this answer: %s", how);
	else
		mf_err_note(err, "the token that came with this answer could not be revoked: %s", ignored.what);
	return -1;
}

/* Names of policies and the accessor are the server's text, and are shown. */
static void hide_in_facts(struct mf_cred *cred)
{
	mf_vault_hide(cred, cred->subject);
	mf_vault_hide(cred, cred->accessor);
}

/* What this login sends as secrets, for as long as the server may repeat it. */
static int note_sent(struct mf_cred *cred, const struct mf_vault_login *l, struct mf_err *err)
{
	struct mf_vault_priv *priv = cred->priv;

	for (size_t i = 0; i <= l->n; i++) {
		const struct mf_secret *secret = i == l->n ? l->body : l->shown[i] ? NULL : l->values[i];

		if (!secret)
			continue;
		priv->sent[priv->n_sent] = mf_secret_dup(secret);
		if (!priv->sent[priv->n_sent])
			return mf_fail_nomem(err);
		priv->n_sent++;
	}
	return 0;
}

static int post_login(struct mf_cred *out, struct mf_http *http, const struct mf_conf *conf, const struct mf_identity *who,
		      const struct mf_vault_login *l, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	char role[256];
	struct mf_secret *body;
	long status;
	int rc;

	if (note_sent(out, l, err) || mf_vault_login_body(&body, l, err))
		return -1;
	/* Sent again only when it cannot have been carried out: a second login would leave a token that nobody revokes. */
	rc = mf_vault_call(http, out, "POST", l->path, body, MF_RETRY_CONNECT, &status, &json, err);
	mf_secret_free(body);
	if (rc) {
		mf_err_wrap(err, "cannot log in");
		return -1;
	}
	if (status != 200)
		return refused(out, l, conf, who, status, json, err);
	snprintf(role, sizeof(role), "%s '%s'", l->method == MF_VAULT_USERPASS || l->method == MF_VAULT_LDAP ? "user" : "role",
		 l->role ? l->role : "(default)");
	if (!json)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer to the login is empty");
	if (mf_vault_read_login(out, json, role, mf_now(), err) == 0) {
		hide_in_facts(out);
		return 0;
	}
	mf_err_wrap(err, "cannot log in");
	return out->token ? give_up_token(out, conf, err) : -1;
}

/* A ready token may lack the policy to look itself up, and still be good: then its life is not known. */
static int lookup_refused(struct mf_cred *out, struct mf_http *http, const struct mf_conf *conf, long status, const struct mf_json *json,
			  struct mf_err *err)
{
	const char *origin = mf_conf_origin(conf, MF_K_VAULT_TOKEN);
	struct mf_buf subject = MF_BUF(1024);
	char text[512];

	mf_vault_errors(text, sizeof(text), json, out);
	if (mf_vault_unavailable(status, "cannot look up the token: the server does not serve requests now", text, err))
		return -1;
	if (status != 403 || mf_vault_alive(http, out) != 1) {
		mf_fail(err, MF_E_VAULT_TOKEN, "the token of %s is not valid", origin);
		mf_err_why(err, "status %ld: %s", status, text);
		mf_err_hint(err, "it has expired, was revoked, or belongs to another server%s; without it mayfly logs in with the job's identity",
			    out->ns ? " or namespace" : "");
		return -1;
	}
	mf_warn("the token of %s may not look itself up: how long it lives is not known", origin);
	if (mf_buf_printf(&subject, err, "the token of %s", origin)) {
		mf_buf_free(&subject);
		return -1;
	}
	out->subject = mf_buf_take(&subject);
	return out->subject ? 0 : mf_fail_nomem(err);
}

static int use_token(struct mf_cred *out, struct mf_http *http, const struct mf_conf *conf, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	long status;

	out->token = mf_secret_dup(mf_conf_secret(conf, MF_K_VAULT_TOKEN));
	if (!out->token)
		return mf_fail_nomem(err);
	if (mf_vault_call(http, out, "GET", "auth/token/lookup-self", NULL, MF_RETRY_SAFE, &status, &json, err)) {
		mf_err_wrap(err, "cannot look up the token");
		return -1;
	}
	if (status != 200)
		return lookup_refused(out, http, conf, status, json, err);
	if (!json)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer to lookup-self is empty");
	if (mf_vault_read_lookup(out, json, mf_conf_origin(conf, MF_K_VAULT_TOKEN), mf_now(), err))
		return -1;
	hide_in_facts(out);
	return 0;
}

int mf_vault_look_up(struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	long status;

	if (mf_vault_call(http, cred, "GET", "auth/token/lookup-self", NULL, MF_RETRY_SAFE, &status, &json, err)) {
		mf_err_wrap(err, "cannot look up the token");
		return -1;
	}
	if (status != 200 || !json) {
		mf_verbose("the token may not look itself up (status %ld): whether it can be renewed without end is not known", status);
		return 0;
	}
	return mf_vault_read_bounds(cred, json, err);
}

static int use_inline(struct mf_cred *out, const struct mf_conf *conf, const struct mf_vault_login *l, struct mf_err *err)
{
	struct mf_vault_priv *priv = out->priv;
	struct mf_buf subject = MF_BUF(1024);

	if (mf_vault_inline_headers(&priv->inline_auth, l, err))
		return -1;
	priv->conf = conf;
	if (l->identity && !(priv->identity = mf_secret_dup(l->identity)))
		return mf_fail_nomem(err);
	if (mf_buf_printf(&subject, err, "role '%s', authenticated inline", l->role ? l->role : "(default)")) {
		mf_buf_free(&subject);
		return -1;
	}
	out->subject = mf_buf_take(&subject);
	return out->subject ? 0 : mf_fail_nomem(err);
}

static int log_in(struct mf_cred *out, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_vault_login l = { 0 };
	int rc;

	if (start_cred(out, conf, err))
		return -1;
	if (mf_vault_method_of(conf) == MF_VAULT_TOKEN)
		return use_token(out, http, conf, err);
	if (mf_vault_login_of(&l, conf, who, err))
		return -1;
	rc = mf_conf_bool(conf, MF_K_VAULT_INLINE) ? use_inline(out, conf, &l, err) : post_login(out, http, conf, who, &l, err);
	mf_vault_login_free(&l);
	return rc;
}

int mf_vault_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { 0 };

	if (mf_vault_check(conf, err))
		return -1;
	if (log_in(&cred, conf, http, who, err)) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}
