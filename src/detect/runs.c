/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of base64 or hex: found by looking at every 16th byte, decoded when a sample of them gives text. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>

enum { RUN_MIN = 24, RUN_STEP = 12, RUN_MAX = 1 << 20, LINE_MIN = 56, LINE_BREAK = 40, SAMPLE = 24 };

/* 1: base64 in either alphabet. */
static const unsigned char is_run[256] = {
	['+'] = 1, ['-'] = 1, ['/'] = 1, ['_'] = 1,
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
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
	return i < b.n && is_run[(unsigned char)b.p[i]];
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

/* The end of the run that begins at lo: lines of the same long length are one run. *seen is behind the last byte that was looked at. */
static size_t run_end(struct mf_str b, size_t lo, size_t *seen)
{
	size_t at = lo, line = 0;

	for (;;) {
		const size_t from = at;
		size_t gap;

		while (at < b.n && at - lo < RUN_MAX && is_run[(unsigned char)b.p[at]])
			at++;
		*seen = at + 1;
		if (line && at - from > line)
			return from;
		gap = at - from >= LINE_MIN && (!line || at - from == line) ? line_break(b, at) : 0;
		if (at - from >= LINE_MIN)
			*seen = at + LINE_BREAK + 4;
		if (!gap || at - lo >= RUN_MAX || !run_at(b, at + gap))
			break;
		line = at - from;
		at += gap;
	}
	while (at < b.n && b.p[at] == '=' && at - lo < RUN_MAX + 2)
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

/* Whether a run begins here: no encoded character stands before it, nor a line that it goes on from. Looks at MF_RUN_BACK bytes. */
static bool run_begins(struct mf_str b, size_t at)
{
	size_t i, n = 0;

	if (at > 0 && is_run[(unsigned char)b.p[at - 1]] && !(at > 1 && b.p[at - 1] == 'n' && b.p[at - 2] == '\\'))
		return false;
	for (i = break_before(b, at); i > 0 && n < LINE_MIN && is_run[(unsigned char)b.p[i - 1]]; i--)
		n++;
	return n < LINE_MIN;
}

static bool looks_encoded(struct mf_str run, unsigned *how, size_t *skip);

bool mf_run_at(struct mf_hit *h, struct mf_str b, size_t at)
{
	size_t n = 0, seen, skip;
	unsigned how;

	while (n < RUN_MIN && run_at(b, at + n))
		n++;
	if (n < RUN_MIN || !run_begins(b, at) || !looks_encoded((struct mf_str){ b.p + at, b.n - at < 2 * SAMPLE ? b.n - at : 2 * SAMPLE }, &how, &skip))
		return false;
	run_end(b, at, &seen);
	*h = (struct mf_hit){ .lit = MF_HIT_RUN, .at = (uint32_t)at, .lo = (uint32_t)(at > MF_RUN_BACK ? at - MF_RUN_BACK : 0),
			      .hi = (uint32_t)(seen < b.n ? seen : b.n) };
	return true;
}

int mf_runs_find(struct mf_str b, size_t from, size_t to, struct mf_hit_list *out, struct mf_err *err)
{
	/* of a run that is long enough, three bytes so far apart are looked at wherever a window begins */
	for (size_t i = from; i < to; i += RUN_STEP) {
		struct mf_hit h;
		size_t at = i, end = i;

		if (!is_run[(unsigned char)b.p[i]] || !run_at(b, i + RUN_STEP / 2) || !run_at(b, i + RUN_STEP - 1))
			continue;
		while (at > 0 && i - at < MF_RUN_BACK && is_run[(unsigned char)b.p[at - 1]])
			at--;
		/* the letter of a "\n" is none of the run */
		if (b.p[at] == 'n' && at > 0 && b.p[at - 1] == '\\')
			at++;
		while (end < b.n && end < to && is_run[(unsigned char)b.p[end]])
			end++;
		if (mf_run_at(&h, b, at) && !(out->n && out->v[out->n - 1].lit == MF_HIT_RUN && out->v[out->n - 1].at == h.at) && mf_hit_push(out, &h, err))
			return -1;
		if (end > i + RUN_STEP)
			i = end - RUN_STEP;
	}
	return 0;
}

size_t mf_run_end(struct mf_str b, const struct mf_hit *h)
{
	size_t seen;

	return run_end(b, h->at, &seen);
}

/* -- decoding --------------------------------------------------------------------------------------------------- */

static bool textual(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];

		if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
			return false;
		if (c >= 0x80)
			return false;
	}
	return n > 0;
}

/* base64 from the run's character `skip` on, line breaks and padding passed over. */
static size_t base64(char *out, struct mf_str run, size_t skip, size_t most)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = skip; i < run.n && n + 3 <= most; i++) {
		const int v = mf_b64_digit(run.p[i]);

		if (v < 0) {
			i += run.p[i] == '\\' && i + 1 < run.n;
			continue;
		}
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have & 0xff);
		}
	}
	return n;
}

static size_t hex(char *out, struct mf_str run, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < run.n && n < most; i += 2) {
		const int a = mf_hex_digit(run.p[i]), b = mf_hex_digit(run.p[i + 1]);

		if (a < 0 || b < 0)
			break;
		out[n++] = (char)(a << 4 | b);
	}
	return n;
}

/* Whether each fourth character may begin three bytes of ASCII: the first six bits of one that is printed are 8 to 31. Most words fail early. */
static bool may_be_text(struct mf_str run, size_t at)
{
	for (size_t i = at; i + 4 <= run.n && i < at + SAMPLE - 4; i += 4) {
		const int v = mf_b64_digit(run.p[i]);

		if (v < 8 || v > 31)
			return false;
	}
	return true;
}

/* What the run is, by a sample of its first bytes: *how and *skip; false when it decodes to nothing that is text. */
static bool looks_encoded(struct mf_str run, unsigned *how, size_t *skip)
{
	char sample[SAMPLE + 3];
	size_t n = hex(sample, run, SAMPLE / 2);

	if (n >= 10 && textual(sample, n)) {
		*how = MF_ENC_HEX;
		*skip = 0;
		return true;
	}
	/* a letter of an escape or a name may stand before it, so each alignment is tried */
	for (size_t k = 0; k < 4 && run.n > k + RUN_MIN - 4; k++) {
		if (!may_be_text(run, k))
			continue;
		n = base64(sample, run, k, SAMPLE);
		n = n > 15 ? 15 : n;
		if (n >= 12 && textual(sample, n)) {
			*how = MF_ENC_BASE64;
			*skip = k;
			return true;
		}
	}
	return false;
}

/* Decodes the run: the bytes are the caller's; NULL with n == 0 when it is no encoding, NULL with n == SIZE_MAX without memory. */
static char *decode_run(struct mf_str run, unsigned *how, size_t *n)
{
	size_t skip;
	char *p;

	*n = 0;
	if (!looks_encoded(run, how, &skip))
		return NULL;
	p = malloc(run.n + 4);
	if (!p) {
		*n = SIZE_MAX;
		return NULL;
	}
	*n = *how == MF_ENC_HEX ? hex(p, run, run.n) : base64(p, run, skip, run.n + 3);
	return p;
}

int mf_run_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err)
{
	unsigned how = 0;
	size_t n, seen;
	char *p = decode_run((struct mf_str){ b.p + h->at, run_end(b, h->at, &seen) - h->at }, &how, &n);
	int rc;

	if (!p)
		return n ? mf_fail_nomem(err) : 0;
	s->stats.decoded++;
	rc = mf_scan_inner(s, (struct mf_str){ p, n }, out, err);
	for (size_t i = 0; rc == 0 && i < out->n; i++)
		out->v[i].encoding |= how;
	mf_wipe_free(p, n);
	return rc;
}

int mf_match_run(struct mf_scanner *s, struct mf_str b, struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err)
{
	struct mf_cands found = { 0 };
	struct mf_raw raw = { .how = MF_ENC_BASE64 };
	int rc;

	h->n_raws = 0;
	if (s->depth >= s->d->opts.decode_depth)
		return 0;
	rc = mf_run_cands(s, b, h, &found, err);
	if (rc == 0 && found.n) {
		h->n_raws = 1;
		rc = mf_raw_push(raws, &raw, err);
	}
	mf_cands_free(&found);
	return rc;
}

/* -- escapes ---------------------------------------------------------------------------------------------------- */

size_t mf_decode_escapes(char *out, struct mf_str b, unsigned *how)
{
	size_t n = 0;

	*how = 0;
	for (size_t i = 0; i < b.n;) {
		const unsigned char c = (unsigned char)b.p[i];
		const size_t digits = c == '%' ? 2 : c == '\\' && i + 1 < b.n ? (b.p[i + 1] == 'x' ? 2 : b.p[i + 1] == 'u' ? 4 : 0) : 0, from = c == '%' ? 1 : 2;
		unsigned v = 0;
		bool ok = digits && i + from + digits <= b.n;

		for (size_t k = 0; ok && k < digits; k++) {
			const int d = mf_hex_digit(b.p[i + from + k]);

			ok = d >= 0;
			v = v << 4 | (unsigned)(d & 15);
		}
		if (!ok || v > 0xff) {
			out[n++] = b.p[i++];
			continue;
		}
		*how |= c == '%' ? MF_ENC_PERCENT : MF_ENC_UNICODE;
		out[n++] = (char)v;
		i += from + digits;
	}
	return n;
}

int mf_escaped_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err)
{
	const struct mf_str ctx = { b.p + h->lo, h->hi - h->lo };
	char *p = malloc(ctx.n + 1);
	unsigned how;
	size_t n;
	int rc = 0;

	if (!p)
		return mf_fail_nomem(err);
	n = mf_decode_escapes(p, ctx, &how);
	if (how)
		rc = mf_scan_inner(s, (struct mf_str){ p, n }, out, err);
	for (size_t i = 0; rc == 0 && i < out->n; i++)
		out->v[i].encoding |= how;
	mf_wipe_free(p, n);
	return rc;
}
