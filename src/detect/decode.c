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
	char sample[SAMPLE + 3];
	size_t n = hex(sample, run, SAMPLE / 2);

	if (n >= 10 && textual(sample, n)) {
		*how = MF_ENC_HEX;
		*skip = 0;
		return true;
	}
	/* a letter of an escape or a name may stand before it, so each alignment is tried */
	for (size_t k = 0; k < 4 && run.n > k + MF_RUN_MIN - 4; k++) {
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
	if (!mf_run_decodes(run, how, &skip))
		return NULL;
	p = malloc(run.n + 4);
	if (!p) {
		*n = SIZE_MAX;
		return NULL;
	}
	*n = *how == MF_ENC_HEX ? hex(p, run, run.n) : base64(p, run, skip, run.n + 3);
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
