/* SPDX-License-Identifier: Apache-2.0 */
/* A tree is made from its base by copying, and of what was copied everything is known already: only entries that touch something
 * new are parsed. For that, a tree keeps where some of its entries begin (marks, at least SPACE bytes apart). Parsing a new tree goes on until
 * it comes, within what was copied, exactly to a mark of the base: from there on both are the same, up to the last mark within the
 * copied bytes. So nothing is ever guessed, whatever the deltas of a hostile pack look like. */
#include <mayfly/alloc.h>
#include "attribute_tree.h"

#include "past.h"
#include "treediff.h"

enum { SPACE = 64 };

/* An entry, by where its parts are. */
struct entry {
	const unsigned char *name, *id;
	size_t name_n;
	unsigned mode;
};

static const uint64_t LOWS = 0x0101010101010101u;

static inline uint64_t load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A mode's digits and the blank as a little-endian number. */
#define MODE_6(a, b, c, d, e, f) \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)' ' << 48)

/* Mode and blank: how many bytes, 0 when there is none. The usual ones are known by their looks. */
static inline size_t take_mode(unsigned *mode, const unsigned char *p, size_t n)
{
	unsigned v = 0;
	size_t i = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (n >= 8) {
		const uint64_t word = load64(p) & ~((uint64_t)0xff << 56);

		if (word == MODE_6('1', '0', '0', '6', '4', '4')) {
			*mode = 0100644;
			return 7;
		}
		if ((word & ~((uint64_t)0xff << 48)) == (MODE_6('4', '0', '0', '0', '0', ' ') & ~((uint64_t)0xff << 48))) {
			*mode = 0040000;
			return 6;
		}
	}
#endif
	for (; i < n && i <= 7 && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (unsigned)(p[i] - '0');
	if (i == 0 || i > 7 || i == n || p[i] != ' ' || v > 0177777)
		return 0;
	*mode = v;
	return i + 1;
}

/* Where the first NUL is; n when there is none. Names are short: a call costs more than this. */
static inline size_t find_nul(const unsigned char *p, size_t n)
{
	size_t i = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (; n - i >= 8; i += 8) {
		const uint64_t v = load64(p + i), nul = (v - LOWS) & ~v & LOWS << 7;

		if (nul)
			return i + (size_t)__builtin_ctzll(nul) / 8;
	}
#endif
	while (i < n && p[i])
		i++;
	return i;
}

/* The entry at *at; false when there is none, or a damaged one. The same as mf_tree_next(), but copies nothing. */
static inline bool next_entry(struct entry *e, const unsigned char *p, size_t n, size_t *at, size_t oid_len)
{
	size_t i = *at;
	const size_t used = take_mode(&e->mode, p + i, n - i);

	if (!used)
		return false;
	i += used;
	e->name = p + i;
	e->name_n = find_nul(p + i, n - i);
	i += e->name_n;
	if (!e->name_n || n - i < 1 + oid_len)
		return false;
	e->id = p + i + 1;
	*at = i + 1 + oid_len;
	return true;
}

static bool edge_is(const struct mf_harvest *h, const struct mf_edge *edge, const struct entry *e, size_t oid_len)
{
	return edge->name_n == e->name_n && edge->mode == e->mode && memcmp(h->bytes + edge->at, e->id, oid_len) == 0 &&
	       memcmp(h->bytes + edge->at + oid_len, e->name, e->name_n) == 0;
}

/* A new edge, unless the last one in its place of the cache is the same. */
static int edge_of(uint32_t *out, struct mf_harvest *h, const struct entry *e, uint32_t to, struct mf_err *err)
{
	const size_t oid_len = h->wanted->oid_len;
	uint32_t *slot = &h->cache[(e->id[0] | (size_t)e->id[1] << 8) % MF_EDGE_CACHE];

	if (*slot && edge_is(h, &h->edges[*slot - 1], e, oid_len)) {
		*out = *slot - 1;
		return 0;
	}
	if (h->n_edges >= MF_EDGE_NONE || e->name_n > UINT32_MAX)
		return mf_fail_nomem(err);
	if (mf_grow(&h->edges, &h->cap_edges, h->n_edges + 1, sizeof(*h->edges), err) ||
	    mf_grow(&h->bytes, &h->cap_bytes, h->n_bytes + oid_len + e->name_n, 1, err))
		return -1;
	memcpy(h->bytes + h->n_bytes, e->id, oid_len);
	memcpy(h->bytes + h->n_bytes + oid_len, e->name, e->name_n);
	h->edges[h->n_edges] = (struct mf_edge){ .at = h->n_bytes, .name_n = (uint32_t)e->name_n, .mode = e->mode, .to = to };
	h->n_bytes += oid_len + e->name_n;
	*out = (uint32_t)h->n_edges++;
	*slot = *out + 1;
	return 0;
}

/* The number of a wanted blob. */
static uint32_t blob_of(const struct mf_wanted *w, const struct entry *e)
{
	const size_t first = (size_t)e->id[0] << 8 | e->id[1];
	struct mf_oid id = { { 0 } };

	if (!(w->first[first >> 3] >> (first & 7) & 1))
		return MF_NUMBER_NONE;
	memcpy(id.b, e->id, w->oid_len);
	return mf_idmap_find(&w->ids, &id);
}

static int put_mark(struct mf_harvest *h, size_t at, struct mf_err *err)
{
	if (mf_grow(&h->marks, &h->cap_marks, h->n_marks + 1, sizeof(*h->marks), err))
		return -1;
	h->marks[h->n_marks++] = (uint32_t)at;
	return 0;
}

static int room_for_edges(struct mf_harvest *h, size_t more, struct mf_err *err)
{
	return mf_grow(&h->now, &h->cap_now, h->n_now + more, sizeof(*h->now), err) ||
	       mf_grow(&h->now_at, &h->cap_now_at, h->n_now + more, sizeof(*h->now_at), err) ? -1 : 0;
}

static inline bool named(const struct mf_naming *naming, const struct entry *e)
{
	return (e->mode & 0170000) != 0160000 && mf_naming_may(naming, (struct mf_str){ (const char *)e->name, e->name_n });
}

/* Parses one entry. 1: there is none. */
static int take_entry(struct mf_harvest *h, const struct mf_view *v, size_t *at, struct mf_err *err)
{
	const size_t start = *at;
	struct entry e;
	uint32_t to = MF_EDGE_NONE, edge = 0;

	if (!next_entry(&e, v->p, v->n, at, h->wanted->oid_len))
		return 1;
	if (h->mentions.r && (e.mode & 0170000) != 0160000 && mf_mention(&h->mentions, e.id, err))
		return -1;
	if (!mf_mode_folder(e.mode)) {
		to = (e.mode & 0170000) == 0160000 ? MF_NUMBER_NONE : blob_of(h->wanted, &e);
		if (to != MF_NUMBER_NONE)
			to |= MF_EDGE_BLOB;
		else if (named(h->wanted->naming, &e))
			to = MF_EDGE_NAMED;
		else if (h->wanted->past && (e.mode & 0170000) != 0160000 && !mf_past_settled(h->wanted->past, e.id))
			to = MF_EDGE_NONE;
	}
	if (to != MF_NUMBER_NONE) {
		if (edge_of(&edge, h, &e, to, err) || room_for_edges(h, 1, err))
			return -1;
		h->now[h->n_now] = edge;
		h->now_at[h->n_now++] = (uint32_t)start;
		h->all_old = false;
	}
	return *at - h->marks[h->n_marks - 1] >= SPACE ? put_mark(h, *at, err) : 0;
}

/* Parses up to `end`, or across it. 1: the tree is damaged. */
static int take_until(struct mf_harvest *h, const struct mf_view *v, size_t *at, size_t end, struct mf_err *err)
{
	int r = 0;

	while (*at < end && r == 0)
		r = take_entry(h, v, at, err);
	return r;
}

/* The first of the sorted numbers from `hint` on that is not below `least`, near the hint mostly. All before it are below. */
static inline size_t first_from(const uint32_t *v, size_t n, size_t hint, size_t least)
{
	size_t step = 1, from = hint;

	while (from + step <= n && v[from + step - 1] < least) {
		from += step;
		step *= 2;
	}
	for (step /= 2; step; step /= 2)
		if (from + step <= n && v[from + step - 1] < least)
			from += step;
	return from;
}

/* How far a base was made use of. Copies mostly follow one another in it. */
struct source {
	const struct mf_tree_keep *keep;
	const uint32_t *marks;
	size_t mark, edge;
};

/* Edges and marks of the base between its mark at hand and another, which lie `by` bytes further on in the new tree (modulo 2^32). */
static int copy_known(struct mf_harvest *h, struct source *s, size_t to_mark, uint32_t by, struct mf_err *err)
{
	const struct mf_tree_keep *base = s->keep;
	const size_t n_marks = to_mark - s->mark;
	size_t first, last;

	if (s->edge && base->at[s->edge - 1] >= s->marks[s->mark])
		s->edge = 0;
	first = first_from(base->at, base->n_edges, s->edge, s->marks[s->mark]);
	last = first_from(base->at, base->n_edges, first, s->marks[to_mark]);
	if (room_for_edges(h, last - first, err) || mf_grow(&h->marks, &h->cap_marks, h->n_marks + n_marks, sizeof(*h->marks), err))
		return -1;
	h->all_old &= first == h->n_now;
	for (size_t i = first; i < last; i++) {
		h->now[h->n_now] = base->edges[i];
		h->now_at[h->n_now++] = base->at[i] + by;
	}
	for (size_t i = 0; i < n_marks; i++)
		h->marks[h->n_marks + i] = s->marks[s->mark + 1 + i] + by;
	h->n_marks += n_marks;
	s->edge = last;
	s->mark = to_mark;
	return 0;
}

/* A copied run: parse until in step with the base, take over what is known, parse the rest. */
static int take_copied(struct mf_harvest *h, const struct mf_view *v, struct source *base, const struct mf_span *s, size_t *at, struct mf_err *err)
{
	const size_t n_marks = base->keep->n_marks, end = s->from + s->n;
	int r = 0;

	if (base->mark && base->marks[base->mark - 1] >= s->from)
		base->mark = 0;
	while (*at < s->at + s->n && r == 0) {
		const size_t there = s->from + (*at - s->at);

		base->mark = first_from(base->marks, n_marks, base->mark, there);
		if (base->mark == n_marks || base->marks[base->mark] > end)
			break;
		if (base->marks[base->mark] == there) {
			const size_t last = first_from(base->marks, n_marks, base->mark, end + 1) - 1;

			if (copy_known(h, base, last, (uint32_t)(*at - there), err))
				return -1;
			*at += base->marks[last] - there;
			break;
		}
		r = take_entry(h, v, at, err);
	}
	return r ? r : take_until(h, v, at, s->at + s->n, err);
}

static int take_tree(struct mf_harvest *h, const struct mf_view *v, struct mf_err *err)
{
	struct source base = { .keep = v->base };
	size_t at = 0;
	int r = 0;

	if (!v->spans || !v->base)
		return take_until(h, v, &at, v->n, err);
	base.marks = base.keep->at + base.keep->n_edges;
	for (size_t i = 0; i < v->n_spans && r == 0; i++) {
		const struct mf_span *s = &v->spans[i];

		if (at >= s->at + s->n)
			continue;
		if (s->from == MF_SPAN_NEW || at < s->at)
			r = take_until(h, v, &at, s->at + s->n, err);
		else
			r = take_copied(h, v, &base, s, &at, err);
	}
	return r ? r : take_until(h, v, &at, v->n, err);
}

int mf_harvest_tree(struct mf_harvest *h, const struct mf_view *v, struct mf_err *err)
{
	int r;

	h->n_now = h->n_marks = 0;
	h->all_old = true;
	if (put_mark(h, 0, err))
		return -1;
	r = take_tree(h, v, err);
	/* the end is where an entry of a longer version begins */
	return r == 0 && h->marks[h->n_marks - 1] != v->n ? put_mark(h, v->n, err) : r;
}
