/* SPDX-License-Identifier: Apache-2.0 */
/* No text that is shown holds a secret that is known: not the finding's own, not another's, not a part. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include "../../src/report/show.h"
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;

static const struct mf_rule *const rule = &mf_test_rules[3];

static void add(const char *secret)
{
	mf_test_add(&list, mf_test_finding(rule, "a", 1, secret, "x %s y"));
}

static int empty(void **state)
{
	(void)state;
	mf_findings_free(&list);
	return 0;
}

static char *hidden(const char *text, const char *own)
{
	struct mf_buf b = MF_BUF(1 << 20);
	struct mf_hide *h;

	assert_int_equal(mf_hide_new(&h, &list, NULL, 0, &err), 0);
	assert_int_equal(mf_hide_text(&b, h, mf_str(text), mf_str(own), &err), 0);
	mf_hide_free(h);
	return mf_buf_take(&b);
}

static void hides(const char *text, const char *own, const char *want)
{
	char *got = hidden(text, own);

	assert_string_equal(got, want);
	free(got);
}

static void test_hide(void **state)
{
	(void)state;
	add("first-secret-of-all-1");
	add("second-secret-of-all2");
	hides("a first-secret-of-all-1 b second-secret-of-all2 c", NULL, "a fi************-1 b se************l2 c");
	hides("nothing here", NULL, "nothing here");
	hides("", NULL, "");
	/* cut within a secret, and within a second copy of the finding's own */
	hides("a second-secret", NULL, "a ...");
	hides("a seco", NULL, "a seco");
	/* in another spelling */
	hides("k=ABC64 first-secret-of-all-1 b64=Zmlyc3Qtc2VjcmV0LW9mLWFsbC0x", "first-secret-of-all-1", "k=ABC64 fi************-1 b64=fi************-1");
	hides("cret-of-all-1 b first-secret-of-all-1", "first-secret-of-all-1", "... b fi************-1");
}

static char *hidden_name(const char *name)
{
	const struct mf_str more[] = { mf_str("secret-of-a-name-alone"), mf_str("short") };
	struct mf_hide *h;
	char *out;

	assert_int_equal(mf_hide_new(&h, &list, more, MF_COUNT(more), &err), 0);
	assert_int_equal(mf_hide_name(&out, h, name, &err), 0);
	mf_hide_free(h);
	return out;
}

static void test_name(void **state)
{
	static const char *const names[][2] = {
		{ "a/first-secret-of-all-1.txt", "a/fi************-1.txt" },
		{ "first-secret-of-all-1", "fi************-1" },
		{ "first-secret-of-all-1first-secret-of-all-1/x", "fi************-1fi************-1/x" },
		{ "secret-of-a-name-alone@example.com", "se************ne@example.com" },
		{ "a/first-secret", NULL },	/* a name is whole: this is no beginning of anything */
		{ "short", NULL },
		{ "", NULL },
	};

	(void)state;
	add("first-secret-of-all-1");
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		char *got = hidden_name(names[i][0]);

		if (names[i][1])
			assert_string_equal(got, names[i][1]);
		else
			assert_null(got);
		free(got);
	}
}

/* Of two files the hidden names are in the order in which they are shown, and what nobody may see is in no format. */
static void test_names_in_reports(void **state)
{
	const struct mf_report_opts opts = { .redact = 100, .verbose = 1 };
	struct mf_str secret = mf_str("in-the-branch-alone-99");
	struct mf_run run = { .ref = "refs/heads/in-the-branch-alone-99", .repository = "acme/user-password-1234567", .secrets = &secret, .n_secrets = 1 };
	struct mf_finding f = mf_test_finding(rule, "b/user-password-1234567", 1, "user-password-1234567", "k=%s");
	size_t n;

	(void)state;
	f.more_paths = calloc(2, sizeof(char *));
	f.more_paths[f.n_more_paths++] = mf_strdup("c");
	f.more_paths[f.n_more_paths++] = mf_strdup("d/user-password-1234567");
	mf_test_add(&list, f);
	mf_test_add(&list, mf_test_finding(rule, "b/us+", 1, "other-password-7654321", "k=%s"));
	for (size_t i = 0; mf_reporters[i]; i++) {
		char *text = mf_test_render(mf_reporters[i]->name, &run, &list, &opts, &n, &err);

		assert_non_null(text);
		assert_null(strstr(text, "password-1234567"));
		assert_null(strstr(text, "branch-alone"));
		if (strcmp(mf_reporters[i]->name, "csv") == 0)
			assert_true(strstr(text, "b/us*") < strstr(text, "b/us+"));
		free(text);
	}
	assert_string_equal(list.v[0].path, "b/user-password-1234567");
}

static void test_longest(void **state)
{
	(void)state;
	add("abcdef");
	add("abcdefghijklmnopqrst");
	add("abcdefghijklmnopqrstuvwxyz0123456789");
	hides("-abcdefghijklmnopqrstuvwxyz0123456789-", NULL, "-abc************6789-");
	hides("-abcdefghijklmnopqrstuvwxyz-", NULL, "-ab************stuvwxyz-");
	hides("-abcdefgh-", NULL, "-****gh-");
}

static void test_short(void **state)
{
	(void)state;
	add("abc");
	hides("an abc in the alphabet", NULL, "an abc in the alphabet");
	hides("an abc in the alphabet", "abc", "an **** in the alphabet");
}

static void test_lines_of_a_key(void **state)
{
	struct mf_test_secrets s;
	char line[100];
	char *got;

	(void)state;
	mf_test_secrets(&s);
	add(s.key);
	snprintf(line, sizeof(line), "# %.64s", strchr(s.key, '\n') + 1);
	got = hidden(line, NULL);
	assert_null(strstr(got, "x7hQ2mX1b9yQ0Zk3"));
	free(got);
}

/* A million bytes that all but match: no quadratic time. */
static void test_nested(void **state)
{
	char secret[402];
	char *text = malloc(200001);
	char *got;

	(void)state;
	assert_non_null(text);
	for (size_t n = 6; n < 400; n++) {
		memset(secret, 'a', n);
		secret[n] = '\0';
		add(secret);
	}
	memset(text, 'a', 200000);
	text[200000] = '\0';
	got = hidden(text, NULL);
	assert_true(strlen(got) < 60000);
	free(got);
	free(text);
}

static struct mf_shown show(struct mf_show *s, size_t i)
{
	struct mf_shown v;

	assert_int_equal(mf_show_finding(&v, s, &list.v[i], &err), 0);
	return v;
}

static void test_neighbour(void **state)
{
	struct mf_show s;
	struct mf_shown v;

	(void)state;
	mf_test_add(&list, mf_test_finding(rule, "a", 1, "user-password-1234567", "u=%s k=\1\1\1\1\1\1"));
	mf_test_add(&list, mf_test_finding(rule, "a", 1, "other-password-7654321", "u=\1\1\1\1 k=%s"));
	assert_int_equal(mf_show_open(&s, &list, false, &err), 0);
	v = show(&s, 0);
	assert_str_is(v.text, "u=us************67 k=***");
	assert_int_equal(v.mark.at, 2);
	assert_int_equal(v.mark.n, v.secret.n);
	v = show(&s, 1);
	assert_str_is(v.text, "u=*** k=ot************21");
	assert_int_equal(v.mark.at, 8);
	mf_show_close(&s);
	assert_int_equal(mf_show_open(&s, &list, true, &err), 0);
	assert_str_is(show(&s, 0).secret, "user-password-1234567");
	mf_show_close(&s);
}

/* A line whose value was found after decoding would show its encoded form. */
static void test_encoded(void **state)
{
	struct mf_finding f = mf_test_finding(rule, "a", 3, "user-password-1234567", "v=%s raw=dXNlci1wYXNzd29yZC0xMjM0NTY3");
	struct mf_show s;

	(void)state;
	f.encoding = MF_ENC_BASE64;
	mf_test_add(&list, f);
	mf_test_add(&list, mf_test_finding(rule, "a", 3, "other-password-7654321", "k=%s raw=\1\1\1\1"));
	mf_test_add(&list, mf_test_finding(rule, "a", 4, "other-password-7654321", "k=%s"));
	assert_int_equal(mf_show_open(&s, &list, false, &err), 0);
	assert_str_is(show(&s, 0).text, "us************67");
	assert_false(show(&s, 0).at_line);
	assert_str_is(show(&s, 1).text, "k=ot************21 raw=***");
	assert_str_is(show(&s, 2).text, "k=ot************21");
	mf_show_close(&s);
}

/* A key that is longer than the excerpt: what is there of it is not enough to be recognised as a whole. */
static void test_cut_text(void **state)
{
	struct mf_test_secrets k;
	struct mf_finding f;
	struct mf_show s;

	(void)state;
	mf_test_secrets(&k);
	f = mf_test_finding(rule, "a", 3, k.key, "%s");
	f.text_n = 150;
	mf_test_add(&list, f);
	assert_int_equal(mf_show_open(&s, &list, false, &err), 0);
	assert_null(strstr(show(&s, 0).text.p, "x7hQ2mX1b9"));
	mf_show_close(&s);
}

static void test_bounded(void **state)
{
	char *format = malloc(20010);
	struct mf_show s;
	struct mf_shown v;

	(void)state;
	assert_non_null(format);
	memset(format, 'z', 20000);
	memcpy(format, "%s", 2);
	memcpy(format + 20000, "\xc3\xbc", 3);
	mf_test_add(&list, mf_test_finding(rule, "a", 3, "user-password-1234567", format));
	assert_int_equal(mf_show_open(&s, &list, false, &err), 0);
	v = show(&s, 0);
	assert_int_equal(v.text.n, 1000);
	assert_memory_equal(v.text.p + 997, "...", 3);
	mf_show_close(&s);
	free(format);
}

static int torture_names(void *ctx, struct mf_err *e)
{
	const struct mf_report_opts opts = { .redact = 100 };
	const struct mf_run run = { .ref = "user-password-1234567", .target = "x-user-password-1234567" };
	struct mf_verdict verdict = { .findings = 1 };
	FILE *to = fopen("/dev/null", "w");
	int r;

	(void)ctx;
	if (!to)
		return mf_fail_nomem(e);
	r = mf_report_write(mf_reporter_find("csv", e), to, &run, &list, &verdict, &opts, e);
	fclose(to);
	return r;
}

static void test_torture_names(void **state)
{
	struct mf_finding f = mf_test_finding(rule, "b/user-password-1234567", 1, "user-password-1234567", "k=%s");

	(void)state;
	f.more_paths = calloc(1, sizeof(char *));
	f.more_paths[f.n_more_paths++] = mf_strdup("d/user-password-1234567");
	mf_test_add(&list, f);
	mf_torture(torture_names, NULL);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_str text;
	struct mf_shown v;
	struct mf_show s;
	int r;

	(void)ctx;
	if (mf_show_open(&s, &list, false, e))
		return -1;
	r = mf_show_finding(&v, &s, &list.v[0], e) || mf_show_text(&text, &s, "with user-password-1234567", e) ? -1 : 0;
	mf_show_close(&s);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		add("user-password-1234567");
	mf_torture(torture_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_hide, empty), cmocka_unit_test_teardown(test_name, empty),
		cmocka_unit_test_teardown(test_names_in_reports, empty), cmocka_unit_test_teardown(test_longest, empty), cmocka_unit_test_teardown(test_short, empty),
		cmocka_unit_test_teardown(test_lines_of_a_key, empty), cmocka_unit_test_teardown(test_nested, empty),
		cmocka_unit_test_teardown(test_neighbour, empty), cmocka_unit_test_teardown(test_encoded, empty),
		cmocka_unit_test_teardown(test_cut_text, empty), cmocka_unit_test_teardown(test_bounded, empty),
		cmocka_unit_test_teardown(test_torture, empty), cmocka_unit_test_teardown(test_torture_names, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
