/* SPDX-License-Identifier: Apache-2.0 */
/* The process's allocator: malloc and its kin over glibc or mimalloc, wiping what is freed or moved. */
#include <mayfly/alloc.h>

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#ifndef MF_NO_INTERPOSE

/* What lies underneath. Blocks are its own, without a header of ours, so that its idea of their size holds and a
 * block that it made before or without us can be freed here. (A test brings another SYS_.) */
#ifndef SYS_MALLOC
#ifdef MF_MIMALLOC
void *mi_malloc(size_t n);
void *mi_calloc(size_t n, size_t size);
void mi_free(void *p);
void *mi_memalign(size_t alignment, size_t n);
size_t mi_usable_size(const void *p);
#define SYS_MALLOC mi_malloc
#define SYS_CALLOC mi_calloc
#define SYS_FREE mi_free
#define SYS_MEMALIGN(alignment, n) mi_memalign(alignment, n)
#define SYS_USABLE mi_usable_size
#else
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void __libc_free(void *p);
void *__libc_memalign(size_t alignment, size_t n);
#define SYS_MALLOC __libc_malloc
#define SYS_CALLOC __libc_calloc
#define SYS_FREE __libc_free
#define SYS_MEMALIGN(alignment, n) __libc_memalign(alignment, n)
#define SYS_USABLE malloc_usable_size
#endif
#endif

/* The libraries are linked against these names. */
#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t n)
{
	return SYS_MALLOC(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return SYS_CALLOC(n, size);
}

EXPORT void free(void *p)
{
	if (!p)
		return;
	memset(p, 0, SYS_USABLE(p));
	__asm__ volatile("" : : "r"(p) : "memory");	/* the memset is no dead store */
	SYS_FREE(p);
}

/* Stays in place where the block has room. A block that grows gets half as much again, so that growth by small steps
 * does not copy (and wipe) everything at each; one that shrinks by half moves, so that its old tail is wiped. */
EXPORT void *realloc(void *p, size_t n)
{
	size_t usable, ask = n;
	void *moved;

	if (!p)
		return SYS_MALLOC(n);
	if (n == 0) {
		free(p);
		return NULL;
	}
	usable = SYS_USABLE(p);
	if (n <= usable && (n >= usable / 2 || usable < 128))
		return p;
	if (n > usable && usable >= 512 && n - usable < usable / 2)
		ask = usable + usable / 2;
	moved = SYS_MALLOC(ask);
	if (!moved && ask != n)
		moved = SYS_MALLOC(n);
	if (!moved)
		return n <= usable ? p : NULL;
	memcpy(moved, p, usable < n ? usable : n);
	free(p);
	return moved;
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, total);
}

EXPORT void *memalign(size_t alignment, size_t n)
{
	if (alignment == 0 || (alignment & (alignment - 1))) {
		errno = EINVAL;
		return NULL;
	}
	return SYS_MEMALIGN(alignment, n);
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
	return memalign(alignment, n);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
	const int saved = errno;
	void *p;

	if (alignment < sizeof(void *) || (alignment & (alignment - 1)))
		return EINVAL;
	p = SYS_MEMALIGN(alignment, n);
	errno = saved;
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

#ifdef MF_MIMALLOC
/* glibc's own is right for glibc's blocks. */
EXPORT size_t malloc_usable_size(void *p)
{
	return p ? SYS_USABLE(p) : 0;
}
#endif

#endif

void *mf_calloc(size_t n, size_t size)
{
	return calloc(n, size);
}

char *mf_strdup(const char *s)
{
	return mf_strndup(s, strlen(s));
}

char *mf_strndup(const char *s, size_t n)
{
	const char *end = n ? memchr(s, '\0', n) : NULL;
	char *copy;

	if (end)
		n = (size_t)(end - s);
	copy = n < SIZE_MAX ? malloc(n + 1) : NULL;
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

void *mf_regrow(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || total == 0)
		return NULL;
	return realloc(p, total);
}

int mf_grow(void *array, size_t *cap, size_t want, size_t size, struct mf_err *err)
{
	size_t more = *cap ? *cap : 16;
	void *grown, *old;

	if (want <= *cap)
		return 0;
	while (more < want) {
		if (more > SIZE_MAX / 2)
			return mf_fail_nomem(err);
		more *= 2;
	}
	memcpy(&old, array, sizeof(old));
	grown = mf_regrow(old, more, size);
	if (!grown)
		return mf_fail_nomem(err);
	memcpy(array, &grown, sizeof(grown));
	*cap = more;
	return 0;
}
