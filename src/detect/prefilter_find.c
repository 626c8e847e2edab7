/* SPDX-License-Identifier: Apache-2.0 */
/* The prefilter's loop. */
#include "prefilter_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct search {
	const struct mf_prefilter *f;
	const unsigned char *p;
	size_t n, from, to;
	struct mf_founds *out;
};

static uint32_t load32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static uint64_t load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static bool rest_same(const struct mf_prefilter *f, const struct mf_pf_lit *l, const unsigned char *p, unsigned from)
{
	const unsigned char *text = f->text + l->text, *bits = text + l->n;

	for (unsigned i = from; i < l->n; i++)
		if ((p[i] | bits[i]) != text[i])
			return false;
	return true;
}

/* Whether the literal stands at p[at]; it is known to fit. */
static bool same(const struct search *s, const struct mf_pf_lit *l, size_t at)
{
	const unsigned char *p = s->p + at;

	if (s->n - at < 8)
		return rest_same(s->f, l, p, 0);
	if (((load64(p) ^ l->head) & l->head_keep & ~l->head_case) != 0 || ((load64(p) | l->head_case) & l->head_keep) != l->head)
		return false;
	return l->n <= 8 || rest_same(s->f, l, p, 8);
}

static void push(struct mf_founds *o, size_t at, unsigned lit)
{
	if (o->n == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 256;
		struct mf_found *v = o->nomem ? NULL : mf_regrow(o->v, cap, sizeof(*v));

		if (!v) {
			o->nomem = true;
			return;
		}
		o->v = v;
		o->cap = cap;
	}
	o->v[o->n++] = (struct mf_found){ .at = (uint32_t)at, .lit = lit };
}

/* The literals of which a fingerprint, seen through the mask, stands at q. */
static void compare(const struct search *s, size_t q, uint32_t four, uint32_t mask)
{
	const uint32_t value = four & mask;
	const struct mf_prefilter *f = s->f;
	const uint32_t slot = mf_pf_slot(value);

	for (unsigned i = f->first[slot]; i < f->first[slot + 1]; i++) {
		const struct mf_pf_entry *e = &f->entries[i];
		const struct mf_pf_lit *l = &f->lits[e->lit];
		const size_t at = (size_t)((ptrdiff_t)q - e->off);

		if (e->want == value && e->mask == mask && (ptrdiff_t)q >= (ptrdiff_t)s->from + e->off && s->to > at && s->to - at >= l->n && same(s, l, at))
			push(s->out, at, e->lit);
	}
}

/* The four bytes at q, folded; zeros behind the end. */
static uint32_t four_at(const struct search *s, size_t q)
{
	uint32_t x = 0;

	if (s->n - q >= 4)
		return load32(s->p + q) & MF_PF_FOLD;
	for (size_t i = 0; q + i < s->n; i++)
		x |= (uint32_t)s->p[q + i] << (8 * i);
	return x & MF_PF_FOLD;
}

static size_t passes(const uint64_t *bits, uint32_t value)
{
	const struct mf_pf_place at = mf_pf_place(value);

	return bits[at.word] >> at.bit & 1;
}

enum { STRIDE = 2, BLOCK = 512, FOUND_MAX = BLOCK / STRIDE + 4 };

/* Which of every second position from q up to `end`, or a few behind it, have a fingerprint. */
static size_t probe(const struct search *s, size_t q, size_t end, uint32_t *out)
{
	const uint64_t *bits = s->f->bits;
	size_t n = 0;

	for (; q < end && q + 10 <= s->n; q += 8) {
		const uint64_t x = load64(s->p + q) & ((uint64_t)MF_PF_FOLD << 32 | MF_PF_FOLD);
		const uint32_t last = load32(s->p + q + 6) & MF_PF_FOLD;

		out[n] = (uint32_t)q;
		n += passes(bits, (uint32_t)x);
		out[n] = (uint32_t)q + 2;
		n += passes(bits, (uint32_t)(x >> 16));
		out[n] = (uint32_t)q + 4;
		n += passes(bits, (uint32_t)(x >> 32));
		out[n] = (uint32_t)q + 6;
		n += passes(bits, last);
	}
	for (; q < end; q += STRIDE) {
		out[n] = (uint32_t)q;
		n += passes(bits, four_at(s, q));
	}
	return n;
}

/* Of the positions that passed, those that pass the second bitmap as well, each with its value. */
static size_t sift(const struct search *s, uint32_t *at, uint32_t *values, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t value = four_at(s, at[i]);
		const struct mf_pf_place more = mf_pf_place_more(value);

		at[kept] = at[i];
		values[kept] = value;
		kept += s->f->more[more.word] >> more.bit & 1;
	}
	return kept;
}

void mf_prefilter_find(const struct mf_prefilter *f, const unsigned char *p, size_t n, size_t from, size_t to, struct mf_founds *out)
{
	const struct search s = { .f = f, .p = p, .n = n, .from = from, .to = to, .out = out };
	uint32_t at[FOUND_MAX], values[FOUND_MAX];

	if (!f->n_lits || to - from < MF_LIT_MIN)
		return;
	for (size_t q = from; q < to; q += BLOCK) {
		const size_t count = sift(&s, at, values, probe(&s, q, to - q < BLOCK ? to : q + BLOCK, at));

		for (size_t i = 0; i < count; i++)
			for (size_t k = 0; k < MF_COUNT(mf_pf_masks); k++)
				compare(&s, at[i], values[i], mf_pf_masks[k]);
	}
}
