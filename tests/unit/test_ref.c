/* SPDX-License-Identifier: Apache-2.0 */
/* conf/ref and conf/selector: references and selectors, read, refused, printed. */
#include "failalloc.h"
#include "unit.h"

#include <stdio.h>
#include <mayfly/ref.h>

static struct mf_ref parse(const char *text)
{
	struct mf_ref ref;
	struct mf_err err = { 0 };

	if (mf_ref_parse(&ref, mf_str(text), &err))
		fail_msg("'%s': %s (%s)", text, err.what, err.why);
	return ref;
}

static void assert_prints(const struct mf_ref *ref, const char *text)
{
	struct mf_buf out = MF_BUF(8192);
	struct mf_err err = { 0 };

	assert_int_equal(mf_ref_print(&out, ref, &err), 0);
	assert_string_equal(mf_buf_text(&out), text);
	mf_buf_free(&out);
}

static void test_forms(void **state)
{
	static const struct {
		const char *text;
		enum mf_scheme scheme;
		const char *path, *version;
		enum mf_select select;
		const char *field;
	} cases[] = {
		{ "vault://secret/data/ci/deploy#api_key", MF_REF_VAULT, "secret/data/ci/deploy", NULL, MF_SEL_KEY, "api_key" },
		{ "vault://secret/data/ci/deploy", MF_REF_VAULT, "secret/data/ci/deploy", NULL, MF_SEL_ALL, NULL },
		{ "vault://secret/data/x?version=3#k", MF_REF_VAULT, "secret/data/x", "3", MF_SEL_KEY, "k" },
		{ "vault://secret/data/x#/a/0/b~1c", MF_REF_VAULT, "secret/data/x", NULL, MF_SEL_POINTER, "/a/0/b~1c" },
		{ "vault://secret/data/x#a.b", MF_REF_VAULT, "secret/data/x", NULL, MF_SEL_KEY, "a.b" },
		{ "vault://a%20b/c%2Fd%23e#f%25g", MF_REF_VAULT, "a b/c/d#e", NULL, MF_SEL_KEY, "f%g" },
		{ "vault://secret/data/x#a?b#c", MF_REF_VAULT, "secret/data/x", NULL, MF_SEL_KEY, "a?b#c" },
		{ "vault://m\xc3\xa4/x", MF_REF_VAULT, "m\xc3\xa4/x", NULL, MF_SEL_ALL, NULL },
		{ "env://DEPLOY_KEY", MF_REF_ENV, "DEPLOY_KEY", NULL, MF_SEL_ALL, NULL },
		{ "env://CONF#/db/password", MF_REF_ENV, "CONF", NULL, MF_SEL_POINTER, "/db/password" },
		{ "file:///run/secrets/x", MF_REF_FILE, "/run/secrets/x", NULL, MF_SEL_ALL, NULL },
		{ "file://conf/x.json#key", MF_REF_FILE, "conf/x.json", NULL, MF_SEL_KEY, "key" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_ref ref = parse(cases[i].text);

		assert_int_equal(ref.scheme, cases[i].scheme);
		assert_string_equal(ref.path, cases[i].path);
		assert_int_equal(ref.select, cases[i].select);
		assert_string_equal(ref.version ? ref.version : "-", cases[i].version ? cases[i].version : "-");
		assert_string_equal(ref.field ? ref.field : "-", cases[i].field ? cases[i].field : "-");
		assert_false(ref.compat);
		mf_ref_free(&ref);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *text, *id, *why; } cases[] = {
		{ "vault://", "MF-REF-01", "no path, at character 9" },
		{ "vault:///secret", "MF-REF-01", "an empty path segment, at character 9" },
		{ "vault://a//b", "MF-REF-01", "an empty path segment" },
		{ "vault://a/", "MF-REF-01", "an empty path segment" },
		{ "vault://a/../b", "MF-REF-01", "'.' and '..'" },
		{ "vault://a/%2e%2E/b", "MF-REF-01", "'.' and '..'" },
		{ "vault://a%2f..%2fb", "MF-REF-01", "'.' and '..'" },
		{ "vault://./b", "MF-REF-01", "'.' and '..'" },
		{ "vault://a/b\n", "MF-REF-01", "a control character, at character 12" },
		{ "vault://a/%00b", "MF-REF-01", "a control character, at character 11" },
		{ "vault://a/%4", "MF-REF-01", "'%' without two" },
		{ "vault://a/%zz", "MF-REF-01", "'%' without two" },
		{ "vault://a/%ff", "MF-REF-01", "not UTF-8" },
		{ "vault://a/b#", "MF-REF-01", "no field after '#', at character 13" },
		{ "vault://a/b?version=0", "MF-REF-01", "whole number from 1, at character 21" },
		{ "vault://a/b?version=", "MF-REF-01", "whole number" },
		{ "vault://a/b?version=-1", "MF-REF-01", "whole number" },
		{ "vault://a/b?version=3&x=1", "MF-REF-01", "unknown parameter; there is 'version', at character 23" },
		{ "vault://a/b?version=3&version=4", "MF-REF-01", "there twice" },
		{ "vault://a/b?version=3&", "MF-REF-01", "unknown parameter" },
		{ "vault://a/b?version=1234567890123456789", "MF-REF-01", "whole number" },
		{ "vault://a/b?region=x", "MF-REF-01", "unknown parameter" },
		{ "env://A?version=1", "MF-REF-01", "has no parameters" },
		{ "env://A=B", "MF-REF-01", "no name of a variable" },
		{ "env://", "MF-REF-01", "no name of a variable" },
		{ "file:///", "MF-REF-01", "an empty path segment" },
		{ "file:///a/../b", "MF-REF-01", "'.' and '..'" },
		{ "", "MF-REF-01", "0 characters" },
		{ "://x", "MF-REF-01", "" },
	};
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_fails(mf_ref_parse(&ref, mf_str(cases[i].text), &err), err, cases[i].id);
		if (!strstr(err.why, cases[i].why))
			fail_msg("'%s': '%s' is not in '%s'", cases[i].text, cases[i].why, err.why);
	}
}

static void test_schemes(void **state)
{
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	assert_fails(mf_ref_parse(&ref, mf_str("vualt://a"), &err), err, "MF-REF-02");
	assert_string_equal(err.hint, "did you mean 'vault://'?");
	assert_fails(mf_ref_parse(&ref, mf_str("Vault://a"), &err), err, "MF-REF-02");
	assert_string_equal(err.hint, "did you mean 'vault://'?");
}

static void test_clouds(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "aws-sm://shop*db", "at the end of a name" }, { "aws-sm://*", "at the end of a name" }, { "aws-sm://a b", "letters, digits" }, { "aws-sm://a/**", "at the end" },
		{ "aws-sm://x?version=3", "32 to 64" }, { "aws-sm://x?stage=", "a stage is" }, { "aws-sm://x?region=EU", "no region" }, { "aws-sm://shop/*?stage=AWSPREVIOUS", "takes what is current" },
		{ "aws-ssm:///shop*", "end of a path" }, { "aws-ssm://shop/*", "end of a path" }, { "aws-ssm:///a b", "letters, digits" }, { "aws-ssm:///a?version=0", "whole number" },
		{ "gcp-sm://shop", "no project" }, { "gcp-sm://a/b/c", "no project" }, { "gcp-sm://projects/p/secrets/s/versions/3", "no project" },
		{ "gcp-sm://p/a.b", "letters, digits, hyphens" }, { "gcp-sm://p/s?version=a.b", "an alias" }, { "gcp-sm://p/s?stage=x", "unknown parameter" }, { "gcp-sm://p q/s", "a project is" },
		{ "aws-ssm:///a?version=1&stage=x", "not by both" }, { "aws-ssm:///a?x=1", "there is 'version', 'stage', 'region'" }, { "aws-ssm:///../a", "'.' and '..'" },
	};
	static const char *const good[] = {
		"aws-sm://shop/db#password", "aws-sm://arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf", "aws-sm://shop/*", "aws-sm://shop*?region=eu-west-1",
		"aws-sm://x?version=00000000-0000-0000-0000-000000000000", "aws-sm://x?stage=AWSPREVIOUS&region=cn-north-1#/a/0", "aws-ssm:///shop/db?version=3", "aws-ssm://plain?stage=live",
		"gcp-sm://shop-1/db_password?version=latest#a", "gcp-sm://example.com:shop/s?version=3&region=europe-west1", "gcp-sm://projects/12/locations/europe-west1/secrets/s",
		"aws-ssm:///shop/*", "aws-ssm://arn:aws:ssm:eu-west-1:123456789012:parameter/shop/db",
	};
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		assert_fails(mf_ref_parse(&ref, mf_str(bad[i].text), &err), err, "MF-REF-01");
		if (!strstr(err.why, bad[i].why))
			fail_msg("'%s': '%s' is not in '%s'", bad[i].text, bad[i].why, err.why);
	}
	for (size_t i = 0; i < MF_COUNT(good); i++) {
		struct mf_buf text = MF_BUF(4096);

		if (mf_ref_parse(&ref, mf_str(good[i]), &err))
			fail_msg("'%s': %s, %s", good[i], err.what, err.why);
		assert_int_equal(mf_ref_print(&text, &ref, &err), 0);
		assert_string_equal(mf_buf_text(&text), good[i]);
		mf_buf_free(&text);
		mf_ref_free(&ref);
	}
}

/* Two that differ in a stage or a region alone are two documents. */
static void test_aws_documents(void **state)
{
	static const char *const all[] = { "aws-sm://x#a", "aws-sm://x?stage=AWSPREVIOUS", "aws-sm://x?region=eu-west-1", "aws-ssm://x" };
	struct mf_ref refs[MF_COUNT(all)], again;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(all); i++)
		assert_int_equal(mf_ref_parse(&refs[i], mf_str(all[i]), &err), 0);
	for (size_t i = 0; i < MF_COUNT(all); i++)
		for (size_t k = 0; k < MF_COUNT(all); k++)
			assert_int_equal(mf_ref_same_doc(&refs[i], &refs[k]), i == k);
	assert_int_equal(mf_ref_parse(&again, mf_str("aws-sm://x#b"), &err), 0);
	assert_true(mf_ref_same_doc(&refs[0], &again));
	mf_ref_free(&again);
	for (size_t i = 0; i < MF_COUNT(all); i++)
		mf_ref_free(&refs[i]);
}

static void test_azure(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "azure-kv://shop", "no vault and name" }, { "azure-kv://shop/tables/x", "/secrets/NAME" }, { "azure-kv://shop/secrets/a/b", "/secrets/NAME" },
		{ "azure-kv://sh_op/x", "no vault and name" }, { "azure-kv://.shop/x", "no vault and name" }, { "azure-kv://shop/a_b", "letters, digits and hyphens" },
		{ "azure-kv://shop%40evil.example/x", "no vault and name" }, { "azure-kv://shop/x?version=", "a version is" }, { "azure-kv://shop/x?version=a/b", "a version is" },
		{ "azure-kv://shop/x?vault=y", "unknown parameter" },
	};
	static const char *const good[] = { "azure-kv://shop/x", "azure-kv://shop/secrets/db-Password?version=0a1b#user", "azure-kv://shop.vault.azure.cn/keys/k",
					    "azure-kv://127.0.0.1:8443/certificates/c" };
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		assert_fails(mf_ref_parse(&ref, mf_str(bad[i].text), &err), err, "MF-REF-01");
		if (!strstr(err.why, bad[i].why))
			fail_msg("'%s': '%s' is not in '%s'", bad[i].text, bad[i].why, err.why);
	}
	for (size_t i = 0; i < MF_COUNT(good); i++) {
		struct mf_buf text = MF_BUF(4096);

		assert_int_equal(mf_ref_parse(&ref, mf_str(good[i]), &err), 0);
		assert_int_equal(mf_ref_print(&text, &ref, &err), 0);
		assert_string_equal(text.p, good[i]);
		mf_buf_free(&text);
		mf_ref_free(&ref);
	}
}

/* What is no reference may be the secret itself. */
static void test_nothing_of_a_secret_is_shown(void **state)
{
	static const char *const texts[] = { "hunter2hunter2", "postgres://app:hunter2hunter2@db/x", "verylongschemename-hunter2hunter2://x" };
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(mf_ref_parse(&ref, mf_str(texts[i]), &err), -1);
		assert_null(memmem(&err, sizeof(err), "hunter2", 7));
	}
}

static void test_limits(void **state)
{
	char text[MF_REF_MAX + 32];
	struct mf_ref ref;
	struct mf_err err;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "vault://", 8);
	assert_fails(mf_ref_parse(&ref, (struct mf_str){ text, sizeof(text) }, &err), err, "MF-REF-01");
	assert_fails(mf_ref_parse(&ref, (struct mf_str){ text, 8 + MF_REF_PATH_MAX + 1 }, &err), err, "MF-REF-01");
	memset(&err, 0, sizeof(err));
	assert_int_equal(mf_ref_parse(&ref, (struct mf_str){ text, 8 + MF_REF_PATH_MAX }, &err), 0);
	mf_ref_free(&ref);
	text[20] = '#';
	assert_fails(mf_ref_parse(&ref, (struct mf_str){ text, 21 + MF_REF_FIELD_MAX + 1 }, &err), err, "MF-REF-01");
}

static void test_print(void **state)
{
	static const char *const same[] = {
		"vault://secret/data/ci/deploy#api_key", "vault://secret/data/x?version=3#/a/b", "env://A", "file:///run/x#k",
		"vault://a%20b/c%23d%3Fe%25f#g%25h", "file://rel/x",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(same); i++) {
		struct mf_ref ref = parse(same[i]);

		assert_prints(&ref, same[i]);
		mf_ref_free(&ref);
	}
}

static void test_same_doc(void **state)
{
	struct mf_ref a = parse("vault://s/data/x#a"), b = parse("vault://s/data/x#/b"), c = parse("vault://s/data/x?version=1#a");
	struct mf_ref d = parse("vault://s/data/x?version=1"), e = parse("env://X"), f = parse("file://X");

	(void)state;
	assert_true(mf_ref_same_doc(&a, &b));
	assert_false(mf_ref_same_doc(&a, &c));
	assert_true(mf_ref_same_doc(&c, &d));
	assert_false(mf_ref_same_doc(&e, &f));
	a.post = strdup("{}");
	assert_false(mf_ref_same_doc(&a, &b));
	mf_ref_free(&a);
	mf_ref_free(&b);
	mf_ref_free(&c);
	mf_ref_free(&d);
	mf_ref_free(&e);
	mf_ref_free(&f);
	mf_ref_free(&f);
	mf_ref_free(NULL);
}

/* "name.name[1]" of what was read; "=field" first where a field of that name comes before the steps. */
static void assert_selects(const char *text, enum mf_select select, const char *steps, bool needs_name)
{
	struct mf_ref ref = { .select = MF_SEL_ALL };
	struct mf_err err = { 0 };
	char got[512] = "";
	bool needs;

	if (mf_ref_parse_selector(&ref, mf_str(text), &needs, &err))
		fail_msg("'%s': %s (%s)", text, err.what, err.why);
	assert_null(err.id);
	assert_true(ref.compat);
	if (ref.field)
		snprintf(got, sizeof(got), "=%s ", ref.field);
	for (size_t i = 0; i < ref.n_steps; i++) {
		size_t n = strlen(got);

		if (ref.steps[i].name)
			snprintf(got + n, sizeof(got) - n, "<%s>", ref.steps[i].name);
		else
			snprintf(got + n, sizeof(got) - n, "[%d]", (int)ref.steps[i].index);
	}
	assert_string_equal(got, steps);
	assert_int_equal(ref.select, select);
	assert_int_equal(needs, needs_name);
	mf_ref_free(&ref);
}

static void test_selectors(void **state)
{
	(void)state;
	assert_selects("*", MF_SEL_ALL, "", false);
	assert_selects("**", MF_SEL_ALL, "", false);
	assert_selects("api_key", MF_SEL_KEY, "=api_key ", false);
	assert_selects("in", MF_SEL_KEY, "=in ", false);
	assert_selects("\xe6\xb5\x8b\xe8\xaf\x95", MF_SEL_KEY, "=\xe6\xb5\x8b\xe8\xaf\x95 ", false);
	/* without a dot a selector is a field's name, whatever is in it */
	assert_selects("other-key", MF_SEL_KEY, "=other-key ", true);
	assert_selects("tls/crt", MF_SEL_KEY, "=tls/crt ", true);
	assert_selects("1st", MF_SEL_KEY, "=1st ", true);
	assert_selects("true", MF_SEL_KEY, "=true ", true);
	assert_selects("a[0]", MF_SEL_PATH, "=a[0] <a>[0]", true);
	assert_selects("`a`", MF_SEL_PATH, "=`a` <a>", false);
	assert_selects("'a'", MF_SEL_PATH, "='a' <a>", false);
	/* with one it is a path */
	assert_selects("a.b", MF_SEL_PATH, "<a><b>", false);
	assert_selects("a.b[0].c[-1][2]", MF_SEL_PATH, "<a><b>[0]<c>[-1][2]", false);
	assert_selects("a[1].b", MF_SEL_PATH, "<a>[1]<b>", true);
	assert_selects("`pa.ss`", MF_SEL_PATH, "<pa.ss>", false);
	assert_selects("'pa.ss'.x", MF_SEL_PATH, "<pa.ss><x>", false);
	assert_selects("a.`b-c`.`1`", MF_SEL_PATH, "<a><b-c><1>", false);
}

static void test_other_jsonata_is_refused(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "a.b-c", "an operator, at character 4" },
		{ "a.$string(b)", "a variable or function, at character 3" },
		{ "$string(a)", "a variable or function, at character 1" },
		{ "a.*", "an operator, at character 3" },
		{ "**.a", "an operator, at character 1" },
		{ "a.b[x=1]", "a filter that is no index, at character 4" },
		{ "a.b[]", "a filter that is no index" },
		{ "a.b[0", "a filter that is no index" },
		{ "a.b[0..2]", "a filter that is no index" },
		{ "a.(b)", "an operator" },
		{ "(a)", "an operator, at character 1" },
		{ "{a}", "an operator, at character 1" },
		{ "a.b&c", "an operator, at character 4" },
		{ "a.b?c:d", "an operator" },
		{ "a.%", "an operator" },
		{ "a.b^(c)", "an operator" },
		{ "a.b@$c", "an operator" },
		{ "a..b", "an operator" },
		{ ".a", "an operator, at character 1" },
		{ "a.", "a name is missing, at character 3" },
		{ "a.0", "a number" },
		{ "a.true", "a literal" },
		{ "a.function", "a literal" },
		{ "a.`b", "a quote without its end, at character 3" },
		{ "a.``", "an empty name" },
		{ "a.`b\\u0041`", "escape" },
		{ "a.'b'c", "an operator" },
		{ "a\x01.b", "control character" },
		{ "a.\xff", "UTF-8" },
		{ "a[x]", "a filter that is no index" },
		{ "a{b:c}", "an operator" },
	};
	struct mf_err err;
	bool needs;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_ref ref = { .select = MF_SEL_ALL };

		assert_fails(mf_ref_parse_selector(&ref, mf_str(cases[i].text), &needs, &err), err, "MF-REF-03");
		if (!strstr(err.why, cases[i].why))
			fail_msg("'%s': '%s' is not in '%s'", cases[i].text, cases[i].why, err.why);
	}
}

static int torture_parse(void *ctx, struct mf_err *err)
{
	struct mf_buf out = MF_BUF(8192);
	struct mf_ref ref;
	int rc;

	if (mf_ref_parse(&ref, mf_str(ctx), err))
		return -1;
	rc = mf_ref_print(&out, &ref, err);
	mf_buf_free(&out);
	mf_ref_free(&ref);
	return rc;
}

static int torture_selector(void *ctx, struct mf_err *err)
{
	struct mf_ref ref = { .select = MF_SEL_ALL };
	bool needs;

	if (mf_ref_parse_selector(&ref, mf_str(ctx), &needs, err))
		return -1;
	mf_ref_free(&ref);
	return 0;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_parse, "vault://a/data/b%20c?version=3#/x/y");
	mf_torture(torture_selector, "a.b[0].`c.d`");
	mf_torture(torture_selector, "other-key");
	mf_torture(torture_selector, "a[0]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_clouds), cmocka_unit_test(test_aws_documents), cmocka_unit_test(test_azure),
		cmocka_unit_test(test_nothing_of_a_secret_is_shown),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_same_doc),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_other_jsonata_is_refused),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
