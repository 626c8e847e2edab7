/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be walked: all packs planned, this shard's families picked, and cut into batches. */
#include "walk_priv.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <mayfly/alloc.h>

enum {
	BATCH_BYTES = 64 << 10,
	ENTRY_COST = 64,
	AHEAD_MAX = 1 << 30	/* larger packs would push each other out of the page cache */
};

struct load {
	uint64_t cost;
	unsigned shard;
};

static bool lighter(const struct load *a, const struct load *b)
{
	return a->cost < b->cost || (a->cost == b->cost && a->shard < b->shard);
}

static void sink(struct load *heap, unsigned n)
{
	const struct load moving = heap[0];
	unsigned at = 0;

	for (;;) {
		unsigned child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && lighter(&heap[child + 1], &heap[child]))
			child++;
		if (!lighter(&heap[child], &moving))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

int mf_walk_shards(unsigned *shard_of, const struct mf_family *f, const size_t *order, size_t n, unsigned shards, struct mf_err *err)
{
	struct load *heap = mf_calloc(shards, sizeof(*heap));

	if (!heap)
		return mf_fail_nomem(err);
	for (unsigned i = 0; i < shards; i++)
		heap[i].shard = i;
	for (size_t i = 0; i < n; i++) {
		shard_of[order[i]] = heap[0].shard;
		heap[0].cost += f[order[i]].bytes + ENTRY_COST;
		sink(heap, shards);
	}
	free(heap);
	return 0;
}

static const struct mf_family *sorting;	/* qsort() has no argument for it */
static pthread_mutex_t sorting_lock = PTHREAD_MUTEX_INITIALIZER;

/* By size, the largest first; then by their order in the packs. */
static int by_weight(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (sorting[x].bytes != sorting[y].bytes)
		return sorting[x].bytes > sorting[y].bytes ? -1 : 1;
	return x < y ? -1 : x > y;
}

static size_t *weight_order(const struct mf_walk *w)
{
	size_t *order = mf_calloc(w->n_families + 1, sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < w->n_families; i++)
		order[i] = i;
	pthread_mutex_lock(&sorting_lock);
	sorting = w->family;
	if (w->n_families)
		qsort(order, w->n_families, sizeof(*order), by_weight);
	pthread_mutex_unlock(&sorting_lock);
	return order;
}

static uint64_t wanted_in(const struct mf_walk *w, const struct mf_family *f)
{
	const struct mf_node *n = w->plan[f->pack].node + f->first;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n->size; i++)
		sum += !(n[i].flags & MF_NODE_DUP);
	return sum;
}

static int pick_shard(struct mf_walk *w, struct mf_err *err)
{
	unsigned *shard_of;
	size_t *order, kept = 0;
	int rc = 0;

	if (w->shards <= 1)
		return 0;
	order = weight_order(w);
	shard_of = mf_calloc(w->n_families + 1, sizeof(*shard_of));
	if (!order || !shard_of)
		rc = mf_fail_nomem(err);
	else
		rc = mf_walk_shards(shard_of, w->family, order, w->n_families, w->shards, err);
	for (size_t i = 0; rc == 0 && i < w->n_families; i++) {
		if (shard_of[i] == w->shard)
			w->family[kept++] = w->family[i];
		else
			w->stats.elsewhere += wanted_in(w, &w->family[i]);
	}
	if (rc == 0)
		w->n_families = kept;
	free(order);
	free(shard_of);
	return rc;
}

/* Families so large that a thread with one of them could come last go first, and each alone; the others stay in their order in the pack and
 * go together. */
static int cut(struct mf_walk *w, struct mf_err *err)
{
	struct mf_family *sorted = mf_calloc(w->n_families + 1, sizeof(*sorted));
	uint64_t total = 0, sum = 0;
	size_t n = 0, heavy;

	w->batch = mf_calloc(w->n_families + 1, sizeof(*w->batch));
	if (!sorted || !w->batch) {
		free(sorted);
		return mf_fail_nomem(err);
	}
	for (size_t i = 0; i < w->n_families; i++)
		total += w->family[i].bytes;
	for (size_t i = 0; i < w->n_families; i++)
		if (w->family[i].bytes >= BATCH_BYTES && w->family[i].bytes > total / (16 * w->threads))
			sorted[n++] = w->family[i];
	heavy = n;
	for (size_t i = 0; i < w->n_families; i++)
		if (w->family[i].bytes < BATCH_BYTES || w->family[i].bytes <= total / (16 * w->threads))
			sorted[n++] = w->family[i];
	for (size_t i = 0; i < n; i++) {
		if (i <= heavy || sum >= BATCH_BYTES) {
			w->batch[w->n_batches++].first = i;
			sum = 0;
		}
		w->batch[w->n_batches - 1].n++;
		sum += sorted[i].bytes;
	}
	free(w->family);
	w->family = sorted;
	return 0;
}

static int gather(struct mf_walk *w, struct mf_err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < w->src.store->n; i++)
		total += w->plan[i].n_families;
	w->family = mf_calloc(total + 1, sizeof(*w->family));
	if (!w->family)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < w->src.store->n; i++) {
		struct mf_plan *p = &w->plan[i];

		if (p->n_families)
			memcpy(w->family + w->n_families, p->family, p->n_families * sizeof(*p->family));
		w->n_families += p->n_families;
		free(p->family);
		p->family = NULL;
	}
	return 0;
}

int mf_walk_prepare(struct mf_walk *w, struct mf_err *err)
{
	const struct mf_store *s;
	size_t loose = 0;

	if (mf_sources_open(&w->src, w->r, err) || mf_sources_mark(&w->src, err) || mf_walk_know(w, err))
		return -1;
	s = w->src.store;
	w->plan = mf_calloc(s->n + 1, sizeof(*w->plan));
	if (!w->plan)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++) {
		const struct mf_pack *p = &s->packs[i];

		if (w->no_plan && w->no_plan[i])
			continue;
		if (p->map.n <= AHEAD_MAX)
			madvise((void *)(uintptr_t)p->map.p, p->map.n, MADV_WILLNEED);
		if (mf_plan_make(&w->plan[i], p, w->visitor->types, w->src.dup ? w->src.dup[i] : NULL, err))
			return -1;
	}
	for (size_t i = 0; i < w->src.n_loose; i++)
		loose += w->src.loose[i].n;
	w->stats.packs = s->n;
	w->stats.loose = loose;
	w->n_chunks = (loose + MF_LOOSE_CHUNK - 1) / MF_LOOSE_CHUNK;
	return gather(w, err) || pick_shard(w, err) || cut(w, err) ? -1 : 0;
}
