/* SPDX-License-Identifier: Apache-2.0 */
/* Small sets of literals. */
#include "re2_lits.h"

#include <mayfly/enc.h>

enum { CLASS_MAX = 8 };

void mf_lits_empty(struct mf_lits *s)
{
	s->n = 1;
	s->nocase = false;
	s->at[0].n = 0;
}

void mf_lits_copy(struct mf_lits *to, const struct mf_lits *from)
{
	to->n = from->n;
	to->nocase = from->nocase;
	memcpy(to->at, from->at, from->n * sizeof(from->at[0]));
}

static void lower(struct mf_lit *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->p[i] >= 'A' && l->p[i] <= 'Z')
			l->p[i] = (char)(l->p[i] + 32);
}

static bool begins(const struct mf_lit *l, const struct mf_lit *with)
{
	return l->n >= with->n && memcmp(l->p, with->p, with->n) == 0;
}

bool mf_lits_add(struct mf_lits *s, struct mf_lit lit, bool prefixes)
{
	size_t n = 0;

	if (s->nocase)
		lower(&lit);
	for (size_t i = 0; i < s->n; i++)
		if (begins(&lit, &s->at[i]) && (prefixes || lit.n == s->at[i].n))
			return true;
	for (size_t i = 0; i < s->n; i++)
		if (!prefixes || !begins(&s->at[i], &lit))
			s->at[n++] = s->at[i];
	s->n = n;
	if (s->n == MF_LITS)
		return false;
	s->at[s->n++] = lit;
	return true;
}

/* Makes the letters of the set stand for both cases. */
static void ignore_case(struct mf_lits *s, bool prefixes)
{
	size_t n = s->n;

	if (s->nocase)
		return;
	s->nocase = true;
	s->n = 0;
	for (size_t i = 0; i < n; i++)
		mf_lits_add(s, s->at[i], prefixes);
}

static void cut(struct mf_lits *s, size_t most)
{
	size_t n = s->n;

	s->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct mf_lit l = s->at[i];

		l.n = l.n > most ? (unsigned char)most : l.n;
		mf_lits_add(s, l, true);
	}
}

static bool join(struct mf_lits *s, const struct mf_lits *more, size_t most)
{
	cut(s, most);
	for (size_t i = 0; i < more->n; i++) {
		struct mf_lit l = more->at[i];

		l.n = l.n > most ? (unsigned char)most : l.n;
		if (!mf_lits_add(s, l, true))
			return false;
	}
	return true;
}

bool mf_lits_union(struct mf_lits *s, const struct mf_lits *more)
{
	if (more->nocase)
		ignore_case(s, true);
	return join(s, more, MF_LIT_LEN) || join(s, more, 5) || join(s, more, 4) || join(s, more, 3);
}

bool mf_lits_follow(struct mf_lits *s, const struct mf_lits *then, struct mf_lits *scratch)
{
	scratch->n = 0;
	scratch->nocase = s->nocase || then->nocase;
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < then->n; k++) {
			struct mf_lit l = s->at[i];

			if (l.n + then->at[k].n > MF_LIT_LEN)
				return false;
			memcpy(l.p + l.n, then->at[k].p, then->at[k].n);
			l.n = (unsigned char)(l.n + then->at[k].n);
			if (!mf_lits_add(scratch, l, false))
				return false;
		}
	}
	mf_lits_copy(s, scratch);
	return true;
}

static bool add_rune(struct mf_lits *s, uint32_t c)
{
	struct mf_lit l = { 0 };

	if (!c || c == MF_RUNE_BAD)
		return false;
	if (c >= 0xd800 && c <= 0xdfff)
		return true;
	l.n = (unsigned char)mf_utf8_encode(l.p, c);
	return mf_lits_add(s, l, false);
}

bool mf_lits_rune(struct mf_lits *s, uint32_t c, bool fold)
{
	uint32_t at = c;

	s->n = 0;
	s->nocase = fold;
	do {
		if (!add_rune(s, at))
			return false;
		at = fold ? mf_rune_fold(at) : c;
	} while (at != c);
	return s->n > 0;
}

bool mf_lits_class(struct mf_lits *s, const struct mf_range *r, size_t n)
{
	size_t count = 0;

	s->n = 0;
	s->nocase = false;
	for (size_t i = 0; i < n; i++) {
		count += r[i].hi - r[i].lo + 1;
		if (count > CLASS_MAX)
			return false;
		for (uint32_t c = r[i].lo; c <= r[i].hi; c++)
			if (!add_rune(s, c))
				return false;
	}
	return s->n > 0;
}

/* Each byte of the shortest counts, the first ones more; twice as many literals cost half a byte. */
int mf_lits_score(const struct mf_lits *s, size_t before)
{
	int score = 1000, bits = 0;
	size_t least = MF_LIT_LEN;

	for (size_t i = 0; i < s->n; i++)
		least = s->at[i].n < least ? s->at[i].n : least;
	for (size_t n = s->n; n > 1; n = (n + 1) / 2)
		bits++;
	if (!s->n || !least)
		return 0;
	score += 16 * (int)(least < 6 ? least : 6) + 2 * (int)(least > 6 ? least - 6 : 0) - 8 * bits;
	score -= least < 3 ? 40 : 0;
	return score + (before == 0 ? 6 : before == SIZE_MAX ? -40 : before > 256 ? -3 : 0);
}
