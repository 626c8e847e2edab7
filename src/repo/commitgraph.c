/* SPDX-License-Identifier: Apache-2.0 */
/* One commit-graph file, and commits in a chain of them. */
#include "commitgraph.h"

#include "commit.h"
#include "commitgraph_files.h"
#include "mapping.h"

enum { HEADER_N = 8, CHUNK_N = 12, FANOUT_N = 1024, DATA_MORE = 16 };
static const uint32_t NO_PARENT = 0x70000000, MORE = 0x80000000;

struct chunk {
	const unsigned char *p;
	size_t n;
};

/* The chunk of that name from the table; p == NULL: there is none, or it does not lie within the file. */
static struct chunk find_chunk(const unsigned char *file, size_t n, const char *name)
{
	const size_t count = file[6];

	for (size_t i = 0; i < count; i++) {
		const unsigned char *row = file + HEADER_N + i * CHUNK_N;
		const uint64_t from = mf_be64(row + 4), to = mf_be64(row + CHUNK_N + 4);

		if (memcmp(row, name, 4) != 0)
			continue;
		if (from > to || to > n)
			break;
		return (struct chunk){ file + from, (size_t)(to - from) };
	}
	return (struct chunk){ 0 };
}

static bool fanout_grows(const unsigned char *p)
{
	for (size_t i = 1; i < 256; i++)
		if (mf_be32(p + 4 * i) < mf_be32(p + 4 * (i - 1)))
			return false;
	return true;
}

bool mf_graph_layer_parse(struct mf_graph_layer *out, const unsigned char *p, size_t n, size_t oid_len)
{
	struct mf_graph_layer l = { .oid_len = oid_len };
	struct chunk fanout, ids, data, edges, bases;

	if (n < HEADER_N + CHUNK_N || memcmp(p, "CGPH", 4) != 0 || p[4] != 1 || p[5] != (oid_len == 20 ? 1 : 2) ||
	    n < HEADER_N + ((size_t)p[6] + 1) * CHUNK_N)
		return false;
	fanout = find_chunk(p, n, "OIDF");
	ids = find_chunk(p, n, "OIDL");
	data = find_chunk(p, n, "CDAT");
	edges = find_chunk(p, n, "EDGE");
	bases = find_chunk(p, n, "BASE");
	if (!fanout.p || !ids.p || !data.p || fanout.n != FANOUT_N || !fanout_grows(fanout.p))
		return false;
	l.n = mf_be32(fanout.p + FANOUT_N - 4);
	if (l.n >= NO_PARENT || ids.n / oid_len < l.n || data.n / (oid_len + DATA_MORE) < l.n)
		return false;
	l.n_bases = p[7];
	if (l.n_bases && bases.n / oid_len < l.n_bases)
		return false;
	l.fanout = fanout.p;
	l.ids = ids.p;
	l.data = data.p;
	l.edges = edges.p;
	l.n_edges = edges.n / 4;
	l.bases = bases.p;
	*out = l;
	return true;
}

/* The position of an id in a layer. */
static bool search(uint32_t *pos, const struct mf_graph_layer *l, const struct mf_oid *id)
{
	uint32_t from = id->b[0] ? mf_be32(l->fanout + 4 * ((size_t)id->b[0] - 1)) : 0, to = mf_be32(l->fanout + 4 * (size_t)id->b[0]);

	while (from < to) {
		const uint32_t mid = from + (to - from) / 2;
		const int r = memcmp(l->ids + mid * l->oid_len, id->b, l->oid_len);

		if (r == 0) {
			*pos = mid;
			return true;
		}
		if (r < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return false;
}

/* The layer that a number of the whole chain lies in, for a commit of layer `top`. */
static const struct mf_graph_layer *layer_of(const struct mf_graph *g, uint32_t number)
{
	for (size_t i = g->n; i-- > 0;)
		if (number >= g->layers[i].before)
			return number - g->layers[i].before < g->layers[i].n ? &g->layers[i] : NULL;
	return NULL;
}

/* The list of parents of an octopus lies within its layer's chunk, ends, and is not endless. */
static bool edges_right(const struct mf_graph *g, const struct mf_graph_layer *l, uint32_t from)
{
	for (size_t i = from; i < l->n_edges && i - from < MF_PARENTS_MAX; i++) {
		const uint32_t v = mf_be32(l->edges + 4 * i);

		if (!layer_of(g, v & ~MORE))
			return false;
		if (v & MORE)
			return true;
	}
	return false;
}

bool mf_graph_find(struct mf_graph_commit *out, const struct mf_graph *g, const struct mf_oid *id)
{
	for (size_t i = g ? g->n : 0; i-- > 0;) {
		const struct mf_graph_layer *l = &g->layers[i];
		struct mf_graph_commit c = { .generation = 0 };
		const unsigned char *p;
		uint32_t pos;

		if (!search(&pos, l, id))
			continue;
		p = l->data + pos * (l->oid_len + DATA_MORE);
		memcpy(c.tree.b, p, l->oid_len);
		p += l->oid_len;
		c.parent[0] = mf_be32(p);
		c.parent[1] = mf_be32(p + 4);
		c.generation = mf_be32(p + 8) >> 2;
		c.date = (int64_t)((uint64_t)(mf_be32(p + 8) & 3) << 32 | mf_be32(p + 12));
		if (!c.generation || (c.parent[0] != NO_PARENT && !layer_of(g, c.parent[0])))
			return false;
		if (c.parent[1] & MORE) {
			if (!edges_right(g, l, c.parent[1] & ~MORE))
				return false;
		} else if (c.parent[1] != NO_PARENT && !layer_of(g, c.parent[1])) {
			return false;
		}
		c.layer = (uint32_t)i;
		*out = c;
		return true;
	}
	return false;
}

static bool id_of(struct mf_oid *out, const struct mf_graph *g, uint32_t number)
{
	const struct mf_graph_layer *l = layer_of(g, number);

	*out = (struct mf_oid){ { 0 } };
	if (!l)
		return false;
	memcpy(out->b, l->ids + (number - l->before) * l->oid_len, l->oid_len);
	return true;
}

bool mf_graph_parent(struct mf_oid *out, size_t *at, const struct mf_graph *g, const struct mf_graph_commit *c)
{
	const struct mf_graph_layer *l = &g->layers[c->layer];
	const size_t i = (*at)++;
	size_t edge;

	if (c->parent[0] == NO_PARENT)
		return false;
	if (i == 0)
		return id_of(out, g, c->parent[0]);
	if (c->parent[1] == NO_PARENT)
		return false;
	if (!(c->parent[1] & MORE))
		return i == 1 && id_of(out, g, c->parent[1]);
	edge = (c->parent[1] & ~MORE) + i - 1;
	/* the one before was not the last */
	if (i > 1 && (mf_be32(l->edges + 4 * (edge - 1)) & MORE))
		return false;
	return edge < l->n_edges && id_of(out, g, mf_be32(l->edges + 4 * edge) & ~MORE);
}
