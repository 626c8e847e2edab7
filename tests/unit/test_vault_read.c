/* SPDX-License-Identifier: Apache-2.0 */
/* provider/vault against scripted answers: reading, with a token and with inline authentication. */
#include "support_vault.h"
#include "unit.h"

#include <stdio.h>
#include <mayfly/clock.h>

/* -- reading -- */

enum { REFS_MAX = 8 };

struct reading {
	struct mf_ref refs[REFS_MAX];
	const struct mf_ref *list[REFS_MAX];
	struct mf_doc docs[REFS_MAX];
	struct mf_err errs[REFS_MAX];
	size_t n;
};

static int read_all(struct setup *s, struct reading *r, const char *const *texts)
{
	struct mf_err err = { 0 };

	memset(r, 0, sizeof(*r));
	for (; texts[r->n]; r->n++) {
		if (mf_ref_parse(&r->refs[r->n], mf_str(texts[r->n]), &err))
			fail_msg("%s", err.why);
		r->list[r->n] = &r->refs[r->n];
	}
	return mf_provider_vault.fetch(&s->cred, s->http, r->list, r->n, r->docs, r->errs);
}

static void free_reading(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		mf_ref_free(&r->refs[i]);
		mf_doc_free(&r->docs[i]);
	}
}

#define READ(s, r, ...) read_all(s, r, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_field(const struct mf_doc *d, const char *key, const char *value)
{
	const struct mf_jnode *n = mf_json_get_z(d->data, key);

	assert_non_null(n);
	assert_str_is(mf_json_text(d->json, n), value);
}

static void test_read_kv2(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/secret/data/ci/deploy", 200, KV2("{\"k\":\"v\",\"n\":1.50}"), NULL },
			     { "GET", "/v1/secret/data/a%20b?version=3", 200, KV2("{}"), NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://secret/data/ci/deploy#k", "vault://secret/data/a%20b?version=3"), 0);
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Token: " TOKEN "\r\n"));
	assert_field(&r.docs[0], "k", "v");
	assert_field(&r.docs[0], "n", "1.50");
	assert_int_equal(r.docs[0].version, 3);
	assert_int_equal(r.docs[0].created, 1767323045);
	assert_int_equal(r.docs[0].expires, 0);
	assert_null(r.docs[0].lease_id);
	assert_int_equal(times("\n"), 2);
	free_reading(&r);
	close_setup(&s);
}

/* The mount is asked for once, and not at all where the path carries /data/. */
static void test_short_paths(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/sys/internal/ui/mounts/secret/a", 200, MOUNT("secret/", "2"), NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/kv1/x", 200, MOUNT("kv1/", "1"), NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/team/kv/x", 200, MOUNT("team/kv/", "2"), NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/team/db/y", 200, MOUNT("team/db/", "1"), NULL },
			     { "GET", "/v1/secret/data/a", 200, KV2("{\"k\":\"a\"}"), NULL }, { "GET", "/v1/secret/data/b", 200, KV2("{\"k\":\"b\"}"), NULL },
			     { "GET", "/v1/secret/data/c", 200, KV2("{\"k\":\"c\"}"), NULL }, { "GET", "/v1/kv1/x", 200, "{\"data\":{\"k\":\"x\"}}", NULL },
			     { "GET", "/v1/team/kv/data/x", 200, KV2("{\"k\":\"tx\"}"), NULL }, { "GET", "/v1/team/db/y", 200, "{\"data\":{\"k\":\"ty\"}}", NULL }));
	have_token(&s);
	if (READ(&s, &r, "vault://secret/a#k", "vault://secret/b#k", "vault://secret/data/c", "vault://kv1/x", "vault://team/kv/x", "vault://team/db/y"))
		for (size_t i = 0; i < r.n; i++)
			if (r.errs[i].id)
				fail_msg("%zu: %s (%s)", i, r.errs[i].what, r.errs[i].why);
	assert_int_equal(times("/ui/mounts/secret"), 1);
	assert_int_equal(times("/ui/mounts/"), 4);
	assert_int_equal(times("\n"), 10);
	assert_field(&r.docs[1], "k", "b");
	assert_field(&r.docs[4], "k", "tx");
	assert_field(&r.docs[5], "k", "ty");
	free_reading(&r);
	close_setup(&s);
}

/* A read that makes a credential goes out once, unless the end of our token ends the credential too. */
static void test_no_second_credential(void **state)
{
	static const struct {
		const char *ref;
		bool ours, batch;
		unsigned reads;
	} cases[] = {
		{ "vault://database/creds/x", true, false, 3 },
		{ "vault://database/creds/x", false, false, 1 },
		{ "vault://database/creds/x", true, true, 1 },
		{ "vault://team/data/creds/x", false, false, 1 },
		{ "vault://kv1/x", false, false, 3 },
		{ "vault://secret/data/x", false, false, 3 },
	};
	const struct mf_http_conf patient = { .deadline_ms = 10000, .tries = 3 };
	struct mf_err err;
	struct reading r;
	struct setup s;
	char line[64];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		open_setup(&s, RULES({ "GET", "/v1/sys/internal/ui/mounts/database/creds/x", 200, "{\"data\":{\"path\":\"database/\",\"type\":\"database\"}}", NULL },
				     { "GET", "/v1/sys/internal/ui/mounts/kv1/x", 200, MOUNT("kv1/", "1"), NULL },
				     { "GET", "/v1/database/creds/x", LOST, "", NULL }, { "GET", "/v1/team/data/creds/x", LOST, "", NULL },
				     { "GET", "/v1/kv1/x", LOST, "", NULL }, { "GET", "/v1/secret/data/x", LOST, "", NULL }));
		mf_http_close(s.http);
		assert_int_equal(mf_http_open(&s.http, &patient, &err), 0);
		have_token(&s);
		s.cred.ours = cases[i].ours;
		s.cred.batch = cases[i].batch;
		assert_int_equal(READ(&s, &r, cases[i].ref), -1);
		snprintf(line, sizeof(line), "GET /v1/%s\n", cases[i].ref + strlen("vault://"));
		/* libcurl repeats by itself what a kept connection loses: 3 tries are 3 reads or more */
		if (cases[i].reads == 1 ? times(line) != 1 : times(line) < cases[i].reads)
			fail_msg("case %zu: %zu reads", i, times(line));
		assert_int_equal(strstr(r.errs[0].note, "one may have been made") != NULL, cases[i].reads == 1);
		free_reading(&r);
		close_setup(&s);
	}
}

/* Where the mount cannot be looked up, both forms are tried. */
static void test_blind(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/sys/internal/ui/mounts/secret/a", 403, DENIED, NULL }, { "GET", "/v1/secret/a", 403, DENIED, NULL },
			     { "GET", "/v1/secret/data/a", 200, KV2("{\"k\":\"a\"}"), NULL }, { "GET", "/v1/secret/b", 200, "{\"data\":{\"k\":\"b\"}}", NULL },
			     { "GET", "/v1/secret/c", 403, DENIED, NULL }, { "GET", "/v1/secret/data/c", 403, DENIED, NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://secret/a", "vault://secret/b", "vault://secret/c"), -1);
	assert_field(&r.docs[0], "k", "a");
	assert_field(&r.docs[1], "k", "b");
	assert_string_equal(r.errs[2].id, "MF-VAULT-05");
	assert_non_null(strstr(r.errs[2].hint, "tried as it stands and as KV version 2"));
	assert_string_equal(r.errs[2].advice, "path \"secret/data/c\" {\n  capabilities = [\"read\"]\n}\n");
	free_reading(&r);
	close_setup(&s);
}

/* A name of a secret may have "data" in it. */
static void test_data_in_the_name(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/secret/ci/data", 404, "{\"errors\":[]}", NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/secret/ci/data", 200, MOUNT("secret/", "2"), NULL },
			     { "GET", "/v1/secret/data/ci/data", 200, KV2("{\"k\":\"a\"}"), NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://secret/ci/data"), 0);
	assert_field(&r.docs[0], "k", "a");
	free_reading(&r);
	close_setup(&s);
}

static void test_leases(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/sys/internal/ui/mounts/database/creds/app", 200, "{\"data\":{\"path\":\"database/\",\"type\":\"database\",\"options\":null}}", NULL },
			     { "GET", "/v1/database/creds/app", 200,
			       "{\"lease_id\":\"database/creds/app/xyz\",\"lease_duration\":3600,\"renewable\":true,\"data\":{\"username\":\"u\",\"password\":\"p\"}}", NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://database/creds/app"), 0);
	assert_string_equal(r.docs[0].lease_id, "database/creds/app/xyz");
	assert_int_equal(r.docs[0].lease_ttl, 3600);
	assert_true(r.docs[0].expires >= mf_now() + 3590);
	assert_int_equal(times("GET /v1/database/creds/app\n"), 1);
	free_reading(&r);
	close_setup(&s);
}

static void assert_read_error(int status, const char *answer_body, const char *headers, const char *id, const char *part)
{
	struct reading r;
	struct setup s;

	open_setup(&s, RULES({ "GET", "/v1/secret/data/x", status, answer_body, headers }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://secret/data/x"), -1);
	if (!r.errs[0].id || strcmp(r.errs[0].id, id))
		fail_msg("%d %s: %s %s", status, answer_body, r.errs[0].id, r.errs[0].what);
	if (!strstr(r.errs[0].what, part) && !strstr(r.errs[0].why, part) && !strstr(r.errs[0].hint, part))
		fail_msg("'%s' is not in '%s' (%s)", part, r.errs[0].what, r.errs[0].why);
	assert_int_equal(times("\n"), 1);
	free_reading(&r);
	close_setup(&s);
}

static void test_read_errors(void **state)
{
	(void)state;
	assert_read_error(404, "{\"errors\":[]}", NULL, "MF-VAULT-06", "nothing at 'secret/data/x'");
	assert_read_error(404, "{\"data\":null,\"warnings\":[\"Invalid path for a versioned K/V secrets engine.\"]}", NULL, "MF-VAULT-06", "KV version 2");
	assert_read_error(403, DENIED, NULL, "MF-VAULT-05", "not allowed");
	assert_read_error(403, "{\"errors\":[\"permission denied\"]}", NULL, "MF-VAULT-10", "not valid any more");
	assert_read_error(403, "{\"errors\":[\"2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n\"]}", NULL, "MF-VAULT-10", "permission denied; invalid token");
	assert_read_error(405, "{\"errors\":[\"1 error occurred:\\n\\t* unsupported operation\\n\\n\"]}", NULL, "MF-VAULT-09", "unsupported operation");
	assert_read_error(400, "{\"errors\":[\"bad\"]}", NULL, "MF-VAULT-09", "status 400: bad");
	assert_read_error(500, "{\"errors\":[\"internal error\"]}", NULL, "MF-VAULT-09", "status 500");
	assert_read_error(503, "{\"errors\":[\"Vault is sealed\"]}", NULL, "MF-VAULT-08", "sealed");
	assert_read_error(200, "<!doctype html>", NULL, "MF-VAULT-04", "HTML");
	assert_read_error(502, "<html>bad gateway</html>", NULL, "MF-VAULT-04", "status 502");
	assert_read_error(200, "", NULL, "MF-VAULT-03", "empty");
	assert_read_error(200, "{\"data\":{\"data\":{\"k\":\"v", NULL, "MF-JSON-01", "cannot read");
	assert_read_error(200, "{\"data\":null}", NULL, "MF-VAULT-03", "'data' is null");
	assert_read_error(200, "{\"data\":[1]}", NULL, "MF-VAULT-03", "no data");
	assert_read_error(200, "{}", NULL, "MF-VAULT-03", "missing");
	assert_read_error(200, "{\"data\":{\"a\":1,\"a\":2}}", NULL, "MF-JSON-01", "");
	assert_read_error(200, "{\"lease_id\":5,\"data\":{}}", NULL, "MF-JSON-02", "lease_id");
	assert_read_error(200, "{\"data\":{\"data\":\"x\",\"metadata\":{\"version\":1,\"created_time\":\"\"}}}", NULL, "MF-VAULT-03", "no object");
}

static void test_deleted(void **state)
{
#define GONE(deleted, destroyed) "{\"data\":{\"data\":null,\"metadata\":{\"created_time\":\"2026-01-01T00:00:00Z\",\"deletion_time\":\"" deleted \
				 "\",\"destroyed\":" destroyed ",\"version\":4}}}"
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/s/data/a", 404, GONE("2026-02-03T04:05:06Z", "false"), NULL }, { "GET", "/v1/s/data/b", 404, GONE("", "true"), NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://s/data/a", "vault://s/data/b"), -1);
	assert_string_equal(r.errs[0].id, "MF-VAULT-07");
	assert_string_equal(r.errs[0].what, "version 4 of 's/data/a' was deleted");
	assert_string_equal(r.errs[0].why, "deleted at 2026-02-03T04:05:06Z");
	assert_string_equal(r.errs[1].what, "version 4 of 's/data/b' was destroyed");
	assert_true(r.docs[0].missing && r.docs[1].missing);
	free_reading(&r);
	close_setup(&s);
}

static void test_versions(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/s/data/a?version=2", 200, KV2("{}"), NULL }, { "GET", "/v1/k/data/b?version=2", 200, "{\"data\":{\"k\":1}}", NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://s/data/a?version=2", "vault://k/data/b?version=2"), -1);
	assert_string_equal(r.errs[0].id, "MF-VAULT-03");
	assert_string_equal(r.errs[1].id, "MF-VAULT-13");
	free_reading(&r);
	close_setup(&s);
}

/* A document that is of no use may still have left a lease. */
static void test_lease_of_a_bad_answer(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/d/data/a", 200, "{\"lease_id\":\"d/data/a/1\",\"lease_duration\":60,\"data\":null}", NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://d/data/a"), -1);
	assert_string_equal(r.docs[0].lease_id, "d/data/a/1");
	free_reading(&r);
	close_setup(&s);
}

static void test_post(void **state)
{
	struct reading r;
	struct setup s;
	struct mf_ref ref = { .scheme = MF_REF_VAULT, .path = (char *)"pki/issue/web", .post = (char *)"{\"common_name\":\"x\"}" };

	(void)state;
	memset(&r, 0, sizeof(r));
	open_setup(&s, RULES({ "POST", "/v1/pki/issue/web", 200, "{\"data\":{\"certificate\":\"C\"}}", NULL }));
	have_token(&s);
	r.list[0] = &ref;
	assert_int_equal(mf_provider_vault.fetch(&s.cred, s.http, r.list, 1, r.docs, r.errs), 0);
	assert_string_equal(vault_body, "{\"common_name\":\"x\"}");
	assert_field(&r.docs[0], "certificate", "C");
	mf_doc_free(&r.docs[0]);
	close_setup(&s);
}

/* -- inline -- */

static void test_inline(void **state)
{
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/s/data/a", 200, KV2("{\"k\":\"v\"}"), NULL },
			     { "GET", "/v1/s/data/lease", 500, "{\"errors\":[\"requests with inline authentication cannot generate leases\"]}", NULL },
			     { "GET", "/v1/s/data/norole", 400, "{\"errors\":[\"role \\\"ci\\\" could not be found\"]}", NULL },
			     { "GET", "/v1/s/b", 403, DENIED, NULL }, { "GET", "/v1/s/data/b", 200, KV2("{\"k\":\"b\"}"), NULL }));
	identify(&s, CLAIMS);
	set(&s, MF_K_VAULT_INLINE, "true");
	set(&s, MF_K_VAULT_ROLE, "ci");
	login_ok(&s);
	assert_string_equal(vault_seen, "");
	assert_null(s.cred.token);
	assert_int_equal(READ(&s, &r, "vault://s/data/a"), 0);
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Inline-Auth-Path: auth/jwt/login\r\n"));
	/* {"key":"role","value":"ci"} */
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Inline-Auth-Parameter-role: eyJrZXkiOiJyb2xlIiwidmFsdWUiOiJjaSJ9\r\n"));
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Inline-Auth-Parameter-jwt: eyJrZXkiOiJqd3QiLC"));
	assert_null(strstr(vault_head, "X-Vault-Token"));
	free_reading(&r);
	assert_int_equal(READ(&s, &r, "vault://s/data/lease", "vault://s/data/norole", "vault://s/b"), -1);
	assert_string_equal(r.errs[0].id, "MF-VAULT-12");
	assert_non_null(strstr(r.errs[0].hint, "lease"));
	assert_string_equal(r.errs[1].id, "MF-VAULT-12");
	assert_non_null(strstr(r.errs[1].hint, "create the role"));
	assert_field(&r.docs[2], "k", "b");
	assert_int_equal(times("s/data/lease"), 1);
	assert_int_equal(times("ui/mounts"), 0);
	free_reading(&r);
	close_setup(&s);
}

/* How much of a path holds all of its kind. */
static void test_base(void **state)
{
	static const char *const bases[] = { "team/kv/data/", "secret/data/", "kv1/", "database/creds/", "aws/sts/", "" };
	struct reading r;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/sys/internal/ui/mounts/team/kv/app/x", 200, MOUNT("team/kv/", "2"), NULL },
			     { "GET", "/v1/team/kv/data/app/x", 200, KV2("{}"), NULL }, { "GET", "/v1/secret/data/a/b", 200, KV2("{}"), NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/kv1/a/b", 200, MOUNT("kv1/", "1"), NULL }, { "GET", "/v1/kv1/a/b", 200, OWN("{\"k\":\"v\"}"), NULL },
			     { "GET", "/v1/database/creds/app", 200, OWN("{\"k\":\"v\"}"), NULL }, { "GET", "/v1/aws/sts/app", 200, OWN("{\"k\":\"v\"}"), NULL },
			     { "GET", "/v1/totp/code/me", 200, OWN("{\"k\":\"v\"}"), NULL }));
	have_token(&s);
	assert_int_equal(READ(&s, &r, "vault://team/kv/app/x#k", "vault://secret/data/a/b#k", "vault://kv1/a/b#k", "vault://database/creds/app#k",
			      "vault://aws/sts/app#k", "vault://totp/code/me#k"), 0);
	for (size_t i = 0; i < r.n; i++) {
		assert_non_null(r.docs[i].read.path);
		assert_memory_equal(r.docs[i].read.path, bases[i], strlen(bases[i]));
		assert_int_equal(r.docs[i].read.base, strlen(bases[i]));
		assert_false(r.docs[i].read.writes);
	}
	free_reading(&r);
	close_setup(&s);
}

/* -- what a token may do besides -- */

static void reach(struct mf_reach *out, const char *body, int status, int expected)
{
	struct mf_read reads[] = { { .path = (char *)"secret/data/a", .base = 12 }, { .path = (char *)"pki/issue/web", .base = 10, .writes = true } };
	struct mf_err err = { 0 };
	struct setup s;

	open_setup(&s, RULES({ "POST", "/v1/sys/capabilities-self", status, body, NULL }));
	have_token(&s);
	assert_int_equal(mf_provider_vault.reach(&s.cred, s.http, reads, 2, out, &err), expected);
	close_setup(&s);
}

static void test_reach(void **state)
{
	struct mf_reach r;

	(void)state;
	reach(&r, OWN("{\"secret/data/a\":[\"read\",\"list\"],\"pki/issue/web\":[\"update\"]}"), 200, 0);
	assert_true(r.told && !r.everything && !r.whole[0] && !r.written[0] && !r.sudo[0]);
	/* the names that nobody has chosen, then each path */
	assert_non_null(strstr(vault_body, "{\"paths\":[\""));
	assert_non_null(strstr(vault_body, ",\"secret/data/a\",\"secret/data/"));
	assert_non_null(strstr(vault_body, ",\"pki/issue/web\",\"pki/issue/"));
	reach(&r, OWN("{\"secret/data/a\":[\"patch\"],\"pki/issue/web\":[\"sudo\",\"update\"]}"), 200, 0);
	assert_string_equal(r.written, "secret/data/a");
	assert_string_equal(r.sudo, "pki/issue/web");
	/* strange answers promise nothing */
	reach(&r, OWN("{\"secret/data/a\":\"root\",\"pki/issue/web\":[7,null,{}]}"), 200, 0);
	assert_true(r.told && !r.everything && !r.whole[0] && !r.written[0] && !r.sudo[0]);
	reach(&r, OWN("[]"), 200, 0);
	assert_true(r.told && !r.written[0]);
	reach(&r, DENIED, 403, 0);
	assert_false(r.told);
	reach(&r, "<html>", 200, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_kv2),
		cmocka_unit_test(test_short_paths),
		cmocka_unit_test(test_no_second_credential),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_data_in_the_name),
		cmocka_unit_test(test_leases),
		cmocka_unit_test(test_read_errors),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_lease_of_a_bad_answer),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_reach),
	};

	return cmocka_run_group_tests(tests, vault_start, vault_stop);
}
