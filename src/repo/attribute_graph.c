/* SPDX-License-Identifier: Apache-2.0 */
/* Joining what the threads have: numbers for all trees and edges, the order of commits, and which trees lead to a wanted blob. */
#include "attribute_graph.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "topo.h"
#include "treediff.h"

enum { UNKNOWN, OPEN, NO, YES, LATER = 16, SOON = 6 };

static int add_trees(struct mf_attr_graph *g, struct mf_err *err)
{
	size_t total = 0, first = 0;

	for (size_t i = 0; i < g->n_harvests; i++)
		total += g->h[i]->n_trees;
	if (mf_idmap_reserve(&g->ids, total))
		return mf_fail_nomem(err);
	total += mf_attr_recalled_trees(g);
	g->trees = mf_calloc(total + 1, sizeof(*g->trees));
	g->leads = mf_calloc(total + 1, 1);
	if (!g->trees || !g->leads || total >= MF_EDGE_NONE)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < g->n_harvests; first += g->h[i]->n_edges, i++) {
		for (size_t t = 0; t < g->h[i]->n_trees; t++) {
			const struct mf_tree_rec *rec = &g->h[i]->trees[t];
			uint32_t number;

			if (t + LATER < g->h[i]->n_trees)
				mf_idmap_prefetch(&g->ids, &rec[LATER].id, &rec[SOON].id);
			number = mf_idmap_add(&g->ids, &rec->id);
			if (number == MF_NUMBER_NONE)
				return mf_fail_nomem(err);
			g->trees[number] = (struct mf_attr_tree){ .edges = rec->edges, .n = rec->n, .first = (uint32_t)first };
		}
	}
	g->n_new_edges = (uint32_t)first;
	g->n_trees = g->ids.n;
	return mf_attr_recall_trees(g, err);
}

static uint32_t tree_number(const struct mf_attr_graph *g, const unsigned char *id)
{
	struct mf_oid key = { { 0 } };
	uint32_t number;

	memcpy(key.b, id, g->oid_len);
	number = mf_idmap_find(&g->ids, &key);
	return number == MF_NUMBER_NONE ? mf_attr_recalled_tree(g, id) : number;
}

static struct mf_oid edge_id(const struct mf_harvest *h, size_t edge, size_t oid_len)
{
	struct mf_oid id = { { 0 } };

	memcpy(id.b, h->bytes + h->edges[edge].at, oid_len);
	return id;
}

static void prefetch_edges(const struct mf_attr_graph *g, const struct mf_harvest *h, size_t edge)
{
	struct mf_oid later, soon;

	if (edge + LATER >= h->n_edges)
		return;
	later = edge_id(h, edge + LATER, g->oid_len);
	soon = edge_id(h, edge + SOON, g->oid_len);
	mf_idmap_prefetch(&g->ids, &later, &soon);
}

int mf_attr_named(uint32_t *to, struct mf_attr_graph *g, const struct mf_oid *id, struct mf_err *err)
{
	const uint32_t number = mf_idmap_add(g->named, id);

	if (number == MF_NUMBER_NONE || number >= MF_EDGE_NAMED - g->wanted->ids.n)
		return mf_fail_nomem(err);
	*to = MF_EDGE_BLOB | (g->wanted->ids.n + number);
	return 0;
}

/* Where an edge that was read leads, now that all trees have numbers. */
static int lead(uint32_t *to, struct mf_attr_graph *g, const struct mf_harvest *h, const struct mf_edge *edge, struct mf_err *err)
{
	struct mf_oid id = { { 0 } };

	*to = edge->to;
	if (*to == MF_EDGE_NAMED) {
		memcpy(id.b, h->bytes + edge->at, g->oid_len);
		return mf_attr_named(to, g, &id, err);
	}
	/* a file's entry that leads nowhere is there to be learned, even if its id is a tree's */
	if (!(*to & MF_EDGE_BLOB) && mf_mode_folder(edge->mode)) {
		*to = tree_number(g, h->bytes + edge->at);
		g->missing += g->wanted->all_trees && *to == MF_EDGE_NONE;
	}
	return 0;
}

static int add_edges(struct mf_attr_graph *g, struct mf_err *err)
{
	size_t total = mf_attr_recalled_edges(g);

	for (size_t i = 0; i < g->n_harvests; i++)
		total += g->h[i]->n_edges;
	g->to = total < MF_EDGE_NONE ? mf_calloc(total + 1, sizeof(*g->to)) : NULL;
	if (!g->to)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < g->n_harvests; i++) {
		for (size_t e = 0; e < g->h[i]->n_edges; e++) {
			prefetch_edges(g, g->h[i], e);
			if (lead(&g->to[g->n_edges], g, g->h[i], &g->h[i]->edges[e], err))
				return -1;
			g->n_edges++;
		}
	}
	return mf_attr_recall_edges(g, err);
}

struct mf_attr_entry mf_attr_entry(const struct mf_attr_graph *g, uint32_t number)
{
	const struct mf_edge *e;
	const unsigned char *bytes;
	size_t i = 0;

	if (number >= g->n_new_edges)
		return mf_attr_recalled_entry(g, number - g->n_new_edges);
	while (number >= g->h[i]->n_edges)
		number -= (uint32_t)g->h[i++]->n_edges;
	e = &g->h[i]->edges[number];
	bytes = g->h[i]->bytes + e->at;
	return (struct mf_attr_entry){ .id = bytes, .name = { (const char *)bytes + g->oid_len, e->name_n }, .mode = e->mode };
}

/* Those of all threads by their ids, those that are recalled behind them. */
static int number_commits(struct mf_attr_graph *g, struct mf_attr_commits *c, struct mf_err *err)
{
	size_t n = mf_attr_recalled_commits(g, &c->n_parents);

	for (size_t i = 0; i < g->n_harvests; i++) {
		c->n_new += g->h[i]->commits.n;
		c->n_parents += g->h[i]->commits.n_parents;
	}
	n += c->n_new;
	c->first = mf_calloc(n + 1, sizeof(*c->first));
	c->dates = mf_calloc(n + 1, sizeof(*c->dates));
	c->parents = mf_calloc(c->n_parents + 1, sizeof(*c->parents));
	g->order = mf_calloc(n + 1, sizeof(*g->order));
	g->roots = mf_calloc(n + 1, sizeof(*g->roots));
	g->commit_ids = mf_calloc(n + 1, sizeof(*g->commit_ids));
	if (!c->first || !c->dates || !c->parents || !g->order || !g->roots || !g->commit_ids || n >= MF_EDGE_NONE || c->n_parents >= UINT32_MAX ||
	    mf_idmap_reserve(&c->ids, c->n_new))
		return mf_fail_nomem(err);
	for (size_t i = 0; i < g->n_harvests; i++)
		for (size_t k = 0; k < g->h[i]->commits.n; k++)
			if (mf_idmap_add(&c->ids, &g->h[i]->commits.v[k].id) == MF_NUMBER_NONE)
				return mf_fail_nomem(err);
	/* each is there once: the walk sees to that */
	if (c->n_new != c->ids.n)
		return mf_fail(err, MF_E_BASE_BUG, "a commit was visited twice");
	if (c->n_new)
		memcpy(g->commit_ids, c->ids.ids, c->n_new * sizeof(*g->commit_ids));
	return 0;
}

static uint32_t parent_number(const struct mf_attr_graph *g, const struct mf_attr_commits *c, const struct mf_oid *id)
{
	const uint32_t number = mf_idmap_find(&c->ids, id);

	return number == MF_NUMBER_NONE ? mf_attr_recalled_commit(g, c, id->b) : number;
}

static void add_new_commits(struct mf_attr_graph *g, struct mf_attr_commits *c)
{
	for (size_t i = 0; i < g->n_harvests; i++) {
		const struct mf_commit_list *l = &g->h[i]->commits;

		for (size_t k = 0; k < l->n; k++) {
			const struct mf_commit_rec *rec = &l->v[k];

			if (k + LATER < l->n && rec->parents + LATER < l->n_parents)
				mf_idmap_prefetch(&c->ids, &l->parents[rec->parents + LATER], &l->parents[rec->parents + SOON]);
			if (k + LATER < l->n)
				mf_idmap_prefetch(&g->ids, &rec[LATER].tree, &rec[SOON].tree);
			c->first[g->n_commits] = (uint32_t)c->edges;
			c->dates[g->n_commits] = rec->date;
			for (uint32_t p = 0; p < rec->n_parents; p++)
				c->parents[c->edges++] = parent_number(g, c, &l->parents[rec->parents + p]);
			g->roots[g->n_commits] = tree_number(g, rec->tree.b);
			g->missing += g->wanted->all_trees && g->roots[g->n_commits] == MF_EDGE_NONE;
			g->n_commits++;
		}
	}
}

static int add_commits(struct mf_attr_graph *g, struct mf_err *err)
{
	struct mf_attr_commits c = { 0 };
	struct mf_topo topo;
	int r = number_commits(g, &c, err);

	if (r == 0)
		r = mf_attr_number_recalled(g, &c, err);
	if (r == 0) {
		add_new_commits(g, &c);
		mf_attr_recall_commits(g, &c);
		c.first[g->n_commits] = (uint32_t)c.edges;
		topo = (struct mf_topo){ .n = g->n_commits, .first = c.first, .parents = c.parents, .dates = c.dates, .ids = g->commit_ids };
		r = mf_topo_sort(g->order, &topo, err);
	}
	mf_idmap_free(&c.ids);
	free(c.number);
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
	for (uint32_t i = 0; i < m->g->n_trees; i++)
		m->leads[i] = m->leads[i] == YES;
	return r;
}

int mf_attr_graph_leads(const struct mf_attr_graph *g, uint8_t *leads, const uint8_t *open, struct mf_err *err)
{
	struct mark m = { .g = g, .leads = leads, .open = open };

	/* what was recalled is there because it does */
	memset(leads + g->ids.n, YES, g->n_trees - g->ids.n);
	return mark(&m, NULL, g->ids.n, err);
}

/* Which trees lead from a commit to a wanted blob. */
static int mark_roots(struct mf_attr_graph *g, struct mf_err *err)
{
	struct mark m = { .g = g, .leads = g->leads };

	return mark(&m, g->roots, g->n_commits, err);
}

int mf_attr_graph_build(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, const struct mf_wanted *w, struct mf_idmap *named,
			const struct mf_past *past, struct mf_err *err)
{
	g->named = named;
	g->h = h;
	g->n_harvests = n;
	g->wanted = w;
	g->oid_len = w->oid_len;
	g->past = past;
	return add_trees(g, err) || add_edges(g, err) || add_commits(g, err) || mark_roots(g, err) ? -1 : 0;
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
	free(g->tree_of);
	*g = (struct mf_attr_graph){ 0 };
}
