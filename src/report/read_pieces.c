/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the array of findings in a report and where its elements begin and end. Only brackets and strings are looked at: whatever else is wrong
 * with the text is found when the pieces are parsed. */
#include "read.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { DEPTH_MAX = 60 };

struct cut {
	struct mf_str text;
	size_t at, from, to;	/* the array's content */
	struct mf_str *v;
	size_t n, cap;
};

/* Past a string that begins at `at`. */
static size_t after_string(struct mf_str s, size_t at)
{
	for (at++; at < s.n && s.p[at] != '"'; at++)
		at += s.p[at] == '\\' && at + 1 < s.n;
	return at < s.n ? at + 1 : s.n;
}

static size_t after_blanks(struct mf_str s, size_t at)
{
	while (at < s.n && mf_blank(s.p[at]))
		at++;
	return at;
}

/* The '[' that follows the key "findings" in the outermost object; s.n when there is none. */
static size_t find_array(struct mf_str s)
{
	unsigned depth = 0;

	for (size_t at = 0; at < s.n;) {
		const char c = s.p[at];

		if (c == '"') {
			const size_t end = after_string(s, at);
			const bool key = depth == 1 && end - at == 10 && memcmp(s.p + at, "\"findings\"", 10) == 0;
			size_t next = after_blanks(s, end);

			if (key && next < s.n && s.p[next] == ':') {
				next = after_blanks(s, next + 1);
				return next < s.n && s.p[next] == '[' ? next : s.n;
			}
			at = end;
			continue;
		}
		depth += c == '{' || c == '[';
		depth -= depth && (c == '}' || c == ']');
		at++;
	}
	return s.n;
}

static int piece(struct cut *c, size_t from, size_t to, struct mf_err *err)
{
	if (c->n == c->cap) {
		const size_t cap = c->cap ? c->cap * 2 : 64;
		struct mf_str *v = mf_regrow(c->v, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n++] = mf_trim((struct mf_str){ c->text.p + from, to - from });
	return 0;
}

/* From behind the '[' to its ']': each element is a piece. */
static int elements(struct cut *c, struct mf_err *err)
{
	const struct mf_str s = c->text;
	size_t begin = c->from, at = c->from;
	unsigned depth = 0;

	while (at < s.n) {
		const char ch = s.p[at];

		if (ch == '"') {
			at = after_string(s, at);
			continue;
		}
		if (depth == 0 && (ch == ',' || ch == ']')) {
			const bool none = ch == ']' && c->n == 0 && after_blanks(s, begin) == at;

			if (!none && piece(c, begin, at, err))
				return -1;
			begin = at + 1;
			if (ch == ']') {
				c->to = at;
				return 0;
			}
		}
		depth += ch == '{' || ch == '[';
		depth -= depth && (ch == '}' || ch == ']');
		if (depth > DEPTH_MAX)
			return mf_fail(err, MF_E_REPORT_READ, "the report is nested too deeply");
		at++;
	}
	return mf_fail(err, MF_E_REPORT_READ, "the list of findings does not end");
}

int mf_pieces_cut(struct mf_pieces *out, struct mf_str text, struct mf_err *err)
{
	struct cut c = { .text = text };
	struct mf_buf frame = MF_BUF(SIZE_MAX / 4);
	int r;

	c.from = find_array(text);
	if (c.from == text.n)
		return mf_fail(err, MF_E_REPORT_READ, "this is no JSON report of mayfly: it has no list of findings");
	c.from++;
	r = elements(&c, err);
	if (r == 0)
		r = mf_buf_add(&frame, text.p, c.from, err) || mf_buf_add(&frame, text.p + c.to, text.n - c.to, err) ? -1 : 0;
	if (r) {
		free(c.v);
		mf_buf_free(&frame);
		return -1;
	}
	*out = (struct mf_pieces){ frame, c.v, c.n };
	return 0;
}

void mf_pieces_free(struct mf_pieces *p)
{
	mf_buf_free(&p->frame);
	free(p->v);
}
