/* SPDX-License-Identifier: Apache-2.0 */
/* Why a value is no credential: the order in which the reasons are asked. */
#include "filter_priv.h"

#define FAR 200		/* bytes of surroundings that are looked at */
#define MOST 4096	/* bytes of a value that are */

/* -- surroundings ------------------------------------------------------------------------------------ */

/* Where the value lies in a text, or SIZE_MAX: by its address, else by its bytes within the first 8 KiB. */
static size_t place(struct mf_str text, struct mf_str s)
{
	uintptr_t at = (uintptr_t)s.p, begin = (uintptr_t)text.p;

	if (text.n == 0 || s.n > text.n)
		return SIZE_MAX;
	if (at >= begin && at + s.n <= begin + text.n)
		return (size_t)(at - begin);
	for (size_t i = 0; i + s.n <= text.n && i < 8192; i++)
		if (text.p[i] == s.p[0] && memcmp(text.p + i, s.p, s.n) == 0)
			return i;
	return SIZE_MAX;
}

/* The bytes of its own line before and behind it, at most FAR; of the line above, too, when only that one has a name for it. */
static void look_around(struct mf_value *v, struct mf_str text, size_t at)
{
	size_t begin = at, end = at + v->s.n;
	unsigned lines = 0;
	bool name = false;

	while (begin && at - begin < FAR && (text.p[begin - 1] != '\n' || (!name && !lines++))) {
		begin--;
		name = name || mf_f_alnum(text.p[begin]);
	}
	while (end < text.n && end - at - v->s.n < FAR && text.p[end] != '\n')
		end++;
	v->before = (struct mf_str){ .p = text.p + begin, .n = at - begin };
	v->after = (struct mf_str){ .p = text.p + at + v->s.n, .n = end - at - v->s.n };
}

/* The last identifier before the value, past quotes, operators and an opening bracket: NAME = ", "name": ', set('name', ' */
static struct mf_str name_before(struct mf_str before)
{
	size_t end = before.n, begin, limit = end > 96 ? end - 96 : 0;

	while (end > limit && !mf_f_alnum(before.p[end - 1]) && before.p[end - 1] != '_')
		end--;
	begin = end;
	while (begin && (mf_f_alnum(before.p[begin - 1]) || mf_f_among(before.p[begin - 1], "_-.")))
		begin--;
	return mf_f_head(mf_f_from(before, begin), end - begin);
}

/* What stands before a value as "value" does, in every pair alike: the name is what has matched. */
static bool names_all(struct mf_str name)
{
	static const char *const words[] = { "value", "default", "content", "string" };

	return MF_F_IS(name, words);
}

static bool of_name(char c)
{
	return mf_f_alnum(c) || mf_f_among(c, "_-.");
}

/* The identifier that a match begins in. */
static struct mf_str name_of_match(struct mf_str match, struct mf_str line)
{
	const uintptr_t at = (uintptr_t)match.p, from = (uintptr_t)line.p;
	size_t back = at >= from && at < from + line.n ? at - from : 0, n = 0;
	struct mf_str name = match;

	for (; back && n < 64 && of_name(name.p[-1]); back--, n++)
		name.p--;
	for (; n < 96 && name.p + n < match.p + match.n && (n == 0 || of_name(name.p[n])); n++)
		;
	return (struct mf_str){ .p = name.p, .n = n };
}

static void survey(struct mf_value *v, struct mf_str match, struct mf_str line)
{
	size_t at = place(line, v->s);
	char last, first;

	if (at != SIZE_MAX)
		look_around(v, line, at);
	else if ((at = place(match, v->s)) != SIZE_MAX)
		look_around(v, match, at);
	v->name = name_before(v->before);
	if (names_all(v->name) && match.n)
		v->name = name_of_match(match, line);
	last = v->before.n ? v->before.p[v->before.n - 1] : 0;
	first = v->after.n ? v->after.p[0] : 0;
	if (mf_f_among(last, "\"'`") && (first == last || v->after.n == 0 || first == '\\'))
		v->quote = last;
}

/* -- the question ------------------------------------------------------------------------------------ */

static const char *strong(const struct mf_value *v)
{
	const char *why = mf_f_template(v);

	return why ? why : mf_f_placeholder(v);
}

static const char *weak(const struct mf_value *v)
{
	const char *why = mf_f_reference(v);

	if (!why)
		why = mf_f_shape(v);
	if (!why)
		why = mf_f_context(v);
	if (!why && mf_stock_password(v->s))
		why = "placeholder";
	if (why)
		return why;
	return mf_f_names_password(v->name) ? mf_f_password(v) : mf_f_word(v);
}

const char *mf_not_a_secret(struct mf_str secret, struct mf_str match, struct mf_str line, bool generic)
{
	struct mf_value v = { .s = mf_f_head(secret, MOST) };
	const char *why;

	if (secret.n == 0)
		return "empty";
	survey(&v, match, line);
	v.classes = mf_f_classes(v.s);
	why = strong(&v);
	return why || !generic ? why : weak(&v);
}
