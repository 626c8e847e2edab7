/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of characters as classes of bytes: what is above ASCII becomes alternatives of UTF-8 sequences.
 *
 * U+FFFD stands for any byte that begins no well-formed sequence as well, so a class with it takes such bytes: after "no character is
 * here", or as the last choice of an atomic group where the class has every other character above ASCII. */
#include "re2_emit.h"

#include <mayfly/enc.h>

static int put(struct mf_re2_emitter *e, const char *s)
{
	return mf_buf_puts(e->out, s, e->err);
}

int mf_re2_emit_byte(struct mf_re2_emitter *e, unsigned char c)
{
	if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_')
		return mf_buf_putc(e->out, (char)c, e->err);
	if (c > ' ' && c < 0x7f)
		return mf_buf_printf(e->out, e->err, "\\%c", c);
	return mf_buf_printf(e->out, e->err, "\\x%02x", c);
}

static int byte_range(struct mf_re2_emitter *e, unsigned lo, unsigned hi)
{
	if (mf_re2_emit_byte(e, (unsigned char)lo))
		return -1;
	if (lo == hi)
		return 0;
	return (hi > lo + 1 && put(e, "-")) || mf_re2_emit_byte(e, (unsigned char)hi) ? -1 : 0;
}

int mf_re2_emit_bytes(struct mf_re2_emitter *e, const struct mf_range *r, size_t n, bool high)
{
	bool whole = n && r[0].lo == 0 && r[0].hi >= 0x7f && (high || e->ascii);

	if (whole)
		return put(e, ".");
	if ((!n || r[0].lo > 0x7f) && !high)
		return put(e, "(?!)");
	if (n == 1 && r[0].lo == r[0].hi && !high)
		return mf_re2_emit_byte(e, (unsigned char)r[0].lo);
	if (n == 2 && r[0].lo == 0 && r[0].hi == '\n' - 1 && r[1].lo == '\n' + 1 && r[1].hi >= 0x7f && (high || e->ascii))
		return put(e, "\\N");
	if (put(e, "["))
		return -1;
	for (size_t i = 0; i < n && r[i].lo <= 0x7f; i++)
		if (byte_range(e, r[i].lo, r[i].hi > 0x7f ? 0x7f : r[i].hi))
			return -1;
	return (high && put(e, "\\x80-\\xff")) || put(e, "]") ? -1 : 0;
}

static bool covers(const struct mf_range *r, size_t n, uint32_t lo, uint32_t hi)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].lo <= lo && r[i].hi >= hi)
			return true;
	return false;
}

bool mf_re2_all_high(const struct mf_range *r, size_t n)
{
	return covers(r, n, 0x80, 0xd7ff) && covers(r, n, 0xe000, MF_RUNE_MAX);
}

/* Sequences of the same first bytes are gathered: "prefix[last...]". */
struct sequences {
	struct mf_re2_emitter *e;
	unsigned char prefix[2 * 3];	/* pairs of a first and a last byte */
	size_t n;		/* of prefix; 0: nothing is open */
};

static int last_byte(struct sequences *q, const unsigned char *pair, size_t n)
{
	size_t before = 2 * (n - 1);

	if (q->n != before || memcmp(q->prefix, pair, before) != 0) {
		if ((q->n && put(q->e, "]")) || put(q->e, "|"))
			return -1;
		for (size_t i = 0; i < before; i += 2) {
			bool one = pair[i] == pair[i + 1];

			if ((!one && put(q->e, "[")) || byte_range(q->e, pair[i], pair[i + 1]) || (!one && put(q->e, "]")))
				return -1;
		}
		if (put(q->e, "["))
			return -1;
		memcpy(q->prefix, pair, before);
		q->n = before;
	}
	return byte_range(q->e, pair[before], pair[before + 1]);
}

/* lo..hi have the same number of bytes. Where they differ in a byte, all that follow have to run over everything, or it is split. */
static int split(struct sequences *q, uint32_t lo, uint32_t hi)
{
	char a[4], b[4];
	unsigned char pair[8];
	size_t n = mf_rune_size(lo);

	for (size_t i = 1; i < n; i++) {
		uint32_t low = ((uint32_t)1 << 6 * i) - 1;

		if ((lo & ~low) == (hi & ~low))
			continue;
		if (lo & low)
			return split(q, lo, lo | low) || split(q, (lo | low) + 1, hi) ? -1 : 0;
		if ((hi & low) != low)
			return split(q, lo, (hi & ~low) - 1) || split(q, hi & ~low, hi) ? -1 : 0;
	}
	mf_utf8_encode(a, lo);
	mf_utf8_encode(b, hi);
	for (size_t i = 0; i < n; i++) {
		pair[2 * i] = (unsigned char)a[i];
		pair[2 * i + 1] = (unsigned char)b[i];
	}
	return last_byte(q, pair, n);
}

static int sequences(struct mf_re2_emitter *e, const struct mf_range *r, size_t n)
{
	static const struct mf_range sizes[] = { { 0x80, 0x7ff }, { 0x800, 0xd7ff }, { 0xe000, 0xffff }, { 0x10000, MF_RUNE_MAX } };
	struct sequences q = { .e = e };

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < MF_COUNT(sizes); k++) {
			uint32_t lo = r[i].lo > sizes[k].lo ? r[i].lo : sizes[k].lo;
			uint32_t hi = r[i].hi < sizes[k].hi ? r[i].hi : sizes[k].hi;

			if (lo <= hi && split(&q, lo, hi))
				return -1;
		}
	}
	return q.n ? put(e, "]") : 0;
}

/* The subroutine of one well-formed character above ASCII. */
static int any_char(struct mf_re2_emitter *e)
{
	e->uses_char = true;
	return mf_buf_printf(e->out, e->err, "(?%u)", e->groups + 1);
}

int mf_re2_emit_class(struct mf_re2_emitter *e, const struct mf_range *r, size_t n)
{
	bool low = n && r[0].lo <= 0x7f, high = n && r[n - 1].hi > 0x7f;

	if (e->ascii || !high)
		return mf_re2_emit_bytes(e, r, n, false);
	if (mf_re2_all_high(r, n)) {
		if (put(e, "(?>") || (low && mf_re2_emit_bytes(e, r, n, false)) || (low && put(e, "|")) || any_char(e))
			return -1;
		return put(e, "|[\\x80-\\xff])");
	}
	/* "(?!)" keeps the first alternative from being an empty one */
	if (put(e, "(?:") || (low ? mf_re2_emit_bytes(e, r, n, false) : put(e, "(?!)")) || sequences(e, r, n))
		return -1;
	if (mf_ranges_hold(r, n, MF_RUNE_BAD) && (put(e, "|(?!") || any_char(e) || put(e, ")[\\x80-\\xff]")))
		return -1;
	return put(e, ")");
}

int mf_re2_emit_boundary(struct mf_re2_emitter *e)
{
	if (e->ascii)
		return 0;
	e->uses_inside = true;
	return mf_buf_printf(e->out, e->err, "(?![\\x80-\\xbf](?%u))", e->groups + 2);
}

#define SECOND3 "\\xe0[\\xa0-\\xbf]|\\xed[\\x80-\\x9f]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]"
#define SECOND4 "\\xf0[\\x90-\\xbf]|\\xf4[\\x80-\\x8f]|[\\xf1-\\xf3][\\x80-\\xbf]"

/* Two groups that are only called. The first matches a well-formed character above ASCII; the second is true behind a byte 80..bf that
 * is such a character's second or later one. */
int mf_re2_emit_subroutines(struct mf_re2_emitter *e)
{
	if (!e->uses_char && !e->uses_inside)
		return 0;
	if (put(e, "(?(DEFINE)([\\xc2-\\xdf][\\x80-\\xbf]|(?:" SECOND3 ")[\\x80-\\xbf]|(?:" SECOND4 ")[\\x80-\\xbf]{2})"))
		return -1;
	return put(e, "((?<=[\\xc2-\\xdf][\\x80-\\xbf])|(?<=" SECOND3 ")[\\x80-\\xbf]|(?<=(?:" SECOND3 ")[\\x80-\\xbf])"
		   "|(?<=" SECOND4 ")[\\x80-\\xbf]{2}|(?<=(?:" SECOND4 ")[\\x80-\\xbf])[\\x80-\\xbf]|(?<=(?:" SECOND4 ")[\\x80-\\xbf]{2})))");
}
