/* SPDX-License-Identifier: Apache-2.0 */
/* An object's bytes during a walk: out of its pack and its base; when that fails, by any other way there is. */
#include "walk_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "reader.h"
#include "repo_priv.h"

enum {
	LARGE = 1 << 20,	/* for more than this a header has to show first that it can be true */
	LOST_MAX = 2000		/* after so many objects that nothing helped, the other ways are not tried any more: each costs a search */
};

static int damaged(struct mf_worker *k, const struct mf_node *n, const char *why)
{
	mf_fail(&k->why, MF_E_GIT_DAMAGED, "'%s.pack' is damaged at %llu", k->pack->path, (unsigned long long)n->off);
	mf_err_why(&k->why, "%s", why);
	return 1;
}

static int too_large(struct mf_worker *k, uint64_t n)
{
	mf_fail(&k->why, MF_E_GIT_LIMIT, "an object of %llu bytes is larger than the limit of %zu", (unsigned long long)n,
		k->w->opts->max_object);
	return 1;
}

/* A base may be larger than what is visited, within reason. */
static bool beyond(const struct mf_worker *k, uint64_t n)
{
	const size_t max = k->w->opts->max_object;

	return (max && n / 4 > max) || n >= SIZE_MAX / 4;
}

/* Memory for an object. That a large one does not fit is the object's problem, and not the walk's. */
static int get_bytes(struct mf_bytes *out, struct mf_worker *k, uint64_t n)
{
	if (mf_pool_get(out, &k->pool, (size_t)n))
		return 0;
	mf_fail_nomem(&k->why);
	if (n < LARGE)
		return mf_walk_end(k->w, &k->why);
	mf_fail(&k->why, MF_E_GIT_LIMIT, "there is no memory for an object of %llu bytes", (unsigned long long)n);
	return 1;
}

/* A stream of the node's entry. */
static int expand(struct mf_bytes *out, struct mf_worker *k, const struct mf_node *n, const struct mf_entry *e)
{
	const uint64_t end = n->len == UINT32_MAX || n->off + n->len > k->pack->end ? k->pack->end : n->off + n->len;
	const uint64_t in_n = end > e->data ? end - e->data : 0;
	int rc;

	if (!mf_inflate_sane(e->size, in_n))
		return damaged(k, n, "it claims to be larger than its bytes can hold");
	if (beyond(k, e->size))
		return too_large(k, e->size);
	rc = get_bytes(out, k, e->size);
	if (rc)
		return rc;
	if (!mf_inflate(k->z, out->p, out->n, k->pack->map.p + e->data, (size_t)in_n)) {
		mf_pool_put(&k->pool, out);
		return damaged(k, n, "its zlib stream is broken, or its length is wrong");
	}
	return 0;
}

/* k->delta holds the delta. */
static int apply(struct mf_bytes *out, struct mf_worker *k, const struct mf_node *n, const struct mf_bytes *base)
{
	struct mf_delta d = { .base = base->p, .base_n = base->n };
	uint64_t base_n, result_n;
	size_t at;
	int rc;

	if (!mf_delta_sizes(&base_n, &result_n, &at, k->delta.p, k->delta.n) || base_n != base->n)
		return damaged(k, n, "its delta does not fit the base");
	d.ops = k->delta.p + at;
	d.n = k->delta.n - at;
	if (beyond(k, result_n))
		return too_large(k, result_n);
	if (result_n > LARGE && !mf_delta_gives(result_n, d.ops, d.n))
		return damaged(k, n, "its delta does not give what it says");
	rc = get_bytes(out, k, result_n);
	if (rc)
		return rc;
	if (!mf_delta_apply(out->p, out->n, &d, &k->spans)) {
		mf_pool_put(&k->pool, out);
		return damaged(k, n, "its delta is broken");
	}
	out->type = base->type;
	return 0;
}

/* Out of the pack alone. */
static int decode(struct mf_bytes *out, bool *by_delta, struct mf_worker *k, const struct mf_node *n, const struct mf_bytes *base)
{
	struct mf_entry e;
	int rc;

	*by_delta = false;
	if (!mf_entry_parse(&e, k->pack, n->off))
		return damaged(k, n, "no object begins here");
	if (e.type <= MF_OBJ_TAG) {
		rc = expand(out, k, n, &e);
		if (rc == 0)
			out->type = (enum mf_otype)e.type;
		return rc;
	}
	if (!base)
		return damaged(k, n, "the base of a delta cannot be read");
	rc = expand(&k->delta, k, n, &e);
	if (rc)
		return rc;
	rc = apply(out, k, n, base);
	mf_pool_put(&k->pool, &k->delta);
	*by_delta = rc == 0;
	return rc;
}

/* Opened by whoever needs it first; the caller has the lock. */
static struct mf_odb *second_way(struct mf_walk *w)
{
	struct mf_err why;

	if (!w->odb_tried && w->oid_len == 20 && mf_odb_open(&w->odb, w->r, w->src.store, &why))
		w->odb = NULL;
	w->odb_tried = true;
	return w->odb;
}

bool mf_walk_broken_loose(struct mf_worker *k, const struct mf_oid *id, struct mf_err *why)
{
	struct mf_object o;

	for (size_t i = 0; i < k->w->r->odirs.n; i++) {
		if (mf_loose_read(&o, k->z, k->w->r->odirs.v[i], id, k->w->oid_len, k->w->opts->max_object, why) == 0)
			mf_object_free(&o);
		else if (why->id == mf_error_id(MF_E_GIT_DAMAGED))
			return true;
	}
	return false;
}

static int read_elsewhere(struct mf_object *o, struct mf_worker *k, const struct mf_oid *id)
{
	const size_t max = k->w->opts->max_object;
	struct mf_err why;
	struct mf_odb *odb;
	int rc = -1;

	if (!k->reader && mf_reader_new(&k->reader, k->w->r, &why))
		return mf_walk_end(k->w, &why);
	if (mf_object_read(o, k->reader, id, max, &why) == 0)
		return 0;
	if (why.id == mf_error_id(MF_E_GIT_LIMIT)) {
		k->why = why;
		return 1;
	}
	if (why.id == mf_error_id(MF_E_BASE_NOMEM))
		return mf_walk_end(k->w, &why);
	if (!k->why.id)
		k->why = why;
	if (mf_reader_loops(k->reader, id) || mf_walk_broken_loose(k, id, &why))
		return 1;
	pthread_mutex_lock(&k->w->lock);
	odb = second_way(k->w);
	if (odb)
		rc = mf_odb_read(o, odb, id, ~0u, max, &why);
	pthread_mutex_unlock(&k->w->lock);
	if (rc)
		return 1;
	k->stats.fell_back = true;
	return 0;
}

int mf_recover(struct mf_bytes *out, struct mf_worker *k, const struct mf_oid *id)
{
	struct mf_object o = { 0 };
	int rc;

	if (atomic_load(&k->w->lost) >= LOST_MAX)
		return 1;
	rc = read_elsewhere(&o, k, id);
	if (rc == 1)
		atomic_fetch_add(&k->w->lost, 1);
	if (rc)
		return rc;
	rc = get_bytes(out, k, o.n);
	if (rc == 0) {
		memcpy(out->p, o.p, o.n);
		out->type = o.type;
	}
	mf_object_free(&o);
	return rc;
}

int mf_rebuild(struct mf_bytes *out, bool *by_delta, struct mf_worker *k, uint32_t node, const struct mf_bytes *base)
{
	const struct mf_node *n = &k->node[node];
	struct mf_oid id;
	int rc = 1;

	k->why.id = NULL;
	*by_delta = false;
	if (!(n->flags & MF_NODE_LOST))
		rc = decode(out, by_delta, k, n, base);
	if (rc != 1 || (k->why.id && k->why.id == mf_error_id(MF_E_GIT_LIMIT)))
		return rc;
	id = mf_oid_at(mf_idx_id(&k->pack->idx, n->pos), k->w->oid_len);
	rc = mf_recover(out, k, &id);
	if (rc == 1 && !k->why.id)
		damaged(k, n, "no object begins here, or its base cannot be read");
	return rc;
}

static int grow_path(struct mf_worker *k, size_t n)
{
	const size_t cap = k->cap_path ? k->cap_path * 2 : 256;
	uint32_t *v;

	if (n < k->cap_path)
		return 0;
	v = mf_regrow(k->path, cap, sizeof(*v));
	if (!v) {
		mf_fail_nomem(&k->why);
		return mf_walk_end(k->w, &k->why);
	}
	k->path = v;
	k->cap_path = cap;
	return 0;
}

/* The node's ancestors without bytes, itself first; *from is the frame whose bytes they are rebuilt from, or NULL: the root is among them. */
static int ancestors(struct mf_worker *k, size_t frame, size_t *n, const struct mf_frame **from)
{
	uint32_t node = k->frame[frame].node;

	*n = 0;
	*from = NULL;
	for (;;) {
		while (frame && k->frame[frame].node > node)
			frame--;
		if (k->frame[frame].node == node && k->frame[frame].b.p) {
			*from = &k->frame[frame];
			return 0;
		}
		if (grow_path(k, *n))
			return -1;
		k->path[(*n)++] = node;
		if (node == 0)
			return 0;
		node = k->node[node].parent;
	}
}

int mf_rebuild_frame(struct mf_worker *k, size_t frame)
{
	const struct mf_frame *from;
	struct mf_bytes b = { 0 }, next = { 0 };
	bool by_delta;
	size_t n;
	int rc = 0;

	if (ancestors(k, frame, &n, &from))
		return -1;
	while (n-- && rc == 0) {
		const struct mf_bytes *base = b.p ? &b : from ? &from->b : NULL;

		rc = mf_rebuild(&next, &by_delta, k, k->path[n], base);
		mf_pool_put(&k->pool, &b);
		if (rc == 0) {
			b = next;
			next = (struct mf_bytes){ 0 };
		}
	}
	if (rc)
		return rc;
	k->frame[frame].b = b;
	k->waiting += b.cap;
	return 0;
}
