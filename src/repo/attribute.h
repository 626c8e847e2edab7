/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution in two steps: one walk collects what trees hold that may matter, then the graph of it is gone through in memory. */
#ifndef MF_REPO_ATTRIBUTE_H
#define MF_REPO_ATTRIBUTE_H

#include <mayfly/past.h>
#include <mayfly/walk.h>
#include "commitgraph.h"
#include "idmap.h"
#include "mentions.h"

/* An entry of a tree that is a folder or a wanted blob: its id and, behind it, its name. Equal ones are mostly stored once for each thread. */
struct mf_edge {
	size_t at;		/* in mf_harvest.bytes */
	uint32_t name_n, mode;
	uint32_t to;		/* a wanted blob's number | MF_EDGE_BLOB, or MF_EDGE_NAMED; for a folder its tree's, found after the walk */
};
#define MF_EDGE_BLOB ((uint32_t)1 << 31)
#define MF_EDGE_NONE (MF_EDGE_BLOB - 1)
#define MF_EDGE_NAMED (MF_EDGE_BLOB - 2)	/* a blob that is wanted for its name, before it has a number */

/* A tree with its edges, numbers into mf_harvest.edges. */
struct mf_tree_rec {
	struct mf_oid id;
	const uint32_t *edges;
	uint32_t n, thread;
};

struct mf_commit_rec {
	struct mf_oid id, tree;
	int64_t date;
	size_t parents;		/* in the list's */
	uint32_t n_parents;
};

/* One thread's. */
struct mf_commit_list {
	struct mf_commit_rec *v;
	size_t n, cap;
	struct mf_oid *parents;
	size_t n_parents, cap_parents;
};
/* Appends a commit; 1: it is damaged. */
int mf_commit_list_add(struct mf_commit_list *l, const struct mf_view *v, size_t oid_len, struct mf_err *err) MF_MUST_USE;
/* The same of what a graph has of it; false when that is too little, or memory is out. */
bool mf_commit_list_add_known(struct mf_commit_list *l, const struct mf_graph *graph, const struct mf_oid *id);
void mf_commit_list_free(struct mf_commit_list *l);

struct mf_seen {
	unsigned threads;
	size_t oid_len;
	struct mf_commit_list list[];	/* by thread */
};

/* Numbers in blocks that never move, so that versions of a tree can share them. */
struct mf_block {
	struct mf_block *next;
	size_t n, cap;
	uint32_t v[];
};

/* What was asked for, shared by all threads. */
struct mf_wanted {
	struct mf_idmap ids;
	size_t *head, *next;		/* by number: the first place that asks for it; by place: the next one. SIZE_MAX: none */
	unsigned char first[8192];	/* a bit for each beginning of 16 bits that occurs */
	size_t oid_len;
	bool all_trees;			/* also those without edges, so that missing ones can be told */
	const struct mf_naming *naming;	/* what else is wanted, or NULL */
	const struct mf_past *past;	/* is to learn: also trees without edges, and entries of blobs that nobody has scanned; or NULL */
};

enum { MF_EDGE_CACHE = 1 << 12 };

/* What one thread collects. */
struct mf_harvest {
	const struct mf_wanted *wanted;
	const struct mf_graph *graph;	/* or NULL */
	uint32_t thread;
	unsigned char *bytes;
	size_t n_bytes, cap_bytes;
	struct mf_edge *edges;
	size_t n_edges, cap_edges;
	struct mf_tree_rec *trees;
	size_t n_trees, cap_trees;
	struct mf_commit_list commits;
	struct mf_block *blocks;
	uint32_t cache[MF_EDGE_CACHE];	/* number of an edge + 1, by its id and name */
	uint32_t *now, *now_at, *marks;	/* the tree at hand: its edges, where each begins, where entries are known to begin */
	size_t n_now, cap_now, cap_now_at, n_marks, cap_marks;
	bool all_old;		/* every edge so far was copied from the base */
	struct mf_mentions mentions;	/* of what it comes by; r == NULL: they are not looked for */
	uint64_t failed, damaged;
};

/* The visitor's functions; the context is a struct mf_harvest. */
int mf_harvest_visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err);
bool mf_harvest_known(void *ctx, const struct mf_oid *id);	/* a commit that the graph has need not be read */
void mf_harvest_drop(void *ctx, void *keep);
int mf_harvest_failed(void *ctx, const struct mf_oid *id, const struct mf_err *why);
void mf_harvest_free(struct mf_harvest *h);

/* A (blob, path) with the commit that has it first. */
struct mf_sighting {
	uint32_t blob, path, mode, commit;	/* commit: its place in the order */
};

struct mf_path_rec {
	uint32_t parent, name, depth;
	size_t n;		/* bytes of the whole */
};

struct mf_sightings {
	struct mf_sighting *v;
	size_t n, cap;
	struct mf_path_rec *paths;	/* 0: the root */
	size_t n_paths, cap_paths;
	struct mf_textmap names;
	struct mf_idmap named;		/* wanted for their names: the numbers behind those of mf_wanted */
	struct mf_oid *order;		/* ids of all commits, in topological order */
	size_t n_order;
	uint64_t missing;
	bool cut;
};

/* The second step. `past`, or NULL, learns from the harvests and takes their commits over; `recalls`: what it knows counts. */
int mf_sightings_find(struct mf_sightings *out, struct mf_harvest *const *h, size_t n, const struct mf_wanted *w, struct mf_past *past, bool recalls,
		      struct mf_err *err) MF_MUST_USE;
char *mf_sightings_path(const struct mf_sightings *s, uint32_t path);	/* owned; NULL when memory is out */
void mf_sightings_free(struct mf_sightings *s);

#endif
