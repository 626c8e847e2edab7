/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that are used again and again by one thread. */
#include "pool.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "delta.h"

enum { ROUND = 16 << 10, IDLE_MAX = 8 << 20 };

/* The smallest that is large enough, unless it would be a waste. */
static int best_slot(const struct mf_pool *pool, size_t need)
{
	int best = -1;

	for (unsigned i = 0; i < pool->n; i++)
		if (pool->slot[i].cap >= need && (best < 0 || pool->slot[i].cap < pool->slot[best].cap))
			best = (int)i;
	return best >= 0 && pool->slot[best].cap / 8 <= need + ROUND ? best : -1;
}

static struct mf_bytes take(struct mf_pool *pool, unsigned i)
{
	const struct mf_bytes b = pool->slot[i];

	pool->bytes -= b.cap;
	pool->slot[i] = pool->slot[--pool->n];
	return b;
}

bool mf_pool_get(struct mf_bytes *out, struct mf_pool *pool, size_t n)
{
	const int i = n < SIZE_MAX / 2 ? best_slot(pool, n + MF_SLACK) : -1;

	if (i >= 0) {
		*out = take(pool, (unsigned)i);
	} else {
		struct mf_bytes b = { 0 };

		if (n >= SIZE_MAX / 2)
			return false;
		/* versions grow: some room to do so */
		b.cap = (n + n / 4 + MF_SLACK + ROUND - 1) / ROUND * ROUND;
		b.p = malloc(b.cap);
		if (!b.p)
			return false;
		*out = b;
	}
	out->n = n;
	return true;
}

static void free_smallest(struct mf_pool *pool)
{
	unsigned smallest = 0;

	for (unsigned i = 1; i < pool->n; i++)
		if (pool->slot[i].cap < pool->slot[smallest].cap)
			smallest = i;
	free(take(pool, smallest).p);
}

void mf_pool_put(struct mf_pool *pool, struct mf_bytes *b)
{
	if (!b->p)
		return;
	if (pool->n == MF_POOL_SLOTS)
		free_smallest(pool);
	if (pool->bytes + b->cap > IDLE_MAX && pool->n) {
		free(b->p);
	} else {
		pool->slot[pool->n++] = *b;
		pool->bytes += b->cap;
	}
	*b = (struct mf_bytes){ 0 };
}

void mf_pool_clear(struct mf_pool *pool)
{
	while (pool->n)
		free(take(pool, 0).p);
}
