/* SPDX-License-Identifier: Apache-2.0 */
/* A delta family, depth first: each object is made from its base while that is at hand. A base goes before its last child is descended
 * into, and the child with the most below it comes last, so that of n objects at most log2(n) wait. */
#include "walk_priv.h"

#include <mayfly/alloc.h>

#define NONE UINT32_MAX

static struct mf_oid id_of(const struct mf_worker *k, uint32_t i)
{
	return mf_oid_at(mf_idx_id(&k->pack->idx, k->node[i].pos), k->w->oid_len);
}

/* Decides what is wanted, and with it which chains have to be gone down. False when nothing is. */
static bool mark(struct mf_worker *k)
{
	const struct mf_visitor *v = k->w->visitor;
	const unsigned char *known = k->w->known ? k->w->known[k->pack->number] : NULL;
	uint32_t wanted = NONE;		/* the nearest one at or behind i */

	for (uint32_t i = k->node[0].size; i-- > 0;) {
		struct mf_node *n = &k->node[i];
		unsigned flags = n->flags & ~(unsigned)(MF_NODE_WANTED | MF_NODE_NEEDED);

		if (!(flags & MF_NODE_DUP)) {
			const struct mf_oid id = id_of(k, i);

			if (known && known[n->pos >> 3] >> (n->pos & 7) & 1) {
				k->stats.known += k->w->shards > 1;	/* else they are counted already */
			} else if (v->known && v->known(k->ctx, &id)) {
				k->stats.known++;
			} else {
				flags |= MF_NODE_WANTED;
				wanted = i;
			}
		}
		if (wanted != NONE && wanted - i < n->size)
			flags |= MF_NODE_NEEDED;
		n->flags = flags & 0xff;
	}
	return wanted != NONE;
}

/* The first needed node from `i` on that is a child of `parent`. */
static uint32_t needed_from(const struct mf_worker *k, uint32_t parent, uint32_t i)
{
	const uint32_t end = parent + k->node[parent].size;

	while (i < end && !(k->node[i].flags & MF_NODE_NEEDED))
		i += k->node[i].size;
	return i < end ? i : NONE;
}

static void release(struct mf_worker *k, struct mf_frame *f)
{
	k->waiting -= f->b.cap;
	mf_pool_put(&k->pool, &f->b);
}

static void drop_keep(struct mf_worker *k, void *keep)
{
	if (keep && k->w->visitor->drop)
		k->w->visitor->drop(k->ctx, keep);
}

static void pop(struct mf_worker *k)
{
	struct mf_frame *f = &k->frame[--k->depth];

	release(k, f);
	drop_keep(k, f->keep);
}

/* Beyond the limit the bases go that are needed latest. The top one stays: it is needed next. */
static void make_room(struct mf_worker *k)
{
	for (size_t i = 0; i + 1 < k->depth && k->waiting > k->w->memory; i++)
		release(k, &k->frame[i]);
}

static int push(struct mf_worker *k, struct mf_frame f)
{
	if (k->depth == k->cap_frames) {
		const size_t cap = k->cap_frames ? k->cap_frames * 2 : 64;
		struct mf_frame *v = mf_regrow(k->frame, cap, sizeof(*v));

		if (!v) {
			mf_fail_nomem(&k->why);
			mf_pool_put(&k->pool, &f.b);
			drop_keep(k, f.keep);
			return mf_walk_end(k->w, &k->why);
		}
		k->frame = v;
		k->cap_frames = cap;
	}
	k->frame[k->depth++] = f;
	k->waiting += f.b.cap;
	make_room(k);
	return 0;
}

static int give(struct mf_worker *k, struct mf_frame *f, const struct mf_frame *base, bool by_delta)
{
	const bool wanted = k->node[f->node].flags & MF_NODE_WANTED;
	struct mf_view v = { .id = id_of(k, f->node), .type = f->b.type, .p = f->b.p, .n = f->b.n, .wanted = wanted, .last = f->next == NONE };
	struct mf_err err;

	if (by_delta && base && base->shown && !k->spans.given_up) {
		v.spans = k->spans.v;
		v.n_spans = k->spans.n;
		v.base = base->keep;
	}
	if (wanted) {
		k->stats.objects[v.type]++;
		k->stats.bytes[v.type] += v.n;
	}
	f->shown = true;
	return k->w->visitor->visit(k->ctx, &v, &f->keep, &err) ? mf_walk_end(k->w, &err) : 0;
}

static int report(struct mf_worker *k, const struct mf_frame *f)
{
	const struct mf_oid id = id_of(k, f->node);

	return k->node[f->node].flags & MF_NODE_WANTED ? mf_walk_failed(k, &id, &k->why) : 0;
}

/* Gives the object to the visitor, or says why not. */
static int show(struct mf_worker *k, struct mf_frame *f, const struct mf_frame *base, bool by_delta)
{
	const size_t max = k->w->opts->max_object;

	if (f->lost)
		return report(k, f);
	if (!(k->w->visitor->types >> f->b.type & 1))
		return 0;	/* of a family whose root could not be read, or is in another pack */
	if (max && f->b.n > max) {
		mf_fail(&k->why, MF_E_GIT_LIMIT, "an object of %zu bytes is larger than the limit of %zu", f->b.n, max);
		return report(k, f);
	}
	return give(k, f, base, by_delta);
}

/* The next entry's beginning, while this one is looked at. */
static void ask_for_next(const struct mf_worker *k, uint32_t node)
{
	const unsigned char *p = k->pack->map.p + k->node[node + (node + 1 < k->node[0].size)].off;

	__builtin_prefetch(p);
	__builtin_prefetch(p + 64);
	__builtin_prefetch(p + 128);
	__builtin_prefetch(p + 192);
}

/* The object, made from the frame on top when it has a base; the base goes when this is its last child. */
static int enter(struct mf_worker *k, uint32_t node, bool has_base, bool last)
{
	struct mf_frame f = { .node = node }, *base = has_base ? &k->frame[k->depth - 1] : NULL;
	bool by_delta;
	int rc;

	rc = mf_rebuild(&f.b, &by_delta, k, node, base && base->b.p ? &base->b : NULL);
	if (rc < 0)
		return -1;
	f.lost = rc;
	ask_for_next(k, node);
	if (last)
		release(k, base);
	f.next = needed_from(k, node, node + 1);
	rc = show(k, &f, base, by_delta);
	if (last)
		pop(k);
	if (rc == 0 && f.next != NONE)
		return push(k, f);
	mf_pool_put(&k->pool, &f.b);
	drop_keep(k, f.keep);
	return rc;
}

/* The next child of the frame on top. */
static int step(struct mf_worker *k)
{
	struct mf_frame *f = &k->frame[k->depth - 1];
	const uint32_t child = f->next;

	f->next = needed_from(k, f->node, child + k->node[child].size);
	if (!f->b.p && !f->lost) {
		const int rc = mf_rebuild_frame(k, k->depth - 1);

		if (rc < 0)
			return -1;
		k->frame[k->depth - 1].lost = rc;
	}
	return enter(k, child, true, k->frame[k->depth - 1].next == NONE);
}

int mf_walk_family(struct mf_worker *k, const struct mf_family *f)
{
	int rc;

	k->pack = &k->w->src.store->packs[f->pack];
	k->node = k->w->plan[f->pack].node + f->first;
	if (!mark(k))
		return 0;
	rc = enter(k, 0, false, false);
	while (rc == 0 && k->depth && !mf_walk_stopped(k->w))
		rc = step(k);
	while (k->depth)
		pop(k);
	return rc;
}
