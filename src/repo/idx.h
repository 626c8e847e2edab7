/* SPDX-License-Identifier: Apache-2.0 */
/* A pack's index, versions 1 and 2: sorted object ids and where each lies in the pack. */
#ifndef MF_REPO_IDX_H
#define MF_REPO_IDX_H

#include <mayfly/repo.h>

struct mf_idx {
	uint32_t n;			/* objects */
	size_t oid_len;
	unsigned version;
	const unsigned char *fanout;	/* 256 numbers: how many ids begin with at most this byte */
	const unsigned char *ids, *offs, *large;	/* large: offsets of 64 bits, version 2 */
	size_t id_step, off_step, n_large;
};

/* Reads the borrowed bytes of an index. MF-GIT-03, MF-GIT-04 (a version that is not known). The ids need not be sorted in a hostile one:
 * then they are not found, and nothing worse. */
int mf_idx_parse(struct mf_idx *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err) MF_MUST_USE;

static inline const unsigned char *mf_idx_id(const struct mf_idx *x, uint32_t pos)
{
	return x->ids + (size_t)pos * x->id_step;
}

/* UINT64_MAX when the index is damaged there. */
uint64_t mf_idx_offset(const struct mf_idx *x, uint32_t pos);

bool mf_idx_find(uint32_t *pos, const struct mf_idx *x, const unsigned char *id);

/* Binary search among `n` ids of a step, of which `fanout` says where each first byte's begin. Shared with multi-pack indexes. */
bool mf_ids_find(uint32_t *pos, const unsigned char *fanout, const unsigned char *ids, size_t step, size_t oid_len, const unsigned char *id);

/* Whether the 256 numbers grow. */
bool mf_fanout_ok(const unsigned char *fanout);

#endif
