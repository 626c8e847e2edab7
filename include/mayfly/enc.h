/* SPDX-License-Identifier: Apache-2.0 */
/* base64, base64url (RFC 4648), hex and percent encoding (RFC 3986). Sizes are exact; nothing allocates. */
#ifndef MAYFLY_ENC_H
#define MAYFLY_ENC_H

#include <mayfly/err.h>

enum mf_b64 { MF_B64_STD, MF_B64_URL };

/* The value of one hex digit of either case (0 to 15), or -1. */
static inline int mf_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The value of one character of base64 in either alphabet (0 to 63), or -1. */
static inline int mf_b64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Bytes needed for n bytes of input, without a NUL. */
size_t mf_b64_len(size_t n, bool padded);

/* Writes mf_b64_len() characters to out (no NUL) and returns their number. */
size_t mf_b64_encode(char *out, const void *p, size_t n, enum mf_b64 alphabet, bool padded);

/* Strict decoding: canonical, padding optional but right where present, no white space, no foreign
 * characters. `out` holds at least n / 4 * 3 + 3 bytes; *out_n is set. MF-ENC-01 otherwise. */
int mf_b64_decode(void *out, size_t *out_n, const char *s, size_t n, enum mf_b64 alphabet, struct mf_err *err) MF_MUST_USE;

/* 2 * n characters, no NUL. */
void mf_hex_encode(char *out, const void *p, size_t n, bool upper);

/* Whether this is one of RFC 3986's unreserved characters: letters, digits and -._~ */
bool mf_unreserved(unsigned char c);

/* Percent-encodes all but the unreserved characters; at most 3 * n characters, no NUL; returns their number. */
size_t mf_pct_encode(char *out, const void *p, size_t n, bool upper);

/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool mf_utf8_valid(const void *p, size_t n);

/* The length (1 to 4) of the well-formed sequence that p begins with, its code point in *cp; 0 when it is ill-formed
 * or n is 0. */
size_t mf_utf8_decode(uint32_t *cp, const void *p, size_t n);

/* Writes a code point (no surrogate, at most U+10FFFF) and returns its length. */
size_t mf_utf8_encode(char out[static 4], uint32_t cp);

#endif
