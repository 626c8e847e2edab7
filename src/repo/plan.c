/* SPDX-License-Identifier: Apache-2.0 */
/* A pack as delta families. Packs of millions of objects are planned, so everything is arrays of 32-bit numbers: while planning some
 * 45 bytes for each object of the pack, afterwards 24 for each that is wanted. */
#include "plan.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

#define NONE UINT32_MAX

enum { AHEAD = 16 };	/* headers asked for before they are read */

/* What is known of an object, besides enum mf_otype. */
enum { UNKNOWN = 0, LOST = 5, CYCLE = 6, ON_THE_WAY = 7 };

struct planner {
	const struct mf_pack *p;
	unsigned types;
	const unsigned char *dup;
	uint32_t n, n_wanted;
	struct mf_placed *a, *b;	/* as allocated */
	struct mf_placed *v;		/* sorted: one of the two; the other's memory becomes the four below */
	uint32_t *start, *child;	/* child[start[i]] to child[start[i + 1]] are made from i */
	uint32_t *queue, *count;
	unsigned char *kind;
	uint32_t *bucket;		/* by the highest bits of a place: the first object there */
	unsigned shift;
	struct mf_plan out;
	size_t cap_families;
};

static void planner_free(struct planner *pl)
{
	free(pl->a);
	free(pl->b);
	free(pl->kind);
	free(pl->bucket);
	mf_plan_free(&pl->out);
}

void mf_plan_free(struct mf_plan *p)
{
	free(p->node);
	free(p->family);
	*p = (struct mf_plan){ 0 };
}

static int place(struct planner *pl, struct mf_err *err)
{
	const struct mf_idx *x = &pl->p->idx;

	pl->a = mf_calloc((size_t)pl->n + 1, sizeof(*pl->a));
	pl->b = mf_calloc((size_t)pl->n + 1, sizeof(*pl->b));
	pl->kind = mf_calloc((size_t)pl->n + 1, 1);
	if (!pl->a || !pl->b || !pl->kind)
		return mf_fail_nomem(err);
	for (uint32_t pos = 0; pos < pl->n; pos++) {
		const uint64_t off = mf_idx_offset(x, pos);

		/* what lies outside of the pack comes last, and has no header there */
		pl->a[pos] = (struct mf_placed){ .off = off < pl->p->end ? off : pl->p->end, .pos = pos, .base = NONE };
	}
	pl->v = mf_placed_sort(pl->a, pl->b, pl->n);
	pl->start = (uint32_t *)(void *)(pl->v == pl->a ? pl->b : pl->a);
	memset(pl->start, 0, ((size_t)pl->n + 1) * sizeof(*pl->start));
	pl->child = pl->start + pl->n + 1;
	pl->queue = pl->child + pl->n;
	pl->count = pl->queue + pl->n;
	return 0;
}

/* A table that leads from a place near to its object: there are as many parts as objects, or half. */
static int make_buckets(struct planner *pl, struct mf_err *err)
{
	size_t parts;

	while (pl->p->end >> pl->shift > pl->n)
		pl->shift++;
	parts = (size_t)(pl->p->end >> pl->shift) + 2;
	pl->bucket = mf_calloc(parts, sizeof(*pl->bucket));
	if (!pl->bucket)
		return mf_fail_nomem(err);
	for (size_t b = 0, i = 0; b < parts; b++) {
		while (i < pl->n && pl->v[i].off >> pl->shift < b)
			i++;
		pl->bucket[b] = (uint32_t)i;
	}
	return 0;
}

/* Hostile indexes put all objects into one part: then it is halved. */
static uint32_t find_at(const struct planner *pl, uint64_t off)
{
	uint32_t low, high;

	if (off >= pl->p->end)
		return NONE;
	low = pl->bucket[off >> pl->shift];
	high = pl->bucket[(off >> pl->shift) + 1];
	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (pl->v[mid].off < off)
			low = mid + 1;
		else
			high = mid;
	}
	return low < pl->n && pl->v[low].off == off ? low : NONE;
}

static unsigned kind_of(struct planner *pl, uint32_t i)
{
	struct mf_entry e;
	uint32_t pos, base;

	if (!mf_entry_parse(&e, pl->p, pl->v[i].off))
		return LOST;
	if (e.type <= MF_OBJ_TAG)
		return e.type;
	if (e.type == MF_ENTRY_OFS)
		base = find_at(pl, e.base);
	else
		base = mf_idx_find(&pos, &pl->p->idx, e.base_id) ? find_at(pl, mf_idx_offset(&pl->p->idx, pos)) : NONE;
	pl->v[i].base = base;
	if (base == NONE)
		return LOST;
	return base < i ? pl->kind[base] : UNKNOWN;
}

/* Bases named by id may lie behind what is made from them: follows each way to something known, or to itself. */
static void resolve(struct planner *pl, uint32_t i)
{
	uint32_t at = i;
	unsigned char kind;

	while (pl->kind[at] == UNKNOWN) {
		pl->kind[at] = ON_THE_WAY;
		at = pl->v[at].base;
	}
	kind = pl->kind[at] == ON_THE_WAY ? CYCLE : pl->kind[at];
	for (at = i; pl->kind[at] == ON_THE_WAY; at = pl->v[at].base)
		pl->kind[at] = kind;
}

static bool is_wanted(const struct planner *pl, uint32_t i)
{
	return pl->kind[i] >= LOST || pl->types >> pl->kind[i] & 1;
}

static bool is_root(const struct planner *pl, uint32_t i)
{
	return pl->v[i].base == NONE || pl->kind[i] == CYCLE;
}

static void find_kinds(struct planner *pl)
{
	for (uint32_t i = 0; i < pl->n; i++) {
		if (i + AHEAD < pl->n)
			__builtin_prefetch(pl->p->map.p + pl->v[i + AHEAD].off);
		pl->kind[i] = (unsigned char)kind_of(pl, i);
	}
	for (uint32_t i = 0; i < pl->n; i++) {
		if (pl->kind[i] == UNKNOWN)
			resolve(pl, i);
		pl->n_wanted += is_wanted(pl, i);
	}
}

static void find_children(struct planner *pl)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < pl->n; i++)
		if (is_wanted(pl, i) && !is_root(pl, i))
			pl->start[pl->v[i].base]++;
	for (uint32_t i = 0; i < pl->n; i++) {
		sum += pl->start[i];
		pl->start[i] = sum;
	}
	pl->start[pl->n] = sum;
	/* from the back, so that each part's beginning moves to where it has to be */
	for (uint32_t i = pl->n; i-- > 0;)
		if (is_wanted(pl, i) && !is_root(pl, i))
			pl->child[--pl->start[pl->v[i].base]] = i;
}

static uint64_t length_of(const struct planner *pl, uint32_t i)
{
	uint32_t next = i + 1;

	/* two ids for one place: hostile, but both are read */
	while (next < pl->n && pl->v[next].off == pl->v[i].off && next - i < 16)
		next++;
	return (next < pl->n ? pl->v[next].off : pl->p->end) - pl->v[i].off;
}

/* The family in pl->queue, each after its base, with the size of each subtree in pl->count. */
static uint32_t gather(struct planner *pl, uint32_t root, uint64_t *bytes)
{
	uint32_t n = 1;

	pl->queue[0] = root;
	*bytes = 0;
	for (uint32_t k = 0; k < n; k++) {
		const uint32_t i = pl->queue[k];

		pl->count[i] = 1;
		*bytes += length_of(pl, i);
		if (pl->kind[i] == CYCLE)
			break;
		for (uint32_t c = pl->start[i]; c < pl->start[i + 1]; c++)
			pl->queue[n++] = pl->child[c];
	}
	for (uint32_t k = n; k-- > 1;)
		pl->count[pl->v[pl->queue[k]].base] += pl->count[pl->queue[k]];
	return n;
}

/* Puts the children of i on the stack so that the one with the most below it comes off last. */
static uint32_t push_children(const struct planner *pl, uint32_t i, uint32_t *stack, uint32_t depth)
{
	const uint32_t from = pl->start[i], to = pl->start[i + 1];
	uint32_t heavy = from;

	if (from == to || pl->kind[i] == CYCLE)
		return depth;
	for (uint32_t c = from + 1; c < to; c++)
		if (pl->count[pl->child[c]] > pl->count[pl->child[heavy]])
			heavy = c;
	stack[depth++] = pl->child[heavy];
	for (uint32_t c = to; c-- > from;)
		if (c != heavy)
			stack[depth++] = pl->child[c];
	return depth;
}

static void emit(struct planner *pl, uint32_t i, uint32_t at, bool root)
{
	const struct mf_placed *v = &pl->v[i];
	const uint64_t len = length_of(pl, i);
	unsigned flags = 0;

	if (root && pl->kind[i] >= LOST)
		flags |= MF_NODE_LOST;
	if (pl->dup && pl->dup[v->pos >> 3] >> (v->pos & 7) & 1)
		flags |= MF_NODE_DUP;
	pl->out.node[pl->out.n++] = (struct mf_node){
		.off = v->off, .len = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX, .pos = v->pos, .size = pl->count[i],
		.parent = root ? 0 : pl->count[v->base], .flags = flags & 0xff, .type = pl->kind[i] < LOST ? pl->kind[i] : MF_OBJ_NONE,
	};
	/* from now on: where it is, for its children */
	pl->count[i] = at;
}

static int add_family(struct planner *pl, uint64_t bytes, struct mf_err *err)
{
	struct mf_plan *out = &pl->out;

	if (out->n_families == pl->cap_families) {
		const size_t cap = pl->cap_families ? pl->cap_families * 2 : 1024;
		struct mf_family *v = mf_regrow(out->family, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		out->family = v;
		pl->cap_families = cap;
	}
	out->family[out->n_families++] = (struct mf_family){ .pack = pl->p->number, .first = out->n, .bytes = bytes };
	return 0;
}

static int plan_family(struct planner *pl, uint32_t root, struct mf_err *err)
{
	uint32_t *stack = pl->queue, depth = 1, at = 0;
	uint64_t bytes;

	gather(pl, root, &bytes);
	if (add_family(pl, bytes, err))
		return -1;
	stack[0] = root;
	while (depth) {
		const uint32_t i = stack[--depth];

		/* before emit(), which takes the counts away one by one, the children's last */
		depth = push_children(pl, i, stack, depth);
		emit(pl, i, at, at == 0);
		at++;
	}
	return 0;
}

static int plan(struct planner *pl, struct mf_err *err)
{
	if (place(pl, err) || make_buckets(pl, err))
		return -1;
	find_kinds(pl);
	free(pl->bucket);
	pl->bucket = NULL;
	find_children(pl);
	pl->out.node = mf_calloc(pl->n_wanted + (size_t)1, sizeof(*pl->out.node));
	if (!pl->out.node)
		return mf_fail_nomem(err);
	for (uint32_t i = 0; i < pl->n; i++)
		if (is_wanted(pl, i) && is_root(pl, i) && plan_family(pl, i, err))
			return -1;
	return 0;
}

int mf_plan_make(struct mf_plan *out, const struct mf_pack *p, unsigned types, const unsigned char *dup, struct mf_err *err)
{
	struct planner pl = { .p = p, .types = types, .dup = dup, .n = p->idx.n };
	const int rc = plan(&pl, err);

	if (rc == 0) {
		*out = pl.out;
		pl.out = (struct mf_plan){ 0 };
	}
	planner_free(&pl);
	return rc;
}
