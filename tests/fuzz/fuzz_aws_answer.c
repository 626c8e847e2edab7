/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of STS, Secrets Manager and Parameter Store: credentials, secrets, lists, and what their errors say. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/reveal.h>
#include "../../src/provider/aws_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { NOW = 1800000000, MOST = 3 };

#define TOKEN "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"

static void keys(const struct mf_secret *body)
{
	char arn[MF_AWS_ARN], account[MF_AWS_ACCOUNT];
	struct mf_aws_keys k = { 0 };
	struct mf_err err = { 0 };

	if (mf_aws_read_keys(&k, arn, body, "AssumeRoleResult", "arn:aws:iam::123456789012:role/deploy", NOW, &err) == 0)
		CHECK(k.id && k.secret && k.token && k.ttl > 0 && k.expires > NOW && arn[0]);
	else
		CHECK(err.id && !k.id && !k.secret && !k.token);
	mf_aws_keys_free(&k);
	memset(&err, 0, sizeof(err));
	if (mf_aws_read_who(account, arn, body, &err) == 0)
		CHECK(strlen(account) == 12 && arn[0]);
	else
		CHECK(err.id);
}

static void errors(const struct mf_secret *body, const struct mf_cred *cred, const struct mf_conf *conf)
{
	struct mf_aws_error error;
	struct mf_err err = { 0 };

	mf_aws_read_error(&error, body, cred);
	CHECK(strlen(error.code) < sizeof(error.code) && !strpbrk(error.text, "\r\n\033") && !strstr(error.text, "eyJhbGciOiJSUzI1NiJ9"));
	mf_aws_explain(&(struct mf_aws_refusal){ .status = 400, .error = &error, .conf = conf }, &err);
	CHECK(err.why[0] && err.hint[0]);
	mf_aws_again(400, body);
}

static void one(const char *text, const struct mf_json *json, const struct mf_cred *cred, const struct mf_conf *conf, const struct mf_aws_error *error)
{
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };
	struct mf_ref ref;
	struct mf_aws_read r = { .ref = &ref, .doc = &doc, .err = &err };
	const struct mf_jnode *root = mf_json_root(json);
	int rc;

	CHECK(mf_ref_parse(&ref, mf_str(text), &err) == 0);
	mf_aws_item_of(&r.item, &ref, conf);
	if (r.item.many) {
		rc = mf_aws_take_list(&r, json, mf_json_get_z(root, r.item.ssm ? "Parameters" : "SecretValues"), MOST, &err) || mf_aws_end_list(&r, &err);
		CHECK(rc || (doc.data && mf_json_type(doc.data) == MF_J_OBJECT && mf_json_size(doc.data) == r.found && r.found <= MOST));
	} else {
		rc = r.item.ssm ? mf_aws_take_parameter(&r, json, root, &err) : mf_aws_take_secret(&r, json, root, &err);
		CHECK(rc ? !doc.raw : doc.raw && doc.created >= 0);
	}
	CHECK(!rc == !err.id);
	memset(&err, 0, sizeof(err));
	mf_aws_denied(&r, error, &(struct mf_resp){ .status = 400 }, r.item.ssm ? MF_AWS_PARAMETER : MF_AWS_SECRET, cred);
	CHECK(err.id && err.why[0]);
	mf_secret_free(r.list);
	mf_doc_free(&doc);
	mf_ref_free(&ref);
}

static void machine(const struct mf_json *json)
{
	struct mf_aws_keys k = { 0 };
	struct mf_err err = { 0 };

	if (mf_aws_read_machine(&k, json, NOW, &err) == 0)
		CHECK(k.id && k.secret && k.token && k.ttl > 0);
	else
		CHECK(err.id && !k.id && !k.secret && !k.token);
	mf_aws_keys_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const refs[] = { "aws-sm://a/b", "aws-sm://a/b?stage=AWSCURRENT", "aws-sm://arn:aws:secretsmanager:eu-west-1:123456789012:secret:a", "aws-sm://a*", "aws-ssm:///a/b",
					    "aws-ssm:///a/b?version=3", "aws-ssm:///a/*" };
	struct mf_aws_priv priv = { .assertion = mf_secret_new(TOKEN, sizeof(TOKEN) - 1) };
	const struct mf_cred cred = { .priv = &priv };
	struct mf_secret *body = mf_secret_new(data, size);
	struct mf_err err = { 0 };
	struct mf_conf *conf;
	struct mf_json *json;

	CHECK(priv.assertion && body && mf_conf_new(&conf, &err) == 0 && mf_conf_set_env(conf, MF_K_AWS_REGION, "eu-west-1", "fuzz", &err) == 0);
	keys(body);
	errors(body, &cred, conf);
	if (mf_json_parse(&json, (const char *)data, size, &err) == 0) {
		struct mf_aws_error error;

		mf_aws_read_error(&error, body, &cred);
		for (size_t i = 0; i < MF_COUNT(refs); i++)
			one(refs[i], json, &cred, conf, &error);
		machine(json);
		mf_json_free(json);
	}
	mf_conf_free(conf);
	mf_secret_free(body);
	mf_secret_free(priv.assertion);
	return 0;
}
