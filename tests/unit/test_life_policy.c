/* SPDX-License-Identifier: Apache-2.0 */
/* The defaults of each class, the judgement of facts by a maximum, dates that become durations. */
#include "unit.h"

#include <mayfly/lifetime.h>

enum { MIN = 60, H = 3600, D = 86400 };
#define NOW INT64_C(1800000000)	/* 2027-01-15T08:00:00Z */
#define FOREVER MF_LIFE_FOREVER

/* The design's figures; each has a reason. */
static void test_rules(void **state)
{
	static const struct { enum mf_life_class class; const char *name; int64_t max, strict; } table[] = {
		{ MF_LC_NONE, "none", FOREVER, FOREVER }, { MF_LC_CI_TOKEN, "ci_token", 60 * MIN, 15 * MIN }, { MF_LC_HUMAN_SESSION, "human_session", 12 * H,
			12 * H },
		{ MF_LC_SERVICE_TOKEN, "service_token", 4 * H, 4 * H }, { MF_LC_DATABASE, "database", 24 * H, 24 * H }, { MF_LC_SSH, "ssh", 8 * H, 8 * H },
		{ MF_LC_SSH_PERSON, "ssh_person", 30 * MIN, 30 * MIN }, { MF_LC_TLS, "tls", 90 * D, 72 * H }, { MF_LC_TLS_CA, "tls_ca", (int64_t)1826 * D,
			(int64_t)1826 * D },
		{ MF_LC_SECRET_ID, "secret_id", 10 * MIN, 10 * MIN }, { MF_LC_API_KEY, "api_key", 90 * D, 90 * D },
	};

	(void)state;
	assert_int_equal(MF_COUNT(table), MF_LC_COUNT);
	for (size_t i = 0; i < MF_COUNT(table); i++) {
		const struct mf_life_rule *r = mf_life_rule(table[i].class);

		assert_string_equal(r->name, table[i].name);
		assert_int_equal(r->max, table[i].max);
		assert_int_equal(r->strict, table[i].strict);
		assert_true(strlen(r->reason) > 20);
		assert_int_equal(mf_life_class_by_name(table[i].name), table[i].class);
	}
	assert_int_equal(mf_life_class_by_name(NULL), MF_LC_NONE);
	assert_int_equal(mf_life_class_by_name("other"), MF_LC_NONE);
	assert_string_equal(mf_life_rule((enum mf_life_class)99)->name, "none");
	assert_string_equal(mf_life_known_name(MF_LIFE_MEASURED), "measured");
	assert_string_equal(mf_life_known_name((enum mf_life_known)9), "unknown");
	assert_string_equal(mf_life_verdict_name(MF_LV_JOB_BOUND), "job-bound");
	assert_string_equal(mf_life_verdict_name((enum mf_life_verdict)9), "unknown");
}

static void judges(unsigned flags, int64_t lifetime, int64_t max, int64_t job_max, enum mf_life_verdict want)
{
	const struct mf_life l = { .kind = "x", .flags = flags, .lifetime = lifetime };

	assert_int_equal(mf_life_judge(&l, max, job_max), want);
}

static void test_judge(void **state)
{
	(void)state;
	judges(0, 100, 100, 0, MF_LV_OK);
	judges(0, 101, 100, 0, MF_LV_TOO_LONG);
	judges(0, -1, 100, 0, MF_LV_UNKNOWN);
	judges(0, -1, FOREVER, 0, MF_LV_OK);
	judges(MF_LIFE_STATIC, FOREVER, 100, 0, MF_LV_TOO_LONG);
	judges(MF_LIFE_STATIC, FOREVER, FOREVER, 0, MF_LV_OK);
	/* at most 200 may be 100; at most 100 is 100 at most */
	judges(MF_LIFE_AT_MOST, 200, 100, 0, MF_LV_UNKNOWN);
	judges(MF_LIFE_AT_MOST, 100, 100, 0, MF_LV_OK);
	judges(MF_LIFE_AT_LEAST, 101, 100, 0, MF_LV_TOO_LONG);
	judges(MF_LIFE_EXPIRED, 1000, 100, 0, MF_LV_EXPIRED);
	judges(MF_LIFE_JOB_BOUND | MF_LIFE_EXPIRED, 1000, 100, 0, MF_LV_JOB_BOUND);
	judges(MF_LIFE_JOB_BOUND, 1000, 100, 1000, MF_LV_JOB_BOUND);
	judges(MF_LIFE_JOB_BOUND, 1001, 100, 1000, MF_LV_TOO_LONG);
	judges(MF_LIFE_JOB_BOUND, -1, 100, 1000, MF_LV_JOB_BOUND);
}

/* A lifetime that was measured may be longer by what its issuer dated it back, at most a tenth of the maximum. */
static void test_slack(void **state)
{
	struct mf_life l = { .kind = "x", .known = MF_LIFE_MEASURED, .issued = NOW, .lifetime = 8 * H + MF_LIFE_LEEWAY };

	(void)state;
	assert_int_equal(mf_life_judge(&l, 8 * H, 0), MF_LV_OK);
	l.lifetime++;
	assert_int_equal(mf_life_judge(&l, 8 * H, 0), MF_LV_TOO_LONG);
	l.lifetime = 660;
	assert_int_equal(mf_life_judge(&l, 600, 0), MF_LV_OK);
	l.lifetime = 661;
	assert_int_equal(mf_life_judge(&l, 600, 0), MF_LV_TOO_LONG);
	l.lifetime = 601;
	l.issued = 0;
	assert_int_equal(mf_life_judge(&l, 600, 0), MF_LV_TOO_LONG);
	l.known = MF_LIFE_BY_FORMAT;
	assert_int_equal(mf_life_judge(&l, 600, 0), MF_LV_TOO_LONG);
}

/* What a server answers later; dates at the ends of what a number holds. */
static void test_settle(void **state)
{
	struct mf_life life;

	(void)state;
	life = (struct mf_life){ .kind = "x", .known = MF_LIFE_MEASURED, .issued = NOW - 10, .expires = NOW + 90 };
	mf_life_settle(&life, NOW);
	assert_int_equal(life.lifetime, 100);
	life.expires = INT64_MAX;
	life.issued = INT64_MIN;
	mf_life_settle(&life, NOW);
	assert_int_equal(life.lifetime, FOREVER);
	life.flags |= MF_LIFE_STATIC;
	mf_life_settle(&life, NOW);
	assert_int_equal(life.expires, 0);
	assert_int_equal(life.remaining, FOREVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_slack),
		cmocka_unit_test(test_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
