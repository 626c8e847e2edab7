/* SPDX-License-Identifier: Apache-2.0 */
/* A string as shells and Python quote it, without the quotes around it. */
#include "forms.h"

#include <mayfly/enc.h>

/* How a single quote is written inside single quotes: 0 '\'' (sh, bash -x, ${x@Q}), 1 '"'"' (Python's shlex), 2 ''. */
void mf_spell_single(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	static const char *const quote[] = { "'\\''", "'\"'\"'", "''" };

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			mf_out_puts(o, quote[how->flags]);
		else
			mf_out_byte(o, s.p[i]);
	}
}

void mf_spell_double(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	(void)how;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] && strchr("\"\\$`", s.p[i]))
			mf_out_byte(o, '\\');
		mf_out_byte(o, s.p[i]);
	}
}

/* bash's printf %q */
void mf_spell_backslash(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	(void)how;
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool special = c && strchr("\t \n!\"$&'()*,;<>?[\\]^`{|}", c);
		const bool first = c == '#' || c == '~';
		const bool after = c == '~' && i && (s.p[i - 1] == ':' || s.p[i - 1] == '=');

		if (special || (i == 0 && first) || after)
			mf_out_byte(o, '\\');
		mf_out_byte(o, c);
	}
}

/* Characters that bash and Python do not show as they are: controls, formatting and invisible ones, private use. */
static bool invisible(uint32_t cp)
{
	static const uint32_t ranges[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xd800, 0xf8ff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < MF_COUNT(ranges); i++)
		if (cp >= ranges[i][0] && cp <= ranges[i][1])
			return true;
	return false;
}

/* Blanks that Python does not show either. */
static bool odd_blank(uint32_t cp)
{
	return cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

/* The next character and its length; a byte that is no UTF-8 counts as a control. */
static size_t next(uint32_t *cp, struct mf_str s, size_t at)
{
	const size_t len = mf_utf8_decode(cp, s.p + at, s.n - at);

	if (len)
		return len;
	*cp = 0x80;
	return 1;
}

static void octal(struct mf_out *o, unsigned char c)
{
	mf_out_byte(o, '\\');
	mf_out_byte(o, (char)('0' + (c >> 6)));
	mf_out_byte(o, (char)('0' + (c >> 3 & 7)));
	mf_out_byte(o, (char)('0' + (c & 7)));
}

/* bash's $'...'; with flag 1 in a locale without UTF-8, where all that is not ASCII is octal. */
void mf_spell_ansi_c(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	static const char from[] = "\a\b\033\f\n\r\t\v\\'", to[] = "abEfnrtv\\'";
	uint32_t cp;

	for (size_t i = 0, len; i < s.n; i += len) {
		const char *at = s.p[i] ? strchr(from, s.p[i]) : NULL;

		len = next(&cp, s, i);
		if (at) {
			mf_out_byte(o, '\\');
			mf_out_byte(o, to[at - from]);
		} else if (invisible(cp) || (cp >= 0x80 && how->flags)) {
			for (size_t k = 0; k < len; k++)
				octal(o, (unsigned char)s.p[i + k]);
		} else {
			mf_out_add(o, s.p + i, len);
		}
	}
}

static void hex(struct mf_out *o, const char *begin, uint32_t cp, int digits)
{
	mf_out_puts(o, begin);
	while (digits--)
		mf_out_byte(o, "0123456789abcdef"[cp >> 4 * digits & 15]);
}

static void python_char(struct mf_out *o, uint32_t cp, const char *p, size_t len)
{
	if (!invisible(cp) && !odd_blank(cp))
		mf_out_add(o, p, len);
	else if (cp < 0x100)
		hex(o, "\\x", cp, 2);
	else if (cp < 0x10000)
		hex(o, "\\u", cp, 4);
	else
		hex(o, "\\U", cp, 8);
}

/* repr() of a str, with flag 1 of bytes. A single quote is escaped only where both kinds occur. */
void mf_spell_python(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";
	const bool both = s.n && memchr(s.p, '\'', s.n) && memchr(s.p, '"', s.n);
	uint32_t cp;

	for (size_t i = 0, len; i < s.n; i += len) {
		const char *at = s.p[i] ? strchr(from, s.p[i]) : NULL;

		len = how->flags ? 1 : next(&cp, s, i);
		if (at || (s.p[i] == '\'' && both)) {
			mf_out_byte(o, '\\');
			mf_out_byte(o, at ? to[at - from] : '\'');
		} else if (how->flags && (unsigned char)s.p[i] >= 0x7f) {
			hex(o, "\\x", (unsigned char)s.p[i], 2);
		} else {
			python_char(o, how->flags ? (unsigned char)s.p[i] : cp, s.p + i, len);
		}
	}
}
