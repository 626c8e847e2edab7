/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of net/ share; nobody else includes it, but the tests. */
#ifndef MAYFLY_NET_H
#define MAYFLY_NET_H

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <mayfly/http.h>
#include <mayfly/url.h>

enum {
	MF_NET_INFLIGHT = 64,
	MF_NET_HEADERS = 256,			/* lines in an answer */
	MF_NET_HEADER_BYTES = 128 * 1024,	/* of all of them */
	MF_NET_MEDIA_TYPE = 40,
	MF_NET_SHOWN = 512,			/* of an address in a message */
	MF_NET_REQUEST_BYTES = 256 * 1024,	/* of a request's header */
	MF_NET_TICK_MS = 100			/* how often the stop flag is looked at */
};

/* -- retry.c -- */

/* Whether this status is worth another try. */
bool mf_retry_status(enum mf_retry retry, long status);

/* How long to wait after the n-th try (n from 1). */
int64_t mf_retry_backoff_ms(unsigned tries);

/* An HTTP date in any of its three forms -> epoch seconds. */
bool mf_http_date_parse(int64_t *out, struct mf_str s);

/* Retry-After: seconds, or a date seen from `now` -> seconds from now, 0 to 30 days. */
bool mf_retry_after_parse(int64_t *out, struct mf_str s, int64_t now);

/* -- proxy.c -- */

struct mf_proxy {
	char *http, *https;	/* may hold credentials: shown only through mf_proxy_name() */
	char *no_proxy;		/* never NULL once open */
};

int mf_proxy_open(struct mf_proxy *p, struct mf_err *err) MF_MUST_USE;
void mf_proxy_close(struct mf_proxy *p);

/* Whether NO_PROXY exempts the URL's host: "*", names with everything below them, addresses, CIDR blocks, each with or
 * without a port. */
bool mf_no_proxy(const char *list, const struct mf_url *url);

/* NULL: none. */
const char *mf_proxy_for(const struct mf_proxy *p, const struct mf_url *url);
void mf_proxy_name(char out[static 128], const char *proxy);

/* -- ca_index.c: PEM text -> certificates found by subject, parsed on first need -- */

struct mf_ca_index;
struct mf_ca_index *mf_ca_index_new(void);
void mf_ca_index_free(struct mf_ca_index *x);

/* Adds every certificate of a PEM text, skipping what cannot be read; returns how many, -1 when memory is out. */
long mf_ca_index_add(struct mf_ca_index *x, struct mf_str pem);

/* A store that finds its certificates in `x`, which has to outlive it; NULL when memory is out. */
X509_STORE *mf_ca_index_store(struct mf_ca_index *x);

/* -- ca.c -- */

struct mf_ca {
	struct mf_ca_index *index;
	X509_STORE *store;
	const char *hash_dir;	/* borrowed: a folder in c_rehash's form that the store looks into; NULL: none */
	char source[200];	/* for messages: "'/etc/ssl/cert.pem'", "the built-in bundle of 2026-01-01" */
};

/* Finds and reads the CA certificates once; later calls do nothing. */
int mf_ca_load(struct mf_ca *ca, const struct mf_http_conf *conf, struct mf_err *err) MF_MUST_USE;
void mf_ca_free(struct mf_ca *ca);

/* -- tls.c -- */

/* What the certificate check saw on the connection that a slot opened last. */
struct mf_tls_note {
	X509_STORE *store;	/* NULL: not verified */
	int code, depth;	/* X509_V_ERR_.. of the first failure; 0: none */
	char issuer[160];	/* of the certificate that failed */
	char names[200];	/* that the server's certificate is valid for */
	bool handshake;		/* it has begun */
	bool asked;		/* the server asked for a client certificate, and none is configured */
};

/* For CURLOPT_SSL_CTX_FUNCTION, with a note as CURLOPT_SSL_CTX_DATA. */
CURLcode mf_tls_setup(CURL *easy, void *ssl_ctx, void *note);

struct mf_http {
	struct mf_http_conf conf;	/* defaults filled in */
	struct mf_proxy proxy;
	struct mf_ca ca;
	struct mf_secret *cert, *key;	/* client certificate as PEM text; read by the first https request */
	CURLM *multi;			/* NULL until the first request */
	CURLSH *share;
	struct mf_tls_note notes[MF_NET_INFLIGHT];
	bool busy[MF_NET_INFLIGHT];
};

/* -- client.c -- */

/* libcurl and OpenSSL come to life; certificates are read when `url` needs them. */
int mf_client_ready(struct mf_http *h, const struct mf_url *url, struct mf_err *err) MF_MUST_USE;

/* Whether a connection for this URL meets TLS: the server's or the proxy's. */
bool mf_needs_tls(const struct mf_http *h, const struct mf_url *url);

/* -- request.c -- */

/* A request's header lines: one text in secret memory, and curl's list over it. */
struct mf_lines {
	struct mf_secret *text;
	struct curl_slist *nodes;
};

int mf_lines_build(struct mf_lines *out, const struct mf_req *req, struct mf_err *err) MF_MUST_USE;
void mf_lines_free(struct mf_lines *l);

/* Method, header names and values: nothing that could end a line, or that curl sets itself. */
int mf_request_check(const struct mf_req *req, struct mf_err *err) MF_MUST_USE;

/* -- sigv4.c -- */

/* Appends the headers that req->sigv4 makes. MF-HTTP-02 for what cannot be signed. */
int mf_sigv4_lines(struct mf_secret *lines, const struct mf_req *req, struct mf_err *err) MF_MUST_USE;

/* -- answer.c -- */

enum mf_reject { MF_REJECT_NONE, MF_REJECT_SIZE, MF_REJECT_HEADER, MF_REJECT_MEMORY };

/* One answer while it arrives. */
struct mf_answer {
	struct mf_secret *body;
	size_t max_body;
	unsigned lines;
	size_t line_bytes;
	bool final;			/* this header is not an interim one (1xx) */
	bool complete_head;		/* the empty line after the final header was seen */
	enum mf_reject reject;		/* why a callback stopped the transfer */
	int64_t retry_after;		/* seconds; -1: none */
	char content_type[64], request_id[80];
	const char *const *want;	/* MF_WANTED names, or NULL */
	char wanted[MF_WANTED][MF_WANTED_LEN];
	int64_t date;			/* 0: none */
	char *location;			/* "" when it was unusable */
};

int mf_answer_begin(struct mf_answer *a, size_t max_body, struct mf_err *err) MF_MUST_USE;
void mf_answer_clear(struct mf_answer *a);
size_t mf_answer_header(char *p, size_t size, size_t n, void *answer);
size_t mf_answer_body(char *p, size_t size, size_t n, void *answer);

/* -- call.c: one request on its way -- */

enum mf_call_state { MF_CALL_WAITING, MF_CALL_RUNNING, MF_CALL_DONE };

struct mf_call {
	struct mf_http *h;
	const struct mf_req *req;
	struct mf_resp *resp;
	struct mf_err *err;
	enum mf_call_state state;
	struct mf_url url;
	const char *url_text;		/* req->url, or `moved` */
	char *moved;
	char origin[300];		/* "host:port", for messages */
	char proxy_name[128];		/* "" when none */
	struct mf_lines lines;
	struct mf_answer answer;
	CURL *easy;
	unsigned slot;
	int64_t started, deadline, due;	/* mf_mono_ms() */
	unsigned tries, resolve_failures, sends;	/* sends: of this try */
	char errbuf[CURL_ERROR_SIZE];
};

/* Checks the request and prepares it; on failure the call is done and its error is set. */
void mf_call_open(struct mf_call *c, struct mf_http *h, const struct mf_req *req, struct mf_resp *resp, struct mf_err *err);
void mf_call_close(struct mf_call *c);

/* Cuts what the request has in secret headers and in its body out of a text that came back. */
void mf_call_hide(const struct mf_call *c, char *text);

/* An address as messages show it: without its query, and without secrets where it is of a redirect. */
void mf_call_shown(const struct mf_call *c, char out[static MF_NET_SHOWN], const char *url);

/* Puts the next try on the way. */
void mf_call_start(struct mf_call *c);

/* The try ended: done, or due again later. */
void mf_call_settle(struct mf_call *c, CURLcode rc);

/* Ends it with MF-HTTP-17. */
void mf_call_cancel(struct mf_call *c);

/* -- transfer.c -- */

/* Sets everything on c->easy. */
CURLcode mf_transfer_setup(struct mf_call *c, int64_t timeout_ms);

/* -- fault.c: a curl result -> what went wrong, and the error for it -- */

enum mf_fault {
	MF_FAULT_NONE,
	MF_FAULT_DNS, MF_FAULT_CONNECT, MF_FAULT_PROXY, MF_FAULT_TIMEOUT, MF_FAULT_LOST, MF_FAULT_TRUNCATED,
	MF_FAULT_TLS_NAME, MF_FAULT_TLS_CA, MF_FAULT_TLS, MF_FAULT_TLS_LOST, MF_FAULT_CLIENT_CERT,
	MF_FAULT_SIZE, MF_FAULT_MALFORMED, MF_FAULT_MEMORY, MF_FAULT_PROXY_REFUSED
};

enum mf_fault mf_fault_of(const struct mf_call *c, CURLcode rc);

/* Whether another try makes sense for this request. */
bool mf_fault_retry(const struct mf_call *c, enum mf_fault f);

/* Fills c->err. */
void mf_fault_error(struct mf_call *c, enum mf_fault f);

/* "GET https://host/path, 3 tries in 1.2 s, through the proxy 'p:3128'" */
void mf_call_sent(struct mf_call *c);

#endif
