/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server on loopback for unit tests: a thread for each connection, answers written by the test. */
#ifndef MAYFLY_TEST_SUPPORT_HTTP_H
#define MAYFLY_TEST_SUPPORT_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <openssl/ssl.h>

struct server;

/* One request and the connection it came over. */
struct conn {
	struct server *server;
	int fd;
	SSL *ssl;
	char head[16384], body[16384];	/* the header as it came, NUL-terminated; the body */
	size_t body_n;
	char method[16], path[1024];
	bool close;			/* set by the handler: no further request */
};

typedef void (*server_fn)(struct conn *c);

struct server {
	int fd;
	uint16_t port;
	SSL_CTX *tls;
	server_fn handler;
	atomic_int requests, connections, open, busy, peak;	/* peak: requests that were handled at the same time */
	atomic_bool stopping;
	atomic_bool mute;		/* accepts, and says nothing */
	char last_head[16384];		/* of the request that came last */
	unsigned long thread;
};

/* `tls` is NULL, or a context from certs_server(). */
void server_start(struct server *s, server_fn handler, SSL_CTX *tls);
void server_stop(struct server *s);

void conn_send(struct conn *c, const char *text);
void conn_write(struct conn *c, const void *p, size_t n);
void conn_reply(struct conn *c, int status, const char *headers, const char *body);
void conn_reset(struct conn *c);	/* RST instead of FIN */
void conn_tunnel(struct conn *c);	/* after CONNECT: to that port on loopback, whatever the host is called */

/* Certificates made for one test run, as files in a folder. */
struct certs {
	char dir[64];
	char ca[96], other_ca[96];		/* PEM files */
	char server[96], server_key[96];	/* for localhost, vault.test and 127.0.0.1 */
	char expired[96], expired_key[96];
	char client[96], client_key[96];
};

void certs_make(struct certs *c);
void certs_remove(const struct certs *c);
SSL_CTX *certs_server(const char *cert, const char *key, const char *client_ca);

#endif
