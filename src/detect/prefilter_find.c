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

/* A fingerprint of this hash stands at q. */
static __attribute__((noinline)) void candidate(const struct search *s, size_t q, uint32_t hash)
{
	const struct mf_pf_entry *e = s->f->entries + s->f->head[hash] - 1;

	for (;; e++) {
		const struct mf_pf_lit *l = &s->f->lits[e->lit];

		if (q >= s->from + e->off && s->to - (q - e->off) >= l->n && same(s, l, q - e->off))
			push(s->out, q - e->off, e->lit);
		if (e->last)
			return;
	}
}

static bool passes(const uint64_t *bits, uint32_t hash)
{
	return bits[hash >> 6] >> (hash & 63) & 1;
}

static void try_at(const struct search *s, size_t q, uint32_t three)
{
	uint32_t hash = mf_pf_hash(three);

	if (passes(s->f->bits, hash))
		candidate(s, q, hash);
}

static __attribute__((noinline)) void try_eight(const struct search *s, size_t q)
{
	for (size_t i = 0; i < 8; i += 2)
		try_at(s, q + i, load32(s->p + q + i));
}

/* The last positions, where four bytes can't be loaded. */
static void tail(const struct search *s, size_t q)
{
	for (; q < s->to; q += 2) {
		uint32_t x = 0;

		for (size_t i = 0; i < 3 && q + i < s->n; i++)
			x |= (uint32_t)s->p[q + i] << (8 * i);
		try_at(s, q, x);
	}
}

void mf_prefilter_find(const struct mf_prefilter *f, const unsigned char *p, size_t n, size_t from, size_t to, struct mf_founds *out)
{
	const struct search s = { .f = f, .p = p, .n = n, .from = from, .to = to, .out = out };
	const uint64_t *bits = f->bits;
	size_t q = from;

	if (!f->n_lits || to - from < MF_LIT_MIN)
		return;
	for (; q + 8 <= to && q + 10 <= n; q += 8) {
		uint32_t a = mf_pf_hash(load32(p + q)), b = mf_pf_hash(load32(p + q + 2));
		uint32_t c = mf_pf_hash(load32(p + q + 4)), d = mf_pf_hash(load32(p + q + 6));

		if ((bits[a >> 6] >> (a & 63) | bits[b >> 6] >> (b & 63) | bits[c >> 6] >> (c & 63) | bits[d >> 6] >> (d & 63)) & 1)
			try_eight(&s, q);
	}
	tail(&s, q);
}
