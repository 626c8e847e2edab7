/* SPDX-License-Identifier: Apache-2.0 */
/* Views, digits and radices. */
#include "verify_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

const char mf_v_base62[63] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

size_t mf_v_find(struct mf_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; n && i + n <= s.n; i++)
		if (s.p[i] == what[0] && memcmp(s.p + i, what, n) == 0)
			return i;
	return SIZE_MAX;
}

bool mf_v_has(struct mf_str s, const char *what)
{
	return mf_v_find(s, what) != SIZE_MAX;
}

struct mf_str mf_v_split(struct mf_str s, char c, struct mf_str *rest)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != c)
		i++;
	*rest = mf_v_from(s, i + (i < s.n));
	return mf_v_head(s, i);
}

int mf_v_b62(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
}

int mf_v_b32(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool mf_v_all(struct mf_str s, int (*digit)(char))
{
	for (size_t i = 0; i < s.n; i++)
		if (digit(s.p[i]) < 0)
			return false;
	return s.n > 0;
}

bool mf_v_digits(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

bool mf_v_number(int64_t *out, struct mf_str s)
{
	int64_t v = 0;

	if (s.n > 18 || !mf_v_digits(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	*out = v;
	return true;
}

bool mf_v_hex32(uint32_t *out, struct mf_str s)
{
	uint32_t v = 0;

	if (s.n != 8 || !mf_v_all(s, mf_hex_digit))
		return false;
	for (size_t i = 0; i < 8; i++)
		v = v << 4 | (uint32_t)mf_hex_digit(s.p[i]);
	*out = v;
	return true;
}

void mf_v_in_base(char *out, size_t n, uint32_t v, const char *alphabet, unsigned base)
{
	while (n--) {
		out[n] = alphabet[v % base];
		v /= base;
	}
}

uint32_t mf_v_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t mf_v_le32(const unsigned char *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Digits of `bits` bits each, packed from the top; bits that fill no byte are dropped. */
static bool unpack(unsigned char *out, size_t cap, size_t *n, struct mf_str s, int (*digit)(char), unsigned bits)
{
	uint32_t have = 0;
	unsigned held = 0;

	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int v = digit(s.p[i]);

		if (v < 0)
			return false;
		have = have << bits | (uint32_t)v;
		held += bits;
		if (held < 8)
			continue;
		held -= 8;
		if (*n == cap)
			return false;
		out[(*n)++] = (unsigned char)(have >> held);
		have &= (1u << held) - 1;
	}
	return true;
}

static struct mf_str no_padding(struct mf_str s)
{
	for (int i = 0; i < 2 && s.n && s.p[s.n - 1] == '='; i++)
		s.n--;
	return s;
}

bool mf_v_b64(unsigned char *out, size_t cap, size_t *n, struct mf_str s)
{
	s = no_padding(s);
	return s.n % 4 != 1 && unpack(out, cap, n, s, mf_b64_digit, 6);
}

bool mf_v_b64_canonical(struct mf_str s)
{
	s = no_padding(s);
	if (s.n % 4 == 0)
		return true;
	return s.n % 4 != 1 && (mf_b64_digit(s.p[s.n - 1]) & (s.n % 4 == 2 ? 15 : 3)) == 0;
}

unsigned char *mf_v_b64_new(size_t *n, struct mf_str s, bool *nomem)
{
	unsigned char *out;

	*nomem = false;
	if (s.n == 0 || s.n > MF_V_MAX)
		return NULL;
	out = mf_calloc(s.n / 4 * 3 + 3, 1);
	if (!out)
		*nomem = true;
	else if (mf_v_b64(out, s.n / 4 * 3 + 3, n, s))
		return out;
	free(out);
	return NULL;
}

bool mf_v_b32_decode(unsigned char *out, size_t cap, size_t *n, struct mf_str s)
{
	return unpack(out, cap, n, s, mf_v_b32, 5);
}

static int b58(char c)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool mf_v_b58_decode(unsigned char *out, size_t cap, size_t *n, struct mf_str s)
{
	unsigned char big[96] = { 0 };	/* 128 characters of 5.86 bits */
	size_t zeros = 0, top = 0;

	if (s.n == 0 || s.n > 128)
		return false;
	while (zeros < s.n && s.p[zeros] == '1')
		zeros++;
	for (size_t i = zeros; i < s.n; i++) {
		int carry = b58(s.p[i]);

		if (carry < 0)
			return false;
		for (size_t k = 0; k < sizeof(big); k++) {
			carry += 58 * big[sizeof(big) - 1 - k];
			big[sizeof(big) - 1 - k] = (unsigned char)carry;
			carry >>= 8;
		}
	}
	while (top < sizeof(big) && big[top] == 0)
		top++;
	*n = zeros + sizeof(big) - top;
	if (*n > cap)
		return false;
	memset(out, 0, zeros);
	memcpy(out + zeros, big + top, sizeof(big) - top);
	return true;
}
