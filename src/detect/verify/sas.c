/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's shared access signatures: a query string that tells until when it opens what. */
#include "verify_priv.h"

#include <mayfly/clock.h>

/* The value of a parameter: at the beginning, or behind '?', '&' or ';'. */
static struct mf_str parameter(struct mf_str s, const char *name)
{
	size_t n = strlen(name);
	struct mf_str rest = s;

	for (size_t i = 0; i + n < s.n; i++) {
		if (memcmp(s.p + i, name, n) != 0 || s.p[i + n] != '=' || (i && !strchr("?&; \"'", s.p[i - 1])))
			continue;
		rest = mf_v_from(s, i + n + 1);
		n = 0;
		while (n < rest.n && rest.p[n] && !strchr("&; \"'<>\r\n\t", rest.p[n]))
			n++;
		return mf_v_head(rest, n);
	}
	return (struct mf_str){ 0 };
}

static size_t unescape(char *out, size_t cap, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < cap; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && mf_hex_digit(s.p[i + 1]) >= 0 && mf_hex_digit(s.p[i + 2]) >= 0) {
			out[n++] = (char)(mf_hex_digit(s.p[i + 1]) << 4 | mf_hex_digit(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return n;
}

/* "2030-01-01T00:00:00Z", without seconds, a date alone; or seconds since 1970 as Service Bus has them. */
static int64_t moment(struct mf_str raw)
{
	char text[48];
	size_t n = unescape(text, sizeof(text) - 12, raw);
	int64_t t;

	if (mf_v_number(&t, (struct mf_str){ .p = text, .n = n }))
		return t;
	if (n == 10)
		memcpy(text + n, "T00:00:00Z", 10), n += 10;
	else if (n == 17 && text[16] == 'Z')
		memcpy(text + 16, ":00Z", 4), n = 20;
	return mf_time_parse(&t, (struct mf_str){ .p = text, .n = n }) ? t : 0;
}

/* 32 bytes of HMAC-SHA-256 in base64, percent-encoded. */
static bool signature(struct mf_str raw)
{
	char text[64];
	unsigned char mac[48];
	size_t n = unescape(text, sizeof(text), raw), got;

	return mf_v_b64(mac, sizeof(mac), &got, (struct mf_str){ .p = text, .n = n }) && got == 32;
}

enum mf_verdict_format mf_vc_azure_sas(const struct mf_vin *in)
{
	struct mf_str all = parameter(in->secret, "sig").n ? in->secret : in->match, start = parameter(all, "st");

	in->facts->expires = moment(parameter(all, "se"));
	if (start.n)
		in->facts->issued = moment(start);
	return signature(parameter(all, "sig")) && in->facts->expires ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}
