/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded values: a run of base64 or hex, when a sample of it gives text, and words with escapes in them. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>

enum { SAMPLE = 24 };

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

/* Bytes that are ASCII in UTF-16LE, as what PowerShell encodes is; a mark may stand before them. */
static bool wide(const char *p, size_t n)
{
	const size_t from = n >= 2 && p[0] == '\xff' && p[1] == '\xfe' ? 2 : 0;

	for (size_t i = from; i + 2 <= n; i += 2)
		if (p[i + 1] || !textual(p + i, 1))
			return false;
	return n >= 10;
}

/* Of "c0c", "0c0", "c0c" in base64 the second four begin and end with zeros, by which nearly all else is told. */
static bool may_be_wide(struct mf_str run, size_t at)
{
	return run.n >= at + 8 && run.p[at + 4] == 'A' && run.p[at + 7] == 'A';
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
bool mf_run_decodes(struct mf_str run, unsigned *how, size_t *skip)
{
	const size_t prefix = run.n > 2 && run.p[0] == '0' && (run.p[1] | 0x20) == 'x' ? 2 : 0;
	char sample[SAMPLE + 3];
	size_t n = hex(sample, (struct mf_str){ run.p + prefix, (run.n < MF_RUN_MIN ? run.n : MF_RUN_MIN) - prefix }, SAMPLE / 2);

	if (n >= 10 && (textual(sample, n) || wide(sample, n))) {
		*how = MF_ENC_HEX | (sample[1] ? 0 : MF_ENC_UTF16);
		*skip = prefix;
		return true;
	}
	/* a letter of an escape or a name may stand before it, so each alignment is tried */
	for (size_t k = 0; k < 4 && run.n > k + MF_RUN_MIN - 4; k++) {
		const bool narrow = may_be_text(run, k);

		if (!narrow && !may_be_wide(run, k))
			continue;
		n = base64(sample, run, k, SAMPLE);
		n = n > 15 ? 15 : n;
		if (n >= 12 && (narrow ? textual(sample, n) : wide(sample, n))) {
			*how = MF_ENC_BASE64 | (narrow ? 0 : MF_ENC_UTF16);
			*skip = k;
			return true;
		}
	}
	return false;
}

/* The text that UTF-16 stands for in place of it; false without memory. */
static bool narrowed(char **p, size_t *n)
{
	char *text = malloc(*n / 2 * 3 + 4);
	const size_t len = text ? mf_wide_text(text, (struct mf_str){ *p, *n }, false) : 0;

	mf_wipe_free(*p, *n);
	*p = text;
	*n = len;
	return text != NULL;
}

/* Decodes the run: the bytes are the caller's; NULL with n == 0 when it is no encoding, NULL with n == SIZE_MAX without memory. */
static char *decode_run(struct mf_str run, unsigned *how, size_t *n)
{
	size_t skip;
	char *p;

	*n = 0;
	if (!mf_run_decodes(run, how, &skip))
		return NULL;
	p = malloc(run.n + 4);
	if (!p) {
		*n = SIZE_MAX;
		return NULL;
	}
	*n = *how & MF_ENC_HEX ? hex(p, (struct mf_str){ run.p + skip, run.n - skip }, run.n) : base64(p, run, skip, run.n + 3);
	if ((*how & MF_ENC_UTF16) && !narrowed(&p, n))
		*n = SIZE_MAX;
	return p;
}

bool mf_may_decode(struct mf_scanner *s, size_t n)
{
	if (s->depth == 0)
		return true;
	if (*s->left < n) {
		if (*s->left > 0)
			mf_undecided(s, MF_LIMITED_DECODING);
		*s->left = 0;
		return false;
	}
	*s->left -= n;
	return true;
}

int mf_run_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err)
{
	const struct mf_str run = { b.p + h->at, mf_run_end(b, h) - h->at };
	unsigned how = 0;
	size_t n;
	char *p;
	int rc;

	if (!mf_may_decode(s, run.n))
		return 0;
	p = decode_run(run, &how, &n);
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
	if (mf_run_end(b, h) - h->at >= MF_RUN_MAX)
		mf_undecided(s, MF_LIMITED_DECODING);
	if (rc == 0 && found.n) {
		h->n_raws = 1;
		rc = mf_raw_push(raws, &raw, err);
	}
	mf_cands_free(&found);
	return rc;
}

/* -- escapes ---------------------------------------------------------------------------------------------------- */

/* So many hex digits at p[at...) in *v. */
static bool hex_number(struct mf_str b, size_t at, size_t digits, unsigned *v)
{
	*v = 0;
	if (at + digits > b.n)
		return false;
	for (size_t k = at; k < at + digits; k++) {
		const int d = mf_hex_digit(b.p[k]);

		if (d < 0)
			return false;
		*v = *v << 4 | (unsigned)d;
	}
	return true;
}

/* \u{67}, with as many as six digits: its length, or 0. */
static size_t braced(struct mf_str b, unsigned *v)
{
	size_t digits = 0;

	while (digits <= 6 && 3 + digits < b.n && b.p[3 + digits] != '}')
		digits++;
	return digits && digits <= 6 && 3 + digits < b.n && hex_number(b, 3, digits, v) ? digits + 4 : 0;
}

/* The length of the escape that b begins with, a percent sign or a backslash, and its character in *v; or 0. */
static size_t escape(struct mf_str b, unsigned *v)
{
	if (b.p[0] == '%')
		return hex_number(b, 1, 2, v) ? 3 : 0;
	if (b.n < 4)
		return 0;
	if (b.p[1] == 'x')
		return hex_number(b, 2, 2, v) ? 4 : 0;
	if (b.p[1] != 'u')
		return 0;
	return b.p[2] == '{' ? braced(b, v) : hex_number(b, 2, 4, v) ? 6 : 0;
}

size_t mf_decode_escapes(char *out, struct mf_str b, unsigned *how)
{
	size_t n = 0;

	unsigned v = 0;

	*how = 0;
	for (size_t i = 0; i < b.n;) {
		const unsigned char c = (unsigned char)b.p[i];
		const size_t len = c == '%' || c == '\\' ? escape((struct mf_str){ b.p + i, b.n - i }, &v) : 0;

		if (!len || v > 0xff) {
			out[n++] = b.p[i++];
			continue;
		}
		*how |= c == '%' ? MF_ENC_PERCENT : MF_ENC_UNICODE;
		out[n++] = (char)v;
		i += len;
	}
	return n;
}

int mf_escaped_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err)
{
	const struct mf_lit_info *l = &s->d->lits[h->lit];
	const size_t lo = l->kind == MF_LIT_RULES && h->at - h->lo > l->before ? h->at - l->before : h->lo;
	const struct mf_str ctx = { b.p + lo, h->hi - lo };
	char *p;
	unsigned how;
	size_t n;
	int rc = 0;

	if (!mf_may_decode(s, ctx.n))
		return 0;
	p = malloc(ctx.n + 1);
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
