/* SPDX-License-Identifier: Apache-2.0 */
/* The provider that an identity token is judged by. Source: IAM API v1, projects.locations.workloadIdentityPools.providers.get. */
#include "gcp.h"

#include <mayfly/clock.h>
#include <mayfly/reveal.h>

#define OWN_TOKEN "a token of yours can: GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\""

static int refused(const struct mf_resp *resp, const struct mf_json *json, const struct mf_gcp_ask *ask, const char *name, const struct mf_cred *cred, struct mf_err *err)
{
	const int project = (int)strcspn(name + strlen("projects/"), "/");
	struct mf_gcp_error error;

	mf_gcp_read_error(&error, json, cred);
	if (mf_gcp_busy(resp))
		return mf_gcp_unavailable(resp, &error, ask, err);
	if (!json)
		return mf_gcp_stranger(resp, ask, err);
	if (resp->status == 404) {
		mf_fail(err, MF_E_GCP_NOT_FOUND, "there is no provider '%.300s'", name);
		mf_err_hint(err, "look at gcp.workload-identity-provider, letter by letter: the project is its number");
	} else if (strcmp(error.reason, "SERVICE_DISABLED") == 0) {
		mf_fail(err, MF_E_GCP_DENIED, "the IAM API does not show the provider '%.300s'", name);
		mf_err_hint(err, "the API is off in the project; a few minutes after this it is on:");
		mf_err_advice(err, "gcloud services enable iam.googleapis.com --project %.*s\n", project, name + strlen("projects/"));
	} else if (resp->status == 401 || resp->status == 403) {
		mf_fail(err, MF_E_GCP_DENIED, "the login may not look at the provider '%.300s'", name);
		mf_err_hint(err, "roles/iam.workloadIdentityPoolViewer on the project lets it; " OWN_TOKEN);
	} else {
		mf_fail(err, MF_E_GCP_REFUSED, "the IAM API refused to show the provider '%.300s'", name);
	}
	mf_err_why(err, "status %ld%s%s: %s", resp->status, error.code[0] ? ", " : "", error.code, error.text[0] ? error.text : "the server gives no reason");
	mf_err_sent(err, "%s%s%s", cred->subject ? cred->subject : "the access token that was given", resp->request_id[0] ? ", request " : "", resp->request_id);
	mf_clock_note(resp->date, err);
	return -1;
}

static int read_provider(struct mf_buf *out, const struct mf_secret *bearer, const char *name, const struct mf_cred *cred, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_buf url = MF_BUF(MF_GCP_HOST + 4 * MF_GCP_PROVIDER);
	struct mf_gcp_ask ask = { .title = "the IAM API", .doing = "cannot look at the provider", .bearer = bearer };
	char host[MF_GCP_HOST];
	struct mf_resp resp = { 0 };
	int rc;

	mf_gcp_endpoint(host, conf, MF_K_GCP_POOLS_URL, "iam");
	rc = mf_buf_printf(&url, err, "%s/v1/", host) || mf_url_add_path(&url, mf_str(name), err) ? -1 : 0;
	if (rc == 0) {
		ask.url = mf_buf_text(&url);
		rc = mf_gcp_call(&json, &resp, &ask, conf, http, err);
	}
	if (rc == 0 && resp.status != 200)
		rc = refused(&resp, json, &ask, name, cred, err);
	else if (rc == 0)
		rc = mf_buf_add(out, mf_secret_reveal(resp.body).p, mf_secret_reveal(resp.body).n, err);
	mf_resp_free(&resp);
	mf_buf_free(&url);
	return rc;
}

int mf_gcp_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err)
{
	const struct mf_secret *own = mf_conf_secret(conf, MF_K_GCP_ACCESS_TOKEN);
	const struct mf_gcp_priv *priv;
	char name[MF_GCP_PROVIDER];
	struct mf_cred cred = { 0 };
	int rc;

	mf_gcp_provider_name(name, conf);
	if (strncmp(name, "projects/", 9) != 0)
		return mf_fail(err, MF_E_GCP_CONFIG, "which provider is it? 'gcp.workload-identity-provider' is not set");
	if (!own && mf_gcp_exchange(conf, http, who, &cred, err)) {
		mf_err_note(err, "a login that is refused cannot look at the provider; " OWN_TOKEN);
		return -1;
	}
	priv = cred.priv;
	rc = read_provider(out, own ? own : priv->access.token, name, &cred, conf, http, err);
	mf_cred_free(&cred);
	return rc;
}
