/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens with a mark or a number inside that says whose they are. */
#include "verify_priv.h"

static enum mf_verdict_format verdict(bool right)
{
	return right ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* base64 of an account's number, a time, a MAC. */
enum mf_verdict_format mf_vc_discord(const struct mf_vin *in)
{
	struct mf_str rest, mac, id = mf_v_split(in->secret, '.', &rest), time = mf_v_split(rest, '.', &mac), number;
	unsigned char raw[24];
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, id))
		return MF_FORMAT_BROKEN;
	number = (struct mf_str){ .p = (char *)raw, .n = n };
	if (!mf_v_digits(number) || n < 16 || n > 20)
		return MF_FORMAT_BROKEN;
	mf_v_account(in, "bot %.*s", MF_V_ARG(number));
	return verdict(time.n >= 5 && time.n <= 7 && mac.n >= 27);
}

/* reftkn:01:EXPIRY:RANDOM in base64; expiry 0 is none. */
enum mf_verdict_format mf_vc_artifactory_reftkn(const struct mf_vin *in)
{
	unsigned char raw[128];
	struct mf_str rest;
	size_t n;
	int64_t until;

	if (!mf_v_b64(raw, sizeof(raw), &n, in->secret))
		return MF_FORMAT_BROKEN;
	rest = (struct mf_str){ .p = (char *)raw, .n = n };
	if (!mf_str_begins(rest, "reftkn:"))
		return MF_FORMAT_BROKEN;
	mf_v_split(mf_v_from(rest, 7), ':', &rest);
	if (!mf_v_number(&until, mf_v_split(rest, ':', &rest)) || rest.n < 16)
		return MF_FORMAT_BROKEN;
	in->facts->expires = until;
	if (until == 0)
		mf_v_note(in, "it never expires");
	return MF_FORMAT_VERIFIED;
}

/* base64 of NUMBER:BYTES, as Bitbucket Server, Jira and Confluence make theirs; BBDC- stands before newer ones. */
enum mf_verdict_format mf_vc_bitbucket_server(const struct mf_vin *in)
{
	struct mf_str s = mf_v_from(in->secret, mf_str_begins(in->secret, "BBDC-") ? 5 : 0), rest, number;
	unsigned char raw[64];
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, s))
		return MF_FORMAT_BROKEN;
	number = mf_v_split((struct mf_str){ .p = (char *)raw, .n = n }, ':', &rest);
	return verdict(number.n >= 4 && number.n <= 20 && mf_v_digits(number) && rest.n >= 16);
}

/* "OpenAI" in base64 stands in the middle of every key. */
enum mf_verdict_format mf_vc_openai(const struct mf_vin *in)
{
	static const struct { const char *prefix, *what; } kinds[] = {
		{ "sk-admin-", "an admin key" }, { "sk-svcacct-", "a service account's key" }, { "sk-proj-", "a project's key" },
	};
	size_t at = mf_v_find(in->secret, "T3BlbkFJ");

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (mf_str_begins(in->secret, kinds[i].prefix))
			mf_v_note(in, "%s", kinds[i].what);
	return verdict(mf_str_begins(in->secret, "sk-") && at != SIZE_MAX && at >= 20 && in->secret.n - at >= 28);
}

/* sk-ant-, a kind with its version, 93 characters, "AA". */
enum mf_verdict_format mf_vc_anthropic(const struct mf_vin *in)
{
	struct mf_str rest, kind = mf_v_split(mf_v_from(in->secret, 7), '-', &rest);

	if (mf_str_begins(kind, "admin"))
		mf_v_note(in, "an admin key");
	else if (mf_str_begins(kind, "oat") || mf_str_begins(kind, "ort"))
		mf_v_note(in, "an OAuth token of a user");
	return verdict(mf_str_begins(in->secret, "sk-ant-") && kind.n >= 4 && kind.n <= 8 && rest.n == 95 && mf_str_ends(rest, "AA"));
}

/* SG. 22 . 43: 16 and 32 bytes; their last digits have bits that are always zero. */
enum mf_verdict_format mf_vc_sendgrid(const struct mf_vin *in)
{
	struct mf_str secret, id = mf_v_split(mf_v_from(in->secret, 3), '.', &secret);

	if (id.n != 22 || secret.n != 43 || !mf_v_all(id, mf_b64_digit) || !mf_v_all(secret, mf_b64_digit))
		return MF_FORMAT_BROKEN;
	return verdict(mf_v_b64_canonical(id) && mf_v_b64_canonical(secret));
}

/* sk_live_51 and 14 more characters of the account's own id; whether it is a test key is in its prefix. */
enum mf_verdict_format mf_vc_stripe(const struct mf_vin *in)
{
	struct mf_str rest = in->secret, kind = mf_v_split(rest, '_', &rest), mode = mf_v_split(rest, '_', &rest);

	if (mf_str_is(kind, "pk"))
		return mf_v_harmless(in, "a publishable key");
	if (mf_str_is(mode, "test"))
		mf_v_note(in, "a test key: no real money");
	else if (mf_str_is(kind, "rk"))
		mf_v_note(in, "a restricted key");
	if (mf_str_begins(rest, "51") && rest.n > 60)
		mf_v_account(in, "account acct_1%.*s", MF_V_ARG(mf_v_cut(rest, 2, 15)));
	return MF_FORMAT_PLAUSIBLE;
}

/* The bot's number, a colon, 35 characters of which the first two are AA. */
enum mf_verdict_format mf_vc_telegram(const struct mf_vin *in)
{
	struct mf_str secret, id = mf_v_split(in->secret, ':', &secret);

	if (id.n < 6 || id.n > 12 || !mf_v_digits(id) || secret.n != 35 || !mf_v_all(secret, mf_b64_digit))
		return MF_FORMAT_BROKEN;
	mf_v_account(in, "bot %.*s", MF_V_ARG(id));
	return mf_str_begins(secret, "AA") ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
}

enum mf_verdict_format mf_vc_slack(const struct mf_vin *in)
{
	static const struct { const char *prefix, *what; } kinds[] = {
		{ "xoxb-", "a bot's token" }, { "xoxp-", "a user's token" }, { "xapp-", "an app-level token" }, { "xoxa-", "an app's token (old)" },
		{ "xoxr-", "a refresh token" }, { "xoxe-", "a refresh token" }, { "xoxe.", "a rotated token: it lives 12 hours" },
		{ "xoxc-", "a browser session's token" }, { "xoxd-", "a browser session's cookie" }, { "xoxs-", "a session's token (old)" },
	};
	struct mf_str rest, first;

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (mf_str_begins(in->secret, kinds[i].prefix))
			mf_v_note(in, "%s", kinds[i].what);
	mf_v_split(in->secret, '-', &rest);
	first = mf_v_split(rest, '-', &rest);
	if (mf_v_digits(first) && first.n >= 9)
		mf_v_account(in, "workspace %.*s", MF_V_ARG(first));
	return MF_FORMAT_PLAUSIBLE;
}

/* base64 of "tok:", eight hexadecimal groups and a number. */
enum mf_verdict_format mf_vc_intercom(const struct mf_vin *in)
{
	unsigned char raw[96];
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, in->secret) || n < 30 || memcmp(raw, "tok:", 4) != 0)
		return MF_FORMAT_BROKEN;
	for (size_t i = 4; i < 12; i++)
		if (mf_hex_digit((char)raw[i]) < 0)
			return MF_FORMAT_BROKEN;
	return MF_FORMAT_VERIFIED;
}

/* PMAK-, an object id of MongoDB that begins with the second of its making, a hyphen, 34 hexadecimal digits. */
enum mf_verdict_format mf_vc_postman(const struct mf_vin *in)
{
	struct mf_str secret, id = mf_v_split(mf_v_from(in->secret, 5), '-', &secret);
	uint32_t seconds;

	if (id.n != 24 || secret.n != 34 || !mf_v_all(id, mf_hex_digit) || !mf_v_all(secret, mf_hex_digit) || !mf_v_hex32(&seconds, mf_v_head(id, 8)))
		return MF_FORMAT_BROKEN;
	/* from the year the product had keys to well past today */
	if (seconds < 1400000000U || seconds > 2200000000U)
		return MF_FORMAT_PLAUSIBLE;
	in->facts->issued = seconds;
	return MF_FORMAT_VERIFIED;
}
