/* SPDX-License-Identifier: Apache-2.0 */
/* The prefilter's tables: which three bytes stand for a literal, and where they lead. */
#include "prefilter_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct print {			/* one way to reach a literal */
	uint32_t hash;
	struct mf_pf_entry entry;
};

struct prints {
	struct print *v;
	size_t n, cap;
};

/* Bytes in the order in which source code has them, most frequent first (case dropped); the rest is rare. */
static const char common[] = " etrnaoisclpdumfhg_byv.k-=w,();*/x0\"1>2:'j&3q{}4z<[";

static unsigned weight(unsigned char c)
{
	const char *at;

	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	at = c ? strchr(common, c) : NULL;
	return at ? 2 + (unsigned)(sizeof(common) - (size_t)(at - common)) : 2;
}

static unsigned long three_weight(const char *p)
{
	return (unsigned long)weight((unsigned char)p[0]) * weight((unsigned char)p[1]) * weight((unsigned char)p[2]);
}

/* The offset of the rarest two fingerprints, at it and one later. */
static unsigned rarest(const struct mf_literal *l)
{
	unsigned long best = 0;
	unsigned at = 0;

	for (unsigned o = 0; o + 4 <= l->n && o < 250; o++) {
		unsigned long w = three_weight(l->p + o) + three_weight(l->p + o + 1);

		if (o == 0 || w < best) {
			best = w;
			at = o;
		}
	}
	return at;
}

static uint32_t three(const char *p)
{
	return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8 | (uint32_t)(unsigned char)p[2] << 16;
}

static int add(struct prints *s, uint32_t hash, size_t lit, unsigned off, struct mf_err *err)
{
	if (mf_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), err))
		return -1;
	s->v[s->n++] = (struct print){ .hash = hash, .entry = { .lit = (uint16_t)lit, .off = (uint8_t)off } };
	return 0;
}

/* A literal of three bytes has one fingerprint; at odd distances its last two are followed by any byte: 64 of them differ. */
static int add_short(struct prints *s, const struct mf_literal *l, size_t lit, struct mf_err *err)
{
	for (uint32_t any = 0; any < 64; any++) {
		uint32_t last = (any & 0x1f) | (any & 0x20) << 1;
		uint32_t two = (uint32_t)(unsigned char)l->p[1] | (uint32_t)(unsigned char)l->p[2] << 8;

		if (add(s, mf_pf_hash(two | last << 16), lit, 1, err))
			return -1;
	}
	return add(s, mf_pf_hash(three(l->p)), lit, 0, err);
}

static int add_literal(struct prints *s, const struct mf_literal *l, size_t lit, struct mf_err *err)
{
	unsigned off;

	if (l->n < 4)
		return add_short(s, l, lit, err);
	off = rarest(l);
	return add(s, mf_pf_hash(three(l->p + off)), lit, off, err) || add(s, mf_pf_hash(three(l->p + off + 1)), lit, off + 1, err) ? -1 : 0;
}

static bool same_print(const struct print *a, const struct print *b)
{
	return a->hash == b->hash && a->entry.lit == b->entry.lit && a->entry.off == b->entry.off;
}

/* Those of one hash together, in the order in which they were made, so that those of one literal follow each other. */
static struct print *by_hash(const struct prints *s)
{
	uint32_t *at = mf_calloc(MF_PF_SIZE + 1, sizeof(*at));
	struct print *out = mf_calloc(s->n, sizeof(*out));

	for (size_t i = 0; at && out && i < s->n; i++)
		at[s->v[i].hash + 1]++;
	for (size_t h = 0; at && h < MF_PF_SIZE; h++)
		at[h + 1] += at[h];
	for (size_t i = 0; at && out && i < s->n; i++)
		out[at[s->v[i].hash]++] = s->v[i];
	if (!at) {
		free(out);
		out = NULL;
	}
	free(at);
	return out;
}

static int index_prints(struct mf_prefilter *f, const struct prints *s, struct mf_err *err)
{
	struct print *v = by_hash(s);

	if (!v)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++) {
		const uint32_t h = v[i].hash;

		/* two fingerprints of one literal at the same place of it would find it twice */
		if (i && same_print(&v[i - 1], &v[i]))
			continue;
		if (!f->head[h])
			f->head[h] = (uint16_t)(1 + f->n_entries);
		else
			f->entries[f->n_entries - 1].last = 0;
		f->bits[h >> 6] |= UINT64_C(1) << (h & 63);
		f->entries[f->n_entries] = v[i].entry;
		f->entries[f->n_entries++].last = 1;
	}
	free(v);
	return 0;
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

	for (size_t i = 0; i < n; i++) {
		if (add_literal(s, &lits[i], i, err))
			return -1;
		text += 2 * (size_t)lits[i].n;
	}
	if (s->n >= UINT16_MAX)
		return mf_fail(err, MF_E_RULE_CONFIG, "too many keywords: %zu", n);
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
	return s->n ? index_prints(f, s, err) : 0;
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
