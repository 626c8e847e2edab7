/* SPDX-License-Identifier: Apache-2.0 */
/* TOML: values, places, who may add to which table, what is refused and how it is said, limits. The public suite (tests/toml/run) has the rest. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <mayfly/buf.h>
#include <mayfly/toml.h>
#include "failalloc.h"

static struct mf_err err;

static struct mf_toml *parse(const char *text)
{
	struct mf_toml *doc = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_toml_parse(&doc, "f.toml", text, strlen(text), &err))
		fail_msg("%s: %s", err.what, err.why);
	return doc;
}

static const struct mf_tnode *get(const struct mf_toml *doc, const char *key)
{
	const struct mf_tnode *n = mf_toml_get(mf_toml_root(doc), key);

	assert_non_null(n);
	return n;
}

static void at(const struct mf_tnode *n, unsigned line, unsigned col)
{
	assert_int_equal(mf_toml_pos(n).line, line);
	assert_int_equal(mf_toml_pos(n).col, col);
}

static void refused(const char *text, const char *why)
{
	struct mf_toml *doc = NULL;

	assert_fails(mf_toml_parse(&doc, "f.toml", text, strlen(text), &err), err, "MF-TOML-01");
	assert_null(doc);
	if (!strstr(err.why, why))
		fail_msg("'%s' instead of '%s'", err.why, why);
}

static void test_strings(void **state)
{
	struct mf_toml *doc = parse("a = \"x\\ty\\u00e9\\U0001F600\\\"\"\nb = 'C:\\dir'\nc = \"\"\"\nOne \\\n   two\r\nthree\"\"\"\"\"\n"
				    "d = '''\nI'm ''it'''''\ne = ''\n\"quoted key\" = \"\"\n");

	(void)state;
	assert_str_is(mf_toml_text(get(doc, "a")), "x\ty\xc3\xa9\xf0\x9f\x98\x80\"");
	assert_str_is(mf_toml_text(get(doc, "b")), "C:\\dir");
	assert_str_is(mf_toml_text(get(doc, "c")), "One two\nthree\"\"");
	assert_str_is(mf_toml_text(get(doc, "d")), "I'm ''it''");
	assert_str_is(mf_toml_text(get(doc, "e")), "");
	assert_str_is(mf_toml_text(get(doc, "quoted key")), "");
	mf_toml_free(doc);
	mf_toml_free(NULL);
}

static void test_nul_in_a_string(void **state)
{
	struct mf_toml *doc = parse("a = \"x\\u0000y\"\n");

	(void)state;
	assert_int_equal(mf_toml_text(get(doc, "a")).n, 3);
	assert_memory_equal(mf_toml_text(get(doc, "a")).p, "x\0y", 3);
	mf_toml_free(doc);
}

static void check_int(const struct mf_toml *doc, const char *key, int64_t want)
{
	int64_t v = ~want;

	assert_int_equal(mf_toml_type(get(doc, key)), MF_T_INT);
	assert_true(mf_toml_int(&v, get(doc, key)));
	assert_true(v == want);
}

static void check_double(const struct mf_toml *doc, const char *key, double want)
{
	double v = want - 1;

	assert_true(mf_toml_double(&v, get(doc, key)));
	assert_true(v == want || (isnan(v) && isnan(want)));
}

static void test_numbers(void **state)
{
	struct mf_toml *doc = parse("a = +1_000\nb = -9223372036854775808\nc = 0x7fffffffffffffff\nd = 0o755\ne = 0b1_0\nf = -0\n"
				    "g = 6.5e-1\nh = 1e3\ni = -inf\nj = nan\nk = 1_0.2_5\nl = true\nm = false\n");
	bool b = false;
	int64_t n;

	(void)state;
	check_int(doc, "a", 1000);
	check_int(doc, "b", INT64_MIN);
	check_int(doc, "c", INT64_MAX);
	check_int(doc, "d", 0755);
	check_int(doc, "e", 2);
	check_int(doc, "f", 0);
	check_double(doc, "a", 1000);
	check_double(doc, "g", 0.65);
	check_double(doc, "h", 1000);
	check_double(doc, "i", -(double)INFINITY);
	check_double(doc, "j", (double)NAN);
	check_double(doc, "k", 10.25);
	assert_true(mf_toml_bool(&b, get(doc, "l")) && b);
	assert_true(mf_toml_bool(&b, get(doc, "m")) && !b);
	assert_false(mf_toml_bool(&b, get(doc, "a")));
	assert_false(mf_toml_int(&n, get(doc, "g")));
	assert_false(mf_toml_int(&n, NULL));
	assert_str_is(mf_toml_text(get(doc, "a")), "+1_000");
	mf_toml_free(doc);
}

static void test_times(void **state)
{
	static const char *const right[] = { "2024-02-29", "07:32:00", "07:32:00.5", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.999+01:30",
		"1979-05-27t07:32:60z", "2000-02-29T00:00:00" };
	static const char *const wrong[] = { "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "24:00:00", "07:60:00", "07:32", "07:32:61",
		"1979-05-27T07:32Z", "1979-05-27T07:32:00+24:00", "1979-05-27T07:32:00.", "1979-05-27T", "2024-1-1", "1979-05-27X07:32:00" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(right); i++) {
		struct mf_toml *doc;

		snprintf(text, sizeof(text), "a = %s # x", right[i]);
		doc = parse(text);
		assert_int_equal(mf_toml_type(get(doc, "a")), MF_T_TIME);
		assert_str_is(mf_toml_text(get(doc, "a")), right[i]);
		mf_toml_free(doc);
	}
	for (size_t i = 0; i < MF_COUNT(wrong); i++) {
		snprintf(text, sizeof(text), "a = %s", wrong[i]);
		refused(text, "f.toml:1:5: ");
	}
}

static void test_tables_and_places(void **state)
{
	struct mf_toml *doc = parse("\xef\xbb\xbftitle = 'x'\n[a.b]\nk = [1,\n  2, # two\n]\nc.d = 3\n[[list]]\nn = 1\n[list.sub]\nm = 2\n[[list]]\n"
				    "[a]\n  t = { x = 1, y.z = 2 }\n");
	const struct mf_tnode *a = get(doc, "a"), *b = mf_toml_get(a, "b"), *list = get(doc, "list");

	(void)state;
	at(get(doc, "title"), 1, 9);
	at(b, 2, 4);
	at(mf_toml_at(mf_toml_get(b, "k"), 1), 4, 3);
	at(mf_toml_get(mf_toml_get(b, "c"), "d"), 6, 7);
	at(a, 12, 2);
	at(mf_toml_get(a, "t"), 13, 7);
	assert_int_equal(mf_toml_size(mf_toml_root(doc)), 3);
	assert_str_is(mf_toml_key_at(mf_toml_root(doc), 1), "a");
	assert_int_equal(mf_toml_type(list), MF_T_ARRAY);
	assert_int_equal(mf_toml_size(list), 2);
	assert_non_null(mf_toml_get(mf_toml_at(list, 0), "sub"));
	assert_int_equal(mf_toml_size(mf_toml_at(list, 1)), 0);
	assert_null(mf_toml_at(list, 2));
	assert_null(mf_toml_key_at(list, 0).p);
	assert_null(mf_toml_get(list, "n"));
	assert_non_null(mf_toml_get(mf_toml_get(mf_toml_get(a, "t"), "y"), "z"));
	assert_null(mf_toml_get(a, "T"));
	assert_non_null(mf_toml_get_nocase(a, "T"));
	assert_null(mf_toml_get_nocase(a, "TT"));
	assert_null(mf_toml_get(NULL, "a"));
	assert_string_equal(mf_toml_type_name(MF_T_ARRAY), "an array");
	mf_toml_free(doc);
}

static void test_who_may_add(void **state)
{
	(void)state;
	refused("a = 1\na = 2\n", "f.toml:2:1: the key 'a' occurs twice, first in line 1");
	refused("[a]\n[a]\n", "f.toml:2:2: 'a' is complete since line 1");
	refused("[a]\nb.c = 1\n[a.b]\n", "f.toml:3:4: 'b' is complete since line 2");
	refused("a = {}\n[a.b]\n", "f.toml:2:2: 'a' is complete");
	refused("a = {}\na.b = 1\n", "f.toml:2:1: 'a' is complete");
	refused("a = [{}]\n[[a]]\n", "f.toml:2:3: 'a' has a value already, in line 1");
	refused("[[a]]\n[a]\n", "f.toml:2:2: 'a' is complete");
	refused("[a.b.c]\n[a]\nb.d = 1\n", "f.toml:3:1: 'b' is complete");
	refused("a = 1\na.b = 1\n", "f.toml:2:1: 'a' has a value already");
	refused("a = {b = 1, b = 2}\n", "f.toml:1:13: the key 'b' occurs twice");
	mf_toml_free(parse("[a.b]\n[a]\n[a.c]\n"));
	mf_toml_free(parse("[a]\nb.c = 1\n[a.b.d]\n"));
}

static void test_refused(void **state)
{
	(void)state;
	refused("a = text\n", "f.toml:1:5: a value is expected here");
	assert_non_null(strstr(err.hint, "quotes"));
	refused("a = \n", "f.toml:1:5: a value is expected here");
	refused("a = 012\n", "f.toml:1:5: this is no number");
	refused("a = 1__0\n", "this is no number");
	refused("a = 0x\n", "this is no number");
	refused("a = 9223372036854775808\n", "does not fit into 64 bits");
	refused("a = 1 b = 2\n", "f.toml:1:7: the line should end here");
	refused("a = \"\\d\"\n", "f.toml:1:6: this escape is unknown");
	assert_non_null(strstr(err.hint, "single quotes"));
	refused("a = \"\\ud800\"\n", "no character of Unicode");
	refused("\na = \"x\n", "f.toml:2:5: this string does not end on its line");
	refused("a = '''x\n\n", "f.toml:1:5: the three quotes");
	refused("a = { b = 1,\n}\n", "f.toml:1:13: a key is expected here");
	refused("a = { b = 1 c = 2 }\n", "f.toml:1:13: ',' or '}' is expected here");
	refused("a = [1\n 2]\n", "f.toml:2:2: ',' or ']' is expected here, of the array of line 1");
	refused("a b = 1\n", "f.toml:1:3: '=' is expected here");
	refused("= 1\n", "f.toml:1:1: a key is expected here");
	refused("[a\n", "']' is expected here");
	refused("[[a]\n", "']]' is expected here");
	refused("[a]]\n", "the line should end here");
	refused("a = 'x\x01y'\n", "f.toml:1:7: the control character 0x01");
	refused("a = 1\rb = 2\n", "the control character 0x0d");
	refused("# \xc0\xaf\n", "f.toml:1:3: this is not valid UTF-8");
	refused("\"\"\"a\"\"\" = 1\n", "a key takes one quote");
}

static void limit(const char *p, size_t n)
{
	struct mf_toml *doc = NULL;

	assert_int_equal(mf_toml_parse(&doc, "f", p, n, &err), -1);
	if (strcmp(err.id, "MF-TOML-02") != 0)
		fail_msg("%s: %s", err.id, err.why);
	assert_null(doc);
}

static void test_limits(void **state)
{
	static char deep[2 * MF_TOML_DEPTH + 8], large[MF_TOML_BYTES + 1];
	struct mf_toml *doc;

	(void)state;
	memcpy(deep, "a = ", 4);
	memset(deep + 4, '[', MF_TOML_DEPTH);
	limit(deep, 4 + MF_TOML_DEPTH);
	memset(deep + 4, '[', MF_TOML_DEPTH - 1);
	memset(deep + 3 + MF_TOML_DEPTH, ']', MF_TOML_DEPTH - 1);
	assert_int_equal(mf_toml_parse(&doc, "f", deep, 2 + 2 * MF_TOML_DEPTH, &err), 0);
	mf_toml_free(doc);
	for (size_t i = 0; i < 2 * (MF_TOML_DEPTH + 1); i += 2)
		memcpy(deep + i, "a.", 2);
	limit(deep, 2 * (MF_TOML_DEPTH + 1));
	memset(large, ' ', sizeof(large));
	limit(large, sizeof(large));
	memcpy(large, "a=[", 3);
	for (size_t i = 3; i + 2 < sizeof(large); i += 2)
		memcpy(large + i, "1,", 2);
	limit(large, MF_TOML_BYTES);
}

/* Many keys in one table: each is found, a second one of the same name too. */
static void test_large_table(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(1 << 22);
	struct mf_toml *doc;
	char key[16];

	(void)state;
	for (int i = 0; i < 50000; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "k%d = %d\n", i, i), 0);
	doc = parse(mf_buf_text(&b));
	assert_int_equal(mf_toml_size(mf_toml_root(doc)), 50000);
	for (int i = 0; i < 50000; i += 4999) {
		snprintf(key, sizeof(key), "k%d", i);
		check_int(doc, key, i);
	}
	mf_toml_free(doc);
	assert_int_equal(mf_buf_puts(&b, "k31337 = 1\n", &err), 0);
	refused(mf_buf_text(&b), "f.toml:50001:1: the key 'k31337' occurs twice, first in line 31338");
}

static int torture(void *ctx, struct mf_err *e)
{
	struct mf_toml *doc;

	if (mf_toml_parse(&doc, "f", ctx, strlen(ctx), e))
		return -1;
	mf_toml_free(doc);
	return 0;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture, "a = [1, 2, 3, 4, 5]\nb = \"x\\ty\"\n[t]\na=1\nb=1.5\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\ni=1\nj=1\nk=1\nl=1\nm=1\nn=1\n[[x.y]]\n"
			    "z = { q = '''\n1''' }\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_nul_in_a_string),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_tables_and_places),
		cmocka_unit_test(test_who_may_add),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large_table),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
