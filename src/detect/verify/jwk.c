/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Keys (RFC 7517): only one that holds its private part is a secret. */
#include "verify_priv.h"

/* Public parts of the examples in RFC 7515, 7517, 7520 and 8037. */
static bool in_an_rfc(struct mf_str part)
{
	static const char *const begins[] = { "MKBCTNIc", "f83OJ3D2", "0vx7agoe", "ofgWCuLj", "11qYAYKx", "AyM1SysP", "n4EPtAOC", "AHKZLLOs", "GawgguFy",
		"hJtXIZ2u" };

	for (size_t i = 0; i < MF_COUNT(begins); i++)
		if (mf_str_begins(part, begins[i]))
			return true;
	return false;
}

static struct mf_str private_part(const struct mf_json *doc, const struct mf_jnode *key, struct mf_str kty)
{
	return mf_v_member(doc, key, mf_str_is(kty, "oct") ? "k" : "d");
}

static enum mf_verdict_format judge(const struct mf_vin *in, const struct mf_json *doc, const struct mf_jnode *key)
{
	struct mf_str kty = mf_v_member(doc, key, "kty"), kid = mf_v_member(doc, key, "kid"), secret = private_part(doc, key, kty);

	if (kty.n == 0)
		return MF_FORMAT_BROKEN;
	if (secret.n == 0)
		return mf_v_harmless(in, "a public key");
	if (in_an_rfc(mf_v_member(doc, key, "n")) || in_an_rfc(mf_v_member(doc, key, "x")) || in_an_rfc(secret))
		return mf_v_harmless(in, "an example key of an RFC");
	if (kid.n)
		mf_v_account(in, "key %.*s", MF_V_ARG(kid));
	mf_v_note(in, "%s %.*s key", mf_str_is(kty, "EC") ? "an" : "a", MF_V_ARG(kty));
	return mf_v_all(secret, mf_b64_digit) && secret.n >= 8 ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* The first private key of a set, or its only public one. */
enum mf_verdict_format mf_vc_jwk(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_str text = mf_str_begins(in->secret, "{") ? in->secret : in->match;
	enum mf_v_json got = mf_v_json_in(&doc, text);
	const struct mf_jnode *keys;

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	keys = mf_json_get_z(mf_json_root(doc), "keys");
	if (!keys || mf_json_type(keys) != MF_J_ARRAY)
		return judge(in, doc, mf_json_root(doc));
	for (const struct mf_jnode *k = mf_json_first(keys); k; k = mf_json_next(k))
		if (private_part(doc, k, mf_v_member(doc, k, "kty")).n)
			return judge(in, doc, k);
	return mf_v_harmless(in, "public keys");
}
