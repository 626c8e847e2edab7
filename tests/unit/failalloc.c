/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and its kin for unit programs: counts, fails when asked, and knows what was not given back. */
#include "failalloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__)
#define BELOW(name) __interceptor_##name
#else
#define BELOW(name) __libc_##name
#endif

void *BELOW(malloc)(size_t n);
void *BELOW(calloc)(size_t n, size_t size);
void *BELOW(realloc)(void *p, size_t n);
void BELOW(free)(void *p);

/* Runs before the sanitizers have set themselves up. */
#define EARLY __attribute__((no_sanitize("address", "undefined")))

enum { SLOTS = 1 << 16, SAMPLES = 150 };

/* Blocks of the armed thread that are alive: open addressing, a deleted entry stays as a tombstone. */
static struct {
	pthread_mutex_t lock;
	void *block[SLOTS];
	size_t number[SLOTS];	/* which allocation it was */
	size_t filled;
	bool overflow;
} live = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local bool counting;
static _Thread_local size_t count, fail_at;
static _Thread_local bool failed, own_only;
static volatile bool tracking;
static char tombstone;

EARLY static size_t slot_of(const void *p)
{
	return (size_t)(((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> 40) & (SLOTS - 1);
}

EARLY static void remember(void *p)
{
	size_t i;

	if (!p || !counting)
		return;
	i = slot_of(p);
	pthread_mutex_lock(&live.lock);
	if (live.filled >= SLOTS / 2) {
		live.overflow = true;
	} else {
		while (live.block[i] && live.block[i] != &tombstone)
			i = (i + 1) & (SLOTS - 1);
		live.filled += !live.block[i];
		live.block[i] = p;
		live.number[i] = count;
	}
	pthread_mutex_unlock(&live.lock);
}

EARLY static void forget(void *p)
{
	size_t i;

	if (!p || !tracking)
		return;
	i = slot_of(p);
	pthread_mutex_lock(&live.lock);
	while (live.block[i] && live.block[i] != p)
		i = (i + 1) & (SLOTS - 1);
	if (live.block[i] == p)
		live.block[i] = &tombstone;
	pthread_mutex_unlock(&live.lock);
}

/* The program's text, from the linker. */
extern const char __executable_start[], etext[];

EARLY static bool refused(const void *caller)
{
	if (!counting && !fail_at)
		return false;
	if (own_only && ((const char *)caller < __executable_start || (const char *)caller >= etext))
		return false;
	if (++count != fail_at)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

EARLY void *malloc(size_t n)
{
	void *p = refused(__builtin_return_address(0)) ? NULL : BELOW(malloc)(n);

	remember(p);
	return p;
}

EARLY void *calloc(size_t n, size_t size)
{
	void *p = refused(__builtin_return_address(0)) ? NULL : BELOW(calloc)(n, size);

	remember(p);
	return p;
}

EARLY void *realloc(void *p, size_t n)
{
	void *moved;

	if (refused(__builtin_return_address(0)))
		return NULL;
	forget(p);
	moved = BELOW(realloc)(p, n);
	remember(moved ? moved : n ? p : NULL);
	return moved;
}

EARLY void free(void *p)
{
	forget(p);
	BELOW(free)(p);
}

void mf_fail_allocation(size_t n)
{
	count = 0;
	failed = false;
	fail_at = n;
}

bool mf_allocation_failed(void)
{
	return failed;
}

bool mf_allocations_can_fail(void)
{
	void *volatile p;

	mf_fail_allocation(1);
	p = malloc(1);
	mf_fail_allocation(0);
	free(p);
	return !p;
}

/* How many blocks were not given back, and which allocation made one of them. */
static size_t leaks(size_t *number)
{
	size_t n = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		if (!live.block[i] || live.block[i] == &tombstone)
			continue;
		*number = live.number[i];
		n++;
	}
	return n;
}

static int run(mf_torture_fn body, void *ctx, size_t nth, struct mf_err *err)
{
	int r;

	memset(err, 0, sizeof(*err));
	memset(live.block, 0, sizeof(live.block));
	live.filled = 0;
	live.overflow = false;
	mf_fail_allocation(nth);
	tracking = counting = true;
	r = body(ctx, err);
	tracking = counting = false;
	fail_at = 0;
	return r;
}

static void judge(int r, size_t nth, const struct mf_err *err)
{
	size_t number = 0, n = leaks(&number);

	if (r != 0 && r != -1)
		fail_msg("with allocation %zu failing the result is %d", nth, r);
	if (r && (!err->id || err->code == MF_OK))
		fail_msg("with allocation %zu failing there is no error text", nth);
	if (r && strcmp(err->id, "MF-BASE-03") == 0)
		fail_msg("with allocation %zu failing: %s", nth, err->what);
	if (n && !live.overflow)
		fail_msg("with allocation %zu failing %zu blocks leak, such as that of allocation %zu", nth, n, number);
}

static void torture(mf_torture_fn body, void *ctx)
{
	const char *all = getenv("MF_TORTURE");
	struct mf_err err;
	size_t total, step = 1;

	tracking = counting = false;
	if (run(body, ctx, 0, &err))
		fail_msg("without any failure: %s: %s", err.id ? err.id : "no id", err.what);
	if (run(body, ctx, 0, &err))
		fail_msg("the second time: %s: %s", err.id ? err.id : "no id", err.what);
	total = count;
	judge(0, 0, &err);
	if (!all || strcmp(all, "all") != 0)
		step = total / SAMPLES + 1;
	for (size_t nth = 1; ; nth += step) {
		int r = run(body, ctx, nth, &err);

		judge(r, nth, &err);
		if (!failed)
			break;
	}
}

void mf_torture(mf_torture_fn body, void *ctx)
{
	own_only = false;
	torture(body, ctx);
}

void mf_torture_own(mf_torture_fn body, void *ctx)
{
	own_only = true;
	torture(body, ctx);
	own_only = false;
}
