/* SPDX-License-Identifier: Apache-2.0 */
/* Small sets of literals, for re2_facts.c. */
#ifndef MF_DETECT_RE2_LITS_H
#define MF_DETECT_RE2_LITS_H

#include "re2.h"

enum { MF_LITS = 64, MF_LIT_LEN = 24 };

struct mf_lit {
	unsigned char n;
	char p[MF_LIT_LEN];	/* without \0, which a literal of the facts cannot hold */
};

struct mf_lits {
	size_t n;
	bool nocase;		/* ASCII letters are lower case and stand for both */
	struct mf_lit at[MF_LITS];
	struct mf_lits *next;	/* while it is not in use */
};

void mf_lits_empty(struct mf_lits *s);		/* of one literal of no length */
void mf_lits_copy(struct mf_lits *to, const struct mf_lits *from);
/* Adds to the set; false: it is full. What begins with another of the set is left out where `prefixes` says so. */
bool mf_lits_add(struct mf_lits *s, struct mf_lit lit, bool prefixes);
/* The first bytes of each are enough where the set would not hold them whole; false: it cannot be. */
bool mf_lits_union(struct mf_lits *s, const struct mf_lits *more);
/* Each of s followed by each of `then`; false, and s as it was: too many or too long. */
bool mf_lits_follow(struct mf_lits *s, const struct mf_lits *then, struct mf_lits *scratch);
/* The characters of a class as literals of UTF-8; false: too many, or one of them is no text. */
bool mf_lits_class(struct mf_lits *s, const struct mf_range *r, size_t n);
bool mf_lits_rune(struct mf_lits *s, uint32_t c, bool fold);
/* How good it is to search for, 0: not at all. */
int mf_lits_score(const struct mf_lits *s, size_t before);

#endif
