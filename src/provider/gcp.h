/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Google Cloud provider share. Sources: Security Token Service API v1 (token), IAM Service Account Credentials API v1 (generateAccessToken,
 * generateIdToken, signJwt), Google Identity, "Using OAuth 2.0 for server to server applications"; Secret Manager API v1 (projects.secrets.versions.access);
 * Compute Engine, "VM metadata". */
#ifndef MAYFLY_PROVIDER_GCP_H
#define MAYFLY_PROVIDER_GCP_H

#include <mayfly/provider.h>

enum {
	MF_GCP_HOST = 400,		/* bytes of a service's address */
	MF_GCP_TOKEN_URL = MF_GCP_HOST + 16,
	MF_GCP_PROVIDER = 512,		/* of a provider's name */
	MF_GCP_PROJECT = 128,		/* of a project's id */
	MF_GCP_TEXT = 500,		/* of what a server says */
	MF_GCP_PROGRAM = 4096,		/* of this program's path */
	MF_GCP_SUBJECT = 127		/* of google.subject: more is refused */
};

struct mf_gcp_token {
	struct mf_secret *token;
	int64_t expires, ttl;		/* epoch seconds, seconds at issue */
};
void mf_gcp_token_free(struct mf_gcp_token *t);

/* What hangs on mf_cred.priv. */
struct mf_gcp_priv {
	struct mf_secret *assertion;	/* the identity token; NULL without one */
	struct mf_gcp_token federated;	/* what it was exchanged for */
	struct mf_gcp_token access;	/* of the service account, or the federated one again: what is read with */
	struct mf_gcp_token person;	/* of domain-wide delegation, or without a token */
	struct mf_secret *id_token;	/* for gcp.id-token-audience, or NULL */
	char *request_url;		/* where GitHub gives further identity tokens, and with which bearer; NULL elsewhere */
	struct mf_secret *request_token;
	const struct mf_conf *conf;	/* borrowed */
};

/* -- gcp_settings.c -- */

/* A text of the configuration, or NULL where it is not set or empty. */
const char *mf_gcp_text(const struct mf_conf *conf, enum mf_key k);

/* The domain of the services: "googleapis.com". */
const char *mf_gcp_universe(const struct mf_conf *conf);

/* The provider's name without a host before it: "projects/1/locations/...". "" where it is not set. */
void mf_gcp_provider_name(char out[static MF_GCP_PROVIDER], const struct mf_conf *conf);

/* The project: the configured one, the service account's, or "". */
void mf_gcp_project(char out[static MF_GCP_PROJECT], const struct mf_conf *conf);

/* The audience of the identity token: the configured one, or the provider's default. */
void mf_gcp_audience(char out[static MF_GCP_HOST + MF_GCP_PROVIDER], const struct mf_conf *conf);

/* The provider as STS and IAM name it: "//iam.googleapis.com/projects/1/locations/...". */
void mf_gcp_resource(char out[static MF_GCP_HOST + MF_GCP_PROVIDER], const struct mf_conf *conf);

void mf_gcp_sts_url(char out[static MF_GCP_TOKEN_URL], const struct mf_conf *conf);

/* Of the IAM Credentials API: what `verb` is asked of the configured service account. */
int mf_gcp_account_url(struct mf_buf *out, const struct mf_conf *conf, const char *verb, struct mf_err *err) MF_MUST_USE;

/* Where a service answers, without a slash at its end: what `own` says, or https://SERVICE.UNIVERSE. */
void mf_gcp_endpoint(char out[static MF_GCP_HOST], const struct mf_conf *conf, enum mf_key own, const char *service);

/* How the file for programs gets identity tokens. */
enum mf_gcp_source { MF_GCP_EXECUTABLE, MF_GCP_FILE, MF_GCP_URL };
enum mf_gcp_source mf_gcp_source(const struct mf_conf *conf, bool can_ask_again);

/* This program's path; false where it cannot stand in the file's command. */
bool mf_gcp_program(char out[static MF_GCP_PROGRAM]);

bool mf_gcp_machine(const struct mf_conf *conf);

/* All that can be known to be wrong without a request. MF-GCP-01. */
int mf_gcp_check(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* -- gcp.c -- */
bool mf_gcp_exports(const struct mf_conf *conf);

/* -- gcp_call.c: requests with a bearer, answered in JSON -- */

/* Who is asked, for messages. */
struct mf_gcp_ask {
	const char *title;		/* "the Security Token Service" */
	const char *doing;		/* "cannot log in to Google Cloud" */
	const char *url;
	const struct mf_secret *bearer;	/* or NULL */
	struct mf_secret *body;		/* owned by the caller; NULL: GET */
	const char *content_type;
};
/* 0 with any status; *json is NULL where the body is no JSON object (then the status is not 200). MF-HTTP-.., MF-GCP-03. */
int mf_gcp_call(struct mf_json **json, struct mf_resp *resp, const struct mf_gcp_ask *ask, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err) MF_MUST_USE;

/* The body of an answer. *json is NULL where it is no JSON object and the status is not 200. What is cut off is told as such; what is no JSON at all with status 200 is from
 * somebody else. MF-GCP-03. */
int mf_gcp_json(struct mf_json **json, const struct mf_resp *resp, const struct mf_gcp_ask *ask, struct mf_err *err) MF_MUST_USE;

/* An error of Google: {"error":{"status","message"}}, or OAuth's {"error","error_description"}. `code`: "PERMISSION_DENIED", "invalid_grant", or "". */
struct mf_gcp_error { char code[64], reason[64], text[MF_GCP_TEXT]; };
void mf_gcp_read_error(struct mf_gcp_error *out, const struct mf_json *json, const struct mf_cred *cred);

/* Whether an answer says no more than to come again; MF-GCP-04 for it, MF-GCP-03 for what nobody of Google has answered. */
bool mf_gcp_busy(const struct mf_resp *resp);
int mf_gcp_unavailable(const struct mf_resp *resp, const struct mf_gcp_error *error, const struct mf_gcp_ask *ask, struct mf_err *err);
int mf_gcp_stranger(const struct mf_resp *resp, const struct mf_gcp_ask *ask, struct mf_err *err);

/* In place. */
void mf_gcp_hide(const struct mf_cred *cred, char *text);

/* -- gcp_answer.c -- */

/* access_token and expires_in of OAuth (STS, oauth2, metadata server); accessToken and expireTime of IAM Credentials. MF-GCP-03. */
int mf_gcp_read_oauth(struct mf_gcp_token *out, const struct mf_json *json, int64_t now, struct mf_err *err) MF_MUST_USE;
int mf_gcp_read_access(struct mf_gcp_token *out, const struct mf_json *json, int64_t now, struct mf_err *err) MF_MUST_USE;
/* A token under this member ("token", "signedJwt"). */
int mf_gcp_read_text(struct mf_secret **out, const struct mf_json *json, const char *member, struct mf_err *err) MF_MUST_USE;

/* -- gcp_explain.c -- */
enum mf_gcp_step { MF_GCP_STS, MF_GCP_ACCESS, MF_GCP_ID, MF_GCP_SIGN, MF_GCP_PERSON, MF_GCP_METADATA };
struct mf_gcp_refusal {
	enum mf_gcp_step step;
	const struct mf_resp *resp;
	const struct mf_gcp_error *error;
	const struct mf_claims *claims;	/* NULL: no identity token */
	const struct mf_conf *conf;
};
/* why, sent, hint, note and advice into an error that is filled. */
void mf_gcp_explain(const struct mf_gcp_refusal *r, struct mf_err *err);

/* -- gcp_login.c -- */
int mf_gcp_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err) MF_MUST_USE;

/* -- gcp_trust.c -- */
int mf_gcp_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

/* -- gcp_file.c -- */

/* The file that client libraries read (type external_account; AIP-4117), in one line. Where it names the identity token's file it has MF_FILE_HERE.
 * The caller frees it. MF-GCP-01 for a source that this job does not have. */
int mf_gcp_file(struct mf_secret **out, const struct mf_gcp_priv *priv, enum mf_gcp_source source, struct mf_err *err) MF_MUST_USE;

/* -- gcp_sm.c, gcp_sm_answer.c: Secret Manager -- */
int mf_gcp_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs) MF_MUST_USE;

/* The resource's name: "projects/P/secrets/S/versions/V" with a location where the reference has one (out->location, or empty). */
struct mf_gcp_item { struct mf_str project, secret, location; const char *version; };
void mf_gcp_item_of(struct mf_gcp_item *out, const struct mf_ref *ref);

int mf_gcp_read_secret(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err) MF_MUST_USE;
void mf_gcp_secret_refused(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_json *json, const struct mf_cred *cred,
			   struct mf_err *err);

#endif
