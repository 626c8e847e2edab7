/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at borrowed bytes; encodings undone into memory that is wiped. */
#include "life_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>

bool mf_lf_begins_caseless(struct mf_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

bool mf_lf_is_caseless(struct mf_str s, const char *text)
{
	return s.n == strlen(text) && mf_lf_begins_caseless(s, text);
}

size_t mf_lf_find(struct mf_str s, const char *what)
{
	const char *at = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct mf_str mf_lf_split(struct mf_str s, char c, struct mf_str *rest)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
	size_t n = at ? (size_t)(at - s.p) : s.n;

	*rest = at ? mf_lf_from(s, n + 1) : (struct mf_str){ 0 };
	return mf_lf_head(s, n);
}

bool mf_lf_all(struct mf_str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || !strchr(set, s.p[i]))
			return false;
	return s.n > 0;
}

bool mf_lf_digits(struct mf_str s)
{
	return mf_lf_all(s, "0123456789");
}

bool mf_lf_number(int64_t *out, struct mf_str s)
{
	int64_t v = 0;

	if (!mf_lf_digits(s) || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	*out = v;
	return true;
}

bool mf_lf_uuid(struct mf_str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s.p[i] != '-' : mf_hex_digit(s.p[i]) < 0)
			return false;
	return true;
}

bool mf_lf_named_one(const struct mf_lf *in, const char *names)
{
	struct mf_str rest = mf_str(names), name;

	while (in->hint->name && rest.n) {
		name = mf_lf_split(rest, ';', &rest);
		if (name.n && mf_lf_is_caseless(name, in->hint->name))
			return true;
	}
	return false;
}

/* -- encodings -------------------------------------------------------------------------------------- */

/* One alphabet, no blanks. */
static size_t normal(char *out, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (!mf_blank(s.p[i]))
			out[n++] = s.p[i] == '-' ? '+' : s.p[i] == '_' ? '/' : s.p[i];
	while (n && out[n - 1] == '=')
		n--;
	return n;
}

static bool is_b64(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (mf_b64_digit(s.p[i]) < 0 && s.p[i] != '=' && !mf_blank(s.p[i]))
			return false;
	return s.n > 0;
}

int mf_lf_b64(unsigned char **out, size_t *n, struct mf_str s, struct mf_err *err)
{
	struct mf_err ignored;
	unsigned char *raw;
	char *text;
	size_t text_n;
	int rc = 0;

	if (!is_b64(s))
		return 0;
	text = mf_calloc(s.n, 1);
	raw = mf_calloc(s.n / 4 * 3 + 3, 1);
	if (!text || !raw) {
		rc = mf_fail_nomem(err);
	} else {
		text_n = normal(text, s);
		rc = text_n && mf_b64_decode(raw, n, text, text_n, MF_B64_STD, &ignored) == 0;
	}
	mf_wipe_free(text, text ? s.n : 0);
	if (rc == 1)
		*out = raw;
	else
		mf_wipe_free(raw, raw ? s.n / 4 * 3 + 3 : 0);
	return rc;
}

int mf_lf_parse(struct mf_json **doc, struct mf_str text, struct mf_err *err)
{
	*doc = NULL;
	if (text.n < 2)
		return 0;
	if (mf_json_parse(doc, text.p, text.n, err) == 0)
		return 1;
	return err->id == mf_error_id(MF_E_BASE_NOMEM) ? -1 : 0;
}

struct mf_str mf_lf_member(const struct mf_json *doc, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	return m ? mf_json_text(doc, m) : (struct mf_str){ 0 };
}

size_t mf_lf_unescape(char *out, struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && mf_hex_digit(s.p[i + 1]) >= 0 && mf_hex_digit(s.p[i + 2]) >= 0) {
			out[n++] = (char)(mf_hex_digit(s.p[i + 1]) << 4 | mf_hex_digit(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return n;
}

bool mf_lf_param(char *out, size_t cap, struct mf_str query, const char *name)
{
	struct mf_str rest = query, one, value;
	size_t n;

	while (rest.n) {
		one = mf_lf_split(rest, '&', &rest);
		if (!mf_lf_is_caseless(mf_lf_split(one, '=', &value), name))
			continue;
		if (value.n >= cap)
			return false;
		n = mf_lf_unescape(out, value);
		out[n] = '\0';
		return strlen(out) == n;
	}
	return false;
}

bool mf_lf_compact_time(int64_t *out, struct mf_str s)
{
	char text[21];

	if (s.n != 16 || s.p[8] != 'T' || s.p[15] != 'Z' || !mf_lf_digits(mf_lf_head(s, 8)))
		return false;
	snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.p, s.p + 4, s.p + 6, s.p + 9, s.p + 11, s.p + 13);
	return mf_time_parse(out, mf_str(text));
}
