/* SPDX-License-Identifier: Apache-2.0 */
/* All packs of a repository and its alternates, opened once and shared by all threads. */
#ifndef MF_REPO_STORE_H
#define MF_REPO_STORE_H

#include "pack.h"
#include "midx.h"

/* A pack that cannot be used, and why. */
struct mf_bad_pack {
	struct mf_oid id;	/* from its name */
	struct mf_err why;
};

/* A multi-pack index and the packs that its numbers mean; NULL: not there any more. */
struct mf_multi {
	struct mf_mapping map;
	struct mf_midx midx;
	const struct mf_pack **packs;
};

struct mf_store {
	struct mf_pack *packs;	/* by name within each objects folder */
	size_t n, cap;
	struct mf_bad_pack *bad;
	size_t n_bad, cap_bad;
	struct mf_multi *multi;
	size_t n_multi;
	bool loaded;
	void *lock;
};

struct mf_store *mf_store_new(void);	/* NULL when memory is out */
void mf_store_free(struct mf_store *s);

/* Opens the packs at the first call. Packs that cannot be used are listed, not an error. */
int mf_store_load(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* Steps through the packs that hold an object: *at is 0 at first. NULL at the end. */
const struct mf_pack *mf_store_find(uint64_t *offset, size_t *at, const struct mf_store *s, const unsigned char *id);

#endif
