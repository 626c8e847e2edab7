/* SPDX-License-Identifier: Apache-2.0 */
/* A locked arena: one reserved range with guard pages at both ends, committed step by step. What is known about its
 * pages lies outside it, so that a child, in which the kernel shows the arena as zeros, finds nothing broken. */
#include "arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <mayfly/secret.h>

enum { PAGE_SHIFT = 12, PAGE = 1 << PAGE_SHIFT, STEP = 16 /* pages committed at once */ };
enum { CLASSES = 7, SMALLEST_SHIFT = 5 };	/* blocks of 32 bytes to 2 KiB share pages */
enum { FREE, SLAB, RUN };

#define RESERVE ((size_t)256 << 20)
#define NONE UINT32_MAX

struct page {
	uint8_t kind, class;
	uint16_t used;			/* blocks in use, of a slab */
	uint32_t run;			/* pages, at the first page of a run */
	uint32_t prev, next;		/* slabs of a class that have room */
	uint64_t taken[2];		/* one bit for each block of a slab */
};

static struct {
	pthread_mutex_t lock;
	char *base;			/* the first page after the guard; NULL: not made yet */
	struct page *pages;
	uint32_t total, committed, high;	/* in pages; above `high` nothing was ever used */
	uint32_t hint;			/* no page below it is free */
	uint32_t partial[CLASSES];
	unsigned generation;
	bool unlocked;
	char reason[128];
} arena = { .lock = PTHREAD_MUTEX_INITIALIZER, .generation = 1 };

static void hide_from_children(char *base, size_t bytes)
{
	if (madvise(base, bytes, MADV_WIPEONFORK))
		madvise(base, bytes, MADV_DONTFORK);
}

static bool reserve(size_t bytes)
{
	const uint32_t total = (uint32_t)(bytes >> PAGE_SHIFT);
	char *base = mmap(NULL, bytes + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct page *pages;

	if (base == MAP_FAILED)
		return false;
	pages = mmap(NULL, total * sizeof(*pages), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages == MAP_FAILED) {
		munmap(base, bytes + 2 * PAGE);
		return false;
	}
	/* Old kernels and emulators know neither; the process is undumpable in any case. */
	madvise(base, bytes + 2 * PAGE, MADV_DONTDUMP);
	hide_from_children(base, bytes + 2 * PAGE);
	arena.base = base + PAGE;
	arena.pages = pages;
	arena.total = total;
	arena.committed = arena.high = arena.hint = 0;
	for (int c = 0; c < CLASSES; c++)
		arena.partial[c] = NONE;
	return true;
}

/* Under a small address-space limit a small arena is better than none. */
static bool ready(void)
{
	for (size_t bytes = RESERVE; !arena.base && bytes >= (size_t)1 << 20; bytes /= 4)
		if (reserve(bytes))
			break;
	return arena.base != NULL;
}

static void lock_pages(char *p, size_t bytes)
{
	if (arena.unlocked || mlock(p, bytes) == 0)
		return;
	arena.unlocked = true;
	snprintf(arena.reason, sizeof(arena.reason), "mlock: %s%s", strerror(errno),
		 errno == ENOMEM || errno == EPERM ? " (the limit RLIMIT_MEMLOCK is small here)" : "");
}

static bool commit(uint32_t pages)
{
	uint32_t want = (pages + STEP - 1) / STEP * STEP;
	char *from = arena.base + ((size_t)arena.committed << PAGE_SHIFT);
	size_t bytes;

	if (pages <= arena.committed)
		return true;
	want = want > arena.total ? arena.total : want;
	bytes = (size_t)(want - arena.committed) << PAGE_SHIFT;
	if (mprotect(from, bytes, PROT_READ | PROT_WRITE))
		return false;
	lock_pages(from, bytes);
	arena.committed = want;
	return true;
}

/* First fit over pages; runs are stepped over as wholes. */
static uint32_t take_pages(uint32_t n)
{
	uint32_t i = arena.hint, room = 0;
	bool first_gap = true;

	while (i < arena.high && room < n) {
		if (arena.pages[i].kind == FREE) {
			if (first_gap) {
				arena.hint = i;
				first_gap = false;
			}
			room++;
			i++;
		} else {
			room = 0;
			i += arena.pages[i].kind == RUN ? arena.pages[i].run : 1;
		}
	}
	if (room < n) {		/* the tail, with what is free just below it */
		if (n - room > arena.total - arena.high)
			return NONE;
		if (!commit(arena.high + (n - room)))
			return NONE;
		i = arena.high += n - room;
		if (first_gap)
			arena.hint = i;
	}
	i -= n;
	if (arena.hint == i)
		arena.hint = i + n;
	arena.pages[i].kind = RUN;
	arena.pages[i].run = n;
	return i;
}

static void give_pages(uint32_t i)
{
	const uint32_t n = arena.pages[i].run;

	for (uint32_t k = i; k < i + n; k++)
		arena.pages[k] = (struct page){ .kind = FREE };
	if (i < arena.hint)
		arena.hint = i;
	if (i + n == arena.high)
		arena.high = i;
}

static void link_slab(uint32_t i)
{
	struct page *pg = &arena.pages[i];

	pg->prev = NONE;
	pg->next = arena.partial[pg->class];
	if (pg->next != NONE)
		arena.pages[pg->next].prev = i;
	arena.partial[pg->class] = i;
}

static void unlink_slab(uint32_t i)
{
	struct page *pg = &arena.pages[i];

	if (pg->next != NONE)
		arena.pages[pg->next].prev = pg->prev;
	if (pg->prev != NONE)
		arena.pages[pg->prev].next = pg->next;
	else
		arena.partial[pg->class] = pg->next;
}

static unsigned blocks_in(unsigned class)
{
	return (unsigned)PAGE >> (SMALLEST_SHIFT + class);
}

static void *take_block(unsigned class)
{
	uint32_t i = arena.partial[class];
	struct page *pg;
	unsigned slot = 0;

	if (i == NONE) {
		i = take_pages(1);
		if (i == NONE)
			return NULL;
		arena.pages[i] = (struct page){ .kind = SLAB, .class = (uint8_t)class, .run = 1 };
		link_slab(i);
	}
	pg = &arena.pages[i];
	while (pg->taken[slot / 64] >> (slot % 64) & 1)
		slot++;
	pg->taken[slot / 64] |= (uint64_t)1 << (slot % 64);
	if (++pg->used == blocks_in(class))
		unlink_slab(i);
	return arena.base + ((size_t)i << PAGE_SHIFT) + ((size_t)slot << (SMALLEST_SHIFT + class));
}

static void give_block(uint32_t i, size_t offset)
{
	struct page *pg = &arena.pages[i];
	const unsigned slot = (unsigned)(offset >> (SMALLEST_SHIFT + pg->class));

	pg->taken[slot / 64] &= ~((uint64_t)1 << (slot % 64));
	if (pg->used-- == blocks_in(pg->class))
		link_slab(i);
	if (pg->used == 0) {
		unlink_slab(i);
		give_pages(i);
	}
}

static void *take(size_t n, size_t *cap)
{
	unsigned class = 0;
	uint32_t pages, i;

	while (class < CLASSES && n > (size_t)1 << (SMALLEST_SHIFT + class))
		class++;
	if (class < CLASSES) {
		*cap = (size_t)1 << (SMALLEST_SHIFT + class);
		return take_block(class);
	}
	if (n > (size_t)arena.total << PAGE_SHIFT)
		return NULL;
	pages = (uint32_t)((n + PAGE - 1) >> PAGE_SHIFT);
	i = take_pages(pages);
	*cap = (size_t)pages << PAGE_SHIFT;
	return i == NONE ? NULL : arena.base + ((size_t)i << PAGE_SHIFT);
}

void *mf_arena_get(size_t n, size_t *cap, unsigned *generation)
{
	void *p = NULL;

	pthread_mutex_lock(&arena.lock);
	if (ready())
		p = take(n, cap);
	*generation = arena.generation;
	pthread_mutex_unlock(&arena.lock);
	return p;
}

void mf_arena_put(void *p, unsigned generation)
{
	size_t at;
	uint32_t i;

	if (!p)
		return;
	pthread_mutex_lock(&arena.lock);
	if (arena.base && generation == arena.generation) {
		at = (size_t)((char *)p - arena.base);
		i = (uint32_t)(at >> PAGE_SHIFT);
		if (arena.pages[i].kind == SLAB) {
			mf_wipe(p, (size_t)1 << (SMALLEST_SHIFT + arena.pages[i].class));
			give_block(i, at & (PAGE - 1));
		} else {
			mf_wipe(p, (size_t)arena.pages[i].run << PAGE_SHIFT);
			give_pages(i);
		}
	}
	pthread_mutex_unlock(&arena.lock);
}

bool mf_arena_alive(unsigned generation)
{
	bool alive;

	pthread_mutex_lock(&arena.lock);
	alive = arena.base && generation == arena.generation;
	pthread_mutex_unlock(&arena.lock);
	return alive;
}

int mf_arena_fork(void)
{
	const size_t bytes = ((size_t)arena.total << PAGE_SHIFT) + 2 * PAGE;
	char *base = arena.base ? arena.base - PAGE : NULL;
	int pid;

	pthread_mutex_lock(&arena.lock);
	if (base && madvise(base, bytes, MADV_KEEPONFORK))
		madvise(base, bytes, MADV_DOFORK);
	pid = fork();
	if (base)
		hide_from_children(base, bytes);
	/* a child's memory is not locked */
	if (pid == 0 && base && arena.committed)
		lock_pages(arena.base, (size_t)arena.committed << PAGE_SHIFT);
	pthread_mutex_unlock(&arena.lock);
	return pid;
}

void mf_arena_close(void)
{
	pthread_mutex_lock(&arena.lock);
	if (arena.base) {
		mf_wipe(arena.base, (size_t)arena.committed << PAGE_SHIFT);
		munmap(arena.base - PAGE, ((size_t)arena.total << PAGE_SHIFT) + 2 * PAGE);
		munmap(arena.pages, arena.total * sizeof(*arena.pages));
		arena.base = NULL;
		arena.generation++;
	}
	pthread_mutex_unlock(&arena.lock);
}

const char *mf_arena_unlocked_reason(void)
{
	bool unlocked;

	pthread_mutex_lock(&arena.lock);
	unlocked = arena.unlocked;
	pthread_mutex_unlock(&arena.lock);
	return unlocked ? arena.reason : NULL;
}
