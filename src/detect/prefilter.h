/* SPDX-License-Identifier: Apache-2.0 */
/* Finds hundreds of literals at once, at memory speed.
 *
 * Every literal has a fingerprint: four of its bytes in a row, the rarest that it has, and the four that begin one byte later. One of the two begins
 * at an even distance from where a search starts, so only every second position is looked at: four bytes are folded (case is dropped with the bit that
 * makes it), hashed, and looked up in a bitmap that stays in the first-level cache. Which positions pass is noted without a branch, since a wrong guess
 * costs more than ten of them; then each is compared with the few literals of its fingerprint. A literal of three or four bytes has fingerprints
 * with any byte at one end. An occurrence is found exactly once. */
#ifndef MF_DETECT_PREFILTER_H
#define MF_DETECT_PREFILTER_H

#include <mayfly/err.h>

enum { MF_LIT_MIN = 3, MF_LIT_MAX = 64 };

struct mf_literal {
	const char *p;		/* MF_LIT_MIN..MF_LIT_MAX bytes; borrowed while the prefilter is made */
	unsigned n;
	bool nocase;		/* of ASCII letters */
};

struct mf_found {
	uint32_t at;
	uint32_t lit;
};

/* Grows; `nomem` is sticky. */
struct mf_founds {
	struct mf_found *v;
	size_t n, cap;
	bool nomem;
};

struct mf_prefilter;
int mf_prefilter_new(struct mf_prefilter **out, const struct mf_literal *lits, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_prefilter_free(struct mf_prefilter *f);
unsigned mf_prefilter_longest(const struct mf_prefilter *f);	/* literal; 0 without any */

/* Appends the occurrences that lie within [from, to) of p[0, n), n < 2^32, nearly in order. */
void mf_prefilter_find(const struct mf_prefilter *f, const unsigned char *p, size_t n, size_t from, size_t to, struct mf_founds *out);

#endif
