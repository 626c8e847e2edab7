/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are stored as base64 or hex, turned into the bytes they stand for; and bytes that are to be such a text. */
#include "fetch_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

static int decode_hex(char *out, size_t *out_n, const char *s, size_t n)
{
	if (n % 2)
		return -1;
	for (size_t i = 0; i < n; i += 2) {
		int hi = mf_hex_digit(s[i]), lo = mf_hex_digit(s[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i / 2] = (char)(hi * 16 + lo);
	}
	*out_n = n / 2;
	return 0;
}

static int decode_base64(char *out, size_t *out_n, char *s, size_t n)
{
	struct mf_err ignored = { 0 };

	for (size_t i = 0; i < n; i++)
		s[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	return mf_b64_decode(out, out_n, s, n, MF_B64_STD, &ignored);
}

static int encode(struct mf_secret **value, bool hex, struct mf_err *err)
{
	const struct mf_str s = mf_secret_reveal(*value);
	const size_t n = hex ? 2 * s.n : mf_b64_len(s.n, true);
	char *out = mf_calloc(n + 1, 1);
	struct mf_secret *encoded;

	if (!out)
		return mf_fail_nomem(err);
	if (hex)
		mf_hex_encode(out, s.p, s.n, false);
	else
		mf_b64_encode(out, s.p, s.n, MF_B64_STD, true);
	encoded = mf_secret_new(out, n);
	mf_wipe_free(out, n + 1);
	if (!encoded)
		return mf_fail_nomem(err);
	mf_secret_free(*value);
	*value = encoded;
	return 0;
}

int mf_fetch_decode(struct mf_secret **value, const struct mf_want *want, const char *name, struct mf_err *err)
{
	struct mf_str s = mf_secret_reveal(*value);
	struct mf_secret *decoded = NULL;
	char *text, *out;
	size_t n = 0, out_n = 0;
	int rc = -1;

	if (want->decode == MF_DECODE_NONE)
		return 0;
	if (want->decode == MF_ENCODE_BASE64 || want->decode == MF_ENCODE_HEX)
		return encode(value, want->decode == MF_ENCODE_HEX, err);
	text = mf_calloc(s.n + 1, 1);
	out = mf_calloc(s.n + 4, 1);
	if (text && out) {
		for (size_t i = 0; i < s.n; i++)
			if (!mf_blank(s.p[i]))
				text[n++] = s.p[i];
		rc = want->decode == MF_DECODE_HEX ? decode_hex(out, &out_n, text, n) : decode_base64(out, &out_n, text, n);
		if (rc) {
			mf_fail(err, MF_E_FETCH_DECODE, "the value of '%s' is not %s", name, want->decode == MF_DECODE_HEX ? "hex" : "base64");
			mf_err_sent(err, "%zu characters, asked for by %s", s.n, want->origin);
		} else if (!(decoded = mf_secret_new(out, out_n))) {
			rc = mf_fail_nomem(err);
		}
		mf_wipe(text, s.n);
		mf_wipe(out, s.n + 4);
	} else {
		mf_fail_nomem(err);
	}
	free(text);
	free(out);
	if (rc)
		return -1;
	mf_secret_free(*value);
	*value = decoded;
	return 0;
}
