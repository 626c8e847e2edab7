/* SPDX-License-Identifier: Apache-2.0 */
/* provider/gcp without a server: what is refused before a request, addresses and names, answers, what a refusal is explained with. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/reveal.h>
#include "../../src/provider/gcp.h"

#define POOL "projects/123456789012/locations/global/workloadIdentityPools/ci"
#define PROVIDER POOL "/providers/github"
#define ACCOUNT "ci@shop-1.iam.gserviceaccount.com"

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

static void test_provider(void **state)
{
	static const struct {
		const char *name;
		bool ok;
	} cases[] = {
		{ PROVIDER, true }, { "//iam.googleapis.com/" PROVIDER, true }, { "https://iam.googleapis.com/" PROVIDER, true },
		{ "github", false }, { POOL, false }, { PROVIDER "/x", false }, { POOL "/providers/", false }, { "projects//locations/global/workloadIdentityPools/ci/providers/x", false },
		{ "projects/shop-1/locations/global/workloadIdentityPools/ci/providers/x", false }, { "projects/1/locations/eu/workloadIdentityPools/ci/providers/x", false },
		{ "projects/1/locations/global/workloadIdentityPools/c'i/providers/x", false }, { "projects/1/locations/global/workloadIdentityPools/ci/providers/x?y", false },
		{ "projects/1/locations/globalx/workloadIdentityPools/ci/providers/x", false },
	};
	char name[MF_GCP_HOST + MF_GCP_PROVIDER];
	struct mf_err err;

	(void)state;
	assert_fails(mf_gcp_check(conf, &err), err, "MF-GCP-01");
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		set(MF_K_GCP_PROVIDER, cases[i].name, "test");
		if (cases[i].ok)
			assert_int_equal(mf_gcp_check(conf, &err), 0);
		else
			assert_fails(mf_gcp_check(conf, &err), err, "MF-GCP-01");
	}
	set(MF_K_GCP_PROVIDER, "https://iam.googleapis.com/" PROVIDER, "test");
	mf_gcp_audience(name, conf);
	assert_string_equal(name, "https://iam.googleapis.com/" PROVIDER);
	set(MF_K_GCP_UNIVERSE, "cloud.example", "test");
	mf_gcp_resource(name, conf);
	assert_string_equal(name, "//iam.cloud.example/" PROVIDER);
	mf_gcp_sts_url(name, conf);
	assert_string_equal(name, "https://sts.cloud.example/v1/token");
	set(MF_K_GCP_STS_URL, "https://127.0.0.1:9//", "test");
	mf_gcp_sts_url(name, conf);
	assert_string_equal(name, "https://127.0.0.1:9/v1/token");
}

static void test_settings(void **state)
{
	static const struct {
		enum mf_key key;
		const char *bad;
	} cases[] = {
		{ MF_K_GCP_LIFETIME, "13h" }, { MF_K_GCP_LIFETIME, "10s" }, { MF_K_GCP_UNIVERSE, "a/b" }, { MF_K_GCP_REASON, "a\nb" }, { MF_K_GCP_SERVICE_ACCOUNT, "a/b@c" },
		{ MF_K_GCP_SERVICE_ACCOUNT, "nobody" }, { MF_K_GCP_DELEGATES, "x y@z,a/b@c" },
	};
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		mf_conf_free(conf);
		assert_int_equal(mf_conf_new(&conf, &err), 0);
		set(MF_K_GCP_PROVIDER, PROVIDER, "test");
		set(MF_K_GCP_SERVICE_ACCOUNT, ACCOUNT, "test");
		assert_int_equal(mf_gcp_check(conf, &err), 0);
		set(cases[i].key, cases[i].bad, "test");
		assert_fails(mf_gcp_check(conf, &err), err, "MF-GCP-01");
	}
	set(MF_K_GCP_MACHINE, "true", "test");
	set(MF_K_GCP_METADATA_URL, "http://169.254.1.1", "test");
	assert_int_equal(mf_gcp_check(conf, &err), 0);
	set(MF_K_GCP_METADATA_URL, "http://metadata.example", "test");
	assert_fails(mf_gcp_check(conf, &err), err, "MF-GCP-01");
}

static void test_projects(void **state)
{
	static const struct {
		const char *account, *project;
	} cases[] = {
		{ ACCOUNT, "shop-1" }, { "ci@shop.example.com.iam.gserviceaccount.com", "" }, { "123-compute@developer.gserviceaccount.com", "" }, { "1234567890", "" },
	};
	char project[MF_GCP_PROJECT];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		set(MF_K_GCP_SERVICE_ACCOUNT, cases[i].account, "test");
		mf_gcp_project(project, conf);
		assert_string_equal(project, cases[i].project);
	}
	set(MF_K_GCP_PROJECT_ID, "own", "test");
	mf_gcp_project(project, conf);
	assert_string_equal(project, "own");
}

/* What other programs' variables say starts no login of ours. */
static void test_wanted(void **state)
{
	(void)state;
	set(MF_K_GCP_PROJECT_ID, "shop-1", "GOOGLE_CLOUD_PROJECT");
	assert_false(mf_provider_gcp.wanted(conf));
	set(MF_K_GCP_PROVIDER, PROVIDER, "MAYFLY_GCP_WORKLOAD_IDENTITY_PROVIDER");
	assert_true(mf_provider_gcp.wanted(conf));
	set(MF_K_GCP_EXPORT, "false", "test");
	assert_false(mf_provider_gcp.wanted(conf));
	set(MF_K_GCP_OUTPUT_TOKEN, "true", "test");
	assert_true(mf_provider_gcp.wanted(conf));
}

static struct mf_json *parsed(const char *text)
{
	struct mf_err err = { 0 };
	struct mf_json *json;

	if (mf_json_parse(&json, text, strlen(text), &err))
		fail_msg("%s", err.what);
	return json;
}

static int read_token(int (*read)(struct mf_gcp_token *, const struct mf_json *, int64_t, struct mf_err *), const char *text, struct mf_err *err)
{
	struct mf_json *json = parsed(text);
	struct mf_gcp_token t = { 0 };
	int rc = read(&t, json, 1800000000, err);

	if (rc == 0) {
		assert_int_equal(t.expires - t.ttl, 1800000000);
		assert_str_is(mf_secret_reveal(t.token), "t0ken");
	} else {
		assert_null(t.token);
	}
	mf_gcp_token_free(&t);
	mf_json_free(json);
	return rc;
}

static void test_tokens(void **state)
{
	struct mf_err err;

	(void)state;
	assert_int_equal(read_token(mf_gcp_read_oauth, "{\"token_type\":\"bearer\",\"expires_in\":5,\"access_token\":\"t0ken\"}", &err), 0);
	assert_fails(read_token(mf_gcp_read_oauth, "{\"token_type\":\"Bearer\",\"expires_in\":0,\"access_token\":\"t0ken\"}", &err), err, "MF-GCP-03");
	assert_fails(read_token(mf_gcp_read_oauth, "{\"token_type\":\"Bearer\",\"expires_in\":5,\"access_token\":\"t 0\"}", &err), err, "MF-GCP-03");
	assert_int_equal(read_token(mf_gcp_read_access, "{\"expireTime\":\"2027-01-15T08:00:05Z\",\"accessToken\":\"t0ken\"}", &err), 0);
	assert_fails(read_token(mf_gcp_read_access, "{\"expireTime\":\"2027-01-15T07:00:05Z\",\"accessToken\":\"t0ken\"}", &err), err, "MF-GCP-03");
	assert_fails(read_token(mf_gcp_read_access, "{\"expireTime\":\"soon\",\"accessToken\":\"t0ken\"}", &err), err, "MF-GCP-03");
}

static int read_secret(struct mf_doc *doc, const char *text, char *path, char *version, struct mf_err *err)
{
	const struct mf_ref ref = { .scheme = MF_REF_GCP_SM, .path = path, .version = version };
	struct mf_json *json = parsed(text);
	int rc = mf_gcp_read_secret(doc, json, &ref, err);

	mf_json_free(json);
	return rc;
}

#define SECRET(name, payload) "{\"name\":\"projects/1/secrets/" name "\",\"payload\":{" payload "}}"

static void test_secrets(void **state)
{
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };

	(void)state;
	/* "123456789", whose sum RFC 3720 has */
	assert_int_equal(read_secret(&doc, SECRET("db/versions/12", "\"data\":\"MTIzNDU2Nzg5\",\"dataCrc32c\":\"3808858755\""), "shop/db", "12", &err), 0);
	assert_str_is(mf_secret_reveal(doc.raw), "123456789");
	assert_int_equal(doc.version, 12);
	mf_doc_free(&doc);
	assert_int_equal(read_secret(&doc, SECRET("db/versions/1", ""), "shop/db", "live", &err), 0);
	assert_int_equal(mf_secret_len(doc.raw), 0);
	mf_doc_free(&doc);
	assert_fails(read_secret(&doc, SECRET("db/versions/1", "\"data\":\"MTIzNDU2Nzg5\",\"dataCrc32c\":\"3808858756\""), "shop/db", NULL, &err), err, "MF-GCP-08");
	assert_fails(read_secret(&doc, SECRET("db/versions/1", "\"data\":\"MTIzNDU2Nzg5\",\"dataCrc32c\":{}"), "shop/db", NULL, &err), err, "MF-GCP-08");
	assert_fails(read_secret(&doc, SECRET("db/versions/1", "\"data\":\"M*\""), "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, SECRET("db/versions/1", "\"data\":7"), "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, SECRET("db2/versions/1", ""), "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, SECRET("xdb/versions/1", ""), "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, SECRET("db/versions/2", ""), "shop/db", "1", &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, "{\"name\":\"db\",\"payload\":{}}", "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_fails(read_secret(&doc, "{\"name\":\"projects/1/secrets/db/versions/1\"}", "shop/db", NULL, &err), err, "MF-GCP-03");
	assert_null(doc.raw);
}

static void test_names(void **state)
{
	static const struct {
		char *path, *region;
		const char *project, *secret, *location;
	} cases[] = {
		{ "shop/db", NULL, "shop", "db", "" }, { "shop/db", "eu", "shop", "db", "eu" }, { "projects/shop/secrets/db", NULL, "shop", "db", "" },
		{ "projects/shop/locations/eu/secrets/db", NULL, "shop", "db", "eu" }, { "example.com:shop/db", NULL, "example.com:shop", "db", "" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		const struct mf_ref ref = { .path = cases[i].path, .region = cases[i].region };
		struct mf_gcp_item item;

		mf_gcp_item_of(&item, &ref);
		assert_str_is(item.project, cases[i].project);
		assert_str_is(item.secret, cases[i].secret);
		assert_str_is(item.location, cases[i].location);
		assert_string_equal(item.version, "latest");
	}
}

static void explain(struct mf_err *err, enum mf_gcp_step step, const char *sub, const char *words, long status)
{
	const struct mf_claims claims = { .iss = mf_str("https://i.example"), .aud = mf_str("https://a.example"), .sub = mf_str(sub), .exp = 1 };
	const struct mf_resp resp = { .status = status };
	struct mf_gcp_error error = { .code = "x" };

	snprintf(error.text, sizeof(error.text), "%s", words);
	*err = (struct mf_err){ 0 };
	mf_gcp_explain(&(struct mf_gcp_refusal){ .step = step, .resp = &resp, .error = &error, .claims = &claims, .conf = conf }, err);
}

/* A branch's name stands in a command that is to be pasted into a shell: where it could end its quotes there is no command, or another one. */
static void test_advice(void **state)
{
	struct mf_err err;

	(void)state;
	set(MF_K_GCP_PROVIDER, PROVIDER, "test");
	set(MF_K_GCP_SERVICE_ACCOUNT, ACCOUNT, "test");
	explain(&err, MF_GCP_ACCESS, "repo:o/r:ref:refs/heads/main", "denied", 403);
	assert_non_null(strstr(err.advice, "--member 'principal://iam.googleapis.com/" POOL "/subject/repo:o/r:ref:refs/heads/main'"));
	explain(&err, MF_GCP_ACCESS, "repo:o/r:ref:refs/heads/it's;$(rm)", "denied", 403);
	assert_null(strstr(err.advice, "rm"));
	assert_non_null(strstr(err.advice, "/subject/SUB'"));
	explain(&err, MF_GCP_STS, "repo:o/r:ref:refs/heads/x$(id)", "rejected by the attribute condition", 403);
	assert_string_equal(err.advice, "");
	assert_non_null(strstr(err.hint, "attribute condition"));
	explain(&err, MF_GCP_STS, "repo:o/r:ref:refs/heads/x", "rejected by the attribute condition", 403);
	assert_non_null(strstr(err.advice, "\"assertion.sub == 'repo:o/r:ref:refs/heads/x'\""));
	explain(&err, MF_GCP_STS, "x", "The audience in ID Token [x] does not match", 400);
	assert_non_null(strstr(err.hint, "the claim that differs is aud"));
	assert_non_null(strstr(err.advice, "providers update-oidc github --project 123456789012"));
	explain(&err, MF_GCP_STS, "x", "something new", 400);
	assert_non_null(strstr(err.hint, "123456789012"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_provider, begin, end),
		cmocka_unit_test_setup_teardown(test_settings, begin, end),
		cmocka_unit_test_setup_teardown(test_projects, begin, end),
		cmocka_unit_test_setup_teardown(test_wanted, begin, end),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_advice, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
