/* SPDX-License-Identifier: Apache-2.0 */
/* Armoured blocks as they stand in files: plain, indented, quoted line by line in source code, in comments, or in one line with \n in it. */
#include "verify_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* -- lines, whatever ends them ---------------------------------------------------------------------- */

/* The length of the line end at s.p[i]: a real one, an escaped one (\n, \r, also with two or more backslashes), a quote; 0 for none. */
static size_t line_end(struct mf_str s, size_t i)
{
	size_t at = i;

	if (s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '"' || s.p[i] == '\'')
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

/* A mark of a comment, a quotation or a concatenation. Those that are digits of base64 as well count only before a blank. */
static size_t mark(struct mf_str l)
{
	size_t n = 0;

	while (n < l.n && n < 4 && among(l.p[n], "#*>|;"))
		n++;
	if (n)
		return n;
	while (n < l.n && n < 4 && among(l.p[n], "/+"))
		n++;
	return n && n < l.n && mf_blank(l.p[n]) ? n : 0;
}

/* Without what source code, comments and quoting put around a line. */
static struct mf_str bare(struct mf_str l)
{
	size_t n;

	l = mf_trim(l);
	while ((n = mark(l)) != 0)
		l = mf_trim(mf_v_from(l, n));
	while (l.n && among(l.p[0], "`("))
		l = mf_trim(mf_v_from(l, 1));
	while (l.n && (among(l.p[l.n - 1], "`,;)\\.$&") || (l.n > 1 && l.p[l.n - 1] == '+' && mf_blank(l.p[l.n - 2]))))
		l = mf_trim(mf_v_head(l, l.n - 1));
	return l;
}

/* -- the block -------------------------------------------------------------------------------------- */

/* "Proc-Type: 4,ENCRYPTED", "Version: ..." */
static bool header(struct mf_v_armor *a, struct mf_str l)
{
	size_t n = 0;

	while (n < l.n && l.p[n] != ':' && (l.p[n] == '-' || (mf_v_b62(l.p[n]) >= 10)))
		n++;
	if (n == 0 || n == l.n || l.p[n] != ':')
		return false;
	if (mf_v_has(l, "ENCRYPTED"))
		a->encrypted = true;
	return true;
}

/* What joins two quoted lines. */
static bool joint(struct mf_str l)
{
	for (size_t i = 0; i < l.n; i++)
		if (!among(l.p[i], "+,;.()&\\ \t"))
			return false;
	return l.n <= 4;
}

/* A log puts its time before each line: the last word is the key's. */
static struct mf_str without_stamp(struct mf_str l)
{
	size_t first = 0, last = l.n;

	while (first < l.n && !mf_blank(l.p[first]))
		first++;
	while (last && !mf_blank(l.p[last - 1]))
		last--;
	return first < 16 && l.n - last >= 24 ? mf_v_from(l, last) : l;
}

/* Several lines may have been joined by blanks alone: their characters stay. */
static void keep(struct mf_v_armor *a, struct mf_str l)
{
	if (l.n == 5 && l.p[0] == '=' && mf_v_all(mf_v_from(l, 1), mf_b64_digit)) {
		memcpy(a->crc, l.p + 1, 4);
		a->has_crc = true;
		return;
	}
	l = without_stamp(l);
	for (size_t i = 0; i < l.n && !a->foreign; i++) {
		if (mf_b64_digit(l.p[i]) >= 0 || l.p[i] == '=')
			a->b64[a->n++] = l.p[i];
		else if (!mf_blank(l.p[i]))
			a->foreign = true;
	}
}

/* What stands before the end line on its own line is decoration, unless the whole block is one line or nothing parts them. */
static bool decoration(const struct mf_v_armor *a, struct mf_str before)
{
	return before.n == 0 || (a->n && mf_blank(before.p[before.n - 1]));
}

static void read_body(struct mf_v_armor *a, struct mf_str text)
{
	while (text.n && !a->foreign && !a->ended) {
		struct mf_str l = next_line(&text);
		size_t end = mf_v_find(l, "---- END") != SIZE_MAX ? mf_v_find(l, "---- END") : mf_v_find(l, "-----END");

		a->ended = end != SIZE_MAX;
		if (mf_v_has(l, "..."))
			a->foreign = true;
		l = mf_v_head(l, end);
		if (a->ended && decoration(a, l))
			return;
		l = bare(l);
		if (!joint(l) && !header(a, l))
			keep(a, l);
	}
}

/* The longest run of base64 digits with all three classes in it: a line of a key, whatever stands around it. */
static size_t longest_run(struct mf_str s)
{
	size_t longest = 0, n = 0;
	unsigned classes = 0;

	for (size_t i = 0; i < s.n; i++) {
		int v = s.p[i] == '-' || s.p[i] == '_' ? -1 : mf_b64_digit(s.p[i]);

		n = v >= 0 ? n + 1 : 0;
		classes = v < 0 ? 0 : classes | (v < 26 ? 1u : v < 52 ? 2u : v < 62 ? 4u : 0);
		if (n > longest && classes == 7)
			longest = n;
	}
	return longest;
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
	a->longest = longest_run(rest);
	return 1;
}

void mf_v_armor_free(struct mf_v_armor *a)
{
	free(a->b64);
	a->b64 = NULL;
}
