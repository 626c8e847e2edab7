/* SPDX-License-Identifier: Apache-2.0 */
/* What lies behind struct mf_reader. */
#ifndef MF_REPO_READER_H
#define MF_REPO_READER_H

#include "cache.h"
#include "inflate.h"
#include "store.h"

enum {
	MF_CHAIN_MAX = 10000,	/* deltas on one another; git makes 4095 at most */
	MF_HOPS_MAX = 16	/* from pack to pack */
};

/* A delta that waits for its base. */
struct mf_link {
	uint64_t off, data, size;
};

struct mf_reader {
	const struct mf_repo *r;
	const struct mf_store *store;
	size_t oid_len;
	struct mf_inflater *z;
	struct mf_link *chain;
	size_t n, cap;
	unsigned rescues;
	struct mf_cache cache;
};

/* A stream of the pack into memory of its own (with MF_SLACK bytes more). */
int mf_reader_inflate(unsigned char **out, struct mf_reader *rd, const struct mf_pack *p, uint64_t data, uint64_t size, size_t max,
		      struct mf_err *err) MF_MUST_USE;

/* -1 with MF-GIT-03 or MF-GIT-02. */
int mf_reader_damaged(struct mf_err *err, const struct mf_pack *p, uint64_t off, const char *why);
int mf_reader_missing(struct mf_err *err, const struct mf_oid *id, size_t oid_len);

/* Of several reasons, the first that is more than "not here" is the one to report. */
void mf_reader_keep_first(struct mf_err *first, bool *have, const struct mf_err *why);

/* Whether deltas of any pack's copy stand on one another without end. libgit2 would never come back from there. */
bool mf_reader_loops(const struct mf_reader *rd, const struct mf_oid *id);

#endif
