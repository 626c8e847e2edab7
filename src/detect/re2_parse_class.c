/* SPDX-License-Identifier: Apache-2.0 */
/* Bracket expressions and the escapes of classes. */
#include "re2_parse.h"

static size_t find(const struct mf_re2_parser *s, size_t from, const char *what, size_t n)
{
	for (size_t i = from; i + n <= s->n; i++)
		if (memcmp(s->p + i, what, n) == 0)
			return i;
	return SIZE_MAX;
}

static int class_unicode(struct mf_re2_parser *s, struct mf_class *c)
{
	bool negated = s->p[s->at + 1] == 'P';
	size_t at = s->at, end;
	struct mf_str name;
	uint32_t letter;

	s->at += 2;
	if (mf_re2_next_is(s, 0, '{')) {
		end = find(s, s->at, "}", 1);
		if (end == SIZE_MAX)
			return mf_re2_refuse(s, at, "a class's name does not end in '}'");
		name = (struct mf_str){ s->p + s->at + 1, end - s->at - 1 };
		s->at = end + 1;
	} else {
		end = s->at;
		if (end == s->n)
			return mf_re2_refuse(s, at, "a class's name is missing");
		if (mf_re2_rune(s, &letter))
			return -1;
		name = (struct mf_str){ s->p + end, s->at - end };
	}
	if (!mf_class_unicode(c, name, negated, s->flags & MF_RE2_F_FOLD))
		return mf_re2_refuse(s, at, "a class has an unknown name");
	return 1;
}

int mf_re2_class_escape(struct mf_re2_parser *s, struct mf_class *c)
{
	if (!mf_re2_next_is(s, 0, '\\') || s->n - s->at < 2)
		return 0;
	if ((s->p[s->at + 1] | 32) == 'p')
		return class_unicode(s, c);
	if (!mf_class_perl(c, s->p[s->at + 1], s->flags & MF_RE2_F_FOLD))
		return 0;
	s->at += 2;
	return 1;
}

/* "[:alpha:]": 1 when it was one. A "[:" that no ":]" follows is two characters. */
static int class_posix(struct mf_re2_parser *s, struct mf_class *c)
{
	size_t end;

	if (!mf_re2_next_is(s, 0, '[') || !mf_re2_next_is(s, 1, ':') || s->n - s->at < 3)
		return 0;
	end = find(s, s->at + 2, ":]", 2);
	if (end == SIZE_MAX)
		return 0;
	if (!mf_class_posix(c, (struct mf_str){ s->p + s->at + 2, end - s->at - 2 }, s->flags & MF_RE2_F_FOLD))
		return mf_re2_refuse(s, s->at, "a class has an unknown name");
	s->at = end + 2;
	return 1;
}

static int class_rune(struct mf_re2_parser *s, size_t began, uint32_t *c)
{
	if (s->at == s->n)
		return mf_re2_refuse(s, began, "a ']' is missing");
	return s->p[s->at] == '\\' ? mf_re2_escape(s, c) : mf_re2_rune(s, c);
}

static int class_range(struct mf_re2_parser *s, size_t began, struct mf_class *c)
{
	size_t at = s->at;
	uint32_t lo, hi;

	if (class_rune(s, began, &lo))
		return -1;
	hi = lo;
	if (s->n - s->at >= 2 && s->p[s->at] == '-' && s->p[s->at + 1] != ']') {
		s->at++;
		if (class_rune(s, began, &hi))
			return -1;
		if (hi < lo)
			return mf_re2_refuse(s, at, "a range ends before it begins");
	}
	if (s->flags & MF_RE2_F_FOLD)
		mf_class_add_folded(c, lo, hi);
	else
		mf_class_add(c, lo, hi);
	return 0;
}

static int class_parts(struct mf_re2_parser *s, size_t began, struct mf_class *c)
{
	bool first = true;
	int done;

	for (; !mf_re2_next_is(s, 0, ']') || first; first = false) {
		done = class_posix(s, c);
		if (done == 0)
			done = mf_re2_class_escape(s, c);
		if (done < 0 || (done == 0 && class_range(s, began, c)))
			return -1;
	}
	s->at++;
	return 0;
}

int mf_re2_class(struct mf_re2_parser *s)
{
	MF_CLEANUP(mf_class_free) struct mf_class c = { .max = MF_RE2_RANGES - s->ranges };
	size_t began = s->at++;
	bool negated = mf_re2_next_is(s, 0, '^');

	s->at += negated;
	if (class_parts(s, began, &c))
		return -1;
	s->ranges += c.n;
	mf_class_clean(&c);
	if (negated)
		mf_class_negate(&c);
	return mf_re2_push_class(s, &c);
}
