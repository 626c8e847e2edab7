/* SPDX-License-Identifier: Apache-2.0 */
/* The commits of a range: both ends are followed at once, what comes last in history first. With a commit-graph this is exact, since no
 * commit has a lower generation than its ancestors. Without one only dates say what comes last, and clocks are wrong: whatever is found to be an
 * ancestor of `from` later is taken back with all its ancestors, and the walk goes on well behind the point where dates say that all is known:
 * by a day more than the greatest error that was seen, and by as many commits again as the range has, 128 at least. */
#include "range.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "commit.h"

enum { WANTED = 1, EXCLUDED = 2, KNOWN = 4, QUEUED = 8, ABSENT = 16, DAY = 86400, PATIENCE = 128 };
static const size_t COMMIT_MAX = (size_t)64 << 20;

static bool later(const struct mf_range *g, uint32_t a, uint32_t b)
{
	const struct mf_range_node *x = &g->nodes[a], *y = &g->nodes[b];

	if (x->generation != y->generation)
		return x->generation > y->generation;
	return x->date != y->date ? x->date > y->date : a < b;
}

/* Whether it counts among those that must leave the queue before the walk may end. */
static void count(struct mf_range *g, uint32_t number, int by)
{
	const struct mf_range_node *node = &g->nodes[number];

	if (!(node->state & EXCLUDED))
		g->wanted += (size_t)by;
	else if (node->generation == UINT32_MAX)
		g->unsure += (size_t)by;
}

static int push(struct mf_range *g, uint32_t number, struct mf_err *err)
{
	size_t i = g->n_queue;

	if (mf_grow(&g->queue, &g->cap_queue, i + 1, sizeof(*g->queue), err))
		return -1;
	g->n_queue++;
	for (; i && later(g, number, g->queue[(i - 1) / 2]); i = (i - 1) / 2)
		g->queue[i] = g->queue[(i - 1) / 2];
	g->queue[i] = number;
	g->nodes[number].state |= QUEUED;
	count(g, number, 1);
	return 0;
}

static uint32_t pop(struct mf_range *g)
{
	const uint32_t top = g->queue[0], last = g->queue[--g->n_queue];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= g->n_queue)
			break;
		child += child + 1 < g->n_queue && later(g, g->queue[child + 1], g->queue[child]);
		if (!later(g, g->queue[child], last))
			break;
		g->queue[i] = g->queue[child];
		i = child;
	}
	g->queue[i] = last;
	count(g, top, -1);
	g->nodes[top].state &= (uint8_t)~QUEUED;
	return top;
}

static int number_of(uint32_t *out, struct mf_range *g, const struct mf_oid *id, struct mf_err *err)
{
	const uint32_t before = g->ids.n, number = mf_idmap_add(&g->ids, id);

	if (number == MF_NUMBER_NONE)
		return mf_fail_nomem(err);
	if (mf_grow(&g->nodes, &g->cap_nodes, (size_t)number + 1, sizeof(*g->nodes), err))
		return -1;
	if (number == before)
		g->nodes[number] = (struct mf_range_node){ 0 };
	*out = number;
	return 0;
}

static int add_parent(struct mf_range *g, uint32_t number, const struct mf_oid *id, struct mf_err *err)
{
	uint32_t parent;

	if (number_of(&parent, g, id, err) || mf_grow(&g->parents, &g->cap_parents, g->n_parents + 1, sizeof(*g->parents), err))
		return -1;
	if (g->n_parents >= UINT32_MAX)
		return mf_fail_nomem(err);
	g->parents[g->n_parents++] = parent;
	g->nodes[number].n_parents++;
	return 0;
}

static int load_from_graph(struct mf_range *g, uint32_t number, const struct mf_graph_commit *c, struct mf_err *err)
{
	struct mf_range_node *node = &g->nodes[number];
	struct mf_oid id;
	size_t at = 0;

	node->tree = c->tree;
	node->date = c->date;
	node->generation = c->generation;
	while (mf_graph_parent(&id, &at, g->graph, c))
		if (add_parent(g, number, &id, err))
			return -1;
	return 0;
}

static int load_from_object(struct mf_range *g, uint32_t number, const struct mf_object *o, struct mf_err *err)
{
	struct mf_commit_head head;

	if (o->type != MF_OBJ_COMMIT || !mf_commit_head(&head, o->p, o->n, g->oid_len)) {
		g->nodes[number].state |= ABSENT;
		return 0;
	}
	g->nodes[number].tree = head.tree;
	g->nodes[number].date = head.date;
	for (size_t i = 0; i < head.n_parents; i++) {
		const struct mf_oid id = mf_commit_parent(&head, o->p, g->oid_len, i);

		if (add_parent(g, number, &id, err))
			return -1;
	}
	return 0;
}

/* What is known of a commit, once. One that is not there, or not readable, has no parents. */
static int load(struct mf_range *g, uint32_t number, struct mf_err *err)
{
	struct mf_range_node *node = &g->nodes[number];
	struct mf_graph_commit c;
	struct mf_object o;
	struct mf_err why;
	int r;

	if (node->state & KNOWN)
		return 0;
	node->state |= KNOWN;
	node->generation = UINT32_MAX;
	node->parents = (uint32_t)g->n_parents;
	if (mf_graph_find(&c, g->graph, &g->ids.ids[number]))
		return load_from_graph(g, number, &c, err);
	if (mf_object_read(&o, g->rd, &g->ids.ids[number], COMMIT_MAX, &why)) {
		if (strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
			return mf_fail_nomem(err);
		node->state |= ABSENT;
		return 0;
	}
	r = load_from_object(g, number, &o, err);
	mf_object_free(&o);
	return r;
}

bool mf_range_has(const struct mf_range *g, uint32_t number)
{
	return (g->nodes[number].state & (WANTED | EXCLUDED | ABSENT)) == WANTED;
}

bool mf_range_absent(const struct mf_range *g, uint32_t number)
{
	return !(g->nodes[number].state & KNOWN) || (g->nodes[number].state & ABSENT);
}

/* A commit and all of its ancestors that were met before belong to `from`. */
static int exclude(struct mf_range *g, uint32_t number, struct mf_err *err)
{
	size_t n = 0;

	for (;;) {
		struct mf_range_node *node = &g->nodes[number];

		if (!(node->state & EXCLUDED)) {
			const bool queued = node->state & QUEUED, met = node->state & WANTED;

			if (queued)
				count(g, number, -1);
			node->state |= EXCLUDED;
			if (queued)
				count(g, number, 1);
			if (!met) {
				if (load(g, number, err) || push(g, number, err))
					return -1;
			} else if (!queued) {
				g->in_range--;
				if (mf_grow(&g->stack, &g->cap_stack, n + node->n_parents, sizeof(*g->stack), err))
					return -1;
				for (uint32_t i = 0; i < node->n_parents; i++)
					g->stack[n++] = g->parents[node->parents + i];
			}
		}
		if (!n)
			return 0;
		number = g->stack[--n];
	}
}

static int want(struct mf_range *g, uint32_t number, struct mf_err *err)
{
	if (g->nodes[number].state & (WANTED | EXCLUDED))
		return 0;
	g->nodes[number].state |= WANTED;
	return load(g, number, err) ? -1 : push(g, number, err);
}

/* How far the clocks of two commits disagree. */
static void watch_clock(struct mf_range *g, int64_t child, int64_t parent)
{
	int64_t wrong;

	if (parent <= child)
		return;
	if (__builtin_sub_overflow(parent, child, &wrong) || wrong > INT64_MAX / 4)
		wrong = INT64_MAX / 4;
	if (wrong + DAY > g->slack)
		g->slack = wrong + DAY;
}

static int visit(struct mf_range *g, uint32_t number, struct mf_err *err)
{
	const bool excluded = g->nodes[number].state & EXCLUDED;
	const uint32_t from = g->nodes[number].parents, n = g->nodes[number].n_parents;
	const int64_t date = g->nodes[number].date;

	if (!excluded) {
		g->in_range++;
		if (date < g->oldest)
			g->oldest = date;
	}
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t parent = g->parents[from + i];

		if (excluded ? exclude(g, parent, err) : want(g, parent, err))
			return -1;
		if (g->nodes[number].generation == UINT32_MAX)
			watch_clock(g, date, g->nodes[parent].date);
	}
	return 0;
}

/* Whether nothing that is left in the queue can change what is in the range. */
static bool done(struct mf_range *g)
{
	int64_t newest;

	if (g->wanted || !g->n_queue || !g->in_range)
		return !g->wanted;
	if (!g->unsure)
		return true;
	newest = g->nodes[g->queue[0]].date;
	if (newest > g->oldest || g->oldest - newest < g->slack) {
		g->patience = 0;
		return false;
	}
	return ++g->patience > PATIENCE + g->in_range;
}

static int start(struct mf_range *g, const struct mf_oid *id, bool excluded, struct mf_err *err)
{
	struct mf_object o;
	uint32_t number;

	if (number_of(&number, g, id, err) || (excluded ? exclude(g, number, err) : want(g, number, err)))
		return -1;
	if (!(g->nodes[number].state & ABSENT))
		return 0;
	/* once more, for the reason */
	if (mf_object_read(&o, g->rd, id, COMMIT_MAX, err))
		return -1;
	mf_object_free(&o);
	return mf_fail(err, MF_E_GIT_DAMAGED, "an end of the range is no commit, or a damaged one");
}

int mf_range_find(struct mf_range *g, const struct mf_ends *ends, struct mf_err *err)
{
	g->oldest = INT64_MAX;
	g->slack = DAY;
	for (size_t i = 0; i < ends->n_from; i++)
		if (start(g, &ends->from[i], true, err))
			return -1;
	for (size_t i = 0; i < ends->n_to; i++)
		if (start(g, &ends->to[i], false, err))
			return -1;
	while (!done(g))
		if (visit(g, pop(g), err))
			return -1;
	return mf_range_order(g, err);
}

void mf_range_free(struct mf_range *g)
{
	mf_idmap_free(&g->ids);
	free(g->nodes);
	free(g->parents);
	free(g->queue);
	free(g->stack);
	free(g->order);
}
