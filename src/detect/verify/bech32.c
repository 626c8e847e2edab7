/* SPDX-License-Identifier: Apache-2.0 */
/* Bech32 and bech32m (BIP 173, BIP 350), without their limit of 90 characters: age's keys, Nostr's, and all others. */
#include "verify_priv.h"

#define LIMIT 1024

static int digit(char c)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static uint32_t step(uint32_t sum, unsigned v)
{
	static const uint32_t mask[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ v;
	for (int i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= mask[i];
	return sum;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool one_case(struct mf_str s)
{
	bool up = false, low = false;

	for (size_t i = 0; i < s.n; i++) {
		up |= s.p[i] >= 'A' && s.p[i] <= 'Z';
		low |= s.p[i] >= 'a' && s.p[i] <= 'z';
	}
	return !(up && low);
}

/* The checksum of the whole text is 1, or bech32m's constant. */
static bool sealed(struct mf_str s)
{
	size_t sep = s.n;
	uint32_t sum = 1;

	while (sep && s.p[sep - 1] != '1')
		sep--;
	if (s.n > LIMIT || sep < 2 || s.n - sep < 6 || !one_case(s))
		return false;
	for (size_t i = 0; i + 1 < sep; i++)
		sum = step(sum, (unsigned char)lower(s.p[i]) >> 5);
	sum = step(sum, 0);
	for (size_t i = 0; i + 1 < sep; i++)
		sum = step(sum, lower(s.p[i]) & 31);
	for (size_t i = sep; i < s.n; i++) {
		int v = digit(lower(s.p[i]));

		if (v < 0)
			return false;
		sum = step(sum, (unsigned)v);
	}
	return sum == 1 || sum == 0x2bc830a3;
}

enum mf_verdict_format mf_vc_bech32(const struct mf_vin *in)
{
	return sealed(in->secret) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* AGE-SECRET-KEY-1 and 32 bytes; the post-quantum form has another prefix and length. */
enum mf_verdict_format mf_vc_age_secret(const struct mf_vin *in)
{
	return mf_str_begins(in->secret, "AGE-SECRET-KEY-") && sealed(in->secret) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

enum mf_verdict_format mf_vc_nostr(const struct mf_vin *in)
{
	return in->secret.n == 63 && mf_str_begins(in->secret, "nsec1") && sealed(in->secret) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}
