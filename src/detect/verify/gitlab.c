/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab's routable tokens: PREFIX-PAYLOAD.LLCCCCCCC and PREFIX-PAYLOAD.VV.LLCCCCCCC, where LL is the payload's length and CCCCCCC the CRC-32 of all
 * before it, both in base36. The payload is base64url of lines such as "o:1" and "u:2a", random bytes and their number. */
#include "verify_priv.h"

#include <mayfly/hash.h>

#define TAIL 9		/* LLCCCCCCC */
#define PAYLOAD 400

static int base36(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
}

static bool crc_right(struct mf_str token, size_t from)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct mf_str covered = mf_v_cut(token, from, token.n - 7 - from);
	char want[7];

	mf_v_in_base(want, sizeof(want), mf_crc32(covered.p, covered.n), digits, 36);
	return memcmp(want, token.p + token.n - 7, 7) == 0;
}

static const char *holder(char key)
{
	switch (key) {
	case 'o':
		return "organization";
	case 'g':
		return "group";
	case 'p':
		return "project";
	case 'u':
		return "user";
	default:
		return NULL;
	}
}

/* "u:2a": a key of one letter and a number in base36. The narrowest holder is told. */
static void tell_line(const struct mf_vin *in, struct mf_str line)
{
	const char *what = line.n > 2 && line.n < 14 && line.p[1] == ':' ? holder(line.p[0]) : NULL;
	uint64_t id = 0;

	if (!what)
		return;
	for (size_t i = 2; i < line.n; i++) {
		if (base36(line.p[i]) < 0)
			return;
		id = id * 36 + (uint64_t)base36(line.p[i]);
	}
	mf_v_account(in, "%s %llu", what, (unsigned long long)id);
}

/* The payload's text; the random bytes behind it are not touched: their number is in the last byte. */
static bool tell_payload(const struct mf_vin *in, struct mf_str payload)
{
	unsigned char raw[PAYLOAD];
	struct mf_str lines, line;
	size_t n;

	if (!mf_v_b64(raw, sizeof(raw), &n, payload) || n < 2 || raw[n - 1] >= n - 1)
		return false;
	lines = (struct mf_str){ .p = (char *)raw, .n = n - 1 - raw[n - 1] };
	while (lines.n) {
		line = mf_v_split(lines, '\n', &lines);
		tell_line(in, line);
	}
	return true;
}

static enum mf_verdict_format routable(const struct mf_vin *in, struct mf_str token, size_t dash, size_t dot)
{
	size_t kind = mf_v_cut(token, dash + 1, 1).n && token.p[dash + 1] == 't' && mf_v_cut(token, dash + 3, 1).n && token.p[dash + 3] == '_' ? 3 : 0;
	struct mf_str payload = mf_v_cut(token, dash + 1 + kind, dot - dash - 1 - kind);
	const char *tail = token.p + token.n - TAIL;
	bool length_right = base36(tail[0]) >= 0 && base36(tail[1]) >= 0 && (size_t)(base36(tail[0]) * 36 + base36(tail[1])) == payload.n;

	if (length_right && (crc_right(token, 0) || (kind && crc_right(token, dash + 1 + kind)))) {
		tell_payload(in, payload);
		return MF_FORMAT_VERIFIED;
	}
	/* only of access tokens is it known what the checksum covers in every version */
	return mf_str_begins(token, "glpat-") ? MF_FORMAT_BROKEN : MF_FORMAT_PLAUSIBLE;
}

enum mf_verdict_format mf_vc_gitlab_routable(const struct mf_vin *in)
{
	struct mf_str t = in->secret;
	size_t dash = 0, dot;

	while (dash < t.n && t.p[dash] != '-')
		dash++;
	dot = dash;
	while (dot < t.n && t.p[dot] != '.')
		dot++;
	/* twenty characters without a dot are the form of before */
	if (dot == t.n)
		return MF_FORMAT_PLAUSIBLE;
	if (t.n - dot == TAIL + 1 || (t.n - dot == TAIL + 4 && t.p[dot + 3] == '.'))
		return routable(in, t, dash, dot);
	return MF_FORMAT_BROKEN;
}
