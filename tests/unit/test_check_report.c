/* SPDX-License-Identifier: Apache-2.0 */
/* The reports of the check: words, order, escaping, limits. */
#include "unit.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failalloc.h"
#include "support_judged.h"
#include "support_report.h"

extern char **environ;

#define EXCUSES "lifetime: { exceptions: [ { name: AWS_ACCESS_KEY_ID, reason: \"moves, soon %0A\", owner: team-a, until: 2026-07-01 }, " \
		"{ path: 'tls/*', reason: gone by May, owner: team-b, until: 2026-05-01 } ] }"

static const char *const formats[] = { "text", "json", "sarif", "github", "gitlab" };
static struct mf_err err;
static struct mf_check c;
static struct mf_check_verdict v;

static int setup(void **state)
{
	(void)state;
	mf_test_judged(&c, &v, EXCUSES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_check_list_free(&c.list);
	return 0;
}

static char *report(const char *format, const struct mf_check_report_opts *opts)
{
	size_t n;
	char *text = mf_test_check_report(format, &c.list, &v, opts, &n, &err);

	if (!text)
		fail_msg("%s: %s", err.id, err.what);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in: %s", part, text);
}

static size_t times(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

static void test_text(void **state)
{
	char *t = report("text", NULL);

	(void)state;
	has(t, "error[aws-access-key]: a long-lived AWS access key has no end, where 90 d is the most\n"
	       "  --> .github/workflows/ci.yml:12:3 ('secrets.AWS_KEY')\n"
	       "  = lifetime: no end (by format); the maximum is 90 d, as for api_key\n"
	       "  = belongs to: AWS account 123456789012\n"
	       "  = why: this step takes a key where it takes a role\n"
	       "  = help: let the step assume a role\n"
	       "  = instead:\n"
	       "     | permissions:\n"
	       "     |   id-token: write\n"
	       "     | with:\n"
	       "     |   role-to-assume: ROLE\n"
	       "  = more: mayfly check --explain ");
	has(t, "error[x509-leaf]: a certificate lives 365 d, where 90 d is the most\n  --> tls/server.pem:1:3\n");
	has(t, "  = an exception has expired: gone by May (team-b, until 2026-05-01)\n");
	has(t, "           class                where                         lifetime  maximum\n"
	       "warning    api_key              variable 'EMPTY_PASSWORD'     unknown   90 d\n"
	       "warning    permissions-missing  .github/workflows/ci.yml:3:5  -         -\n"
	       "excused    api_key              variable 'AWS_ACCESS_KEY_ID'  no end    90 d\n"
	       "job-bound  ci_token             variable 'GITHUB_TOKEN'       1 h       none\n"
	       "expired    service_token        variable 'OLD_TOKEN'          1 h       4 h\n"
	       "ok         service_token        variable 'SERVICE_TOKEN'      1 h       4 h\n\n"
	       "warning: '~/.netrc' cannot be read\n  = why: permission denied\n  = help: run it as its owner\n");
	has(t, "4 credentials fail, 1 habit fails, 1 of them by an exception that has expired, 2 warnings, 1 excused, 1 bound to the job, 1 expired, "
	       "2 without an end\n200 variables, 30 files looked at in 1.23 s; 1 fewer without an end than in the last run\n");
	has_not(t, "error[named]");
	free(t);
	t = report("text", &(struct mf_check_report_opts){ .verbose = 2, .color = true });
	has(t, "warning[");
	has(t, "excused[");
	has(t, "\x1b[1;31m");
	has_not(t, "class                where");
	free(t);
}

/* A line of a log is neither a command of a runner nor of a terminal. */
static void test_text_is_harmless(void **state)
{
	char *t = report("text", &(struct mf_check_report_opts){ .verbose = 2 });

	(void)state;
	for (const char *p = t; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
	has_not(t, "##[");
	has_not(t, "\n::");
	free(t);
}

static void test_table_cuts(void **state)
{
	struct mf_life life = mf_test_life("jwt", "a token", MF_LC_SERVICE_TOKEN, 60);
	char name[1000];
	char *t;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mf_test_credential(&c, MF_CHECK_ENV, name, NULL, 0, &life);
	t = report("text", NULL);
	has(t, "nnn...  1 m");
	has_not(t, name);
	free(t);
}

static void test_github(void **state)
{
	char *t = report("github", NULL);

	(void)state;
	has(t, "::error file=.github/workflows/ci.yml,line=12,endLine=12,col=3,endColumn=9,title=aws-access-key::a long-lived AWS access key has no end, where "
	       "90 d is the most: .github/workflows/ci.yml:12:3 ('secrets.AWS_KEY')%0Awhy: this step takes a key where it takes a role%0Ahelp: let the step "
	       "assume a role%0Ainstead:%0Apermissions:%0A  id-token: write%0A");
	has(t, "::error file=.github/workflows/ci.yml,line=30,endLine=31,title=secrets-all::");
	has(t, "::warning title=named::a credential by its name may live longer");
	has(t, "::warning title=mayfly::the check is incomplete: '~/.netrc' cannot be read: permission denied; help: run it as its owner\n");
	has_not(t, "AWS_ACCESS_KEY_ID");	/* excused */
	assert_int_equal(times(t, "\n::") + 1, v.fails + v.warns + 1);
	has_not(t, "##[");
	free(t);
	t = report("github", &(struct mf_check_report_opts){ .annotations = 2 });
	assert_int_equal(times(t, "::error "), 2);
	assert_int_equal(times(t, "::warning title=named"), 0);
	has(t, "::notice title=mayfly::5 more are not shown here: 4 credentials fail, 1 habit fails");
	free(t);
}

static void test_json(void **state)
{
	char *t = report("json", NULL);

	(void)state;
	has(t, "\"state\": \"excused\", \"rule\": \"aws-access-key\"");
	has(t, "\"life\": {\"class\": \"api_key\", \"known\": \"by format\", \"flags\": [\"static\"], \"issued\": null, \"expires\": null, \"lifetime\": null, "
	       "\"remaining\": null, \"maximum\": 7776000, \"verdict\": \"too long\", \"account\": \"AWS account 123456789012\", \"subject\": null, \"note\": null}");
	has(t, "\"yaml\": \"permissions:\\n  id-token: write\\nwith:\\n  role-to-assume: ROLE\\n\"");
	has(t, "\"exception\": \"gone by May (team-b, until 2026-05-01)\", \"exception_expired\": true}");
	has(t, "\"verdict\": {\"fails\": 5, \"warns\": 2, \"listed\": 4, \"off\": 0, \"static\": 2,");
	free(t);
}

static void test_sarif(void **state)
{
	char *t = report("sarif", NULL);

	(void)state;
	assert_int_equal(times(t, "\"ruleId\": "), 8);	/* what fails, what warns, what is excused */
	has(t, "\"suppressions\": [{\"kind\": \"external\", \"status\": \"accepted\", \"justification\": \"moves, soon %0A (team-a, until 2026-07-01)\"}]");
	has(t, "{\"uri\": \"tls/server.pem\"}, \"region\": {\"startLine\": 1, \"endLine\": 1, \"startColumn\": 3, \"endColumn\": 10}}}],\n");
	has(t, "{\"uri\": \".github/workflows/ci.yml\"}, \"region\": {\"startLine\": 1, \"endLine\": 1}}, "
	       "\"logicalLocations\": [{\"kind\": \"variable\", \"name\": \"EMPTY_PASSWORD\"}]}],\n");
	free(t);
}

static void test_off_is_not_shown(void **state)
{
	(void)state;
	mf_check_list_free(&c.list);
	mf_test_judged(&c, &v, "lifetime: { mode: { x509-leaf: off, secrets-all: off, jwt: off } }");
	for (size_t i = 0; i < MF_COUNT(formats); i++) {
		char *t = report(formats[i], &(struct mf_check_report_opts){ .verbose = 2 });

		has_not(t, "tls/server.pem");
		has_not(t, "secrets-all");
		has_not(t, "SERVICE_TOKEN");
		has(t, strcmp(formats[i], "text") == 0 ? "named" : "permissions-missing");
		free(t);
	}
}

static void test_same_bytes(void **state)
{
	struct mf_check_list again = c.list;
	struct mf_check other;
	struct mf_check_verdict w;

	(void)state;
	/* collected anew, so at other addresses */
	mf_test_judged(&other, &w, EXCUSES);
	for (size_t i = 0; i < MF_COUNT(formats); i++) {
		size_t n;
		char *a = report(formats[i], NULL), *b = mf_test_check_report(formats[i], &other.list, &w, NULL, &n, &err);

		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	assert_ptr_equal(again.v, c.list.v);
	mf_check_list_free(&other.list);
}

static void test_summary(void **state)
{
	struct mf_buf whole = MF_BUF(100000), small = MF_BUF(2600), tiny = MF_BUF(300), none = MF_BUF(10);

	(void)state;
	assert_int_equal(mf_check_report_summary(&whole, &mf_test_check_run, &c.list, &v, &err), 0);
	has(whole.p, "### Lifetimes of credentials\n\n**4 credentials fail, 1 habit fails");
	has(whole.p, "| fail | tls | a certificate<br><sub>x509-leaf</sub> | tls/server&#46;pem&#58;1&#58;3 | 365 d | 90 d | gone by May");
	has(whole.p, "| excused | api&#95;key | ");
	has(whole.p, "- not looked at&#58; ");
	has_not(whole.p, "<img");
	has_not(whole.p, "](http");
	assert_int_equal(mf_check_report_summary(&small, &mf_test_check_run, &c.list, &v, &err), 0);
	has(small.p, " more are not shown.\n");
	assert_true(small.n <= 2600);
	assert_int_equal(mf_check_report_summary(&tiny, &mf_test_check_run, &c.list, &v, &err), 0);
	has(tiny.p, "2 without an end**\n");
	assert_int_equal(mf_check_report_summary(&none, &mf_test_check_run, &c.list, &v, &err), 0);
	assert_int_equal(none.n, 0);
	mf_buf_free(&whole);
	mf_buf_free(&small);
	mf_buf_free(&tiny);
	mf_buf_free(&none);
}

static void test_lifetimes(void **state)
{
	static const struct { int64_t lifetime; unsigned flags; const char *text; } cases[] = {
		{ 90 * 86400, 0, "90 d" }, { 3600, 0, "1 h" }, { -1, 0, "unknown" }, { MF_LIFE_FOREVER, 0, "no end" }, { -1, MF_LIFE_STATIC, "no end" },
		{ 8 * 3600, MF_LIFE_AT_MOST, "at most 8 h" }, { 60, MF_LIFE_AT_LEAST, "at least 1 min" }, { INT64_MAX - 1, 0, "106751991167300 d 15 h" },
	};
	char text[48], max[32];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		mf_check_report_lifetime(text, &(struct mf_life){ .lifetime = cases[i].lifetime, .flags = cases[i].flags });
		assert_string_equal(text, cases[i].text);
	}
	mf_check_report_max(max, MF_LIFE_FOREVER);
	assert_string_equal(max, "none");
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(mf_check_reporter_find("sarif", &err)->suffix, ".sarif");
	assert_null(mf_check_reporter_find("sariff", &err));
	assert_string_equal(err.id, "MF-REPORT-01");
	has(err.hint, "did you mean 'sarif'");
	assert_null(mf_check_reporter_find("html", &err));
}

/* -- what their readers demand -- */

/* The checker's exit code, or -1 where there is no python3. */
static int run_checker(const char *format, const char *path)
{
	char *const argv[] = { (char *)"python3", (char *)"tests/report/check", (char *)format, (char *)path, NULL };
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, "python3", NULL, NULL, argv, environ))
		return -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void check_all(void)
{
	static const char *const checked[] = { "json", "sarif", "gitlab" };

	for (size_t i = 0; i < MF_COUNT(checked); i++) {
		char path[] = "/tmp/mf-check-XXXXXX", name[40];
		char *t = report(checked[i], NULL);
		int fd = mkstemp(path), r;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, t, strlen(t)), strlen(t));
		close(fd);
		snprintf(name, sizeof(name), "check-%s", checked[i]);
		r = run_checker(name, path);
		unlink(path);
		free(t);
		if (r == -1)
			skip();
		assert_int_equal(r, 0);
	}
}

static void test_schemas(void **state)
{
	(void)state;
	check_all();
	mf_check_list_free(&c.list);
	v = (struct mf_check_verdict){ .statics_most = SIZE_MAX };
	check_all();
}

/* -- failures -- */

static void test_full_disk(void **state)
{
	const struct mf_check_report_opts opts = { 0 };
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	if (!f)
		skip();
	for (size_t i = 0; i < MF_COUNT(formats); i++)
		assert_fails(mf_check_report_write(&mf_check_reporters[i], f, &mf_test_check_run, &c.list, &v, &opts, &err), err, "MF-REPORT-02");
	fclose(f);
}

static int all_formats(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(4000);
	const struct mf_check_report_opts opts = { .verbose = 1 };

	for (size_t i = 0; i < MF_COUNT(formats); i++)
		if (mf_check_report_write(&mf_check_reporters[i], ctx, &mf_test_check_run, &c.list, &v, &opts, e))
			return -1;
	return mf_check_report_summary(&b, &mf_test_check_run, &c.list, &v, e);
}

static void test_torture(void **state)
{
	FILE *f = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(f);
	mf_torture(all_formats, f);
	fclose(f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text), TEST(test_text_is_harmless), TEST(test_table_cuts), TEST(test_github), TEST(test_json), TEST(test_sarif),
		TEST(test_off_is_not_shown), TEST(test_same_bytes), TEST(test_summary), TEST(test_lifetimes), TEST(test_find), TEST(test_schemas),
		TEST(test_full_disk), TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
