/* SPDX-License-Identifier: Apache-2.0 */
/* Reading our JSON report back, and joining the shards of a run. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/buf.h>
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;
static struct mf_run run;
static struct mf_report_opts opts = { .redact = 100, .verbose = 1 };
static struct mf_merged m;

static int setup(void **state)
{
	(void)state;
	mf_test_findings(&list);
	/* the rules are not built in, so that a report that was read has none: the texts are all there is */
	for (size_t i = 0; i < list.n; i++)
		list.v[i].rule = NULL;
	mf_test_run(&run);
	m = (struct mf_merged){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_findings_free(&list);
	mf_merged_free(&m);
	return 0;
}

static char *json(size_t *n)
{
	char *text = mf_test_render("json", &run, &list, &opts, n, &err);

	assert_non_null(text);
	return text;
}

static int read_text(const char *text, size_t n)
{
	return mf_report_read(&m, "a.json", (struct mf_str){ text, n }, &err);
}

/* Every report of what was read is, byte for byte, the report of what was written. */
static void test_round_trip(void **state)
{
	size_t n, a_n, b_n;
	char *text = json(&n);

	(void)state;
	assert_int_equal(read_text(text, n), 0);
	free(text);
	assert_int_equal(mf_merged_finish(&m, &err), 0);
	assert_int_equal(m.findings.n, list.n);
	assert_false(m.raw);
	for (size_t i = 0; mf_reporters[i]; i++) {
		char *a, *b;

		/* without the secret's own bytes gitleaks' link, entropy and message are as they were, the redacted secret too */
		m.run.category = run.category;
		a = mf_test_render(mf_reporters[i]->name, &run, &list, &opts, &a_n, &err);
		b = mf_test_render(mf_reporters[i]->name, &m.run, &m.findings, &opts, &b_n, &err);
		assert_non_null(a);
		assert_non_null(b);
		if (!mf_reporters[i]->gitleaks)
			assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

static void test_exact_paths(void **state)
{
	size_t n;
	char *text = json(&n);
	size_t evil = 0;

	(void)state;
	assert_int_equal(read_text(text, n), 0);
	free(text);
	for (size_t i = 0; i < m.findings.n; i++) {
		const struct mf_finding *f = &m.findings.v[i];

		assert_string_equal(f->path, list.v[i].path);
		assert_true(f->redacted);
		evil += strcmp(f->path, mf_test_evil) == 0;
		assert_int_equal(f->n_more_paths, list.v[i].n_more_paths);
		for (size_t k = 0; k < f->n_more_paths; k++)
			assert_string_equal(f->more_paths[k], list.v[i].more_paths[k]);
	}
	assert_int_equal(evil, 1);
}

static void set_id(char **to, size_t n)
{
	free(*to);
	*to = calloc(n + 1, 1);
	assert_non_null(*to);
	memset(*to, 'c', n);
}

/* Repositories of a fleet have ids of their own lengths; the ids of one finding are of one repository. */
static void test_ids_of_both_lengths(void **state)
{
	const struct { size_t commit, blob, oid_len; bool ok; } cases[] = {
		{ 64, 64, 0, true }, { 40, 40, 0, true }, { 64, 40, 0, false }, { 40, 64, 0, false }, { 63, 63, 0, false }, { 64, 64, 20, false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		size_t n;
		char *text;

		run.oid_len = cases[i].oid_len;
		set_id(&list.v[0].commit, cases[i].commit);
		set_id(&list.v[0].blob, cases[i].blob);
		text = json(&n);
		assert_int_equal(read_text(text, n), cases[i].ok ? 0 : -1);
		free(text);
		mf_merged_free(&m);
	}
}

/* -- shards ------------------------------------------------------------------------------------------------ */

static int read_shard(unsigned shard, unsigned shards)
{
	size_t n;
	char *text;
	int r;

	run.shard = shard;
	run.shards = shards;
	run.began = 1760000000 - shard;
	run.took_ms = 1000 + shard;
	text = json(&n);
	r = read_text(text, n);
	free(text);
	return r;
}

static void test_shards(void **state)
{
	(void)state;
	assert_int_equal(read_shard(2, 3), 0);
	assert_int_equal(read_shard(0, 3), 0);
	assert_fails(mf_merged_finish(&m, &err), err, "MF-REPORT-03");
	assert_string_equal(err.why, "no report of shard 2");
	assert_int_equal(read_shard(1, 3), 0);
	assert_int_equal(mf_merged_finish(&m, &err), 0);
	assert_true(m.raw);
	assert_int_equal(m.run.shards, 0);
	assert_int_equal(m.findings.n, 3 * list.n);
	assert_int_equal(m.run.blobs, 3 * 143210);
	assert_int_equal(m.run.began, 1760000000 - 2);
	assert_int_equal(m.run.took_ms, 1002);
	assert_int_equal(m.run.n_notes, 2);		/* each once */
	assert_string_equal(m.run.notes[1].hint, "fetch-depth: 0");
	assert_string_equal(m.run.rules_origin, "built in");
}

static void test_other_runs(void **state)
{
	const struct mf_run first = run;

	(void)state;
	assert_int_equal(read_shard(0, 3), 0);
	assert_fails(read_shard(0, 3), err, "MF-REPORT-03");
	assert_string_equal(err.what, "report 'a.json': shard 1 of 3 is there twice");
	assert_fails(read_shard(1, 4), err, "MF-REPORT-03");
	assert_string_equal(err.why, "the number of shards is not the same");
	assert_fails(read_shard(0, 0), err, "MF-REPORT-03");
	run.rules = 7;
	assert_fails(read_shard(1, 3), err, "MF-REPORT-03");
	assert_string_equal(err.why, "the set of rules is not the same");
	run = first;
	run.version = "9";
	assert_fails(read_shard(1, 3), err, "MF-REPORT-03");
	run = first;
	run.sha = NULL;
	assert_fails(read_shard(1, 3), err, "MF-REPORT-03");
	assert_string_equal(err.why, "the repository or its commit is not the same");
	run = first;
	run.range = "X..Y";
	assert_fails(read_shard(1, 3), err, "MF-REPORT-03");
	run = first;
	run.bytes = UINT64_MAX / 2;
	assert_int_equal(read_shard(1, 3), 0);
	assert_fails(read_shard(2, 3), err, "MF-REPORT-03");
	/* what failed left nothing behind */
	assert_int_equal(m.n_seen, 2);
	assert_int_equal(m.findings.n, 2 * list.n);
}

static void test_alone(void **state)
{
	(void)state;
	assert_int_equal(read_shard(0, 0), 0);
	assert_fails(read_shard(0, 0), err, "MF-REPORT-03");
	assert_non_null(strstr(err.what, "only the shards of one run can be merged"));
	assert_int_equal(mf_merged_finish(&m, &err), 0);
}

static void test_many_missing(void **state)
{
	(void)state;
	assert_int_equal(read_shard(7, 100), 0);
	assert_fails(mf_merged_finish(&m, &err), err, "MF-REPORT-03");
	assert_non_null(strstr(err.what, "99 of 100"));
	assert_non_null(strstr(err.why, "1, 2, 3, 4, 5, 6, 7, 9, 10"));
	assert_non_null(strstr(err.why, ", ..."));
}

/* -- refusals ---------------------------------------------------------------------------------------------- */

/* Replaces the first `from` of a good report by `to`; the outcome has to be a refusal. */
static void refuses(const char *from, const char *to)
{
	size_t n;
	char *text = json(&n), *at = strstr(text, from);
	struct mf_buf b = MF_BUF(1 << 20);

	if (!at)
		fail_msg("'%s' is not in the report", from);
	assert_int_equal(mf_buf_add(&b, text, (size_t)(at - text), &err), 0);
	assert_int_equal(mf_buf_puts(&b, to, &err), 0);
	assert_int_equal(mf_buf_puts(&b, at + strlen(from), &err), 0);
	memset(&err, 0, sizeof(err));
	if (read_text(b.p, b.n) == 0)
		fail_msg("'%s' for '%s' is accepted", to, from);
	assert_string_equal(err.id, "MF-REPORT-03");
	assert_int_equal(err.code, MF_USAGE);
	assert_null(m.own);
	assert_int_equal(m.findings.n, 0);
	free(text);
	mf_buf_free(&b);
}

static void test_refusals(void **state)
{
	static const char *const pairs[][2] = {
		{ "\"format\": 1}", "\"format\": 2}" }, { "\"format\": 1}", "\"format\": \"1\"}" }, { "\"mayfly\"", "\"mayflies\"" }, { "\"run\": {", "\"ran\": {" },
		{ "\"findings\": [", "\"finding\": [" }, { "\"findings\": [", "\"findings\": {" }, { "\"findings\": [", "\"findings\": [," },
		{ "\"findings\": [", "\"findings\": [1," }, { "\"findings\": [", "\"findings\": [], \"findings\": [" },
		{ "\"findings\": [", "\"f\\u0069ndings\": [" }, { "\"rule\": \"", "\"rule\": null, \"x\": \"" }, { "\"rule\": \"g", "\"rule\": \"\", \"r\": \"" },
		{ "\"severity\": \"high\"", "\"severity\": \"highest\"" }, { "\"format\": \"plausible\"", "\"format\": \"good\"" },
		{ "\"path\": \"", "\"path\": \"\\u0000" }, { "\"path\": \"deploy/prod.env\"", "\"path\": null" }, { "\"path_b64\": \"Z", "\"path_b64\": \"*" },
		{ "\"path_b64\": \"", "\"path_b64\": \"AAAA" }, { "\"more_paths\": []", "\"more_paths\": {}" }, { "\"more_paths\": []", "\"more_paths\": [1]" },
		{ "\"more_paths_b64\": [", "\"more_paths_b64\": [\"AA==\", " }, { "\"source\": \"message\"", "\"source\": \"elsewhere\"" },
		{ "\"commit\": \"adad", "\"commit\": \"\\u001b[31m" }, { "\"commit\": \"adad", "\"commit\": \"ad" }, { "\"commit\": \"a", "\"commit\": \"A" },
		{ "\"blob\": \"b1", "\"blob\": \"x1" }, { "\"line\": 4", "\"line\": -4" }, { "\"line\": 4", "\"line\": 4.5" },
		{ "\"line\": 4", "\"line\": 99999999999" }, { "\"tz\": 120", "\"tz\": 99999" }, { "\"id\": \"0011", "\"id\": \"00;1" }, { "\"id\": \"00", "\"id\": \"0" },
		{ "\"entropy\": 3", "\"entropy\": -3" }, { "\"entropy\": 3.6464", "\"entropy\": 1e999" }, { "\"entropy\": 3.6464", "\"entropy\": \"3\"" },
		{ "\"encoding\": []", "\"encoding\": [\"rot13\"]" }, { "\"encoding\": [\"base64\"]", "\"encoding\": [\"base64\", \"base64\"]" },
		{ "\"by\": \"inline\"", "\"by\": \"magic\"" }, { "\"until\": \"2027", "\"until\": \"20x7" }, { "\"account\": \"", "\"account\": \"\\u0000" },
		{ "\"facts\": {", "\"fact\": {" }, { "\"shard\": 0, \"shards\": 0", "\"shard\": 3, \"shards\": 3" },
		{ "\"shards\": 0", "\"shards\": 4000000000" }, { "\"bytes\": ", "\"bytes\": -" }, { "\"oid_len\": 20", "\"oid_len\": 7" },
		{ "\"what\": \"", "\"that\": \"" }, { "\"notes\": [", "\"note\": [" }, { "\"raw\": false", "\"raw\": 1" }, { "\"raw\": false", "\"raw\": false," },
		{ "\"verdict\"", "verdict" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(pairs); i++)
		refuses(pairs[i][0], pairs[i][1]);
}

static void test_truncated(void **state)
{
	size_t n;
	char *text = json(&n);

	(void)state;
	for (size_t k = 0; k + 2 < n; k += 1 + n / 499) {
		if (read_text(text, k) == 0)
			fail_msg("the first %zu bytes of %zu are accepted", k, n);
		assert_string_equal(err.id, "MF-REPORT-03");
	}
	free(text);
}

static void test_depth(void **state)
{
	struct mf_buf b = MF_BUF(1 << 20);

	(void)state;
	assert_int_equal(mf_buf_puts(&b, "{\"findings\": [", &err), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(mf_buf_putc(&b, '[', &err), 0);
	assert_fails(read_text(b.p, b.n), err, "MF-REPORT-03");
	mf_buf_free(&b);
}

/* More findings than a JSON document of ours may have nodes. */
static void test_large(void **state)
{
	size_t n;
	char *text;

	(void)state;
	mf_findings_free(&list);
	for (unsigned i = 1; i <= 8000; i++)
		mf_test_add(&list, mf_test_finding(&mf_test_rules[3], "a", i, "p4ssw0rd-of-production", "k=%s"));
	text = json(&n);
	assert_int_equal(read_text(text, n), 0);
	assert_int_equal(m.findings.n, 8000);
	free(text);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	const struct mf_str *text = ctx;
	struct mf_merged one = { 0 };
	int r = mf_report_read(&one, "a.json", text[0], e);

	if (r == 0)
		r = mf_report_read(&one, "b.json", text[1], e);
	if (r == 0)
		r = mf_merged_finish(&one, e);
	mf_merged_free(&one);
	return r;
}

static void test_torture(void **state)
{
	const size_t all = list.n;
	struct mf_str text[2];

	(void)state;
	run.shards = 2;
	list.n = 4;
	text[0].p = json(&text[0].n);
	run.shard = 1;
	text[1].p = json(&text[1].n);
	mf_torture(torture_body, text);
	free((char *)text[0].p);
	free((char *)text[1].p);
	list.n = all;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exact_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shards, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ids_of_both_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torture, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
