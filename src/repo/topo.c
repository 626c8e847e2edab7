/* SPDX-License-Identifier: Apache-2.0 */
/* Kahn's algorithm with a heap of those commits all of whose parents are placed. */
#include "topo.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct sort {
	const struct mf_topo *t;
	uint32_t *waiting;	/* by commit: parents that are not placed yet */
	uint32_t *first, *children;
	uint32_t *heap, n_heap;
};

static bool before(const struct mf_topo *t, uint32_t a, uint32_t b)
{
	if (t->dates[a] != t->dates[b])
		return t->dates[a] < t->dates[b];
	return memcmp(&t->ids[a], &t->ids[b], sizeof(t->ids[a])) < 0;
}

static void push(struct sort *s, uint32_t commit)
{
	uint32_t i = s->n_heap++;

	while (i && before(s->t, commit, s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = commit;
}

static uint32_t pop(struct sort *s)
{
	const uint32_t top = s->heap[0], last = s->heap[--s->n_heap];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= s->n_heap)
			break;
		child += child + 1 < s->n_heap && before(s->t, s->heap[child + 1], s->heap[child]);
		if (!before(s->t, s->heap[child], last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

/* The children of each commit, from the parents of each. */
static void turn_round(struct sort *s)
{
	const struct mf_topo *t = s->t;
	const uint32_t edges = t->first[t->n];
	uint32_t sum = 0;

	for (uint32_t e = 0; e < edges; e++)
		if (t->parents[e] < t->n)
			s->first[t->parents[e]]++;
	for (uint32_t i = 0; i < t->n; i++) {
		sum += s->first[i];
		s->first[i] = sum;
	}
	s->first[t->n] = sum;
	for (uint32_t i = t->n; i-- > 0;) {
		for (uint32_t e = t->first[i]; e < t->first[i + 1]; e++) {
			if (t->parents[e] >= t->n)
				continue;
			s->children[--s->first[t->parents[e]]] = i;
			s->waiting[i]++;
		}
	}
}

static uint32_t place(struct sort *s, uint32_t *order)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->t->n; i++)
		if (!s->waiting[i])
			push(s, i);
	while (s->n_heap) {
		const uint32_t now = pop(s);

		order[n++] = now;
		s->waiting[now] = UINT32_MAX;
		for (uint32_t e = s->first[now]; e < s->first[now + 1]; e++)
			if (--s->waiting[s->children[e]] == 0)
				push(s, s->children[e]);
	}
	return n;
}

int mf_topo_sort(uint32_t *order, const struct mf_topo *t, struct mf_err *err)
{
	struct sort s = { .t = t };
	uint32_t n;
	int r = 0;

	s.waiting = mf_calloc((size_t)t->n + 1, sizeof(*s.waiting));
	s.first = mf_calloc((size_t)t->n + 1, sizeof(*s.first));
	s.children = mf_calloc((size_t)t->first[t->n] + 1, sizeof(*s.children));
	s.heap = mf_calloc((size_t)t->n + 1, sizeof(*s.heap));
	if (!s.waiting || !s.first || !s.children || !s.heap) {
		r = mf_fail_nomem(err);
	} else {
		turn_round(&s);
		n = place(&s, order);
		/* a commit cannot be its own ancestor, but what is stored may claim it */
		for (uint32_t i = 0; i < t->n; i++)
			if (s.waiting[i] != UINT32_MAX)
				order[n++] = i;
	}
	free(s.waiting);
	free(s.first);
	free(s.children);
	free(s.heap);
	return r;
}
