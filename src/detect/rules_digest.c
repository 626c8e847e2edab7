/* SPDX-License-Identifier: Apache-2.0 */
/* A rule as bytes for a digest: each field with its length before it, so that two different rules never give the same bytes. */
#include "rules_src.h"

static int text(struct mf_buf *out, const char *s, struct mf_err *err)
{
	return s ? mf_buf_printf(out, err, "%zu:", strlen(s)) || mf_buf_puts(out, s, err) ? -1 : 0 : mf_buf_putc(out, '-', err);
}

static int list(struct mf_buf *out, const char *const *v, size_t n, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "[%zu]", n))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (text(out, v[i], err))
			return -1;
	return 0;
}

/* Texts for the reader of a report count too: a stored result holds them. */
int mf_rule_spell(struct mf_buf *out, const struct mf_rule *r, struct mf_err *err)
{
	const char *const texts[] = { r->id, r->title, r->vendor, r->opens, r->revoke, r->source, r->check, r->lifetime, r->end, r->regex, r->each, r->path };

	if (mf_buf_puts(out, "rule", err) || list(out, texts, MF_COUNT(texts), err) || list(out, r->keywords, r->n_keywords, err) ||
	    list(out, r->aliases, r->n_aliases, err) || list(out, r->tags, r->n_tags, err))
		return -1;
	if (mf_buf_printf(out, err, "{%d %u %u %a %zu}", (int)r->severity, r->flags, r->group, r->entropy, r->max))
		return -1;
	for (size_t i = 0; i < r->n_required; i++)
		if (text(out, r->required[i].id, err) || mf_buf_printf(out, err, "(%zx %zx)", r->required[i].lines, r->required[i].columns))
			return -1;
	return 0;
}

int mf_allow_spell(struct mf_buf *out, const struct mf_allow_text *a, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "allow{%d %d}", a->all, a->target) || text(out, a->description, err))
		return -1;
	return list(out, a->regexes, a->n_regexes, err) || list(out, a->paths, a->n_paths, err) || list(out, a->commits, a->n_commits, err) ||
	       list(out, a->stopwords, a->n_stopwords, err) || list(out, a->rules, a->n_rules, err) ? -1 : 0;
}
