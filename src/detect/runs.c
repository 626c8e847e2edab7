/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of base64 or hex, and escapes: where a value may be encoded. */
#include "scanner.h"

#include <mayfly/alloc.h>
#include "bytes.h"

enum { LINE_MIN = 56, LINE_BREAK = 40 };

enum { RUN = 1, BREAK = 2 };

/* RUN: base64 in either alphabet; mf_encoded_bits() says the same of many. BREAK: what may stand between its lines. */
static const unsigned char class[256] = {
	['+'] = RUN, ['-'] = RUN, ['/'] = RUN, ['_'] = RUN,
	['0' ... '9'] = RUN, ['A' ... 'Z'] = RUN, ['a' ... 'm'] = RUN, ['n'] = RUN | BREAK, ['o' ... 'q'] = RUN, ['r'] = RUN | BREAK, ['s' ... 'z'] = RUN,
	['\r'] = BREAK, ['\n'] = BREAK, [' '] = BREAK, ['\t'] = BREAK, ['\\'] = BREAK,
};

int mf_hit_push(struct mf_hit_list *l, const struct mf_hit *h, struct mf_err *err)
{
	if (mf_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err))
		return -1;
	l->v[l->n++] = *h;
	return 0;
}

static bool run_at(struct mf_str b, size_t i)
{
	return i < b.n && class[(unsigned char)b.p[i]] & RUN;
}

/* A line's end within encoded text: a real one with what indents the next line, or "\n" as JSON has it. */
static size_t line_break(struct mf_str b, size_t at)
{
	size_t i = at;

	if (i + 1 < b.n && b.p[i] == '\\' && b.p[i + 1] == 'n')
		return 2;
	if (i + 3 < b.n && memcmp(b.p + i, "\\r\\n", 4) == 0)
		return 4;
	if (i < b.n && b.p[i] == '\r')
		i++;
	if (i >= b.n || b.p[i] != '\n')
		return 0;
	for (i++; i < b.n && i - at < LINE_BREAK && (b.p[i] == ' ' || b.p[i] == '\t'); i++)
		;
	return i - at;
}

/* Whether a line of so many characters goes on to a next one, after one of `before` (0: it is the first): all have one length, but for the first, which
 * a name may stand before, and the last. */
static bool line_goes_on(size_t n, size_t before, size_t lines)
{
	return n >= LINE_MIN && (lines == 0 || n == before || (lines == 1 && n > before));
}

/* The end of the run that begins at lo: lines of the same long length are one run. *seen is behind the last byte that was looked at. */
static size_t run_end(struct mf_str b, size_t lo, size_t *seen)
{
	size_t at = lo, line = 0;

	for (size_t lines = 0;; lines++) {
		const size_t from = at;
		size_t gap;

		while (at < b.n && at - lo < MF_RUN_MAX && class[(unsigned char)b.p[at]] & RUN)
			at++;
		*seen = at + 1;
		if (lines > 1 && at - from > line)
			return from;
		gap = line_goes_on(at - from, line, lines) ? line_break(b, at) : 0;
		if (at - from >= LINE_MIN)
			*seen = at + LINE_BREAK + 4;
		if (!gap || at - lo >= MF_RUN_MAX || !run_at(b, at + gap))
			break;
		line = at - from;
		at += gap;
	}
	while (at < b.n && b.p[at] == '=' && at - lo < MF_RUN_MAX + 2)
		at++;
	*seen = *seen > at + 1 ? *seen : at + 1;
	return at;
}

/* Over the break before a line, or 0. */
static size_t break_before(struct mf_str b, size_t lo)
{
	size_t i = lo;

	while (i > 0 && lo - i < LINE_BREAK && (b.p[i - 1] == ' ' || b.p[i - 1] == '\t'))
		i--;
	if (i > 0 && b.p[i - 1] == '\n')
		return i > 1 && b.p[i - 2] == '\r' ? i - 2 : i - 1;
	return i == lo && i > 2 && b.p[i - 1] == 'n' && b.p[i - 2] == '\\' ? i - 2 : 0;
}

/* The letter of a "\n" is part of no run. */
static bool letter_of_newline(struct mf_str b, size_t at)
{
	return b.p[at] == 'n' && at > 0 && b.p[at - 1] == '\\';
}

/* Whether a run begins here: no encoded character stands before it, nor a line that it goes on from. Looks at MF_RUN_BACK bytes. */
static bool run_begins(struct mf_str b, size_t at)
{
	size_t i, n = 0;

	if (letter_of_newline(b, at) || (at > 0 && (class[(unsigned char)b.p[at - 1]] & RUN) && !letter_of_newline(b, at - 1)))
		return false;
	for (i = break_before(b, at); i > 0 && n < LINE_MIN && (class[(unsigned char)b.p[i - 1]] & RUN); i--)
		n++;
	return n < LINE_MIN;
}

bool mf_run_at(struct mf_hit *h, struct mf_str b, size_t at)
{
	size_t n = 0, seen, skip;
	unsigned how;

	while (n < MF_RUN_MIN && run_at(b, at + n))
		n++;
	if (n < MF_RUN_MIN || !mf_run_decodes((struct mf_str){ b.p + at, n }, &how, &skip) || !run_begins(b, at))
		return false;
	run_end(b, at, &seen);
	*h = (struct mf_hit){ .lit = MF_HIT_RUN, .at = (uint32_t)at, .lo = (uint32_t)(at > MF_RUN_BACK ? at - MF_RUN_BACK : 0),
			      .hi = (uint32_t)(seen < b.n ? seen : b.n) };
	return true;
}

/* Of the 64 bytes there, zeros behind the end, those that a test is true of. */
static inline uint64_t mask_at(struct mf_str b, size_t at, uint64_t (*test)(const char *p))
{
	char last[64] = { 0 };

	if (at < b.n && b.n - at >= sizeof(last))
		return test(b.p + at);
	if (at < b.n)
		memcpy(last, b.p + at, b.n - at);
	return test(last);
}

/* Where MF_RUN_MIN of the bits that follow are set, in both words; right for the first word. */
static uint64_t long_runs(uint64_t now, uint64_t next)
{
	static const unsigned steps[] = { 1, 2, 4, 8, 8 };

	_Static_assert(MF_RUN_MIN == 1 + 1 + 2 + 4 + 8 + 8, "the steps add up to a run");
	for (size_t i = 0; i < MF_COUNT(steps) && now; i++) {
		now &= now >> steps[i] | next << (64 - steps[i]);
		next &= next >> steps[i];
	}
	return now;
}

bool mf_letter_escape(struct mf_str b, size_t at)
{
	const char high = at + 2 < b.n ? b.p[at + 1] : 0, low = high ? b.p[at + 2] | 0x20 : 0;

	/* the joints of tokens */
	if ((high == '5' && low == 'f') || (high == '2' && low == 'd'))
		return true;
	if (high < '4' || high > '7' || !((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f')))
		return false;
	return high == '4' || high == '6' ? low != '0' : low <= '9' || low == 'a';
}

/* The literal of an escape for something that needs none, or MF_HIT_RUN: "%41" to "%7a" for a letter, "\x4" to "\x7", "\u00", "\u{0", "\u{4" to "\u{7". */
static uint16_t escape_at(const struct mf_detector *d, struct mf_str b, size_t at)
{
	const struct mf_str next = { b.p + at + 1, b.n - at - 1 };

	if (b.p[at] == '%')
		return mf_letter_escape(b, at) ? d->lit_percent : MF_HIT_RUN;
	if (next.n >= 2 && (next.p[0] | 0x20) == 'x' && next.p[1] >= '4' && next.p[1] <= '7')
		return d->lit_x;
	if (next.n < 3 || (next.p[0] | 0x20) != 'u')
		return MF_HIT_RUN;
	if (next.p[1] == '{')
		return next.p[2] == '0' || (next.p[2] >= '4' && next.p[2] <= '7') ? d->lit_u : MF_HIT_RUN;
	return next.p[1] == '0' && next.p[2] == '0' ? d->lit_u : MF_HIT_RUN;
}

/* One bit of a mask after the other; the lowest is taken away. */
static size_t next_bit(uint64_t *mask)
{
	const size_t i = (size_t)__builtin_ctzll(*mask);

	*mask &= *mask - 1;
	return i;
}

static int runs_of(struct mf_str b, size_t at, size_t to, uint64_t starts, struct mf_hit_list *out, struct mf_err *err)
{
	while (starts) {
		size_t i = at + next_bit(&starts);
		struct mf_hit h;

		i += letter_of_newline(b, i);
		if (i < to && mf_run_at(&h, b, i) && mf_hit_push(out, &h, err))
			return -1;
	}
	return 0;
}

static int escapes_of(const struct mf_detector *d, struct mf_str b, size_t at, size_t to, uint64_t marks, struct mf_hit_list *out, struct mf_err *err)
{
	while (marks) {
		const size_t i = at + next_bit(&marks);
		const struct mf_hit h = { .at = (uint32_t)i, .lit = escape_at(d, b, i) };

		if (h.lit != MF_HIT_RUN && to - i >= d->lits[h.lit].len && mf_hit_push(out, &h, err))
			return -1;
	}
	return 0;
}

int mf_encoded_find(const struct mf_detector *d, struct mf_str b, size_t from, size_t to, struct mf_hit_list *out, struct mf_err *err)
{
	uint64_t now = mask_at(b, from, mf_encoded_bits), before = from > 0 && run_at(b, from - 1) && !letter_of_newline(b, from - 1);

	for (size_t at = from; at < to; at += 64) {
		const uint64_t within = to - at >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (to - at)) - 1;
		const uint64_t next = to - at > 64 || now >> 63 ? mask_at(b, at + 64, mf_encoded_bits) : 0;
		const uint64_t starts = now & ~(now << 1 | before) & within;

		if ((starts && runs_of(b, at, to, starts & long_runs(now, next), out, err)) ||
		    escapes_of(d, b, at, to, mask_at(b, at, mf_escape_bits) & within, out, err))
			return -1;
		before = now >> 63;
		now = next;
	}
	return 0;
}

void mf_encoded_reach(struct mf_str b, size_t *lo, size_t *hi)
{
	size_t from = *lo, to = *hi;

	while (from > 0 && *lo - from < MF_RUN_MIN && run_at(b, from - 1))
		from--;
	while (to - *hi < MF_RUN_BACK && run_at(b, to))
		to++;
	/* the change is within a line, and where it ends the next one begins; or it is what stands between them */
	if (to < b.n && (to == *hi || b.p[to] == '\n' || b.p[to] == '\r' || b.p[to] == '\\'))
		while (to - *hi < MF_RUN_BACK && to < b.n && class[(unsigned char)b.p[to]] & BREAK)
			to++;
	*lo = from;
	*hi = to < b.n ? to + 1 : to;
}

size_t mf_run_end(struct mf_str b, const struct mf_hit *h)
{
	size_t seen;

	return run_end(b, h->at, &seen);
}

