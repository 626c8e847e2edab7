/* SPDX-License-Identifier: Apache-2.0 */
/* A hit's rules on its context. */
#include "scanner.h"

#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include "bytes.h"
#include "rules_src.h"

enum { GROUPS = 16, CROWD = 8, EACH_MAX = 1000 };

int mf_raw_push(struct mf_raw_list *l, const struct mf_raw *r, struct mf_err *err)
{
	if (mf_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err))
		return -1;
	l->v[l->n++] = *r;
	return 0;
}

struct mf_re_group mf_secret_group(const struct mf_rule *rule, const struct mf_re_group *g, size_t n)
{
	if (rule->group)
		return rule->group < n && g[rule->group].at != SIZE_MAX ? g[rule->group] : g[0];
	for (size_t i = 1; i < n; i++)
		if (g[i].at != SIZE_MAX && g[i].end > g[i].at)
			return g[i];
	return g[0];
}

bool mf_match_counts(struct mf_scanner *s, const struct mf_rule *rule, struct mf_str secret, struct mf_str match, struct mf_str line, struct mf_token_facts *facts,
		     enum mf_verdict_format *format)
{
	*facts = (struct mf_token_facts){ 0 };
	*format = MF_FORMAT_PLAUSIBLE;
	if (secret.n == 0 || (rule->entropy > 0 && mf_entropy(secret) <= rule->entropy))
		return false;
	if (rule->check)
		*format = mf_memo_check(s->memo, rule, secret, match, facts);
	if ((rule->flags & MF_RULE_NAMED) && (mf_name_denies(secret, match, line) || (!rule->check && mf_made_of_words(secret))))
		return false;
	if (facts->harmless || (!(rule->flags & MF_RULE_USER) && mf_known_example(secret)))
		return false;
	return (rule->flags & MF_RULE_USER) || *format == MF_FORMAT_VERIFIED ||
		!mf_not_a_secret(secret, match, line, (rule->flags & MF_RULE_GENERIC) != 0);
}

static bool of_label(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Where word[0, len) stands again, or `stop`. */
static const char *next_same(const char *word, size_t len, const char *p, const char *stop, bool nocase)
{
	const char *exact;

	if (!nocase) {
		exact = memmem(p, (size_t)(stop - p), word, len);
		return exact ? exact : stop;
	}
	for (; (size_t)(stop - p) >= len; p++)
		if ((*p | 0x20) == (*word | 0x20) && strncasecmp(p, word, len) == 0)
			return p;
	return stop;
}

/* Where a block ends: behind its end's text, and the rest of that word ("-----"). One that restarts is no longer than up to its keyword, of `len`
 * bytes: so that many beginnings without an end cost as much as their text. */
static size_t block_end(const struct mf_rule *rule, struct mf_str b, size_t at, size_t len)
{
	const size_t most = rule->max ? rule->max : MF_BLOCK, n = strlen(rule->end);
	size_t stop = b.n - at < most ? b.n : at + most, end;
	const char *p;

	if ((rule->flags & MF_RULE_RESTARTS) && stop - at > len)
		stop = next_same(b.p + at, len, b.p + at + len, b.p + stop, !(rule->flags & MF_RULE_CASE)) - b.p;
	p = memmem(b.p + at, stop - at, rule->end, n);
	if (!p)
		return stop;
	end = (size_t)(p - b.p) + n;
	while (end < stop && (b.p[end] == '-' || of_label(b.p[end]) || (b.p[end] == ' ' && end + 1 < stop && of_label(b.p[end + 1]))))
		end++;
	return end;
}

/* The bytes that one rule sees. */
static void bounds(const struct mf_detector *d, size_t rule, struct mf_str b, const struct mf_hit *h, size_t *lo, size_t *hi)
{
	const struct mf_rule_info *r = &d->rules[rule];

	*lo = h->at - h->lo > r->before ? h->at - r->before : h->lo;
	if ((r->rule->flags & MF_RULE_BLOCK) && r->rule->end) {
		*hi = block_end(r->rule, b, h->at, d->lits[h->lit].len);
		return;
	}
	*hi = h->hi;
	if (d->lits[h->lit].next_line && !(r->rule->flags & MF_RULE_NEXT_LINE))
		*hi = h->at + mf_find_byte(b.p + h->at, h->hi - h->at, '\n');
	if (d->lits[h->lit].block) {
		const size_t most = (size_t)d->lits[h->lit].len + d->lits[h->lit].after, stop = b.n - h->at < most ? b.n : h->at + most;

		*hi = h->at + mf_find_byte(b.p + h->at, stop - h->at, '\n');
	}
	if (*hi - h->at > (size_t)d->lits[h->lit].len + r->after)
		*hi = (size_t)h->at + d->lits[h->lit].len + r->after;
	if (*hi < b.n && *hi > h->at && b.p[*hi] == '\n' && b.p[*hi - 1] == '\r')
		--*hi;
}

/* The match that holds the hit, of those that are found from the context's start on without overlap. 1, 0, -1: not decided; -2: no memory. */
static int find_at_hit(struct mf_scanner *s, size_t rule, struct mf_str ctx, size_t from, size_t at, size_t len, struct mf_re_group *g, struct mf_err *err)
{
	const struct mf_regex *re = mf_detector_regex(s->d, rule, err);

	if (!re)
		return -2;
	while (from <= at) {
		const int found = mf_regex_find_until(re, s->run, ctx.p, ctx.n, from, at, g, GROUPS, err);

		if (found <= 0)
			return found;
		if (g[0].at > at)
			return 0;
		if (g[0].end >= at + len)
			return 1;
		from = g[0].end > from ? g[0].end : from + 1;
	}
	return 0;
}

/* Notes a match, with offsets of the context that begins at `lo`, if it counts. */
static int push_match(struct mf_scanner *s, size_t rule, struct mf_str ctx, size_t lo, const struct mf_hit *h, const struct mf_re_group *g,
		      struct mf_raw_list *raws, struct mf_err *err)
{
	const struct mf_rule *r = s->d->rules[rule].rule;
	const struct mf_re_group secret = mf_secret_group(r, g, GROUPS);
	struct mf_raw raw = { .rule = (uint16_t)rule };
	enum mf_verdict_format format;
	struct mf_token_facts facts;
	/* what a name says may stand before the keyword in it */
	size_t from = h->at - h->lo > MF_LOOK_BEFORE ? h->at - MF_LOOK_BEFORE : h->lo;
	struct mf_str line;

	from = (r->flags & MF_RULE_NAMED) && from < lo ? from : lo;
	line = (struct mf_str){ ctx.p - (lo - from), ctx.n + (lo - from) };
	if (!mf_match_counts(s, r, (struct mf_str){ ctx.p + secret.at, secret.end - secret.at }, (struct mf_str){ ctx.p + g[0].at, g[0].end - g[0].at }, line, &facts,
			     &format))
		return 0;
	raw.at = (int32_t)(lo + g[0].at) - (int32_t)h->at;
	raw.end = (int32_t)(lo + g[0].end) - (int32_t)h->at;
	raw.secret_at = (int32_t)(lo + secret.at) - (int32_t)h->at;
	raw.secret_end = (int32_t)(lo + secret.end) - (int32_t)h->at;
	return mf_raw_push(raws, &raw, err);
}

/* Each match of the rule's second expression in `span`, a part of the context. */
static int match_each(struct mf_scanner *s, size_t rule, struct mf_str ctx, size_t lo, const struct mf_hit *h, struct mf_re_group span,
		      struct mf_raw_list *raws, struct mf_err *err)
{
	const struct mf_regex *re = mf_detector_lazy(&s->d->rules[rule].each, s->d->rules[rule].rule->each, err);
	const struct mf_str part = { ctx.p, span.end };
	size_t from = span.at;

	if (!re)
		return -1;
	for (unsigned n = 0; n < EACH_MAX && from < span.end; n++) {
		struct mf_re_group g[GROUPS];
		const int found = mf_regex_find(re, s->run, part.p, part.n, from, g, GROUPS, err);

		if (found < 0)
			mf_undecided(s, s->d->rules[rule].rule->id);
		if (found <= 0)
			return 0;
		if (push_match(s, rule, ctx, lo, h, g, raws, err))
			return -1;
		from = g[0].end > from ? g[0].end : from + 1;
	}
	return 0;
}

/* Whether something that may be the value ends behind the keyword. Where no such thing does the expression need not be asked, which costs a hundred times as
 * much: names without values are common, in code as in files that are made to cost. */
static bool has_value(const struct mf_rule_value *v, struct mf_str ctx, size_t at, size_t end)
{
	const size_t stop = v->within < ctx.n - at ? at + v->within + 1 : ctx.n;
	size_t run = 0;

	for (size_t i = 0; i < stop; i++) {
		const unsigned char c = (unsigned char)ctx.p[i];

		if (run >= v->least && i + 1 >= end && !mf_rule_value_goes_on(c))
			return true;
		run = v->bytes[c / 8] & 1u << c % 8 ? run + 1 : 0;
	}
	return stop == ctx.n && run >= v->least;
}

static int match_rule(struct mf_scanner *s, size_t rule, struct mf_str b, const struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err)
{
	const struct mf_rule *r = s->d->rules[rule].rule;
	struct mf_re_group g[GROUPS];
	struct mf_str ctx;
	size_t lo, hi;
	int found;

	bounds(s->d, rule, b, h, &lo, &hi);
	if (hi < (size_t)h->at + s->d->lits[h->lit].len)
		return 0;
	ctx = (struct mf_str){ b.p + lo, hi - lo };
	if (r->value.least && !has_value(&r->value, ctx, h->at - lo, h->at - lo + s->d->lits[h->lit].len))
		return 0;
	found = find_at_hit(s, rule, ctx, 0, h->at - lo, s->d->lits[h->lit].len, g, err);
	if (found < -1)
		return -1;
	if (found < 0)
		mf_undecided(s, r->id);
	if (found <= 0)
		return 0;
	return r->each ? match_each(s, rule, ctx, lo, h, mf_secret_group(r, g, GROUPS), raws, err) : push_match(s, rule, ctx, lo, h, g, raws, err);
}

static bool rule_counts(const struct mf_scanner *s, size_t rule)
{
	const unsigned flags = s->d->rules[rule].rule->flags;

	return (!s->binary || (flags & (MF_RULE_BINARY | MF_RULE_USER))) && (s->depth == 0 || (flags & (MF_RULE_DECODE | MF_RULE_USER)));
}

/* Whether the same keyword stands right before this one many times: the context of those, which holds this one as well, is decoded for them already. */
static bool crowded(const struct mf_lit_info *l, struct mf_str b, const struct mf_hit *h)
{
	const size_t lo = h->at - h->lo > MF_BEFORE ? h->at - MF_BEFORE : h->lo;
	unsigned n = 0;

	for (size_t i = lo; i + l->len <= h->at && n < CROWD; i++)
		n += (b.p[i] | 0x20) == (b.p[h->at] | 0x20) && strncasecmp(b.p + i, b.p + h->at, l->len) == 0;
	return n == CROWD;
}

static bool speaks_for_escaped(const struct mf_scanner *s, struct mf_str b, const struct mf_hit *h)
{
	return s->depth < s->d->opts.decode_depth && mf_may_be_escaped(s->d, b, h) && !crowded(&s->d->lits[h->lit], b, h);
}

static int match_escaped(struct mf_scanner *s, struct mf_str b, struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err)
{
	struct mf_cands found = { 0 };
	struct mf_raw raw = { .how = MF_ENC_PERCENT };
	int rc = mf_escaped_cands(s, b, h, &found, err);

	if (rc == 0 && found.n)
		rc = mf_raw_push(raws, &raw, err);
	mf_cands_free(&found);
	return rc;
}

int mf_match_hit(struct mf_scanner *s, struct mf_str b, struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err)
{
	const struct mf_lit_info *l;
	const size_t before = raws->n;

	if (h->lit == MF_HIT_RUN)
		return mf_match_run(s, b, h, raws, err);
	l = &s->d->lits[h->lit];
	if (l->kind != MF_LIT_RULES) {
		if (s->depth < s->d->opts.decode_depth && mf_first_of_word(b, h->lo, h->at) && match_escaped(s, b, h, raws, err))
			return -1;
	} else {
		for (size_t i = 0; i < l->n_rules; i++)
			if (rule_counts(s, l->rules[i]) && match_rule(s, l->rules[i], b, h, raws, err))
				return -1;
		if (raws->n == before && speaks_for_escaped(s, b, h) && match_escaped(s, b, h, raws, err))
			return -1;
	}
	h->n_raws = (uint16_t)(raws->n - before);
	return 0;
}
