/* SPDX-License-Identifier: Apache-2.0 */
/* A multi-pack index (version 1): one search instead of one for each pack. Only a shortcut: objects are listed, and what it does
 * not know is looked for, in the packs' own indexes. */
#ifndef MF_REPO_MIDX_H
#define MF_REPO_MIDX_H

#include <mayfly/repo.h>

struct mf_midx {
	uint32_t n, packs;
	size_t oid_len;
	const unsigned char *names;	/* NUL-terminated, one after another: "pack-1234.idx" */
	size_t names_n;
	const unsigned char *fanout, *ids, *offs, *large;
	size_t n_large;
};

/* Reads borrowed bytes. MF-GIT-03, MF-GIT-04 (another version or hash, a chain). */
int mf_midx_parse(struct mf_midx *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err) MF_MUST_USE;

bool mf_midx_find(uint32_t *pack, uint64_t *offset, const struct mf_midx *m, const unsigned char *id);

/* An index of one of the packs, version 2, made from what is known of it here: for a pack whose own cannot be used. To be freed. *n is 0, and nothing
 * to be freed, when no object is known to be in it. */
int mf_midx_index(unsigned char **out, size_t *n, const struct mf_midx *m, uint32_t pack, struct mf_err *err) MF_MUST_USE;

/* Steps through the packs' names in their order: *at is 0 at first. Empty at the end. */
struct mf_str mf_midx_name(const struct mf_midx *m, size_t *at);

#endif
