/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: their members, what is skipped and counted, and the budget. */
#include "unit.h"

#include <stdio.h>

#include <mayfly/buf.h>
#include <mayfly/fs.h>
#include "../../src/detect/archive.h"
#include "failalloc.h"

static char seen[4096];
static struct mf_err err;

static int on_member(void *ctx, const char *name, struct mf_str bytes, struct mf_err *e)
{
	const size_t n = strlen(seen);

	(void)e;
	snprintf(seen + n, sizeof(seen) - n, "%s:%zu ", name ? name : "-", bytes.n);
	return ctx ? mf_fail(e, MF_E_BASE_BUG, "asked to fail") : 0;
}

static void each(const char *file, struct mf_archive_budget *budget)
{
	struct mf_buf text = MF_BUF(1 << 20);
	char path[256];

	seen[0] = '\0';
	snprintf(path, sizeof(path), "tests/fuzz/corpus/archive/%s", file);
	assert_int_equal(mf_fs_read(&text, path, &err), 0);
	assert_int_equal(mf_archive_each((struct mf_str){ text.p, text.n }, budget, on_member, NULL, &err), 0);
	mf_buf_free(&text);
}

static void check(const char *file, const char *want, uint64_t skipped)
{
	struct mf_archive_budget budget = { .bytes = 1 << 20, .members = 100 };

	each(file, &budget);
	assert_string_equal(seen, want);
	assert_int_equal(budget.skipped, skipped);
}

static void test_members(void **state)
{
	(void)state;
	check("stored.zip", "a.txt:13 dir/b.txt:280 ", 0);
	check("deflated.zip", "a.txt:13 dir/b.txt:280 ", 0);
	check("encrypted.zip", "dir/b.txt:280 ", 1);
	check("one.gz", "-:140 ", 0);
	check("two.gz", "-:17 ", 0);
	check("one.zst", "-:841 ", 0);
}

static void test_tar_names(void **state)
{
	char want[600];

	(void)state;
	snprintf(want, sizeof(want), "a.txt:13 %0120d/%060d.txt:10 ", 0, 0);
	for (char *p = want + 9; *p; p++)
		if (*p == '0')
			*p = p < want + 9 + 120 ? 'd' : 'e';
	memcpy(strchr(want + 9, ':'), ":10 ", 5);
	check("gnu.tar", want, 0);
	snprintf(want, sizeof(want), "a.txt:13 %0100d/%060d:10 ", 0, 0);
	for (char *p = want + 9; *p; p++)
		if (*p == '0')
			*p = p < want + 9 + 100 ? 'p' : 'n';
	memcpy(strchr(want + 9, ':'), ":10 ", 5);
	check("ustar.tar", want, 0);
}

static void test_pax_path(void **state)
{
	struct mf_archive_budget budget = { .bytes = 1 << 20, .members = 100 };

	(void)state;
	each("pax.tar", &budget);
	assert_non_null(strstr(seen, "\xc3\xbc/eee"));
	assert_non_null(strstr(seen, ".txt:10 "));
}

static void test_limits(void **state)
{
	struct mf_archive_budget small = { .bytes = 1000, .members = 100 }, one = { .bytes = 1 << 20, .members = 1 };

	(void)state;
	each("bomb.gz", &small);
	assert_string_equal(seen, "");
	assert_int_equal(small.skipped, 1);
	each("stored.zip", &one);
	assert_string_equal(seen, "a.txt:13 ");
	assert_int_equal(one.skipped, 1);
	check("cut.gz", "", 1);
}

static void test_kinds(void **state)
{
	(void)state;
	static const char *const other[] = { "\xfd" "7zXZ\0\0\4........", "7z\xbc\xaf\x27\x1c........", "Rar!\x1a\x07........", "BZh91AY&SY....", "BZh1\x17\x72\x45\x38\x50\x90...." };

	for (size_t i = 0; i < MF_COUNT(other); i++)
		assert_int_equal(mf_archive_kind((struct mf_str){ other[i], 14 }), MF_ARCHIVE_OTHER);
	assert_int_equal(mf_archive_kind(mf_str("BZh is how bzip2 files begin")), MF_ARCHIVE_NONE);
	assert_int_equal(mf_archive_kind(mf_str("PK")), MF_ARCHIVE_NONE);
	assert_int_equal(mf_archive_kind(mf_str("plain text that is long enough to be looked at")), MF_ARCHIVE_NONE);
}

static int torture_one(void *ctx, struct mf_err *e)
{
	struct mf_archive_budget budget = { .bytes = 1 << 20, .members = 100 };
	const struct mf_buf *text = ctx;

	seen[0] = '\0';
	return mf_archive_each((struct mf_str){ text->p, text->n }, &budget, on_member, NULL, e);
}

static void test_without_memory(void **state)
{
	static const char *const files[] = { "deflated.zip", "two.gz", "one.zst", "gnu.tar", "pax.tar" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(files); i++) {
		struct mf_buf text = MF_BUF(1 << 20);
		char path[256];

		snprintf(path, sizeof(path), "tests/fuzz/corpus/archive/%s", files[i]);
		assert_int_equal(mf_fs_read(&text, path, &err), 0);
		mf_torture(torture_one, &text);
		mf_buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members), cmocka_unit_test(test_tar_names), cmocka_unit_test(test_pax_path), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
