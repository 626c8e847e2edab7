/* SPDX-License-Identifier: Apache-2.0 */
/* What lets findings pass, in which order, which of them get an id, and the verdict. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include "../../src/policy/accepted.h"
#include "failalloc.h"
#include "support_policy.h"

#define HEAD "salt=00112233445566778899aabbccddeeff\ncost=10000\n"

static struct mf_err err;

static void add(struct mf_findings *list, const char *path, const char *secret, enum mf_pass pass)
{
	struct mf_finding f = {
		.rule = &policy_rules[0], .rule_id = mf_strdup("token"), .path = mf_strdup(path), .line = 3, .secret = mf_strdup(secret),
		.secret_n = strlen(secret), .pass = pass, .pass_why = pass ? mf_strdup("before") : NULL,
	};

	assert_int_equal(mf_findings_add(list, &f, &err), 0);
}

/* A file that accepts these secrets of "token", with the dates "2020-01-31", "2030-01-31", and none. */
static struct mf_accepted *accept(const char *expired, const char *living, const char *endless)
{
	const char *const secrets[] = { expired, living, endless };
	static const char *const until[] = { "until=2020-01-31", "until=2030-01-31", "" };
	struct mf_buf text = MF_BUF(10000);
	struct mf_accepted *salt = NULL, *a = NULL;
	char id[33];

	assert_int_equal(mf_buf_puts(&text, HEAD, &err), 0);
	assert_int_equal(mf_accepted_read(&salt, "f", mf_str(HEAD), &err), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(mf_accepted_id(id, salt, &policy_rules[0], mf_str(secrets[i]), &err), 0);
		assert_int_equal(mf_buf_printf(&text, &err, "%s %s rule=token reason=\"why %zu\"\n", id, until[i], i), 0);
	}
	assert_int_equal(mf_accepted_read(&a, "f", (struct mf_str){ text.p, text.n }, &err), 0);
	mf_accepted_free(salt);
	mf_buf_free(&text);
	return a;
}

static int64_t at(const char *time)
{
	int64_t t;

	assert_true(mf_time_parse(&t, mf_str(time)));
	return t;
}

static void test_accepted(void **state)
{
	struct mf_accepted *a = accept("s1", "s2", "s3");
	struct mf_policy p = { .accepted = a, .now = at("2030-01-31T23:59:59Z") };
	struct mf_findings list = { 0 };
	struct mf_verdict v;

	(void)state;
	add(&list, "a", "s1", MF_PASS_NONE);
	add(&list, "b", "s2", MF_PASS_NONE);
	add(&list, "c", "s3", MF_PASS_NONE);
	add(&list, "d", "s4", MF_PASS_NONE);
	add(&list, "e", "s3", MF_PASS_INLINE);
	add(&list, "f", "s5", MF_PASS_ALLOWLIST);
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	assert_int_equal(list.v[0].pass, MF_PASS_NONE);
	assert_int_equal(list.v[0].pass_until, at("2020-01-31T23:59:59Z"));
	assert_int_equal(list.v[1].pass, MF_PASS_ACCEPTED);
	assert_string_equal(list.v[1].pass_why, "why 1");
	assert_int_equal(list.v[1].pass_until, at("2030-01-31T23:59:59Z"));
	assert_int_equal(list.v[2].pass, MF_PASS_ACCEPTED);
	assert_int_equal(list.v[2].pass_until, 0);
	assert_int_equal(list.v[3].pass, MF_PASS_NONE);
	assert_int_equal(list.v[3].pass_until, 0);
	assert_int_equal(list.v[4].pass, MF_PASS_INLINE);
	assert_string_equal(list.v[4].pass_why, "before");
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(strlen(list.v[i].fingerprint_id), 32);
	assert_string_equal(list.v[2].fingerprint_id, list.v[4].fingerprint_id);
	mf_verdict_of(&v, &list);
	assert_int_equal(v.findings, 2);
	assert_int_equal(v.expired, 1);
	assert_int_equal(v.no_id, 0);
	assert_int_equal(v.passed[MF_PASS_NONE], 0);
	assert_int_equal(v.passed[MF_PASS_INLINE], 1);
	assert_int_equal(v.passed[MF_PASS_ALLOWLIST], 1);
	assert_int_equal(v.passed[MF_PASS_ACCEPTED], 2);
	assert_false(v.incomplete);
	/* a second later the day is over */
	p.now++;
	list.v[1].pass = MF_PASS_NONE;
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	assert_int_equal(list.v[1].pass, MF_PASS_NONE);
	assert_int_equal(list.v[1].pass_until, p.now - 1);
	mf_findings_free(&list);
	mf_accepted_free(a);
}

/* The file that is named first wins; a finding is told once why it passes. */
static void test_order(void **state)
{
	struct mf_accepted *a = accept("x", "x2", "s1");
	struct mf_ignore *ig = NULL;
	struct mf_baseline *b = NULL;
	struct mf_policy p = { .accepted = a, .now = 1 };
	struct mf_findings list = { 0 };

	(void)state;
	assert_int_equal(mf_ignore_read(&ig, "ignore", mf_str("a:token:3\n"), &err), 0);
	assert_int_equal(mf_baseline_read(&b, "base", mf_str("[{\"RuleID\":\"token\",\"File\":\"a\",\"StartLine\":3,\"Secret\":\"s1\"},"
		"{\"RuleID\":\"token\",\"File\":\"b\",\"StartLine\":3,\"Secret\":\"s1\"}]"), &err), 0);
	p.ignore = ig;
	p.baseline = b;
	add(&list, "c", "s1", MF_PASS_NONE);
	add(&list, "a", "s1", MF_PASS_NONE);
	add(&list, "b", "s1", MF_PASS_NONE);
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	assert_string_equal(list.v[0].path, "a");
	assert_int_equal(list.v[0].pass, MF_PASS_IGNORE_FILE);
	assert_string_equal(list.v[0].pass_why, "ignore");
	assert_int_equal(list.v[1].pass, MF_PASS_BASELINE);
	assert_string_equal(list.v[1].pass_why, "base");
	assert_int_equal(list.v[2].pass, MF_PASS_ACCEPTED);
	assert_string_equal(list.v[2].pass_why, "why 2");
	mf_findings_free(&list);
	mf_ignore_free(ig);
	mf_baseline_free(b);
	mf_accepted_free(a);
}

/* Only so many get an id for being shown, the same ones each time, and first those that count. What is compared gets one anyway. */
static void test_few_ids(void **state)
{
	struct mf_accepted *a = NULL;
	struct mf_policy p = { .now = 1, .ids = 3 };
	struct mf_findings list = { 0 };
	struct mf_verdict v;
	char secret[20], path[20];

	(void)state;
	assert_int_equal(mf_accepted_read(&a, "f", mf_str(HEAD "0123456789abcdef0123456789abcdef rule=other reason=\"x\"\n"), &err), 0);
	p.accepted = a;
	for (unsigned i = 20; i-- > 0;) {
		snprintf(secret, sizeof(secret), "s%u", i / 2);
		snprintf(path, sizeof(path), "p%02u", i);
		add(&list, path, secret, i < 4 ? MF_PASS_INLINE : MF_PASS_NONE);
	}
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(*list.v[i].fingerprint_id != '\0', i >= 4 && i < 10);
	mf_verdict_of(&v, &list);
	assert_int_equal(v.no_id, 10);
	mf_accepted_free(a);
	/* again, with a file in which the rule is named: all that count */
	a = accept("s2", "s9", "s7");
	p.accepted = a;
	for (unsigned i = 0; i < 20; i++)
		list.v[i].fingerprint_id[0] = '\0';
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(*list.v[i].fingerprint_id != '\0', true);
	mf_findings_free(&list);
	mf_accepted_free(a);
}

/* The first credentials of each repository, those that count first, are shown with their ids; whether they are known by their bytes or by their ids. */
static void test_named(void **state)
{
	struct mf_findings list = { 0 };
	struct mf_verdict v;
	char secret[20], path[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(secret, sizeof(secret), "s%u", i % 10);
		snprintf(path, sizeof(path), "p%02u", i);
		add(&list, path, secret, i < 2 ? MF_PASS_INLINE : MF_PASS_NONE);
		if (i % 2)
			list.v[i].repo = mf_strdup("other");
		snprintf(list.v[i].fingerprint_id, sizeof(list.v[i].fingerprint_id), "%032u", i % 10);
	}
	for (unsigned redacted = 0; redacted < 2; redacted++) {
		assert_int_equal(mf_findings_name(&list, 3, &err), 0);
		for (unsigned i = 0; i < 20; i++) {
			/* 2 to 7 come first, three in each repository; 0 and 1 pass, but 10 and 11 count, later */
			assert_int_equal(list.v[i].unnamed, i % 10 < 2 || i % 10 > 7);
			list.v[i].redacted = true;
			memcpy(list.v[i].secret, "**", 2);
		}
	}
	mf_verdict_of(&v, &list);
	assert_int_equal(v.no_id, 6);
	assert_int_equal(mf_findings_name(&list, SIZE_MAX, &err), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_false(list.v[i].unnamed);
	mf_findings_free(&list);
}

/* Threads give what one gives, and equal secrets equal ids. */
static void test_many_ids(void **state)
{
	struct mf_accepted *a = NULL;
	struct mf_policy p = { .now = 1, .ids = SIZE_MAX };
	struct mf_findings list = { 0 };
	char secret[20], path[20], id[33];

	(void)state;
	assert_int_equal(mf_accepted_read(&a, "f", mf_str(HEAD), &err), 0);
	p.accepted = a;
	for (unsigned i = 0; i < 120; i++) {
		snprintf(secret, sizeof(secret), "s%u", i % 40);
		snprintf(path, sizeof(path), "p%03u", i);
		add(&list, path, secret, MF_PASS_NONE);
	}
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	for (unsigned i = 0; i < 120; i++) {
		assert_int_equal(mf_accepted_id(id, a, &policy_rules[0], mf_str(list.v[i].secret), &err), 0);
		assert_string_equal(list.v[i].fingerprint_id, id);
	}
	mf_findings_free(&list);
	mf_accepted_free(a);
}

/* A rule that only names a path has no secret: one that is accepted does not stand for all. */
static void test_no_secret(void **state)
{
	struct mf_findings list = { 0 };
	const struct mf_policy p = { .now = 1 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		add(&list, i ? "b" : "a", "", MF_PASS_NONE);
		list.v[i].match = mf_strdup(i ? "file detected: b" : "file detected: a");
		list.v[i].match_n = strlen(list.v[i].match);
	}
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	assert_string_not_equal(list.v[0].fingerprint_id, list.v[1].fingerprint_id);
	mf_findings_free(&list);
}

/* Findings of reports keep what the reports say. */
static void test_redacted(void **state)
{
	struct mf_findings list = { 0 };
	const struct mf_policy p = { .now = 1, .ids = SIZE_MAX };

	(void)state;
	add(&list, "a", "ab**", MF_PASS_NONE);
	add(&list, "b", "ab**", MF_PASS_NONE);
	list.v[0].redacted = list.v[1].redacted = true;
	list.v[0].pass_until = 5;
	memcpy(list.v[0].fingerprint_id, "77", 3);
	assert_int_equal(mf_policy_apply(&p, &list, &err), 0);
	assert_string_equal(list.v[0].fingerprint_id, "77");
	assert_string_equal(list.v[1].fingerprint_id, "");
	assert_int_equal(list.v[0].pass_until, 5);
	mf_findings_free(&list);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_accepted *a = NULL;
	struct mf_baseline *b = NULL;
	struct mf_findings list = { 0 };
	struct mf_policy p = { .now = 1 };
	struct mf_finding f = { .rule = &policy_rules[0], .line = 3, .secret_n = 2 };
	int r = 0;

	(void)ctx;
	f.rule_id = mf_strdup("token");
	f.path = mf_strdup("a");
	f.secret = mf_strdup("s1");
	if (!f.rule_id || !f.path || !f.secret) {
		mf_finding_free(&f);
		return mf_fail_nomem(e);
	}
	r = mf_findings_add(&list, &f, e);
	r = r ? r : mf_accepted_read(&a, "f", mf_str(HEAD "0123456789abcdef0123456789abcdef rule=token reason=\"x\"\n"), e);
	r = r ? r : mf_baseline_read(&b, "f", mf_str("[{\"rule\":\"token\",\"path\":\"a\",\"line\":3,\"secret\":\"****\",\"id\":\"77\"}]"), e);
	p.accepted = a;
	p.baseline = b;
	r = r ? r : mf_policy_apply(&p, &list, e);
	mf_findings_free(&list);
	mf_accepted_free(a);
	mf_baseline_free(b);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture_own(torture_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted), cmocka_unit_test(test_order), cmocka_unit_test(test_few_ids), cmocka_unit_test(test_named), cmocka_unit_test(test_many_ids),
		cmocka_unit_test(test_no_secret), cmocka_unit_test(test_redacted), cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
