/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that are used again and again by one thread: memory that is given back is wiped, which costs more than what is done with it. */
#ifndef MF_REPO_POOL_H
#define MF_REPO_POOL_H

#include <mayfly/repo.h>

struct mf_bytes {
	unsigned char *p;	/* NULL: none */
	size_t n, cap;		/* there is room for MF_SLACK bytes after n */
	enum mf_otype type;
};

enum { MF_POOL_SLOTS = 24 };

struct mf_pool {
	struct mf_bytes slot[MF_POOL_SLOTS];
	unsigned n;
	size_t bytes;
};

/* False when memory is out. */
bool mf_pool_get(struct mf_bytes *out, struct mf_pool *pool, size_t n);
void mf_pool_put(struct mf_pool *pool, struct mf_bytes *b);
void mf_pool_clear(struct mf_pool *pool);

#endif
