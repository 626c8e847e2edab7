/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Entra ID and of Key Vault: tokens, secrets, certificates, keys, and what their errors say. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/reveal.h>
#include "../../src/provider/azure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { NOW = 1800000000 };

static void token(const struct mf_json *json)
{
	struct mf_azure_token t = { .token = NULL };
	struct mf_err err = { 0 };

	if (mf_azure_read_token(&t, json, NOW, &err) == 0) {
		struct mf_str s = mf_secret_reveal(t.token);

		CHECK(s.n > 0 && t.ttl > 0 && t.expires == NOW + t.ttl);
		for (size_t i = 0; i < s.n; i++)
			CHECK(s.p[i] > ' ' && s.p[i] < 0x7f);
	} else {
		CHECK(err.id);
	}
	mf_secret_free(t.token);
}

static void item(const struct mf_json *json, const char *path, const char *version)
{
	const struct mf_ref ref = { .scheme = MF_REF_AZURE_KV, .path = (char *)path, .version = (char *)version };
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };

	if (mf_azure_read_item(&doc, json, &ref, NOW, &err) == 0)
		CHECK(doc.raw && !doc.missing && (doc.expires == 0 || doc.expires > NOW) && doc.created >= 0);
	else
		CHECK(err.id && !doc.raw);
	mf_doc_free(&doc);
}

static void refusal(const struct mf_json *json, const struct mf_cred *cred)
{
	static const long statuses[] = { 400, 401, 403, 404, 429, 503 };
	const struct mf_ref ref = { .scheme = MF_REF_AZURE_KV, .path = (char *)"shop/secrets/x" };

	for (size_t i = 0; i < MF_COUNT(statuses); i++) {
		const struct mf_resp resp = { .status = statuses[i] };
		struct mf_doc doc = { 0 };
		struct mf_err err = { 0 };

		mf_azure_item_refused(&doc, &ref, &resp, json, cred, &err);
		CHECK(err.id && doc.missing == (statuses[i] == 404));
		mf_doc_free(&doc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_azure_priv priv = { .assertion = mf_secret_new("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", 41) };
	const struct mf_cred cred = { .priv = &priv };
	struct mf_err err = { 0 };
	struct mf_json *json;
	char text[512];

	CHECK(priv.assertion && mf_conf_new((struct mf_conf **)&priv.conf, &err) == 0);
	if (mf_json_parse(&json, (const char *)data, size, &err) == 0) {
		token(json);
		item(json, "shop/secrets/x", NULL);
		item(json, "shop/secrets/x", "v1");
		item(json, "shop/certificates/x", NULL);
		item(json, "shop/keys/x", NULL);
		refusal(json, &cred);
		mf_azure_text(text, sizeof(text), json, &cred);
		CHECK(!memmem(text, strlen(text), "eyJhbGciOiJSUzI1NiJ9", 20) && !strpbrk(text, "\r\n"));
		memset(&err, 0, sizeof(err));
		mf_azure_explain(401, json, NULL, priv.conf, 0, &cred, &err);
		CHECK(err.why[0] && err.hint[0] && mf_azure_code(json) >= 0);
		mf_json_free(json);
	}
	mf_conf_free((struct mf_conf *)priv.conf);
	mf_secret_free(priv.assertion);
	return 0;
}
