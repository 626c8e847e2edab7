/* SPDX-License-Identifier: Apache-2.0 */
/* What all threads of the walk have collected, joined: trees and edges by number. */
#ifndef MF_REPO_ATTRIBUTE_GRAPH_H
#define MF_REPO_ATTRIBUTE_GRAPH_H

#include "attribute.h"

struct mf_attr_tree {
	const uint32_t *edges;
	uint32_t n, first;	/* edges count from `first` on */
};

struct mf_attr_graph {
	struct mf_harvest *const *h;
	size_t n_harvests, oid_len;
	const struct mf_wanted *wanted;
	const struct mf_past *past;	/* whose trail counts, too; NULL: none */
	struct mf_idmap *named;		/* of the result */
	struct mf_idmap ids;		/* of trees that were read; those that are recalled have the numbers behind them */
	struct mf_attr_tree *trees;
	uint32_t n_trees;
	uint32_t *tree_of;		/* by place in the past's table: a recalled tree's number, plus one */
	uint32_t *to;			/* by edge: MF_EDGE_BLOB | blob, tree, or MF_EDGE_NONE */
	uint32_t n_edges, n_new_edges;	/* those that are recalled come last */
	uint8_t *leads;			/* by tree: whether a wanted blob lies below it */
	uint32_t *roots, *order;	/* by commit: its tree, MF_EDGE_NONE without; commits in topological order */
	uint32_t n_commits;
	struct mf_oid *commit_ids;
	uint64_t missing;
};

/* Of what the harvests have, and of what `past`, or NULL, still knows. `named` gets the blobs that are wanted for their names. */
int mf_attr_graph_build(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, const struct mf_wanted *w, struct mf_idmap *named,
			const struct mf_past *past, struct mf_err *err) MF_MUST_USE;
/* Which trees, reached from a commit or not, lead to a wanted blob or over one of the `open` edges. What was recalled does. */
int mf_attr_graph_leads(const struct mf_attr_graph *g, uint8_t *leads, const uint8_t *open, struct mf_err *err) MF_MUST_USE;
void mf_attr_graph_free(struct mf_attr_graph *g);

/* What is behind an edge's number. Borrowed. */
struct mf_attr_entry {
	const unsigned char *id;
	struct mf_str name;
	unsigned mode;
};
struct mf_attr_entry mf_attr_entry(const struct mf_attr_graph *g, uint32_t number);

/* Where an edge leads to a blob that is wanted for its name, by its id. */
int mf_attr_named(uint32_t *to, struct mf_attr_graph *g, const struct mf_oid *id, struct mf_err *err) MF_MUST_USE;

/* -- attribute_recall.c: all of these do nothing without a past ------------------------------------------------- */

/* Commits while they are put in order. */
struct mf_attr_commits {
	struct mf_idmap ids;		/* those that were read */
	uint32_t *number;		/* by place in the past's table: a recalled commit's number, plus one */
	uint32_t *first, *parents;
	int64_t *dates;
	size_t n_new, n_parents, edges;
};

size_t mf_attr_recalled_trees(const struct mf_attr_graph *g);	/* at most */
int mf_attr_recall_trees(struct mf_attr_graph *g, struct mf_err *err) MF_MUST_USE;
uint32_t mf_attr_recalled_tree(const struct mf_attr_graph *g, const unsigned char *id);	/* or MF_EDGE_NONE */
size_t mf_attr_recalled_edges(const struct mf_attr_graph *g);
int mf_attr_recall_edges(struct mf_attr_graph *g, struct mf_err *err) MF_MUST_USE;
struct mf_attr_entry mf_attr_recalled_entry(const struct mf_attr_graph *g, uint32_t number);
size_t mf_attr_recalled_commits(const struct mf_attr_graph *g, size_t *parents);	/* at most */
int mf_attr_number_recalled(const struct mf_attr_graph *g, struct mf_attr_commits *c, struct mf_err *err) MF_MUST_USE;
uint32_t mf_attr_recalled_commit(const struct mf_attr_graph *g, const struct mf_attr_commits *c, const unsigned char *id);	/* or MF_NUMBER_NONE */
void mf_attr_recall_commits(struct mf_attr_graph *g, struct mf_attr_commits *c);

#endif
