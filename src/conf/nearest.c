/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": the nearest of several names by edit distance. */
#include <ctype.h>

#include <mayfly/conf.h>

enum { NAME_MAX_LEN = 64 };

/* Hyphen, underscore and the case of letters make no difference. */
static int fold(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours, each counting one. */
static size_t distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t rows[3][NAME_MAX_LEN + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= bn; j++)
		last[j] = j;
	for (size_t i = 1; i <= an; i++) {
		now[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			now[j] = min(min(last[j] + 1, now[j - 1] + 1), last[j - 1] + !same);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
				now[j] = min(now[j], before[j - 2] + 1);
		}
		size_t *spare = before;

		before = last;
		last = now;
		now = spare;
	}
	return last[bn];
}

const char *mf_nearest(const char *name, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t best_d = SIZE_MAX, len = name ? strlen(name) : 0;

	if (len == 0 || len > NAME_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t cand = strlen(names[i]);
		/* of a short name little may differ, or everything is near */
		size_t limit = len < 4 ? 1 : len / 3;
		size_t d;

		if (cand == 0 || cand > NAME_MAX_LEN)
			continue;
		d = distance(name, len, names[i], cand);
		if (d <= limit && d < cand && d < best_d) {
			best = names[i];
			best_d = d;
		}
	}
	return best;
}
