/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads: on a terminal, as annotations, in the step's summary. */
#include "unit.h"

#include <stdio.h>
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;
static struct mf_run run;
static struct mf_report_opts opts;

static int setup(void **state)
{
	(void)state;
	mf_test_run(&run);
	run.n_notes = 0;
	opts = (struct mf_report_opts){ .redact = 100 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_findings_free(&list);
	return 0;
}

static void writes(const char *reporter, const char *want)
{
	size_t n;
	char *text = mf_test_render(reporter, &run, &list, &opts, &n, &err);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void has_not(const char *reporter, const char *part)
{
	size_t n;
	char *text = mf_test_render(reporter, &run, &list, &opts, &n, &err);

	assert_non_null(text);
	assert_null(strstr(text, part));
	free(text);
}

static void has(const char *reporter, const char *part)
{
	size_t n;
	char *text = mf_test_render(reporter, &run, &list, &opts, &n, &err);

	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
	free(text);
}

static struct mf_finding aws(unsigned line)
{
	struct mf_test_secrets s;

	mf_test_secrets(&s);
	return mf_test_finding(&mf_test_rules[0], "deploy/prod.env", line, s.aws, "AWS_ACCESS_KEY_ID=%s # gr\xc3\xbc\xc3\x9f");
}

static void test_text(void **state)
{
	struct mf_finding f = aws(14);

	(void)state;
	snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "00112233445566778899aabbccddeeff");
	f.versions = 1;
	mf_test_add(&list, f);
	writes("text",
	       "error[aws-access-key-id]: AWS access key (critical)\n"
	       "  --> deploy/prod.env:14:19 (commit adadadadad, 2024-05-01, Ada L)\n"
	       "14 | AWS_ACCESS_KEY_ID=AKIA************ZAM2 # gr\xc3\xbc\xc3\x9f\n"
	       "   |                   ^^^^^^^^^^^^^^^^^^^^\n"
	       "  = opens: the AWS account that issued it, with the rights of its user\n"
	       "  = format: plausible\n"
	       "  = tags: cloud, secret\n"
		"  = also: 1 later version of the file holds it\n"
	       "  = help: first revoke it: aws iam delete-access-key --access-key-id ID; then remove it: history still holds it, so removing alone changes nothing\n"
	       "  = accept: mayfly scan --accept 00112233445566778899aabbccddeeff --reason TEXT --until DATE\n"
	       "\n"
	       "1 finding (1 critical)\n"
	       "history '.', A..B: 4,711 commits, 143,210 blobs, 3.4 GB (of which 390 MB were new in their version) in 1.23 s with 268 rules (built in)\n");
	opts.redact = 0;
	has("text", "AWS_ACCESS_KEY_ID=AKIA" "QYLPMN5HHHFPZAM2 #");
}

static void test_mark_in_a_long_line(void **state)
{
	char format[1300];

	(void)state;
	memset(format, 'x', sizeof(format));
	memcpy(format + 400, "'%s'", 4);
	format[sizeof(format) - 1] = '\0';
	mf_test_add(&list, mf_test_finding(&mf_test_rules[3], "min.js", 1, "p4ssw0rd-of-production", format));
	has("text", "x'p4************on'x");
	has("text", "\n  |                                                                                 ^^^^^^^^^^^^^^^^\n");
}

static void test_color(void **state)
{
	(void)state;
	mf_test_add(&list, aws(14));
	opts.color = true;
	has("text", "\x1b[1;31merror[aws-access-key-id]\x1b[0m\x1b[1m: AWS access key\x1b[0m (critical)\n");
	has("text", "\x1b[1;31m1 finding (1 critical)\x1b[0m\n");
}

static void test_nothing(void **state)
{
	static const char *const shows_ids[] = { "text", "github", "json", "sarif", "csv", "html" };
	struct mf_note note = { (char *)"1 file could not be read", (char *)"permission denied: 'a'", (char *)"chmod", true };

	(void)state;
	run.took_ms = 12345;
	run.matched_bytes = 0;
	run.blobs = run.commits = 0;
	run.bytes = 17;
	run.files = 1;
	run.range = NULL;
	run.mode = "folder";
	run.shard = 1;
	run.shards = 4;
	run.elsewhere = 3;
	writes("text", "no credentials found\nfolder '.': 1 file, 17 bytes in 12 s with 268 rules (built in); 3 objects are other shards'; shard 2 of 4\n");
	run.notes = &note;
	run.n_notes = 1;
	has("text", "warning: 1 file could not be read\n  = why: permission denied: 'a'\n  = help: chmod\nno credentials found in what could be looked at\n");
	mf_test_add(&list, aws(2));
	mf_test_add(&list, aws(3));
	memcpy(list.v[0].fingerprint_id, "00112233445566778899aabbccddeeff", 33);
	has("text", "--accept 00112233445566778899aabbccddeeff --reason");
	for (size_t i = 0; i < MF_COUNT(shows_ids); i++)
		has(shows_ids[i], "00112233445566778899aabbccddeeff");
	list.v[0].unnamed = true;
	for (size_t i = 0; i < MF_COUNT(shows_ids); i++)
		has_not(shows_ids[i], "00112233445566778899aabbccddeeff");
	has("github", "::warning title=mayfly::the scan is incomplete: 1 file could not be read: permission denied: 'a'; help: chmod\n");
}

static void test_passing(void **state)
{
	struct mf_finding f = aws(2);

	(void)state;
	f.pass = MF_PASS_ACCEPTED;
	f.pass_why = strdup("goes away\nsoon");
	f.pass_until = 1800000000;
	mf_test_add(&list, f);
	writes("text", "no credentials found, 1 passed (1 accepted)\n"
		       "history '.', A..B: 4,711 commits, 143,210 blobs, 3.4 GB (of which 390 MB were new in their version) in 1.23 s with 268 rules (built in)\n");
	opts.verbose = 1;
	has("text", "passed[aws-access-key-id]: AWS access key (critical)\n");
	has("text", "  = passes: accepted: goes away?soon (until 2027-01-15)\n");
	writes("github", "");
}

static void test_github(void **state)
{
	struct mf_finding f = aws(7);

	(void)state;
	free(f.path);
	f.path = strdup("a,b:c%\n::error::x");
	mf_test_add(&list, f);
	writes("github",
	       "::error file=a%2Cb%3Ac%25?%3A%3Aerror%3A%3Ax,line=7,endLine=7,col=19,endColumn=38,title=aws-access-key-id::AWS access key: AKIA************ZAM2, "
	       "in a,b:c%25?::error::x since commit adadadadad (2024-05-01)%0Aopens: the AWS account that issued it, with the rights of its user"
	       "%0Ahelp: first revoke it: aws iam delete-access-key --access-key-id ID; then remove it; history still holds it\n");
}

static void test_github_limits(void **state)
{
	size_t n, lines = 0;
	char *text;

	(void)state;
	for (unsigned i = 1; i <= 12; i++)
		mf_test_add(&list, mf_test_finding(&mf_test_rules[3], "low", i, "p4ssw0rd-of-production", "%s"));
	mf_test_add(&list, aws(99));
	text = mf_test_render("github", &run, &list, &opts, &n, &err);
	assert_non_null(text);
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 10);
	assert_memory_equal(text, "::error file=deploy/prod.env,line=99", 36);	/* the worst comes first */
	assert_non_null(strstr(text, "\n::notice title=mayfly::4 more findings are not shown here: 13 findings (1 critical, 12 medium)\n"));
	free(text);
	opts.annotations = 2;
	has("github", "::notice title=mayfly::11 more findings are not shown here");
}

static void summary(struct mf_buf *b, size_t max)
{
	struct mf_verdict verdict;

	mf_verdict_of(&verdict, &list);
	mf_buf_free(b);
	b->max = max;
	assert_int_equal(mf_report_summary(b, &run, &list, &verdict, &err), 0);
	assert_true(b->n <= max);
}

static void test_summary(void **state)
{
	struct mf_buf b = { 0 };

	(void)state;
	mf_test_add(&list, aws(3));
	summary(&b, 100000);
	assert_non_null(strstr(mf_buf_text(&b), "### Committed credentials\n\n**1 finding (1 critical)**\n\n| severity |"));
	assert_non_null(strstr(mf_buf_text(&b), "| critical | AWS access key<br><sub>aws-access-key-id</sub> | deploy/prod&#46;env&#58;3 | adadadadad<br>2024-05-01 |"));
	for (unsigned i = 1; i <= 500; i++)
		mf_test_add(&list, mf_test_finding(&mf_test_rules[3], mf_test_evil, i, "p4ssw0rd-of-production", "%s"));
	for (size_t max = 0; max < 30000; max += 517) {
		summary(&b, max);
		/* no broken row, no character of HTML or markdown that is not ours */
		if (b.n)
			assert_int_equal(b.p[b.n - 1], '\n');
		assert_null(strstr(mf_buf_text(&b), "<img"));
		assert_null(strstr(mf_buf_text(&b), "octocat @"));
	}
	assert_non_null(strstr(mf_buf_text(&b), " more are not shown.\n"));
	mf_buf_free(&b);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_buf b = MF_BUF(5000);
	struct mf_verdict verdict;
	int r;

	(void)ctx;
	mf_verdict_of(&verdict, &list);
	r = mf_report_summary(&b, &run, &list, &verdict, e);
	mf_buf_free(&b);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_test_run(&run);
	mf_test_add(&list, aws(3));
	mf_torture(torture_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mark_in_a_long_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_color, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_passing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_github, setup, teardown),
		cmocka_unit_test_setup_teardown(test_github_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torture, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
