/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, XML, HTML and markdown. */
#include "pen.h"

#include <mayfly/enc.h>

static void escaped(struct mf_pen *o, uint32_t cp)
{
	if (cp < 0x10000)
		mf_pen_printf(o, "\\u%04x", (unsigned)cp);
	else
		mf_pen_printf(o, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)), (unsigned)(0xdc00 | (cp & 0x3ff)));
}

static bool go_escapes(uint32_t cp)
{
	return cp < 0x20 || cp == '<' || cp == '>' || cp == '&' || cp == 0x2028 || cp == 0x2029;
}

void mf_pen_json(struct mf_pen *o, struct mf_str s, bool go)
{
	static const char letters[32] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
	size_t from = 0, n;
	uint32_t cp;

	mf_pen_puts(o, "\"");
	for (size_t at = 0; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		const bool bad = cp == 0xfffd && n == 1;

		if (cp != '"' && cp != '\\' && !bad && !(go ? go_escapes(cp) : mf_pen_hidden(cp)))
			continue;
		mf_pen_add(o, s.p + from, at - from);
		from = at + n;
		if (cp == '"' || cp == '\\')
			mf_pen_printf(o, "\\%c", (char)cp);
		else if (bad)
			mf_pen_puts(o, go ? "\\ufffd" : "\xef\xbf\xbd");
		else if (cp < 0x20 && letters[cp])
			mf_pen_printf(o, "\\%c", letters[cp]);
		else
			escaped(o, cp);
	}
	mf_pen_add(o, s.p + from, s.n - from);
	mf_pen_puts(o, "\"");
}

void mf_pen_json_z(struct mf_pen *o, const char *s)
{
	if (s)
		mf_pen_json(o, mf_str(s), false);
	else
		mf_pen_puts(o, "null");
}

/* XML 1.0 has no way to write the others. */
static bool xml_char(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp != 0xfffe && cp != 0xffff);
}

static const char *reference(uint32_t cp, enum mf_xml as)
{
	switch (cp) {
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\t':
		return as == MF_XML_TEXT ? NULL : "&#x9;";
	case '\n':
		return as == MF_XML_TEXT ? NULL : "&#xA;";
	case '\r':
		return "&#xD;";
	default:
		return !xml_char(cp) || cp == 0xfffd || (as != MF_XML_GO && mf_pen_hidden(cp)) ? "\xef\xbf\xbd" : NULL;
	}
}

void mf_pen_xml(struct mf_pen *o, struct mf_str s, enum mf_xml as)
{
	size_t from = 0, n;
	const char *instead;
	uint32_t cp;

	for (size_t at = 0; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		instead = reference(cp, as);
		if (!instead)
			continue;
		mf_pen_add(o, s.p + from, at - from);
		from = at + n;
		mf_pen_puts(o, instead);
	}
	mf_pen_add(o, s.p + from, s.n - from);
}

/* '@' and '#' would mention people and issues, "://" and "www." would become links. */
void mf_pen_markdown(struct mf_pen *o, struct mf_str s)
{
	uint32_t cp;

	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		const bool plain = cp >= 0x80 || cp == ' ' || cp == '/' || cp == '-' || cp == ',' || (cp >= '0' && cp <= '9') ||
				   ((cp | 32) >= 'a' && (cp | 32) <= 'z');

		if (mf_pen_hidden(cp))
			mf_pen_puts(o, cp == '\n' || cp == '\t' ? " " : "?");
		else if (cp == 0xfffd)
			mf_pen_puts(o, "\xef\xbf\xbd");
		else if (plain)
			mf_pen_add(o, s.p + at, n);
		else
			mf_pen_printf(o, "&#%u;", (unsigned)cp);
	}
}
