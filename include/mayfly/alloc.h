/* SPDX-License-Identifier: Apache-2.0 */
/* The process's allocator. src/base/alloc.c defines malloc and its kin for the whole program, over
 * mimalloc (static) or glibc (dynamic), so that every library's memory is wiped when it is freed or moved.
 * Sanitizer and unit builds (MF_NO_INTERPOSE) keep the platform's own. */
#ifndef MAYFLY_ALLOC_H
#define MAYFLY_ALLOC_H

#include <mayfly/err.h>

/* calloc(n, size) with overflow check, strdup and strndup; NULL when memory is out. */
void *mf_calloc(size_t n, size_t size);
char *mf_strdup(const char *s);
char *mf_strndup(const char *s, size_t n);

/* realloc for an array of n elements, overflow-checked; on failure the old memory stays valid. */
void *mf_regrow(void *p, size_t n, size_t size);

/* Room for `want` elements of `size` bytes in an array that grows: `array` is the address of its pointer, *cap its room so far, which is at least
 * doubled. MF-BASE-01, and the array stays as it was. */
int mf_grow(void *array, size_t *cap, size_t want, size_t size, struct mf_err *err) MF_MUST_USE;

#endif
