/* SPDX-License-Identifier: Apache-2.0 */
/* Between prefilter.c, which makes the tables, and prefilter_find.c, which reads them. */
#ifndef MF_DETECT_PREFILTER_PRIV_H
#define MF_DETECT_PREFILTER_PRIV_H

#include "prefilter.h"

enum { MF_PF_WORD_BITS = 11, MF_PF_MORE_BITS = 10, MF_PF_WORDS = 1 << MF_PF_WORD_BITS, MF_PF_MORE = 1 << MF_PF_MORE_BITS, MF_PF_SLOT_BITS = 12, MF_PF_SLOTS = 1 << MF_PF_SLOT_BITS };

/* What is kept of a byte: the five bits that tell letters apart without their case, and the one that tells letters from digits. */
#define MF_PF_FOLD 0x5f5f5f5fu

static inline uint32_t mf_pf_hash(uint32_t folded)
{
	return folded * 0x9e3779b1u;
}

/* Where a folded value is in the bitmap: the word, and the bit of it. */
struct mf_pf_place {
	uint32_t word, bit;
};

static inline struct mf_pf_place mf_pf_place(uint32_t folded)
{
	const uint32_t h = mf_pf_hash(folded);

	return (struct mf_pf_place){ h >> (32 - MF_PF_WORD_BITS), h >> (32 - MF_PF_WORD_BITS - 6) & 63 };
}

/* And in the second bitmap, by another hash. */
static inline struct mf_pf_place mf_pf_place_more(uint32_t folded)
{
	const uint32_t h = folded * 0x85ebca6bu;

	return (struct mf_pf_place){ h >> (32 - MF_PF_MORE_BITS), h >> (32 - MF_PF_MORE_BITS - 6) & 63 };
}

/* Where the fingerprints of one (masked) value begin. */
static inline uint32_t mf_pf_slot(uint32_t folded)
{
	return mf_pf_hash(folded) >> (32 - MF_PF_SLOT_BITS);
}

/* The bytes of a fingerprint that count: all four, or three with any byte behind or before them. */
static const uint32_t mf_pf_masks[] = { 0xffffffffu, 0x00ffffffu, 0xffffff00u };

struct mf_pf_lit {
	uint64_t head, head_case, head_keep;	/* the first eight bytes; the bit to set in letters; the bytes that count */
	unsigned n;
	uint32_t text;				/* of all of it in `text`, then the same of case bits */
};

struct mf_pf_entry {
	uint32_t want, mask;	/* folded; one of mf_pf_masks */
	uint16_t lit;
	int16_t off;		/* of the fingerprint in the literal; -1: any byte stands before it */
};

struct mf_prefilter {
	uint64_t bits[MF_PF_WORDS], more[MF_PF_MORE];
	uint16_t first[MF_PF_SLOTS + 1];	/* by slot: its entries are from first[slot] up to first[slot + 1] */
	struct mf_pf_entry *entries;
	struct mf_pf_lit *lits;
	unsigned char *text;
	size_t n_lits, n_entries;
	unsigned longest;
};

#endif
