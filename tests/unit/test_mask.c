/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a secret: which there are, which are not worth it, and what they cost. */
#include "unit.h"

#include <stdio.h>
#include <time.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include <mayfly/mask.h>
#include <mayfly/reveal.h>
#include "../../src/sink/forms.h"
#include "failalloc.h"

static struct mf_err err;

static struct mf_forms forms_of_bytes(const void *p, size_t n)
{
	struct mf_secret *s = mf_secret_new(p, n);
	struct mf_forms f;

	assert_int_equal(mf_mask_forms(&f, s, &err), 0);
	mf_secret_free(s);
	return f;
}

static struct mf_forms forms_of(const char *text)
{
	return forms_of_bytes(text, strlen(text));
}

static bool has(const struct mf_forms *f, const char *text)
{
	for (size_t i = 0; i < f->n; i++)
		if (mf_str_is(mf_secret_reveal(f->v[i]), text))
			return true;
	return false;
}

/* Each of the texts up to NULL is a form. */
static void assert_has(const char *value, const char *const *texts)
{
	struct mf_forms f = forms_of(value);

	for (; *texts; texts++)
		if (!has(&f, *texts))
			fail_msg("'%s' is no form of '%s'", *texts, value);
	mf_forms_free(&f);
}

#define HAS(value, ...) assert_has(value, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_has_not(const char *value, const char *text)
{
	struct mf_forms f = forms_of(value);

	if (has(&f, text))
		fail_msg("'%s' is a form of '%s'", text, value);
	mf_forms_free(&f);
}

static void test_encodings(void **state)
{
	(void)state;
	HAS("correct horse", "correct horse", "636f727265637420686f727365", "636F727265637420686F727365", "correct%20horse",
	    "correct+horse");
	HAS("a/b?c~d*e(f)", "a%2Fb%3Fc~d%2Ae%28f%29", "a%2fb%3fc~d%2ae%28f%29", "a%2Fb%3Fc~d*e(f)", "a/b?c~d*e(f)",
	    "a/b%3Fc~d%2Ae%28f%29", "a%2Fb%3Fc%7Ed*e%28f%29");
	HAS("x\"y\\z/w", "x\\\"y\\\\z/w", "x\\\"y\\\\z\\/w", "x\\\\\\\"y\\\\\\\\z/w", "x\\u0022y\\\\z/w", "x&quot;y\\z/w",
	    "x&#34;y\\z/w");
	HAS("<a&b>+'`", "\\u003ca\\u0026b\\u003e+'`", "\\u003Ca\\u0026b\\u003E\\u002B\\u0027\\u0060", "&lt;a&amp;b&gt;+'`",
	    "&lt;a&amp;b&gt;+&apos;`", "&lt;a&amp;b&gt;+&#39;`", "&lt;a&amp;b&gt;+&#x27;`", "<a&b>+'\\''`", "<a&b>+'\"'\"'`",
	    "<a&b>+''`");
	HAS("it's $5 \"now\" `x`", "it'\\''s $5 \"now\" `x`", "it\\'s\\ \\$5\\ \\\"now\\\"\\ \\`x\\`",
	    "it's \\$5 \\\"now\\\" \\`x\\`", "it\\'s $5 \"now\" `x`");
	HAS("#top~a:~b", "\\#top~a:\\~b");
	HAS("tab\there\x01", "tab\\there\\u0001", "tab\\there\\001", "tab\\there\\x01");
	HAS("gr\xc3\xbc\xc3\x9f \xf0\x9f\x9c\x81", "gr\\u00fc\\u00df \\ud83d\\udf01", "gr\\u00FC\\u00DF \\uD83D\\uDF01",
	    "gr\\303\\274\\303\\237 \\360\\237\\234\\201", "gr\\xc3\\xbc\\xc3\\x9f \\xf0\\x9f\\x9c\\x81",
	    "gr%C3%BC%C3%9F%20%F0%9F%9C%81");
	HAS("line\xe2\x80\xa8sep\x7f\xc3\xa4", "line\\u2028sep\x7f\xc3\xa4", "line\\u2028sep\\u007f\\u00e4", "line\\u2028sep\\x7f\xc3\xa4",
	    "line\\342\\200\\250sep\\177\xc3\xa4");
}

/* A base64 text with the secret anywhere inside has one of the forms in it, which leaves at most one character at each end
 * that depends on the secret at all. */
static void check_base64(const struct mf_forms *f, struct mf_str secret, size_t before, size_t after, bool url)
{
	unsigned char plain[200];
	char text[300];
	const size_t all = before + secret.n + after;
	const size_t first = before * 8 / 6, last = ((before + secret.n) * 8 + 5) / 6;	/* characters with bits of it */
	size_t n;

	assert_true(all <= sizeof(plain));
	mf_random(plain, sizeof(plain));
	memcpy(plain + before, secret.p, secret.n);
	n = mf_b64_encode(text, plain, all, url ? MF_B64_URL : MF_B64_STD, true);
	for (size_t i = 0; i < f->n; i++) {
		const struct mf_str form = mf_secret_reveal(f->v[i]);
		const char *at = memmem(text, n, form.p, form.n);

		if (at && (size_t)(at - text) <= first + 1 && (size_t)(at - text) + form.n + 1 >= last)
			return;
	}
	fail_msg("base64 with %zu bytes before and %zu after is not covered", before, after);
}

/* Printable characters that are worth masking: four of punctuation alone, which chance draws now and then, are not. */
static void draw_value(char *value, size_t len)
{
	unsigned char random[48];

	assert_true(len <= sizeof(random));
	do {
		mf_random(random, sizeof(random));
		for (size_t i = 0; i < len; i++)
			value[i] = (char)(33 + random[i] % 94);
	} while (mf_weak((struct mf_str){ value, len }) != MF_WEAK_NO);
}

static void test_base64_anywhere(void **state)
{
	(void)state;
	for (size_t len = 4; len < 48; len++) {
		char value[48];
		struct mf_forms f;

		draw_value(value, len);
		f = forms_of_bytes(value, len);
		for (size_t before = 0; before < 7; before++)
			for (size_t after = 0; after < 7; after++) {
				check_base64(&f, (struct mf_str){ value, len }, before, after, false);
				check_base64(&f, (struct mf_str){ value, len }, before, after, true);
			}
		mf_forms_free(&f);
	}
}

static void test_wrapped(void **state)
{
	char value[151] = "", text[300], line[77];
	struct mf_forms f;
	size_t n;

	(void)state;
	for (int i = 0; i < 150; i++)
		value[i] = (char)('!' + (i * 7) % 90);
	f = forms_of(value);
	n = mf_b64_encode(text, value, 150, MF_B64_STD, true);
	assert_int_equal(n, 200);
	for (size_t width = 64; width <= 76; width += 12) {
		for (size_t i = 0; i < n; i += width) {
			snprintf(line, sizeof(line), "%.*s", (int)(n - i < width ? n - i : width), text + i);
			assert_true(has(&f, line));
		}
	}
	mf_forms_free(&f);
	/* a newline after it, as from echo, is in the last line's last group */
	f = forms_of_bytes(value, 149);
	value[149] = '\n';
	mf_b64_encode(text, value, 150, MF_B64_STD, true);
	snprintf(line, sizeof(line), "%.*s", 198 - 152, text + 152);	/* two more characters depend on the newline */
	assert_true(has(&f, line));
	mf_forms_free(&f);
	value[149] = (char)('!' + (149 * 7) % 90);
	f = forms_of(value);
	mf_hex_encode(text, value, 150, false);
	snprintf(line, sizeof(line), "%.60s", text + 60);
	assert_true(has(&f, line));
	mf_forms_free(&f);
}

static void test_lines(void **state)
{
	struct mf_forms f = forms_of("first line\r\n  second line  \r\n\r\n{\nyes\nok\n---\nlast 'one'\n");

	(void)state;
	assert_true(f.whole);
	assert_true(has(&f, "first line"));
	assert_true(has(&f, "second line"));
	assert_true(has(&f, "last 'one'"));
	assert_true(has(&f, "last '\\''one'\\''"));
	assert_false(has(&f, "{"));
	assert_false(has(&f, "---"));
	assert_int_equal(f.too_short, 2);	/* yes, ok */
	/* encoded as a whole, with either line end */
	assert_true(has(&f, "first line\\r\\n  second line  \\r\\n\\r\\n{\\nyes\\nok\\n---\\nlast 'one'"));
	assert_true(has(&f, "first line\\n  second line  \\n\\n{\\nyes\\nok\\n---\\nlast 'one'"));
	mf_forms_free(&f);
}

static void test_few_lines_are_encoded_too(void **state)
{
	(void)state;
	HAS("alpha-line\nbeta-line\n", "YWxwaGEtbGluZ", "626574612d6c696e65");
	assert_has_not("a-line\nb-line\nc-line\nd-line\ne-line\nf-line\ng-line\nh-line\ni-line\n", "622d6c696e65");
}

static void test_json(void **state)
{
	struct mf_forms f = forms_of("{\"user\":\"app-user-1\",\"password\":\"p\\u0061ss\\/w\\\"ord\",\"port\":5432,\"id\":123456789,"
				     "\"on\":true,\"none\":null,\"deep\":[{\"k\":\"inner value\"}],\"e\":\"\",\"s\":\"ab\"}");

	(void)state;
	assert_true(has(&f, "app-user-1"));
	assert_true(has(&f, "pass/w\"ord"));
	assert_true(has(&f, "p\\u0061ss\\/w\\\"ord"));	/* as it is written there */
	assert_true(has(&f, "pass/w\\\"ord"));
	assert_true(has(&f, "123456789"));
	assert_true(has(&f, "inner value"));
	assert_false(has(&f, "5432"));
	assert_false(has(&f, "true"));
	assert_false(has(&f, "password"));		/* a key */
	assert_int_equal(f.too_short, 2);		/* 5432, ab */
	mf_forms_free(&f);
	/* JSON in JSON, and a PEM body in a leaf */
	HAS("{\"a\":\"{\\\"b\\\":\\\"innermost\\\"}\"}", "innermost");
	HAS("{\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADAN\\nBgkqhkiG9w0B\\n-----END PRIVATE KEY-----\\n\"}",
	    "MIIEvQIBADAN", "BgkqhkiG9w0B", "MIIEvQIBADANBgkqhkiG9w0B");
	/* no JSON: lines as of any text */
	HAS("{\nnot json\n}", "not json");
}

static void test_pem(void **state)
{
	struct mf_forms f = forms_of("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"
				     "MIIEogIBAAKC\n  AQEAwq/0+7Zs\nQ==\n-----END RSA PRIVATE KEY-----\n");

	(void)state;
	assert_true(has(&f, "MIIEogIBAAKC"));
	assert_true(has(&f, "AQEAwq/0+7Zs"));
	assert_true(has(&f, "MIIEogIBAAKCAQEAwq/0+7ZsQ=="));
	assert_false(has(&f, "-----BEGIN RSA PRIVATE KEY-----"));
	assert_false(has(&f, "Q=="));
	assert_int_equal(f.too_short, 0);
	mf_forms_free(&f);
	/* what only looks like armor or a header is text as any other */
	HAS("-----BEGIN X-----\nabcdEFGH\npassword: hunter2-hunter\nx: y-long-line\n-----END of the secret\nlast one\n",
	    "abcdEFGH", "password: hunter2-hunter", "hunter2-hunter", "x: y-long-line", "-----END of the secret", "last one");
	HAS("-----BEGIN my secret\nother\n", "-----BEGIN my secret");
	/* in one line, alone and among others, with blanks where the lines ended, two of them */
	HAS("-----BEGIN EC PRIVATE KEY-----MHcCAQEEIIrYoAoGCCqGSM49-----END EC PRIVATE KEY-----", "MHcCAQEEIIrYoAoGCCqGSM49");
	HAS("user: x\n-----BEGIN EC PRIVATE KEY-----MHcCAQEEIIrYoAoGCCqGSM49-----END EC PRIVATE KEY-----\nlast line",
	    "-----BEGIN EC PRIVATE KEY-----MHcCAQEEIIrYoAoGCCqGSM49-----END EC PRIVATE KEY-----", "MHcCAQEEIIrYoAoGCCqGSM49", "last line");
	HAS("a line\nkey=-----BEGIN X----- MHcCAQEEIIrY oAoGCCqGSM49 -----END X----- -----BEGIN Y-----abcdEFGHijkl-----END Y-----\n",
	    "MHcCAQEEIIrY oAoGCCqGSM49", "MHcCAQEEIIrY", "oAoGCCqGSM49", "abcdEFGHijkl");
	HAS("a line\n-----BEGIN X-----abcdEFGHijkl\nMHcCAQEEIIrY\n", "abcdEFGHijkl", "MHcCAQEEIIrY");
	assert_has_not("a line\n-----BEGIN X-----\nabcdEFGH\n-----END X-----\n", "-----BEGIN X-----");
	HAS("-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIrY\\noAoGCCqGSM49\\n-----END EC PRIVATE KEY-----", "MHcCAQEEIIrY",
	    "oAoGCCqGSM49");
}

static void test_passwords_inside(void **state)
{
	(void)state;
	HAS("postgres://app:s3cr%21et@db.internal:5432/shop", "s3cr%21et", "s3cr!et", "czNjciFld");
	HAS("Server=db;User=app;Password=hunter22;Encrypt=yes", "hunter22");
	HAS("A=1\nexport API_TOKEN='tok-123456'\nregion: eu\nclient-key-data: LS0tLS1CRUdJTg==\n", "tok-123456", "LS0tLS1CRUdJTg==");
	HAS("DefaultEndpointsProtocol=https;AccountName=x;AccountKey=Zm9vYmFyYmF6cXV4==;EndpointSuffix=s", "Zm9vYmFyYmF6cXV4==");
	assert_has_not("A=1\ncurrent-context: kubernetes\n", "kubernetes");
	assert_has_not("https://example.org/a:b@c", "b");
}

static void test_weak(void **state)
{
	static const char *const weak[] = {
		"a", "abc", "true", "FALSE", "null", "12345", "0000", "aaaa", "production", "localhost", "admin", "password", "!!",
		"--------", "{", "  x  ",
	};
	static const char *const strong[] = { "abcd", "123456", "hunter2", "p@ss", "!?!?%$#@", "\xc3\xa4\xc3\xb6" };
	struct mf_forms f;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(weak); i++) {
		f = forms_of(weak[i]);
		if (f.n || f.whole || f.too_short != 1)
			fail_msg("'%s': %zu forms", weak[i], f.n);
		mf_forms_free(&f);
	}
	for (size_t i = 0; i < MF_COUNT(strong); i++) {
		f = forms_of(strong[i]);
		if (!f.whole || f.too_short || !has(&f, strong[i]))
			fail_msg("'%s' is not masked", strong[i]);
		mf_forms_free(&f);
	}
	f = forms_of("");
	assert_int_equal(f.n, 0);
	assert_int_equal(f.too_short, 0);
	mf_forms_free(&f);
	f = forms_of(" \n\t ");
	assert_int_equal(f.n + f.too_short, 0);
	mf_forms_free(&f);
	mf_forms_free(&f);
}

static void test_binary(void **state)
{
	struct mf_forms f = forms_of_bytes("\x00\xff\xfe key", 7);

	(void)state;
	assert_true(f.whole);
	assert_true(has(&f, "00fffe206b6579"));
	assert_true(has(&f, "%00%FF%FE%20key"));
	assert_true(has(&f, "AP/+IGtle"));
	for (size_t i = 0; i < f.n; i++)
		assert_true(mf_utf8_valid(mf_secret_reveal(f.v[i]).p, mf_secret_len(f.v[i])));
	mf_forms_free(&f);
}

static void test_order_and_distinct(void **state)
{
	struct mf_forms f = forms_of("{\"a\":\"same value\",\"b\":\"same value\",\"c\":\"<other>&'value'\"}");

	(void)state;
	assert_true(f.n > 20);
	for (size_t i = 1; i < f.n; i++) {
		assert_true(mf_secret_len(f.v[i - 1]) >= mf_secret_len(f.v[i]));
		assert_true(mf_secret_len(f.v[i]) >= MF_MASK_MIN);
		for (size_t k = 0; k < i; k++)
			assert_false(mf_secret_eq(f.v[i], f.v[k]));
	}
	mf_forms_free(&f);
}

static char *many_lines(size_t lines, size_t *n)
{
	char *text = malloc(lines * 66 + 1);
	size_t at = 0;

	assert_non_null(text);
	for (size_t i = 0; i < lines; i++)
		at += (size_t)snprintf(text + at, 67, "%08zx-%054zu\n", i * 2654435761u % 0xffffffff, i);
	*n = at;
	return text;
}

static void test_cap(void **state)
{
	size_t n;
	char *text = many_lines(MF_MASK_CAP + 1, &n);
	struct mf_forms f = forms_of_bytes(text, n);

	(void)state;
	assert_true(f.capped);
	assert_int_equal(f.n, MF_MASK_CAP);
	mf_forms_free(&f);
	free(text);
	text = many_lines(200, &n);
	f = forms_of_bytes(text, n);
	assert_false(f.capped);
	assert_true(f.n <= MF_MASK_CAP);
	mf_forms_free(&f);
	free(text);
}

/* 1 MiB in lines, as one line, as JSON, as semicolons: within a second also on a slow machine, far below it otherwise. */
static void test_large(void **state)
{
	size_t n = 0;
	char *line = malloc(1 << 20), *lines = many_lines((1 << 20) / 64, &n);
	struct mf_forms f;
	clock_t start = clock();

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 1 << 20; i++)
		line[i] = (char)('a' + (i * i + i / 7) % 26);
	f = forms_of_bytes(line, 1 << 20);
	assert_true(f.capped);
	mf_forms_free(&f);
	f = forms_of_bytes(lines, n);
	assert_true(f.capped);
	mf_forms_free(&f);
	for (size_t i = 0; i < 1 << 20; i += 4)
		memcpy(line + i, "://:", 4);
	f = forms_of_bytes(line, 1 << 20);
	mf_forms_free(&f);
	memset(line, ';', 1 << 20);
	memcpy(line, "key=ab", 6);
	f = forms_of_bytes(line, 1 << 20);
	mf_forms_free(&f);
	for (size_t i = 2; i + 3 < 1 << 20; i += 3)
		memcpy(line + i, "\"\",", 3);
	line[0] = ' ', line[1] = '[', line[(1 << 20) - 1] = ']';
	f = forms_of_bytes(line, 1 << 20);
	mf_forms_free(&f);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
	free(line);
	free(lines);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_secret *s = mf_secret_new(ctx, strlen(ctx));
	struct mf_forms f;
	int r;

	if (!s)
		return mf_fail_nomem(e);
	r = mf_mask_forms(&f, s, e);
	if (r == 0)
		mf_forms_free(&f);
	mf_secret_free(s);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_body, "{\"url\":\"x://u:a%20bcdef@h\",\"key\":\"-----BEGIN A-----\\nabcd\\n-----END A-----\\n\"}");
	mf_torture(torture_body, "first line\r\nTOKEN=second%20line\r\n");
}

static int teardown(void **state)
{
	(void)state;
	mf_secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_base64_anywhere),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_few_lines_are_encoded_too),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_passwords_inside),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_order_and_distinct),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
