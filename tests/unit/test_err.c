/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: texts, limits, hostile arguments, the table of ids. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

static struct mf_err err;

static void test_fill(void **state)
{
	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(mf_fail(&err, MF_E_FS_READ, "'%s' cannot be read", "a"), -1);
	assert_string_equal(err.id, "MF-FS-03");
	assert_int_equal(err.code, MF_IO);
	assert_false(err.retryable);
	assert_string_equal(err.what, "'a' cannot be read");
	assert_string_equal(err.why, "");
	assert_string_equal(err.sent, "");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.note, "");
	assert_string_equal(err.advice, "");
}

static void test_errno_and_nomem(void **state)
{
	(void)state;
	assert_int_equal(mf_fail_errno(&err, MF_E_FS_READ, ENOENT, "x"), -1);
	assert_string_equal(err.why, strerror(ENOENT));
	assert_int_equal(mf_fail_nomem(&err), -1);
	assert_string_equal(err.id, "MF-BASE-01");
}

static void test_control_bytes(void **state)
{
	(void)state;
	mf_fail(&err, MF_E_FS_READ, "a%sb", "\n\r\033[31m\x7f");
	assert_string_equal(err.what, "a???[31m?b");
	mf_err_why(&err, "%s", "tab\there \xff\xc3 \xc3\xa4 \xc2\x9b \xe2\x80\xae \xe2\x80\xa8.");
	assert_string_equal(err.why, "tab?here ?? \xc3\xa4 ? ? ?.");
	mf_err_advice(&err, "a:\n\tb: %s\n", "\033");
	assert_string_equal(err.advice, "a:\n\tb: ?\n");
}

static void test_too_long(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	mf_fail(&err, MF_E_FS_READ, "%s", text);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	assert_string_equal(err.what + sizeof(err.what) - 5, "a...");
	text[255] = '\0';
	mf_fail(&err, MF_E_FS_READ, "%s", text);
	assert_string_equal(err.what, text);
	/* Cut between characters, at every alignment. */
	for (size_t shift = 0; shift < 4; shift++) {
		for (size_t i = 0; i < shift; i++)
			text[i] = 'x';
		for (size_t i = shift; i + 3 < 400; i += 3)
			memcpy(text + i, "\xe2\x82\xac", 4);
		mf_fail(&err, MF_E_FS_READ, "%s", text);
		assert_null(strchr(err.what, '?'));
		assert_string_equal(err.what + strlen(err.what) - 3, "...");
		assert_true(strlen(err.what) > sizeof(err.what) - 5);
	}
}

static void test_own_fields_as_arguments(void **state)
{
	(void)state;
	mf_fail(&err, MF_E_FS_READ, "inner");
	mf_err_why(&err, "because");
	mf_err_why(&err, "%s, twice %s", err.why, err.why);
	assert_string_equal(err.why, "because, twice because");
	mf_fail(&err, MF_E_FS_WRITE, "outer of %s", err.what);
	assert_string_equal(err.what, "outer of inner");
	assert_string_equal(err.why, "");
}

static void test_wrap(void **state)
{
	(void)state;
	mf_fail(&err, MF_E_FS_READ, "inner");
	mf_err_why(&err, "because");
	mf_err_wrap(&err, "in '%s'", "f");
	assert_string_equal(err.what, "in 'f': inner");
	assert_string_equal(err.why, "because");
	assert_string_equal(err.id, "MF-FS-03");
	for (int i = 0; i < 200; i++)
		mf_err_wrap(&err, "again");
	assert_string_equal(err.what + strlen(err.what) - 3, "...");
}

static void test_setters(void **state)
{
	(void)state;
	mf_fail(&err, MF_E_FS_READ, "x");
	mf_err_sent(&err, "aud=%d", 1);
	mf_err_hint(&err, "first");
	mf_err_hint(&err, "h");
	mf_err_note(&err, "n");
	assert_string_equal(err.sent, "aud=1");
	assert_string_equal(err.hint, "h");
	assert_string_equal(err.note, "n");
}

static void test_table(void **state)
{
	(void)state;
	for (int e = 0; e < MF_E_COUNT; e++) {
		const char *id = mf_error_id((enum mf_error)e);

		assert_true(strncmp(id, "MF-", 3) == 0);
		assert_int_not_equal(mf_error_code((enum mf_error)e), MF_OK);
		for (int other = 0; other < e; other++)
			assert_string_not_equal(id, mf_error_id((enum mf_error)other));
	}
	assert_string_equal(mf_error_id((enum mf_error)9999), "MF-BASE-03");
	assert_string_equal(mf_error_id((enum mf_error)-1), "MF-BASE-03");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill), cmocka_unit_test(test_errno_and_nomem),
		cmocka_unit_test(test_control_bytes), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_own_fields_as_arguments), cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_setters), cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
