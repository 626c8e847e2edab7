/* SPDX-License-Identifier: Apache-2.0 */
/* Between prefilter.c, which makes the tables, and prefilter_find.c, which reads them. */
#ifndef MF_DETECT_PREFILTER_PRIV_H
#define MF_DETECT_PREFILTER_PRIV_H

#include "prefilter.h"

enum { MF_PF_BITS = 16, MF_PF_SIZE = 1 << MF_PF_BITS, MF_PF_NONE = 0 };

/* What is kept of a byte: the five bits that tell letters apart without their case, and the one that tells letters from digits. */
#define MF_PF_MASK 0x5f5f5fu

static inline uint32_t mf_pf_hash(uint32_t three)
{
	return (three & MF_PF_MASK) * 0x9e3779b1u >> (32 - MF_PF_BITS);
}

struct mf_pf_lit {
	uint64_t head, head_case, head_keep;	/* the first eight bytes; the bit to set in letters; the bytes that count */
	unsigned n;
	uint32_t text;				/* of all of it in `text`, then the same of case bits */
};

struct mf_pf_entry {
	uint16_t lit;
	uint8_t off;		/* of the fingerprint in the literal */
	uint8_t last;		/* of this hash */
};

struct mf_prefilter {
	uint64_t bits[MF_PF_SIZE / 64];
	uint16_t head[MF_PF_SIZE];	/* hash -> 1 + the index of its first entry; entries of a hash lie together */
	struct mf_pf_entry *entries;
	struct mf_pf_lit *lits;
	unsigned char *text;
	size_t n_lits, n_entries;
	unsigned longest;
};

#endif
