/* SPDX-License-Identifier: Apache-2.0 */
/* base64 (RFC 4648), hex, percent encoding (RFC 3986) and UTF-8 (RFC 3629). */
#include <mayfly/enc.h>

static const char alphabets[2][65] = {
	[MF_B64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	[MF_B64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t mf_b64_len(size_t n, bool padded)
{
	size_t rest = n % 3;

	return n / 3 * 4 + (rest == 0 ? 0 : padded ? 4 : rest + 1);
}

size_t mf_b64_encode(char *out, const void *p, size_t n, enum mf_b64 alphabet, bool padded)
{
	const char *abc = alphabets[alphabet];
	const unsigned char *in = p;
	char *o = out;

	for (; n >= 3; n -= 3, in += 3) {
		*o++ = abc[in[0] >> 2];
		*o++ = abc[(in[0] & 3) << 4 | in[1] >> 4];
		*o++ = abc[(in[1] & 15) << 2 | in[2] >> 6];
		*o++ = abc[in[2] & 63];
	}
	if (n) {
		*o++ = abc[in[0] >> 2];
		*o++ = abc[(in[0] & 3) << 4 | (n == 2 ? in[1] >> 4 : 0)];
		if (n == 2)
			*o++ = abc[(in[1] & 15) << 2];
		for (; padded && (o - out) % 4; )
			*o++ = '=';
	}
	return (size_t)(o - out);
}

static int sextet(char c, enum mf_b64 alphabet)
{
	const bool other = alphabet == MF_B64_STD ? c == '-' || c == '_' : c == '+' || c == '/';

	return other ? -1 : mf_b64_digit(c);
}

static int bad_b64(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_ENC_INVALID, "text is not valid base64");
	mf_err_why(err, "%s", why);
	return -1;
}

int mf_b64_decode(void *out, size_t *out_n, const char *s, size_t n, enum mf_b64 alphabet, struct mf_err *err)
{
	unsigned char *o = out;
	uint32_t acc = 0;
	size_t i, pad = 0;

	if (n % 4 == 0)
		while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
			pad++;
	n -= pad;
	if (n % 4 == 1)
		return bad_b64(err, "its length is impossible");
	/* Looked at as a whole before anything is written: on failure the output stays untouched. */
	for (i = 0; i < n; i++)
		if (sextet(s[i], alphabet) < 0)
			return bad_b64(err, "a character is outside the alphabet");
	if ((n % 4 == 2 && (sextet(s[n - 1], alphabet) & 15)) ||
	    (n % 4 == 3 && (sextet(s[n - 1], alphabet) & 3)))
		return bad_b64(err, "bits are left over at its end");
	for (i = 0; i < n; i++) {
		acc = acc << 6 | (uint32_t)sextet(s[i], alphabet);
		if (i % 4 != 0)
			*o++ = (unsigned char)(acc >> (6 - 2 * (i % 4)));
	}
	*out_n = (size_t)(o - (unsigned char *)out);
	return 0;
}

void mf_hex_encode(char *out, const void *p, size_t n, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const unsigned char *in = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
}

bool mf_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

size_t mf_pct_encode(char *out, const void *p, size_t n, bool upper)
{
	const unsigned char *in = p;
	char *o = out;

	for (size_t i = 0; i < n; i++) {
		if (mf_unreserved(in[i])) {
			*o++ = (char)in[i];
		} else {
			*o++ = '%';
			mf_hex_encode(o, in + i, 1, upper);
			o += 2;
		}
	}
	return (size_t)(o - out);
}

size_t mf_utf8_decode(uint32_t *cp, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t c, least;
	size_t len;

	if (n == 0)
		return 0;
	c = s[0];
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n < len)
		return 0;
	least = len == 4 ? 0x10000 : len == 3 ? 0x800 : 0x80;
	c &= 0xffu >> (len + 1);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return len;
}

size_t mf_utf8_encode(char out[static 4], uint32_t cp)
{
	size_t len = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (len == 1) {
		out[0] = (char)cp;
		return 1;
	}
	for (size_t i = len; i-- > 1; cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)((0xf00u >> len & 0xffu) | cp);
	return len;
}

bool mf_utf8_valid(const void *p, size_t n)
{
	const char *s = p;
	uint32_t cp;

	for (size_t i = 0, step; i < n; i += step) {
		step = mf_utf8_decode(&cp, s + i, n - i);
		if (step == 0)
			return false;
	}
	return true;
}
