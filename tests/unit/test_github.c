/* SPDX-License-Identifier: Apache-2.0 */
/* GITHUB_ENV and GITHUB_OUTPUT: hostile values arrive as they are, and all or nothing is written. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>
#include "../../src/sink/sink.h"
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;

static void assert_exported(const struct mf_test_job *t, const char *path, const char *name, const void *value, size_t n)
{
	struct mf_text file = mf_test_read(path);
	size_t got_n = 0, count;
	bool malformed;
	char *got = mf_test_lookup(&got_n, file, name, &malformed, &count);

	(void)t;
	assert_false(malformed);
	assert_non_null(got);
	assert_int_equal(got_n, n);
	assert_memory_equal(got, value, n);
	free(got);
	free(file.p);
}

static void roundtrip(const void *value, size_t n)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text file;
	size_t got, count;
	bool malformed;

	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "BEFORE", "first-value", 11);
	mf_test_item(&items, "VALUE", value, n);
	mf_test_item(&items, "AFTER", "last-value", 10);
	if (mf_test_emit(&mf_sink_github, &t, &items, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
	assert_exported(&t, t.env_file, "BEFORE", "first-value", 11);
	assert_exported(&t, t.env_file, "VALUE", value, n);
	assert_exported(&t, t.output_file, "VALUE", value, n);
	assert_exported(&t, t.env_file, "AFTER", "last-value", 10);
	file = mf_test_read(t.env_file);
	free(mf_test_lookup(&got, file, "VALUE", &malformed, &count));
	assert_int_equal(count, 3);	/* nothing else was defined */
	free(file.p);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_hostile_values(void **state)
{
	static const char *const values[] = {
		"", "x", "\n", "\n\n", "\r\n", "a\r", "a\r\nb\r\n", "no newline", "one newline\n", "two\n\n", "  blanks  ", "%0A", "%25",
		"a%0Ab", "::stop-commands::tok", "x\n::stop-commands::tok\n::set-env name=PATH::/evil", "NAME<<X\nPATH=/evil\nX\n",
		"VALUE<<VALUE", "PATH=/evil", "mayfly_\nPATH=/evil", "EOF\nPATH=/evil\nEOF", "<<", "=", "a=b<<c", "'\"`$(id)\\",
		"tab\tand\x01 and \x7f", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x9c\x81 \xe2\x80\xa8", "\xef\xbb\xbf" "bom", "##[set-env name=A]b",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(values); i++)
		roundtrip(values[i], strlen(values[i]));
}

static void test_largest(void **state)
{
	const size_t max = MF_VARIABLE_MAX - strlen("VALUE") - 2;
	char *big = malloc(MF_VARIABLE_MAX);

	(void)state;
	assert_non_null(big);
	memset(big, 'q', MF_VARIABLE_MAX);
	for (size_t i = 0; i < max; i += 100)
		big[i] = '\n';
	{
		struct mf_test_job t;
		struct mf_items items = { 0 };

		mf_test_job_begin(&t, MF_CI_GITHUB);
		t.opts.unmasked_ok = true;
		mf_test_item(&items, "VALUE", big, max);
		assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
		assert_exported(&t, t.env_file, "VALUE", big, max);
		mf_test_items_end(&items);
		mf_test_item(&items, "VALUE", big, max + 1);
		assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-SINK-05");
		assert_non_null(strstr(err.hint, "as: file"));
		mf_test_items_end(&items);
		mf_test_job_end(&t);
	}
	free(big);
}

static void test_together_too_large(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	char *big = malloc(100000), name[16];

	(void)state;
	assert_non_null(big);
	memset(big, 'q', 100000);
	mf_test_job_begin(&t, MF_CI_GITHUB);
	for (int i = 0; i < 11; i++) {
		snprintf(name, sizeof(name), "V%d", i);
		mf_test_item(&items, name, big, 100000);
	}
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-SINK-05");
	free(big);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

/* Fails with `id`; nothing is in any file and no folder is left. */
static void assert_refused(struct mf_test_job *t, const struct mf_items *items, const char *id)
{
	struct mf_text env, output;

	assert_fails(mf_test_emit(&mf_sink_github, t, items, &err), err, id);
	env = mf_test_read(t->env_file);
	output = mf_test_read(t->output_file);
	assert_int_equal(env.n + output.n, 0);
	assert_int_equal(mf_test_entries(t->temp), 0);
	free(env.p);
	free(output.p);
}

/* As a variable and an output, as a variable alone, as an output alone. */
static void refused_value(const void *value, size_t n, const char *id)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };

	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "A_FILE", "file-content", 12);
	items.v[0].as = MF_AS_FILE;
	mf_test_item(&items, "GOOD", "good-value", 10);
	mf_test_item(&items, "VALUE", value, n);
	assert_refused(&t, &items, id);
	items.v[2].no_output = true;
	assert_refused(&t, &items, id);
	items.v[2].no_output = false;
	items.v[2].no_env = true;
	assert_refused(&t, &items, id);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_refused_values(void **state)
{
	(void)state;
	refused_value("a\0b", 3, "MF-SINK-05");
	refused_value("\0", 1, "MF-SINK-05");
	refused_value("bad \xff utf-8", 11, "MF-SINK-05");
	refused_value("cut \xc3", 5, "MF-SINK-05");
}

static void test_refused_names(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "GOOD", "good-value", 10);
	mf_test_item(&items, "PATH", "some-value", 10);
	assert_refused(&t, &items, "MF-SINK-03");
	free(items.v[1].name);
	items.v[1].name = strdup("A=B\nPATH");
	assert_refused(&t, &items, "MF-SINK-02");
	free(items.v[1].name);
	items.v[1].name = strdup("GOOD");
	assert_refused(&t, &items, "MF-SINK-10");
	free(items.v[1].name);
	items.v[1].name = strdup("OTHER");
	items.v[1].output = strdup("an output\n");
	assert_refused(&t, &items, "MF-SINK-02");
	free(items.v[1].output);
	items.v[1].output = strdup("out-put_1");
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
	assert_exported(&t, t.output_file, "out-put_1", "some-value", 10);
	assert_exported(&t, t.env_file, "OTHER", "some-value", 10);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_only_outputs_or_variables(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text env, output;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "PATH", "only-an-output", 14);	/* no variable, so not dangerous */
	items.v[0].no_env = true;
	mf_test_item(&items, "B", "only-a-variable", 15);
	items.v[1].no_output = true;
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
	env = mf_test_read(t.env_file);
	output = mf_test_read(t.output_file);
	assert_null(strstr(env.p, "PATH"));
	assert_null(strstr(output.p, "only-a-variable"));
	assert_exported(&t, t.output_file, "PATH", "only-an-output", 14);
	assert_exported(&t, t.env_file, "B", "only-a-variable", 15);
	free(env.p);
	free(output.p);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_after_an_open_line(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_write(t.env_file, "EARLIER=step");	/* echo -n */
	mf_test_item(&items, "VALUE", "some-value", 10);
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
	assert_exported(&t, t.env_file, "EARLIER", "step", 4);
	assert_exported(&t, t.env_file, "VALUE", "some-value", 10);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_files(void **state)
{
	static const char content[] = "bin\0ary \xff\n";
	struct mf_test_job t;
	struct mf_items items = { 0 };
	const char *const *paths;
	struct mf_text file;
	struct stat st;
	char path[256];
	void *sink;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "KUBECONFIG", content, sizeof(content));
	items.v[0].as = MF_AS_FILE;
	assert_int_equal(mf_sink_github.open(&sink, &t.job, &t.opts, &err), 0);
	assert_int_equal(mf_test_emit_into(&mf_sink_github, sink, &items, &err), 0);
	assert_int_equal(mf_sink_github.files(sink, &paths), 1);
	snprintf(path, sizeof(path), "%s", paths[0]);
	mf_sink_github.close(sink);
	assert_exported(&t, t.env_file, "KUBECONFIG", path, strlen(path));
	assert_int_equal(strncmp(path, t.temp, strlen(t.temp)), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	file = mf_test_read(path);
	assert_int_equal(file.n, sizeof(content));
	assert_memory_equal(file.p, content, sizeof(content));
	free(file.p);
	assert_int_equal(mf_files_wipe((const char *[]){ path }, 1, &err), 0);
	assert_int_equal(mf_test_entries(t.temp), 0);
	assert_int_equal(mf_files_wipe((const char *[]){ path }, 1, &err), 0);
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

/* Somebody else's folder is never removed, whatever the state says. */
static void test_wipe_keeps_foreign_folders(void **state)
{
	struct mf_test_job t;
	char path[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_LOCAL);
	snprintf(path, sizeof(path), "%s/x", t.work);
	mf_test_write(path, "x");
	assert_int_equal(mf_files_wipe((const char *[]){ path }, 1, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(t.work, F_OK), 0);
	mf_test_job_end(&t);
}

static void test_missing_and_odd_files(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	char target[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	mf_test_item(&items, "VALUE", "some-value", 10);
	t.job.env_file = NULL;
	assert_refused(&t, &items, "MF-SINK-08");
	t.job.env_file = t.env_file;
	/* a link, also to a file that could be written */
	snprintf(target, sizeof(target), "%s/elsewhere", t.dir);
	mf_test_write(target, "");
	unlink(t.output_file);
	assert_int_equal(symlink(target, t.output_file), 0);
	assert_refused(&t, &items, "MF-SINK-08");
	unlink(t.output_file);
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-SINK-08");
	/* a folder, a pipe */
	assert_int_equal(mkfifo(t.output_file, 0600), 0);
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-SINK-08");
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

/* Runs `body` in a child, since it gives up rights or limits itself. */
static void in_child(void (*body)(struct mf_test_job *t), struct mf_test_job *t)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		body(t);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("the child ended with status %#x", (unsigned)status);
}

#define child_assert(condition)                                                       \
	do {                                                                          \
		if (!(condition)) {                                                   \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                     \
		}                                                                     \
	} while (0)

static int emit_long(struct mf_test_job *t, size_t n)
{
	struct mf_items items = { 0 };
	char *value = malloc(n);
	int r;

	child_assert(value);
	memset(value, 'w', n);
	mf_test_item(&items, "A_FILE", "file-content", 12);
	items.v[0].as = MF_AS_FILE;
	mf_test_item(&items, "VALUE", value, n);
	r = mf_test_emit(&mf_sink_github, t, &items, &err);
	free(value);
	mf_test_items_end(&items);
	return r;
}

static void with_small_limit(struct mf_test_job *t)
{
	struct rlimit limit = { 70000, 70000 };
	struct mf_text env, output;

	signal(SIGXFSZ, SIG_IGN);
	mf_test_write(t->env_file, "OLD=1\n");
	/* the output gets larger than a file may be: GITHUB_ENV was written already and goes back */
	child_assert(truncate(t->output_file, 30000) == 0);
	child_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	t->opts.out_fd = open("/dev/null", O_WRONLY);
	child_assert(emit_long(t, 50000) == -1);
	child_assert(strcmp(err.id, "MF-SINK-08") == 0);
	env = mf_test_read(t->env_file);
	output = mf_test_read(t->output_file);
	child_assert(strcmp(env.p, "OLD=1\n") == 0);
	child_assert(output.n == 30000);
	child_assert(mf_test_entries(t->temp) == 0);
}

static void test_short_write_is_taken_back(void **state)
{
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	in_child(with_small_limit, &t);
	mf_test_job_end(&t);
}

static void without_rights(struct mf_test_job *t)
{
	struct mf_text env;

	child_assert(chmod(t->output_file, 0444) == 0 && chmod(t->dir, 0755) == 0);
	if (geteuid() == 0) {
		child_assert(chmod(t->env_file, 0666) == 0 && chown(t->temp, 65534, 65534) == 0);
		child_assert(setgid(65534) == 0 && setuid(65534) == 0);
	}
	t->opts.out_fd = open("/dev/null", O_WRONLY);
	child_assert(emit_long(t, 500) == -1);
	child_assert(strcmp(err.id, "MF-SINK-08") == 0);
	env = mf_test_read(t->env_file);
	child_assert(env.n == 0);
	child_assert(mf_test_entries(t->temp) == 0);
}

static void test_read_only(void **state)
{
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	in_child(without_rights, &t);
	mf_test_job_end(&t);
}

static void append_line(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void expect_size(const char *path, off_t size)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, size);
}

/* Takes back what it wrote, and nothing that somebody else did. */
static void test_undo(void **state)
{
	char path[] = "/tmp/mayfly-undo-XXXXXX";
	struct mf_append a;
	struct stat st;

	(void)state;
	close(mkstemp(path));
	append_line(path, "A=1");
	for (int others = 0; others < 3; others++) {
		assert_int_equal(mf_append_open(&a, "GITHUB_ENV", path, &err), 0);
		assert_int_equal(mf_append_value(&a, "K", mf_str("value"), &err), 0);
		assert_int_equal(mf_append_commit(&a, &err), 0);
		if (others == 1)
			append_line(path, "B=2\n");
		if (others == 2) {	/* of our length, and not ours */
			assert_int_equal(stat(path, &st), 0);
			assert_int_equal(truncate(path, st.st_size - 4), 0);
			append_line(path, "B=2\n");
		}
		mf_append_undo(&a);
		assert_int_equal(a.written, others > 0);
		mf_append_close(&a);
		if (others == 0)
			expect_size(path, 3);
	}
	unlink(path);
}

static void test_disk_full(void **state)
{
	struct mf_test_job t;
	char small[160], path[200];
	struct mf_items items = { 0 };
	struct mf_text output;
	char *value;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	snprintf(small, sizeof(small), "%s/small", t.dir);
	assert_int_equal(mkdir(small, 0700), 0);
	if (mount("none", small, "tmpfs", 0, "size=65536")) {	/* as root only; the size limit above tests the same path */
		mf_test_job_end(&t);
		return;
	}
	snprintf(path, sizeof(path), "%s/env", small);
	mf_test_write(path, "OLD=1\n");
	t.job.env_file = path;
	value = malloc(100000);
	assert_non_null(value);
	memset(value, 'w', 100000);
	mf_test_item(&items, "VALUE", value, 100000);
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-SINK-08");
	output = mf_test_read(path);
	assert_string_equal(output.p, "OLD=1\n");
	free(output.p);
	output = mf_test_read(t.output_file);
	assert_int_equal(output.n, 0);
	free(output.p);
	free(value);
	umount(small);
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
	int r = value ? mf_test_emit(&mf_sink_github, t, &items, e) : mf_fail_nomem(e);

	if (r == 0 && value) {
		item.as = MF_AS_FILE;
		r = mf_test_emit(&mf_sink_github, t, &items, e);
	}
	mf_secret_free(value);
	return r;
}

static void test_torture(void **state)
{
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
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
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_together_too_large),
		cmocka_unit_test(test_refused_values),
		cmocka_unit_test(test_refused_names),
		cmocka_unit_test(test_only_outputs_or_variables),
		cmocka_unit_test(test_after_an_open_line),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wipe_keeps_foreign_folders),
		cmocka_unit_test(test_missing_and_odd_files),
		cmocka_unit_test(test_short_write_is_taken_back),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_torture),
	};

	mf_log_setup(stderr, MF_LOG_QUIET, MF_DRESS_PLAIN);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
