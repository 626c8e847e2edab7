/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a Vault server: login, look-up, mount, secret, and what its errors say. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/reveal.h>
#include "../../src/provider/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { NOW = 1800000000 };

static void credential(const struct mf_json *json)
{
	struct mf_cred login = { .provider = &mf_provider_vault }, found = { .provider = &mf_provider_vault };
	struct mf_err err = { 0 };

	if (mf_vault_read_login(&login, json, "role 'ci'", NOW, &err) == 0) {
		struct mf_str t = mf_secret_reveal(login.token);

		CHECK(t.n > 0 && login.subject && login.accessor && login.ttl >= 0);
		CHECK(login.unlimited ? login.expires == 0 : login.expires == NOW + login.ttl);
		for (size_t i = 0; i < t.n; i++)
			CHECK(t.p[i] > ' ' && t.p[i] < 0x7f);
	}
	mf_cred_free(&login);
	found.token = mf_secret_new("s.x", 3);
	CHECK(found.token);
	if (mf_vault_read_lookup(&found, json, "VAULT_TOKEN", NOW, &err) == 0)
		CHECK(found.subject && found.ttl >= 0);
	mf_cred_free(&found);
}

static void document(const uint8_t *data, size_t size, const char *version)
{
	struct mf_ref ref = { .scheme = MF_REF_VAULT, .path = (char *)"secret/data/x", .version = (char *)version };
	struct mf_json *json;
	struct mf_doc doc = { 0 };
	struct mf_err err = { 0 };

	if (mf_json_parse(&json, (const char *)data, size, &err))
		return;
	if (mf_vault_read_doc(&doc, json, &ref, NOW, &err) == 0) {
		CHECK(doc.data && mf_json_type(doc.data) == MF_J_OBJECT && !doc.missing);
		CHECK(!version || doc.version == 3);
	} else {
		CHECK(err.id && !doc.missing == (err.id != mf_error_id(MF_E_VAULT_DELETED)));
	}
	mf_doc_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_secret *sent = mf_secret_new("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", 41);
	const struct mf_cred cred = { .token = sent };
	struct mf_json *json;
	struct mf_err err = { 0 };
	char text[512], *mount = NULL;
	bool kv, kv2;

	CHECK(sent);
	if (mf_json_parse(&json, (const char *)data, size, &err) == 0) {
		credential(json);
		mf_vault_errors(text, sizeof(text), json, &cred);
		CHECK(!memmem(text, strlen(text), "eyJhbGciOiJSUzI1NiJ9", 20));
		(void)mf_vault_bad_token(json);
		(void)mf_vault_own_answer(json);
		if (mf_vault_read_mount(&mount, &kv, &kv2, json))
			CHECK((kv || !kv2) && strlen(mount) >= 2 && mount[strlen(mount) - 1] == '/');
		free(mount);
		mf_json_free(json);
	}
	document(data, size, NULL);
	document(data, size, "3");
	mf_secret_free(sent);
	return 0;
}
