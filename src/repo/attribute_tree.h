/* SPDX-License-Identifier: Apache-2.0 */
/* One tree's edges, made from those of its base. */
#ifndef MF_REPO_ATTRIBUTE_TREE_H
#define MF_REPO_ATTRIBUTE_TREE_H

#include "attribute.h"

/* What versions made from a tree need of it. */
struct mf_tree_keep {
	const uint32_t *edges;
	uint32_t n_edges, n_marks;
	uint32_t at[];		/* where each edge's entry begins; then the marks */
};

/* Fills h->now, now_at and marks from a tree. 1: it is damaged; what came before that counts. */
int mf_harvest_tree(struct mf_harvest *h, const struct mf_view *v, struct mf_err *err) MF_MUST_USE;

#endif
