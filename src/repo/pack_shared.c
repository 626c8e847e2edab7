/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of a pack's index that have one place. Nearly every pack has none, and has millions of ids: a table of bits, in which a place sets one,
 * leaves a few that can be such, and only these are sorted. */
#include "pack.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "plan.h"

enum { BITS_EACH = 16, COARSER = 5 };

struct table {
	uint64_t *once;		/* bits that a place has set */
	uint64_t *again;	/* that a second one has: one for 32 of them, since it is asked for each place, and shall stay in the cache */
	unsigned shift;
};

static bool has(const uint64_t *bits, size_t at)
{
	return bits[at >> 6] >> (at & 63) & 1;
}

static size_t slot(const struct table *t, uint64_t off)
{
	return (size_t)(off * 0x9e3779b97f4a7c15u >> t->shift);
}

static bool table_new(struct table *t, uint32_t n)
{
	unsigned log = 6 + COARSER;

	while ((uint64_t)1 << log < (uint64_t)n * BITS_EACH)
		log++;
	t->shift = 64 - log;
	t->once = mf_calloc((size_t)1 << (log - 6), sizeof(*t->once));
	t->again = mf_calloc((size_t)1 << (log - 6 - COARSER), sizeof(*t->again));
	return t->once && t->again;
}

static void fill(struct table *t, const struct mf_idx *x)
{
	for (uint32_t pos = 0; pos < x->n; pos++) {
		const size_t at = slot(t, mf_idx_offset(x, pos));
		const uint64_t bit = (uint64_t)1 << (at & 63);
		const size_t coarse = at >> COARSER;

		if (t->once[at >> 6] & bit)
			t->again[coarse >> 6] |= (uint64_t)1 << (coarse & 63);
		else
			t->once[at >> 6] |= bit;
	}
}

/* Of places outside of the pack nothing is read. */
static bool suspect(const struct table *t, const struct mf_pack *p, uint64_t off)
{
	return off < p->end && has(t->again, slot(t, off) >> COARSER);
}

static int count(uint32_t *n, const struct table *t, const struct mf_pack *p, struct mf_err *err)
{
	struct mf_placed *v, *spare, *sorted;
	size_t suspects = 0, k = 0;

	for (uint32_t pos = 0; pos < p->idx.n; pos++)
		suspects += suspect(t, p, mf_idx_offset(&p->idx, pos));
	v = mf_calloc(suspects + 1, sizeof(*v));
	spare = mf_calloc(suspects + 1, sizeof(*spare));
	if (!v || !spare) {
		free(v);
		free(spare);
		return mf_fail_nomem(err);
	}
	for (uint32_t pos = 0; pos < p->idx.n && k < suspects; pos++) {
		const uint64_t off = mf_idx_offset(&p->idx, pos);

		if (suspect(t, p, off))
			v[k++].off = off;
	}
	sorted = mf_placed_sort(v, spare, k);
	for (size_t i = 1; i < k; i++)
		*n += sorted[i].off == sorted[i - 1].off;
	free(v);
	free(spare);
	return 0;
}

int mf_pack_shared(uint32_t *n, const struct mf_pack *p, struct mf_err *err)
{
	struct table t = { 0 };
	int rc = 0;

	*n = 0;
	if (!table_new(&t, p->idx.n)) {
		rc = mf_fail_nomem(err);
	} else {
		fill(&t, &p->idx);
		rc = count(n, &t, p, err);
	}
	free(t.once);
	free(t.again);
	return rc;
}
