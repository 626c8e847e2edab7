/* SPDX-License-Identifier: Apache-2.0 */
/* provider/aws without a server: what is refused before a request, names and regions, credentials and values out of answers, what a refusal is explained with. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>
#include "../../src/provider/aws_read.h"

#define ROLE "arn:aws:iam::123456789012:role/team/deploy"

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

static void use_role(void)
{
	set(MF_K_AWS_ROLE, ROLE, "MAYFLY_AWS_ROLE");
	set(MF_K_AWS_REGION, "eu-west-1", "test");
}

/* -- settings */

static void test_settings(void **state)
{
	static const struct { enum mf_key key; const char *value, *says; } bad[] = {
		{ MF_K_AWS_ROLE, "deploy", "no ARN" }, { MF_K_AWS_ROLE, "arn:aws:iam::1234:role/x", "no ARN" }, { MF_K_AWS_ROLE, "arn:aws:iam::123456789012:user/x", "no ARN" },
		{ MF_K_AWS_ROLE, "arn:aws-cn:iam::123456789012:role/x", "another partition" }, { MF_K_AWS_REGION, "EU", "no region" },
		{ MF_K_AWS_REGION, "eu.example.com/", "no region" }, { MF_K_AWS_DURATION, "14m", "15 minutes" }, { MF_K_AWS_DURATION, "13h", "12 hours" },
		{ MF_K_AWS_SESSION_NAME, "a b", "session's name" }, { MF_K_AWS_SESSION_NAME, "a", "2 to 64" }, { MF_K_AWS_SESSION_POLICY, "[]", "JSON object" },
		{ MF_K_AWS_SESSION_POLICIES, "ReadOnlyAccess", "no ARN of a policy" }, { MF_K_AWS_SESSION_TAGS, "a=b", "not with an identity token" },
		{ MF_K_AWS_SOURCE_IDENTITY, "ci", "not with an identity token" }, { MF_K_AWS_ACCOUNT_IDS, "12345678901", "twelve digits" }, { MF_K_AWS_LIMIT, "2001", "1 to 2000" },
		{ MF_K_AWS_CHAIN, "x", "no ARN" },
	};
	struct mf_err err = { 0 };

	(void)state;
	assert_fails(mf_provider_aws.check(conf, &err), err, "MF-AWS-01");
	set(MF_K_AWS_REGION, "eu-west-1", "test");
	assert_fails(mf_provider_aws.check(conf, &err), err, "MF-AWS-01");
	use_role();
	assert_int_equal(mf_provider_aws.check(conf, &err), 0);
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		end(state);
		begin(state);
		use_role();
		set(bad[i].key, bad[i].value, "test");
		assert_fails(mf_provider_aws.check(conf, &err), err, "MF-AWS-01");
		if (!strstr(err.what, bad[i].says) && !strstr(err.why, bad[i].says))
			fail_msg("'%s' says '%s', not '%s'", bad[i].value, err.what, bad[i].says);
	}
}

static void test_chained_for_an_hour(void **state)
{
	struct mf_err err = { 0 };

	(void)state;
	use_role();
	set(MF_K_AWS_DURATION, "2h", "test");
	assert_int_equal(mf_provider_aws.check(conf, &err), 0);
	set(MF_K_AWS_CHAIN, ROLE, "test");
	assert_fails(mf_provider_aws.check(conf, &err), err, "MF-AWS-01");
}

static void test_wanted(void **state)
{
	(void)state;
	set(MF_K_AWS_ROLE, ROLE, "AWS_ROLE_ARN");
	assert_false(mf_provider_aws.wanted(conf));
	set(MF_K_AWS_ROLE, ROLE, "MAYFLY_AWS_ROLE");
	assert_true(mf_provider_aws.wanted(conf));
	set(MF_K_AWS_EXPORT, "false", "test");
	assert_false(mf_provider_aws.wanted(conf));
	set(MF_K_AWS_OUTPUT, "true", "test");
	assert_true(mf_provider_aws.wanted(conf));
}

static void test_tags(void **state)
{
	static const char *const bad[] = { "a", "=b", "a=b\na=c", "a=b\nA=c", "a=\"b\"", "a=b;c" };
	struct mf_aws_tag tags[MF_AWS_TAGS];
	struct mf_err err = { 0 };
	char many[51 * 8] = "";
	size_t n;

	(void)state;
	set(MF_K_AWS_SESSION_TAGS, "team=shop\nempty=\nUmlaut=\xc3\xa4", "test");
	set(MF_K_AWS_OPTIONAL_TAGS, "stage=test", "test");
	assert_int_equal(mf_aws_tags(tags, &n, conf, &err), 0);
	assert_int_equal(n, 4);
	assert_true(mf_str_is(tags[0].key, "team") && mf_str_is(tags[0].value, "shop") && !tags[0].optional && tags[3].optional && tags[1].value.n == 0);
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		set(MF_K_AWS_SESSION_TAGS, bad[i], "test");
		assert_fails(mf_aws_tags(tags, &n, conf, &err), err, "MF-AWS-01");
	}
	for (int i = 0; i < 51; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "k%d=v\n", i);
	set(MF_K_AWS_SESSION_TAGS, many, "test");
	assert_fails(mf_aws_tags(tags, &n, conf, &err), err, "MF-AWS-01");
}

/* -- names and places */

static void test_session_name(void **state)
{
	const struct { const char *json, *name; } cases[] = {
		{ "{\"repository\":\"acme/shop\",\"run_id\":\"77\"}", "acme-shop@77" }, { "{\"project_path\":\"group/sub/shop\",\"job_id\":\"5\"}", "group-sub-shop@5" },
		{ "{\"repository\":\"acme/shop\"}", "acme-shop" }, { "{\"run_id\":\"1\"}", "mayfly" }, { "{\"repository\":\"a/" "0123456789012345678901234567890123456789012345678901234567890123456789\",\"run_id\":\"12\"}",
		  "a-01234567890123456789012345678901234567890123456789012345678@12" },
	};
	char name[MF_AWS_SESSION];
	struct mf_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_claims claims = { 0 };

		assert_int_equal(mf_json_parse(&claims.doc, cases[i].json, strlen(cases[i].json), &err), 0);
		mf_aws_session_name(name, conf, &claims);
		assert_string_equal(name, cases[i].name);
		mf_json_free(claims.doc);
	}
	mf_aws_session_name(name, conf, NULL);
	assert_string_equal(name, "mayfly");
	set(MF_K_AWS_SESSION_NAME, "nightly", "test");
	mf_aws_session_name(name, conf, NULL);
	assert_string_equal(name, "nightly");
}

static void test_places(void **state)
{
	static const struct { const char *region, *url, *partition; } cases[] = {
		{ "eu-west-1", "https://sts.eu-west-1.amazonaws.com", "aws" }, { "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn", "aws-cn" },
		{ "us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com", "aws-us-gov" }, { "eusc-de-east-1", "https://sts.eusc-de-east-1.amazonaws.eu", "aws-eusc" },
		{ "us-isob-east-1", "https://sts.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b" },
	};
	char url[MF_AWS_HOST];
	struct mf_err err = { 0 };
	struct mf_aws_role role;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_int_equal(mf_aws_endpoint(url, conf, MF_K_AWS_STS_URL, "sts", cases[i].region, &err), 0);
		assert_string_equal(url, cases[i].url);
		assert_string_equal(mf_aws_partition_of(cases[i].region)->name, cases[i].partition);
	}
	assert_string_equal(mf_aws_partition_of("cn-north-1")->audience, "sts.amazonaws.com.cn");
	assert_fails(mf_aws_endpoint(url, conf, MF_K_AWS_STS_URL, "sts", "evil.example.com/", &err), err, "MF-AWS-01");
	set(MF_K_AWS_STS_URL, "http://127.0.0.1:4566//", "test");
	assert_int_equal(mf_aws_endpoint(url, conf, MF_K_AWS_STS_URL, "sts", NULL, &err), 0);
	assert_string_equal(url, "http://127.0.0.1:4566");
	assert_true(mf_aws_role_of(&role, ROLE));
	assert_true(mf_str_is(role.name, "deploy") && mf_str_is(role.account, "123456789012"));
	assert_false(mf_aws_role_of(&role, "arn:aws:iam::123456789012:role/a b"));
	assert_false(mf_aws_role_of(&role, "arn:aws:iam::123456789012:role/"));
	assert_false(mf_aws_role_of(&role, "arn:aws:sts::123456789012:assumed-role/a/b"));
}

static void test_items(void **state)
{
	static const struct { const char *ref, *region, *name; bool many, ssm; } cases[] = {
		{ "aws-sm://shop/db", "eu-west-1", "shop/db", false, false }, { "aws-sm://shop/*", "eu-west-1", "shop/", true, false },
		{ "aws-sm://arn:aws:secretsmanager:us-east-2:123456789012:secret:x", "us-east-2", "arn:aws:secretsmanager:us-east-2:123456789012:secret:x", false, false },
		{ "aws-sm://arn:aws:secretsmanager:us-east-2:123456789012:secret:x?region=eu-north-1", "eu-north-1", "arn:aws:secretsmanager:us-east-2:123456789012:secret:x", false, false },
		{ "aws-sm://arn:aws", "", "arn:aws", false, false }, { "aws-ssm:///a/b", "eu-west-1", "/a/b", false, true }, { "aws-ssm:///a/*?region=ca-west-1", "ca-west-1", "/a/", true, true },
	};
	struct mf_aws_item item;
	struct mf_err err = { 0 };
	struct mf_ref ref;

	(void)state;
	use_role();
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_int_equal(mf_ref_parse(&ref, mf_str(cases[i].ref), &err), 0);
		mf_aws_item_of(&item, &ref, conf);
		/* what is cut off has no region, and the job's is taken */
		assert_string_equal(item.region, cases[i].region[0] ? cases[i].region : "eu-west-1");
		assert_true(mf_str_is(item.name, cases[i].name) && item.many == cases[i].many && item.ssm == cases[i].ssm);
		mf_ref_free(&ref);
	}
}

/* -- answers */

static struct mf_secret *text(const char *s)
{
	return mf_secret_new(s, strlen(s));
}

static void test_errors(void **state)
{
	static const struct { const char *body, *code, *text; bool again; } cases[] = {
		{ "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Code>AccessDenied</Code><Message>Not\nauthorized</Message></Error></ErrorResponse>", "AccessDenied", "Not authorized", false },
		{ "<Response><Errors><Error><Code>Throttling</Code><Message>x</Message></Error></Errors></Response>", "Throttling", "x", true },
		{ "{\"__type\":\"com.amazonaws#ThrottlingException\",\"message\":\"slow\"}", "ThrottlingException", "slow", true },
		{ "{\"__type\":\"ResourceNotFoundException:http://x\",\"Message\":\"gone\"}", "ResourceNotFoundException", "gone", false },
		{ "{\"Error\":{\"Code\":\"IDPCommunicationError\",\"Message\":\"x\"}}", "IDPCommunicationError", "x", true },
		{ "{\"__type\":\"a b\\u001b[31m\"}", "", "", false }, { "<html>", "", "", false }, { "", "", "", false }, { "[1]", "", "", false },
	};
	struct mf_aws_error error;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_secret *body = text(cases[i].body);

		mf_aws_read_error(&error, body, NULL);
		assert_string_equal(error.code, cases[i].code);
		assert_string_equal(error.text, cases[i].text);
		assert_int_equal(mf_aws_again(400, body), cases[i].again);
		assert_false(mf_aws_again(200, body) || mf_aws_again(500, body));
		mf_secret_free(body);
	}
}

static void test_errors_without_secrets(void **state)
{
	struct mf_aws_priv priv = { .assertion = text("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln") };
	const struct mf_cred cred = { .priv = &priv };
	struct mf_secret *body = text("{\"__type\":\"X\",\"message\":\"got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln from you\"}");
	struct mf_aws_error error;

	(void)state;
	mf_aws_read_error(&error, body, &cred);
	assert_null(strstr(error.text, "eyJhbGci"));
	assert_non_null(strstr(error.text, "[cut]"));
	mf_secret_free(body);
	mf_secret_free(priv.assertion);
}

static void test_keys(void **state)
{
	enum { NOW = 1800000000 };
	static const char form[] = "<R><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken>"
				   "<Expiration>%s</Expiration></Credentials><AssumedRoleUser><Arn>%s</Arn></AssumedRoleUser></AssumeRoleResult></R>";
	static const struct { const char *id, *secret, *token, *end, *arn, *says; } cases[] = {
		{ "ABCDEFGHIJKLMNOP", "sec", "tok", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", NULL },
		{ "ABCDEFGHIJKLMNOP", "sec", "tok", "2027-01-15T07:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", "ended" },
		{ "ABCDEFGHIJKLMNOP", "sec", "tok", "2029-01-15T07:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", "more than AWS grants" },
		{ "ABCDEFGHIJKLMNOP", "sec", "tok", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy2/x", "another role" },
		{ "ABCDEFGHIJKLMNOP", "sec", "tok", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789013:assumed-role/deploy/x", "another role" },
		{ "ABC", "sec", "tok", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", "AccessKeyId" },
		{ "ABCDEFGHIJKLMNOP", "s c", "tok", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", "SecretAccessKey" },
		{ "ABCDEFGHIJKLMNOP", "sec", "", "2027-01-15T09:00:00Z", "arn:aws:sts::123456789012:assumed-role/deploy/x", "SessionToken" },
	};
	char arn[MF_AWS_ARN], body[1024];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_aws_keys keys = { 0 };
		struct mf_err err = { 0 };
		struct mf_secret *s;
		int rc;

		snprintf(body, sizeof(body), form, cases[i].id, cases[i].secret, cases[i].token, cases[i].end, cases[i].arn);
		s = text(body);
		rc = mf_aws_read_keys(&keys, arn, s, "AssumeRoleResult", ROLE, NOW, &err);
		if (!cases[i].says) {
			assert_int_equal(rc, 0);
			assert_true(keys.ttl == 3600 && keys.expires == NOW + 3600);
		} else {
			assert_int_equal(rc, -1);
			assert_string_equal(err.id, "MF-AWS-03");
			if (!strstr(err.why, cases[i].says))
				fail_msg("'%s' is not in '%s'", cases[i].says, err.why);
			assert_null(keys.secret);
		}
		mf_aws_keys_free(&keys);
		mf_secret_free(s);
	}
}

static void test_values(void **state)
{
	static const struct { const char *ref, *json, *says, *value; } cases[] = {
		{ "aws-sm://a/b", "{\"Name\":\"a/b\",\"ARN\":\"x\",\"SecretString\":\"v\",\"CreatedDate\":1.7E9}", NULL, "v" },
		{ "aws-sm://a/b", "{\"Name\":\"a/b\",\"SecretBinary\":\"dgA=\"}", NULL, "v" },
		{ "aws-sm://a/b", "{\"Name\":\"a\",\"SecretString\":\"v\"}", "something else", NULL }, { "aws-sm://a/b", "{\"SecretString\":\"v\"}", "something else", NULL },
		{ "aws-sm://a/b", "{\"Name\":\"a/b\",\"SecretBinary\":\"!\"}", "no base64", NULL }, { "aws-sm://a/b", "{\"Name\":\"a/b\"}", "neither", NULL },
		{ "aws-sm://a/b?stage=X", "{\"Name\":\"a/b\",\"SecretString\":\"v\",\"VersionStages\":[\"Y\",7]}", "without the stage", NULL },
		{ "aws-sm://arn:aws:secretsmanager:r:1:secret:s", "{\"Name\":\"s\",\"ARN\":\"arn:aws:secretsmanager:r:1:secret:s-AbCdEf\",\"SecretString\":\"v\"}", NULL, "v" },
		{ "aws-sm://arn:aws:secretsmanager:r:1:secret:s", "{\"Name\":\"s\",\"ARN\":\"arn:aws:secretsmanager:r:1:secret:s-other-AbCdEf\",\"SecretString\":\"v\"}", "something else", NULL },
		{ "aws-ssm:///p", "{\"Name\":\"/p\",\"Value\":\"v\",\"Version\":3}", NULL, "v" }, { "aws-ssm:///p?version=2", "{\"Name\":\"/p\",\"Value\":\"v\",\"Version\":3}", "another version", NULL },
		{ "aws-ssm:///p?stage=l", "{\"Name\":\"/p:l\",\"Value\":\"v\",\"Version\":3}", NULL, "v" }, { "aws-ssm:///p", "{\"Name\":\"/p\"}", "no 'Value'", NULL },
		{ "aws-ssm:///p", "{\"Name\":\"/q\",\"Value\":\"v\"}", "something else", NULL },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_doc doc = { 0 };
		struct mf_err err = { 0 };
		struct mf_ref ref;
		struct mf_aws_read r = { .ref = &ref, .doc = &doc, .err = &err };
		struct mf_json *json;
		int rc;

		assert_int_equal(mf_ref_parse(&ref, mf_str(cases[i].ref), &err), 0);
		mf_aws_item_of(&r.item, &ref, conf);
		assert_int_equal(mf_json_parse(&json, cases[i].json, strlen(cases[i].json), &err), 0);
		rc = r.item.ssm ? mf_aws_take_parameter(&r, json, mf_json_root(json), &err) : mf_aws_take_secret(&r, json, mf_json_root(json), &err);
		if (cases[i].value) {
			if (rc)
				fail_msg("%s: %s", cases[i].ref, err.why);
			assert_true(mf_secret_reveal(doc.raw).p[0] == 'v');
		} else {
			assert_int_equal(rc, -1);
			assert_string_equal(err.id, "MF-AWS-03");
			if (!strstr(err.why, cases[i].says))
				fail_msg("'%s' is not in '%s'", cases[i].says, err.why);
			assert_null(doc.raw);
		}
		mf_doc_free(&doc);
		mf_json_free(json);
		mf_ref_free(&ref);
	}
}

static void test_profile(void **state)
{
	static const struct {
		const char *old, *whole;
	} cases[] = {
		{ NULL, "[p]\naws_access_key_id = i\naws_secret_access_key = s\n" }, { "", "[p]\naws_access_key_id = i\naws_secret_access_key = s\n" },
		{ "[p]\nx = 1", "[p]\naws_access_key_id = i\naws_secret_access_key = s\n" },
		{ "# c\n[ p ] # d\nx\n[q]\ny=[p]\n[p]\nz", "# c\n[q]\ny=[p]\n[p]\naws_access_key_id = i\naws_secret_access_key = s\n" },
		{ "[pp]\nx = 1", "[pp]\nx = 1\n[p]\naws_access_key_id = i\naws_secret_access_key = s\n" },
		{ "[p\nx", "[p\nx\n[p]\naws_access_key_id = i\naws_secret_access_key = s\n" },
	};
	struct mf_aws_keys keys = { .id = mf_secret_new("i", 1), .secret = mf_secret_new("s", 1) };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_secret *old = cases[i].old ? mf_secret_new(cases[i].old, strlen(cases[i].old)) : NULL, *out = NULL;
		struct mf_err err = { 0 };

		assert_int_equal(mf_aws_profile(&out, "p", &keys, old, &err), 0);
		assert_str_is(mf_secret_reveal(out), cases[i].whole);
		mf_secret_free(out);
		mf_secret_free(old);
	}
	mf_aws_keys_free(&keys);
}

static void test_machine_keys(void **state)
{
	static const struct {
		const char *text, *id;
	} cases[] = {
		{ "{\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2027-01-15T09:00:00Z\"}", NULL },
		{ "{\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2027-01-15T07:00:00Z\"}", "MF-AWS-03" },
		{ "{\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2037-01-15T07:00:00Z\"}", "MF-AWS-03" },
		{ "{\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"a b\",\"Token\":\"t\",\"Expiration\":\"2027-01-15T09:00:00Z\"}", "MF-AWS-03" },
		{ "{\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"s\",\"Expiration\":\"2027-01-15T09:00:00Z\"}", "MF-JSON-02" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_aws_keys keys = { 0 };
		struct mf_err err = { 0 };
		struct mf_json *json;

		assert_int_equal(mf_json_parse(&json, cases[i].text, strlen(cases[i].text), &err), 0);
		if (cases[i].id) {
			assert_fails(mf_aws_read_machine(&keys, json, 1800000000, &err), err, cases[i].id);
			assert_null(keys.id);
		} else {
			assert_int_equal(mf_aws_read_machine(&keys, json, 1800000000, &err), 0);
			assert_int_equal(keys.ttl, 3600);
		}
		mf_aws_keys_free(&keys);
		mf_json_free(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, begin, end), cmocka_unit_test_setup_teardown(test_chained_for_an_hour, begin, end),
		cmocka_unit_test_setup_teardown(test_wanted, begin, end), cmocka_unit_test_setup_teardown(test_tags, begin, end),
		cmocka_unit_test_setup_teardown(test_session_name, begin, end), cmocka_unit_test_setup_teardown(test_places, begin, end),
		cmocka_unit_test_setup_teardown(test_items, begin, end), cmocka_unit_test(test_errors), cmocka_unit_test(test_errors_without_secrets),
		cmocka_unit_test(test_keys), cmocka_unit_test_setup_teardown(test_values, begin, end),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_machine_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
