/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds in base32 with a CRC-16 (XMODEM) in their last two bytes, the lower first: NATS and Stellar. */
#include "verify_priv.h"

static unsigned crc16(const unsigned char *p, size_t n)
{
	unsigned crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned)p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
	}
	return crc;
}

static bool sealed(unsigned char raw[static 40], size_t *n, struct mf_str s, size_t want)
{
	return mf_v_b32_decode(raw, 40, n, s) && *n == want && crc16(raw, want - 2) == (unsigned)(raw[want - 2] | raw[want - 1] << 8);
}

/* Two prefix bytes hold S and the kind's letter, five bits each; 32 bytes of seed. */
enum mf_verdict_format mf_vc_nats_nkey(const struct mf_vin *in)
{
	static const struct { char letter; const char *what; } kinds[] = {
		{ 'O', "an operator's seed: it signs accounts" }, { 'A', "an account's seed: it signs users" }, { 'U', "a user's seed" },
		{ 'N', "a server's seed" }, { 'C', "a cluster's seed" }, { 'X', "a curve seed: it opens what is encrypted to it" },
	};
	unsigned char raw[40];
	size_t n;

	if (in->secret.n != 58 || in->secret.p[0] != 'S' || !sealed(raw, &n, in->secret, 36))
		return MF_FORMAT_BROKEN;
	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (in->secret.p[1] == kinds[i].letter)
			mf_v_note(in, "%s", kinds[i].what);
	return MF_FORMAT_VERIFIED;
}

enum mf_verdict_format mf_vc_stellar(const struct mf_vin *in)
{
	unsigned char raw[40];
	size_t n;

	return in->secret.n == 56 && in->secret.p[0] == 'S' && sealed(raw, &n, in->secret, 35) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}
