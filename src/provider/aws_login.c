/* SPDX-License-Identifier: Apache-2.0 */
/* The login: identity token or keys, to a role, and from there along the chain. Of the sessions on the way nothing stays but the last. */
#include "aws.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { ON_THE_WAY = 900 };	/* seconds: the shortest that AWS grants */

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

/* -- beginning ---------------------------------------------------------------------------------------- */

static int copy(struct mf_secret **out, const struct mf_secret *from, struct mf_err *err)
{
	*out = from ? mf_secret_dup(from) : NULL;
	return from && !*out ? mf_fail_nomem(err) : 0;
}

/* Keys that were given to us have no part in the token that the job's own variables have for others. */
static int take_environment(struct mf_aws_priv *priv, struct mf_err *err)
{
	const bool given = mf_conf_is_ours(priv->conf, MF_K_AWS_KEY_ID), token = !given || mf_conf_is_ours(priv->conf, MF_K_AWS_SESSION_TOKEN);

	return copy(&priv->keys.id, mf_conf_secret(priv->conf, MF_K_AWS_KEY_ID), err) || copy(&priv->keys.secret, mf_conf_secret(priv->conf, MF_K_AWS_SECRET_KEY), err) ||
	       (token && copy(&priv->keys.token, mf_conf_secret(priv->conf, MF_K_AWS_SESSION_TOKEN), err)) ? -1 : 0;
}

static int take_file(struct mf_aws_priv *priv, struct mf_err *err)
{
	const char *file = text(priv->conf, MF_K_AWS_WEB_IDENTITY_FILE);
	struct mf_str s;

	if (mf_fs_read_secret(&priv->assertion, file, MF_JWT_MAX, err)) {
		mf_err_wrap(err, "the identity token");
		return -1;
	}
	s = mf_secret_reveal(priv->assertion);
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	mf_secret_cut(priv->assertion, s.n);
	return 0;
}

static int start(struct mf_cred *out, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_aws_priv *priv = mf_calloc(1, sizeof(*priv));
	char url[MF_AWS_HOST];

	if (!priv)
		return mf_fail_nomem(err);
	out->provider = &mf_provider_aws;
	out->priv = priv;
	priv->conf = conf;
	if (mf_aws_endpoint(url, conf, MF_K_AWS_STS_URL, "sts", text(conf, MF_K_AWS_REGION), err))
		return -1;
	out->url = mf_calloc(strlen(url) + 2, 1);
	if (!out->url)
		return mf_fail_nomem(err);
	snprintf(out->url, strlen(url) + 2, "%s/", url);
	switch (mf_aws_source(conf)) {
	case MF_AWS_ENVIRONMENT:
		return take_environment(priv, err);
	case MF_AWS_FILE:
		return take_file(priv, err);
	case MF_AWS_CONTAINER:
	case MF_AWS_INSTANCE:
		return mf_aws_machine_keys(&priv->keys, conf, http, err);
	default:
		return who ? copy(&priv->assertion, who->token, err) : mf_fail(err, MF_E_BASE_BUG, "no identity");
	}
}

/* -- roles -------------------------------------------------------------------------------------------- */

struct chain {
	const char *roles[1 + MF_AWS_CHAIN];
	size_t n;
};

static void chain_of(struct chain *out, const struct mf_conf *conf)
{
	size_t n;
	const char *const *list = mf_conf_list(conf, MF_K_AWS_CHAIN, &n);

	*out = (struct chain){ 0 };
	if (text(conf, MF_K_AWS_ROLE))
		out->roles[out->n++] = text(conf, MF_K_AWS_ROLE);
	for (size_t i = 0; i < n && i < MF_AWS_CHAIN; i++)
		out->roles[out->n++] = list[i];
}

static int take_role(struct mf_cred *cred, const struct mf_aws_ask *ask, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	struct mf_aws_priv *priv = cred->priv;
	struct mf_aws_keys keys;
	const bool by_token = !priv->keys.id;

	if (by_token ? mf_aws_by_token(&keys, priv->arn, ask, cred, http, claims, err) :
		       mf_aws_by_keys(&keys, priv->arn, ask, &priv->keys, cred, http, err))
		return -1;
	mf_aws_keys_free(&priv->keys);
	priv->keys = keys;
	priv->own = true;
	mf_aws_account_of(priv->account, priv->arn);
	return 0;
}

/* A role's name alone: it is of the account of the keys. */
static int name_role(char arn[static MF_AWS_ARN], const struct mf_cred *cred, struct mf_http *http, const char *name, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	char account[MF_AWS_ACCOUNT], own[MF_AWS_ARN];

	if (mf_aws_who(account, own, &priv->keys, cred, http, err))
		return -1;
	snprintf(arn, MF_AWS_ARN, "arn:%s:iam::%s:role/%s", mf_aws_partition_of(text(priv->conf, MF_K_AWS_REGION))->name, account, name);
	return 0;
}

static int take_roles(struct mf_cred *cred, struct mf_http *http, const struct mf_claims *claims, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	const bool from_keys = priv->keys.id != NULL;
	char session[MF_AWS_SESSION], first[MF_AWS_ARN];
	struct chain chain;

	chain_of(&chain, priv->conf);
	if (chain.n && from_keys && strncmp(chain.roles[0], "arn:", 4) != 0) {
		if (name_role(first, cred, http, chain.roles[0], err))
			return -1;
		chain.roles[0] = first;
	}
	mf_aws_session_name(session, priv->conf, claims);
	for (size_t i = 0; i < chain.n; i++) {
		const struct mf_aws_ask ask = {
			.role = chain.roles[i], .session = session, .last = i + 1 == chain.n, .first = i == (from_keys ? 0 : 1),
			.duration = i + 1 == chain.n ? mf_conf_int(priv->conf, MF_K_AWS_DURATION) : ON_THE_WAY,
		};

		if (take_role(cred, &ask, http, claims, err))
			return -1;
	}
	return 0;
}

/* -- whose it is -------------------------------------------------------------------------------------- */

static int check_account(const struct mf_aws_priv *priv, struct mf_err *err)
{
	size_t n;
	const char *const *allowed = mf_conf_list(priv->conf, MF_K_AWS_ACCOUNT_IDS, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(allowed[i], priv->account) == 0)
			return 0;
	if (n == 0)
		return 0;
	mf_fail(err, MF_E_AWS_ACCOUNT, "the login is of account '%s', which is not allowed", priv->account);
	mf_err_why(err, "%s lists others", mf_conf_origin(priv->conf, MF_K_AWS_ACCOUNT_IDS));
	mf_err_sent(err, "logged in as '%.300s'", priv->arn);
	mf_err_note(err, "nothing was exported; the session ends by itself");
	return -1;
}

/* Needs no permission, so a refusal is rare: the policy of an endpoint, or keys that are none. STS has said who a new session is. */
static int ask_who(struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	struct mf_aws_priv *priv = cred->priv;
	char account[MF_AWS_ACCOUNT], arn[MF_AWS_ARN];

	if (mf_aws_who(account, arn, &priv->keys, cred, http, err)) {
		if (!priv->own || err->id != mf_error_id(MF_E_AWS_LOGIN))
			return -1;
		mf_warn("AWS does not say who the session is (%s); it was granted as '%s'", err->why, priv->arn);
		*err = (struct mf_err){ 0 };
		return 0;
	}
	if (priv->own && (strcmp(account, priv->account) != 0 || strcmp(arn, priv->arn) != 0)) {
		mf_fail(err, MF_E_AWS_ANSWER, "STS granted a session of one role and names another one");
		mf_err_sent(err, "granted as '%.200s', named '%.200s'", priv->arn, arn);
		return -1;
	}
	snprintf(priv->account, sizeof(priv->account), "%s", account);
	snprintf(priv->arn, sizeof(priv->arn), "%s", arn);
	return 0;
}

static int set_facts(struct mf_cred *out, struct mf_err *err)
{
	const struct mf_aws_priv *priv = out->priv;

	out->subject = mf_strdup(priv->arn);
	out->token = mf_secret_dup(priv->keys.token ? priv->keys.token : priv->keys.secret);
	if (!out->subject || !out->token)
		return mf_fail_nomem(err);
	out->kind = "aws-session-token";
	out->title = "a session of AWS";
	out->named = "AWS_SESSION_TOKEN";
	out->ours = priv->own;
	out->expires = priv->keys.expires;
	out->ttl = priv->keys.ttl;
	return 0;
}

/* aws.use-existing: *kept where AWS takes the keys that the job has. */
static int keep_existing(bool *kept, struct mf_cred *out, struct mf_http *http, struct mf_err *err)
{
	struct mf_aws_priv *priv = out->priv;

	*kept = false;
	if (!mf_conf_bool(priv->conf, MF_K_AWS_USE_EXISTING) || !mf_conf_secret(priv->conf, MF_K_AWS_KEY_ID) || !mf_conf_secret(priv->conf, MF_K_AWS_SECRET_KEY))
		return 0;
	if (!priv->keys.id && take_environment(priv, err))
		return -1;
	if (ask_who(out, http, err) == 0) {
		*kept = true;
		return 0;
	}
	if (err->id != mf_error_id(MF_E_AWS_LOGIN))
		return -1;
	mf_info("AWS does not take the keys that the job has (%s): logging in", err->why);
	*err = (struct mf_err){ 0 };
	if (mf_aws_source(priv->conf) != MF_AWS_ENVIRONMENT)
		mf_aws_keys_free(&priv->keys);
	return 0;
}

static int log_in(struct mf_cred *out, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_claims claims = { 0 };
	struct mf_aws_priv *priv;
	bool kept;
	int rc;

	if (start(out, conf, http, who, err) || keep_existing(&kept, out, http, err))
		return -1;
	priv = out->priv;
	if (kept)
		return check_account(priv, err) || set_facts(out, err) ? -1 : 0;
	/* a file's token is decoded to say what was sent; one that is none is refused before it goes anywhere */
	if (!who && priv->assertion && mf_jwt_decode(&claims, priv->assertion, err)) {
		mf_err_wrap(err, "'%s'", text(conf, MF_K_AWS_WEB_IDENTITY_FILE));
		return -1;
	}
	rc = take_roles(out, http, who ? &who->claims : priv->assertion ? &claims : NULL, err) || ask_who(out, http, err) || check_account(priv, err) ? -1 : 0;
	/* the machine gave them to us and not to the job */
	priv->own |= mf_aws_machine(conf);
	if (rc == 0)
		rc = set_facts(out, err);
	mf_claims_free(&claims);
	return rc;
}

int mf_aws_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { 0 };

	if (mf_provider_aws.check(conf, err))
		return -1;
	if (log_in(&cred, conf, http, who, err)) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}

int mf_aws_looking(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { 0 };

	if (mf_aws_source(conf) != MF_AWS_ENVIRONMENT && !mf_aws_machine(conf))
		return mf_aws_exchange(conf, http, who, out, err);
	if (mf_provider_aws.check(conf, err))
		return -1;
	if (start(&cred, conf, http, NULL, err)) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}
