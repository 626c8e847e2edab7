/* SPDX-License-Identifier: Apache-2.0 */
/* The places of GitLab's own `secrets:`, each as a reference of ours. */
#include <stdio.h>

#include "gitlab_secret.h"

enum { VALUE_MAX = 2048 };

int mf_gl_wrong(const struct mf_gl_secret *s, const char *why, const char *what)
{
	const struct mf_ypos at = mf_yaml_pos(s->nodes[s->n - 1]);

	mf_fail(s->err, MF_E_CONF_WANT, "%s:%u:%u: the secret '%.60s' %s%s%s%s", s->files[s->n - 1], at.line, at.col, s->name, why, what ? " '" : "",
		what ? what : "", what ? "'" : "");
	return -1;
}

/* -- values ------------------------------------------------------------------------------------------ */

/* What stands under a path of keys ("vault engine name"): maps are merged, anything else of a later place hides the earlier ones. */
const struct mf_ynode *mf_gl_look(const struct mf_gl_secret *s, const char *path)
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
static int expand(struct mf_buf *out, const struct mf_gl_secret *s, struct mf_str text)
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
			return mf_gl_wrong(s, "needs a variable that is not set:", name);
		if (mf_buf_puts(out, value, s->err))
			return -1;
		i = to - 1 + braced;
	}
	return 0;
}

/* The text under a path, variables put in; *out has no bytes where there is none. */
static int value(struct mf_buf *out, const struct mf_gl_secret *s, const char *path)
{
	const struct mf_ynode *n = mf_gl_look(s, path);
	struct mf_str text;

	if (!n)
		return 0;
	text = mf_yaml_text(n);
	if (mf_yaml_type(n) != MF_Y_SCALAR || text.n > VALUE_MAX || memchr(text.p, '\0', text.n))
		return mf_gl_wrong(s, "has no short text as", path);
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

/* A setting of the login, which is one for all secrets of a kind. */
int mf_gl_settle(const struct mf_gl_secret *s, enum mf_key key, const char *value)
{
	const char *now = mf_conf_str(s->env->conf, key);

	if (now && strcmp(mf_conf_origin(s->env->conf, key), MF_GL_ORIGIN) == 0 && strcmp(now, value) != 0) {
		mf_gl_wrong(s, "needs another login than those before it, and there is one for all: it wants", value);
		return -1;
	}
	return mf_conf_set_env(s->env->conf, key, value, MF_GL_ORIGIN, s->err);
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
static int short_vault(struct vault *v, const struct mf_gl_secret *s)
{
	struct mf_buf text = MF_BUF(VALUE_MAX);
	const char *at, *slash;
	size_t n;
	int rc = value(&text, s, "vault");

	at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	n = at ? (size_t)(at - text.p) : text.n;
	slash = n ? memrchr(text.p, '/', n) : NULL;
	if (rc == 0 && !slash)
		rc = mf_gl_wrong(s, "is not of the form PATH/FIELD@MOUNT", NULL);
	if (rc == 0)
		rc = mf_buf_add(&v->path, text.p, (size_t)(slash - text.p), s->err) ||
			mf_buf_add(&v->field, slash + 1, (size_t)(text.p + n - slash) - 1, s->err) ||
			(at && mf_buf_puts(&v->mount, at + 1, s->err)) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}

static int read_vault(struct vault *v, const struct mf_gl_secret *s)
{
	if (mf_yaml_type(mf_gl_look(s, "vault")) != MF_Y_MAP)
		return short_vault(v, s);
	return value(&v->engine, s, "vault engine name") || value(&v->mount, s, "vault engine path") || value(&v->path, s, "vault path") ||
		value(&v->field, s, "vault field") ? -1 : 0;
}

static int vault_ref(struct mf_buf *ref, struct vault *v, const struct mf_gl_secret *s)
{
	const char *engine = v->engine.n ? v->engine.p : "kv-v2";
	const bool v2 = strcmp(engine, "kv-v2") == 0;

	if (!v2 && strcmp(engine, "kv-v1") != 0 && strcmp(engine, "generic") != 0)
		return mf_gl_wrong(s, "has an unknown kind of engine:", engine);
	if (v->path.n == 0 || v->field.n == 0)
		return mf_gl_wrong(s, v->path.n ? "has no field" : "has no path", NULL);
	if (v->mount.n == 0 && mf_buf_puts(&v->mount, "kv-v2", s->err))
		return -1;
	return mf_buf_puts(ref, "vault://", s->err) || put(ref, view(&v->mount), s->err) || mf_buf_puts(ref, v2 ? "/data/" : "/", s->err) ||
		put(ref, view(&v->path), s->err) || mf_buf_putc(ref, '#', s->err) || put(ref, view(&v->field), s->err) ? -1 : 0;
}

static int of_vault(struct mf_buf *ref, const struct mf_gl_secret *s)
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
static int of_azure(struct mf_buf *ref, const struct mf_gl_secret *s)
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
		rc = mf_gl_wrong(s, "needs a variable that is not set:", "AZURE_KEY_VAULT_SERVER_URL");
	else
		rc = value(&name, s, "azure_key_vault name") || value(&version, s, "azure_key_vault version") ? -1 : 0;
	if (rc == 0 && name.n == 0)
		rc = mf_gl_wrong(s, "has no name", NULL);
	if (rc == 0)
		rc = mf_buf_puts(ref, "azure-kv://", s->err) || put(ref, vault, s->err) || mf_buf_puts(ref, "/secrets/", s->err) || put(ref, view(&name), s->err) ||
			(version.n && (mf_buf_puts(ref, "?version=", s->err) || put(ref, view(&version), s->err))) ? -1 : 0;
	mf_buf_free(&name);
	mf_buf_free(&version);
	return rc;
}

/* -- Google Cloud: https://docs.gitlab.com/ci/yaml/#secretsgcp_secret_manager --------------------------- */

static int gcp_provider(const char *number, const struct mf_gl_secret *s)
{
	const char *pool = s->env->getenv("GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID"), *provider = s->env->getenv("GCP_WORKLOAD_IDENTITY_FEDERATION_PROVIDER_ID");
	struct mf_buf name = MF_BUF(VALUE_MAX);
	int rc;

	if (mf_conf_is_set(s->env->conf, MF_K_GCP_PROVIDER))
		return 0;
	if (!number || !*number || !pool || !*pool || !provider || !*provider)
		return mf_gl_wrong(s, "needs a variable that is not set:", !number || !*number ? "GCP_PROJECT_NUMBER" : !pool || !*pool ? "GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID" :
				   "GCP_WORKLOAD_IDENTITY_FEDERATION_PROVIDER_ID");
	rc = mf_buf_printf(&name, s->err, "projects/%s/locations/global/workloadIdentityPools/%s/providers/%s", number, pool, provider) ||
	     mf_gl_settle(s, MF_K_GCP_PROVIDER, mf_buf_text(&name)) ? -1 : 0;
	mf_buf_free(&name);
	return rc;
}

/* A name without a project is in that of the login; a whole one may have a version at its end. */
static int gcp_ref(struct mf_buf *ref, struct mf_str name, struct mf_str version, const char *number, const struct mf_gl_secret *s)
{
	const char *at = name.n ? memmem(name.p, name.n, "/versions/", 10) : NULL;
	const bool whole = mf_str_begins(name, "projects/");

	if (!whole && (!number || !*number))
		return mf_gl_wrong(s, "needs a variable that is not set:", "GCP_PROJECT_NUMBER");
	if (whole && at) {
		version = version.n ? version : (struct mf_str){ at + 10, name.n - (size_t)(at + 10 - name.p) };
		name.n = (size_t)(at - name.p);
	}
	return mf_buf_puts(ref, "gcp-sm://", s->err) || (!whole && (put(ref, mf_str(number), s->err) || mf_buf_putc(ref, '/', s->err))) || put(ref, name, s->err) ||
	       (version.n && (mf_buf_puts(ref, "?version=", s->err) || put(ref, version, s->err))) ? -1 : 0;
}

static int of_gcp(struct mf_buf *ref, const struct mf_gl_secret *s)
{
	const char *number = s->env->getenv("GCP_PROJECT_NUMBER");
	struct mf_buf name = MF_BUF(VALUE_MAX), version = MF_BUF(VALUE_MAX);
	int rc = value(&name, s, "gcp_secret_manager name") || value(&version, s, "gcp_secret_manager version") ? -1 : 0;

	if (rc == 0 && name.n == 0)
		rc = mf_gl_wrong(s, "has no name", NULL);
	if (rc == 0)
		rc = gcp_ref(ref, view(&name), view(&version), number, s) || gcp_provider(number, s) ? -1 : 0;
	mf_buf_free(&name);
	mf_buf_free(&version);
	return rc;
}

/* -- AWS: https://docs.gitlab.com/ci/yaml/#secretsaws_secrets_manager ---------------------------------- */

struct aws {
	struct mf_buf id, field, version, stage, region, role, session;
};

static int read_aws(struct aws *a, const struct mf_gl_secret *s)
{
	struct mf_buf text = MF_BUF(VALUE_MAX);
	const char *hash;
	int rc;

	if (mf_yaml_type(mf_gl_look(s, "aws_secrets_manager")) == MF_Y_MAP)
		return value(&a->id, s, "aws_secrets_manager secret_id") || value(&a->field, s, "aws_secrets_manager field") ||
		       value(&a->version, s, "aws_secrets_manager version_id") || value(&a->stage, s, "aws_secrets_manager version_stage") ||
		       value(&a->region, s, "aws_secrets_manager region") || value(&a->role, s, "aws_secrets_manager role_arn") ||
		       value(&a->session, s, "aws_secrets_manager role_session_name") ? -1 : 0;
	/* "app/database#password" */
	rc = value(&text, s, "aws_secrets_manager");
	hash = text.n ? memchr(text.p, '#', text.n) : NULL;
	if (rc == 0)
		rc = mf_buf_add(&a->id, text.p, hash ? (size_t)(hash - text.p) : text.n, s->err) || (hash && mf_buf_puts(&a->field, hash + 1, s->err)) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}

static int put_parameter(struct mf_buf *ref, char *before, const char *name, const struct mf_buf *v, struct mf_err *err)
{
	if (v->n == 0)
		return 0;
	if (mf_buf_printf(ref, err, "%c%s=", *before, name) || put(ref, view(v), err))
		return -1;
	*before = '&';
	return 0;
}

static int aws_ref(struct mf_buf *ref, const struct aws *a, const struct mf_gl_secret *s)
{
	char before = '?';

	if (a->id.n == 0)
		return mf_gl_wrong(s, "has no secret_id", NULL);
	return mf_buf_puts(ref, "aws-sm://", s->err) || put(ref, view(&a->id), s->err) || put_parameter(ref, &before, "version", &a->version, s->err) ||
		put_parameter(ref, &before, "stage", &a->stage, s->err) || put_parameter(ref, &before, "region", &a->region, s->err) ||
		(a->field.n && (mf_buf_putc(ref, '#', s->err) || put(ref, view(&a->field), s->err))) ? -1 : 0;
}

/* GitLab's own default for a session's name, which a trust policy may ask for. */
static int aws_session(const struct aws *a, const struct mf_gl_secret *s)
{
	const char *job = s->env->getenv("CI_JOB_ID"), *project = s->env->getenv("CI_PROJECT_ID"), *host = s->env->getenv("CI_SERVER_HOST");
	char name[65];

	if (a->session.n)
		return mf_gl_settle(s, MF_K_AWS_SESSION_NAME, a->session.p);
	if (mf_conf_is_set(s->env->conf, MF_K_AWS_SESSION_NAME) || !job || !project || !host)
		return 0;
	snprintf(name, sizeof(name), "%s-%s-%s", job, project, host);
	return mf_gl_settle(s, MF_K_AWS_SESSION_NAME, name);
}

static int of_aws(struct mf_buf *ref, const struct mf_gl_secret *s)
{
	struct aws a = { MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX), MF_BUF(VALUE_MAX) };
	int rc = read_aws(&a, s) || aws_ref(ref, &a, s) || (a.role.n && mf_gl_settle(s, MF_K_AWS_ROLE, a.role.p)) || aws_session(&a, s) ? -1 : 0;

	/* a region of its own is in the reference; without another one the login is there, too */
	if (rc == 0 && a.region.n && !mf_conf_is_set(s->env->conf, MF_K_AWS_REGION))
		rc = mf_gl_settle(s, MF_K_AWS_REGION, a.region.p);
	mf_buf_free(&a.id);
	mf_buf_free(&a.field);
	mf_buf_free(&a.version);
	mf_buf_free(&a.stage);
	mf_buf_free(&a.region);
	mf_buf_free(&a.role);
	mf_buf_free(&a.session);
	return rc;
}

/* -- which -------------------------------------------------------------------------------------------- */

static const struct mf_gl_kind kinds[] = {
	{ "vault", of_vault, MF_K_VAULT_AUDIENCE },
	{ "azure_key_vault", of_azure, MF_K_AZURE_AUDIENCE },
	{ "gcp_secret_manager", of_gcp, MF_K_GCP_AUDIENCE },
	{ "aws_secrets_manager", of_aws, MF_K_AWS_AUDIENCE },
};

int mf_gl_kind(const struct mf_gl_kind **out, const struct mf_gl_secret *s)
{
	*out = NULL;
	for (size_t i = 0; i < MF_COUNT(kinds); i++) {
		if (!mf_gl_look(s, kinds[i].key))
			continue;
		if (*out)
			return mf_gl_wrong(s, "is said to be in two places: also in", kinds[i].key);
		*out = &kinds[i];
	}
	if (*out)
		return 0;
	mf_gl_wrong(s, "is in no place that mayfly reads", NULL);
	mf_err_hint(s->err, "it reads 'vault', 'azure_key_vault' and 'aws_secrets_manager' there; name others by a reference under 'secrets:' in .mayfly.yml");
	return -1;
}
