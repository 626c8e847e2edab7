/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the token that GitLab put into a variable of this job's choosing (id_tokens). */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/buf.h>
#include "id.h"

struct found {
	struct mf_str name;
	const char *value;
	char aud[120];		/* its first audience, for messages */
	bool fits;		/* it is for the audience that is asked for */
};

enum { FOUND_MAX = 32 };

/* What the search saw: this instance's tokens, each once, and the first token of somebody else. */
struct search {
	struct found ours[FOUND_MAX];
	size_t n;
	struct mf_str other;
	char other_iss[128];
};

static bool same_url(struct mf_str a, const char *url)
{
	struct mf_str b = mf_str(url);

	while (a.n && a.p[a.n - 1] == '/')
		a.n--;
	while (b.n && b.p[b.n - 1] == '/')
		b.n--;
	return mf_str_eq(a, b);
}

/* Cheap enough for every variable: a token's header begins with {" in base64. */
static bool looks_like_token(const char *value)
{
	const char *dot = strncmp(value, "eyJ", 3) == 0 ? strchr(value, '.') : NULL;

	return dot && strchr(dot + 1, '.');
}

/* The job's own credentials in JWT form, which are no id_tokens; several variables repeat CI_JOB_TOKEN. */
static bool is_job_credential(struct mf_str name, const char *value, mf_getenv_fn env)
{
	const char *job_token = env("CI_JOB_TOKEN");

	return (name.n >= 10 && memcmp(name.p, "CI_JOB_JWT", 10) == 0) || (job_token && strcmp(value, job_token) == 0);
}

/* aud is a string or an array of them (RFC 7519 section 4.1.3). */
static bool is_for(const struct mf_claims *c, const char *audience)
{
	const struct mf_jnode *aud = mf_json_get_z(mf_json_root(c->doc), "aud");

	if (!audience)
		return false;
	if (mf_json_type(aud) != MF_J_ARRAY)
		return same_url(c->aud, audience);
	for (const struct mf_jnode *n = mf_json_first(aud); n; n = mf_json_next(n))
		if (same_url(mf_json_text(c->doc, n), audience))
			return true;
	return false;
}

static int look(struct search *s, struct mf_str name, const char *value, const struct mf_id_ask *ask, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *token = mf_id_trim(mf_str(value));
	struct mf_claims c;
	struct mf_err why;

	if (!token)
		return mf_fail_nomem(err);
	if (mf_jwt_decode(&c, token, &why)) {
		if (why.code != MF_BUG)
			return 0;
		*err = why;
		return -1;
	}
	if (ask->job->server_url && same_url(c.iss, ask->job->server_url)) {
		struct found *f = &s->ours[s->n++];

		*f = (struct found){ .name = name, .value = value, .fits = is_for(&c, ask->audience) };
		snprintf(f->aud, sizeof(f->aud), "%.*s", (int)(c.aud.n < 110 ? c.aud.n : 110), c.aud.p);
	} else if (!s->other.n) {
		s->other = name;
		snprintf(s->other_iss, sizeof s->other_iss, "%.*s", (int)(c.iss.n < 120 ? c.iss.n : 120), c.iss.p);
	}
	mf_claims_free(&c);
	return 0;
}

static bool known(const struct search *s, const char *value)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->ours[i].value, value) == 0)
			return true;
	return false;
}

static int search(struct search *s, const struct mf_id_ask *ask, char *const *vars, struct mf_err *err)
{
	for (; vars && *vars && s->n < FOUND_MAX; vars++) {
		const char *eq = strchr(*vars, '=');
		struct mf_str name = { .p = *vars, .n = eq ? (size_t)(eq - *vars) : 0 };

		if (!eq || !looks_like_token(eq + 1) || is_job_credential(name, eq + 1, ask->env) || known(s, eq + 1))
			continue;
		if (look(s, name, eq + 1, ask, err))
			return -1;
	}
	return 0;
}

static int several(const struct search *s, const struct mf_id_ask *ask, struct mf_err *err)
{
	struct mf_buf names = MF_BUF(440);

	for (size_t i = 0; i < s->n; i++)
		if (mf_buf_printf(&names, err, "%s%.*s (for '%s')", i ? ", " : "", (int)s->ours[i].name.n, s->ours[i].name.p, s->ours[i].aud))
			break;
	mf_id_fail(ask, MF_E_CI_SEVERAL, err);
	mf_err_why(err, "%zu variables hold a token of this GitLab, none for that audience: %s", s->n, mf_buf_text(&names));
	mf_err_hint(err, "say which one:  --token-env %.*s", (int)s->ours[0].name.n, s->ours[0].name.p);
	mf_buf_free(&names);
	return -1;
}

int mf_id_gitlab_find(char **name, const struct mf_id_ask *ask, char *const *vars, struct mf_err *err)
{
	struct search s = { 0 };
	size_t at = 0;

	if (search(&s, ask, vars, err))
		return -1;
	/* tokens of one job and one audience have the same claims: any of them will do */
	while (s.n > 1 && at < s.n && !s.ours[at].fits)
		at++;
	if (at == s.n && s.n > 1)
		return several(&s, ask, err);
	if (s.n == 0) {
		mf_id_none_gitlab(ask, NULL, err);
		if (s.other.n)
			mf_err_why(err, "the only token in this job's variables, '%.*s', is from '%s', not from '%s'",
				   (int)(s.other.n < 100 ? s.other.n : 100), s.other.p, s.other_iss, ask->job->server_url);
		return -1;
	}
	*name = mf_strndup(s.ours[at].name.p, s.ours[at].name.n);
	return *name ? 0 : mf_fail_nomem(err);
}
