/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations. */
#include "unit.h"

#include <time.h>
#include <mayfly/clock.h>

static void test_parse(void **state)
{
	static const struct { const char *text; int64_t t; } cases[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2026-01-02T03:04:05Z", 1767323045 },
		{ "2026-01-02T03:04:05.678Z", 1767323045 }, { "2026-01-02T03:04:05.678901234Z", 1767323045 },
		{ "2026-01-02t03:04:05z", 1767323045 }, { "2026-01-02T04:34:05+01:30", 1767323045 },
		{ "2026-01-01T22:04:05-05:00", 1767323045 }, { "2024-02-29T00:00:00Z", 1709164800 },
		{ "2000-02-29T00:00:00Z", 951782400 }, { "0001-01-01T00:00:00Z", -62135596800 },
		{ "9999-12-31T23:59:59Z", 253402300799 }, { "2016-12-31T23:59:60Z", 1483228800 },
		{ "1969-12-31T23:59:59Z", -1 },
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		if (!mf_time_parse(&t, mf_str(cases[i].text)) || t != cases[i].t)
			fail_msg("'%s'", cases[i].text);
	}
}

static void test_parse_refused(void **state)
{
	static const char *const bad[] = {
		"", "2026", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04Z", "2026-13-02T03:04:05Z",
		"2026-00-02T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-32T03:04:05Z", "2026-02-29T03:04:05Z",
		"2100-02-29T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60", "+026-01-02T03:04:05Z", "2026-1-2T03:04:05Z", " 2026-01-02T03:04:05Z",
		"2026/01/02T03:04:05Z", "20260102T030405Z",
	};
	int64_t t = 42;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		if (mf_time_parse(&t, mf_str(bad[i])) || t != 42)
			fail_msg("'%s'", bad[i]);
	}
	assert_false(mf_time_parse(&t, (struct mf_str){ "2026-01-02\0" "03:04:05Z", 20 }));
}

static void test_format(void **state)
{
	char out[21];
	int64_t back;

	(void)state;
	mf_time_format(out, 0);
	assert_string_equal(out, "1970-01-01T00:00:00Z");
	mf_time_format(out, 1767323045);
	assert_string_equal(out, "2026-01-02T03:04:05Z");
	mf_time_format(out, -1);
	assert_string_equal(out, "1969-12-31T23:59:59Z");
	mf_time_format(out, INT64_MAX);
	assert_string_equal(out, "9999-12-31T23:59:59Z");
	mf_time_format(out, INT64_MIN);
	assert_string_equal(out, "0000-01-01T00:00:00Z");
	/* As the C library has it, over some thousand years. */
	for (int64_t t = -30000000000; t < 60000000000; t += 86413 * 37) {
		char want[32];
		struct tm tm;
		time_t tt = (time_t)t;

		gmtime_r(&tt, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		mf_time_format(out, t);
		assert_string_equal(out, want);
		assert_true(mf_time_parse(&back, mf_str(out)));
		assert_int_equal(back, t);
	}
}

static void test_duration(void **state)
{
	static const struct { const char *text; int64_t s; } cases[] = {
		{ "90s", 90 }, { "15m", 900 }, { "1h30m", 5400 }, { "24h", 86400 }, { "90d", 7776000 }, { "3600", 3600 },
		{ "0", 0 }, { "0s", 0 }, { "768h0m0s", 2764800 }, { "1d2h3m4s", 93784 }, { "90m", 5400 }, { "007", 7 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"", "h", "1x", "-1", "-1h", "+1", "1.5h", "1h ", " 1h", "1 h", "1h30", "1m1h", "1h1h", "1s1", "1H", "1hh",
		"9223372036854775808", "999999999999999999d", "106751991167301d", "1w", "1ms", "0x10", "1h-30m",
		"106751991167300d99999999h",
	};
	int64_t s;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		if (!mf_duration_parse(&s, mf_str(cases[i].text)) || s != cases[i].s)
			fail_msg("'%s'", cases[i].text);
	}
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		s = 42;
		if (mf_duration_parse(&s, mf_str(bad[i])) || s != 42)
			fail_msg("'%s'", bad[i]);
	}
	assert_false(mf_duration_parse(&s, (struct mf_str){ "1h\0", 3 }));
}

static void test_duration_format(void **state)
{
	static const struct { int64_t s; const char *text; } cases[] = {
		{ 0, "0 s" }, { 45, "45 s" }, { 60, "1 min" }, { 61, "1 min 1 s" }, { 3600, "1 h" }, { 5400, "1 h 30 min" },
		{ 3601, "1 h" }, { 86399, "23 h 59 min" }, { 93600, "1 d 2 h" }, { 90061, "1 d 1 h" }, { 7776000, "90 d" },
		{ -45, "-45 s" }, { INT64_MAX, "106751991167300 d 15 h" }, { INT64_MIN, "-106751991167300 d 15 h" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		mf_duration_format(out, cases[i].s);
		assert_string_equal(out, cases[i].text);
	}
}

static void test_clocks(void **state)
{
	int64_t a = mf_mono_ms(), now = mf_now();
	struct timespec nap = { .tv_nsec = 3000000 };

	(void)state;
	nanosleep(&nap, NULL);
	assert_true(mf_mono_ms() - a >= 2);
	assert_true(mf_mono_ms() - a < 60000);
	assert_true(now > 1700000000 && now - (int64_t)time(NULL) <= 1 && (int64_t)time(NULL) - now <= 1);
}

/* Half a second on the way must not turn an hour into 59 min 59 s. */
static void test_clock_note(void **state)
{
	static const struct {
		int64_t behind;
		const char *note;
	} cases[] = {
		{ 3599, "this machine's clock is 1 h behind the server's" }, { 3601, "this machine's clock is 1 h behind the server's" },
		{ -7201, "this machine's clock is 2 h ahead of the server's" }, { 119, "" }, { -100, "" }, { 3600 + 95, "this machine's clock is 1 h 2 min behind the server's" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_err err = { 0 };

		mf_clock_note(mf_now() + cases[i].behind, &err);
		/* a second may pass between the two clocks: both ends of it round alike here */
		assert_string_equal(err.note, cases[i].note);
	}
	struct mf_err err = { 0 };

	mf_clock_note(0, &err);
	assert_string_equal(err.note, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_note),
		cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_refused), cmocka_unit_test(test_format),
		cmocka_unit_test(test_duration), cmocka_unit_test(test_duration_format), cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
