/* SPDX-License-Identifier: Apache-2.0 */
/* Google Cloud as a provider: the table, what a login needs, and what the job gets of it. */
#include "gcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>

/* Variables that other programs read as well say nothing of what this one is to do. */
static bool configured(const struct mf_conf *conf)
{
	return mf_conf_is_ours(conf, MF_K_GCP_PROVIDER) || mf_gcp_machine(conf);
}

bool mf_gcp_exports(const struct mf_conf *conf)
{
	if (mf_conf_is_set(conf, MF_K_GCP_EXPORT))
		return mf_conf_bool(conf, MF_K_GCP_EXPORT);
	return configured(conf) && !mf_provider_reads(&mf_provider_gcp, conf);
}

static bool wanted(const struct mf_conf *conf)
{
	return mf_gcp_exports(conf) || mf_conf_bool(conf, MF_K_GCP_OUTPUT_TOKEN) || mf_conf_bool(conf, MF_K_GCP_EXPORT_TOKEN) ||
		mf_gcp_text(conf, MF_K_GCP_ID_TOKEN_AUDIENCE);
}

static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	static char buffer[MF_GCP_HOST + MF_GCP_PROVIDER];

	*audience = NULL;
	if (mf_gcp_text(conf, MF_K_GCP_PROVIDER) || mf_gcp_text(conf, MF_K_GCP_AUDIENCE)) {
		mf_gcp_audience(buffer, conf);
		*audience = buffer;
	}
	return !mf_gcp_machine(conf);
}

/* The machine's own server has no https; Secret Manager, which is asked then, is named with https by us or by the user. */
static int http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err)
{
	if (mf_provider_http_conf(out, conf, err) || (mf_gcp_machine(conf) && mf_gcp_check(conf, err)))
		return -1;
	out->allow_http |= mf_gcp_machine(conf);
	return 0;
}

/* -- a dry run ---------------------------------------------------------------------------------------- */

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	const bool machine = mf_gcp_machine(conf);
	const char *account = machine ? NULL : mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT);
	size_t n;
	const char *const *delegates = mf_conf_list(conf, MF_K_GCP_DELEGATES, &n);
	char url[MF_GCP_TOKEN_URL], name[MF_GCP_PROVIDER], life[32];

	mf_gcp_sts_url(url, conf);
	mf_gcp_provider_name(name, conf);
	mf_duration_format(life, mf_conf_int(conf, MF_K_GCP_LIFETIME));
	if (add(ctx, "url", machine ? mf_conf_str(conf, MF_K_GCP_METADATA_URL) : url, err) || add(ctx, "provider", machine ? NULL : name, err) ||
	    add(ctx, "method", machine ? "the machine's service account" : account ? "workload identity federation, then a service account" :
		"workload identity federation", err))
		return -1;
	for (size_t i = 0; i < n && account; i++)
		if (add(ctx, "by way of", delegates[i], err))
			return -1;
	return add(ctx, "account", account, err) || add(ctx, "person", machine ? NULL : mf_gcp_text(conf, MF_K_GCP_SUBJECT), err) ||
	       add(ctx, "lifetime", account ? life : "what Google grants, an hour or less: shown at login", err) ||
	       add(ctx, "ends", "by itself: it cannot be revoked", err) ? -1 : 0;
}

/* -- what it is made of ------------------------------------------------------------------------------- */

static const struct mf_secret *secret(const struct mf_cred *cred, size_t i, const char **called)
{
	static const char *const names[] = { "the access token of Google Cloud", "the federated token of Google Cloud", "the person's access token of Google", "the ID token of Google Cloud",
					     "the bearer that GitHub gives identity tokens for" };
	const struct mf_gcp_priv *p = cred->priv;
	const struct mf_secret *all[] = { p ? p->access.token : NULL, p ? p->federated.token : NULL, p ? p->person.token : NULL, p ? p->id_token : NULL, p ? p->request_token : NULL };
	size_t seen = 0;

	for (size_t k = 0; k < MF_COUNT(all); k++)
		if (all[k] && seen++ == i) {
			*called = names[k];
			return all[k];
		}
	return NULL;
}

static void drop(struct mf_cred *cred)
{
	struct mf_gcp_priv *p = cred->priv;

	mf_secret_free(p->assertion);
	mf_gcp_token_free(&p->federated);
	mf_gcp_token_free(&p->access);
	mf_gcp_token_free(&p->person);
	mf_secret_free(p->id_token);
	free(p->request_url);
	mf_secret_free(p->request_token);
	free(p);
	cred->priv = NULL;
}

static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	(void)cred;
	if (mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT) && !mf_gcp_machine(conf))
		snprintf(out, size, "set 'gcp.lifetime: 15m', or what the job takes");
	else
		snprintf(out, size, "act as a service account ('gcp.service-account') with 'gcp.lifetime: 15m'; Google alone decides how long other tokens live");
}

/* -- what the job gets -------------------------------------------------------------------------------- */

struct giving {
	const struct mf_gcp_priv *priv;	/* NULL: before the login */
	const struct mf_conf *conf;
	bool model;			/* outputs have the names of the action that this one stands in for */
	mf_grant_fn *give;
	void *ctx;
};

static int give_plain(const struct giving *g, const char *name, const char *value, struct mf_err *err)
{
	return value && *value ? g->give(g->ctx, &(struct mf_grant){ .name = name, .plain = value }, err) : 0;
}

static int give_token(const struct giving *g, const char *name, const char *output, bool env, const struct mf_secret *value, struct mf_err *err)
{
	struct mf_grant grant = { .name = name, .output = output, .no_env = !env };

	if (g->priv && !(grant.value = mf_secret_dup(value)))
		return mf_fail_nomem(err);
	return g->give(g->ctx, &grant, err);
}

/* The file is given under both names: each is looked for by programs that do not know the other one. */
static int give_file(const struct giving *g, const char *name, const char *output, enum mf_gcp_source source, struct mf_err *err)
{
	struct mf_grant grant = { .name = name, .as = MF_AS_FILE, .known = true, .output = output, .holds = source == MF_GCP_FILE ? "GCP_IDENTITY_TOKEN" : NULL };

	if (g->priv && mf_gcp_file(&grant.value, g->priv, source, err))
		return -1;
	return g->give(g->ctx, &grant, err);
}

static int give_identity(const struct giving *g, struct mf_err *err)
{
	struct mf_grant grant = { .name = "GCP_IDENTITY_TOKEN", .as = MF_AS_FILE, .no_env = true, .fresh = true };

	if (g->priv && !(grant.value = mf_secret_dup(g->priv->assertion)))
		return mf_fail_nomem(err);
	return g->give(g->ctx, &grant, err);
}

static int give_files(const struct giving *g, struct mf_err *err)
{
	const enum mf_gcp_source source = mf_gcp_source(g->conf, g->priv && g->priv->request_url);

	if (mf_gcp_machine(g->conf))
		return 0;	/* programs find the metadata server by themselves */
	if (source == MF_GCP_FILE && g->priv && give_identity(g, err))
		return -1;
	return give_file(g, "GOOGLE_APPLICATION_CREDENTIALS", g->model ? "credentials_file_path" : NULL, source, err) ||
	       give_file(g, "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", NULL, source, err) || (g->model && give_file(g, "GOOGLE_GHA_CREDS_PATH", NULL, source, err)) ||
	       (source == MF_GCP_EXECUTABLE && give_plain(g, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1", err)) ? -1 : 0;
}

static int give_project(const struct giving *g, struct mf_err *err)
{
	static const char *const names[] = { "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT" };
	char project[MF_GCP_PROJECT];

	mf_gcp_project(project, g->conf);
	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (give_plain(g, names[i], project, err))
			return -1;
	/* the model gives the project as an output, too, and the federated token always */
	if (g->model && *project && g->give(g->ctx, &(struct mf_grant){ .name = "project_id", .output = "project_id", .no_env = true, .plain = project }, err))
		return -1;
	return 0;
}

static int give_tokens(const struct giving *g, struct mf_err *err)
{
	const bool env = mf_conf_bool(g->conf, MF_K_GCP_EXPORT_TOKEN), out = mf_conf_bool(g->conf, MF_K_GCP_OUTPUT_TOKEN);
	/* who names a person wants to act as one */
	const struct mf_secret *access = !g->priv ? NULL : g->priv->person.token ? g->priv->person.token : g->priv->access.token;

	if (g->model && !mf_gcp_machine(g->conf) && give_token(g, "auth_token", "auth_token", false, g->priv ? g->priv->federated.token : NULL, err))
		return -1;
	if ((env || out) && give_token(g, "GOOGLE_OAUTH_ACCESS_TOKEN", out ? g->model ? "access_token" : "gcp_access_token" : NULL, env, access, err))
		return -1;
	if (env && give_token(g, "CLOUDSDK_AUTH_ACCESS_TOKEN", NULL, true, access, err))
		return -1;
	if (!mf_gcp_text(g->conf, MF_K_GCP_ID_TOKEN_AUDIENCE) || mf_gcp_machine(g->conf))
		return 0;
	return give_token(g, "GCP_ID_TOKEN", g->model ? "id_token" : "gcp_id_token", !g->model, g->priv ? g->priv->id_token : NULL, err);
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	const struct giving g = { .priv = cred ? cred->priv : NULL, .conf = conf, .model = drop_in, .give = give, .ctx = ctx };

	if ((cred && !cred->priv) || !wanted(conf))
		return 0;
	if (!cred && mf_gcp_check(conf, err))
		return -1;
	if (mf_gcp_exports(conf) && (give_files(&g, err) || give_project(&g, err)))
		return -1;
	return give_tokens(&g, err);
}

const struct mf_provider mf_provider_gcp = {
	.name = "gcp",
	.title = "Google Cloud",
	.schemes = 1u << MF_REF_GCP_SM,
	.wanted = wanted,
	.check = mf_gcp_check,
	.http_conf = http_conf,
	.plan = plan,
	.exchange = mf_gcp_exchange,
	.secret = secret,
	.hand_over = hand_over,
	.shorten = shorten,
	.needs_identity = needs_identity,
	.trust = mf_gcp_trust,
	.fetch = mf_gcp_fetch,
	.hide = mf_gcp_hide,
	.drop = drop,
};
