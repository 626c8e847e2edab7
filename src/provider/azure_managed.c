/* SPDX-License-Identifier: Apache-2.0 */
/* A managed identity: the machine that the job runs on has one, and an endpoint that gives tokens for it to whoever runs there. */
#include "azure.h"

#include <stdio.h>
#include <mayfly/clock.h>

enum { URL_MAX = 2048 };

/* App Service, Container Apps, Functions: an address and a header's value; else the virtual machine's metadata service. */
static bool app_service(const struct mf_conf *conf)
{
	const char *s = mf_conf_str(conf, MF_K_AZURE_IDENTITY_ENDPOINT);

	return s && *s;
}

int mf_azure_managed_check(bool *plain, const struct mf_conf *conf, struct mf_err *err)
{
	const enum mf_key key = app_service(conf) ? MF_K_AZURE_IDENTITY_ENDPOINT : MF_K_AZURE_IMDS_URL;
	struct mf_url url;

	if (mf_url_parse(&url, mf_conf_str(conf, key), err))
		return -1;
	*plain = mf_str_is(url.scheme, "http");
	if (app_service(conf) && !mf_conf_secret(conf, MF_K_AZURE_IDENTITY_HEADER)) {
		mf_fail(err, MF_E_AZURE_CONFIG, "the endpoint of %s gives no token without IDENTITY_HEADER", mf_conf_origin(conf, key));
		mf_err_hint(err, "App Service and Container Apps set both; Azure Arc, which sets the endpoint alone, is not supported");
		return -1;
	}
	if (url.loopback || url.link_local)
		return 0;
	mf_fail(err, MF_E_AZURE_CONFIG, "%s: '%.*s' is not this machine", mf_conf_origin(conf, key), (int)url.host.n, url.host.p);
	mf_err_why(err, "a managed identity is asked for on loopback or at a link-local address");
	return -1;
}

/* Both want the resource and not the scope. */
static int url_of(struct mf_buf *url, const struct mf_conf *conf, const char *scope, struct mf_err *err)
{
	const char *client = mf_conf_str(conf, MF_K_AZURE_CLIENT_ID), *base = mf_conf_str(conf, app_service(conf) ? MF_K_AZURE_IDENTITY_ENDPOINT : MF_K_AZURE_IMDS_URL);
	const struct mf_str resource = { scope, strlen(scope) - strlen("/.default") };
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	if (mf_buf_add(url, base, n, err) || (!app_service(conf) && mf_buf_puts(url, "/metadata/identity/oauth2/token", err)) ||
	    mf_url_add_query(url, "api-version", mf_str(app_service(conf) ? "2019-08-01" : "2018-02-01"), err) ||
	    mf_url_add_query(url, "resource", resource, err))
		return -1;
	return client && *client ? mf_url_add_query(url, "client_id", mf_str(client), err) : 0;
}

static int refused(const struct mf_conf *conf, const struct mf_resp *resp, const struct mf_json *json, struct mf_err *err)
{
	const char *client = mf_conf_str(conf, MF_K_AZURE_CLIENT_ID);
	char words[400];

	mf_azure_text(words, sizeof(words), json, NULL);
	mf_secret_hide(words, mf_conf_secret(conf, MF_K_AZURE_IDENTITY_HEADER));
	if (resp->status == 429 || resp->status >= 500 || resp->status == 410) {
		mf_fail(err, MF_E_AZURE_UNAVAILABLE, "this machine's endpoint for managed identities does not serve requests now");
		err->retryable = true;
	} else {
		mf_fail(err, MF_E_AZURE_LOGIN, "this machine has no managed identity%s%s%s for the job", client && *client ? " '" : "", client && *client ? client : "",
			client && *client ? "'" : "");
		mf_err_hint(err, "assign one to the machine, or to the app, that runs this job%s", client && *client ? "; without azure.client-id its own one is taken" :
			    "; where it has several that are assigned by users, name one with azure.client-id");
	}
	mf_err_why(err, "status %ld: %s", resp->status, words[0] ? words : "no reason is given");
	return -1;
}

static int ask(struct mf_azure_token *out, const struct mf_conf *conf, struct mf_http *http, const char *url, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_header header = app_service(conf) ? (struct mf_header){ .name = "X-IDENTITY-HEADER", .secret = mf_conf_secret(conf, MF_K_AZURE_IDENTITY_HEADER) } :
							   (struct mf_header){ .name = "Metadata", .value = "true" };
	const struct mf_req req = { .url = url, .headers = &header, .n_headers = 1, .retry = MF_RETRY_SAFE };
	struct mf_resp resp = { 0 };
	int rc;

	if (mf_http_do(http, &req, &resp, err)) {
		mf_err_wrap(err, "cannot ask this machine for its managed identity");
		if (!app_service(conf))
			mf_err_hint(err, "azure.managed-identity is for runners on Azure; hosted runners log in with the job's identity");
		return -1;
	}
	rc = mf_azure_body(&json, &resp, "this machine's endpoint for managed identities", err);
	if (rc == 0 && resp.status != 200)
		rc = refused(conf, &resp, json, err);
	else if (rc == 0)
		rc = mf_azure_read_token(out, json, mf_now(), err);
	mf_resp_free(&resp);
	return rc;
}

int mf_azure_managed_token(struct mf_azure_token *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	struct mf_buf url = MF_BUF(URL_MAX);
	int rc = url_of(&url, conf, out->scope, err);

	if (rc == 0)
		rc = ask(out, conf, http, mf_buf_text(&url), err);
	mf_buf_free(&url);
	return rc;
}
