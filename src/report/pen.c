/* SPDX-License-Identifier: Apache-2.0 */
/* A stream or a buffer to write to, with a failure that sticks; lines and fields of plain formats. */
#include "pen.h"

#include <errno.h>
#include <stdarg.h>
#include <mayfly/enc.h>

void mf_pen_add(struct mf_pen *o, const void *p, size_t n)
{
	if (o->failed || n == 0)
		return;
	if (o->buf) {
		o->failed = mf_buf_add(o->buf, p, n, o->err) != 0;
		return;
	}
	errno = 0;
	if (fwrite(p, 1, n, o->to) != n) {
		mf_fail_errno(o->err, MF_E_REPORT_WRITE, errno ? errno : EIO, "cannot write the report");
		o->failed = true;
	}
}

void mf_pen_puts(struct mf_pen *o, const char *s)
{
	mf_pen_add(o, s, strlen(s));
}

void mf_pen_printf(struct mf_pen *o, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mf_pen_add(o, text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

int mf_pen_end(struct mf_pen *o)
{
	if (o->failed)
		return -1;
	errno = 0;
	if (o->to && fflush(o->to))
		return mf_fail_errno(o->err, MF_E_REPORT_WRITE, errno ? errno : EIO, "cannot write the report");
	return 0;
}

size_t mf_pen_next(uint32_t *cp, struct mf_str s, size_t at)
{
	size_t n;

	if (at >= s.n)
		return 0;
	n = mf_utf8_decode(cp, s.p + at, s.n - at);
	if (n == 0) {
		*cp = 0xfffd;
		return 1;
	}
	return n;
}

struct mf_str mf_pen_first(const char *text, size_t most)
{
	struct mf_str s = mf_str(text);

	if (s.n <= most)
		return s;
	s.n = most;
	while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

bool mf_pen_hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	       (cp >= 0xe0000 && cp <= 0xe007f);
}

/* The '[' of "##[error]", which GitHub's runner takes for a command wherever it stands in a line. */
static bool runner_command(struct mf_str s, size_t at)
{
	return s.p[at] == '[' && at >= 2 && s.p[at - 1] == '#' && s.p[at - 2] == '#';
}

void mf_pen_line(struct mf_pen *o, struct mf_str s)
{
	uint32_t cp;

	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		if (mf_pen_hidden(cp) || cp == 0xfffd)
			mf_pen_puts(o, cp == '\t' ? " " : "?");
		else
			mf_pen_add(o, runner_command(s, at) ? "?" : s.p + at, n);
	}
}

/* What Go's unicode.IsSpace says. */
static bool go_space(uint32_t cp)
{
	return (cp >= '\t' && cp <= '\r') || cp == ' ' || cp == 0x85 || cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) ||
	       cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

/* RFC 4180, quoted where Go quotes. */
static bool wants_quotes(struct mf_str s, uint32_t first)
{
	return s.n && (mf_str_is(s, "\\.") || go_space(first) || memchr(s.p, ',', s.n) || memchr(s.p, '"', s.n) || memchr(s.p, '\n', s.n) ||
		       memchr(s.p, '\r', s.n));
}

/* What a spreadsheet takes for the beginning of a formula, the wide forms included. */
static bool begins_formula(uint32_t cp)
{
	return cp == '=' || cp == '+' || cp == '-' || cp == '@' || cp == '\t' || cp == '\r' || cp == '\n' || cp == '|' || cp == '%' ||
	       cp == 0xff1d || cp == 0xff0b || cp == 0xff0d || cp == 0xff20;
}

void mf_pen_csv(struct mf_pen *o, struct mf_str s, bool go)
{
	uint32_t cp = 0;
	const bool formula = mf_pen_next(&cp, s, 0) && !go && begins_formula(cp);
	const bool quotes = formula || wants_quotes(s, cp);

	if (quotes)
		mf_pen_puts(o, "\"");
	if (formula)
		mf_pen_puts(o, "'");
	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		if (cp == '"')
			mf_pen_puts(o, "\"\"");
		else if (!go && (mf_pen_hidden(cp) || cp == 0xfffd))
			mf_pen_puts(o, cp == '\n' || cp == '\t' ? " " : "\xef\xbf\xbd");
		else
			mf_pen_add(o, s.p + at, n);
	}
	if (quotes)
		mf_pen_puts(o, "\"");
}

void mf_pen_command(struct mf_pen *o, struct mf_str s, enum mf_command as)
{
	uint32_t cp;

	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n) {
		if (cp == '\n' && as == MF_COMMAND_MESSAGE)
			mf_pen_puts(o, "%0A");
		else if (mf_pen_hidden(cp) || cp == 0xfffd)
			mf_pen_puts(o, "?");
		else if (runner_command(s, at))
			mf_pen_puts(o, "?");
		else if (cp == '%')
			mf_pen_puts(o, "%25");
		else if (cp == ':' && as == MF_COMMAND_PROPERTY)
			mf_pen_puts(o, "%3A");
		else if (cp == ',' && as == MF_COMMAND_PROPERTY)
			mf_pen_puts(o, "%2C");
		else
			mf_pen_add(o, s.p + at, n);
	}
}

void mf_pen_uri(struct mf_pen *o, struct mf_str path)
{
	char three[3];

	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '/')
			mf_pen_puts(o, "/");
		else
			mf_pen_add(o, three, mf_pct_encode(three, path.p + i, 1, true));
	}
}
