/* SPDX-License-Identifier: Apache-2.0 */
/* How the parser builds its tree. Literals grow a character at a time and are open (height 0) until their branch ends or a
 * repetition takes their last character; everything else is finished when it is put on a stack. */
#include "re2_tree.h"

#include <mayfly/alloc.h>

enum { COPY_MAX = 256 };	/* parts of a node that are copied into the one around it */

struct mf_node *mf_re2_node(struct mf_re2_parser *s, enum mf_re2_op op)
{
	struct mf_node *n = mf_re2_alloc(&s->re->arena, sizeof(*n));

	if (!n) {
		mf_fail_nomem(s->err);
		return NULL;
	}
	n->op = op;
	return n;
}

static void *array(struct mf_re2_parser *s, size_t n, size_t size)
{
	void *p = mf_re2_alloc(&s->re->arena, n * size);

	if (!p)
		mf_fail_nomem(s->err);
	return p;
}

static int finish(struct mf_re2_parser *s, struct mf_node *n)
{
	mf_re2_know(n);
	if (n->height > MF_RE2_HEIGHT)
		return mf_re2_refuse(s, s->at, "it nests too deeply");
	if (n->size > MF_RE2_SIZE)
		return mf_re2_refuse(s, s->at, "it is too large once its repetitions are written out");
	return 0;
}

int mf_re2_put(struct mf_re2_parser *s, struct mf_re2_stack *stack, struct mf_node *n)
{
	if (stack->n == stack->cap) {
		size_t cap = stack->cap ? stack->cap * 2 : 16;
		struct mf_node **p = mf_regrow(stack->p, cap, sizeof(*p));

		if (!p)
			return mf_fail_nomem(s->err);
		stack->p = p;
		stack->cap = cap;
	}
	stack->p[stack->n++] = n;
	return 0;
}

int mf_re2_push(struct mf_re2_parser *s, struct mf_node *n)
{
	return !n || finish(s, n) ? -1 : mf_re2_put(s, &s->items, n);
}

/* Room is always a power of two, so that the number tells when it is used up. */
static int lit_add(struct mf_re2_parser *s, struct mf_node *n, uint32_t c)
{
	if (!n->n || (n->n >= 4 && (n->n & (n->n - 1)) == 0)) {
		uint32_t *rune = array(s, n->n ? n->n * 2 : 4, sizeof(*rune));

		if (!rune)
			return -1;
		if (n->n)
			memcpy(rune, n->rune, n->n * sizeof(*rune));
		n->rune = rune;
	}
	n->rune[n->n++] = c;
	return 0;
}

static int push_lit(struct mf_re2_parser *s, uint32_t c, bool fold)
{
	struct mf_node *n = s->items.n > s->open[s->n_open - 1].items ? s->items.p[s->items.n - 1] : NULL;

	if (n && n->op == MF_RE2_LIT && n->height == 0 && n->fold == fold)
		return lit_add(s, n, c);
	n = mf_re2_node(s, MF_RE2_LIT);
	if (!n)
		return -1;
	n->fold = fold;
	return lit_add(s, n, c) ? -1 : mf_re2_put(s, &s->items, n);
}

int mf_re2_push_rune(struct mf_re2_parser *s, uint32_t c)
{
	return push_lit(s, c, s->flags & MF_RE2_F_FOLD);
}

/* A letter in both cases and nothing else. */
static bool is_pair(const struct mf_class *c)
{
	return c->n == 2 && c->r[0].lo == c->r[0].hi && c->r[1].lo == c->r[1].hi && mf_rune_fold(c->r[0].lo) == c->r[1].lo &&
	       mf_rune_fold(c->r[1].lo) == c->r[0].lo;
}

int mf_re2_push_class(struct mf_re2_parser *s, struct mf_class *c)
{
	struct mf_node *n;

	if (c->nomem)
		return mf_fail_nomem(s->err);
	if (c->full || s->ranges > MF_RE2_RANGES)
		return mf_re2_refuse(s, s->at, "its classes are too large");
	if (c->n == 1 && c->r[0].lo == c->r[0].hi)
		return push_lit(s, c->r[0].lo, false);
	if (is_pair(c))
		return push_lit(s, c->r[0].lo, true);
	n = mf_re2_node(s, MF_RE2_CLASS);
	if (!n)
		return -1;
	n->range = array(s, c->n, sizeof(*n->range));
	if (!n->range)
		return -1;
	if (c->n)
		memcpy(n->range, c->r, c->n * sizeof(*n->range));
	n->n = c->n;
	return mf_re2_push(s, n);
}

/* The last character of an open literal becomes a node of its own. */
static int split(struct mf_re2_parser *s)
{
	struct mf_node *n = s->items.p[s->items.n - 1], *last;

	if (n->op != MF_RE2_LIT || n->height)
		return 0;
	if (n->n == 1)
		return finish(s, n);
	last = mf_re2_node(s, MF_RE2_LIT);
	if (!last)
		return -1;
	last->fold = n->fold;
	if (lit_add(s, last, n->rune[n->n - 1]))
		return -1;
	n->n--;
	return finish(s, n) ? -1 : mf_re2_push(s, last);
}

int mf_re2_repeat(struct mf_re2_parser *s, size_t at, int min, int max, bool lazy)
{
	struct mf_node *n;

	if (split(s))
		return -1;
	n = mf_re2_node(s, MF_RE2_REPEAT);
	if (!n)
		return -1;
	n->min = min;
	n->max = max;
	n->lazy = lazy;
	n->sub = array(s, 1, sizeof(*n->sub));
	if (!n->sub)
		return -1;
	n->n = 1;
	n->sub[0] = s->items.p[s->items.n - 1];
	if (finish(s, n))
		return -1;
	if ((min >= 2 || max >= 2) && n->copies > MF_RE2_COPIES)
		return mf_re2_refuse(s, at, "repetitions within each other make more than 1000 copies");
	s->items.p[s->items.n - 1] = n;
	return 0;
}

struct mf_node *mf_re2_group(struct mf_re2_parser *s, struct mf_node *sub, unsigned cap)
{
	struct mf_node *n = mf_re2_node(s, MF_RE2_GROUP);

	if (!n)
		return NULL;
	n->sub = array(s, 1, sizeof(*n->sub));
	if (!n->sub)
		return NULL;
	n->sub[0] = sub;
	n->n = 1;
	n->cap = cap;
	return n;
}

/* Literals beside each other become one, unless that would copy much, many times. */
static bool joins(const struct mf_node *a, const struct mf_node *b)
{
	return a->op == MF_RE2_LIT && b->op == MF_RE2_LIT && a->fold == b->fold && a->n <= COPY_MAX && b->n <= COPY_MAX;
}

static struct mf_node *join(struct mf_re2_parser *s, struct mf_node *const *p, size_t n)
{
	struct mf_node *out = mf_re2_node(s, MF_RE2_LIT);
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		room += p[i]->n;
	if (!out)
		return NULL;
	out->rune = array(s, room, sizeof(*out->rune));
	if (!out->rune)
		return NULL;
	out->fold = p[0]->fold;
	for (size_t i = 0; i < n; i++) {
		memcpy(out->rune + out->n, p[i]->rune, p[i]->n * sizeof(*out->rune));
		out->n += p[i]->n;
	}
	return finish(s, out) ? NULL : out;
}

static int join_all(struct mf_re2_parser *s, struct mf_node *cat)
{
	size_t out = 0;

	for (size_t i = 0, run; i < cat->n; i += run) {
		run = 1;
		while (i + run < cat->n && joins(cat->sub[i + run - 1], cat->sub[i + run]))
			run++;
		cat->sub[out] = run > 1 ? join(s, cat->sub + i, run) : cat->sub[i];
		if (!cat->sub[out++])
			return -1;
	}
	cat->n = out;
	return 0;
}

/* One node of p[0, n); nodes of the same op give their parts. */
static struct mf_node *gather(struct mf_re2_parser *s, enum mf_re2_op op, struct mf_node **p, size_t n)
{
	struct mf_node *out = mf_re2_node(s, op);
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		room += p[i]->op == op && p[i]->n <= COPY_MAX ? p[i]->n : 1;
	if (!out)
		return NULL;
	out->sub = array(s, room, sizeof(*out->sub));
	if (!out->sub)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (p[i]->op == op && p[i]->n <= COPY_MAX) {
			memcpy(out->sub + out->n, p[i]->sub, p[i]->n * sizeof(*out->sub));
			out->n += p[i]->n;
		} else {
			out->sub[out->n++] = p[i];
		}
	}
	if (op == MF_RE2_CAT && join_all(s, out))
		return NULL;
	return out->n == 1 ? out->sub[0] : finish(s, out) ? NULL : out;
}

int mf_re2_end_branch(struct mf_re2_parser *s)
{
	size_t from = s->open[s->n_open - 1].items;
	struct mf_node *n;

	for (size_t i = from; i < s->items.n; i++)
		if (s->items.p[i]->height == 0 && finish(s, s->items.p[i]))
			return -1;
	if (s->items.n == from) {
		n = mf_re2_node(s, MF_RE2_EMPTY);
		if (n)
			mf_re2_know(n);
	} else if (s->items.n == from + 1) {
		n = s->items.p[from];
	} else {
		n = gather(s, MF_RE2_CAT, s->items.p + from, s->items.n - from);
	}
	s->items.n = from;
	return n ? mf_re2_put(s, &s->alts, n) : -1;
}

struct mf_node *mf_re2_end_alts(struct mf_re2_parser *s)
{
	size_t from = s->open[s->n_open - 1].alts;
	struct mf_node *n = s->alts.p[from];

	if (s->alts.n > from + 1)
		n = gather(s, MF_RE2_ALT, s->alts.p + from, s->alts.n - from);
	s->alts.n = from;
	return n;
}

int mf_re2_name_group(struct mf_re2_parser *s, size_t at, struct mf_str name)
{
	struct mf_re2 *re = s->re;
	size_t room = re->groups + 1, cap = 0;
	char *text = NULL;

	if (re->groups == MF_RE2_GROUPS)
		return mf_re2_refuse(s, at, "it has more than 1000 groups");
	if (name.n) {
		text = array(s, name.n + 1, 1);
		if (!text)
			return -1;
		memcpy(text, name.p, name.n);
	}
	if ((room & (room - 1)) == 0)
		cap = room * 2;
	if (cap) {
		const char **names = array(s, cap, sizeof(*names));

		if (!names)
			return -1;
		if (re->names)
			memcpy(names, re->names, room * sizeof(*names));
		re->names = names;
	}
	re->names[++re->groups] = text;
	return 0;
}
