/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of CI definitions: which static credentials they use, by the names that tools read and by the commands that take them. */
#include "ci.h"

#include <stdio.h>
#include <mayfly/text.h>

static const struct {
	const char *kind, *title;
	enum mf_life_class class;
	bool federates;		/* takes a job's identity for a credential, or the job can fetch one by it */
	bool no_end;		/* how long the others live is not to be seen from their names */
	const char *why, *fix;
} issuers[MF_IS_COUNT] = {
	[MF_IS_AWS] = { "aws-access-key", "a long-lived AWS access key", MF_LC_API_KEY, true, true, "the job reads a key that AWS never ends by itself",
		"log in with the job's identity: an IAM role that trusts this CI's issuer" },
	[MF_IS_GCP] = { "gcp-service-account", "a service account's key of Google", MF_LC_API_KEY, true, true, "the job reads a key file that has no end",
		"log in with the job's identity: workload identity federation" },
	[MF_IS_AZURE] = { "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY, true, true,
		"the job logs in with a secret that lives for months or years", "log in with the job's identity: a federated credential of the application" },
	[MF_IS_VAULT] = { "vault-service-token", "a Vault service token", MF_LC_SERVICE_TOKEN, true, false,
		"the job gets a token that was made before it, so that it outlives the job", "log in to Vault with the job's identity, by its JWT method" },
	[MF_IS_KUBE] = { "kubeconfig", "a kubeconfig that is kept as a secret", MF_LC_SERVICE_TOKEN, true, false,
		"the credentials in it live as long as the stored secret does", "let the cluster trust the CI's issuer, or make the kubeconfig from a cloud login" },
	[MF_IS_TERRAFORM] = { "terraform-cloud", "a token of HCP Terraform", MF_LC_API_KEY, true, false, "the job reads a token that was made by hand",
		"fetch one for the job from Vault's terraform engine, by the job's identity" },
	[MF_IS_NPM] = { "npm-token", "an access token of npm", MF_LC_API_KEY, true, false, "the job publishes with a token that was made by hand",
		"publish by npm's trusted publishing, or with a token for the job" },
	[MF_IS_DOCKER] = { "registry-password", "a password of an image registry", MF_LC_API_KEY, false, false,
		"the job logs in to a registry with a stored password", "use the registry of the CI with the job's token, or a cloud's registry with the job's identity" },
	[MF_IS_GITHUB] = { "github-pat", "a personal access token of GitHub, by its use", MF_LC_API_KEY, true, false,
		"a person's token does what the person may, in every repository, for as long as its owner chose",
		"use an installation token of a GitHub App, made in the job: it ends after an hour" },
	[MF_IS_GITLAB] = { "gitlab-pat", "an access token of GitLab, by its use", MF_LC_API_KEY, true, false, "it does what its owner may, for up to a year",
		"use CI_JOB_TOKEN where it reaches, or a project's token with few scopes that Vault makes for the job" },
	[MF_IS_PYPI] = { "pypi-token", "an API token of PyPI", MF_LC_API_KEY, true, false, "whoever has it can publish, and a token of PyPI has no end",
		"publish by PyPI's trusted publishing, or to the project's own registry with the job's token" },
	[MF_IS_SSH] = { "ssh-private-key", "a private key of SSH", MF_LC_SSH, true, true, "a key has no end: it opens what trusts it until it is taken off every host",
		"let Vault's SSH engine sign a key that is made in the job" },
	[MF_IS_FIREBASE] = { "gcp-refresh-token", "a refresh token of Firebase's command line", MF_LC_HUMAN_SESSION, true, true,
		"it is a person's login to Google, until somebody revokes it", "log in with the job's identity: workload identity federation" },
	[MF_IS_ADDRESS] = { "credential", "a stored token in an address, by its use", MF_LC_API_KEY, true, false, "it outlives the job, and addresses are printed and logged",
		"use the job's own token, through a credential helper or a header" },
	[MF_IS_SERVICE] = { "credential", "a stored token of a service, by its name", MF_LC_API_KEY, true, false, "it outlives the job, and nothing says when it ends",
		"keep it in Vault, fetch it in the job by its identity, and renew it each quarter" },
};

enum mf_dc_issuer mf_dc_issuer_of(struct mf_str v)
{
	static const struct { const char *name; enum mf_dc_issuer issuer; } names[] = {
		{ "AWS_SECRET_ACCESS_KEY", MF_IS_AWS }, { "AWS_SECRET_KEY", MF_IS_AWS }, { "GOOGLE_CREDENTIALS", MF_IS_GCP },
		{ "GCP_SERVICE_ACCOUNT_KEY", MF_IS_GCP }, { "GCP_SA_KEY", MF_IS_GCP }, { "GCLOUD_SERVICE_KEY", MF_IS_GCP }, { "GOOGLE_SERVICE_ACCOUNT_KEY", MF_IS_GCP },
		{ "GCLOUD_SERVICE_ACCOUNT_KEY", MF_IS_GCP }, { "GCP_CREDENTIALS_JSON", MF_IS_GCP }, { "AZURE_CLIENT_SECRET", MF_IS_AZURE },
		{ "ARM_CLIENT_SECRET", MF_IS_AZURE }, { "AZURE_SP_PASSWORD", MF_IS_AZURE }, { "VAULT_TOKEN", MF_IS_VAULT }, { "VAULT_SECRET_ID", MF_IS_VAULT },
		{ "KUBECONFIG_CONTENT", MF_IS_KUBE }, { "KUBECONFIG_BASE64", MF_IS_KUBE }, { "KUBE_CONFIG", MF_IS_KUBE }, { "KUBE_CONFIG_DATA", MF_IS_KUBE },
		{ "KUBECONFIG_DATA", MF_IS_KUBE }, { "NPM_TOKEN", MF_IS_NPM }, { "NODE_AUTH_TOKEN", MF_IS_NPM },
		{ "AZURE_PASSWORD", MF_IS_AZURE }, { "GCLOUD_API_KEYFILE", MF_IS_GCP }, { "KUBECONFIG_B64", MF_IS_KUBE }, { "TF_API_TOKEN", MF_IS_TERRAFORM },
		{ "TFE_TOKEN", MF_IS_TERRAFORM }, { "GH_TOKEN", MF_IS_GITHUB }, { "GITHUB_TOKEN", MF_IS_GITHUB }, { "GH_PAT", MF_IS_GITHUB },
		{ "GITHUB_PAT", MF_IS_GITHUB }, { "GITHUB_ACCESS_TOKEN", MF_IS_GITHUB }, { "GITHUB_API_TOKEN", MF_IS_GITHUB }, { "GITLAB_TOKEN", MF_IS_GITLAB },
		{ "GITLAB_PAT", MF_IS_GITLAB }, { "GITLAB_ACCESS_TOKEN", MF_IS_GITLAB }, { "GITLAB_API_TOKEN", MF_IS_GITLAB },
		{ "GITLAB_PRIVATE_TOKEN", MF_IS_GITLAB }, { "PROJECT_ACCESS_TOKEN", MF_IS_GITLAB }, { "TWINE_PASSWORD", MF_IS_PYPI }, { "PYPI_TOKEN", MF_IS_PYPI },
		{ "PYPI_API_TOKEN", MF_IS_PYPI }, { "PYPI_PASSWORD", MF_IS_PYPI }, { "UV_PUBLISH_TOKEN", MF_IS_PYPI }, { "SSH_PRIVATE_KEY", MF_IS_SSH },
		{ "SSH_DEPLOY_KEY", MF_IS_SSH }, { "SSH_KEY", MF_IS_SSH }, { "FIREBASE_TOKEN", MF_IS_FIREBASE },
	};

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_str_is(v, names[i].name))
			return names[i].issuer;
	/* one of several, named by what it is for: AWS_PROD_SECRET_ACCESS_KEY, TEST_AWS_SECRET_ACCESS_KEY */
	if (mf_str_ends(v, "_SECRET_ACCESS_KEY") && (mf_str_begins(v, "AWS_") || mf_dc_has(v, "_AWS_")))
		return MF_IS_AWS;
	if (mf_str_begins(v, "TF_TOKEN_") && v.n > 9)
		return MF_IS_TERRAFORM;
	return mf_dc_of_service(v) ? MF_IS_SERVICE : MF_IS_COUNT;
}

bool mf_dc_of_service(struct mf_str v)
{
	static const char *const names[] = { "HEROKU_API_KEY", "VERCEL_TOKEN", "SONAR_TOKEN", "NETLIFY_AUTH_TOKEN", "SNYK_TOKEN", "CODECOV_TOKEN", "COVERALLS_REPO_TOKEN",
		"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CF_API_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DIGITALOCEAN_TOKEN", "FLY_API_TOKEN", "RENDER_API_KEY",
		"RAILWAY_TOKEN", "SENTRY_AUTH_TOKEN", "SLACK_TOKEN", "SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL", "SLACK_WEBHOOK", "DISCORD_WEBHOOK", "DD_API_KEY",
		"DATADOG_API_KEY", "PULUMI_ACCESS_TOKEN", "EXPO_TOKEN", "SUPABASE_ACCESS_TOKEN", "HCLOUD_TOKEN", "LINODE_TOKEN", "SCW_SECRET_KEY", "DATABRICKS_TOKEN",
		"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STRIPE_SECRET_KEY", "ALGOLIA_API_KEY", "CHROMATIC_PROJECT_TOKEN", "CYPRESS_RECORD_KEY", "TURBO_TOKEN",
		"OSSRH_PASSWORD", "SONATYPE_PASSWORD", "MAVEN_PASSWORD", "ARTIFACTORY_PASSWORD", "NEXUS_PASSWORD", "GPG_PASSPHRASE" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_str_is(v, names[i]))
			return true;
	return false;
}

void mf_dc_job_name(struct mf_dc_job *j, struct mf_str name)
{
	snprintf(j->name, sizeof(j->name), "%.*s", (int)(name.n < 80 ? name.n : 80), name.n ? name.p : "job");
	mf_text_clean(j->name, false);
}

static int replacement(const struct mf_dc_job *j, enum mf_dc_issuer issuer, const char *name, struct mf_str line, struct mf_check_item *item, struct mf_err *err)
{
	struct mf_buf out = MF_BUF(8192);
	int rc = mf_dc_oidc(&out, j->ci, issuer, j->name[0] ? j->name : "job", name, line, err);

	if (rc == 0)
		rc = mf_check_yaml(item, mf_buf_text(&out), err);
	mf_buf_free(&out);
	return rc;
}

struct mf_check_place mf_dc_seen(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_str seen, const char *name)
{
	const struct mf_str bytes = j->file->bytes;
	size_t at = t->line ? mf_dc_offset(bytes, t->line, t->col) : t->at, found = mf_dc_seek(bytes, at, line);

	if (found != SIZE_MAX)
		at = found;
	found = mf_dc_seek(bytes, at, seen);
	return mf_dc_at(j->file, MF_CHECK_CI, found == SIZE_MAX ? at : found, found == SIZE_MAX ? 0 : seen.n, name);
}

/* Each service is another issuer. */
static bool named_before(const struct mf_dc_job *j, const char *name)
{
	for (size_t i = j->first; i < j->c->list.n; i++)
		if (strcmp(j->c->list.v[i].rule, issuers[MF_IS_SERVICE].kind) == 0 && mf_same_text(j->c->list.v[i].name, name))
			return true;
	return false;
}

int mf_dc_tell(struct mf_dc_job *j, enum mf_dc_issuer issuer, struct mf_str name, const struct mf_dc_text *t, struct mf_str line, struct mf_str seen,
	       struct mf_err *err)
{
	const bool no_end = issuers[issuer].no_end;
	struct mf_life life = { .kind = issuers[issuer].kind, .title = issuers[issuer].title, .class = issuers[issuer].class,
		.known = no_end ? MF_LIFE_BY_FORMAT : MF_LIFE_UNKNOWN, .flags = no_end ? MF_LIFE_STATIC : 0 };
	char text[128];
	struct mf_check_place place;
	struct mf_check_item *item;

	snprintf(text, sizeof(text), "%.*s", (int)(name.n < 100 ? name.n : 100), name.p);
	if ((j->oidc && issuers[issuer].federates) || !*j->left || (issuer == MF_IS_SERVICE ? named_before(j, text) : j->told & 1u << issuer))
		return 0;
	--*j->left;
	j->told |= 1u << issuer;
	place = mf_dc_seen(j, t, line, seen, text);
	if (mf_dc_told(j->c, j->first, life.kind, &place))
		return 0;
	mf_life_settle(&life, j->c->now);
	if (mf_check_life(j->c, &place, &life, &item, err))
		return -1;
	if (!item)
		return 0;
	return mf_check_text(&item->why, err, "%s", issuers[issuer].why) || mf_check_text(&item->fix, err, "%s", issuers[issuer].fix) ||
		replacement(j, issuer, text, line, item, err) ? -1 : 0;
}

int mf_dc_variable(struct mf_dc_job *j, struct mf_str name, struct mf_str value, const struct mf_check_place *at, struct mf_err *err)
{
	struct mf_check_place place = *at;
	char text[128];

	snprintf(text, sizeof(text), "%.*s", (int)(name.n < 100 ? name.n : 100), name.n ? name.p : "");
	place.name = text;
	if (mf_dc_told(j->c, j->first, "", &place))
		return 0;
	for (size_t i = j->first; i < j->c->list.n; i++)	/* an anchor's second use */
		if (j->c->list.v[i].line == at->line && j->c->list.v[i].col == at->col && mf_same_text(j->c->list.v[i].name, text))
			return 0;
	return mf_dc_literal(j->c, &place, value, NULL, err);
}

/* -- identity --------------------------------------------------------------------------------------- */

bool mf_dc_uses_identity(struct mf_str s)
{
	static const char *const signs[] = { "CIRCLE_OIDC_TOKEN", "run oidc get", "BITBUCKET_STEP_OIDC_TOKEN", "assume-role", "AssumeRole", "workloadIdentity",
		"workload-identity", "federated-token", "external_account", "CI_JOB_JWT", "addSpnToEnvironment", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"auth/jwt/login", "ARM_USE_OIDC", "ARM_OIDC_TOKEN" };

	for (size_t i = 0; i < MF_COUNT(signs); i++)
		if (mf_dc_has(s, signs[i]))
			return true;
	return false;
}

/* What can be looked at no more counts as no login. */
static bool take(size_t *bytes, size_t n)
{
	if (*bytes < n)
		return false;
	*bytes -= n;
	return true;
}

bool mf_dc_node_identity(const struct mf_ynode *n, size_t *bytes, unsigned depth)
{
	static const char *const keys[] = { "id_tokens", "role-arn", "role_arn", "use_oidc", "oidc", "AWS_OIDC_ROLE_ARN", "addSpnToEnvironment",
		"workload_identity_pool_id" };

	if (!n || depth > MF_YAML_DEPTH)
		return false;
	if (mf_yaml_type(n) == MF_Y_SCALAR)
		return take(bytes, mf_yaml_text(n).n) && mf_dc_uses_identity(mf_yaml_text(n));
	for (size_t i = 0; i < mf_yaml_size(n); i++) {
		const struct mf_ynode *v = mf_yaml_at(n, i), *k = mf_yaml_key_at(n, i);

		for (size_t s = 0; k && s < MF_COUNT(keys); s++)
			if (mf_str_is(mf_dc_text(k), keys[s]) && !mf_str_is(mf_dc_text(v), "false"))
				return true;
		if ((k && mf_dc_uses_identity(mf_dc_text(k))) || mf_dc_node_identity(v, bytes, depth + 1))
			return true;
	}
	return false;
}

/* -- below a job ------------------------------------------------------------------------------------ */

static bool holds_variables(struct mf_str key)
{
	return mf_str_is(key, "variables") || mf_str_is(key, "environment") || mf_str_is(key, "env");
}

/* A name of a variable where orbs and tasks expect one: aws-secret-access-key: MY_KEY. */
static enum mf_dc_issuer by_parameter(struct mf_str key)
{
	static const struct { const char *key; enum mf_dc_issuer issuer; } keys[] = { { "aws-secret-access-key", MF_IS_AWS },
		{ "aws_secret_access_key", MF_IS_AWS }, { "gcloud-service-key", MF_IS_GCP }, { "gcloud_service_key", MF_IS_GCP } };

	for (size_t i = 0; i < MF_COUNT(keys); i++)
		if (mf_str_is(key, keys[i].key))
			return keys[i].issuer;
	return MF_IS_COUNT;
}

static int scalar(struct mf_dc_job *j, const struct mf_ynode *n, struct mf_str key, bool variables, struct mf_err *err)
{
	const struct mf_str text = mf_yaml_text(n);
	const struct mf_dc_text t = { .s = text, .line = mf_yaml_pos(n).line, .col = mf_yaml_pos(n).col };
	struct mf_check_place at = mf_dc_place(j->file, MF_CHECK_CI, n, NULL);
	enum mf_dc_issuer parameter = by_parameter(key);

	if (!text.n || !*j->bytes)
		return 0;
	if (!take(j->bytes, text.n)) {
		*j->bytes = 0;
		return mf_check_note(j->c, true, "its aliases repeat too much text", NULL, err, "'%s' was checked in part", j->file->path);
	}
	if (parameter != MF_IS_COUNT && mf_dc_placeholder(text) == (memchr(text.p, '$', text.n) != NULL))
		return mf_dc_tell(j, parameter, text, &t, text, text, err);
	if (variables && !memchr(text.p, '$', text.n))
		return mf_dc_variable(j, key, text, &at, err);
	/* filled from a variable that somebody has stored; $(...) is what a command made in the job */
	if (variables && mf_dc_jobs_own(text))
		return 0;
	if (variables && mf_dc_issuer_of(key) != MF_IS_COUNT && (j->ci == MF_CI_AZURE || !mf_dc_has(text, "$(")))
		return mf_dc_tell(j, mf_dc_issuer_of(key), key, &t, text, text, err);
	if (!memchr(text.p, '$', text.n) && !memchr(text.p, ' ', text.n) && !memchr(text.p, '%', text.n))
		return 0;
	return mf_dc_script(j, &t, err);
}

/* How an image is pulled: CircleCI's auth, Bitbucket's image, with a stored password. */
static bool pulls(const struct mf_dc_job *j, const struct mf_ynode *n, struct mf_str key, struct mf_str name)
{
	const struct mf_str password = mf_dc_text(mf_dc_get(n, "password"));

	if (!mf_str_is(name, "password") || !mf_dc_text(mf_dc_get(n, "username")).n || !password.n || !memchr(password.p, '$', password.n))
		return false;
	return mf_str_is(key, j->ci == MF_CI_CIRCLECI ? "auth" : "image") && (j->ci == MF_CI_CIRCLECI || j->ci == MF_CI_BITBUCKET);
}

static int pull(struct mf_dc_job *j, const struct mf_ynode *n, struct mf_err *err)
{
	const struct mf_str s = mf_yaml_text(n);
	const struct mf_dc_text t = { .s = s, .line = mf_yaml_pos(n).line, .col = mf_yaml_pos(n).col };

	return mf_dc_tell(j, MF_IS_DOCKER, mf_str("password"), &t, s, s, err);
}

int mf_dc_walk(struct mf_dc_job *j, const struct mf_ynode *n, struct mf_str key, bool variables, struct mf_err *err)
{
	int rc = 0;

	if (!n || j->depth > MF_YAML_DEPTH)
		return 0;
	if (mf_yaml_type(n) == MF_Y_SCALAR)
		return scalar(j, n, key, variables, err);
	j->depth++;
	for (size_t i = 0; rc == 0 && i < mf_yaml_size(n); i++) {
		const struct mf_ynode *v = mf_yaml_at(n, i), *k = mf_yaml_key_at(n, i);
		const struct mf_str name = k ? mf_dc_text(k) : key;
		/* GitLab's and Azure's long form: value, beside a description or a name */
		bool value = variables && (mf_str_is(name, "value") || mf_str_is(name, "description") || mf_str_is(name, "name"));

		if (value && !mf_str_is(name, "value"))
			continue;
		if (k && pulls(j, n, key, name))
			rc = pull(j, v, err);
		else if (value && mf_str_is(key, "variables") && mf_dc_get(n, "name"))
			rc = mf_dc_walk(j, v, mf_dc_text(mf_dc_get(n, "name")), true, err);
		else
			rc = mf_dc_walk(j, v, value ? key : name, variables || (k && holds_variables(name)), err);
	}
	j->depth--;
	return rc;
}
