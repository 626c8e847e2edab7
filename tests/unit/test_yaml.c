/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: types, places, aliases and merge keys, what is refused, bombs. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <mayfly/buf.h>
#include <mayfly/clock.h>
#include <mayfly/yaml.h>
#include "failalloc.h"

static struct mf_err err;

static struct mf_yaml *parse(const char *text)
{
	struct mf_yaml *doc = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_yaml_parse(&doc, "f.yml", text, strlen(text), &err))
		fail_msg("%s: %s", err.what, err.why);
	return doc;
}

static const struct mf_ynode *get(const struct mf_ynode *n, const char *key)
{
	for (size_t i = 0; mf_yaml_type(n) == MF_Y_MAP && i < mf_yaml_size(n); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(n, i)), key))
			return mf_yaml_at(n, i);
	return NULL;
}

static void at(const struct mf_ynode *n, unsigned line, unsigned col)
{
	assert_int_equal(mf_yaml_pos(n).line, line);
	assert_int_equal(mf_yaml_pos(n).col, col);
}

static void test_loose_brackets(void **state)
{
	struct mf_yaml *doc = parse("a:\n  on: [\n    b,\n    c,\n  ]\n  in: {\n    d: e\n  }\nf: [\ng\n]\n");
	const struct mf_ynode *r = mf_yaml_root(doc), *a = get(r, "a");

	(void)state;
	assert_int_equal(mf_yaml_size(get(a, "on")), 2);
	at(get(get(a, "in"), "d"), 7, 8);
	assert_int_equal(mf_yaml_size(get(r, "f")), 1);
	mf_yaml_free(doc);
}

static void test_types_and_places(void **state)
{
	struct mf_yaml *doc = parse("# first\nvault:\n  url: https://v\n  n: 17\n  q: \"17\"\n  z: ~\n  e:\nlist:\n  - a\n"
				    "  - 'b'\n  - [c, {d: e}]\ntext: |\n  one\n  two\nfold: >-\n  one\n  two\n");
	const struct mf_ynode *r = mf_yaml_root(doc), *v = get(r, "vault"), *l = get(r, "list");

	(void)state;
	assert_int_equal(mf_yaml_type(r), MF_Y_MAP);
	assert_int_equal(mf_yaml_size(r), 4);
	at(r, 2, 1);
	at(mf_yaml_key_at(r, 0), 2, 1);
	at(v, 3, 3);
	at(get(v, "url"), 3, 8);
	assert_str_is(mf_yaml_text(get(v, "url")), "https://v");
	assert_true(mf_yaml_plain(get(v, "n")));
	assert_false(mf_yaml_plain(get(v, "q")));
	assert_str_is(mf_yaml_text(get(v, "q")), "17");
	assert_int_equal(mf_yaml_type(get(v, "z")), MF_Y_NULL);
	assert_int_equal(mf_yaml_type(get(v, "e")), MF_Y_NULL);
	assert_non_null(get(v, "e"));
	assert_null(get(v, "missing"));
	assert_null(get(l, "a"));
	assert_int_equal(mf_yaml_type(l), MF_Y_SEQ);
	assert_int_equal(mf_yaml_size(l), 3);
	assert_null(mf_yaml_key_at(l, 0));
	assert_str_is(mf_yaml_text(mf_yaml_at(l, 1)), "b");
	at(mf_yaml_at(l, 1), 10, 5);
	assert_str_is(mf_yaml_text(get(mf_yaml_at(mf_yaml_at(l, 2), 1), "d")), "e");
	assert_str_is(mf_yaml_text(get(r, "text")), "one\ntwo\n");
	assert_str_is(mf_yaml_text(get(r, "fold")), "one two");
	assert_null(mf_yaml_at(l, 3));
	assert_null(mf_yaml_at(NULL, 0));
	mf_yaml_free(doc);
	mf_yaml_free(NULL);
}

/* Only the text's own program knows these; nothing moves. */
static void test_blanks(void **state)
{
	static const struct { const char *text, *want; } headers[] = {
		{ "spec:\n  inputs: {}\n---\na: 1\n", "     \n            \n   \na: 1\n" },
		{ "---\nspec: 1\n--- \r\na: 1", "   \n       \n     \na: 1" },
		{ "spec: x\na: 1", "spec: x\na: 1" }, { "a: 1\n---\nspec: 1\n", "a: 1\n---\nspec: 1\n" }, { " spec:\n---\n", " spec:\n---\n" },
		{ "specs:\n---\n", "specs:\n---\n" }, { "spec:\n---x\n", "spec:\n---x\n" }, { "", "" }, { "spec:\n---", "     \n   " },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(headers); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", headers[i].text);
		mf_yaml_blank_header(text, strlen(text), "spec");
		assert_string_equal(text, headers[i].want);
		snprintf(text, sizeof(text), "a: !tag [b]%s!tag", headers[i].text);
		mf_yaml_blank_tag(text, strlen(text), "!tag");
		assert_null(strstr(text, "!tag"));
		assert_int_equal(strlen(text), strlen(headers[i].text) + 15);
	}
}

static void test_empty(void **state)
{
	static const char *const texts[] = { "", "\n", "# only a comment\n", "\xef\xbb\xbf" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		struct mf_yaml *doc = parse(texts[i]);

		assert_null(mf_yaml_root(doc));
		mf_yaml_free(doc);
	}
}

static void test_byte_order_mark(void **state)
{
	struct mf_yaml *doc = parse("\xef\xbb\xbf" "a: 1\r\nb: \xc3\xa4\r\n");

	(void)state;
	at(mf_yaml_key_at(mf_yaml_root(doc), 0), 1, 1);
	assert_str_is(mf_yaml_text(get(mf_yaml_root(doc), "b")), "\xc3\xa4");
	mf_yaml_free(doc);
}

static void test_tags(void **state)
{
	struct mf_yaml *doc = parse("a: !!str 5\nb: !!int \"5\"\nc: ! 5\nd: !<tag:yaml.org,2002:str> true\ne: !!map {}\n"
				    "f: !!seq []\ng: !!null ''\n");
	const struct mf_ynode *r = mf_yaml_root(doc);

	(void)state;
	assert_false(mf_yaml_plain(get(r, "a")));
	assert_true(mf_yaml_plain(get(r, "b")));
	assert_false(mf_yaml_plain(get(r, "c")));
	assert_false(mf_yaml_plain(get(r, "d")));
	assert_int_equal(mf_yaml_type(get(r, "e")), MF_Y_MAP);
	assert_int_equal(mf_yaml_type(get(r, "g")), MF_Y_NULL);
	mf_yaml_free(doc);
}

static void test_aliases_and_merge(void **state)
{
	struct mf_yaml *doc = parse("base: &b {k: base, only: 1}\nother: &o {k: other, more: 2}\n"
				    "m:\n  x: 0\n  <<: [*b, *o]\n  k: own\nn: {<<: *o}\np: *b\nq: {\"<<\": text}\n"
				    "r: &r 1\ns: &r 2\nt: *r\n");
	const struct mf_ynode *r = mf_yaml_root(doc), *m = get(r, "m");

	(void)state;
	assert_int_equal(mf_yaml_size(m), 4);
	assert_str_is(mf_yaml_text(get(m, "k")), "own");
	assert_str_is(mf_yaml_text(get(m, "only")), "1");
	assert_str_is(mf_yaml_text(get(m, "more")), "2");
	assert_null(get(m, "<<"));
	assert_str_is(mf_yaml_text(mf_yaml_key_at(m, 0)), "x");
	assert_str_is(mf_yaml_text(get(get(r, "n"), "k")), "other");
	assert_ptr_equal(get(r, "p"), get(r, "base"));
	assert_str_is(mf_yaml_text(get(get(r, "q"), "<<")), "text");
	assert_str_is(mf_yaml_text(get(r, "t")), "2");
	mf_yaml_free(doc);
	doc = parse("a: &a {k: first}\nb: &b {k: second}\nm: {<<: [*a, *b]}\n");
	assert_str_is(mf_yaml_text(get(get(mf_yaml_root(doc), "m"), "k")), "first");
	mf_yaml_free(doc);
}

static void refused(const char *text, size_t n, const char *id, const char *place)
{
	struct mf_yaml *doc = (void *)1;

	memset(&err, 0, sizeof(err));
	if (mf_yaml_parse(&doc, "f.yml", text, n, &err) != -1)
		fail_msg("accepted: %s", text);
	assert_ptr_equal(doc, (void *)1);
	if (strcmp(err.id, id) != 0 || strncmp(err.why, place, strlen(place)) != 0)
		fail_msg("%s: %s: %s", text, err.id, err.why);
}

static void test_refused(void **state)
{
	static const struct { const char *text, *place; } cases[] = {
		{ "a: 1\na: 2\n", "f.yml:2:1: the key 'a' occurs twice" },
		{ "m: {x: 1, 'x': 2}\n", "f.yml:1:11: the key 'x' occurs twice" },
		{ "<<: {a: 1}\n<<: {b: 1}\n", "f.yml:2:1: the key '<<' occurs twice" },
		{ "a: 1\n---\nb: 2\n", "f.yml:2:1: it holds more than one document" },
		{ "a: *nope\n", "f.yml:1:5: no anchor 'nope'" },
		{ "a: !secret x\n", "f.yml:1:" }, { "a: !!python/object:os.system x\n", "f.yml:1:" },
		{ "a: !!str [1]\n", "f.yml:1:" }, { "a: !!map x\n", "f.yml:1:" },
		{ "<<: 5\n", "f.yml:1:1: '<<' takes a map" }, { "<<: [5]\n", "f.yml:1:1: '<<' takes a map" },
		{ "? [a]\n: b\n", "f.yml:1:3: a key has to be plain text" },
		{ "? {a: b}\n: b\n", "f.yml:1:3: a key has to be plain text" },
		{ "a: [1\n", "f.yml:" }, { "a: \"x\n", "f.yml:" }, { "a: b: c\n", "f.yml:1:" }, { "\ta: 1\n", "f.yml:1:" },
		{ "a: @x\n", "f.yml:1:" }, { "a: \"\\q\"\n", "f.yml:1:" }, { "a: 1\n b: 2\n", "f.yml:" },
		{ "a:\n\tb: 1\n", "f.yml:2:" }, { "%FOO bar\n---\na: %x\n", "f.yml:" },
		{ "a: \xff\n", "f.yml:1:4: it is not valid UTF-8" }, { "ok: 1\nb: \xc3\n", "f.yml:2:4: it is not valid UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		refused(cases[i].text, strlen(cases[i].text), "MF-YAML-01", cases[i].place);
	refused("a: \"\x01\"\n", 7, "MF-YAML-01", "f.yml:1:5: it holds a control character");
	refused("# \033[31m\n", 8, "MF-YAML-01", "f.yml:1:3: it holds a control character");
	refused("a: \x7f\n", 5, "MF-YAML-01", "f.yml:1:4: it holds a control character");
	refused("%TAG !e! |x\n---\na: 1\n", 22, "MF-YAML-01", "f.yml:");
	refused("a: \0\n", 5, "MF-YAML-01", "f.yml:1:4: it holds a NUL byte");
	refused("\xff\xfe" "a\0:\0", 6, "MF-YAML-01", "f.yml:1:1: it is not valid UTF-8");
}

static void repeat(struct mf_buf *b, const char *text, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(mf_buf_puts(b, text, &err), 0);
}

static void bomb(const char *head, const char *again, int times, const char *tail)
{
	struct mf_buf b = MF_BUF(4 << 20);
	const int64_t start = mf_mono_ms();

	repeat(&b, head, 1);
	repeat(&b, again, times);
	repeat(&b, tail, 1);
	refused(b.p, b.n, "MF-YAML-02", "");
	assert_true(mf_mono_ms() - start < 5000);
	mf_buf_free(&b);
}

static void test_bombs(void **state)
{
	struct mf_buf b = MF_BUF(1 << 20);

	(void)state;
	refused("a: &a [*a]\n", 11, "MF-YAML-02", "f.yml:1:9: an alias stands inside the value");
	refused("a: &a {<<: *a}\n", 15, "MF-YAML-02", "");
	/* a billion laughs: 20 levels of ten */
	repeat(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n", 1);
	for (int i = 1; i < 20; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
					       i - 1, i - 1), 0);
	refused(b.p, b.n, "MF-YAML-02", "f.yml:6:");
	mf_buf_free(&b);
	/* the same by merging */
	repeat(&b, "m: &m {", 1);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "k%d: 1, ", i), 0);
	repeat(&b, "}\nl:\n", 1);
	repeat(&b, "- <<: *m\n", 1000);
	refused(b.p, b.n, "MF-YAML-02", "");
	mf_buf_free(&b);
	/* deep by aliases: each level is one more */
	repeat(&b, "a0: &a0 [x]\n", 1);
	for (int i = 1; i < 60; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "a%d: &a%d [*a%d]\n", i, i, i - 1), 0);
	refused(b.p, b.n, "MF-YAML-02", "");
	mf_buf_free(&b);
	bomb("", "[", 100000, "");
	bomb("", "- ", 300000, "x\n");
	bomb("", "- x\n", 20001, "");
	bomb("x: &a 1\ny: [", "*a,", 300000, "]\n");
	bomb("a: ", "x", MF_YAML_BYTES, "");
}

static void test_anchors_are_bounded(void **state)
{
	struct mf_buf b = MF_BUF(1 << 20);

	(void)state;
	for (int i = 0; i < 2000; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "- &a%d x\n", i), 0);
	refused(b.p, b.n, "MF-YAML-02", "");
	mf_buf_free(&b);
}

static void test_limits_are_reachable(void **state)
{
	struct mf_buf b = MF_BUF(2 << 20);
	struct mf_yaml *doc;

	(void)state;
	repeat(&b, "- x\n", MF_YAML_NODES - 1);
	doc = parse(b.p);
	assert_int_equal(mf_yaml_size(mf_yaml_root(doc)), MF_YAML_NODES - 1);
	mf_yaml_free(doc);
	mf_buf_free(&b);
	repeat(&b, "[", MF_YAML_DEPTH);
	repeat(&b, "]", MF_YAML_DEPTH);
	doc = parse(b.p);
	mf_yaml_free(doc);
	mf_buf_free(&b);
	for (int i = 0; i < MF_YAML_NODES / 2 - 1; i++)
		assert_int_equal(mf_buf_printf(&b, &err, "key%d: v\n", i), 0);
	doc = parse(b.p);
	assert_str_is(mf_yaml_text(get(mf_yaml_root(doc), "key7777")), "v");
	mf_yaml_free(doc);
	mf_buf_free(&b);
}

/* libfyaml's own diagnostics would land between ours. */
static void test_library_is_silent(void **state)
{
	char name[] = "/tmp/test_yaml.XXXXXX";
	int fd = mkstemp(name), saved = dup(2);
	struct mf_yaml *doc;
	off_t size;

	(void)state;
	unlink(name);
	dup2(fd, 2);
	assert_fails(mf_yaml_parse(&doc, "f", "a: [1\nb: \"", 9, &err), err, "MF-YAML-01");
	assert_fails(mf_yaml_parse(&doc, "f", "a: *b", 5, &err), err, "MF-YAML-01");
	fflush(stderr);
	dup2(saved, 2);
	size = lseek(fd, 0, SEEK_END);
	close(fd);
	close(saved);
	assert_int_equal(size, 0);
}

static int body(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_yaml_freep) struct mf_yaml *doc = NULL;

	return mf_yaml_parse(&doc, "f", ctx, strlen(ctx), e);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mf_torture_own(body, "a: &a {b: [1, \"two\", three], c: !!str x}\nd: {<<: *a, e: [[], {}]}\n");
	mf_torture_own(body, "a: &a {b: 1}\nc:\n  <<: *a\n  d: >\n    folded\n    text\n  e: \"es\\u0041cape\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loose_brackets),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_types_and_places), cmocka_unit_test(test_empty), cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_tags), cmocka_unit_test(test_aliases_and_merge), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bombs), cmocka_unit_test(test_anchors_are_bounded),
		cmocka_unit_test(test_limits_are_reachable), cmocka_unit_test(test_library_is_silent),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
