/* SPDX-License-Identifier: Apache-2.0 */
/* The order of work and the mask commands: one line each, first of all, and nothing but masks. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <mayfly/log.h>
#include <mayfly/mask.h>
#include <mayfly/reveal.h>
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;

/* -- what the runner makes of the log ------------------------------------------------------------------ */
static void unescape(char *s)
{
	static const struct {
		const char *from;
		char to;
	} escapes[] = { { "%0D", '\r' }, { "%0A", '\n' }, { "%25", '%' } };

	for (size_t i = 0; i < MF_COUNT(escapes); i++) {
		for (char *at = s; (at = strstr(at, escapes[i].from)); at++) {
			*at = escapes[i].to;
			memmove(at + 1, at + 3, strlen(at + 3) + 1);
		}
	}
}

/* The masks in the log, unescaped; fails for any other line. The texts live in `log`. */
static size_t read_masks(const char **masks, size_t room, struct mf_text log)
{
	size_t n = 0;

	for (char *line = log.p, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		assert_memory_equal(line, "::add-mask::", 12);
		assert_null(strchr(line, '\r'));	/* ends a line as well */
		unescape(line + 12);
		assert_true(n < room);
		masks[n++] = line + 12;
	}
	return n;
}

static bool among(const char *const *masks, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(masks[i], text) == 0)
			return true;
	return false;
}

static void test_mask_commands(void **state)
{
	static const char *const values[] = {
		"simple-secret", "100%0Asure%", "a%25b%0Dc", "::stop-commands::token", "x\n::set-env name=PATH::/evil\ny", "cr\rinside",
		"::add-mask::nested", "##[add-path]/evil", "%", "semi;colon,comma:colon",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(values); i++) {
		const char *masks[MF_MASK_CAP];
		struct mf_test_job t;
		struct mf_items items = { 0 };
		struct mf_text log;
		size_t n;

		mf_test_job_begin(&t, MF_CI_GITHUB);
		mf_test_item(&items, "VALUE", values[i], strlen(values[i]));
		assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
		log = mf_test_log(&t);
		n = read_masks(masks, MF_COUNT(masks), log);
		if (strlen(values[i]) >= MF_MASK_MIN && !strpbrk(values[i], "\n"))
			assert_true(among(masks, n, values[i]));
		for (size_t k = 0; k < n; k++)
			assert_null(strchr(masks[k], '\n'));	/* the runner would take it apart */
		free(log.p);
		mf_test_items_end(&items);
		mf_test_job_end(&t);
	}
}

/* -- order, with a sink that writes down what happens ---------------------------------------------------- */
static char journal[256];
static const char *fail_at;

static int note(const char *what, const char *name, struct mf_err *e)
{
	char entry[40];

	snprintf(entry, sizeof(entry), "%s%s%s", what, *name ? " " : "", name);
	strncat(journal, entry, sizeof(journal) - strlen(journal) - 2);
	strncat(journal, ";", 2);
	return fail_at && strcmp(entry, fail_at) == 0 ? mf_fail(e, MF_E_SINK_FILE, "asked to fail") : 0;
}

static int journal_mask(void *st, const struct mf_item *item, struct mf_err *e)
{
	(void)st;
	return note("mask", item->name, e);
}

static int journal_put(void *st, const struct mf_item *item, struct mf_err *e)
{
	(void)st;
	return note("put", item->name, e);
}

static int journal_commit(void *st, struct mf_err *e)
{
	(void)st;
	return note("commit", "", e);
}

static const struct mf_sink journaling = { .name = "test", .mask = journal_mask, .put = journal_put, .commit = journal_commit };

static void assert_journal(const char *fail, int want, const char *text)
{
	struct mf_items items = { 0 };

	journal[0] = '\0';
	fail_at = fail;
	mf_test_item(&items, "A", "aaaa1", 5);
	mf_test_item(&items, "B", "bbbb2", 5);
	assert_int_equal(mf_test_emit_into(&journaling, NULL, &items, &err), want);
	assert_string_equal(journal, text);
	mf_test_items_end(&items);
}

static void test_order(void **state)
{
	(void)state;
	assert_journal(NULL, 0, "mask A;mask B;put A;put B;commit;");
	assert_journal("mask B", -1, "mask A;mask B;");
	assert_journal("put A", -1, "mask A;mask B;put A;");
	assert_journal("commit", -1, "mask A;mask B;put A;put B;commit;");
}

static void test_same_name_twice(void **state)
{
	struct mf_items items = { 0 };

	(void)state;
	journal[0] = '\0';
	mf_test_item(&items, "A", "aaaa1", 5);
	mf_test_item(&items, "B", "aaaa1", 5);
	mf_test_item(&items, "A", "bbbb2", 5);
	assert_fails(mf_test_emit_into(&journaling, NULL, &items, &err), err, "MF-SINK-10");
	assert_string_equal(journal, "");
	mf_test_items_end(&items);
}

/* -- what cannot be masked ----------------------------------------------------------------------------- */
static void test_require_mask(void **state)
{
	static const char *const weak[] = { "a", "true", "{\"a\":\"x\",\"b\":\"long-enough\"}", "long line\nab\n" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(weak); i++) {
		struct mf_test_job t;
		struct mf_items items = { 0 };
		struct mf_text env;

		mf_test_job_begin(&t, MF_CI_GITHUB);
		mf_test_item(&items, "GOOD", "good-value", 10);
		mf_test_item(&items, "WEAK", weak[i], strlen(weak[i]));
		t.opts.require_mask = true;
		assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-MASK-01");
		assert_int_equal(err.code, MF_GATE);
		assert_true(strlen(weak[i]) < 8 || !strstr(err.why, weak[i]));
		env = mf_test_read(t.env_file);
		assert_int_equal(env.n, 0);
		free(env.p);
		t.opts.require_mask = false;
		assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
		mf_test_items_end(&items);
		mf_test_job_end(&t);
	}
}

static void add_many_lines(struct mf_items *items)
{
	char text[(MF_MASK_CAP + 10) * 12 + 1];
	size_t n = 0;

	for (int i = 0; i < MF_MASK_CAP + 10; i++)
		n += (size_t)snprintf(text + n, 13, "line-%06d\n", i);
	mf_test_item(items, "BIG", text, n);
}

static void test_cap(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text log;
	const char *masks[MF_MASK_CAP];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	add_many_lines(&items);
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-MASK-02");
	log = mf_test_log(&t);
	assert_true(read_masks(masks, MF_COUNT(masks), log) <= MF_MASK_CAP);
	free(log.p);
	t.opts.unmasked_ok = true;
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
	t.opts.unmasked_ok = false;
	items.v[0].as = MF_AS_FILE;
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), 0);
	t.opts.require_mask = true;
	assert_fails(mf_test_emit(&mf_sink_github, &t, &items, &err), err, "MF-MASK-02");
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_mask_only(void **state)
{
	struct mf_secret *token = mf_secret_new("hvs.CAESIJtoken", 15);
	const char *masks[MF_MASK_CAP];
	struct mf_test_job t;
	struct mf_text log;
	size_t n;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	assert_int_equal(mf_mask_only(&t.job, t.opts.out_fd, token, "the token", &err), 0);
	log = mf_test_log(&t);
	n = read_masks(masks, MF_COUNT(masks), log);
	assert_true(among(masks, n, "hvs.CAESIJtoken"));
	free(log.p);
	mf_test_job_end(&t);
	mf_test_job_begin(&t, MF_CI_GITLAB);
	assert_int_equal(mf_mask_only(&t.job, t.opts.out_fd, token, "the token", &err), 0);
	log = mf_test_log(&t);
	assert_int_equal(log.n, 0);
	free(log.p);
	mf_test_job_end(&t);
	mf_secret_free(token);
}

static void test_closed_output(void **state)
{
	struct mf_test_job t;
	struct mf_items items = { 0 };
	struct mf_text env;
	int log;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	log = t.opts.out_fd;
	t.opts.out_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	mf_test_item(&items, "VALUE", "some-value", 10);
	assert_int_equal(mf_test_emit(&mf_sink_github, &t, &items, &err), -1);
	env = mf_test_read(t.env_file);
	assert_int_equal(env.n, 0);	/* not masked, so not exported */
	free(env.p);
	close(t.opts.out_fd);
	t.opts.out_fd = log;
	mf_test_items_end(&items);
	mf_test_job_end(&t);
}

static void test_pick(void **state)
{
	struct mf_job github = { .ci = MF_CI_GITHUB }, gitlab = { .ci = MF_CI_GITLAB }, local = { .ci = MF_CI_LOCAL };
	const struct mf_sink *s = NULL;

	(void)state;
	assert_int_equal(mf_sink_pick(&s, NULL, &github, &err), 0);
	assert_ptr_equal(s, &mf_sink_github);
	assert_int_equal(mf_sink_pick(&s, "", &gitlab, &err), 0);
	assert_ptr_equal(s, &mf_sink_gitlab);
	assert_int_equal(mf_sink_pick(&s, "file:/x", &local, &err), 0);
	assert_ptr_equal(s, &mf_sink_file);
	assert_int_equal(mf_sink_pick(&s, "shell", &local, &err), 0);
	assert_ptr_equal(s, &mf_sink_shell);
	assert_fails(mf_sink_pick(&s, NULL, &local, &err), err, "MF-SINK-01");
	assert_fails(mf_sink_pick(&s, "files", &local, &err), err, "MF-SINK-01");
	assert_fails(mf_sink_pick(&s, "dotenv", &gitlab, &err), err, "MF-SINK-07");
	assert_fails(mf_sink_pick(&s, "dotenv:build.env", &gitlab, &err), err, "MF-SINK-07");
	assert_non_null(strstr(err.why, "artifact"));
	assert_ptr_equal(s, &mf_sink_shell);
	assert_string_equal(mf_sink_arg("file:/a:b"), "/a:b");
	assert_null(mf_sink_arg("shell"));
	assert_null(mf_sink_arg(NULL));
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_test_job *t = ctx;
	struct mf_secret *value = mf_secret_new("two\nlines=some-value", 20);
	int r = value ? mf_mask_only(&t->job, t->opts.out_fd, value, "it", e) : mf_fail_nomem(e);

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
		cmocka_unit_test(test_mask_commands),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_same_name_twice),
		cmocka_unit_test(test_require_mask),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_mask_only),
		cmocka_unit_test(test_closed_output),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
