/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes of single characters, and what stands after "(?". */
#include <mayfly/enc.h>
#include "re2_parse.h"

static bool is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z' && c < 0x80);
}

/* After "\x". */
static int hex(struct mf_re2_parser *s, size_t at, uint32_t *out)
{
	bool braces = mf_re2_next_is(s, 0, '{');
	uint32_t v = 0;
	size_t digits = 0;

	for (s->at += braces; s->at < s->n && (braces || digits < 2); s->at++, digits++) {
		int d = mf_hex_digit(s->p[s->at]);

		if (d < 0)
			break;
		v = v << 4 | (uint32_t)d;
		if (v > MF_RUNE_MAX)
			return mf_re2_refuse(s, at, "a \\x escape is beyond U+10FFFF");
	}
	if (braces ? digits == 0 || !mf_re2_next_is(s, 0, '}') : digits < 2)
		return mf_re2_refuse(s, at, "a \\x escape needs two hex digits, or some in braces");
	s->at += braces;
	*out = v;
	return 0;
}

static void octal(struct mf_re2_parser *s, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 3 && s->at < s->n && s->p[s->at] >= '0' && s->p[s->at] <= '7'; i++)
		v = v << 3 | (uint32_t)(s->p[s->at++] - '0');
	*out = v;
}

int mf_re2_escape(struct mf_re2_parser *s, uint32_t *out)
{
	static const char letters[] = "afnrtv", stand_for[] = "\a\f\n\r\t\v";
	size_t at = s->at++;
	const char *letter;
	uint32_t c;

	if (s->at == s->n)
		return mf_re2_refuse(s, at, "a backslash ends the expression");
	if (mf_re2_rune(s, &c))
		return -1;
	if (c >= '0' && c <= '7' && (c == '0' || (s->at < s->n && s->p[s->at] >= '0' && s->p[s->at] <= '7'))) {
		s->at--;
		octal(s, out);
		return 0;
	}
	if (c == 'x')
		return hex(s, at, out);
	if (c < 0x80 && !is_alnum(c)) {
		*out = c;
		return 0;
	}
	letter = c && c < 0x80 ? strchr(letters, (int)c) : NULL;
	if (letter) {
		*out = (unsigned char)stand_for[letter - letters];
		return 0;
	}
	if (c >= '1' && c <= '9')
		return mf_re2_refuse(s, at, "back-references are not supported");
	return mf_re2_refuse(s, at, "an escape is unknown");
}

/* At "(?P<" or "(?<", which is `skip` long. */
static int named(struct mf_re2_parser *s, size_t skip)
{
	size_t at = s->at, from = at + skip, end = from;

	while (end < s->n && (is_alnum((unsigned char)s->p[end]) || s->p[end] == '_'))
		end++;
	if (skip == 3 && end == from && end < s->n && (s->p[end] == '=' || s->p[end] == '!'))
		return mf_re2_refuse(s, at, "look-behind is not supported");
	if (end == from || end == s->n || s->p[end] != '>')
		return mf_re2_refuse(s, at, "a group's name is not letters, digits and '_' up to '>'");
	s->at = end + 1;
	return mf_re2_open(s, at, s->flags, true, (struct mf_str){ s->p + from, end - from });
}

static unsigned flag(char c)
{
	return c == 'i' ? MF_RE2_F_FOLD : c == 'm' ? MF_RE2_F_MULTI : c == 's' ? MF_RE2_F_DOT_NL : c == 'U' ? MF_RE2_F_UNGREEDY : 0;
}

static int flags_wrong(struct mf_re2_parser *s, size_t at)
{
	if (mf_re2_next_is(s, 0, '=') || mf_re2_next_is(s, 0, '!'))
		return mf_re2_refuse(s, at, "look-ahead is not supported");
	return mf_re2_refuse(s, at, "what follows '(?' is unknown");
}

int mf_re2_flags(struct mf_re2_parser *s)
{
	size_t at = s->at;
	unsigned flags = s->flags;
	bool off = false, any = true;

	if (mf_re2_next_is(s, 2, 'P') && mf_re2_next_is(s, 3, '<'))
		return named(s, 4);
	if (mf_re2_next_is(s, 2, '<'))
		return named(s, 3);
	for (s->at += 2; s->at < s->n; s->at++) {
		char c = s->p[s->at];

		if (flag(c)) {
			flags = off ? flags & ~flag(c) : flags | flag(c);
			any = true;
		} else if (c == '-' && !off) {
			off = true;
			any = false;
		} else if ((c == ':' || c == ')') && any) {
			s->at++;
			if (c == ':')
				return mf_re2_open(s, at, flags, false, (struct mf_str){ 0 });
			s->flags = flags;
			return 0;
		} else {
			return flags_wrong(s, at);
		}
	}
	return mf_re2_refuse(s, at, "a ')' is missing");
}
