/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab's own `secrets:` of this job, which its runner serves to paying tiers only, as what to fetch. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/cmd.h>
#include <mayfly/jwt.h>
#include <mayfly/secret.h>

#include "gitlab_ci.h"

enum { VALUE_MAX = 2048, SECRETS = 500 };

/* One secret of the block, in all places where parts of it are set. */
struct secret {
	struct mf_env *env;
	const char *name;
	const struct mf_ynode *nodes[MF_GCI_LAYERS];
	const char *files[MF_GCI_LAYERS];
	size_t n;
	struct mf_err *err;
};

/* The tokens that the block names, for the login. */
struct tokens {
	char one[128];			/* the variable, while all name the same */
	bool several;
};

static int wrong(const struct secret *s, const char *why, const char *what)
{
	const struct mf_ypos at = mf_yaml_pos(s->nodes[s->n - 1]);

	mf_fail(s->err, MF_E_CONF_WANT, "%s:%u:%u: the secret '%.60s' %s%s%s%s", s->files[s->n - 1], at.line, at.col, s->name, why, what ? " '" : "",
		what ? what : "", what ? "'" : "");
	return -1;
}

/* -- values ------------------------------------------------------------------------------------------ */

/* What stands under a path of keys ("vault engine name"): maps are merged, anything else of a later place hides the earlier ones. */
static const struct mf_ynode *look(const struct secret *s, const char *path)
{
	for (size_t i = s->n; i-- > 0;) {
		const struct mf_ynode *node = s->nodes[i];
		const char *at = path;

		while (node && *at) {
			const size_t n = strcspn(at, " ");
			char key[64];

			if (mf_yaml_type(node) != MF_Y_MAP)
				return NULL;
			snprintf(key, sizeof(key), "%.*s", (int)n, at);
			node = mf_gci_get(node, key);
			at += n + (at[n] == ' ');
		}
		if (node)
			return node;
	}
	return NULL;
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* $NAME, ${NAME} and $$ as the runner takes them. */
static int expand(struct mf_buf *out, const struct secret *s, struct mf_str text)
{
	for (size_t i = 0; i < text.n; i++) {
		const bool braced = i + 1 < text.n && text.p[i + 1] == '{';
		size_t from = i + 1 + braced, to = from;
		char name[128];
		const char *value;

		while (text.p[i] == '$' && to < text.n && name_char(text.p[to]))
			to++;
		if (text.p[i] != '$' || to == from || (braced && (to == text.n || text.p[to] != '}'))) {
			if (mf_buf_putc(out, text.p[i], s->err))
				return -1;
			i += text.p[i] == '$' && i + 1 < text.n && text.p[i + 1] == '$';
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(to - from), text.p + from);
		value = s->env->getenv(name);
		if (!value || !*value)
			return wrong(s, "needs a variable that is not set:", name);
		if (mf_buf_puts(out, value, s->err))
			return -1;
		i = to - 1 + braced;
	}
	return 0;
}

/* The text under a path, variables put in; *out has no bytes where there is none. */
static int value(struct mf_buf *out, const struct secret *s, const char *path)
{
	const struct mf_ynode *n = look(s, path);
	struct mf_str text;

	if (!n)
		return 0;
	text = mf_yaml_text(n);
	if (mf_yaml_type(n) != MF_Y_SCALAR || text.n > VALUE_MAX || memchr(text.p, '\0', text.n))
		return wrong(s, "has no short text as", path);
	return expand(out, s, text);
}

/* As a part of a reference: what would end it or mean something else there is encoded (RFC 3986 section 2.1). */
static int put(struct mf_buf *out, struct mf_str part, struct mf_err *err)
{
	for (size_t i = 0; i < part.n; i++) {
		const unsigned char c = (unsigned char)part.p[i];

		if (c <= ' ' || c == '%' || c == '?' || c == '#' || c == 0x7f ? mf_buf_printf(out, err, "%%%02X", c) : mf_buf_putc(out, (char)c, err))
			return -1;
	}
	return 0;
}

static struct mf_str view(const struct mf_buf *b)
{
	return (struct mf_str){ b->p, b->n };
}

/* -- Vault: https://docs.gitlab.com/ci/yaml/#secretsvault --------------------------------------------- */

struct vault {
	struct mf_buf mount, engine, path, field;
};

/* "production/db/password@ops": the last part is the field. */
static int short_vault(struct vault *v, const struct secret *s)
{
	struct mf_buf text = MF_BUF(VALUE_MAX);
	const char *at, *slash;
	size_t n;
	int rc = value(&text, s, "vault");

	at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	n = at ? (size_t)(at - text.p) : text.n;
	slash = n ? memrchr(text.p, '/', n) : NULL;
	if (rc == 0 && !slash)
		rc = wrong(s, "is not of the form PATH/FIELD@MOUNT", NULL);
	if (rc == 0)
		rc = mf_buf_add(&v->path, text.p, (size_t)(slash - text.p), s->err) ||
			mf_buf_add(&v->field, slash + 1, (size_t)(text.p + n - slash) - 1, s->err) ||
			(at && mf_buf_puts(&v->mount, at + 1, s->err)) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}

static int read_vault(struct vault *v, const struct secret *s)
{
	if (mf_yaml_type(look(s, "vault")) != MF_Y_MAP)
		return short_vault(v, s);
	return value(&v->engine, s, "vault engine name") || value(&v->mount, s, "vault engine path") || value(&v->path, s, "vault path") ||
		value(&v->field, s, "vault field") ? -1 : 0;
}

static int vault_ref(struct mf_buf *ref, struct vault *v, const struct secret *s)
{
	const char *engine = v->engine.n ? v->engine.p : "kv-v2";
	const bool v2 = strcmp(engine, "kv-v2") == 0;

	if (!v2 && strcmp(engine, "kv-v1") != 0 && strcmp(engine, "generic") != 0)
		return wrong(s, "has an unknown kind of engine:", engine);
	if (v->path.n == 0 || v->field.n == 0)
		return wrong(s, v->path.n ? "has no field" : "has no path", NULL);
	if (v->mount.n == 0 && mf_buf_puts(&v->mount, "kv-v2", s->err))
		return -1;
	return mf_buf_puts(ref, "vault://", s->err) || put(ref, view(&v->mount), s->err) || mf_buf_puts(ref, v2 ? "/data/" : "/", s->err) ||
		put(ref, view(&v->path), s->err) || mf_buf_putc(ref, '#', s->err) || put(ref, view(&v->field), s->err) ? -1 : 0;
}

static int of_vault(struct mf_buf *ref, const struct secret *s)
{
	struct vault v = { MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX) };
	int rc = read_vault(&v, s);

	if (rc == 0)
		rc = vault_ref(ref, &v, s);
	mf_buf_free(&v.mount);
	mf_buf_free(&v.engine);
	mf_buf_free(&v.path);
	mf_buf_free(&v.field);
	return rc;
}

/* -- Azure: https://docs.gitlab.com/ci/yaml/#secretsazure_key_vault ------------------------------------ */

/* The vault is one for the whole job: AZURE_KEY_VAULT_SERVER_URL is "https://shop.vault.azure.net". */
static int of_azure(struct mf_buf *ref, const struct secret *s)
{
	struct mf_str vault = mf_str(s->env->getenv("AZURE_KEY_VAULT_SERVER_URL"));
	struct mf_buf name = MF_BUF(VALUE_MAX), version = MF_BUF(VALUE_MAX);
	const char *after = vault.n ? memmem(vault.p, vault.n, "://", 3) : NULL;
	int rc = 0;

	if (after)
		vault = mf_str(after + 3);
	while (vault.n && vault.p[vault.n - 1] == '/')
		vault.n--;
	if (vault.n == 0)
		rc = wrong(s, "needs a variable that is not set:", "AZURE_KEY_VAULT_SERVER_URL");
	else
		rc = value(&name, s, "azure_key_vault name") || value(&version, s, "azure_key_vault version") ? -1 : 0;
	if (rc == 0 && name.n == 0)
		rc = wrong(s, "has no name", NULL);
	if (rc == 0)
		rc = mf_buf_puts(ref, "azure-kv://", s->err) || put(ref, vault, s->err) || mf_buf_puts(ref, "/secrets/", s->err) || put(ref, view(&name), s->err) ||
			(version.n && (mf_buf_puts(ref, "?version=", s->err) || put(ref, view(&version), s->err))) ? -1 : 0;
	mf_buf_free(&name);
	mf_buf_free(&version);
	return rc;
}

static const struct kind {
	const char *key;
	int (*ref)(struct mf_buf *ref, const struct secret *s);
	enum mf_key audience;		/* what the login asks a token for */
} kinds[] = {
	{ "vault", of_vault, MF_K_VAULT_AUDIENCE },
	{ "azure_key_vault", of_azure, MF_K_AZURE_AUDIENCE },
};

/* -- one secret -------------------------------------------------------------------------------------- */

static int find_kind(const struct kind **out, const struct secret *s)
{
	*out = NULL;
	for (size_t i = 0; i < MF_COUNT(kinds); i++) {
		if (!look(s, kinds[i].key))
			continue;
		if (*out)
			return wrong(s, "is said to be in two places: also in", kinds[i].key);
		*out = &kinds[i];
	}
	if (*out)
		return 0;
	wrong(s, "is in no place that mayfly reads", NULL);
	mf_err_hint(s->err, "it reads 'vault' and 'azure_key_vault' there; name others by a reference under 'secrets:' in .mayfly.yml");
	return -1;
}

/* "$VAULT_ID_TOKEN" is a variable of this job: its token says for whom it is. */
static int use_token(const struct secret *s, const struct kind *kind, struct tokens *t)
{
	const struct mf_ynode *n = look(s, "token");
	struct mf_str text = n ? mf_yaml_text(n) : (struct mf_str){ 0 };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *token = NULL;
	struct mf_claims claims;
	char name[128], aud[1024];
	const char *set, *now;

	if (text.n == 0)
		return 0;
	while (text.n && strchr("${ }", text.p[0]))
		text.p++, text.n--;
	while (text.n && strchr("} ", text.p[text.n - 1]))
		text.n--;
	snprintf(name, sizeof(name), "%.*s", (int)text.n, text.p);
	set = s->env->getenv(name);
	if (!set || !*set) {
		wrong(s, "names a token that this job does not have:", name);
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
	now = mf_conf_str(s->env->conf, kind->audience);
	if (now && strcmp(mf_conf_origin(s->env->conf, kind->audience), "GitLab's 'secrets'") == 0 && strcmp(now, aud) != 0)
		return wrong(s, "takes another token than those before it, and there is one login for all: its audience is", aud);
	return aud[0] ? mf_conf_set_env(s->env->conf, kind->audience, aud, "GitLab's 'secrets'", s->err) : 0;
}

/* A file is what GitLab makes of a secret that does not say. */
static int is_file(bool *out, const struct secret *s)
{
	const struct mf_ynode *n = look(s, "file");
	const struct mf_str text = n ? mf_yaml_text(n) : (struct mf_str){ 0 };

	*out = !mf_str_is(text, "false");
	return !n || mf_str_is(text, "true") || mf_str_is(text, "false") ? 0 : wrong(s, "has neither true nor false as 'file'", NULL);
}

static int add(const struct secret *s, struct mf_want *want, struct mf_err *err)
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

static int take(const struct secret *s, struct tokens *t)
{
	struct mf_buf ref = MF_BUF(MF_REF_MAX);
	const struct kind *kind;
	struct mf_want want = { 0 };
	bool file = true;
	int rc;

	if (find_kind(&kind, s) || is_file(&file, s))
		return -1;
	rc = kind->ref(&ref, s);
	want.as = file ? MF_AS_FILE : MF_AS_ENV;
	if (rc == 0 && mf_ref_parse(&want.ref, view(&ref), s->err)) {
		mf_err_wrap(s->err, "the secret '%.60s'", s->name);
		rc = -1;
	}
	mf_buf_free(&ref);
	if (rc == 0)
		rc = add(s, &want, s->err);
	return rc ? rc : use_token(s, kind, t);
}

/* -- the block --------------------------------------------------------------------------------------- */

static int collect(struct secret *s, const struct mf_gci *g, const char *name)
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
	return s->n && mf_yaml_type(s->nodes[s->n - 1]) == MF_Y_MAP ? 0 : wrong(s, "is no map", NULL);
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
			struct secret s = { .env = env, .err = err };
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
		rc = mf_conf_set_env(env->conf, MF_K_TOKEN_ENV, t.one, "GitLab's 'secrets'", err);
	mf_gci_free(g);
	free(g);
	return rc;
}
