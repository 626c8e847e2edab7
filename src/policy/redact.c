/* SPDX-License-Identifier: Apache-2.0 */
/* The redacted form of a secret: what kind it is and a few characters to recognise it by. */
#include "policy.h"

#include <stdlib.h>

enum { SHORT = 16, ENDS = 4, ENCODED_RUN = 16 };

/* What every secret of a kind begins with: it names the issuer and opens nothing. */
static const char *const prefixes[] = {
	"AKIA", "ASIA", "ABIA", "ACCA", "AIza", "AGE-SECRET-KEY-1", "ATATT3", "ATCTT3", "CCIPAT_", "CFPAT-", "EAAA", "GOCSPX-", "NRAK-", "PMAK-", "SG.",
	"SK", "atlasv1.", "cio", "ckey_", "dapi", "dckr_pat_", "dckr_oat_", "doo_v1_", "dop_v1_", "dor_v1_", "dp.ct.", "dp.pt.", "dp.st.", "eyJ",
	"figd_", "fio-u-", "flb_live_", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glagent-", "glcbt-", "gldt-", "glft-", "glimt-", "gloas-",
	"glpat-", "glptt-", "glrt-", "glsoat-", "glsa_", "glc_", "gsk_", "hf_", "hvb.", "hvr.", "hvs.", "lin_api_", "napi_", "npm_", "nvapi-", "ntn_", "pat",
	"phc_", "phx_", "pk_live_", "pk_test_", "pnu_", "pplx-", "pscale_", "pul-", "pypi-", "r8_", "rk_live_", "rk_test_", "rubygems_",
	"s.", "sbp_", "secret_", "shpat_", "shpca_", "shppa_", "shpss_", "sk-", "sk-ant-", "sk-or-v1-", "sk-proj-", "sk-svcacct-", "sk_live_", "sk_test_",
	"snyk_", "sntryu_", "sntrys_", "sq0atp-", "sq0csp-", "tfp_", "tskey-", "vercel_", "whsec_", "xai-", "xapp-", "xoxa-", "xoxb-",
	"xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "ya29.",
};

/* "-----BEGIN ... -----" or "scheme://" that the text begins with: how long, or 0. */
static size_t armour(struct mf_str s)
{
	const size_t max = s.n < 64 ? s.n : 64;

	for (size_t i = 11; mf_str_begins(s, "-----BEGIN ") && i + 5 <= max; i++)
		if (memcmp(s.p + i, "-----", 5) == 0)
			return i + 5;
	return 0;
}

static size_t scheme(struct mf_str s)
{
	for (size_t i = 1; i < 16 && i + 3 <= s.n; i++) {
		const char c = s.p[i - 1];

		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && c != '+')
			return 0;
		if (memcmp(s.p + i, "://", 3) == 0)
			return i + 3;
	}
	return 0;
}

static size_t known_prefix(struct mf_str s)
{
	size_t best = scheme(s);

	for (size_t i = 0; i < MF_COUNT(prefixes); i++)
		if (strlen(prefixes[i]) > best && mf_str_begins(s, prefixes[i]))
			best = strlen(prefixes[i]);
	return best;
}

/* A character that may be shown; others could break out of where the text is put, or are parts of one. */
static char shown(char c)
{
	const bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');

	return plain || (c && strchr("+/=_.-~:", c)) || c == ' ' ? c : '*';
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How much of both ends may be seen. */
static void ends(size_t *head, size_t *tail, struct mf_str s)
{
	size_t prefix;

	*head = *tail = 0;
	if (s.n < SHORT)
		return;
	*head = armour(s);
	if (*head)
		return;
	prefix = known_prefix(s);
	if (prefix) {
		*head = prefix;
		*tail = least(ENDS, least(s.n / 5, (s.n - prefix) / 4));
		return;
	}
	*head = least(ENDS, s.n / 10);
	*tail = least(ENDS, s.n / 5 - *head);
}

int mf_redact(struct mf_buf *out, struct mf_str secret, struct mf_err *err)
{
	char text[128];
	size_t head, tail, n = 0, stars = secret.n == 0 ? 0 : secret.n < SHORT / 2 ? 4 : secret.n < SHORT ? 8 : 12;
	struct mf_buf made = MF_BUF(out->max);

	ends(&head, &tail, secret);
	for (size_t i = 0; i < head; i++)
		text[n++] = shown(secret.p[i]);
	memset(text + n, '*', stars);
	n += stars;
	for (size_t i = secret.n - tail; i < secret.n; i++)
		text[n++] = shown(secret.p[i]);
	if (mf_buf_add(&made, text, n, err))
		return -1;
	mf_buf_free(out);
	*out = made;
	return 0;
}

static bool encodes(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("+/=_-%\\", c));
}

void mf_mask_encoded(char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && encodes(p[i]))
			continue;
		if (i - from >= ENCODED_RUN)
			memset(p + from, '*', i - from);
		from = i + 1;
	}
}
