/* SPDX-License-Identifier: Apache-2.0 */
/* primaryLocationLineHash. GitHub's upload takes it from the file in the checkout, where it is missing; a finding in the history has no
 * such file. So ours is made of the line as the report shows it: the same for a run and for its merged shards, and no
 * secret can be guessed from it. */
#include "sarif.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

enum { WINDOW = 100, MULTIPLIER = 37, END_OF_FILE = 65535 };

struct roll {
	uint64_t hash, first;		/* 37^100 */
	uint16_t window[WINDOW];
	size_t at, seen;
};

static void roll(struct roll *r, uint16_t unit)
{
	r->hash = MULTIPLIER * r->hash + unit - r->first * r->window[r->at];
	r->window[r->at] = unit;
	r->at = (r->at + 1) % WINDOW;
	r->seen++;
}

uint64_t mf_line_hash(struct mf_str text)
{
	struct roll r = { .first = 1 };
	bool cr = false;
	uint32_t cp;

	for (int i = 0; i < WINDOW; i++)
		r.first *= MULTIPLIER;
	for (size_t at = 0, n; r.seen < WINDOW && (n = mf_pen_next(&cp, text, at)) > 0; at += n) {
		const bool skip = cp == ' ' || cp == '\t' || (cp == '\n' && cr);

		cr = cp == '\r';
		if (skip)
			continue;
		if (cp >= 0x10000) {
			roll(&r, (uint16_t)(0xd7c0 + (cp >> 10)));
			cp = 0xdc00 | (cp & 0x3ff);
		}
		if (r.seen < WINDOW)
			roll(&r, cp == '\r' ? '\n' : (uint16_t)cp);
	}
	if (r.seen < WINDOW)
		roll(&r, END_OF_FILE);
	while (r.seen < WINDOW)
		roll(&r, 0);
	return r.hash;
}

struct seen {
	uint64_t hash;
	const char *path;
	size_t i;
};

static int by_hash(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	const int path = strcmp(x->path, y->path);

	if (path)
		return path;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

static void number(struct mf_line_hash *v, struct seen *seen, size_t n)
{
	qsort(seen, n, sizeof(*seen), by_hash);
	for (size_t i = 0; i < n; i++) {
		const bool again = i && seen[i].hash == seen[i - 1].hash && strcmp(seen[i].path, seen[i - 1].path) == 0;

		v[seen[i].i] = (struct mf_line_hash){ seen[i].hash, again ? v[seen[i - 1].i].nth + 1 : 1 };
	}
}

int mf_line_hashes(struct mf_line_hash **out, struct mf_show *s, struct mf_err *err)
{
	const size_t n = s->list->n;
	struct mf_line_hash *v = mf_calloc(n + 1, sizeof(*v));
	struct seen *seen = mf_calloc(n + 1, sizeof(*seen));
	struct mf_shown shown;
	int r = v && seen ? 0 : mf_fail_nomem(err);

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct mf_finding *f = &s->list->v[i];

		r = mf_show_finding(&shown, s, f, err);
		if (r == 0)
			seen[i] = (struct seen){ mf_line_hash(shown.text), f->path ? f->path : "", i };
	}
	if (r == 0 && n)
		number(v, seen, n);
	free(seen);
	if (r)
		free(v);
	else
		*out = v;
	return r;
}
