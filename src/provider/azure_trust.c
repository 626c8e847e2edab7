/* SPDX-License-Identifier: Apache-2.0 */
/* The federated credentials of the application that an identity token is for. Source: Microsoft Graph, "List federatedIdentityCredentials" (v1.0; flexible ones, which have an expression in
 * place of a subject, are in beta alone). */
#include "azure.h"

#include <mayfly/clock.h>
#include <mayfly/reveal.h>

#define OWN_TOKEN "a token of yours can: MAYFLY_AZURE_GRAPH_TOKEN=\"$(az account get-access-token --resource-type ms-graph --query accessToken --output tsv)\""

static int refused(const struct mf_resp *resp, const struct mf_json *json, const char *client, const struct mf_cred *cred, struct mf_err *err)
{
	char words[400];

	mf_azure_text(words, sizeof(words), json, cred);
	if (resp->status == 429 || resp->status >= 500) {
		mf_fail(err, MF_E_AZURE_UNAVAILABLE, "cannot look at the application: Microsoft Graph does not serve requests now");
		err->retryable = true;
	} else if (!json) {
		mf_fail(err, MF_E_AZURE_ANSWER, "cannot look at the application: the answer is not from Microsoft Graph");
	} else if (resp->status == 404) {
		mf_fail(err, MF_E_AZURE_NOT_FOUND, "there is no application '%s' in the tenant", client);
		mf_err_hint(err, "azure.client-id is not the application's, or it is a managed identity's, whose credentials this shows: mayfly doctor azure --trust - reads it");
		mf_err_advice(err, "az identity federated-credential list --identity-name NAME --resource-group GROUP\n");
	} else if (resp->status == 401 || resp->status == 403) {
		mf_fail(err, MF_E_AZURE_DENIED, "the login may not look at application '%s'", client);
		mf_err_hint(err, "the application permission Application.Read.All of Microsoft Graph lets it; " OWN_TOKEN);
	} else {
		mf_fail(err, MF_E_AZURE_REFUSED, "Microsoft Graph refused to show application '%s'", client);
	}
	mf_err_why(err, "status %ld: %s", resp->status, words[0] ? words : json ? "the server gives no reason" : "something else than a JSON object");
	mf_err_sent(err, "%s%s%s", cred->subject ? cred->subject : "the access token that was given", resp->request_id[0] ? ", request " : "", resp->request_id);
	mf_clock_note(resp->date, err);
	return -1;
}

static bool has_flexible(const struct mf_json *json)
{
	const struct mf_jnode *list = mf_json_get_z(mf_json_root(json), "value");

	if (!list || mf_json_type(list) != MF_J_ARRAY)
		return false;
	for (const struct mf_jnode *c = mf_json_first(list); c; c = mf_json_next(c)) {
		const struct mf_jnode *subject = mf_json_type(c) == MF_J_OBJECT ? mf_json_get_z(c, "subject") : NULL;

		if (!subject || mf_json_type(subject) != MF_J_STRING)
			return true;
	}
	return false;
}

/* *more: the other version of the API would show more. */
static int read_credentials(struct mf_buf *out, bool *more, const char *version, const struct mf_secret *bearer, const struct mf_cred *cred, const struct mf_conf *conf, struct mf_http *http,
			    struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const char *own = mf_conf_str(conf, MF_K_AZURE_GRAPH_URL), *client = mf_conf_str(conf, MF_K_AZURE_CLIENT_ID);
	const struct mf_header headers[] = { { .name = "Accept", .value = "application/json" }, { .name = "Authorization", .value = "Bearer ", .secret = bearer } };
	struct mf_buf url = MF_BUF(2048);
	struct mf_req req = { .headers = headers, .n_headers = MF_COUNT(headers), .retry = MF_RETRY_SAFE };
	struct mf_resp resp = { 0 };
	int rc = mf_buf_printf(&url, err, "%s/%s/applications(appId='", own && *own ? own : mf_azure_cloud_of(conf)->graph, version) || mf_url_add_segment(&url, mf_str(client), err) ||
		 mf_buf_puts(&url, "')/federatedIdentityCredentials", err) ? -1 : 0;

	if (rc == 0) {
		req.url = mf_buf_text(&url);
		rc = mf_http_do(http, &req, &resp, err);
		if (rc)
			mf_err_wrap(err, "cannot look at the application");
	}
	if (rc == 0)
		rc = mf_azure_body(&json, &resp, "Microsoft Graph", err);
	if (rc == 0 && resp.status != 200)
		rc = refused(&resp, json, client, cred, err);
	else if (rc == 0)
		rc = mf_buf_add(out, mf_secret_reveal(resp.body).p, mf_secret_reveal(resp.body).n, err);
	*more = rc == 0 && has_flexible(json);
	mf_resp_free(&resp);
	mf_buf_free(&url);
	return rc;
}

int mf_azure_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err)
{
	const struct mf_secret *own = mf_conf_secret(conf, MF_K_AZURE_GRAPH_TOKEN), *bearer;
	const char *client = mf_conf_str(conf, MF_K_AZURE_CLIENT_ID);
	const struct mf_azure_priv *priv;
	struct mf_cred cred = { 0 };
	bool more;
	int rc;

	if (!client || !*client)
		return mf_fail(err, MF_E_AZURE_CONFIG, "which application is it? 'azure.client-id' is not set");
	if (!own && mf_azure_exchange_for(mf_azure_cloud_of(conf)->graph, conf, http, who, &cred, err)) {
		mf_err_note(err, "a login that is refused cannot look at the application; " OWN_TOKEN);
		return -1;
	}
	priv = cred.priv;
	bearer = own ? own : priv->tokens[0].token;
	rc = read_credentials(out, &more, "v1.0", bearer, &cred, conf, http, err);
	if (rc == 0 && more) {
		out->n = 0;
		rc = read_credentials(out, &more, "beta", bearer, &cred, conf, http, err);
	}
	mf_cred_free(&cred);
	return rc;
}
