/* SPDX-License-Identifier: Apache-2.0 */
/* Commits in one order that depends on nothing but themselves. */
#ifndef MF_REPO_TOPO_H
#define MF_REPO_TOPO_H

#include <mayfly/repo.h>

/* Commits by number. The parents of i are parents[first[i]] to parents[first[i + 1] - 1]; those that are `n` or more are not there. */
struct mf_topo {
	uint32_t n;
	const uint32_t *first, *parents;
	const int64_t *dates;
	const struct mf_oid *ids;
};

/* Parents before children, of those that could come next always the oldest, then the lowest id. `order` has room for n numbers. */
int mf_topo_sort(uint32_t *order, const struct mf_topo *t, struct mf_err *err) MF_MUST_USE;

#endif
