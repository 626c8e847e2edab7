/* SPDX-License-Identifier: Apache-2.0 */
/* Rules -> literals, each once, with the rules that it leads to. */
#include "detector.h"

#include <stdlib.h>

#include <mayfly/alloc.h>

/* One keyword of one rule. */
struct pair {
	struct mf_literal lit;
	uint16_t rule, number;	/* number: of the literal that it becomes */
};

enum { ESCAPES = 3 };

struct pairs {
	struct pair *v;
	size_t n, cap;
};

/* Before a match stands what \b looks at, and for the filters of generic rules the rest of the name that the value is given to. */
#define NAME_BEFORE 40
#define ESCAPE_BEFORE 6	/* \u003d, which may be such a boundary */

static int add_pair(struct pairs *s, const char *p, size_t n, bool nocase, size_t rule, struct mf_err *err)
{
	if (mf_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), err))
		return -1;
	s->v[s->n++] = (struct pair){ .lit = { p, (unsigned)n, nocase }, .rule = (uint16_t)rule };
	return 0;
}

/* A user's keyword may be too short to be looked for: then the rule is tried on everything. One that is too long is looked for by its beginning. */
static int add_rule(struct mf_detector *d, struct pairs *s, size_t i, struct mf_err *err)
{
	struct mf_rule_info *r = &d->rules[i];
	const struct mf_rule *rule = r->rule;
	const bool nocase = !(rule->flags & MF_RULE_CASE);

	r->local = !(rule->flags & MF_RULE_USER) && rule->n_required == 0 && rule->n_keywords;
	r->before = (uint32_t)(rule->before < 4096 ? rule->before : 4096) + (rule->flags & MF_RULE_GENERIC ? NAME_BEFORE : ESCAPE_BEFORE);
	r->after = (uint32_t)(rule->max ? rule->max : MF_AFTER);
	d->any_path = d->any_path || (!rule->regex && rule->path);
	if (!rule->regex)
		return 0;
	r->always = !r->local && rule->n_keywords == 0;
	for (size_t k = 0; k < rule->n_keywords; k++)
		r->always = r->always || strlen(rule->keywords[k]) < MF_LIT_MIN;
	d->any_whole = d->any_whole || !r->local;
	for (size_t k = 0; k < rule->n_keywords && !r->always; k++) {
		const size_t n = strlen(rule->keywords[k]);

		if (add_pair(s, rule->keywords[k], n < MF_LIT_LOOK ? n : MF_LIT_LOOK, nocase || !r->local, i, err))
			return -1;
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	const unsigned n = x->lit.n < y->lit.n ? x->lit.n : y->lit.n;
	int order = 0;

	for (unsigned i = 0; i < n && order == 0; i++) {
		const unsigned char p = (unsigned char)x->lit.p[i], q = (unsigned char)y->lit.p[i];
		const bool up = p >= 'A' && p <= 'Z', uq = q >= 'A' && q <= 'Z';

		order = (x->lit.nocase && up ? p | 0x20 : p) - (y->lit.nocase && uq ? q | 0x20 : q);
	}
	if (order == 0)
		order = (x->lit.n > y->lit.n) - (x->lit.n < y->lit.n);
	if (order == 0)
		order = x->lit.nocase - y->lit.nocase;
	return order;
}

static int by_text_and_rule(const void *a, const void *b)
{
	const int order = by_text(a, b);
	const struct pair *x = a, *y = b;

	return order ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static void widen(struct mf_lit_info *l, const struct mf_rule_info *r)
{
	const uint32_t before = (r->rule->flags & MF_RULE_NAMED) && r->before < MF_LOOK_BEFORE ? MF_LOOK_BEFORE : r->before;

	if (before > l->before)
		l->before = before;
	l->next_line = l->next_line || (r->rule->flags & MF_RULE_NEXT_LINE);
	l->decode = l->decode || (r->rule->flags & MF_RULE_DECODE);
	if ((r->rule->flags & MF_RULE_BLOCK) && r->rule->end) {
		const uint32_t most = (uint32_t)(r->rule->max ? r->rule->max : MF_BLOCK);

		l->block = most > l->block ? most : l->block;
	} else if (r->after > l->after) {
		l->after = r->after;
	}
}

/* The other way round: of each rule that is matched whole its literals, of which n_lits is the number already. */
static void list_whole(struct mf_detector *d, const struct pairs *s, size_t at)
{
	for (size_t r = 0; r < d->n_rules; r++) {
		d->rules[r].lits = d->lists + at;
		at += d->rules[r].n_lits;
		d->rules[r].n_lits = 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct mf_rule_info *r = &d->rules[s->v[i].rule];

		if (!r->local)
			d->lists[(size_t)(r->lits - d->lists) + r->n_lits++] = s->v[i].number;
	}
}

/* A letter that is escaped for no reason but to hide it. They are found beside the rules' literals, see mf_encoded_find(). */
static void add_escapes(struct mf_detector *d)
{
	static const uint8_t lens[ESCAPES] = { 3, 3, 4 };
	uint16_t *const numbers[ESCAPES] = { &d->lit_percent, &d->lit_x, &d->lit_u };

	for (size_t i = 0; i < ESCAPES; i++) {
		*numbers[i] = (uint16_t)d->n_lits;
		d->lits[d->n_lits++] = (struct mf_lit_info){ .kind = MF_LIT_ESCAPE, .len = lens[i] };
	}
}

/* Pairs with one text become one literal. */
static int join(struct mf_detector *d, struct pairs *s, struct mf_err *err)
{
	struct mf_literal *lits = mf_calloc(s->n + 1, sizeof(*lits));
	size_t at = 0;
	int rc;

	d->lits = mf_calloc(s->n + ESCAPES, sizeof(*d->lits));
	d->lists = mf_calloc(2 * s->n + 1, sizeof(*d->lists));
	if (!lits || !d->lits || !d->lists) {
		free(lits);
		return mf_fail_nomem(err);
	}
	qsort(s->v, s->n, sizeof(*s->v), by_text_and_rule);
	for (size_t i = 0; i < s->n; i++) {
		struct pair *p = &s->v[i];
		const bool again = i && by_text(&s->v[i - 1], p) == 0;
		struct mf_lit_info *l = &d->lits[again ? d->n_lits - 1 : d->n_lits];

		if (!again) {
			lits[d->n_lits++] = p->lit;
			*l = (struct mf_lit_info){ .rules = d->lists + at, .len = (uint8_t)p->lit.n };
		}
		p->number = (uint16_t)(d->n_lits - 1);
		if (!d->rules[p->rule].local) {
			l->whole = true;
			d->rules[p->rule].n_lits++;
			continue;
		}
		if (again && l->n_rules && l->rules[l->n_rules - 1] == p->rule)
			continue;
		d->lists[at++] = p->rule;
		l->n_rules++;
		widen(l, &d->rules[p->rule]);
	}
	list_whole(d, s, at);
	rc = mf_prefilter_new(&d->prefilter, lits, d->n_lits, err);
	d->longest = rc ? 0 : mf_prefilter_longest(d->prefilter);
	add_escapes(d);
	free(lits);
	return rc;
}

int mf_detector_new(struct mf_detector **out, const struct mf_ruleset *set, const struct mf_scan_opts *opts, struct mf_err *err)
{
	struct mf_detector *d = mf_calloc(1, sizeof(*d));
	struct pairs s = { 0 };
	int rc = 0;

	if (!d)
		return mf_fail_nomem(err);
	d->set = set;
	d->opts = *opts;
	d->n_rules = set->n_rules;
	d->rules = mf_calloc(set->n_rules + 1, sizeof(*d->rules));
	if (!d->rules || set->n_rules > 60000)
		rc = d->rules ? mf_fail(err, MF_E_RULE_CONFIG, "too many rules: %zu", set->n_rules) : mf_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < set->n_rules; i++) {
		d->rules[i].rule = set->rules[i];
		rc = add_rule(d, &s, i, err);
	}
	if (rc == 0)
		rc = join(d, &s, err);
	free(s.v);
	if (rc) {
		mf_detector_free(d);
		return -1;
	}
	*out = d;
	return 0;
}

void mf_detector_free(struct mf_detector *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->rules && i < d->n_rules; i++) {
		mf_regex_free(d->rules[i].regex);
		mf_regex_free(d->rules[i].each);
		mf_regex_free(d->rules[i].path);
	}
	mf_prefilter_free(d->prefilter);
	free(d->lits);
	free(d->rules);
	free(d->lists);
	free(d);
}

/* The first thread that needs it makes it; a second one that was as quick throws its own away. */
const struct mf_regex *mf_detector_lazy(_Atomic(struct mf_regex *) *place, const char *text, struct mf_err *err)
{
	struct mf_regex *now = *place, *mine = NULL;

	if (now)
		return now;
	if (mf_regex_new(&mine, mf_str(text), err))
		return NULL;
	if (__atomic_compare_exchange_n((struct mf_regex **)place, &now, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return mine;
	mf_regex_free(mine);
	return now;
}

const struct mf_regex *mf_detector_regex(const struct mf_detector *d, size_t rule, struct mf_err *err)
{
	struct mf_rule_info *r = &d->rules[rule];
	struct mf_regex *now = r->regex;

	return now ? now : mf_detector_lazy(&r->regex, r->rule->regex, err);
}
