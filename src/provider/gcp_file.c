/* SPDX-License-Identifier: Apache-2.0 */
/* The credential file that Google's client libraries, gcloud and Terraform read. It holds no secret where this program, or a file, is named as the source of
 * identity tokens. Sources: AIP-4117 "External account credentials", and its executable source; RFC 8693. */
#include "gcp.h"

#include <stdio.h>
#include <mayfly/reveal.h>

enum { FILE_MAX = 2 * MF_JWT_MAX, COMMAND_MAX = MF_GCP_PROGRAM + 1024 };

static int put(struct mf_secret *out, const char *s, struct mf_err *err)
{
	return mf_secret_add(out, s, strlen(s), err);
}

static int quoted(struct mf_secret *out, const char *before, const char *value, struct mf_err *err)
{
	return put(out, before, err) || mf_json_quote_secret(out, mf_str(value), err) ? -1 : 0;
}

/* The libraries want a time in milliseconds; GitHub answers in less than one second, and is asked again when it does not. */
static int put_executable(struct mf_secret *out, const struct mf_gcp_priv *priv, struct mf_err *err)
{
	char program[MF_GCP_PROGRAM], audience[MF_GCP_HOST + MF_GCP_PROVIDER], command[COMMAND_MAX + sizeof(audience)];

	if (!mf_gcp_program(program)) {
		mf_fail(err, MF_E_GCP_CONFIG, "%s: the libraries cannot start this program", mf_conf_origin(priv->conf, MF_K_GCP_SOURCE));
		mf_err_why(err, "they cut a command at its spaces, and its path has one, or another special character");
		mf_err_hint(err, "install it in another folder, or set 'gcp.credential-source: url' or 'file'");
		return -1;
	}
	mf_gcp_audience(audience, priv->conf);
	snprintf(command, sizeof(command), "%s gcp-token --gcp-audience=%s", program, audience);
	return quoted(out, "{\"executable\":{\"command\":", command, err) || put(out, ",\"timeout_millis\":30000}}", err) ? -1 : 0;
}

static int put_url(struct mf_secret *out, const struct mf_gcp_priv *priv, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *bearer = mf_secret_empty(MF_JWT_MAX);

	if (!priv->request_url) {
		mf_fail(err, MF_E_GCP_CONFIG, "%s: this job has no address that gives identity tokens", mf_conf_origin(priv->conf, MF_K_GCP_SOURCE));
		mf_err_why(err, "'url' is for GitHub Actions");
		return -1;
	}
	if (!bearer)
		return mf_fail_nomem(err);
	return put(bearer, "Bearer ", err) || mf_secret_join(bearer, priv->request_token, err) || quoted(out, "{\"url\":", priv->request_url, err) ||
	       put(out, ",\"headers\":{\"Authorization\":", err) || mf_json_quote_secret(out, mf_secret_reveal(bearer), err) ||
	       put(out, "},\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"value\"}}", err) ? -1 : 0;
}

static int put_source(struct mf_secret *out, const struct mf_gcp_priv *priv, enum mf_gcp_source source, struct mf_err *err)
{
	switch (source) {
	case MF_GCP_EXECUTABLE:
		return put_executable(out, priv, err);
	case MF_GCP_URL:
		return put_url(out, priv, err);
	case MF_GCP_FILE:
		break;
	}
	return put(out, "{\"file\":" MF_FILE_HERE "}", err);
}

static int put_account(struct mf_secret *out, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_buf url = MF_BUF(2048);
	char life[80];
	int rc;

	if (!mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT))
		return 0;
	snprintf(life, sizeof(life), ",\"service_account_impersonation\":{\"token_lifetime_seconds\":%lld}", (long long)mf_conf_int(conf, MF_K_GCP_LIFETIME));
	rc = mf_gcp_account_url(&url, conf, "generateAccessToken", err) || quoted(out, ",\"service_account_impersonation_url\":", mf_buf_text(&url), err) ||
	     /* ten minutes are the least that the libraries take */
	     (mf_conf_is_set(conf, MF_K_GCP_LIFETIME) && mf_conf_int(conf, MF_K_GCP_LIFETIME) >= 600 && put(out, life, err)) ? -1 : 0;
	mf_buf_free(&url);
	return rc;
}

static int fill(struct mf_secret *out, const struct mf_gcp_priv *priv, enum mf_gcp_source source, struct mf_err *err)
{
	char audience[MF_GCP_HOST + MF_GCP_PROVIDER], url[MF_GCP_TOKEN_URL];

	mf_gcp_resource(audience, priv->conf);
	mf_gcp_sts_url(url, priv->conf);
	return put(out, "{\"type\":\"external_account\"", err) || quoted(out, ",\"universe_domain\":", mf_gcp_universe(priv->conf), err) ||
	       quoted(out, ",\"audience\":", audience, err) || put(out, ",\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\"", err) ||
	       quoted(out, ",\"token_url\":", url, err) || put_account(out, priv->conf, err) || put(out, ",\"credential_source\":", err) || put_source(out, priv, source, err) ||
	       put(out, "}", err) ? -1 : 0;
}

int mf_gcp_file(struct mf_secret **out, const struct mf_gcp_priv *priv, enum mf_gcp_source source, struct mf_err *err)
{
	*out = mf_secret_empty(FILE_MAX);
	if (!*out)
		return mf_fail_nomem(err);
	if (fill(*out, priv, source, err) == 0)
		return 0;
	mf_secret_free(*out);
	*out = NULL;
	return -1;
}

int mf_gcp_executable(struct mf_secret **out, const struct mf_identity *who, struct mf_err *err)
{
	char end[64];

	snprintf(end, sizeof(end), ",\"expiration_time\":%lld}\n", (long long)who->claims.exp);
	*out = mf_secret_empty(FILE_MAX);
	if (!*out)
		return mf_fail_nomem(err);
	if (put(*out, "{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"id_token\":", err) ||
	    mf_json_quote_secret(*out, mf_secret_reveal(who->token), err) || put(*out, end, err)) {
		mf_secret_free(*out);
		*out = NULL;
		return -1;
	}
	return 0;
}
