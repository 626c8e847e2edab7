/* SPDX-License-Identifier: Apache-2.0 */
/* Two texts that are not the same: in which of the ways in which trusts usually go wrong. */
#include "trust_priv.h"

#include <stdio.h>

enum { PATTERN_MAX = 4096 };

bool mf_glob(struct mf_str p, struct mf_str s, bool one)
{
	size_t i = 0, k = 0, star = SIZE_MAX, at = 0;

	/* no trust has such a value, and the time is the product of both */
	if (p.n > PATTERN_MAX || s.n > MF_JWT_MAX)
		return false;
	while (k < s.n) {
		if (i < p.n && p.p[i] == '*') {
			star = i++;
			at = k;
		} else if (i < p.n && (p.p[i] == s.p[k] || (one && p.p[i] == '?'))) {
			i++;
			k++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			k = ++at;
		} else {
			return false;
		}
	}
	while (i < p.n && p.p[i] == '*')
		i++;
	return i == p.n;
}

static bool same(struct mf_str a, struct mf_str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool caseless(struct mf_str a, struct mf_str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

bool mf_match(enum mf_match how, struct mf_str wants, struct mf_str has, bool one)
{
	switch (how) {
	case MF_MATCH_GLOB:
		return mf_glob(wants, has, one);
	case MF_MATCH_CASELESS:
		return caseless(wants, has);
	default:
		return same(wants, has);
	}
}

static struct mf_str without_slash(struct mf_str s)
{
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

static struct mf_str after(struct mf_str s, const char *prefix)
{
	const size_t n = strlen(prefix);

	return mf_str_begins(s, prefix) ? (struct mf_str){ s.p + n, s.n - n } : s;
}

/* "repo:o@1/r@2:ref:x" as "repo:o/r:ref:x". The ids are digits behind '@' up to '/' or ':'. */
static struct mf_str without_ids(char *buffer, size_t size, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < size; i++) {
		size_t end = i + 1;

		while (s.p[i] == '@' && end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
			end++;
		if (end > i + 1 && (end == s.n || s.p[end] == '/' || s.p[end] == ':')) {
			i = end - 1;
			continue;
		}
		buffer[n++] = s.p[i];
	}
	return (struct mf_str){ buffer, n };
}

static bool holds(struct mf_str s, const char *part)
{
	return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* What a subject is of, by its words. */
static const char *subject_kind(struct mf_str sub)
{
	static const struct {
		const char *part, *name;
	} kinds[] = {
		{ ":environment:", "an environment" }, { ":pull_request", "a pull request" }, { ":ref:refs/tags/", "a tag" }, { ":ref:refs/heads/", "a branch" },
		{ ":ref_type:tag:", "a tag" }, { ":ref_type:branch:", "a branch" }, { ":job_workflow_ref:", "a reusable workflow" },
	};

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (holds(sub, kinds[i].part))
			return kinds[i].name;
	return NULL;
}

static void why_subject(char out[static MF_DIFF_WHY], enum mf_match how, struct mf_str wants, struct mf_str has)
{
	char a[2048], b[2048];
	const struct mf_str w = without_ids(a, sizeof(a), wants), h = without_ids(b, sizeof(b), has);
	const char *wk = subject_kind(wants), *hk = subject_kind(has);

	if (h.n != has.n && mf_match(how, wants, h, true))
		snprintf(out, MF_DIFF_WHY, "the token has the subject with ids (repositories that were made, renamed or moved since 2026-07-15 do), the trust the one without");
	else if (w.n != wants.n && mf_match(how, w, has, true))
		snprintf(out, MF_DIFF_WHY, "the trust has the subject with ids, and this repository's tokens have none");
	else if (wk && hk && strcmp(wk, hk) != 0)
		snprintf(out, MF_DIFF_WHY, "the trust is for %s, and this job's subject is of %s%s", wk, hk,
			 strcmp(hk, "an environment") == 0 ? ": a job with `environment:` has it in the place of the ref" : "");
}

/* Whose audience it is that the token was asked for. */
static void why_audience(char out[static MF_DIFF_WHY], struct mf_str has)
{
	static const struct {
		const char *begins, *whose;
	} known[] = {
		{ "sts.amazonaws.com", "the one for AWS" }, { "api://AzureADTokenExchange", "the one for Azure" }, { "https://iam.googleapis.com/", "the one for Google Cloud" },
		{ "https://github.com/", "GitHub's own, where none is asked for" }, { "pypi", "the one for PyPI" }, { "npm:", "the one for npm" }, { "sigstore", "the one for Sigstore" },
	};

	for (size_t i = 0; i < MF_COUNT(known); i++)
		if (mf_str_begins(has, known[i].begins)) {
			snprintf(out, MF_DIFF_WHY, "the token's audience is %s: ask for a token with the audience that the trust wants, or let the trust take this one", known[i].whose);
			return;
		}
	snprintf(out, MF_DIFF_WHY, "ask for a token with the audience that the trust wants, or let the trust take this one");
}

void mf_why(char out[static MF_DIFF_WHY], bool *dead, struct mf_str claim, enum mf_match how, struct mf_str wants, struct mf_str has)
{
	const struct mf_str w = mf_trim(wants), slash = without_slash(wants), own = without_slash(has);

	out[0] = '\0';
	*dead = false;
	if (w.n != wants.n && mf_match(how, w, has, true)) {
		snprintf(out, MF_DIFF_WHY, "white space around the value in the trust");
		*dead = true;
	} else if (caseless(wants, has)) {
		snprintf(out, MF_DIFF_WHY, "only the case of letters differs: values are compared letter by letter");
		*dead = true;
	} else if (same(slash, own)) {
		snprintf(out, MF_DIFF_WHY, "only a slash at the end differs");
		*dead = true;
	} else if (same(without_slash(after(wants, "https://")), without_slash(after(has, "https://")))) {
		snprintf(out, MF_DIFF_WHY, "only https:// at the beginning differs");
		*dead = true;
	} else if (how != MF_MATCH_GLOB && (memchr(wants.p, '*', wants.n) || memchr(wants.p, '?', wants.n)) && mf_glob(wants, has, true)) {
		snprintf(out, MF_DIFF_WHY, "the value has a wildcard, and is compared letter by letter here (AWS knows wildcards in StringLike, Vault with bound_claims_type glob)");
		*dead = true;
	} else if (mf_str_is(claim, "aud")) {
		why_audience(out, has);
	} else if (mf_str_is(claim, "sub")) {
		why_subject(out, how, wants, has);
	} else if (mf_str_is(claim, "iss") && mf_str_begins(wants, "https://token.actions.githubusercontent.com") && mf_str_begins(has, "https://token.actions.githubusercontent.com")) {
		snprintf(out, MF_DIFF_WHY, "an enterprise of GitHub may have an issuer of its own, with its name behind the host: one of both has it");
	}
}

void mf_why_add(char all[static MF_DIFF_WHY], const char *why, const struct mf_values *wants, size_t i)
{
	const size_t n = strlen(all);
	char value[80];

	if (!why[0] || strstr(all, why))
		return;
	mf_diff_put(value, sizeof(value), wants->v[i]);
	if (wants->n == 1)
		snprintf(all, MF_DIFF_WHY, "%s", why);
	else if (n + strlen(why) + strlen(value) + 8 < MF_DIFF_WHY)
		snprintf(all + n, MF_DIFF_WHY - n, "%s'%s': %s", n ? "; " : "", value, why);
}
