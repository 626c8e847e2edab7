/* SPDX-License-Identifier: Apache-2.0 */
/* TOML's numbers, booleans, dates and times. */
#include "toml_build.h"

#include <math.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

static bool digit(int c)
{
	return c >= '0' && c <= '9';
}

static int wrong(struct mf_treader *r, const struct mf_tnode *n, const char *hint, const char *text)
{
	return mf_toml_fail(r, MF_E_TOML_SYNTAX, n->pos, hint, "%s", text);
}

/* -- numbers --------------------------------------------------------------------------------------------- */

/* Digits of a base with single underscores between them, all of the text. */
static bool digits(struct mf_str s, unsigned base)
{
	bool last = false;

	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i], v = digit(c) ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;

		if (c == '_' ? !last : v >= (int)base)
			return false;
		last = c != '_';
	}
	return last;
}

static bool decimal(struct mf_str s)
{
	return digits(s, 10) && (s.n == 1 || s.p[0] != '0');
}

static struct mf_str skip(struct mf_str s, size_t n)
{
	return (struct mf_str){ .p = s.p + n, .n = s.n - n };
}

static struct mf_str unsigned_part(struct mf_str s)
{
	return s.n && (s.p[0] == '+' || s.p[0] == '-') ? skip(s, 1) : s;
}

static int integer(struct mf_treader *r, struct mf_tnode *n, struct mf_str s, unsigned base)
{
	const bool minus = n->text.p[0] == '-';
	const uint64_t most = minus ? (uint64_t)1 << 63 : INT64_MAX;
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		const int c = s.p[i];
		const unsigned d = (unsigned)(digit(c) ? c - '0' : (c | 32) - 'a' + 10);

		if (c == '_')
			continue;
		if (v > (most - d) / base)
			return wrong(r, n, "put it in quotes", "this integer does not fit into 64 bits");
		v = v * base + d;
	}
	n->type = MF_T_INT;
	n->as.i = minus ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

/* integer part, then a fraction, an exponent or both */
static bool float_shape(struct mf_str s)
{
	size_t dot = 0, e;

	while (dot < s.n && s.p[dot] != '.' && (s.p[dot] | 32) != 'e')
		dot++;
	if (dot == s.n || !decimal((struct mf_str){ .p = s.p, .n = dot }))
		return false;
	for (e = dot; e < s.n && (s.p[e] | 32) != 'e'; )
		e++;
	if (s.p[dot] == '.' && !digits((struct mf_str){ .p = s.p + dot + 1, .n = e - dot - 1 }, 10))
		return false;
	return e == s.n || digits(unsigned_part(skip(s, e + 1)), 10);
}

static int real(struct mf_treader *r, struct mf_tnode *n)
{
	MF_CLEANUP(mf_freep) char *plain = malloc(n->text.n + 1);
	size_t len = 0;

	if (!plain)
		return mf_fail_nomem(r->err);
	for (size_t i = 0; i < n->text.n; i++)
		if (n->text.p[i] != '_')
			plain[len++] = n->text.p[i];
	plain[len] = '\0';
	n->type = MF_T_FLOAT;
	n->as.d = strtod(plain, NULL);
	return 0;
}

static int special(struct mf_tnode *n, double v)
{
	n->type = MF_T_FLOAT;
	n->as.d = n->text.p[0] == '-' ? -v : v;
	return 0;
}

static int number(struct mf_treader *r, struct mf_tnode *n)
{
	const struct mf_str s = n->text, u = unsigned_part(s);
	const char kind = s.n > 2 && s.p[0] == '0' ? s.p[1] : '\0';
	const unsigned base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;

	if (base && digits(skip(s, 2), base))
		return integer(r, n, skip(s, 2), base);
	if (decimal(u))
		return integer(r, n, u, 10);
	if (float_shape(u))
		return real(r, n);
	if (mf_str_is(u, "inf"))
		return special(n, (double)INFINITY);
	if (mf_str_is(u, "nan"))
		return special(n, (double)NAN);
	if (digit(u.n ? u.p[0] : 0))
		return wrong(r, n, "numbers: 42, 1_000, 0x2a, 3.5, 1e3; no zeros in front; anything else goes in quotes", "this is no number that TOML knows");
	return wrong(r, n, "text goes in quotes: key = \"text\"; booleans are true and false", "a value is expected here");
}

/* -- dates and times ------------------------------------------------------------------------------------- */

/* Exactly `count` digits at s[at], as a number; -1 when they are not there. */
static int field(struct mf_str s, size_t at, size_t count)
{
	int v = 0;

	if (at > s.n || s.n - at < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!digit(s.p[at + i]))
			return -1;
		v = v * 10 + s.p[at + i] - '0';
	}
	return v;
}

static bool within(int v, int least, int most)
{
	return v >= least && v <= most;
}

static bool is_date(struct mf_str s)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const int y = field(s, 0, 4), m = field(s, 5, 2), d = field(s, 8, 2);
	const bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	return y >= 0 && within(m, 1, 12) && within(d, 1, days[m - 1] + (m == 2 && leap)) && s.p[4] == '-' && s.p[7] == '-';
}

/* hh:mm:ss[.fraction] at the start; how long it is, 0 when it is none. A leap second is allowed, as in RFC 3339. */
static size_t time_len(struct mf_str s)
{
	size_t n = 8;

	if (!within(field(s, 0, 2), 0, 23) || !within(field(s, 3, 2), 0, 59) || !within(field(s, 6, 2), 0, 60) || s.p[2] != ':' || s.p[5] != ':')
		return 0;
	if (n == s.n || s.p[n] != '.')
		return n;
	while (++n < s.n && digit(s.p[n]))
		;
	return n > 9 ? n : 0;
}

static bool is_offset(struct mf_str s)
{
	if (s.n == 1)
		return s.p[0] == 'Z' || s.p[0] == 'z';
	return s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && s.p[3] == ':' && within(field(s, 1, 2), 0, 23) && within(field(s, 4, 2), 0, 59);
}

static bool is_moment(struct mf_str s)
{
	size_t n;

	if (!is_date(s) || s.n < 12)
		return is_date(s) && s.n == 10;
	n = s.p[10] == 'T' || s.p[10] == 't' || s.p[10] == ' ' ? time_len(skip(s, 11)) : 0;
	return n && (11 + n == s.n || is_offset(skip(s, 11 + n)));
}

static int moment(struct mf_treader *r, struct mf_tnode *n)
{
	const struct mf_str s = n->text;
	const bool right = s.p[2] == ':' ? time_len(s) == s.n : is_moment(s);

	n->type = MF_T_TIME;
	return right ? 0 : wrong(r, n, "2026-02-28, 07:32:00, 2026-02-28T07:32:00Z; other text goes in quotes", "this is no date or time");
}

/* -- which of them --------------------------------------------------------------------------------------- */

static bool in_token(int c)
{
	return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '+' || c == '-' || c == '_' || c == '.' || c == ':';
}

static size_t token_len(const struct mf_treader *r)
{
	size_t n = 0;

	while (in_token(mf_toml_peek(r, n)))
		n++;
	/* a date and a time may have a space between them */
	if (n == 10 && r->p[r->at + 4] == '-' && mf_toml_peek(r, 10) == ' ' && digit(mf_toml_peek(r, 11)))
		for (n = 11; in_token(mf_toml_peek(r, n)); )
			n++;
	return n;
}

int mf_toml_scalar(struct mf_treader *r, struct mf_tnode *n)
{
	const size_t len = token_len(r);
	struct mf_str s;

	if (mf_toml_keep(r, &n->text, r->p + r->at, len))
		return -1;
	s = n->text;
	if (mf_str_is(s, "true") || mf_str_is(s, "false")) {
		n->type = MF_T_BOOL;
		n->as.b = s.p[0] == 't';
	} else if ((field(s, 0, 2) >= 0 && s.n > 2 && s.p[2] == ':') || (field(s, 0, 4) >= 0 && s.n > 4 && s.p[4] == '-')) {
		if (moment(r, n))
			return -1;
	} else if (number(r, n)) {
		return -1;
	}
	r->at += len;
	return 0;
}
