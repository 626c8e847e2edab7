/* SPDX-License-Identifier: Apache-2.0 */
/* A string between the quotes of JSON, as the common encoders write it. */
#include "forms.h"

#include <mayfly/enc.h>

static void unit(struct mf_out *o, unsigned u, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	mf_out_puts(o, "\\u");
	for (int shift = 12; shift >= 0; shift -= 4)
		mf_out_byte(o, digits[u >> shift & 15]);
}

/* \uXXXX, as a pair of surrogates beyond the first plane. */
static void escaped(struct mf_out *o, uint32_t cp, bool upper)
{
	if (cp >= 0x10000) {
		unit(o, 0xd800 + (unsigned)((cp - 0x10000) >> 10), upper);
		unit(o, 0xdc00 + (unsigned)((cp - 0x10000) & 0x3ff), upper);
	} else {
		unit(o, (unsigned)cp, upper);
	}
}

/* The two-character escape, or 0. */
static char short_escape(uint32_t cp, unsigned flags)
{
	static const char from[] = "\b\f\n\r\t\\", to[] = "bfnrt\\";
	const char *at = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;

	if (at)
		return to[at - from];
	if (cp == '"' && !(flags & MF_JSON_NET))
		return '"';
	if (cp == '/' && (flags & MF_JSON_SLASH))
		return '/';
	return 0;
}

static bool needs_unit(uint32_t cp, unsigned flags)
{
	if (cp < 0x20)
		return true;
	if ((flags & MF_JSON_HTML) && (cp == '<' || cp == '>' || cp == '&' || cp == 0x2028 || cp == 0x2029))
		return true;
	if ((flags & (MF_JSON_ASCII | MF_JSON_NET)) && cp >= 0x7f)
		return cp != 0x7f || !(flags & MF_JSON_SLASH);	/* PHP leaves DEL */
	return (flags & MF_JSON_NET) && cp < 0x80 && strchr("<>&'\"+`", (int)cp);
}

static void once(struct mf_out *o, struct mf_str s, unsigned flags)
{
	for (size_t i = 0; i < s.n; ) {
		uint32_t cp = (unsigned char)s.p[i];
		const size_t len = mf_utf8_decode(&cp, s.p + i, s.n - i);
		const char c = short_escape(cp, flags);

		if (c) {
			mf_out_byte(o, '\\');
			mf_out_byte(o, c);
		} else if (needs_unit(cp, flags)) {
			escaped(o, cp, flags & MF_JSON_NET);
		} else {
			mf_out_add(o, s.p + i, len ? len : 1);
		}
		i += len ? len : 1;
	}
}

/* A JSON text inside a string of another one: the escapes are escaped. */
static void twice(struct mf_out *o, struct mf_str s)
{
	struct mf_out inner;
	struct mf_secret *text;

	mf_out_begin(&inner, 6 * s.n + 1, o->err);
	once(&inner, s, 0);
	text = mf_out_take(&inner);
	if (!text) {
		o->failed = true;
		return;
	}
	once(o, mf_secret_reveal(text), 0);
	mf_secret_free(text);
}

void mf_spell_json(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	if (how->flags & MF_JSON_TWICE)
		twice(o, s);
	else
		once(o, s, how->flags);
}
