/* SPDX-License-Identifier: Apache-2.0 */
/* A string as shells and Python quote it, without the quotes around it. */
#include "forms.h"

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

static void octal(struct mf_out *o, unsigned char c)
{
	mf_out_byte(o, '\\');
	mf_out_byte(o, (char)('0' + (c >> 6)));
	mf_out_byte(o, (char)('0' + (c >> 3 & 7)));
	mf_out_byte(o, (char)('0' + (c & 7)));
}

/* bash's $'...'; with flag 1 also what is not ASCII in octal. */
void mf_spell_ansi_c(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	static const char from[] = "\a\b\033\f\n\r\t\v\\'", to[] = "abEfnrtv\\'";

	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		const char *at = c ? strchr(from, c) : NULL;

		if (at) {
			mf_out_byte(o, '\\');
			mf_out_byte(o, to[at - from]);
		} else if (c < 0x20 || c == 0x7f || (c >= 0x80 && how->flags)) {
			octal(o, c);
		} else {
			mf_out_byte(o, (char)c);
		}
	}
}

/* repr(): a single quote is escaped only where both kinds occur. With flag 1 of bytes. */
void mf_spell_python(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	const bool both = s.n && memchr(s.p, '\'', s.n) && memchr(s.p, '"', s.n);

	for (size_t i = 0; i < s.n; i++) {
		static const char from[] = "\n\r\t\\", to[] = "nrt\\", digits[] = "0123456789abcdef";
		const unsigned char c = (unsigned char)s.p[i];
		const char *at = c ? strchr(from, c) : NULL;

		if (at || (c == '\'' && both)) {
			mf_out_byte(o, '\\');
			mf_out_byte(o, at ? to[at - from] : '\'');
		} else if (c < 0x20 || c == 0x7f || (c >= 0x80 && how->flags)) {
			mf_out_puts(o, "\\x");
			mf_out_byte(o, digits[c >> 4]);
			mf_out_byte(o, digits[c & 15]);
		} else {
			mf_out_byte(o, (char)c);
		}
	}
}
