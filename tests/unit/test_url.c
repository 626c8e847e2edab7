/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: parts, refusals, origins, building. */
#include "unit.h"

#include <mayfly/url.h>
#include "failalloc.h"

static struct mf_err err;

static void test_parts(void **state)
{
	struct mf_url u;

	(void)state;
	assert_int_equal(mf_url_parse(&u, "https://Vault.example.com:8200/v1/a%20b?x=1&y#frag", &err), 0);
	assert_str_is(u.scheme, "https");
	assert_str_is(u.host, "Vault.example.com");
	assert_int_equal(u.port, 8200);
	assert_str_is(u.path, "/v1/a%20b");
	assert_str_is(u.query, "x=1&y");
	assert_str_is(u.fragment, "frag");
	assert_false(u.loopback);
}

static void test_defaults(void **state)
{
	struct mf_url u;

	(void)state;
	assert_int_equal(mf_url_parse(&u, "https://h", &err), 0);
	assert_int_equal(u.port, 443);
	assert_str_is(u.path, "/");
	assert_int_equal(u.query.n, 0);
	assert_int_equal(mf_url_parse(&u, "HTTP://h?q", &err), 0);
	assert_int_equal(u.port, 80);
	assert_str_is(u.scheme, "HTTP");
	assert_str_is(u.path, "/");
	assert_str_is(u.query, "q");
	assert_int_equal(mf_url_parse(&u, "http://h/?", &err), 0);
	assert_int_equal(u.query.n, 0);
	assert_int_equal(mf_url_parse(&u, "https://h#f", &err), 0);
	assert_str_is(u.fragment, "f");
}

static void test_ipv6(void **state)
{
	struct mf_url u;

	(void)state;
	assert_int_equal(mf_url_parse(&u, "https://[2001:db8::1]:8443/x", &err), 0);
	assert_str_is(u.host, "2001:db8::1");
	assert_int_equal(u.port, 8443);
	assert_false(u.loopback);
	assert_int_equal(mf_url_parse(&u, "http://[::1]", &err), 0);
	assert_true(u.loopback);
}

static void test_loopback(void **state)
{
	static const char *const yes[] = { "http://127.0.0.1", "http://127.255.3.4:1/", "http://LocalHost:80", "http://[0:0::1]/" };
	static const char *const no[] = { "http://127.0.0.1.example.com", "http://localhost.example.com", "http://127.1",
		"http://0x7f.0.0.1", "http://0177.0.0.1", "http://128.0.0.1", "http://notlocalhost", "http://[::2]",
		"http://[::ffff:127.0.0.1]", "http://2130706433", "http://127.0.0.01" };
	struct mf_url u;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(yes); i++) {
		assert_int_equal(mf_url_parse(&u, yes[i], &err), 0);
		assert_true(u.loopback);
	}
	for (size_t i = 0; i < MF_COUNT(no); i++) {
		assert_int_equal(mf_url_parse(&u, no[i], &err), 0);
		assert_false(u.loopback);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", "vault.example.com", "ftp://h/", "https:/h", "https://", "https:///path", "https://?q",
		"https://:443/", "https://h:", "https://h:0", "https://h:65536", "https://h:+1", "https://h:1x", "https://h:99999999999",
		"https://u@h/", "https://u:p@h/", "https://h@evil.example/", "https://h /", "https://h/a b", "https://h/\n", "https://h/\x7f",
		"https://h\\evil/", "https://h/\\x", "https://h\xc3\xa9/", "https://h/\xc3\xa9", "https://[::1", "https://[::1]x",
		"https://[]", "https://[1.2.3.4]", "https://[fe80::1%25eth0]", "https://a..b/", "https://.a/", "https://a%41/", "https://a,b/",
		"https://h:1:2/", "https://[::1]:", "https://[:::1]/", " https://h" };
	struct mf_url u = { .port = 77 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++)
		assert_fails(mf_url_parse(&u, bad[i], &err), err, "MF-URL-01");
	assert_int_equal(u.port, 77);
}

static void test_long(void **state)
{
	char *url = malloc(20000);
	struct mf_url u;

	(void)state;
	memset(url, 'a', 19999);
	url[19999] = '\0';
	memcpy(url, "https://h/", 10);
	assert_fails(mf_url_parse(&u, url, &err), err, "MF-URL-01");
	url[16384] = '\0';
	assert_int_equal(mf_url_parse(&u, url, &err), 0);
	free(url);
	assert_fails(mf_url_parse(&u, "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/", &err), err, "MF-URL-01");
}

/* Neither a password nor a query may get into a log. */
static void test_nothing_leaks(void **state)
{
	struct mf_url u;

	(void)state;
	assert_fails(mf_url_parse(&u, "https://user:hunter2@h/?token=hunter2", &err), err, "MF-URL-01");
	assert_null(strstr(err.what, "hunter2"));
	assert_null(strstr(err.why, "hunter2"));
	assert_null(strstr(err.sent, "hunter2"));
	assert_non_null(strstr(err.why, "user name"));
	assert_fails(mf_url_parse(&u, "ftp://h/?token=hunter2", &err), err, "MF-URL-01");
	assert_null(strstr(err.what, "hunter2"));
}

static bool same(const char *a, const char *b)
{
	struct mf_url x, y;

	assert_int_equal(mf_url_parse(&x, a, &err), 0);
	assert_int_equal(mf_url_parse(&y, b, &err), 0);
	return mf_url_same_origin(&x, &y);
}

static void test_origin(void **state)
{
	(void)state;
	assert_true(same("https://h/a", "HTTPS://H:443/b?c"));
	assert_false(same("https://h", "http://h:443"));
	assert_false(same("https://h", "https://h:444"));
	assert_false(same("https://h", "https://hh"));
	assert_false(same("https://h", "https://h.example"));
}

static void test_build(void **state)
{
	struct mf_buf b = MF_BUF(400);

	(void)state;
	assert_int_equal(mf_buf_puts(&b, "https://h/v1/", &err), 0);
	assert_int_equal(mf_url_add_path(&b, mf_str("secret/data/a b/c?d#e%/\xc3\xa9"), &err), 0);
	assert_string_equal(b.p, "https://h/v1/secret/data/a%20b/c%3Fd%23e%25/%C3%A9");
	assert_int_equal(mf_url_add_query(&b, "version", mf_str("1&2"), &err), 0);
	assert_int_equal(mf_url_add_query(&b, "a b", mf_str(""), &err), 0);
	assert_string_equal(b.p, "https://h/v1/secret/data/a%20b/c%3Fd%23e%25/%C3%A9?version=1%262&a%20b=");
	mf_buf_free(&b);
	assert_int_equal(mf_url_add_segment(&b, mf_str("a/b"), &err), 0);
	assert_string_equal(b.p, "a%2Fb");
	mf_buf_free(&b);
}

static void test_dots(void **state)
{
	struct mf_buf b = MF_BUF(100);

	(void)state;
	assert_int_equal(mf_buf_puts(&b, "x/", &err), 0);
	assert_fails(mf_url_add_path(&b, mf_str("a/../b"), &err), err, "MF-URL-01");
	assert_string_equal(b.p, "x/");
	assert_fails(mf_url_add_path(&b, mf_str("a/.."), &err), err, "MF-URL-01");
	assert_fails(mf_url_add_path(&b, mf_str("./a"), &err), err, "MF-URL-01");
	assert_fails(mf_url_add_segment(&b, mf_str(".."), &err), err, "MF-URL-01");
	assert_int_equal(mf_url_add_path(&b, mf_str("a/..b/.c"), &err), 0);
	assert_string_equal(b.p, "x/a/..b/.c");
	assert_fails(mf_url_add_path(&b, mf_str("0123456789012345678901234567890123456789\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"), &err),
		err, "MF-BASE-02");
	assert_string_equal(b.p, "x/a/..b/.c");
	mf_buf_free(&b);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_buf b = MF_BUF(1000);
	int r = mf_buf_puts(&b, "https://h/", e);

	(void)ctx;
	if (r == 0)
		r = mf_url_add_path(&b, mf_str("a/b c"), e);
	if (r == 0)
		r = mf_url_add_query(&b, "k", mf_str("v"), e);
	mf_buf_free(&b);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_body, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_nothing_leaks),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_dots),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
