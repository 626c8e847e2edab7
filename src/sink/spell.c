/* SPDX-License-Identifier: Apache-2.0 */
/* The table of spellings: how programs write a string down. Each entry is there because of a program that prints it. */
#include "forms.h"

#include <mayfly/enc.h>

#define PCT(label, f, keep, less) { .name = label, .write = mf_spell_percent, .flags = (f), .extra = (keep), .rare = (less), .bytes = true }
#define JSON(label, f, less) { .name = label, .write = mf_spell_json, .flags = (f), .rare = (less) }
#define TEXT(label, fn, f) { .name = label, .write = (fn), .flags = (f), .rare = true }

const struct mf_spelling mf_spellings[] = {
	{ .name = "hex", .write = mf_spell_hex, .bytes = true },
	{ .name = "HEX", .write = mf_spell_hex, .flags = MF_SPELL_UPPER, .bytes = true },
	PCT("percent (RFC 3986)", MF_SPELL_UPPER, "", false),
	PCT("percent, lower case", 0, "", false),
	JSON("JSON", 0, false),
	JSON("JSON, Go", MF_JSON_HTML, false),
	TEXT("single quotes: '\\''", mf_spell_single, 0),
	PCT("form, Go and Python", MF_SPELL_UPPER | MF_SPELL_PLUS, "", true),
	PCT("form, Java and browsers", MF_SPELL_UPPER | MF_SPELL_PLUS | MF_SPELL_TILDE, "*", true),
	PCT("encodeURIComponent", MF_SPELL_UPPER, "!*'()", true),
	PCT("encodeURI", MF_SPELL_UPPER, ";,/?:@&=+$#!*'()", true),
	PCT("Python quote", MF_SPELL_UPPER, "/", true),
	PCT("form, lower case", MF_SPELL_PLUS, "", true),
	PCT("form, Java and browsers, lower case", MF_SPELL_PLUS | MF_SPELL_TILDE, "*", true),
	PCT("encodeURIComponent, lower case", 0, "!*'()", true),
	PCT("encodeURI, lower case", 0, ";,/?:@&=+$#!*'()", true),
	PCT("Python quote, lower case", 0, "/", true),
	JSON("JSON with \\/", MF_JSON_SLASH, true),
	JSON("JSON, ASCII", MF_JSON_ASCII, true),
	JSON("JSON, ASCII with \\/", MF_JSON_ASCII | MF_JSON_SLASH, true),
	JSON("JSON, .NET", MF_JSON_NET, true),
	JSON("JSON in JSON", MF_JSON_TWICE, true),
	TEXT("shlex: '\"'\"'", mf_spell_single, 1),
	TEXT("doubled single quotes (SQL, YAML, PowerShell)", mf_spell_single, 2),
	TEXT("backslashes (printf %q)", mf_spell_backslash, 0),
	TEXT("$'...'", mf_spell_ansi_c, 0),
	TEXT("$'...' in the C locale", mf_spell_ansi_c, 1),
	TEXT("double quotes (declare -p)", mf_spell_double, 0),
	TEXT("Python str", mf_spell_python, 0),
	{ .name = "Python bytes", .write = mf_spell_python, .flags = 1, .rare = true, .bytes = true },
	TEXT("XML text", mf_spell_xml, 0),
	TEXT("XML attribute", mf_spell_xml, 1),
	TEXT("HTML, &#39;", mf_spell_xml, 2),
	TEXT("HTML, &#x27;", mf_spell_xml, 3),
	TEXT("HTML, &#34;", mf_spell_xml, 4),
	TEXT("HTML, &#039;", mf_spell_xml, 5),
};
const size_t mf_n_spellings = MF_COUNT(mf_spellings);

static void hex_byte(struct mf_out *o, unsigned char c, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	mf_out_byte(o, digits[c >> 4]);
	mf_out_byte(o, digits[c & 15]);
}

void mf_spell_hex(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	for (size_t i = 0; i < s.n; i++)
		hex_byte(o, (unsigned char)s.p[i], how->flags & MF_SPELL_UPPER);
}

void mf_spell_percent(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool tilde = c == '~' && (how->flags & MF_SPELL_TILDE);

		if (c == ' ' && (how->flags & MF_SPELL_PLUS)) {
			mf_out_byte(o, '+');
		} else if ((mf_unreserved((unsigned char)c) && !tilde) || (c && strchr(how->extra, c))) {
			mf_out_byte(o, c);
		} else {
			mf_out_byte(o, '%');
			hex_byte(o, (unsigned char)c, how->flags & MF_SPELL_UPPER);
		}
	}
}

void mf_spell_xml(struct mf_out *o, struct mf_str s, const struct mf_spelling *how)
{
	static const char *const quotes[][2] = {
		{ "\"", "'" }, { "&quot;", "&apos;" }, { "&quot;", "&#39;" }, { "&quot;", "&#x27;" }, { "&#34;", "&#39;" },
		{ "&quot;", "&#039;" },
	};

	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': mf_out_puts(o, "&amp;"); break;
		case '<': mf_out_puts(o, "&lt;"); break;
		case '>': mf_out_puts(o, "&gt;"); break;
		case '"': mf_out_puts(o, quotes[how->flags][0]); break;
		case '\'': mf_out_puts(o, quotes[how->flags][1]); break;
		default: mf_out_byte(o, s.p[i]);
		}
	}
}
