/* SPDX-License-Identifier: Apache-2.0 */
/* The index's extension with the trees of folders below which nothing has changed since they were written. */
#include "index.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { CACHE_DEPTH = 2048 };

/* "-1" or a decimal number up to `end`, which is passed too. */
static bool take_count(uint32_t *out, struct mf_str *in, char end)
{
	uint64_t v = 0;
	size_t i = 0;

	if (in->n && in->p[0] == '-') {
		*out = UINT32_MAX;
		i = in->n > 2 && in->p[1] == '1' ? 2 : in->n;
	} else {
		for (; i < in->n && in->p[i] >= '0' && in->p[i] <= '9' && v < UINT32_MAX; i++)
			v = v * 10 + (uint64_t)(in->p[i] - '0');
		*out = (uint32_t)v;
		if (i == 0 || v >= UINT32_MAX)
			return false;
	}
	if (i >= in->n || in->p[i] != end)
		return false;
	in->p += i + 1;
	in->n -= i + 1;
	return true;
}

/* "NAME\0ENTRIES SUBFOLDERS\n" and an id, unless the number of entries is -1. */
static bool take_node(struct mf_cache_node *node, uint32_t *children, struct mf_str *in, size_t oid_len)
{
	const char *nul = in->n ? memchr(in->p, '\0', in->n) : NULL;

	if (!nul)
		return false;
	node->name = (struct mf_str){ in->p, (size_t)(nul - in->p) };
	in->n -= node->name.n + 1;
	in->p = nul + 1;
	if (!take_count(&node->entries, in, ' ') || !take_count(children, in, '\n') || *children == UINT32_MAX)
		return false;
	if (node->entries == UINT32_MAX)
		return true;
	if (in->n < oid_len)
		return false;
	node->id = (const unsigned char *)in->p;
	in->p += oid_len;
	in->n -= oid_len;
	return true;
}

static bool take_nodes(struct mf_index *index, struct mf_str in, size_t oid_len, size_t max)
{
	struct {
		uint32_t node, left;
	} stack[CACHE_DEPTH];
	size_t depth = 0;

	for (;;) {
		struct mf_cache_node *node = &index->nodes[index->n_nodes];
		uint32_t children;

		if (index->n_nodes == max || !take_node(node, &children, &in, oid_len))
			return false;
		node->parent = depth ? stack[depth - 1].node : UINT32_MAX;
		if (depth)
			stack[depth - 1].left--;
		if (children) {
			if (depth == CACHE_DEPTH)
				return false;
			stack[depth].node = (uint32_t)index->n_nodes;
			stack[depth++].left = children;
		}
		index->n_nodes++;
		while (depth && !stack[depth - 1].left)
			depth--;
		if (!depth)
			return true;
	}
}

static int by_name(struct mf_str a, struct mf_str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct mf_cache_node *nodes = ctx, *x = &nodes[*(const uint32_t *)a], *y = &nodes[*(const uint32_t *)b];

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return by_name(x->name, y->name);
}

static void drop(struct mf_index *index)
{
	free(index->nodes);
	free(index->order);
	index->nodes = NULL;
	index->order = NULL;
	index->n_nodes = 0;
}

bool mf_index_cache_parse(struct mf_index *index, struct mf_str in, size_t oid_len, bool *nomem)
{
	size_t max = 0;

	drop(index);
	for (size_t i = 0; i < in.n; i++)
		max += in.p[i] == '\n';	/* at least one for each node */
	index->nodes = mf_calloc(max + 1, sizeof(*index->nodes));
	index->order = mf_calloc(max + 1, sizeof(*index->order));
	*nomem = !index->nodes || !index->order;
	if (*nomem || !take_nodes(index, in, oid_len, max)) {
		drop(index);
		return false;
	}
	for (size_t i = 0; i < index->n_nodes; i++)
		index->order[i] = (uint32_t)i;
	qsort_r(index->order, index->n_nodes, sizeof(*index->order), compare, index->nodes);
	return true;
}

const struct mf_cache_node *mf_index_cache_find(const struct mf_index *index, const struct mf_cache_node *parent, struct mf_str name)
{
	size_t from = 0, to = index->n_nodes;
	const uint32_t number = (uint32_t)(parent - index->nodes);

	while (from < to) {
		const size_t mid = from + (to - from) / 2;
		const struct mf_cache_node *node = &index->nodes[index->order[mid]];
		int r = node->parent == number ? by_name(node->name, name) : node->parent < number || node->parent == UINT32_MAX ? -1 : 1;

		if (node->parent == UINT32_MAX)
			r = 1;	/* the root sorts last */
		if (r == 0)
			return node;
		if (r < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}
