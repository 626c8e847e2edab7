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
	const char *kind, *title;	/* static: "vault-batch-token", "a Vault batch token" */
	const char *named;		/* static: the variable that is known for it, "VAULT_TOKEN" */
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
	char *serve_url;		/* where an agent of ours gives it to programs that ask with serve_token; NULL: nowhere */
	struct mf_secret *serve_token;
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
	struct mf_json *json;		/* the whole response; NULL where `raw` is it */
	const struct mf_jnode *data;	/* the fields; NULL when missing */
	struct mf_secret *raw;		/* a secret that is bytes and has fields only if these are JSON; else NULL */
	bool missing;			/* 404: errs[i] of fetch says what is known, for those who need it */
	char *lease_id;			/* a dynamic secret's lease, or NULL */
	int64_t lease_ttl;		/* seconds, 0 when none */
	int64_t version;		/* KV v2, else 0 */
	int64_t created;		/* epoch seconds, 0 when not known */
	int64_t expires;		/* epoch seconds, 0 when not known or never */
};
void mf_doc_free(struct mf_doc *d);	/* zeroes it */

#define MF_FILE_HERE "\"\\u0000\""	/* no path is that, and no other text of ours */

/* What a login hands to the job: a variable, and a step's output. */
struct mf_grant {
	const char *name;		/* of the variable; borrowed for the call */
	const char *output;		/* of the step, or NULL */
	bool no_env;			/* only the output */
	const char *plain;		/* its value where that is no secret: an address, a region; exported without a mask. Else NULL */
	bool fresh;			/* a file whose content ends with the login: a later one gives it anew */
	bool known;			/* `value` is no secret as a whole, and not masked: what is one in it is among secret() */
	bool there;			/* the job has it already: nothing new is set */
	enum mf_as as;
	const char *holds;		/* a file that was given before, whose path (quoted as JSON has it) stands where the value has MF_FILE_HERE; or NULL */
	struct mf_secret *value;	/* taken over by the receiver, also on failure; NULL before the login, and with `plain` */
};
typedef int mf_grant_fn(void *ctx, const struct mf_grant *grant, struct mf_err *err);

/* A fact for a reader, without secrets: "role", "ci". A NULL or empty value is left out. */
typedef int mf_fact_fn(void *ctx, const char *name, const char *value, struct mf_err *err);

/* Members that are said to may be NULL where a provider has no such thing. */
struct mf_provider {
	const char *name;		/* "vault": its section in .mayfly.yml, its word on the command line */
	const char *title;		/* "Vault" in messages */
	unsigned schemes;		/* the references that it reads: 1 << enum mf_scheme, or 0 */

	/* Whether its credential itself is asked for, whatever is read with it. */
	bool (*wanted)(const struct mf_conf *conf);

	/* What can be known to be wrong without a request, as exchange() would fail. */
	int (*check)(const struct mf_conf *conf, struct mf_err *err);

	/* How its connection is configured; strings borrowed from `conf`. */
	int (*http_conf)(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err);

	/* What exchange() would do, in facts, for a dry run. */
	int (*plan)(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err);

	/* Logs in. `who` is NULL when the method needs no identity. On failure nothing is left behind at the server that
	 * could be revoked. */
	int (*exchange)(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err);

	/* The i-th secret that the credential is made of, to be masked in the log, and what it is called ("the Vault token"); NULL after the last. */
	const struct mf_secret *(*secret)(const struct mf_cred *cred, size_t i, const char **called);

	/* Gives what `conf` wants the job to get of the login. `cred` NULL: what it would get, secrets without their value. `drop_in`: what its model
	 * exports, and no more. */
	int (*hand_over)(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err);

	/* What to run or to set so that the next such credential lives shorter. */
	void (*shorten)(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size);

	/* Asks what bounds a credential of ours that its issue does not tell: period, max_ttl. A refusal leaves them unknown and is no error.
	 * May be NULL. */
	int (*look_up)(struct mf_cred *cred, struct mf_http *http, struct mf_err *err);

	/* Asks what it may do where it has read. A refusal is no error: out->told is false. May be NULL. */
	int (*reach)(const struct mf_cred *cred, struct mf_http *http, const struct mf_read *reads, size_t n, struct mf_reach *out, struct mf_err *err);

	/* Reads the trust that an identity is judged by, as text for mf_trust_read: with a login of one's own where `conf` has one, else with the login by `who` (NULL when
	 * the method needs no identity), which has ended when this returns. NULL where doctor does not know the provider. */
	int (*trust)(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err);

	/* Whether programs get it from an agent's address (cred->serve_url) instead of from variables or files, where there is an agent; and what they get: JSON, freed by
	 * the caller. May both be NULL. */
	bool (*served)(const struct mf_conf *conf);
	int (*endpoint)(struct mf_secret **out, const struct mf_cred *cred, struct mf_err *err);

	/* Makes a credential that the job has, and its leases, live longer. *life: seconds until the first of them ends. May be NULL: where one is refreshed by a
	 * further exchange(), whose hand_over() then gives the files anew. */
	int (*renew)(struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, int64_t *life, struct mf_err *err);

	/* Whether the configured method needs an identity token; and for which audience it is, or where it needs none would be (borrowed, may be NULL). */
	bool (*needs_identity)(const struct mf_conf *conf, const char **audience);

	/* One doc for each of n distinct references, at once; errs[i].id is NULL where docs[i] is filled. -1 when any failed. The
	 * caller frees all docs in both cases; a doc that failed may still carry a lease. NULL where schemes is 0. */
	int (*fetch)(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs);

	/* Ends the credential and its leases. What is gone already is no error. `how` (may be NULL) gets a line for the
	 * summary: "revoked, with 2 leases", "a batch token: ends by itself in 12 min". NULL where credentials only end by themselves. */
	int (*revoke)(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size, struct mf_err *err);

	/* Cuts what was sent as a secret with this credential out of a text that came from the server. In place. May be NULL. */
	void (*hide)(const struct mf_cred *cred, char *text);

	/* What every request to this server has to carry, the extra headers of the configuration, as a text of one `Name: value` a line for
	 * the saved state; *out is NULL when there are none. May be NULL, with attach(). */
	int (*headers)(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err);

	/* Attaches such a text (or NULL) to a credential that did not come from exchange(): the one that `revoke` reads from the state. */
	int (*attach)(struct mf_cred *cred, const struct mf_secret *headers, struct mf_err *err);

	/* Frees cred->priv. May be NULL. */
	void (*drop)(struct mf_cred *cred);
};

extern const struct mf_provider mf_provider_vault;
extern const struct mf_provider mf_provider_aws;
extern const struct mf_provider mf_provider_gcp;
extern const struct mf_provider mf_provider_azure;
extern const struct mf_provider mf_provider_github;
extern const struct mf_provider mf_provider_publish;

/* All of them, in the order in which a run logs in. */
#define MF_PROVIDERS 6
extern const struct mf_provider *const mf_providers[MF_PROVIDERS];

/* By its name, or by a reference's scheme; NULL when there is none. */
const struct mf_provider *mf_provider_find(const char *name);
const struct mf_provider *mf_provider_of(enum mf_scheme scheme);

/* Whether any reference of the configuration is read through it. */
bool mf_provider_reads(const struct mf_provider *p, const struct mf_conf *conf);

/* Whether a run has to log in to it: it is wanted, or reads. */
bool mf_provider_needed(const struct mf_provider *p, const struct mf_conf *conf);

/* Whose registry a host is ("123456789012.dkr.ecr.eu-west-1.amazonaws.com"), or NULL; the user (static) and password that a login is for it, which the caller frees; and both as
 * Docker's credential helpers print them. */
const struct mf_provider *mf_registry_provider(struct mf_str host);
int mf_registry_login(const char **user, struct mf_secret **secret, const struct mf_cred *cred, struct mf_http *http, struct mf_str host, struct mf_err *err) MF_MUST_USE;
int mf_registry_answer(struct mf_secret **out, struct mf_str server, const char *user, const struct mf_secret *secret, struct mf_err *err) MF_MUST_USE;

/* A session as AWS's own programs take it from a program (credential_process, version 1) or from an endpoint: one line of JSON. The caller frees *out. */
int mf_aws_process(struct mf_secret **out, const struct mf_cred *cred, bool endpoint, struct mf_err *err) MF_MUST_USE;

/* An identity token as Google's client libraries take it from a program: one line of JSON (AIP-4117, executable source, version 1). The caller frees *out. */
int mf_gcp_executable(struct mf_secret **out, const struct mf_identity *who, struct mf_err *err) MF_MUST_USE;

/* What all providers' connections share: certificates, plain http, time and tries. MF-CONF-.. for a timeout that is none. */
int mf_provider_http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* The method that a login would use: the configured one, else "token" when a token is there, "approle" when a role id is, else
 * "jwt". A static text. */
const char *mf_vault_method(const struct mf_conf *conf);

/* The mount of the auth method as the server knows it: "jwt" also where the configuration says "/auth/jwt/"; by default the method's
 * name. Borrowed. */
struct mf_str mf_vault_mount(const struct mf_conf *conf);

#endif
