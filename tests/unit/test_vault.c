/* SPDX-License-Identifier: Apache-2.0 */
/* provider/vault against scripted answers: logins, revocation, and what is said when they fail. */
#include "failalloc.h"
#include "support_vault.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>

/* -- logging in -- */

static void test_jwt_login(void **state)
{
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/gh/login", 200, LOGIN_OK, NULL }));
	identify(&s, CLAIMS);
	set(&s, MF_K_VAULT_ROLE, "ci \"x\"");
	set(&s, MF_K_VAULT_PATH, "/auth/gh/");
	set(&s, MF_K_VAULT_NAMESPACE, "team-a");
	set(&s, MF_K_VAULT_HEADERS, "X-Custom: a: b");
	login_ok(&s);
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Request: true\r\n"));
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Namespace: team-a\r\n"));
	assert_non_null(strstr(vault_head, "\r\nX-Custom: a: b\r\n"));
	assert_null(strstr(vault_head, "X-Vault-Token"));
	assert_non_null(strstr(vault_body, "{\"role\":\"ci \\\"x\\\"\",\"jwt\":\"eyJ"));
	assert_str_is(mf_secret_reveal(s.cred.token), TOKEN);
	assert_string_equal(s.cred.accessor, "acc");
	assert_string_equal(s.cred.subject, "role 'ci \"x\"' (policies: ci, default)");
	assert_int_equal(s.cred.ttl, 600);
	assert_true(s.cred.expires > mf_now() + 590 && s.cred.expires <= mf_now() + 600);
	assert_true(s.cred.ours && !s.cred.batch && !s.cred.unlimited);
	close_setup(&s);
}

static void test_methods(void **state)
{
	static const struct {
		const char *method;
		struct { enum mf_key key; const char *value; } v[3];
		const char *path, *body;
	} cases[] = {
		{ "approle", { { MF_K_VAULT_ROLE_ID, "rid" }, { MF_K_VAULT_SECRET_ID, "sid\n" } }, "/v1/auth/approle/login", "{\"role_id\":\"rid\",\"secret_id\":\"sid\\n\"}" },
		{ "approle", { { MF_K_VAULT_ROLE_ID, "rid" } }, "/v1/auth/approle/login", "{\"role_id\":\"rid\"}" },
		{ "userpass", { { MF_K_VAULT_USERNAME, "u 1" }, { MF_K_VAULT_PASSWORD, "p\xc3\xa4\"" } }, "/v1/auth/userpass/login/u%201", "{\"password\":\"p\xc3\xa4\\\"\"}" },
		{ "ldap", { { MF_K_VAULT_USERNAME, "u" }, { MF_K_VAULT_PASSWORD, "p" } }, "/v1/auth/ldap/login/u", "{\"password\":\"p\"}" },
		{ "github", { { MF_K_VAULT_GITHUB_TOKEN, "ghp" } }, "/v1/auth/github/login", "{\"token\":\"ghp\"}" },
		{ "other", { { MF_K_VAULT_AUTH_PAYLOAD, "{\"x\":[1]}" }, { MF_K_VAULT_PATH, "plug" } }, "/v1/auth/plug/login", "{\"x\":[1]}" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct setup s;

		open_setup(&s, RULES({ "POST", cases[i].path, 200, LOGIN_OK, NULL }));
		set(&s, MF_K_VAULT_METHOD, cases[i].method);
		for (size_t k = 0; k < 3 && cases[i].v[k].value; k++)
			set(&s, cases[i].v[k].key, cases[i].v[k].value);
		login_ok(&s);
		assert_string_equal(vault_body, cases[i].body);
		close_setup(&s);
	}
}

static void test_kubernetes(void **state)
{
	char file[] = "/tmp/mf-test-k8s-XXXXXX";
	int fd = mkstemp(file);
	struct setup s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "header.payload.sig\n"), 19);
	open_setup(&s, RULES({ "POST", "/v1/auth/kubernetes/login", 200, LOGIN_OK, NULL }));
	set(&s, MF_K_VAULT_METHOD, "kubernetes");
	set(&s, MF_K_VAULT_ROLE, "ci");
	set(&s, MF_K_VAULT_K8S_TOKEN_FILE, file);
	login_ok(&s);
	assert_string_equal(vault_body, "{\"role\":\"ci\",\"jwt\":\"header.payload.sig\"}");
	close_setup(&s);
	close(fd);
	remove(file);
}

static void test_settings_that_are_missing(void **state)
{
	static const struct { const char *method; enum mf_key key; const char *value; const char *part; } cases[] = {
		{ "approle", MF_K_VAULT_ROLE, "x", "role-id" },
		{ "userpass", MF_K_VAULT_USERNAME, "x", "PASSWORD" },
		{ "kubernetes", MF_K_VAULT_PATH, "x", "vault.role" },
		{ "token", MF_K_VAULT_PATH, "x", "TOKEN" },
		{ "other", MF_K_VAULT_PATH, "x", "AUTH_PAYLOAD" },
		{ "jwt", MF_K_VAULT_HEADERS, "X-Vault-Token: x", "x-vault-token" },
		{ "jwt", MF_K_VAULT_NAMESPACE, "a b", "namespace" },
	};
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct setup s;

		open_setup(&s, NULL);
		set(&s, MF_K_VAULT_METHOD, cases[i].method);
		set(&s, cases[i].key, cases[i].value);
		assert_int_equal(login(&s, &err), -1);
		assert_string_equal(err.id, "MF-VAULT-01");
		if (!strcasestr(err.what, cases[i].part) && !strcasestr(err.why, cases[i].part))
			fail_msg("%zu: '%s' (%s)", i, err.what, err.why);
		assert_string_equal(vault_seen, "");
		close_setup(&s);
	}
}

/* An answer with a token and nonsense: the token is revoked, and nothing is handed out. */
static void test_odd_login_answers(void **state)
{
	static const struct { const char *body; bool token; } cases[] = {
		{ "{}", false },
		{ "{\"auth\":null}", false },
		{ "[]", false },
		{ "{\"auth\":{\"client_token\":5,\"lease_duration\":1}}", false },
		{ "{\"auth\":{\"client_token\":\"\",\"lease_duration\":1}}", false },
		{ "{\"auth\":{\"client_token\":\"a\\nb\",\"lease_duration\":1}}", false },
		{ "{\"auth\":{\"client_token\":\"a\\u0000b\",\"lease_duration\":1}}", false },
		{ "{\"auth\":{\"client_token\":\"a\",\"client_token\":\"b\",\"lease_duration\":1}}", false },
		{ "{\"auth\":{\"client_token\":\"\",\"lease_duration\":0,\"mfa_requirement\":{}}}", false },
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\"}}", true },
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\",\"lease_duration\":\"600\"}}", true },
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\",\"lease_duration\":-1}}", true },
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\",\"lease_duration\":1,\"policies\":\"root\"}}", true },
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\",\"lease_duration\":600", false },
		{ "", false },
		{ "<html>sign in</html>", false },
		{ "hello", false },
	};
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct setup s;

		open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200, cases[i].body, NULL },
				     { "POST", "/v1/auth/token/revoke-self", 204, "", NULL }));
		identify(&s, CLAIMS);
		if (login(&s, &err) != -1)
			fail_msg("case %zu was taken", i);
		assert_non_null(err.id);
		assert_null(s.cred.token);
		assert_null(strstr(err.what, TOKEN));
		assert_null(strstr(err.why, TOKEN));
		assert_int_equal(times("POST /v1/auth/token/revoke-self"), cases[i].token);
		close_setup(&s);
	}
}

static void test_batch(void **state)
{
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200,
			       "{\"auth\":{\"client_token\":\"hvb.AAAA\",\"accessor\":\"\",\"lease_duration\":300,\"policies\":[],\"token_type\":\"batch\"}}", NULL }));
	identify(&s, CLAIMS);
	login_ok(&s);
	assert_true(s.cred.batch);
	assert_string_equal(s.cred.subject, "role '(default)' (policies: none)");
	close_setup(&s);
}

/* What bounds a token besides its TTL. */
static void test_bounds(void **state)
{
	struct mf_err err = { 0 };
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200, LOGIN_OK, NULL },
			     { "GET", "/v1/auth/token/lookup-self", 200, OWN("{\"ttl\":600,\"period\":60,\"explicit_max_ttl\":7200,\"num_uses\":3,\"renewable\":true,"
			       "\"policies\":[\"default\"],\"type\":\"service\"}"), NULL }));
	identify(&s, CLAIMS);
	login_ok(&s);
	assert_true(s.cred.renewable && !s.cred.root && !s.cred.default_only && !s.cred.bounded);
	assert_int_equal(s.cred.period, 0);
	assert_int_equal(mf_provider_vault.look_up(&s.cred, s.http, &err), 0);
	assert_true(s.cred.bounded && s.cred.default_only);
	assert_int_equal(s.cred.period, 60);
	assert_int_equal(s.cred.max_ttl, 7200);
	assert_int_equal(s.cred.num_uses, 3);
	close_setup(&s);

	/* it may not ask: nothing is known, and nothing is wrong */
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200, LOGIN_OK, NULL }, { "GET", "/v1/auth/token/lookup-self", 403, DENIED, NULL }));
	identify(&s, CLAIMS);
	login_ok(&s);
	assert_int_equal(mf_provider_vault.look_up(&s.cred, s.http, &err), 0);
	assert_false(s.cred.bounded);
	close_setup(&s);

	/* numbers that cannot be meant */
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200, LOGIN_OK, NULL },
			     { "GET", "/v1/auth/token/lookup-self", 200, OWN("{\"ttl\":600,\"period\":-1}"), NULL }));
	identify(&s, CLAIMS);
	login_ok(&s);
	assert_int_equal(mf_provider_vault.look_up(&s.cred, s.http, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-03");
	close_setup(&s);
}

static void test_ready_token(void **state)
{
	struct mf_err err;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/auth/token/lookup-self", 200,
			       "{\"data\":{\"ttl\":0,\"expire_time\":null,\"policies\":[\"root\"],\"type\":\"service\",\"accessor\":\"a\"}}", NULL }));
	set(&s, MF_K_VAULT_TOKEN, TOKEN);
	login_ok(&s);
	assert_non_null(strstr(vault_head, "\r\nX-Vault-Token: " TOKEN "\r\n"));
	assert_true(s.cred.unlimited && !s.cred.ours);
	assert_string_equal(s.cred.subject, "the token of test (policies: root)");
	close_setup(&s);

	/* dead: every request with it is refused */
	open_setup(&s, RULES({ "GET", "/v1/auth/token/lookup-self", 403, "{\"errors\":[\"permission denied\"]}", NULL },
			     { "GET", "/v1/sys/internal/ui/mounts", 403, "{\"errors\":[\"permission denied\"]}", NULL }));
	set(&s, MF_K_VAULT_TOKEN, TOKEN);
	assert_int_equal(login(&s, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-10");
	close_setup(&s);

	/* alive, without the policy to look itself up */
	open_setup(&s, RULES({ "GET", "/v1/auth/token/lookup-self", 403, DENIED, NULL }, { "GET", "/v1/sys/internal/ui/mounts", 200, OWN("{}"), NULL }));
	set(&s, MF_K_VAULT_TOKEN, TOKEN);
	login_ok(&s);
	assert_int_equal(s.cred.expires, 0);
	assert_false(s.cred.unlimited);
	close_setup(&s);

	open_setup(&s, NULL);
	set(&s, MF_K_VAULT_TOKEN, "s.abc def");
	assert_int_equal(login(&s, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-01");
	close_setup(&s);
}

/* -- refusals explained -- */

static void assert_refusal(const char *claims, int status, const char *error, const char *hint, bool advice)
{
	char answer_text[1024];
	struct mf_err err;
	struct setup s;

	snprintf(answer_text, sizeof(answer_text), "{\"errors\":[\"%s\"]}", error);
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", status, answer_text, NULL }));
	identify(&s, claims);
	set(&s, MF_K_VAULT_ROLE, "ci");
	assert_int_equal(login(&s, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-02");
	assert_int_equal(err.code, MF_REFUSED);
	assert_non_null(strstr(err.sent, "aud=https://vault.example"));
	if (!strstr(err.hint, hint))
		fail_msg("'%s': '%s' is not in '%s'", error, hint, err.hint);
	assert_int_equal(err.advice[0] != 0, advice);
	assert_null(memmem(&err, sizeof(err), "eyJ", 3));
	close_setup(&s);
}

static void test_refusals(void **state)
{
	static const struct { int status; const char *error, *hint; bool advice; } cases[] = {
		{ 400, "missing role", "set 'vault.role'", false },
		{ 400, "role \\\"ci\\\" could not be found", "create the role", true },
		{ 400, "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience", "audience is 'https://vault.example'", true },
		{ 400, "audience claim found in JWT but no audiences bound to the role", "bound_audiences", true },
		{ 400, "error validating token: invalid issuer (iss) claim", "the token's is 'https://iss.example'", false },
		{ 400, "error validating token: invalid subject (sub) claim", "letter by letter", true },
		{ 400, "error validating claims: claim \\\"ref\\\" does not match any associated bound claim values", "would need 'refs/heads/main'", true },
		{ 400, "error validating claims: claim \\\"environment\\\" is missing", "no claim 'environment'", true },
		{ 400, "claim \\\"actor\\\" not found in token", "no claim 'actor'", true },
		{ 400, "error validating token: invalid expiration time (exp) claim: token is expired", "clocks", false },
		{ 400, "error validating token: invalid not before (nbf) claim: token not yet valid", "clocks", false },
		{ 400, "error validating token: error verifying token signature: failed to verify id token signature", "no key", false },
		{ 400, "error validating token: error verifying token signature: fetching keys oidc: get keys failed", "issuer's keys", false },
		{ 400, "could not load configuration", "not configured", false },
		{ 403, "permission denied", "no auth method is mounted at 'auth/jwt'", false },
		{ 404, "no handler for route \\\"auth/jwt/login\\\". route entry not found.", "no auth method is mounted", false },
		{ 400, "something new", "audit log", false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		assert_refusal(CLAIMS, cases[i].status, cases[i].error, cases[i].hint, cases[i].advice);
	assert_refusal("{\"iss\":\"i\",\"aud\":\"https://vault.example\",\"sub\":\"repo:acme@12/shop@34:ref:refs/heads/main\",\"exp\":4102444800}", 400,
		       "error validating token: invalid subject (sub) claim", "since 2026-07-15", true);
	assert_refusal("{\"iss\":\"i\",\"aud\":\"https://vault.example\",\"sub\":\"x\",\"ref\":\"refs/pull/7/merge\",\"exp\":4102444800}", 400,
		       "error validating claims: claim \\\"ref\\\" does not match any associated bound claim values", "a pull request", true);
	assert_refusal("{\"iss\":\"i\",\"aud\":\"https://vault.example\",\"sub\":\"x\",\"exp\":1700000000}", 400,
		       "error validating token: invalid expiration time (exp) claim: token is expired", "the token ended at 2023-11-14", false);
}

static void test_advice(void **state)
{
	struct mf_err err;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 400, "{\"errors\":[\"role \\\"ci\\\" could not be found\"]}", NULL }));
	identify(&s, CLAIMS);
	set(&s, MF_K_VAULT_ROLE, "ci");
	assert_int_equal(login(&s, &err), -1);
	assert_string_equal(err.advice,
			    "bao write auth/jwt/role/ci - <<'EOF'\n{\n  \"role_type\": \"jwt\",\n  \"user_claim\": \"repository\",\n"
			    "  \"bound_audiences\": [\"https://vault.example\"],\n"
			    "  \"bound_claims\": { \"repository\": \"acme/shop\", \"ref\": \"refs/heads/main\" },\n"
			    "  \"token_policies\": [\"NAME-OF-YOUR-POLICY\"],\n  \"token_ttl\": \"15m\"\n}\nEOF\n");
	close_setup(&s);
}

/* A server that throws the token back is not repeated. */
static void test_echo_is_cut(void **state)
{
	char answer_text[16384];
	struct mf_err err;
	struct setup s;

	(void)state;
	open_setup(&s, NULL);
	identify(&s, CLAIMS);
	snprintf(answer_text, sizeof(answer_text), "{\"errors\":[\"bad token %.40s and %s\\u001b[31m\"]}", vault_jwt + 20, vault_jwt);
	vault_rules = RULES({ "POST", "/v1/auth/jwt/login", 400, answer_text, NULL });
	assert_int_equal(login(&s, &err), -1);
	for (size_t i = 0; i + 16 <= strlen(vault_jwt); i++)
		if (memmem(&err, sizeof(err), vault_jwt + i, 16))
			fail_msg("part %zu of the token is shown: %s", i, err.why);
	assert_non_null(strstr(err.why, "bad token [cut] and [cut]"));
	assert_null(strchr(err.why, 0x1b));
	close_setup(&s);
}

static void test_cut(void **state)
{
	struct mf_secret *s = mf_secret_new("abcdefghijklmnopqrstuvwxyz", 26), *shorter = mf_secret_new("hunter2", 7), *tiny = mf_secret_new("pass", 4);
	char a[] = "x abcdefghijklmno y", b[] = "x abcdefghijklmnop y klmnopqrstuvwxyz", c[] = "it was hunter2!", d[] = "", e[] = "a pass passes";

	(void)state;
	mf_secret_hide(a, s);
	assert_string_equal(a, "x abcdefghijklmno y");
	mf_secret_hide(b, s);
	assert_string_equal(b, "x [cut] y [cut]");
	mf_secret_hide(c, shorter);
	assert_string_equal(c, "it was [cut]!");
	mf_secret_hide(d, s);
	mf_secret_hide(e, tiny);
	assert_string_equal(e, "a **** ****es");
	mf_secret_hide(e, NULL);
	mf_secret_free(s);
	mf_secret_free(shorter);
	mf_secret_free(tiny);
}

static void test_unavailable(void **state)
{
	static const int states[] = { 412, 429, 472, 473, 501, 502, 503, 504 };
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(states); i++) {
		struct setup s;

		open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", states[i], "{\"errors\":[\"Vault is sealed\"]}", NULL }));
		identify(&s, CLAIMS);
		assert_int_equal(login(&s, &err), -1);
		assert_string_equal(err.id, "MF-VAULT-08");
		assert_int_equal(err.code, MF_NETWORK);
		assert_int_equal(times("POST"), 1);
		close_setup(&s);
	}
}

/* -- the end -- */

static int end(struct setup *s, const char *const *leases, size_t n, char how[static 256], struct mf_err *err)
{
	memset(err, 0, sizeof(*err));
	how[0] = 0;
	return mf_provider_vault.revoke(&s->cred, s->http, leases, n, how, 256, err);
}

static void test_revoke(void **state)
{
	static const char *const leases[] = { "d/creds/a/1", "d/creds/a/2" };
	struct mf_err err;
	struct setup s;
	char how[256];

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/token/revoke-self", 204, "", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, leases, 2, how, &err), 0);
	assert_string_equal(how, "revoked, with 2 leases");
	assert_string_equal(vault_seen, "POST /v1/auth/token/revoke-self\n");
	close_setup(&s);

	/* alive, and not allowed to: its leases are tried */
	open_setup(&s, RULES({ "POST", "/v1/auth/token/revoke-self", 403, DENIED, NULL }, { "GET", "/v1/sys/internal/ui/mounts", 200, OWN("{}"), NULL },
			     { "PUT", "/v1/sys/leases/revoke", 204, "", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, leases, 2, how, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-11");
	assert_int_equal(times("PUT /v1/sys/leases/revoke"), 2);
	assert_non_null(strstr(err.note, "ends by itself in "));
	assert_non_null(strstr(err.advice, "auth/token/revoke-self"));
	close_setup(&s);

	/* down */
	open_setup(&s, RULES({ "POST", "/v1/auth/token/revoke-self", 503, "{\"errors\":[\"Vault is sealed\"]}", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, NULL, 0, how, &err), -1);
	assert_int_equal(err.code, MF_NETWORK);
	assert_non_null(strstr(err.note, "ends by itself in "));
	close_setup(&s);

	/* nobody there */
	open_setup(&s, NULL);
	have_token(&s);
	free(s.cred.url);
	s.cred.url = mf_strdup("http://127.0.0.1:1");
	assert_int_equal(end(&s, NULL, 0, how, &err), -1);
	assert_int_equal(err.code, MF_NETWORK);
	assert_non_null(strstr(err.note, "ends by itself in "));
	close_setup(&s);
}

#define BARE "{\"errors\":[\"permission denied\"]}"
#define REVOKE "POST", "/v1/auth/token/revoke-self"
#define MOUNTS "GET", "/v1/sys/internal/ui/mounts"
#define MOUNTS_TOKEN "GET+token", "/v1/sys/internal/ui/mounts"
#define MOUNTS_NOBODY "GET+nobody", "/v1/sys/internal/ui/mounts"

/* A 403 is the end of a token only when the server itself says so; anybody on the way can say "permission denied". */
static void test_revoke_ended(void **state)
{
	static const struct {
		struct rule rules[4];
		bool expired, ended;
		const char *id;
	} cases[] = {
		/* OpenBao about a token that was revoked */
		{ { { REVOKE, 403, BARE, NULL }, { MOUNTS_TOKEN, 403, BARE, NULL }, { MOUNTS_NOBODY, 200, OWN("{}"), NULL } }, false, true, NULL },
		/* Vault says it in words */
		{ { { REVOKE, 403, "{\"errors\":[\"2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n\"]}", NULL } }, false, true, NULL },
		/* its time is over */
		{ { { REVOKE, 403, "{\"message\":\"Forbidden\"}", NULL } }, true, true, NULL },
		/* a gateway that refuses everything in Vault's words, or in others */
		{ { { REVOKE, 403, BARE, NULL }, { MOUNTS, 403, BARE, NULL } }, false, false, "MF-VAULT-11" },
		{ { { REVOKE, 403, "{\"message\":\"Forbidden\"}", NULL }, { MOUNTS, 403, "{\"message\":\"Forbidden\"}", NULL } }, false, false, "MF-VAULT-11" },
		{ { { REVOKE, 403, "", NULL }, { MOUNTS, 403, "", NULL } }, false, false, "MF-VAULT-11" },
		{ { { REVOKE, 403, "{\"errors\":\"permission denied\"}", NULL } }, false, false, "MF-VAULT-11" },
		{ { { REVOKE, 403, "<html>no</html>", NULL } }, false, false, "MF-VAULT-04" },
		/* only this one call is refused: the token lives */
		{ { { REVOKE, 403, BARE, NULL }, { MOUNTS, 200, OWN("{}"), NULL } }, false, false, "MF-VAULT-11" },
		{ { { REVOKE, 403, "{\"errors\":[\"invalid token\"]}", NULL }, { MOUNTS, 200, OWN("{}"), NULL } }, false, false, "MF-VAULT-11" },
		/* a page for everybody */
		{ { { REVOKE, 403, BARE, NULL }, { MOUNTS_TOKEN, 403, BARE, NULL }, { MOUNTS_NOBODY, 200, "{\"ok\":true}", NULL } }, false, false, "MF-VAULT-11" },
	};
	struct mf_err err;
	struct setup s;
	char how[256];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		open_setup(&s, cases[i].rules);
		have_token(&s);
		if (cases[i].expired)
			s.cred.expires = mf_now() - 1;
		memset(&err, 0, sizeof(err));
		if (end(&s, NULL, 0, how, &err) != (cases[i].ended ? 0 : -1))
			fail_msg("case %zu: %s", i, err.id ? err.what : how);
		if (cases[i].ended) {
			assert_string_equal(how, "had ended already");
		} else {
			assert_string_equal(err.id, cases[i].id);
			if (!strstr(err.note, "ends by itself in "))
				fail_msg("case %zu: %s", i, err.note);
		}
		close_setup(&s);
	}
}

/* Not every 200 is the server's. */
static void test_revoke_200(void **state)
{
	struct mf_err err;
	struct setup s;
	char how[256];

	(void)state;
	open_setup(&s, RULES({ REVOKE, 200, "{\"request_id\":\"r-1\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,\"data\":null,"
				       "\"warnings\":[\"w\"],\"auth\":null}", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, NULL, 0, how, &err), 0);
	assert_string_equal(how, "revoked");
	close_setup(&s);
	open_setup(&s, RULES({ REVOKE, 200, "{\"ok\":1}", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, NULL, 0, how, &err), -1);
	assert_string_equal(err.id, "MF-VAULT-03");
	assert_non_null(strstr(err.note, "ends by itself in "));
	close_setup(&s);
	open_setup(&s, RULES({ "PUT", "/v1/sys/leases/revoke", 200, "{\"ok\":1}", NULL }));
	have_token(&s);
	s.cred.batch = true;
	assert_fails(end(&s, (const char *const[]){ "d/creds/a/1" }, 1, how, &err), err, "MF-VAULT-11");
	assert_non_null(strstr(how, "0 of 1 leases revoked"));
	close_setup(&s);
}

/* Policies, the accessor: the server's text, shown to people. */
static void test_login_repeats(void **state)
{
	char text[2 * sizeof(vault_jwt)];
	struct setup s;

	(void)state;
	open_setup(&s, NULL);
	identify(&s, CLAIMS);
	snprintf(text, sizeof(text), "{\"auth\":{\"client_token\":\"" TOKEN "\",\"accessor\":\"" TOKEN "\",\"policies\":[\"ci\",\"%.200s\",\"" TOKEN
		 "\"],\"lease_duration\":600,\"renewable\":true,\"token_type\":\"service\"}}", vault_jwt);
	vault_rules = RULES({ "POST", "/v1/auth/jwt/login", 200, text, NULL });
	login_ok(&s);
	assert_non_null(strstr(s.cred.subject, "(policies: ci, [cut], [cut])"));
	assert_string_equal(s.cred.accessor, "[cut]");
	close_setup(&s);
}

static void test_revoke_what_stays(void **state)
{
	static const char *const leases[] = { "d/creds/a/1" };
	struct mf_err err;
	struct setup s;
	char how[256];

	(void)state;
	open_setup(&s, RULES({ "PUT", "/v1/sys/leases/revoke", 204, "", NULL }));
	have_token(&s);
	s.cred.batch = true;
	assert_int_equal(end(&s, leases, 1, how, &err), 0);
	assert_non_null(strstr(how, "a batch token cannot be revoked: it ends by itself in "));
	assert_non_null(strstr(how, ", 1 lease revoked"));
	assert_int_equal(times("revoke-self"), 0);
	assert_string_equal(vault_body, "{\"lease_id\":\"d/creds/a/1\"}");
	close_setup(&s);

	open_setup(&s, RULES({ "PUT", "/v1/sys/leases/revoke", 403, DENIED, NULL }));
	have_token(&s);
	s.cred.ours = false;
	s.cred.unlimited = true;
	assert_fails(end(&s, leases, 1, how, &err), err, "MF-VAULT-11");
	assert_string_equal(err.what, "1 of 1 leases could not be revoked");
	assert_string_equal(how, "the token was there before and stays: it never ends by itself, 0 of 1 leases revoked, the others end by themselves");
	close_setup(&s);

	open_setup(&s, NULL);
	have_token(&s);
	mf_secret_free(s.cred.token);
	s.cred.token = NULL;
	assert_int_equal(end(&s, NULL, 0, how, &err), 0);
	assert_string_equal(how, "there was no token");
	close_setup(&s);
}

/* -- which identity it asks for -- */

static void test_needs_identity(void **state)
{
	const char *audience;
	struct setup s;

	(void)state;
	open_setup(&s, NULL);
	assert_true(mf_provider_vault.needs_identity(s.conf, &audience));
	assert_string_equal(audience, mf_conf_str(s.conf, MF_K_VAULT_URL));
	set(&s, MF_K_VAULT_CI_AUDIENCE, "true");
	assert_true(mf_provider_vault.needs_identity(s.conf, &audience));
	assert_null(audience);
	set(&s, MF_K_VAULT_AUDIENCE, "aud");
	assert_true(mf_provider_vault.needs_identity(s.conf, &audience));
	assert_string_equal(audience, "aud");
	set(&s, MF_K_VAULT_ROLE_ID, "rid");
	assert_string_equal(mf_vault_method(s.conf), "approle");
	set(&s, MF_K_VAULT_TOKEN, TOKEN);
	assert_string_equal(mf_vault_method(s.conf), "token");
	assert_false(mf_provider_vault.needs_identity(s.conf, &audience));
	set(&s, MF_K_VAULT_METHOD, "jwt");
	assert_true(mf_provider_vault.needs_identity(s.conf, &audience));
	close_setup(&s);
}

/* -- memory that is out -- */

static int read_and_revoke(struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	struct mf_ref refs[2] = { { 0 } };
	const struct mf_ref *list[] = { &refs[0], &refs[1] };
	struct mf_doc docs[2] = { 0 };
	struct mf_err errs[2] = { { 0 } };
	char how[128];
	int rc;

	rc = mf_ref_parse(&refs[0], mf_str("vault://secret/a"), err) || mf_ref_parse(&refs[1], mf_str("vault://secret/data/b"), err);
	if (rc == 0 && mf_provider_vault.fetch(cred, http, list, 2, docs, errs)) {
		rc = -1;
		*err = errs[0].id ? errs[0] : errs[1];
	}
	for (size_t i = 0; i < 2; i++) {
		mf_doc_free(&docs[i]);
		mf_ref_free(&refs[i]);
	}
	return rc ? -1 : mf_provider_vault.revoke(cred, http, (const char *const[]){ "l/1" }, 1, how, sizeof(how), err);
}

static int torture_job(void *ctx, struct mf_err *err)
{
	const struct mf_http_conf conf = { .deadline_ms = 5000, .tries = 1 };
	struct setup *s = ctx;
	struct mf_cred cred = { 0 };
	struct mf_http *http;
	int rc;

	if (mf_http_open(&http, &conf, err))
		return -1;
	rc = mf_provider_vault.exchange(s->conf, http, &s->who, &cred, err);
	if (rc == 0) {
		rc = read_and_revoke(&cred, http, err);
		mf_cred_free(&cred);
	}
	mf_http_close(http);
	return rc;
}

static int torture_refusal(void *ctx, struct mf_err *err)
{
	const struct mf_http_conf conf = { .deadline_ms = 5000, .tries = 1 };
	struct setup *s = ctx;
	struct mf_cred cred = { 0 };
	struct mf_http *http;

	if (mf_http_open(&http, &conf, err))
		return -1;
	if (mf_provider_vault.exchange(s->conf, http, &s->who, &cred, err) == 0)
		mf_cred_free(&cred);
	mf_http_close(http);
	/* a refusal is what this wants; only a bug would be wrong */
	if (err->code == MF_REFUSED) {
		memset(err, 0, sizeof(*err));
		return 0;
	}
	return -1;
}

static void test_torture(void **state)
{
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "POST", "/v1/auth/jwt/login", 200, LOGIN_OK, NULL }, { "POST", "/v1/auth/token/revoke-self", 204, "", NULL },
			     { "GET", "/v1/sys/internal/ui/mounts/secret/a", 200, MOUNT("secret/", "2"), NULL },
			     { "GET", "/v1/secret/data/a", 200, KV2("{\"k\":\"a\"}"), NULL }, { "GET", "/v1/secret/data/b", 200, KV2("{\"k\":\"b\"}"), NULL },
			     { "PUT", "/v1/sys/leases/revoke", 204, "", NULL }));
	identify(&s, CLAIMS);
	set(&s, MF_K_VAULT_HEADERS, "X-A: b");
	mf_torture_own(torture_job, &s);
	vault_rules = RULES({ "POST", "/v1/auth/jwt/login", 400, "{\"errors\":[\"role \\\"ci\\\" could not be found\"]}", NULL });
	mf_torture_own(torture_refusal, &s);
	close_setup(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jwt_login),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_settings_that_are_missing),
		cmocka_unit_test(test_odd_login_answers),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ready_token),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_echo_is_cut),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_revoke_ended),
		cmocka_unit_test(test_revoke_200),
		cmocka_unit_test(test_login_repeats),
		cmocka_unit_test(test_revoke_what_stays),
		cmocka_unit_test(test_needs_identity),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, vault_start, vault_stop);
}
