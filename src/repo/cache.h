/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that were read lately, by pack and place: the bases of what is read next. */
#ifndef MF_REPO_CACHE_H
#define MF_REPO_CACHE_H

#include <mayfly/repo.h>

enum { MF_CACHE_SLOTS = 2048 };

struct mf_cached {
	uint64_t off;
	uint32_t pack;
	struct mf_object o;	/* p is NULL in an empty slot */
};

struct mf_cache {
	struct mf_cached slot[MF_CACHE_SLOTS];
	size_t bytes, max;
	unsigned hand;		/* where room is made next */
};

const struct mf_object *mf_cache_get(const struct mf_cache *c, uint32_t pack, uint64_t off);

/* Keeps a copy, when it is small enough to be worth it. Other objects may go: what get() gave before is not valid any more. */
void mf_cache_put(struct mf_cache *c, uint32_t pack, uint64_t off, const struct mf_object *o);
void mf_cache_clear(struct mf_cache *c);

#endif
