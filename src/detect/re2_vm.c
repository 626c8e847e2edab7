/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program over all positions at once, its threads in the order of preference: time is the subject's length times the program's,
 * whatever the expression. For the few expressions that PCRE2 reads differently, and for those at which it gives up. */
#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

enum { BUDGET = 6000000, MEMORY = 32 << 20 };

struct list {
	uint32_t *pc;		/* in order */
	uint32_t *seen;		/* of each step: its place in `order`, if that says so too */
	uint32_t *order;
	size_t *slots;		/* of each thread */
	size_t n, n_seen;
};

struct visit {
	uint32_t pc;		/* or UINT32_MAX: put `old` back into `slot` */
	uint32_t slot;
	size_t old;
};

struct vm {
	const struct mf_prog *prog;
	const char *p;
	size_t n, slots;
	struct list now, next;
	size_t *current, *best;
	struct visit *stack;
	size_t budget;
	bool spent;
};

static bool is_word(const struct vm *v, size_t at)
{
	char c = v->p[at];

	return (c >= '0' && c <= '9') || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool holds(const struct vm *v, enum mf_re2_op assertion, size_t at)
{
	bool before = at > 0 && is_word(v, at - 1), after = at < v->n && is_word(v, at);

	switch (assertion) {
	case MF_RE2_BEGIN_TEXT:
		return at == 0;
	case MF_RE2_END_TEXT:
		return at == v->n;
	case MF_RE2_BEGIN_LINE:
		return at == 0 || v->p[at - 1] == '\n';
	case MF_RE2_END_LINE:
		return at == v->n || v->p[at] == '\n';
	case MF_RE2_WORD:
		return before != after;
	default:
		return before == after;
	}
}

static bool see(struct list *l, uint32_t pc)
{
	uint32_t place = l->seen[pc];

	if (place < l->n_seen && l->order[place] == pc)
		return false;
	l->seen[pc] = (uint32_t)l->n_seen;
	l->order[l->n_seen++] = pc;
	return true;
}

/* What can be reached from pc at `at` without a character; v->current are the slots so far and come back as they were. */
static void add(struct vm *v, struct list *l, uint32_t pc, size_t at)
{
	size_t n = 0;

	v->stack[n++] = (struct visit){ .pc = pc };
	while (n) {
		struct visit visit = v->stack[--n];
		const struct mf_step *s;

		if (visit.pc == UINT32_MAX) {
			v->current[visit.slot] = visit.old;
			continue;
		}
		if (!see(l, visit.pc))
			continue;
		v->budget -= v->budget > 0;
		s = &v->prog->step[visit.pc];
		if (s->op == MF_STEP_JUMP) {
			v->stack[n++] = (struct visit){ .pc = s->x };
		} else if (s->op == MF_STEP_FORK) {
			v->stack[n++] = (struct visit){ .pc = s->y };
			v->stack[n++] = (struct visit){ .pc = s->x };
		} else if (s->op == MF_STEP_SAVE) {
			if (s->x < v->slots) {
				v->stack[n++] = (struct visit){ .pc = UINT32_MAX, .slot = s->x, .old = v->current[s->x] };
				v->current[s->x] = at;
			}
			v->stack[n++] = (struct visit){ .pc = visit.pc + 1 };
		} else if (s->op == MF_STEP_ASSERT) {
			if (holds(v, s->assertion, at))
				v->stack[n++] = (struct visit){ .pc = visit.pc + 1 };
		} else {
			memcpy(l->slots + l->n * v->slots, v->current, v->slots * sizeof(size_t));
			l->pc[l->n++] = visit.pc;
		}
	}
}

static size_t decode(const struct vm *v, size_t at, uint32_t *c)
{
	size_t step = mf_utf8_decode(c, v->p + at, v->n - at);

	if (!step)
		*c = MF_RUNE_BAD;
	return step ? step : 1;
}

/* All threads take the character at `at`; true once one of them has matched: those after it are dropped. */
static bool step(struct vm *v, size_t at, uint32_t c, size_t width)
{
	v->next.n = v->next.n_seen = 0;
	for (size_t i = 0; i < v->now.n; i++) {
		const struct mf_step *s = &v->prog->step[v->now.pc[i]];
		size_t *slots = v->now.slots + i * v->slots;

		v->budget -= v->budget > 0;
		if (s->op == MF_STEP_MATCH) {
			memcpy(v->best, slots, v->slots * sizeof(size_t));
			v->best[1] = at;
			return true;
		}
		if (width && mf_ranges_hold(s->range, s->n, c)) {
			memcpy(v->current, slots, v->slots * sizeof(size_t));
			add(v, &v->next, v->now.pc[i] + 1, at + width);
		}
	}
	return false;
}

static bool search(struct vm *v, size_t from, size_t last)
{
	bool found = false;
	size_t width;

	for (size_t at = from; v->budget; at += width) {
		uint32_t c = 0;
		struct list done;

		if (!found && at <= last) {
			for (size_t i = 0; i < v->slots; i++)
				v->current[i] = SIZE_MAX;
			v->current[0] = at;
			add(v, &v->now, 0, at);
		}
		if (!v->now.n && (found || at > last || at == v->n))
			return found;
		width = at < v->n ? decode(v, at, &c) : 0;
		found |= step(v, at, c, width);
		if (!width)
			return found;
		done = v->now;
		v->now = v->next;
		v->next = done;
	}
	v->spent = true;
	return false;
}

static bool list_new(struct list *l, size_t steps, size_t slots)
{
	l->pc = mf_calloc(steps, sizeof(*l->pc));
	l->seen = mf_calloc(steps, sizeof(*l->seen));
	l->order = mf_calloc(steps, sizeof(*l->order));
	l->slots = mf_calloc(steps * slots, sizeof(*l->slots));
	return l->pc && l->seen && l->order && l->slots;
}

static void list_free(struct list *l)
{
	free(l->pc);
	free(l->seen);
	free(l->order);
	free(l->slots);
}

/* Between two bytes of one character nothing begins. */
static bool inside(const char *p, size_t n, size_t at)
{
	uint32_t c;

	for (size_t back = 1; back <= 3 && back <= at; back++)
		if (mf_utf8_decode(&c, p + at - back, n - at + back) > back)
			return true;
	return false;
}

static int run(struct vm *v, size_t from, size_t last, struct mf_re_group *groups, size_t n_groups, struct mf_err *err)
{
	bool found;

	if (!list_new(&v->now, v->prog->n, v->slots) || !list_new(&v->next, v->prog->n, v->slots) || !v->current || !v->best || !v->stack)
		return mf_fail_nomem(err);
	for (; from < v->n && inside(v->p, v->n, from); from++)
		if (from >= last)
			return 0;
	found = search(v, from, last);
	if (v->spent)
		return mf_fail(err, MF_E_RE_LIMIT, "a regular expression took too many steps");
	if (!found)
		return 0;
	for (size_t i = 0; i < n_groups; i++)
		groups[i] = 2 * i < v->slots ? (struct mf_re_group){ v->best[2 * i], v->best[2 * i + 1] } : (struct mf_re_group){ SIZE_MAX, SIZE_MAX };
	return 1;
}

int mf_prog_run(const struct mf_prog *prog, const char *p, size_t n, size_t from, size_t last, struct mf_re_group *groups, size_t n_groups,
		struct mf_err *err)
{
	struct vm v = { .prog = prog, .p = p, .n = n, .slots = n_groups ? 2 * n_groups : 2, .budget = BUDGET };
	int rc;

	if (prog->n > MEMORY / sizeof(size_t) / v.slots)
		return mf_fail(err, MF_E_RE_LIMIT, "a regular expression needs too much memory");
	v.current = mf_calloc(v.slots, sizeof(*v.current));
	v.best = mf_calloc(v.slots, sizeof(*v.best));
	v.stack = mf_calloc(2 * prog->n + 2, sizeof(*v.stack));
	rc = run(&v, from, last, groups, n_groups, err);
	list_free(&v.now);
	list_free(&v.next);
	free(v.current);
	free(v.best);
	free(v.stack);
	return rc;
}
