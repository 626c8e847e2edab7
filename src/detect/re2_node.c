/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of an expression: its memory, and what is known of a node as soon as its parts are. */
#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { CHUNK = 2048 };

struct mf_re2_chunk {
	struct mf_re2_chunk *before;
	size_t used, room;
	_Alignas(max_align_t) char p[];
};

void *mf_re2_alloc(struct mf_re2_arena *a, size_t n)
{
	struct mf_re2_chunk *c = a->last;
	size_t room;
	void *p;

	n = (n + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	if (!c || c->room - c->used < n) {
		room = n > CHUNK ? n : CHUNK;
		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->room = room;
		c->before = a->last;
		a->last = c;
	}
	p = c->p + c->used;
	c->used += n;
	return p;
}

void mf_re2_arena_free(struct mf_re2_arena *a)
{
	while (a->last) {
		struct mf_re2_chunk *c = a->last;

		a->last = c->before;
		free(c);
	}
}

static size_t plus(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t times(size_t a, size_t b)
{
	return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

static void know_lit(struct mf_node *n)
{
	n->size = n->n;
	for (size_t i = 0; i < n->n; i++) {
		uint32_t first = n->rune[i], c = first;
		size_t least = 4, most = 0;

		do {
			size_t bytes = c == MF_RUNE_BAD ? 1 : mf_rune_size(c);

			least = bytes < least ? bytes : least;
			most = bytes > most ? bytes : most;
			c = n->fold ? mf_rune_fold(c) : first;
		} while (c != first);
		n->bytes_min += least;
		n->bytes_max += first == MF_RUNE_BAD ? 3 : most;
		n->newline |= first == '\n';
	}
	n->eats_inside = n->n && n->rune[0] == MF_RUNE_BAD;
	n->empty_last = true;
}

static void know_class(struct mf_node *n)
{
	n->size = 1;
	n->empty_last = true;
	if (!n->n)
		return;
	n->newline = mf_ranges_hold(n->range, n->n, '\n');
	n->eats_inside = mf_ranges_hold(n->range, n->n, MF_RUNE_BAD);
	n->bytes_min = n->eats_inside ? 1 : mf_rune_size(n->range[0].lo);
	n->bytes_max = mf_rune_size(n->range[n->n - 1].hi);
}

static void know_cat(struct mf_node *n)
{
	n->empty_last = true;
	n->empty_inside = true;
	for (size_t i = 0; i < n->n; i++) {
		const struct mf_node *s = n->sub[i];

		n->size = plus(n->size, s->size);
		n->bytes_min = plus(n->bytes_min, s->bytes_min);
		n->bytes_max = plus(n->bytes_max, s->bytes_max);
		n->newline |= s->newline;
		n->empty_last &= s->empty_last;
		n->eats_inside |= n->empty_inside && s->eats_inside;
		n->empty_inside &= s->empty_inside;
	}
	n->empty_last |= n->bytes_min > 0;
}

static void know_alt(struct mf_node *n)
{
	n->size = 2 * n->n;
	n->bytes_min = SIZE_MAX;
	n->empty_last = true;
	for (size_t i = 0; i < n->n; i++) {
		const struct mf_node *s = n->sub[i];

		n->size = plus(n->size, s->size);
		n->bytes_min = s->bytes_min < n->bytes_min ? s->bytes_min : n->bytes_min;
		n->bytes_max = s->bytes_max > n->bytes_max ? s->bytes_max : n->bytes_max;
		n->newline |= s->newline;
		n->eats_inside |= s->eats_inside;
		n->empty_inside |= s->empty_inside;
		n->empty_last &= s->bytes_min > 0 || (s->empty_last && i + 1 == n->n);
	}
}

static void know_repeat(struct mf_node *n)
{
	const struct mf_node *s = n->sub[0];
	size_t copies = n->max == MF_RE2_INF ? (size_t)n->min + 2 : (size_t)n->max;

	n->copies = n->max == 0 ? 1 : n->copies * (unsigned)(n->max > 0 ? n->max : n->min > 0 ? n->min : 1);
	n->size = plus(times(copies, plus(s->size, 1)), 2);
	n->bytes_min = times(s->bytes_min, (size_t)n->min);
	n->bytes_max = n->max != MF_RE2_INF ? times(s->bytes_max, (size_t)n->max) : s->bytes_max ? SIZE_MAX : 0;
	n->newline = s->newline && n->max != 0;
	n->eats_inside = s->eats_inside && n->max != 0;
	n->empty_inside = n->min == 0 || s->empty_inside;
	n->empty_last = n->bytes_min > 0 || (s->empty_last && (!n->lazy || n->min == n->max)) || n->max == 0;
	n->odd = n->max == MF_RE2_INF && s->bytes_min == 0 && (s->groups || !s->empty_last || n->lazy);
}

void mf_re2_know(struct mf_node *n)
{
	n->height = 1;
	n->copies = 1;
	if (n->op >= MF_RE2_GROUP) {
		for (size_t i = 0; i < n->n; i++) {
			n->height = n->sub[i]->height >= n->height ? n->sub[i]->height + 1 : n->height;
			n->copies = n->sub[i]->copies > n->copies ? n->sub[i]->copies : n->copies;
			n->groups |= n->sub[i]->groups;
			n->odd |= n->sub[i]->odd;
		}
	}
	if (n->op == MF_RE2_LIT) {
		know_lit(n);
	} else if (n->op == MF_RE2_CLASS) {
		know_class(n);
	} else if (n->op == MF_RE2_CAT) {
		know_cat(n);
	} else if (n->op == MF_RE2_ALT) {
		know_alt(n);
	} else if (n->op == MF_RE2_REPEAT) {
		bool odd = n->odd;

		know_repeat(n);
		n->odd |= odd;
	} else if (n->op == MF_RE2_GROUP) {
		know_cat(n);
		n->groups = true;
		n->size = plus(n->size, 2);
	} else {
		n->size = 1;
		n->empty_last = true;
		n->empty_inside = n->op == MF_RE2_EMPTY || n->op == MF_RE2_NO_WORD;
	}
}
