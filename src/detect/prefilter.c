/* SPDX-License-Identifier: Apache-2.0 */
/* The prefilter's tables: which four bytes stand for a literal, and where they lead. */
#include "prefilter_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct prints {
	struct mf_pf_entry *v;
	size_t n, cap;
};

/* Bytes in the order in which source code has them, most frequent first (case dropped); the rest is rare. */
static const char common[] = " etrnaoisclpdumfhg_byv.k-=w,();*/x0\"1>2:'j&3q{}4z<[";

enum { REPEATED = 8 };

static unsigned weight(unsigned char c)
{
	const char *at;

	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	at = c ? strchr(common, c) : NULL;
	return at ? 2 + (unsigned)(sizeof(common) - (size_t)(at - common)) : 2;
}

/* How frequent some bytes in a row are. Lines are drawn of one character, so a repetition says little. */
static unsigned long weight_of(const char *p, unsigned n)
{
	unsigned long w = 1;

	for (unsigned i = 0; i < n; i++)
		w *= weight((unsigned char)p[i]) * (i && p[i] == p[i - 1] ? REPEATED : 1);
	return w;
}

/* The offset of the rarest two fingerprints, at it and one later. */
static unsigned rarest(const struct mf_literal *l)
{
	unsigned long best = 0;
	unsigned at = 0;

	for (unsigned o = 0; o + 5 <= l->n; o++) {
		const unsigned long w = weight_of(l->p + o, 4) + weight_of(l->p + o + 1, 4);

		if (o == 0 || w < best) {
			best = w;
			at = o;
		}
	}
	return at;
}

/* n <= 4 bytes, folded, at byte `at` of a fingerprint. */
static uint32_t folded(const char *p, unsigned n, unsigned at)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint32_t)(unsigned char)p[i] << 8 * (at + i);
	return v & MF_PF_FOLD;
}

static bool bit_set(const struct mf_prefilter *f, uint32_t value)
{
	const struct mf_pf_place at = mf_pf_place(value);

	return f->bits[at.word] >> at.bit & 1;
}

/* The nth of the values that a byte has when it is folded. */
static uint32_t any_byte(uint32_t nth)
{
	return (nth & 0x1f) | (nth & 0x20) << 1;
}

/* Whether a fingerprint with one byte left open passes already, as one of another literal. */
static bool passes(const struct mf_prefilter *f, uint32_t want, unsigned open)
{
	for (uint32_t any = 0; any < 64; any++)
		if (!bit_set(f, want | any_byte(any) << 8 * open))
			return false;
	return true;
}

static void set_bit(struct mf_prefilter *f, uint32_t value)
{
	const struct mf_pf_place at = mf_pf_place(value), more = mf_pf_place_more(value);

	f->bits[at.word] |= UINT64_C(1) << at.bit;
	f->more[more.word] |= UINT64_C(1) << more.bit;
}

static int add(struct mf_prefilter *f, struct prints *s, struct mf_pf_entry e, struct mf_err *err)
{
	if (mf_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), err))
		return -1;
	s->v[s->n++] = e;
	for (uint32_t any = 0; any < 64 && e.mask != mf_pf_masks[0]; any++)
		set_bit(f, e.want | any_byte(any) << (e.mask == mf_pf_masks[1] ? 24 : 0));
	if (e.mask == mf_pf_masks[0])
		set_bit(f, e.want);
	return 0;
}

/* At even distances a literal of three bytes is seen with the byte behind it, at odd ones with the one before it. */
static int add_three(struct mf_prefilter *f, struct prints *s, const struct mf_literal *l, uint16_t lit, struct mf_err *err)
{
	return add(f, s, (struct mf_pf_entry){ folded(l->p, 3, 0), mf_pf_masks[1], lit, 0 }, err) ||
	       add(f, s, (struct mf_pf_entry){ folded(l->p, 3, 1), mf_pf_masks[2], lit, -1 }, err) ? -1 : 0;
}

/* One of four bytes is seen whole at even distances, and at odd ones without its last byte or without its first. */
static int add_four(struct mf_prefilter *f, struct prints *s, const struct mf_literal *l, uint16_t lit, struct mf_err *err)
{
	const struct mf_pf_entry before = { folded(l->p, 3, 1), mf_pf_masks[2], lit, -1 }, behind = { folded(l->p + 1, 3, 0), mf_pf_masks[1], lit, 1 };
	const bool first = passes(f, before.want, 0) || (weight_of(l->p, 3) < weight_of(l->p + 1, 3) && !passes(f, behind.want, 3));

	return add(f, s, (struct mf_pf_entry){ folded(l->p, 4, 0), mf_pf_masks[0], lit, 0 }, err) || add(f, s, first ? before : behind, err) ? -1 : 0;
}

static int add_literal(struct mf_prefilter *f, struct prints *s, const struct mf_literal *l, uint16_t lit, struct mf_err *err)
{
	unsigned off;

	if (l->n == 3)
		return add_three(f, s, l, lit, err);
	if (l->n == 4)
		return add_four(f, s, l, lit, err);
	off = rarest(l);
	for (unsigned i = 0; i < 2; i++)
		if (add(f, s, (struct mf_pf_entry){ folded(l->p + off + i, 4, 0), mf_pf_masks[0], lit, (int16_t)(off + i) }, err))
			return -1;
	return 0;
}

/* Entries of one slot together, in the order in which they were made. */
static void index_prints(struct mf_prefilter *f, const struct prints *s)
{
	uint16_t at[MF_PF_SLOTS];

	for (size_t i = 0; i < s->n; i++)
		f->first[mf_pf_slot(s->v[i].want) + 1]++;
	for (size_t h = 0; h < MF_PF_SLOTS; h++) {
		f->first[h + 1] = (uint16_t)(f->first[h + 1] + f->first[h]);
		at[h] = f->first[h];
	}
	for (size_t i = 0; i < s->n; i++)
		f->entries[at[mf_pf_slot(s->v[i].want)]++] = s->v[i];
	f->n_entries = s->n;
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static void keep_literal(struct mf_prefilter *f, size_t i, const struct mf_literal *l, uint32_t text)
{
	struct mf_pf_lit *o = &f->lits[i];
	unsigned char *p = f->text + text, *bits = p + l->n;

	o->n = l->n;
	o->text = text;
	for (unsigned k = 0; k < l->n; k++) {
		unsigned char c = (unsigned char)l->p[k];

		bits[k] = l->nocase && is_letter(c) ? 0x20 : 0;
		p[k] = c | bits[k];
	}
	for (unsigned k = 0; k < l->n && k < 8; k++) {
		o->head |= (uint64_t)p[k] << (8 * k);
		o->head_case |= (uint64_t)bits[k] << (8 * k);
		o->head_keep |= UINT64_C(0xff) << (8 * k);
	}
	if (l->n > f->longest)
		f->longest = l->n;
}

static int fill(struct mf_prefilter *f, const struct mf_literal *lits, size_t n, struct prints *s, struct mf_err *err)
{
	size_t text = 0;

	/* each has two fingerprints */
	if (n > UINT16_MAX / 2)
		return mf_fail(err, MF_E_RULE_CONFIG, "too many keywords: %zu", n);
	for (size_t i = 0; i < n; i++) {
		if (add_literal(f, s, &lits[i], (uint16_t)i, err))
			return -1;
		text += 2 * (size_t)lits[i].n;
	}
	f->n_lits = n;
	f->lits = mf_calloc(n + 1, sizeof(*f->lits));
	f->entries = mf_calloc(s->n + 1, sizeof(*f->entries));
	f->text = mf_calloc(text + 1, 1);
	if (!f->lits || !f->entries || !f->text)
		return mf_fail_nomem(err);
	text = 0;
	for (size_t i = 0; i < n; i++) {
		keep_literal(f, i, &lits[i], (uint32_t)text);
		text += 2 * (size_t)lits[i].n;
	}
	index_prints(f, s);
	return 0;
}

int mf_prefilter_new(struct mf_prefilter **out, const struct mf_literal *lits, size_t n, struct mf_err *err)
{
	struct prints s = { 0 };
	struct mf_prefilter *f = mf_calloc(1, sizeof(*f));

	if (!f)
		return mf_fail_nomem(err);
	if (fill(f, lits, n, &s, err)) {
		free(s.v);
		mf_prefilter_free(f);
		return -1;
	}
	free(s.v);
	*out = f;
	return 0;
}

void mf_prefilter_free(struct mf_prefilter *f)
{
	if (!f)
		return;
	free(f->entries);
	free(f->lits);
	free(f->text);
	free(f);
}

unsigned mf_prefilter_longest(const struct mf_prefilter *f)
{
	return f->longest;
}
