/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Vault provider share. */
#ifndef MAYFLY_PROVIDER_VAULT_H
#define MAYFLY_PROVIDER_VAULT_H

#include <mayfly/provider.h>

enum { MF_VAULT_FIELDS = 3 };	/* of a login, at most */

/* A request header that may hold a secret. */
struct mf_vault_header {
	char *name;
	struct mf_secret *value;
};

struct mf_vault_headers {
	struct mf_vault_header *v;
	size_t n;
};

/* What hangs on mf_cred.priv. */
struct mf_vault_priv {
	struct mf_vault_headers extra;		/* with every request */
	struct mf_vault_headers inline_auth;	/* with every read, in place of a token */
	struct mf_secret *identity;		/* inline: the JWT in those headers, to explain a refusal */
	struct mf_secret *sent[MF_VAULT_FIELDS + 1];	/* what the login sent as secrets: cut out of what the server says later */
	size_t n_sent;
	const struct mf_conf *conf;		/* inline: borrowed, likewise */
};

enum mf_vault_method {
	MF_VAULT_JWT, MF_VAULT_APPROLE, MF_VAULT_KUBERNETES, MF_VAULT_TOKEN, MF_VAULT_USERPASS, MF_VAULT_LDAP, MF_VAULT_GITHUB,
	MF_VAULT_OTHER
};

/* A login as the server wants it: a path and members of a JSON object. */
struct mf_vault_login {
	enum mf_vault_method method;
	char *mount;				/* "jwt" */
	char *path;				/* "auth/jwt/login" */
	char *role;				/* for messages: the role, user or role id; NULL when there is none */
	const char *keys[MF_VAULT_FIELDS];
	struct mf_secret *values[MF_VAULT_FIELDS];
	bool shown[MF_VAULT_FIELDS];		/* no secret: not cut out of the server's text */
	size_t n;
	struct mf_secret *body;			/* method `other`: the whole object */
	struct mf_secret *identity;		/* the JWT among the values, borrowed; or NULL */
};

/* One request in the making: owns what mf_req points at. Not to be moved once mf_vault_request() has filled it. */
struct mf_vault_request {
	struct mf_buf url;
	struct mf_header *headers;
	struct mf_req req;
};

/* vault.c: the table's members that other files need. */
int mf_vault_http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* vault_method.c: what can be known to be wrong without a request: no address, no role where the method needs one, a missing secret id, a
 * header that is none. MF-VAULT-.. */
int mf_vault_check(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* vault_call.c */
enum mf_vault_as { MF_VAULT_ANONYMOUS, MF_VAULT_WITH_TOKEN };
int mf_vault_request(struct mf_vault_request *out, const struct mf_cred *cred, enum mf_vault_as as, const char *path, const char *version,
		     struct mf_err *err) MF_MUST_USE;
void mf_vault_request_free(struct mf_vault_request *r);
void mf_vault_headers_free(struct mf_vault_headers *h);
int mf_vault_headers_add(struct mf_vault_headers *h, struct mf_str name, struct mf_str value, struct mf_err *err) MF_MUST_USE;
/* The extra headers of the configuration. */
int mf_vault_extra(struct mf_vault_headers *out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;
/* The same from a text of one header a line. */
int mf_vault_extra_text(struct mf_vault_headers *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
int mf_vault_priv(struct mf_vault_priv **out, struct mf_cred *cred, struct mf_err *err) MF_MUST_USE;

/* vault_answer.c: what the server says, taken apart strictly. None of these keeps a reference to `resp`. */

/* The body as JSON, an object; *out stays NULL for an empty body. MF-VAULT-04 for HTML and other text. */
int mf_vault_body(struct mf_json **out, const struct mf_resp *resp, struct mf_err *err) MF_MUST_USE;
/* The login's answer into token, accessor, subject, expires, ttl, batch. When a token was read and the rest makes no sense,
 * out->token is set although the call fails: the caller revokes it. */
int mf_vault_read_login(struct mf_cred *out, const struct mf_json *json, const char *role, int64_t now, struct mf_err *err) MF_MUST_USE;
/* lookup-self's answer likewise, but for the token; `origin` says where the token came from. */
int mf_vault_read_lookup(struct mf_cred *out, const struct mf_json *json, const char *origin, int64_t now, struct mf_err *err) MF_MUST_USE;
/* From lookup-self's answer what bounds the token besides its TTL. */
int mf_vault_read_bounds(struct mf_cred *out, const struct mf_json *json, struct mf_err *err) MF_MUST_USE;
/* The answer to sys/capabilities-self for one path as MF_VAULT_MAY_... */
enum { MF_VAULT_MAY_READ = 1, MF_VAULT_MAY_CHANGE = 2, MF_VAULT_MAY_SUDO = 4 };
unsigned mf_vault_read_capabilities(const struct mf_json *json, const char *path);
/* A read's answer; takes `json` over, also on failure. A lease is noted even when the rest makes no sense. */
int mf_vault_read_doc(struct mf_doc *out, struct mf_json *json, const struct mf_ref *ref, int64_t now, struct mf_err *err) MF_MUST_USE;
/* The texts of `errors` in one line, tidied, cut to size, without any part of the secrets that were sent. `cred` may be NULL. */
void mf_vault_errors(char *out, size_t size, const struct mf_json *json, const struct mf_cred *cred);
/* Cuts the token and all else that was sent as a secret with this credential out of a text of the server. In place; NULL: nothing. */
void mf_vault_hide(const struct mf_cred *cred, char *text);
/* States in which no request is served: 429, 472, 473, 5xx but 500. Fills err (keeping `what` short) and returns true for these. */
bool mf_vault_unavailable(long status, const char *what, const char *text, struct mf_err *err);
/* What a refusal says of the token: nothing, that it is not known (OpenBao has only "permission denied" for that, which a gateway
 * could say too), or that it is at its end. */
enum mf_vault_word { MF_VAULT_SILENT, MF_VAULT_UNKNOWN, MF_VAULT_ENDED };
enum mf_vault_word mf_vault_word_of(const struct mf_json *json);
/* Whether a 403 speaks of the token itself and not of a policy. */
bool mf_vault_bad_token(const struct mf_json *json);
/* Whether this is a whole answer of Vault's or OpenBao's own, whatever it is about. */
bool mf_vault_own_answer(const struct mf_json *json);

/* vault_method.c: the configuration's login. */
enum mf_vault_method mf_vault_method_of(const struct mf_conf *conf);
int mf_vault_login_of(struct mf_vault_login *out, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err) MF_MUST_USE;
void mf_vault_login_free(struct mf_vault_login *l);
/* The JSON object of a login. */
int mf_vault_login_body(struct mf_secret **out, const struct mf_vault_login *l, struct mf_err *err) MF_MUST_USE;
/* Appends `"key":"value"` to an object in the making. */
int mf_vault_member(struct mf_secret *body, const char *key, struct mf_str value, struct mf_err *err) MF_MUST_USE;

/* vault_jwt.c: a token signed with a key of the user's, with vault-action's claims. */
int mf_vault_own_jwt(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* vault_inline.c: a login as request headers. */
int mf_vault_inline_headers(struct mf_vault_headers *out, const struct mf_vault_login *l, struct mf_err *err) MF_MUST_USE;

/* vault_explain.c: err is filled already; this adds why, sent, hint and advice. */
void mf_vault_explain(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf,
		      const struct mf_cred *cred, struct mf_err *err);


/* vault_login.c, vault_read.c, vault_revoke.c: the table's entries. */
int mf_vault_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err);
int mf_vault_look_up(struct mf_cred *cred, struct mf_http *http, struct mf_err *err);
int mf_vault_renew(struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, int64_t *life, struct mf_err *err);
int mf_vault_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err);
int mf_vault_reach(const struct mf_cred *cred, struct mf_http *http, const struct mf_read *reads, size_t n, struct mf_reach *out, struct mf_err *err);
int mf_vault_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs,
		   struct mf_err *errs);
int mf_vault_revoke(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size,
		    struct mf_err *err);
/* One request and its answer; *json may be NULL. -1 when there was no answer that could be read. */
int mf_vault_call(struct mf_http *http, const struct mf_cred *cred, const char *method, const char *path, const struct mf_secret *body,
		  enum mf_retry retry, long *status, struct mf_json **json, struct mf_err *err) MF_MUST_USE;
/* 1: the token is valid, 0: it is refused, -1: not known. */
int mf_vault_alive(struct mf_http *http, const struct mf_cred *cred);
/* Whether the server itself does not know the token: it refuses it in its own words where it lets anybody in who has none. */
bool mf_vault_forgotten(struct mf_http *http, const struct mf_cred *cred);

/* vault_mount.c: which API path a reference means. */
size_t mf_vault_data_at(const char *path);	/* the index of the first segment "data" after the first one, or 0 */
/* "secret/ci/x" in mount "secret/" -> "secret/data/ci/x"; NULL when memory is out. */
char *mf_vault_data_path(const char *path, size_t mount_len);
/* Reads sys/internal/ui/mounts/<path>: the mount's path with its slash (a new string) whether it is KV, and KV v2. False when the answer
 * says neither. */
bool mf_vault_read_mount(char **mount, bool *kv, bool *kv2, const struct mf_json *json);

#endif
