/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Web Services. */
#include "verify_priv.h"

/* Behind the four letters, base32 of (among others) the account's number, from the second bit on. Keys of the first years (AKIAI, AKIAJ) hold none. */
enum mf_verdict_format mf_vc_aws_key_id(const struct mf_vin *in)
{
	struct mf_str body = mf_v_from(in->secret, 4);
	unsigned char raw[10];
	size_t n;
	uint64_t account = 0;

	if (mf_v_has(in->secret, "EXAMPLE") || mf_v_has(in->secret, "XXXXX"))
		return mf_v_harmless(in, "an example of the documentation");
	if (mf_str_begins(in->secret, "ASIA"))
		mf_v_note(in, "temporary credentials: 36 hours at most");
	else if (mf_str_begins(in->secret, "AKIA"))
		mf_v_note(in, "a long-lived access key");
	if (body.n != 16 || !mf_v_b32_decode(raw, sizeof(raw), &n, body) || n != 10)
		return MF_FORMAT_BROKEN;
	if (body.p[0] == 'I' || body.p[0] == 'J')
		return MF_FORMAT_PLAUSIBLE;
	for (size_t i = 0; i < 6; i++)
		account = account << 8 | raw[i];
	account = account >> 7 & 0xffffffffffULL;
	if (account > 999999999999ULL)
		return MF_FORMAT_BROKEN;
	mf_v_account(in, "AWS account %012llu", (unsigned long long)account);
	return MF_FORMAT_VERIFIED;
}

/* 30 random bytes in base64: no structure, but SHA-1 sums have the same length, and words do not have its variety. */
enum mf_verdict_format mf_vc_aws_secret(const struct mf_vin *in)
{
	if (mf_v_has(in->secret, "EXAMPLE"))
		return mf_v_harmless(in, "an example of the documentation");
	if (in->secret.n != 40 || !mf_v_all(in->secret, mf_b64_digit))
		return MF_FORMAT_BROKEN;
	if (mf_v_all(in->secret, mf_hex_digit))
		return mf_v_harmless(in, "a SHA-1 sum, not a key");
	return mf_entropy(in->secret) >= 4.0 ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
}

static bool holds(const unsigned char *p, size_t n, const char *what)
{
	return mf_v_has((struct mf_str){ .p = (const char *)p, .n = n }, what);
}

/* Session tokens name their origin in their first bytes: "origin_ec", or "er/aws" of the older form. */
enum mf_verdict_format mf_vc_aws_session_token(const struct mf_vin *in)
{
	unsigned char raw[48];
	size_t n;

	if (in->secret.n < 100 || !mf_v_b64(raw, sizeof(raw), &n, mf_v_head(in->secret, 64)))
		return MF_FORMAT_BROKEN;
	mf_v_note(in, "temporary credentials: 36 hours at most");
	return holds(raw, n, "origin_ec") || holds(raw, n, "er/aws") ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
}

/* ABSK and base64 of "BedrockAPIKey-xxxx-at-ACCOUNT:..."; short-term ones are a presigned URL in base64. */
enum mf_verdict_format mf_vc_aws_bedrock(const struct mf_vin *in)
{
	bool short_term = mf_str_begins(in->secret, "bedrock-api-key-");
	unsigned char raw[96];
	struct mf_str text, account;
	size_t n, at;

	if (!mf_v_b64(raw, sizeof(raw), &n, mf_v_cut(in->secret, short_term ? 16 : 4, 128)))
		return MF_FORMAT_BROKEN;
	text = (struct mf_str){ .p = (const char *)raw, .n = n };
	if (short_term) {
		mf_v_note(in, "a short-term key: 12 hours at most");
		return mf_str_begins(text, "bedrock.amazonaws.com") ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
	}
	at = mf_v_find(text, "-at-");
	if (!mf_str_begins(text, "BedrockAPIKey-") || at == SIZE_MAX)
		return MF_FORMAT_BROKEN;
	account = mf_v_cut(text, at + 4, 12);
	if (mf_v_digits(account) && account.n == 12)
		mf_v_account(in, "AWS account %.*s", MF_V_ARG(account));
	return MF_FORMAT_VERIFIED;
}
