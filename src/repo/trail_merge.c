/* SPDX-License-Identifier: Apache-2.0 */
/* The next run's trail: of the old one what the database still holds, and what was learned. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct merge {
	struct mf_trail *out;
	const struct mf_past *p;
	const uint32_t *place;
	const struct mf_idtable *now;
	uint32_t *edge;			/* by old edge: its new number, plus one */
	uint32_t *name;			/* by old name, likewise */
	size_t cap_names;
};

static uint32_t find(const struct merge *m, const struct mf_oid *id)
{
	return mf_idtable_find(m->now, id->b);
}

static int by_commit(const void *a, const void *b)
{
	const struct mf_trail_commit *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_tree(const void *a, const void *b)
{
	const struct mf_trail_tree *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Both parts ascend by themselves once the second is sorted: put together from the back. */
static void join(void *v, size_t n, size_t n_old, size_t size, int (*order)(const void *a, const void *b), void *spare)
{
	unsigned char *p = v, *tail = spare;
	size_t i = n_old, k = n - n_old, to = n;

	if (!k)
		return;
	memcpy(tail, p + n_old * size, k * size);
	qsort(tail, k, size, order);
	while (k) {
		const bool old = i && order(p + (i - 1) * size, tail + (k - 1) * size) > 0;

		memmove(p + --to * size, old ? p + --i * size : tail + --k * size, size);
	}
}

static int join_by(void *v, size_t n, size_t n_old, size_t size, int (*order)(const void *a, const void *b), struct mf_err *err)
{
	void *spare = mf_calloc(n - n_old + 1, size);

	if (!spare)
		return mf_fail_nomem(err);
	join(v, n, n_old, size, order, spare);
	free(spare);
	return 0;
}

static int merge_commits(struct merge *m, struct mf_err *err)
{
	const struct mf_trail *old = &m->p->trail;
	const struct mf_learned *l = &m->p->learned;
	struct mf_trail *t = m->out;
	size_t n = old->n_commits, parents = old->n_parents, n_old;

	for (unsigned i = 0; i < l->threads; i++) {
		n += l->commits[i].n;
		parents += l->commits[i].n_parents;
	}
	t->commits = mf_calloc(n + 1, sizeof(*t->commits));
	t->parents = mf_calloc(parents + 1, sizeof(*t->parents));
	if (!t->commits || !t->parents || n >= UINT32_MAX || parents >= UINT32_MAX)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < old->n_commits; i++) {
		const struct mf_trail_commit *c = &old->commits[i];

		if (!mf_past_held(m->p, c->id))
			continue;
		t->commits[t->n_commits++] = (struct mf_trail_commit){
			.id = m->place[c->id], .tree = m->place[c->tree], .first = (uint32_t)t->n_parents, .n = c->n, .date = c->date,
		};
		for (uint32_t k = 0; k < c->n; k++)
			t->parents[t->n_parents++] = m->place[old->parents[c->first + k]];
	}
	n_old = t->n_commits;
	for (unsigned i = 0; i < l->threads; i++) {
		for (size_t k = 0; k < l->commits[i].n; k++) {
			const struct mf_commit_rec *c = &l->commits[i].v[k];

			t->commits[t->n_commits++] = (struct mf_trail_commit){
				.id = find(m, &c->id), .tree = find(m, &c->tree), .first = (uint32_t)t->n_parents, .n = c->n_parents, .date = c->date,
			};
			for (uint32_t j = 0; j < c->n_parents; j++)
				t->parents[t->n_parents++] = find(m, &l->commits[i].parents[c->parents + j]);
		}
	}
	return join_by(t->commits, t->n_commits, n_old, sizeof(*t->commits), by_commit, err);
}

static int add_name(uint32_t *number, struct merge *m, struct mf_str name, struct mf_err *err)
{
	struct mf_trail *t = m->out;

	if (mf_grow(&t->names, &m->cap_names, t->n_names + 1, sizeof(*t->names), err))
		return -1;
	t->names[t->n_names++] = name;
	*number = (uint32_t)t->n_names;
	return 0;
}

/* An old edge under its new number. */
static int old_edge(uint32_t *out, struct merge *m, uint32_t edge, struct mf_err *err)
{
	const struct mf_trail_edge *e = &m->p->trail.edges[edge];
	struct mf_trail *t = m->out;

	if (!m->edge[edge]) {
		if (!m->name[e->name] && add_name(&m->name[e->name], m, m->p->trail.names[e->name], err))
			return -1;
		t->edges[t->n_edges++] = (struct mf_trail_edge){ .id = m->place[e->id], .name = m->name[e->name] - 1, .mode = e->mode };
		m->edge[edge] = (uint32_t)t->n_edges;
	}
	*out = m->edge[edge] - 1;
	return 0;
}

static int merge_edges(struct merge *m, uint32_t *first, struct mf_err *err)
{
	const struct mf_learned *l = &m->p->learned;
	struct mf_trail *t = m->out;
	const uint32_t names = (uint32_t)t->n_names;
	uint32_t number;

	*first = (uint32_t)t->n_edges;
	for (uint32_t i = 0; i < l->names.n; i++)
		if (add_name(&number, m, mf_textmap_get(&l->names, i), err))
			return -1;
	for (size_t i = 0; i < l->n_edges; i++)
		t->edges[t->n_edges++] = (struct mf_trail_edge){
			.id = find(m, &l->edges[i].id), .name = names + l->edges[i].name, .mode = l->edges[i].mode,
		};
	return 0;
}

static int merge_trees(struct merge *m, struct mf_err *err)
{
	const struct mf_trail *old = &m->p->trail;
	const struct mf_learned *l = &m->p->learned;
	struct mf_trail *t = m->out;
	size_t n_old;
	uint32_t first;

	for (size_t i = 0; i < old->n_trees; i++) {
		const struct mf_trail_tree *tree = &old->trees[i];

		if (!mf_past_held(m->p, tree->id))
			continue;
		t->trees[t->n_trees++] = (struct mf_trail_tree){ .id = m->place[tree->id], .first = (uint32_t)t->n_into, .n = tree->n };
		for (uint32_t k = 0; k < tree->n; k++)
			if (old_edge(&t->into[t->n_into++], m, old->into[tree->first + k], err))
				return -1;
	}
	n_old = t->n_trees;
	if (merge_edges(m, &first, err))
		return -1;
	for (size_t i = 0; i < l->n_trees; i++) {
		const struct mf_learned_tree *tree = &l->trees[i];

		t->trees[t->n_trees++] = (struct mf_trail_tree){ .id = find(m, &tree->id), .first = (uint32_t)t->n_into, .n = tree->n };
		for (uint32_t k = 0; k < tree->n; k++)
			t->into[t->n_into++] = first + l->into[tree->first + k];
	}
	return join_by(t->trees, t->n_trees, n_old, sizeof(*t->trees), by_tree, err);
}

static int make_room(struct merge *m, struct mf_err *err)
{
	const struct mf_trail *old = &m->p->trail;
	const struct mf_learned *l = &m->p->learned;
	struct mf_trail *t = m->out;

	t->edges = mf_calloc(old->n_edges + l->n_edges + 1, sizeof(*t->edges));
	t->trees = mf_calloc(old->n_trees + l->n_trees + 1, sizeof(*t->trees));
	t->into = mf_calloc(old->n_into + l->n_into + 1, sizeof(*t->into));
	m->edge = mf_calloc(old->n_edges + 1, sizeof(*m->edge));
	m->name = mf_calloc(old->n_names + 1, sizeof(*m->name));
	if (!t->edges || !t->trees || !t->into || !m->edge || !m->name || old->n_into + l->n_into >= UINT32_MAX)
		return mf_fail_nomem(err);
	return 0;
}

int mf_trail_merge(struct mf_trail *out, const struct mf_past *p, const uint32_t *place, const struct mf_idtable *now, struct mf_err *err)
{
	struct merge m = { .out = out, .p = p, .place = place, .now = now };
	const int rc = make_room(&m, err) || merge_commits(&m, err) || merge_trees(&m, err) ? -1 : 0;

	free(m.edge);
	free(m.name);
	return rc;
}
