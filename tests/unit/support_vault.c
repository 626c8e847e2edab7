/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted Vault server on loopback and a client of it. */
#include "support_vault.h"

#include <pthread.h>
#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include "support_http.h"
#include "unit.h"

static struct server server;
const struct rule *vault_rules;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
char vault_seen[16384];
char vault_head[16384], vault_body[16384];

static bool is_method(const char *rule, const char *method, const char *who)
{
	size_t n = strlen(method);

	return strncmp(rule, method, n) == 0 && (!rule[n] || (rule[n] == '+' && strcmp(rule + n + 1, who) == 0));
}

static void answer(struct conn *c)
{
	const struct rule *r = vault_rules;
	const char *who = strcasestr(c->head, "\r\nx-vault-token:") ? "token" : "nobody";

	pthread_mutex_lock(&lock);
	if (strlen(vault_seen) + strlen(c->path) + 20 < sizeof(vault_seen))
		snprintf(vault_seen + strlen(vault_seen), sizeof(vault_seen) - strlen(vault_seen), "%s %s\n", c->method, c->path);
	memcpy(vault_head, c->head, sizeof(vault_head));
	memcpy(vault_body, c->body, sizeof(vault_body));
	pthread_mutex_unlock(&lock);
	for (; r && r->path; r++)
		if (is_method(r->method, c->method, who) && strcmp(r->path, c->path) == 0) {
			if (r->status == LOST) {
				conn_reset(c);
				return;
			}
			conn_reply(c, r->status, r->headers ? r->headers : "", r->body);
			return;
		}
	conn_reply(c, 404, "", "{\"errors\":[]}");
}

size_t times(const char *line)
{
	size_t n = 0;

	for (const char *p = vault_seen; (p = strstr(p, line)); p++)
		n++;
	return n;
}

void set(struct setup *s, enum mf_key k, const char *value)
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

char vault_jwt[8192];

void identify(struct setup *s, const char *payload)
{
	struct mf_err err = { 0 };

	b64_part(vault_jwt, "{\"alg\":\"RS256\"}");
	strncat(vault_jwt, ".", 2);
	b64_part(vault_jwt + strlen(vault_jwt), payload);
	strncat(vault_jwt, ".c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU", 64);
	s->who.token = mf_secret_new(vault_jwt, strlen(vault_jwt));
	if (mf_jwt_decode(&s->who.claims, s->who.token, &err))
		fail_msg("%s: %s", err.what, err.why);
}

void open_setup(struct setup *s, const struct rule *r)
{
	struct mf_http_conf http = { .deadline_ms = 5000, .tries = 1 };
	struct mf_err err = { 0 };
	char url[64];

	memset(s, 0, sizeof(*s));
	vault_rules = r;
	vault_seen[0] = 0;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", server.port);
	assert_int_equal(mf_conf_new(&s->conf, &err), 0);
	assert_int_equal(mf_http_open(&s->http, &http, &err), 0);
	set(s, MF_K_VAULT_URL, url);
}

void close_setup(struct setup *s)
{
	mf_cred_free(&s->cred);
	mf_identity_free(&s->who);
	mf_http_close(s->http);
	mf_conf_free(s->conf);
}

int login(struct setup *s, struct mf_err *err)
{
	memset(err, 0, sizeof(*err));
	return mf_provider_vault.exchange(s->conf, s->http, s->who.token ? &s->who : NULL, &s->cred, err);
}

void login_ok(struct setup *s)
{
	struct mf_err err;

	if (login(s, &err))
		fail_msg("%s: %s", err.what, err.why);
}

void have_token(struct setup *s)
{
	s->cred.provider = &mf_provider_vault;
	s->cred.url = mf_strdup(mf_conf_str(s->conf, MF_K_VAULT_URL));
	s->cred.token = mf_secret_new(TOKEN, strlen(TOKEN));
	s->cred.subject = mf_strdup("role 'ci'");
	s->cred.expires = mf_now() + 600;
	s->cred.ours = true;
}

int vault_start(void **state)
{
	(void)state;
	server_start(&server, answer, NULL);
	return 0;
}

int vault_stop(void **state)
{
	(void)state;
	server_stop(&server);
	return 0;
}
