/* SPDX-License-Identifier: Apache-2.0 */
/* RE2's syntax as Go's regexp reads it (its Perl flags), into a tree. Parentheses are kept on a stack of our own: no recursion. */
#include "re2_parse.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include "re2_tree.h"

int mf_re2_refuse(struct mf_re2_parser *s, size_t at, const char *why)
{
	mf_fail(s->err, MF_E_RE_SYNTAX, "a regular expression is not valid at byte %zu", at);
	mf_err_why(s->err, "%s", why);
	return -1;
}

int mf_re2_rune(struct mf_re2_parser *s, uint32_t *c)
{
	size_t step = mf_utf8_decode(c, s->p + s->at, s->n - s->at);

	if (!step)
		return mf_re2_refuse(s, s->at, "it is not valid UTF-8");
	s->at += step;
	return 0;
}

bool mf_re2_next_is(const struct mf_re2_parser *s, size_t ahead, char c)
{
	return s->n - s->at > ahead && s->p[s->at + ahead] == c;
}

int mf_re2_open(struct mf_re2_parser *s, size_t at, unsigned flags_inside, bool capture, struct mf_str name)
{
	struct mf_re2_open *o;

	if (s->n_open > MF_RE2_HEIGHT)
		return mf_re2_refuse(s, at, "it nests too deeply");
	if (s->n_open == s->cap_open) {
		size_t cap = s->cap_open ? s->cap_open * 2 : 16;

		o = mf_regrow(s->open, cap, sizeof(*o));
		if (!o)
			return mf_fail_nomem(s->err);
		s->open = o;
		s->cap_open = cap;
	}
	if (capture && mf_re2_name_group(s, at, name))
		return -1;
	s->open[s->n_open++] = (struct mf_re2_open){
		.at = at, .flags = s->flags, .cap = capture ? s->re->groups : 0, .alts = s->alts.n, .items = s->items.n
	};
	s->flags = flags_inside;
	return 0;
}

static int close_paren(struct mf_re2_parser *s)
{
	struct mf_re2_open o;
	struct mf_node *n;

	if (s->n_open < 2)
		return mf_re2_refuse(s, s->at, "a ')' closes nothing");
	if (mf_re2_end_branch(s))
		return -1;
	n = mf_re2_end_alts(s);
	if (!n)
		return -1;
	o = s->open[--s->n_open];
	s->flags = o.flags;
	s->at++;
	if (!o.cap)
		return mf_re2_put(s, &s->items, n);
	return mf_re2_push(s, mf_re2_group(s, n, o.cap));
}

/* A number without leading zeros, 1e6 at most, and false when there is none. */
static bool count(const struct mf_re2_parser *s, size_t *at, int *out)
{
	size_t began = *at;
	int v = 0;

	for (; *at < s->n && s->p[*at] >= '0' && s->p[*at] <= '9'; (*at)++)
		if (v < 1000000)
			v = v * 10 + (s->p[*at] - '0');
	*out = v;
	return *at > began && (*at == began + 1 || s->p[began] != '0');
}

/* "{n}", "{n,}", "{n,m}" at s->at, which is not moved: the offset behind it, or 0 when it is none of these. */
static size_t counts(const struct mf_re2_parser *s, int *min, int *max)
{
	size_t at = s->at + 1;

	if (!count(s, &at, min))
		return 0;
	*max = *min;
	if (at < s->n && s->p[at] == ',') {
		at++;
		*max = MF_RE2_INF;
		if (at < s->n && s->p[at] != '}' && !count(s, &at, max))
			return 0;
	}
	return at < s->n && s->p[at] == '}' ? at + 1 : 0;
}

/* At a repetition. `last`: whether the token before it was one as well. */
static int repeat(struct mf_re2_parser *s, int min, int max, size_t end, bool last)
{
	size_t at = s->at;
	bool lazy = s->flags & MF_RE2_F_UNGREEDY;

	s->at = end;
	if (min > MF_RE2_COPIES || max > MF_RE2_COPIES || (max != MF_RE2_INF && min > max))
		return mf_re2_refuse(s, at, "a repetition's count is above 1000, or its least is above its most");
	if (mf_re2_next_is(s, 0, '?')) {
		lazy = !lazy;
		s->at++;
	}
	if (last)
		return mf_re2_refuse(s, at, "a repetition of a repetition needs a group");
	if (s->items.n == s->open[s->n_open - 1].items)
		return mf_re2_refuse(s, at, "there is nothing to repeat");
	return mf_re2_repeat(s, at, min, max, lazy);
}

static int brace(struct mf_re2_parser *s, bool *repeated)
{
	int min, max;
	size_t end = counts(s, &min, &max);
	bool last = *repeated;

	*repeated = end != 0;
	if (end)
		return repeat(s, min, max, end, last);
	s->at++;
	return mf_re2_push_rune(s, '{');
}

static int quoted(struct mf_re2_parser *s)
{
	uint32_t c;

	for (s->at += 2; s->at < s->n; ) {
		if (s->p[s->at] == '\\' && mf_re2_next_is(s, 1, 'E')) {
			s->at += 2;
			return 0;
		}
		if (mf_re2_rune(s, &c) || mf_re2_push_rune(s, c))
			return -1;
	}
	return 0;
}

static int push_op(struct mf_re2_parser *s, enum mf_re2_op op, size_t length)
{
	s->at += length;
	return mf_re2_push(s, mf_re2_node(s, op));
}

static int backslash(struct mf_re2_parser *s)
{
	MF_CLEANUP(mf_class_free) struct mf_class c = { .max = MF_RE2_RANGES - s->ranges };
	uint32_t rune;
	int done;

	switch (s->n - s->at > 1 ? s->p[s->at + 1] : '\0') {
	case 'A':
		return push_op(s, MF_RE2_BEGIN_TEXT, 2);
	case 'z':
		return push_op(s, MF_RE2_END_TEXT, 2);
	case 'b':
		return push_op(s, MF_RE2_WORD, 2);
	case 'B':
		return push_op(s, MF_RE2_NO_WORD, 2);
	case 'C':
		return mf_re2_refuse(s, s->at, "\\C is not supported");
	case 'Q':
		return quoted(s);
	default:
		break;
	}
	done = mf_re2_class_escape(s, &c);
	if (done > 0) {
		s->ranges += c.n;
		mf_class_clean(&c);
		return mf_re2_push_class(s, &c);
	}
	return done < 0 || mf_re2_escape(s, &rune) ? -1 : mf_re2_push_rune(s, rune);
}

static int dot(struct mf_re2_parser *s)
{
	struct mf_range all[] = { { 0, '\n' - 1 }, { '\n' + 1, MF_RUNE_MAX } };
	struct mf_class c = { .r = all, .n = 2, .max = 2 };

	s->at++;
	if (s->flags & MF_RE2_F_DOT_NL) {
		all[0].hi = MF_RUNE_MAX;
		c.n = 1;
	}
	return mf_re2_push_class(s, &c);
}

static int token(struct mf_re2_parser *s, bool *repeated)
{
	bool last = *repeated, multi = s->flags & MF_RE2_F_MULTI;
	uint32_t c;

	*repeated = false;
	switch (s->p[s->at]) {
	case '(':
		if (mf_re2_next_is(s, 1, '?'))
			return mf_re2_flags(s);
		s->at++;
		return mf_re2_open(s, s->at - 1, s->flags, true, (struct mf_str){ 0 });
	case ')':
		return close_paren(s);
	case '|':
		s->at++;
		return mf_re2_end_branch(s);
	case '^':
		return push_op(s, multi ? MF_RE2_BEGIN_LINE : MF_RE2_BEGIN_TEXT, 1);
	case '$':
		return push_op(s, multi ? MF_RE2_END_LINE : MF_RE2_END_TEXT, 1);
	case '.':
		return dot(s);
	case '[':
		return mf_re2_class(s);
	case '\\':
		return backslash(s);
	case '*':
	case '+':
	case '?':
		*repeated = true;
		return repeat(s, s->p[s->at] == '+', s->p[s->at] == '?' ? 1 : MF_RE2_INF, s->at + 1, last);
	case '{':
		*repeated = last;
		return brace(s, repeated);
	default:
		return mf_re2_rune(s, &c) ? -1 : mf_re2_push_rune(s, c);
	}
}

static int parse(struct mf_re2_parser *s)
{
	bool repeated = false;

	if (s->n > MF_RE2_TEXT)
		return mf_re2_refuse(s, MF_RE2_TEXT, "it is longer than 64 KiB");
	if (mf_re2_open(s, 0, 0, false, (struct mf_str){ 0 }))
		return -1;
	while (s->at < s->n)
		if (token(s, &repeated))
			return -1;
	if (s->n_open > 1)
		return mf_re2_refuse(s, s->open[s->n_open - 1].at, "a ')' is missing");
	if (mf_re2_end_branch(s))
		return -1;
	s->re->root = mf_re2_end_alts(s);
	return s->re->root ? 0 : -1;
}

int mf_re2_parse(struct mf_re2 *re, struct mf_str text, struct mf_err *err)
{
	struct mf_re2_parser s = { .re = re, .p = text.p, .n = text.n, .err = err };
	int rc = parse(&s);

	free(s.open);
	free(s.alts.p);
	free(s.items.p);
	return rc;
}
