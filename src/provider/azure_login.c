/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in at Entra: the identity token, as a client assertion, becomes an access token for each scope. */
#include "azure.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>
#include <mayfly/text.h>

enum { TOKEN_MAX = 32768, BODY_MAX = 3 * MF_JWT_MAX + 8192, LIFE_MAX = 30 * 86400 };

/* -- answers ------------------------------------------------------------------------------------------ */

static int not_azure(const struct mf_resp *resp, const char *whose, struct mf_err *err)
{
	mf_fail(err, MF_E_AZURE_ANSWER, "the answer is not from %s", whose);
	mf_err_why(err, "status %ld with something else than a JSON object%s%s", resp->status, resp->content_type[0] ? ", content type " : "", resp->content_type);
	mf_err_hint(err, "a proxy or a login page in between answers so");
	return -1;
}

int mf_azure_body(struct mf_json **out, const struct mf_resp *resp, const char *whose, struct mf_err *err)
{
	struct mf_str body = mf_secret_reveal(resp->body);
	struct mf_json *json;

	*out = NULL;
	if (body.n == 0) {
		if (resp->status != 200)
			return 0;
		mf_fail(err, MF_E_AZURE_ANSWER, "the answer of %s is empty", whose);
		mf_err_why(err, "status 200 without a body: the connection may have been cut");
		err->code = MF_NETWORK;
		return -1;
	}
	if (mf_json_parse_secret(&json, resp->body, err)) {
		if (err->id == mf_error_id(MF_E_BASE_NOMEM))
			return -1;
		if (resp->status == 200 && body.p[0] == '{') {
			mf_err_wrap(err, "the answer of %s", whose);
			return -1;
		}
		*err = (struct mf_err){ 0 };
		return resp->status == 200 ? not_azure(resp, whose, err) : 0;
	}
	if (mf_json_type(mf_json_root(json)) != MF_J_OBJECT) {
		mf_json_free(json);
		return resp->status == 200 ? not_azure(resp, whose, err) : 0;
	}
	*out = json;
	return 0;
}

/* A number, or as managed identities have it a text of digits. */
static int read_life(int64_t *out, const struct mf_json *json, struct mf_err *err)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(json), "expires_in");
	struct mf_str s = n ? mf_json_text(json, n) : (struct mf_str){ 0 };
	int64_t life = 0;
	bool ok = n && s.n > 0 && s.n <= 9 && (mf_json_type(n) == MF_J_NUMBER || mf_json_type(n) == MF_J_STRING);

	for (size_t i = 0; ok && i < s.n; i++) {
		ok = s.p[i] >= '0' && s.p[i] <= '9';
		life = life * 10 + (s.p[i] - '0');
	}
	if (!ok || life <= 0 || life > LIFE_MAX) {
		mf_fail(err, MF_E_AZURE_ANSWER, "the answer with the access token does not say how long it lives");
		mf_err_why(err, "'expires_in' is missing, or no number of seconds up to %d", LIFE_MAX);
		return -1;
	}
	*out = life;
	return 0;
}

int mf_azure_read_token(struct mf_azure_token *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	struct mf_str token, type;
	int64_t life;

	if (mf_json_need_str(&token, json, mf_json_root(json), "access_token", err) || mf_json_need_str(&type, json, mf_json_root(json), "token_type", err) ||
	    read_life(&life, json, err))
		return -1;
	if (type.n != 6 || strncasecmp(type.p, "Bearer", 6) != 0)
		return mf_fail(err, MF_E_AZURE_ANSWER, "the access token is of another type than Bearer");
	if (token.n == 0 || token.n > TOKEN_MAX)
		return mf_fail(err, MF_E_AZURE_ANSWER, "the access token has %zu bytes", token.n);
	/* it goes into a header */
	for (size_t i = 0; i < token.n; i++)
		if ((unsigned char)token.p[i] <= ' ' || (unsigned char)token.p[i] >= 0x7f)
			return mf_fail(err, MF_E_AZURE_ANSWER, "the access token has a character that no token has");
	out->token = mf_secret_new(token.p, token.n);
	if (!out->token)
		return mf_fail_nomem(err);
	out->ttl = life;
	out->expires = now + life;
	return 0;
}

void mf_azure_hide(const struct mf_cred *cred, char *text)
{
	const struct mf_azure_priv *priv = cred ? cred->priv : NULL;

	if (!priv || !text)
		return;
	for (size_t i = 0; i < priv->n; i++)
		mf_secret_hide(text, priv->tokens[i].token);
	mf_secret_hide(text, priv->assertion);
	for (size_t i = 0; i < MF_COUNT(priv->sent); i++)
		mf_secret_hide(text, priv->sent[i]);
}

/* -- requests ----------------------------------------------------------------------------------------- */

/* Microsoft identity platform, "OAuth 2.0 client credentials flow": third case, access token request with a federated credential; first case with
 * a shared secret. */
static int body_of(struct mf_secret **out, const struct mf_conf *conf, const struct mf_azure_priv *priv, const char *scope, struct mf_err *err)
{
	struct mf_secret *body = mf_secret_empty(BODY_MAX);
	int rc;

	if (!body)
		return mf_fail_nomem(err);
	rc = mf_form_add(body, "client_id", mf_str(mf_conf_str(conf, MF_K_AZURE_CLIENT_ID)), err) || mf_form_add(body, "scope", mf_str(scope), err) ||
	     mf_form_add(body, "grant_type", mf_str("client_credentials"), err);
	if (rc == 0 && priv->assertion)
		rc = mf_form_add(body, "client_assertion_type", mf_str("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), err) ||
		     mf_form_add(body, "client_assertion", mf_secret_reveal(priv->assertion), err);
	else if (rc == 0)
		rc = mf_form_add(body, "client_secret", mf_secret_reveal(mf_conf_secret(conf, MF_K_AZURE_CLIENT_SECRET)), err);
	if (rc) {
		mf_secret_free(body);
		return -1;
	}
	*out = body;
	return 0;
}

static int refused(const struct mf_cred *cred, const struct mf_identity *who, const char *scope, const struct mf_resp *resp, const struct mf_json *json,
		   struct mf_err *err)
{
	const struct mf_azure_priv *priv = cred->priv;
	const bool busy = resp->status == 429 || resp->status >= 500;
	char words[400];

	if (!json && !busy)
		return not_azure(resp, "Entra ID", err);
	if (busy) {
		mf_azure_text(words, sizeof(words), json, cred);
		mf_fail(err, MF_E_AZURE_UNAVAILABLE, "cannot log in: Entra ID does not serve requests now");
		mf_err_why(err, "status %ld: %s", resp->status, words[0] ? words : resp->status == 429 ? "too many requests" : "the server or a proxy failed");
		mf_err_sent(err, "%u times, the last one%s%s", resp->tries, resp->request_id[0] ? " as request " : "", resp->request_id);
		err->retryable = true;
		return -1;
	}
	mf_fail(err, MF_E_AZURE_LOGIN, "Entra ID refused the login as application '%s' for '%s'", mf_conf_str(priv->conf, MF_K_AZURE_CLIENT_ID), scope);
	mf_azure_explain(resp->status, json, who ? &who->claims : NULL, priv->conf, resp->date, cred, err);
	return -1;
}

static int log_in_for(struct mf_azure_token *out, const struct mf_cred *cred, struct mf_http *http, const struct mf_identity *who, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_azure_priv *priv = cred->priv;
	const struct mf_header headers[] = { { .name = "Accept", .value = "application/json" } };
	struct mf_req req = {
		.method = "POST", .url = cred->url, .headers = headers, .n_headers = 1, .content_type = "application/x-www-form-urlencoded",
		/* nothing is left behind by a login that was granted twice */
		.retry = MF_RETRY_SAFE,
	};
	struct mf_resp resp = { 0 };
	struct mf_secret *body = NULL;
	int rc;

	if (body_of(&body, priv->conf, priv, out->scope, err))
		return -1;
	req.body = body;
	rc = mf_http_do(http, &req, &resp, err);
	mf_secret_free(body);
	if (rc) {
		mf_err_wrap(err, "cannot log in at Entra ID");
		return -1;
	}
	rc = mf_azure_body(&json, &resp, "Entra ID", err);
	if (rc == 0 && resp.status != 200)
		rc = refused(cred, who, out->scope, &resp, json, err);
	else if (rc == 0 && (rc = mf_azure_read_token(out, json, mf_now(), err)))
		mf_err_wrap(err, "cannot use the answer of Entra ID");
	mf_resp_free(&resp);
	return rc;
}

/* -- the login ---------------------------------------------------------------------------------------- */

static int set_url(struct mf_cred *out, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_buf url = MF_BUF(1024);
	char authority[MF_AZURE_HOST];

	mf_azure_authority(authority, conf);
	if (mf_azure_managed(conf)) {
		out->url = mf_strdup("the machine's managed identity");
		return out->url ? 0 : mf_fail_nomem(err);
	}
	if (mf_buf_printf(&url, err, "%s/", authority) || mf_url_add_segment(&url, mf_str(mf_conf_str(conf, MF_K_AZURE_TENANT_ID)), err) ||
	    mf_buf_puts(&url, "/oauth2/v2.0/token", err)) {
		mf_buf_free(&url);
		return -1;
	}
	out->url = mf_buf_take(&url);
	return out->url ? 0 : mf_fail_nomem(err);
}

static int set_facts(struct mf_cred *out, const struct mf_conf *conf, struct mf_err *err)
{
	const char *client = mf_conf_str(conf, MF_K_AZURE_CLIENT_ID), *tenant = mf_conf_str(conf, MF_K_AZURE_TENANT_ID);
	const struct mf_azure_priv *priv = out->priv;
	struct mf_buf subject = MF_BUF(1024);
	int rc;

	if (mf_azure_managed(conf))
		rc = mf_buf_printf(&subject, err, "the machine's managed identity%s%s", client && *client ? " " : "", client && *client ? client : "");
	else
		rc = mf_buf_printf(&subject, err, "application '%s' in tenant '%s'", client, tenant);
	if (rc) {
		mf_buf_free(&subject);
		return -1;
	}
	out->subject = mf_buf_take(&subject);
	out->token = mf_secret_dup(priv->tokens[0].token);
	if (!out->subject || !out->token)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < priv->n; i++)
		if (priv->tokens[i].expires > out->expires) {
			out->expires = priv->tokens[i].expires;
			out->ttl = priv->tokens[i].ttl;
		}
	out->kind = "azure-token";
	out->title = "an access token of Entra ID";
	out->named = "AZURE_ACCESS_TOKEN";
	out->ours = true;
	return 0;
}

/* `resource`: the one that a token is for; NULL: those that the configuration asks for. */
static int start(struct mf_cred *out, const char *resource, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err)
{
	const struct mf_secret *client_secret = mf_conf_secret(conf, MF_K_AZURE_CLIENT_SECRET), *header = mf_conf_secret(conf, MF_K_AZURE_IDENTITY_HEADER);
	struct mf_azure_priv *priv = mf_calloc(1, sizeof(*priv));

	if (!priv)
		return mf_fail_nomem(err);
	out->provider = &mf_provider_azure;
	out->priv = priv;
	priv->conf = conf;
	if ((who && who->token && !(priv->assertion = mf_secret_dup(who->token))) || (client_secret && !(priv->sent[0] = mf_secret_dup(client_secret))) ||
	    (header && !(priv->sent[1] = mf_secret_dup(header))))
		return mf_fail_nomem(err);
	if (resource)
		snprintf(priv->tokens[priv->n++].scope, sizeof(priv->tokens[0].scope), "%s/.default", resource);
	else if (mf_azure_scopes(priv, conf, err))
		return -1;
	return set_url(out, conf, err);
}

static int log_in(struct mf_cred *out, const char *resource, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_azure_priv *priv;

	if (start(out, resource, conf, who, err))
		return -1;
	priv = out->priv;
	if (priv->sent[0] && !mf_azure_managed(conf))
		mf_warn("Azure is logged in to with a client secret, which lives for months: a federated credential needs none (docs/providers/azure.md)");
	for (size_t i = 0; i < priv->n; i++)
		if (mf_azure_managed(conf) ? mf_azure_managed_token(&priv->tokens[i], conf, http, err) : log_in_for(&priv->tokens[i], out, http, who, err))
			return -1;
	return set_facts(out, conf, err);
}

int mf_azure_exchange_for(const char *resource, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { 0 };

	if (mf_provider_azure.check(conf, err))
		return -1;
	if (log_in(&cred, resource, conf, http, who, err)) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}

int mf_azure_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	return mf_azure_exchange_for(NULL, conf, http, who, out, err);
}
