/* SPDX-License-Identifier: Apache-2.0 */
#include "rules_names.h"

#include <stdlib.h>

int mf_names_new(struct mf_names *s, struct mf_pool *pool, size_t n, struct mf_err *err)
{
	*s = (struct mf_names){ .v = mf_rule_pool_get(pool, (n + 1) * sizeof(*s->v)) };
	return s->v ? 0 : mf_fail_nomem(err);
}

void mf_names_add(struct mf_names *s, const char *name, size_t at)
{
	s->v[s->n++] = (struct mf_name){ name, at };
}

void mf_names_add_rule(struct mf_names *s, const struct mf_rule *r, size_t at)
{
	mf_names_add(s, r->id, at);
	for (size_t i = 0; i < r->n_aliases; i++)
		mf_names_add(s, r->aliases[i], at);
}

static int by_name(const void *a, const void *b)
{
	const struct mf_name *x = a, *y = b;
	const int r = strcmp(x->name, y->name);

	return r ? r : (x->at > y->at) - (x->at < y->at);
}

void mf_names_sort(struct mf_names *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_name);
}

size_t mf_names_find(const struct mf_names *s, const char *name)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && strcmp(s->v[lo].name, name) == 0 ? s->v[lo].at : SIZE_MAX;
}

size_t mf_names_rule(const struct mf_names *s, const struct mf_rule *r)
{
	size_t at = mf_names_find(s, r->id);

	for (size_t i = 0; at == SIZE_MAX && i < r->n_aliases; i++)
		at = mf_names_find(s, r->aliases[i]);
	return at;
}
