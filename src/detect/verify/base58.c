/* SPDX-License-Identifier: Apache-2.0 */
/* Base58Check: the last four bytes are the first four of SHA-256 of SHA-256 of the rest. Bitcoin's WIF and BIP 32 keys, Tezos' and many more. */
#include "verify_priv.h"

#include <mayfly/hash.h>

static bool decode(unsigned char raw[static 96], size_t *n, struct mf_str s)
{
	unsigned char once[32], twice[32];

	if (!mf_v_b58_decode(raw, 96, n, s) || *n < 8)
		return false;
	mf_sha256(once, raw, *n - 4);
	mf_sha256(twice, once, sizeof(once));
	return memcmp(twice, raw + *n - 4, 4) == 0;
}

enum mf_verdict_format mf_vc_base58check(const struct mf_vin *in)
{
	unsigned char raw[96];
	size_t n;

	return decode(raw, &n, in->secret) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* A version byte (128 mainnet, 239 testnet), 32 bytes, and 1 when the public key is compressed. */
enum mf_verdict_format mf_vc_wif(const struct mf_vin *in)
{
	unsigned char raw[96];
	size_t n;

	if (!decode(raw, &n, in->secret) || !(n == 37 || (n == 38 && raw[33] == 1)) || (raw[0] != 128 && raw[0] != 239))
		return MF_FORMAT_BROKEN;
	if (raw[0] == 239)
		mf_v_note(in, "a key of the test network");
	return MF_FORMAT_VERIFIED;
}

/* Version (4), depth, parent (4), index (4), chain code (32), then 0 and the private key; a public key begins with 2 or 3. */
enum mf_verdict_format mf_vc_xprv(const struct mf_vin *in)
{
	unsigned char raw[96];
	size_t n;

	if (!decode(raw, &n, in->secret) || n != 82)
		return MF_FORMAT_BROKEN;
	if (raw[45] == 2 || raw[45] == 3)
		return mf_v_harmless(in, "an extended public key");
	return raw[45] == 0 ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* Artifactory's old API keys: 54 bytes in base58. How they are checked is not published. */
enum mf_verdict_format mf_vc_artifactory_key(const struct mf_vin *in)
{
	unsigned char raw[96];
	size_t n;

	return mf_v_b58_decode(raw, sizeof(raw), &n, in->secret) && n == 54 ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
}
