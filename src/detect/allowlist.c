/* SPDX-License-Identifier: Apache-2.0 */
#include "allowlist.h"

#include <strings.h>

static bool any_match(struct mf_regex *const *list, size_t n, struct mf_regex_run *run, struct mf_str text)
{
	struct mf_re_group whole;
	struct mf_err err = { 0 };

	/* gitleaks does not ask of an empty text */
	for (size_t i = 0; text.n && i < n; i++)
		if (mf_regex_find(list[i], run, text.p, text.n, 0, &whole, 1, &err) == 1)
			return true;
	return false;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* The word is in lower case. */
static bool holds(struct mf_str text, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; n && i + n <= text.n; i++) {
		size_t k = 0;

		while (k < n && lower(text.p[i + k]) == word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool any_word(const struct mf_allowlist *a, struct mf_str secret)
{
	for (size_t i = 0; secret.n && i < a->n_stopwords; i++)
		if (holds(secret, a->stopwords[i]))
			return true;
	return false;
}

static bool any_commit(const struct mf_allowlist *a, const char *commit)
{
	for (size_t i = 0; commit && i < a->n_commits; i++)
		if (strcasecmp(a->commits[i], commit) == 0)
			return true;
	return false;
}

static bool targets(const struct mf_allowlist *a, const struct mf_rule *rule)
{
	for (size_t i = 0; i < a->n_rules; i++)
		if (mf_rule_is(rule, mf_str(a->rules[i])))
			return true;
	return a->n_rules == 0;
}

bool mf_allowlist_covers(const struct mf_allowlist *a, struct mf_regex_run *run, const struct mf_rule *rule, struct mf_str secret, struct mf_str match,
			 struct mf_str line, const char *path, const char *commit)
{
	const struct mf_str text = a->target == MF_TARGET_LINE ? line : a->target == MF_TARGET_MATCH ? match : secret;

	if (!targets(a, rule))
		return false;
	/* the cheap ones first; `all` stops at the first that does not cover, `any` at the first that does */
	if (a->n_commits && any_commit(a, commit) != a->all)
		return !a->all;
	if (a->n_stopwords && any_word(a, secret) != a->all)
		return !a->all;
	if (a->n_paths && any_match(a->paths, a->n_paths, run, mf_str(path)) != a->all)
		return !a->all;
	if (a->n_regexes && any_match(a->regexes, a->n_regexes, run, text) != a->all)
		return !a->all;
	return a->all && a->n_commits + a->n_stopwords + a->n_paths + a->n_regexes > 0;
}
