/* SPDX-License-Identifier: Apache-2.0 */
/* .gitleaksignore: both forms, aliases, odd paths, what does nothing. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include "../../src/policy/covers.h"
#include "failalloc.h"
#include "support_policy.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define OTHER "ffffffffffffffffffffffffffffffffffffffff"

static struct mf_err err;

/* Whether a finding of "password" passes, by this file. */
#define BLOB "b10bb10bb10bb10bb10bb10bb10bb10bb10bb10b"

static enum mf_source source;
static bool again;

static bool passes(const char *text, const char *path, const char *more, unsigned line, const char *commit)
{
	struct mf_ignore *ig = NULL;
	struct mf_findings list = { 0 };
	struct mf_policy p = { .now = 1 };
	struct mf_verdict verdict;
	struct mf_finding f = {
		.rule = &policy_rules[1], .source = source, .blob = mf_strdup(BLOB), .rule_id = mf_strdup("password"), .path = mf_strdup(path), .line = line, .secret = mf_strdup("s"),
		.secret_n = 1, .commit = commit ? mf_strdup(commit) : NULL,
	};

	snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "x");
	if (again) {
		f.again = calloc(1, sizeof(*f.again));
		f.again[0].line = 9;
		snprintf(f.again[f.n_again++].commit, sizeof(f.again->commit), "%s", OTHER);
	}
	if (more) {
		f.more_paths = calloc(1, sizeof(char *));
		f.more_paths[f.n_more_paths++] = mf_strdup(more);
	}
	assert_int_equal(mf_findings_add(&list, &f, &err), 0);
	assert_int_equal(mf_ignore_read(&ig, "the-file", mf_str(text), &err), 0);
	p.ignore = ig;
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	mf_verdict_of(&verdict, &list);
	assert_int_equal(verdict.findings + verdict.passed[MF_PASS_IGNORE_FILE], 1);
	if (verdict.findings == 0)
		assert_string_equal(list.v[0].pass_why, "the-file");
	mf_findings_free(&list);
	mf_ignore_free(ig);
	return verdict.findings == 0;
}

static void test_forms(void **state)
{
	(void)state;
	assert_true(passes("dir/a.txt:password:7\n", "dir/a.txt", NULL, 7, NULL));
	assert_true(passes("dir/a.txt:password:7", "dir/a.txt", NULL, 7, COMMIT));
	assert_true(passes(COMMIT ":dir/a.txt:password:7\n", "dir/a.txt", NULL, 7, COMMIT));
	assert_false(passes(COMMIT ":dir/a.txt:password:7\n", "dir/a.txt", NULL, 7, OTHER));
	assert_false(passes(COMMIT ":dir/a.txt:password:7\n", "dir/a.txt", NULL, 7, NULL));
	assert_false(passes("dir/a.txt:password:7\n", "dir/a.txt", NULL, 8, NULL));
	assert_false(passes("dir/a.txt:password:7\n", "a.txt", NULL, 7, NULL));
	assert_false(passes("dir/a.txt:token:7\n", "dir/a.txt", NULL, 7, NULL));
	assert_false(passes("", "dir/a.txt", NULL, 7, NULL));
}

static void test_spellings(void **state)
{
	(void)state;
	assert_true(passes("\xef\xbb\xbf" "# a comment\n\n   a.txt:password:7 \r\n", "a.txt", NULL, 7, NULL));
	assert_false(passes("#a.txt:password:7\n", "a.txt", NULL, 7, NULL));
	assert_true(passes("dir\\sub\\a.txt:password:7\n", "dir/sub/a.txt", NULL, 7, NULL));
	assert_true(passes(COMMIT ":dir\\a.txt:password:7\n", "dir/a.txt", NULL, 7, COMMIT));
	assert_true(passes("odd\\name:password:7\n", "odd\\name", NULL, 7, NULL));
	assert_true(passes("a:b:c:password:7\n", "a:b:c", NULL, 7, NULL));
	assert_true(passes(COMMIT ":a:b:password:7\n", "a:b", NULL, 7, COMMIT));
	assert_true(passes("z.zip!in/a:password:7\n", "z.zip!in/a", NULL, 7, NULL));
	/* aliases of the rule */
	assert_true(passes("a.txt:old-password:7\n", "a.txt", NULL, 7, NULL));
	assert_true(passes(COMMIT ":a.txt:generic:7\n", "a.txt", NULL, 7, COMMIT));
	/* a message has no path */
	assert_true(passes(COMMIT "::password:7\n", "", NULL, 7, COMMIT));
	assert_false(passes(COMMIT "::password:7\n", "", NULL, 7, OTHER));
	assert_false(passes(":password:7\n", "", NULL, 7, COMMIT));
}

/* Standard input has no name; what no commit reaches is told by its blob, and never by nothing. */
static void test_without_path(void **state)
{
	(void)state;
	source = MF_SRC_STDIN;
	assert_true(passes(":password:7\n", "", NULL, 7, NULL));
	assert_false(passes(":password:8\n", "", NULL, 7, NULL));
	source = MF_SRC_UNREACHABLE;
	assert_true(passes(BLOB "::password:7\n", "", NULL, 7, NULL));
	assert_false(passes(COMMIT "::password:7\n", "", NULL, 7, NULL));
	assert_false(passes(":password:7\n", "", NULL, 7, NULL));
	source = MF_SRC_FILE;
	assert_false(passes(BLOB "::password:7\n", "", NULL, 7, NULL));
	assert_false(passes(BLOB ":a:password:7\n", "a", NULL, 7, NULL));
}

/* A later version of the path with the same secret may be the one that is named. */
static void test_again(void **state)
{
	(void)state;
	again = true;
	assert_true(passes(OTHER ":a:password:9\n", "a", NULL, 7, COMMIT));
	assert_true(passes(COMMIT ":a:password:7\n", "a", NULL, 7, COMMIT));
	assert_false(passes(OTHER ":a:password:7\n", "a", NULL, 7, COMMIT));
	assert_false(passes(OTHER ":b:password:9\n", "a", NULL, 7, COMMIT));
	again = false;
	assert_false(passes(OTHER ":a:password:9\n", "a", NULL, 7, COMMIT));
}

/* One of two paths is not enough. */
static void test_paths(void **state)
{
	(void)state;
	assert_false(passes("a:password:7\n", "a", "b", 7, COMMIT));
	assert_false(passes("b:password:7\n", "a", "b", 7, COMMIT));
	assert_true(passes("a:password:7\nb:generic:7\n", "a", "b", 7, COMMIT));
	assert_true(passes(COMMIT ":a:password:7\n" OTHER ":b:password:7\n", "a", "b", 7, COMMIT));
	assert_false(passes(OTHER ":a:password:7\n" OTHER ":b:password:7\n", "a", "b", 7, COMMIT));
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = { "x", "a:b", "a:b:c", "a:b:7x", "a::7", "a:r:", "::", ":::", "7", COMMIT, COMMIT ":r:7x", COMMIT "::7" };
	struct mf_ignore *ig = NULL;
	const char *first;

	(void)state;
	assert_int_equal(mf_ignore_read(&ig, "one", mf_str("a:r:7\n\n# x\n"), &err), 0);
	assert_int_equal(mf_ignore_bad(ig, &first), 0);
	assert_null(first);
	assert_int_equal(mf_ignore_read(&ig, "two", mf_str("a:r:7\n\nsecret stuff\nx\n"), &err), 0);
	assert_int_equal(mf_ignore_bad(ig, &first), 2);
	assert_string_equal(first, "two:3");
	mf_ignore_free(ig);
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		ig = NULL;
		assert_int_equal(mf_ignore_read(&ig, "f", mf_str(bad[i]), &err), 0);
		if (mf_ignore_bad(ig, &first) != 1)
			fail_msg("'%s' is taken", bad[i]);
		mf_ignore_free(ig);
	}
	mf_ignore_free(NULL);
}

/* Named as a report shows it, with the secret in it redacted; the path as it is does as well. */
static void test_shown_names(void **state)
{
	static const struct { const char *text; bool yes; } files[] = {
		{ "dir/ma************89.txt:password:7\nb/ma************89:password:7\n", true },
		{ "dir/made-up-value-0123456789.txt:password:7\nb/ma************89:password:7\n", true },
		{ COMMIT ":dir/ma************89.txt:password:7\nb/made-up-value-0123456789:password:7\n", true },
		{ OTHER ":dir/ma************89.txt:password:7\nb/ma************89:password:7\n", false },
		{ "dir/ma************89.txt:password:7\n", false },
		{ "dir/ma************88.txt:password:7\nb/ma************89:password:7\n", false },
		{ "dir/************.txt:password:7\nb/ma************89:password:7\n", false },
	};
	static char secret[] = "made-up-value-0123456789", path[] = "dir/made-up-value-0123456789.txt", other[] = "b/made-up-value-0123456789";
	char *more[] = { other };
	struct mf_finding f = { .rule = &policy_rules[1], .rule_id = (char *)"password", .path = path, .line = 7, .commit = (char *)COMMIT, .more_paths = more,
				.n_more_paths = 1, .secret = secret, .secret_n = sizeof(secret) - 1 };
	const struct mf_findings list = { .v = &f, .n = 1 };
	struct mf_hide *hide;
	const char *why;

	(void)state;
	assert_int_equal(mf_hide_new(&hide, &list, NULL, 0, &err), 0);
	for (size_t i = 0; i < MF_COUNT(files); i++) {
		struct mf_ignore *ig = NULL;
		bool yes;

		assert_int_equal(mf_ignore_read(&ig, "f", mf_str(files[i].text), &err), 0);
		assert_int_equal(mf_ignore_covers(&yes, ig, &f, hide, &why, &err), 0);
		if (yes != files[i].yes)
			fail_msg("%s", files[i].text);
		mf_ignore_free(ig);
	}
	mf_hide_free(hide);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_ignore *ig = NULL;
	struct mf_finding f = { .rule = &policy_rules[1], .rule_id = (char *)"password", .path = (char *)"a-secret-in-a-name", .line = 7,
				.commit = (char *)COMMIT, .secret = (char *)"secret-in-a-name", .secret_n = 16 };
	const struct mf_findings list = { .v = &f, .n = 1 };
	struct mf_hide *hide = NULL;
	const char *why;
	bool yes = false;
	int r;

	(void)ctx;
	r = mf_ignore_read(&ig, "f", mf_str("x\na-s************me:generic:7\n" COMMIT ":b:r:1\n"), e);
	r = r ? r : mf_ignore_read(&ig, "g", mf_str("c:d:3\n"), e);
	r = r ? r : mf_hide_new(&hide, &list, NULL, 0, e);
	r = r ? r : mf_ignore_covers(&yes, ig, &f, hide, &why, e);
	assert_true(r || yes);
	mf_hide_free(hide);
	mf_ignore_free(ig);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms), cmocka_unit_test(test_spellings), cmocka_unit_test(test_paths), cmocka_unit_test(test_shown_names),
		cmocka_unit_test(test_without_path), cmocka_unit_test(test_again),
		cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
