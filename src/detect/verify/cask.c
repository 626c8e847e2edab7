/* SPDX-License-Identifier: Apache-2.0 */
/* Common Annotated Security Keys: 256 or 512 bits padded with zeros, then "QJJQ", sizes, the provider's mark and data, and the second of issue. */
#include "verify_priv.h"

static int in_range(char c, int below)
{
	int v = mf_b64_digit(c);

	return v >= 0 && v < below ? v : -1;
}

static bool zeros(struct mf_str s, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s.p[at + i] != 'A')
			return false;
	return true;
}

/* "AA", year since 2025, month, day, hour, minute, second: a digit each. */
static bool stamp(const struct mf_vin *in, struct mf_str s)
{
	static const int below[] = { 64, 12, 31, 24, 60, 60 };
	int v[6];

	if (s.n != 8 || !zeros(s, 0, 2))
		return false;
	for (size_t i = 0; i < 6; i++) {
		v[i] = in_range(s.p[2 + i], below[i]);
		if (v[i] < 0)
			return false;
	}
	in->facts->issued = mf_v_time(2025 + v[0], v[1] + 1, v[2] + 1, v[3], v[4], v[5]);
	return true;
}

static bool layout(const struct mf_vin *in, struct mf_str s, size_t sign)
{
	bool large = sign == 88;	/* 512 bits */
	int data = in_range(s.p[sign + 6], 11);

	if (s.p[sign + 4] != 'A' || s.p[sign + 5] != (large ? 'C' : 'B') || data < 0)
		return false;
	if (s.n != sign + 12 + (size_t)data * 4 + 8 || !mf_v_all(s, mf_b64_digit))
		return false;
	if (large ? !zeros(s, 86, 2) || mf_b64_digit(s.p[85]) & 15 : !zeros(s, 43, 1) || mf_b64_digit(s.p[42]) & 3)
		return false;
	mf_v_account(in, "provider %.4s", s.p + sign + 8);
	return stamp(in, mf_v_from(s, s.n - 8));
}

enum mf_verdict_format mf_vc_cask(const struct mf_vin *in)
{
	for (size_t sign = 44; sign <= 88; sign += 44)
		if (in->secret.n >= sign + 20 && memcmp(in->secret.p + sign, "QJJQ", 4) == 0 && layout(in, in->secret, sign))
			return MF_FORMAT_VERIFIED;
	/* the mark stands in the middle and nothing before it tells a key: base64 of anything has it in time */
	in->facts->harmless = true;
	return MF_FORMAT_BROKEN;
}
