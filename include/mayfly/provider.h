/* SPDX-License-Identifier: Apache-2.0 */
/* Providers: an identity token becomes a short-lived credential; references become documents; at the end
 * everything is revoked. */
#ifndef MAYFLY_PROVIDER_H
#define MAYFLY_PROVIDER_H

#include <mayfly/conf.h>
#include <mayfly/http.h>
#include <mayfly/identity.h>
#include <mayfly/json.h>
#include <mayfly/ref.h>

struct mf_provider;

/* A credential that a provider gave us (or found), and how it ends. */
struct mf_cred {
	const struct mf_provider *provider;
	char *url, *ns;			/* where it is valid */
	struct mf_secret *token;	/* NULL with inline authentication */
	char *accessor;			/* names the token in the server's audit log; no secret */
	char *subject;			/* "role 'ci' (policies: ci)" for the summary */
	int64_t expires;		/* epoch seconds; 0: never, or not known (see `unlimited`) */
	int64_t ttl;			/* seconds at issue */
	bool unlimited;			/* has no end: root, or ttl 0 */
	bool root;			/* one of its policies is root */
	bool default_only;		/* it has no policy but the one that each token has */
	bool renewable;
	int64_t period;			/* seconds: whoever has it can renew it without end; 0: not periodic, or not known */
	int64_t max_ttl;		/* seconds from its issue that no renewal gets past; 0: the server's, or not known */
	bool bounded;			/* the server has said period and max_ttl */
	int64_t num_uses;		/* requests that it is good for; 0: any number, or not known */
	bool batch;			/* a batch token: it cannot be revoked */
	bool ours;			/* we obtained it and must end it; false for a VAULT_TOKEN that was there */
	void *priv;			/* the provider's own, or NULL */
};
void mf_cred_free(struct mf_cred *c);	/* wipes and zeroes it; revokes nothing */

/* What was read where. */
struct mf_read {
	char *path;			/* as the server knows it: "secret/data/ci/deploy"; NULL where nothing was read */
	size_t base;			/* so much of it holds all of its kind: "secret/data/"; 0: not known */
	bool writes;			/* reading it takes a write: the request had a body */
};

/* What a credential may do besides reading what was read. Texts are UTF-8 without control characters, "" where it is not so. */
struct mf_reach {
	bool told;			/* false: the server does not let it ask, and all else is empty */
	bool everything;		/* it may read a path that nobody has named: a policy has a wildcard at its top */
	char whole[256];		/* it may read all in here, where the first such thing was read */
	char written[256];		/* it may change this, which was only read */
	char sudo[256];			/* it has sudo here */
};

/* One fetched document: everything behind one path and version. */
struct mf_doc {
	struct mf_read read;
	struct mf_json *json;		/* the whole response */
	const struct mf_jnode *data;	/* the fields; NULL when missing */
	bool missing;			/* 404: errs[i] of fetch says what is known, for those who need it */
	char *lease_id;			/* a dynamic secret's lease, or NULL */
	int64_t lease_ttl;		/* seconds, 0 when none */
	int64_t version;		/* KV v2, else 0 */
	int64_t created;		/* epoch seconds, 0 when not known */
	int64_t expires;		/* epoch seconds, 0 when not known or never */
};
void mf_doc_free(struct mf_doc *d);	/* zeroes it */

struct mf_provider {
	const char *name;		/* "vault" */

	/* Logs in. `who` is NULL when the method needs no identity. On failure nothing is left behind at the server that
	 * could be revoked. */
	int (*exchange)(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err);

	/* Asks what bounds a credential of ours that its issue does not tell: period, max_ttl. A refusal leaves them unknown and is no error. */
	int (*look_up)(struct mf_cred *cred, struct mf_http *http, struct mf_err *err);

	/* Asks what it may do where it has read. A refusal is no error: out->told is false. */
	int (*reach)(const struct mf_cred *cred, struct mf_http *http, const struct mf_read *reads, size_t n, struct mf_reach *out, struct mf_err *err);

	/* Whether the configured method needs an identity token, and for which audience (borrowed, may be NULL). */
	bool (*needs_identity)(const struct mf_conf *conf, const char **audience);

	/* One doc for each of n distinct references, at once; errs[i].id is NULL where docs[i] is filled. -1 when any failed. The
	 * caller frees all docs in both cases; a doc that failed may still carry a lease. */
	int (*fetch)(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs);

	/* Ends the credential and its leases. What is gone already is no error. `how` (may be NULL) gets a line for the
	 * summary: "revoked, with 2 leases", "a batch token: ends by itself in 12 min". */
	int (*revoke)(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size, struct mf_err *err);

	/* The server's refusal of a login -> why, sent, hint and advice. */
	void (*explain)(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf, struct mf_err *err);

	/* Cuts what was sent as a secret with this credential out of a text that came from the server. In place. */
	void (*hide)(const struct mf_cred *cred, char *text);

	/* Frees cred->priv. May be NULL. */
	void (*drop)(struct mf_cred *cred);
};

extern const struct mf_provider mf_provider_vault;

/* What every request to this server has to carry, the extra headers of the configuration, as a text of one `Name: value` a line for
 * the saved state; *out is NULL when there are none. */
int mf_vault_headers_text(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* Attaches such a text (or NULL) to a credential that did not come from exchange(): the one that `revoke` reads from the state. */
int mf_vault_attach(struct mf_cred *cred, const struct mf_secret *headers, struct mf_err *err) MF_MUST_USE;

/* The method that a login would use: the configured one, else "token" when a token is there, "approle" when a role id is, else
 * "jwt". A static text. */
const char *mf_vault_method(const struct mf_conf *conf);

/* The mount of the auth method as the server knows it: "jwt" also where the configuration says "/auth/jwt/"; by default the method's
 * name. Borrowed. */
struct mf_str mf_vault_mount(const struct mf_conf *conf);

/* What can be known to be wrong without a request: no address, no role where the method needs one, a missing secret id, a header
 * that is none. MF-VAULT-.. as exchange() would fail. Dry runs call it. */
int mf_vault_check(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* How the provider's connection is configured (CA, client certificate, timeouts); strings borrowed from `conf`. */
int mf_vault_http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

#endif
