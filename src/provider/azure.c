/* SPDX-License-Identifier: Apache-2.0 */
/* Azure as a provider: the table, what a login needs, and what the job gets of it. */
#include "azure.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/reveal.h>

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

bool mf_azure_managed(const struct mf_conf *conf)
{
	return mf_conf_bool(conf, MF_K_AZURE_MANAGED_IDENTITY);
}

/* Variables that other programs read as well say nothing of what this one is to do. */
static bool configured(const struct mf_conf *conf)
{
	return mf_conf_is_ours(conf, MF_K_AZURE_CLIENT_ID) || mf_conf_is_ours(conf, MF_K_AZURE_TENANT_ID) || mf_azure_managed(conf);
}

bool mf_azure_exports(const struct mf_conf *conf)
{
	if (mf_conf_is_set(conf, MF_K_AZURE_EXPORT))
		return mf_conf_bool(conf, MF_K_AZURE_EXPORT);
	return configured(conf) && !mf_provider_reads(&mf_provider_azure, conf);
}

/* Whether a token is asked for by its own name. */
static bool named_tokens(const struct mf_conf *conf)
{
	size_t n;
	const char *const *list = mf_conf_list(conf, MF_K_AZURE_SCOPES, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i][strcspn(list[i], "=:/")] == '=')
			return true;
	return false;
}

static bool wanted(const struct mf_conf *conf)
{
	return mf_azure_exports(conf) || mf_conf_bool(conf, MF_K_AZURE_OUTPUT_TOKEN) || named_tokens(conf);
}

void mf_azure_authority(char out[static MF_AZURE_HOST], const struct mf_conf *conf)
{
	const char *own = text(conf, MF_K_AZURE_AUTHORITY_HOST), *host = own ? own : mf_azure_cloud_of(conf)->authority;
	size_t n = strlen(host);

	while (n && host[n - 1] == '/')
		n--;
	snprintf(out, MF_AZURE_HOST, "%.*s", (int)n, host);
}

/* -- what can be known to be wrong ------------------------------------------------------------------- */

static int missing(const char *key, const char *what, struct mf_err *err)
{
	mf_fail(err, MF_E_AZURE_CONFIG, "no %s: 'azure.%s' is not set", what, key);
	mf_err_hint(err, "set it in .mayfly.yml; it is no secret:");
	mf_err_advice(err, "azure:\n  tenant-id: 00000000-0000-0000-0000-000000000000   # Entra: Overview, Tenant ID\n"
			   "  client-id: 00000000-0000-0000-0000-000000000000   # App registrations: Application (client) ID\n");
	return -1;
}

static bool is_guid(const char *s)
{
	for (size_t i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !s[i] || !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return s[36] == '\0';
}

static int check_tenant(const struct mf_conf *conf, const char *tenant, struct mf_err *err)
{
	static const char *const shared[] = { "common", "organizations", "consumers" };

	if (strspn(tenant, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != strlen(tenant) || strlen(tenant) > 253 || strstr(tenant, "..") ||
	    tenant[0] == '.') {
		mf_fail(err, MF_E_AZURE_CONFIG, "%s: this is no tenant", mf_conf_origin(conf, MF_K_AZURE_TENANT_ID));
		mf_err_hint(err, "it is the directory's id (8-4-4-4-12 hexadecimal digits), or one of its domains, as in contoso.onmicrosoft.com");
		return -1;
	}
	for (size_t i = 0; i < MF_COUNT(shared); i++)
		if (strcasecmp(tenant, shared[i]) == 0) {
			mf_fail(err, MF_E_AZURE_CONFIG, "%s: '%s' is no tenant of one's own", mf_conf_origin(conf, MF_K_AZURE_TENANT_ID), tenant);
			mf_err_why(err, "an application logs in to one directory");
			return -1;
		}
	return 0;
}

static int check(const struct mf_conf *conf, struct mf_err *err)
{
	const char *tenant = text(conf, MF_K_AZURE_TENANT_ID), *client = text(conf, MF_K_AZURE_CLIENT_ID);
	struct mf_azure_priv scopes = { 0 };
	bool plain;

	if (!mf_azure_managed(conf) && !client)
		return missing("client-id", "application to log in as", err);
	if (!mf_azure_managed(conf) && !tenant)
		return missing("tenant-id", "tenant to log in to", err);
	if (client && !is_guid(client)) {
		mf_fail(err, MF_E_AZURE_CONFIG, "%s: this is no application's id", mf_conf_origin(conf, MF_K_AZURE_CLIENT_ID));
		mf_err_hint(err, "it is 8-4-4-4-12 hexadecimal digits: 'Application (client) ID' of the app registration, or 'Client ID' of the managed identity");
		return -1;
	}
	if ((tenant && check_tenant(conf, tenant, err)) || (mf_azure_managed(conf) && mf_azure_managed_check(&plain, conf, err)))
		return -1;
	return mf_azure_scopes(&scopes, conf, err);
}

/* -- how it is reached ------------------------------------------------------------------------------- */

static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	const char *own = text(conf, MF_K_AZURE_AUDIENCE);

	*audience = own ? own : mf_azure_cloud_of(conf)->audience;
	return !mf_azure_managed(conf) && !mf_conf_secret(conf, MF_K_AZURE_CLIENT_SECRET);
}

/* The machine's own endpoint has no https; what else is asked then, the vaults, is named with https by us or by the user. */
static int http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err)
{
	bool plain = false;

	if (mf_provider_http_conf(out, conf, err) || (mf_azure_managed(conf) && mf_azure_managed_check(&plain, conf, err)))
		return -1;
	out->allow_http |= plain;
	return 0;
}

static int plan_scopes(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	struct mf_azure_priv scopes = { 0 };

	if (mf_azure_scopes(&scopes, conf, err))
		return -1;
	for (size_t i = 0; i < scopes.n; i++)
		if (add(ctx, i ? "and" : "scope", scopes.tokens[i].scope, err))
			return -1;
	return 0;
}

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	const bool managed = mf_azure_managed(conf);
	char authority[MF_AZURE_HOST];

	mf_azure_authority(authority, conf);
	if (add(ctx, "url", managed ? NULL : authority, err) || add(ctx, "tenant", text(conf, MF_K_AZURE_TENANT_ID), err) ||
	    add(ctx, "application", text(conf, MF_K_AZURE_CLIENT_ID), err) ||
	    add(ctx, "method", managed ? "the machine's managed identity" : mf_conf_secret(conf, MF_K_AZURE_CLIENT_SECRET) ? "client secret" :
		"federated credential", err) || plan_scopes(conf, add, ctx, err))
		return -1;
	return add(ctx, "lifetime", "what Entra grants, an hour or so: shown at login", err) || add(ctx, "ends", "by itself: it cannot be revoked", err) ? -1 : 0;
}

/* -- what it is made of ------------------------------------------------------------------------------ */

static const struct mf_secret *secret(const struct mf_cred *cred, size_t i, const char **called)
{
	const struct mf_azure_priv *priv = cred->priv;

	*called = "the access token of Azure";
	return priv && i < priv->n ? priv->tokens[i].token : NULL;
}

static void drop(struct mf_cred *cred)
{
	struct mf_azure_priv *priv = cred->priv;

	for (size_t i = 0; i < priv->n; i++)
		mf_secret_free(priv->tokens[i].token);
	mf_secret_free(priv->assertion);
	for (size_t i = 0; i < MF_COUNT(priv->sent); i++)
		mf_secret_free(priv->sent[i]);
	free(priv);
	cred->priv = NULL;
}

static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	(void)cred;
	snprintf(out, size, "give application '%s' a token lifetime policy (tokenLifetimePolicies, AccessTokenLifetime 0:10 to 1:00)",
		 text(conf, MF_K_AZURE_CLIENT_ID) ? text(conf, MF_K_AZURE_CLIENT_ID) : "of the identity");
}

/* -- what the job gets ------------------------------------------------------------------------------- */

static int give_plain(const char *name, const char *value, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	return value && *value ? give(ctx, &(struct mf_grant){ .name = name, .plain = value }, err) : 0;
}

/* In a file of its own: who reads it decides when to log in, and no command line and no variable has it. */
static int give_file(const struct mf_cred *cred, const char *name, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	const struct mf_azure_priv *priv = cred ? cred->priv : NULL;
	struct mf_grant grant = { .name = name, .as = MF_AS_FILE, .fresh = true };

	if (cred && !(grant.value = mf_secret_dup(priv->assertion)))
		return mf_fail_nomem(err);
	return give(ctx, &grant, err);
}

static int give_login(const struct mf_cred *cred, const struct mf_conf *conf, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	const char *client = text(conf, MF_K_AZURE_CLIENT_ID), *tenant = text(conf, MF_K_AZURE_TENANT_ID);
	const char *subscription = text(conf, MF_K_AZURE_SUBSCRIPTION_ID), *unused;
	const bool federated = needs_identity(conf, &unused);
	char authority[MF_AZURE_HOST + 1];

	mf_azure_authority(authority, conf);
	snprintf(authority + strlen(authority), 2, "/");
	if (give_plain("AZURE_CLIENT_ID", client, give, ctx, err) || give_plain("AZURE_TENANT_ID", tenant, give, ctx, err) ||
	    give_plain("AZURE_SUBSCRIPTION_ID", subscription, give, ctx, err) || give_plain("AZURE_AUTHORITY_HOST", authority, give, ctx, err) ||
	    give_plain("ARM_CLIENT_ID", client, give, ctx, err) || give_plain("ARM_TENANT_ID", tenant, give, ctx, err) ||
	    give_plain("ARM_SUBSCRIPTION_ID", subscription, give, ctx, err) ||
	    give_plain("ARM_ENVIRONMENT", mf_azure_cloud_of(conf)->arm, give, ctx, err))
		return -1;
	if (mf_azure_managed(conf))
		return give_plain("ARM_USE_MSI", "true", give, ctx, err);
	if (!federated)
		return 0;
	return give_file(cred, "AZURE_FEDERATED_TOKEN_FILE", give, ctx, err) || give_plain("ARM_USE_OIDC", "true", give, ctx, err) ||
		give_file(cred, "ARM_OIDC_TOKEN_FILE_PATH", give, ctx, err) ? -1 : 0;
}

/* The first token is the step's output; those with a name are variables and outputs. */
static int give_tokens(const struct mf_azure_priv *tokens, bool real, const struct mf_conf *conf, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	for (size_t i = 0; i < tokens->n; i++) {
		const struct mf_azure_token *t = &tokens->tokens[i];
		const bool out = i == 0 && mf_conf_bool(conf, MF_K_AZURE_OUTPUT_TOKEN);
		struct mf_grant grant = { .name = t->name[0] ? t->name : "AZURE_ACCESS_TOKEN", .output = out ? "azure_token" : t->name, .no_env = !t->name[0] };

		if (!out && !t->name[0])
			continue;
		if (real && !(grant.value = mf_secret_dup(t->token)))
			return mf_fail_nomem(err);
		if (give(ctx, &grant, err))
			return -1;
	}
	return 0;
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	struct mf_azure_priv planned = { 0 };
	const struct mf_azure_priv *tokens = cred ? cred->priv : &planned;

	(void)drop_in;
	if (cred && !cred->priv)
		return 0;
	if (!cred && (check(conf, err) || mf_azure_scopes(&planned, conf, err)))
		return -1;
	if (mf_azure_exports(conf) && give_login(cred, conf, give, ctx, err))
		return -1;
	return give_tokens(tokens, cred != NULL, conf, give, ctx, err);
}

const struct mf_provider mf_provider_azure = {
	.name = "azure",
	.title = "Azure",
	.schemes = 1u << MF_REF_AZURE_KV,
	.wanted = wanted,
	.check = check,
	.http_conf = http_conf,
	.plan = plan,
	.exchange = mf_azure_exchange,
	.secret = secret,
	.hand_over = hand_over,
	.shorten = shorten,
	.needs_identity = needs_identity,
	.trust = mf_azure_trust,
	.fetch = mf_azure_fetch,
	.hide = mf_azure_hide,
	.drop = drop,
};
