/* SPDX-License-Identifier: Apache-2.0 */
/* base64, hex, percent encoding, UTF-8: RFC vectors and what has to be refused. */
#include "unit.h"

#include <mayfly/enc.h>

static struct mf_err err;

static void check_b64(const char *plain, const char *std, const char *url)
{
	char out[64];
	size_t n = strlen(plain), len;

	assert_int_equal(mf_b64_len(n, true), strlen(std));
	len = mf_b64_encode(out, plain, n, MF_B64_STD, true);
	assert_int_equal(len, strlen(std));
	assert_memory_equal(out, std, len);
	assert_int_equal(mf_b64_len(n, false), strlen(url));
	len = mf_b64_encode(out, plain, n, MF_B64_URL, false);
	assert_int_equal(len, strlen(url));
	assert_memory_equal(out, url, len);
	assert_int_equal(mf_b64_decode(out, &len, std, strlen(std), MF_B64_STD, &err), 0);
	assert_int_equal(len, n);
	assert_memory_equal(out, plain, n);
	assert_int_equal(mf_b64_decode(out, &len, url, strlen(url), MF_B64_URL, &err), 0);
	assert_int_equal(len, n);
	assert_memory_equal(out, plain, n);
}

static void test_b64_vectors(void **state)
{
	(void)state;
	check_b64("", "", "");
	check_b64("f", "Zg==", "Zg");
	check_b64("fo", "Zm8=", "Zm8");
	check_b64("foo", "Zm9v", "Zm9v");
	check_b64("foob", "Zm9vYg==", "Zm9vYg");
	check_b64("fooba", "Zm9vYmE=", "Zm9vYmE");
	check_b64("foobar", "Zm9vYmFy", "Zm9vYmFy");
	check_b64("\xfb\xff\xfe", "+//+", "-__-");
}

static void test_b64_all_lengths(void **state)
{
	unsigned char in[300], back[303];
	char text[404];
	size_t len, n;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 167 + 13);
	for (n = 0; n <= sizeof(in); n++) {
		for (int variant = 0; variant < 4; variant++) {
			len = mf_b64_encode(text, in, n, variant & 1 ? MF_B64_URL : MF_B64_STD, variant & 2);
			assert_int_equal(len, mf_b64_len(n, variant & 2));
			assert_int_equal(mf_b64_decode(back, &len, text, len, variant & 1 ? MF_B64_URL : MF_B64_STD,
						       &err), 0);
			assert_int_equal(len, n);
			assert_memory_equal(back, in, n);
		}
	}
}

static void test_b64_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9vY", "====", "=", "Zm9v=", "Zm9v====", "Z g=", "Zg==\n", "Zm9v\n",
		"Zm-v", "Zm_v", "Zm9v Zm9v", "Z=g=", "=Zg=", "Zg==Zg==", "Zm9\xc3", "Zm!v", "Z\tg=",
	};
	char out[64] = "untouched";
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		assert_fails(mf_b64_decode(out, &n, bad[i], strlen(bad[i]), MF_B64_STD, &err), err, "MF-ENC-01");
		assert_int_equal(n, 77);
		assert_string_equal(out, "untouched");
	}
	assert_fails(mf_b64_decode(out, &n, "Zm+v", 4, MF_B64_URL, &err), err, "MF-ENC-01");
	assert_fails(mf_b64_decode(out, &n, "Zm9v\0", 5, MF_B64_URL, &err), err, "MF-ENC-01");
	assert_fails(mf_b64_decode(out, &n, "Zm\0v", 4, MF_B64_URL, &err), err, "MF-ENC-01");
}

static void test_hex_and_percent(void **state)
{
	char out[16] = { 0 };

	(void)state;
	mf_hex_encode(out, "\x00\xab\xff", 3, false);
	assert_memory_equal(out, "00abff", 7);
	mf_hex_encode(out, "\x00\xab\xff", 3, true);
	assert_memory_equal(out, "00ABFF", 7);
	for (int c = 0; c < 256; c++)
		assert_int_equal(mf_unreserved((unsigned char)c), c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c));
	assert_int_equal(mf_pct_encode(out, "a-~_.Z9", 7, true), 7);
	assert_memory_equal(out, "a-~_.Z9", 7);
	assert_int_equal(mf_pct_encode(out, "/ \xff", 3, true), 9);
	assert_memory_equal(out, "%2F%20%FF", 9);
	assert_int_equal(mf_pct_encode(out, "+%", 2, false), 6);
	assert_memory_equal(out, "%2b%25", 6);
}

static void test_utf8(void **state)
{
	static const struct { const char *text; bool valid; } cases[] = {
		{ "", true }, { "abc", true }, { "\xc3\xa4", true }, { "\xe2\x82\xac", true }, { "\xf0\x9f\x98\x80", true },
		{ "\xf4\x8f\xbf\xbf", true }, { "\xef\xbf\xbf", true }, { "\xed\x9f\xbf", true }, { "\xee\x80\x80", true },
		{ "\x80", false }, { "\xc0\x80", false }, { "\xc1\xbf", false }, { "\xc3", false }, { "\xe2\x82", false },
		{ "\xe0\x80\x80", false }, { "\xe0\x9f\xbf", false }, { "\xed\xa0\x80", false }, { "\xed\xbf\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false }, { "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false }, { "\xff", false },
		{ "a\xc3(", false }, { "\xf0\x9f\x98", false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		if (mf_utf8_valid(cases[i].text, strlen(cases[i].text)) != cases[i].valid)
			fail_msg("case %zu", i);
	assert_true(mf_utf8_valid("a\0b", 3));
}

static void test_utf8_round_trip(void **state)
{
	char out[4];
	uint32_t back;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		size_t n;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		n = mf_utf8_encode(out, cp);
		if (mf_utf8_decode(&back, out, n) != n || back != cp)
			fail_msg("U+%04X", (unsigned)cp);
		if (n > 1 && mf_utf8_decode(&back, out, n - 1) != 0)
			fail_msg("U+%04X cut", (unsigned)cp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_b64_vectors), cmocka_unit_test(test_b64_all_lengths),
		cmocka_unit_test(test_b64_refused), cmocka_unit_test(test_hex_and_percent),
		cmocka_unit_test(test_utf8), cmocka_unit_test(test_utf8_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
