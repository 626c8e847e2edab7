/* SPDX-License-Identifier: Apache-2.0 */
/* What every match must have: above all, the best set of literals of which each match holds one.
 *
 * A node's cover is a small set that has every text the node can match (where a letter's case may be ignored), if there is such a set.
 * Along a concatenation covers are multiplied as far as they fit, and every product on the way is a candidate; so is what is best of a
 * part. An alternation needs one of each branch. */
#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "re2_lits.h"

struct found {
	bool covered;
	struct mf_lits *cover;
	struct mf_lits *best;
	size_t before;
	int score;		/* of best; 0: none */
};

struct search {
	struct mf_lits *unused, *scratch;
	struct mf_err *err;
};

/* A concatenation so far. */
struct row {
	struct mf_lits *all, *plain;	/* the product since the last part that fits in none, and that of parts of one literal alone */
	size_t all_at, plain_at, at;	/* the greatest distances from the start */
	bool whole;			/* `all` is since the start */
	struct found *out;
};

static int look(struct search *s, const struct mf_node *n, struct found *out);

static struct mf_lits *get(struct search *s)
{
	struct mf_lits *l = s->unused;

	if (l)
		s->unused = l->next;
	else
		l = malloc(sizeof(*l));
	if (l)
		mf_lits_empty(l);
	else
		mf_fail_nomem(s->err);
	return l;
}

static void put_back(struct search *s, struct mf_lits *l)
{
	if (!l)
		return;
	l->next = s->unused;
	s->unused = l;
}

static int found_new(struct search *s, struct found *f)
{
	*f = (struct found){ .cover = get(s), .best = get(s) };
	return f->cover && f->best ? 0 : -1;
}

static void found_done(struct search *s, struct found *f)
{
	put_back(s, f->cover);
	put_back(s, f->best);
}

static size_t plus(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static void offer(struct found *f, const struct mf_lits *set, size_t before)
{
	int score = mf_lits_score(set, before);

	if (score <= f->score)
		return;
	mf_lits_copy(f->best, set);
	f->before = before;
	f->score = score;
}

static void row_piece(struct search *s, struct row *r, const struct mf_lits *piece, size_t most)
{
	if (!piece || !mf_lits_follow(r->all, piece, s->scratch)) {
		r->whole = false;
		r->all_at = piece ? r->at : plus(r->at, most);
		if (piece)
			mf_lits_copy(r->all, piece);
		else
			mf_lits_empty(r->all);
	}
	if (!piece || piece->n != 1 || !mf_lits_follow(r->plain, piece, s->scratch)) {
		mf_lits_empty(r->plain);
		r->plain_at = plus(r->at, most);
	}
	r->at = plus(r->at, most);
	offer(r->out, r->all, r->all_at);
	offer(r->out, r->plain, r->plain_at);
}

static int row_node(struct search *s, struct row *r, const struct mf_node *n)
{
	struct found f;
	int rc = found_new(s, &f) || look(s, n, &f) ? -1 : 0;

	if (!rc) {
		if (f.score)
			offer(r->out, f.best, plus(r->at, f.before));
		row_piece(s, r, f.covered ? f.cover : NULL, n->bytes_max);
	}
	found_done(s, &f);
	return rc;
}

static int row_lit(struct search *s, struct row *r, const struct mf_node *n)
{
	struct mf_lits *piece = get(s);

	if (!piece)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		bool text = mf_lits_rune(piece, n->rune[i], n->fold);
		size_t most = 4;

		if (text)
			for (size_t k = most = 0; k < piece->n; k++)
				most = piece->at[k].n > most ? piece->at[k].n : most;
		row_piece(s, r, text ? piece : NULL, most);
	}
	put_back(s, piece);
	return 0;
}

/* n's parts one after the other, or n itself when it is a literal; `times` over. */
static int row(struct search *s, const struct mf_node *n, int times, struct found *out)
{
	struct row r = { .all = get(s), .plain = get(s), .whole = true, .out = out };
	int rc = r.all && r.plain ? 0 : -1;

	for (int i = 0; !rc && i < times && r.whole; i++) {
		if (n->op == MF_RE2_LIT)
			rc = row_lit(s, &r, n);
		else if (n->op != MF_RE2_CAT)
			rc = row_node(s, &r, n);
		for (size_t k = 0; !rc && n->op == MF_RE2_CAT && k < n->n; k++)
			rc = n->sub[k]->op == MF_RE2_LIT ? row_lit(s, &r, n->sub[k]) : row_node(s, &r, n->sub[k]);
	}
	if (!rc && r.whole) {
		out->covered = true;
		mf_lits_copy(out->cover, r.all);
	}
	put_back(s, r.all);
	put_back(s, r.plain);
	return rc;
}

static bool cover_more(struct found *out, const struct mf_lits *more)
{
	if (out->cover->n == 0)
		mf_lits_copy(out->cover, more);
	else if (out->cover->nocase != more->nocase)
		return false;
	else
		for (size_t i = 0; i < more->n; i++)
			if (!mf_lits_add(out->cover, more->at[i], false))
				return false;
	return true;
}

static int branch(struct search *s, const struct mf_node *n, struct found *out, bool first)
{
	struct found f;

	if (found_new(s, &f) || look(s, n, &f)) {
		found_done(s, &f);
		return -1;
	}
	if (f.covered)
		offer(&f, f.cover, 0);
	out->covered = out->covered && f.covered && cover_more(out, f.cover);
	if (first && f.score)
		offer(out, f.best, f.before);
	else if (!f.score || !out->score || !mf_lits_union(out->best, f.best))
		out->score = 0;
	out->before = f.before > out->before ? f.before : out->before;
	found_done(s, &f);
	return 0;
}

static int alt(struct search *s, const struct mf_node *n, struct found *out)
{
	out->cover->n = 0;
	out->covered = true;
	for (size_t i = 0; i < n->n; i++) {
		if (branch(s, n->sub[i], out, i == 0))
			return -1;
		if (!out->covered && !out->score)
			return 0;
	}
	if (out->score)
		out->score = mf_lits_score(out->best, out->before);
	return 0;
}

static int repeat(struct search *s, const struct mf_node *n, struct found *out)
{
	struct mf_lit empty = { 0 };

	if (n->max == 0) {
		out->covered = true;
		return 0;
	}
	if (row(s, n->sub[0], n->min ? n->min : 1, out))
		return -1;
	if (n->min == 0) {
		out->score = 0;
		out->covered = out->covered && n->max == 1 && mf_lits_add(out->cover, empty, false);
	} else if (n->min != n->max) {
		if (out->covered)
			offer(out, out->cover, 0);
		out->covered = false;
	}
	return 0;
}

static int look(struct search *s, const struct mf_node *n, struct found *out)
{
	switch (n->op) {
	case MF_RE2_LIT:
	case MF_RE2_CAT:
		return row(s, n, 1, out);
	case MF_RE2_GROUP:
		return look(s, n->sub[0], out);
	case MF_RE2_ALT:
		return alt(s, n, out);
	case MF_RE2_REPEAT:
		return repeat(s, n, out);
	case MF_RE2_CLASS:
		out->covered = mf_lits_class(out->cover, n->range, n->n);
		return 0;
	default:
		out->covered = true;	/* nothing of no length: the set as it is made */
		return 0;
	}
}

static bool anchored(const struct mf_node *n)
{
	size_t i = 0;

	switch (n->op) {
	case MF_RE2_BEGIN_TEXT:
		return true;
	case MF_RE2_GROUP:
		return anchored(n->sub[0]);
	case MF_RE2_REPEAT:
		return n->min > 0 && anchored(n->sub[0]);
	case MF_RE2_CAT:
		while (i + 1 < n->n && n->sub[i]->bytes_max == 0 && !anchored(n->sub[i]))
			i++;
		return anchored(n->sub[i]);
	case MF_RE2_ALT:
		while (i + 1 < n->n && anchored(n->sub[i]))
			i++;
		return anchored(n->sub[i]);
	default:
		return false;
	}
}

static int keep(struct mf_re2 *re, const struct found *f, struct mf_re_facts *facts, struct mf_err *err)
{
	const char **list = mf_re2_alloc(&re->arena, f->best->n * sizeof(*list));

	for (size_t i = 0; list && i < f->best->n; i++) {
		char *text = mf_re2_alloc(&re->arena, f->best->at[i].n + 1u);

		if (!text)
			return mf_fail_nomem(err);
		memcpy(text, f->best->at[i].p, f->best->at[i].n);
		list[i] = text;
	}
	if (!list)
		return mf_fail_nomem(err);
	facts->literals = list;
	facts->n_literals = f->best->n;
	facts->literal_nocase = f->best->nocase;
	facts->before = f->before;
	return 0;
}

int mf_re2_facts(struct mf_re2 *re, struct mf_re_facts *facts, struct mf_err *err)
{
	struct search s = { .err = err };
	struct found f = { 0 };
	int rc = -1;

	s.scratch = get(&s);
	if (s.scratch && !found_new(&s, &f) && !look(&s, re->root, &f)) {
		if (f.covered)
			offer(&f, f.cover, 0);
		facts->min = re->root->bytes_min;
		facts->max = re->root->bytes_max;
		facts->newline = re->root->newline;
		facts->anchored = anchored(re->root);
		facts->in_name = mf_re2_in_name(re, facts->last);
		facts->groups = re->groups;
		rc = f.score ? keep(re, &f, facts, err) : 0;
	}
	found_done(&s, &f);
	put_back(&s, s.scratch);
	while (s.unused) {
		struct mf_lits *l = s.unused;

		s.unused = l->next;
		free(l);
	}
	return rc;
}
