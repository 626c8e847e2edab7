/* SPDX-License-Identifier: Apache-2.0 */
/* Objects by id, out of packs and loose files. */
#include "reader.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "delta.h"
#include "loose.h"
#include "repo_priv.h"

enum { CACHE_BYTES = 16 << 20, RESCUES_MAX = 64 };

/* One read: an object, and what it may cost. */
struct ask {
	const struct mf_oid *id;
	size_t max, base_max;		/* 0: no limit */
	unsigned hops;
	const struct mf_pack *skip;	/* its copy is known to be damaged */
};

static int read_any(struct mf_object *out, struct mf_reader *rd, const struct ask *a, struct mf_err *err);

int mf_reader_new(struct mf_reader **out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_reader *rd = mf_calloc(1, sizeof(*rd));

	if (!rd)
		return mf_fail_nomem(err);
	rd->r = r;
	rd->oid_len = r->info.oid_len;
	rd->cache.max = CACHE_BYTES;
	rd->z = mf_inflater_new();
	if (!rd->z || mf_store_load(&rd->store, r, err)) {
		if (!rd->z)
			mf_fail_nomem(err);
		mf_reader_free(rd);
		return -1;
	}
	*out = rd;
	return 0;
}

void mf_reader_free(struct mf_reader *rd)
{
	if (!rd)
		return;
	mf_cache_clear(&rd->cache);
	mf_inflater_free(rd->z);
	free(rd->chain);
	free(rd);
}

int mf_reader_damaged(struct mf_err *err, const struct mf_pack *p, uint64_t off, const char *why)
{
	mf_fail(err, MF_E_GIT_DAMAGED, "'%s.pack' is damaged at %llu", p->path, (unsigned long long)off);
	mf_err_why(err, "%s", why);
	return -1;
}

static bool is_damage(const struct mf_err *err)
{
	return err->id == mf_error_id(MF_E_GIT_DAMAGED) || err->id == mf_error_id(MF_E_GIT_MISSING);
}

static int too_large(struct mf_err *err, uint64_t n, size_t max)
{
	return mf_fail(err, MF_E_GIT_LIMIT, "an object of %llu bytes is larger than the limit of %zu", (unsigned long long)n, max);
}

static int push(struct mf_reader *rd, const struct mf_link *l, struct mf_err *err)
{
	if (rd->n == rd->cap) {
		const size_t cap = rd->cap ? rd->cap * 2 : 64;
		struct mf_link *v = mf_regrow(rd->chain, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		rd->chain = v;
		rd->cap = cap;
	}
	rd->chain[rd->n++] = *l;
	return 0;
}

/* A stream of the pack into memory of its own. */
int mf_reader_inflate(unsigned char **out, struct mf_reader *rd, const struct mf_pack *p, uint64_t data, uint64_t size, size_t max,
		      struct mf_err *err)
{
	unsigned char *b;

	if (max && size > max)
		return too_large(err, size, max);
	if (!mf_inflate_sane(size, p->end - data))
		return mf_reader_damaged(err, p, data, "an object claims to be larger than the pack can hold");
	b = malloc((size_t)size + MF_SLACK);
	if (!b)
		return mf_fail_nomem(err);
	if (!mf_inflate(rd->z, b, (size_t)size, p->map.p + data, (size_t)(p->end - data))) {
		free(b);
		return mf_reader_damaged(err, p, data, "a zlib stream is broken, or its length is wrong");
	}
	*out = b;
	return 0;
}

/* The object that the delta makes of `base`. */
static int apply(struct mf_object *out, struct mf_reader *rd, const struct mf_pack *p, const struct mf_link *l, const struct mf_object *base,
		 size_t max, size_t delta_max, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) unsigned char *d = NULL;
	uint64_t base_n, n;
	unsigned char *b;
	size_t at;

	if (mf_reader_inflate(&d, rd, p, l->data, l->size, delta_max, err))
		return -1;
	if (!mf_delta_sizes(&base_n, &n, &at, d, (size_t)l->size) || base_n != base->n)
		return mf_reader_damaged(err, p, l->off, "a delta does not fit its base");
	if (max && n > max)
		return too_large(err, n, max);
	if (!mf_delta_gives(n, d + at, (size_t)l->size - at))
		return mf_reader_damaged(err, p, l->off, "a delta does not give what it says");
	b = malloc((size_t)n + MF_SLACK);
	if (!b)
		return mf_fail_nomem(err);
	if (!mf_delta_apply(b, (size_t)n, &(struct mf_delta){ d + at, (size_t)l->size - at, base->p, base->n }, NULL)) {
		free(b);
		return mf_reader_damaged(err, p, l->off, "a delta copies from outside of its base");
	}
	*out = (struct mf_object){ .type = base->type, .p = b, .n = (size_t)n };
	return 0;
}

/* The object at `off` is damaged in this pack, but others are made from it: looks for a copy elsewhere, by the id that the index has
 * for the place. Costs a look at all of the index, so not done without end. */
static int rescue(struct mf_object *out, struct mf_reader *rd, const struct mf_pack *p, uint64_t off, const struct ask *a, struct mf_err *err)
{
	struct ask other = { .max = a->base_max, .base_max = a->base_max, .hops = a->hops + 1, .skip = p };
	struct mf_oid id = { 0 };
	struct mf_err why;

	if (rd->rescues >= RESCUES_MAX)
		return -1;
	rd->rescues++;
	for (uint32_t pos = 0; pos < p->idx.n; pos++) {
		if (mf_idx_offset(&p->idx, pos) != off)
			continue;
		memcpy(id.b, mf_idx_id(&p->idx, pos), rd->oid_len);
		other.id = &id;
		if (read_any(out, rd, &other, &why) == 0)
			return 0;
		if (!is_damage(&why))
			*err = why;
		return -1;
	}
	return -1;
}

/* A base in another pack or a loose file. */
static int read_foreign(struct mf_object *out, struct mf_reader *rd, const unsigned char *base_id, const struct ask *a, struct mf_err *err)
{
	struct ask other = { .max = a->base_max, .base_max = a->base_max, .hops = a->hops + 1 };
	struct mf_oid id = { 0 };

	memcpy(id.b, base_id, rd->oid_len);
	other.id = &id;
	return read_any(out, rd, &other, err);
}

/* Where a chain of deltas ends: an object that is whole. Links are pushed on the way; *off is where it lies (UINT64_MAX: not in this pack). */
static int find_root(struct mf_object *out, bool *borrowed, uint64_t *off, struct mf_reader *rd, const struct mf_pack *p,
		     const struct ask *a, struct mf_err *err)
{
	const size_t start = rd->n;
	const struct mf_object *hit;
	struct mf_entry e;
	uint64_t base;
	uint32_t pos;

	for (;;) {
		hit = mf_cache_get(&rd->cache, p->number, *off);
		if (hit) {
			*out = *hit;
			*borrowed = true;
			return 0;
		}
		*borrowed = false;
		if (!mf_entry_parse(&e, p, *off))
			return mf_reader_damaged(err, p, *off, "no object begins here");
		if (e.type <= MF_OBJ_TAG) {
			out->type = (enum mf_otype)e.type;
			out->n = (size_t)e.size;
			return mf_reader_inflate(&out->p, rd, p, e.data, e.size, rd->n == start ? a->max : a->base_max, err);
		}
		if (rd->n - start >= MF_CHAIN_MAX)
			return mf_reader_damaged(err, p, *off, "deltas stand on one another without end");
		if (push(rd, &(struct mf_link){ *off, e.data, e.size }, err))
			return -1;
		if (e.type == MF_ENTRY_OFS) {
			base = e.base;
		} else if (mf_idx_find(&pos, &p->idx, e.base_id)) {
			base = mf_idx_offset(&p->idx, pos);
		} else {
			*off = UINT64_MAX;
			return read_foreign(out, rd, e.base_id, a, err);
		}
		*off = base;
	}
}

/* Applies the deltas that find_root() left, the last first. */
static int climb(struct mf_object *out, struct mf_reader *rd, const struct mf_pack *p, size_t start, struct mf_object base, bool borrowed,
		 uint64_t off, const struct ask *a, struct mf_err *err)
{
	while (rd->n > start) {
		const struct mf_link l = rd->chain[--rd->n];
		struct mf_object next;
		int rc = apply(&next, rd, p, &l, &base, rd->n == start ? a->max : a->base_max, a->base_max, err);

		if (rc && rd->n > start && is_damage(err))
			rc = rescue(&next, rd, p, l.off, a, err);
		if (!borrowed && off != UINT64_MAX)
			mf_cache_put(&rd->cache, p->number, off, &base);
		if (!borrowed)
			mf_object_free(&base);
		if (rc)
			return -1;
		base = next;
		borrowed = false;
		off = l.off;
	}
	if (borrowed) {
		unsigned char *copy = malloc(base.n + MF_SLACK);

		if (!copy)
			return mf_fail_nomem(err);
		memcpy(copy, base.p, base.n);
		base.p = copy;
	} else if (off != UINT64_MAX) {
		mf_cache_put(&rd->cache, p->number, off, &base);
	}
	*out = base;
	return 0;
}

static int read_packed(struct mf_object *out, struct mf_reader *rd, const struct mf_pack *p, uint64_t off, const struct ask *a,
		       struct mf_err *err)
{
	const size_t start = rd->n;
	struct mf_object base, got;
	bool borrowed = false;
	int rc = find_root(&base, &borrowed, &off, rd, p, a, err);

	if (rc && rd->n > start && is_damage(err) && off != UINT64_MAX) {
		/* a chain without end has its last link at `off` */
		rc = rescue(&base, rd, p, off, a, err);
	}
	if (rc == 0 && rd->n == start && a->max && base.n > a->max) {
		rc = too_large(err, base.n, a->max);
		if (!borrowed)
			mf_object_free(&base);
	}
	if (rc == 0)
		rc = climb(&got, rd, p, start, base, borrowed, off, a, err);
	rd->n = start;
	if (rc == 0)
		*out = got;
	return rc;
}

/* The first reason that is more than "not here" is the one to report. */
void mf_reader_keep_first(struct mf_err *first, bool *have, const struct mf_err *why)
{
	if (*have && (first->id != mf_error_id(MF_E_GIT_MISSING) || why->id == mf_error_id(MF_E_GIT_MISSING)))
		return;
	*first = *why;
	*have = true;
}

int mf_reader_missing(struct mf_err *err, const struct mf_oid *id, size_t oid_len)
{
	char hex[65];

	mf_oid_hex(hex, id, oid_len);
	return mf_fail(err, MF_E_GIT_MISSING, "the repository lacks object %s", hex);
}

static int read_any(struct mf_object *out, struct mf_reader *rd, const struct ask *a, struct mf_err *err)
{
	const struct mf_pack *p;
	struct mf_err why;
	bool have = false;
	uint64_t off;
	size_t at = 0;

	if (a->hops > MF_HOPS_MAX)
		return mf_fail(err, MF_E_GIT_DAMAGED, "deltas lead from pack to pack without end");
	while ((p = mf_store_find(&off, &at, rd->store, a->id->b))) {
		if (p == a->skip)
			continue;
		if (read_packed(out, rd, p, off, a, &why) == 0)
			return 0;
		mf_reader_keep_first(err, &have, &why);
		if (!is_damage(&why))
			return -1;
	}
	for (size_t i = 0; i < rd->r->odirs.n; i++) {
		if (mf_loose_read(out, rd->z, rd->r->odirs.v[i], a->id, rd->oid_len, a->max, &why) == 0)
			return 0;
		if (why.id != mf_error_id(MF_E_GIT_MISSING))
			mf_reader_keep_first(err, &have, &why);
		if (!is_damage(&why))
			return -1;
	}
	return have ? -1 : mf_reader_missing(err, a->id, rd->oid_len);
}

int mf_object_read(struct mf_object *out, struct mf_reader *rd, const struct mf_oid *id, size_t max, struct mf_err *err)
{
	/* a base may be larger than what is made from it, within reason */
	const struct ask a = { .id = id, .max = max, .base_max = max && max < SIZE_MAX / 4 ? max * 4 : 0 };

	return read_any(out, rd, &a, err);
}
