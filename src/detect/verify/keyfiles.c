/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in files without armour: PuTTY's, minisign's and signify's, WireGuard's. */
#include "verify_priv.h"

/* -- PuTTY ------------------------------------------------------------------------------------------ */

static struct mf_str value_of(struct mf_str text, const char *name)
{
	size_t at = mf_v_find(text, name), n = 0;
	struct mf_str rest;

	if (at == SIZE_MAX)
		return (struct mf_str){ 0 };
	rest = mf_v_from(text, at + strlen(name));
	while (n < rest.n && rest.p[n] != '\n' && rest.p[n] != '\r' && rest.p[n] != '\\')
		n++;
	return mf_trim(mf_v_head(rest, n));
}

/* Version 2 has a MAC of SHA-1's length, version 3 of SHA-256's. */
enum mf_verdict_format mf_vc_putty_ppk(const struct mf_vin *in)
{
	struct mf_str text = mf_str_begins(in->secret, "PuTTY-User-Key-File-") ? in->secret : in->match, encryption, mac;
	int64_t lines;

	encryption = value_of(text, "Encryption:");
	mac = value_of(text, "Private-MAC:");
	if (encryption.n == 0 || !mf_v_number(&lines, value_of(text, "Private-Lines:")) || lines < 1 || lines > 200)
		return MF_FORMAT_BROKEN;
	mf_v_note(in, mf_str_is(encryption, "none") ? "the key is not encrypted" : "the key is encrypted");
	if (mac.n == 0)		/* the match ended before it */
		return MF_FORMAT_PLAUSIBLE;
	return mf_v_all(mac, mf_hex_digit) && (mac.n == 40 || mac.n == 64) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* -- minisign and signify --------------------------------------------------------------------------- */

/* "Ed", "Sc" (scrypt) or two zeros (not encrypted), "B2", salt, limits, 104 bytes: 158 in all. signify: "Ed", "BK", rounds, salt, sum, id, key: 104. */
enum mf_verdict_format mf_vc_minisign(const struct mf_vin *in)
{
	unsigned char raw[160];
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, in->secret) || n < 8 || memcmp(raw, "Ed", 2) != 0)
		return MF_FORMAT_BROKEN;
	if (n == 158 && memcmp(raw + 4, "B2", 2) == 0) {
		mf_v_note(in, memcmp(raw + 2, "Sc", 2) == 0 ? "the key is encrypted" : "the key is not encrypted");
		return MF_FORMAT_VERIFIED;
	}
	if (n == 104 && memcmp(raw + 2, "BK", 2) == 0) {
		mf_v_note(in, mf_v_be32(raw + 4) ? "the key is encrypted" : "the key is not encrypted");
		return MF_FORMAT_VERIFIED;
	}
	return n == 42 ? mf_v_harmless(in, "a public key") : MF_FORMAT_BROKEN;
}

/* -- WireGuard -------------------------------------------------------------------------------------- */

/* 32 bytes; `wg genkey` clears and sets the bits that Curve25519 ignores, which one random key in 32 has by chance. */
enum mf_verdict_format mf_vc_wireguard(const struct mf_vin *in)
{
	unsigned char raw[33];
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, in->secret) || n != 32 || !mf_v_b64_canonical(in->secret))
		return MF_FORMAT_BROKEN;
	return (raw[0] & 7) == 0 && (raw[31] & 0xc0) == 0x40 ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
}
