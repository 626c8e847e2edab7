/* SPDX-License-Identifier: Apache-2.0 */
/* The only home of a secret: bytes in a locked arena that is kept out of core dumps and of children,
 * and that is wiped on free and on growth. There is no printf path to one, on purpose. */
#ifndef MAYFLY_SECRET_H
#define MAYFLY_SECRET_H

#include <mayfly/err.h>

struct mf_secret;

/* A copy of n bytes (n may be 0; NUL bytes are kept). NULL when memory is out. The caller should wipe
 * or free its own copy with mf_wipe(). */
struct mf_secret *mf_secret_new(const void *p, size_t n);

/* An empty secret that mf_secret_add fills, up to `max` bytes. */
struct mf_secret *mf_secret_empty(size_t max);

/* Appends; old memory is wiped when it moves. MF-BASE-02 past the ceiling, the secret stays as it was. */
int mf_secret_add(struct mf_secret *s, const void *p, size_t n, struct mf_err *err) MF_MUST_USE;

/* Appends another secret's bytes. */
int mf_secret_join(struct mf_secret *s, const struct mf_secret *other, struct mf_err *err) MF_MUST_USE;

/* Keeps the first n bytes and wipes the rest; nothing happens when it is shorter already. */
void mf_secret_cut(struct mf_secret *s, size_t n);

size_t mf_secret_len(const struct mf_secret *s);
struct mf_secret *mf_secret_dup(const struct mf_secret *s);

/* Compared in constant time for equal lengths. */
bool mf_secret_eq(const struct mf_secret *a, const struct mf_secret *b);

/* Replaces parts of a secret of 16 bytes or more (the whole of a shorter one of 4 or more) in `text` by "[cut]". In place; the
 * text never gets longer. NULL as a secret changes nothing. */
void mf_secret_hide(char *text, const struct mf_secret *s);

void mf_secret_free(struct mf_secret *s);
void mf_secret_freep(struct mf_secret **s);	/* for MF_CLEANUP */

/* memset that the compiler may not drop. */
void mf_wipe(void *p, size_t n);
/* For memory of n bytes from malloc() that held a part of a secret; NULL: nothing. */
void mf_wipe_free(void *p, size_t n);

/* Overwrites the part of this thread's stack that lies below the caller's frame and that earlier calls used. */
void mf_wipe_stack(void);

/* fork(2), for the one child that goes on with our work: it has all secrets, which any other child sees as zeros. */
int mf_secret_fork(void);

/* Unmaps and wipes the whole arena; every secret is dead afterwards. Called once, before exit. */
void mf_secret_close(void);

/* NULL, or why the arena could not be locked into memory (a warning for the user, once). */
const char *mf_secret_unlocked_reason(void);

#endif
