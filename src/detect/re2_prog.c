/* SPDX-License-Identifier: Apache-2.0 */
/* The tree as a small program for re2_vm.c, in the way of Thompson and Pike. Repetitions are written out; the tree's size, which is
 * limited, bounds the number of steps. */
#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct maker {
	struct mf_prog *prog;
	struct mf_err *err;
};

static int node(struct maker *m, const struct mf_node *n);

static int add(struct maker *m, struct mf_step step)
{
	struct mf_prog *p = m->prog;

	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct mf_step *s = mf_regrow(p->step, cap, sizeof(*s));

		if (!s)
			return mf_fail_nomem(m->err);
		p->step = s;
		p->cap = cap;
	}
	p->step[p->n++] = step;
	return 0;
}

static uint32_t here(const struct maker *m)
{
	return (uint32_t)m->prog->n;
}

static int add_fork(struct maker *m, uint32_t first, uint32_t second, bool swap)
{
	return add(m, (struct mf_step){ .op = MF_STEP_FORK, .x = swap ? second : first, .y = swap ? first : second });
}

/* The way out of a fork that was added before its end was known. */
static void leave_at(struct maker *m, uint32_t fork, bool lazy, uint32_t at)
{
	if (lazy)
		m->prog->step[fork].x = at;
	else
		m->prog->step[fork].y = at;
}

static int one_rune(struct maker *m, uint32_t c, bool fold)
{
	struct mf_range *r = mf_re2_alloc(&m->prog->arena, 4 * sizeof(*r));
	uint32_t at = c;
	size_t n = 0;

	if (!r)
		return mf_fail_nomem(m->err);
	do {
		size_t i = n++;

		for (; i > 0 && r[i - 1].lo > at; i--)
			r[i] = r[i - 1];
		r[i] = (struct mf_range){ at, at };
		at = fold ? mf_rune_fold(at) : c;
	} while (at != c && n < 4);
	return add(m, (struct mf_step){ .op = MF_STEP_CLASS, .range = r, .n = n });
}

static int alt(struct maker *m, const struct mf_node *n)
{
	uint32_t last = UINT32_MAX, end;

	/* each branch but the last one ends in a jump, whose target is the one before it until the end is known */
	for (size_t i = 0; i < n->n; i++) {
		uint32_t fork = here(m);

		if (i + 1 < n->n && add_fork(m, fork + 1, 0, false))
			return -1;
		if (node(m, n->sub[i]))
			return -1;
		if (i + 1 == n->n)
			break;
		if (add(m, (struct mf_step){ .op = MF_STEP_JUMP, .x = last }))
			return -1;
		last = here(m) - 1;
		m->prog->step[fork].y = here(m);
	}
	for (end = here(m); last != UINT32_MAX; ) {
		uint32_t before = m->prog->step[last].x;

		m->prog->step[last].x = end;
		last = before;
	}
	return 0;
}

/* Where a turn may be empty, x* is (x+)?: the first turn counts even then, and an empty later one leads nowhere. */
static int star(struct maker *m, const struct mf_node *sub, bool lazy, bool optional)
{
	uint32_t fork = here(m), top;

	if (optional && add_fork(m, fork + 1, 0, lazy))
		return -1;
	top = here(m);
	if (node(m, sub))
		return -1;
	if (!optional || sub->bytes_min == 0) {
		if (add_fork(m, top, here(m) + 1, lazy))
			return -1;
	} else if (add(m, (struct mf_step){ .op = MF_STEP_JUMP, .x = fork })) {
		return -1;
	}
	if (optional)
		leave_at(m, fork, lazy, here(m));
	return 0;
}

static int repeat(struct maker *m, const struct mf_node *n)
{
	const struct mf_node *sub = n->sub[0];
	bool endless = n->max == MF_RE2_INF;
	int plain = endless && n->min > 0 ? n->min - 1 : n->min;
	uint32_t last = UINT32_MAX;

	for (int i = 0; i < plain; i++)
		if (node(m, sub))
			return -1;
	if (endless)
		return star(m, sub, n->lazy, n->min == 0);
	for (int i = n->min; i < n->max; i++) {
		uint32_t fork = here(m);

		if (add_fork(m, fork + 1, last, n->lazy) || node(m, sub))
			return -1;
		last = fork;
	}
	while (last != UINT32_MAX) {
		uint32_t before = n->lazy ? m->prog->step[last].x : m->prog->step[last].y;

		leave_at(m, last, n->lazy, here(m));
		last = before;
	}
	return 0;
}

static int group(struct maker *m, const struct mf_node *n)
{
	if (add(m, (struct mf_step){ .op = MF_STEP_SAVE, .x = 2 * n->cap }) || node(m, n->sub[0]))
		return -1;
	return add(m, (struct mf_step){ .op = MF_STEP_SAVE, .x = 2 * n->cap + 1 });
}

static int node(struct maker *m, const struct mf_node *n)
{
	switch (n->op) {
	case MF_RE2_EMPTY:
		return 0;
	case MF_RE2_LIT:
		for (size_t i = 0; i < n->n; i++)
			if (one_rune(m, n->rune[i], n->fold))
				return -1;
		return 0;
	case MF_RE2_CLASS:
		return add(m, (struct mf_step){ .op = MF_STEP_CLASS, .range = n->range, .n = n->n });
	case MF_RE2_GROUP:
		return group(m, n);
	case MF_RE2_CAT:
		for (size_t i = 0; i < n->n; i++)
			if (node(m, n->sub[i]))
				return -1;
		return 0;
	case MF_RE2_ALT:
		return alt(m, n);
	case MF_RE2_REPEAT:
		return repeat(m, n);
	default:
		return add(m, (struct mf_step){ .op = MF_STEP_ASSERT, .assertion = n->op });
	}
}

int mf_prog_new(struct mf_prog **out, const struct mf_re2 *re, struct mf_err *err)
{
	struct mf_prog *prog = mf_calloc(1, sizeof(*prog));
	struct maker m = { .prog = prog, .err = err };

	if (!prog)
		return mf_fail_nomem(err);
	if (node(&m, re->root) || add(&m, (struct mf_step){ .op = MF_STEP_MATCH })) {
		mf_prog_free(prog);
		return -1;
	}
	*out = prog;
	return 0;
}

void mf_prog_free(struct mf_prog *prog)
{
	if (!prog)
		return;
	free(prog->step);
	mf_re2_arena_free(&prog->arena);
	free(prog);
}
