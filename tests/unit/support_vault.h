/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted Vault server on loopback and a client of it, for the tests of provider/vault. */
#ifndef MAYFLY_TEST_SUPPORT_VAULT_H
#define MAYFLY_TEST_SUPPORT_VAULT_H

#include "../../src/provider/vault.h"

#define TOKEN "s.unitTestToken0123456789"
#define LOGIN_OK "{\"auth\":{\"client_token\":\"" TOKEN "\",\"accessor\":\"acc\",\"policies\":[\"ci\",\"default\"],\"lease_duration\":600," \
		 "\"renewable\":true,\"token_type\":\"service\",\"mfa_requirement\":null}}"
#define KV2(fields) "{\"data\":{\"data\":" fields ",\"metadata\":{\"created_time\":\"2026-01-02T03:04:05.6Z\",\"custom_metadata\":null," \
		    "\"deletion_time\":\"\",\"destroyed\":false,\"version\":3}}}"
#define MOUNT(path, version) "{\"data\":{\"path\":\"" path "\",\"type\":\"kv\",\"options\":{\"version\":\"" version "\"}}}"
#define OWN(data) "{\"request_id\":\"r-1\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,\"data\":" data "}"
#define DENIED "{\"errors\":[\"1 error occurred:\\n\\t* permission denied\\n\\n\"]}"

enum { LOST = -1 };	/* a status: the connection is cut */

/* What the server answers; 404 for all else. A method "GET+token" is for requests with a token, "GET+nobody" for those without. */
struct rule {
	const char *method, *path;
	int status;
	const char *body;
	const char *headers;
};

#define RULES(...) ((const struct rule[]){ __VA_ARGS__, { 0 } })

extern const struct rule *vault_rules;
extern char vault_seen[16384];			/* "METHOD path\n" for each request */
extern char vault_head[16384], vault_body[16384];	/* of the last request */
extern char vault_jwt[8192];			/* the token that identify() made */

size_t times(const char *line);			/* how often `line` is in vault_seen */

struct setup {
	struct mf_conf *conf;
	struct mf_http *http;
	struct mf_identity who;
	struct mf_cred cred;
};

void open_setup(struct setup *s, const struct rule *rules);
void close_setup(struct setup *s);
void set(struct setup *s, enum mf_key k, const char *value);
void identify(struct setup *s, const char *payload);	/* a token with these claims; nobody checks its signature */
int login(struct setup *s, struct mf_err *err);
void login_ok(struct setup *s);
void have_token(struct setup *s);			/* without a login */

#define CLAIMS "{\"iss\":\"https://iss.example\",\"aud\":\"https://vault.example\",\"sub\":\"repo:acme/shop:ref:refs/heads/main\"," \
	       "\"repository\":\"acme/shop\",\"ref\":\"refs/heads/main\",\"exp\":4102444800,\"iat\":1700000000}"

/* Group fixtures: the server runs. */
int vault_start(void **state);
int vault_stop(void **state);

#endif
