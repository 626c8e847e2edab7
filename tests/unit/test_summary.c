/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what was issued. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/sink.h>
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;

static const struct mf_summary_row rows[] = {
	{ "VAULT_TOKEN", "role 'ci'", "1 h", "revoked at the end of the job" },
	{ "DB_PASSWORD", "vault://database/creds/app#password", "15 min", NULL },
};

static void test_text(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(10000);

	(void)state;
	assert_int_equal(mf_summary_text(&b, rows, 2, &err), 0);
	assert_string_equal(mf_buf_text(&b),
			    "secret       from                                 lifetime  how it ends\n"
			    "VAULT_TOKEN  role 'ci'                            1 h       revoked at the end of the job\n"
			    "DB_PASSWORD  vault://database/creds/app#password  15 min\n");
	mf_buf_free(&b);
	assert_int_equal(mf_summary_text(&b, rows, 0, &err), 0);
	assert_string_equal(mf_buf_text(&b), "");
}

static void test_text_is_harmless(void **state)
{
	const struct mf_summary_row bad = { "A\nB\x1b[31m", "\xe2\x80\xaeright to left", "gr\xc3\xbc\xc3\x9f", "x" };
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(10000);

	(void)state;
	assert_int_equal(mf_summary_text(&b, &bad, 1, &err), 0);
	assert_null(strchr(b.p, '\x1b'));
	assert_null(strstr(b.p, "\xe2\x80\xae"));
	assert_non_null(strstr(b.p, "gr\xc3\xbc\xc3\x9f      x\n"));	/* aligned by characters */
}

static void test_text_is_no_command(void **state)
{
	const struct mf_summary_row bad = { "::stop-commands::x", "role '##[stop-commands]y' ##[error]", "##[group]", " ::set-env" };
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(10000);

	(void)state;
	assert_int_equal(mf_summary_text(&b, &bad, 1, &err), 0);
	assert_null(strstr(mf_buf_text(&b), "##["));
	assert_null(strstr(mf_buf_text(&b), "\n::"));
}

static void test_markdown_is_harmless(void **state)
{
	const struct mf_summary_row bad = {
		"a|b\n| c", "<img src=x onerror=alert(1)>", "[click](https://evil.example) @octocat #1 `x` *b* _i_", "www.evil.example &amp; \\|",
	};
	struct mf_test_job t;
	struct mf_text file;
	const char *row;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	assert_int_equal(mf_summary_write(&t.job, &bad, 1, &err), 0);
	file = mf_test_read(t.summary_file);
	row = strstr(file.p, "| a");
	assert_non_null(row);
	for (const char *p = row; *p && *p != '\n'; p++)
		assert_null(strchr("<>[]()`*_@\\\"", *p));
	assert_int_equal(strlen(strchr(row, '\n')), 1);		/* one row */
	assert_non_null(strstr(row, "&#60;img src&#61;x"));
	assert_null(strstr(row, "://"));
	assert_null(strstr(row, "www."));
	row += 2;
	for (int pipes = 0; pipes < 4; pipes++, row++)
		assert_non_null(row = strchr(row, '|'));
	assert_null(strchr(row, '|'));
	free(file.p);
	mf_test_job_end(&t);
}

static void test_write(void **state)
{
	struct mf_test_job t;
	struct mf_text file;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_write(t.summary_file, "# before");
	assert_int_equal(mf_summary_write(&t.job, rows, 2, &err), 0);
	file = mf_test_read(t.summary_file);
	assert_memory_equal(file.p, "# before\n### ", 13);
	assert_non_null(strstr(file.p, "| VAULT&#95;TOKEN | role &#39;ci&#39; | 1 h | revoked at the end of the job |\n"));
	free(file.p);
	t.job.summary_file = NULL;
	assert_int_equal(mf_summary_write(&t.job, rows, 2, &err), 0);
	t.job.summary_file = t.temp;
	assert_fails(mf_summary_write(&t.job, rows, 2, &err), err, "MF-SINK-08");
	mf_test_job_end(&t);
}

static void test_bounded(void **state)
{
	enum { MANY = 20000 };
	struct mf_summary_row *many = calloc(MANY, sizeof(*many));
	struct mf_test_job t;
	struct mf_text file;
	struct stat st;

	(void)state;
	assert_non_null(many);
	for (int i = 0; i < MANY; i++)
		many[i] = rows[i % 2];
	mf_test_job_begin(&t, MF_CI_GITHUB);
	assert_int_equal(truncate(t.summary_file, 500000), 0);
	assert_int_equal(mf_summary_write(&t.job, many, MANY, &err), 0);
	assert_int_equal(stat(t.summary_file, &st), 0);
	assert_true(st.st_size <= 1 << 20);
	assert_true(st.st_size > 1000000);
	file = mf_test_read(t.summary_file);
	assert_string_equal(file.p + file.n - strlen(" more are not shown.\n"), " more are not shown.\n");
	free(file.p);
	/* full: left as it is */
	assert_int_equal(truncate(t.summary_file, (1 << 20) - 100), 0);
	assert_int_equal(mf_summary_write(&t.job, many, MANY, &err), 0);
	assert_int_equal(stat(t.summary_file, &st), 0);
	assert_int_equal(st.st_size, (1 << 20) - 100);
	free(many);
	mf_test_job_end(&t);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_test_job *t = ctx;
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(10000);

	if (mf_summary_text(&b, rows, 2, e))
		return -1;
	return mf_summary_write(&t->job, rows, 2, e);
}

static void test_torture(void **state)
{
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_torture(torture_body, &t);
	mf_test_job_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_is_harmless),
		cmocka_unit_test(test_text_is_no_command),
		cmocka_unit_test(test_markdown_is_harmless),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
