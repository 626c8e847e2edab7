/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of net/ that need no server: retry rules, dates, proxies from the environment, the index of certificates. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include "../../src/net/net.h"
#include "failalloc.h"
#include "support_http.h"

static struct mf_err err;

static void test_dates(void **state)
{
	static const char *const good[] = { "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" };
	static const char *const bad[] = { "", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "1994-11-06T08:49:37Z", "Sun, 06 Nov 0000 08:49:37 GMT" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(good); i++) {
		t = 0;
		assert_true(mf_http_date_parse(&t, mf_str(good[i])));
		assert_int_equal(t, 784111777);
	}
	for (size_t i = 0; i < MF_COUNT(bad); i++)
		assert_false(mf_http_date_parse(&t, mf_str(bad[i])));
	assert_true(mf_http_date_parse(&t, mf_str("Thu, 29 Feb 2024 23:59:59 GMT")));
	assert_int_equal(t, 1709251199);
	assert_true(mf_http_date_parse(&t, mf_str("Fri, 31 Dec 9999 23:59:59 GMT")));
	assert_int_equal(t, 253402300799);
}

static void test_retry_after(void **state)
{
	int64_t s;

	(void)state;
	assert_true(mf_retry_after_parse(&s, mf_str("0"), 0));
	assert_int_equal(s, 0);
	assert_true(mf_retry_after_parse(&s, mf_str("120"), 0));
	assert_int_equal(s, 120);
	assert_true(mf_retry_after_parse(&s, mf_str("99999999999999999999999999"), 0));
	assert_int_equal(s, 30 * 86400);
	assert_true(mf_retry_after_parse(&s, mf_str("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 - 90));
	assert_int_equal(s, 90);
	assert_true(mf_retry_after_parse(&s, mf_str("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 + 90));
	assert_int_equal(s, 0);
	assert_false(mf_retry_after_parse(&s, mf_str("-1"), 0));
	assert_false(mf_retry_after_parse(&s, mf_str("1.5"), 0));
	assert_false(mf_retry_after_parse(&s, mf_str(""), 0));
	assert_false(mf_retry_after_parse(&s, mf_str("soon"), 0));
}

static void test_retry_status(void **state)
{
	static const long safe[] = { 408, 412, 429, 500, 502, 503, 504 }, never[] = { 200, 204, 400, 401, 403, 404, 405, 409, 501, 505 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(safe); i++) {
		bool unsent = safe[i] == 412 || safe[i] == 429 || safe[i] == 503;

		assert_true(mf_retry_status(MF_RETRY_SAFE, safe[i]));
		assert_int_equal(mf_retry_status(MF_RETRY_CONNECT, safe[i]), unsent);
		assert_false(mf_retry_status(MF_RETRY_NEVER, safe[i]));
	}
	for (size_t i = 0; i < MF_COUNT(never); i++)
		assert_false(mf_retry_status(MF_RETRY_SAFE, never[i]));
}

static void test_backoff(void **state)
{
	int64_t longest = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int64_t first = mf_retry_backoff_ms(1), later = mf_retry_backoff_ms(100);

		assert_in_range(first, 1, 260);
		assert_in_range(later, 1, 8010);
		longest = later > longest ? later : longest;
	}
	assert_true(longest > 6000);
}

/* -- proxies -- */

static void no_proxy_env(void)
{
	static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
		"NO_PROXY", "REQUEST_METHOD" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		unsetenv(names[i]);
}

static const char *chosen(struct mf_proxy *p, const char *url)
{
	struct mf_url u;

	assert_int_equal(mf_url_parse(&u, url, &err), 0);
	return mf_proxy_for(p, &u);
}

static void test_proxy_env(void **state)
{
	struct mf_proxy p;

	(void)state;
	no_proxy_env();
	assert_int_equal(mf_proxy_open(&p, &err), 0);
	assert_null(chosen(&p, "https://h/"));
	mf_proxy_close(&p);
	setenv("HTTPS_PROXY", "http://upper:1", 1);
	setenv("HTTP_PROXY", "plain:2", 1);
	assert_int_equal(mf_proxy_open(&p, &err), 0);
	assert_string_equal(chosen(&p, "https://h/"), "http://upper:1");
	assert_string_equal(chosen(&p, "http://h/"), "plain:2");
	assert_null(chosen(&p, "http://127.0.0.1/"));
	assert_null(chosen(&p, "http://169.254.169.254/metadata"));
	assert_non_null(chosen(&p, "http://169.254.example/"));
	assert_null(chosen(&p, "https://localhost/"));
	mf_proxy_close(&p);
	setenv("https_proxy", "http://lower:1", 1);
	setenv("REQUEST_METHOD", "GET", 1);
	assert_int_equal(mf_proxy_open(&p, &err), 0);
	assert_string_equal(chosen(&p, "https://h/"), "http://lower:1");
	assert_null(chosen(&p, "http://h/"));
	mf_proxy_close(&p);
	no_proxy_env();
	setenv("ALL_PROXY", "socks5h://all:3", 1);
	setenv("http_proxy", "", 1);
	assert_int_equal(mf_proxy_open(&p, &err), 0);
	assert_string_equal(chosen(&p, "https://h/"), "socks5h://all:3");
	assert_string_equal(chosen(&p, "http://h/"), "socks5h://all:3");
	mf_proxy_close(&p);
	no_proxy_env();
}

static void test_proxy_refused(void **state)
{
	struct mf_proxy p;

	(void)state;
	no_proxy_env();
	setenv("HTTPS_PROXY", "ftp://user:hunter2@proxy:1", 1);
	assert_fails(mf_proxy_open(&p, &err), err, "MF-HTTP-12");
	assert_null(strstr(err.what, "hunter2"));
	assert_non_null(strstr(err.what, "proxy:1"));
	setenv("HTTPS_PROXY", "http://proxy:1\r\nX: y", 1);
	assert_fails(mf_proxy_open(&p, &err), err, "MF-HTTP-12");
	no_proxy_env();
}

static void test_proxy_name(void **state)
{
	char name[128];

	(void)state;
	mf_proxy_name(name, "http://user:p@ss@host:3128/x");
	assert_string_equal(name, "host:3128");
	mf_proxy_name(name, "host:3128");
	assert_string_equal(name, "host:3128");
	mf_proxy_name(name, "socks5h://host");
	assert_string_equal(name, "host");
}

static bool exempt(const char *list, const char *url)
{
	struct mf_url u;

	assert_int_equal(mf_url_parse(&u, url, &err), 0);
	return mf_no_proxy(list, &u);
}

static void test_no_proxy(void **state)
{
	(void)state;
	assert_true(exempt("*", "https://any/"));
	assert_false(exempt("", "https://any/"));
	assert_true(exempt("a.example, b.example", "https://b.example/"));
	assert_true(exempt("b.example", "https://x.B.example/"));
	assert_true(exempt(".b.example", "https://x.b.example/"));
	assert_true(exempt("*.b.example", "https://x.b.example/"));
	assert_true(exempt(".b.example", "https://b.example/"));
	assert_false(exempt("b.example", "https://ab.example/"));
	assert_false(exempt("b.example", "https://b.example.org/"));
	assert_true(exempt("b.example:8200", "https://b.example:8200/"));
	assert_false(exempt("b.example:8200", "https://b.example/"));
	assert_true(exempt("10.0.0.0/8", "https://10.200.3.4/"));
	assert_false(exempt("10.0.0.0/8", "https://11.0.0.1/"));
	assert_true(exempt("192.168.1.128/25", "https://192.168.1.200/"));
	assert_false(exempt("192.168.1.128/25", "https://192.168.1.100/"));
	assert_true(exempt("192.168.1.1", "https://192.168.1.1/"));
	assert_true(exempt("192.168.1.1:8200", "https://192.168.1.1:8200/"));
	assert_false(exempt("1.1", "https://192.168.1.1/"));
	assert_true(exempt("2001:db8::/32", "https://[2001:db8:1::5]/"));
	assert_true(exempt("[2001:db8::5]:443", "https://[2001:db8::5]/"));
	assert_false(exempt("2001:db8::/32", "https://[2001:db9::5]/"));
	assert_false(exempt("10.0.0.0/33,10.0.0.0/,10.0.0.0/x,/8,:,.,,", "https://10.0.0.1/"));
	assert_false(exempt(":80,.,[],*.", "https://h:80/"));
}

/* -- certificates -- */

static char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *p = malloc(8192);

	assert_non_null(f);
	*n = fread(p, 1, 8192, f);
	fclose(f);
	return p;
}

/* Whether `cert` is accepted by a store over this PEM text. */
static bool verifies(const char *pem, size_t n, const char *cert)
{
	struct mf_ca_index *x = mf_ca_index_new();
	FILE *f = fopen(cert, "r");
	X509 *leaf = PEM_read_X509(f, NULL, NULL, NULL);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store;
	bool ok;

	fclose(f);
	assert_true(mf_ca_index_add(x, (struct mf_str){ .p = pem, .n = n }) >= 0);
	store = mf_ca_index_store(x);
	X509_STORE_CTX_init(ctx, store, leaf, NULL);
	ok = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_cleanup(ctx);
	/* the second time it is in the store already */
	X509_STORE_CTX_init(ctx, store, leaf, NULL);
	assert_int_equal(X509_verify_cert(ctx) == 1, ok);
	X509_STORE_CTX_free(ctx);
	X509_free(leaf);
	X509_STORE_free(store);
	mf_ca_index_free(x);
	return ok;
}

static void test_ca_index(void **state)
{
	struct certs *c = *state;
	size_t n, other_n;
	char *ca = slurp(c->ca, &n), *other = slurp(c->other_ca, &other_n), *both = malloc(n + other_n + 64);
	struct mf_ca_index *x = mf_ca_index_new();

	assert_true(verifies(ca, n, c->server));
	assert_false(verifies(other, other_n, c->server));
	assert_false(verifies(ca, n, c->expired));
	/* PARTIAL_CHAIN: the certificate itself may be what is trusted */
	memcpy(both, other, other_n);
	memcpy(both + other_n, "some text\r\n", 11);
	memcpy(both + other_n + 11, ca, n);
	assert_true(verifies(both, other_n + 11 + n, c->server));
	assert_int_equal(mf_ca_index_add(x, (struct mf_str){ .p = both, .n = other_n + 11 + n }), 2);
	assert_int_equal(mf_ca_index_add(x, mf_str("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")), 0);
	assert_int_equal(mf_ca_index_add(x, mf_str("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----")), 0);
	assert_int_equal(mf_ca_index_add(x, mf_str("-----BEGIN CERTIFICATE-----\nMIIB")), 0);
	assert_int_equal(mf_ca_index_add(x, mf_str("")), 0);
	mf_ca_index_free(x);
	free(ca);
	free(other);
	free(both);
}

/* Names that differ in the string type and in the case of letters only. */
static void test_ca_name_forms(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = X509_new(), *leaf = X509_new();
	struct mf_ca_index *x = mf_ca_index_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	BIO *b = BIO_new(BIO_s_mem());
	X509_STORE *store;
	char *pem;
	long n;

	(void)state;
	for (int i = 0; i < 2; i++) {
		X509 *cert = i ? leaf : ca;
		X509_NAME *issuer = X509_NAME_new();

		X509_set_version(cert, 2);
		ASN1_INTEGER_set(X509_get_serialNumber(cert), i + 1);
		X509_gmtime_adj(X509_getm_notBefore(cert), -100);
		X509_gmtime_adj(X509_getm_notAfter(cert), 1000);
		X509_set_pubkey(cert, key);
		X509_NAME_add_entry_by_txt(issuer, "CN", i ? V_ASN1_UTF8STRING : V_ASN1_PRINTABLESTRING,
			(const unsigned char *)(i ? "the  ROOT" : "The Root"), -1, -1, 0);
		X509_set_issuer_name(cert, issuer);
		if (i)
			X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_ASC, (const unsigned char *)"leaf", -1, -1, 0);
		X509_set_subject_name(cert, issuer);
		if (!i) {
			X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

			X509_add_ext(cert, e, -1);
			X509_EXTENSION_free(e);
		}
		assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
		X509_NAME_free(issuer);
	}
	PEM_write_bio_X509(b, ca);
	n = BIO_get_mem_data(b, &pem);
	assert_int_equal(mf_ca_index_add(x, (struct mf_str){ .p = pem, .n = (size_t)n }), 1);
	store = mf_ca_index_store(x);
	X509_STORE_CTX_init(ctx, store, leaf, NULL);
	assert_int_equal(X509_verify_cert(ctx), 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	mf_ca_index_free(x);
	X509_free(ca);
	X509_free(leaf);
	EVP_PKEY_free(key);
	BIO_free(b);
}

static void no_ca_env(void)
{
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	unsetenv("CURL_CA_BUNDLE");
}

static void test_ca_order(void **state)
{
	struct certs *c = *state;
	struct mf_http_conf conf = { .ca_file = c->ca };
	struct mf_ca ca = { .store = NULL };
	size_t n;
	char *text = slurp(c->ca, &n);

	no_ca_env();
	setenv("SSL_CERT_FILE", "/nonexistent/ca.pem", 1);
	assert_int_equal(mf_ca_load(&ca, &conf, &err), 0);
	assert_non_null(strstr(ca.source, c->ca));
	mf_ca_free(&ca);
	conf.ca_file = NULL;
	assert_fails(mf_ca_load(&ca, &conf, &err), err, "MF-HTTP-11");
	assert_non_null(strstr(err.sent, "SSL_CERT_FILE"));
	conf.ca_pem = (struct mf_str){ .p = text, .n = n };
	assert_int_equal(mf_ca_load(&ca, &conf, &err), 0);
	mf_ca_free(&ca);
	conf.ca_pem.n = 0;
	setenv("SSL_CERT_FILE", c->server_key, 1);
	assert_fails(mf_ca_load(&ca, &conf, &err), err, "MF-HTTP-11");
	unsetenv("SSL_CERT_FILE");
	setenv("CURL_CA_BUNDLE", c->other_ca, 1);
	assert_int_equal(mf_ca_load(&ca, &conf, &err), 0);
	assert_non_null(strstr(ca.source, "CURL_CA_BUNDLE"));
	mf_ca_free(&ca);
	setenv("SSL_CERT_DIR", c->dir, 1);
	assert_int_equal(mf_ca_load(&ca, &conf, &err), 0);
	assert_non_null(strstr(ca.source, "SSL_CERT_DIR"));
	mf_ca_free(&ca);
	{
		char link[128];

		/* as c_rehash leaves it: the store looks a name up when it is needed */
		snprintf(link, sizeof link, "%s/0123abcd.0", c->dir);
		assert_int_equal(symlink("ca.pem", link), 0);
		assert_int_equal(mf_ca_load(&ca, &conf, &err), 0);
		assert_string_equal(ca.hash_dir, c->dir);
		unlink(link);
		mf_ca_free(&ca);
	}
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	assert_fails(mf_ca_load(&ca, &conf, &err), err, "MF-HTTP-11");
	no_ca_env();
	free(text);
}

static int torture_ca(void *ctx, struct mf_err *e)
{
	struct certs *c = ctx;
	struct mf_http_conf conf = { .ca_file = c->ca };
	struct mf_ca ca = { .store = NULL };
	int r = mf_ca_load(&ca, &conf, e);

	mf_ca_free(&ca);
	return r;
}

static int torture_open(void *ctx, struct mf_err *e)
{
	struct mf_http *h;
	int r = mf_http_open(&h, NULL, e);

	(void)ctx;
	if (r == 0)
		mf_http_close(h);
	return r;
}

static int torture_lines(void *ctx, struct mf_err *e)
{
	struct mf_secret *token = mf_secret_new("s3cret", 6);
	const struct mf_header headers[] = { { .name = "X-Vault-Token", .secret = token }, { .name = "X-Empty", .value = "" } };
	const struct mf_req req = { .url = "https://h/", .headers = headers, .n_headers = 2, .body = token };
	struct mf_lines lines;
	int r = token ? mf_lines_build(&lines, &req, e) : mf_fail_nomem(e);

	(void)ctx;
	if (r == 0)
		mf_lines_free(&lines);
	mf_secret_free(token);
	return r;
}

static void test_torture(void **state)
{
	/* OpenSSL keeps the queue of a thread's errors once there was one */
	ERR_raise(ERR_LIB_X509, ERR_R_PASSED_NULL_PARAMETER);
	ERR_clear_error();
	mf_torture(torture_ca, *state);
	mf_torture(torture_open, NULL);
	mf_torture(torture_lines, NULL);
}

static int setup(void **state)
{
	static struct certs certs;

	certs_make(&certs);
	*state = &certs;
	mf_log_setup(stderr, MF_LOG_QUIET, MF_DRESS_PLAIN);
	return 0;
}

static int teardown(void **state)
{
	certs_remove(*state);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_retry_status),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_proxy_env),
		cmocka_unit_test(test_proxy_refused),
		cmocka_unit_test(test_proxy_name),
		cmocka_unit_test(test_no_proxy),
		cmocka_unit_test(test_ca_index),
		cmocka_unit_test(test_ca_name_forms),
		cmocka_unit_test(test_ca_order),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
