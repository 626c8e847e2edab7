/* SPDX-License-Identifier: Apache-2.0 */
/* Armoured blocks as they stand in files: plain, indented, quoted line by line in source code, in comments, or in one line with \n in it. */
#include "verify_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* -- lines, whatever ends them ---------------------------------------------------------------------- */

/* The length of the line end at s.p[i]: a real one, or an escaped one (\n, \r, also with two or more backslashes); 0 for none. */
static size_t line_end(struct mf_str s, size_t i)
{
	size_t at = i;

	if (s.p[i] == '\n' || s.p[i] == '\r')
		return 1;
	while (at < s.n && at - i < 4 && s.p[at] == '\\')
		at++;
	return at > i && at < s.n && (s.p[at] == 'n' || s.p[at] == 'r') ? at + 1 - i : 0;
}

static struct mf_str next_line(struct mf_str *text)
{
	struct mf_str s = *text;
	size_t i = 0, end = 0;

	while (i < s.n && (end = line_end(s, i)) == 0)
		i++;
	*text = mf_v_from(s, i + end);
	return mf_v_head(s, i);
}

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* A mark of a comment, a quotation or a concatenation. Those that are digits of base64 as well count only before a blank or a quote. */
static size_t mark(struct mf_str l)
{
	size_t n = 0;

	while (n < l.n && n < 4 && among(l.p[n], "#*>|;"))
		n++;
	if (n)
		return n;
	while (n < l.n && n < 4 && among(l.p[n], "/+"))
		n++;
	return n && n < l.n && (mf_blank(l.p[n]) || among(l.p[n], "\"'")) ? n : 0;
}

/* Without what source code, comments and quoting put around a line. */
static struct mf_str bare(struct mf_str l)
{
	size_t n;

	l = mf_trim(l);
	while ((n = mark(l)) != 0)
		l = mf_trim(mf_v_from(l, n));
	while (l.n && among(l.p[0], "\"'`("))
		l = mf_trim(mf_v_from(l, 1));
	while (l.n && (among(l.p[l.n - 1], "\"'`,;)\\.$&") || (l.n > 1 && l.p[l.n - 1] == '+' && (mf_blank(l.p[l.n - 2]) || l.p[l.n - 2] == '"'))))
		l = mf_trim(mf_v_head(l, l.n - 1));
	return l;
}

/* -- the block -------------------------------------------------------------------------------------- */

static bool header(struct mf_v_armor *a, struct mf_str l)
{
	if (!mf_v_has(l, ":"))
		return false;
	if (mf_v_has(l, "ENCRYPTED"))
		a->encrypted = true;
	return true;
}

/* Several lines may have been joined by blanks alone: their characters stay. */
static void keep(struct mf_v_armor *a, struct mf_str l)
{
	if (l.n == 5 && l.p[0] == '=' && mf_v_all(mf_v_from(l, 1), mf_v_b64c)) {
		memcpy(a->crc, l.p + 1, 4);
		a->has_crc = true;
		return;
	}
	for (size_t i = 0; i < l.n && !a->foreign; i++) {
		if (mf_v_b64c(l.p[i]) >= 0 || l.p[i] == '=')
			a->b64[a->n++] = l.p[i];
		else if (!mf_blank(l.p[i]))
			a->foreign = true;
	}
}

static void read_body(struct mf_v_armor *a, struct mf_str text)
{
	while (text.n && !a->foreign && !a->ended) {
		struct mf_str l = next_line(&text);
		size_t end = mf_v_find(l, "---- END") != SIZE_MAX ? mf_v_find(l, "---- END") : mf_v_find(l, "-----END");

		a->ended = end != SIZE_MAX;
		if (mf_v_has(l, "..."))
			a->foreign = true;
		l = bare(mf_v_head(l, end));
		if (l.n && !header(a, l))
			keep(a, l);
	}
}

int mf_v_armor_read(struct mf_v_armor *a, struct mf_str text)
{
	size_t at = mf_v_find(text, "---- BEGIN "), n = 0;
	struct mf_str rest;

	memset(a, 0, sizeof(*a));
	if (at == SIZE_MAX)
		at = mf_v_find(text, "-----BEGIN ");
	if (at == SIZE_MAX)
		return 0;
	rest = mf_v_from(text, at + 11);
	while (n < rest.n && n < 64 && rest.p[n] != '-')
		n++;
	a->label = mf_trim(mf_v_head(rest, n));
	rest = mf_v_from(rest, n);
	while (rest.n && rest.p[0] == '-')
		rest = mf_v_from(rest, 1);
	a->b64 = mf_calloc(rest.n + 1, 1);
	if (!a->b64)
		return -1;
	read_body(a, rest);
	return 1;
}

void mf_v_armor_free(struct mf_v_armor *a)
{
	free(a->b64);
	a->b64 = NULL;
}
