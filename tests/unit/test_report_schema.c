/* SPDX-License-Identifier: Apache-2.0 */
/* Every report through tests/report/check, which knows what their readers demand. */
#include "unit.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support_report.h"

extern char **environ;

static const char *const formats[] = {
	"sarif", "gitlab", "json", "junit", "html", "csv", "gitleaks-json", "gitleaks-csv", "gitleaks-junit", "gitleaks-sarif",
};

static struct mf_err err;
static char dir[] = "/tmp/mf-report-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* The checker's exit code, or -1 where there is no python3. */
static int check(const char *format, const char *path, bool quiet)
{
	char *const argv[] = { (char *)"python3", (char *)"tests/report/check", (char *)format, (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, 2, 1), 0);
	if (quiet)
		assert_int_equal(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0), 0);
	status = posix_spawnp(&pid, "python3", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (status)
		return -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void check_all(const struct mf_findings *list, const struct mf_run *run, unsigned redact)
{
	const struct mf_report_opts opts = { .redact = redact };
	char path[100];

	for (size_t i = 0; i < MF_COUNT(formats); i++) {
		size_t n;
		char *text = mf_test_render(formats[i], run, list, &opts, &n, &err);
		int r;

		assert_non_null(text);
		snprintf(path, sizeof(path), "%s/%s", dir, formats[i]);
		write_file(path, text, n);
		r = check(formats[i], path, false);
		unlink(path);
		free(text);
		if (r == -1)
			skip();
		assert_int_equal(r, 0);
	}
}

static void test_hostile(void **state)
{
	const struct mf_rule *rules[4];
	struct mf_findings list;
	struct mf_run run;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		rules[i] = &mf_test_rules[i];
	mf_test_findings(&list);
	mf_test_run(&run);
	run.all_rules = rules;
	run.rules = 4;
	check_all(&list, &run, 100);
	check_all(&list, &run, 0);
	mf_findings_free(&list);
}

static void test_empty(void **state)
{
	struct mf_run run = { .version = "1" };

	(void)state;
	check_all(&(struct mf_findings){ 0 }, &run, 100);
}

/* The checker is worth something only if it can say no. */
static void test_checker(void **state)
{
	static const struct { const char *format, *from, *to; } broken[] = {
		{ "sarif", "\"uri\": \"deploy", "\"uri\": \"/deploy" }, { "sarif", "\"level\": \"error\"", "\"level\": \"bad\"" },
		{ "sarif", "\"startLine\": 14", "\"startLine\": 0" }, { "gitlab", "\"severity\": \"High\"", "\"severity\": \"Huge\"" },
		{ "gitlab", "\"sha\": \"adad", "\"sah\": \"adad" }, { "json", "\"source\": \"message\"", "\"source\": \"there\"" },
		{ "junit", "tests=\"10\"", "tests=\"11\"" }, { "junit", "</testcase>", "" }, { "html", "<main>", "<main><img src=x>" },
		{ "html", "<main>", "<main onclick=x>" }, { "html", "</main>", "" }, { "csv", "\"'=", "\"=" }, { "gitleaks-json", "\"Commit\"", "\"Commits\"" },
	};
	const struct mf_report_opts opts = { .redact = 100 };
	struct mf_findings list;
	struct mf_run run;
	char path[100];

	(void)state;
	mf_test_findings(&list);
	mf_test_run(&run);
	snprintf(path, sizeof(path), "%s/broken", dir);
	for (size_t i = 0; i < MF_COUNT(broken); i++) {
		size_t n;
		char *text = mf_test_render(broken[i].format, &run, &list, &opts, &n, &err), *at = strstr(text, broken[i].from);
		FILE *f = fopen(path, "w");
		int r;

		assert_non_null(f);
		if (!at)
			fail_msg("'%s' is not in the report", broken[i].from);
		fwrite(text, 1, (size_t)(at - text), f);
		fputs(broken[i].to, f);
		fputs(at + strlen(broken[i].from), f);
		assert_int_equal(fclose(f), 0);
		r = check(broken[i].format, path, true);
		unlink(path);
		free(text);
		if (r == -1)
			skip();
		if (r == 0)
			fail_msg("%s: '%s' for '%s' is accepted", broken[i].format, broken[i].to, broken[i].from);
	}
	mf_findings_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_checker),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
