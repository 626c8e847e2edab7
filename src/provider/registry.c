/* SPDX-License-Identifier: Apache-2.0 */
/* Container registries of the clouds: a login's credential becomes a user and a password for one registry. Sources: Amazon ECR API reference (GetAuthorizationToken); Google Cloud, "Configure
 * authentication to Artifact Registry for Docker" (oauth2accesstoken); Azure Container Registry, "AAD OAuth" (oauth2/exchange). */
#include <mayfly/provider.h>

#include <ctype.h>
#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>
#include <mayfly/url.h>

#include "aws.h"
#include "azure.h"
#include "gcp.h"

enum { URL = 512, HOST = 255, ANSWER_MAX = 65536 };

static bool ends(struct mf_str s, const char *with)
{
	const size_t n = strlen(with);

	return s.n > n && strncasecmp(s.p + s.n - n, with, n) == 0;
}

/* "123456789012.dkr.ecr.eu-west-1.amazonaws.com" -> "eu-west-1" */
static struct mf_str ecr_region(struct mf_str host)
{
	static const char *const marks[] = { ".dkr.ecr.", ".dkr-ecr.", ".dkr.ecr-fips." };

	for (size_t i = 0; i < MF_COUNT(marks); i++) {
		const char *at = host.n ? memmem(host.p, host.n, marks[i], strlen(marks[i])) : NULL;
		struct mf_str rest;
		const char *dot;

		if (!at || at - host.p != 12 || strspn(host.p, "0123456789") < 12 || !(ends(host, ".amazonaws.com") || ends(host, ".amazonaws.com.cn") || ends(host, ".on.aws")))
			continue;
		rest = (struct mf_str){ at + strlen(marks[i]), host.n - (size_t)(at + strlen(marks[i]) - host.p) };
		dot = memchr(rest.p, '.', rest.n);
		return (struct mf_str){ rest.p, dot ? (size_t)(dot - rest.p) : 0 };
	}
	return mf_str("");
}

/* Only what a host name has: "evil.example?.azurecr.io" would go to another host than its end tells. */
static bool plain(struct mf_str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!isalnum((unsigned char)host.p[i]) && host.p[i] != '.' && host.p[i] != '-')
			return false;
	return host.n > 0 && host.n <= HOST;
}

const struct mf_provider *mf_registry_provider(struct mf_str host)
{
	if (!plain(host))
		return NULL;
	if (ecr_region(host).n)
		return &mf_provider_aws;
	if (ends(host, ".pkg.dev") || ends(host, ".gcr.io") || mf_str_is(host, "gcr.io"))
		return &mf_provider_gcp;
	return ends(host, ".azurecr.io") || ends(host, ".azurecr.cn") || ends(host, ".azurecr.us") ? &mf_provider_azure : NULL;
}

/* -- what each gives -------------------------------------------------------------------------------------- */

static int refused(enum mf_error id, const char *whose, const struct mf_resp *resp, const char *hint, struct mf_err *err)
{
	mf_fail(err, id, "%s gives no login for the registry", whose);
	mf_err_why(err, "status %ld", resp->status);
	mf_err_hint(err, "%s", hint);
	return -1;
}

/* "AWS:password" in base64 */
static int take_pair(struct mf_secret **secret, struct mf_str text, struct mf_err *err)
{
	struct mf_secret *plain = mf_secret_empty(ANSWER_MAX);
	unsigned char *raw = mf_calloc(text.n + 4, 1);
	size_t n = 0;
	int rc = plain && raw ? 0 : mf_fail_nomem(err);

	if (rc == 0)
		rc = mf_b64_decode(raw, &n, text.p, text.n, MF_B64_STD, err) || n < 5 || memcmp(raw, "AWS:", 4) != 0 ? mf_fail(err, MF_E_AWS_ANSWER, "ECR's token is none") : 0;
	if (rc == 0)
		rc = mf_secret_add(plain, raw + 4, n - 4, err);
	if (raw)
		mf_wipe_free(raw, text.n + 4);
	if (rc) {
		mf_secret_free(plain);
		return -1;
	}
	*secret = plain;
	return 0;
}

static int of_ecr(struct mf_secret **secret, const struct mf_cred *cred, struct mf_http *http, struct mf_str host, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	const struct mf_str area = ecr_region(host);
	const struct mf_header header = { .name = "X-Amz-Target", .value = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = mf_secret_new("{}", 2);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	char region[MF_AWS_REGION], url[MF_AWS_HOST + 2];
	struct mf_sigv4 sign = { .id = priv->keys.id, .secret = priv->keys.secret, .token = priv->keys.token, .region = region, .service = "ecr" };
	struct mf_req req = { .method = "POST", .url = url, .headers = &header, .n_headers = 1, .body = body, .content_type = "application/x-amz-json-1.1", .retry = MF_RETRY_SAFE, .sigv4 = &sign };
	struct mf_resp resp = { 0 };
	const struct mf_jnode *first;
	struct mf_str token;
	int rc;

	snprintf(region, sizeof(region), "%.*s", (int)(area.n < sizeof(region) ? area.n : 0), area.p);
	if (!body)
		return mf_fail_nomem(err);
	if (mf_aws_endpoint(url, priv->conf, MF_K_AWS_ECR_URL, "api.ecr", region, err))
		return -1;
	snprintf(url + strlen(url), 2, "/");
	if (mf_http_do(http, &req, &resp, err))
		return -1;
	if (resp.status != 200) {
		rc = refused(MF_E_AWS_DENIED, "ECR", &resp, "the role needs ecr:GetAuthorizationToken on *, and ecr:BatchGetImage, ecr:GetDownloadUrlForLayer or ecr:PutImage and its kin on the repository", err);
	} else {
		rc = mf_json_parse_secret(&json, resp.body, err);
		first = rc == 0 ? mf_json_get_z(mf_json_root(json), "authorizationData") : NULL;
		first = first && mf_json_type(first) == MF_J_ARRAY ? mf_json_first(first) : NULL;
		if (rc == 0 && (!first || mf_json_type(first) != MF_J_OBJECT))
			rc = mf_fail(err, MF_E_AWS_ANSWER, "ECR's answer has no 'authorizationData'");
		if (rc == 0)
			rc = mf_json_need_str(&token, json, first, "authorizationToken", err) || take_pair(secret, token, err) ? -1 : 0;
	}
	mf_resp_free(&resp);
	return rc;
}

/* A registry's refresh token for an access token of Azure Resource Manager. */
static int of_acr(struct mf_secret **secret, const struct mf_cred *cred, struct mf_http *http, struct mf_str host, struct mf_err *err)
{
	const struct mf_azure_priv *priv = cred->priv;
	const char *tenant = mf_conf_str(priv->conf, MF_K_AZURE_TENANT_ID), *own = mf_conf_str(priv->conf, MF_K_AZURE_ACR_URL);
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = mf_secret_empty(ANSWER_MAX);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	char url[URL];
	struct mf_req req = { .method = "POST", .url = url, .body = body, .content_type = "application/x-www-form-urlencoded", .retry = MF_RETRY_SAFE };
	struct mf_resp resp = { 0 };
	struct mf_str token;
	int rc, n;

	if (!body)
		return mf_fail_nomem(err);
	n = own ? snprintf(url, sizeof(url), "%s/oauth2/exchange", own) : snprintf(url, sizeof(url), "https://%.*s/oauth2/exchange", (int)host.n, host.p);
	if (n < 0 || (size_t)n >= sizeof(url))
		return mf_fail(err, MF_E_AZURE_DENIED, "the registry's address is too long");
	if (mf_form_add(body, "grant_type", mf_str("access_token"), err) || mf_form_add(body, "service", host, err) || (tenant && mf_form_add(body, "tenant", mf_str(tenant), err)) ||
	    mf_form_add(body, "access_token", mf_secret_reveal(cred->token), err) || mf_http_do(http, &req, &resp, err))
		return -1;
	if (resp.status != 200)
		rc = refused(MF_E_AZURE_DENIED, "the registry", &resp, "the application needs the role AcrPull or AcrPush on it", err);
	else
		rc = mf_json_parse_secret(&json, resp.body, err) || mf_json_need_str(&token, json, mf_json_root(json), "refresh_token", err) ? -1 : 0;
	if (rc == 0 && !(*secret = mf_secret_new(token.p, token.n)))
		rc = mf_fail_nomem(err);
	mf_resp_free(&resp);
	return rc;
}

int mf_registry_login(const char **user, struct mf_secret **secret, const struct mf_cred *cred, struct mf_http *http, struct mf_str host, struct mf_err *err)
{
	*secret = NULL;
	if (cred->provider == &mf_provider_aws) {
		*user = "AWS";
		return of_ecr(secret, cred, http, host, err);
	}
	if (cred->provider == &mf_provider_azure) {
		*user = "00000000-0000-0000-0000-000000000000";
		return of_acr(secret, cred, http, host, err);
	}
	*user = "oauth2accesstoken";
	*secret = mf_secret_dup(cred->token);
	return *secret ? 0 : mf_fail_nomem(err);
}

int mf_registry_answer(struct mf_secret **out, struct mf_str server, const char *user, const struct mf_secret *secret, struct mf_err *err)
{
	struct mf_secret *s = mf_secret_empty(2 * ANSWER_MAX);

	if (!s)
		return mf_fail_nomem(err);
	if (mf_secret_add(s, "{\"ServerURL\":", 13, err) || mf_json_quote_secret(s, server, err) || mf_secret_add(s, ",\"Username\":", 12, err) || mf_json_quote_secret(s, mf_str(user), err) ||
	    mf_secret_add(s, ",\"Secret\":", 10, err) || mf_json_quote_secret(s, mf_secret_reveal(secret), err) || mf_secret_add(s, "}\n", 2, err)) {
		mf_secret_free(s);
		return -1;
	}
	*out = s;
	return 0;
}
