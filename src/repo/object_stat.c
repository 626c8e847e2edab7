/* SPDX-License-Identifier: Apache-2.0 */
/* An object's type and size, without its bytes. */
#include "reader.h"

#include "delta.h"
#include "loose.h"
#include "repo_priv.h"

enum { PEEK = 32 };

/* The size that a delta's result has stands in its first bytes. What the library leaves when the room was too small is not promised; zeros
 * mean that it left nothing, and then all of the delta is expanded. */
static int result_size(size_t *size, struct mf_reader *rd, const struct mf_pack *p, const struct mf_entry *e, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) unsigned char *d = NULL;
	unsigned char first[PEEK] = { 0 };
	uint64_t base_n, n;
	size_t at, got = sizeof(first);

	if (mf_inflate_some(rd->z, first, sizeof(first), &got, p->map.p + e->data, (size_t)(p->end - e->data)) != MF_INFLATE_BAD &&
	    first[0] && mf_delta_sizes(&base_n, &n, &at, first, sizeof(first))) {
		*size = (size_t)n;
		return 0;
	}
	if (mf_reader_inflate(&d, rd, p, e->data, e->size, 0, err))
		return -1;
	if (!mf_delta_sizes(&base_n, &n, &at, d, (size_t)e->size))
		return mf_reader_damaged(err, p, e->data, "a delta does not say how long its result is");
	*size = (size_t)n;
	return 0;
}

/* Where the base lies in the same pack; UINT64_MAX: there is none. */
static uint64_t base_in_pack(const struct mf_pack *p, const struct mf_entry *e)
{
	uint32_t pos;

	if (e->type == MF_ENTRY_OFS)
		return e->base;
	return e->type == MF_ENTRY_REF && mf_idx_find(&pos, &p->idx, e->base_id) ? mf_idx_offset(&p->idx, pos) : UINT64_MAX;
}

bool mf_reader_loops(const struct mf_reader *rd, const struct mf_oid *id)
{
	const struct mf_pack *p;
	struct mf_entry e;
	uint64_t off;
	size_t at = 0;

	while ((p = mf_store_find(&off, &at, rd->store, id->b))) {
		unsigned depth = 0;

		while (off != UINT64_MAX && depth < MF_CHAIN_MAX && mf_entry_parse(&e, p, off)) {
			off = base_in_pack(p, &e);
			depth++;
		}
		if (depth >= MF_CHAIN_MAX)
			return true;
	}
	return false;
}

static int stat_any(enum mf_otype *type, size_t *size, struct mf_reader *rd, const struct mf_oid *id, unsigned hops, struct mf_err *err);

static int stat_packed(enum mf_otype *type, size_t *size, struct mf_reader *rd, const struct mf_pack *p, uint64_t off, unsigned hops,
		       struct mf_err *err)
{
	struct mf_oid id = { 0 };
	struct mf_entry e;
	size_t ignored;

	for (unsigned depth = 0; depth < MF_CHAIN_MAX; depth++) {
		if (!mf_entry_parse(&e, p, off))
			return mf_reader_damaged(err, p, off, "no object begins here");
		if (depth == 0)
			*size = (size_t)e.size;
		if (depth == 0 && e.type > MF_OBJ_TAG && result_size(size, rd, p, &e, err))
			return -1;
		if (e.type <= MF_OBJ_TAG) {
			*type = (enum mf_otype)e.type;
			return 0;
		}
		off = base_in_pack(p, &e);
		if (off == UINT64_MAX && e.type == MF_ENTRY_REF) {
			memcpy(id.b, e.base_id, rd->oid_len);
			return stat_any(type, &ignored, rd, &id, hops + 1, err);
		}
	}
	return mf_reader_damaged(err, p, off, "deltas stand on one another without end");
}

static int stat_any(enum mf_otype *type, size_t *size, struct mf_reader *rd, const struct mf_oid *id, unsigned hops, struct mf_err *err)
{
	const struct mf_pack *p;
	struct mf_err why;
	bool have = false;
	uint64_t off;
	size_t at = 0;

	if (hops > MF_HOPS_MAX)
		return mf_fail(err, MF_E_GIT_DAMAGED, "deltas lead from pack to pack without end");
	while ((p = mf_store_find(&off, &at, rd->store, id->b))) {
		if (stat_packed(type, size, rd, p, off, hops, &why) == 0)
			return 0;
		mf_reader_keep_first(err, &have, &why);
	}
	for (size_t i = 0; i < rd->r->odirs.n; i++) {
		if (mf_loose_stat(type, size, rd->z, rd->r->odirs.v[i], id, rd->oid_len, &why) == 0)
			return 0;
		if (why.id != mf_error_id(MF_E_GIT_MISSING))
			mf_reader_keep_first(err, &have, &why);
	}
	return have ? -1 : mf_reader_missing(err, id, rd->oid_len);
}

int mf_object_stat(enum mf_otype *type, size_t *size, struct mf_reader *rd, const struct mf_oid *id, struct mf_err *err)
{
	enum mf_otype t;
	size_t n;

	if (stat_any(&t, &n, rd, id, 0, err))
		return -1;
	*type = t;
	*size = n;
	return 0;
}
