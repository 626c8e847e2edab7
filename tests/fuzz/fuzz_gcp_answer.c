/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the Security Token Service, IAM Credentials and Secret Manager: tokens, secrets, and what their errors say. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/reveal.h>
#include "../../src/provider/gcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { NOW = 1800000000 };

#define TOKEN "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"

static void tokens(const struct mf_json *json)
{
	static int (*const readers[])(struct mf_gcp_token *, const struct mf_json *, int64_t, struct mf_err *) = { mf_gcp_read_oauth, mf_gcp_read_access };
	static const char *const members[] = { "token", "signedJwt" };

	for (size_t i = 0; i < MF_COUNT(readers); i++) {
		struct mf_gcp_token t = { 0 };
		struct mf_secret *text = NULL;
		struct mf_err err = { 0 };

		if (readers[i](&t, json, NOW, &err) == 0)
			CHECK(t.token && t.ttl > 0 && t.expires == NOW + t.ttl);
		else
			CHECK(err.id && !t.token);
		mf_gcp_token_free(&t);
		err = (struct mf_err){ 0 };
		CHECK(mf_gcp_read_text(&text, json, members[i], &err) == 0 ? text && mf_secret_len(text) > 0 : err.id && !text);
		mf_secret_free(text);
	}
}

static void errors(const struct mf_json *json, const struct mf_cred *cred, const struct mf_conf *conf)
{
	static const enum mf_gcp_step steps[] = { MF_GCP_STS, MF_GCP_ACCESS, MF_GCP_ID, MF_GCP_SIGN, MF_GCP_PERSON, MF_GCP_METADATA };
	const struct mf_resp resp = { .status = 403 };
	struct mf_gcp_error error;

	mf_gcp_read_error(&error, json, cred);
	CHECK(!strpbrk(error.text, "\r\n\033") && !strstr(error.text, "eyJhbGciOiJSUzI1NiJ9"));
	for (size_t i = 0; i < MF_COUNT(steps); i++) {
		struct mf_err err = { 0 };

		mf_gcp_explain(&(struct mf_gcp_refusal){ .step = steps[i], .resp = &resp, .error = &error, .conf = conf }, &err);
		CHECK(err.why[0] && err.hint[0]);
	}
}

static void secret(const char *text, const struct mf_json *json, const struct mf_cred *cred)
{
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };
	struct mf_ref ref;

	CHECK(mf_ref_parse(&ref, mf_str(text), &err) == 0);
	if (mf_gcp_read_secret(&doc, json, &ref, &err) == 0)
		CHECK(doc.raw && doc.version >= 0);
	else
		CHECK(err.id && !doc.raw);
	err = (struct mf_err){ 0 };
	mf_gcp_secret_refused(&doc, &ref, &(struct mf_resp){ .status = 403 }, json, cred, &err);
	CHECK(err.id && err.why[0]);
	mf_doc_free(&doc);
	mf_ref_free(&ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const refs[] = { "gcp-sm://shop/db", "gcp-sm://shop/db?version=3", "gcp-sm://projects/shop/locations/eu/secrets/db" };
	struct mf_gcp_priv priv = { .assertion = mf_secret_new(TOKEN, sizeof(TOKEN) - 1) };
	const struct mf_cred cred = { .priv = &priv };
	struct mf_err err = { 0 };
	struct mf_conf *conf;
	struct mf_json *json;

	CHECK(priv.assertion && mf_conf_new(&conf, &err) == 0 &&
	      mf_conf_set_env(conf, MF_K_GCP_PROVIDER, "projects/1/locations/global/workloadIdentityPools/ci/providers/x", "fuzz", &err) == 0);
	priv.conf = conf;
	if (mf_json_parse(&json, (const char *)data, size, &err) == 0) {
		tokens(json);
		errors(json, &cred, conf);
		for (size_t i = 0; i < MF_COUNT(refs); i++)
			secret(refs[i], json, &cred);
		mf_json_free(json);
	}
	mf_conf_free(conf);
	mf_secret_free(priv.assertion);
	return 0;
}
