/* SPDX-License-Identifier: Apache-2.0 */
/* provider/vault against scripted answers on loopback: logins, reads, revocation, and what is said when they fail. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>
#include "../../src/provider/vault.h"
#include "support_http.h"

#define TOKEN "s.unitTestToken0123456789"
#define LOGIN_OK "{\"auth\":{\"client_token\":\"" TOKEN "\",\"accessor\":\"acc\",\"policies\":[\"ci\",\"default\"],\"lease_duration\":600," \
		 "\"renewable\":true,\"token_type\":\"service\",\"mfa_requirement\":null}}"
#define KV2(fields) "{\"data\":{\"data\":" fields ",\"metadata\":{\"created_time\":\"2026-01-02T03:04:05.6Z\",\"custom_metadata\":null," \
		    "\"deletion_time\":\"\",\"destroyed\":false,\"version\":3}}}"
#define MOUNT(path, version) "{\"data\":{\"path\":\"" path "\",\"type\":\"kv\",\"options\":{\"version\":\"" version "\"}}}"
#define DENIED "{\"errors\":[\"1 error occurred:\\n\\t* permission denied\\n\\n\"]}"

/* -- the server -- */

struct rule {
	const char *method, *path;
	int status;
	const char *body;
	const char *headers;
};

static struct server server;
static const struct rule *rules;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char seen[16384];	/* "METHOD path\n" for each request */
static char head[16384], body[16384];	/* of the last POST or PUT, or of the last request that has no body */

static void answer(struct conn *c)
{
	const struct rule *r = rules;

	pthread_mutex_lock(&lock);
	if (strlen(seen) + strlen(c->path) + 20 < sizeof(seen))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s %s\n", c->method, c->path);
	memcpy(head, c->head, sizeof(head));
	memcpy(body, c->body, sizeof(body));
	pthread_mutex_unlock(&lock);
	for (; r && r->path; r++)
		if (strcmp(r->method, c->method) == 0 && strcmp(r->path, c->path) == 0) {
			conn_reply(c, r->status, r->headers ? r->headers : "", r->body);
			return;
		}
	conn_reply(c, 404, "", "{\"errors\":[]}");
}

#define RULES(...) ((const struct rule[]){ __VA_ARGS__, { 0 } })

static size_t times(const char *line)
{
	size_t n = 0;

	for (const char *p = seen; (p = strstr(p, line)); p++)
		n++;
	return n;
}

/* -- the client -- */

struct setup {
	struct mf_conf *conf;
	struct mf_http *http;
	struct mf_identity who;
	struct mf_cred cred;
};

static void set(struct setup *s, enum mf_key k, const char *value)
{
	struct mf_err err = { 0 };

	if (mf_conf_set_env(s->conf, k, value, "test", &err))
		fail_msg("%s", err.what);
}

static void b64_part(char *out, const char *text)
{
	size_t n = mf_b64_encode(out, text, strlen(text), MF_B64_URL, false);

	out[n] = 0;
}

static char jwt[8192];

/* A token with this payload and no valid signature: nobody checks it here. */
static void identify(struct setup *s, const char *payload)
{
	struct mf_err err = { 0 };

	b64_part(jwt, "{\"alg\":\"RS256\"}");
	strncat(jwt, ".", 2);
	b64_part(jwt + strlen(jwt), payload);
	strncat(jwt, ".c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU", 64);
	s->who.token = mf_secret_new(jwt, strlen(jwt));
	if (mf_jwt_decode(&s->who.claims, s->who.token, &err))
		fail_msg("%s: %s", err.what, err.why);
}

static void open_setup(struct setup *s, const struct rule *r)
{
	struct mf_http_conf http = { .deadline_ms = 5000, .tries = 1 };
	struct mf_err err = { 0 };
	char url[64];

	memset(s, 0, sizeof(*s));
	rules = r;
	seen[0] = 0;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", server.port);
	assert_int_equal(mf_conf_new(&s->conf, &err), 0);
	assert_int_equal(mf_http_open(&s->http, &http, &err), 0);
	set(s, MF_K_VAULT_URL, url);
}

static void close_setup(struct setup *s)
{
	mf_cred_free(&s->cred);
	mf_identity_free(&s->who);
	mf_http_close(s->http);
	mf_conf_free(s->conf);
}

static int login(struct setup *s, struct mf_err *err)
{
	memset(err, 0, sizeof(*err));
	return mf_provider_vault.exchange(s->conf, s->http, s->who.token ? &s->who : NULL, &s->cred, err);
}

static void login_ok(struct setup *s)
{
	struct mf_err err;

	if (login(s, &err))
		fail_msg("%s: %s", err.what, err.why);
}

/* A token without a login. */
static void have_token(struct setup *s)
{
	s->cred.provider = &mf_provider_vault;
	s->cred.url = mf_strdup(mf_conf_str(s->conf, MF_K_VAULT_URL));
	s->cred.token = mf_secret_new(TOKEN, strlen(TOKEN));
	s->cred.subject = mf_strdup("role 'ci'");
	s->cred.expires = mf_now() + 600;
	s->cred.ours = true;
}

#define CLAIMS "{\"iss\":\"https://iss.example\",\"aud\":\"https://vault.example\",\"sub\":\"repo:acme/shop:ref:refs/heads/main\"," \
	       "\"repository\":\"acme/shop\",\"ref\":\"refs/heads/main\",\"exp\":4102444800,\"iat\":1700000000}"

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
	assert_non_null(strstr(head, "\r\nX-Vault-Request: true\r\n"));
	assert_non_null(strstr(head, "\r\nX-Vault-Namespace: team-a\r\n"));
	assert_non_null(strstr(head, "\r\nX-Custom: a: b\r\n"));
	assert_null(strstr(head, "X-Vault-Token"));
	assert_non_null(strstr(body, "{\"role\":\"ci \\\"x\\\"\",\"jwt\":\"eyJ"));
	assert_str_is(mf_secret_reveal(s.cred.token), TOKEN);
	assert_string_equal(s.cred.accessor, "acc");
	assert_string_equal(s.cred.subject, "role 'ci \"x\"' (policies: ci, default)");
	assert_int_equal(s.cred.ttl, 600);
	assert_true(s.cred.expires > mf_now() + 590 && s.cred.expires <= mf_now() + 600);
	assert_true(s.cred.ours && s.cred.renewable && !s.cred.batch && !s.cred.unlimited);
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
		assert_string_equal(body, cases[i].body);
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
	assert_string_equal(body, "{\"role\":\"ci\",\"jwt\":\"header.payload.sig\"}");
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
		assert_string_equal(seen, "");
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
		{ "{\"auth\":{\"client_token\":\"" TOKEN "\",\"lease_duration\":1,\"renewable\":\"yes\"}}", true },
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

static void test_ready_token(void **state)
{
	struct mf_err err;
	struct setup s;

	(void)state;
	open_setup(&s, RULES({ "GET", "/v1/auth/token/lookup-self", 200,
			       "{\"data\":{\"ttl\":0,\"expire_time\":null,\"policies\":[\"root\"],\"type\":\"service\",\"accessor\":\"a\"}}", NULL }));
	set(&s, MF_K_VAULT_TOKEN, TOKEN);
	login_ok(&s);
	assert_non_null(strstr(head, "\r\nX-Vault-Token: " TOKEN "\r\n"));
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
	open_setup(&s, RULES({ "GET", "/v1/auth/token/lookup-self", 403, DENIED, NULL }, { "GET", "/v1/sys/internal/ui/mounts", 200, "{\"data\":{}}", NULL }));
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
	snprintf(answer_text, sizeof(answer_text), "{\"errors\":[\"bad token %.40s and %s\\u001b[31m\"]}", jwt + 20, jwt);
	rules = RULES({ "POST", "/v1/auth/jwt/login", 400, answer_text, NULL });
	assert_int_equal(login(&s, &err), -1);
	for (size_t i = 0; i + 16 <= strlen(jwt); i++)
		if (memmem(&err, sizeof(err), jwt + i, 16))
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
	mf_vault_cut(a, s);
	assert_string_equal(a, "x abcdefghijklmno y");
	mf_vault_cut(b, s);
	assert_string_equal(b, "x [cut] y [cut]");
	mf_vault_cut(c, shorter);
	assert_string_equal(c, "it was [cut]!");
	mf_vault_cut(d, s);
	mf_vault_cut(e, tiny);
	assert_string_equal(e, "a **** ****es");
	mf_vault_cut(e, NULL);
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
	assert_non_null(strstr(head, "\r\nX-Vault-Token: " TOKEN "\r\n"));
	assert_field(&r.docs[0], "k", "v");
	assert_field(&r.docs[0], "n", "1.50");
	assert_int_equal(r.docs[0].version, 3);
	assert_int_equal(r.docs[0].created, 1767323045);
	assert_int_equal(r.docs[0].expires, 0);
	assert_null(r.docs[0].lease_id);
	assert_int_equal(server.requests > 0, 1);
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
	assert_string_equal(body, "{\"common_name\":\"x\"}");
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
	assert_string_equal(seen, "");
	assert_null(s.cred.token);
	assert_int_equal(READ(&s, &r, "vault://s/data/a"), 0);
	assert_non_null(strstr(head, "\r\nX-Vault-Inline-Auth-Path: auth/jwt/login\r\n"));
	/* {"key":"role","value":"ci"} */
	assert_non_null(strstr(head, "\r\nX-Vault-Inline-Auth-Parameter-role: eyJrZXkiOiJyb2xlIiwidmFsdWUiOiJjaSJ9\r\n"));
	assert_non_null(strstr(head, "\r\nX-Vault-Inline-Auth-Parameter-jwt: eyJrZXkiOiJqd3QiLC"));
	assert_null(strstr(head, "X-Vault-Token"));
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
	assert_string_equal(seen, "POST /v1/auth/token/revoke-self\n");
	close_setup(&s);

	/* gone already */
	open_setup(&s, RULES({ "POST", "/v1/auth/token/revoke-self", 403, "{\"errors\":[\"permission denied\"]}", NULL }));
	have_token(&s);
	assert_int_equal(end(&s, NULL, 0, how, &err), 0);
	assert_string_equal(how, "had ended already");
	close_setup(&s);

	/* alive, and not allowed to: its leases are tried */
	open_setup(&s, RULES({ "POST", "/v1/auth/token/revoke-self", 403, DENIED, NULL }, { "GET", "/v1/sys/internal/ui/mounts", 200, "{\"data\":{}}", NULL },
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
	assert_string_equal(body, "{\"lease_id\":\"d/creds/a/1\"}");
	close_setup(&s);

	open_setup(&s, RULES({ "PUT", "/v1/sys/leases/revoke", 403, DENIED, NULL }));
	have_token(&s);
	s.cred.ours = false;
	s.cred.unlimited = true;
	assert_int_equal(end(&s, leases, 1, how, &err), 0);
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

static int start(void **state)
{
	(void)state;
	server_start(&server, answer, NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_stop(&server);
	return 0;
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
		cmocka_unit_test(test_ready_token),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_echo_is_cut),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_read_kv2),
		cmocka_unit_test(test_short_paths),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_data_in_the_name),
		cmocka_unit_test(test_leases),
		cmocka_unit_test(test_read_errors),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_lease_of_a_bad_answer),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_revoke_what_stays),
		cmocka_unit_test(test_needs_identity),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
