/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets of all findings, sorted, each with the longest other one that it begins with: one binary search finds the longest
 * secret at a place of a text, so that the cost does not grow with their number. */
#include <mayfly/hide.h>

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { LEAST = 6, LEAST_LINE = 12, LONGEST_SHOWN = 64, NONE = -1 };

struct entry {
	struct mf_str s;
	ptrdiff_t shorter;	/* an entry that this one begins with, or NONE */
};

struct mf_hide {
	struct entry *v;
	size_t n, cap;
	size_t longest;
	unsigned char pairs[65536 / 8];	/* by the first two bytes: whether any begins so */
};

static int compare(struct mf_str a, struct mf_str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static int by_bytes(const void *a, const void *b)
{
	return compare(((const struct entry *)a)->s, ((const struct entry *)b)->s);
}

static unsigned pair(const char *p)
{
	return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static bool begins(struct mf_str s, struct mf_str with)
{
	return with.n <= s.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

static int add(struct mf_hide *h, struct mf_str s, struct mf_err *err)
{
	if (h->n == h->cap) {
		const size_t cap = h->cap ? h->cap * 2 : 64;
		struct entry *v = mf_regrow(h->v, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		h->v = v;
		h->cap = cap;
	}
	h->v[h->n++] = (struct entry){ .s = s, .shorter = NONE };
	return 0;
}

/* The lines of a key count too, since a text may hold some of them; the armour is no secret. */
static int add_lines(struct mf_hide *h, struct mf_str s, struct mf_err *err)
{
	while (s.n) {
		const char *end = memchr(s.p, '\n', s.n);
		const size_t n = end ? (size_t)(end - s.p) : s.n;
		const struct mf_str line = mf_trim((struct mf_str){ s.p, n });

		if (line.n >= LEAST_LINE && !begins(line, mf_str("-----")) && add(h, line, err))
			return -1;
		s.p += end ? n + 1 : n;
		s.n -= end ? n + 1 : n;
	}
	return 0;
}

static int add_all(struct mf_hide *h, const struct mf_findings *list, struct mf_err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_finding *f = &list->v[i];
		const struct mf_str s = { f->secret, f->secret_n };

		if (f->redacted || s.n < LEAST)
			continue;
		if (add(h, s, err) || (memchr(s.p, '\n', s.n) && add_lines(h, s, err)))
			return -1;
	}
	return 0;
}

static void arrange(struct mf_hide *h)
{
	size_t kept = 0;

	if (h->n)
		qsort(h->v, h->n, sizeof(*h->v), by_bytes);
	for (size_t i = 0; i < h->n; i++) {
		ptrdiff_t p = (ptrdiff_t)kept - 1;

		if (kept && mf_str_eq(h->v[kept - 1].s, h->v[i].s))
			continue;
		while (p != NONE && !begins(h->v[i].s, h->v[p].s))
			p = h->v[p].shorter;
		h->v[kept] = (struct entry){ .s = h->v[i].s, .shorter = p };
		h->longest = h->v[kept].s.n > h->longest ? h->v[kept].s.n : h->longest;
		h->pairs[pair(h->v[kept].s.p) / 8] |= (unsigned char)(1u << pair(h->v[kept].s.p) % 8);
		kept++;
	}
	h->n = kept;
}

static int add_more(struct mf_hide *h, const struct mf_str *more, size_t n, struct mf_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (more[i].n >= LEAST && add(h, more[i], err))
			return -1;
	return 0;
}

int mf_hide_new(struct mf_hide **out, const struct mf_findings *list, const struct mf_str *more, size_t n_more, struct mf_err *err)
{
	struct mf_hide *h = mf_calloc(1, sizeof(*h));

	if (!h)
		return mf_fail_nomem(err);
	if (add_all(h, list, err) || add_more(h, more, n_more, err)) {
		mf_hide_free(h);
		return -1;
	}
	arrange(h);
	*out = h;
	return 0;
}

void mf_hide_free(struct mf_hide *h)
{
	if (!h)
		return;
	free(h->v);
	free(h);
}

/* The first entry that is not below `s`. */
static size_t lower_bound(const struct mf_hide *h, struct mf_str s)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (compare(h->v[mid].s, s) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t common(struct mf_str a, struct mf_str b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

/* The length of the longest secret that `rest` begins with, or 0. *cut: `rest` is the beginning of a longer one. */
static size_t secret_at(const struct mf_hide *h, struct mf_str rest, bool *cut)
{
	size_t at, same;
	ptrdiff_t p;

	*cut = false;
	if (!h || rest.n < 2 || !(h->pairs[pair(rest.p) / 8] >> pair(rest.p) % 8 & 1))
		return 0;
	at = lower_bound(h, rest);
	*cut = rest.n >= LEAST && at < h->n && h->v[at].s.n > rest.n && begins(h->v[at].s, rest);
	p = at < h->n && mf_str_eq(h->v[at].s, rest) ? (ptrdiff_t)at : (ptrdiff_t)at - 1;
	if (p == NONE)
		return 0;
	same = common(h->v[p].s, rest);
	while (p != NONE && h->v[p].s.n > same)
		p = h->v[p].shorter;
	return p == NONE ? 0 : h->v[p].s.n;
}

/* Where the next secret begins, with its length; n = 0 when there is none. */
static size_t next_secret(size_t *n, const struct mf_hide *h, struct mf_str text, size_t from)
{
	bool cut;

	for (*n = 0; from < text.n; from++) {
		*n = secret_at(h, (struct mf_str){ text.p + from, text.n - from }, &cut);
		if (*n)
			return from;
	}
	return text.n;
}

int mf_hide_name(char **out, const struct mf_hide *h, const char *name, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	const struct mf_str s = mf_str(name);
	size_t n, from = 0, at = next_secret(&n, h, s, 0);

	*out = NULL;
	if (n == 0)
		return 0;
	while (n) {
		if (mf_buf_add(&text, s.p + from, at - from, err) || mf_hide_secret(&text, (struct mf_str){ s.p + at, n }, err)) {
			mf_buf_free(&text);
			return -1;
		}
		from = at + n;
		at = next_secret(&n, h, s, from);
	}
	if (mf_buf_puts(&text, s.p + from, err)) {
		mf_buf_free(&text);
		return -1;
	}
	*out = mf_buf_take(&text);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_hide_secret(struct mf_buf *out, struct mf_str secret, struct mf_err *err)
{
	struct mf_buf whole = MF_BUF(SIZE_MAX / 4);
	size_t n;
	int r = mf_redact(&whole, secret, err);

	if (r == 0) {
		n = whole.n;
		if (n > LONGEST_SHOWN) {
			n = LONGEST_SHOWN - 3;
			while (n && ((unsigned char)whole.p[n] & 0xc0) == 0x80)
				n--;
		}
		r = mf_buf_add(out, whole.p, n, err) || (n < whole.n && mf_buf_puts(out, "...", err)) ? -1 : 0;
	}
	mf_buf_free(&whole);
	return r;
}

/* How much at the beginning of a cut text is the end of its own secret. */
static size_t own_tail(struct mf_str text, struct mf_str own)
{
	for (size_t n = own.n ? own.n - 1 : 0; n >= LEAST; n--)
		if (n <= text.n && memcmp(text.p, own.p + own.n - n, n) == 0)
			return n;
	return 0;
}

/* What lies between secrets may hold the own one in another spelling, or parts of it. */
static int between(struct mf_buf *out, struct mf_str gap, struct mf_str own, struct mf_err *err)
{
	struct mf_buf clean = MF_BUF(SIZE_MAX / 4);
	int r;

	if (own.n == 0 || gap.n < LEAST)
		return mf_buf_add(out, gap.p, gap.n, err);
	r = mf_redact_in(&clean, gap, own, err);
	if (r == 0)
		r = mf_buf_add(out, clean.p, clean.n, err);
	mf_buf_free(&clean);
	return r;
}

int mf_hide_text(struct mf_buf *out, const struct mf_hide *h, struct mf_str text, struct mf_str own, struct mf_err *err)
{
	size_t at = own.n <= 4096 ? own_tail(text, own) : 0, n, from;
	bool cut;

	if (at && mf_buf_puts(out, "...", err))
		return -1;
	for (from = at; at < text.n; at += n) {
		const struct mf_str rest = { text.p + at, text.n - at };

		n = secret_at(h, rest, &cut);
		if (own.n > n && begins(rest, own))
			n = own.n;
		if (n == 0 && !cut) {
			n = 1;
			continue;
		}
		if (between(out, (struct mf_str){ text.p + from, at - from }, own, err))
			return -1;
		if (n == 0)
			return mf_buf_puts(out, "...", err);
		if (mf_hide_secret(out, (struct mf_str){ text.p + at, n }, err))
			return -1;
		from = at + n;
	}
	return between(out, (struct mf_str){ text.p + from, text.n - from }, own, err);
}
