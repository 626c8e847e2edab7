/* SPDX-License-Identifier: Apache-2.0 */
/* What a path has to be, by the kind of reference. */
#include "ref_priv.h"

bool mf_ref_all_of(const char *s, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (!s[i] || !strchr(set, s[i]))
			return false;
	return n > 0;
}

/* No empty, "." or ".." segment: those would make another path of it on the way. */
static int check_segments(const struct mf_ref_part *p, const char *path, bool rooted, struct mf_err *err)
{
	const char *s = rooted ? path + 1 : path;

	for (;;) {
		size_t n = strcspn(s, "/");

		if (n == 0)
			return mf_ref_bad(p, p->at, err, path[0] ? "an empty path segment" : "no path");
		if ((n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return mf_ref_bad(p, p->at, err, "'.' and '..' are no path segments");
		if (!s[n])
			return 0;
		s += n + 1;
	}
}

/* VAULT/NAME, VAULT/secrets/NAME, VAULT/certificates/NAME, VAULT/keys/NAME: names as Key Vault has them. */
static int check_azure(const struct mf_ref_part *p, const char *path, struct mf_err *err)
{
	const char *slash = strchr(path, '/'), *last = strrchr(path, '/');
	const size_t kind = slash ? (size_t)(last - slash) : 0;

	if (!slash || !mf_ref_all_of(path, (size_t)(slash - path), MF_ALNUM "-.:") || path[0] == '-' || path[0] == '.')
		return mf_ref_bad(p, p->at, err, "no vault and name (azure-kv://VAULT/secrets/NAME)");
	if (kind && !(kind == 8 && memcmp(slash, "/secrets", 8) == 0) && !(kind == 13 && memcmp(slash, "/certificates", 13) == 0) &&
	    !(kind == 5 && memcmp(slash, "/keys", 5) == 0))
		return mf_ref_bad(p, p->at, err, "a vault has /secrets/NAME, /certificates/NAME and /keys/NAME; a version is written ?version=");
	if (!mf_ref_all_of(last + 1, strlen(last + 1), MF_ALNUM "-") || strlen(last + 1) > 127)
		return mf_ref_bad(p, p->at, err, "a name in a vault is of letters, digits and hyphens");
	return 0;
}

/* A name or an ARN of Secrets Manager, or how names begin, with '*' behind it. */
static int check_aws_sm(const struct mf_ref_part *p, const char *path, struct mf_err *err)
{
	const size_t n = strlen(path), star = strcspn(path, "*");

	if (star < n && (star + 1 < n || star == 0))
		return mf_ref_bad(p, p->at, err, "'*' stands at the end of a name alone, as in aws-sm://shop/*");
	if (!mf_ref_all_of(path, star, MF_ALNUM "/_+=.@-:") || n > 512)
		return mf_ref_bad(p, p->at, err, "a name in Secrets Manager is of letters, digits and /_+=.@-");
	return 0;
}

/* A name or an ARN of a parameter, or a path with all that is below: "/shop" and a "*" of its own. */
static int check_aws_ssm(const struct mf_ref_part *p, const char *path, struct mf_err *err)
{
	const size_t n = strlen(path), star = strcspn(path, "*");

	if (star < n && (star + 1 < n || star == 0 || path[star - 1] != '/' || path[0] != '/'))
		return mf_ref_bad(p, p->at, err, "'*' stands at the end of a path alone, as in aws-ssm:///shop/*");
	if (!mf_ref_all_of(path, star, MF_ALNUM "/_.-:") || n > 1024)
		return mf_ref_bad(p, p->at, err, "a parameter's name is of letters, digits and /_.-");
	return 0;
}

/* PROJECT/SECRET, or the whole name that Google's APIs have, without a version. */
static int check_gcp(const struct mf_ref_part *p, const char *path, struct mf_err *err)
{
	const char *last = strrchr(path, '/');
	const bool whole = strncmp(path, "projects/", 9) == 0;
	size_t parts = 1;

	for (const char *c = path; *c; c++)
		parts += *c == '/';
	if (whole ? !((parts == 4 && strstr(path, "/secrets/")) || (parts == 6 && strstr(path, "/locations/") && strstr(path, "/secrets/"))) : parts != 2)
		return mf_ref_bad(p, p->at, err, "no project and secret (gcp-sm://PROJECT/SECRET); a version is written ?version=");
	if (!mf_ref_all_of(path, strlen(path), MF_ALNUM "-_.:/"))
		return mf_ref_bad(p, p->at, err, "a project is of letters, digits and -.:");
	if (!mf_ref_all_of(last + 1, strlen(last + 1), MF_ALNUM "-_") || strlen(last + 1) > 255)
		return mf_ref_bad(p, p->at, err, "a secret's name is of letters, digits, hyphens and underscores");
	return 0;
}

static int check_env(const struct mf_ref_part *p, const char *path, struct mf_err *err)
{
	return path[0] && !strpbrk(path, "=/") ? 0 : mf_ref_bad(p, p->at, err, "no name of a variable");
}

static bool rooted(const struct mf_ref *ref)
{
	return (ref->scheme == MF_REF_FILE || ref->scheme == MF_REF_AWS_SSM) && ref->path[0] == '/';
}

int mf_ref_check_path(const struct mf_ref *ref, const struct mf_ref_part *p, struct mf_err *err)
{
	if (ref->scheme == MF_REF_ENV)
		return check_env(p, ref->path, err);
	if (check_segments(p, ref->path, rooted(ref), err))
		return -1;
	switch (ref->scheme) {
	case MF_REF_AZURE_KV:
		return check_azure(p, ref->path, err);
	case MF_REF_AWS_SM:
		return check_aws_sm(p, ref->path, err);
	case MF_REF_AWS_SSM:
		return check_aws_ssm(p, ref->path, err);
	case MF_REF_GCP_SM:
		return check_gcp(p, ref->path, err);
	default:
		return 0;
	}
}
