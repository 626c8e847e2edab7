/* SPDX-License-Identifier: Apache-2.0 */
/* What of the packs is known from an earlier run. A pack with nothing new in it is left alone, and of one with little that is new, the new
 * objects are read one by one: planning costs something for each object of a pack. */
#include "walk_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "past.h"
#include "reader.h"

enum { RARE = 256, PART = 16 };

/* Where in the table an id is, when they are asked for in ascending order, which only a hostile index does not do. */
struct follow {
	const struct mf_idtable *t;
	uint32_t at;
	const unsigned char *last;
	bool search;		/* few ids in a large table */
};

static uint32_t follow(struct follow *f, const unsigned char *id)
{
	const size_t len = f->t->oid_len;
	int order = 1;

	if (f->search || (f->last && memcmp(f->last, id, len) >= 0))
		return mf_idtable_find(f->t, id);
	f->last = id;
	while (f->at < f->t->n && (order = memcmp(f->t->ids + f->at * len, id, len)) < 0)
		f->at++;
	return order == 0 ? f->at : MF_PAST_NONE;
}

static void hold(struct mf_past *p, uint32_t i)
{
	p->held[i >> 3] |= (unsigned char)(1u << (i & 7));
}

static int know_pack(struct mf_walk *w, size_t number, uint32_t *unknown, struct mf_err *err)
{
	struct mf_past *p = w->visitor->past;
	const struct mf_idx *x = &w->src.store->packs[number].idx;
	struct follow f = { .t = &p->old, .search = x->n < p->old.n / PART };
	unsigned char *bits = mf_calloc((size_t)x->n / 8 + 1, 1);

	w->known[number] = bits;
	if (!bits)
		return mf_fail_nomem(err);
	for (uint32_t pos = 0; pos < x->n; pos++) {
		const uint32_t at = follow(&f, mf_idx_id(x, pos));
		const bool dup = mf_sources_is_dup(&w->src, number, pos);

		if (at != MF_PAST_NONE)
			hold(p, at);
		if (mf_past_skips(p, at)) {
			bits[pos >> 3] |= (unsigned char)(1u << (pos & 7));
			w->stats.known += w->shards == 1 && !dup && p->old.kinds[at] != MF_PAST_TREE;
		} else {
			*unknown += !dup;
		}
	}
	return 0;
}

/* A blob that is known, but is to be visited again. */
static void look_again(struct mf_walk *w, uint32_t *unknown, const unsigned char *id)
{
	for (size_t i = 0; i < w->src.store->n; i++) {
		uint32_t pos;

		if (!mf_idx_find(&pos, &w->src.store->packs[i].idx, id) || !(w->known[i][pos >> 3] >> (pos & 7) & 1))
			continue;
		w->known[i][pos >> 3] &= (unsigned char)~(1u << (pos & 7));
		if (mf_sources_is_dup(&w->src, i, pos))
			continue;
		unknown[i]++;
		w->stats.known -= w->shards == 1;
	}
}

int mf_walk_choose(struct mf_walk *w, uint32_t *unknown, struct mf_err *err)
{
	struct mf_past *p = w->visitor->past;

	if (!p || !(w->visitor->types >> MF_OBJ_BLOB & 1))
		return 0;
	/* what another shard visits again is nothing for this one */
	if (mf_past_choose(p, w->shards > 1, err))
		return -1;
	for (size_t i = 0; unknown && i < p->dirty.n_blobs; i++)
		if (p->look[p->dirty.blobs[i].id >> 3] >> (p->dirty.blobs[i].id & 7) & 1)
			look_again(w, unknown, p->old.ids + p->dirty.blobs[i].id * p->old.oid_len);
	return 0;
}

static int take_ones(struct mf_walk *w, size_t number, uint32_t n, struct mf_err *err)
{
	const struct mf_pack *p = &w->src.store->packs[number];

	if (mf_grow(&w->one, &w->cap_ones, w->n_ones + n, sizeof(*w->one), err))
		return -1;
	for (uint32_t pos = 0; pos < p->idx.n; pos++)
		if (!(w->known[number][pos >> 3] >> (pos & 7) & 1) && !mf_sources_is_dup(&w->src, number, pos))
			w->one[w->n_ones++] = (struct mf_one){ .off = mf_idx_offset(&p->idx, pos), .pack = (uint32_t)number, .pos = pos };
	return 0;
}

/* Versions of a file lie near each other: then the reader has their bases. */
static int by_place(const void *a, const void *b)
{
	const struct mf_one *x = a, *y = b;

	if (x->pack != y->pack)
		return x->pack < y->pack ? -1 : 1;
	return (x->off > y->off) - (x->off < y->off);
}

/* Which packs need no plan. Families are dealt out to shards as all of them see them: there each pack has one. */
static int sort_out(struct mf_walk *w, const uint32_t *unknown, struct mf_err *err)
{
	for (size_t i = 0; i < w->src.store->n; i++) {
		w->no_plan[i] = w->shards == 1 && unknown[i] <= w->src.store->packs[i].idx.n / RARE;
		if (w->no_plan[i] && unknown[i] && take_ones(w, i, unknown[i], err))
			return -1;
	}
	if (w->n_ones)
		qsort(w->one, w->n_ones, sizeof(*w->one), by_place);
	w->n_parts = (w->n_ones + PART - 1) / PART;
	return 0;
}

int mf_walk_know(struct mf_walk *w, struct mf_err *err)
{
	const size_t packs = w->src.store->n;
	struct mf_past *p = w->visitor->past;
	uint32_t *unknown;
	int rc = 0;

	if (!p || !p->old.n)
		return 0;
	w->known = mf_calloc(packs + 1, sizeof(*w->known));
	w->no_plan = mf_calloc(packs + 1, sizeof(*w->no_plan));
	unknown = mf_calloc(packs + 1, sizeof(*unknown));
	if (!w->known || !w->no_plan || !unknown)
		rc = mf_fail_nomem(err);
	for (size_t i = 0; i < packs && rc == 0; i++)
		rc = know_pack(w, i, &unknown[i], err);
	for (size_t i = 0; i < w->src.n_loose; i++)
		mf_walk_hold(w, &w->src.loose[i]);
	if (rc == 0)
		rc = mf_walk_choose(w, unknown, err) || sort_out(w, unknown, err) ? -1 : 0;
	free(unknown);
	return rc;
}

void mf_walk_hold(struct mf_walk *w, const struct mf_oids *ids)
{
	struct mf_past *p = w->visitor->past;

	for (size_t i = 0; p && i < ids->n; i++) {
		const uint32_t at = mf_idtable_find(&p->old, ids->v[i].b);

		if (at != MF_PAST_NONE)
			hold(p, at);
	}
}

bool mf_walk_knows(struct mf_worker *k, const struct mf_oid *id)
{
	const struct mf_past *p = k->w->visitor->past;
	const uint32_t at = p ? mf_idtable_find(&p->old, id->b) : MF_PAST_NONE;

	if (!p || !mf_past_skips(p, at))
		return false;
	k->stats.known += p->old.kinds[at] != MF_PAST_TREE;
	return true;
}

static int one_of_pack(struct mf_worker *k, const struct mf_one *one)
{
	struct mf_object o = { 0 };
	struct mf_oid id = { 0 };
	enum mf_otype type;
	struct mf_err why;
	size_t size;
	int r;

	memcpy(id.b, mf_idx_id(&k->w->src.store->packs[one->pack].idx, one->pos), k->w->oid_len);
	if (!k->reader && mf_reader_new(&k->reader, k->w->r, &why))
		return mf_walk_end(k->w, &why);
	r = mf_object_stat(&type, &size, k->reader, &id, &why);
	if (r == 0 && !(k->w->visitor->types >> type & 1))
		return 0;
	if (r == 0)
		r = mf_object_read(&o, k->reader, &id, k->w->opts->max_object, &why);
	return mf_walk_read(k, &id, &o, r ? &why : NULL);
}

int mf_walk_part(struct mf_worker *k, size_t part)
{
	const size_t from = part * PART, to = from + PART < k->w->n_ones ? from + PART : k->w->n_ones;
	int rc = 0;

	for (size_t i = from; i < to && rc == 0 && !mf_walk_stopped(k->w); i++)
		rc = one_of_pack(k, &k->w->one[i]);
	return rc;
}
