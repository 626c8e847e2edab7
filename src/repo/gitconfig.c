/* SPDX-License-Identifier: Apache-2.0 */
/* A git config file, as far as it says how the repository is laid out. */
#include "repo_priv.h"

#include <strings.h>

enum { NAME = 128, SUB = 512, VALUE = 4608 };

struct reader {
	const char *p, *end;
	char section[NAME], sub[SUB], key[NAME], value[VALUE];
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool name_char(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static void skip_line(struct reader *r)
{
	while (r->p < r->end && *r->p != '\n')
		r->p++;
}

static void skip_spaces(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

static void name(struct reader *r, char out[static NAME])
{
	size_t n = 0;

	while (r->p < r->end && name_char(*r->p)) {
		if (n < NAME - 1)
			out[n++] = lower(*r->p);
		r->p++;
	}
	out[n] = '\0';
}

/* After '[': `section]` or `section "sub"]`. */
static bool section(struct reader *r)
{
	size_t n = 0;

	name(r, r->section);
	r->sub[0] = '\0';
	skip_spaces(r);
	if (r->p < r->end && *r->p == '"') {
		for (r->p++; r->p < r->end && *r->p != '"' && *r->p != '\n'; r->p++) {
			if (*r->p == '\\' && r->p + 1 < r->end)
				r->p++;
			if (n < SUB - 1)
				r->sub[n++] = *r->p;
		}
		r->sub[n] = '\0';
		if (r->p == r->end || *r->p != '"')
			return false;
		r->p++;
	}
	if (r->p == r->end || *r->p != ']')
		return false;
	r->p++;
	return true;
}

static char unescaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'b' ? '\b' : c;
}

/* After '=': to the end of the line, with quotes, escapes, comments and lines that go on. */
static void value(struct reader *r)
{
	bool quoted = false;
	size_t n = 0, keep = 0;	/* keep: without the blanks at the end */

	skip_spaces(r);
	for (; r->p < r->end && *r->p != '\n'; r->p++) {
		char c = *r->p;

		if (c == '\\' && r->p + 1 < r->end) {
			c = *++r->p;
			if (c == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
				c = *++r->p;
			if (c == '\n')
				continue;
			c = unescaped(c);
		} else if (c == '"') {
			quoted = !quoted;
			keep = n;
			continue;
		} else if (!quoted && (c == '#' || c == ';')) {
			skip_line(r);
			break;
		}
		if (n < VALUE - 1)
			r->value[n++] = c;
		if (quoted || !mf_blank(c))
			keep = n;
	}
	r->value[keep] = '\0';
}

static int entry(struct reader *r, mf_gitconfig_fn fn, void *ctx, struct mf_err *err)
{
	name(r, r->key);
	skip_spaces(r);
	if (r->key[0] == '\0') {
		skip_line(r);
		return 0;
	}
	memcpy(r->value, "true", 5);
	if (r->p < r->end && *r->p == '=') {
		r->p++;
		value(r);
	} else {
		skip_line(r);
	}
	return fn(ctx, r->section, r->sub, r->key, r->value, err);
}

int mf_gitconfig_parse(const char *p, size_t n, mf_gitconfig_fn fn, void *ctx, struct mf_err *err)
{
	struct reader r = { .p = p, .end = p + n };

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		r.p += 3;
	while (r.p < r.end) {
		const char c = *r.p;

		if (mf_blank(c)) {
			r.p++;
		} else if (c == '#' || c == ';') {
			skip_line(&r);
		} else if (c == '[') {
			r.p++;
			if (!section(&r)) {
				r.section[0] = r.sub[0] = '\0';
				skip_line(&r);
			}
		} else if (entry(&r, fn, ctx, err)) {
			return -1;
		}
	}
	return 0;
}

bool mf_gitconfig_bool(const char *v)
{
	return strcasecmp(v, "true") == 0 || strcasecmp(v, "yes") == 0 || strcasecmp(v, "on") == 0 ||
	       (v[0] >= '1' && v[0] <= '9');
}
