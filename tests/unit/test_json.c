/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is accepted, what is refused and where, lookup, types, text of numbers, NULs, writing. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/json.h>
#include <mayfly/reveal.h>
#include "failalloc.h"

static struct mf_err err;

static struct mf_json *parse_n(const char *text, size_t n)
{
	struct mf_json *doc = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_json_parse(&doc, text, n, &err))
		fail_msg("%s: %s: %s", text, err.what, err.why);
	return doc;
}

static struct mf_json *parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static void test_scalars(void **state)
{
	static const struct { const char *json; enum mf_jtype type; const char *text; } cases[] = {
		{ "null", MF_J_NULL, "null" }, { " true ", MF_J_BOOL, "true" }, { "\t\r\nfalse\n", MF_J_BOOL, "false" },
		{ "0", MF_J_NUMBER, "0" }, { "-0", MF_J_NUMBER, "-0" }, { "1.50", MF_J_NUMBER, "1.50" },
		{ "1e5", MF_J_NUMBER, "1e5" }, { "-1.2E+10", MF_J_NUMBER, "-1.2E+10" }, { "1e400", MF_J_NUMBER, "1e400" },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890", MF_J_NUMBER,
		  "12345678901234567890123456789012345678901234567890123456789012345678901234567890" },
		{ "0.1000000000000000055511151231257827", MF_J_NUMBER, "0.1000000000000000055511151231257827" },
		{ "\"\"", MF_J_STRING, "" }, { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tb\"", MF_J_STRING, "a\"\\/\b\f\n\r\tb" },
		{ "\"\\u00e4\\u20AC\\ud83d\\ude00\"", MF_J_STRING, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\"\xc3\xa4\xf0\x9f\x98\x80\x7f\"", MF_J_STRING, "\xc3\xa4\xf0\x9f\x98\x80\x7f" },
		{ "\"\\u0000x\"", MF_J_STRING, NULL },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_json *doc = parse(cases[i].json);

		assert_int_equal(mf_json_type(mf_json_root(doc)), cases[i].type);
		if (cases[i].text)
			assert_str_is(mf_json_text(doc, mf_json_root(doc)), cases[i].text);
		assert_int_equal(mf_json_size(mf_json_root(doc)), 0);
		mf_json_free(doc);
	}
	mf_json_free(NULL);
}

static void test_nul_is_kept(void **state)
{
	struct mf_json *doc = parse("{\"a\\u0000b\": \"x\\u0000\\u0000y\\\\u0000\", \"a\\u0001b\": 2, \"plain\": \"p\", \"a\": 3}");
	const struct mf_jnode *n = mf_json_root(doc);
	struct mf_str v;

	(void)state;
	v = mf_json_text(doc, mf_json_get(n, (struct mf_str){ "a\0b", 3 }));
	assert_int_equal(v.n, 10);
	assert_memory_equal(v.p, "x\0\0y\\u0000", 10);
	assert_str_is(mf_json_text(doc, mf_json_get_z(n, "a\x01" "b")), "2");
	assert_str_is(mf_json_text(doc, mf_json_get_z(n, "a")), "3");
	assert_str_is(mf_json_text(doc, mf_json_get_z(n, "plain")), "p");
	mf_json_free(doc);
}

static void test_refused(void **state)
{
	static const struct { const char *json; unsigned line, col; } cases[] = {
		{ "", 1, 1 }, { " ", 1, 2 }, { "nul", 1, 1 }, { "nulll", 1, 5 }, { "True", 1, 1 }, { "NaN", 1, 1 },
		{ "Infinity", 1, 1 }, { "-", 1, 2 }, { "+1", 1, 1 }, { "01", 1, 2 }, { "-01", 1, 3 }, { ".5", 1, 1 },
		{ "1.", 1, 3 }, { "1.e5", 1, 3 }, { "1e", 1, 3 }, { "1e+", 1, 4 }, { "0x10", 1, 2 }, { "1 2", 1, 3 },
		{ "\"", 1, 2 }, { "\"\\x\"", 1, 3 }, { "\"\\u12\"", 1, 4 }, { "\"\\u12g4\"", 1, 4 }, { "\"\t\"", 1, 2 },
		{ "\"\n\"", 1, 2 }, { "\"\\ud800\"", 1, 8 }, { "\"\\udc00\"", 1, 8 }, { "\"\\ud800\\u0041\"", 1, 8 },
		{ "\"\\ud800x\"", 1, 8 }, { "\"\\ud800\\n\"", 1, 8 }, { "\"\xff\"", 1, 2 }, { "\"\xc0\x80\"", 1, 2 },
		{ "\"\xed\xa0\x80\"", 1, 2 }, { "\xef\xbb\xbf{}", 1, 1 }, { "[", 1, 2 }, { "]", 1, 1 }, { "[1,]", 1, 4 },
		{ "[1 2]", 1, 4 }, { "[,1]", 1, 2 }, { "[1}", 1, 3 }, { "{", 1, 2 }, { "{]", 1, 2 }, { "{\"a\"}", 1, 5 },
		{ "{\"a\":}", 1, 6 }, { "{\"a\":1,}", 1, 8 }, { "{a:1}", 1, 2 }, { "{'a':1}", 1, 2 },
		{ "{\"a\":1 \"b\":2}", 1, 8 }, { "{1:2}", 1, 2 }, { "[1] x", 1, 5 }, { "{} {}", 1, 4 }, { "// c\n1", 1, 1 },
		{ "[1, /* c */ 2]", 1, 5 }, { "\f1", 1, 1 }, { "\xc2\xa0" "1", 1, 1 }, { "[\n  1,\n  x]", 3, 3 },
		{ "[\"\xc3\xa4\xc3\xa4\" x]", 1, 7 }, { "{\"a\":1,\"a\":2}", 1, 8 },
		{ "{\"x\":{\"k\":1,\"\\u006b\":2}}", 1, 13 }, { "<html>", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_json *doc = (void *)1;
		char place[64];

		memset(&err, 0, sizeof(err));
		if (mf_json_parse(&doc, cases[i].json, strlen(cases[i].json), &err) != -1)
			fail_msg("accepted: %s", cases[i].json);
		assert_ptr_equal(doc, (void *)1);
		assert_string_equal(err.id, "MF-JSON-01");
		snprintf(place, sizeof(place), "line %u, column %u", cases[i].line, cases[i].col);
		if (!strstr(err.what, place))
			fail_msg("%s: '%s' instead of %s", cases[i].json, err.what, place);
		assert_true(*err.why);
	}
}

static void test_nul_bytes_refused(void **state)
{
	struct mf_json *doc;

	(void)state;
	assert_fails(mf_json_parse(&doc, "1\0", 2, &err), err, "MF-JSON-01");
	assert_fails(mf_json_parse(&doc, "\0", 1, &err), err, "MF-JSON-01");
	assert_fails(mf_json_parse(&doc, "\"a\0b\"", 5, &err), err, "MF-JSON-01");
	assert_fails(mf_json_parse(&doc, "\"\\\0\"", 4, &err), err, "MF-JSON-01");
	assert_fails(mf_json_parse(&doc, "[1]\0\0\0", 6, &err), err, "MF-JSON-01");
	assert_fails(mf_json_parse(&doc, NULL, 0, &err), err, "MF-JSON-01");
}

static void test_text_is_never_quoted(void **state)
{
	struct mf_json *doc;

	(void)state;
	assert_fails(mf_json_parse(&doc, "{\"canary\":canary}", 17, &err), err, "MF-JSON-01");
	assert_null(strstr(err.what, "canary"));
	assert_null(strstr(err.why, "canary"));
	assert_fails(mf_json_parse(&doc, "{\"canary\":1,\"canary\":1}", 23, &err), err, "MF-JSON-01");
	assert_null(strstr(err.what, "canary"));
	assert_null(strstr(err.why, "canary"));
}

static void test_depth(void **state)
{
	char text[4 * MF_JSON_DEPTH];
	struct mf_json *doc;

	(void)state;
	memset(text, '[', MF_JSON_DEPTH);
	memset(text + MF_JSON_DEPTH, ']', MF_JSON_DEPTH);
	mf_json_free(parse_n(text, 2 * MF_JSON_DEPTH));
	memset(text, '[', MF_JSON_DEPTH + 1);
	memset(text + MF_JSON_DEPTH + 1, ']', MF_JSON_DEPTH + 1);
	assert_fails(mf_json_parse(&doc, text, 2 * MF_JSON_DEPTH + 2, &err), err, "MF-JSON-01");
	assert_non_null(strstr(err.why, "deep"));
	assert_fails(mf_json_parse(&doc, text, MF_JSON_DEPTH + 1, &err), err, "MF-JSON-01");
}

static void test_node_limit(void **state)
{
	const size_t n = MF_JSON_NODES;
	char *text = malloc(2 * n + 10);
	struct mf_json *doc;
	size_t len = 0;

	(void)state;
	text[len++] = '[';
	for (size_t i = 1; i < n; i++) {
		text[len++] = '1';
		text[len++] = ',';
	}
	text[len - 1] = ']';
	doc = parse_n(text, len);
	assert_int_equal(mf_json_size(mf_json_root(doc)), n - 1);
	mf_json_free(doc);
	memcpy(text + len - 1, ",1]", 3);
	assert_fails(mf_json_parse(&doc, text, len + 2, &err), err, "MF-JSON-01");
	assert_non_null(strstr(err.why, "many"));
	free(text);
}

/* A hundred thousand keys: quadratic work would take minutes. */
static void test_large_object(void **state)
{
	enum { N = 100000 };
	struct mf_buf b = MF_BUF(4 << 20);
	struct mf_json *doc;

	(void)state;
	assert_int_equal(mf_buf_putc(&b, '{', &err), 0);
	for (int i = 0; i < N; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "%s\"k%d\":%d", i ? "," : "", i, i), 0);
	assert_int_equal(mf_buf_puts(&b, ",\"\\u006b99998\":0}", &err), 0);
	assert_fails(mf_json_parse(&doc, b.p, b.n, &err), err, "MF-JSON-01");
	b.n -= strlen(",\"\\u006b99998\":0}");
	assert_int_equal(mf_buf_putc(&b, '}', &err), 0);
	doc = parse_n(b.p, b.n);
	assert_int_equal(mf_json_size(mf_json_root(doc)), N);
	assert_str_is(mf_json_text(doc, mf_json_get_z(mf_json_root(doc), "k99998")), "99998");
	mf_json_free(doc);
	mf_buf_free(&b);
}

static void test_walk(void **state)
{
	struct mf_json *doc = parse("{\"b\":[1,[],{\"x\":null}],\"a\":{},\"B\":true,\"\":\"e\"}");
	const struct mf_jnode *root = mf_json_root(doc), *n = mf_json_first(root);

	(void)state;
	assert_int_equal(mf_json_size(root), 4);
	assert_str_is(mf_json_key(n), "b");
	assert_int_equal(mf_json_size(n), 3);
	assert_int_equal(mf_json_type(mf_json_next(mf_json_first(n))), MF_J_ARRAY);
	assert_null(mf_json_first(mf_json_next(mf_json_first(n))));
	assert_null(mf_json_next(mf_json_next(mf_json_next(mf_json_first(n)))));
	assert_null(mf_json_key(mf_json_first(n)).p);
	assert_null(mf_json_text(doc, n).p);
	n = mf_json_next(n);
	assert_str_is(mf_json_key(n), "a");
	assert_str_is(mf_json_key(mf_json_next(n)), "B");
	assert_int_equal(mf_json_type(mf_json_get_z(root, "B")), MF_J_BOOL);
	assert_str_is(mf_json_text(doc, mf_json_get_z(root, "")), "e");
	assert_null(mf_json_get_z(root, "A"));
	assert_null(mf_json_get_z(NULL, "A"));
	assert_null(mf_json_get_z(mf_json_get_z(root, "b"), "x"));
	assert_null(mf_json_first(NULL));
	assert_null(mf_json_next(NULL));
	assert_null(mf_json_next(root));
	assert_int_equal(mf_json_size(NULL), 0);
	assert_string_equal(mf_json_type_name(MF_J_OBJECT), "object");
	mf_json_free(doc);
}

/* The examples of RFC 6901, and what is no pointer. */
static void test_pointer(void **state)
{
	static const struct { const char *pointer, *text; } cases[] = {
		{ "/foo/0", "bar" }, { "/foo/1", "baz" }, { "/", "0" }, { "/a~1b", "1" }, { "/c%d", "2" }, { "/e^f", "3" },
		{ "/g|h", "4" }, { "/i\\j", "5" }, { "/k\"l", "6" }, { "/ ", "7" }, { "/m~0n", "8" }, { "/o/p/q", "9" },
		{ "/~01", "10" },
	};
	static const char *const none[] = {
		"foo", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/ 0", "/foo/", "/foo/0/x", "/m~n", "/m~", "/m~2n", "/nope",
		"//", "/foo/99999999999999999999", "/foo/+1", "/o/p/q/",
	};
	struct mf_json *doc = parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
				    "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"o\":{\"p\":{\"q\":9}},\"~1\":10}");
	const struct mf_jnode *root = mf_json_root(doc);

	(void)state;
	assert_ptr_equal(mf_json_pointer(root, mf_str("")), root);
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		assert_str_is(mf_json_text(doc, mf_json_pointer(root, mf_str(cases[i].pointer))), cases[i].text);
	for (size_t i = 0; i < MF_COUNT(none); i++)
		if (mf_json_pointer(root, mf_str(none[i])))
			fail_msg("'%s' points somewhere", none[i]);
	assert_null(mf_json_pointer(NULL, mf_str("")));
	mf_json_free(doc);
}

static void test_typed_reads(void **state)
{
	struct mf_json *doc = parse("{\"s\":\"x\",\"i\":42,\"min\":-9223372036854775808,\"max\":9223372036854775807,"
				    "\"big\":9223372036854775808,\"small\":-9223372036854775809,\"f\":1.5,\"e\":1e3,"
				    "\"t\":true,\"fa\":false,\"n\":null,\"o\":{}}");
	const struct mf_jnode *r = mf_json_root(doc);
	struct mf_str s = { "before", 6 };
	int64_t i = 7;
	bool b = true;

	(void)state;
	assert_int_equal(mf_json_need_str(&s, doc, r, "s", &err), 0);
	assert_str_is(s, "x");
	assert_fails(mf_json_need_str(&s, doc, r, "i", &err), err, "MF-JSON-02");
	assert_string_equal(err.what, "'i' in a JSON object is number, not string");
	assert_fails(mf_json_need_str(&s, doc, r, "missing", &err), err, "MF-JSON-02");
	assert_string_equal(err.what, "'missing' is missing in a JSON object");
	assert_fails(mf_json_need_str(&s, doc, NULL, "s", &err), err, "MF-JSON-02");
	assert_fails(mf_json_need_str(&s, doc, r, "n", &err), err, "MF-JSON-02");
	assert_str_is(s, "x");
	assert_int_equal(mf_json_need_int(&i, doc, r, "i", &err), 0);
	assert_int_equal(i, 42);
	assert_int_equal(mf_json_need_int(&i, doc, r, "min", &err), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(mf_json_need_int(&i, doc, r, "max", &err), 0);
	assert_true(i == INT64_MAX);
	assert_fails(mf_json_need_int(&i, doc, r, "big", &err), err, "MF-JSON-02");
	assert_fails(mf_json_need_int(&i, doc, r, "small", &err), err, "MF-JSON-02");
	assert_fails(mf_json_need_int(&i, doc, r, "f", &err), err, "MF-JSON-02");
	assert_fails(mf_json_need_int(&i, doc, r, "e", &err), err, "MF-JSON-02");
	assert_fails(mf_json_need_int(&i, doc, r, "s", &err), err, "MF-JSON-02");
	assert_true(i == INT64_MAX);
	assert_int_equal(mf_json_opt_str(&s, doc, r, "n", "fallback", &err), 0);
	assert_str_is(s, "fallback");
	assert_int_equal(mf_json_opt_str(&s, doc, r, "s", "fallback", &err), 0);
	assert_str_is(s, "x");
	assert_fails(mf_json_opt_str(&s, doc, r, "o", "fallback", &err), err, "MF-JSON-02");
	assert_int_equal(mf_json_opt_int(&i, doc, r, "missing", 5, &err), 0);
	assert_int_equal(i, 5);
	assert_fails(mf_json_opt_int(&i, doc, r, "t", 5, &err), err, "MF-JSON-02");
	assert_int_equal(mf_json_opt_bool(&b, r, "fa", true, &err), 0);
	assert_false(b);
	assert_int_equal(mf_json_opt_bool(&b, r, "t", false, &err), 0);
	assert_true(b);
	assert_int_equal(mf_json_opt_bool(&b, r, "missing", true, &err), 0);
	assert_true(b);
	assert_fails(mf_json_opt_bool(&b, r, "s", true, &err), err, "MF-JSON-02");
	mf_json_free(doc);
}

static void check_secret(const char *json, const char *want, size_t n)
{
	struct mf_json *doc = parse(json);
	struct mf_secret *s = mf_json_secret(doc, mf_json_root(doc));

	assert_int_equal(mf_secret_len(s), n);
	assert_memory_equal(mf_secret_reveal(s).p, want, n);
	mf_secret_free(s);
	mf_json_free(doc);
}

#define SECRET(json, want) check_secret(json, want, sizeof(want) - 1)

static void test_secret(void **state)
{
	(void)state;
	SECRET("\"a\\/b\\u0000c\"", "a/b\0c");
	SECRET("\"\"", "");
	SECRET(" 1.50 ", "1.50");
	SECRET("null", "null");
	SECRET("[ ]", "[]");
	SECRET("{ }", "{}");
	SECRET("{ \"z\" : 1.0E+2, \"a\" : [ true , null , \"x\\/y\" ] }", "{\"z\":1.0E+2,\"a\":[true,null,\"x/y\"]}");
	SECRET("[\"\\u00e4\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\\\u007f\\u2028\"]",
	       "[\"\xc3\xa4\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\\x7f\xe2\x80\xa8\"]");
	SECRET("{\"a\\u0000\":\"\\u0000\"}", "{\"a\\u0000\":\"\\u0000\"}");
}

static void test_parse_secret(void **state)
{
	struct mf_secret *s = mf_secret_new("{\"k\":\"v\"}", 9);
	struct mf_json *doc;

	(void)state;
	assert_int_equal(mf_json_parse_secret(&doc, s, &err), 0);
	mf_secret_freep(&s);	/* the document is a copy */
	assert_str_is(mf_json_text(doc, mf_json_get_z(mf_json_root(doc), "k")), "v");
	mf_json_freep(&doc);
	assert_null(doc);
}

static void test_quote(void **state)
{
	struct mf_buf b = MF_BUF(24);
	struct mf_secret *s = mf_secret_empty(10);

	(void)state;
	assert_int_equal(mf_json_quote(&b, (struct mf_str){ "a\"\\\n\0\x01\x7f", 7 }, &err), 0);
	assert_string_equal(mf_buf_text(&b), "\"a\\\"\\\\\\n\\u0000\\u0001\x7f\"");
	mf_buf_free(&b);
	assert_int_equal(mf_json_quote(&b, mf_str("\xff" "x\xc3"), &err), 0);
	assert_string_equal(mf_buf_text(&b), "\"\xef\xbf\xbdx\xef\xbf\xbd\"");
	mf_buf_free(&b);
	assert_int_equal(mf_json_quote(&b, (struct mf_str){ 0 }, &err), 0);
	assert_string_equal(mf_buf_text(&b), "\"\"");
	assert_fails(mf_json_quote(&b, mf_str("aaaaaaaaaaaaaaaaaaaaa\n"), &err), err, "MF-BASE-02");
	assert_string_equal(mf_buf_text(&b), "\"\"");
	mf_buf_free(&b);
	assert_int_equal(mf_json_quote_secret(s, mf_str("a/b"), &err), 0);
	assert_str_is(mf_secret_reveal(s), "\"a/b\"");
	assert_fails(mf_json_quote_secret(s, mf_str("a\nbbbbbbb"), &err), err, "MF-BASE-02");
	assert_str_is(mf_secret_reveal(s), "\"a/b\"");
	mf_secret_free(s);
}

static int body(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	MF_CLEANUP(mf_secret_freep) struct mf_secret *s = NULL;

	if (mf_json_parse(&doc, ctx, strlen(ctx), e))
		return -1;
	s = mf_json_secret(doc, mf_json_root(doc));
	return s ? 0 : mf_fail_nomem(e);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mf_torture(body, "{\"a\":[1,2,{\"b\":\"c\\u0000d\",\"\\u0065\":null}],\"f\":\"g\",\"h\":{\"i\":[[],[]]},\"k\":-1e5,"
			 "\"l\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]}");
	mf_torture(body, "17");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars), cmocka_unit_test(test_nul_is_kept), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul_bytes_refused), cmocka_unit_test(test_text_is_never_quoted),
		cmocka_unit_test(test_depth), cmocka_unit_test(test_node_limit), cmocka_unit_test(test_large_object),
		cmocka_unit_test(test_walk), cmocka_unit_test(test_pointer), cmocka_unit_test(test_typed_reads),
		cmocka_unit_test(test_secret), cmocka_unit_test(test_parse_secret), cmocka_unit_test(test_quote),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
