/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that end in a CRC-32, each in its own digits. */
#include "verify_priv.h"

#include <mayfly/hash.h>

static enum mf_verdict_format verdict(bool right)
{
	return right ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* Whether the last six characters are the zero-padded base62 CRC-32 of `body`. */
static bool base62_tail(struct mf_str body, struct mf_str tail)
{
	char want[6];

	mf_v_in_base(want, sizeof(want), mf_crc32(body.p, body.n), mf_v_base62, 62);
	return tail.n == sizeof(want) && memcmp(want, tail.p, sizeof(want)) == 0;
}

/* `prefix` characters, then a body that is checked by the last six. */
static bool base62_token(struct mf_str token, size_t prefix)
{
	struct mf_str body = mf_v_from(token, prefix);

	if (body.n < 8)
		return false;
	return base62_tail(mf_v_head(body, body.n - 6), mf_v_from(body, body.n - 6));
}

/* Whether the last eight characters are the CRC-32 of `body` in hex. */
static bool hex_tail(struct mf_str body, struct mf_str tail)
{
	uint32_t told;

	return mf_v_hex32(&told, tail) && told == mf_crc32(body.p, body.n);
}

/* -- GitHub ----------------------------------------------------------------------------------------- */

/* An app's tokens have become longer than this, with dots in them, and carry no checksum: those are JWTs. */
#define GITHUB_CLASSIC 40

enum mf_verdict_format mf_vc_github_classic(const struct mf_vin *in)
{
	static const struct { const char *prefix, *kind; } kinds[] = {
		{ "ghp_", "a personal access token (classic)" }, { "gho_", "an OAuth token" }, { "ghu_", "a GitHub App's token for a user" },
		{ "ghs_", "a GitHub App's installation token: it lives an hour" }, { "ghr_", "a refresh token" },
	};

	if (mf_str_begins(in->secret, "ghs_") && mf_v_has(in->secret, "."))
		return mf_vc_github_app_jwt(in);
	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (mf_str_begins(in->secret, kinds[i].prefix))
			mf_v_note(in, "%s", kinds[i].kind);
	if (in->secret.n > GITHUB_CLASSIC)	/* user and refresh tokens exist in longer forms */
		return base62_token(in->secret, 4) ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
	return verdict(in->secret.n == GITHUB_CLASSIC && base62_token(in->secret, 4));
}

/* github_pat_ 22 _ 43 8 8: the first eight of the tail are the base32 SHA-256 of all before. */
enum mf_verdict_format mf_vc_github_fine(const struct mf_vin *in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const size_t signed_part = 11 + 22 + 1 + 43;
	unsigned char digest[32];
	char want[8];

	if (in->secret.n != signed_part + 16 || in->secret.p[11 + 22] != '_')
		return MF_FORMAT_BROKEN;
	mf_sha256(digest, in->secret.p, signed_part);
	for (size_t i = 0; i < sizeof(want); i++) {	/* 40 bits */
		size_t bit = i * 5;
		unsigned two = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];

		want[i] = digits[two >> (11 - bit % 8) & 31];
	}
	return verdict(memcmp(want, in->secret.p + signed_part, sizeof(want)) == 0);
}

/* -- the same digits elsewhere ---------------------------------------------------------------------- */

enum mf_verdict_format mf_vc_npm(const struct mf_vin *in)
{
	return verdict(in->secret.n == 40 && base62_token(in->secret, 4));
}

enum mf_verdict_format mf_vc_vercel(const struct mf_vin *in)
{
	return verdict(base62_token(in->secret, 4));
}

/* The body is what stands behind the last underscore that the tail does not contain. */
enum mf_verdict_format mf_vc_crc32_base62(const struct mf_vin *in)
{
	size_t at = in->secret.n > 6 ? in->secret.n - 6 : 0;

	while (at && in->secret.p[at - 1] != '_')
		at--;
	return verdict(base62_token(in->secret, at));
}

/* Drafted for the Apache Software Foundation's services in GitHub's manner; whether the prefix is covered is not settled. */
enum mf_verdict_format mf_vc_asf(const struct mf_vin *in)
{
	return base62_token(in->secret, 0) ? MF_FORMAT_VERIFIED : mf_vc_crc32_base62(in);
}

/* -- hex -------------------------------------------------------------------------------------------- */

/* glsa_ 32 _ 8: the checksum of all before the second underscore, its bytes in the other order. */
enum mf_verdict_format mf_vc_grafana_sa(const struct mf_vin *in)
{
	uint32_t told, crc;

	if (in->secret.n != 46 || in->secret.p[37] != '_' || !mf_v_hex32(&told, mf_v_from(in->secret, 38)))
		return MF_FORMAT_BROKEN;
	crc = mf_crc32(in->secret.p, 37);
	return verdict(told == (crc >> 24 | (crc >> 8 & 0xff00) | (crc << 8 & 0xff0000) | crc << 24));
}

/* The '=' before the checksum may be escaped where the token stands in a URL. */
static size_t unescape_equals(char *out, size_t cap, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < cap; i++) {
		struct mf_str at = mf_v_from(s, i);

		if (mf_str_begins(at, "%3D") || mf_str_begins(at, "%3d")) {
			out[n++] = '=';
			i += 2;
		} else if (!mf_str_begins(at, "\\=")) {
			out[n++] = s.p[i];
		}
	}
	return n;
}

enum mf_verdict_format mf_vc_atlassian(const struct mf_vin *in)
{
	char text[512];
	size_t n = unescape_equals(text, sizeof(text), in->secret);
	struct mf_str s = { .p = text, .n = n };

	if (mf_str_begins(s, "ATATT"))
		mf_v_note(in, "an API token of an Atlassian account");
	else if (mf_str_begins(s, "ATBB"))
		mf_v_note(in, "a Bitbucket app password");
	else if (mf_str_begins(s, "ATCTT"))
		mf_v_note(in, "an access token of a Bitbucket repository, project or workspace");
	if (n < 16)
		return MF_FORMAT_BROKEN;
	return verdict(hex_tail(mf_v_head(s, n - 8), mf_v_from(s, n - 8)));
}

/* zpka_ 32 _ 8, cf??_ 40 8: the body alone is covered. */
enum mf_verdict_format mf_vc_zuplo(const struct mf_vin *in)
{
	return verdict(in->secret.n == 46 && in->secret.p[37] == '_' && hex_tail(mf_v_cut(in->secret, 5, 32), mf_v_from(in->secret, 38)));
}

enum mf_verdict_format mf_vc_cloudflare(const struct mf_vin *in)
{
	struct mf_str rest, prefix = mf_v_split(in->secret, '_', &rest);

	if (mf_str_is(prefix, "cfk"))
		mf_v_note(in, "a global API key: it opens the whole account");
	return verdict(rest.n == 48 && hex_tail(mf_v_head(rest, 40), mf_v_from(rest, 40)));
}

/* -- base64 ----------------------------------------------------------------------------------------- */

/* cflt 54 6: the first six base64 digits of the checksum's bytes, the lowest first. */
enum mf_verdict_format mf_vc_confluent(const struct mf_vin *in)
{
	struct mf_str body = mf_v_cut(in->secret, 4, 54), tail = mf_v_from(in->secret, 58);
	uint32_t crc = mf_crc32(body.p, body.n);
	const unsigned char raw[4] = { (unsigned char)crc, (unsigned char)(crc >> 8), (unsigned char)(crc >> 16), (unsigned char)(crc >> 24) };
	char want[8];

	mf_b64_encode(want, raw, sizeof(raw), MF_B64_STD, true);
	return verdict(tail.n == 6 && memcmp(want, tail.p, 6) == 0);
}
