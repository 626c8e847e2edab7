/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted ids, looked up and made. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { HEADS = 1 << 16 };

static size_t head_of(const unsigned char *id)
{
	return (size_t)id[0] << 8 | id[1];
}

int mf_idtable_index(struct mf_idtable *t, struct mf_err *err)
{
	size_t i = 0;

	t->first = mf_calloc(HEADS + 1, sizeof(*t->first));
	if (!t->first)
		return mf_fail_nomem(err);
	for (size_t head = 0; head <= HEADS; head++) {
		while (i < t->n && head_of(t->ids + i * t->oid_len) < head)
			i++;
		t->first[head] = (uint32_t)i;
	}
	return 0;
}

uint32_t mf_idtable_find(const struct mf_idtable *t, const unsigned char *id)
{
	uint32_t low, high;

	if (!t->n)
		return MF_PAST_NONE;
	low = t->first[head_of(id)];
	high = t->first[head_of(id) + 1];
	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;
		const int order = memcmp(t->ids + mid * t->oid_len, id, t->oid_len);

		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return MF_PAST_NONE;
}

int mf_idlist_add(struct mf_idlist *l, size_t oid_len, const unsigned char *id, enum mf_past_kind kind, struct mf_err *err)
{
	unsigned char *to;

	if (mf_grow(&l->v, &l->cap, l->n + 1, oid_len + 1, err))
		return -1;
	to = l->v + l->n++ * (oid_len + 1);
	memcpy(to, id, oid_len);
	to[oid_len] = (unsigned char)kind;
	return 0;
}

static int by_entry20(const void *a, const void *b)
{
	return memcmp(a, b, 21);
}

static int by_entry32(const void *a, const void *b)
{
	return memcmp(a, b, 33);
}

/* First by the first two bytes, which cut ids into small parts unless somebody chose them. */
static int sort(struct mf_idlist *l, size_t step, struct mf_err *err)
{
	unsigned char *sorted = mf_calloc(l->n + 1, step);
	uint32_t *end = mf_calloc(HEADS + 1, sizeof(*end));

	if (!sorted || !end || l->n >= UINT32_MAX) {
		free(sorted);
		free(end);
		return mf_fail_nomem(err);
	}
	for (size_t i = 0; i < l->n; i++)
		end[head_of(l->v + i * step) + 1]++;
	for (size_t head = 0; head < HEADS; head++)
		end[head + 1] += end[head];
	for (size_t i = 0; i < l->n; i++)
		memcpy(sorted + end[head_of(l->v + i * step)]++ * step, l->v + i * step, step);
	for (size_t head = 0, from = 0; head < HEADS; from = end[head++])
		if (end[head] - from > 1)
			qsort(sorted + from * step, end[head] - from, step, step == 21 ? by_entry20 : by_entry32);
	free(l->v);
	free(end);
	l->v = sorted;
	l->cap = l->n + 1;
	return 0;
}

int mf_idlist_sort(struct mf_idlist *l, size_t oid_len, struct mf_err *err)
{
	const size_t step = oid_len + 1;
	size_t kept = 0;

	if (l->n < 2)
		return 0;
	if (sort(l, step, err))
		return -1;
	/* of equal ids the highest kind comes last */
	for (size_t i = 0; i < l->n; i++) {
		if (i + 1 < l->n && memcmp(l->v + i * step, l->v + (i + 1) * step, oid_len) == 0)
			continue;
		if (kept != i)
			memcpy(l->v + kept * step, l->v + i * step, step);
		kept++;
	}
	l->n = kept;
	return 0;
}
