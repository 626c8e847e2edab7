/* SPDX-License-Identifier: Apache-2.0 */
#include "rules_pool.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { BLOCK = 8192, ALIGN = _Alignof(max_align_t) };

struct mf_rule_pool_block {
	struct mf_rule_pool_block *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct mf_rule_pool_thing {
	struct mf_rule_pool_thing *next;
	void (*release)(void *);
	void *thing;
};

void *mf_rule_pool_get(struct mf_pool *p, size_t n)
{
	struct mf_rule_pool_block *b = p->blocks;
	size_t size;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (!b || b->size - b->used < n) {
		size = n > BLOCK ? n : BLOCK;
		b = mf_calloc(1, sizeof(*b) + size);
		if (!b)
			return NULL;
		b->size = size;
		b->next = p->blocks;
		p->blocks = b;
	}
	b->used += n;
	return b->data + b->used - n;
}

char *mf_rule_pool_str(struct mf_pool *p, struct mf_str s)
{
	char *copy = mf_rule_pool_get(p, s.n + 1);

	if (copy && s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

const char *const *mf_rule_pool_lower(struct mf_pool *p, const char *const *list, size_t n)
{
	const char **out = mf_rule_pool_get(p, (n + 1) * sizeof(*out));

	for (size_t i = 0; out && i < n; i++) {
		char *s = mf_rule_pool_str(p, mf_str(list[i]));

		if (!s)
			return NULL;
		out[i] = s;
		for (; *s; s++)
			if (*s >= 'A' && *s <= 'Z')
				*s |= 32;
	}
	return out;
}

int mf_rule_pool_own(struct mf_pool *p, void (*release)(void *), void *thing)
{
	struct mf_rule_pool_thing *t = mf_rule_pool_get(p, sizeof(*t));

	if (!t) {
		release(thing);
		return -1;
	}
	*t = (struct mf_rule_pool_thing){ .next = p->things, .release = release, .thing = thing };
	p->things = t;
	return 0;
}

void mf_rule_pool_free(struct mf_pool *p)
{
	struct mf_rule_pool_block *b;

	for (struct mf_rule_pool_thing *t = p->things; t; t = t->next)
		t->release(t->thing);
	while ((b = p->blocks)) {
		p->blocks = b->next;
		free(b);
	}
	*p = (struct mf_pool){ 0 };
}
