/* SPDX-License-Identifier: Apache-2.0 */
/* What was matched in one blob becomes candidates: each credential once, with its line. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>

enum { GROUPS = 16, CANDS_MAX = 10000 };

/* A raw match with its place in the blob. */
struct item {
	uint16_t rule;
	bool gone;
	size_t at, end, secret_at, secret_end;
};
struct items {
	struct item *v;
	size_t n, cap;
};

static int push(struct items *l, const struct item *it, struct mf_err *err)
{
	if (mf_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err))
		return -1;
	l->v[l->n++] = *it;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->secret_at != y->secret_at)
		return x->secret_at < y->secret_at ? -1 : 1;
	if (x->secret_end != y->secret_end)
		return x->secret_end > y->secret_end ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static const struct mf_rule *rule_of(const struct mf_scanner *s, const struct item *it)
{
	return s->d->rules[it->rule].rule;
}

/* Of two on overlapping bytes the one goes that counts at some paths only, then the generic one, then that of no vendor, then the less severe one, then the shorter secret, then the shorter match,
 * then the later id. A user's rules all stay. */
static bool yields(const struct mf_scanner *s, const struct item *a, const struct item *b)
{
	const struct mf_rule *x = rule_of(s, a), *y = rule_of(s, b);
	const size_t la = a->secret_end - a->secret_at, lb = b->secret_end - b->secret_at;

	if ((x->flags & MF_RULE_USER) || (y->flags & MF_RULE_SKIP_REPORT))
		return false;
	/* whether it counts is decided by paths that are not known yet: it must not make one go that counts everywhere */
	if (!x->path != !y->path)
		return x->path != NULL;
	if ((x->flags ^ y->flags) & MF_RULE_GENERIC)
		return x->flags & MF_RULE_GENERIC;
	if (y->flags & MF_RULE_USER)
		return false;
	if (!x->vendor != !y->vendor)
		return !x->vendor;
	if (x->severity != y->severity)
		return x->severity < y->severity;
	if (la != lb)
		return la < lb;
	if (a->end - a->at != b->end - b->at)
		return a->end - a->at < b->end - b->at;
	return a->rule != b->rule && a->rule > b->rule;
}

static void settle(const struct mf_scanner *s, struct items *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_place);
	for (size_t i = 0; i < l->n; i++) {
		struct item *a = &l->v[i];

		/* secrets are short and sorted: those that overlap lie near */
		for (size_t j = i + 1; j < l->n && j < i + 64 && l->v[j].secret_at < a->secret_end; j++) {
			struct item *b = &l->v[j];

			if (a->gone || b->gone)
				continue;
			if (a->rule == b->rule && a->secret_at == b->secret_at && a->secret_end == b->secret_end)
				b->gone = true;
			else if (yields(s, a, b))
				a->gone = true;
			else if (yields(s, b, a))
				b->gone = true;
		}
	}
}

/* -- rules that are matched whole ---------------------------------------------------------------------------------- */

static bool wanted(const struct mf_scanner *s, const struct mf_rule_info *r)
{
	if (s->binary && !(r->rule->flags & (MF_RULE_BINARY | MF_RULE_USER)))
		return false;
	if (r->always)
		return true;
	for (size_t i = 0; i < r->n_lits; i++)
		if (s->seen[r->lits[i]])
			return true;
	return false;
}

/* Leftmost matches without overlap, as gitleaks finds them. */
static int match_whole(struct mf_scanner *s, size_t rule, struct mf_str b, struct items *out, struct mf_err *err)
{
	const struct mf_regex *re = mf_detector_regex(s->d, rule, err);
	struct mf_re_group g[GROUPS], secret;
	struct mf_token_facts facts;
	enum mf_verdict_format format;
	size_t from = 0;

	if (!re)
		return -1;
	while (from <= b.n) {
		const int found = mf_regex_find(re, s->run, b.p, b.n, from, g, GROUPS, err);
		struct item it = { .rule = (uint16_t)rule };

		if (found < 0)
			mf_undecided(s, s->d->rules[rule].rule->id);
		if (found <= 0)
			return 0;
		secret = mf_secret_group(s->d->rules[rule].rule, g, GROUPS);
		it.at = g[0].at;
		it.end = g[0].end;
		it.secret_at = secret.at;
		it.secret_end = secret.end;
		if (mf_match_counts(s, s->d->rules[rule].rule, (struct mf_str){ b.p + secret.at, secret.end - secret.at },
				    (struct mf_str){ b.p + g[0].at, g[0].end - g[0].at }, (struct mf_str){ b.p + g[0].at, g[0].end - g[0].at }, &facts, &format) &&
		    push(out, &it, err))
			return -1;
		if (out->n > CANDS_MAX)
			return 0;
		from = g[0].end > g[0].at ? g[0].end : g[0].end + 1;
	}
	return 0;
}

static int all_whole(struct mf_scanner *s, struct mf_str b, struct items *out, struct mf_err *err)
{
	bool any = false;

	for (size_t i = 0; i < s->d->n_rules; i++) {
		const struct mf_rule_info *r = &s->d->rules[i];

		if (r->local || !r->rule->regex || !wanted(s, r))
			continue;
		any = true;
		if (match_whole(s, i, b, out, err))
			return -1;
	}
	s->stats.whole += any;
	return 0;
}

/* -- candidates --------------------------------------------------------------------------------------------------------- */

static int add_cand(struct mf_scanner *s, struct mf_str b, const struct item *it, struct mf_cands *out, struct mf_err *err)
{
	struct mf_cand *c = mf_cand_push(out, err);

	if (!c)
		return -1;
	c->rule = rule_of(s, it);
	c->at = it->at;
	c->end = it->end;
	c->secret_at = it->secret_at;
	c->secret_end = it->secret_end;
	if (mf_dup_bytes(&c->secret, &c->secret_n, b.p + it->secret_at, it->secret_end - it->secret_at, err) ||
	    mf_dup_bytes(&c->match, &c->match_n, b.p + it->at, it->end - it->at, err))
		return -1;
	c->entropy = mf_entropy((struct mf_str){ c->secret, c->secret_n });
	c->format = MF_FORMAT_PLAUSIBLE;
	if (c->rule->check)
		c->format = mf_memo_check(s->memo, c->rule, (struct mf_str){ c->secret, c->secret_n }, (struct mf_str){ c->match, c->match_n }, &c->facts);
	return 0;
}

/* Whether something that was found plain holds the same secret for the same rule. */
static bool found_plain(const struct mf_cands *out, size_t n, const struct mf_cand *c)
{
	for (size_t i = 0; i < n; i++)
		if (out->v[i].secret_n == c->secret_n && memcmp(out->v[i].secret, c->secret, c->secret_n) == 0)
			return true;
	return false;
}

/* What is known of the plain candidates of one blob, v[from, n): their secrets lie in order. */
struct plain {
	size_t from, n;
	bool gone[CANDS_MAX];	/* by index from `from` on */
};

/* Whether it may be taken for what the encoded text is, in place of a guess by the name before it. */
static bool says_what(const struct mf_rule *r)
{
	return !r->path && r->n_required == 0 && !(r->flags & (MF_RULE_GENERIC | MF_RULE_USER | MF_RULE_SKIP_REPORT));
}

/* One credential is one finding: a guess at encoded text goes where a rule knows what is encoded. */
static void drop_guesses(const struct mf_cands *out, struct plain *p, size_t at, size_t end)
{
	size_t lo = p->from, hi = p->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (out->v[mid].secret_at < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->n && out->v[lo].secret_at < end; lo++)
		if (out->v[lo].secret_end <= end && (out->v[lo].rule->flags & (MF_RULE_GENERIC | MF_RULE_USER)) == MF_RULE_GENERIC)
			p->gone[lo - p->from] = true;
}

/* Candidates of an encoded value stand where the encoded text does. At most `most` are kept. */
static int add_decoded(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct plain *plain, size_t most, struct mf_err *err)
{
	struct mf_cands found = { 0 };
	int rc = h->lit == MF_HIT_RUN ? mf_run_cands(s, b, h, &found, err) : mf_escaped_cands(s, b, h, &found, err);
	const size_t end = h->lit == MF_HIT_RUN ? mf_run_end(b, h) : h->hi;
	bool known = false;

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct mf_cand *c;

		if (found_plain(out, plain->n, &found.v[i]))
			continue;
		known = known || says_what(found.v[i].rule);
		if (out->n >= most) {
			s->stats.truncated++;
			break;
		}
		c = mf_cand_push(out, err);
		if (!c) {
			rc = -1;
			break;
		}
		*c = found.v[i];
		found.v[i] = (struct mf_cand){ 0 };
		free(c->text);
		free(c->shown);
		free(c->reason);
		c->text = c->shown = c->reason = NULL;
		c->allowed = false;
		c->depth++;
		c->at = c->secret_at = h->at;
		c->end = c->secret_end = end;
	}
	if (known && h->lit == MF_HIT_RUN)
		drop_guesses(out, plain, h->at, end);
	mf_cands_free(&found);
	return rc;
}

static int take_raws(struct mf_scanner *s, struct items *out, struct mf_err *err)
{
	size_t raw = 0;

	for (size_t i = 0; i < s->hits.n; i++) {
		const struct mf_hit *h = &s->hits.v[i];

		for (size_t k = 0; k < h->n_raws; k++, raw++) {
			const struct mf_raw *r = &s->raws.v[raw];
			const struct item it = { .rule = r->rule, .at = (size_t)((int64_t)h->at + r->at), .end = (size_t)((int64_t)h->at + r->end),
						 .secret_at = (size_t)((int64_t)h->at + r->secret_at), .secret_end = (size_t)((int64_t)h->at + r->secret_end) };

			if (!r->how && push(out, &it, err))
				return -1;
		}
	}
	return 0;
}

static void drop_gone(struct mf_cands *out, const struct plain *p)
{
	size_t n = p->from;

	for (size_t i = p->from; i < out->n; i++) {
		struct mf_cand c = out->v[i];

		if (i < p->n && p->gone[i - p->from])
			mf_cand_free(&out->v[i]);
		else
			out->v[n++] = c;
	}
	out->n = n;
}

/* Behind the plain candidates, which are those from index `from` on. */
static int decoded_raws(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, size_t from, struct mf_err *err)
{
	struct plain plain = { .from = from, .n = out->n };
	const size_t most = from + CANDS_MAX;
	const uint64_t cut = s->stats.truncated;
	size_t raw = 0;

	for (size_t i = 0; i < s->hits.n && s->stats.truncated == cut; i++) {
		const struct mf_hit *h = &s->hits.v[i];

		for (size_t k = 0; k < h->n_raws; k++, raw++)
			if (s->raws.v[raw].how && s->stats.truncated == cut && add_decoded(s, b, h, out, &plain, most, err))
				return -1;
	}
	drop_gone(out, &plain);
	return 0;
}

static size_t gap(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/* A composite rule's finding stays only beside a hit of each rule that it requires. */
static bool complete(const struct mf_cands *c, const struct mf_cand *f)
{
	for (size_t r = 0; r < f->rule->n_required; r++) {
		const struct mf_required *q = &f->rule->required[r];
		bool there = false;

		for (size_t i = 0; i < c->n && !there; i++)
			there = mf_rule_is(c->v[i].rule, mf_str(q->id)) && (q->lines == SIZE_MAX || gap(c->v[i].line, f->line) <= q->lines) &&
				(q->columns == SIZE_MAX || gap(c->v[i].col, f->col) <= q->columns);
		if (!there)
			return false;
	}
	return true;
}

static void drop_parts(struct mf_cands *c, size_t from)
{
	const struct mf_cands all = { .v = c->v + from, .n = c->n - from };
	bool keep[CANDS_MAX];	/* there are no more */
	size_t n = from;

	for (size_t i = from; i < c->n; i++)
		keep[i - from] = !(c->v[i].rule->flags & MF_RULE_SKIP_REPORT) && complete(&all, &c->v[i]);
	for (size_t i = from; i < c->n; i++) {
		struct mf_cand f = c->v[i];

		if (keep[i - from])
			c->v[n++] = f;
		else
			mf_cand_free(&c->v[i]);
	}
	c->n = n;
}

static int cand_order(const void *a, const void *b)
{
	const struct mf_cand *x = a, *y = b;
	int order;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	order = strcmp(x->rule->id, y->rule->id);
	if (order == 0 && x->secret_at != y->secret_at)
		order = x->secret_at < y->secret_at ? -1 : 1;
	if (order == 0 && x->secret_n != y->secret_n)
		order = x->secret_n < y->secret_n ? -1 : 1;
	return order ? order : memcmp(x->secret, y->secret, x->secret_n);
}

int mf_finalize(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err)
{
	const size_t from = out->n;
	const uint64_t cut = s->stats.truncated + 1;
	struct items l = { 0 };
	int rc;

	if (s->raws.n == 0 && !s->d->any_whole)
		return 0;
	rc = take_raws(s, &l, err);
	if (rc == 0 && s->d->any_whole)
		rc = all_whole(s, b, &l, err);
	if (rc == 0)
		settle(s, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		if (l.v[i].gone)
			continue;
		if (out->n - from >= CANDS_MAX) {
			s->stats.truncated++;
			break;
		}
		rc = add_cand(s, b, &l.v[i], out, err);
	}
	free(l.v);
	if (rc == 0)
		rc = decoded_raws(s, b, out, from, err);
	if (s->stats.truncated > cut)
		s->stats.truncated = cut;	/* it is blobs that are counted */
	if (rc == 0 && out->n > from) {
		qsort(out->v + from, out->n - from, sizeof(*out->v), cand_order);
		rc = mf_cands_place(s, b, out, from, err);
		if (rc == 0 && s->d->any_whole)
			drop_parts(out, from);
	}
	return rc;
}
