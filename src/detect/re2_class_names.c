/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of characters that have a name: \d, [:alpha:], \p{Greek}. */
#include "re2.h"

struct named {
	const char *name;
	unsigned char n, r[8];	/* pairs */
};

static const struct named posix[] = {
	{ "alnum", 3, { '0', '9', 'A', 'Z', 'a', 'z' } },
	{ "alpha", 2, { 'A', 'Z', 'a', 'z' } },
	{ "ascii", 1, { 0, 0x7f } },
	{ "blank", 2, { '\t', '\t', ' ', ' ' } },
	{ "cntrl", 2, { 0, 0x1f, 0x7f, 0x7f } },
	{ "digit", 1, { '0', '9' } },
	{ "graph", 1, { '!', '~' } },
	{ "lower", 1, { 'a', 'z' } },
	{ "print", 1, { ' ', '~' } },
	{ "punct", 4, { '!', '/', ':', '@', '[', '`', '{', '~' } },
	{ "space", 2, { '\t', '\r', ' ', ' ' } },
	{ "upper", 1, { 'A', 'Z' } },
	{ "word", 4, { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' } },
	{ "xdigit", 3, { '0', '9', 'A', 'F', 'a', 'f' } },
};

static const struct named perl[] = {
	{ "d", 1, { '0', '9' } },
	{ "s", 3, { '\t', '\n', '\f', '\r', ' ', ' ' } },
	{ "w", 4, { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' } },
};

static void add(struct mf_class *c, uint32_t lo, uint32_t hi, bool fold)
{
	if (fold)
		mf_class_add_folded(c, lo, hi);
	else
		mf_class_add(c, lo, hi);
}

/* Adds `from`, or all that is not in it; takes its memory back. */
static void merge(struct mf_class *c, struct mf_class *from, bool negated)
{
	mf_class_clean(from);
	if (negated)
		mf_class_negate(from);
	for (size_t i = 0; i < from->n; i++)
		mf_class_add(c, from->r[i].lo, from->r[i].hi);
	c->nomem |= from->nomem;
	c->full |= from->full;
	mf_class_free(from);
}

static void add_named(struct mf_class *c, const struct named *g, bool negated, bool fold)
{
	struct mf_class own = { .max = c->max };

	for (size_t i = 0; i < g->n; i++)
		add(&own, g->r[2 * i], g->r[2 * i + 1], fold);
	merge(c, &own, negated);
}

bool mf_class_posix(struct mf_class *c, struct mf_str name, bool fold)
{
	bool negated = name.n && name.p[0] == '^';

	name.p += negated;
	name.n -= negated;
	for (size_t i = 0; i < MF_COUNT(posix); i++) {
		if (mf_str_is(name, posix[i].name)) {
			add_named(c, &posix[i], negated, fold);
			return true;
		}
	}
	return false;
}

bool mf_class_perl(struct mf_class *c, char letter, bool fold)
{
	for (size_t i = 0; i < MF_COUNT(perl); i++) {
		if ((letter | 32) == perl[i].name[0]) {
			add_named(c, &perl[i], letter != perl[i].name[0], fold);
			return true;
		}
	}
	return false;
}

/* Upper case first, lower case then, without spaces, hyphens and underscores; false: no name. */
static bool canonical(char out[24], struct mf_str name)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == ' ' || c == '-' || c == '_')
			continue;
		if (n == 23 || c == '\0')
			return false;
		if (n == 0 && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		else if (n && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static uint32_t number(const unsigned char **p)
{
	uint32_t v = 0;
	unsigned shift = 0;

	for (; **p & 128; (*p)++, shift += 7)
		v |= (uint32_t)(**p & 127) << shift;
	return v | (uint32_t)*(*p)++ << shift;
}

static bool add_table(struct mf_class *c, const char *name, bool fold)
{
	size_t lo = 0, hi = mf_re2_n_tables;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(name, mf_re2_tables[mid].name);
		const unsigned char *p = mf_re2_ranges + mf_re2_tables[mid].at;

		if (cmp == 0) {
			for (uint32_t i = 0, next = 0; i < mf_re2_tables[mid].n; i++) {
				uint32_t first = next + number(&p);

				next = first + number(&p) + 1;
				add(c, first, next - 1, fold);
			}
			return true;
		}
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

bool mf_class_unicode(struct mf_class *c, struct mf_str name, bool negated, bool fold)
{
	struct mf_class own = { .max = c->max };
	char key[24];

	if (name.n && name.p[0] == '^') {
		negated = !negated;
		name.p++;
		name.n--;
	}
	if (!canonical(key, name))
		return false;
	if (!strcmp(key, "Any")) {
		mf_class_add(&own, 0, MF_RUNE_MAX);
	} else if (!strcmp(key, "Ascii")) {
		add(&own, 0, 0x7f, fold);
	} else if (!strcmp(key, "Assigned")) {
		add_table(&own, "Cn", fold);
		negated = !negated;
	} else if (!add_table(&own, key, fold)) {
		mf_class_free(&own);
		return false;
	}
	merge(c, &own, negated);
	return true;
}
