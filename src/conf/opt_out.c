/* SPDX-License-Identifier: Apache-2.0 */
/* The writers' common pen. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "opt_priv.h"

enum { COLUMNS = 80 };

void mf_page_add(struct mf_page *o, const char *p, size_t n)
{
	if (!o->failed && mf_buf_add(o->buf, p, n, o->err))
		o->failed = true;
}

void mf_pagef(struct mf_page *o, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	if (o->failed)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		mf_fail_nomem(o->err);
		o->failed = true;
		return;
	}
	mf_page_add(o, text, (size_t)n);
	free(text);
}

void mf_page_wrap(struct mf_page *o, const char *text, size_t at, size_t indent)
{
	bool first = true;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " \n");

		if (n && !first && at + 1 + n > COLUMNS) {
			mf_pagef(o, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		if (n) {
			mf_pagef(o, "%s%.*s", first ? "" : " ", (int)n, p);
			at += n + !first;
			first = false;
		}
		p += n;
		if (*p == '\n') {
			mf_pagef(o, "\n%*s", p[1] && p[1] != '\n' ? (int)indent : 0, "");
			at = indent;
			first = true;
		}
		p += *p != '\0';
	}
	mf_pagef(o, "\n");
}
