/* SPDX-License-Identifier: Apache-2.0 */
/* Going down from each commit, in order, through trees that lead to a wanted blob: each (tree, path) once, so that what is found
 * for the first time is found with the first commit. */
#include "attribute.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "attribute_graph.h"
#include "past.h"

enum { DEPTH = 2048, PATH_N = 1 << 16, SIGHTINGS = 1 << 20, VISITS = 1 << 22 };

/* Pairs of numbers -> a number. */
struct pairs {
	struct {
		uint32_t a, b, value;	/* value + 1; 0: free */
	} *slots;
	size_t n, n_slots;
	uint64_t seed;
};

struct down {
	uint32_t tree, path;
};

struct find {
	struct mf_sightings *out;
	struct mf_attr_graph graph;
	struct pairs paths;		/* (folder, name) -> path */
	struct pairs seen;		/* (tree, path); (MF_EDGE_BLOB | blob, path) */
	uint32_t *edge_path;		/* by edge: the folder under which it was followed last, plus one */
	uint8_t *root_done;
	struct down *stack;
	size_t depth, cap_stack;
	size_t visits;
	uint32_t commit;
};

static size_t pair_slot(const struct pairs *p, uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * p->seed;
	size_t i;

	h = (h ^ h >> 32) * p->seed;
	i = (size_t)(h >> 32) & (p->n_slots - 1);
	while (p->slots[i].value && (p->slots[i].a != a || p->slots[i].b != b))
		i = (i + 1) & (p->n_slots - 1);
	return i;
}

static int more_pairs(struct pairs *p, struct mf_err *err)
{
	struct pairs grown = { .n = p->n, .n_slots = p->n_slots ? p->n_slots * 2 : 1024, .seed = p->seed };

	if (!grown.seed) {
		mf_random(&grown.seed, sizeof(grown.seed));
		grown.seed |= 1;
	}
	grown.slots = mf_calloc(grown.n_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].value)
			grown.slots[pair_slot(&grown, p->slots[i].a, p->slots[i].b)] = p->slots[i];
	free(p->slots);
	*p = grown;
	return 0;
}

/* The value of a pair, `fresh` (and *is_fresh) when there was none. */
static int pair_add(uint32_t *value, bool *is_fresh, struct pairs *p, uint32_t a, uint32_t b, uint32_t fresh, struct mf_err *err)
{
	size_t i;

	if (p->n * 2 >= p->n_slots && more_pairs(p, err))
		return -1;
	i = pair_slot(p, a, b);
	*is_fresh = !p->slots[i].value;
	if (*is_fresh) {
		p->slots[i].a = a;
		p->slots[i].b = b;
		p->slots[i].value = fresh + 1;
		p->n++;
	}
	*value = p->slots[i].value - 1;
	return 0;
}

/* The path of an edge below a folder; MF_EDGE_NONE when it is too long or too deep. */
static int path_of(uint32_t *out, struct find *f, uint32_t folder, struct mf_str name, struct mf_err *err)
{
	struct mf_sightings *s = f->out;
	const struct mf_path_rec *up = &s->paths[folder];
	const size_t n = up->n + (folder != 0) + name.n;
	const uint32_t depth = up->depth + 1;
	uint32_t number;
	bool fresh;

	*out = MF_EDGE_NONE;
	if (n > PATH_N || depth > DEPTH) {
		s->cut = true;
		return 0;
	}
	number = mf_textmap_add(&s->names, name.p, name.n, &fresh);
	if (number == MF_NUMBER_NONE)
		return mf_fail_nomem(err);
	if (pair_add(out, &fresh, &f->paths, folder, number, (uint32_t)s->n_paths, err))
		return -1;
	if (!fresh)
		return 0;
	if (mf_grow(&s->paths, &s->cap_paths, s->n_paths + 1, sizeof(*s->paths), err))
		return -1;
	s->paths[s->n_paths++] = (struct mf_path_rec){ .parent = folder, .name = number, .depth = depth, .n = n };
	return 0;
}

/* A path put together from its end. */
char *mf_sightings_path(const struct mf_sightings *s, uint32_t path)
{
	size_t at = s->paths[path].n;
	char *text = malloc(at + 1);

	if (!text)
		return NULL;
	text[at] = '\0';
	for (; path; path = s->paths[path].parent) {
		const struct mf_str name = mf_textmap_get(&s->names, s->paths[path].name);

		at -= name.n;
		memcpy(text + at, name.p, name.n);
		if (at)
			text[--at] = '/';
	}
	return text;
}

/* 1: its path is not one of those that are wanted. */
static int ask_path(const struct find *f, uint32_t path, struct mf_err *err)
{
	const struct mf_naming *naming = f->graph.wanted->naming;
	MF_CLEANUP(mf_freep) char *text = mf_sightings_path(f->out, path);

	if (!text)
		return mf_fail_nomem(err);
	return !naming->path(naming->ctx, text);
}

static int sighted(struct find *f, uint32_t blob, uint32_t path, uint32_t mode, struct mf_err *err)
{
	struct mf_sightings *s = f->out;
	const int r = blob >= f->graph.wanted->ids.n ? ask_path(f, path, err) : 0;

	if (r)
		return r < 0 ? -1 : 0;
	if (s->n >= SIGHTINGS) {
		s->cut = true;
		return 0;
	}
	if (mf_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), err))
		return -1;
	s->v[s->n++] = (struct mf_sighting){ .blob = blob, .path = path, .mode = mode, .commit = f->commit };
	return 0;
}

/* An edge that leads to something wanted, in a folder in which it was not followed just before. */
static int follow(struct find *f, uint32_t edge, uint32_t folder, struct mf_err *err)
{
	const uint32_t to = f->graph.to[edge];
	const struct mf_attr_entry e = mf_attr_entry(&f->graph, edge);
	uint32_t path, value;
	bool fresh;

	f->edge_path[edge] = folder + 1;
	if (!f->visits) {
		f->out->cut = true;
		return 0;
	}
	f->visits--;
	if (path_of(&path, f, folder, e.name, err))
		return -1;
	if (path == MF_EDGE_NONE)
		return 0;
	if (pair_add(&value, &fresh, &f->seen, to, path, 0, err))
		return -1;
	if (!fresh)
		return 0;
	if (to & MF_EDGE_BLOB)
		return sighted(f, to & ~MF_EDGE_BLOB, path, e.mode, err);
	if (mf_grow(&f->stack, &f->cap_stack, f->depth + 1, sizeof(*f->stack), err))
		return -1;
	f->stack[f->depth++] = (struct down){ .tree = to, .path = path };
	return 0;
}

static int into(struct find *f, struct down d, struct mf_err *err)
{
	const struct mf_attr_graph *g = &f->graph;
	const struct mf_attr_tree *t = &g->trees[d.tree];

	for (uint32_t i = 0; i < t->n; i++) {
		const uint32_t edge = t->first + t->edges[i], to = g->to[edge];

		if (f->edge_path[edge] == d.path + 1)
			continue;
		if (!(to & MF_EDGE_BLOB) && (to == MF_EDGE_NONE || !g->leads[to]))
			continue;
		if (follow(f, edge, d.path, err))
			return -1;
	}
	return 0;
}

static int all_commits(struct find *f, struct mf_err *err)
{
	const struct mf_attr_graph *g = &f->graph;

	for (uint32_t i = 0; i < g->n_commits; i++) {
		const uint32_t root = g->roots[g->order[i]];

		if (root == MF_EDGE_NONE || !g->leads[root] || f->root_done[root])
			continue;
		f->root_done[root] = 1;
		f->commit = i;
		if (into(f, (struct down){ .tree = root }, err))
			return -1;
		while (f->depth)
			if (into(f, f->stack[--f->depth], err))
				return -1;
	}
	return 0;
}

static int keep_order(struct find *f, struct mf_err *err)
{
	const struct mf_attr_graph *g = &f->graph;

	f->out->order = mf_calloc((size_t)g->n_commits + 1, sizeof(*f->out->order));
	if (!f->out->order)
		return mf_fail_nomem(err);
	for (uint32_t i = 0; i < g->n_commits; i++)
		f->out->order[i] = g->commit_ids[g->order[i]];
	f->out->n_order = g->n_commits;
	f->out->missing = g->missing;
	return 0;
}

static int prepare(struct find *f, struct mf_err *err)
{
	const struct mf_attr_graph *g = &f->graph;
	struct mf_sightings *s = f->out;

	f->visits = g->n_trees > VISITS / 8 ? (size_t)g->n_trees * 8 : VISITS;
	f->edge_path = mf_calloc((size_t)g->n_edges + 1, sizeof(*f->edge_path));
	f->root_done = mf_calloc((size_t)g->n_trees + 1, 1);
	if (!f->edge_path || !f->root_done)
		return mf_fail_nomem(err);
	if (mf_grow(&s->paths, &s->cap_paths, 1, sizeof(*s->paths), err))
		return -1;
	s->paths[s->n_paths++] = (struct mf_path_rec){ .n = 0 };
	return 0;
}

int mf_sightings_find(struct mf_sightings *out, struct mf_harvest *const *h, size_t n, const struct mf_wanted *w, struct mf_past *past, bool recalls,
		      struct mf_err *err)
{
	struct find f = { .out = out };
	const int r = mf_attr_graph_build(&f.graph, h, n, w, &out->named, recalls ? past : NULL, err) || prepare(&f, err) || all_commits(&f, err) || keep_order(&f, err) ||
		      (past && mf_past_learn(past, &f.graph, err)) ? -1 : 0;

	mf_attr_graph_free(&f.graph);
	free(f.paths.slots);
	free(f.seen.slots);
	free(f.edge_path);
	free(f.root_done);
	free(f.stack);
	return r;
}

void mf_sightings_free(struct mf_sightings *s)
{
	free(s->v);
	free(s->paths);
	mf_idmap_free(&s->named);
	mf_textmap_free(&s->names);
	free(s->order);
	*s = (struct mf_sightings){ 0 };
}
