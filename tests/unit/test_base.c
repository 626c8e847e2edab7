/* SPDX-License-Identifier: Apache-2.0 */
/* The small helpers that every module may use. */
#include "unit.h"

#include <mayfly/base.h>

static void test_views(void **state)
{
	(void)state;
	assert_true(mf_str_eq(mf_str(NULL), mf_str("")));
	assert_true(mf_str_is((struct mf_str){ "abc", 2 }, "ab"));
	assert_false(mf_str_is((struct mf_str){ "abc", 2 }, "ax"));
	assert_false(mf_str_is(mf_str("ab"), "abc"));
}

static void test_blank(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++)
		assert_int_equal(mf_blank((char)c), c && strchr(" \t\n\v\f\r", c));
}

static void test_trim(void **state)
{
	(void)state;
	assert_str_is(mf_trim(mf_str(" \t\r\n\v\f a b\n ")), "a b");
	assert_str_is(mf_trim(mf_str("a")), "a");
	assert_str_is(mf_trim(mf_str(" \n ")), "");
	assert_str_is(mf_trim(mf_str("\xc2\xa0")), "\xc2\xa0");
	assert_int_equal(mf_trim(mf_str(NULL)).n, 0);
}

static void test_same_text(void **state)
{
	const char a[] = "text", b[] = "text";

	(void)state;
	assert_true(mf_same_text(a, b));
	assert_true(mf_same_text(NULL, NULL));
	assert_false(mf_same_text(a, NULL));
	assert_false(mf_same_text(NULL, b));
	assert_false(mf_same_text(a, "texts"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_same_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
