/* SPDX-License-Identifier: Apache-2.0 */
/* Examples are written without secrets: ${alnum:32} stands for 32 characters that the test makes up. */
#include "rules_book.h"

static const char *const sized[] = { "alnum", "lower", "upper", "loweralnum", "upperalnum", "digits", "hex", "HEX", "b32", "b64", "b64url", "ident" };

static bool known_check(struct mf_str name, const char *const *checks)
{
	for (; checks && *checks; checks++)
		if (mf_str_is(name, *checks))
			return true;
	return false;
}

static bool number(struct mf_str s)
{
	if (s.n == 0 || s.n > 4 || s.p[0] == '0')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* What stands between ${ and }. */
static const char *field_mistake(struct mf_str s, const char *const *checks)
{
	const char *colon = memchr(s.p, ':', s.n);
	struct mf_str kind = { .p = s.p, .n = colon ? (size_t)(colon - s.p) : s.n };
	struct mf_str rest = { .p = colon ? colon + 1 : "", .n = colon ? s.n - kind.n - 1 : 0 };

	if (mf_str_is(kind, "uuid"))
		return colon ? "${uuid} takes no number" : NULL;
	if (mf_str_is(kind, "token") || mf_str_is(kind, "broken"))
		return known_check(rest, checks) ? NULL : "${token:CHECK} and ${broken:CHECK} take the name of a structure check";
	for (size_t i = 0; i < MF_COUNT(sized); i++)
		if (mf_str_is(kind, sized[i]))
			return number(rest) ? NULL : "a number from 1 to 9999 has to follow the kind, as in ${alnum:32}";
	/* ${name} of other programs is text; what looks like a kind of ours with a number is a slip */
	return colon && number(rest) ? "there are alnum lower upper loweralnum upperalnum digits hex HEX b32 b64 b64url ident, each with a number, and "
				       "uuid, token, broken" : NULL;
}

const char *mf_template_mistake(struct mf_str text, const char *const *checks)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		const char *end, *mistake;

		if (text.p[i] != '$' || text.p[i + 1] != '{')
			continue;
		end = memchr(text.p + i, '}', text.n - i);
		if (!end)
			return "a ${ has no } after it";
		mistake = field_mistake((struct mf_str){ .p = text.p + i + 2, .n = (size_t)(end - (text.p + i + 2)) }, checks);
		if (mistake)
			return mistake;
		i = (size_t)(end - text.p);
	}
	return NULL;
}
