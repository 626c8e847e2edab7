/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server on loopback for unit tests. */
#include "support_http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "unit.h"

/* -- connections -- */

static ssize_t conn_read(struct conn *c, void *p, size_t n)
{
	return c->ssl ? SSL_read(c->ssl, p, (int)n) : recv(c->fd, p, n, 0);
}

void conn_write(struct conn *c, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t w = c->ssl ? SSL_write(c->ssl, at, (int)(n > 65536 ? 65536 : n)) : send(c->fd, at, n, MSG_NOSIGNAL);

		if (w <= 0) {
			c->close = true;
			return;
		}
		at += w;
		n -= (size_t)w;
	}
}

void conn_send(struct conn *c, const char *text)
{
	conn_write(c, text, strlen(text));
}

void conn_reply(struct conn *c, int status, const char *headers, const char *body)
{
	char head[2048];

	snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n", status,
		headers, strlen(body));
	conn_send(c, head);
	if (strcmp(c->method, "HEAD") != 0)
		conn_send(c, body);
}

void conn_reset(struct conn *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	c->close = true;
}

static void relay(struct conn *c, int to)
{
	struct pollfd p[2] = { { .fd = c->fd, .events = POLLIN }, { .fd = to, .events = POLLIN } };
	char buf[16384];

	for (;;) {
		if (poll(p, 2, 100) < 0 || c->server->stopping)
			return;
		for (int i = 0; i < 2; i++) {
			ssize_t n = p[i].revents ? recv(p[i].fd, buf, sizeof buf, 0) : -2;

			if (n == -2)
				continue;
			if (n <= 0 || send(p[1 - i].fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
				return;
		}
	}
}

void conn_tunnel(struct conn *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *colon = strrchr(c->path, ':');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtoul(colon ? colon + 1 : "0", NULL, 10));
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
		conn_send(c, "HTTP/1.1 200 tunnel\r\n\r\n");
		relay(c, fd);
	}
	close(fd);
	c->close = true;
}

/* Reads one request; false at the end of the connection. */
static bool conn_request(struct conn *c)
{
	size_t n = 0;
	const char *length;

	memset(c->head, 0, sizeof c->head);
	while (!strstr(c->head, "\r\n\r\n")) {
		if (n + 1 >= sizeof c->head || conn_read(c, c->head + n, 1) != 1)
			return false;
		if (n++ == 0 && c->head[0] == 0x16) {	/* TLS to a port without it */
			conn_send(c, "HTTP/1.0 400 x\r\n\r\n");
			return false;
		}
	}
	if (sscanf(c->head, "%15s %1023s", c->method, c->path) != 2)
		return false;
	length = strcasestr(c->head, "\r\ncontent-length:");
	c->body_n = length ? strtoul(length + 17, NULL, 10) : 0;
	if (c->body_n >= sizeof c->body)
		return false;
	for (size_t got = 0; got < c->body_n; ) {
		ssize_t r = conn_read(c, c->body + got, c->body_n - got);

		if (r <= 0)
			return false;
		got += (size_t)r;
	}
	c->body[c->body_n] = '\0';
	return true;
}

static void *conn_main(void *arg)
{
	struct conn *c = arg;
	struct timeval tick = { .tv_sec = 10 };
	int one = 1;

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (c->server->tls) {
		c->ssl = SSL_new(c->server->tls);
		SSL_set_fd(c->ssl, c->fd);
		c->close = SSL_accept(c->ssl) != 1;
	}
	while (c->server->mute && !c->server->stopping)
		usleep(20000);
	while (!c->close && !c->server->stopping && conn_request(c)) {
		memcpy(c->server->last_head, c->head, sizeof c->head);
		c->server->requests++;
		if (++c->server->busy > c->server->peak)
			c->server->peak = c->server->busy;
		c->server->handler(c);
		c->server->busy--;
	}
	SSL_free(c->ssl);
	shutdown(c->fd, SHUT_WR);	/* nothing is lost of what was written, but after a reset */
	close(c->fd);
	c->server->open--;
	free(c);
	return NULL;
}

static void *server_main(void *arg)
{
	struct server *s = arg;

	while (!s->stopping) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		struct conn *c;
		pthread_attr_t attr;
		pthread_t t;
		int fd;

		if (poll(&p, 1, 50) <= 0 || (fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		c = calloc(1, sizeof *c);
		c->server = s;
		c->fd = fd;
		s->connections++;
		s->open++;
		pthread_attr_init(&attr);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		pthread_create(&t, &attr, conn_main, c);
		pthread_attr_destroy(&attr);
	}
	return NULL;
}

void server_start(struct server *s, server_fn handler, SSL_CTX *tls)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	sigset_t pipe_signal, before;
	pthread_t t;

	memset(s, 0, sizeof *s);
	s->handler = handler;
	s->tls = tls;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(s->fd, 128), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
	s->port = ntohs(a.sin_port);
	/* a broken pipe of the server's is its own affair; one of the client's would end the test */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	assert_int_equal(pthread_create(&t, NULL, server_main, s), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	s->thread = (unsigned long)t;
}

void server_stop(struct server *s)
{
	s->stopping = true;
	pthread_join((pthread_t)s->thread, NULL);
	close(s->fd);
	for (int i = 0; i < 300 && s->open > 0; i++)
		usleep(10000);
	SSL_CTX_free(s->tls);
}

/* -- certificates -- */

struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

static void extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

/* A CA when `by` is NULL. */
static struct pair pair_make(const char *name, const struct pair *by, const char *alt, int days)
{
	static long serial;
	struct pair p = { .key = EVP_EC_gen("P-256"), .cert = X509_new() };
	X509 *issuer = by ? by->cert : p.cert;
	X509_NAME *subject = X509_get_subject_name(p.cert);

	X509_set_version(p.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), ++serial);
	X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"Test", -1, -1, 0);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(p.cert, X509_get_subject_name(issuer));
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -86400L * 10);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), 86400L * days);
	X509_set_pubkey(p.cert, p.key);
	extension(p.cert, issuer, NID_basic_constraints, by ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (alt)
		extension(p.cert, issuer, NID_subject_alt_name, alt);
	assert_true(X509_sign(p.cert, by ? by->key : p.key, EVP_sha256()) > 0);
	return p;
}

static void pair_save(const struct pair *p, const char *cert, const char *key)
{
	FILE *f = fopen(cert, "w");

	assert_non_null(f);
	PEM_write_X509(f, p->cert);
	fclose(f);
	if (!key)
		return;
	f = fopen(key, "w");
	assert_non_null(f);
	PEM_write_PrivateKey(f, p->key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

static void pair_free(struct pair *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

static void paths(struct certs *c)
{
	char *all[] = { c->ca, c->other_ca, c->server, c->server_key, c->expired, c->expired_key, c->client, c->client_key };
	static const char *const names[] = { "ca.pem", "other.pem", "server.pem", "server.key", "expired.pem", "expired.key",
		"client.pem", "client.key" };

	memcpy(c->dir, "/tmp/mayfly-http-XXXXXX", 24);
	assert_non_null(mkdtemp(c->dir));
	for (size_t i = 0; i < MF_COUNT(all); i++)
		snprintf(all[i], 96, "%s/%s", c->dir, names[i]);
}

void certs_make(struct certs *c)
{
	struct pair ca = pair_make("test root", NULL, NULL, 10), other = pair_make("another root", NULL, NULL, 10);
	struct pair server = pair_make("server", &ca, "DNS:localhost,DNS:vault.test,IP:127.0.0.1", 10);
	struct pair expired = pair_make("expired", &ca, "DNS:localhost,IP:127.0.0.1", -2);
	struct pair client = pair_make("client", &ca, NULL, 10);

	paths(c);
	pair_save(&ca, c->ca, NULL);
	pair_save(&other, c->other_ca, NULL);
	pair_save(&server, c->server, c->server_key);
	pair_save(&expired, c->expired, c->expired_key);
	pair_save(&client, c->client, c->client_key);
	pair_free(&ca);
	pair_free(&other);
	pair_free(&server);
	pair_free(&expired);
	pair_free(&client);
}

void certs_remove(const struct certs *c)
{
	const char *all[] = { c->ca, c->other_ca, c->server, c->server_key, c->expired, c->expired_key, c->client, c->client_key };

	for (size_t i = 0; i < MF_COUNT(all); i++)
		unlink(all[i]);
	rmdir(c->dir);
}

SSL_CTX *certs_server(const char *cert, const char *key, const char *client_ca)
{
	SSL_CTX *t = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_certificate_file(t, cert, SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(t, key, SSL_FILETYPE_PEM), 1);
	SSL_CTX_set_session_id_context(t, (const unsigned char *)"t", 1);
	if (client_ca) {
		assert_int_equal(SSL_CTX_load_verify_locations(t, client_ca, NULL), 1);
		SSL_CTX_set_verify(t, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	return t;
}
