/* SPDX-License-Identifier: Apache-2.0 */
/* The wiping allocator, over a back end that looks at each block it gets back. alloc.c is compiled into this program
 * under other names, since the program's own malloc is that of failalloc.c. */
#include "unit.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>

enum { HEAD = 64, MAX_BLOCKS = 256 };

/* A block of the back end: usable size as given, rounded up as allocators do. */
static struct { char *p; size_t usable; } blocks[MAX_BLOCKS];
static size_t live, dirty, allocations, fail_after = SIZE_MAX;

static char *back_end(size_t alignment, size_t n)
{
	const size_t usable = (n + 31) / 16 * 16 - 8;
	void *p = NULL;

	if (allocations++ >= fail_after)
		return NULL;
	if (posix_memalign(&p, alignment < 16 ? 16 : alignment, usable))
		return NULL;
	memset(p, 'D', usable);
	for (size_t i = 0; i < MAX_BLOCKS; i++) {
		if (blocks[i].p)
			continue;
		blocks[i].p = p;
		blocks[i].usable = usable;
		live++;
		return p;
	}
	free(p);
	return NULL;
}

static size_t back_index(const void *p)
{
	size_t i = 0;

	while (i < MAX_BLOCKS && blocks[i].p != p)
		i++;
	assert_true(i < MAX_BLOCKS);
	return i;
}

static void *back_calloc(size_t n, size_t size)
{
	char *p = back_end(16, n * size);

	if (p)
		memset(p, 0, n * size);
	return p;
}

static void back_free(void *p)
{
	size_t i = back_index(p);

	for (size_t k = 0; k < blocks[i].usable; k++)
		dirty += blocks[i].p[k] != 0;
	blocks[i].p = NULL;
	live--;
	free(p);
}

static size_t back_usable(const void *p)
{
	return blocks[back_index(p)].usable;
}

#undef MF_NO_INTERPOSE
#define SYS_MALLOC(n) back_end(16, n)
#define SYS_CALLOC back_calloc
#define SYS_FREE back_free
#define SYS_MEMALIGN(alignment, n) back_end(alignment, n)
#define SYS_USABLE back_usable
#define malloc t_malloc
#define calloc t_calloc
#define free t_free
#define realloc t_realloc
#define reallocarray t_reallocarray
#define memalign t_memalign
#define aligned_alloc t_aligned_alloc
#define posix_memalign t_posix_memalign
#define malloc_usable_size t_malloc_usable_size
void *t_malloc(size_t n);
void *t_calloc(size_t n, size_t size);
void t_free(void *p);
void *t_realloc(void *p, size_t n);
void *t_reallocarray(void *p, size_t n, size_t size);
void *t_memalign(size_t alignment, size_t n);
void *t_aligned_alloc(size_t alignment, size_t n);
int t_posix_memalign(void **out, size_t alignment, size_t n);
size_t t_malloc_usable_size(void *p);
#include "../../src/base/alloc.c"

static int setup(void **state)
{
	(void)state;
	live = dirty = allocations = 0;
	fail_after = SIZE_MAX;
	return 0;
}

static int all_clean(void **state)
{
	(void)state;
	assert_int_equal(dirty, 0);
	assert_int_equal(live, 0);
	return 0;
}

static void test_free_wipes(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 4096, 300000 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(sizes); i++) {
		char *p = malloc(sizes[i]);

		memset(p, 'S', sizes[i]);
		free(p);
	}
	free(NULL);
}

static void test_realloc_moves_and_wipes(void **state)
{
	char *p = NULL;

	(void)state;
	for (size_t n = 1; n < 200000; n = n * 3 + 1) {
		p = realloc(p, n);
		for (size_t k = 0; k < (n - 1) / 3; k++)
			assert_int_equal(p[k], 'S');
		memset(p, 'S', n);
	}
	for (size_t n = 80000; n > 0; n /= 3) {
		p = realloc(p, n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(p[k], 'S');
		assert_true(back_usable(p) < 4 * n + 256);	/* memory is given back */
	}
	p = realloc(p, 0);
	assert_null(p);
}

static void test_small_steps_are_cheap(void **state)
{
	char *p = NULL;

	(void)state;
	for (size_t n = 1; n <= 1000000; n += 100)
		p = realloc(p, n);
	assert_true(allocations < 60);
	free(p);
}

static void test_realloc_without_memory(void **state)
{
	char *p = malloc(1000);

	(void)state;
	memset(p, 'S', 1000);
	fail_after = allocations;
	assert_null(realloc(p, 5000));
	assert_int_equal(p[999], 'S');
	assert_ptr_equal(realloc(p, 10), p);	/* shrinking never fails */
	assert_int_equal(p[9], 'S');
	free(p);
}

static void test_alignment(void **state)
{
	void *p = NULL;

	(void)state;
	assert_int_equal(posix_memalign(&p, 3, 10), EINVAL);
	assert_int_equal(posix_memalign(&p, 4, 10), EINVAL);
	assert_null(p);
	for (size_t a = sizeof(void *); a <= 4096; a *= 2) {
		assert_int_equal(posix_memalign(&p, a, 100), 0);
		assert_int_equal((uintptr_t)p % a, 0);
		memset(p, 'S', 100);
		p = realloc(p, 3000);
		assert_int_equal(((char *)p)[99], 'S');
		free(p);
		p = aligned_alloc(a, a);
		assert_int_equal((uintptr_t)p % a, 0);
		free(p);
		p = memalign(a, 5);
		assert_int_equal((uintptr_t)p % a, 0);
		free(p);
	}
	errno = 0;
	assert_null(memalign(24, 5));
	assert_int_equal(errno, EINVAL);
	errno = 7;
	fail_after = 0;
	assert_int_equal(posix_memalign(&p, 16, 10), ENOMEM);
	assert_int_equal(errno, 7);
}

static void test_overflow(void **state)
{
	char *p;

	(void)state;
	errno = 0;
	assert_null(reallocarray(NULL, SIZE_MAX / 2, 3));
	assert_int_equal(errno, ENOMEM);
	p = reallocarray(NULL, 3, 5);
	assert_non_null(p);
	assert_null(mf_regrow(p, SIZE_MAX / 2, 3));
	p = mf_regrow(p, 10, 10);
	assert_non_null(p);
	free(p);
}

static void test_helpers(void **state)
{
	char *p = mf_strdup("abc");

	(void)state;
	assert_string_equal(p, "abc");
	free(p);
	p = mf_strndup("abcdef", 3);
	assert_string_equal(p, "abc");
	free(p);
	p = mf_strndup("ab\0def", 6);
	assert_string_equal(p, "ab");
	free(p);
	p = mf_strndup(NULL, 0);
	assert_string_equal(p, "");
	free(p);
	p = mf_strndup("a", SIZE_MAX);
	assert_string_equal(p, "a");
	free(p);
	p = mf_calloc(3, 4);
	assert_memory_equal(p, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	free(p);
	fail_after = allocations;
	assert_null(mf_strdup("abc"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, all_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_free_wipes), CASE(test_realloc_moves_and_wipes), CASE(test_small_steps_are_cheap),
		CASE(test_realloc_without_memory), CASE(test_alignment), CASE(test_overflow), CASE(test_helpers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
