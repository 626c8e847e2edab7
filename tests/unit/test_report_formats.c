/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every format: no secret, no way out of its syntax, the same bytes each time, an error when it cannot be written. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/enc.h>
#include <mayfly/json.h>
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;
static struct mf_run run;
static const struct mf_report_opts opts = { .redact = 100, .verbose = 1 };
static const char *const all_ids[] = { NULL };

static int setup(void **state)
{
	(void)state;
	mf_test_findings(&list);
	mf_test_run(&run);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_findings_free(&list);
	return 0;
}

static void no_secret(const char *format, const char *text)
{
	struct mf_test_secrets s;
	char line[20];

	mf_test_secrets(&s);
	memcpy(line, strchr(s.key, '\n') + 20, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	if (strstr(text, s.aws) || strstr(text, s.pat + 8) || strstr(text, s.word) || strstr(text, line) || strstr(text, "not-really-a-secret"))
		fail_msg("%s shows a secret", format);
	/* the base64 beginning that stands in a line whose value is encoded */
	if (strstr(text, "Z2hwXzE2Qzdl"))
		fail_msg("%s shows an encoded secret", format);
}

static bool is(const char *name, const char *a)
{
	return strcmp(name, a) == 0;
}

static void test_no_secret(void **state)
{
	(void)state;
	for (size_t i = 0; mf_reporters[i]; i++) {
		const char *name = mf_reporters[i]->name;
		size_t n;
		char *text = mf_test_render(name, &run, &list, &opts, &n, &err);

		assert_non_null(text);
		assert_int_equal(strlen(text), n);
		no_secret(name, text);
		/* gitleaks' own reports and our JSON have the author's address, the others never */
		if (!mf_reporters[i]->gitleaks && !is(name, "json"))
			assert_null(strstr(text, "ada@"));
		free(text);
	}
}

/* Nothing that a terminal, a log or a parser could act on: no control bytes but line ends (and tabs in gitleaks' XML), well-formed UTF-8, no
 * marks that reorder text. */
static void test_harmless_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; mf_reporters[i]; i++) {
		const bool tabs = strstr(mf_reporters[i]->name, "gitleaks") != NULL, csv = strstr(mf_reporters[i]->name, "csv") != NULL;
		size_t n;
		char *text = mf_test_render(mf_reporters[i]->name, &run, &list, &opts, &n, &err);

		assert_non_null(text);
		for (size_t k = 0; k < n; k++)
			if ((unsigned char)text[k] < 0x20 && text[k] != '\n' && !(tabs && text[k] == '\t') && !(csv && text[k] == '\r'))
				if (!is(mf_reporters[i]->name, "gitleaks-csv"))
					fail_msg("%s has a control byte 0x%02x", mf_reporters[i]->name, text[k]);
		if (!is(mf_reporters[i]->name, "gitleaks-csv"))
			assert_true(mf_utf8_valid(text, n));
		if (!mf_reporters[i]->gitleaks)
			assert_null(strstr(text, "\xe2\x80\xae"));
		free(text);
	}
}

/* A line of a hostile name must not begin a command, close a tag or end a document. */
static void test_no_way_out(void **state)
{
	static const char *const formats[] = { "text", "github", "html", "junit", "sarif", "json", "gitlab", "csv" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(formats); i++) {
		size_t n;
		char *text = mf_test_render(formats[i], &run, &list, &opts, &n, &err);

		assert_non_null(text);
		if (is(formats[i], "text") || is(formats[i], "github"))
			assert_null(strstr(text, "##["));
		for (const char *p = text; (p = strstr(p, "\n::")) != NULL; p += 3)
			assert_true(is(formats[i], "github") && (strncmp(p, "\n::error file=", 14) == 0 || strncmp(p, "\n::warning title=mayfly::", 25) == 0));
		if (is(formats[i], "html") || is(formats[i], "junit")) {
			assert_null(strstr(text, "<img"));
			assert_null(strstr(text, "onerror=alert(1)>"));
			assert_null(strstr(text, "]]>"));
		}
		if (is(formats[i], "html")) {
			/* one script, ours, and no reference to anything outside but the vendors' pages */
			assert_null(strstr(strstr(text, "<script") + 1, "<script"));
			assert_null(strstr(text, "javascript:"));
			assert_null(strstr(text, "style=\""));
			assert_null(strstr(text, "href=\"http://"));
		}
		free(text);
	}
}

static void parse(const char *name, const char *text, size_t n)
{
	struct mf_json *doc;

	if (mf_json_parse(&doc, text, n, &err))
		fail_msg("%s: %s: %s", name, err.what, err.why);
	mf_json_free(doc);
}

static void test_json_is_json(void **state)
{
	static const char *const formats[] = { "sarif", "gitlab", "json", "gitleaks-json", "gitleaks-sarif" };
	const struct mf_rule *rules[4];
	size_t n;
	char *text;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		rules[i] = &mf_test_rules[i];
	for (int with = 0; with < 2; with++) {
		run.all_rules = with ? rules : NULL;
		run.rules = with ? 4 : 0;
		for (size_t i = 0; i < MF_COUNT(formats); i++) {
			text = mf_test_render(formats[i], &run, &list, &opts, &n, &err);
			assert_non_null(text);
			parse(formats[i], text, n);
			free(text);
			text = mf_test_render(formats[i], &run, &(struct mf_findings){ 0 }, &opts, &n, &err);
			assert_non_null(text);
			parse(formats[i], text, n);
			free(text);
		}
	}
}

static void test_deterministic(void **state)
{
	(void)state;
	for (size_t i = 0; mf_reporters[i]; i++) {
		size_t n, m;
		char *a = mf_test_render(mf_reporters[i]->name, &run, &list, &opts, &n, &err);
		char *b = mf_test_render(mf_reporters[i]->name, &run, &list, &opts, &m, &err);

		assert_int_equal(n, m);
		assert_memory_equal(a, b, n);
		free(a);
		free(b);
	}
}

static void test_cannot_be_written(void **state)
{
	struct mf_verdict verdict = { .findings = 1 };

	(void)state;
	for (size_t i = 0; mf_reporters[i]; i++) {
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		assert_fails(mf_report_write(mf_reporters[i], full, &run, &list, &verdict, &opts, &err), err, "MF-REPORT-02");
		fclose(full);
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(mf_reporter_find("sarif", &err)->suffix, ".sarif");
	assert_true(mf_reporter_find("gitleaks-csv", &err)->gitleaks);
	assert_null(mf_reporter_find("sarf", &err));
	assert_string_equal(err.id, "MF-REPORT-01");
	assert_string_equal(err.hint, "did you mean 'sarif'?");
	assert_null(mf_reporter_find("no such thing at all", &err));
	assert_non_null(strstr(err.hint, "gitleaks-junit"));
}

/* A secret of one finding in another one's message, author and reason. */
static void test_secret_in_texts(void **state)
{
	struct mf_test_secrets s;
	struct mf_finding f;
	char text[200];

	(void)state;
	mf_test_secrets(&s);
	f = mf_test_finding(&mf_test_rules[3], "z", 1, "p4ssw0rd-of-production", "%s");
	snprintf(text, sizeof(text), "rotate %s", s.pat);
	free(f.message);
	free(f.author);
	f.message = strdup(text);
	f.author = strdup(text);
	f.pass_why = strdup(text);
	f.pass_until = 1;
	mf_test_add(&list, f);
	test_no_secret(state);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	const struct mf_reporter *r = ctx;
	struct mf_verdict verdict;
	FILE *to = fopen("/dev/null", "w");
	int result;

	if (!to)
		return mf_fail_nomem(e);
	mf_verdict_of(&verdict, &list);
	result = mf_report_write(r, to, &run, &list, &verdict, &opts, e);
	fclose(to);
	return result;
}

static void test_torture(void **state)
{
	(void)state;
	for (size_t i = 0; mf_reporters[i]; i++)
		mf_torture(torture_body, (void *)mf_reporters[i]);
}

static void test_gitleaks_ids(void **state)
{
	static const char *const ids[] = { "aws-access-token", "github-pat", NULL };
	struct mf_report_opts o = opts;
	size_t n;
	char *text;

	(void)state;
	text = mf_test_render("gitleaks-json", &run, &list, &o, &n, &err);
	assert_non_null(strstr(text, "\"RuleID\": \"github-classic-pat\""));
	free(text);
	o.gitleaks_ids = ids;
	text = mf_test_render("gitleaks-json", &run, &list, &o, &n, &err);
	assert_non_null(strstr(text, "\"RuleID\": \"github-pat\""));
	assert_non_null(strstr(text, ":github-pat:"));
	assert_non_null(strstr(text, "\"RuleID\": \"aws-access-token\""));
	assert_non_null(strstr(text, "\"RuleID\": \"private-key\""));
	free(text);
	o.gitleaks_ids = all_ids;
	text = mf_test_render("gitleaks-json", &run, &list, &o, &n, &err);
	assert_non_null(strstr(text, "\"RuleID\": \"github-pat-alias\""));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_harmless_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_way_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_is_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deterministic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_be_written, setup, teardown),
		cmocka_unit_test(test_find),
		cmocka_unit_test_setup_teardown(test_secret_in_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gitleaks_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torture, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
