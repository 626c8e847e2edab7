/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's clouds: where each logs in, what its services are called, which hosts are its vaults. */
#include "azure.h"

#include <stdio.h>

static const struct mf_azure_cloud clouds[] = {
	{
		.name = "public", .authority = "https://login.microsoftonline.com", .audience = "api://AzureADTokenExchange",
		.management = "https://management.azure.com", .graph = "https://graph.microsoft.com", .sql = "https://database.windows.net",
		.vault = "vault.azure.net", .hsm = "managedhsm.azure.net",
	}, {
		.name = "usgovernment", .authority = "https://login.microsoftonline.us", .audience = "api://AzureADTokenExchangeUSGov",
		.management = "https://management.usgovcloudapi.net", .graph = "https://graph.microsoft.us", .sql = "https://database.usgovcloudapi.net",
		.vault = "vault.usgovcloudapi.net", .hsm = "managedhsm.usgovcloudapi.net", .arm = "usgovernment",
	}, {
		.name = "china", .authority = "https://login.partner.microsoftonline.cn", .audience = "api://AzureADTokenExchangeChina",
		.management = "https://management.chinacloudapi.cn", .graph = "https://microsoftgraph.chinacloudapi.cn",
		.sql = "https://database.chinacloudapi.cn", .vault = "vault.azure.cn", .hsm = "managedhsm.azure.cn", .arm = "china",
	},
};

const struct mf_azure_cloud *mf_azure_cloud_of(const struct mf_conf *conf)
{
	for (size_t i = 1; i < MF_COUNT(clouds); i++)
		if (mf_same_text(clouds[i].name, mf_conf_str(conf, MF_K_AZURE_CLOUD)))
			return &clouds[i];
	return &clouds[0];
}

/* -- scopes ------------------------------------------------------------------------------------------ */

static const char *resource_of(const struct mf_azure_cloud *cloud, struct mf_str word)
{
	const struct {
		const char *word, *resource;
	} words[] = {
		{ "management", cloud->management }, { "graph", cloud->graph }, { "sql", cloud->sql }, { "storage", "https://storage.azure.com" },
	};

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (mf_str_is(word, words[i].word))
			return words[i].resource;
	return NULL;
}

static bool scope_chars(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || strchr("\"\\&", s.p[i]))
			return false;
	return s.n > 0 && s.n < MF_AZURE_SCOPE - 64;
}

int mf_azure_scope(char out[static MF_AZURE_SCOPE], const struct mf_azure_cloud *cloud, struct mf_str text, const char *origin, struct mf_err *err)
{
	const char *resource = resource_of(cloud, text);

	if (resource) {
		snprintf(out, MF_AZURE_SCOPE, "%s/.default", resource);
		return 0;
	}
	if (mf_str_is(text, "vault") || mf_str_is(text, "hsm")) {
		snprintf(out, MF_AZURE_SCOPE, "https://%s/.default", text.n == 5 ? cloud->vault : cloud->hsm);
		return 0;
	}
	if (!scope_chars(text) || !memchr(text.p, text.n == 36 ? '-' : ':', text.n)) {
		mf_fail(err, MF_E_AZURE_CONFIG, "%s: an entry is no scope", origin);
		mf_err_why(err, "a scope is one of the words management, graph, sql, storage, vault, hsm, or a resource as in https://management.azure.com/.default");
		return -1;
	}
	/* without a user there is no other permission than the application's own */
	snprintf(out, MF_AZURE_SCOPE, "%.*s%s", (int)text.n, text.p, mf_str_ends(text, "/.default") ? "" : "/.default");
	return 0;
}

/* Each scope once for each name. */
static int add(struct mf_azure_priv *out, struct mf_str name, const char *scope, struct mf_err *err)
{
	struct mf_azure_token *t;

	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->tokens[i].scope, scope) == 0 && (name.n == 0 || mf_str_is(name, out->tokens[i].name)))
			return 0;
	if (out->n == MF_AZURE_TOKENS) {
		mf_fail(err, MF_E_AZURE_CONFIG, "more than %d scopes for one login", MF_AZURE_TOKENS);
		mf_err_hint(err, "ask for the others in another step");
		return -1;
	}
	t = &out->tokens[out->n++];
	snprintf(t->scope, sizeof(t->scope), "%s", scope);
	snprintf(t->name, sizeof(t->name), "%.*s", (int)name.n, name.p ? name.p : "");
	return 0;
}

/* "NAME=SCOPE", or a scope alone; those have no '=' before their ':'. */
static int add_entry(struct mf_azure_priv *out, const struct mf_conf *conf, const char *entry, struct mf_err *err)
{
	const size_t n = strcspn(entry, "=:/");
	const bool named = entry[n] == '=';
	char scope[MF_AZURE_SCOPE];

	if (named && (n == 0 || n >= MF_AZURE_NAME)) {
		mf_fail(err, MF_E_AZURE_CONFIG, "%s: an entry has no name that a variable can have", mf_conf_origin(conf, MF_K_AZURE_SCOPES));
		mf_err_hint(err, "write NAME=SCOPE, as in GRAPH_TOKEN=graph");
		return -1;
	}
	if (mf_azure_scope(scope, mf_azure_cloud_of(conf), mf_str(named ? entry + n + 1 : entry), mf_conf_origin(conf, MF_K_AZURE_SCOPES), err))
		return -1;
	return add(out, (struct mf_str){ entry, named ? n : 0 }, scope, err);
}

int mf_azure_scopes(struct mf_azure_priv *out, const struct mf_conf *conf, struct mf_err *err)
{
	char url[MF_AZURE_HOST], scope[MF_AZURE_SCOPE];
	size_t n;
	const char *const *list = mf_conf_list(conf, MF_K_AZURE_SCOPES, &n);

	for (size_t i = 0; i < n; i++)
		if (add_entry(out, conf, list[i], err))
			return -1;
	for (size_t i = 0; i < mf_conf_wants(conf); i++) {
		const struct mf_ref *ref = &mf_conf_want(conf, i)->ref;
		struct mf_azure_item item;

		if (ref->scheme != MF_REF_AZURE_KV)
			continue;
		mf_azure_item_of(&item, ref);
		if (mf_azure_vault(url, scope, conf, item.vault, err) || add(out, (struct mf_str){ NULL, 0 }, scope, err))
			return -1;
	}
	return out->n ? 0 : add_entry(out, conf, "management", err);
}

/* -- vaults ------------------------------------------------------------------------------------------ */

/* What the user named for it by a flag or a variable: never by a file of the repository. */
static const char *override(const struct mf_conf *conf, struct mf_str vault)
{
	size_t n;
	const char *const *list = mf_conf_list(conf, MF_K_AZURE_VAULT_URLS, &n);

	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(list[i], '=');

		if (eq && vault.n == (size_t)(eq - list[i]) && strncasecmp(list[i], vault.p, vault.n) == 0)
			return eq + 1;
	}
	return NULL;
}

static bool ends_caseless(struct mf_str s, const char *end)
{
	const size_t n = strlen(end);

	return s.n > n + 1 && s.p[s.n - n - 1] == '.' && strncasecmp(s.p + s.n - n, end, n) == 0;
}

static int foreign(const struct mf_azure_cloud *cloud, struct mf_str vault, struct mf_err *err)
{
	mf_fail(err, MF_E_AZURE_CONFIG, "'%.*s' is no host of Key Vault in the cloud '%s': it gets no token", (int)vault.n, vault.p, cloud->name);
	for (size_t i = 0; i < MF_COUNT(clouds); i++)
		if (ends_caseless(vault, clouds[i].vault) || ends_caseless(vault, clouds[i].hsm)) {
			mf_err_hint(err, "it belongs to another cloud: set  azure.cloud: %s", clouds[i].name);
			return -1;
		}
	mf_err_why(err, "its name does not end in %s or %s", cloud->vault, cloud->hsm);
	mf_err_hint(err, "where it is one all the same, say so in the job: MAYFLY_AZURE_VAULT_URL='%.*s=https://%.*s'", (int)vault.n, vault.p, (int)vault.n, vault.p);
	return -1;
}

int mf_azure_vault(char url[static MF_AZURE_HOST], char scope[static MF_AZURE_SCOPE], const struct mf_conf *conf, struct mf_str vault, struct mf_err *err)
{
	const struct mf_azure_cloud *cloud = mf_azure_cloud_of(conf);
	const char *own = override(conf, vault);
	const bool name = !memchr(vault.p, '.', vault.n) && !memchr(vault.p, ':', vault.n);
	const bool hsm = ends_caseless(vault, cloud->hsm);
	int n;

	snprintf(scope, MF_AZURE_SCOPE, "https://%s/.default", hsm ? cloud->hsm : cloud->vault);
	if (!own && !name && (memchr(vault.p, ':', vault.n) || !(hsm || ends_caseless(vault, cloud->vault))))
		return foreign(cloud, vault, err);
	if (own)
		n = snprintf(url, MF_AZURE_HOST, "%.*s", (int)(strlen(own) - (own[0] && own[strlen(own) - 1] == '/')), own);
	else
		n = snprintf(url, MF_AZURE_HOST, "https://%.*s%s%s", (int)vault.n, vault.p, name ? "." : "", name ? cloud->vault : "");
	return n < MF_AZURE_HOST ? 0 : mf_fail(err, MF_E_AZURE_CONFIG, "the address of vault '%.*s' is too long", (int)vault.n, vault.p);
}
