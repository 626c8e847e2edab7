/* SPDX-License-Identifier: Apache-2.0 */
/* Makes text harmless for terminals and logs. */
#include <mayfly/text.h>

#include <stdio.h>
#include <mayfly/enc.h>

static bool hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff ||
	       (cp >= 0xe0000 && cp <= 0xe007f);
}

void mf_text_clean(char *s, bool lines)
{
	size_t n = strlen(s), in = 0, out = 0, step;
	uint32_t cp;

	for (; in < n; in += step) {
		step = mf_utf8_decode(&cp, s + in, n - in);
		if (step == 0) {
			s[out++] = '?';
			step = 1;
		} else if (hidden(cp) && !(lines && (cp == '\n' || cp == '\t'))) {
			s[out++] = '?';
		} else {
			memmove(s + out, s + in, step);
			out += step;
		}
	}
	s[out] = '\0';
}

void mf_text_vfmt(char *out, size_t cap, bool lines, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, cap, fmt, ap);

	if (n < 0)
		out[0] = '\0';
	if (n >= 0 && (size_t)n >= cap && cap > 4) {
		size_t cut = cap - 4;

		while (cut > 0 && ((unsigned char)out[cut] & 0xc0) == 0x80)
			cut--;
		memcpy(out + cut, "...", 4);
	}
	mf_text_clean(out, lines);
}

void mf_text_tame(char *s)
{
	char *p = s + strspn(s, " \t");

	if (p[0] == ':' && p[1] == ':')
		p[1] = '?';
	while ((p = strstr(p, "##[")) != NULL)
		p[1] = '?';
}
