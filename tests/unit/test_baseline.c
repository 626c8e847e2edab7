/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines of gitleaks and our own: what is compared, what is not, redacted ones, what is refused. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include "../../src/policy/accepted.h"
#include "../../src/policy/covers.h"
#include "failalloc.h"
#include "support_policy.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define SECRET "made-up-value-0123456789"
#define THEIRS(rule, file, line, commit, secret) \
	"{\"RuleID\":\"" rule "\",\"Description\":\"d\",\"StartLine\":" #line ",\"EndLine\":1,\"StartColumn\":9,\"Match\":\"m\",\"Secret\":\"" secret \
	"\",\"File\":\"" file "\",\"Commit\":\"" commit "\",\"Entropy\":3.1,\"Tags\":[\"a\",\"[{\\\"\"],\"Fingerprint\":\"x\"}"

static struct mf_err err;

static struct mf_finding finding(const char *path, const char *commit)
{
	return (struct mf_finding){
		.rule = &policy_rules[1], .rule_id = mf_strdup("password"), .path = mf_strdup(path), .line = 7, .secret = mf_strdup(SECRET),
		.secret_n = strlen(SECRET), .commit = commit ? mf_strdup(commit) : NULL,
	};
}

static struct mf_baseline *read_baseline(const char *text)
{
	struct mf_baseline *b = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_baseline_read(&b, "base.json", mf_str(text), &err))
		fail_msg("%s: %s", err.what, err.why);
	return b;
}

/* Whether the policy lets it pass; takes over the finding. */
static bool passes_with(const struct mf_policy *p, struct mf_finding f)
{
	struct mf_findings list = { 0 };
	bool yes;

	assert_int_equal(mf_findings_add(&list, &f, &err), 0);
	assert_int_equal(mf_policy_apply(p, &list, &err), 0);
	yes = list.v[0].pass == MF_PASS_BASELINE;
	if (yes)
		assert_string_equal(list.v[0].pass_why, "base.json");
	else
		assert_int_equal(list.v[0].pass, MF_PASS_NONE);
	mf_findings_free(&list);
	return yes;
}

static bool passes(const char *text, struct mf_finding f)
{
	struct mf_baseline *b = read_baseline(text);
	const struct mf_policy p = { .baseline = b, .now = 1, .ids = 1 };
	bool yes = passes_with(&p, f);

	mf_baseline_free(b);
	return yes;
}

static void test_theirs(void **state)
{
	(void)state;
	assert_false(passes("[]", finding("a", NULL)));
	assert_true(passes("[" THEIRS("password", "a", 7, "", SECRET) "]", finding("a", NULL)));
	assert_true(passes(" [\n" THEIRS("x", "b", 1, "", "y") " , " THEIRS("generic", "a", 7, COMMIT, SECRET) "\n]\n", finding("a", COMMIT)));
	assert_false(passes("[" THEIRS("password", "a", 7, "", SECRET) "]", finding("a", COMMIT)));
	assert_false(passes("[" THEIRS("password", "a", 7, COMMIT, SECRET) "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("password", "a", 8, "", SECRET) "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("password", "b", 7, "", SECRET) "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("token", "a", 7, "", SECRET) "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("password", "a", 7, "", "another") "]", finding("a", NULL)));
	assert_true(passes("[" THEIRS("password", "\\u0061", 7, "", SECRET) "]", finding("a", NULL)));
	/* bytes that are no UTF-8 have become U+FFFD there */
	assert_true(passes("[" THEIRS("password", "a\\ufffd\\ufffdb", 7, "", SECRET) "]", finding("a\xff\xfe" "b", NULL)));
}

static void test_redacted(void **state)
{
	struct mf_baseline *b;

	(void)state;
	assert_true(passes("[" THEIRS("password", "a", 7, "", "REDACTED") "]", finding("a", NULL)));
	assert_true(passes("[" THEIRS("password", "a", 7, "", "made-up...") "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("password", "a", 7, "", "made-of...") "]", finding("a", NULL)));
	assert_false(passes("[" THEIRS("password", "b", 7, "", "REDACTED") "]", finding("a", NULL)));
	b = read_baseline("[" THEIRS("r", "a", 1, "", "REDACTED") "," THEIRS("r", "a", 1, "", "abc...") "," THEIRS("r", "a", 1, "", "abc") "]");
	assert_int_equal(mf_baseline_redacted(b), 2);
	mf_baseline_free(b);
}

/* What no commit reaches is told by its blob: not each one of the rule on that line passes. */
static void test_unreachable(void **state)
{
	static const char *const mine = "[{\"RuleID\":\"password\",\"File\":\"\",\"StartLine\":7,\"Commit\":\"\",\"Secret\":\"REDACTED\",\"Fingerprint\":\""
					COMMIT "::password:7\"}]";

	(void)state;
	for (int other = 0; other < 2; other++) {
		struct mf_finding f = finding("", NULL);

		f.source = MF_SRC_UNREACHABLE;
		free(f.blob);
		f.blob = mf_strdup(other ? "9911111111111111111111111111111111111111" : COMMIT);
		assert_int_equal(!other, passes(mine, f));
	}
}

/* Each of several paths has to be known. */
static void test_paths(void **state)
{
	for (int both = 0; both < 2; both++) {
		struct mf_finding f = finding("a", COMMIT);

		f.more_paths = calloc(1, sizeof(char *));
		f.more_paths[f.n_more_paths++] = mf_strdup("b");
		assert_int_equal(both, passes(both ? "[" THEIRS("password", "a", 7, COMMIT, SECRET) "," THEIRS("password", "b", 7, "77", SECRET) "]"
						  : "[" THEIRS("password", "a", 7, COMMIT, SECRET) "]", f));
	}
	(void)state;
}

/* Our report, with this id and secret. */
static char *report(const char *id, const char *secret, const char *more)
{
	struct mf_buf out = MF_BUF(10000);

	assert_int_equal(mf_buf_printf(&out, &err, "{\"mayfly\": {\"version\": \"1\", \"format\": 1}, \"run\": {\"x\": [1, {\"findings\": []}]},\n"
		" \"findings\": [ {\"rule\": \"old-password\", \"title\": \"t\", \"path\": \"a\", \"more_paths\": [%s], \"commit\": null, \"line\": 7,"
		" \"secret\": \"%s\", \"id\": \"%s\", \"facts\": {\"account\": \"}\"}} ], \"verdict\": {\"findings\": 1}, \"raw\": false}", more, secret, id), 0);
	return mf_buf_take(&out);
}

static void assert_report(bool want, const char *id, const char *secret, const struct mf_accepted *a)
{
	char *text = report(id, secret, "\"c\", \"d\"");
	struct mf_baseline *b = read_baseline(text);
	const struct mf_policy p = { .baseline = b, .now = 1, .ids = 1, .accepted = a };

	assert_int_equal(passes_with(&p, finding("a", NULL)), want);
	assert_int_equal(passes_with(&p, finding("d", NULL)), want);
	assert_false(passes_with(&p, finding("e", NULL)));
	mf_baseline_free(b);
	free(text);
}

/* Ids are exact although the secret is not there; one from before the repository had a salt still counts. */
static void test_ours(void **state)
{
	struct mf_accepted *a = NULL;
	char id[33], salted[33];

	(void)state;
	assert_int_equal(mf_accepted_read(&a, "f", mf_str("salt=00112233445566778899aabbccddeeff\ncost=10000\n"), &err), 0);
	assert_int_equal(mf_accepted_id(id, NULL, &policy_rules[1], mf_str(SECRET), &err), 0);
	assert_int_equal(mf_accepted_id(salted, a, &policy_rules[1], mf_str(SECRET), &err), 0);
	assert_string_not_equal(id, salted);
	assert_report(true, id, "ma************89", NULL);
	assert_report(false, salted, "ma************89", NULL);
	assert_report(true, salted, "ma************89", a);
	assert_report(true, id, "ma************89", a);
	assert_report(false, "00000000000000000000000000000000", "ma************89", a);
	/* without an id, by what is shown */
	assert_report(true, "", "ma************89", NULL);
	assert_report(false, "", "mb************89", NULL);
	mf_accepted_free(a);
}

/* Findings that were read from reports have ids and no secrets. */
static void test_merged(void **state)
{
	char *text = report("aa", "xx************yy", "");
	struct mf_baseline *b = read_baseline(text);
	const struct mf_policy p = { .baseline = b, .now = 1 };

	(void)state;
	for (int same = 0; same < 2; same++) {
		struct mf_finding f = finding("a", NULL);

		f.redacted = true;
		snprintf(f.secret, strlen(SECRET) + 1, "xx************yy");
		f.secret_n = strlen(f.secret);
		snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), same ? "aa" : "bb");
		assert_int_equal(passes_with(&p, f), same);
	}
	mf_baseline_free(b);
	free(text);
}

static void assert_refused(const char *text, const char *why)
{
	struct mf_baseline *b = NULL;

	assert_fails(mf_baseline_read(&b, "base.json", mf_str(text), &err), err, "MF-POL-01");
	assert_null(b);
	if (!strstr(err.why, why))
		fail_msg("'%s' says '%s'", text, err.why);
	assert_null(strstr(err.why, "hush"));
	assert_non_null(strstr(err.what, "base.json"));
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused("", "neither");
	assert_refused("hush", "neither");
	assert_refused("[", "finding 1");
	assert_refused("[{}]", "finding 1");
	assert_refused("[" THEIRS("r", "a", 1, "", "hush"), "does not end");
	assert_refused("[" THEIRS("r", "a", 1, "", "hush") "] x", "follows");
	assert_refused("[" THEIRS("r", "a", 1, "", "hush") ",]", "finding 2");
	assert_refused("[" THEIRS("r", "a", 1, "", "hush") ",{\"RuleID\":\"hush]", "finding 2");
	assert_refused("[" THEIRS("r", "a", -1, "", "hush") "]", "line");
	assert_refused("[" THEIRS("r", "a", 1.5, "", "hush") "]", "StartLine");
	assert_refused("[7]", "no object");
	assert_refused("[[[[[[[[[[[[", "finding 1");
	assert_refused("{}", "name");
	assert_refused("{\"mayfly\":{\"format\":2},\"findings\":[]}", "format");
	assert_refused("{\"mayfly\":{\"format\":1}}", "no member");
	assert_refused("{\"findings\":[],\"findings\":[]}", "two");
	assert_refused("{\"findings\":{}}", "array");
	assert_refused("{\"findings\":[]", "end");
	assert_refused("{\"findings\" []}", "value");
	assert_refused("{\"findings\":[{\"rule\":\"r\",\"path\":\"p\",\"line\":1,\"more_paths\":[1]}]}", "more_paths");
	assert_refused("{\"findings\":[{\"rule\":\"r\",\"path\":\"p\",\"line\":1,\"more_paths\":1}]}", "more_paths");
}

/* More findings than one JSON document may hold values. */
static void test_large(void **state)
{
	struct mf_buf out = MF_BUF(64 << 20);
	struct mf_baseline *b;

	(void)state;
	assert_int_equal(mf_buf_putc(&out, '[', &err), 0);
	for (unsigned i = 0; i < 30000; i++)
		assert_int_equal(mf_buf_printf(&out, &err, "%s{\"RuleID\":\"r\",\"File\":\"f%u\",\"StartLine\":%u,\"Secret\":\"s\",\"Tags\":[],\"Match\":\"m\"}",
			i ? "," : "", i % 100, i), 0);
	assert_int_equal(mf_buf_putc(&out, ']', &err), 0);
	b = read_baseline(mf_buf_text(&out));
	mf_baseline_free(b);
	mf_buf_free(&out);
}

/* A report shows a name without the secret in it; the next run meets it as it is. */
static void test_shown_names(void **state)
{
	struct mf_baseline *b = read_baseline("{\"mayfly\":{\"format\":1},\"findings\":[{\"rule\":\"generic\",\"path\":\"b/ma************89.env\",\"line\":7,"
		"\"more_paths\":[],\"secret\":\"ma************89\",\"id\":\"\"}]}");
	struct mf_policy p = { .baseline = b, .now = 1, .ids = 1 };
	struct mf_finding f = finding("b/" SECRET ".env", NULL);
	const struct mf_findings list = { .v = &f, .n = 1 };
	struct mf_hide *hide;

	(void)state;
	assert_int_equal(mf_hide_new(&hide, &list, NULL, 0, &err), 0);
	assert_false(passes_with(&p, finding("b/" SECRET ".env", NULL)));
	p.hide = hide;
	assert_true(passes_with(&p, finding("b/" SECRET ".env", NULL)));
	assert_false(passes_with(&p, finding("c/" SECRET ".env", NULL)));
	mf_hide_free(hide);
	mf_finding_free(&f);
	mf_baseline_free(b);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_baseline *b = NULL;
	struct mf_finding f = { .rule = &policy_rules[1], .rule_id = (char *)"password", .path = (char *)"a", .line = 7, .secret = (char *)SECRET,
				.secret_n = strlen(SECRET) };
	bool yes = false, need;
	int r;

	(void)ctx;
	r = mf_baseline_read(&b, "f", mf_str("{\"mayfly\":{\"format\":1},\"findings\":[{\"rule\":\"generic\",\"path\":\"b\",\"line\":7,\"more_paths\":"
		"[\"a\"],\"secret\":\"ma************89\",\"id\":\"\"}]}"), e);
	r = r ? r : mf_baseline_covers(&yes, &need, b, &f, NULL, NULL, 0, e);
	assert_true(r || yes);
	mf_baseline_free(b);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture_own(torture_body, NULL);
	mf_baseline_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown_names), cmocka_unit_test(test_theirs), cmocka_unit_test(test_redacted), cmocka_unit_test(test_paths), cmocka_unit_test(test_ours),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_merged), cmocka_unit_test(test_refused), cmocka_unit_test(test_large), cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
