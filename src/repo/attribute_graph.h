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
	struct mf_idmap ids;		/* of trees */
	struct mf_attr_tree *trees;
	uint32_t *to;			/* by edge: MF_EDGE_BLOB | blob, tree, or MF_EDGE_NONE */
	uint32_t n_edges;
	uint8_t *leads;			/* by tree: whether a wanted blob lies below it */
	uint32_t *roots, *order;	/* by commit: its tree, MF_EDGE_NONE without; commits in topological order */
	uint32_t n_commits;
	struct mf_oid *commit_ids;
	uint64_t missing;
};

int mf_attr_graph_build(struct mf_attr_graph *g, struct mf_harvest *const *h, size_t n, size_t oid_len, bool all_trees, struct mf_err *err) MF_MUST_USE;
/* Which trees, reached from a commit or not, lead to a wanted blob or over one of the `open` edges. */
int mf_attr_graph_leads(const struct mf_attr_graph *g, uint8_t *leads, const uint8_t *open, struct mf_err *err) MF_MUST_USE;
void mf_attr_graph_free(struct mf_attr_graph *g);

/* The edge behind a number. */
const struct mf_edge *mf_attr_edge(struct mf_harvest *const *h, size_t n, uint32_t number, const unsigned char **bytes);

#endif
