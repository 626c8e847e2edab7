/* SPDX-License-Identifier: Apache-2.0 */
/* How text from outside is written in each format. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/json.h>
#include "../../src/report/pen.h"
#include "failalloc.h"

static struct mf_err err;
static struct mf_buf out;

static struct mf_pen *pen(void)
{
	static struct mf_pen p;

	mf_buf_free(&out);
	out.max = 100000;
	p = (struct mf_pen){ .buf = &out, .err = &err };
	return &p;
}

#define S(text) ((struct mf_str){ text, sizeof(text) - 1 })

static int done(void **state)
{
	(void)state;
	mf_buf_free(&out);
	return 0;
}

static void test_line(void **state)
{
	(void)state;
	mf_pen_line(pen(), S("gr\xc3\xbc\xc3\x9f\tx\n::error::\x1b[31m\xe2\x80\xae\xff##[group]###[x #[y"));
	assert_string_equal(mf_buf_text(&out), "gr\xc3\xbc\xc3\x9f x?::error::?[31m??##?group]###?x #[y");
}

static void test_json(void **state)
{
	struct mf_json *doc;

	(void)state;
	mf_pen_json(pen(), S("\"\\\b\f\n\r\t\x01\x7f<>&\xe2\x80\xa8\xe2\x80\xae\xff\xf3\xa0\x80\x81 ok"), false);
	assert_string_equal(mf_buf_text(&out), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f<>&\\u2028\\u202e\xef\xbf\xbd\\udb40\\udc01 ok\"");
	assert_int_equal(mf_json_parse(&doc, out.p, out.n, &err), 0);
	mf_json_free(doc);
	mf_pen_json(pen(), S("\"\\\b\f\n\r\t\x01\x7f<>&\xe2\x80\xa8\xe2\x80\xae\xff ok"), true);
	assert_string_equal(mf_buf_text(&out), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\\u003c\\u003e\\u0026\\u2028\xe2\x80\xae\\ufffd ok\"");
	mf_pen_json_z(pen(), NULL);
	assert_string_equal(mf_buf_text(&out), "null");
}

static void test_xml(void **state)
{
	const struct mf_str s = S("<a b='\"'>&]]>\t\n\r\x01\xff\xe2\x80\xae");

	(void)state;
	mf_pen_xml(pen(), s, MF_XML_GO);
	assert_string_equal(mf_buf_text(&out), "&lt;a b=&#39;&#34;&#39;&gt;&amp;]]&gt;&#x9;&#xA;&#xD;\xef\xbf\xbd\xef\xbf\xbd\xe2\x80\xae");
	mf_pen_xml(pen(), s, MF_XML_ATTR);
	assert_string_equal(mf_buf_text(&out), "&lt;a b=&#39;&#34;&#39;&gt;&amp;]]&gt;&#x9;&#xA;&#xD;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	mf_pen_xml(pen(), s, MF_XML_TEXT);
	assert_string_equal(mf_buf_text(&out), "&lt;a b=&#39;&#34;&#39;&gt;&amp;]]&gt;\t\n&#xD;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_markdown(void **state)
{
	(void)state;
	mf_pen_markdown(pen(), S("a|b\n<img>[x](http://y) @me #1 `c` *d* _e_ \\ www.e \xe2\x80\xae \xff"));
	for (const char *p = mf_buf_text(&out); *p; p++)
		assert_null(strchr("<>[]()`*_@\\|\n\"'.", *p));
	assert_null(strstr(mf_buf_text(&out), "://"));
}

static void csv(const char *want, struct mf_str s, bool go)
{
	mf_pen_csv(pen(), s, go);
	assert_string_equal(mf_buf_text(&out), want);
}

static void test_csv(void **state)
{
	(void)state;
	csv("plain", S("plain"), false);
	csv("\"a,b\"", S("a,b"), false);
	csv("\"say \"\"x\"\"\"", S("say \"x\""), false);
	csv("\"'=cmd|' /C calc'!A0\"", S("=cmd|' /C calc'!A0"), false);
	csv("\"'+1\"", S("+1"), false);
	csv("\"'-1\"", S("-1"), false);
	csv("\"'@x\"", S("@x"), false);
	csv("\"'\xef\xbc\x9dx\"", S("\xef\xbc\x9dx"), false);
	csv("\"' =x\"", S("\t=x"), false);
	csv("a=b", S("a=b"), false);
	csv("a\xef\xbf\xbd" "b", S("a\x1b" "b"), false);
	/* Go's rules: a leading blank and a line that is \. are quoted, a formula is not touched */
	csv("=cmd", S("=cmd"), true);
	csv("\" x\"", S(" x"), true);
	csv("\"\\.\"", S("\\."), true);
	csv("\"a\nb\"", S("a\nb"), true);
	csv("\"\xc2\xa0x\"", S("\xc2\xa0x"), true);
	csv("", S(""), true);
	csv("a\x1b" "b", S("a\x1b" "b"), true);
}

static void test_command(void **state)
{
	(void)state;
	mf_pen_command(pen(), S("a\n::b,%\r##[c]"), MF_COMMAND_MESSAGE);
	assert_string_equal(mf_buf_text(&out), "a%0A::b,%25?##?c]");
	mf_pen_command(pen(), S("a\n:b"), MF_COMMAND_LINE);
	assert_string_equal(mf_buf_text(&out), "a?:b");
	mf_pen_command(pen(), S("a\n:b,c%d"), MF_COMMAND_PROPERTY);
	assert_string_equal(mf_buf_text(&out), "a?%3Ab%2Cc%25d");
}

static void test_uri(void **state)
{
	(void)state;
	mf_pen_uri(pen(), S("a b/\xc3\xbc?#:%\n"));
	assert_string_equal(mf_buf_text(&out), "a%20b/%C3%BC%3F%23%3A%25%0A");
}

static void test_failure_sticks(void **state)
{
	struct mf_buf small = { .max = 4 };
	struct mf_pen p = { .buf = &small, .err = &err };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	mf_pen_puts(&p, "abc");
	mf_pen_puts(&p, "de");
	mf_pen_puts(&p, "f");
	assert_int_equal(mf_pen_end(&p), -1);
	assert_string_equal(err.id, "MF-BASE-02");
	assert_string_equal(mf_buf_text(&small), "abc");
	mf_buf_free(&small);
	assert_non_null(full);
	p = (struct mf_pen){ .to = full, .err = &err };
	mf_pen_puts(&p, "abc");
	assert_fails(mf_pen_end(&p), err, "MF-REPORT-02");
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_line, done),
		cmocka_unit_test_teardown(test_json, done),
		cmocka_unit_test_teardown(test_xml, done),
		cmocka_unit_test_teardown(test_markdown, done),
		cmocka_unit_test_teardown(test_csv, done),
		cmocka_unit_test_teardown(test_command, done),
		cmocka_unit_test_teardown(test_uri, done),
		cmocka_unit_test(test_failure_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
