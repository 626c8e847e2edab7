/* SPDX-License-Identifier: Apache-2.0 */
/* What attribution has read is kept for the trail. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* One that was not found among the trees that were read or lead somewhere: is it one that is known to lead nowhere? If not, something may come
 * to light behind it later. */
static bool leads_nowhere(const struct mf_past *p, const unsigned char *id)
{
	const uint32_t at = mf_idtable_find(&p->old, id);

	return p->has_trail && at != MF_PAST_NONE && p->old.kinds[at] == MF_PAST_TREE && mf_past_held(p, at);
}

struct learner {
	struct mf_past *p;
	const struct mf_attr_graph *g;
	uint8_t *open;			/* by edge that was read: what it leads to is not known */
	uint8_t *leads;			/* by tree */
	uint32_t *number;		/* by edge that was read: its number among those kept, plus one */
};

static int find_leads(struct learner *l, struct mf_err *err)
{
	const struct mf_attr_graph *g = l->g;

	l->open = mf_calloc((size_t)g->n_new_edges + 1, 1);
	l->leads = mf_calloc((size_t)g->n_trees + 1, 1);
	l->number = mf_calloc((size_t)g->n_new_edges + 1, sizeof(*l->number));
	if (!l->open || !l->leads || !l->number)
		return mf_fail_nomem(err);
	for (uint32_t e = 0; e < g->n_new_edges; e++)
		l->open[e] = g->to[e] == MF_EDGE_NONE && !leads_nowhere(l->p, mf_attr_entry(g, e).id);
	return mf_attr_graph_leads(g, l->leads, l->open, err);
}

static int keep_edge(uint32_t *out, struct learner *l, uint32_t edge, struct mf_err *err)
{
	struct mf_learned *to = &l->p->learned;
	const size_t len = l->p->old.oid_len;
	struct mf_learned_edge kept = { 0 };
	struct mf_attr_entry e;
	bool fresh;

	if (!l->number[edge]) {
		e = mf_attr_entry(l->g, edge);
		memcpy(kept.id.b, e.id, len);
		kept.mode = e.mode;
		kept.name = mf_textmap_add(&to->names, e.name.p, e.name.n, &fresh);
		if (kept.name == MF_NUMBER_NONE)
			return mf_fail_nomem(err);
		if (mf_grow(&to->edges, &to->cap_edges, to->n_edges + 1, sizeof(*to->edges), err))
			return -1;
		to->edges[to->n_edges++] = kept;
		l->number[edge] = (uint32_t)to->n_edges;
	}
	*out = l->number[edge] - 1;
	return 0;
}

static int keep_tree(struct learner *l, const struct mf_tree_rec *rec, size_t first, struct mf_err *err)
{
	struct mf_learned *to = &l->p->learned;
	struct mf_learned_tree tree = { .id = rec->id, .first = to->n_into };

	if (mf_grow(&to->into, &to->cap_into, to->n_into + rec->n, sizeof(*to->into), err) ||
	    mf_grow(&to->trees, &to->cap_trees, to->n_trees + 1, sizeof(*to->trees), err))
		return -1;
	for (uint32_t i = 0; i < rec->n; i++) {
		const uint32_t edge = (uint32_t)first + rec->edges[i], target = l->g->to[edge];

		if (!(target & MF_EDGE_BLOB) && !(target == MF_EDGE_NONE ? l->open[edge] : l->leads[target]))
			continue;
		if (keep_edge(&to->into[to->n_into], l, edge, err))
			return -1;
		to->n_into++;
		tree.n++;
	}
	to->trees[to->n_trees++] = tree;
	return 0;
}

static int keep_trees(struct learner *l, struct mf_err *err)
{
	struct mf_harvest *const *h = l->g->h;
	const size_t len = l->p->old.oid_len;
	size_t first = 0;

	for (size_t i = 0; i < l->g->n_harvests; first += h[i++]->n_edges) {
		for (size_t t = 0; t < h[i]->n_trees; t++) {
			const struct mf_tree_rec *rec = &h[i]->trees[t];

			if (mf_idlist_add(&l->p->fresh, len, rec->id.b, MF_PAST_TREE, err))
				return -1;
			if (l->leads[mf_idmap_find(&l->g->ids, &rec->id)] && keep_tree(l, rec, first, err))
				return -1;
		}
	}
	return 0;
}

/* Those that hold something are read again each time, and are no part of it. */
static int keep_commits(struct mf_past *p, const struct mf_attr_graph *g, struct mf_err *err)
{
	const size_t n_new = g->n_harvests;

	p->learned.commits = mf_calloc(n_new, sizeof(*p->learned.commits));
	if (!p->learned.commits)
		return mf_fail_nomem(err);
	p->learned.threads = (unsigned)n_new;
	for (size_t i = 0; i < n_new; i++) {
		struct mf_commit_list *l = &p->learned.commits[i];
		size_t kept = 0;

		*l = g->h[i]->commits;
		g->h[i]->commits = (struct mf_commit_list){ 0 };
		for (size_t k = 0; k < l->n; k++) {
			if (!mf_past_settled(p, l->v[k].id.b))
				continue;
			if (mf_idlist_add(&p->fresh, p->old.oid_len, l->v[k].id.b, MF_PAST_COMMIT, err))
				return -1;
			l->v[kept++] = l->v[k];
		}
		l->n = kept;
	}
	return 0;
}

int mf_past_learn(struct mf_past *p, const struct mf_attr_graph *g, struct mf_err *err)
{
	struct learner l = { .p = p, .g = g };
	const int rc = find_leads(&l, err) || keep_trees(&l, err) || keep_commits(p, g, err) ? -1 : 0;

	free(l.open);
	free(l.leads);
	free(l.number);
	p->keeps_trail = rc == 0;
	return rc;
}
