/* SPDX-License-Identifier: Apache-2.0 */
/* Armoured private keys of every kind: who reads which, and what is no private key. */
#include "verify_priv.h"

#include <stdlib.h>

static enum mf_verdict_format judge_der(const struct mf_vin *in, const struct mf_v_armor *a, const unsigned char *raw, size_t n)
{
	struct mf_v_der_key key;

	/* traditional encryption: the DER itself is not readable */
	if (a->encrypted) {
		mf_v_note(in, "the key is encrypted");
		return n >= 32 ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
	}
	if (!mf_v_der_key(&key, raw, n))
		return MF_FORMAT_BROKEN;
	if (key.public_only)
		return mf_v_harmless(in, "a public key");
	if (key.encrypted)
		mf_v_note(in, "the key is encrypted");
	else if (key.bits)
		mf_v_note(in, "%s key of %u bits", key.kind[0] == 'R' ? "an RSA" : "a DSA", key.bits);
	else if (*key.kind)
		mf_v_note(in, "%s %s key", strchr("EX", key.kind[0]) ? "an" : "a", key.kind);
	return MF_FORMAT_VERIFIED;
}

static enum mf_verdict_format judge(const struct mf_vin *in, const struct mf_v_armor *a)
{
	size_t n = 0;
	bool nomem;
	unsigned char *raw;
	enum mf_verdict_format f = MF_FORMAT_BROKEN;

	if (!mf_v_has(a->label, "PRIVATE") && !mf_v_has(a->label, "SECRET"))
		return mf_v_harmless(in, "no private key");
	if (mf_v_armor_empty(a))
		return mf_v_harmless(in, "an empty block");
	raw = mf_v_b64_new(&n, (struct mf_str){ .p = a->b64, .n = a->n }, &nomem);
	if (nomem)
		f = MF_FORMAT_PLAUSIBLE;
	/* SSH.com's own format begins with this number; the other has been seen behind all labels */
	else if (raw && ((n > 12 && mf_v_be32(raw) == 0x3f6ff9ebU) || mf_v_openssh_key(in, raw, n)))
		f = MF_FORMAT_VERIFIED;
	else if (raw)
		f = judge_der(in, a, raw, n);
	free(raw);
	return f;
}

static bool is_public(struct mf_str label)
{
	return mf_v_has(label, "PUBLIC") || mf_v_has(label, "CERTIFICATE") || mf_v_has(label, "PARAMETERS");
}

static enum mf_verdict_format judge_block(const struct mf_vin *in, struct mf_str block)
{
	const struct mf_vin sub = { .secret = block, .match = block, .facts = in->facts };
	struct mf_v_armor a;
	enum mf_verdict_format f;
	int got;

	got = mf_v_armor_read(&a, block);
	if (got <= 0)
		return got ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	if (is_public(a.label))
		f = mf_v_harmless(in, "a public key");
	else if (mf_v_has(a.label, "OPENSSH"))
		f = mf_vc_openssh_private(&sub);
	else if (mf_v_has(a.label, "PGP"))
		f = mf_vc_pgp_private(&sub);
	else
		f = judge(in, &a);
	mf_v_armor_free(&a);
	return f;
}

enum mf_verdict_format mf_vc_pem_private(const struct mf_vin *in)
{
	return judge_block(in, mf_v_has(in->secret, "---- BEGIN ") || mf_v_has(in->secret, "-----BEGIN ") ? in->secret : in->match);
}

/* base64 of a whole PEM text, as in kubeconfig and CI variables. */
enum mf_verdict_format mf_vc_pem_base64(const struct mf_vin *in)
{
	size_t n = 0;
	bool nomem;
	unsigned char *raw = mf_v_b64_new(&n, in->secret, &nomem);
	enum mf_verdict_format f;

	if (!raw)
		return nomem ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	f = judge_block(in, (struct mf_str){ .p = (char *)raw, .n = n });
	free(raw);
	return f;
}
