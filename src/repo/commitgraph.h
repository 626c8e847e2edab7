/* SPDX-License-Identifier: Apache-2.0 */
/* git's commit-graph files, single or a chain: parents, tree, date and generation of commits without reading them. Only a short cut: what
 * looks damaged is not used. */
#ifndef MF_REPO_COMMITGRAPH_H
#define MF_REPO_COMMITGRAPH_H

#include <mayfly/repo.h>

struct mf_graph_layer {
	const unsigned char *fanout, *ids, *data, *edges, *bases;
	uint32_t n, before;	/* commits in it, and in the layers below */
	size_t n_edges, n_bases, oid_len;
};

/* Reads the borrowed bytes of one file; false when they are damaged. */
bool mf_graph_layer_parse(struct mf_graph_layer *out, const unsigned char *p, size_t n, size_t oid_len);

struct mf_graph;
int mf_graph_open(struct mf_graph **out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;	/* *out is NULL when there is none */
void mf_graph_free(struct mf_graph *g);

/* A graph over layers that the caller has parsed, the lowest first; takes nothing over. For tests. */
int mf_graph_over(struct mf_graph **out, const struct mf_graph_layer *layers, size_t n, struct mf_err *err) MF_MUST_USE;

struct mf_graph_commit {
	struct mf_oid tree;
	int64_t date;
	uint32_t generation;	/* one more than the highest of its parents; never 0 */
	uint32_t parent[2], layer;	/* as stored: numbers, or where the list begins */
};

/* False when the graph does not know the commit, or is damaged there. */
bool mf_graph_find(struct mf_graph_commit *out, const struct mf_graph *g, const struct mf_oid *id);

/* Steps through the parents: *at is 0 at first. */
bool mf_graph_parent(struct mf_oid *out, size_t *at, const struct mf_graph *g, const struct mf_graph_commit *c);

#endif
