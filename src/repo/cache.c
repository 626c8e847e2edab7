/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that were read lately. */
#include "cache.h"

#include <stdlib.h>
#include "delta.h"

static unsigned slot_of(uint32_t pack, uint64_t off)
{
	return (unsigned)((off ^ (uint64_t)pack << 40) * 0x9e3779b97f4a7c15u >> 40) % MF_CACHE_SLOTS;
}

const struct mf_object *mf_cache_get(const struct mf_cache *c, uint32_t pack, uint64_t off)
{
	const struct mf_cached *s = &c->slot[slot_of(pack, off)];

	return s->o.p && s->off == off && s->pack == pack ? &s->o : NULL;
}

static void drop(struct mf_cache *c, struct mf_cached *s)
{
	if (s->o.p)
		c->bytes -= s->o.n;
	mf_object_free(&s->o);
}

void mf_cache_put(struct mf_cache *c, uint32_t pack, uint64_t off, const struct mf_object *o)
{
	struct mf_cached *s = &c->slot[slot_of(pack, off)];
	unsigned char *copy;

	if (o->n > c->max / 4 || mf_cache_get(c, pack, off))
		return;
	drop(c, s);
	for (unsigned i = 0; i < MF_CACHE_SLOTS && c->bytes + o->n > c->max; i++)
		drop(c, &c->slot[c->hand++ % MF_CACHE_SLOTS]);
	copy = malloc(o->n + MF_SLACK);
	if (!copy)
		return;
	memcpy(copy, o->p, o->n);
	*s = (struct mf_cached){ .off = off, .pack = pack, .o = { .type = o->type, .p = copy, .n = o->n } };
	c->bytes += o->n;
}

void mf_cache_clear(struct mf_cache *c)
{
	for (unsigned i = 0; i < MF_CACHE_SLOTS; i++)
		drop(c, &c->slot[i]);
}
