/* SPDX-License-Identifier: Apache-2.0 */
/* The memory under struct mf_secret (secret.c is its only user). Blocks come zeroed and are wiped when given back. */
#ifndef MF_BASE_ARENA_H
#define MF_BASE_ARENA_H

#include <mayfly/base.h>

/* At least n bytes, *cap says how many, *generation which arena; NULL when there is no room. */
void *mf_arena_get(size_t n, size_t *cap, unsigned *generation);

/* Wipes and gives back; does nothing when the block's arena is gone already. */
void mf_arena_put(void *p, unsigned generation);

/* Whether blocks of this generation still exist. */
bool mf_arena_alive(unsigned generation);

/* fork() with the arena's bytes in the child, too, locked there as far as the limit goes. */
int mf_arena_fork(void);

void mf_arena_close(void);
const char *mf_arena_unlocked_reason(void);

#endif
