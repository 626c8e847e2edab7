/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Tokens (RFC 7519): who issued them to whom, from when to when. The signature is not checked: a token that was made up opens nothing. */
#include "life_priv.h"

#include <stdlib.h>
#include <mayfly/secret.h>

#define TOKEN_MAX ((size_t)64 * 1024)
#define JOB_LONGEST (INT64_C(7) * 86400)	/* no CI lets a job run longer */

struct claims {
	struct mf_json *doc;
	const struct mf_jnode *root;
	struct mf_str iss, sub;
	size_t audiences;
	int64_t issued, expires;
	bool has_exp, unreadable;	/* an exp that is no time */
};

/* -- reading ---------------------------------------------------------------------------------------- */

/* A NumericDate: whole seconds or with a fraction, as some write it a text, as few do with an exponent. What is out of all reason is kept as such. */
static bool numeric_date(int64_t *out, struct mf_str text)
{
	char buf[64], *end;
	double v;

	if (text.n == 0 || text.n >= sizeof buf || !mf_lf_all(text, "0123456789.eE+-"))
		return false;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	v = strtod(buf, &end);
	if (*end != '\0' || v != v)
		return false;
	*out = v > 9e15 ? INT64_C(9000000000000000) : v < -9e15 ? INT64_C(-9000000000000000) : (int64_t)v;
	if (*out <= 0)		/* 0 means "not known" in struct mf_life */
		*out = 1;
	return true;
}

static void read_times(struct claims *c)
{
	const struct mf_jnode *exp = mf_json_get_z(c->root, "exp");

	if (!numeric_date(&c->issued, mf_lf_member(c->doc, c->root, "iat")) && !numeric_date(&c->issued, mf_lf_member(c->doc, c->root, "nbf")))
		c->issued = 0;
	c->has_exp = exp && mf_json_type(exp) != MF_J_NULL;
	c->unreadable = c->has_exp && !numeric_date(&c->expires, mf_json_text(c->doc, exp));
}

static int read_claims(struct claims *c, struct mf_str payload, struct mf_err *err)
{
	unsigned char *raw = NULL;
	const struct mf_jnode *aud;
	size_t n = 0;
	int rc = mf_lf_b64(&raw, &n, payload, err);

	if (rc <= 0)
		return rc;
	rc = mf_lf_parse(&c->doc, (struct mf_str){ .p = (char *)raw, .n = n }, err);
	mf_wipe_free(raw, n);
	if (rc <= 0)
		return rc;
	c->root = mf_json_root(c->doc);
	if (mf_json_type(c->root) != MF_J_OBJECT)
		return 0;
	c->iss = mf_lf_member(c->doc, c->root, "iss");
	c->sub = mf_lf_member(c->doc, c->root, "sub");
	aud = mf_json_get_z(c->root, "aud");
	c->audiences = aud && mf_json_type(aud) == MF_J_ARRAY ? mf_json_size(aud) : aud != NULL;
	read_times(c);
	return 1;
}

/* -- telling ---------------------------------------------------------------------------------------- */

static bool has(const struct claims *c, const char *key)
{
	return mf_json_get_z(c->root, key) != NULL;
}

#define GITHUB "https://token.actions.githubusercontent.com"

/* What a CI gave to the job. Each is told by its claims: a variable's name is anybody's to choose. */
static bool of_a_job(struct mf_lf *in, const struct claims *c)
{
	static const char *const issuers[] = { "https://oidc.circleci.com/", "https://api.bitbucket.org/2.0/workspaces/", "https://vstoken.dev.azure.com/",
		"https://agent.buildkite.com", "https://vstoken.actions.githubusercontent.com" };
	bool github = mf_str_begins(c->iss, GITHUB);

	if (github && has(c, "repository") && has(c, "run_id")) {
		mf_lf_is(in, "github-id-token", "an identity token of a GitHub job", MF_LC_CI_TOKEN);
		return true;
	}
	if (has(c, "project_path") && has(c, "pipeline_id") && has(c, "job_id")) {
		mf_lf_is(in, "gitlab-id-token", "an identity token of a GitLab job", MF_LC_CI_TOKEN);
		return true;
	}
	if (mf_lf_has(mf_lf_member(c->doc, c->root, "scp"), "Actions.") || (github && has(c, "ac"))) {
		mf_lf_is(in, "github-runtime-token", "a GitHub job's token for caches, artifacts and identity", MF_LC_CI_TOKEN);
		return true;
	}
	for (size_t i = 0; i < MF_COUNT(issuers); i++)
		if (mf_str_begins(c->iss, issuers[i])) {
			mf_lf_is(in, "ci-id-token", "an identity token of a CI job", MF_LC_CI_TOKEN);
			return true;
		}
	return false;
}

static bool of_kubernetes(struct mf_lf *in, const struct claims *c)
{
	const struct mf_jnode *bound = mf_json_get_z(c->root, "kubernetes.io");

	if (mf_str_begins(c->iss, "kubernetes/serviceaccount")) {
		mf_lf_is(in, "kubernetes-legacy-token", "a Kubernetes service account's token of the old form", MF_LC_SERVICE_TOKEN);
		mf_lf_note(in, "it lives as long as its Secret; kubectl create token gives one with an end");
		return true;
	}
	if (!bound || mf_json_type(bound) != MF_J_OBJECT)
		return false;
	mf_lf_is(in, "kubernetes-bound-token", "a Kubernetes service account's token", MF_LC_SERVICE_TOKEN);
	if (mf_json_get_z(bound, "pod"))
		mf_lf_note(in, "bound to a pod: it ends with it at the latest");
	return true;
}

static void name_kind(struct mf_lf *in, const struct claims *c)
{
	struct mf_str role = mf_lf_member(c->doc, c->root, "role");

	if (of_kubernetes(in, c))
		return;
	if (mf_str_begins(c->iss, "https://sts.windows.net/") || mf_str_begins(c->iss, "https://login.microsoftonline.com/"))
		mf_lf_is(in, "azure-token", "a token of Entra ID", MF_LC_SERVICE_TOKEN);
	else if (mf_str_is(c->iss, "https://accounts.google.com") || mf_str_is(c->iss, "accounts.google.com"))
		mf_lf_is(in, "gcp-id-token", "an identity token of Google", MF_LC_SERVICE_TOKEN);
	else if (mf_str_is(c->iss, "supabase") && mf_str_is(role, "anon"))
		mf_lf_is(in, "supabase-anon", "an anon key of Supabase, meant to be public", MF_LC_NONE);
	else
		mf_lf_is(in, "jwt", "a JSON Web Token", MF_LC_SERVICE_TOKEN);
}

static int tell(struct mf_lf *in, const struct claims *c)
{
	bool job = of_a_job(in, c);

	if (!job)
		name_kind(in, c);
	if (c->iss.n)
		mf_lf_account(in, "issuer %.*s", (int)(c->iss.n < 200 ? c->iss.n : 200), c->iss.p);
	mf_lf_subject(in, c->sub);
	if (c->audiences > 1)
		mf_lf_note(in, "for %zu audiences: each of them can use it at the others", c->audiences);
	in->out->issued = c->issued;
	if (c->unreadable) {
		mf_lf_note(in, "its exp is no number: whether it ends depends on who checks it");
		return mf_lf_unknown(in);
	}
	if (!c->has_exp)
		return mf_lf_static(in);
	mf_lf_measured(in, c->issued, c->expires);
	/* a token that says it is a job's and lives for years is not one */
	if (job && in->out->lifetime >= 0 && in->out->lifetime <= JOB_LONGEST)
		in->out->flags |= MF_LIFE_JOB_BOUND;
	if (in->out->flags & MF_LIFE_ABSURD)
		mf_lf_note(in, "its dates cannot be meant");
	return 1;
}

/* -- the token -------------------------------------------------------------------------------------- */

static size_t dots(struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '.';
	return n;
}

static int encrypted(struct mf_lf *in)
{
	mf_lf_is(in, "jwe", "an encrypted JSON Web Token", MF_LC_SERVICE_TOKEN);
	if (!mf_lf_check(in, "jwt", in->v, in->v))
		return mf_lf_nothing(in);
	in->out->flags |= MF_LIFE_ENCRYPTED;
	return mf_lf_unknown(in);
}

static int signed_token(struct mf_lf *in)
{
	struct claims c = { 0 };
	struct mf_token_facts facts;
	struct mf_str rest;
	int rc;

	mf_lf_split(in->v, '.', &rest);
	rc = read_claims(&c, mf_lf_split(rest, '.', &rest), in->err);
	if (rc == 1) {
		mf_check_run("jwt", in->v, in->v, &facts);
		rc = facts.harmless ? mf_lf_nothing(in) : tell(in, &c);
	}
	mf_json_free(c.doc);
	return rc;
}

int mf_lf_jwt(struct mf_lf *in)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-=";
	size_t n;

	if (!mf_str_begins(in->v, "eyJ") || in->v.n > TOKEN_MAX || in->v.n < 20 || !mf_lf_all(in->v, set))
		return 0;
	n = dots(in->v);
	return n == 2 ? signed_token(in) : n == 4 ? encrypted(in) : 0;
}
