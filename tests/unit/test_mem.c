/* SPDX-License-Identifier: Apache-2.0 */
/* The static binary's memcpy, memmove and memcmp, under other names, against a byte at a time. */
#include "unit.h"

#if defined(__x86_64__)

#include <emmintrin.h>
#include <stdint.h>
#include <stdlib.h>

#define MF_STATIC 1
#define memcpy mem_copy
#define memmove mem_move
#define memcmp mem_compare
void *mem_copy(void *restrict to, const void *restrict from, size_t n);
void *mem_move(void *to, const void *from, size_t n);
int mem_compare(const void *left, const void *right, size_t n);
#include "../../src/base/mem.c"
#undef memcpy
#undef memmove
#undef memcmp

enum { ROOM = 700 };

static void fill(unsigned char *p)
{
	for (size_t i = 0; i < ROOM; i++)
		p[i] = (unsigned char)(i * 37 + (i >> 8) * 11 + 5);
}

static size_t next_size(size_t n)
{
	return n < 140 ? n + 1 : n + 37;
}

/* At every distance, before and behind: nothing else is touched. Each buffer has its exact size, so that the sanitizer sees a byte too far. */
static void test_move(void **state)
{
	(void)state;
	for (size_t n = 0; n < 300; n = next_size(n))
		for (size_t from = 0; from < 150; from += from < 20 ? 1 : 13)
			for (size_t to = 0; to < 150; to += to < 20 ? 1 : 7) {
				const size_t size = (from > to ? from : to) + n;
				unsigned char *p = malloc(size + 1), want[ROOM], was[ROOM];

				fill(was);
				for (size_t i = 0; i < size; i++)
					p[i] = want[i] = was[i];
				for (size_t i = 0; i < n; i++)
					want[to + i] = was[from + i];
				assert_ptr_equal(mem_move(p + to, p + from, n), p + to);
				for (size_t i = 0; i < size; i++)
					if (p[i] != want[i])
						fail_msg("%zu bytes from %zu to %zu: byte %zu", n, from, to, i);
				free(p);
			}
}

static void test_copy(void **state)
{
	(void)state;
	for (size_t n = 0; n < 600; n++) {
		unsigned char *from = malloc(n + 1), *to = malloc(n + 1), all[ROOM];

		fill(all);
		for (size_t i = 0; i < n; i++)
			from[i] = all[i];
		to[n] = 0xa5;
		assert_ptr_equal(mem_copy(to, from, n), to);
		for (size_t i = 0; i < n; i++)
			if (to[i] != all[i])
				fail_msg("%zu bytes: byte %zu", n, i);
		assert_int_equal(to[n], 0xa5);
		free(from);
		free(to);
	}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* The first byte that differs decides, as an unsigned one. */
static void test_compare(void **state)
{
	unsigned char a[ROOM], b[ROOM];

	(void)state;
	fill(a);
	fill(b);
	for (size_t n = 0; n < 200; n++) {
		assert_int_equal(mem_compare(a, b, n), 0);
		for (size_t at = 0; at < n; at++) {
			b[at] = (unsigned char)(a[at] ^ 0x80);
			if (at + 1 < n)
				b[at + 1] = (unsigned char)~a[at + 1];
			assert_int_equal(sign(mem_compare(a, b, n)), a[at] > b[at] ? 1 : -1);
			assert_int_equal(mem_compare(a, b, at), 0);
			fill(b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
