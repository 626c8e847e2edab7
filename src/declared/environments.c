/* SPDX-License-Identifier: Apache-2.0 */
/* One cloud identity that the jobs of several environments log in as: a service account, a role, an application. */
#include "ci.h"

#include <ctype.h>
#include <stdio.h>

enum { USES = 64, NODES = 4000 };

/* A job of an environment names an identity. */
struct use {
	const char *env;	/* what the environment is for, static */
	struct mf_str job, key, id;
	const struct mf_ynode *at;
};

struct uses {
	struct use v[USES];
	size_t n;
	unsigned nodes;		/* that are still looked at: aliases may repeat them */
};

/* Deploying what was planned, by two environments of one kind, is no sharing: only what an environment is for counts. Longer words first. */
static const char *what_for(struct mf_str name)
{
	static const struct { const char *word, *is; } words[] = { { "development", "development" }, { "preproduction", "staging" }, { "pre-production", "staging" },
		{ "production", "production" }, { "preprod", "staging" }, { "pre-prod", "staging" }, { "staging", "staging" }, { "preview", "review" },
		{ "review", "review" }, { "sandbox", "development" }, { "stage", "staging" }, { "test", "test" }, { "prod", "production" }, { "live", "production" },
		{ "dev", "development" }, { "uat", "test" }, { "stg", "staging" }, { "prd", "production" }, { "qa", "test" } };

	for (size_t w = 0; w < MF_COUNT(words); w++) {
		const size_t n = strlen(words[w].word);

		for (size_t i = 0; i + n <= name.n; i++)
			if (strncasecmp(name.p + i, words[w].word, n) == 0 && (i == 0 || !isalnum((unsigned char)name.p[i - 1])) &&
			    (i + n == name.n || !isalpha((unsigned char)name.p[i + n])))
				return words[w].is;
	}
	return NULL;
}

/* Of a job, or of a called workflow that is given one. */
static const char *environment_of(const struct mf_ynode *job)
{
	const struct mf_ynode *e = mf_dc_get(job, "environment");

	e = e ? e : mf_dc_get(mf_dc_get(job, "with"), "environment");
	if (e && mf_yaml_type(e) == MF_Y_MAP)
		e = mf_dc_get(e, "name");
	/* what an expression or a variable makes of it is not known; GitLab's review/$CI_COMMIT_REF_SLUG is */
	return mf_dc_has(mf_dc_text(e), "${{") ? NULL : what_for(mf_dc_text(e));
}

static bool uuid(struct mf_str s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < s.n && s.n == sizeof(form) - 1; i++)
		if (form[i] == '-' ? s.p[i] != '-' : !strchr("0123456789abcdefABCDEF", s.p[i]))
			return false;
	return s.n == sizeof(form) - 1;
}

/* Only what is written out: a variable of that name may be another one in each environment. */
static bool identity(struct mf_str key, struct mf_str s)
{
	static const char *const applications[] = { "client-id", "azure-client-id", "AZURE_CLIENT_ID", "ARM_CLIENT_ID" };

	if (s.n < 8 || s.n > 190 || mf_dc_placeholder(mf_str_begins(s, "arn:") ? (struct mf_str){ .p = s.p + 4, .n = s.n - 4 } : s))
		return false;
	for (size_t i = 0; i < MF_COUNT(applications); i++)
		if (mf_str_is(key, applications[i]))
			return uuid(s);
	return (mf_str_begins(s, "arn:aws") && mf_dc_has(s, ":role/")) || (mf_str_ends(s, ".iam.gserviceaccount.com") && memchr(s.p, '@', s.n));
}

static void below(struct uses *u, const struct use *like, const struct mf_ynode *n, struct mf_str key, unsigned depth)
{
	struct use one = *like;

	if (!n || depth > MF_YAML_DEPTH || u->nodes == 0 || u->n == USES)
		return;
	u->nodes--;
	if (mf_yaml_type(n) == MF_Y_SCALAR) {
		one.id = mf_trim(mf_yaml_text(n));
		one.key = key;
		one.at = n;
		if (identity(key, one.id))
			u->v[u->n++] = one;
		return;
	}
	for (size_t i = 0; i < mf_yaml_size(n); i++) {
		const struct mf_ynode *k = mf_yaml_key_at(n, i);

		below(u, like, mf_yaml_at(n, i), k ? mf_dc_text(k) : key, depth + 1);
	}
}

static void collect(struct uses *u, const struct mf_ynode *jobs)
{
	u->n = 0;
	u->nodes = NODES;
	for (size_t i = 0; jobs && mf_yaml_type(jobs) == MF_Y_MAP && i < mf_yaml_size(jobs); i++) {
		const struct use like = { .env = environment_of(mf_yaml_at(jobs, i)), .job = mf_dc_text(mf_yaml_key_at(jobs, i)) };

		if (like.env)
			below(u, &like, mf_yaml_at(jobs, i), (struct mf_str){ .p = "", .n = 0 }, 0);
	}
}

static bool same(struct mf_str a, struct mf_str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* The use of the same identity by another environment, among the first n. */
static const struct use *other(const struct uses *u, size_t n, const struct use *one)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(u->v[i].env, one->env) != 0 && same(u->v[i].id, one->id))
			return &u->v[i];
	return NULL;
}

static int tell(struct mf_check *c, const struct mf_dc_file *f, const struct use *one, const char *env, struct mf_str job, const char *path, struct mf_err *err)
{
	struct mf_check_place at;
	struct mf_check_item *item;
	char name[200], yaml[200];

	snprintf(name, sizeof(name), "%.*s", (int)one->id.n, one->id.p);
	at = mf_dc_place(f, MF_CHECK_CI, one->at, name);
	if (mf_check_habit(c, &at, "shared-service-account", &item, err))
		return -1;
	if (!item)
		return 0;
	snprintf(yaml, sizeof(yaml), "%.*s: %s    # a variable that each environment has, with an identity of its own\n", (int)(one->key.n < 60 ? one->key.n : 60), one->key.p,
		f->family == &mf_dc_github ? "${{ vars.DEPLOY_IDENTITY }}" : "$DEPLOY_IDENTITY");
	if (one->key.n && mf_check_yaml(item, yaml, err))
		return -1;
	return mf_check_text(&item->why, err, "job '%.*s' (%s)%s%s logs in as the same, so that what runs in one environment may do what the other may",
		(int)(job.n < 80 ? job.n : 80), job.p, env, path ? " of " : "", path ? path : "");
}

/* Another environment's workflow that was checked before this one, in the order of paths. */
static int elsewhere(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, const struct use *one, struct mf_err *err)
{
	for (size_t i = 0; d->identities && f->family == &mf_dc_github && i < d->identities->n; i++) {
		const struct mf_dc_identity *o = &d->identities->v[i];

		if (strcmp(o->env, one->env) != 0 && same(o->id, one->id))
			return tell(c, f, one, o->env, o->job, o->path, err);
	}
	return 0;
}

static void keep(const struct mf_declared *d, const struct mf_dc_file *f, const struct uses *here)
{
	struct mf_dc_identities *all = f->family == &mf_dc_github ? d->identities : NULL;

	for (size_t i = 0; all && i < here->n; i++) {
		const struct use *one = &here->v[i];
		bool known = all->n == MF_COUNT(all->v);

		for (size_t k = 0; k < all->n && !known; k++)
			known = strcmp(all->v[k].env, one->env) == 0 && same(all->v[k].id, one->id);
		if (!known)
			all->v[all->n++] = (struct mf_dc_identity){ .env = one->env, .path = f->path, .job = one->job, .id = one->id };
	}
}

int mf_dc_environments(const struct mf_declared *d, const struct mf_dc_file *f, const struct mf_ynode *jobs, struct mf_check *c, struct mf_err *err)
{
	const size_t first = c->list.n;
	struct uses here;

	collect(&here, jobs);
	for (size_t i = 0; i < here.n; i++) {
		const struct use *one = &here.v[i], *with = other(&here, i, one);
		bool done = false;

		/* an identity is told once in a file; elsewhere it is looked for when it is first seen */
		for (size_t t = first; t < c->list.n; t++)
			done |= mf_str_is(one->id, c->list.v[t].name);
		for (size_t t = 0; !with && t < i; t++)
			done |= same(here.v[t].id, one->id);
		if (!done && (with ? tell(c, f, one, with->env, with->job, NULL, err) : elsewhere(d, f, c, one, err)))
			return -1;
	}
	keep(d, f, &here);
	return 0;
}
