/* SPDX-License-Identifier: Apache-2.0 */
/* Allowlists in the format that gitleaks has for them, of its files and of ours. */
#include <stdio.h>
#include <strings.h>

#include "gitleaks_value.h"

static void free_regex(void *re)
{
	mf_regex_free(re);
}

/* -- expressions ----------------------------------------------------------------------------------------- */

struct place {
	const struct mf_gl_table *t;	/* NULL: one of ours, which the build has checked */
	const char *key, *label;
};

static struct mf_tpos pos_of(const struct place *p, size_t i)
{
	const struct mf_tnode *list = mf_toml_get_nocase(p->t->n, p->key);

	return mf_toml_pos(mf_toml_type(list) == MF_T_ARRAY ? mf_toml_at(list, i) : list);
}

static int parse_one(struct mf_regex **out, const struct place *p, size_t i, const char *text, struct mf_err *err)
{
	char label[200];

	if (!p->t)
		return mf_regex_new(out, mf_str(text), err);
	snprintf(label, sizeof(label), "%.150s, %s", p->label, p->key);
	return mf_rule_regex(out, p->t->file, pos_of(p, i), label, text, err);
}

static int parse(struct mf_regex ***out, size_t *n_out, struct mf_pool *pool, const char *const *texts, size_t n, const struct place *p, struct mf_err *err)
{
	struct mf_regex **list = mf_rule_pool_get(pool, (n + 1) * sizeof(struct mf_regex *));

	if (!list)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (parse_one(&list[i], p, i, texts[i], err))
			return -1;
		if (mf_rule_pool_own(pool, free_regex, list[i]))
			return mf_fail_nomem(err);
	}
	*out = list;
	*n_out = n;
	return 0;
}

static int make(struct mf_allow_src *a, struct mf_pool *pool, const struct mf_gl_table *t, const char *label, struct mf_err *err)
{
	const struct mf_allow_text *x = &a->text;
	struct mf_allowlist *l = &a->list;

	*l = (struct mf_allowlist){ .description = x->description, .all = x->all, .commits = x->commits, .n_commits = x->n_commits,
		.stopwords = x->stopwords, .n_stopwords = x->n_stopwords, .rules = x->rules, .n_rules = x->n_rules };
	l->target = x->target == 2 ? MF_TARGET_LINE : x->target == 1 ? MF_TARGET_MATCH : MF_TARGET_SECRET;
	if (parse(&l->regexes, &l->n_regexes, pool, x->regexes, x->n_regexes, &(struct place){ t, "regexes", label }, err) ||
	    parse(&l->paths, &l->n_paths, pool, x->paths, x->n_paths, &(struct place){ t, "paths", label }, err))
		return -1;
	a->made = true;
	return 0;
}

int mf_allow_make(struct mf_allow_src *a, struct mf_pool *pool, struct mf_err *err)
{
	return a->made ? 0 : make(a, pool, NULL, NULL, err);
}

/* -- reading --------------------------------------------------------------------------------------------- */

static const char *const keys[] = { "description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules" };

static int check_keys(const struct mf_gl_table *t)
{
	for (size_t i = 0; i < mf_toml_size(t->n); i++) {
		const struct mf_str key = mf_toml_key_at(t->n, i);
		size_t k = 0;

		while (k < MF_COUNT(keys) && !mf_str_is(key, keys[k]))
			k++;
		if (k < MF_COUNT(keys))
			continue;
		return mf_rule_unknown_key(t->err, t->file, mf_toml_at(t->n, i), "an allowlist", key, keys, MF_COUNT(keys));
	}
	return 0;
}

static int choice(const struct mf_gl_table *t, const char *label, const char *key, const char *const *names, size_t n, const char *want, int *out)
{
	const char *text = "";

	*out = 0;
	if (mf_gl_text(t, key, &text))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(text, names[i]) == 0) {
			*out = (int)i;
			return 0;
		}
	}
	return mf_rule_fail(t->err, t->file, mf_toml_pos(mf_toml_get_nocase(t->n, key)), "%s: '%s' is %s, not '%s'", label, key, want, text);
}

/* Ids of commits are compared without white space around them, and in lower case, as stopwords are. */
static int lower(const struct mf_gl_table *t, struct mf_gl_list *commits, struct mf_gl_list *words)
{
	const char **trimmed = mf_rule_pool_get(t->pool, (commits->n + 1) * sizeof(*trimmed));

	for (size_t i = 0; trimmed && i < commits->n; i++) {
		trimmed[i] = mf_rule_pool_str(t->pool, mf_trim(mf_str(commits->v[i])));
		if (!trimmed[i])
			return mf_fail_nomem(t->err);
	}
	commits->v = trimmed ? mf_rule_pool_lower(t->pool, trimmed, commits->n) : NULL;
	words->v = mf_rule_pool_lower(t->pool, words->v, words->n);
	return commits->v && words->v ? 0 : mf_fail_nomem(t->err);
}

static int read_text(struct mf_allow_text *a, const struct mf_gl_table *t, const char *label)
{
	static const char *const conditions[] = { "", "or", "||", "and", "&&" }, *const targets[] = { "secret", "match", "line", "" };
	struct mf_gl_list regexes = { 0 }, paths = { 0 }, commits = { 0 }, words = { 0 }, rules = { 0 };
	int condition, target;

	if (mf_gl_text(t, "description", &a->description) ||
	    choice(t, label, "condition", conditions, MF_COUNT(conditions), "OR or AND", &condition) ||
	    choice(t, label, "regexTarget", targets, MF_COUNT(targets), "secret, match or line", &target))
		return -1;
	if (mf_gl_texts(t, "regexes", &regexes) || mf_gl_texts(t, "paths", &paths) || mf_gl_texts(t, "commits", &commits) ||
	    mf_gl_texts(t, "stopwords", &words) || mf_gl_texts(t, "targetRules", &rules) || lower(t, &commits, &words))
		return -1;
	if (regexes.n + paths.n + commits.n + words.n == 0)
		return mf_rule_fail(t->err, t->file, mf_toml_pos(t->n), "%s: an allowlist holds at least one of commits, paths, regexes or stopwords", label);
	a->all = condition >= 3;
	a->target = target % 3;
	a->regexes = regexes.v, a->n_regexes = regexes.n;
	a->paths = paths.v, a->n_paths = paths.n;
	a->commits = commits.v, a->n_commits = commits.n;
	a->stopwords = words.v, a->n_stopwords = words.n;
	a->rules = rules.v, a->n_rules = rules.n;
	return 0;
}

int mf_allow_read(struct mf_allow_src **out, struct mf_pool *pool, const struct mf_allow_place *place, const struct mf_tnode *n, struct mf_err *err)
{
	const struct mf_gl_table t = { .pool = pool, .file = place->file, .n = n, .err = err };
	struct mf_allow_src *a;

	if (mf_toml_type(n) != MF_T_TABLE)
		return mf_rule_fail(err, place->file, mf_toml_pos(n), "%s: an allowlist is a table, not %s", place->label, mf_toml_type_name(mf_toml_type(n)));
	if (place->strict && check_keys(&t))
		return -1;
	a = mf_rule_pool_get(pool, sizeof(*a));
	if (!a)
		return mf_fail_nomem(err);
	if (read_text(&a->text, &t, place->label) || make(a, pool, &t, place->label, err))
		return -1;
	*out = a;
	return 0;
}
