/* SPDX-License-Identifier: Apache-2.0 */
/* A random history that is known in full, so that what walks find in it can be worked out by brute force. */
#ifndef MF_TESTS_SUPPORT_WALK_H
#define MF_TESTS_SUPPORT_WALK_H

#include <mayfly/walk.h>

enum { MF_TEST_PATHS = 64, MF_TEST_COMMITS = 600, MF_TEST_PARENTS = 3 };

struct mf_test_commit {
	struct mf_oid id;
	int64_t date;
	size_t parents[MF_TEST_PARENTS], n_parents;
	unsigned content[MF_TEST_PATHS];	/* by path: what the file holds; 0: there is none */
};

struct mf_test_history {
	char *dir;
	char path[MF_TEST_PATHS][32];
	struct mf_test_commit *commit;
	size_t n;
	struct mf_oid *blob;	/* by content */
	unsigned contents;
	uint64_t seed;
};

/* `skew` is how many seconds a clock may be wrong. The repository is a bare one, all of it in a pack. */
struct mf_test_history *mf_test_history_new(uint64_t seed, size_t commits, unsigned contents, int64_t skew);
void mf_test_history_free(struct mf_test_history *h);

uint32_t mf_test_random(struct mf_test_history *h, uint32_t below);

/* Which commits are ancestors of one, itself among them: out[i] is set. */
void mf_test_ancestors(const struct mf_test_history *h, bool *out, size_t of);

/* Whether the commit has that content at that path while none of its parents has. */
bool mf_test_brings(const struct mf_test_history *h, size_t commit, size_t path);

/* All commits, parents first, then by date and id: the slow way. */
void mf_test_order(const struct mf_test_history *h, size_t *order);

#endif
