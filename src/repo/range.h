/* SPDX-License-Identifier: Apache-2.0 */
/* Which commits a range has. */
#ifndef MF_REPO_RANGE_H
#define MF_REPO_RANGE_H

#include <mayfly/walk.h>
#include "commitgraph.h"
#include "idmap.h"

struct mf_range_node {
	struct mf_oid tree;
	int64_t date;
	uint32_t generation;		/* UINT32_MAX: not in the commit-graph */
	uint32_t parents, n_parents;	/* in mf_range.parents */
	uint8_t state;
};

struct mf_range {
	struct mf_reader *rd;
	const struct mf_graph *graph;
	size_t oid_len;
	struct mf_idmap ids;		/* commits by number */
	struct mf_range_node *nodes;
	size_t cap_nodes;
	uint32_t *parents;
	size_t n_parents, cap_parents;
	uint32_t *queue, *stack;
	size_t n_queue, cap_queue, cap_stack;
	size_t wanted, unsure;		/* in the queue: of the range so far; excluded ones that the graph does not know */
	int64_t oldest, slack;		/* of the range; how wrong clocks are */
	size_t patience, in_range;
	uint32_t *order;		/* the result, parents first */
	size_t n_order;
	uint64_t missing;
};

/* Commits reachable from `to` and not from `from`. MF-GIT-02 when an end is not there. */
int mf_range_find(struct mf_range *g, const struct mf_ends *ends, struct mf_err *err) MF_MUST_USE;
/* The second half of it: fills `order`. */
int mf_range_order(struct mf_range *g, struct mf_err *err) MF_MUST_USE;
void mf_range_free(struct mf_range *g);

/* Whether a commit is in the range, and whether it is not in the repository, or not readable. */
bool mf_range_has(const struct mf_range *g, uint32_t number);
bool mf_range_absent(const struct mf_range *g, uint32_t number);

#endif
