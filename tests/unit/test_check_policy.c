/* SPDX-License-Identifier: Apache-2.0 */
/* The check's policy: maxima, modes, exceptions, the ratchet, ids, the trend. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/json.h>
#include "../../src/check/policy_priv.h"
#include "failalloc.h"
#include "support_judged.h"

#define D ((int64_t)86400)

static struct mf_err err;
static struct mf_check c;
static struct mf_check_verdict v;

static int setup(void **state)
{
	(void)state;
	c = (struct mf_check){ .now = MF_TEST_NOW };
	memset(&v, 0, sizeof(v));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_check_list_free(&c.list);
	return 0;
}

static void judge(const char *yaml)
{
	struct mf_conf *conf = mf_test_conf(yaml);
	struct mf_check_policy *p = NULL;

	if (mf_check_policy_new(&p, conf, MF_TEST_NOW, &err) || mf_check_judge(p, &c.list, &v, &err))
		fail_msg("%s: %s", err.id, err.what);
	mf_check_policy_free(p);
	mf_conf_free(conf);
}

static void refused(const char *yaml, const char *id, const char *text)
{
	struct mf_conf *conf = mf_test_conf(yaml);
	struct mf_check_policy *p = NULL;

	assert_fails(mf_check_policy_new(&p, conf, MF_TEST_NOW, &err), err, id);
	if (!strstr(err.what, text) && !strstr(err.hint, text))
		fail_msg("'%s' and '%s' do not say '%s'", err.what, err.hint, text);
	assert_null(p);
	mf_conf_free(conf);
}

static struct mf_check_item *add(const char *name, const char *path, const char *kind, enum mf_life_class class, int64_t lifetime)
{
	struct mf_life l = mf_test_life(kind, "a credential", class, lifetime);

	/* a certificate counts with its key */
	if (strncmp(kind, "x509-", 5) == 0)
		l.flags |= MF_LIFE_KEY_BESIDE;
	return mf_test_credential(&c, path ? MF_CHECK_REPO : MF_CHECK_ENV, name, path, path ? 1 : 0, &l);
}

/* What came of the one item of that name. */
static const struct mf_check_item *of(const char *name)
{
	for (size_t i = 0; i < c.list.n; i++)
		if (c.list.v[i].name && strcmp(c.list.v[i].name, name) == 0)
			return &c.list.v[i];
	fail_msg("no '%s'", name);
	return NULL;
}

static const char *outcome(const char *name)
{
	const struct mf_check_item *item = of(name);

	return item->mode == MF_CHECK_OFF ? "off" : item->fails ? "fail" : item->warns ? "warn" : item->excused ? "excused" : "listed";
}

/* -- maxima and modes -- */

static void test_defaults(void **state)
{
	(void)state;
	add("STATIC", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("EQUAL", NULL, "jwt", MF_LC_SERVICE_TOKEN, 4 * 3600);
	add("LONG", NULL, "jwt", MF_LC_SERVICE_TOKEN, 5 * 3600);
	add("UNKNOWN", NULL, "github-pat-fine-grained", MF_LC_API_KEY, -1);
	add("PUBLIC", NULL, "supabase-anon", MF_LC_NONE, MF_LIFE_FOREVER);
	add("JOB", NULL, "github-app-installation", MF_LC_CI_TOKEN, MF_LIFE_FOREVER)->life.flags = MF_LIFE_JOB_BOUND;
	add("OVER", NULL, "jwt", MF_LC_API_KEY, 400 * D)->life.flags = MF_LIFE_EXPIRED;
	mf_test_habit(&c, "a.yml", 1, "secrets-all");
	mf_test_habit(&c, "a.yml", 2, "permissions-missing");
	judge("{}");
	assert_string_equal(outcome("STATIC"), "fail");
	assert_int_equal(of("STATIC")->max, 90 * D);
	assert_string_equal(outcome("EQUAL"), "listed");
	assert_string_equal(outcome("LONG"), "fail");
	assert_string_equal(outcome("UNKNOWN"), "warn");
	assert_string_equal(outcome("PUBLIC"), "listed");
	assert_string_equal(outcome("JOB"), "listed");
	assert_string_equal(outcome("OVER"), "listed");
	assert_int_equal(v.fails, 3);
	assert_int_equal(v.warns, 2);
	assert_int_equal(v.listed, 4);
	assert_int_equal(v.statics, 1);
	assert_int_equal(v.unknown, 1);
	assert_int_equal(v.job_bound, 1);
	assert_int_equal(v.expired, 1);
	assert_int_equal(v.off, 0);
	assert_true(v.statics_most == SIZE_MAX);
	assert_false(v.incomplete);
}

/* Without its key a certificate opens nothing. */
static void test_certificate_alone(void **state)
{
	struct mf_life l = mf_test_life("x509-leaf", "a certificate", MF_LC_TLS, 300 * D);

	(void)state;
	mf_test_credential(&c, MF_CHECK_REPO, "ALONE", "a.pem", 1, &l);
	judge("{}");
	assert_string_equal(outcome("ALONE"), "warn");
	mf_test_credential(&c, MF_CHECK_REPO, "ALONE", "a.pem", 1, &l);
	judge("lifetime: { mode: { tls: fail } }");
	assert_string_equal(outcome("ALONE"), "fail");
}

static void test_maxima(void **state)
{
	(void)state;
	add("NIGHTLY_TOKEN", NULL, "jwt", MF_LC_SERVICE_TOKEN, 6 * 3600);
	add("DAILY_TOKEN", NULL, "jwt", MF_LC_SERVICE_TOKEN, 6 * 3600);
	add("IN_PATH", "deploy/certs/a/b.pem", "x509-leaf", MF_LC_TLS, 300 * D);
	add("ELSEWHERE", "other/b.pem", "x509-leaf", MF_LC_TLS, 300 * D);
	add("NAME_WINS", "deploy/certs/c.pem", "x509-leaf", MF_LC_TLS, 300 * D);
	add("PERSON", NULL, "ssh-user-certificate", MF_LC_SSH_PERSON, 3600);
	judge("lifetime: { names: { 'NIGHTLY_*': 8h, NAME_WINS: 1d }, paths: { 'deploy/certs/**': 365d }, max: { ssh: 2h } }");
	assert_string_equal(outcome("NIGHTLY_TOKEN"), "listed");
	assert_string_equal(outcome("DAILY_TOKEN"), "fail");
	assert_string_equal(outcome("IN_PATH"), "listed");
	assert_int_equal(of("IN_PATH")->max, 365 * D);
	assert_string_equal(outcome("ELSEWHERE"), "fail");
	assert_string_equal(outcome("NAME_WINS"), "fail");
	assert_string_equal(outcome("PERSON"), "listed");
	judge("lifetime: { strict: true, max: { service_token: 12h } }");
	assert_string_equal(outcome("DAILY_TOKEN"), "listed");
	assert_int_equal(of("ELSEWHERE")->max, 72 * 3600);
	assert_string_equal(outcome("PERSON"), "fail");
}

static void test_max_origin(void **state)
{
	struct mf_conf *conf = mf_test_conf("lifetime:\n  max: { tls: 1d }\n  names: { A: 2h }\n");
	struct mf_check_policy *p = NULL;

	(void)state;
	add("A", NULL, "jwt", MF_LC_SERVICE_TOKEN, 60);
	add("B", NULL, "jwt", MF_LC_SERVICE_TOKEN, 60);
	add("C", NULL, "x509-leaf", MF_LC_TLS, 60);
	assert_int_equal(mf_check_policy_new(&p, conf, MF_TEST_NOW, &err), 0);
	assert_string_equal(mf_check_max_origin(p, of("A")), "f:3:12");
	assert_string_equal(mf_check_max_origin(p, of("B")), "the default");
	assert_string_equal(mf_check_max_origin(p, of("C")), "f:2:15");
	mf_check_policy_free(p);
	mf_conf_free(conf);
}

static void test_modes(void **state)
{
	(void)state;
	add("KEY", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("PAT", NULL, "github-pat-classic", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("JWT", NULL, "jwt", MF_LC_SERVICE_TOKEN, 30 * D);
	add("UNKNOWN", NULL, "npm-token", MF_LC_API_KEY, -1);
	mf_test_habit(&c, "a.yml", 1, "secrets-all");
	mf_test_habit(&c, "a.yml", 2, "permissions-missing");
	judge("lifetime: { mode: { aws-access-key: fail, api_key: warn, jwt: off, secrets-all: off, permissions-missing: fail }, unknown: fail }");
	assert_string_equal(outcome("KEY"), "fail");
	assert_string_equal(outcome("PAT"), "warn");
	assert_string_equal(outcome("JWT"), "off");
	assert_string_equal(outcome("UNKNOWN"), "warn");	/* no more than its class */
	assert_int_equal(v.off, 2);
	assert_int_equal(v.fails, 2);
	assert_int_equal(v.statics, 2);
	judge("lifetime: { unknown: off }");
	assert_string_equal(outcome("UNKNOWN"), "off");
	judge("lifetime: { unknown: fail }");
	assert_string_equal(outcome("UNKNOWN"), "fail");
	judge("lifetime: { mode: { api_key: off } }");
	assert_int_equal(v.statics, 0);
	refused("lifetime: { mode: { api-keys: off } }", "MF-CONF-01", "did you mean 'api_key'");
	refused("lifetime: { mode: { nothing-known: off } }", "MF-CONF-01", "f:1:21");
	refused("lifetime: { mode: { none: off } }", "MF-CONF-01", "'none'");
}

/* Nothing but a name is no reason to stop a build, whatever is asked for. */
static void test_name_only(void **state)
{
	(void)state;
	add("EMPTY_TOKEN", NULL, "named", MF_LC_API_KEY, -1)->life.flags = MF_LIFE_NAME_ONLY;
	judge("lifetime: { unknown: fail }");
	assert_string_equal(outcome("EMPTY_TOKEN"), "warn");
}

static void test_job_max(void **state)
{
	(void)state;
	add("JOB", NULL, "jwt", MF_LC_CI_TOKEN, 7200)->life.flags = MF_LIFE_JOB_BOUND;
	judge("{}");
	assert_string_equal(outcome("JOB"), "listed");
	judge("lifetime: { job-max: 1h }");
	assert_string_equal(outcome("JOB"), "fail");
	assert_int_equal(of("JOB")->max, 3600);
	judge("lifetime: { job-max: 2h }");
	assert_string_equal(outcome("JOB"), "listed");
}

/* A stored secret is as good as it is new. */
static void test_stored(void **state)
{
	struct mf_life l = mf_test_life("credential", "a credential", MF_LC_DATABASE, MF_LIFE_FOREVER);

	(void)state;
	l.issued = MF_TEST_NOW - 31 * D;
	mf_test_credential(&c, MF_CHECK_FETCHED, "OLD", "vault://kv/data/a#b", 0, &l);
	l.issued = MF_TEST_NOW - 23 * 3600;
	mf_test_credential(&c, MF_CHECK_FETCHED, "NEW", "vault://kv/data/a#c", 0, &l);
	l.issued = 0;
	mf_test_credential(&c, MF_CHECK_FETCHED, "UNDATED", "vault://kv/data/a#d", 0, &l);
	l.issued = MF_TEST_NOW - 60;
	mf_test_credential(&c, MF_CHECK_FETCHED, "LOGIN", NULL, 0, &l);
	judge("lifetime: { max: { database: 90d } }");
	assert_string_equal(outcome("OLD"), "fail");
	assert_int_equal(of("OLD")->max, 30 * D);
	assert_string_equal(outcome("NEW"), "listed");
	assert_string_equal(outcome("UNDATED"), "warn");
	assert_string_equal(outcome("LOGIN"), "fail");	/* issued without an end, not stored */
}

/* Of what has no form only the age is known: it may be no secret. */
static void test_stored_without_a_form(void **state)
{
	struct mf_life l = mf_test_life("stored-secret", "a stored secret", MF_LC_API_KEY, MF_LIFE_FOREVER);

	(void)state;
	l.known = MF_LIFE_UNKNOWN;
	l.issued = MF_TEST_NOW - 91 * D;
	mf_test_credential(&c, MF_CHECK_FETCHED, "OLD", "vault://kv/data/a", 0, &l);
	judge("{}");
	assert_string_equal(outcome("OLD"), "warn");
	judge("lifetime: { mode: { stored-secret: fail } }");
	assert_string_equal(outcome("OLD"), "fail");
	judge("lifetime: { max: { api_key: 30d }, mode: { stored-secret: fail } }");
	assert_int_equal(of("OLD")->max, 30 * D);
}

/* -- exceptions -- */

#define WHO "reason: moves soon, owner: team-a"

static void test_exceptions(void **state)
{
	(void)state;
	add("OLD_KEY", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("OTHER_KEY", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("CERT", "a/b.pem", "x509-leaf", MF_LC_TLS, 300 * D);
	add("FINE", NULL, "jwt", MF_LC_SERVICE_TOKEN, 60);
	mf_test_habit(&c, "a.yml", 1, "secrets-all");
	judge("lifetime: { exceptions: [ { name: OLD_KEY, kind: aws-access-key, " WHO ", until: 2026-06-01 }, { class: tls, path: 'a/*', " WHO
	      ", until: 2026-05-31 }, { kind: secrets-all, " WHO ", until: 2027-01-01 }, { name: FINE, " WHO ", until: 2020-01-01 } ] }");
	assert_string_equal(outcome("OLD_KEY"), "excused");	/* its last day */
	assert_string_equal(of("OLD_KEY")->excused, "moves soon (team-a, until 2026-06-01)");
	assert_string_equal(outcome("OTHER_KEY"), "fail");
	assert_string_equal(outcome("CERT"), "fail");
	assert_true(of("CERT")->excuse_over);
	assert_string_equal(of("CERT")->excused, "moves soon (team-a, until 2026-05-31)");
	assert_string_equal(outcome("FINE"), "listed");
	assert_null(of("FINE")->excused);
	assert_int_equal(v.excused, 2);
	assert_int_equal(v.over, 1);
	assert_int_equal(v.fails, 2);
	assert_int_equal(v.statics, 1);
	refused("lifetime: { exceptions: [ { kind: aws-acces-key, " WHO ", until: 2027-01-01 } ] }", "MF-CONF-03", "did you mean 'aws-access-key'");
	refused("lifetime: { exceptions: [ { class: tsl, " WHO ", until: 2027-01-01 } ] }", "MF-CONF-03", "did you mean 'tls'");
}

/* What has run out fails also where its class only warns; one that counts comes before one that has run out. */
static void test_expired_exception(void **state)
{
	(void)state;
	add("KEY", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	judge("lifetime: { mode: { api_key: warn }, exceptions: [ { name: KEY, " WHO ", until: 2026-01-01 } ] }");
	assert_string_equal(outcome("KEY"), "fail");
	assert_int_equal(v.statics, 1);
	judge("lifetime: { exceptions: [ { name: KEY, " WHO ", until: 2026-01-01 }, { name: KEY, " WHO ", until: 2026-12-01 } ] }");
	assert_string_equal(outcome("KEY"), "excused");
	assert_false(of("KEY")->excuse_over);
	judge("lifetime: { mode: { api_key: off }, exceptions: [ { name: KEY, " WHO ", until: 2026-01-01 } ] }");
	assert_string_equal(outcome("KEY"), "off");
	assert_int_equal(v.over, 0);
	judge("{}");
	assert_string_equal(outcome("KEY"), "fail");
	assert_null(of("KEY")->excused);
}

static void test_exception_by_id(void **state)
{
	char yaml[300];

	(void)state;
	add("KEY", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("LOCK", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	judge("{}");
	snprintf(yaml, sizeof(yaml), "lifetime: { exceptions: [ { id: '%s', " WHO ", until: 2027-01-01 } ] }", of("LOCK")->id);
	judge(yaml);
	assert_string_equal(outcome("KEY"), "fail");
	assert_string_equal(outcome("LOCK"), "excused");
}

/* -- the ratchet -- */

static void test_ratchet(void **state)
{
	(void)state;
	memcpy(add("A", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER)->fingerprint, "0000000000000001", 17);
	memcpy(add("A_AGAIN", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER)->fingerprint, "0000000000000001", 17);
	memcpy(add("B", NULL, "github-pat-classic", MF_LC_API_KEY, MF_LIFE_FOREVER)->fingerprint, "0000000000000002", 17);
	add("C", NULL, "npm-token", MF_LC_SERVICE_TOKEN, MF_LIFE_FOREVER);
	add("LONG", NULL, "jwt", MF_LC_SERVICE_TOKEN, 30 * D);
	judge("{}");
	assert_int_equal(v.statics, 3);
	assert_int_equal(v.fails, 5);
	assert_false(v.too_many);
	judge("lifetime: { max-static: 3 }");
	assert_int_equal(v.statics_most, 3);
	assert_string_equal(outcome("A"), "warn");
	assert_string_equal(outcome("C"), "warn");
	assert_string_equal(outcome("LONG"), "fail");	/* it has an end */
	assert_false(v.too_many);
	judge("lifetime: { max-static: 2, mode: { service_token: warn } }");
	assert_true(v.too_many);
	assert_string_equal(outcome("A"), "fail");
	assert_string_equal(outcome("C"), "fail");
	assert_string_equal(outcome("LONG"), "warn");
	judge("lifetime: { max-static: 2, exceptions: [ { name: C, " WHO ", until: 2027-01-01 } ] }");
	assert_int_equal(v.statics, 2);
	assert_string_equal(outcome("C"), "excused");
	assert_string_equal(outcome("A"), "warn");
	judge("lifetime: { max-static: 5, exceptions: [ { name: C, " WHO ", until: 2026-01-01 } ] }");
	assert_string_equal(outcome("C"), "fail");
	refused("lifetime: { max-static: trend }", "MF-CONF-03", "--trend FILE");
}

static void test_ratchet_by_trend(void **state)
{
	struct mf_conf *conf = mf_test_conf("lifetime: { max-static: trend, trend: t }");
	struct mf_trend t = { .lines = 0 };
	struct mf_check_policy *p = NULL;

	(void)state;
	add("A", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("B", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	assert_int_equal(mf_check_policy_new(&p, conf, MF_TEST_NOW, &err), 0);
	mf_check_policy_trend(p, &t);
	assert_int_equal(mf_check_judge(p, &c.list, &v, &err), 0);
	assert_string_equal(outcome("A"), "warn");	/* the first run says where it begins */
	t = (struct mf_trend){ .lines = 1, .last = 2, .lowest = 2 };
	mf_check_policy_trend(p, &t);
	assert_int_equal(mf_check_judge(p, &c.list, &v, &err), 0);
	assert_int_equal(v.fails, 0);
	/* a run that had more, and failed, allows no more */
	t = (struct mf_trend){ .lines = 3, .last = 2, .lowest = 1 };
	mf_check_policy_trend(p, &t);
	assert_int_equal(mf_check_judge(p, &c.list, &v, &err), 0);
	assert_int_equal(v.fails, 2);
	assert_true(v.too_many);
	mf_check_policy_free(p);
	mf_conf_free(conf);
}

/* -- order and ids -- */

static void test_order(void **state)
{
	char first[17], second[17];

	(void)state;
	add("Z", "b", "jwt", MF_LC_API_KEY, 60);
	add("Y", "a", "jwt", MF_LC_API_KEY, 60);
	add("Y", "a", "jwt", MF_LC_API_KEY, 60);
	add("B", NULL, "jwt", MF_LC_API_KEY, 60);
	add("A", NULL, "jwt", MF_LC_API_KEY, 60);
	add("Y", "a", "jwt", MF_LC_API_KEY, 60)->line = 9;
	judge("{}");
	assert_int_equal(c.list.n, 5);
	assert_string_equal(c.list.v[0].name, "A");
	assert_string_equal(c.list.v[1].name, "B");
	assert_string_equal(c.list.v[2].path, "a");
	assert_int_equal(c.list.v[3].line, 9);
	assert_string_equal(c.list.v[4].path, "b");
	assert_string_not_equal(c.list.v[2].id, c.list.v[3].id);
	memcpy(first, c.list.v[2].id, 17);
	memcpy(second, c.list.v[0].id, 17);
	assert_int_equal(strspn(first, "0123456789abcdef"), 16);
	/* another value, another line, and more besides: the same ids */
	memcpy(c.list.v[0].fingerprint, "ffffffffffffffff", 17);
	c.list.v[2].line = 5;
	add("AA", NULL, "jwt", MF_LC_API_KEY, 60);
	judge("{}");
	assert_string_equal(of("Y")->id, first);
	assert_string_equal(of("A")->id, second);
	assert_ptr_equal(mf_check_find(&c.list, second), of("A"));
	second[8] = '\0';
	assert_ptr_equal(mf_check_find(&c.list, second), of("A"));
	second[3] = '\0';
	assert_null(mf_check_find(&c.list, second));
	assert_null(mf_check_find(&c.list, "0000000000000000"));
	assert_null(mf_check_find(&c.list, ""));
}

/* -- patterns -- */

static void test_glob(void **state)
{
	static const struct { const char *pattern, *text; bool is; } cases[] = {
		{ "", "", true }, { "", "a", false }, { "a", "", false }, { "a", "a", true }, { "a?c", "abc", true }, { "a?c", "a/c", false },
		{ "*", "", true }, { "*", "abc", true }, { "*", "a/b", false }, { "a*c", "abbc", true }, { "a*c", "ab/c", false }, { "*_KEY", "A_KEY", true },
		{ "*_KEY", "A_KEY_B", false }, { "*A*B*", "xAxxBx", true }, { "*A*B*", "xBxxAx", false }, { "**", "a/b/c", true }, { "**", "", true },
		{ "a/**", "a/b/c", true }, { "a/**", "b/a/c", false }, { "**/b", "b", true }, { "**/b", "a/b", true }, { "**/b", "a/c/b", true },
		{ "**/b", "ab", false }, { "a/**/b", "a/b", true }, { "a/**/b", "a/x/y/b", true }, { "a/**/b", "a/xb", false }, { "a/**/*.pem", "a/b/c.pem", true },
		{ "a/**/*.pem", "a/b/c.key", false }, { "a**b", "axx/yyb", true }, { "~/.aws/*", "~/.aws/credentials", true }, { "**/x/*/z", "a/x/b/x/c/z", true },
		{ "*ab", "aab", true }, { "**ab*cd", "a/ab/abxcd", true }, { "?", "", false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		if (mf_check_glob(cases[i].pattern, cases[i].text) != cases[i].is)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
	assert_false(mf_check_glob("*", NULL));
}

/* -- the trend -- */

static char dir[] = "/tmp/mayfly-test-trend-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/t.jsonl", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void test_trend(void **state)
{
	const struct mf_trend_now now = { .at = MF_TEST_NOW, .sha = "0123abc", .ref = "refs/heads/\"x\n" };
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_trend t;
	struct stat st;

	(void)state;
	unlink(path);
	assert_int_equal(mf_check_trend_read(&t, path, &err), 0);
	assert_int_equal(t.lines, 0);
	add("A", NULL, "npm-token", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("B", NULL, "aws-access-key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	add("C", NULL, "npm-token", MF_LC_API_KEY, MF_LIFE_FOREVER);
	judge("{}");
	assert_int_equal(mf_check_trend_append(path, &now, &c.list, &v, &err), 0);
	assert_int_equal(mf_fs_read(&text, path, &err), 0);
	assert_string_equal(text.p, "{\"date\":\"2026-06-01T12:00:00Z\",\"sha\":\"0123abc\",\"ref\":\"refs/heads/\\\"x\\n\",\"fails\":3,\"warns\":0,\"statics\":3,"
				    "\"unknown\":0,\"job_bound\":0,\"excused\":0,\"kinds\":{\"aws-access-key\":1,\"npm-token\":2}}\n");
	mf_buf_free(&text);
	assert_int_equal(chmod(path, 0640), 0);
	v.statics = 1;
	assert_int_equal(mf_check_trend_append(path, &(struct mf_trend_now){ .at = MF_TEST_NOW }, &c.list, &v, &err), 0);
	v.statics = 2;
	assert_int_equal(mf_check_trend_append(path, &now, &c.list, &v, &err), 0);
	assert_int_equal(mf_check_trend_read(&t, path, &err), 0);
	assert_int_equal(t.lines, 3);
	assert_int_equal(t.last, 2);
	assert_int_equal(t.lowest, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void test_trend_is_bounded(void **state)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_trend t;

	(void)state;
	judge("{}");
	for (int i = 0; i < MF_TREND_LINES_MAX; i++)
		assert_int_equal(mf_buf_printf(&text, &err, "{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":%d}\n", i), 0);
	put_file(text.p);
	assert_int_equal(mf_check_trend_append(path, &(struct mf_trend_now){ .at = MF_TEST_NOW }, &c.list, &v, &err), 0);
	assert_int_equal(mf_check_trend_read(&t, path, &err), 0);
	assert_int_equal(t.lines, MF_TREND_LINES_MAX);
	assert_int_equal(t.lowest, 0);	/* this run's; the line with 0 is gone, the next has 1 */
	assert_int_equal(t.last, 0);
	assert_int_equal(mf_buf_puts(&text, "{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":1}\n", &err), 0);
	put_file(text.p);
	assert_fails(mf_check_trend_read(&t, path, &err), err, "MF-CHECK-03");
	mf_buf_free(&text);
}

static void test_trend_is_careful(void **state)
{
	static const char *const bad[] = {
		"x", "x\n", "{}\n", "[]\n", "\n", "{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":1}", "{\"date\":\"soon\",\"fails\":0,\"statics\":1}\n",
		"{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":-1}\n", "{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":\"1\"}\n",
		"{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":99999999999}\n", "{\"date\":\"2026-01-01T00:00:00Z\",\"statics\":1}\n",
		"{\"date\":\"2026-01-01T00:00:00Z\",\"fails\":0,\"statics\":1,\"statics\":900}\n",
	};
	struct mf_buf text = MF_BUF(1 << 20);
	char other[80];
	struct mf_trend t;

	(void)state;
	judge("{}");
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		put_file(bad[i]);
		assert_fails(mf_check_trend_read(&t, path, &err), err, "MF-CHECK-03");
		assert_fails(mf_check_trend_append(path, &(struct mf_trend_now){ .at = 1 }, &c.list, &v, &err), err, "MF-CHECK-03");
		text.n = 0;
		assert_int_equal(mf_fs_read(&text, path, &err), 0);
		assert_string_equal(mf_buf_text(&text), bad[i]);	/* left as it was */
	}
	mf_buf_free(&text);
	snprintf(other, sizeof(other), "%s/other", dir);
	put_file("");
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_fails(mf_check_trend_append(path, &(struct mf_trend_now){ .at = 1 }, &c.list, &v, &err), err, "MF-CHECK-03");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fails(mf_check_trend_read(&t, path, &err), err, "MF-CHECK-03");
	assert_int_equal(unlink(path), 0);
	assert_fails(mf_check_trend_append("/nowhere/at/all", &(struct mf_trend_now){ .at = 1 }, &c.list, &v, &err), err, "MF-FS-01");
}

/* -- out of memory -- */

static int all_of_it(void *ctx, struct mf_err *e)
{
	struct mf_check k = { .now = MF_TEST_NOW };
	const struct mf_life l = mf_test_life("npm-token", "a credential", MF_LC_API_KEY, MF_LIFE_FOREVER);
	struct mf_check_policy *p = NULL;
	struct mf_check_verdict verdict;
	struct mf_trend t;
	int r = 0;

	unlink(path);	/* else each run has a line more to read */
	for (unsigned i = 0; i < 3 && r == 0; i++)
		r = mf_check_life(&k, &(struct mf_check_place){ .from = MF_CHECK_REPO, .name = "A", .path = "b", .line = i / 2 }, &l, NULL, e);
	r = r || mf_check_policy_new(&p, ctx, MF_TEST_NOW, e) || mf_check_judge(p, &k.list, &verdict, e) ||
	    mf_check_trend_append(path, &(struct mf_trend_now){ .at = MF_TEST_NOW, .sha = "a" }, &k.list, &verdict, e) || mf_check_trend_read(&t, path, e);
	mf_check_policy_free(p);
	mf_check_list_free(&k.list);
	return r ? -1 : 0;
}

static void test_torture(void **state)
{
	struct mf_conf *conf = mf_test_conf("lifetime: { mode: { tls: warn }, exceptions: [ { name: A, " WHO ", until: 2027-01-01 } ] }");

	(void)state;
	mf_torture(all_of_it, conf);
	mf_conf_free(conf);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults), TEST(test_maxima), TEST(test_certificate_alone), TEST(test_max_origin), TEST(test_modes), TEST(test_name_only), TEST(test_job_max), TEST(test_stored), TEST(test_stored_without_a_form),
		TEST(test_exceptions), TEST(test_expired_exception), TEST(test_exception_by_id), TEST(test_ratchet), TEST(test_ratchet_by_trend),
		TEST(test_order), TEST(test_glob), TEST(test_trend), TEST(test_trend_is_bounded), TEST(test_trend_is_careful),
		TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
