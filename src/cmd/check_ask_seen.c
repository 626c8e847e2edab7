/* SPDX-License-Identifier: Apache-2.0 */
/* In the child that reads the job: which of its credentials have an issuer that can be asked, and whose each one is. A token may belong to one of many
 * servers, and only its place tells to which: where nothing does, nobody is asked. */
#include "check.h"

#include <mayfly/ask.h>
#include <mayfly/json.h>

/* Which kinds are asked about, and what a token looks like inside of a value that has more. */
static const struct kind {
	const char *kind;
	enum mf_issuer issuer;
	const char *prefix;	/* NULL: the whole value */
} kinds[] = {
	{ "aws-access-key", MF_ISSUER_AWS, NULL }, { "aws-session-key", MF_ISSUER_AWS, NULL },
	{ "gcp-access-token", MF_ISSUER_GCP, "ya29." },
	{ "github-app-user", MF_ISSUER_GITHUB, "ghu_" }, { "github-oauth", MF_ISSUER_GITHUB, "gho_" },
	{ "github-pat-classic", MF_ISSUER_GITHUB, "ghp_" }, { "github-pat-fine-grained", MF_ISSUER_GITHUB, "github_pat_" },
	{ "gitlab-pat", MF_ISSUER_GITLAB, "glpat-" },
	{ "vault-batch-token", MF_ISSUER_VAULT, NULL }, { "vault-service-token", MF_ISSUER_VAULT, NULL },
};

static const struct kind *kind_of(const char *rule)
{
	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (strcmp(kinds[i].kind, rule) == 0)
			return &kinds[i];
	return NULL;
}

static bool of_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* A classic token of GitHub's may be of 40 hex digits, without a beginning of its own. */
static struct mf_str token_in(struct mf_str v, const char *prefix)
{
	const char *at = prefix && v.n ? memmem(v.p, v.n, prefix, strlen(prefix)) : NULL;
	struct mf_str out = v;

	if (at)
		out = (struct mf_str){ .p = at, .n = v.n - (size_t)(at - v.p) };
	for (size_t i = 0; i < out.n; i++)
		if (!of_token(out.p[i])) {
			out.n = at ? i : 0;
			break;
		}
	return out;
}

/* -- whose it is ------------------------------------------------------------------------------------ */

static void put_host(char out[static 256], struct mf_str s)
{
	out[0] = '\0';
	if (s.n < 256)
		snprintf(out, 256, "%.*s", (int)s.n, s.n ? s.p : "");
}

/* "https://user:password@HOST/path", "https://HOST", "HOST" */
static struct mf_str host_in(struct mf_str v)
{
	const char *scheme = v.n ? memmem(v.p, v.n, "://", 3) : NULL;
	size_t n = 0;

	if (scheme) {
		v.n -= (size_t)(scheme + 3 - v.p);
		v.p = scheme + 3;
	}
	while (n < v.n && !strchr("/?#", v.p[n]))
		n++;
	v.n = n;
	for (const char *at; v.n && (at = memchr(v.p, '@', v.n));) {
		v.n -= (size_t)(at + 1 - v.p);
		v.p = at + 1;
	}
	return v;
}

/* Of what a variable holds: the server that the job's other variables name, else the public one. */
static void host_of_env(char out[static 256], const struct mf_check_asking *a, enum mf_issuer issuer, const char *name)
{
	static const char *const github[] = { "GITHUB_SERVER_URL", NULL }, *const enterprise[] = { "GH_HOST", "GITHUB_SERVER_URL", NULL };
	static const char *const gitlab[] = { "GITLAB_HOST", "CI_SERVER_URL", "CI_SERVER_HOST", NULL };
	const bool of_enterprise = name && strstr(name, "ENTERPRISE");

	for (const char *const *v = issuer == MF_ISSUER_GITLAB ? gitlab : of_enterprise ? enterprise : github; *v; v++) {
		const char *value = a->getenv(*v);

		if (value && *value) {
			put_host(out, host_in(mf_str(value)));
			return;
		}
	}
	snprintf(out, 256, "%s", issuer == MF_ISSUER_GITLAB ? "gitlab.com" : of_enterprise ? "" : "github.com");
}

/* Keys of AWS do not say of which partition they are; the job's region does. */
static void host_of_aws(char out[static 256], const struct mf_check_asking *a)
{
	const char *region = a->getenv("AWS_REGION");

	if (!region || !*region)
		region = a->getenv("AWS_DEFAULT_REGION");
	if (region && (strncmp(region, "cn-", 3) == 0 || strncmp(region, "us-gov-", 7) == 0 || strncmp(region, "us-iso", 6) == 0))
		snprintf(out, 256, "sts.%.40s.amazonaws.com%s", region, region[0] == 'c' ? ".cn" : "");
}

/* false: nothing says whose it is. */
static bool whose(struct mf_ask_record *r, const struct mf_check_asking *a, const struct mf_check_place *at, struct mf_str value)
{
	switch (r->issuer) {
	case MF_ISSUER_AWS:
		host_of_aws(r->host, a);
		return true;
	case MF_ISSUER_VAULT:
		/* one by another name may be another server's */
		return at->from == MF_CHECK_ENV ? (mf_same_text(at->name, "VAULT_TOKEN") || mf_same_text(at->name, "BAO_TOKEN") ||
			mf_same_text(at->name, "MAYFLY_VAULT_TOKEN")) :
						  mf_str_ends(mf_str(at->path), "/.vault-token");
	case MF_ISSUER_GITHUB:
	case MF_ISSUER_GITLAB:
		if (at->host.n)
			put_host(r->host, at->host);
		else if (memmem(value.p, value.n, "://", 3))
			put_host(r->host, host_in(value));
		else if (at->from == MF_CHECK_ENV)
			host_of_env(r->host, a, r->issuer, at->name);
		return r->host[0] != '\0';
	default:
		return true;
	}
}

/* -- what is sent ----------------------------------------------------------------------------------- */

/* `places` tells an access key as AWS's own tools print it. Alone its id opens nothing. */
static int aws_parts(struct mf_ask_record *r, struct mf_json *json)
{
	static const char *const members[] = { "SecretAccessKey", "AccessKeyId", "SessionToken" };

	for (size_t i = 0; i < MF_COUNT(members); i++) {
		const struct mf_jnode *n = mf_json_get_z(mf_json_root(json), members[i]);

		if (n && mf_json_type(n) == MF_J_STRING)
			r->parts[i] = mf_json_text(json, n);
	}
	return r->parts[0].n && r->parts[1].n;
}

int mf_check_ask_seen(void *ctx, const struct mf_check_item *item, const struct mf_check_place *at, struct mf_str value, struct mf_err *err)
{
	const struct mf_check_asking *a = ctx;
	const struct kind *kind = kind_of(item->rule);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err none = { 0 };
	struct mf_ask_record r = { 0 };

	if (!kind || (item->from != MF_CHECK_ENV && item->from != MF_CHECK_HOME) || (item->life.flags & (MF_LIFE_JOB_BOUND | MF_LIFE_EXPIRED)))
		return 0;
	r.issuer = kind->issuer;
	memcpy(r.fingerprint, item->fingerprint, sizeof(r.fingerprint));
	if (!whose(&r, a, at, value))
		return 0;
	if (kind->issuer != MF_ISSUER_AWS)
		r.parts[0] = token_in(value, kind->prefix);
	else if (value.n == 0 || value.p[0] != '{' || mf_json_parse(&json, value.p, value.n, &none) || !aws_parts(&r, json))
		return 0;
	return r.parts[0].n ? mf_ask_record_write(a->fd, &r, err) : 0;
}
