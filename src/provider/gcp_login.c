/* SPDX-License-Identifier: Apache-2.0 */
/* The login: the identity token becomes a federated token, that one a service account's, and with it an ID token or a person's token where they are wanted. */
#include "gcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>

enum { BODY_MAX = MF_JWT_MAX + (64 << 10), URL_MAX = 2048 };

#define CLOUD_PLATFORM "https://www.googleapis.com/auth/cloud-platform"

static const char json_type[] = "application/json", form_type[] = "application/x-www-form-urlencoded";

/* -- bodies ------------------------------------------------------------------------------------------- */

static int put(struct mf_secret *out, const char *s, struct mf_err *err)
{
	return mf_secret_add(out, s, strlen(s), err);
}

/* "name":"value", with a comma before it where one belongs */
static int member(struct mf_secret *out, const char *name, struct mf_str value, struct mf_err *err)
{
	return (mf_secret_len(out) > 1 && put(out, ",", err)) || put(out, "\"", err) || put(out, name, err) || put(out, "\":", err) || mf_json_quote_secret(out, value, err) ? -1 : 0;
}

/* gcp.scopes, or what all of the cloud's services take. */
static const char *const *scopes_of(size_t *n, const struct mf_conf *conf)
{
	static const char *const usual[] = { CLOUD_PLATFORM };
	const char *const *own = mf_conf_list(conf, MF_K_GCP_SCOPES, n);

	if (*n)
		return own;
	*n = 1;
	return usual;
}

static int joined_scopes(struct mf_buf *out, const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *list = scopes_of(&n, conf);

	for (size_t i = 0; i < n; i++)
		if ((i && mf_buf_putc(out, ' ', err)) || mf_buf_puts(out, list[i], err))
			return -1;
	return 0;
}

static int put_list(struct mf_secret *out, const char *name, const char *before, const char *const *list, size_t n, struct mf_err *err)
{
	if ((mf_secret_len(out) > 1 && put(out, ",", err)) || put(out, "\"", err) || put(out, name, err) || put(out, "\":[", err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct mf_buf one = MF_BUF(1024);
		int rc = (i && put(out, ",", err)) || mf_buf_puts(&one, before, err) || mf_buf_puts(&one, list[i], err) ||
			 mf_json_quote_secret(out, mf_str(mf_buf_text(&one)), err) ? -1 : 0;

		mf_buf_free(&one);
		if (rc)
			return -1;
	}
	return put(out, "]", err);
}

static int put_delegates(struct mf_secret *out, const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *list = mf_conf_list(conf, MF_K_GCP_DELEGATES, &n);

	return n ? put_list(out, "delegates", "projects/-/serviceAccounts/", list, n, err) : 0;
}

/* -- one request -------------------------------------------------------------------------------------- */

/* An ask with a body that is filled; the caller frees ask->body. */
static int start(struct mf_gcp_ask *ask, struct mf_err *err)
{
	ask->doing = "cannot log in to Google Cloud";
	ask->body = mf_secret_empty(BODY_MAX);
	return ask->body ? 0 : mf_fail_nomem(err);
}

static int refused(const struct mf_resp *resp, const struct mf_json *json, const struct mf_gcp_ask *ask, enum mf_gcp_step step, const struct mf_cred *cred,
		   const struct mf_claims *claims, struct mf_err *err)
{
	static const char *const what[] = {
		[MF_GCP_STS] = "Google Cloud refused the identity token", [MF_GCP_ACCESS] = "Google Cloud refused an access token of", [MF_GCP_ID] = "Google Cloud refused an ID token of",
		[MF_GCP_SIGN] = "Google Cloud refused a signature of", [MF_GCP_PERSON] = "Google refused a person's token to", [MF_GCP_METADATA] = "this machine gives no token of its service account",
	};
	const struct mf_gcp_priv *priv = cred->priv;
	const char *account = mf_gcp_text(priv->conf, MF_K_GCP_SERVICE_ACCOUNT);
	struct mf_gcp_error error;

	mf_gcp_read_error(&error, json, cred);
	if (mf_gcp_busy(resp))
		return mf_gcp_unavailable(resp, &error, ask, err);
	if (!json && step != MF_GCP_METADATA)
		return mf_gcp_stranger(resp, ask, err);
	if (step == MF_GCP_STS || step == MF_GCP_METADATA)
		mf_fail(err, MF_E_GCP_LOGIN, "%s", what[step]);
	else
		mf_fail(err, MF_E_GCP_LOGIN, "%s '%s'", what[step], account ? account : "?");
	mf_gcp_explain(&(struct mf_gcp_refusal){ .step = step, .resp = resp, .error = &error, .claims = claims, .conf = priv->conf }, err);
	return -1;
}

/* Sends and gives the answer's JSON with status 200 to `read`. */
static int ask_for(void *out, int (*read)(void *out, const struct mf_json *json, int64_t now, struct mf_err *err), const struct mf_gcp_ask *ask, enum mf_gcp_step step,
		   const struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_gcp_priv *priv = cred->priv;
	struct mf_resp resp = { 0 };
	int rc = mf_gcp_call(&json, &resp, ask, priv->conf, http, err);

	if (rc == 0 && resp.status != 200)
		rc = refused(&resp, json, ask, step, cred, claims, err);
	else if (rc == 0 && (rc = read(out, json, resp.date ? resp.date : mf_now(), err))) {
		mf_err_wrap(err, "cannot use the answer of %s", ask->title);
		mf_clock_note(resp.date, err);
	}
	mf_resp_free(&resp);
	return rc;
}

static int read_oauth(void *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	return mf_gcp_read_oauth(out, json, now, err);
}

static int read_access(void *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	return mf_gcp_read_access(out, json, now, err);
}

static int read_id(void *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	(void)now;
	return mf_gcp_read_text(out, json, "token", err);
}

static int read_signed(void *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	(void)now;
	return mf_gcp_read_text(out, json, "signedJwt", err);
}

/* -- the federated token: RFC 8693 -------------------------------------------------------------------- */

static int sts_body(struct mf_secret *body, const struct mf_gcp_priv *priv, struct mf_err *err)
{
	char audience[MF_GCP_HOST + MF_GCP_PROVIDER];
	struct mf_buf scope = MF_BUF(8192);
	int rc;

	mf_gcp_resource(audience, priv->conf);
	/* one that only takes on a service account has no other use */
	rc = mf_gcp_text(priv->conf, MF_K_GCP_SERVICE_ACCOUNT) ? mf_buf_puts(&scope, CLOUD_PLATFORM, err) : joined_scopes(&scope, priv->conf, err);
	if (rc == 0)
		rc = put(body, "{", err) || member(body, "audience", mf_str(audience), err) || member(body, "grantType", mf_str("urn:ietf:params:oauth:grant-type:token-exchange"), err) ||
		     member(body, "requestedTokenType", mf_str("urn:ietf:params:oauth:token-type:access_token"), err) || member(body, "scope", mf_str(mf_buf_text(&scope)), err) ||
		     member(body, "subjectTokenType", mf_str("urn:ietf:params:oauth:token-type:jwt"), err) ||
		     member(body, "subjectToken", mf_secret_reveal(priv->assertion), err) || put(body, "}", err) ? -1 : 0;
	mf_buf_free(&scope);
	return rc;
}

static int federate(struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	struct mf_gcp_priv *priv = cred->priv;
	char url[MF_GCP_TOKEN_URL];
	struct mf_gcp_ask ask = { .title = "the Security Token Service", .url = url, .content_type = json_type };
	int rc;

	mf_gcp_sts_url(url, priv->conf);
	rc = start(&ask, err) || sts_body(ask.body, priv, err) || ask_for(&priv->federated, read_oauth, &ask, MF_GCP_STS, cred, http, claims, err) ? -1 : 0;
	mf_secret_free(ask.body);
	return rc;
}

/* -- the service account ------------------------------------------------------------------------------ */

static int account_call(void *out, int (*read)(void *, const struct mf_json *, int64_t, struct mf_err *), const char *verb, int (*fill)(struct mf_secret *, const struct mf_conf *, struct mf_err *),
			enum mf_gcp_step step, const struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	const struct mf_gcp_priv *priv = cred->priv;
	struct mf_buf url = MF_BUF(URL_MAX);
	struct mf_gcp_ask ask = { .title = "the IAM Credentials API", .bearer = priv->federated.token, .content_type = json_type };
	int rc = start(&ask, err) || mf_gcp_account_url(&url, priv->conf, verb, err) || put(ask.body, "{", err) || fill(ask.body, priv->conf, err) ||
		 put_delegates(ask.body, priv->conf, err) || put(ask.body, "}", err) ? -1 : 0;

	ask.url = mf_buf_text(&url);
	if (rc == 0)
		rc = ask_for(out, read, &ask, step, cred, http, claims, err);
	mf_secret_free(ask.body);
	mf_buf_free(&url);
	return rc;
}

static int fill_access(struct mf_secret *body, const struct mf_conf *conf, struct mf_err *err)
{
	char life[32];
	size_t n;
	const char *const *scopes = scopes_of(&n, conf);

	snprintf(life, sizeof(life), "%llds", (long long)mf_conf_int(conf, MF_K_GCP_LIFETIME));
	return put_list(body, "scope", "", scopes, n, err) || member(body, "lifetime", mf_str(life), err) ? -1 : 0;
}

static int fill_id(struct mf_secret *body, const struct mf_conf *conf, struct mf_err *err)
{
	return member(body, "audience", mf_str(mf_gcp_text(conf, MF_K_GCP_ID_TOKEN_AUDIENCE)), err) ||
	       put(body, mf_conf_bool(conf, MF_K_GCP_ID_TOKEN_EMAIL) ? ",\"includeEmail\":true" : ",\"includeEmail\":false", err) ? -1 : 0;
}

/* -- a person, by domain-wide delegation: RFC 7523 ---------------------------------------------------- */

static void token_url(char out[static MF_GCP_HOST + 8], const struct mf_conf *conf)
{
	mf_gcp_endpoint(out, conf, MF_K_GCP_OAUTH_URL, "oauth2");
	memcpy(out + strlen(out), "/token", 7);
}

static int fill_sign(struct mf_secret *body, const struct mf_conf *conf, struct mf_err *err)
{
	const int64_t now = mf_now();
	struct mf_buf scope = MF_BUF(8192), payload = MF_BUF(16384);
	char audience[300];
	int rc;

	snprintf(audience, sizeof(audience), "https://oauth2.%s/token", mf_gcp_universe(conf));
	rc = joined_scopes(&scope, conf, err) || mf_buf_puts(&payload, "{\"iss\":", err) || mf_json_quote(&payload, mf_str(mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT)), err) ||
	     mf_buf_puts(&payload, ",\"sub\":", err) || mf_json_quote(&payload, mf_str(mf_gcp_text(conf, MF_K_GCP_SUBJECT)), err) || mf_buf_puts(&payload, ",\"aud\":", err) ||
	     mf_json_quote(&payload, mf_str(audience), err) || mf_buf_puts(&payload, ",\"scope\":", err) || mf_json_quote(&payload, mf_str(mf_buf_text(&scope)), err) ||
	     mf_buf_printf(&payload, err, ",\"iat\":%lld,\"exp\":%lld}", (long long)now, (long long)(now + mf_conf_int(conf, MF_K_GCP_LIFETIME))) ||
	     member(body, "payload", mf_str(mf_buf_text(&payload)), err) ? -1 : 0;
	mf_buf_free(&scope);
	mf_buf_free(&payload);
	return rc;
}

static int become_person(struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	struct mf_gcp_priv *priv = cred->priv;
	MF_CLEANUP(mf_secret_freep) struct mf_secret *proof = NULL;
	char url[MF_GCP_HOST + 8];
	struct mf_gcp_ask ask = { .title = "Google's token server", .url = url, .content_type = form_type };
	int rc;

	if (account_call(&proof, read_signed, "signJwt", fill_sign, MF_GCP_SIGN, cred, http, claims, err))
		return -1;
	token_url(url, priv->conf);
	rc = start(&ask, err) || mf_form_add(ask.body, "grant_type", mf_str("urn:ietf:params:oauth:grant-type:jwt-bearer"), err) ||
	     mf_form_add(ask.body, "assertion", mf_secret_reveal(proof), err) || ask_for(&priv->person, read_oauth, &ask, MF_GCP_PERSON, cred, http, NULL, err) ? -1 : 0;
	mf_secret_free(ask.body);
	return rc;
}

/* -- the machine's own service account ---------------------------------------------------------------- */

static int ask_machine(struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_gcp_priv *priv = cred->priv;
	char url[MF_GCP_HOST + 64];
	const struct mf_header header = { .name = "Metadata-Flavor", .value = "Google" };
	const struct mf_gcp_ask ask = { .title = "this machine's metadata server", .doing = "cannot log in to Google Cloud", .url = url };
	const struct mf_req req = { .url = url, .headers = &header, .n_headers = 1, .retry = MF_RETRY_SAFE, .want = { "metadata-flavor" } };
	struct mf_resp resp = { 0 };
	struct mf_err ignored = { 0 };
	int rc;

	mf_gcp_endpoint(url, priv->conf, MF_K_GCP_METADATA_URL, "metadata");
	snprintf(url + strlen(url), 64, "/computeMetadata/v1/instance/service-accounts/default/token");
	if (mf_http_do(http, &req, &resp, err)) {
		mf_err_wrap(err, "%s", ask.doing);
		mf_err_hint(err, "gcp.machine-identity is for runners on Google Cloud; hosted runners log in with the job's identity");
		return -1;
	}
	if (mf_json_parse_secret(&json, resp.body, &ignored) || mf_json_type(mf_json_root(json)) != MF_J_OBJECT) {
		mf_json_free(json);
		json = NULL;
	}
	if (resp.status == 200 && (!json || strcmp(resp.wanted[0], "Google") != 0))
		rc = mf_gcp_stranger(&resp, &ask, err);
	else if (resp.status != 200)
		rc = refused(&resp, json, &ask, MF_GCP_METADATA, cred, NULL, err);
	else
		rc = mf_gcp_read_oauth(&priv->access, json, mf_now(), err);
	mf_resp_free(&resp);
	return rc;
}

/* -- all of it ---------------------------------------------------------------------------------------- */

static int copy_token(struct mf_gcp_token *out, const struct mf_gcp_token *from, struct mf_err *err)
{
	*out = *from;
	out->token = mf_secret_dup(from->token);
	return out->token ? 0 : mf_fail_nomem(err);
}

static int log_in(struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	struct mf_gcp_priv *priv = cred->priv;
	const struct mf_conf *conf = priv->conf;

	if (mf_gcp_machine(conf))
		return ask_machine(cred, http, err);
	if (federate(cred, http, claims, err))
		return -1;
	if (!mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT))
		return copy_token(&priv->access, &priv->federated, err);
	if (account_call(&priv->access, read_access, "generateAccessToken", fill_access, MF_GCP_ACCESS, cred, http, claims, err))
		return -1;
	if (mf_gcp_text(conf, MF_K_GCP_ID_TOKEN_AUDIENCE) && account_call(&priv->id_token, read_id, "generateIdToken", fill_id, MF_GCP_ID, cred, http, claims, err))
		return -1;
	return mf_gcp_text(conf, MF_K_GCP_SUBJECT) ? become_person(cred, http, claims, err) : 0;
}

static int set_facts(struct mf_cred *out, struct mf_err *err)
{
	const struct mf_gcp_priv *priv = out->priv;
	const char *account = mf_gcp_text(priv->conf, MF_K_GCP_SERVICE_ACCOUNT);
	struct mf_buf subject = MF_BUF(1024);
	char name[MF_GCP_PROVIDER];
	int rc;

	mf_gcp_provider_name(name, priv->conf);
	if (mf_gcp_machine(priv->conf))
		rc = mf_buf_puts(&subject, "the machine's service account", err);
	else if (account)
		rc = mf_buf_printf(&subject, err, "service account '%s'", account);
	else
		rc = mf_buf_printf(&subject, err, "the job's identity at '%s'", name);
	if (rc) {
		mf_buf_free(&subject);
		return -1;
	}
	out->subject = mf_buf_take(&subject);
	out->token = mf_secret_dup(priv->access.token);
	if (!out->subject || !out->token)
		return mf_fail_nomem(err);
	out->kind = "gcp-token";
	out->title = "an access token of Google Cloud";
	out->named = "GOOGLE_OAUTH_ACCESS_TOKEN";
	out->ours = true;
	out->expires = priv->access.expires;
	out->ttl = priv->access.ttl;
	return 0;
}

static int begin(struct mf_cred *out, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_gcp_priv *priv = mf_calloc(1, sizeof(*priv));
	char url[MF_GCP_HOST];

	if (!priv)
		return mf_fail_nomem(err);
	out->provider = &mf_provider_gcp;
	out->priv = priv;
	priv->conf = conf;
	mf_gcp_endpoint(url, conf, mf_gcp_machine(conf) ? MF_K_GCP_METADATA_URL : MF_K_GCP_STS_URL, "sts");
	out->url = mf_strdup(url);
	if (!out->url || (who && !(priv->assertion = mf_secret_dup(who->token))) || (who && who->request_token && !(priv->request_token = mf_secret_dup(who->request_token))) ||
	    (who && who->request_url && !(priv->request_url = mf_strdup(who->request_url))))
		return mf_fail_nomem(err);
	return 0;
}

int mf_gcp_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { 0 };

	if (mf_gcp_check(conf, err))
		return -1;
	if (begin(&cred, conf, who, err) || log_in(&cred, http, who ? &who->claims : NULL, err) || set_facts(&cred, err)) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}
