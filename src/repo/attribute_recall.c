/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the graph that an earlier run has left: its trail names things by their places in a table, so that nothing has to be looked up, but what
 * was read now. Only what the database still holds counts. */
#include "attribute_graph.h"

#include <mayfly/alloc.h>
#include "past.h"
#include "treediff.h"

static struct mf_oid oid_at(const struct mf_past *p, uint32_t i)
{
	struct mf_oid id = { { 0 } };

	memcpy(id.b, p->old.ids + i * p->old.oid_len, p->old.oid_len);
	return id;
}

size_t mf_attr_recalled_trees(const struct mf_attr_graph *g)
{
	return g->past ? g->past->trail.n_trees : 0;
}

int mf_attr_recall_trees(struct mf_attr_graph *g, struct mf_err *err)
{
	const struct mf_trail *t = g->past ? &g->past->trail : NULL;

	if (!t)
		return 0;
	g->tree_of = mf_calloc(g->past->old.n + 1, sizeof(*g->tree_of));
	if (!g->tree_of)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < t->n_trees; i++) {
		if (!mf_past_held(g->past, t->trees[i].id))
			continue;
		g->trees[g->n_trees] = (struct mf_attr_tree){ .edges = t->into + t->trees[i].first, .n = t->trees[i].n, .first = g->n_new_edges };
		g->tree_of[t->trees[i].id] = ++g->n_trees;
	}
	return 0;
}

uint32_t mf_attr_recalled_tree(const struct mf_attr_graph *g, const unsigned char *id)
{
	const uint32_t at = g->past ? mf_idtable_find(&g->past->old, id) : MF_PAST_NONE;

	return at != MF_PAST_NONE && g->tree_of[at] ? g->tree_of[at] - 1 : MF_EDGE_NONE;
}

/* A tree by its place: recalled, or read now since it was not there then. */
static uint32_t tree_at(const struct mf_attr_graph *g, uint32_t place)
{
	struct mf_oid id;
	uint32_t number;

	if (g->tree_of[place])
		return g->tree_of[place] - 1;
	if (!g->ids.n || g->past->old.kinds[place] == MF_PAST_TREE)
		return MF_EDGE_NONE;
	id = oid_at(g->past, place);
	number = mf_idmap_find(&g->ids, &id);
	return number == MF_NUMBER_NONE ? MF_EDGE_NONE : number;
}

size_t mf_attr_recalled_edges(const struct mf_attr_graph *g)
{
	return g->past ? g->past->trail.n_edges : 0;
}

static int find_target(uint32_t *to, struct mf_attr_graph *g, const struct mf_trail_edge *e, struct mf_err *err)
{
	struct mf_oid id;
	uint32_t number;

	*to = MF_EDGE_NONE;
	if (mf_mode_folder(e->mode))
		*to = tree_at(g, e->id);
	if (mf_mode_folder(e->mode) || (e->mode & 0170000) == 0160000)
		return 0;
	id = oid_at(g->past, e->id);
	number = mf_idmap_find(&g->wanted->ids, &id);
	if (number != MF_NUMBER_NONE)
		*to = number | MF_EDGE_BLOB;
	else if (mf_naming_may(g->wanted->naming, g->past->trail.names[e->name]))
		return mf_attr_named(to, g, &id, err);
	return 0;
}

int mf_attr_recall_edges(struct mf_attr_graph *g, struct mf_err *err)
{
	for (size_t i = 0; i < mf_attr_recalled_edges(g); i++)
		if (find_target(&g->to[g->n_edges++], g, &g->past->trail.edges[i], err))
			return -1;
	return 0;
}

struct mf_attr_entry mf_attr_recalled_entry(const struct mf_attr_graph *g, uint32_t number)
{
	const struct mf_past *p = g->past;
	const struct mf_trail_edge *e = &p->trail.edges[number];

	return (struct mf_attr_entry){ .id = p->old.ids + e->id * p->old.oid_len, .name = p->trail.names[e->name], .mode = e->mode };
}

size_t mf_attr_recalled_commits(const struct mf_attr_graph *g, size_t *parents)
{
	*parents = g->past ? g->past->trail.n_parents : 0;
	return g->past ? g->past->trail.n_commits : 0;
}

int mf_attr_number_recalled(const struct mf_attr_graph *g, struct mf_attr_commits *c, struct mf_err *err)
{
	const struct mf_trail *t = g->past ? &g->past->trail : NULL;
	size_t n = c->n_new;

	if (!t)
		return 0;
	c->number = mf_calloc(g->past->old.n + 1, sizeof(*c->number));
	if (!c->number)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < t->n_commits; i++)
		if (mf_past_held(g->past, t->commits[i].id))
			c->number[t->commits[i].id] = (uint32_t)++n;
	return 0;
}

uint32_t mf_attr_recalled_commit(const struct mf_attr_graph *g, const struct mf_attr_commits *c, const unsigned char *id)
{
	const uint32_t at = g->past ? mf_idtable_find(&g->past->old, id) : MF_PAST_NONE;

	return at != MF_PAST_NONE && c->number[at] ? c->number[at] - 1 : MF_NUMBER_NONE;
}

static uint32_t commit_at(const struct mf_attr_graph *g, const struct mf_attr_commits *c, uint32_t place)
{
	struct mf_oid id;

	if (c->number[place])
		return c->number[place] - 1;
	id = oid_at(g->past, place);
	return mf_idmap_find(&c->ids, &id);
}

void mf_attr_recall_commits(struct mf_attr_graph *g, struct mf_attr_commits *c)
{
	const struct mf_trail *t = g->past ? &g->past->trail : NULL;

	for (size_t i = 0; t && i < t->n_commits; i++) {
		const struct mf_trail_commit *from = &t->commits[i];

		if (!mf_past_held(g->past, from->id))
			continue;
		c->first[g->n_commits] = (uint32_t)c->edges;
		c->dates[g->n_commits] = from->date;
		for (uint32_t k = 0; k < from->n; k++)
			c->parents[c->edges++] = commit_at(g, c, t->parents[from->first + k]);
		g->roots[g->n_commits] = tree_at(g, from->tree);
		g->commit_ids[g->n_commits++] = oid_at(g->past, from->id);
	}
}
