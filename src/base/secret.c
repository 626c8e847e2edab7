/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: a small handle on the heap, the bytes in the arena. */
#include <mayfly/secret.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <mayfly/reveal.h>
#include "arena.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define MF_SANITIZED_STACK 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define MF_SANITIZED_STACK 1
#endif

struct mf_secret {
	char *p;
	size_t n, cap, max;	/* cap counts the NUL, n and max do not */
	unsigned generation;
};

void mf_wipe(void *p, size_t n)
{
	if (n == 0)
		return;
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

void mf_wipe_free(void *p, size_t n)
{
	if (!p)
		return;
	mf_wipe(p, n);
	free(p);
}

static bool dead(const struct mf_secret *s)
{
	return !s || !s->p || !mf_arena_alive(s->generation);
}

static struct mf_secret *create(size_t room, size_t max)
{
	struct mf_secret *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->max = max;
	s->p = room < SIZE_MAX ? mf_arena_get(room + 1, &s->cap, &s->generation) : NULL;
	if (!s->p) {
		free(s);
		return NULL;
	}
	return s;
}

struct mf_secret *mf_secret_new(const void *p, size_t n)
{
	struct mf_secret *s = create(n, n);

	if (s && n)
		memcpy(s->p, p, n);
	if (s)
		s->n = n;
	return s;
}

struct mf_secret *mf_secret_empty(size_t max)
{
	return create(max < 31 ? max : 31, max);
}

static int grow(struct mf_secret *s, size_t want, struct mf_err *err)
{
	size_t ask = s->cap, cap;
	unsigned generation;
	char *p;

	if (want < s->cap)
		return 0;
	while (ask < want + 1)
		ask = ask > SIZE_MAX / 2 ? want + 1 : ask * 2;
	if (ask > s->max && s->max + 1 > want)
		ask = s->max + 1;
	p = mf_arena_get(ask, &cap, &generation);
	if (!p)
		return mf_fail_nomem(err);
	memcpy(p, s->p, s->n);
	mf_arena_put(s->p, s->generation);
	s->p = p;
	s->cap = cap;
	s->generation = generation;
	return 0;
}

int mf_secret_add(struct mf_secret *s, const void *p, size_t n, struct mf_err *err)
{
	if (dead(s))
		return mf_fail(err, MF_E_BASE_BUG, "a secret is used after its end");
	if (n > s->max - s->n)
		return mf_fail(err, MF_E_BASE_LIMIT, "a secret is longer than the limit of %zu bytes", s->max);
	if (n == 0)
		return 0;
	if (grow(s, s->n + n, err))
		return -1;
	memcpy(s->p + s->n, p, n);
	s->n += n;
	return 0;
}

int mf_secret_join(struct mf_secret *s, const struct mf_secret *other, struct mf_err *err)
{
	struct mf_secret *copy;
	int r;

	if (dead(other))
		return mf_fail(err, MF_E_BASE_BUG, "a secret is used after its end");
	if (s != other)
		return mf_secret_add(s, other->p, other->n, err);
	copy = mf_secret_dup(other);	/* growth would move the bytes that are being read */
	if (!copy)
		return mf_fail_nomem(err);
	r = mf_secret_add(s, copy->p, copy->n, err);
	mf_secret_free(copy);
	return r;
}

void mf_secret_cut(struct mf_secret *s, size_t n)
{
	if (dead(s) || n >= s->n)
		return;
	mf_wipe(s->p + n, s->n - n);
	s->n = n;
}

size_t mf_secret_len(const struct mf_secret *s)
{
	return dead(s) ? 0 : s->n;
}

struct mf_secret *mf_secret_dup(const struct mf_secret *s)
{
	struct mf_secret *copy;

	if (dead(s))
		return NULL;
	copy = mf_secret_new(s->p, s->n);
	if (copy)
		copy->max = s->max;
	return copy;
}

bool mf_secret_eq(const struct mf_secret *a, const struct mf_secret *b)
{
	unsigned char differs = 0;

	if (dead(a) || dead(b) || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		differs |= (unsigned char)(a->p[i] ^ b->p[i]);
	return differs == 0;
}

struct mf_str mf_secret_reveal(const struct mf_secret *s)
{
	if (dead(s))
		return (struct mf_str){ .p = "", .n = 0 };
	return (struct mf_str){ .p = s->p, .n = s->n };
}

void mf_secret_free(struct mf_secret *s)
{
	if (!s)
		return;
	mf_arena_put(s->p, s->generation);
	mf_wipe(s, sizeof(*s));
	free(s);
}

void mf_secret_freep(struct mf_secret **s)
{
	mf_secret_free(*s);
	*s = NULL;
}

int mf_secret_fork(void)
{
	return mf_arena_fork();
}

void mf_secret_close(void)
{
	mf_arena_close();
}

const char *mf_secret_unlocked_reason(void)
{
	return mf_arena_unlocked_reason();
}

#ifdef MF_SANITIZED_STACK

void mf_wipe_stack(void)
{
}

#else

enum { SCRUB = 256 << 10, FRAME = 4096, MARGIN = 8 << 10 };

/* One frame after the other, each touched page by page, so that a guard page is met before anything else. */
static __attribute__((noinline)) void scrub(size_t left)
{
	char frame[FRAME];

	mf_wipe(frame, sizeof(frame));
	if (left > FRAME)
		scrub(left - FRAME);
	__asm__ volatile("" : : "r"(frame) : "memory");
}

/* How much of the stack below this frame may be used. */
static size_t stack_room(void)
{
	char here, *lowest;
	struct rlimit rl;
	pthread_attr_t attr;
	size_t size, room = 0;

	/* The first thread's stack grows by itself up to the limit, and asking for its bounds reads a file. */
	if (getpid() == gettid()) {
		if (getrlimit(RLIMIT_STACK, &rl) || rl.rlim_cur == RLIM_INFINITY || rl.rlim_cur / 4 > SCRUB)
			return SCRUB;
		return (size_t)rl.rlim_cur / 4;
	}
	if (pthread_getattr_np(pthread_self(), &attr))
		return 0;
	if (!pthread_attr_getstack(&attr, (void **)&lowest, &size) && &here > lowest + MARGIN)
		room = (size_t)(&here - lowest) - MARGIN;
	pthread_attr_destroy(&attr);
	return room < SCRUB ? room : SCRUB;
}

__attribute__((noinline)) void mf_wipe_stack(void)
{
	const size_t room = stack_room();

	if (room >= FRAME)
		scrub(room);
}

#endif
