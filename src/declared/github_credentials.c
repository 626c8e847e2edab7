/* SPDX-License-Identifier: Apache-2.0 */
/* The credentials that a workflow hands to its steps, where the same step takes the job's identity instead. */
#include "ci.h"
#include "github.h"

#include <stdio.h>

enum how { STATIC, UNKNOWN };

/* What one kind of credential is, and what takes its place. */
struct what {
	const char *kind, *title;
	enum mf_life_class class;
	enum how how;
	const char *why, *fix;
};

static const struct what aws = { "aws-access-key", "a long-lived AWS access key", MF_LC_API_KEY, STATIC,
	"an access key that is stored as a secret works from anywhere until somebody deactivates it",
	"let the step assume a role with the job's identity, then delete the key" };
static const struct what gcp = { "gcp-service-account", "a service account's key of Google Cloud", MF_LC_API_KEY, STATIC,
	"a service account's key that is stored as a secret works from anywhere until somebody deletes it",
	"log in by Workload Identity Federation, then delete the key" };
static const struct what azure = { "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY, STATIC,
	"a client secret that is stored works from anywhere, for months or years",
	"give the application a federated credential for this job, then delete the secret" };
static const struct what pypi = { "pypi-token", "an API token of PyPI", MF_LC_API_KEY, STATIC,
	"a token of PyPI has no end, and whoever has it can publish", "publish by PyPI's trusted publishing, then delete the token" };
static const struct what npm = { "npm-token", "an access token of npm", MF_LC_API_KEY, UNKNOWN,
	"whoever has it can publish, for as long as its owner chose", "publish by npm's trusted publishing, then delete the token" };
static const struct what crates = { "crates-token", "an API token of crates.io", MF_LC_API_KEY, UNKNOWN,
	"whoever has it can publish, for as long as its owner chose", "publish by crates.io's trusted publishing, then delete the token" };
static const struct what gems = { "rubygems-key", "an API key of RubyGems", MF_LC_API_KEY, UNKNOWN,
	"whoever has it can publish, for as long as its owner chose", "publish by RubyGems' trusted publishing, then delete the key" };
static const struct what nuget = { "nuget-key", "an API key of NuGet", MF_LC_API_KEY, UNKNOWN,
	"whoever has it can publish, for up to a year", "publish by NuGet's trusted publishing, then delete the key" };
static const struct what vault = { "vault-service-token", "a Vault token", MF_LC_SERVICE_TOKEN, UNKNOWN,
	"a token that is stored as a secret has to outlive all jobs that use it", "log in with the job's identity by Vault's JWT method, then revoke the token" };
static const struct what secret_id = { "vault-secret-id", "an AppRole secret_id of Vault", MF_LC_SECRET_ID, UNKNOWN,
	"a secret_id that is stored can be used many times, and for as long as it is there",
	"log in with the job's identity by Vault's JWT method, then destroy the secret_id" };
static const struct what kube = { "kubeconfig", "a kubeconfig that is kept as a secret", MF_LC_SERVICE_TOKEN, UNKNOWN,
	"a kubeconfig that is stored holds a token or a certificate that outlives the job",
	"get the cluster's credential in the job, by the cloud's own login or an OIDC issuer that the cluster trusts" };
static const struct what terraform = { "terraform-cloud", "an API token of HCP Terraform", MF_LC_API_KEY, UNKNOWN,
	"it runs plans and reads states for as long as its owner chose",
	"use dynamic credentials and a team's token with an end, or fetch it from Vault in the job" };
static const struct what pat = { "github-pat", "a personal access token of GitHub, by its use", MF_LC_API_KEY, UNKNOWN,
	"a person's token does what the person may, in every repository, for as long as its owner chose",
	"use GITHUB_TOKEN with the permissions that the job needs, or an installation token of a GitHub App" };
static const struct what ghcr = { "registry-password", "a stored token for ghcr.io", MF_LC_API_KEY, UNKNOWN,
	"it outlives the job, and GITHUB_TOKEN can push to the repository's own packages", "use GITHUB_TOKEN with packages: write" };
static const struct what registry = { "registry-password", "a registry's password", MF_LC_API_KEY, UNKNOWN,
	"it outlives the job, and nothing says when it ends", "use a token with an end that may do no more than push this image, or fetch it from Vault in the job" };
static const struct what ssh = { "ssh-private-key", "a private key of SSH", MF_LC_SSH, STATIC,
	"a key has no end: it opens what trusts it until it is taken off every host",
	"let Vault's SSH engine sign a key that is made in the job; for a repository use GITHUB_TOKEN or a GitHub App" };

static const struct what market = { "azure-devops-pat", "a token of the Visual Studio Marketplace", MF_LC_API_KEY, UNKNOWN,
	"whoever has it can publish, for up to a year", "publish with a token of Entra ID that the job gets by its identity, then delete the token" };
static const struct what gitlab = { "gitlab-pat", "an access token of GitLab, by its use", MF_LC_API_KEY, UNKNOWN,
	"it does what its owner may, for up to a year", "use a project's token with few scopes and an end, or fetch one from Vault in the job" };
static const struct what storage = { "azure-storage-key", "a connection string of Azure Storage", MF_LC_API_KEY, STATIC,
	"the account's key is in it, which works from anywhere until somebody renews it",
	"let the job's identity have a role on the container (--auth-mode login), then renew the key" };
static const struct what profile = { "azure-key", "a publish profile of Azure App Service", MF_LC_API_KEY, STATIC,
	"the password in it works from anywhere until somebody resets it", "log in by azure/login with the job's identity first, then reset the profile" };
static const struct what sas = { "azure-sas", "a shared access signature of Azure", MF_LC_SERVICE_TOKEN, UNKNOWN,
	"one that is stored as a secret has to outlive all jobs that use it", "let the job's identity have a role on the container, or make a signature in the job" };
static const struct what database = { "database-url", "a database's address with its password, by its use", MF_LC_DATABASE, UNKNOWN,
	"a password that is stored as a secret outlives the job, and nothing says when it ends",
	"let Vault's database engine make a user for this job" };
static const struct what firebase = { "gcp-refresh-token", "a refresh token of Firebase's command line", MF_LC_HUMAN_SESSION, STATIC,
	"it is a person's login to Google, until somebody revokes it", "log in by Workload Identity Federation, then sign the command line out" };
static const struct what service = { "credential", "a stored token of a service, by its name", MF_LC_API_KEY, UNKNOWN,
	"it outlives the job, and nothing says when it ends", "keep it in Vault, fetch it in the job by its identity, and renew it each quarter" };
static const struct what store = { "credential", "a key of a store that speaks S3", MF_LC_API_KEY, UNKNOWN,
	"a key that is stored as a secret works from anywhere until somebody deletes it; nothing says when it ends",
	"use a key with an end that may do no more than this job does, or fetch one from Vault in the job" };

/* -- telling ---------------------------------------------------------------------------------------- */

static int tell(const struct mf_gh *g, const struct what *w, const struct mf_check_place *at, const char *yaml)
{
	const struct mf_life life = {
		.kind = w->kind, .title = w->title, .class = w->class, .known = w->how == STATIC ? MF_LIFE_BY_FORMAT : MF_LIFE_UNKNOWN,
		.flags = w->how == STATIC ? MF_LIFE_STATIC : 0, .lifetime = w->how == STATIC ? MF_LIFE_FOREVER : -1,
		.remaining = w->how == STATIC ? MF_LIFE_FOREVER : -1,
	};
	struct mf_check_item *item;

	if (mf_check_life(g->c, at, &life, &item, g->err))
		return -1;
	if (!item)
		return 0;
	return mf_check_text(&item->why, g->err, "%s", w->why) || mf_check_text(&item->fix, g->err, "%s", w->fix) ||
		(yaml && mf_check_yaml(item, yaml, g->err)) ? -1 : 0;
}

#define ID_TOKEN "  id-token: write\n  contents: read\n"

static int tell_new(const struct mf_gh *g, const struct what *w, const struct mf_check_place *at, const struct mf_gh_new *n)
{
	struct mf_buf yaml = MF_BUF(12 << 10);
	struct mf_err none = { 0 };
	/* a step that is too long to be shown is told without */
	const bool shown = n && mf_gh_rewrite(&yaml, g, n, &none) == 0;
	const int rc = tell(g, w, at, shown ? mf_buf_text(&yaml) : NULL);

	mf_buf_free(&yaml);
	return rc;
}

/* The step with other inputs. */
static int tell_step(const struct mf_gh *g, const struct what *w, const struct mf_ynode *at, const char *secret, const char *drop, const char *add,
		     const char *permissions)
{
	const struct mf_check_place place = mf_gh_place(g, at, secret);
	const struct mf_gh_new n = { .permissions = permissions, .drop = drop, .add = add };

	return tell_new(g, w, &place, &n);
}

/* A step of which nothing but another one before it changes: an input or a variable (`key`) goes, or gets what that leaves, or a line of its script goes. */
static int tell_after(const struct mf_gh *g, const struct what *w, const struct mf_check_place *at, const struct mf_ynode *key, bool is_input, struct mf_str line)
{
	/* a person's login to Google gives way to what a service account's key does */
	const struct mf_gh_instead *in = mf_gh_instead(w == &firebase ? gcp.kind : w->kind);
	const struct mf_str name = mf_dc_text(key);
	struct mf_gh_new n = { .drop_line = line };
	char small[MF_GH_NAME], drop[MF_GH_NAME + 2], add[300];

	if (!in)
		return tell_new(g, w, at, NULL);
	n.permissions = in->permissions;
	n.before = in->before;
	n.line = in->line;
	n.value = in->variable;
	if (key) {
		mf_gh_lower(small, name);
		snprintf(drop, sizeof(drop), ";%s;", small);
		snprintf(add, sizeof(add), "%.*s: %s\n", (int)(name.n < 100 ? name.n : 100), name.p, in->variable ? in->variable : "");
		*(is_input ? &n.drop : &n.drop_env) = drop;
		if (in->variable)
			*(is_input ? &n.add : &n.add_env) = add;
	}
	return tell_new(g, w, at, &n);
}

static int tell_key(const struct mf_gh *g, const struct what *w, const struct mf_ynode *key, const char *secret, bool is_input)
{
	const struct mf_check_place at = mf_gh_place(g, key, secret);

	return tell_after(g, w, &at, key, is_input, (struct mf_str){ 0 });
}

/* -- inputs of actions ------------------------------------------------------------------------------ */

struct input {
	const char *actions;	/* ";owner/name;" */
	const char *names;	/* ";input;input;": the first that holds a secret is told */
	const char *unless;	/* an input that makes it something else, or NULL */
	const struct what *what;
	const char *drop, *add;	/* of the step; `add` NULL: there is no such step */
	enum { PLAIN, OIDC, GONE } becomes;	/* the same step; one that needs the job's identity; another in its place */
};

static const struct input inputs[] = {
	{ ";aws-actions/configure-aws-credentials;mayfly-ci/mayfly/ci/github/aws;", ";aws-secret-access-key;aws-access-key-id;", "aws-session-token", &aws,
		";aws-access-key-id;aws-secret-access-key;", "role-to-assume: arn:aws:iam::ACCOUNT_ID:role/ROLE_NAME\n", OIDC },
	{ ";google-github-actions/auth;mayfly-ci/mayfly/ci/github/gcp;", ";credentials_json;", NULL, &gcp, ";credentials_json;",
		"workload_identity_provider: projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\n"
		"service_account: NAME@PROJECT.iam.gserviceaccount.com\n", OIDC },
	{ ";google-github-actions/setup-gcloud;google-github-actions/deploy-cloudrun;google-github-actions/get-gke-credentials;",
		";service_account_key;credentials;", NULL, &gcp, NULL, NULL, OIDC },
	{ ";azure/login;mayfly-ci/mayfly/ci/github/azure;", ";creds;", NULL, &azure, ";creds;",
		"client-id: ${{ vars.AZURE_CLIENT_ID }}\ntenant-id: ${{ vars.AZURE_TENANT_ID }}\nsubscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}\n", OIDC },
	{ ";azure/aks-set-context;", ";creds;", NULL, &azure, NULL, NULL, OIDC },
	{ ";azure/webapps-deploy;azure/functions-action;azure/webapps-container-deploy;", ";publish-profile;", NULL, &profile, NULL, NULL, OIDC },
	{ ";pypa/gh-action-pypi-publish;", ";password;", NULL, &pypi, ";password;user;", "", OIDC },
	{ ";hashicorp/vault-action;mayfly-ci/mayfly/ci/github/vault;", ";token;", NULL, &vault, ";token;", "method: jwt\nrole: ROLE_NAME\n", OIDC },
	{ ";hashicorp/vault-action;mayfly-ci/mayfly/ci/github/vault;", ";secretid;", NULL, &secret_id, ";roleid;secretid;", "method: jwt\nrole: ROLE_NAME\n", OIDC },
	{ ";azure/k8s-set-context;azure/setup-kubectl;", ";kubeconfig;", NULL, &kube, NULL, NULL, GONE },
	{ ";actions-hub/kubectl;tale/kubectl-action;", ";base64-kube-config;kubeconfig;", NULL, &kube, NULL, NULL, PLAIN },
	{ ";hashicorp/setup-terraform;", ";cli_config_credentials_token;", NULL, &terraform, NULL, NULL, PLAIN },
	{ ";webfactory/ssh-agent;", ";ssh-private-key;", NULL, &ssh, NULL, NULL, GONE },
	{ ";appleboy/ssh-action;appleboy/scp-action;shimataro/ssh-key-action;burnett01/rsync-deployments;easingthemes/ssh-deploy;",
		";key;remote_key;ssh_private_key;", NULL, &ssh, NULL, NULL, PLAIN },
	{ ";actions/checkout;", ";ssh-key;", NULL, &ssh, ";ssh-key;", "", PLAIN },
};

/* One by one, in the order of the list. */
static bool next_name(char out[static 64], const char **list)
{
	size_t n;

	*list += **list == ';';
	n = strcspn(*list, ";");
	if (n == 0 || n >= 64)
		return false;
	memcpy(out, *list, n);
	out[n] = '\0';
	*list += n;
	return true;
}

static int one_input(const struct mf_gh *g, const struct input *in)
{
	char name[64], secret[MF_GH_NAME];
	const struct mf_ynode *key = NULL;
	struct mf_check_place at;
	struct mf_gh bare = *g;

	if (in->unless && mf_gh_input(g->step, in->unless, NULL))
		return 0;
	for (const char *list = in->names; next_name(name, &list); key = NULL)
		if (mf_gh_secret_of(secret, g, mf_dc_text(mf_gh_input(g->step, name, &key))))
			break;
	if (!key)
		return 0;
	if (in->add)
		return tell_step(g, in->what, key, secret, in->drop, in->add, in->becomes == OIDC ? ID_TOKEN : NULL);
	if (in->becomes != GONE)
		return tell_key(g, in->what, key, secret, true);
	at = mf_gh_place(g, key, secret);
	bare.step = NULL;
	return tell_after(&bare, in->what, &at, NULL, true, (struct mf_str){ 0 });
}

/* The cloud's own login comes first, and then there is a token for its registry. */
static const struct login {
	const char *host, *user;	/* user NULL: whoever it is */
	const struct what *what;
	const char *after, *add;	/* steps behind that login; inputs of this step. `add` NULL: the steps log in by themselves */
} logins[] = {
	{ ".dkr.ecr.", NULL, &aws, "  - uses: aws-actions/amazon-ecr-login@v2\n", NULL },
	{ "public.ecr.aws", NULL, &aws, "  - uses: aws-actions/amazon-ecr-login@v2\n    with:\n      registry-type: public\n", NULL },
	{ "gcr.io", "_json_key", &gcp, "    id: auth\n", "username: oauth2accesstoken\npassword: ${{ steps.auth.outputs.access_token }}\n" },
	{ ".pkg.dev", "_json_key", &gcp, "    id: auth\n", "username: oauth2accesstoken\npassword: ${{ steps.auth.outputs.access_token }}\n" },
	{ ".azurecr.io", NULL, &azure, "  - run: az acr login --name REGISTRY_NAME\n", NULL },
};

static int cloud_registry(const struct mf_gh *g, const struct login *l, const struct mf_ynode *key, const char *secret)
{
	const struct mf_gh_instead *in = mf_gh_instead(l->what->kind);
	const struct mf_check_place at = mf_gh_place(g, key, secret);
	struct mf_gh bare = *g;
	struct mf_gh_new n = { .permissions = in->permissions, .drop = ";username;password;", .add = l->add };
	char before[1200];

	/* Google's action has the token as an output, when it is asked for one */
	snprintf(before, sizeof(before), "%s%s%s", in->before, l->add ? "      token_format: access_token\n" : "", l->after);
	n.before = before;
	if (!l->add)
		bare.step = NULL;
	return tell_new(&bare, l->what, &at, &n);
}

/* What a registry is decides what a password for it is. */
static int docker_login(const struct mf_gh *g)
{
	const struct mf_ynode *key = NULL;
	const struct mf_str password = mf_dc_text(mf_gh_input(g->step, "password", &key));
	const struct mf_ynode *registry_at = mf_gh_input(g->step, "registry", NULL);
	const struct mf_str where = mf_dc_text(registry_at ? registry_at : mf_gh_input(g->step, "login-server", NULL));
	const struct mf_str user = mf_dc_text(mf_gh_input(g->step, "username", NULL));
	char secret[MF_GH_NAME];

	if (!mf_gh_secret_of(secret, g, password))
		return 0;
	if (mf_gh_has(where, "ghcr.io"))
		return tell_step(g, &ghcr, key, secret, ";username;password;", "username: ${{ github.actor }}\npassword: ${{ github.token }}\n",
				 "  packages: write\n  contents: read\n");
	for (size_t i = 0; i < MF_COUNT(logins); i++)
		if (mf_gh_has(where, logins[i].host) && (!logins[i].user || mf_gh_has(user, logins[i].user)))
			return cloud_registry(g, &logins[i], key, secret);
	return tell_key(g, &registry, key, secret, true);
}

/* Words that make a secret's name that of a token for GitHub itself. */
static bool names_github(const char *secret)
{
	static const char *const words[] = { "PAT", "GH", "GITHUB" };
	const char *p = secret;

	while (*p) {
		const size_t n = strcspn(p, "_-");

		for (size_t i = 0; i < MF_COUNT(words); i++)
			if (strlen(words[i]) == n && strncasecmp(p, words[i], n) == 0)
				return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

/* A token for GitHub that is not the job's own. */
static int github_token(const struct mf_gh *g, const char *action)
{
	static const char names[] = ";token;github-token;github_token;repo-token;gh-token;personal-token;personal_token;gh_pat;pat;";
	/* what these are for is in the name of the input; the others may be for another service */
	static const char plain[] = ";github-token;github_token;gh-token;gh_pat;";
	static const char takers[] = ";actions/checkout;actions/github-script;actions/labeler;actions/stale;actions/add-to-project;peter-evans/create-pull-request;"
		"peter-evans/repository-dispatch;softprops/action-gh-release;googleapis/release-please-action;google-github-actions/release-please-action;"
		"ncipollo/release-action;peter-evans/slash-command-dispatch;peter-evans/create-or-update-comment;dessant/lock-threads;";
	char name[64], secret[MF_GH_NAME];
	const struct mf_ynode *key = NULL;

	for (const char *list = names; next_name(name, &list); )
		if (mf_gh_secret_of(secret, g, mf_dc_text(mf_gh_input(g->step, name, &key))) &&
		    (mf_gh_is_one(name, plain) || names_github(secret) || mf_gh_is_one(action, takers)))
			return tell_key(g, &pat, key, secret, true);
	return 0;
}

/* -- variables -------------------------------------------------------------------------------------- */

struct variable {
	const char *names;
	const char *unless;	/* another variable that makes it something else */
	const struct what *what;
};

static const struct variable variables[] = {
	{ ";AWS_SECRET_ACCESS_KEY;AWS_SECRET_KEY;", "AWS_SESSION_TOKEN", &aws },
	{ ";ARM_CLIENT_SECRET;AZURE_CLIENT_SECRET;AZURE_CREDENTIALS;", NULL, &azure },
	{ ";GOOGLE_CREDENTIALS;GCP_SA_KEY;GCP_SERVICE_ACCOUNT_KEY;GCLOUD_SERVICE_KEY;GOOGLE_APPLICATION_CREDENTIALS_JSON;", NULL, &gcp },
	{ ";AZURE_STORAGE_CONNECTION_STRING;AZURE_STORAGE_KEY;ARM_ACCESS_KEY;", NULL, &storage },
	{ ";AZURE_STORAGE_SAS_TOKEN;ARM_SAS_TOKEN;", NULL, &sas },
	{ ";DATABASE_URL;DB_URL;POSTGRES_URL;POSTGRESQL_URL;MYSQL_URL;MONGODB_URI;MONGODB_URL;MONGO_URL;PGPASSWORD;MYSQL_PWD;DB_PASSWORD;DATABASE_PASSWORD;"
		"POSTGRES_PASSWORD;MYSQL_PASSWORD;MYSQL_ROOT_PASSWORD;", NULL, &database },
	{ ";NODE_AUTH_TOKEN;NPM_TOKEN;NPM_AUTH_TOKEN;", NULL, &npm },
	{ ";VSCE_PAT;VSCE_TOKEN;", NULL, &market },
	{ ";GITLAB_TOKEN;GITLAB_PAT;GITLAB_ACCESS_TOKEN;", NULL, &gitlab },
	{ ";DOCKER_PASSWORD;DOCKER_TOKEN;DOCKERHUB_PASSWORD;DOCKERHUB_TOKEN;DOCKER_HUB_PASSWORD;DOCKER_HUB_TOKEN;REGISTRY_PASSWORD;QUAY_PASSWORD;QUAY_TOKEN;",
		NULL, &registry },
	{ ";TWINE_PASSWORD;PYPI_PASSWORD;PYPI_TOKEN;PYPI_API_TOKEN;UV_PUBLISH_TOKEN;POETRY_PYPI_TOKEN_PYPI;FLIT_PASSWORD;MATURIN_PYPI_TOKEN;"
		"HATCH_INDEX_AUTH;", NULL, &pypi },
	{ ";CARGO_REGISTRY_TOKEN;", NULL, &crates },
	{ ";GEM_HOST_API_KEY;RUBYGEMS_API_KEY;", NULL, &gems },
	{ ";NUGET_API_KEY;", NULL, &nuget },
	{ ";VAULT_TOKEN;BAO_TOKEN;", NULL, &vault },
	{ ";VAULT_SECRET_ID;", NULL, &secret_id },
	{ ";KUBECONFIG;KUBE_CONFIG;KUBECONFIG_DATA;KUBE_CONFIG_DATA;", NULL, &kube },
	{ ";TF_API_TOKEN;TFE_TOKEN;", NULL, &terraform },
	{ ";SSH_PRIVATE_KEY;DEPLOY_KEY;SSH_KEY;", NULL, &ssh },
	{ ";GH_TOKEN;GITHUB_TOKEN;GH_PAT;GITHUB_PAT;GH_ENTERPRISE_TOKEN;PERSONAL_ACCESS_TOKEN;PERSONAL_TOKEN;GITHUB_ACCESS_TOKEN;GITHUB_API_TOKEN;", NULL, &pat },
	{ ";FIREBASE_TOKEN;", NULL, &firebase },
};

static const struct what *variable(const char *name, const struct mf_ynode *env)
{
	char upper[MF_GH_NAME];
	size_t n = 0;

	if (strncmp(name, "TF_TOKEN_", 9) == 0)
		return &terraform;
	/* a variable of a Terraform module is named as its author likes, and often as what it is */
	if (strncmp(name, "TF_VAR_", 7) == 0) {
		for (name += 7; name[n] && n + 1 < sizeof(upper); n++)
			upper[n] = (char)(name[n] >= 'a' && name[n] <= 'z' ? name[n] - 32 : name[n]);
		upper[n] = '\0';
		name = upper;
	}
	for (size_t i = 0; i < MF_COUNT(variables); i++)
		if (mf_gh_is_one(name, variables[i].names))
			return variables[i].unless && mf_dc_get(env, variables[i].unless) ? NULL : variables[i].what;
	return mf_dc_of_service(mf_str(name)) ? &service : NULL;
}

/* Others take AWS's variables, and have no roles to assume. */
static const struct what *whose(const struct mf_gh *g, const struct what *w, const struct mf_ynode *env, const char *secret)
{
	if (w == &aws && (mf_dc_get(env, "AWS_ENDPOINT_URL") || mf_dc_get(env, "AWS_ENDPOINT_URL_S3") || mf_dc_get(env, "AWS_S3_ENDPOINT") ||
			  strstr(secret, "R2_") || strstr(secret, "MINIO") || strstr(secret, "SPACES") ||
			  mf_gh_has(mf_dc_text(mf_dc_get(g->step, "run")), "--endpoint-url")))
		return &store;
	return w;
}

int mf_gh_env_credentials(const struct mf_gh *g, const struct mf_ynode *env)
{
	char secret[MF_GH_NAME], name[MF_GH_NAME], last[MF_GH_NAME] = "";

	if (!env || mf_yaml_type(env) != MF_Y_MAP)
		return 0;
	for (size_t i = 0; i < mf_yaml_size(env); i++) {
		const struct mf_ynode *key = mf_yaml_key_at(env, i);
		const struct mf_str k = mf_yaml_text(key);
		const struct what *w;

		if (k.n >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)k.n, k.p);
		w = variable(name, env);
		/* one secret under two names is one */
		if (!w || !mf_gh_secret_in(secret, mf_dc_text(mf_yaml_at(env, i))) || strcmp(secret, last) == 0)
			continue;
		memcpy(last, secret, sizeof(last));
		if (tell_key(g, whose(g, w, env, secret), key, secret, false))
			return -1;
	}
	return 0;
}

/* -- scripts ---------------------------------------------------------------------------------------- */

struct command {
	const char *has, *also;	/* both on one line, in any case; `also` may be NULL */
	bool secret;		/* and a secret in it */
	const char *but;	/* a word that makes it another login, or NULL */
	const struct what *what;
};

static const struct command commands[] = {
	{ "aws configure set", "aws_secret_access_key", false, NULL, &aws },
	{ "gcloud auth activate-service-account", NULL, false, NULL, &gcp },
	{ "az login", "--service-principal", false, "--federated-token", &azure },
	{ "docker login", NULL, true, NULL, &registry },
	{ "podman login", NULL, true, NULL, &registry },
	{ "helm registry login", NULL, true, NULL, &registry },
	{ "skopeo login", NULL, true, NULL, &registry },
	{ "npm config set", "_authToken", true, NULL, &npm },
	{ "twine upload", NULL, true, NULL, &pypi },
	{ "cargo login", NULL, true, NULL, &crates },
	{ "cargo publish", "--token", true, NULL, &crates },
	{ "gem push", "--key", true, NULL, &gems },
	{ "nuget push", NULL, true, NULL, &nuget },
	{ "vsce publish", NULL, true, NULL, &market },
	{ "_authToken=", NULL, true, NULL, &npm },
	{ "application_default_credentials", NULL, true, NULL, &gcp },
	{ ".kube/config", NULL, true, NULL, &kube },
	{ "}}@github.com", "://", true, NULL, &pat },
	{ "}}@gitlab", "://", true, NULL, &gitlab },
	{ "ssh-add", NULL, true, NULL, &ssh },
	{ "ssh/id_", NULL, true, ".pub", &ssh },
};

static int one_line(const struct mf_gh *g, const struct mf_ynode *script, struct mf_str line)
{
	char secret[MF_GH_NAME];
	bool has;

	line = mf_trim(line);
	has = mf_gh_secret_of(secret, g, line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	for (size_t i = 0; i < MF_COUNT(commands); i++) {
		const struct command *c = &commands[i];
		struct mf_check_place at;

		if (!mf_gh_has(line, c->has) || (c->also && !mf_gh_has(line, c->also)) || (c->but && mf_gh_has(line, c->but)) || (c->secret && !has))
			continue;
		at = mf_gh_place_in(g, script, line, has ? secret : NULL);
		return tell_after(g, c->what, &at, NULL, false, line);
	}
	return 0;
}

static int script_credentials(const struct mf_gh *g)
{
	const struct mf_ynode *script = mf_dc_get(g->step, "run");
	struct mf_str line;

	for (size_t at = 0; mf_dc_line(mf_dc_text(script), &at, &line);)
		if (one_line(g, script, line))
			return -1;
	return 0;
}

/* -- images ----------------------------------------------------------------------------------------- */

#define OWN_TOKEN "credentials:\n  username: ${{ github.actor }}\n  password: ${{ github.token }}\n"

/* The password of one image: container: or one of services:. */
static int image_password(const struct mf_gh *g, const struct mf_ynode *image)
{
	const struct mf_ynode *login = mf_dc_get(image, "credentials");
	const struct mf_ynode *password = mf_dc_get(login, "password");
	const bool own = mf_gh_has(mf_dc_text(mf_dc_get(image, "image")), "ghcr.io");
	struct mf_check_place at;
	char secret[MF_GH_NAME];

	if (!password || !mf_gh_secret_of(secret, g, mf_dc_text(password)))
		return 0;
	at = mf_gh_place(g, password, secret);
	/* a container starts before any step could fetch a password: its image has to be where the job's own token reaches */
	return tell(g, own ? &ghcr : &registry, &at, own ? "permissions:\n  packages: read\n  contents: read\n" OWN_TOKEN :
		"permissions:\n  packages: read\n  contents: read\nimage: ghcr.io/OWNER/IMAGE:TAG    # a copy in GitHub's own registry\n" OWN_TOKEN);
}

int mf_gh_job_images(const struct mf_gh *g)
{
	const struct mf_ynode *container = mf_dc_get(g->job, "container"), *services = mf_dc_get(g->job, "services");

	if (image_password(g, container) || mf_gh_env_credentials(g, mf_dc_get(container, "env")))
		return -1;
	for (size_t i = 0; services && mf_yaml_type(services) == MF_Y_MAP && i < mf_yaml_size(services); i++)
		if (image_password(g, mf_yaml_at(services, i)) || mf_gh_env_credentials(g, mf_dc_get(mf_yaml_at(services, i), "env")))
			return -1;
	return 0;
}

int mf_gh_step_credentials(const struct mf_gh *g)
{
	char action[MF_GH_NAME];
	struct mf_str ref;

	if (mf_gh_env_credentials(g, mf_dc_get(g->step, "env")) || script_credentials(g))
		return -1;
	if (!mf_gh_action(action, &ref, g->step))
		return 0;
	for (size_t i = 0; i < MF_COUNT(inputs); i++)
		if (mf_gh_is_one(action, inputs[i].actions) && one_input(g, &inputs[i]))
			return -1;
	if (mf_gh_is_one(action, ";docker/login-action;azure/docker-login;redhat-actions/podman-login;") && docker_login(g))
		return -1;
	return github_token(g, action);
}
