/* SPDX-License-Identifier: Apache-2.0 */
/* Between attribution and the trail: what is known is handed over as if a thread had just read it, and what was read is kept. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "treediff.h"

static struct mf_oid oid_at(const struct mf_past *p, uint32_t i)
{
	struct mf_oid id = { { 0 } };

	memcpy(id.b, p->old.ids + i * p->old.oid_len, p->old.oid_len);
	return id;
}

static int recall_commits(struct mf_commit_list *l, const struct mf_past *p, struct mf_err *err)
{
	const struct mf_trail *t = &p->trail;

	if (mf_grow(&l->v, &l->cap, t->n_commits + 1, sizeof(*l->v), err) ||
	    mf_grow(&l->parents, &l->cap_parents, t->n_parents + 1, sizeof(*l->parents), err))
		return -1;
	for (size_t i = 0; i < t->n_commits; i++) {
		const struct mf_trail_commit *c = &t->commits[i];

		if (!mf_past_held(p, c->id))
			continue;
		l->v[l->n++] = (struct mf_commit_rec){
			.id = oid_at(p, c->id), .tree = oid_at(p, c->tree), .date = c->date, .parents = l->n_parents, .n_parents = c->n,
		};
		for (uint32_t k = 0; k < c->n; k++)
			l->parents[l->n_parents++] = oid_at(p, t->parents[c->first + k]);
	}
	return 0;
}

/* What an entry leads to, as far as that is known before all trees are. */
static uint32_t target_of(const struct mf_wanted *w, const struct mf_trail_edge *e, const struct mf_oid *id)
{
	uint32_t number;

	if (mf_mode_folder(e->mode) || (e->mode & 0170000) == 0160000)
		return MF_EDGE_NONE;
	number = mf_idmap_find(&w->ids, id);
	return number == MF_NUMBER_NONE ? MF_EDGE_NONE : number | MF_EDGE_BLOB;
}

/* By the numbers of the trail, so that its trees can be used as they are. */
static int recall_edges(struct mf_harvest *h, const struct mf_past *p, struct mf_err *err)
{
	const struct mf_trail *t = &p->trail;
	size_t bytes = 1;

	for (size_t i = 0; i < t->n_edges; i++)
		bytes += p->old.oid_len + t->names[t->edges[i].name].n;
	if (t->n_edges >= MF_EDGE_NONE)
		return mf_fail_nomem(err);
	if (mf_grow(&h->edges, &h->cap_edges, t->n_edges + 1, sizeof(*h->edges), err) || mf_grow(&h->bytes, &h->cap_bytes, bytes, 1, err))
		return -1;
	for (size_t i = 0; i < t->n_edges; i++) {
		const struct mf_trail_edge *e = &t->edges[i];
		const struct mf_str name = t->names[e->name];
		const struct mf_oid id = oid_at(p, e->id);

		memcpy(h->bytes + h->n_bytes, id.b, p->old.oid_len);
		memcpy(h->bytes + h->n_bytes + p->old.oid_len, name.p, name.n);
		h->edges[h->n_edges++] = (struct mf_edge){
			.at = h->n_bytes, .name_n = (uint32_t)name.n, .mode = e->mode, .to = target_of(h->wanted, e, &id),
		};
		h->n_bytes += p->old.oid_len + name.n;
	}
	return 0;
}

int mf_past_recall(struct mf_harvest *h, const struct mf_past *p, struct mf_err *err)
{
	const struct mf_trail *t = &p->trail;

	if (recall_commits(&h->commits, p, err) || recall_edges(h, p, err) ||
	    mf_grow(&h->trees, &h->cap_trees, t->n_trees + 1, sizeof(*h->trees), err))
		return -1;
	for (size_t i = 0; i < t->n_trees; i++)
		if (mf_past_held(p, t->trees[i].id))
			h->trees[h->n_trees++] = (struct mf_tree_rec){
				.id = oid_at(p, t->trees[i].id), .edges = t->into + t->trees[i].first, .n = t->trees[i].n, .thread = h->thread,
			};
	return 0;
}

/* -- the other way ------------------------------------------------------------------------------------------------ */

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
	struct mf_harvest *const *h;
	size_t n;
	uint8_t *open;			/* by edge: what it leads to is not known */
	uint8_t *leads;			/* by tree */
	uint32_t *number;		/* by edge: its number among those kept, plus one */
};

static int find_leads(struct learner *l, struct mf_err *err)
{
	const struct mf_attr_graph *g = l->g;

	l->open = mf_calloc((size_t)g->n_edges + 1, 1);
	l->leads = mf_calloc((size_t)g->ids.n + 1, 1);
	l->number = mf_calloc((size_t)g->n_edges + 1, sizeof(*l->number));
	if (!l->open || !l->leads || !l->number)
		return mf_fail_nomem(err);
	for (uint32_t e = 0; e < g->n_edges; e++) {
		const unsigned char *bytes;

		if (g->to[e] != MF_EDGE_NONE)
			continue;
		mf_attr_edge(l->h, l->n, e, &bytes);
		l->open[e] = !leads_nowhere(l->p, bytes);
	}
	return mf_attr_graph_leads(g, l->leads, l->open, err);
}

static int keep_edge(uint32_t *out, struct learner *l, uint32_t edge, struct mf_err *err)
{
	struct mf_learned *to = &l->p->learned;
	const size_t len = l->p->old.oid_len;
	struct mf_learned_edge kept = { 0 };
	const unsigned char *bytes;
	const struct mf_edge *e;
	bool fresh;

	if (!l->number[edge]) {
		e = mf_attr_edge(l->h, l->n, edge, &bytes);
		memcpy(kept.id.b, bytes, len);
		kept.mode = e->mode;
		kept.name = mf_textmap_add(&to->names, bytes + len, e->name_n, &fresh);
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

static int keep_trees(struct learner *l, size_t n_new, struct mf_err *err)
{
	const size_t len = l->p->old.oid_len;
	size_t first = 0;

	for (size_t i = 0; i < n_new; first += l->h[i++]->n_edges) {
		for (size_t t = 0; t < l->h[i]->n_trees; t++) {
			const struct mf_tree_rec *rec = &l->h[i]->trees[t];

			if (mf_idlist_add(&l->p->fresh, len, rec->id.b, MF_PAST_TREE, err))
				return -1;
			if (l->leads[mf_idmap_find(&l->g->ids, &rec->id)] && keep_tree(l, rec, first, err))
				return -1;
		}
	}
	return 0;
}

/* Those that hold something are read again each time, and are no part of it. */
static int keep_commits(struct mf_past *p, struct mf_harvest *const *h, size_t n_new, struct mf_err *err)
{
	p->learned.commits = mf_calloc(n_new, sizeof(*p->learned.commits));
	if (!p->learned.commits)
		return mf_fail_nomem(err);
	p->learned.threads = (unsigned)n_new;
	for (size_t i = 0; i < n_new; i++) {
		struct mf_commit_list *l = &p->learned.commits[i];
		size_t kept = 0;

		*l = h[i]->commits;
		h[i]->commits = (struct mf_commit_list){ 0 };
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

int mf_past_learn(struct mf_past *p, const struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, size_t n_new, struct mf_err *err)
{
	struct learner l = { .p = p, .g = g, .h = h, .n = n };
	const int rc = find_leads(&l, err) || keep_trees(&l, n_new, err) || keep_commits(p, h, n_new, err) ? -1 : 0;

	free(l.open);
	free(l.leads);
	free(l.number);
	p->keeps_trail = rc == 0;
	return rc;
}
