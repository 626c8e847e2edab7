/* SPDX-License-Identifier: Apache-2.0 */
/* conf/vault_action: the `secrets` and `pki` grammars and the inputs of the drop-in. */
#include "failalloc.h"
#include "unit.h"

#include <mayfly/conf.h>
#include <mayfly/reveal.h>

static const struct mf_vault_action_rules plain = { .export_env = true };

static struct mf_conf *read_secrets(const char *text, const struct mf_vault_action_rules *rules)
{
	struct mf_conf *c;
	struct mf_err err = { 0 };

	assert_int_equal(mf_conf_new(&c, &err), 0);
	if (mf_conf_add_vault_action(c, mf_str(text), rules, &err))
		fail_msg("'%s': %s (%s)", text, err.what, err.why);
	return c;
}

static void assert_want(const struct mf_conf *c, size_t i, const char *path, const char *field, const char *name, const char *output)
{
	const struct mf_want *w = mf_conf_want(c, i);

	assert_non_null(w);
	assert_string_equal(w->ref.path, path);
	assert_string_equal(w->ref.field ? w->ref.field : "-", field);
	assert_string_equal(w->name ? w->name : "-", name);
	assert_string_equal(w->output ? w->output : "-", output);
	assert_true(w->ref.compat);
}

static void test_commonest(void **state)
{
	struct mf_conf *c = read_secrets("secret/data/ci/deploy api_key | DEPLOY_API_KEY ; secret/data/ci/deploy db_password | DB_PASSWORD", &plain);

	(void)state;
	assert_int_equal(mf_conf_wants(c), 2);
	assert_want(c, 0, "secret/data/ci/deploy", "api_key", "DEPLOY_API_KEY", "DEPLOY_API_KEY");
	assert_want(c, 1, "secret/data/ci/deploy", "db_password", "DB_PASSWORD", "DB_PASSWORD");
	assert_true(mf_ref_same_doc(&mf_conf_want(c, 0)->ref, &mf_conf_want(c, 1)->ref));
	assert_false(mf_conf_want(c, 0)->no_env);
	assert_false(mf_conf_want(c, 0)->optional);
	mf_conf_free(c);
}

static void test_spacing_and_empty_entries(void **state)
{
	struct mf_conf *c = read_secrets("\n  first a;\r\n\tsecond   b\n|\n B_NAME ;;\n ; third c|E;\n", &plain);

	(void)state;
	assert_int_equal(mf_conf_wants(c), 3);
	assert_want(c, 1, "second", "b", "B_NAME", "B_NAME");
	assert_want(c, 2, "third", "c", "E", "E");
	mf_conf_free(c);
}

static void test_names(void **state)
{
	struct mf_conf *c = read_secrets("p npmToken ; p \"other-Secret-dash\" ; p a.b.c ; p `x.y` ; p a.b[0]; p \"pa.ss\" ; p _x9", &plain);

	(void)state;
	assert_int_equal(mf_conf_wants(c), 7);
	assert_want(c, 0, "p", "npmToken", "NPMTOKEN", "npmToken");
	assert_want(c, 1, "p", "other-Secret-dash", "OTHERSECRETDASH", "otherSecretdash");
	assert_want(c, 2, "p", "-", "A__B__C", "a__b__c");
	assert_want(c, 3, "p", "-", "X__Y", "x__y");
	assert_int_equal(mf_conf_want(c, 3)->ref.n_steps, 1);
	assert_string_equal(mf_conf_want(c, 3)->ref.steps[0].name, "x.y");
	assert_want(c, 4, "p", "-", "A__B0", "a__b0");
	/* double quotes count for nothing: this is a path of two names */
	assert_int_equal(mf_conf_want(c, 5)->ref.n_steps, 2);
	assert_want(c, 6, "p", "_x9", "_X9", "_x9");
	mf_conf_free(c);
}

static void test_wildcards(void **state)
{
	struct mf_conf *c = read_secrets("p * ; p ** ; p * | APP_ ; p ** | app_", &plain);
	static const struct { const char *prefix; bool keep; } want[] = { { "-", false }, { "-", true }, { "APP_", false }, { "app_", true } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct mf_want *w = mf_conf_want(c, i);

		assert_int_equal(w->ref.select, MF_SEL_ALL);
		assert_null(w->name);
		assert_string_equal(w->prefix ? w->prefix : "-", want[i].prefix);
		assert_int_equal(w->keep_case, want[i].keep);
	}
	mf_conf_free(c);
}

static void test_paths(void **state)
{
	struct mf_conf *c = read_secrets("/cubbyhole/foo zip ; secret/data/x?version=2 k ; secret/data/a%20b k2", &plain);

	(void)state;
	assert_want(c, 0, "cubbyhole/foo", "zip", "ZIP", "zip");
	assert_string_equal(mf_conf_want(c, 1)->ref.version, "2");
	assert_want(c, 2, "secret/data/a b", "k2", "K2", "k2");
	mf_conf_free(c);
}

static void test_queries(void **state)
{
	struct mf_conf *c = read_secrets("aws/sts/deploy?ttl=15m&role_arn=arn:aws:iam::1:role/x security_token ; secret/metadata/ci/?list=true keys ;"
					 "secret/data/x?version=2&a=%20 k ; secret/data//x//y k | A ; secret/data/x? k | B ; aws/sts/deploy?ttl=1h access_key", &plain);

	(void)state;
	assert_want(c, 0, "aws/sts/deploy", "security_token", "SECURITY_TOKEN", "security_token");
	assert_string_equal(mf_conf_want(c, 0)->ref.query, "ttl=15m&role_arn=arn:aws:iam::1:role/x");
	assert_want(c, 1, "secret/metadata/ci", "keys", "KEYS", "keys");
	assert_string_equal(mf_conf_want(c, 1)->ref.query, "list=true");
	assert_string_equal(mf_conf_want(c, 2)->ref.query, "version=2&a=%20");
	assert_null(mf_conf_want(c, 2)->ref.version);
	assert_want(c, 3, "secret/data/x/y", "k", "A", "A");
	assert_null(mf_conf_want(c, 4)->ref.query);
	assert_false(mf_ref_same_doc(&mf_conf_want(c, 0)->ref, &mf_conf_want(c, 5)->ref));
	mf_conf_free(c);
}

static void test_rules(void **state)
{
	static const struct mf_vault_action_rules rules = { .export_env = false, .ignore_not_found = true, .encoding = "base64" };
	struct mf_conf *c = read_secrets("p k", &rules);

	(void)state;
	assert_true(mf_conf_want(c, 0)->no_env);
	assert_true(mf_conf_want(c, 0)->optional);
	assert_int_equal(mf_conf_want(c, 0)->decode, MF_DECODE_BASE64);
	mf_conf_free(c);
}

static void test_refused(void **state)
{
	static const struct { const char *text, *id, *part; } cases[] = {
		{ "p", "MF-REF-04", "entry 1" },
		{ "a b; p", "MF-REF-04", "entry 2" },
		{ "p k |", "MF-REF-04", "no name" },
		{ "p k | ;", "MF-REF-04", "no name" },
		{ "| NAME", "MF-REF-04", "a path and a key" },
		{ "p k l | N", "MF-REF-04", "more than" },
		{ "p k\nq l", "MF-REF-04", "more than" },
		{ "# comment\np k", "MF-REF-04", "no comments" },
		{ "p other-dash", "MF-REF-04", "name of its own" },
		{ "p a[0]", "MF-REF-04", "name of its own" },
		{ "p \xe6\xb5\x8b", "MF-REF-04", "name of its own" },
		{ "p $string(a) | N", "MF-REF-03", "at character 1" },
		{ "p a.b&c | N", "MF-REF-03", "at character 4" },
		{ "a#b k", "MF-REF-01", "'#'" },
		{ "a/../b k", "MF-REF-01", "'..'" },
		{ "a?list=<b> k", "MF-REF-01", "percent-encoded" },
		{ "a?version=x k", "MF-REF-01", "whole number" },
	};
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_conf *c;

		memset(&err, 0, sizeof(err));
		assert_int_equal(mf_conf_new(&c, &err), 0);
		assert_fails(mf_conf_add_vault_action(c, mf_str(cases[i].text), &plain, &err), err, cases[i].id);
		if (!strstr(err.what, cases[i].part) && !strstr(err.why, cases[i].part) && !strstr(err.hint, cases[i].part))
			fail_msg("'%s': '%s' is not in '%s' (%s)", cases[i].text, cases[i].part, err.what, err.why);
		mf_conf_free(c);
	}
}

static void test_pki(void **state)
{
	static const struct { const char *name, *output, *field; } parts[] = {
		{ "WEBROLE_CERT", "webrole_cert", "certificate" }, { "WEBROLE_KEY", "webrole_key", "private_key" },
		{ "WEBROLE_CA", "webrole_ca", "issuing_ca" }, { "WEBROLE_CA_CHAIN", "webrole_ca_chain", "ca_chain" },
	};
	static const char *const bad[] = { "pki/issue/web", "pki/issue/web {", "pki/issue/web [1]", "pki/issue/web {\"a\":1,\"a\":2}" };
	struct mf_conf *c;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(mf_conf_new(&c, &err), 0);
	assert_int_equal(mf_conf_add_vault_pki(c, mf_str(" pki/issue/web-role {\"common_name\": \"a b\", \"ttl\": \"1h\"} ;\n"), &plain, &err), 0);
	assert_int_equal(mf_conf_wants(c), 4);
	for (size_t i = 0; i < 4; i++) {
		const struct mf_want *w = mf_conf_want(c, i);

		assert_want(c, i, "pki/issue/web-role", parts[i].field, parts[i].name, parts[i].output);
		assert_string_equal(w->ref.post, "{\"common_name\": \"a b\", \"ttl\": \"1h\"}");
		assert_int_equal(w->ref.lines, i == 3);
		assert_true(mf_ref_same_doc(&w->ref, &mf_conf_want(c, 0)->ref));
	}
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(mf_conf_add_vault_pki(c, mf_str(bad[i]), &plain, &err), -1);
		assert_int_equal(err.code, MF_USAGE);
	}
	mf_conf_free(c);
}

/* -- inputs */

static const char *const *vars;

static const char *fake_env(const char *name)
{
	for (const char *const *v = vars; v && *v; v += 2)
		if (strcmp(v[0], name) == 0)
			return v[1];
	return NULL;
}

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct mf_conf *read_inputs(const char *const *v)
{
	struct mf_conf *c;
	struct mf_err err = { 0 };

	vars = v;
	assert_int_equal(mf_conf_new(&c, &err), 0);
	if (mf_conf_read_vault_action(c, fake_env, &err))
		fail_msg("%s (%s)", err.what, err.why);
	return c;
}

static void test_inputs(void **state)
{
	struct mf_conf *c = read_inputs(VARS("INPUT_URL", " https://vault.example:8200/ ", "INPUT_METHOD", "JWT", "INPUT_ROLE", "ci", "INPUT_PATH", "gh",
		"INPUT_JWTGITHUBAUDIENCE", "aud", "INPUT_NAMESPACE", "team-a", "INPUT_EXPORTTOKEN", "true", "INPUT_OUTPUTTOKEN", "True",
		"INPUT_TLSSKIPVERIFY", "false", "INPUT_EXTRAHEADERS", "X-A: 1, 2\n  X-B:b\n", "INPUT_SECRETS", "p k | K",
		"INPUT_IGNORENOTFOUND", "true", "INPUT_SECRETENCODINGTYPE", "hex", "INPUT_EXPORTENV", "false"));
	size_t n;
	const char *const *headers = mf_conf_list(c, MF_K_VAULT_HEADERS, &n);

	(void)state;
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_URL), "https://vault.example:8200/");
	assert_string_equal(mf_conf_origin(c, MF_K_VAULT_URL), "input 'url'");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_METHOD), "jwt");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_ROLE), "ci");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_PATH), "gh");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_AUDIENCE), "aud");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_NAMESPACE), "team-a");
	assert_false(mf_conf_bool(c, MF_K_VAULT_CI_AUDIENCE));
	assert_true(mf_conf_bool(c, MF_K_VAULT_EXPORT_TOKEN));
	assert_true(mf_conf_bool(c, MF_K_VAULT_OUTPUT_TOKEN));
	assert_false(mf_conf_bool(c, MF_K_VAULT_SKIP_VERIFY));
	assert_false(mf_conf_bool(c, MF_K_EXPORT_ENV));
	assert_true(mf_conf_bool(c, MF_K_EXPORT_OVERWRITE));
	assert_int_equal(n, 2);
	assert_string_equal(headers[0], "X-A: 1, 2");
	assert_string_equal(headers[1], "X-B:b");
	assert_int_equal(mf_conf_wants(c), 1);
	assert_true(mf_conf_want(c, 0)->optional);
	assert_true(mf_conf_want(c, 0)->no_env);
	assert_int_equal(mf_conf_want(c, 0)->decode, MF_DECODE_HEX);
	mf_conf_free(c);
}

/* Blanks around the colon, and the headers that vault-action sets over again. */
static void test_input_headers(void **state)
{
	struct mf_conf *c = read_inputs(VARS("INPUT_URL", "https://v", "INPUT_EXTRAHEADERS",
		"X-Vault-Request: true\n  X-A :  1 \r\n\nx-vault-token: s.other\nX-Vault-Namespace: b\nCF-Access-Client-Id: c:d"));
	size_t n;
	const char *const *headers = mf_conf_list(c, MF_K_VAULT_HEADERS, &n);

	(void)state;
	assert_int_equal(n, 2);
	assert_string_equal(headers[0], "X-A:  1");
	assert_string_equal(headers[1], "CF-Access-Client-Id: c:d");
	mf_conf_free(c);
	c = read_inputs(VARS("INPUT_URL", "https://v", "INPUT_EXTRAHEADERS", "X-Vault-Request: true"));
	assert_false(mf_conf_is_set(c, MF_K_VAULT_HEADERS));
	mf_conf_free(c);
}

/* vault-action's defaults differ from ours. */
static void test_input_defaults(void **state)
{
	struct mf_conf *c = read_inputs(VARS("INPUT_URL", "https://v", "INPUT_TOKEN", "s.abc", "INPUT_ROLE", "  "));

	(void)state;
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_METHOD), "token");
	assert_true(mf_conf_bool(c, MF_K_VAULT_CI_AUDIENCE));
	assert_true(mf_conf_bool(c, MF_K_EXPORT_ENV));
	assert_false(mf_conf_bool(c, MF_K_VAULT_EXPORT_TOKEN));
	assert_false(mf_conf_is_set(c, MF_K_VAULT_ROLE));
	assert_str_is(mf_secret_reveal(mf_conf_secret(c, MF_K_VAULT_TOKEN)), "s.abc");
	mf_conf_free(c);
}

static void test_input_pem_and_methods(void **state)
{
	struct mf_conf *c = read_inputs(VARS("INPUT_URL", "https://v", "INPUT_CACERTIFICATE", "LS0tLS1CRUdJTiBYLS0tLS0K\nYQo=", "INPUT_JWTPRIVATEKEY",
		"-----BEGIN PRIVATE KEY-----", "INPUT_METHOD", "custom", "INPUT_AUTHPAYLOAD", "{\"a\":1}"));

	(void)state;
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_CA_PEM), "-----BEGIN X-----\na\n");
	assert_str_is(mf_secret_reveal(mf_conf_secret(c, MF_K_VAULT_JWT_KEY)), "-----BEGIN PRIVATE KEY-----");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_METHOD), "other");
	assert_string_equal(mf_conf_str(c, MF_K_VAULT_PATH), "custom");
	mf_conf_free(c);
}

static void test_bad_inputs(void **state)
{
	static const char *const cases[][9] = {
		{ "INPUT_URL", "https://v", "INPUT_METHOD", "nope" },
		{ "INPUT_URL", "https://v", "INPUT_SECRETENCODINGTYPE", "rot13" },
		{ "INPUT_URL", "https://v", "INPUT_SECRETS", "a b", "INPUT_PKI", "a {}" },
		{ "INPUT_URL", "https://v", "INPUT_CACERTIFICATE", "???" },
		{ "INPUT_URL", "https://v", "INPUT_CACERTIFICATE", "AAAA" },
	};
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_conf *c;

		vars = cases[i];
		memset(&err, 0, sizeof(err));
		assert_int_equal(mf_conf_new(&c, &err), 0);
		assert_fails(mf_conf_read_vault_action(c, fake_env, &err), err, "MF-REF-04");
		mf_conf_free(c);
	}
}

static int torture_secrets(void *ctx, struct mf_err *err)
{
	struct mf_conf *c;
	int rc;

	if (mf_conf_new(&c, err))
		return -1;
	rc = mf_conf_add_vault_action(c, mf_str(ctx), &plain, err) || mf_conf_add_vault_pki(c, mf_str("pki/issue/r {\"a\":\"b\"}"), &plain, err);
	mf_conf_free(c);
	return rc ? -1 : 0;
}

static int torture_inputs(void *ctx, struct mf_err *err)
{
	struct mf_conf *c;
	int rc;

	vars = ctx;
	if (mf_conf_new(&c, err))
		return -1;
	rc = mf_conf_read_vault_action(c, fake_env, err);
	mf_conf_free(c);
	return rc;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_secrets, "p k ; p a.b[0] | X ; p ** | P_ ; p?list=true keys");
	mf_torture(torture_inputs, (void *)VARS("INPUT_URL", "https://v", "INPUT_CACERTIFICATE", "LS0tLS1CRUdJTiBYLS0tLS0K", "INPUT_SECRETS", "p k",
		"INPUT_EXTRAHEADERS", "X-A : 1\nX-Vault-Request: true"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commonest),
		cmocka_unit_test(test_spacing_and_empty_entries),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pki),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_input_headers),
		cmocka_unit_test(test_input_defaults),
		cmocka_unit_test(test_input_pem_and_methods),
		cmocka_unit_test(test_bad_inputs),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
