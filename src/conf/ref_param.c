/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a reference: ?version=3&region=eu-west-1. */
#include "ref_priv.h"

#include <stdio.h>
#include <mayfly/alloc.h>

#define BIT(s) (1u << (s))

/* What a server counts from 1. */
static const char *bad_number(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, "0123456789") && n <= 18 && s[0] != '0' ? NULL : "a version is a whole number from 1";
}

static const char *bad_azure_version(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, MF_ALNUM) && n <= 64 ? NULL : "a version is of letters and digits";
}

static const char *bad_sm_version(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, MF_ALNUM "-") && n >= 32 && n <= 64 ? NULL : "a version of Secrets Manager is an id of 32 to 64 letters, digits and hyphens; a label is ?stage=";
}

/* A number, "latest", or an alias. */
static const char *bad_gcp_version(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, MF_ALNUM "-_") && n <= 63 ? NULL : "a version is a number, 'latest', or an alias";
}

static const char *bad_stage(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, MF_ALNUM "/_+=.@-") && n <= 256 ? NULL : "a stage is of letters, digits and /_+=.@-";
}

static const char *bad_region(const char *s, size_t n)
{
	return mf_ref_all_of(s, n, "abcdefghijklmnopqrstuvwxyz0123456789-") && n < 40 ? NULL : "this is no region";
}

static const struct parameter {
	const char *name;
	unsigned schemes;
	size_t at;		/* its member of struct mf_ref */
	const char *(*bad)(const char *s, size_t n);
} parameters[] = {
	{ "version", BIT(MF_REF_VAULT) | BIT(MF_REF_AWS_SSM), offsetof(struct mf_ref, version), bad_number },
	{ "version", BIT(MF_REF_AZURE_KV), offsetof(struct mf_ref, version), bad_azure_version },
	{ "version", BIT(MF_REF_AWS_SM), offsetof(struct mf_ref, version), bad_sm_version },
	{ "version", BIT(MF_REF_GCP_SM), offsetof(struct mf_ref, version), bad_gcp_version },
	{ "stage", BIT(MF_REF_AWS_SM) | BIT(MF_REF_AWS_SSM), offsetof(struct mf_ref, stage), bad_stage },
	{ "region", BIT(MF_REF_AWS_SM) | BIT(MF_REF_AWS_SSM) | BIT(MF_REF_GCP_SM), offsetof(struct mf_ref, region), bad_region },
};

static char **member(struct mf_ref *ref, const struct parameter *k)
{
	return (char **)(void *)((char *)ref + k->at);
}

static const char *member_of(const struct mf_ref *ref, const struct parameter *k)
{
	return *(char *const *)(const void *)((const char *)ref + k->at);
}

static int unknown_parameter(const struct mf_ref *ref, const struct mf_ref_part *p, struct mf_err *err)
{
	char why[128] = "unknown parameter; there is", *at = why + strlen(why);
	bool any = false;

	for (size_t i = 0; i < MF_COUNT(parameters); i++)
		if (parameters[i].schemes & BIT(ref->scheme)) {
			at += snprintf(at, sizeof(why) - (size_t)(at - why), "%s '%s'", any ? "," : "", parameters[i].name);
			any = true;
		}
	return any ? mf_ref_bad(p, p->at, err, why) : mf_ref_bad(p, p->at - 1, err, "this kind of reference has no parameters (write %3F for a question mark)");
}

/* name=value */
static int read_parameter(struct mf_ref *out, const struct mf_ref_part *p, struct mf_err *err)
{
	const struct mf_str s = { p->text.p + p->at, p->end - p->at };
	const char *eq = s.n ? memchr(s.p, '=', s.n) : NULL, *why;
	const size_t n = eq ? (size_t)(eq - s.p) : 0;

	for (size_t i = 0; i < MF_COUNT(parameters); i++) {
		const struct parameter *k = &parameters[i];

		if (!(k->schemes & BIT(out->scheme)) || !mf_str_is((struct mf_str){ s.p, n }, k->name))
			continue;
		if (*member(out, k))
			return mf_ref_bad(p, p->at, err, "this parameter is there twice");
		why = k->bad(s.p + n + 1, s.n - n - 1);
		if (why)
			return mf_ref_bad(p, p->at + n + 1, err, why);
		*member(out, k) = mf_strndup(s.p + n + 1, s.n - n - 1);
		return *member(out, k) ? 0 : mf_fail_nomem(err);
	}
	return unknown_parameter(out, p, err);
}

size_t mf_ref_find(struct mf_str t, size_t from, size_t to, char c)
{
	const char *hit = from < to ? memchr(t.p + from, c, to - from) : NULL;

	return hit ? (size_t)(hit - t.p) : to;
}

int mf_ref_read_query(struct mf_ref *out, const struct mf_ref_part *p, struct mf_err *err)
{
	struct mf_ref_part one = *p;

	for (;;) {
		one.end = mf_ref_find(p->text, one.at, p->end, '&');
		if (read_parameter(out, &one, err))
			return -1;
		if (one.end == p->end)
			break;
		one.at = one.end + 1;
	}
	if (out->scheme == MF_REF_AWS_SSM && out->version && out->stage)
		return mf_ref_bad(p, p->at, err, "a parameter is read by version or by label, not by both");
	if ((out->version || out->stage) && strchr(out->path, '*') && out->scheme != MF_REF_VAULT)
		return mf_ref_bad(p, p->at, err, "'*' takes what is current: it has neither version nor stage");
	return 0;
}

int mf_ref_set_version(struct mf_ref *ref, struct mf_str version, char *why, size_t size, struct mf_err *err)
{
	why[0] = '\0';
	for (size_t i = 0; i < MF_COUNT(parameters); i++) {
		const struct parameter *k = &parameters[i];
		const char *bad;

		if (!(k->schemes & BIT(ref->scheme)) || k->at != offsetof(struct mf_ref, version))
			continue;
		bad = k->bad(version.p, version.n);
		if (bad) {
			snprintf(why, size, "has a version that is none: %s", bad);
			return -1;
		}
		ref->version = mf_strndup(version.p, version.n);
		return ref->version ? 0 : mf_fail_nomem(err);
	}
	snprintf(why, size, "has a version, but references of its kind have none");
	return -1;
}

int mf_ref_print_parameters(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err)
{
	char before = '?';

	for (size_t i = 0; i < MF_COUNT(parameters); i++) {
		const char *value = parameters[i].schemes & BIT(ref->scheme) ? member_of(ref, &parameters[i]) : NULL;

		if (value && mf_buf_printf(out, err, "%c%s=%s", before, parameters[i].name, value))
			return -1;
		before = value ? '&' : before;
	}
	return 0;
}

