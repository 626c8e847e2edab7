/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": what is near, and what is not. */
#include "unit.h"

#include <mayfly/conf.h>

static const char *const names[] = { "vault-url", "vault-role", "format", "quiet", "to", "url", "tenant_id", "" };

static const char *near(const char *s)
{
	return mf_nearest(s, names, MF_COUNT(names));
}

static void test_near(void **state)
{
	static const struct { const char *typed, *meant; } cases[] = {
		{ "vault-ulr", "vault-url" }, { "vault-rl", "vault-url" }, { "vaultrole", "vault-role" }, { "fromat", "format" },
		{ "quite", "quiet" }, { "quiett", "quiet" }, { "uiet", "quiet" }, { "tenant-id", "tenant_id" },
		{ "VAULT_URL", "vault-url" }, { "ur", "url" }, { "uri", "url" }, { "t", "to" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		const char *got = near(cases[i].typed);

		assert_non_null(got);
		assert_string_equal(got, cases[i].meant);
	}
}

static void test_far(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_null(near("completely-else"));
	assert_null(near("xyz"));
	assert_null(near("ab"));
	assert_null(near("vault-abcd"));
	assert_null(near("fxrxxt"));
	assert_null(near(""));
	assert_null(near(longest));
	assert_null(mf_nearest(NULL, names, MF_COUNT(names)));
	assert_null(mf_nearest("url", names, 0));
}

static void test_nearest_wins(void **state)
{
	static const char *const close[] = { "abcdefgx", "abcdefg", "abcdef" };

	(void)state;
	assert_string_equal(mf_nearest("abcdefg", close, 3), "abcdefg");
	/* of two equally near, the first */
	assert_string_equal(mf_nearest("abcdefgy", close, 3), "abcdefgx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_nearest_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
