/* SPDX-License-Identifier: Apache-2.0 */
/* What the commits of a range bring in, oldest first. */
#include "range.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "topo.h"
#include "treediff.h"

static const size_t COMMIT_MAX = (size_t)64 << 20;

struct walk {
	const struct mf_repo_info *info;
	struct mf_range range;
	struct mf_treediff diff;
	struct mf_textmap seen;		/* id and path of what was passed on */
	struct mf_buf key;
	mf_place_fn fn;
	int (*message)(void *ctx, const struct mf_commit *commit, struct mf_err *err);
	void *ctx;
	const struct mf_commit *commit;
	struct mf_range_stats stats;
};

/* Room for sorting the commits of a range, renumbered from 0. */
struct sorting {
	uint32_t *commits, *number;	/* of the range; back from commits to those */
	uint32_t *first, *parents, *order;
	int64_t *dates;
	struct mf_oid *ids;
};

static void sorting_free(struct sorting *s)
{
	free(s->commits);
	free(s->number);
	free(s->first);
	free(s->parents);
	free(s->order);
	free(s->dates);
	free(s->ids);
}

static bool sorting_new(struct sorting *s, size_t n, size_t edges)
{
	s->commits = mf_calloc(n + 1, sizeof(*s->commits));
	s->number = mf_calloc(n + 1, sizeof(*s->number));
	s->first = mf_calloc(n + 1, sizeof(*s->first));
	s->parents = mf_calloc(edges + 1, sizeof(*s->parents));
	s->order = mf_calloc(n + 1, sizeof(*s->order));
	s->dates = mf_calloc(n + 1, sizeof(*s->dates));
	s->ids = mf_calloc(n + 1, sizeof(*s->ids));
	return s->commits && s->number && s->first && s->parents && s->order && s->dates && s->ids;
}

static uint32_t fill(struct sorting *s, const struct mf_range *g)
{
	uint32_t n = 0, edges = 0;

	for (uint32_t i = 0; i < g->ids.n; i++) {
		s->number[i] = UINT32_MAX;
		if (!mf_range_has(g, i))
			continue;
		s->commits[n] = i;
		s->dates[n] = g->nodes[i].date;
		s->ids[n] = g->ids.ids[i];
		s->number[i] = n++;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct mf_range_node *node = &g->nodes[s->commits[i]];

		s->first[i] = edges;
		for (uint32_t k = 0; k < node->n_parents; k++)
			s->parents[edges++] = s->number[g->parents[node->parents + k]];
	}
	s->first[n] = edges;
	return n;
}

int mf_range_order(struct mf_range *g, struct mf_err *err)
{
	struct sorting s = { 0 };
	struct mf_topo topo;
	int r = -1;

	if (!sorting_new(&s, g->ids.n, g->n_parents)) {
		mf_fail_nomem(err);
	} else {
		topo = (struct mf_topo){ .first = s.first, .parents = s.parents, .dates = s.dates, .ids = s.ids };
		topo.n = fill(&s, g);
		r = mf_topo_sort(s.order, &topo, err);
		for (uint32_t i = 0; r == 0 && i < topo.n; i++)
			s.order[i] = s.commits[s.order[i]];
		if (r == 0) {
			g->n_order = topo.n;
			g->order = s.order;
			s.order = NULL;
		}
	}
	sorting_free(&s);
	return r;
}

/* One blob of one commit's tree that no parent has there. */
static int emit(void *ctx, struct mf_str path, const struct mf_tree_entry *e, struct mf_err *err)
{
	struct walk *w = ctx;
	struct mf_place place = { .path = path.p, .mode = e->mode, .blob = &e->id, .commit = w->commit };
	bool fresh;

	w->key.n = 0;
	if (mf_buf_add(&w->key, e->id.b, w->info->oid_len, err) || mf_buf_add(&w->key, path.p, path.n, err))
		return -1;
	if (mf_textmap_add(&w->seen, w->key.p, w->key.n, &fresh) == MF_NUMBER_NONE)
		return mf_fail_nomem(err);
	return fresh ? w->fn(w->ctx, &place, err) : 0;
}

/* Its tree against those of its parents. A parent that the clone lacks has nothing, so that all of the tree counts as new. */
static int changes(struct walk *w, uint32_t number, struct mf_err *err)
{
	const struct mf_range *g = &w->range;
	const struct mf_range_node *node = &g->nodes[number];
	struct mf_oid *trees = mf_calloc((size_t)node->n_parents + 1, sizeof(*trees));
	size_t n = 0;
	int r;

	if (!trees)
		return mf_fail_nomem(err);
	for (uint32_t i = 0; i < node->n_parents; i++) {
		const uint32_t parent = g->parents[node->parents + i];

		if (mf_range_absent(g, parent)) {
			w->stats.missing++;
			w->stats.shallow |= w->info->shallow;
		} else {
			trees[n++] = g->nodes[parent].tree;
		}
	}
	r = mf_treediff_run(&w->diff, &w->commit->tree, trees, n, err);
	free(trees);
	return r;
}

static int one_commit(struct walk *w, uint32_t number, struct mf_err *err)
{
	const struct mf_oid *id = &w->range.ids.ids[number];
	struct mf_commit commit;
	struct mf_object o;
	struct mf_err why;
	int r;

	if (mf_object_read(&o, w->range.rd, id, COMMIT_MAX, &why)) {
		/* the graph knew it, and the rest of the range is still worth a look */
		if (strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
			return mf_fail_nomem(err);
		w->stats.missing++;
		return 0;
	}
	r = mf_commit_parse(&commit, id, o.p, o.n, w->info->oid_len, err);
	mf_object_free(&o);
	if (r)
		return -1;
	w->commit = &commit;
	r = (w->message ? w->message(w->ctx, &commit, err) : 0) || changes(w, number, err) ? -1 : 0;
	mf_commit_free(&commit);
	return r;
}

static int run(struct walk *w, const struct mf_ends *ends, struct mf_err *err)
{
	if (mf_range_find(&w->range, ends, err))
		return -1;
	w->stats.commits = w->range.n_order;
	for (size_t i = 0; i < w->range.n_order; i++)
		if (one_commit(w, w->range.order[i], err))
			return -1;
	w->stats.missing += w->diff.missing;
	w->stats.cut = w->diff.cut;
	return 0;
}

int mf_ends_walk(const struct mf_repo *r, const struct mf_ends *ends, mf_place_fn fn,
		 int (*message)(void *ctx, const struct mf_commit *commit, struct mf_err *err), void *ctx, struct mf_range_stats *stats,
		 struct mf_err *err)
{
	struct walk w = { .info = mf_repo_info(r), .fn = fn, .message = message, .ctx = ctx, .key = MF_BUF(SIZE_MAX / 2) };
	struct mf_graph *graph = NULL;
	struct mf_reader *rd;
	int rc;

	if (mf_reader_new(&rd, r, err))
		return -1;
	w.range.rd = rd;
	w.range.oid_len = w.info->oid_len;
	mf_treediff_init(&w.diff, rd, w.info->oid_len);
	w.diff.emit = emit;
	w.diff.ctx = &w;
	rc = mf_graph_open(&graph, r, err);
	w.range.graph = graph;
	if (rc == 0)
		rc = run(&w, ends, err);
	if (rc == 0 && stats)
		*stats = w.stats;
	mf_range_free(&w.range);
	mf_treediff_free(&w.diff);
	mf_textmap_free(&w.seen);
	mf_buf_free(&w.key);
	mf_graph_free(graph);
	mf_reader_free(rd);
	return rc;
}

int mf_range_walk(const struct mf_repo *r, const struct mf_oid *from, const struct mf_oid *to, mf_place_fn fn,
		  int (*message)(void *ctx, const struct mf_commit *commit, struct mf_err *err), void *ctx, struct mf_range_stats *stats,
		  struct mf_err *err)
{
	const struct mf_ends ends = { .from = from, .n_from = from != NULL, .to = to, .n_to = 1 };

	return mf_ends_walk(r, &ends, fn, message, ctx, stats, err);
}
