/* SPDX-License-Identifier: Apache-2.0 */
/* Shell text: what a shell reads back is the value, and nothing goes where the CI would show it unless asked. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/reveal.h>
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;

/* Gives the text to `sh -c '. FILE; printf %s "$VALUE"; printf .'` and returns what it prints. */
static struct mf_text in_shell(const struct mf_test_job *t, struct mf_text text)
{
	char script[128], out[128];
	struct mf_text got;
	int status;
	pid_t pid;

	snprintf(script, sizeof(script), "%s/script", t->dir);
	snprintf(out, sizeof(out), "%s/out", t->dir);
	mf_test_write(script, text.p);
	pid = fork();
	if (pid == 0) {
		if (freopen(out, "w", stdout))
			execl("/bin/sh", "sh", "-c", "eval \"$(cat \"$1\")\"; printf '%s.' \"$VALUE\"", "sh", script, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	got = mf_test_read(out);
	assert_true(got.n > 0 && got.p[got.n - 1] == '.');
	got.n--;
	return got;
}

static void test_values_survive_the_shell(void **state)
{
	static const char *const values[] = {
		"", "x", "it's", "'", "''", "'\\''", "\"$(id)`id`\\", "a\nb", "a\n", "\n\n", "a\r\nb", "$HOME", "!!", "#x", "-n", "a;b&c|d",
		"  blanks  ", "\x01\x7f\xff\xfe", "gr\xc3\xbc\xc3\x9f", "%s%n", "~", "*", "x'\nexport PATH='/evil",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(values); i++) {
		struct mf_test_job t;
		struct mf_items items = { 0 };
		struct mf_text text, got;

		mf_test_job_begin(&t, MF_CI_LOCAL);
		mf_test_item(&items, "VALUE", values[i], strlen(values[i]));
		assert_int_equal(mf_test_emit(&mf_sink_shell, &t, &items, &err), 0);
		text = mf_test_log(&t);
		got = in_shell(&t, text);
		assert_int_equal(got.n, strlen(values[i]));
		assert_memory_equal(got.p, values[i], got.n);
		free(text.p);
		free(got.p);
		mf_test_items_end(&items);
		mf_test_job_end(&t);
	}
}

static void test_gitlab_needs_consent(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text log;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	mf_test_item(&items, "FILE", "file-content", 12);
	items.v[0].as = MF_AS_FILE;
	mf_test_item(&items, "VALUE", "some-value", 10);
	assert_fails(mf_test_emit(&mf_sink_gitlab, &t, &items, &err), err, "MF-SINK-06");
	assert_non_null(strstr(err.hint, "--unmasked-ok"));
	log = mf_test_log(&t);
	assert_int_equal(log.n, 0);
	assert_int_equal(mf_test_entries(t.temp), 0);
	free(log.p);
	/* a file is not shown by accident */
	items.v[1].as = MF_AS_FILE;
	assert_int_equal(mf_test_emit(&mf_sink_gitlab, &t, &items, &err), 0);
	items.v[1].as = MF_AS_ENV;
	t.opts.unmasked_ok = true;
	assert_int_equal(mf_test_emit(&mf_sink_gitlab, &t, &items, &err), 0);
	log = mf_test_log(&t);
	assert_non_null(strstr(log.p, "export VALUE='some-value'\n"));
	free(log.p);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

/* A pipe into eval cannot carry masks on GitHub either. */
static void test_shell_on_github_needs_consent(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "VALUE", "some-value", 10);
	assert_fails(mf_test_emit(&mf_sink_shell, &t, &items, &err), err, "MF-SINK-06");
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_refusals(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text log;

	(void)state;
	mf_test_job_begin(&t, MF_CI_LOCAL);
	mf_test_item(&items, "GOOD", "good-value", 10);
	mf_test_item(&items, "VALUE", "nul\0byte", 8);
	assert_fails(mf_test_emit(&mf_sink_shell, &t, &items, &err), err, "MF-SINK-05");
	mf_test_items_end(&items);
	mf_test_item(&items, "GOOD", "good-value", 10);
	mf_test_item(&items, "BASH_ENV", "some-value", 10);
	assert_fails(mf_test_emit(&mf_sink_shell, &t, &items, &err), err, "MF-SINK-03");
	log = mf_test_log(&t);
	assert_int_equal(log.n, 0);
	free(log.p);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_file(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	char path[128], inside[160];
	struct mf_text text;
	struct stat st;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	t.opts.unmasked_ok = true;
	snprintf(path, sizeof(path), "%s/secrets.sh", t.temp);
	t.opts.arg = path;
	mf_test_item(&items, "VALUE", "it's", 4);
	assert_int_equal(mf_test_emit(&mf_sink_file, &t, &items, &err), 0);
	text = mf_test_read(path);
	assert_string_equal(text.p, "export VALUE='it'\\''s'\n");
	free(text.p);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* what is there is never overwritten, and not removed by the failure */
	assert_fails(mf_test_emit(&mf_sink_file, &t, &items, &err), err, "MF-FS-01");
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	/* a failure leaves nothing */
	free(items.v[0].name);
	items.v[0].name = strdup("PATH");
	assert_fails(mf_test_emit(&mf_sink_file, &t, &items, &err), err, "MF-SINK-03");
	assert_int_equal(mf_test_entries(t.temp), 0);
	/* never in the checkout, also not through a link or a dot */
	snprintf(inside, sizeof(inside), "%s/../work/s.sh", t.temp);
	t.opts.arg = inside;
	assert_fails(mf_test_emit(&mf_sink_file, &t, &items, &err), err, "MF-SINK-09");
	t.opts.arg = NULL;
	assert_fails(mf_test_emit(&mf_sink_file, &t, &items, &err), err, "MF-SINK-09");
	t.opts.arg = "";
	assert_fails(mf_test_emit(&mf_sink_file, &t, &items, &err), err, "MF-SINK-09");
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	static const char name[] = "NAME";
	struct mf_test_job *t = ctx;
	struct mf_secret *value = mf_secret_new("some-value", 10);
	struct mf_item item = { .name = (char *)name, .value = value };
	struct mf_items items = { .v = &item, .n = 1 };
	int r = value ? mf_test_emit(&mf_sink_file, t, &items, e) : mf_fail_nomem(e);

	mf_secret_free(value);
	if (r == 0)
		unlink(t->opts.arg);
	else if (access(t->opts.arg, F_OK) == 0)
		abort();	/* left behind */
	return r;
}

static void test_torture(void **state)
{
	struct mf_test_job t;
	char path[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_OTHER);
	t.opts.unmasked_ok = true;
	snprintf(path, sizeof(path), "%s/secrets.sh", t.temp);
	t.opts.arg = path;
	mf_torture(torture_body, &t);
	mf_test_job_end(&t);
}

static int teardown(void **state)
{
	(void)state;
	mf_secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_survive_the_shell),
		cmocka_unit_test(test_gitlab_needs_consent),
		cmocka_unit_test(test_shell_on_github_needs_consent),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
