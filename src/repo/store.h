/* SPDX-License-Identifier: Apache-2.0 */
/* All packs of a repository and its alternates, opened once and shared by all threads. */
#ifndef MF_REPO_STORE_H
#define MF_REPO_STORE_H

#include <mayfly/history.h>
#include "pack.h"
#include "midx.h"

/* A multi-pack index and the packs that its numbers mean; NULL: not there any more. */
struct mf_multi {
	struct mf_mapping map;
	struct mf_midx midx;
	const struct mf_pack **packs;
	size_t first, end;	/* the packs of its folder */
};

struct mf_store {
	struct mf_pack *packs;	/* by name within each objects folder */
	size_t n, cap;
	struct mf_bad_pack *bad;
	size_t n_bad, cap_bad, n_checked;
	struct mf_multi *multi;
	size_t n_multi;
	bool loaded;
	void *lock;
};

struct mf_store *mf_store_new(void);	/* NULL when memory is out */
void mf_store_free(struct mf_store *s);

/* Opens the packs at the first call. Packs that cannot be used are listed, not an error. */
int mf_store_load(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* The same, and looks at all places that the indexes name: what does not fit its pack is listed, too. Some tens of nanoseconds for each object. */
int mf_store_check(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* For loading: the multi-pack index and the packs of an objects folder; then, when all are there, what the multi-pack indexes mean. */
int mf_store_open_folder(struct mf_store *s, const char *odir, size_t oid_len, struct mf_err *err) MF_MUST_USE;
int mf_store_link_multi(struct mf_store *s, struct mf_err *err) MF_MUST_USE;

/* Lists what cannot be used as it should be: a pack by its name without ending, or a folder by its path. */
int mf_store_note(struct mf_store *s, enum mf_bad_kind kind, const char *name, const struct mf_err *why, struct mf_err *err) MF_MUST_USE;

/* Steps through the packs that hold an object: *at is 0 at first. NULL at the end. */
const struct mf_pack *mf_store_find(uint64_t *offset, size_t *at, const struct mf_store *s, const unsigned char *id);

#endif
