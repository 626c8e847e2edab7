/* SPDX-License-Identifier: Apache-2.0 */
/* provider/azure without a server: what is refused before a request, scopes and vaults, dates of secrets, what a refusal is explained with. */
#include "unit.h"

#include <mayfly/reveal.h>
#include "../../src/provider/azure.h"

#define GUID "00000000-1111-2222-3333-444444444444"

static struct mf_conf *conf;

static void set(enum mf_key k, const char *value, const char *origin)
{
	struct mf_err err = { 0 };

	if (mf_conf_set_env(conf, k, value, origin, &err))
		fail_msg("%s", err.what);
}

static int begin(void **state)
{
	struct mf_err err = { 0 };

	(void)state;
	return mf_conf_new(&conf, &err);
}

static int end(void **state)
{
	(void)state;
	mf_conf_free(conf);
	return 0;
}

static void test_settings(void **state)
{
	struct mf_err err;

	(void)state;
	assert_fails(mf_provider_azure.check(conf, &err), err, "MF-AZURE-01");
	set(MF_K_AZURE_CLIENT_ID, GUID, "test");
	assert_fails(mf_provider_azure.check(conf, &err), err, "MF-AZURE-01");
	set(MF_K_AZURE_TENANT_ID, "a/../b", "test");
	assert_fails(mf_provider_azure.check(conf, &err), err, "MF-AZURE-01");
	set(MF_K_AZURE_TENANT_ID, "Common", "test");
	assert_fails(mf_provider_azure.check(conf, &err), err, "MF-AZURE-01");
	set(MF_K_AZURE_TENANT_ID, "contoso.onmicrosoft.com", "test");
	assert_int_equal(mf_provider_azure.check(conf, &err), 0);
	set(MF_K_AZURE_SCOPES, "nothing", "test");
	assert_fails(mf_provider_azure.check(conf, &err), err, "MF-AZURE-01");
}

/* What other programs' variables say starts no login of ours; what a file or a variable of ours says does. */
static void test_wanted(void **state)
{
	(void)state;
	set(MF_K_AZURE_CLIENT_ID, GUID, "AZURE_CLIENT_ID");
	set(MF_K_AZURE_TENANT_ID, GUID, "ARM_TENANT_ID");
	assert_false(mf_provider_azure.wanted(conf));
	set(MF_K_AZURE_CLIENT_ID, GUID, "MAYFLY_AZURE_CLIENT_ID");
	assert_true(mf_provider_azure.wanted(conf));
	set(MF_K_AZURE_CLIENT_ID, GUID, "AZURE_CLIENT_ID");
	assert_true(mf_provider_azure.wanted(conf));
	set(MF_K_AZURE_EXPORT, "false", "test");
	assert_false(mf_provider_azure.wanted(conf));
	set(MF_K_AZURE_SCOPES, "GRAPH_TOKEN=graph", "test");
	assert_true(mf_provider_azure.wanted(conf));
}

static void test_scopes(void **state)
{
	struct mf_azure_priv p = { .n = 0 };
	struct mf_err err = { 0 };

	(void)state;
	set(MF_K_AZURE_CLOUD, "usgovernment", "test");
	set(MF_K_AZURE_SCOPES, "management,A=graph,A=graph,https://x.example/,api://y/.default,vault", "test");
	assert_int_equal(mf_azure_scopes(&p, conf, &err), 0);
	assert_int_equal(p.n, 5);
	assert_string_equal(p.tokens[0].scope, "https://management.usgovcloudapi.net/.default");
	assert_string_equal(p.tokens[1].name, "A");
	assert_string_equal(p.tokens[2].scope, "https://x.example//.default");
	assert_string_equal(p.tokens[3].scope, "api://y/.default");
	assert_string_equal(p.tokens[4].scope, "https://vault.usgovcloudapi.net/.default");
}

static void test_vaults(void **state)
{
	static const struct {
		const char *vault, *url;	/* NULL: it gets no token */
	} cases[] = {
		{ "shop", "https://shop.vault.azure.net" }, { "shop.vault.azure.net", "https://shop.vault.azure.net" }, { "SHOP.VAULT.AZURE.NET", "https://SHOP.VAULT.AZURE.NET" },
		{ "h.managedhsm.azure.net", "https://h.managedhsm.azure.net" }, { "own", "https://10.0.0.7:8443/kv" }, { "h.example.com", "https://h.example.com" },
		{ "shop.vault.azure.net.evil.example", NULL }, { "evilvault.azure.net", NULL }, { ".vault.azure.net", NULL }, { "shop.vault.azure.net:444", NULL },
		{ "shop.vault.azure.cn", NULL }, { "127.0.0.1:80", NULL },
	};
	char url[MF_AZURE_HOST], scope[MF_AZURE_SCOPE];
	struct mf_err err = { 0 };

	(void)state;
	set(MF_K_AZURE_VAULT_URLS, "own=https://10.0.0.7:8443/kv/,h.example.com=https://h.example.com", "test");
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		if (!cases[i].url) {
			assert_fails(mf_azure_vault(url, scope, conf, mf_str(cases[i].vault), &err), err, "MF-AZURE-01");
			continue;
		}
		assert_int_equal(mf_azure_vault(url, scope, conf, mf_str(cases[i].vault), &err), 0);
		assert_string_equal(url, cases[i].url);
		assert_string_equal(scope, strstr(cases[i].url, "hsm") ? "https://managedhsm.azure.net/.default" : "https://vault.azure.net/.default");
	}
}

static int read_item(struct mf_doc *doc, const char *text, const char *path, struct mf_err *err)
{
	const struct mf_ref ref = { .scheme = MF_REF_AZURE_KV, .path = (char *)path };
	struct mf_json *json;
	int rc;

	assert_int_equal(mf_json_parse(&json, text, strlen(text), err), 0);
	rc = mf_azure_read_item(doc, json, &ref, 1800000000, err);
	mf_json_free(json);
	return rc;
}

#define SECRET(attributes) "{\"value\":\"v\",\"id\":\"https://shop.vault.azure.net/secrets/X/1\",\"attributes\":{" attributes "}}"

static void test_dates(void **state)
{
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(read_item(&doc, SECRET("\"exp\":1800000001,\"nbf\":1800000000,\"created\":5"), "shop/secrets/x", &err), 0);
	assert_str_is(mf_secret_reveal(doc.raw), "v");
	assert_int_equal(doc.expires, 1800000001);
	mf_doc_free(&doc);
	assert_fails(read_item(&doc, SECRET("\"exp\":1800000000"), "shop/secrets/x", &err), err, "MF-AZURE-07");
	assert_fails(read_item(&doc, SECRET("\"nbf\":1800000001"), "shop/secrets/x", &err), err, "MF-AZURE-07");
	assert_fails(read_item(&doc, SECRET("\"enabled\":false"), "shop/secrets/x", &err), err, "MF-AZURE-07");
	assert_fails(read_item(&doc, SECRET("\"exp\":\"soon\""), "shop/secrets/x", &err), err, "MF-JSON-02");
	assert_fails(read_item(&doc, SECRET(""), "shop/secrets/y", &err), err, "MF-AZURE-03");
	assert_null(doc.raw);
}

/* The subject stands in a shell's quotes, and comes from the CI. */
static void test_advice(void **state)
{
	static const char payload[] = "{\"iss\":\"https://i.example\",\"aud\":\"api://a\",\"sub\":\"repo:o/r:ref:refs/heads/it's; rm\",\"exp\":1}";
	static const char answer[] = "{\"error_description\":\"AADSTS700213: no.\\r\\nTrace ID: x\"}";
	struct mf_json *doc, *json;
	struct mf_claims claims = { 0 };
	struct mf_err err = { 0 };

	(void)state;
	set(MF_K_AZURE_CLIENT_ID, GUID, "test");
	assert_int_equal(mf_json_parse(&doc, payload, strlen(payload), &err), 0);
	assert_int_equal(mf_json_parse(&json, answer, strlen(answer), &err), 0);
	claims = (struct mf_claims){ .iss = mf_str("https://i.example"), .aud = mf_str("api://a"), .sub = mf_str("repo:o/r:ref:refs/heads/it's; rm") };
	mf_azure_explain(401, json, &claims, conf, 0, NULL, &err);
	assert_string_equal(err.why, "status 401: AADSTS700213: no.");
	assert_non_null(strstr(err.advice, "--id " GUID " --parameters '{"));
	assert_non_null(strstr(err.advice, "\"subject\": \"repo:o/r:ref:refs/heads/it\\u0027s; rm\""));
	assert_non_null(strstr(err.advice, "\"name\": \"repo-o-r-ref-refs-heads-it-s-rm\""));
	assert_non_null(strstr(err.hint, "the claim that differs is sub"));
	mf_json_free(json);
	mf_json_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, begin, end),
		cmocka_unit_test_setup_teardown(test_wanted, begin, end),
		cmocka_unit_test_setup_teardown(test_scopes, begin, end),
		cmocka_unit_test_setup_teardown(test_vaults, begin, end),
		cmocka_unit_test_setup_teardown(test_dates, begin, end),
		cmocka_unit_test_setup_teardown(test_advice, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
