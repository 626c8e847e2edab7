/* SPDX-License-Identifier: Apache-2.0 */
/* git's glob, without recursion: of all stars only the last one in a part of the path, and the last "**", can still matter
 * when something does not match, so that these two are all there is to go back to. */
#include "ignore.h"

struct match {
	struct mf_str pattern, text;
	size_t p, t;
	size_t star_p, star_t;	/* after the star, and where its match ends now; SIZE_MAX: none */
	size_t deep_p, deep_t;	/* the same for "**" */
	bool deep_parts;	/* its match ends at a '/' */
};

static unsigned char pattern_at(const struct match *m, size_t i)
{
	return i < m->pattern.n ? (unsigned char)m->pattern.p[i] : 0;
}

static bool is_alpha(unsigned char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_graph(unsigned char c)
{
	return c > ' ' && c < 127;
}

/* A named class of ASCII; false in *known when there is none of that name. */
static bool in_class(struct mf_str name, unsigned char c, bool *known)
{
	const bool alnum = is_alpha(c) || is_digit(c);
	const struct {
		const char *name;
		bool in;
	} classes[] = {
		{ "alnum", alnum },
		{ "alpha", is_alpha(c) },
		{ "blank", c == ' ' || c == '\t' },
		{ "cntrl", c < 32 || c == 127 },
		{ "digit", is_digit(c) },
		{ "graph", is_graph(c) },
		{ "lower", c >= 'a' && c <= 'z' },
		{ "print", is_graph(c) || c == ' ' },
		{ "punct", is_graph(c) && !alnum },
		{ "space", mf_blank((char)c) },
		{ "upper", c >= 'A' && c <= 'Z' },
		{ "xdigit", is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f') },
	};

	for (size_t i = 0; i < MF_COUNT(classes); i++) {
		if (!mf_str_is(name, classes[i].name))
			continue;
		*known = true;
		return classes[i].in;
	}
	*known = false;
	return false;
}

/* Where the name of "[:name:]" ends whose '[' is at `at`; 0 when it is not that. */
static size_t class_end(const struct match *m, size_t at)
{
	size_t end = at + 2;

	if (pattern_at(m, at + 1) != ':')
		return 0;
	while (pattern_at(m, end) && pattern_at(m, end) != ']')
		end++;
	return pattern_at(m, end) == ']' && end > at + 2 && pattern_at(m, end - 1) == ':' ? end : 0;
}

/* One member of a set: a character, an escaped one, a range or a class. *at moves behind it; false: the set is broken. */
static bool member(const struct match *m, size_t *at, unsigned char *before, unsigned char c, bool *in)
{
	unsigned char now = pattern_at(m, *at);
	size_t end;
	bool known;

	if (!now)
		return false;
	if (now == '\\') {
		now = pattern_at(m, ++*at);
		if (!now)
			return false;
		*in |= c == now;
	} else if (now == '-' && *before && pattern_at(m, *at + 1) && pattern_at(m, *at + 1) != ']') {
		now = pattern_at(m, ++*at);
		if (now == '\\')
			now = pattern_at(m, ++*at);
		if (!now)
			return false;
		*in |= c >= *before && c <= now;
		now = 0;
	} else if (now == '[' && (end = class_end(m, *at)) != 0) {
		const size_t from = *at + 2;

		*in |= in_class((struct mf_str){ m->pattern.p + from, end - 1 - from }, c, &known);
		if (!known)
			return false;
		*at = end;
		now = 0;
	} else {
		*in |= c == now;
	}
	*before = now;
	++*at;
	return true;
}

/* The set whose '[' is at m->p; moves behind it. False: `c` is not in it, or it is broken, which matches nothing. */
static bool set(struct match *m, unsigned char c, uint64_t *work)
{
	size_t at = m->p + 1;
	const bool negated = pattern_at(m, at) == '!' || pattern_at(m, at) == '^';
	unsigned char before = 0;
	bool in = false;

	at += negated;
	do {
		if (!*work || !member(m, &at, &before, c, &in))
			return false;
		--*work;
	} while (pattern_at(m, at) != ']');
	m->p = at + 1;
	return in != negated && c != '/';
}

/* One character of the text against what stands at m->p. */
static bool one(struct match *m, uint64_t *work)
{
	unsigned char c = (unsigned char)m->text.p[m->t], p = pattern_at(m, m->p);

	if (m->p >= m->pattern.n)
		return false;
	if (p == '?' && c != '/') {
		m->p++;
	} else if (p == '[') {
		if (!set(m, c, work))
			return false;
	} else {
		if (p == '?')
			return false;
		if (p == '\\')
			p = pattern_at(m, ++m->p);
		if (m->p >= m->pattern.n || p != c)
			return false;
		m->p++;
	}
	m->t++;
	if (c == '/')
		m->star_p = SIZE_MAX;	/* it cannot reach over this */
	return true;
}

/* Stars at m->p. True in *all: the rest of the text matches, whatever it is. */
static void stars(struct match *m, bool *all)
{
	const size_t from = m->p;
	bool deep;

	while (pattern_at(m, m->p) == '*')
		m->p++;
	deep = m->p - from > 1 && (from == 0 || m->pattern.p[from - 1] == '/') &&
	       (m->p == m->pattern.n || pattern_at(m, m->p) == '/' || (pattern_at(m, m->p) == '\\' && pattern_at(m, m->p + 1) == '/'));
	if (!deep) {
		m->star_p = m->p;
		m->star_t = m->t;
		return;
	}
	*all = m->p == m->pattern.n;
	m->deep_parts = pattern_at(m, m->p) == '/';
	m->p += m->deep_parts;
	m->star_p = SIZE_MAX;
	m->deep_p = m->p;
	m->deep_t = m->t;
}

/* Lets the last star take one more character, or the last "**" one more part. */
static bool again(struct match *m)
{
	const char *slash;

	if (m->star_p != SIZE_MAX && m->star_t < m->text.n && m->text.p[m->star_t] != '/') {
		m->p = m->star_p;
		m->t = ++m->star_t;
		return true;
	}
	m->star_p = SIZE_MAX;
	if (m->deep_p == SIZE_MAX || m->deep_t >= m->text.n)
		return false;
	if (m->deep_parts) {
		slash = memchr(m->text.p + m->deep_t, '/', m->text.n - m->deep_t);
		if (!slash)
			return false;
		m->deep_t = (size_t)(slash - m->text.p);
	}
	m->p = m->deep_p;
	m->t = ++m->deep_t;
	return true;
}

bool mf_wildmatch(struct mf_str pattern, struct mf_str text, uint64_t *work)
{
	struct match m = { .pattern = pattern, .text = text, .star_p = SIZE_MAX, .deep_p = SIZE_MAX };
	bool all = false;

	for (;;) {
		if (!*work)
			return false;
		--*work;
		if (pattern_at(&m, m.p) == '*' && m.p < pattern.n) {
			stars(&m, &all);
			if (all)
				return true;
			continue;
		}
		if (m.t == text.n) {
			if (m.p == pattern.n)
				return true;
			/* a star that takes more leaves less for the rest */
			return false;
		}
		if (!one(&m, work) && !again(&m))
			return false;
	}
}
