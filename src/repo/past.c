/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what an earlier run has left, and adding to it. Layout of the bytes: number of ids (8, little-endian), the sorted ids, a kind for each;
 * the trail's length (8) and the trail, or nothing; the length (8) of what dirty blobs hold, and that; what others add. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

int mf_past_new(struct mf_past **out, size_t oid_len, unsigned threads, struct mf_err *err)
{
	struct mf_past *p = mf_calloc(1, sizeof(*p));

	if (!p || !(p->added = mf_calloc(threads, sizeof(*p->added)))) {
		free(p);
		return mf_fail_nomem(err);
	}
	p->threads = threads;
	p->old.oid_len = p->fresh_table.oid_len = oid_len;
	*out = p;
	return 0;
}

static void learned_free(struct mf_learned *l)
{
	for (unsigned i = 0; l->commits && i < l->threads; i++)
		mf_commit_list_free(&l->commits[i]);
	free(l->commits);
	free(l->trees);
	free(l->into);
	free(l->edges);
	mf_textmap_free(&l->names);
}

void mf_past_free(struct mf_past *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->threads; i++)
		free(p->added[i].v);
	free(p->added);
	free(p->fresh.v);
	free(p->fresh_table.first);
	free(p->fresh_bytes);
	free(p->old.first);
	free(p->held);
	free(p->look);
	mf_trail_free(&p->trail);
	mf_dirty_free(&p->dirty);
	free(p->kept);
	free(p->kept_cands);
	mf_buf_free(&p->new_extra);
	learned_free(&p->learned);
	free(p);
}

static bool sorted(const unsigned char *v, size_t n, size_t len)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(v + (i - 1) * len, v + i * len, len) >= 0)
			return false;
	return true;
}

static uint64_t get64(const unsigned char *p)
{
	uint64_t n = 0;

	for (unsigned i = 8; i--;)
		n = n << 8 | p[i];
	return n;
}

/* The table of ids; 1: damaged. *used: its bytes. */
static int read_table(struct mf_idtable *t, size_t *used, struct mf_str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	uint64_t n;

	if (bytes.n < 8)
		return 1;
	n = get64(p);
	if (n > (bytes.n - 8) / (t->oid_len + 1) || n >= UINT32_MAX || !sorted(p + 8, (size_t)n, t->oid_len))
		return 1;
	t->ids = p + 8;
	t->kinds = t->ids + (size_t)n * t->oid_len;
	t->n = (size_t)n;
	for (size_t i = 0; i < t->n; i++)
		if (t->kinds[i] >= MF_PAST_KINDS)
			return 1;
	*used = 8 + t->n * (t->oid_len + 1);
	return 0;
}

/* Nothing that was read counts. */
static void forget(struct mf_past *p)
{
	free(p->old.first);
	free(p->held);
	free(p->look);
	p->held = p->look = NULL;
	p->old = (struct mf_idtable){ .oid_len = p->old.oid_len };
	mf_trail_free(&p->trail);
	mf_dirty_free(&p->dirty);
	p->extra = (struct mf_str){ 0 };
	p->has_trail = false;
}

/* What follows the table. */
static int read_rest(struct mf_past *p, struct mf_str rest, struct mf_err *err)
{
	uint64_t n;

	if (rest.n < 8 || (n = get64((const unsigned char *)rest.p)) > rest.n - 8)
		return 1;
	if (n) {
		const int r = mf_trail_read(&p->trail, &p->old, (struct mf_str){ rest.p + 8, (size_t)n }, err);

		if (r)
			return r;
		p->has_trail = true;
	}
	rest = (struct mf_str){ rest.p + 8 + n, rest.n - 8 - (size_t)n };
	if (rest.n < 8 || (n = get64((const unsigned char *)rest.p)) > rest.n - 8)
		return 1;
	p->extra = (struct mf_str){ rest.p + 8 + n, rest.n - 8 - (size_t)n };
	return mf_dirty_read(&p->dirty, &p->old, (struct mf_str){ rest.p + 8, (size_t)n }, err);
}

int mf_past_read(struct mf_past *p, struct mf_str bytes, struct mf_err *err)
{
	size_t used;
	int r = read_table(&p->old, &used, bytes);

	if (r == 0)
		r = mf_idtable_index(&p->old, err);
	if (r == 0) {
		p->held = mf_calloc(p->old.n / 8 + 1, 1);
		p->look = mf_calloc(p->old.n / 8 + 1, 1);
		r = p->held && p->look ? read_rest(p, (struct mf_str){ bytes.p + used, bytes.n - used }, err) : mf_fail_nomem(err);
	}
	if (r)
		forget(p);
	return r;
}

struct mf_str mf_past_extra(const struct mf_past *p)
{
	return p->extra;
}

int mf_past_set_extra(struct mf_past *p, struct mf_str bytes, struct mf_err *err)
{
	mf_buf_free(&p->new_extra);
	p->new_extra = MF_BUF(SIZE_MAX / 4);
	return mf_buf_add(&p->new_extra, bytes.p, bytes.n, err);
}

bool mf_past_empty(const struct mf_past *p)
{
	return p->old.n == 0;
}

bool mf_past_has_trail(const struct mf_past *p)
{
	return p->has_trail;
}

int mf_past_add(struct mf_past *p, unsigned at, const struct mf_oid *id, bool dirty, struct mf_err *err)
{
	return mf_idlist_add(&p->added[at], p->old.oid_len, id->b, dirty ? MF_PAST_DIRTY : MF_PAST_DONE, err);
}

int mf_past_fresh_table(struct mf_past *p, struct mf_err *err)
{
	const size_t len = p->old.oid_len;
	struct mf_idtable *t = &p->fresh_table;

	free(p->fresh_bytes);
	free(t->first);
	t->first = NULL;
	p->fresh_bytes = mf_calloc(p->fresh.n + 1, len + 1);
	if (!p->fresh_bytes)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < p->fresh.n; i++) {
		memcpy(p->fresh_bytes + i * len, p->fresh.v + i * (len + 1), len);
		p->fresh_bytes[p->fresh.n * len + i] = p->fresh.v[i * (len + 1) + len];
	}
	t->ids = p->fresh_bytes;
	t->kinds = p->fresh_bytes + p->fresh.n * len;
	t->n = p->fresh.n;
	return mf_idtable_index(t, err);
}

int mf_past_settle(struct mf_past *p, struct mf_err *err)
{
	const size_t step = p->old.oid_len + 1;

	if (p->fresh_table.first)
		return 0;
	for (unsigned i = 0; i < p->threads; i++) {
		struct mf_idlist *a = &p->added[i];

		if (a->n && mf_grow(&p->fresh.v, &p->fresh.cap, p->fresh.n + a->n, step, err))
			return -1;
		if (a->n)
			memcpy(p->fresh.v + p->fresh.n * step, a->v, a->n * step);
		p->fresh.n += a->n;
		free(a->v);
		*a = (struct mf_idlist){ 0 };
	}
	return mf_idlist_sort(&p->fresh, p->old.oid_len, err) || mf_past_fresh_table(p, err) ? -1 : 0;
}

static bool is_clean(const struct mf_idtable *t, const unsigned char *id)
{
	const uint32_t at = mf_idtable_find(t, id);

	return at != MF_PAST_NONE && t->kinds[at] != MF_PAST_OTHER && t->kinds[at] != MF_PAST_DIRTY;
}

bool mf_past_settled(const struct mf_past *p, const unsigned char *id)
{
	return is_clean(&p->old, id) || is_clean(&p->fresh_table, id);
}
