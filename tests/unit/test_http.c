/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a server that misbehaves in every way we know of. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/http.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>
#include "failalloc.h"
#include "support_http.h"

enum { MANY = 50 };

static struct mf_err err;
static struct server mute, plain, secure, mutual, stale, other, proxy;
static struct certs certs;
static volatile int stop;
static atomic_int hits;		/* of /flaky and its kin; reset by each test */

/* -- the server's side -- */

static const char *after(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

static void reply_huge(struct conn *c)
{
	char block[4096];

	memset(block, 'x', sizeof block);
	conn_send(c, "HTTP/1.1 200 x\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 1000 && !c->close; i++)
		conn_write(c, block, sizeof block);
	c->close = true;
}

static void reply_drip(struct conn *c)
{
	conn_send(c, "HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\n");
	for (int i = 0; i < 100 && !c->close && !c->server->stopping; i++) {
		usleep(50000);
		conn_send(c, "y");
	}
	c->close = true;
}

/* Waits a while for others to be here at the same time. */
static void reply_together(struct conn *c)
{
	for (int i = 0; i < 50 && c->server->peak <= MANY / 5; i++)
		usleep(20000);
	conn_reply(c, 200, "", "{}");
}

static void reply_silence(struct conn *c)
{
	for (int i = 0; i < 60 && !c->server->stopping; i++)
		usleep(50000);
	c->close = true;
}

static void reply_many_headers(struct conn *c)
{
	conn_send(c, "HTTP/1.1 200 x\r\n");
	for (int i = 0; i < 300; i++)
		conn_send(c, "X-Header: value\r\n");
	conn_send(c, "Content-Length: 0\r\n\r\n");
}

/* What breaks a connection. */
static bool broken(struct conn *c)
{
	if (strcmp(c->path, "/reset") == 0) {
		conn_reset(c);
	} else if (strcmp(c->path, "/reset-mid-body") == 0) {
		conn_send(c, "HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\n{\"data\":");
		usleep(20000);
		conn_reset(c);
	} else if (strcmp(c->path, "/truncated") == 0) {
		conn_send(c, "HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\n{\"data\":");
		c->close = true;
	} else if (strcmp(c->path, "/truncated-chunk") == 0) {
		conn_send(c, "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{\"data\":");
		c->close = true;
	} else if (after(c->path, "/cut/")) {
		static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n";

		conn_write(c, head, strtoul(c->path + 5, NULL, 10));
		c->close = true;
	} else if (strcmp(c->path, "/not-http") == 0) {
		conn_send(c, "220 mail.example ESMTP\r\n");
		c->close = true;
	} else if (strcmp(c->path, "/interim-only") == 0) {
		conn_send(c, "HTTP/1.1 100 Continue\r\n\r\n");
		c->close = true;
	} else {
		return false;
	}
	return true;
}

static void redirect(struct conn *c, int status, const char *host, unsigned port, const char *path)
{
	char line[256];

	snprintf(line, sizeof line, "Location: %s://%s:%u%s\r\n", c->ssl ? "https" : "http", host, port, path);
	conn_reply(c, status, line, "");
}

static bool redirects(struct conn *c)
{
	if (strcmp(c->path, "/to-ok") == 0)
		conn_reply(c, 307, "Location: /ok\r\n", "");
	else if (strcmp(c->path, "/to-echo") == 0)
		redirect(c, 308, "127.0.0.1", c->server->port, "/echo");
	else if (strcmp(c->path, "/twice") == 0)
		conn_reply(c, 307, "Location: /to-ok\r\n", "");
	else if (strcmp(c->path, "/to-other") == 0)
		redirect(c, 307, "127.0.0.1", other.port, "/ok");
	else if (strcmp(c->path, "/found") == 0)
		conn_reply(c, 302, "Location: /ok\r\n", "");
	else if (strcmp(c->path, "/to-plain") == 0)
		conn_reply(c, 307, "Location: http://127.0.0.1/ok?token=hunter2\r\n", "");
	else if (strcmp(c->path, "/to-userinfo") == 0)
		conn_reply(c, 307, "Location: https://u:hunter2@127.0.0.1/\r\n", "");
	else if (strcmp(c->path, "/to-host") == 0)
		conn_reply(c, 307, "Location: //evil.example/\r\n", "");
	else
		return false;
	return true;
}

/* /status/N always; /flaky/N twice, then 200; /flaky-reset twice */
static bool scripted(struct conn *c)
{
	const char *n;

	if ((n = after(c->path, "/status/"))) {
		conn_reply(c, (int)strtol(n, NULL, 10), "", "{\"errors\":[]}");
	} else if ((n = after(c->path, "/flaky/"))) {
		conn_reply(c, hits++ < 2 ? (int)strtol(n, NULL, 10) : 200, "", "{}");
	} else if (strcmp(c->path, "/flaky-reset") == 0) {
		if (hits++ < 2)
			conn_reset(c);
		else
			conn_reply(c, 200, "", "{}");
	} else if ((n = after(c->path, "/retry-after/"))) {
		char line[64];

		snprintf(line, sizeof line, "Retry-After: %s\r\n", n);
		conn_reply(c, hits++ == 0 ? 429 : 200, line, "{}");
	} else {
		return false;
	}
	return true;
}

/* The token of the request and a part of its body, where they do not belong. */
static void reply_repeat(struct conn *c, const char *how)
{
	char text[1024], token[128] = "";
	const char *header = strcasestr(c->head, "x-vault-token: ");

	if (header)
		snprintf(token, sizeof token, "%.*s", (int)strcspn(header + 15, "\r"), header + 15);
	if (strcmp(how, "302") == 0)
		snprintf(text, sizeof text, "HTTP/1.1 302 x\r\nLocation: /ui/%s/%.24s\r\nContent-Length: 0\r\n\r\n", token, c->body + 8);
	else if (strcmp(how, "307") == 0)
		snprintf(text, sizeof text, "HTTP/1.1 307 x\r\nLocation: /cut/10/%s\r\nContent-Length: 0\r\n\r\n", token);
	else
		snprintf(text, sizeof text, "HTTP/1.1 200 x\r\nContent-Type: text/%.30s; a=%s\r\nX-Request-Id: %s\r\nContent-Length: 0\r\n\r\n",
			token, token, token);
	conn_send(c, text);
}

static void serve(struct conn *c)
{
	if (after(c->path, "/repeat/")) {
		reply_repeat(c, after(c->path, "/repeat/"));
		return;
	}
	if (broken(c) || redirects(c) || scripted(c))
		return;
	if (strcmp(c->path, "/echo") == 0)
		conn_reply(c, 200, "X-Request-Id: req-1\x01\r\n", c->body);
	else if (strcmp(c->path, "/empty") == 0)
		conn_reply(c, 200, "", "");
	else if (strcmp(c->path, "/204") == 0)
		conn_send(c, "HTTP/1.1 204 x\r\n\r\n");
	else if (strcmp(c->path, "/interim") == 0)
		conn_send(c, "HTTP/1.1 103 x\r\nLink: x\r\n\r\nHTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\n{}");
	else if (strcmp(c->path, "/html") == 0)
		conn_send(c, "HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
	else if (strcmp(c->path, "/nul") == 0)
		conn_write(c, "HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\na\0b", 40);
	else if (strcmp(c->path, "/huge") == 0)
		reply_huge(c);
	else if (strcmp(c->path, "/huge-said") == 0)
		conn_send(c, "HTTP/1.1 200 x\r\nContent-Length: 99999999999\r\n\r\n"), c->close = true;
	else if (strcmp(c->path, "/drip") == 0)
		reply_drip(c);
	else if (strcmp(c->path, "/headers") == 0)
		reply_many_headers(c);
	else if (strcmp(c->path, "/silent") == 0)
		reply_silence(c);
	else if (strcmp(c->path, "/together") == 0)
		reply_together(c);
	else
		conn_reply(c, 200, "", "{\"ok\":true}");
}

static void serve_proxy(struct conn *c)
{
	if (strcmp(c->method, "CONNECT") != 0)
		conn_reply(c, 200, "X-Via: proxy\r\n", "{\"via\":\"proxy\"}");
	else if (after(c->path, "refused."))
		conn_send(c, "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"), c->close = true;
	else if (after(c->path, "auth."))
		conn_send(c, "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"), c->close = true;
	else
		conn_tunnel(c);
}

/* -- the client's side -- */

struct case_ {
	const char *url;
	struct mf_http_conf conf;
	struct mf_req req;
};

static char url_text[512];

static const char *url(const struct server *s, const char *host, const char *path)
{
	snprintf(url_text, sizeof url_text, "%s://%s:%u%s", s->tls ? "https" : "http", host, s->port, path);
	return url_text;
}

static struct mf_http *open_with(struct mf_http_conf conf)
{
	struct mf_http *h = NULL;

	conf.ca_file = conf.ca_file ? conf.ca_file : certs.ca;
	assert_int_equal(mf_http_open(&h, &conf, &err), 0);
	return h;
}

static int fetch(struct mf_http_conf conf, struct mf_req req, struct mf_resp *resp)
{
	struct mf_http *h = open_with(conf);
	int r;

	memset(&err, 0, sizeof err);
	memset(resp, 0, sizeof *resp);
	req.url = req.url ? req.url : url_text;
	r = mf_http_do(h, &req, resp, &err);
	mf_http_close(h);
	return r;
}

/* GET of a path gives this status; the body is compared when non-NULL. */
static void expect_status(const struct server *s, const char *path, long status, const char *body)
{
	struct mf_resp r;

	url(s, "127.0.0.1", path);
	if (fetch((struct mf_http_conf){ .tries = 1 }, (struct mf_req){ .method = NULL }, &r) < 0)
		fail_msg("%s: %s: %s: %s", path, err.id, err.what, err.why);
	assert_int_equal(r.status, status);
	if (body)
		assert_str_is(mf_secret_reveal(r.body), body);
	mf_resp_free(&r);
}

/* GET of a path fails with this id after so many tries. */
static void expect_failure(const struct server *s, const char *path, struct mf_http_conf conf, const char *id)
{
	struct mf_resp r;

	url(s, "127.0.0.1", path);
	if (fetch(conf, (struct mf_req){ .method = NULL }, &r) == 0)
		fail_msg("%s: status %ld instead of %s", path, r.status, id);
	if (strcmp(err.id, id) != 0)
		fail_msg("%s: %s instead of %s: %s: %s", path, err.id, id, err.what, err.why);
	assert_null(r.body);
	assert_true(err.what[0] && err.why[0] && err.sent[0]);
}

static const struct mf_http_conf once = { .tries = 1 };

static void test_answers(void **state)
{
	(void)state;
	expect_status(&plain, "/ok", 200, "{\"ok\":true}");
	expect_status(&plain, "/empty", 200, "");
	expect_status(&plain, "/204", 204, "");
	expect_status(&plain, "/interim", 200, "{}");
	expect_status(&plain, "/html", 200, "<html>");
	expect_status(&plain, "/status/403", 403, NULL);
	expect_status(&plain, "/status/404", 404, NULL);
	expect_status(&plain, "/status/500", 500, NULL);
	expect_status(&secure, "/ok", 200, "{\"ok\":true}");
}

static void test_nul_body(void **state)
{
	struct mf_resp r;

	(void)state;
	url(&plain, "127.0.0.1", "/nul");
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), 0);
	assert_int_equal(mf_secret_len(r.body), 3);
	assert_memory_equal(mf_secret_reveal(r.body).p, "a\0b", 3);
	mf_resp_free(&r);
	assert_null(r.body);
	mf_resp_free(&r);
	mf_resp_free(NULL);
}

static void test_request(void **state)
{
	struct mf_secret *token = mf_secret_new("tok-1", 5), *body = mf_secret_new("{\"a\":1}", 7);
	const struct mf_header headers[] = { { .name = "Authorization", .value = "Bearer ", .secret = token },
		{ .name = "X-Empty", .value = "" }, { .name = "X-Vault-Request", .value = "true" } };
	struct mf_resp r;

	(void)state;
	url(&plain, "127.0.0.1", "/echo");
	assert_int_equal(fetch(once, (struct mf_req){ .method = "POST", .headers = headers, .n_headers = 3, .body = body }, &r), 0);
	assert_str_is(mf_secret_reveal(r.body), "{\"a\":1}");
	assert_string_equal(r.content_type, "application/json");
	assert_string_equal(r.request_id, "req-1?");
	assert_int_equal(r.tries, 1);
	assert_non_null(strstr(plain.last_head, "\r\nAuthorization: Bearer tok-1\r\n"));
	assert_non_null(strstr(plain.last_head, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(plain.last_head, "\r\nX-Vault-Request: true\r\n"));
	assert_non_null(strstr(plain.last_head, "\r\nUser-Agent: mayfly/"));
	assert_non_null(strstr(plain.last_head, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(plain.last_head, "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(plain.last_head, "Expect"));
	assert_null(strstr(plain.last_head, "Accept-Encoding"));
	assert_null(strstr(plain.last_head, "Cookie"));
	mf_resp_free(&r);
	mf_secret_free(token);
	mf_secret_free(body);
}

static void test_methods(void **state)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "LIST", "HEAD" };
	struct mf_resp r;

	(void)state;
	url(&plain, "127.0.0.1", "/ok");
	for (size_t i = 0; i < MF_COUNT(methods); i++) {
		const struct mf_header h = { .name = "Accept", .value = "text/plain" };
		char start[32];

		assert_int_equal(fetch(once, (struct mf_req){ .method = methods[i], .headers = &h, .n_headers = 1 }, &r), 0);
		snprintf(start, sizeof start, "%s /ok HTTP/1.1\r\n", methods[i]);
		assert_memory_equal(plain.last_head, start, strlen(start));
		assert_null(strstr(plain.last_head, "Content-Type"));
		assert_null(strstr(plain.last_head, "application/json"));
		assert_int_equal(strstr(plain.last_head, "Content-Length: 0") != NULL, i >= 1 && i <= 3);
		mf_resp_free(&r);
	}
}

static void refuse_header(const char *name, const char *value, const char *secret, size_t secret_n)
{
	struct mf_secret *s = secret ? mf_secret_new(secret, secret_n) : NULL;
	const struct mf_header h = { .name = name, .value = value, .secret = s };
	int before = plain.connections;
	struct mf_resp r;

	url(&plain, "127.0.0.1", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .headers = &h, .n_headers = 1 }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-02");
	assert_null(strstr(err.what, "hunter2"));
	assert_null(strstr(err.why, "hunter2"));
	assert_int_equal(plain.connections, before);
	mf_secret_free(s);
}

static void test_header_injection(void **state)
{
	struct mf_resp r;

	(void)state;
	refuse_header("X-A\r\nX-B", "v", NULL, 0);
	refuse_header("", "v", NULL, 0);
	refuse_header("X A", "v", NULL, 0);
	refuse_header("X:A", "v", NULL, 0);
	refuse_header("X-A", "v\r\nX-B: hunter2", NULL, 0);
	refuse_header("X-A", "v\n", NULL, 0);
	refuse_header("X-A", NULL, "hunter2\n", 8);
	refuse_header("X-A", NULL, "hunter2\0x", 9);
	refuse_header("X-A", NULL, "hunter2\r", 8);
	refuse_header("content-length", "3", NULL, 0);
	refuse_header("Transfer-Encoding", "chunked", NULL, 0);
	url(&plain, "127.0.0.1", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .method = "GET /x HTTP/1.1\r\nA:" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-02");
	assert_int_equal(fetch(once, (struct mf_req){ .content_type = "a\r\nb: c" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-02");
}

static void test_long_header(void **state)
{
	char *v = malloc(300001);
	struct mf_resp r;
	struct mf_header h = { .name = "X-Long", .value = v };

	(void)state;
	memset(v, 'v', 300000);
	v[300000] = '\0';
	url(&plain, "127.0.0.1", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .headers = &h, .n_headers = 1 }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-02");
	free(v);
}

/* -- failures -- */

static void test_plain_http(void **state)
{
	struct mf_resp r;

	(void)state;
	assert_int_equal(fetch(once, (struct mf_req){ .url = "http://vault.test/v1/x?token=hunter2" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-01");
	assert_int_equal(err.code, MF_USAGE);
	assert_null(strstr(err.what, "hunter2"));
	assert_int_equal(fetch(once, (struct mf_req){ .url = "http://0.0.0.0/" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-01");
}

static void test_broken(void **state)
{
	struct mf_http_conf small = { .tries = 1, .max_body = 100000 };
	char path[24];

	(void)state;
	expect_failure(&plain, "/reset", once, "MF-HTTP-06");
	assert_true(err.retryable);
	expect_failure(&secure, "/reset", once, "MF-HTTP-06");
	expect_failure(&plain, "/reset-mid-body", once, "MF-HTTP-15");
	expect_failure(&secure, "/reset-mid-body", once, "MF-HTTP-15");
	expect_failure(&plain, "/truncated", once, "MF-HTTP-15");
	expect_failure(&secure, "/truncated", once, "MF-HTTP-15");
	expect_failure(&plain, "/truncated-chunk", once, "MF-HTTP-15");
	expect_failure(&plain, "/interim-only", once, "MF-HTTP-06");
	expect_failure(&plain, "/not-http", once, "MF-HTTP-16");
	expect_failure(&plain, "/headers", once, "MF-HTTP-16");
	expect_failure(&plain, "/huge", small, "MF-HTTP-14");
	assert_int_equal(err.code, MF_REFUSED);
	expect_failure(&plain, "/huge-said", small, "MF-HTTP-14");
	/* 71 bytes are the whole header */
	for (int i = 0; i < 71; i++) {
		snprintf(path, sizeof path, "/cut/%d", i);
		expect_failure(&plain, path, once, "MF-HTTP-06");
	}
	expect_failure(&plain, "/cut/71", once, "MF-HTTP-15");
	expect_failure(&secure, "/cut/40", once, "MF-HTTP-06");
}

static void test_down(void **state)
{
	struct server gone;

	(void)state;
	server_start(&gone, serve, NULL);
	server_stop(&gone);
	expect_failure(&gone, "/ok", (struct mf_http_conf){ .tries = 3 }, "MF-HTTP-04");
	assert_non_null(strstr(err.sent, "3 tries"));
	assert_non_null(strstr(err.why, "refused"));
	assert_int_equal(err.code, MF_NETWORK);
}

static void test_dns(void **state)
{
	struct mf_resp r;

	(void)state;
	assert_int_equal(fetch((struct mf_http_conf){ .deadline_ms = 20000 }, (struct mf_req){ .url = "https://mayfly-test.invalid/" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-03");
	assert_non_null(strstr(err.sent, "2 tries"));
}

static void test_deadline(void **state)
{
	int64_t start = mf_mono_ms();
	struct mf_resp r;

	(void)state;
	expect_failure(&plain, "/silent", (struct mf_http_conf){ .deadline_ms = 300 }, "MF-HTTP-05");
	assert_non_null(strstr(err.why, "waiting for the answer"));
	snprintf(url_text, sizeof url_text, "https://127.0.0.1:%u/", mute.port);
	assert_int_equal(fetch((struct mf_http_conf){ .deadline_ms = 300 }, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-05");
	assert_non_null(strstr(err.why, "TLS handshake"));
	expect_failure(&plain, "/drip", (struct mf_http_conf){ .deadline_ms = 400 }, "MF-HTTP-05");
	assert_non_null(strstr(err.why, "arriving"));
	assert_true(mf_mono_ms() - start < 2500);
}

/* One end for all requests of a client: what begins late has less time, and none is none. */
static void test_end(void **state)
{
	int64_t start = mf_mono_ms();
	int before = plain.requests;

	(void)state;
	expect_failure(&plain, "/silent", (struct mf_http_conf){ .end_ms = start + 300 }, "MF-HTTP-05");
	assert_in_range(mf_mono_ms() - start, 250, 1500);
	expect_failure(&plain, "/silent", (struct mf_http_conf){ .end_ms = start + 60000, .deadline_ms = 200 }, "MF-HTTP-05");
	assert_int_equal(plain.requests - before, 2);
	start = mf_mono_ms();
	expect_failure(&plain, "/ok", (struct mf_http_conf){ .end_ms = start - 1 }, "MF-HTTP-05");
	assert_true(mf_mono_ms() - start < 200);
	assert_non_null(strstr(err.why, "before it was sent"));
	assert_int_equal(err.code, MF_NETWORK);
	assert_int_equal(plain.requests - before, 2);
}

static void test_tls(void **state)
{
	struct mf_http_conf strange = { .ca_file = certs.other_ca };
	struct mf_http_conf careless = { .ca_file = certs.other_ca, .skip_verify = true };
	struct mf_resp r;

	(void)state;
	expect_failure(&secure, "/ok", strange, "MF-HTTP-08");
	assert_non_null(strstr(err.why, "test root"));
	assert_non_null(strstr(err.why, certs.other_ca));
	assert_non_null(strstr(err.sent, "1 try"));
	assert_false(err.retryable);
	expect_failure(&stale, "/ok", once, "MF-HTTP-09");
	assert_non_null(strstr(err.why, "expired"));
	url(&secure, "127.0.0.2", "/ok");
	assert_int_equal(fetch((struct mf_http_conf){ .tries = 2 }, (struct mf_req){ .method = NULL }, &r), -1);
	/* nothing listens on 127.0.0.2: the name is checked through the proxy below */
	assert_string_equal(err.id, "MF-HTTP-04");
	url(&secure, "127.0.0.1", "/ok");
	assert_int_equal(fetch(careless, (struct mf_req){ .method = NULL }, &r), 0);
	mf_resp_free(&r);
	/* TLS to a port without it */
	snprintf(url_text, sizeof url_text, "https://127.0.0.1:%u/", plain.port);
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-09");
}

/* A folder with the issuer under the hash of its name. */
static void test_hash_dir(void **state)
{
	struct mf_http *h = NULL;
	struct mf_resp r;
	struct mf_req req = { .url = url(&secure, "127.0.0.1", "/ok") };
	struct mf_http_conf conf = { .tries = 1 };
	char dir[] = "/tmp/mayfly-http-XXXXXX", link[64];
	FILE *f = fopen(certs.ca, "r");
	X509 *ca = PEM_read_X509(f, NULL, NULL, NULL);

	(void)state;
	fclose(f);
	assert_non_null(mkdtemp(dir));
	snprintf(link, sizeof link, "%s/%08lx.0", dir, X509_subject_name_hash(ca));
	X509_free(ca);
	assert_int_equal(symlink(certs.ca, link), 0);
	setenv("SSL_CERT_DIR", dir, 1);
	unsetenv("SSL_CERT_FILE");
	assert_int_equal(mf_http_open(&h, &conf, &err), 0);
	if (mf_http_do(h, &req, &r, &err) < 0)
		fail_msg("%s: %s", err.what, err.why);
	mf_resp_free(&r);
	mf_http_close(h);
	unsetenv("SSL_CERT_DIR");
	unlink(link);
	rmdir(dir);
}

static void test_ca_missing(void **state)
{
	int before = secure.connections;

	(void)state;
	expect_status(&plain, "/ok", 200, NULL);
	url(&plain, "127.0.0.1", "/ok");
	{
		struct mf_resp r;

		/* not looked at without TLS */
		assert_int_equal(fetch((struct mf_http_conf){ .ca_file = "/nonexistent/ca" }, (struct mf_req){ .method = NULL }, &r), 0);
		mf_resp_free(&r);
		url(&secure, "127.0.0.1", "/ok");
		assert_int_equal(fetch((struct mf_http_conf){ .ca_file = "/nonexistent/ca" }, (struct mf_req){ .method = NULL }, &r), -1);
		assert_string_equal(err.id, "MF-HTTP-11");
	}
	assert_int_equal(secure.connections, before);
}

static void test_client_cert(void **state)
{
	struct mf_http_conf files = { .client_cert = certs.client, .client_key = certs.client_key };
	struct mf_http_conf text = { .ca_file = NULL };
	struct mf_secret *cert = NULL, *key = NULL;
	struct mf_resp r;

	(void)state;
	url(&mutual, "127.0.0.1", "/ok");
	assert_int_equal(fetch(files, (struct mf_req){ .method = NULL }, &r), 0);
	mf_resp_free(&r);
	assert_int_equal(mf_fs_read_secret(&cert, certs.client, 8192, &err), 0);
	assert_int_equal(mf_fs_read_secret(&key, certs.client_key, 8192, &err), 0);
	text.client_cert_pem = cert;
	text.client_key_pem = key;
	assert_int_equal(fetch(text, (struct mf_req){ .method = NULL }, &r), 0);
	mf_resp_free(&r);
	/* one text with both */
	assert_int_equal(mf_secret_join(cert, key, &err), 0);
	text.client_key_pem = NULL;
	assert_int_equal(fetch(text, (struct mf_req){ .method = NULL }, &r), 0);
	mf_resp_free(&r);
	mf_secret_free(cert);
	mf_secret_free(key);
	/* the server's alert may be lost with the connection; the advice is the same */
	url(&mutual, "127.0.0.1", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), -1);
	assert_true(strcmp(err.id, "MF-HTTP-10") == 0 || strcmp(err.id, "MF-HTTP-06") == 0);
	assert_non_null(strstr(err.hint, "VAULT_CLIENT_CERT"));
	files.client_key = certs.server_key;
	expect_failure(&mutual, "/ok", files, "MF-HTTP-10");
	files.client_key = "/nonexistent/key";
	url(&mutual, "127.0.0.1", "/ok");
	assert_int_equal(fetch(files, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-10");
	files.client_cert = NULL;
	files.client_key = certs.client_key;
	assert_int_equal(fetch(files, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-10");
}

/* -- retries -- */

static void expect_tries(const char *path, enum mf_retry retry, const char *method, long status, unsigned tries)
{
	struct mf_resp r;

	hits = 0;
	url(&plain, "127.0.0.1", path);
	if (fetch((struct mf_http_conf){ .deadline_ms = 20000 }, (struct mf_req){ .method = method, .retry = retry }, &r) < 0)
		fail_msg("%s: %s: %s", path, err.what, err.why);
	assert_int_equal(r.status, status);
	assert_int_equal(r.tries, tries);
	mf_resp_free(&r);
}

static void test_retries(void **state)
{
	(void)state;
	expect_tries("/flaky/503", MF_RETRY_SAFE, "GET", 200, 3);
	expect_tries("/flaky/500", MF_RETRY_SAFE, "GET", 200, 3);
	expect_tries("/flaky/412", MF_RETRY_CONNECT, "POST", 200, 3);
	expect_tries("/flaky/500", MF_RETRY_CONNECT, "POST", 500, 1);
	expect_tries("/flaky/503", MF_RETRY_NEVER, "POST", 503, 1);
	expect_tries("/flaky/403", MF_RETRY_SAFE, "GET", 403, 1);
	expect_tries("/flaky/400", MF_RETRY_SAFE, "GET", 400, 1);
	expect_tries("/flaky-reset", MF_RETRY_SAFE, "GET", 200, 3);
}

static void test_tries_end(void **state)
{
	struct mf_resp r;
	int before = plain.requests;

	(void)state;
	url(&plain, "127.0.0.1", "/status/429");
	assert_int_equal(fetch((struct mf_http_conf){ .tries = 2 }, (struct mf_req){ .method = NULL }, &r), 0);
	assert_int_equal(r.status, 429);
	assert_int_equal(r.tries, 2);
	assert_int_equal(plain.requests - before, 2);
	mf_resp_free(&r);
	expect_failure(&plain, "/reset", (struct mf_http_conf){ .tries = 3 }, "MF-HTTP-06");
	assert_non_null(strstr(err.sent, "3 tries"));
}

/* A request that may have been carried out goes out once, on a fresh and on a kept connection. */
static void test_no_second_post(void **state)
{
	struct mf_http *h = open_with((struct mf_http_conf){ .tries = 5 });
	struct mf_resp r;
	struct mf_req ok, post;
	char ok_url[128], post_url[128];
	int before;

	(void)state;
	snprintf(ok_url, sizeof ok_url, "http://127.0.0.1:%u/ok", plain.port);
	snprintf(post_url, sizeof post_url, "http://127.0.0.1:%u/reset", plain.port);
	ok = (struct mf_req){ .url = ok_url };
	post = (struct mf_req){ .url = post_url, .method = "POST", .retry = MF_RETRY_CONNECT };
	before = plain.requests;
	assert_fails(mf_http_do(h, &post, &r, &err), err, "MF-HTTP-06");
	assert_int_equal(plain.requests - before, 1);
	assert_non_null(strstr(err.note, "may have"));
	assert_int_equal(mf_http_do(h, &ok, &r, &err), 0);
	mf_resp_free(&r);
	before = plain.requests;
	assert_fails(mf_http_do(h, &post, &r, &err), err, "MF-HTTP-06");
	assert_int_equal(plain.requests - before, 1);
	mf_http_close(h);
	/* whatever else ends the wait for its answer */
	url(&plain, "127.0.0.1", "/silent");
	assert_int_equal(fetch((struct mf_http_conf){ .deadline_ms = 200 }, (struct mf_req){ .method = "POST", .retry = MF_RETRY_CONNECT }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-05");
	assert_non_null(strstr(err.note, "may have"));
	url(&plain, "127.0.0.1", "/truncated");
	assert_int_equal(fetch((struct mf_http_conf){ .tries = 3 }, (struct mf_req){ .method = "POST", .retry = MF_RETRY_CONNECT }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-15");
	assert_non_null(strstr(err.note, "may have"));
	expect_failure(&plain, "/silent", (struct mf_http_conf){ .deadline_ms = 200 }, "MF-HTTP-05");
	assert_string_equal(err.note, "");
}

static void test_retry_after(void **state)
{
	int64_t start = mf_mono_ms();
	struct mf_resp r;

	(void)state;
	expect_tries("/retry-after/1", MF_RETRY_SAFE, "GET", 200, 2);
	assert_in_range(mf_mono_ms() - start, 1000, 2500);
	/* longer than what is left: at once */
	start = mf_mono_ms();
	hits = 0;
	url(&plain, "127.0.0.1", "/retry-after/60");
	assert_int_equal(fetch((struct mf_http_conf){ .deadline_ms = 5000 }, (struct mf_req){ .method = NULL }, &r), 0);
	assert_int_equal(r.status, 429);
	assert_int_equal(r.retry_after, 60);
	assert_int_equal(r.tries, 1);
	assert_true(mf_mono_ms() - start < 3000);
	mf_resp_free(&r);
}

/* -- redirects -- */

static void expect_redirect(const char *path, const char *text)
{
	expect_failure(&plain, path, (struct mf_http_conf){ .tries = 5 }, "MF-HTTP-13");
	assert_non_null(strstr(err.why, text));
	assert_null(strstr(err.why, "hunter2"));
}

static void test_redirects(void **state)
{
	struct mf_secret *body = mf_secret_new("{\"a\":2}", 7), *token = mf_secret_new("tok-2", 5);
	const struct mf_header h = { .name = "X-Vault-Token", .secret = token };
	char origin[64];
	const char *allowed[] = { origin, NULL };
	int before = other.requests;
	struct mf_resp r;

	(void)state;
	expect_status(&plain, "/to-ok", 200, "{\"ok\":true}");
	expect_redirect("/twice", "second");
	expect_redirect("/found", "302");
	expect_redirect("/to-other", "neither");
	expect_redirect("/to-plain", "127.0.0.1/ok");
	expect_redirect("/to-userinfo", "user name");
	expect_redirect("/to-host", "evil.example");
	assert_int_equal(other.requests, before);
	/* to an address that is configured, with everything that was sent */
	snprintf(origin, sizeof origin, "http://127.0.0.1:%u", other.port);
	url(&plain, "127.0.0.1", "/to-other");
	assert_int_equal(fetch((struct mf_http_conf){ .redirect_to = allowed }, (struct mf_req){ .headers = &h, .n_headers = 1 }, &r), 0);
	assert_int_equal(r.status, 200);
	assert_int_equal(other.requests, before + 1);
	assert_non_null(strstr(other.last_head, "tok-2"));
	mf_resp_free(&r);
	/* method and body stay */
	url(&plain, "127.0.0.1", "/to-echo");
	assert_int_equal(fetch(once, (struct mf_req){ .method = "POST", .body = body }, &r), 0);
	assert_str_is(mf_secret_reveal(r.body), "{\"a\":2}");
	mf_resp_free(&r);
	mf_secret_free(body);
	mf_secret_free(token);
}

/* A server that repeats what it was sent: in the location, the content type, an id. */
static void test_repeated(void **state)
{
	static const char token[] = "hvs.CAESIRepeatedByTheServer0123456789";
	struct mf_secret *secret = mf_secret_new(token, sizeof token - 1), *body = mf_secret_new("{\"jwt\":\"eyJhbGciOiJSUzI1NiJ9.x\"}", 32);
	const struct mf_header h = { .name = "X-Vault-Token", .secret = secret };
	const struct mf_req req = { .headers = &h, .n_headers = 1, .body = body, .method = "POST", .retry = MF_RETRY_CONNECT };
	struct mf_resp r;

	(void)state;
	url(&plain, "127.0.0.1", "/repeat/302");
	assert_int_equal(fetch(once, req, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-13");
	assert_non_null(strstr(err.why, "/ui/[cut]/"));
	assert_null(strstr(err.why, "Repeated"));
	assert_null(strstr(err.why, "eyJh"));
	/* followed, and then in the address of what was sent */
	url(&plain, "127.0.0.1", "/repeat/307");
	assert_int_equal(fetch(once, req, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-06");
	assert_non_null(strstr(err.sent, "/cut/10/[cut]"));
	assert_null(strstr(err.sent, "Repeated"));
	url(&plain, "127.0.0.1", "/repeat/200");
	assert_int_equal(fetch(once, req, &r), 0);
	assert_string_equal(r.content_type, "text/[cut]");
	assert_string_equal(r.request_id, "[cut]");
	mf_resp_free(&r);
	mf_secret_free(secret);
	mf_secret_free(body);
}

static void test_no_downgrade(void **state)
{
	char origin[64];
	const char *allowed[] = { origin, NULL };

	(void)state;
	snprintf(origin, sizeof origin, "http://127.0.0.1");
	expect_failure(&secure, "/to-plain", (struct mf_http_conf){ .redirect_to = allowed }, "MF-HTTP-13");
}

/* -- cancelling -- */

static void *stop_soon(void *arg)
{
	(void)arg;
	usleep(200000);
	stop = 1;
	return NULL;
}

static void expect_cancelled(const char *path, struct mf_req req)
{
	int64_t start = mf_mono_ms();
	struct mf_resp r;
	pthread_t t;

	stop = 0;
	pthread_create(&t, NULL, stop_soon, NULL);
	if (path)
		url(&plain, "127.0.0.1", path);
	assert_int_equal(fetch((struct mf_http_conf){ .stop = &stop, .tries = 50 }, req, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-17");
	assert_in_range(mf_mono_ms() - start, 150, 1500);
	pthread_join(t, NULL);
	stop = 0;
}

static void test_stop(void **state)
{
	struct mf_resp r;

	(void)state;
	expect_cancelled("/silent", (struct mf_req){ .method = NULL });
	expect_cancelled("/drip", (struct mf_req){ .method = NULL });
	hits = 0;
	expect_cancelled("/retry-after/5", (struct mf_req){ .method = NULL });	/* in the pause */
	/* what cannot be repeated is waited for once it was sent, and not before: this server never gets past the handshake */
	snprintf(url_text, sizeof url_text, "https://127.0.0.1:%u/", mute.port);
	expect_cancelled(NULL, (struct mf_req){ .method = "POST", .retry = MF_RETRY_CONNECT });
	assert_string_equal(err.note, "");
	stop = 1;
	url(&plain, "127.0.0.1", "/ok");
	assert_int_equal(fetch((struct mf_http_conf){ .stop = &stop }, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-17");
	stop = 0;
}

/* -- proxies -- */

static void set_proxy(const char *variable, const char *user)
{
	char value[128];

	snprintf(value, sizeof value, "http://%s127.0.0.1:%u", user, proxy.port);
	setenv(variable, value, 1);
}

static void clear_proxy(void)
{
	unsetenv("https_proxy");
	unsetenv("HTTPS_PROXY");
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("NO_PROXY");
	unsetenv("all_proxy");
}

static void test_proxy(void **state)
{
	struct mf_secret *token = mf_secret_new("tok-3", 5);
	const struct mf_header h = { .name = "X-Vault-Token", .secret = token };
	struct mf_resp r;

	(void)state;
	clear_proxy();
	set_proxy("HTTPS_PROXY", "user:hunter2@");
	url(&secure, "vault.test", "/ok");	/* a name that only the proxy knows */
	assert_int_equal(fetch(once, (struct mf_req){ .headers = &h, .n_headers = 1 }, &r), 0);
	assert_int_equal(r.status, 200);
	mf_resp_free(&r);
	assert_non_null(strstr(proxy.last_head, "CONNECT vault.test:"));
	assert_non_null(strstr(proxy.last_head, "Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n"));
	assert_null(strstr(proxy.last_head, "tok-3"));
	assert_null(strstr(secure.last_head, "Proxy-"));
	/* the certificate has no such name */
	url(&secure, "wrong.test", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-07");
	assert_non_null(strstr(err.why, "'vault.test'"));
	/* the proxy says no */
	url(&secure, "refused.test", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-12");
	assert_non_null(strstr(err.why, "403"));
	url(&secure, "auth.test", "/ok");
	assert_int_equal(fetch(once, (struct mf_req){ .method = NULL }, &r), -1);
	assert_non_null(strstr(err.why, "407"));
	assert_null(strstr(err.sent, "hunter2"));
	assert_non_null(strstr(err.sent, "127.0.0.1"));
	clear_proxy();
	mf_secret_free(token);
}

static void test_proxy_plain(void **state)
{
	struct mf_resp r;

	(void)state;
	clear_proxy();
	set_proxy("http_proxy", "");
	assert_int_equal(fetch((struct mf_http_conf){ .allow_http = true }, (struct mf_req){ .url = "http://vault.test/x" }, &r), 0);
	assert_str_is(mf_secret_reveal(r.body), "{\"via\":\"proxy\"}");
	mf_resp_free(&r);
	setenv("NO_PROXY", "vault.test", 1);
	assert_int_equal(fetch((struct mf_http_conf){ .allow_http = true, .tries = 1 }, (struct mf_req){ .url = "http://vault.test/x" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-03");
	unsetenv("NO_PROXY");
	/* loopback is not proxied, and libcurl does not read the environment by itself */
	expect_status(&plain, "/ok", 200, "{\"ok\":true}");
	clear_proxy();
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	assert_int_equal(fetch((struct mf_http_conf){ .allow_http = true, .tries = 1 }, (struct mf_req){ .url = "http://vault.test/x" }, &r), -1);
	assert_string_equal(err.id, "MF-HTTP-12");
	clear_proxy();
}

/* -- many at once -- */

static void many(struct mf_http *h, const struct server *s, const char *path, size_t n)
{
	struct mf_req reqs[200] = { 0 };
	struct mf_resp resps[200] = { 0 };
	struct mf_err errs[200];
	char one[128];

	memcpy(one, url(s, "127.0.0.1", path), sizeof one);
	for (size_t i = 0; i < n; i++)
		reqs[i].url = one;
	if (mf_http_do_all(h, reqs, n, resps, errs) < 0) {
		for (size_t i = 0; i < n; i++)
			if (errs[i].id)
				fail_msg("%zu: %s: %s", i, errs[i].what, errs[i].why);
	}
	for (size_t i = 0; i < n; i++) {
		assert_null(errs[i].id);
		assert_int_equal(resps[i].status, 200);
		mf_resp_free(&resps[i]);
	}
}

static void test_many(void **state)
{
	struct mf_http *h = open_with((struct mf_http_conf){ .tries = 1 });
	int before = plain.connections;

	(void)state;
	plain.peak = 0;
	many(h, &plain, "/together", MANY);
	assert_true(plain.peak > MANY / 5);
	assert_true(plain.connections - before <= MANY);
	/* connections are kept */
	before = plain.connections;
	many(h, &plain, "/together", MANY);
	assert_true(plain.connections - before <= 2);
	/* more than are in flight at once */
	many(h, &plain, "/ok", 200);
	mf_http_close(h);
}

static void test_reuse_tls(void **state)
{
	struct mf_http *h = open_with((struct mf_http_conf){ .tries = 1 });
	int before = secure.connections;

	(void)state;
	for (int i = 0; i < 5; i++)
		many(h, &secure, "/ok", 1);
	assert_int_equal(secure.connections - before, 1);
	many(h, &secure, "/together", 20);
	mf_http_close(h);
}

/* Each request has its own fate. */
static void test_mixed(void **state)
{
	static const char *const path[] = { "/ok", "/reset", "/status/404", "/silent", "/truncated" };
	static const char *const id[] = { NULL, "MF-HTTP-06", NULL, "MF-HTTP-05", "MF-HTTP-15" };
	struct mf_http *h = open_with((struct mf_http_conf){ .tries = 2, .deadline_ms = 1000 });
	struct mf_req reqs[6] = { { .url = NULL } };
	struct mf_resp resps[6] = { { .status = 0 } };
	struct mf_err errs[6];
	char urls[6][64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(urls[i], sizeof urls[i], "http://127.0.0.1:%u%s", plain.port, path[i]);
		reqs[i].url = urls[i];
	}
	reqs[5].url = "ftp://x";
	assert_int_equal(mf_http_do_all(h, reqs, 6, resps, errs), -1);
	for (size_t i = 0; i < 5; i++) {
		if (id[i])
			assert_string_equal(errs[i].id, id[i]);
		else
			assert_null(errs[i].id);
		assert_int_equal(resps[i].body == NULL, id[i] != NULL);
		mf_resp_free(&resps[i]);
	}
	assert_string_equal(errs[5].id, "MF-URL-01");
	assert_int_equal(mf_http_do_all(h, reqs, 0, resps, errs), 0);
	mf_http_close(h);
	mf_http_close(NULL);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_secret *token = mf_secret_new("s3cret", 6);
	const struct mf_header header = { .name = "X-Vault-Token", .secret = token };
	const struct mf_req req = { .url = ctx, .headers = &header, .n_headers = 1 };
	struct mf_http_conf conf = { .tries = 2, .deadline_ms = 2000 };
	struct mf_resp resp = { .status = 0 };
	struct mf_http *h = NULL;
	int r = token ? mf_http_open(&h, &conf, e) : mf_fail_nomem(e);

	if (r == 0)
		r = mf_http_do(h, &req, &resp, e);
	mf_resp_free(&resp);
	mf_http_close(h);
	mf_secret_free(token);
	return r;
}

static void test_torture(void **state)
{
	char one[128];

	(void)state;
	memcpy(one, url(&plain, "127.0.0.1", "/to-ok"), sizeof one);
	mf_torture(torture_body, one);
}

static int setup(void **state)
{
	(void)state;
	mf_log_setup(fopen("/dev/null", "w"), MF_LOG_QUIET, MF_DRESS_PLAIN);
	clear_proxy();
	certs_make(&certs);
	server_start(&plain, serve, NULL);
	server_start(&mute, serve, NULL);
	mute.mute = true;
	server_start(&other, serve, NULL);
	server_start(&proxy, serve_proxy, NULL);
	server_start(&secure, serve, certs_server(certs.server, certs.server_key, NULL));
	server_start(&stale, serve, certs_server(certs.expired, certs.expired_key, NULL));
	server_start(&mutual, serve, certs_server(certs.server, certs.server_key, certs.ca));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	server_stop(&plain);
	server_stop(&mute);
	server_stop(&other);
	server_stop(&proxy);
	server_stop(&secure);
	server_stop(&stale);
	server_stop(&mutual);
	certs_remove(&certs);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_nul_body),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_header_injection),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_plain_http),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_down),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_hash_dir),
		cmocka_unit_test(test_ca_missing),
		cmocka_unit_test(test_client_cert),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_tries_end),
		cmocka_unit_test(test_no_second_post),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_no_downgrade),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_proxy_plain),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_reuse_tls),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
