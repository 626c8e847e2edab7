/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of characters: adding, folding, negating. */
#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { FOLD_FIRST = 0x41, FOLD_LAST = 0x1e943 };	/* outside of these nothing folds */

void mf_class_free(struct mf_class *c)
{
	free(c->r);
	c->r = NULL;
	c->n = c->cap = 0;
}

/* What is added often touches one of the last two: A-Z and a-z grow side by side when they are folded. */
static bool touches(struct mf_class *c, uint32_t lo, uint32_t hi)
{
	for (size_t i = c->n; i > 0 && i + 2 > c->n; i--) {
		struct mf_range *r = &c->r[i - 1];

		if (lo <= r->hi + 1 && r->lo <= hi + 1) {
			r->lo = lo < r->lo ? lo : r->lo;
			r->hi = hi > r->hi ? hi : r->hi;
			return true;
		}
	}
	return false;
}

void mf_class_add(struct mf_class *c, uint32_t lo, uint32_t hi)
{
	if (touches(c, lo, hi) || c->nomem || c->full)
		return;
	if (c->n >= c->max) {
		c->full = true;
		return;
	}
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16;
		struct mf_range *r = mf_regrow(c->r, cap, sizeof(*r));

		if (!r) {
			c->nomem = true;
			return;
		}
		c->r = r;
		c->cap = cap;
	}
	c->r[c->n++] = (struct mf_range){ lo, hi };
}

uint32_t mf_rune_fold(uint32_t c)
{
	size_t lo = 0, hi = mf_re2_n_folds;

	if (c < 0x80 && (c | 32) != 'k' && (c | 32) != 's')
		return (c | 32) >= 'a' && (c | 32) <= 'z' ? c ^ 32 : c;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mf_re2_folds[mid].lo <= c)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* runs of every second character overlap, but never more of them than the generator allows */
	for (size_t i = lo; i > 0 && i + MF_RE2_FOLD_LOOK > lo; i--) {
		const struct mf_re2_fold *f = &mf_re2_folds[i - 1];

		if (c <= f->hi && (c - f->lo) % (uint32_t)f->step == 0)
			return (uint32_t)((int32_t)c + f->delta);
	}
	return c;
}

static void add_others(struct mf_class *c, uint32_t at)
{
	for (uint32_t f = mf_rune_fold(at); f != at; f = mf_rune_fold(f))
		mf_class_add(c, f, f);
}

void mf_class_add_folded(struct mf_class *c, uint32_t lo, uint32_t hi)
{
	mf_class_add(c, lo, hi);
	if (lo <= FOLD_FIRST && hi >= FOLD_LAST)
		return;
	for (size_t i = 0; i < mf_re2_n_folds; i++) {
		const struct mf_re2_fold *f = &mf_re2_folds[i];
		uint32_t first = f->lo > lo ? f->lo : lo, last = f->hi < hi ? f->hi : hi;

		if (first > last)
			continue;
		for (uint32_t at = first + (first - f->lo) % (uint32_t)f->step; at <= last; at += (uint32_t)f->step)
			add_others(c, at);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct mf_range *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

void mf_class_clean(struct mf_class *c)
{
	size_t n = 0;

	if (c->n < 2)
		return;
	qsort(c->r, c->n, sizeof(c->r[0]), by_start);
	for (size_t i = 1; i < c->n; i++) {
		if (c->r[i].lo > c->r[n].hi + 1)
			c->r[++n] = c->r[i];
		else if (c->r[i].hi > c->r[n].hi)
			c->r[n].hi = c->r[i].hi;
	}
	c->n = n + 1;
}

void mf_class_negate(struct mf_class *c)
{
	uint32_t next = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct mf_range r = c->r[i];

		if (next < r.lo)
			c->r[n++] = (struct mf_range){ next, r.lo - 1 };
		next = r.hi + 1;
	}
	c->n = n;
	if (next <= MF_RUNE_MAX)
		mf_class_add(c, next, MF_RUNE_MAX);
}

bool mf_ranges_hold(const struct mf_range *r, size_t n, uint32_t c)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c > r[mid].hi)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && r[lo].lo <= c;
}

size_t mf_rune_size(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}
