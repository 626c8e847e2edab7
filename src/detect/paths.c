/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that are asked of paths: those that belong to some files only, and those without an expression, which report a file as such. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "detector.h"
#include "filter_priv.h"
#include "scanner.h"

static const struct mf_regex *path_regex(const struct mf_detector *d, size_t i, struct mf_err *err)
{
	struct mf_rule_info *r = &d->rules[i];
	struct mf_regex *now = r->path;

	return now ? now : mf_detector_lazy(&r->path, r->rule->path, err);
}

/* Every match holds one of the literals, where any could be proved. */
static bool has_literal(const struct mf_re_facts *f, struct mf_str text)
{
	for (size_t i = 0; i < f->n_literals; i++)
		if (f->literal_nocase ? mf_f_find(text, f->literals[i]) != SIZE_MAX : !!memmem(text.p, text.n, f->literals[i], strlen(f->literals[i])))
			return true;
	return f->n_literals == 0;
}

/* What cannot be decided counts as a match. */
static bool matches(const struct mf_regex *re, struct mf_str text)
{
	struct mf_regex_run *run = NULL;
	struct mf_err err = { 0 };
	struct mf_re_group g[1];
	int found = 1;

	if (!has_literal(mf_regex_facts(re), text))
		return false;
	/* one for each question: they are few */
	if (mf_regex_run_new(&run, &err) == 0)
		found = mf_regex_find(re, run, text.p, text.n, 0, g, 1, &err);
	mf_regex_run_free(run);
	return found != 0;
}

static bool path_matches(const struct mf_detector *d, size_t i, const char *path)
{
	struct mf_err err = { 0 };
	const struct mf_regex *re = path_regex(d, i, &err);

	return !re || matches(re, mf_str(path));
}

static size_t index_of(const struct mf_detector *d, const struct mf_rule *rule)
{
	for (size_t i = 0; i < d->n_rules; i++)
		if (d->rules[i].rule == rule)
			return i;
	return SIZE_MAX;
}

bool mf_rule_path_ok(const struct mf_detector *d, const struct mf_rule *rule, const char *path)
{
	size_t i;

	if (!rule->path || !path)
		return true;
	i = index_of(d, rule);
	return i == SIZE_MAX || path_matches(d, i, path);
}

static bool of_paths(const struct mf_rule *rule)
{
	return !rule->regex && rule->path;
}

bool mf_detector_has_path_rules(const struct mf_detector *d)
{
	return d->any_path;
}

bool mf_path_reported(const struct mf_detector *d, const char *path)
{
	for (size_t i = 0; d->any_path && i < d->n_rules; i++)
		if (of_paths(d->rules[i].rule) && path_matches(d, i, path))
			return true;
	return false;
}

/* Where an expression looks at the last part alone, it either begins with the '/' before it, or does not. */
static bool name_may_match(const struct mf_detector *d, size_t i, struct mf_str name, struct mf_str slash)
{
	struct mf_err err = { 0 };
	const struct mf_regex *re = path_regex(d, i, &err);

	return !re || !mf_regex_facts(re)->in_name || matches(re, slash) || matches(re, name);
}

void mf_detector_name_ends(const struct mf_detector *d, unsigned char ends[32])
{
	struct mf_err err = { 0 };

	memset(ends, 0, 32);
	for (size_t i = 0; d->any_path && i < d->n_rules; i++) {
		const struct mf_regex *re = of_paths(d->rules[i].rule) ? path_regex(d, i, &err) : NULL;

		for (unsigned k = 0; k < 32 && of_paths(d->rules[i].rule); k++)
			ends[k] |= re ? mf_regex_facts(re)->last[k] : 0xff;
	}
}

enum { NAME_MAX_N = 4096 };

bool mf_name_reported(const struct mf_detector *d, struct mf_str name)
{
	char text[1 + NAME_MAX_N];

	if (!d->any_path || name.n > NAME_MAX_N)
		return d->any_path;
	text[0] = '/';
	memcpy(text + 1, name.p, name.n);
	for (size_t i = 0; i < d->n_rules; i++)
		if (of_paths(d->rules[i].rule) && name_may_match(d, i, (struct mf_str){ text + 1, name.n }, (struct mf_str){ text, name.n + 1 }))
			return true;
	return false;
}

static int push(struct mf_cands *out, const struct mf_rule *rule, const char *path, struct mf_err *err)
{
	static const char prefix[] = "file detected: ";
	struct mf_cand *c = mf_cand_push(out, err);

	if (!c)
		return -1;
	c->rule = rule;
	c->secret = mf_strdup("");
	c->text = mf_strdup("");
	c->match = mf_calloc(sizeof(prefix) + strlen(path), 1);
	if (!c->match || !c->secret || !c->text)
		return mf_fail_nomem(err);
	memcpy(c->match, prefix, sizeof(prefix) - 1);
	memcpy(c->match + sizeof(prefix) - 1, path, strlen(path));
	c->match_n = strlen(c->match);
	return 0;
}

int mf_scan_path(struct mf_scanner *s, const char *path, struct mf_cands *out, struct mf_err *err)
{
	const struct mf_detector *d = s->d;

	for (size_t i = 0; d->any_path && i < d->n_rules; i++)
		if (of_paths(d->rules[i].rule) && path_matches(d, i, path) && push(out, d->rules[i].rule, path, err))
			return -1;
	return 0;
}
