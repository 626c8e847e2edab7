/* SPDX-License-Identifier: Apache-2.0 */
/* Joining what the threads have: numbers for all trees and edges, the order of commits, and which trees lead to a wanted blob. */
#include "attribute_graph.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "topo.h"
#include "treediff.h"

enum { UNKNOWN, OPEN, NO, YES, LATER = 16, SOON = 6 };

static int add_trees(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, struct mf_err *err)
{
	size_t total = 0, first = 0;

	for (size_t i = 0; i < n; i++)
		total += h[i]->n_trees;
	g->trees = mf_calloc(total + 1, sizeof(*g->trees));
	g->leads = mf_calloc(total + 1, 1);
	if (!g->trees || !g->leads || mf_idmap_reserve(&g->ids, total))
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; first += h[i]->n_edges, i++) {
		for (size_t t = 0; t < h[i]->n_trees; t++) {
			const struct mf_tree_rec *rec = &h[i]->trees[t];
			uint32_t number;

			if (t + LATER < h[i]->n_trees)
				mf_idmap_prefetch(&g->ids, &rec[LATER].id, &rec[SOON].id);
			number = mf_idmap_add(&g->ids, &rec->id);
			if (number == MF_NUMBER_NONE)
				return mf_fail_nomem(err);
			g->trees[number] = (struct mf_attr_tree){ .edges = rec->edges, .n = rec->n, .first = (uint32_t)first };
		}
	}
	return 0;
}

static uint32_t tree_number(const struct mf_attr_graph *g, const unsigned char *id, size_t oid_len)
{
	struct mf_oid key = { { 0 } };
	uint32_t number;

	memcpy(key.b, id, oid_len);
	number = mf_idmap_find(&g->ids, &key);
	return number == MF_NUMBER_NONE ? MF_EDGE_NONE : number;
}

static struct mf_oid edge_id(const struct mf_harvest *h, size_t edge, size_t oid_len)
{
	struct mf_oid id = { { 0 } };

	memcpy(id.b, h->bytes + h->edges[edge].at, oid_len);
	return id;
}

static void prefetch_edges(const struct mf_attr_graph *g, const struct mf_harvest *h, size_t edge, size_t oid_len)
{
	struct mf_oid later, soon;

	if (edge + LATER >= h->n_edges)
		return;
	later = edge_id(h, edge + LATER, oid_len);
	soon = edge_id(h, edge + SOON, oid_len);
	mf_idmap_prefetch(&g->ids, &later, &soon);
}

static int add_edges(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, size_t oid_len, bool all_trees, struct mf_err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += h[i]->n_edges;
	g->to = total < MF_EDGE_NONE ? mf_calloc(total + 1, sizeof(*g->to)) : NULL;
	if (!g->to)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		for (size_t e = 0; e < h[i]->n_edges; e++) {
			const struct mf_edge *edge = &h[i]->edges[e];
			uint32_t to = edge->to;

			prefetch_edges(g, h[i], e, oid_len);
			/* a file's entry that leads nowhere is there to be learned, even if its id is a tree's */
			if (!(to & MF_EDGE_BLOB) && mf_mode_folder(edge->mode)) {
				to = tree_number(g, h[i]->bytes + edge->at, oid_len);
				g->missing += all_trees && to == MF_EDGE_NONE;
			}
			g->to[g->n_edges++] = to;
		}
	}
	return 0;
}

const struct mf_edge *mf_attr_edge(struct mf_harvest *const *h, size_t n, uint32_t number, const unsigned char **bytes)
{
	size_t i = 0;

	while (i + 1 < n && number >= h[i]->n_edges)
		number -= (uint32_t)h[i++]->n_edges;
	*bytes = h[i]->bytes + h[i]->edges[number].at;
	return &h[i]->edges[number];
}

/* Commits of all threads, numbered by their ids. */
struct commits {
	struct mf_idmap ids;
	uint32_t *first, *parents;
	int64_t *dates;
	size_t n, n_parents;
};

static int number_commits(struct commits *c, struct mf_harvest *const *h, size_t n, struct mf_err *err)
{
	size_t edges = 0;

	for (size_t i = 0; i < n; i++) {
		c->n += h[i]->commits.n;
		c->n_parents += h[i]->commits.n_parents;
	}
	c->first = mf_calloc(c->n + 1, sizeof(*c->first));
	c->dates = mf_calloc(c->n + 1, sizeof(*c->dates));
	c->parents = mf_calloc(c->n_parents + 1, sizeof(*c->parents));
	if (!c->first || !c->dates || !c->parents || c->n >= MF_EDGE_NONE || c->n_parents >= UINT32_MAX || mf_idmap_reserve(&c->ids, c->n))
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < h[i]->commits.n; k++)
			if (mf_idmap_add(&c->ids, &h[i]->commits.v[k].id) == MF_NUMBER_NONE)
				return mf_fail_nomem(err);
	c->n = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < h[i]->commits.n; k++) {
			const struct mf_commit_rec *rec = &h[i]->commits.v[k];

			if (k + LATER < h[i]->commits.n && rec->parents + LATER < h[i]->commits.n_parents)
				mf_idmap_prefetch(&c->ids, &h[i]->commits.parents[rec->parents + LATER], &h[i]->commits.parents[rec->parents + SOON]);
			/* each is there once: the walk sees to that */
			c->first[c->n] = (uint32_t)edges;
			c->dates[c->n++] = rec->date;
			for (uint32_t p = 0; p < rec->n_parents; p++)
				c->parents[edges++] = mf_idmap_find(&c->ids, &h[i]->commits.parents[rec->parents + p]);
		}
	}
	c->first[c->n] = (uint32_t)edges;
	return c->n == c->ids.n ? 0 : mf_fail(err, MF_E_BASE_BUG, "a commit was visited twice");
}

static int add_commits(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, size_t oid_len, bool all_trees, struct mf_err *err)
{
	struct commits c = { 0 };
	struct mf_topo topo;
	uint32_t at = 0;
	int r = number_commits(&c, h, n, err);

	if (r == 0) {
		g->order = mf_calloc(c.n + 1, sizeof(*g->order));
		g->roots = mf_calloc(c.n + 1, sizeof(*g->roots));
		topo = (struct mf_topo){ .n = (uint32_t)c.n, .first = c.first, .parents = c.parents, .dates = c.dates, .ids = c.ids.ids };
		r = g->order && g->roots ? mf_topo_sort(g->order, &topo, err) : mf_fail_nomem(err);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		for (size_t k = 0; k < h[i]->commits.n; k++, at++) {
			if (k + LATER < h[i]->commits.n)
				mf_idmap_prefetch(&g->ids, &h[i]->commits.v[k + LATER].tree, &h[i]->commits.v[k + SOON].tree);
			g->roots[at] = tree_number(g, h[i]->commits.v[k].tree.b, oid_len);
			g->missing += all_trees && g->roots[at] == MF_EDGE_NONE;
		}
	}
	if (r == 0) {
		g->n_commits = (uint32_t)c.n;
		g->commit_ids = c.ids.ids;
		c.ids.ids = NULL;
	}
	mf_idmap_free(&c.ids);
	free(c.first);
	free(c.parents);
	free(c.dates);
	return r;
}

struct step {
	uint32_t tree, next;
};

struct mark {
	const struct mf_attr_graph *g;
	uint8_t *leads;
	const uint8_t *open;	/* by edge: what is not there counts as wanted; NULL: nothing does */
	struct step *stack;
	size_t cap;
};

/* Goes on with the tree on top: true when it is done, else `below` has to be looked at first. */
static bool look(const struct mark *m, struct step *s, uint32_t *below)
{
	const struct mf_attr_tree *t = &m->g->trees[s->tree];

	for (; s->next < t->n; s->next++) {
		const uint32_t edge = t->first + t->edges[s->next], to = m->g->to[edge];

		if (to == MF_EDGE_NONE) {
			if (m->open && m->open[edge])
				m->leads[s->tree] = YES;
		} else if (to & MF_EDGE_BLOB) {
			m->leads[s->tree] = YES;
		} else if (m->leads[to] == UNKNOWN) {
			*below = to;
			return false;	/* and once more when that one is known */
		} else if (m->leads[to] == YES) {
			m->leads[s->tree] = YES;
		}
	}
	if (m->leads[s->tree] == OPEN)
		m->leads[s->tree] = NO;
	return true;
}

/* Goes down from one tree. */
static int mark_from(struct mark *m, uint32_t root, struct mf_err *err)
{
	uint32_t below = root;
	size_t depth = 0;

	if (m->leads[root] != UNKNOWN)
		return 0;
	for (;;) {
		if (mf_grow(&m->stack, &m->cap, depth + 1, sizeof(*m->stack), err))
			return -1;
		m->leads[below] = OPEN;
		m->stack[depth++] = (struct step){ .tree = below };
		while (depth && look(m, &m->stack[depth - 1], &below))
			depth--;
		if (!depth)
			return 0;
	}
}

/* Depth first, each once. A tree that is above itself, which no hash allows, counts as not done yet. A tree on the stack that is known to lead
 * somewhere is not entered again either, since only UNKNOWN ones are. */
static int mark(struct mark *m, const uint32_t *roots, uint32_t n, struct mf_err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++)
		if (!roots || roots[i] != MF_EDGE_NONE)
			r = mark_from(m, roots ? roots[i] : i, err);
	free(m->stack);
	for (uint32_t i = 0; i < m->g->ids.n; i++)
		m->leads[i] = m->leads[i] == YES;
	return r;
}

int mf_attr_graph_leads(const struct mf_attr_graph *g, uint8_t *leads, const uint8_t *open, struct mf_err *err)
{
	struct mark m = { .g = g, .leads = leads, .open = open };

	return mark(&m, NULL, g->ids.n, err);
}

/* Which trees lead from a commit to a wanted blob. */
static int mark_roots(struct mf_attr_graph *g, struct mf_err *err)
{
	struct mark m = { .g = g, .leads = g->leads };

	return mark(&m, g->roots, g->n_commits, err);
}

int mf_attr_graph_build(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, size_t oid_len, bool all_trees, struct mf_err *err)
{
	return add_trees(g, h, n, err) || add_edges(g, h, n, oid_len, all_trees, err) || add_commits(g, h, n, oid_len, all_trees, err) ||
	       mark_roots(g, err) ? -1 : 0;
}

void mf_attr_graph_free(struct mf_attr_graph *g)
{
	if (!g)
		return;
	mf_idmap_free(&g->ids);
	free(g->trees);
	free(g->to);
	free(g->leads);
	free(g->roots);
	free(g->order);
	free(g->commit_ids);
	*g = (struct mf_attr_graph){ 0 };
}
