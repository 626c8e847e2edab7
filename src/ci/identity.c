/* SPDX-License-Identifier: Apache-2.0 */
/* The job's identity token: which way to get it, and whether what came is good for the exchange. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>
#include "id.h"

/* A token that is nearly over right after it was made will not get better with many more. */
enum { TRIES = 3 };

struct way {
	enum mf_id_source source;
	const char *arg;	/* variable, file or command; NULL: as the CI has it */
};

struct mf_secret *mf_id_trim(struct mf_str text)
{
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	return mf_secret_new(text.p, text.n);
}

int mf_id_fail(const struct mf_id_ask *ask, enum mf_error e, struct mf_err *err)
{
	if (ask->audience)
		mf_fail(err, e, "cannot get an identity token for audience '%s'", ask->audience);
	else
		mf_fail(err, e, "cannot get an identity token");
	mf_err_note(err, "no credential was requested and nothing was exported");
	return -1;
}

static bool is_flag(const struct mf_conf *conf, enum mf_key k)
{
	const char *origin = mf_conf_origin(conf, k);

	return origin && strncmp(origin, "--", 2) == 0;
}

/* Of several settings a flag wins; two of the same kind are a mistake that nobody should guess about. */
static int named_way(struct way *way, bool *found, const struct mf_id_ask *ask, struct mf_err *err)
{
	static const struct {
		enum mf_key key;
		enum mf_id_source source;
		const char *name;
	} keys[] = {
		{ MF_K_TOKEN_ENV, MF_ID_ENV, "token-env" },
		{ MF_K_TOKEN_FILE, MF_ID_FILE, "token-file" },
		{ MF_K_TOKEN_COMMAND, MF_ID_COMMAND, "token-command" },
	};
	size_t best = MF_COUNT(keys);
	const char *clash = NULL;

	for (size_t i = 0; i < MF_COUNT(keys); i++) {
		bool flag = is_flag(ask->conf, keys[i].key);

		if (!mf_conf_str(ask->conf, keys[i].key))
			continue;
		if (best < MF_COUNT(keys) && flag == is_flag(ask->conf, keys[best].key))
			clash = keys[i].name;
		if (best == MF_COUNT(keys) || (flag && !is_flag(ask->conf, keys[best].key))) {
			best = i;
			clash = NULL;
		}
	}
	*found = best < MF_COUNT(keys);
	if (!*found)
		return 0;
	if (clash) {
		mf_id_fail(ask, MF_E_CI_SEVERAL, err);
		mf_err_why(err, "both '%s' (%s) and '%s' are set", keys[best].name,
			   mf_conf_origin(ask->conf, keys[best].key), clash);
		mf_err_hint(err, "keep one of the two");
		return -1;
	}
	*way = (struct way){ .source = keys[best].source, .arg = mf_conf_str(ask->conf, keys[best].key) };
	return 0;
}

static bool is_set(mf_getenv_fn env, const char *name)
{
	const char *value = env(name);

	return value && *value;
}

static int choose(struct way *way, const struct mf_id_ask *ask, struct mf_err *err)
{
	bool found;

	if (named_way(way, &found, ask, err))
		return -1;
	if (found)
		return 0;
	if (ask->job->ci == MF_CI_GITHUB && is_set(ask->env, "ACTIONS_ID_TOKEN_REQUEST_URL") &&
	    is_set(ask->env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")) {
		*way = (struct way){ .source = MF_ID_GITHUB };
		return 0;
	}
	if (ask->job->ci == MF_CI_GITLAB) {
		*way = (struct way){ .source = MF_ID_GITLAB };
		return 0;
	}
	return mf_id_none(ask, err);
}

static int from_env(struct mf_secret **out, const struct mf_id_ask *ask, const char *name, struct mf_err *err)
{
	const char *value = ask->env(name);

	if (!value || !*value) {
		if (ask->job->ci == MF_CI_GITLAB)
			return mf_id_none_gitlab(ask, name, err);
		mf_id_fail(ask, MF_E_CI_SOURCE, err);
		mf_err_why(err, "variable '%s' is not set, or empty", name);
		mf_err_hint(err, "the variable is named by %s", mf_conf_origin(ask->conf, MF_K_TOKEN_ENV));
		return -1;
	}
	*out = mf_id_trim(mf_str(value));
	return *out ? 0 : mf_fail_nomem(err);
}

static int from_gitlab(struct mf_secret **out, struct mf_identity *id, const struct mf_id_ask *ask, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *name = NULL;

	if (mf_id_gitlab_find(&name, ask, environ, err))
		return -1;
	snprintf(id->origin, sizeof id->origin, "variable '%.100s'", name);
	return from_env(out, ask, name, err);
}

int mf_id_file(struct mf_secret **out, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *raw = NULL;

	if (mf_fs_read_secret(&raw, path, MF_ID_TOKEN_MAX, err))
		return -1;
	*out = mf_id_trim(mf_secret_reveal(raw));
	return *out ? 0 : mf_fail_nomem(err);
}

/* The file system's own error, as the reason why there is no token. */
static int from_file(struct mf_secret **out, const struct mf_id_ask *ask, const char *path, struct mf_err *err)
{
	struct mf_err why;

	if (mf_id_file(out, path, &why) == 0)
		return 0;
	if (why.code == MF_BUG) {
		*err = why;
		return -1;
	}
	mf_id_fail(ask, MF_E_CI_SOURCE, err);
	mf_err_why(err, "%s%s%s", why.what, why.why[0] ? ": " : "", why.why);
	mf_err_hint(err, "the file is named by %s", mf_conf_origin(ask->conf, MF_K_TOKEN_FILE));
	return -1;
}

static int from_command(struct mf_secret **out, const struct mf_id_ask *ask, const char *command, struct mf_err *err)
{
	int64_t limit = mf_conf_int(ask->conf, MF_K_TIMEOUT);

	if (mf_id_command(out, command, (limit > 0 ? limit : 30) * 1000,
			  ask->http ? mf_http_stop(ask->http) : NULL, err) == 0)
		return 0;
	mf_err_note(err, "no credential was requested and nothing was exported");
	return -1;
}

static int fetch(struct mf_identity *id, const struct way *way, const struct mf_id_ask *ask, struct mf_err *err)
{
	id->source = way->source;
	switch (way->source) {
	case MF_ID_GITHUB:
		snprintf(id->origin, sizeof id->origin, "%s", mf_ci_name(MF_CI_GITHUB));
		return mf_id_github(id, ask, err);
	case MF_ID_GITLAB:
		return from_gitlab(&id->token, id, ask, err);
	case MF_ID_ENV:
		snprintf(id->origin, sizeof id->origin, "variable '%.100s'", way->arg);
		return from_env(&id->token, ask, way->arg, err);
	case MF_ID_FILE:
		snprintf(id->origin, sizeof id->origin, "file '%.100s'", way->arg);
		return from_file(&id->token, ask, way->arg, err);
	case MF_ID_COMMAND:
		snprintf(id->origin, sizeof id->origin, "the token command");
		return from_command(&id->token, ask, way->arg, err);
	}
	return -1;
}

static void explain_expired(const struct mf_identity *id, const struct mf_id_ask *ask, int64_t now, struct mf_err *err)
{
	const struct mf_claims *c = &id->claims;
	char exp[21], at[21];

	mf_time_format(exp, c->exp);
	mf_time_format(at, now);
	mf_id_fail(ask, MF_E_CI_EXPIRED, err);
	mf_err_why(err, "the token from %s %s (exp %s, now %s); at least %d s of life are needed", id->origin,
		   c->exp <= now ? "has expired" : "is about to expire", exp, at, MF_ID_MIN_LIFE);
	if (id->source == MF_ID_GITHUB && c->iat && now - c->iat > 60)
		mf_err_hint(err, "it is %lld s old by this machine's clock although it was just issued: set the clock",
			    (long long)(now - c->iat));
	else if (ask->job->ci == MF_CI_GITLAB && id->source != MF_ID_FILE && id->source != MF_ID_COMMAND)
		mf_err_hint(err, "GitLab makes the token when the job starts and cannot make another in the same job: run "
			    "mayfly earlier, or give the job a longer 'timeout', which is how long its token lives");
	else
		mf_err_hint(err, "hand over a fresh token: this one cannot be asked for again");
}

/* 1: good; 0: too old; -1: no token at all. */
static int judge(struct mf_identity *id, struct mf_err *err)
{
	if (mf_jwt_decode(&id->claims, id->token, err)) {
		mf_err_wrap(err, "%s", id->origin);
		mf_err_note(err, "no credential was requested and nothing was exported");
		return -1;
	}
	return id->claims.exp == 0 || id->claims.exp - mf_now() >= MF_ID_MIN_LIFE;
}

int mf_identity_get(struct mf_identity *out, const struct mf_conf *conf, const struct mf_job *job, mf_getenv_fn env,
		    struct mf_http *http, const char *audience, struct mf_err *err)
{
	const struct mf_id_ask ask = { .conf = conf, .job = job, .env = env, .http = http, .audience = audience };
	struct mf_identity id = { 0 };
	struct way way;
	int good = 0, tries;

	if (choose(&way, &ask, err))
		return -1;
	tries = way.source == MF_ID_GITHUB || way.source == MF_ID_COMMAND ? TRIES : 1;
	while (tries-- > 0) {
		mf_identity_free(&id);
		if (fetch(&id, &way, &ask, err)) {
			good = -1;
			break;
		}
		good = judge(&id, err);
		if (good)
			break;
	}
	if (good > 0) {
		*out = id;
		return 0;
	}
	if (good == 0)
		explain_expired(&id, &ask, mf_now(), err);
	mf_identity_free(&id);
	return -1;
}

void mf_identity_free(struct mf_identity *id)
{
	if (!id)
		return;
	mf_secret_free(id->token);
	mf_claims_free(&id->claims);
	free(id->request_url);
	mf_secret_free(id->request_token);
	*id = (struct mf_identity){ 0 };
}

int mf_identity_possible(const struct mf_conf *conf, const struct mf_job *job, mf_getenv_fn env, const char *audience, struct mf_err *err)
{
	const struct mf_id_ask ask = { .conf = conf, .job = job, .env = env, .audience = audience };
	MF_CLEANUP(mf_freep) char *name = NULL;
	struct way way;

	if (choose(&way, &ask, err))
		return -1;
	if (way.source == MF_ID_GITLAB)
		return mf_id_gitlab_find(&name, &ask, environ, err);
	if (way.source == MF_ID_ENV && !is_set(env, way.arg)) {
		MF_CLEANUP(mf_secret_freep) struct mf_secret *none = NULL;

		return from_env(&none, &ask, way.arg, err);
	}
	return 0;
}

bool mf_identity_is_absent(const struct mf_err *err)
{
	const char *id = err->id;

	return id && (strcmp(id, mf_error_id(MF_E_CI_NO_IDENTITY)) == 0 || strcmp(id, mf_error_id(MF_E_CI_FORK)) == 0);
}
