/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what tools read: below the home folder, and where their variables point. */
#include "home_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

static const struct {
	const char *path;
	enum mf_pl_what what;
	mf_pl_fn *read;
} at_home[] = {
	{ ".aws/credentials", MF_PL_FILE, NULL }, { ".aws/config", MF_PL_FILE, NULL }, { ".aws/sso/cache", MF_PL_JSON_CACHE, mf_pl_sso },
	{ ".aws/cli/cache", MF_PL_JSON_CACHE, mf_pl_sso }, { ".config/gcloud/application_default_credentials.json", MF_PL_FILE, NULL },
	{ ".config/gcloud/credentials.db", MF_PL_FILE, NULL }, { ".config/gcloud/access_tokens.db", MF_PL_FILE, NULL },
	{ ".config/gcloud/legacy_credentials", MF_PL_ADC, mf_pl_whole_json }, { ".config/gcloud/configurations", MF_PL_GCLOUD, mf_pl_gcloud },
	{ ".config/gcloud/properties", MF_PL_FILE, mf_pl_gcloud }, { ".azure/msal_token_cache.json", MF_PL_FILE, NULL },
	{ ".azure/accessTokens.json", MF_PL_FILE, NULL }, { ".azure/service_principal_entries.json", MF_PL_FILE, NULL },
	{ ".docker/config.json", MF_PL_FILE, NULL }, { ".dockercfg", MF_PL_FILE, NULL }, { ".config/containers/auth.json", MF_PL_FILE, NULL },
	{ ".npmrc", MF_PL_FILE, NULL }, { ".yarnrc", MF_PL_FILE, NULL }, { ".yarnrc.yml", MF_PL_FILE, NULL }, { ".pypirc", MF_PL_FILE, NULL },
	{ ".netrc", MF_PL_FILE, NULL }, { ".git-credentials", MF_PL_FILE, NULL }, { ".gitconfig", MF_PL_FILE, NULL },
	{ ".config/git/config", MF_PL_FILE, NULL }, { ".config/git/credentials", MF_PL_FILE, NULL }, { ".kube/config", MF_PL_FILE, NULL },
	{ ".ssh", MF_PL_SSH, mf_pl_key }, { ".config/gh/hosts.yml", MF_PL_FILE, NULL }, { ".config/glab-cli/config.yml", MF_PL_FILE, NULL },
	{ ".vault-token", MF_PL_FILE, NULL }, { ".terraform.d/credentials.tfrc.json", MF_PL_FILE, NULL }, { ".terraformrc", MF_PL_FILE, NULL },
	{ ".m2/settings.xml", MF_PL_FILE, NULL }, { ".m2/settings-security.xml", MF_PL_FILE, NULL }, { ".gradle/gradle.properties", MF_PL_FILE, NULL },
	{ ".nuget/NuGet/NuGet.Config", MF_PL_FILE, NULL }, { ".config/NuGet/NuGet.Config", MF_PL_FILE, NULL },
	{ ".cargo/credentials.toml", MF_PL_FILE, NULL }, { ".cargo/credentials", MF_PL_FILE, NULL },
	{ ".config/helm/registry/config.json", MF_PL_FILE, NULL }, { ".config/sops/age/keys.txt", MF_PL_FILE, NULL },
	{ ".config/pypoetry/auth.toml", MF_PL_FILE, NULL }, { ".config/composer/auth.json", MF_PL_FILE, NULL },
	{ ".composer/auth.json", MF_PL_FILE, NULL }, { ".circleci/cli.yml", MF_PL_FILE, NULL }, { ".config/doctl/config.yaml", MF_PL_FILE, NULL },
	{ ".gem/credentials", MF_PL_FILE, NULL }, { ".boto", MF_PL_FILE, NULL }, { ".s3cfg", MF_PL_FILE, NULL },
	{ ".pgpass", MF_PL_FILE, NULL }, { ".config/pip/pip.conf", MF_PL_FILE, NULL }, { ".pip/pip.conf", MF_PL_FILE, NULL },
	{ ".condarc", MF_PL_FILE, NULL }, { ".databrickscfg", MF_PL_FILE, NULL }, { ".bundle/config", MF_PL_FILE, NULL },
	{ ".config/hub", MF_PL_FILE, NULL },
};

/* `below`: the variable names the folder; NULL: the file itself, or several with ':' between. */
static const struct {
	const char *variable, *below;
	enum mf_pl_what what;
	mf_pl_fn *read;
} by_variable[] = {
	{ "AWS_SHARED_CREDENTIALS_FILE", NULL, MF_PL_FILE, mf_pl_aws }, { "AWS_CONFIG_FILE", NULL, MF_PL_FILE, mf_pl_aws },
	{ "AWS_WEB_IDENTITY_TOKEN_FILE", NULL, MF_PL_FILE, mf_pl_token }, { "GOOGLE_APPLICATION_CREDENTIALS", NULL, MF_PL_FILE, mf_pl_whole_json },
	{ "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", NULL, MF_PL_FILE, mf_pl_whole_json },
	{ "GOOGLE_GHA_CREDS_PATH", NULL, MF_PL_FILE, mf_pl_whole_json },
	{ "CLOUDSDK_CONFIG", "application_default_credentials.json", MF_PL_FILE, mf_pl_whole_json },
	{ "CLOUDSDK_CONFIG", "credentials.db", MF_PL_FILE, mf_pl_gcloud_db }, { "CLOUDSDK_CONFIG", "access_tokens.db", MF_PL_FILE, mf_pl_gcloud_db },
	{ "CLOUDSDK_CONFIG", "legacy_credentials", MF_PL_ADC, mf_pl_whole_json }, { "CLOUDSDK_CONFIG", "configurations", MF_PL_GCLOUD, mf_pl_gcloud },
	{ "AZURE_CONFIG_DIR", "msal_token_cache.json", MF_PL_FILE, mf_pl_msal }, { "AZURE_CONFIG_DIR", "accessTokens.json", MF_PL_FILE, mf_pl_azure_list },
	{ "AZURE_CONFIG_DIR", "service_principal_entries.json", MF_PL_FILE, mf_pl_azure_list },
	{ "AZURE_FEDERATED_TOKEN_FILE", NULL, MF_PL_FILE, mf_pl_token }, { "KUBECONFIG", NULL, MF_PL_FILE, mf_pl_kube },
	{ "DOCKER_CONFIG", "config.json", MF_PL_FILE, mf_pl_docker }, { "REGISTRY_AUTH_FILE", NULL, MF_PL_FILE, mf_pl_docker },
	{ "XDG_RUNTIME_DIR", "containers/auth.json", MF_PL_FILE, mf_pl_docker }, { "HELM_REGISTRY_CONFIG", NULL, MF_PL_FILE, mf_pl_docker },
	{ "NPM_CONFIG_USERCONFIG", NULL, MF_PL_FILE, mf_pl_npmrc }, { "npm_config_userconfig", NULL, MF_PL_FILE, mf_pl_npmrc },
	{ "PIP_CONFIG_FILE", NULL, MF_PL_FILE, mf_pl_urls }, { "NETRC", NULL, MF_PL_FILE, mf_pl_netrc }, { "GIT_CONFIG_GLOBAL", NULL, MF_PL_FILE, mf_pl_git_config },
	{ "GH_CONFIG_DIR", "hosts.yml", MF_PL_FILE, mf_pl_gh }, { "XDG_CONFIG_HOME", "gh/hosts.yml", MF_PL_FILE, mf_pl_gh },
	{ "XDG_CONFIG_HOME", "git/config", MF_PL_FILE, mf_pl_git_config }, { "XDG_CONFIG_HOME", "git/credentials", MF_PL_FILE, mf_pl_git_credentials },
	{ "XDG_CONFIG_HOME", "sops/age/keys.txt", MF_PL_FILE, mf_pl_age }, { "SOPS_AGE_KEY_FILE", NULL, MF_PL_FILE, mf_pl_age },
	{ "TF_CLI_CONFIG_FILE", NULL, MF_PL_FILE, mf_pl_terraformrc }, { "CARGO_HOME", "credentials.toml", MF_PL_FILE, mf_pl_toml },
	{ "CARGO_HOME", "credentials", MF_PL_FILE, mf_pl_toml }, { "GRADLE_USER_HOME", "gradle.properties", MF_PL_FILE, mf_pl_properties },
	{ "COMPOSER_HOME", "auth.json", MF_PL_FILE, mf_pl_json }, { "PGPASSFILE", NULL, MF_PL_FILE, mf_pl_pgpass },
	/* actions/checkout from version 6 on keeps the token there, and includes it from .git/config */
	{ "RUNNER_TEMP", "", MF_PL_GIT_CREDENTIALS, mf_pl_git_config },
};

/* -- the list --------------------------------------------------------------------------------------- */

void mf_pl_spots_free(struct mf_pl_spots *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].path);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

/* Takes `path`. Several variables, and a default, may name one. */
static int add(struct mf_pl_spots *s, char *path, enum mf_pl_what what, mf_pl_fn *read, struct mf_err *err)
{
	if (!path)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].path, path) == 0) {
			free(path);
			return 0;
		}
	}
	if (s->n >= MF_PL_SPOTS_MAX || mf_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), err)) {
		free(path);
		return s->n >= MF_PL_SPOTS_MAX ? 0 : -1;
	}
	s->v[s->n++] = (struct mf_pl_spot){ .path = path, .what = what, .read = read };
	return 0;
}

static int add_files(struct mf_pl_spots *s, const char *list, mf_pl_fn *read, struct mf_err *err)
{
	struct mf_str rest = mf_str(list), one;

	while (rest.n) {
		one = mf_pl_split(rest, ':', &rest);
		if (one.n && one.p[0] == '/' && add(s, mf_strndup(one.p, one.n), MF_PL_FILE, read, err))
			return -1;
	}
	return 0;
}

int mf_pl_spots(struct mf_pl_spots *out, const char *home, const char *(*getenv_fn)(const char *), struct mf_err *err)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < MF_COUNT(by_variable); i++) {
		const char *value = getenv_fn ? getenv_fn(by_variable[i].variable) : NULL;
		int rc;

		/* a relative path is that of a tool in its own folder, mostly in the repository */
		if (!value || value[0] != '/' || strnlen(value, 4096) == 4096)
			continue;
		if (!by_variable[i].below)
			rc = add_files(out, value, by_variable[i].read, err);
		else if (*by_variable[i].below)
			rc = add(out, mf_path_join(value, by_variable[i].below), by_variable[i].what, by_variable[i].read, err);
		else
			rc = add(out, mf_strdup(value), by_variable[i].what, by_variable[i].read, err);
		if (rc)
			return -1;
	}
	for (size_t i = 0; home && home[0] == '/' && i < MF_COUNT(at_home); i++)
		if (add(out, mf_path_join(home, at_home[i].path), at_home[i].what, at_home[i].read, err))
			return -1;
	return 0;
}

int mf_places_paths(const char *home, const char *(*getenv_fn)(const char *), int (*fn)(void *ctx, const char *path, struct mf_err *err), void *ctx,
		    struct mf_err *err)
{
	struct mf_pl_spots s;
	int rc = mf_pl_spots(&s, home, getenv_fn, err);

	for (size_t i = 0; i < s.n && rc == 0; i++)
		rc = fn(ctx, s.v[i].path, err);
	mf_pl_spots_free(&s);
	return rc;
}
