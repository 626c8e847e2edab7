/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF as GitHub reads it, and GitLab's report. Their schemas are checked by test_report_schema. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/json.h>
#include "../../src/report/sarif.h"
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;
static struct mf_run run;
static const struct mf_report_opts opts = { .redact = 100 };
static struct mf_json *doc;

static int setup(void **state)
{
	(void)state;
	mf_test_findings(&list);
	mf_test_run(&run);
	doc = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_findings_free(&list);
	mf_json_free(doc);
	return 0;
}

static void render(const char *reporter)
{
	size_t n;
	char *text = mf_test_render(reporter, &run, &list, &opts, &n, &err);

	assert_non_null(text);
	mf_json_free(doc);
	assert_int_equal(mf_json_parse(&doc, text, n, &err), 0);
	free(text);
}

static const struct mf_jnode *at(const char *pointer)
{
	const struct mf_jnode *n = mf_json_pointer(mf_json_root(doc), mf_str(pointer));

	if (!n)
		fail_msg("nothing at %s", pointer);
	return n;
}

static void is(const char *pointer, const char *want)
{
	assert_str_is(mf_json_text(doc, at(pointer)), want);
}

/* The vectors of the upload action's own tests. */
static void test_hash(void **state)
{
	(void)state;
	assert_true(mf_line_hash(mf_str("")) == 0xc129715d7a2bc9a3u);
	assert_true(mf_line_hash(mf_str(" a\nb\n  \t\tc\n d")) == 0x271789c17abda88fu);
	assert_true(mf_line_hash(mf_str("  \t\tc\n d")) == 0x180aee12dab6264u);
	assert_true(mf_line_hash(mf_str(" d")) == 0xa23a3dc5e078b07bu);
	assert_true(mf_line_hash(mf_str(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End")) == 0x8b7cf3e952e7aeb2u);
	assert_true(mf_line_hash(mf_str(" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r")) == 0xe9496ae3ebfced30u);
	assert_true(mf_line_hash(mf_str(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n")) == 0xe9496ae3ebfced30u);
	/* what lies behind the window does not count */
	assert_true(mf_line_hash(mf_str("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x")) ==
		    mf_line_hash(mf_str("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789y")));
}

static void test_document(void **state)
{
	(void)state;
	render("sarif");
	is("/version", "2.1.0");
	assert_int_equal(mf_json_size(at("/runs")), 1);
	is("/runs/0/tool/driver/name", "mayfly");
	is("/runs/0/automationDetails/id", "mayfly/");
	is("/runs/0/versionControlProvenance/0/repositoryUri", "https://github.com/acme/shop");
	is("/runs/0/invocations/0/executionSuccessful", "false");
	is("/runs/0/invocations/0/toolExecutionNotifications/0/level", "warning");
	assert_int_equal(mf_json_size(at("/runs/0/tool/driver/rules")), 5);
	is("/runs/0/tool/driver/rules/0/id", "aws-access-key-id");
	is("/runs/0/tool/driver/rules/0/properties/security-severity", "9.5");
	assert_int_equal(mf_json_size(at("/runs/0/results")), list.n);
	is("/runs/0/results/2/ruleId", "aws-access-key-id");
	is("/runs/0/results/2/ruleIndex", "0");
	is("/runs/0/results/2/level", "error");
	is("/runs/0/results/2/locations/0/physicalLocation/artifactLocation/uri", "deploy/prod.env");
	is("/runs/0/results/2/locations/0/physicalLocation/region/startLine", "14");
	is("/runs/0/results/2/locations/0/physicalLocation/region/startColumn", "19");
	is("/runs/0/results/2/locations/0/physicalLocation/region/endColumn", "39");
	is("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "commit-message/adadadadadadadadadadadadadadadadadadadad");
}

static void test_suppressions(void **state)
{
	size_t n = 0;

	(void)state;
	render("sarif");
	for (const struct mf_jnode *r = mf_json_first(at("/runs/0/results")); r; r = mf_json_next(r)) {
		const struct mf_jnode *s = mf_json_get_z(r, "suppressions");

		if (!s)
			continue;
		assert_str_is(mf_json_text(doc, mf_json_get_z(mf_json_first(s), "kind")), n == 0 ? "inSource" : "external");
		n++;
	}
	assert_int_equal(n, 2);
}

/* The same line twice in one file: told apart by how often it was seen. */
static void test_fingerprints(void **state)
{
	char before[33];

	(void)state;
	mf_findings_free(&list);
	for (unsigned i = 1; i <= 3; i++)
		mf_test_add(&list, mf_test_finding(&mf_test_rules[3], i == 3 ? "b" : "a", i, "p4ssw0rd-of-production", "k=%s"));
	render("sarif");
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = { ":1", ":2", ":1" };
		char pointer[80];
		struct mf_str hash;

		snprintf(pointer, sizeof(pointer), "/runs/0/results/%d/partialFingerprints/primaryLocationLineHash", i);
		hash = mf_json_text(doc, at(pointer));
		assert_memory_equal(hash.p + hash.n - 2, ends[i], 2);
	}
	assert_true(mf_str_eq(mf_json_text(doc, at("/runs/0/results/0/partialFingerprints/mayfly~1v1")),
			      mf_json_text(doc, at("/runs/0/results/1/partialFingerprints/mayfly~1v1"))));
	assert_false(mf_str_eq(mf_json_text(doc, at("/runs/0/results/0/partialFingerprints/mayfly~1v1")),
			       mf_json_text(doc, at("/runs/0/results/2/partialFingerprints/mayfly~1v1"))));
	/* our ids change once, these do not */
	snprintf(before, sizeof(before), "%.32s", mf_json_text(doc, at("/runs/0/results/2/partialFingerprints/mayfly~1v1")).p);
	snprintf(list.v[2].fingerprint_id, sizeof(list.v[2].fingerprint_id), "00112233445566778899aabbccddeeff");
	render("sarif");
	is("/runs/0/results/2/partialFingerprints/mayfly~1v1", before);
}

/* GitHub's limit: what passes goes first. */
static void test_pick(void **state)
{
	const struct mf_finding **v;
	size_t n;

	(void)state;
	assert_int_equal(mf_sarif_pick(&v, &n, &list, 9, &err), 0);
	assert_int_equal(n, 9);
	for (size_t i = 0, passing = 0; i < n; i++) {
		passing += v[i]->pass != MF_PASS_NONE;
		assert_true(passing <= 1);
		assert_true(i == 0 || v[i] > v[i - 1]);
	}
	free(v);
	assert_int_equal(mf_sarif_pick(&v, &n, &list, 3, &err), 0);
	assert_int_equal(n, 3);
	free(v);
}

static void test_no_addresses(void **state)
{
	(void)state;
	run.repository = "a b\"c";
	run.category = NULL;
	render("sarif");
	assert_null(mf_json_pointer(mf_json_root(doc), mf_str("/runs/0/versionControlProvenance")));
	assert_null(mf_json_pointer(mf_json_root(doc), mf_str("/runs/0/automationDetails")));
}

static void test_gitlab(void **state)
{
	size_t flagged = 0;

	(void)state;
	render("gitlab");
	is("/version", "15.2.4");
	is("/scan/start_time", "2025-10-09T08:53:20");
	is("/scan/messages/0/level", "warn");
	assert_int_equal(mf_json_size(at("/vulnerabilities")), 8);	/* none that passes */
	is("/vulnerabilities/2/severity", "Critical");
	is("/vulnerabilities/2/location/commit/sha", "adadadadadadadadadadadadadadadadadadadad");
	is("/vulnerabilities/4/location/commit/sha", "feedfeedfeedfeedfeedfeedfeedfeedfeedfeed");	/* no commit of its own */
	is("/vulnerabilities/2/tracking/items/0/signatures/0/algorithm", "mayfly_v1");
	for (const struct mf_jnode *v = mf_json_first(at("/vulnerabilities")); v; v = mf_json_next(v))
		flagged += mf_json_get_z(v, "flags") != NULL;
	assert_int_equal(flagged, 1);
	run.sha = NULL;
	render("gitlab");
	is("/vulnerabilities/4/location/commit/sha", "0000000");
}

static void add(const char *path, unsigned line, const char *secret, const char *fmt, const char *id)
{
	struct mf_finding f = mf_test_finding(&mf_test_rules[3], path, line, secret, fmt);

	snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "%s", id);
	mf_test_add(&list, f);
}

/* The signature, and the id, of the report's n-th finding. */
static void names(char signature[static 65], char id[static 37], int n)
{
	char pointer[80];
	struct mf_str s;

	snprintf(pointer, sizeof(pointer), "/vulnerabilities/%d/tracking/items/0/signatures/0/value", n);
	s = mf_json_text(doc, at(pointer));
	snprintf(signature, 65, "%.*s", (int)s.n, s.p);
	snprintf(pointer, sizeof(pointer), "/vulnerabilities/%d/id", n);
	s = mf_json_text(doc, at(pointer));
	snprintf(id, 37, "%.*s", (int)s.n, s.p);
}

static void begin(void)
{
	mf_findings_free(&list);
	list = (struct mf_findings){ 0 };
}

/* What GitLab knows a finding by has nothing of our ids in it, which change once, and is another one for another credential. */
static void test_gitlab_tracking(void **state)
{
	char before[5][65], now[5][65], id[37], ids[5][37];

	(void)state;
	begin();
	add("a", 1, "p4ssw0rd-of-production", "k=%s", "11111111111111111111111111111111");
	add("a", 2, "short-1", "k=%s", "22222222222222222222222222222222");
	add("a", 3, "short-2", "k=%s", "33333333333333333333333333333333");
	add("a", 4, "short-1", "k=%s", "22222222222222222222222222222222");
	add("a", 5, "short-3", "other=%s", "44444444444444444444444444444444");
	render("gitlab");
	for (int i = 0; i < 5; i++)
		names(before[i], ids[i], i);
	assert_string_equal(before[1], before[3]);
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(ids[i], ids[k]);
			if (i != 3 || k != 1)
				assert_string_not_equal(before[i], before[k]);
		}
	/* with a salt now, in another order of ids, and without ids */
	for (int round = 0; round < 2; round++) {
		begin();
		add("a", 1, "p4ssw0rd-of-production", "k=%s", round ? "" : "99999999999999999999999999999999");
		add("a", 2, "short-1", "k=%s", round ? "" : "88888888888888888888888888888888");
		add("a", 3, "short-2", "k=%s", round ? "" : "77777777777777777777777777777777");
		add("a", 4, "short-1", "k=%s", round ? "" : "88888888888888888888888888888888");
		add("a", 5, "short-3", "other=%s", round ? "" : "66666666666666666666666666666666");
		render("gitlab");
		for (int i = 0; i < 5; i++) {
			names(now[i], id, i);
			assert_string_equal(now[i], before[i]);
			assert_string_equal(id, ids[i]);
		}
	}
	/* what passes keeps its number; lines move */
	begin();
	add("a", 11, "short-1", "k=%s", "");
	list.v[0].pass = MF_PASS_ACCEPTED;
	add("a", 12, "short-2", "k=%s", "");
	add("a", 13, "short-3", "other=%s", "");
	render("gitlab");
	names(now[2], id, 0);
	assert_string_equal(now[2], before[2]);
	assert_string_not_equal(id, ids[2]);
	/* the first one is gone: the one of another line is not taken for it */
	begin();
	add("a", 1, "short-3", "other=%s", "");
	render("gitlab");
	names(now[4], id, 0);
	assert_string_equal(now[4], before[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test_setup_teardown(test_document, setup, teardown),
		cmocka_unit_test_setup_teardown(test_suppressions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fingerprints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pick, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gitlab, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gitlab_tracking, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
