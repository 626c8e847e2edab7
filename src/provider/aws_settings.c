/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS's login is told, checked before anything is asked of anybody. Limits: IAM user guide, "IAM and STS quotas". */
#include "aws_read.h"

#include <stdio.h>
#include <mayfly/clock.h>

enum { SHORTEST = 900, LONGEST = 43200, LONGEST_CHAINED = 3600, POLICY_MAX = 2048, POLICIES_MAX = 10, TAG_KEY = 128, TAG_VALUE = 256 };

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define NAME_CHARS ALNUM "_+=,.@-"

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

static int wrong(const struct mf_conf *conf, enum mf_key k, const char *what, const char *hint, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_CONFIG, "%s: %s", mf_conf_origin(conf, k), what);
	if (hint)
		mf_err_hint(err, "%s", hint);
	return -1;
}

/* -- roles ------------------------------------------------------------------------------------------- */

static int check_role(const struct mf_conf *conf, enum mf_key k, const char *arn, const char *region, struct mf_err *err)
{
	const char *own = mf_aws_partition_of(region)->name;
	struct mf_aws_role role;

	if (!mf_aws_role_of(&role, arn))
		return wrong(conf, k, "this is no ARN of a role", "it is as in arn:aws:iam::123456789012:role/deploy (IAM: Roles, the role, ARN)", err);
	if (mf_str_is(role.partition, own))
		return 0;
	mf_fail(err, MF_E_AWS_CONFIG, "%s: the role is of another partition than the region", mf_conf_origin(conf, k));
	mf_err_why(err, "the role's ARN has '%.*s', and region '%s' is of '%s'", (int)role.partition.n, role.partition.p, region, own);
	mf_err_hint(err, "look at aws.region: cn-... is China, us-gov-... GovCloud, all else is 'aws'");
	return -1;
}

/* A role of the account that the keys are of. */
static bool plain_role(const struct mf_conf *conf, const char *name)
{
	const size_t n = strlen(name);

	return (mf_aws_source(conf) == MF_AWS_ENVIRONMENT || mf_aws_machine(conf)) && n > 0 && n <= 576 && strspn(name, NAME_CHARS "/") == n && name[0] != '/' && name[n - 1] != '/';
}

static int check_roles(const struct mf_conf *conf, const char *region, struct mf_err *err)
{
	const char *role = text(conf, MF_K_AWS_ROLE);
	size_t n;
	const char *const *chain = mf_conf_list(conf, MF_K_AWS_CHAIN, &n);

	if (!role && mf_aws_source(conf) != MF_AWS_ENVIRONMENT && !mf_aws_machine(conf)) {
		mf_fail(err, MF_E_AWS_CONFIG, "no role to log in as: 'aws.role' is not set");
		mf_err_hint(err, "set it in .mayfly.yml; it is no secret:");
		mf_err_advice(err, "aws:\n  role: arn:aws:iam::123456789012:role/deploy\n  region: %s\n", region);
		return -1;
	}
	if (role && !plain_role(conf, role) && check_role(conf, MF_K_AWS_ROLE, role, region, err))
		return -1;
	if (n > MF_AWS_CHAIN)
		return wrong(conf, MF_K_AWS_CHAIN, "more than eight roles in a chain", NULL, err);
	for (size_t i = 0; i < n; i++)
		if (check_role(conf, MF_K_AWS_CHAIN, chain[i], region, err))
			return -1;
	return 0;
}

static int check_region(const struct mf_conf *conf, struct mf_err *err)
{
	const char *region = text(conf, MF_K_AWS_REGION);

	if (!region) {
		mf_fail(err, MF_E_AWS_CONFIG, "no region to log in at: 'aws.region' is not set");
		mf_err_hint(err, "set it in .mayfly.yml:  aws: { region: eu-west-1 }");
		return -1;
	}
	return mf_aws_region_ok(region) ? 0 : wrong(conf, MF_K_AWS_REGION, "this is no region", "it is as in eu-west-1", err);
}

static int check_source(const struct mf_conf *conf, struct mf_err *err)
{
	switch (mf_aws_source(conf)) {
	case MF_AWS_FILE:
		if (text(conf, MF_K_AWS_WEB_IDENTITY_FILE))
			return 0;
		mf_fail(err, MF_E_AWS_CONFIG, "the source is 'file', and no file is named");
		mf_err_hint(err, "set AWS_WEB_IDENTITY_TOKEN_FILE, as EKS does, or --aws-web-identity-token-file");
		return -1;
	case MF_AWS_ENVIRONMENT:
		if (mf_conf_secret(conf, MF_K_AWS_KEY_ID) && mf_conf_secret(conf, MF_K_AWS_SECRET_KEY))
			return 0;
		mf_fail(err, MF_E_AWS_CONFIG, "the source is 'environment', and the job has no AWS keys");
		mf_err_why(err, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
		mf_err_hint(err, "drop aws.source to log in by the job's identity");
		return -1;
	case MF_AWS_CONTAINER:
	case MF_AWS_INSTANCE:
		return mf_aws_machine_check(conf, err);
	default:
		return 0;
	}
}

/* -- the session ------------------------------------------------------------------------------------- */

static int check_name(const struct mf_conf *conf, enum mf_key k, const char *what, size_t most, const char *extra, struct mf_err *err)
{
	const char *s = text(conf, k);
	const size_t n = s ? strlen(s) : 0;
	char why[160];

	for (size_t i = 0; i < n; i++)
		if (!strchr(NAME_CHARS, s[i]) && !strchr(extra, s[i])) {
			snprintf(why, sizeof(why), "%s has letters, digits and _+=,.@-%s only", what, extra);
			return wrong(conf, k, why, NULL, err);
		}
	if (!s || (n >= 2 && n <= most))
		return 0;
	snprintf(why, sizeof(why), "%s has 2 to %zu characters", what, most);
	return wrong(conf, k, why, NULL, err);
}

static int check_duration(const struct mf_conf *conf, struct mf_err *err)
{
	const int64_t life = mf_conf_int(conf, MF_K_AWS_DURATION);
	const bool chained = mf_aws_source(conf) == MF_AWS_ENVIRONMENT || mf_conf_is_set(conf, MF_K_AWS_CHAIN);
	size_t n;

	mf_conf_list(conf, MF_K_AWS_CHAIN, &n);
	if (life < SHORTEST || life > LONGEST)
		return wrong(conf, MF_K_AWS_DURATION, "a session of AWS lives for 15 minutes to 12 hours", NULL, err);
	if (life > LONGEST_CHAINED && chained && (n || mf_conf_secret(conf, MF_K_AWS_SESSION_TOKEN)))
		return wrong(conf, MF_K_AWS_DURATION, "a session that is taken on from another one lives for an hour at most", "set 'aws.duration: 1h' or less", err);
	return 0;
}

static int check_policies(const struct mf_conf *conf, struct mf_err *err)
{
	const char *policy = text(conf, MF_K_AWS_SESSION_POLICY);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	size_t n;
	const char *const *arns = mf_conf_list(conf, MF_K_AWS_SESSION_POLICIES, &n);

	if (policy && strlen(policy) > POLICY_MAX)
		return wrong(conf, MF_K_AWS_SESSION_POLICY, "a session policy has 2048 characters at most", NULL, err);
	if (policy && mf_json_parse(&json, policy, strlen(policy), err)) {
		mf_err_wrap(err, "%s", mf_conf_origin(conf, MF_K_AWS_SESSION_POLICY));
		return -1;
	}
	if (json && mf_json_type(mf_json_root(json)) != MF_J_OBJECT)
		return wrong(conf, MF_K_AWS_SESSION_POLICY, "a policy is a JSON object", NULL, err);
	if (n > POLICIES_MAX)
		return wrong(conf, MF_K_AWS_SESSION_POLICIES, "a session has ten managed policies at most", NULL, err);
	for (size_t i = 0; i < n; i++)
		if (strncmp(arns[i], "arn:aws", 7) != 0 || !strstr(arns[i], ":policy/"))
			return wrong(conf, MF_K_AWS_SESSION_POLICIES, "this is no ARN of a policy", "it is as in arn:aws:iam::aws:policy/ReadOnlyAccess", err);
	return 0;
}

/* -- tags -------------------------------------------------------------------------------------------- */

static size_t characters(struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* Letters of all languages are admitted: those are not looked at closer here. */
static bool tag_chars(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x80 && (!s.p[i] || !strchr(ALNUM " _.:/=+-@", s.p[i])))
			return false;
	return true;
}

static int tags_of(struct mf_aws_tag *out, size_t *n, const struct mf_conf *conf, enum mf_key k, struct mf_err *err)
{
	size_t m;
	const char *const *list = mf_conf_list(conf, k, &m);

	for (size_t i = 0; i < m; i++) {
		const char *eq = strchr(list[i], '=');
		const struct mf_aws_tag tag = {
			.key = { list[i], eq ? (size_t)(eq - list[i]) : 0 }, .value = mf_str(eq ? eq + 1 : ""), .optional = k == MF_K_AWS_OPTIONAL_TAGS,
		};

		if (!tag.key.n)
			return wrong(conf, k, "this is no tag", "it is written KEY=VALUE", err);
		if (!tag_chars(tag.key) || !tag_chars(tag.value))
			return wrong(conf, k, "a tag has letters, digits, blanks and _.:/=+-@ only", NULL, err);
		if (characters(tag.key) > TAG_KEY || characters(tag.value) > TAG_VALUE)
			return wrong(conf, k, "a tag's key has 128 characters at most, its value 256", NULL, err);
		if (*n == MF_AWS_TAGS)
			return wrong(conf, k, "a session has 50 tags at most", NULL, err);
		for (size_t j = 0; j < *n; j++)
			if (out[j].key.n == tag.key.n && strncasecmp(out[j].key.p, tag.key.p, tag.key.n) == 0)
				return wrong(conf, k, "two tags have the same key (upper and lower case are one to AWS)", NULL, err);
		out[(*n)++] = tag;
	}
	return 0;
}

int mf_aws_tags(struct mf_aws_tag out[static MF_AWS_TAGS], size_t *n, const struct mf_conf *conf, struct mf_err *err)
{
	*n = 0;
	return tags_of(out, n, conf, MF_K_AWS_SESSION_TAGS, err) || tags_of(out, n, conf, MF_K_AWS_OPTIONAL_TAGS, err) ? -1 : 0;
}

/* STS takes them with AssumeRole alone: a token brings its own. */
static int check_tags(const struct mf_conf *conf, struct mf_err *err)
{
	static const enum mf_key chained[] = { MF_K_AWS_SESSION_TAGS, MF_K_AWS_OPTIONAL_TAGS, MF_K_AWS_TRANSITIVE_TAGS, MF_K_AWS_EXTERNAL_ID, MF_K_AWS_SOURCE_IDENTITY };
	const bool assumes = mf_conf_is_set(conf, MF_K_AWS_CHAIN) || (mf_aws_source(conf) == MF_AWS_ENVIRONMENT && text(conf, MF_K_AWS_ROLE));
	struct mf_aws_tag tags[MF_AWS_TAGS];
	size_t n;

	for (size_t i = 0; !assumes && i < MF_COUNT(chained); i++)
		if (mf_conf_is_set(conf, chained[i]))
			return wrong(conf, chained[i], "AWS takes this with a role that is taken on from another one, and not with an identity token",
				     "put the role that wants it into aws.chain, or leave it out", err);
	return mf_aws_tags(tags, &n, conf, err);
}

static int check_accounts(const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *ids = mf_conf_list(conf, MF_K_AWS_ACCOUNT_IDS, &n);

	for (size_t i = 0; i < n; i++)
		if (strlen(ids[i]) != 12 || strspn(ids[i], "0123456789") != 12)
			return wrong(conf, MF_K_AWS_ACCOUNT_IDS, "this is no account's id: it has twelve digits", "in YAML write it in quotes: a leading zero is lost else", err);
	return 0;
}

int mf_aws_check(const struct mf_conf *conf, struct mf_err *err)
{
	if (check_region(conf, err) || check_source(conf, err) || check_roles(conf, text(conf, MF_K_AWS_REGION), err) || check_duration(conf, err) ||
	    check_name(conf, MF_K_AWS_SESSION_NAME, "a session's name", 64, "", err) ||
	    check_name(conf, MF_K_AWS_SOURCE_IDENTITY, "a source identity", 64, "", err) ||
	    check_name(conf, MF_K_AWS_PROFILE, "a profile's name", 64, "/:", err) || check_name(conf, MF_K_AWS_EXTERNAL_ID, "an external id", 1224, ":/", err))
		return -1;
	return check_policies(conf, err) || check_tags(conf, err) || check_accounts(conf, err) || mf_aws_check_refs(conf, err) ? -1 : 0;
}

/* -- the session's name ------------------------------------------------------------------------------ */

static struct mf_str first_claim(const struct mf_claims *claims, const char *const *names)
{
	for (; *names; names++) {
		const struct mf_str s = mf_claim(claims, *names);

		if (s.n)
			return s;
	}
	return (struct mf_str){ 0 };
}

static size_t put_name(char *out, size_t room, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < room; i++)
		out[n++] = s.p[i] && strchr(ALNUM "_.-", s.p[i]) ? s.p[i] : '-';
	return n;
}

void mf_aws_session_name(char out[static MF_AWS_SESSION], const struct mf_conf *conf, const struct mf_claims *claims)
{
	static const char *const projects[] = { "repository", "project_path", NULL }, *const runs[] = { "run_id", "job_id", NULL };
	const char *own = text(conf, MF_K_AWS_SESSION_NAME);
	const struct mf_str project = claims ? first_claim(claims, projects) : (struct mf_str){ 0 }, run = claims ? first_claim(claims, runs) : (struct mf_str){ 0 };
	const size_t tail = run.n > 0 && run.n <= 20 ? run.n + 1 : 0;
	size_t n;

	snprintf(out, MF_AWS_SESSION, "%s", own ? own : "mayfly");
	if (own || project.n == 0)
		return;
	n = put_name(out, MF_AWS_SESSION - 1 - tail, project);
	if (tail) {
		out[n++] = '@';
		n += put_name(out + n, MF_AWS_SESSION - 1 - n, run);
	}
	out[n] = '\0';
	if (n < 2)
		snprintf(out, MF_AWS_SESSION, "mayfly");
}
