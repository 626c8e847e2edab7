/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab's own `secrets:` of this job, which its runner serves to paying tiers only, as what to fetch. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/cmd.h>
#include <mayfly/jwt.h>
#include <mayfly/secret.h>

#include "gitlab_secret.h"

enum { SECRETS = 500 };

/* The tokens that the block names, for the login. */
struct tokens {
	char one[128];			/* the variable, while all name the same */
	bool several;
};

/* -- one secret -------------------------------------------------------------------------------------- */

/* "$VAULT_ID_TOKEN" is a variable of this job: its token says for whom it is. */
static int use_token(const struct mf_gl_secret *s, const struct mf_gl_kind *kind, struct tokens *t)
{
	const struct mf_ynode *n = mf_gl_look(s, "token");
	struct mf_str text = n ? mf_yaml_text(n) : (struct mf_str){ 0 };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *token = NULL;
	struct mf_claims claims;
	char name[128], aud[1024];
	const char *set;

	if (text.n == 0)
		return 0;
	while (text.n && strchr("${ }", text.p[0]))
		text.p++, text.n--;
	while (text.n && strchr("} ", text.p[text.n - 1]))
		text.n--;
	snprintf(name, sizeof(name), "%.*s", (int)text.n, text.p);
	set = s->env->getenv(name);
	if (!set || !*set) {
		mf_gl_wrong(s, "names a token that this job does not have:", name);
		mf_err_hint(s->err, "add it to the job:  id_tokens: { %s: { aud: ... } }", name);
		return -1;
	}
	t->several |= t->one[0] && strcmp(t->one, name) != 0;
	snprintf(t->one, sizeof(t->one), "%s", name);
	token = mf_secret_new(set, strlen(set));
	if (!token)
		return mf_fail_nomem(s->err);
	if (mf_jwt_decode(&claims, token, s->err)) {
		mf_err_wrap(s->err, "variable '%s'", name);
		return -1;
	}
	snprintf(aud, sizeof(aud), "%.*s", (int)claims.aud.n, claims.aud.p);
	mf_claims_free(&claims);
	return aud[0] ? mf_gl_settle(s, kind->audience, aud) : 0;
}

/* A file is what GitLab makes of a secret that does not say. */
static int is_file(bool *out, const struct mf_gl_secret *s)
{
	const struct mf_ynode *n = mf_gl_look(s, "file");
	const struct mf_str text = n ? mf_yaml_text(n) : (struct mf_str){ 0 };

	*out = !mf_str_is(text, "false");
	return !n || mf_str_is(text, "true") || mf_str_is(text, "false") ? 0 : mf_gl_wrong(s, "has neither true nor false as 'file'", NULL);
}

static int add(const struct mf_gl_secret *s, struct mf_want *want, struct mf_err *err)
{
	const struct mf_ypos at = mf_yaml_pos(s->nodes[s->n - 1]);

	snprintf(want->origin, sizeof(want->origin), "%.120s:%u:%u", s->files[s->n - 1], at.line, at.col);
	want->name = mf_strdup(s->name);
	if (!want->name) {
		mf_want_free(want);
		return mf_fail_nomem(err);
	}
	return mf_conf_add_want(s->env->conf, want, err);
}

static int take(const struct mf_gl_secret *s, struct tokens *t)
{
	struct mf_buf ref = MF_BUF(MF_REF_MAX);
	const struct mf_gl_kind *kind;
	struct mf_want want = { 0 };
	bool file = true;
	int rc;

	if (mf_gl_kind(&kind, s) || is_file(&file, s))
		return -1;
	rc = kind->ref(&ref, s);
	want.as = file ? MF_AS_FILE : MF_AS_ENV;
	if (rc == 0 && mf_ref_parse(&want.ref, (struct mf_str){ ref.p, ref.n }, s->err)) {
		mf_err_wrap(s->err, "the secret '%.60s'", s->name);
		rc = -1;
	}
	mf_buf_free(&ref);
	if (rc == 0)
		rc = add(s, &want, s->err);
	return rc ? rc : use_token(s, kind, t);
}

/* -- the block --------------------------------------------------------------------------------------- */

static int collect(struct mf_gl_secret *s, const struct mf_gci *g, const char *name)
{
	s->name = name;
	s->n = 0;
	for (size_t i = 0; i < g->n_layers; i++) {
		const struct mf_ynode *node = mf_gci_get(g->layers[i].node, name);

		if (!node)
			continue;
		s->nodes[s->n] = node;
		s->files[s->n++] = g->layers[i].file;
	}
	return s->n && mf_yaml_type(s->nodes[s->n - 1]) == MF_Y_MAP ? 0 : mf_gl_wrong(s, "is no map", NULL);
}

/* A name that an earlier place has was taken there. */
static bool taken(const struct mf_gci *g, size_t layer, const char *name)
{
	for (size_t i = 0; i < layer; i++)
		if (mf_gci_get(g->layers[i].node, name))
			return true;
	return false;
}

static int each(struct mf_env *env, const struct mf_gci *g, struct tokens *t, struct mf_err *err)
{
	size_t n = 0;

	for (size_t l = 0; l < g->n_layers; l++)
		for (size_t i = 0; i < mf_yaml_size(g->layers[l].node); i++) {
			const struct mf_str key = mf_yaml_text(mf_yaml_key_at(g->layers[l].node, i));
			MF_CLEANUP(mf_freep) char *name = mf_strndup(key.p, key.n);
			struct mf_gl_secret s = { .env = env, .err = err };
			const char *now;

			if (!name)
				return mf_fail_nomem(err);
			if (taken(g, l, name))
				continue;
			if (++n > SECRETS)
				return mf_fail(err, MF_E_CONF_WANT, "the job has more than %d secrets", SECRETS);
			now = env->getenv(name);
			if (now && *now) {
				mf_info("'%s' is there already: GitLab's runner has served it", name);
				continue;
			}
			if (collect(&s, g, name) || take(&s, t))
				return -1;
		}
	if (n == 0)
		mf_warn("the job has no 'secrets:' in '%s'", g->n_files ? g->files[g->n_files - 1].name : "");
	return 0;
}

/* "ci/main.yml" lies in the repository; "ci.yml@group/project" and an address do not. */
static int config_path(const char **out, const struct mf_env *env, struct mf_err *err)
{
	const char *path = env->getenv("CI_CONFIG_PATH");

	*out = path && *path ? path : ".gitlab-ci.yml";
	if (!strchr(*out, '@') && !strstr(*out, "://") && !strstr(*out, "..") && **out != '/')
		return 0;
	mf_fail(err, MF_E_CMD_GITLAB, "the job's definition is not in this repository");
	mf_err_why(err, "CI_CONFIG_PATH is '%s'", *out);
	mf_err_hint(err, "write what the job needs into .mayfly.yml under 'secrets:'");
	return -1;
}

int mf_gitlab_secrets(struct mf_env *env, struct mf_err *err)
{
	const char *dir = env->job.workspace && *env->job.workspace ? env->job.workspace : ".";
	struct tokens t = { 0 };
	const char *path;
	struct mf_gci *g;
	int rc;

	if (!mf_conf_bool(env->conf, MF_K_GITLAB_SECRETS))
		return 0;
	if (!env->job.job_name || !*env->job.job_name) {
		mf_fail(err, MF_E_CMD_GITLAB, "'gitlab-secrets' needs the name of the job");
		mf_err_hint(err, "it is for jobs of GitLab CI; elsewhere set CI_JOB_NAME");
		return -1;
	}
	if (config_path(&path, env, err))
		return -1;
	g = mf_calloc(1, sizeof(*g));
	if (!g)
		return mf_fail_nomem(err);
	rc = mf_gci_read(g, dir, path, env->job.job_name, "secrets", err);
	if (rc == 0 && g->lost[0])
		mf_warn("'%s', which the job extends, is not in this repository: secrets that it has are not read", g->lost);
	if (rc == 0)
		rc = each(env, g, &t, err);
	if (rc == 0 && t.one[0] && !t.several && !mf_conf_is_set(env->conf, MF_K_TOKEN_ENV))
		rc = mf_conf_set_env(env->conf, MF_K_TOKEN_ENV, t.one, MF_GL_ORIGIN, err);
	mf_gci_free(g);
	free(g);
	return rc;
}
