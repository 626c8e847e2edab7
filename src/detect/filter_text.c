/* SPDX-License-Identifier: Apache-2.0 */
/* Searching without regard to case. */
#include "filter_priv.h"

static bool same(const char *p, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_f_lower(p[i]) != word[i])
			return false;
	return true;
}

bool mf_f_begins(struct mf_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && same(s.p, word, n);
}

bool mf_f_ends(struct mf_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && same(s.p + s.n - n, word, n);
}

bool mf_f_is(struct mf_str s, const char *word)
{
	return s.n == strlen(word) && same(s.p, word, s.n);
}

static size_t find_from(struct mf_str s, size_t at, const char *word)
{
	size_t n = strlen(word);

	for (; at + n <= s.n; at++)
		if (mf_f_lower(s.p[at]) == word[0] && same(s.p + at, word, n))
			return at;
	return SIZE_MAX;
}

size_t mf_f_find(struct mf_str s, const char *word)
{
	return find_from(s, 0, word);
}

bool mf_f_has(struct mf_str s, const char *word)
{
	return mf_f_find(s, word) != SIZE_MAX;
}

bool mf_f_has_word(struct mf_str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t at = mf_f_find(s, word); at != SIZE_MAX; at = find_from(s, at + 1, word))
		if ((at == 0 || !mf_f_letter(s.p[at - 1])) && (at + n == s.n || !mf_f_letter(s.p[at + n])))
			return true;
	return false;
}

bool mf_f_is_any(struct mf_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_f_is(s, words[i]))
			return true;
	return false;
}

bool mf_f_has_any(struct mf_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_f_has(s, words[i]))
			return true;
	return false;
}

bool mf_f_begins_any(struct mf_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_f_begins(s, words[i]))
			return true;
	return false;
}

bool mf_f_ends_any(struct mf_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_f_ends(s, words[i]))
			return true;
	return false;
}

static unsigned class_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return MF_F_LOWER;
	if (c >= 'A' && c <= 'Z')
		return MF_F_UPPER;
	if (mf_f_digit(c))
		return MF_F_DIGIT;
	if (mf_f_among(c, "_-./"))
		return MF_F_JOINT;
	if (mf_blank(c))
		return MF_F_BLANK;
	return (unsigned char)c >= 0x80 || (unsigned char)c < 0x20 ? MF_F_OTHER : MF_F_SYMBOL;
}

unsigned mf_f_classes(struct mf_str s)
{
	unsigned classes = 0;

	for (size_t i = 0; i < s.n; i++)
		classes |= class_of(s.p[i]);
	return classes;
}
