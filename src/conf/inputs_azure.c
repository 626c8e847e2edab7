/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of azure/login and of Azure/get-keyvault-secrets, as their own documentation has them. */
#include "inputs.h"

#include <stdio.h>
#include <mayfly/json.h>

enum { REF_MAX = 1024 };

static const struct mf_in_plain plain[] = {
	{ "client-id", MF_K_AZURE_CLIENT_ID }, { "tenant-id", MF_K_AZURE_TENANT_ID }, { "subscription-id", MF_K_AZURE_SUBSCRIPTION_ID }, { "audience", MF_K_AZURE_AUDIENCE },
};

/* {"clientId","clientSecret","tenantId","subscriptionId"}: a static secret, taken as the model takes it; `mayfly check` says what it thinks of it. */
static int set_creds(const struct mf_inputs *in, struct mf_err *err)
{
	static const struct { const char *member; enum mf_key key; } members[] = {
		{ "clientId", MF_K_AZURE_CLIENT_ID }, { "tenantId", MF_K_AZURE_TENANT_ID }, { "subscriptionId", MF_K_AZURE_SUBSCRIPTION_ID }, { "clientSecret", MF_K_AZURE_CLIENT_SECRET },
	};
	const struct mf_str creds = mf_in_get(in, "creds");
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err why = { 0 };

	if (!creds.n)
		return 0;
	if (mf_json_parse(&json, creds.p, creds.n, &why) || mf_json_type(mf_json_root(json)) != MF_J_OBJECT)
		return mf_in_bad(err, "creds", "it is a JSON object with clientId, clientSecret, tenantId and subscriptionId");
	for (size_t i = 0; i < MF_COUNT(members); i++) {
		const struct mf_jnode *n = mf_json_get_z(mf_json_root(json), members[i].member);

		if (n && mf_json_type(n) == MF_J_STRING && mf_in_set(in, members[i].key, mf_json_text(json, n), "creds", err))
			return -1;
	}
	return 0;
}

static int set_cloud(const struct mf_inputs *in, struct mf_err *err)
{
	static const struct { const char *model, *ours; } clouds[] = { { "azurecloud", "public" }, { "azureusgovernment", "usgovernment" }, { "azurechinacloud", "china" } };
	const struct mf_str cloud = mf_in_get(in, "environment");

	for (size_t i = 0; i < MF_COUNT(clouds) && cloud.n; i++)
		if (cloud.n == strlen(clouds[i].model) && strncasecmp(cloud.p, clouds[i].model, cloud.n) == 0)
			return mf_in_set(in, MF_K_AZURE_CLOUD, mf_str(clouds[i].ours), "environment", err);
	return cloud.n ? mf_in_bad(err, "environment", "it is AzureCloud, AzureUSGovernment or AzureChinaCloud: the German cloud was closed, and Azure Stack has a login of its own") : 0;
}

static int set_kind(const struct mf_inputs *in, struct mf_err *err)
{
	const struct mf_str kind = mf_in_get(in, "auth-type");

	if (!kind.n || (kind.n == 17 && strncasecmp(kind.p, "SERVICE_PRINCIPAL", 17) == 0))
		return 0;
	if (kind.n == 8 && strncasecmp(kind.p, "IDENTITY", 8) == 0)
		return mf_in_set_bool(in, MF_K_AZURE_MANAGED_IDENTITY, true, "auth-type", err);
	return mf_in_bad(err, "auth-type", "it is SERVICE_PRINCIPAL or IDENTITY");
}

static int add_secret(const struct mf_inputs *in, struct mf_str vault, struct mf_str secret, struct mf_err *err)
{
	struct mf_buf ref = MF_BUF(REF_MAX), name = MF_BUF(REF_MAX), output = MF_BUF(REF_MAX);
	int rc = mf_buf_puts(&ref, "azure-kv://", err) || mf_buf_add(&ref, vault.p, vault.n, err) || mf_buf_puts(&ref, "/secrets/", err) || mf_buf_add(&ref, secret.p, secret.n, err) ||
		 mf_in_name(&name, secret, false, err) || mf_buf_add(&output, secret.p, secret.n, err) ? -1 : 0;

	if (rc == 0)
		rc = mf_in_want(in, (struct mf_want){ .keep_case = true }, &(struct mf_in_secret){ mf_buf_text(&ref), mf_buf_text(&name), mf_buf_text(&output), "secrets", false }, err);
	mf_buf_free(&ref);
	mf_buf_free(&name);
	mf_buf_free(&output);
	return rc;
}

static int set_secrets(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, "secrets"), entry;
	const struct mf_str vault = mf_in_get(in, "keyvault");

	if (rest.n && !vault.n)
		return mf_in_bad(err, "secrets", "secrets of which vault? 'keyvault' is not set");
	if (rest.n == 1 && rest.p[0] == '*')
		return mf_in_bad(err, "secrets", "all secrets of a vault are not read: name those that the job needs");
	while (mf_in_next(&rest, true, &entry))
		if (add_secret(in, vault, entry, err))
			return -1;
	return 0;
}

int mf_conf_read_azure_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err)
{
	const struct mf_inputs in = { .conf = c, .env = env };
	const bool login = mf_in_get(&in, "client-id").n || mf_in_get(&in, "creds").n || mf_in_get(&in, "auth-type").n;

	if (set_creds(&in, err) || mf_in_set_all(&in, plain, MF_COUNT(plain), err) || set_cloud(&in, err) || set_kind(&in, err))
		return -1;
	if (mf_in_set_bool(&in, MF_K_AZURE_EXPORT, login, "client-id", err) || mf_in_set_bool(&in, MF_K_AZURE_CLI, login, "client-id", err) ||
	    mf_in_set_bool(&in, MF_K_AZURE_NO_SUBSCRIPTION, mf_in_yes(&in, "allow-no-subscriptions", false), "allow-no-subscriptions", err))
		return -1;
	return set_secrets(&in, err);
}
