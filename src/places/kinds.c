/* SPDX-License-Identifier: Apache-2.0 */
/* Which file is read how: by the end of its path. */
#include "places_priv.h"

#include <strings.h>

/* The first that fits counts. */
static const struct mf_pl_kind kinds[] = {
	{ ".aws/credentials", mf_pl_aws, true },
	{ ".aws/config", mf_pl_aws, true },
	{ ".pypirc", mf_pl_pypirc, true },
	{ ".boto", mf_pl_boto, true },
	{ ".s3cfg", mf_pl_boto, true },
	{ ".git/config", mf_pl_git_config, true },
	{ ".gitconfig", mf_pl_git_config, true },
	{ ".config/git/config", mf_pl_git_config, true },
	{ ".git-credentials", mf_pl_git_credentials, true },
	{ ".config/git/credentials", mf_pl_git_credentials, true },
	{ ".netrc", mf_pl_netrc, true },
	{ "_netrc", mf_pl_netrc, true },
	{ ".npmrc", mf_pl_npmrc, true },
	{ ".yarnrc", mf_pl_npmrc, true },
	{ ".yarnrc.yml", mf_pl_yaml, true },
	{ ".docker/config.json", mf_pl_docker, true },
	{ ".dockercfg", mf_pl_docker, true },
	{ ".dockerconfigjson", mf_pl_docker, true },
	{ "containers/auth.json", mf_pl_docker, true },
	{ "helm/registry/config.json", mf_pl_docker, true },
	{ "helm/registry.json", mf_pl_docker, true },
	{ "gcloud/application_default_credentials.json", mf_pl_whole_json, true },
	{ "application_default_credentials.json", mf_pl_whole_json, true },
	{ "adc.json", mf_pl_whole_json, false },
	{ "gcloud/credentials.db", mf_pl_gcloud_db, true },
	{ "gcloud/access_tokens.db", mf_pl_gcloud_db, true },
	{ ".azure/msal_token_cache.json", mf_pl_msal, true },
	{ ".azure/accessTokens.json", mf_pl_azure_list, true },
	{ ".azure/service_principal_entries.json", mf_pl_azure_list, true },
	{ ".terraform.d/credentials.tfrc.json", mf_pl_json, true },
	{ "credentials.tfrc.json", mf_pl_json, true },
	{ ".terraformrc", mf_pl_terraformrc, true },
	{ "composer/auth.json", mf_pl_json, true },
	{ ".composer/auth.json", mf_pl_json, true },
	{ ".kube/config", mf_pl_kube, true },
	{ "kubeconfig", mf_pl_kube, true },
	{ ".config/gh/hosts.yml", mf_pl_gh, true },
	{ "glab-cli/config.yml", mf_pl_yaml, true },
	{ ".circleci/cli.yml", mf_pl_yaml, true },
	{ "doctl/config.yaml", mf_pl_yaml, true },
	{ ".gem/credentials", mf_pl_yaml, true },
	{ ".vault-token", mf_pl_token, true },
	{ ".m2/settings.xml", mf_pl_maven, true },
	{ ".m2/settings-security.xml", mf_pl_maven, true },
	{ "settings.xml", mf_pl_maven, true },
	{ "settings-security.xml", mf_pl_maven, true },
	{ "gradle.properties", mf_pl_properties, true },
	{ "nuget.config", mf_pl_nuget, true },
	{ ".cargo/credentials.toml", mf_pl_toml, true },
	{ ".cargo/credentials", mf_pl_toml, true },
	{ "pypoetry/auth.toml", mf_pl_toml, true },
	{ ".pgpass", mf_pl_pgpass, true },
	{ "pip.conf", mf_pl_urls, true },
	{ ".condarc", mf_pl_urls, true },
	{ ".databrickscfg", mf_pl_boto, true },
	{ ".bundle/config", mf_pl_yaml, true },
	{ ".config/hub", mf_pl_yaml, true },
	{ "sops/age/keys.txt", mf_pl_age, true },
};

static bool fits(struct mf_str path, const char *tail)
{
	size_t n = strlen(tail);

	if (path.n < n || (path.n > n && path.p[path.n - n - 1] != '/'))
		return false;
	/* NuGet's file is written in several ways */
	if (strcmp(tail, "nuget.config") == 0)
		return strcasecmp(path.p + path.n - n, tail) == 0;
	return memcmp(path.p + path.n - n, tail, n) == 0;
}

const struct mf_pl_kind *mf_pl_kind(const char *path)
{
	struct mf_str s = mf_str(path);

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (fits(s, kinds[i].tail))
			return &kinds[i];
	return NULL;
}

bool mf_places_knows(const char *path)
{
	const struct mf_pl_kind *k = mf_pl_kind(path);

	return k && k->named;
}

int mf_places_file(struct mf_check *c, enum mf_check_from from, const char *path, struct mf_str bytes, struct mf_err *err)
{
	struct mf_pl p = { .c = c, .from = from, .path = path, .text = bytes, .err = err };
	const struct mf_pl_kind *k = mf_pl_kind(path);

	return k ? k->read(&p) : mf_pl_any(&p);
}
