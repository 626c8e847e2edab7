/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer: growth, ceiling, hand-over. */
#include "unit.h"

#include <mayfly/buf.h>
#include "failalloc.h"

static struct mf_err err;

static void test_append(void **state)
{
	struct mf_buf b = MF_BUF(1000);

	(void)state;
	assert_string_equal(mf_buf_text(&b), "");
	assert_int_equal(mf_buf_puts(&b, "a", &err), 0);
	assert_int_equal(mf_buf_putc(&b, 'b', &err), 0);
	assert_int_equal(mf_buf_add(&b, "c\0d", 3, &err), 0);
	assert_int_equal(mf_buf_printf(&b, &err, "%d-%s", 7, "x"), 0);
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "abc\0d7-x", 9);
	assert_int_equal(mf_buf_add(&b, NULL, 0, &err), 0);
	mf_buf_free(&b);
	assert_int_equal(b.n, 0);
	assert_string_equal(mf_buf_text(&b), "");
	mf_buf_free(&b);
	mf_buf_free(NULL);
	assert_int_equal(b.max, 1000);
}

static void test_ceiling(void **state)
{
	struct mf_buf b = MF_BUF(4);

	(void)state;
	assert_int_equal(mf_buf_puts(&b, "1234", &err), 0);
	assert_fails(mf_buf_putc(&b, '5', &err), err, "MF-BASE-02");
	assert_fails(mf_buf_printf(&b, &err, "%s", "x"), err, "MF-BASE-02");
	assert_int_equal(mf_buf_puts(&b, "", &err), 0);
	assert_string_equal(mf_buf_text(&b), "1234");
	assert_fails(mf_buf_add(&b, "x", SIZE_MAX, &err), err, "MF-BASE-02");
	mf_buf_free(&b);
	b = MF_BUF(0);
	assert_int_equal(mf_buf_puts(&b, "", &err), 0);
	assert_fails(mf_buf_putc(&b, 'x', &err), err, "MF-BASE-02");
	mf_buf_free(&b);
	b = MF_BUF(SIZE_MAX);
	assert_int_equal(mf_buf_puts(&b, "x", &err), 0);
	assert_fails(mf_buf_add(&b, "x", SIZE_MAX - 1, &err), err, "MF-BASE-01");
	mf_buf_free(&b);
}

static void test_take(void **state)
{
	struct mf_buf b = MF_BUF(10);
	char *p;

	(void)state;
	p = mf_buf_take(&b);
	assert_string_equal(p, "");
	free(p);
	assert_int_equal(mf_buf_puts(&b, "abc", &err), 0);
	p = mf_buf_take(&b);
	assert_string_equal(p, "abc");
	free(p);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.max, 10);
	assert_null(b.p);
}

static void test_growth_keeps_bytes(void **state)
{
	struct mf_buf b = MF_BUF(1 << 20);

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_int_equal(mf_buf_putc(&b, (char)(i % 251), &err), 0);
	assert_int_equal(b.n, 100000);
	for (int i = 0; i < 100000; i++)
		if (b.p[i] != (char)(i % 251))
			fail_msg("byte %d", i);
	assert_int_equal(b.p[b.n], 0);
	mf_buf_free(&b);
}

static int body(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(5000);

	for (int i = 0; i < 100; i++) {
		const size_t before = b.n;

		if (mf_buf_printf(&b, e, "%s %d", (const char *)ctx, i)) {
			assert_int_equal(b.n, before);
			assert_true(b.n == 0 || b.p[b.n] == '\0');
			return -1;
		}
	}
	return 0;
}

static void test_reserve(void **state)
{
	struct mf_buf b = MF_BUF(100);
	const char *p;

	(void)state;
	assert_int_equal(mf_buf_reserve(&b, 101, &err), -1);
	assert_string_equal(err.id, mf_error_id(MF_E_BASE_LIMIT));
	assert_int_equal(mf_buf_reserve(&b, 100, &err), 0);
	assert_string_equal(mf_buf_text(&b), "");
	p = b.p;
	for (int i = 0; i < 100; i++)
		assert_int_equal(mf_buf_putc(&b, 'x', &err), 0);
	assert_ptr_equal(b.p, p);
	assert_int_equal(b.n, 100);
	mf_buf_free(&b);
}

static void test_out_of_memory(void **state)
{
	struct mf_buf b = MF_BUF(5);

	(void)state;
	mf_torture(body, "some text of a length");
	if (!mf_allocations_can_fail())
		return;
	mf_fail_allocation(1);
	assert_null(mf_buf_take(&b));
	assert_true(mf_allocation_failed());
	mf_fail_allocation(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append), cmocka_unit_test(test_ceiling), cmocka_unit_test(test_take),
		cmocka_unit_test(test_growth_keeps_bytes), cmocka_unit_test(test_reserve), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
