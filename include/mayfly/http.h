/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS for everybody else: one client over libcurl, with the rules of docs/design.md. Plain http only to
 * loopback, or when the user allowed it; redirects off but for one 307/308 to the same host or to an address
 * the user configured; credentials stay at their origin; one deadline over all tries. net/ alone includes curl. */
#ifndef MAYFLY_HTTP_H
#define MAYFLY_HTTP_H

#include <mayfly/err.h>
#include <mayfly/secret.h>
#include <mayfly/url.h>

/* The CA bundle that is built in (PEM), its length (0: none in this build) and the date of its source. */
extern const unsigned char mf_ca_bundle[];
extern const size_t mf_ca_bundle_len;
extern const char mf_ca_bundle_date[];

struct mf_http;

/* NULL or 0 takes the default. Strings are borrowed for the client's life. */
struct mf_http_conf {
	const char *ca_file;		/* PEM file; before SSL_CERT_FILE, SSL_CERT_DIR, CURL_CA_BUNDLE, the system's, the built-in */
	struct mf_str ca_pem;		/* or, first of all, the PEM text itself (drop-ins hand it over as base64) */
	const char *client_cert, *client_key;	/* PEM files */
	const struct mf_secret *client_cert_pem, *client_key_pem;	/* or PEM text */
	bool skip_verify;		/* warned about by the caller */
	bool allow_http;		/* plain http beyond loopback */
	const char *const *redirect_to;	/* NULL-terminated URLs of further origins that a 307/308 may name */
	unsigned deadline_ms;		/* for one request with all its retries; 30000 */
	int64_t end_ms;			/* mf_mono_ms() at which every request has to be over, whatever deadline_ms leaves; 0: none */
	unsigned connect_ms;		/* 10000 */
	unsigned tries;			/* at most, the first included; 5 */
	size_t max_body;		/* 8 MiB */
	const volatile int *stop;	/* non-zero (set by a signal handler): every request ends with MF-HTTP-17: at once, or
					 * after 2 s when it is a MF_RETRY_CONNECT that was sent, whose answer may have to be undone */
};

/* Reads proxy settings from the environment (HTTP_PROXY only in lower case when REQUEST_METHOD is set;
 * HTTPS_PROXY, ALL_PROXY, NO_PROXY in either case of letters); loopback is never proxied. Cheap: libcurl and the CA
 * bundle are loaded by the first request. MF-HTTP-12 when a proxy's URL is of no use. */
int mf_http_open(struct mf_http **out, const struct mf_http_conf *conf, struct mf_err *err) MF_MUST_USE;
void mf_http_close(struct mf_http *h);

/* The stop flag that the client was opened with, or NULL: for waits that belong to a request without being one. */
const volatile int *mf_http_stop(const struct mf_http *h);

/* MF-HTTP-.. when a request to this address would be refused because nothing protects it on the way. Every request is checked;
 * callers that have something to do first (ask for an identity) check before that. */
int mf_http_allows(const struct mf_url *u, bool allow_http, struct mf_err *err) MF_MUST_USE;

struct mf_header {
	const char *name;
	const char *value;		/* one of the two */
	const struct mf_secret *secret;	/* sent after `value` when both are set ("Bearer " + token) */
};

enum mf_retry {
	MF_RETRY_SAFE,			/* idempotent: retried after connection loss, 408, 412, 429, 500, 502, 503, 504 */
	MF_RETRY_CONNECT,		/* a POST that may have been carried out: retried only when it cannot have been, or on 412/429/503 */
	MF_RETRY_NEVER
};

/* A key of AWS that signs a request (Signature Version 4); all of it is borrowed until the answer is there. */
struct mf_sigv4 {
	const struct mf_secret *id, *secret, *token;	/* token: NULL, or of a session */
	const char *region, *service;	/* "us-east-1", "sts" */
	int64_t now;			/* 0: the clock's */
};

enum { MF_WANTED = 2, MF_WANTED_LEN = 256 };

struct mf_req {
	const char *method;		/* "GET" when NULL */
	const char *url;		/* absolute; never holds a secret */
	const struct mf_header *headers;
	size_t n_headers;
	const struct mf_secret *body;	/* sent when non-NULL */
	const char *content_type;	/* of the body; "application/json" when NULL */
	enum mf_retry retry;
	/* Whether an answer that a status alone does not say it of asks for another try, as AWS's 400 with "Throttling" does; NULL: none. `retry` decides
	 * nothing about it but MF_RETRY_NEVER. */
	bool (*again)(long status, const struct mf_secret *body);
	const struct mf_sigv4 *sigv4;	/* signs method, address, body, and the headers X-Amz-...; NULL: nobody does */
	const char *want[MF_WANTED];	/* headers of the answer that are wanted, in lower case; NULL: none */
};

struct mf_resp {
	long status;
	struct mf_secret *body;		/* never NULL after success; may be empty */
	char content_type[64];		/* the media type alone, "" when absent or no such; without what the request sent as a secret */
	char request_id[80];		/* X-Request-Id, x-amzn-RequestId, ...; printable, "" when absent; likewise */
	unsigned tries;			/* how often it was sent */
	char wanted[MF_WANTED][MF_WANTED_LEN];	/* printable, cut, "" when absent; without what the request sent as a secret */
	int64_t date;			/* when the server says that it answered, by its clock; 0: it does not, or nothing that is a date */
	unsigned retry_after;		/* seconds that the server asked to wait with this answer; 0: it did not */
};
void mf_resp_free(struct mf_resp *r);	/* frees what it holds and zeroes it */

/* One request. 0 with any HTTP status, once a response has arrived whole; -1 when none has (MF-HTTP-..). A redirect
 * that is not followed is an error (MF-HTTP-13) too: nothing of it is an answer to what was asked. */
int mf_http_do(struct mf_http *h, const struct mf_req *req, struct mf_resp *resp, struct mf_err *err) MF_MUST_USE;

/* Appends "&name=value" to a body of the type application/x-www-form-urlencoded, without "&" to an empty one; the value is percent-encoded and may be a
 * secret. MF-BASE-02 past the body's ceiling. */
int mf_form_add(struct mf_secret *body, const char *name, struct mf_str value, struct mf_err *err) MF_MUST_USE;

/* n requests with up to 64 in flight; resps[i] or errs[i] is filled for each (errs[i].id is NULL on success).
 * 0 when every one got a response, else -1; there is no early end. */
int mf_http_do_all(struct mf_http *h, const struct mf_req *reqs, size_t n, struct mf_resp *resps, struct mf_err *errs) MF_MUST_USE;

#endif
