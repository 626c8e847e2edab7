/* SPDX-License-Identifier: Apache-2.0 */
/* AWS as a provider: the table, what a login needs, and what the job gets of it. */
#include "aws_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

enum mf_aws_source mf_aws_source(const struct mf_conf *conf)
{
	const char *s = mf_conf_str(conf, MF_K_AWS_SOURCE);

	return strcmp(s, "file") == 0 ? MF_AWS_FILE : strcmp(s, "environment") == 0 ? MF_AWS_ENVIRONMENT : strcmp(s, "container") == 0 ? MF_AWS_CONTAINER :
		strcmp(s, "instance") == 0 ? MF_AWS_INSTANCE : MF_AWS_OIDC;
}

bool mf_aws_machine(const struct mf_conf *conf)
{
	return mf_aws_source(conf) == MF_AWS_CONTAINER || mf_aws_source(conf) == MF_AWS_INSTANCE;
}

/* Variables that other programs read as well say nothing of what this one is to do. */
static bool configured(const struct mf_conf *conf)
{
	return mf_conf_is_ours(conf, MF_K_AWS_ROLE) || mf_conf_is_set(conf, MF_K_AWS_CHAIN) || mf_aws_machine(conf);
}

bool mf_aws_exports(const struct mf_conf *conf)
{
	if (mf_conf_is_set(conf, MF_K_AWS_EXPORT))
		return mf_conf_bool(conf, MF_K_AWS_EXPORT);
	return configured(conf) && !mf_provider_reads(&mf_provider_aws, conf);
}

static bool wanted(const struct mf_conf *conf)
{
	return mf_aws_exports(conf) || mf_conf_bool(conf, MF_K_AWS_OUTPUT);
}

static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	const char *own = text(conf, MF_K_AWS_AUDIENCE), *region = text(conf, MF_K_AWS_REGION);

	*audience = own ? own : mf_aws_partition_of(region ? region : "")->audience;
	return mf_aws_source(conf) == MF_AWS_OIDC;
}

/* -- a dry run ---------------------------------------------------------------------------------------- */

static const char *method(const struct mf_conf *conf)
{
	if (mf_conf_bool(conf, MF_K_AWS_USE_EXISTING) && mf_conf_secret(conf, MF_K_AWS_KEY_ID))
		return "the job's AWS keys, where AWS takes them";
	switch (mf_aws_source(conf)) {
	case MF_AWS_ENVIRONMENT:
		return text(conf, MF_K_AWS_ROLE) || mf_conf_is_set(conf, MF_K_AWS_CHAIN) ? "AssumeRole with the job's AWS keys" : "the job's AWS keys";
	case MF_AWS_FILE:
		return "AssumeRoleWithWebIdentity with a token from a file";
	case MF_AWS_CONTAINER:
		return text(conf, MF_K_AWS_ROLE) ? "AssumeRole with the container's keys" : "the container's keys";
	case MF_AWS_INSTANCE:
		return text(conf, MF_K_AWS_ROLE) ? "AssumeRole with the instance's keys" : "the instance's keys";
	default:
		return "AssumeRoleWithWebIdentity";
	}
}

/* The machine's own endpoint has no https; what else is asked is named with https by us or by the user. */
static int http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err)
{
	if (mf_provider_http_conf(out, conf, err) || (mf_aws_machine(conf) && mf_aws_machine_check(conf, err)))
		return -1;
	out->allow_http |= mf_aws_machine(conf);
	return 0;
}

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	size_t n;
	const char *const *chain = mf_conf_list(conf, MF_K_AWS_CHAIN, &n);
	char url[MF_AWS_HOST], life[32];

	if (mf_aws_endpoint(url, conf, MF_K_AWS_STS_URL, "sts", text(conf, MF_K_AWS_REGION), err))
		return -1;
	mf_duration_format(life, mf_conf_int(conf, MF_K_AWS_DURATION));
	if (add(ctx, "url", url, err) || add(ctx, "region", text(conf, MF_K_AWS_REGION), err) || add(ctx, "method", method(conf), err) ||
	    add(ctx, "role", text(conf, MF_K_AWS_ROLE), err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add(ctx, "then", chain[i], err))
			return -1;
	return add(ctx, "lifetime", life, err) || add(ctx, "ends", "by itself: it cannot be revoked", err) ? -1 : 0;
}

/* -- what it is made of ------------------------------------------------------------------------------- */

static const struct mf_secret *secret(const struct mf_cred *cred, size_t i, const char **called)
{
	static const char *const names[] = { "the secret access key of AWS", "the session token of AWS", "the access key id of AWS" };
	const struct mf_aws_priv *priv = cred->priv;
	const struct mf_secret *all[] = { priv ? priv->keys.secret : NULL, priv ? priv->keys.token : NULL, priv ? priv->keys.id : NULL };
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
	struct mf_aws_priv *priv = cred->priv;

	mf_aws_keys_free(&priv->keys);
	mf_secret_free(priv->assertion);
	free(priv);
	cred->priv = NULL;
}

static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	(void)cred;
	(void)conf;
	snprintf(out, size, "set 'aws.duration: 15m', or what the job takes");
}

/* -- what the job gets -------------------------------------------------------------------------------- */

struct giving {
	const struct mf_aws_priv *priv;	/* NULL: before the login */
	bool env, output, model;	/* model: outputs have the names of the action that this one stands in for */
	bool mask;			/* the account's id is to be masked */
	bool stale;			/* the job's variables have a session token */
	mf_grant_fn *give;
	void *ctx;
};

/* aws_access_key_id, or aws-access-key-id where a workflow expects that. */
static const char *output_name(char buffer[static 40], const struct giving *g, const char *name)
{
	size_t n = 0;

	if (!name || !g->model)
		return name;
	if (strcmp(name, "aws_authenticated_arn") == 0)
		name += 4;
	for (; name[n] && n < 39; n++)
		buffer[n] = name[n] == '_' ? '-' : name[n];
	buffer[n] = '\0';
	return buffer;
}

static int give_plain(const struct giving *g, const char *name, const char *output, const char *value, struct mf_err *err)
{
	const bool out = (g->output || g->model) && output;
	char buffer[40];

	output = output_name(buffer, g, output);

	if (!value || !*value || (!out && !(g->env && name)))
		return 0;
	return g->give(g->ctx, &(struct mf_grant){
		.name = name ? name : output, .plain = value, .output = out ? output : NULL, .no_env = !g->env || !name }, err);
}

static int give_secret(const struct giving *g, const char *name, const char *output, const struct mf_secret *value, struct mf_err *err)
{
	char buffer[40];
	struct mf_grant grant = { .name = name, .output = g->output ? output_name(buffer, g, output) : NULL, .no_env = !g->env };

	if (g->priv && value && !(grant.value = mf_secret_dup(value)))
		return mf_fail_nomem(err);
	return g->priv && !value ? 0 : g->give(g->ctx, &grant, err);
}

static int give_account(const struct giving *g, struct mf_err *err)
{
	struct mf_grant grant = { .no_env = true };
	char buffer[40];

	if (!g->mask)
		return give_plain(g, NULL, "aws_account_id", g->priv->account, err);
	grant.name = grant.output = output_name(buffer, g, "aws_account_id");
	grant.value = mf_secret_new(g->priv->account, strlen(g->priv->account));
	return grant.value ? g->give(g->ctx, &grant, err) : mf_fail_nomem(err);
}

static int give_keys(const struct giving *g, bool token, struct mf_err *err)
{
	const struct mf_aws_keys *k = g->priv ? &g->priv->keys : &(const struct mf_aws_keys){ 0 };

	/* a token that is there would be taken for one of these keys */
	if (g->env && g->priv && !token && g->stale && g->give(g->ctx, &(struct mf_grant){ .name = "AWS_SESSION_TOKEN", .plain = "" }, err))
		return -1;
	return give_secret(g, "AWS_ACCESS_KEY_ID", "aws_access_key_id", k->id, err) ||
	       give_secret(g, "AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", k->secret, err) ||
	       (token && give_secret(g, "AWS_SESSION_TOKEN", "aws_session_token", k->token, err)) ? -1 : 0;
}

/* In a private copy of what the machine has: nothing of it is lost, nothing is left behind, and a job beside this one sees nothing. */
static int give_profile(const struct giving *g, const char *name, struct mf_err *err)
{
	struct mf_grant grant = { .name = "AWS_SHARED_CREDENTIALS_FILE", .as = MF_AS_FILE, .known = true, .fresh = true };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *old = NULL;

	if (g->priv && (mf_aws_old_profiles(&old, err) || mf_aws_profile(&grant.value, name, &g->priv->keys, old, err)))
		return -1;
	return g->give(g->ctx, &grant, err) || g->give(g->ctx, &(struct mf_grant){ .name = "AWS_PROFILE", .plain = name }, err) ? -1 : 0;
}

static bool served(const struct mf_conf *conf)
{
	return mf_aws_exports(conf) && mf_conf_bool(conf, MF_K_KEEP_FRESH) && !text(conf, MF_K_AWS_PROFILE);
}

static int endpoint(struct mf_secret **out, const struct mf_cred *cred, struct mf_err *err)
{
	return mf_aws_process(out, cred, true, err);
}

/* AWS's programs ask this address again before a session ends. */
static int give_address(const struct giving *g, const struct mf_cred *cred, struct mf_err *err)
{
	struct mf_grant grant = { .name = "AWS_CONTAINER_AUTHORIZATION_TOKEN" };

	if (cred && !(grant.value = mf_secret_dup(cred->serve_token)))
		return mf_fail_nomem(err);
	return g->give(g->ctx, &grant, err) || g->give(g->ctx, &(struct mf_grant){ .name = "AWS_CONTAINER_CREDENTIALS_FULL_URI", .plain = cred ? cred->serve_url : "" }, err) ? -1 : 0;
}

/* The job has these keys under these names: to set them again would hand what is one step's to all that follow. */
static bool has_them(const struct mf_aws_priv *priv, const struct mf_conf *conf)
{
	const bool as_they_are = priv ? !priv->own : mf_aws_source(conf) == MF_AWS_ENVIRONMENT && !text(conf, MF_K_AWS_ROLE) && !mf_conf_is_set(conf, MF_K_AWS_CHAIN);

	return as_they_are && !mf_conf_is_ours(conf, MF_K_AWS_KEY_ID);
}

static int give_session(const struct giving *g, const struct mf_cred *cred, const struct mf_conf *conf, struct mf_err *err)
{
	const char *profile = text(conf, MF_K_AWS_PROFILE);
	/* an agent's own later logins have no address, and nothing but files to give */
	const bool address = served(conf) && (!cred || cred->serve_url);
	struct giving output = *g;

	output.env = g->env && !profile && !served(conf) && !has_them(g->priv, conf);
	return (g->env && profile && give_profile(g, profile, err)) || (address && give_address(g, cred, err)) || give_keys(&output, !g->priv || g->priv->keys.token, err) ? -1 : 0;
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	const struct giving g = {
		.priv = cred ? cred->priv : NULL, .env = mf_aws_exports(conf), .output = mf_conf_bool(conf, MF_K_AWS_OUTPUT), .model = drop_in,
		.mask = mf_conf_bool(conf, MF_K_AWS_MASK_ACCOUNT), .stale = mf_conf_secret(conf, MF_K_AWS_SESSION_TOKEN) && !mf_conf_is_ours(conf, MF_K_AWS_SESSION_TOKEN), .give = give, .ctx = ctx,
	};
	const char *region = text(conf, MF_K_AWS_REGION);
	char expires[21] = "";

	if ((cred && !cred->priv) || (!g.env && !g.output && !text(conf, MF_K_AWS_ROLE)))
		return 0;
	if (!cred && mf_aws_check(conf, err))
		return -1;
	if (g.priv && g.priv->keys.expires)
		mf_time_format(expires, g.priv->keys.expires);
	if (give_session(&g, cred, conf, err) || give_plain(&g, "AWS_REGION", NULL, region, err) ||
	    give_plain(&g, "AWS_DEFAULT_REGION", NULL, region, err))
		return -1;
	if (!g.priv)
		return 0;
	return give_account(&g, err) || give_plain(&g, NULL, "aws_authenticated_arn", g.priv->arn, err) || give_plain(&g, NULL, "aws_expiration", expires, err) ? -1 : 0;
}

const struct mf_provider mf_provider_aws = {
	.name = "aws",
	.title = "AWS",
	.schemes = 1u << MF_REF_AWS_SM | 1u << MF_REF_AWS_SSM,
	.wanted = wanted,
	.check = mf_aws_check,
	.http_conf = http_conf,
	.plan = plan,
	.exchange = mf_aws_exchange,
	.secret = secret,
	.hand_over = hand_over,
	.shorten = shorten,
	.needs_identity = needs_identity,
	.trust = mf_aws_trust,
	.served = served,
	.endpoint = endpoint,
	.fetch = mf_aws_fetch,
	.hide = mf_aws_hide,
	.drop = drop,
};
