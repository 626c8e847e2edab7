/* SPDX-License-Identifier: Apache-2.0 */
/* TOML's four kinds of strings, and keys. */
#include "toml_build.h"

#include <mayfly/enc.h>

static int fail_at(struct mf_treader *r, size_t at, const char *hint, const char *text)
{
	r->at = at;
	return mf_toml_fail(r, MF_E_TOML_SYNTAX, mf_toml_here(r), hint, "%s", text);
}

static const char literal_hint[] = "text with backslashes is easier in single quotes: 'C:\\dir', '''\\d{3}'''";

/* After \u or \U. */
static int code_point(struct mf_treader *r, unsigned digits)
{
	const size_t from = r->at - 2;
	char utf8[4];
	uint32_t cp = 0;

	for (unsigned i = 0; i < digits; i++) {
		int v = mf_hex_digit((char)mf_toml_peek(r, 0));

		if (v < 0)
			return fail_at(r, from, literal_hint, digits == 4 ? "\\u takes four hex digits" : "\\U takes eight hex digits");
		cp = cp << 4 | (uint32_t)v;
		r->at++;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return fail_at(r, from, literal_hint, "this escape is no character of Unicode");
	return mf_buf_add(&r->scratch, utf8, mf_utf8_encode(utf8, cp), r->err);
}

/* A backslash at the end of a line takes the line end and all white space that follows it. */
static bool line_fold(struct mf_treader *r)
{
	size_t n = 0;

	while (mf_toml_peek(r, n) == ' ' || mf_toml_peek(r, n) == '\t')
		n++;
	if (mf_toml_peek(r, n) != '\n' && mf_toml_peek(r, n) != '\r')
		return false;
	r->at += n;
	while (mf_toml_newline(r) || mf_toml_peek(r, 0) == ' ' || mf_toml_peek(r, 0) == '\t')
		r->at += mf_toml_peek(r, 0) == ' ' || mf_toml_peek(r, 0) == '\t';
	return true;
}

/* At the backslash. */
static int escape(struct mf_treader *r, bool multi)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const size_t at = r->at++;
	const int c = mf_toml_peek(r, 0);
	const char *known = c > 0 ? memchr(from, c, sizeof(from) - 1) : NULL;

	if (multi && line_fold(r))
		return 0;
	r->at++;
	if (known)
		return mf_buf_putc(&r->scratch, to[known - from], r->err);
	if (c == 'u' || c == 'U')
		return code_point(r, c == 'u' ? 4 : 8);
	return fail_at(r, at, literal_hint, "this escape is unknown in a string in double quotes");
}

static size_t quotes(const struct mf_treader *r, char q)
{
	size_t n = 0;

	while (n < 6 && mf_toml_peek(r, n) == q)
		n++;
	return n;
}

/* The bytes up to what needs a decision. */
static int plain_run(struct mf_treader *r, char q)
{
	const size_t from = r->at;

	while (r->at < r->n && r->p[r->at] != q && r->p[r->at] != '\n' && r->p[r->at] != '\r' && (r->p[r->at] != '\\' || q == '\''))
		r->at++;
	return mf_buf_add(&r->scratch, r->p + from, r->at - from, r->err);
}

static int single_line(struct mf_treader *r, char q, struct mf_tpos start)
{
	r->at++;
	for (;;) {
		if (plain_run(r, q))
			return -1;
		if (mf_toml_peek(r, 0) == q)
			break;
		if (mf_toml_peek(r, 0) != '\\')
			return mf_toml_fail(r, MF_E_TOML_SYNTAX, start, "text over several lines goes between three quotes", "this string does not end on its line");
		if (escape(r, false))
			return -1;
	}
	r->at++;
	return 0;
}

static int multi_line(struct mf_treader *r, char q, struct mf_tpos start)
{
	size_t n;

	r->at += 3;
	mf_toml_newline(r);
	for (;;) {
		if (plain_run(r, q))
			return -1;
		n = quotes(r, q);
		if (n >= 3)
			break;
		if (r->at == r->n)
			return mf_toml_fail(r, MF_E_TOML_SYNTAX, start, NULL, "the three quotes of this string are never closed");
		if (n) {
			r->at += n;
			if (mf_buf_add(&r->scratch, r->p + r->at - n, n, r->err))
				return -1;
		} else if (mf_toml_newline(r)) {
			if (mf_buf_putc(&r->scratch, '\n', r->err))
				return -1;
		} else if (escape(r, true)) {
			return -1;
		}
	}
	/* two quotes more may stand before the closing three */
	if (n == 6)
		n = 5;
	r->at += n;
	return n > 3 ? mf_buf_add(&r->scratch, r->p + r->at - n, n - 3, r->err) : 0;
}

int mf_toml_string(struct mf_treader *r, struct mf_str *out, bool multiline_allowed)
{
	const struct mf_tpos start = mf_toml_here(r);
	const char q = r->p[r->at];
	const bool multi = quotes(r, q) >= 3;

	if (multi && !multiline_allowed)
		return mf_toml_fail(r, MF_E_TOML_SYNTAX, start, NULL, "a key takes one quote at each end");
	r->scratch.n = 0;
	if (multi ? multi_line(r, q, start) : single_line(r, q, start))
		return -1;
	return mf_toml_keep(r, out, r->scratch.p, r->scratch.n);
}

/* -- keys ------------------------------------------------------------------------------------------------ */

static bool bare(int c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-';
}

static int part(struct mf_treader *r, struct mf_tpart *out)
{
	const size_t from = r->at;

	out->pos = mf_toml_here(r);
	if (mf_toml_peek(r, 0) == '"' || mf_toml_peek(r, 0) == '\'')
		return mf_toml_string(r, &out->text, false);
	while (bare(mf_toml_peek(r, 0)))
		r->at++;
	if (r->at == from)
		return mf_toml_fail(r, MF_E_TOML_SYNTAX, out->pos, "a name with other characters than A-Z a-z 0-9 _ - goes in quotes", "a key is expected here");
	return mf_toml_keep(r, &out->text, r->p + from, r->at - from);
}

int mf_toml_key(struct mf_treader *r, struct mf_tkey *key)
{
	for (key->n = 0; ; r->at++) {
		while (mf_toml_peek(r, 0) == ' ' || mf_toml_peek(r, 0) == '\t')
			r->at++;
		if (key->n == MF_TOML_DEPTH)
			return mf_toml_fail(r, MF_E_TOML_LIMIT, mf_toml_here(r), NULL, "it is nested deeper than %d levels", MF_TOML_DEPTH);
		if (part(r, &key->part[key->n++]))
			return -1;
		while (mf_toml_peek(r, 0) == ' ' || mf_toml_peek(r, 0) == '\t')
			r->at++;
		if (mf_toml_peek(r, 0) != '.')
			return 0;
	}
}
