/* SPDX-License-Identifier: Apache-2.0 */
/* What a check tells of a token, and the JSON that many tokens carry. */
#include "verify_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/text.h>

void mf_v_account(const struct mf_vin *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(in->facts->account, sizeof(in->facts->account), false, fmt, ap);
	va_end(ap);
}

void mf_v_note(const struct mf_vin *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(in->facts->note, sizeof(in->facts->note), false, fmt, ap);
	va_end(ap);
}

enum mf_verdict_format mf_v_harmless(const struct mf_vin *in, const char *why)
{
	mf_v_note(in, "%s", why);
	in->facts->harmless = true;
	return MF_FORMAT_PLAUSIBLE;
}

int64_t mf_v_time(int year, int month, int day, int hour, int minute, int second)
{
	/* days before the month, in a year that begins in March: the leap day comes last */
	int64_t y = month > 2 ? year : (int64_t)year - 1, m = month > 2 ? month - 3 : month + 9, era = y / 400, yoe = y - era * 400;

	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60)
		return 0;
	return ((era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + (153 * m + 2) / 5 + day - 1 - 719468) * 24 + hour) * 3600 + minute * 60 + second;
}

/* -- JSON ------------------------------------------------------------------------------------------- */

enum mf_v_json mf_v_json(struct mf_json **doc, struct mf_str text)
{
	struct mf_err err = { 0 };

	*doc = NULL;
	if (text.n == 0 || text.n > MF_V_MAX)
		return MF_V_JSON_BAD;
	if (mf_json_parse(doc, text.p, text.n, &err) == 0)
		return MF_V_JSON_OK;
	return err.id == mf_error_id(MF_E_BASE_NOMEM) ? MF_V_JSON_NOMEM : MF_V_JSON_BAD;
}

enum mf_v_json mf_v_json_b64(struct mf_json **doc, struct mf_str text)
{
	size_t n = 0;
	bool nomem;
	unsigned char *raw = mf_v_b64_new(&n, text, &nomem);
	enum mf_v_json got = nomem ? MF_V_JSON_NOMEM : MF_V_JSON_BAD;

	*doc = NULL;
	if (raw)
		got = mf_v_json(doc, (struct mf_str){ .p = (char *)raw, .n = n });
	free(raw);
	return got;
}

/* One level of string quoting undone: \" \\ \/ and \n, \r, \t. */
static size_t unquote(char *out, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n) {
			c = s.p[++i];
			if (c == 'n' || c == 'r' || c == 't')
				c = ' ';
		}
		out[n++] = c;
	}
	return n;
}

enum mf_v_json mf_v_json_in(struct mf_json **doc, struct mf_str text)
{
	enum mf_v_json got;
	char *plain;
	size_t i = 1;

	*doc = NULL;
	while (i < text.n && mf_blank(text.p[i]))
		i++;
	if (!(i + 1 < text.n && text.p[i] == '\\'))
		return mf_v_json(doc, text);
	if (text.n > MF_V_MAX)
		return MF_V_JSON_BAD;
	plain = mf_calloc(text.n, 1);
	if (!plain)
		return MF_V_JSON_NOMEM;
	got = mf_v_json(doc, (struct mf_str){ .p = plain, .n = unquote(plain, text) });
	free(plain);
	return got;
}

struct mf_str mf_v_member(const struct mf_json *doc, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	return m ? mf_json_text(doc, m) : (struct mf_str){ 0 };
}

int64_t mf_v_seconds(const struct mf_json *doc, const struct mf_jnode *n, const char *key)
{
	struct mf_str rest, whole = mf_v_split(mf_v_member(doc, n, key), '.', &rest);
	int64_t v = 0;

	return mf_v_number(&v, whole) ? v : 0;
}

enum mf_verdict_format mf_v_no_json(enum mf_v_json got)
{
	return got == MF_V_JSON_NOMEM ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
}
