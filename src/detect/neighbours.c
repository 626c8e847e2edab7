/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside a candidate in the text that is shown of it: other candidates' values, and words that may be one. Decided from one object's bytes
 * alone, so that a text is the same whatever else a scan, or another shard of it, has found. */
#include "scanner.h"

#include <ctype.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

enum { NEAR = 64, WORD_MIN = 8, WORD_MAX = 512 };

struct span {
	size_t lo, hi;
};

static bool decoded(const struct mf_cand *c)
{
	return c->encoding & (MF_ENC_BASE64 | MF_ENC_HEX | MF_ENC_PERCENT | MF_ENC_UNICODE);
}

/* Where the value is written. */
static struct span written(const struct mf_cand *c)
{
	return decoded(c) ? (struct span){ c->at, c->end } : (struct span){ c->secret_at, c->secret_end };
}

static bool meet(struct span a, struct span b)
{
	return a.lo < b.hi && b.lo < a.hi;
}

/* Hides a span of the object's bytes, but for what is the candidate's own, in its text. */
static int hide(struct mf_cand *c, struct span text, struct span what, struct span own, struct mf_err *err)
{
	size_t n;

	if (!meet(what, text))
		return 0;
	if (!c->shown && mf_dup_bytes(&c->shown, &n, c->text, c->text_n, err))
		return -1;
	for (size_t i = what.lo > text.lo ? what.lo : text.lo; i < what.hi && i < text.hi; i++)
		if (i < own.lo || i >= own.hi)
			c->shown[i - text.lo] = MF_HIDDEN;
	return 0;
}

static bool of_word(unsigned char c)
{
	return isalnum(c) || (c && strchr("+/_.~$!@#^&*-", c));
}

/* A value may be a credential without any rule for it here: a line is an excerpt, and loses nothing by its lack. */
static bool may_be_secret(struct mf_str word, struct mf_str text)
{
	bool letter = false, digit = false;

	if (word.n < WORD_MIN || word.n > WORD_MAX)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		letter = letter || isalpha((unsigned char)word.p[i]);
		digit = digit || isdigit((unsigned char)word.p[i]);
	}
	return letter && digit && !mf_not_a_secret(word, word, text, true);
}

static int hide_words(struct mf_cand *c, struct span text, struct span own, struct mf_err *err)
{
	const struct mf_str s = { c->text, c->text_n };
	const struct span match = { c->at, c->end };

	for (size_t i = 0, n; i < s.n; i += n + 1) {
		struct span word;

		for (n = 0; i + n < s.n && of_word((unsigned char)s.p[i + n]); n++)
			;
		word = (struct span){ text.lo + i, text.lo + i + n };
		if (n && !meet(word, match) && may_be_secret((struct mf_str){ s.p + i, n }, s) && hide(c, text, word, own, err))
			return -1;
	}
	return 0;
}

static int one(struct mf_cand *c, size_t before, size_t behind, struct span text, struct mf_err *err)
{
	static const struct span none = { 0, 0 };
	const struct span own = decoded(c) ? none : written(c);

	if (decoded(c) && hide(c, text, written(c), none, err))
		return -1;
	for (size_t i = 1; i <= before && i <= NEAR; i++)
		if (hide(c, text, written(c - i), own, err))
			return -1;
	for (size_t i = 1; i <= behind && i <= NEAR && c[i].at < text.hi; i++)
		if (hide(c, text, written(c + i), own, err))
			return -1;
	return hide_words(c, text, own, err);
}

int mf_cands_hide(struct mf_cands *out, size_t from, const size_t *text_at, struct mf_err *err)
{
	for (size_t i = from; i < out->n; i++) {
		struct mf_cand *c = &out->v[i];
		const size_t lo = text_at[i - from];

		if (one(c, i - from, out->n - i - 1, (struct span){ lo, lo + c->text_n }, err))
			return -1;
	}
	return 0;
}
