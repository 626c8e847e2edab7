/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: ownership, order, fingerprint; what a redacted secret shows, and what a text around it does. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/finding.h>
#include "../../src/policy/policy.h"
#include "failalloc.h"

static struct mf_err err;

/* Letters and digits that look like nobody's token. */
static char *made_up(size_t n)
{
	char *s = calloc(1, n + 1);

	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		s[i] = "qZ7wX2vK9pLm4Rt8Yb3Nc6Hd5Jf1Gs0"[(i * 17 + i / 31) % 31];
	return s;
}

static void assert_redacted(const char *secret, size_t n, const char *want)
{
	struct mf_buf out = MF_BUF(1000);

	assert_int_equal(mf_buf_puts(&out, "old", &err), 0);
	assert_int_equal(mf_redact(&out, (struct mf_str){ secret, n }, &err), 0);
	assert_string_equal(mf_buf_text(&out), want);
	mf_buf_free(&out);
}

static void test_redact(void **state)
{
	char *s = made_up(60), text[80];

	(void)state;
	assert_redacted("", 0, "");
	assert_redacted("a", 1, "****");
	assert_redacted("abcdefg", 7, "****");
	assert_redacted("abcdefgh", 8, "********");
	assert_redacted("abcdefghijklmno", 15, "********");
	assert_redacted("abcdefghijklmnop", 16, "a************op");
	snprintf(text, sizeof(text), "%s%.16s", "AK" "IA", s);
	snprintf(text + 16, sizeof(text) - 16, "WXYZ");
	assert_redacted(text, 20, "AKIA************WXYZ");
	snprintf(text, sizeof(text), "%s%.36s", "gh" "p_", s);
	snprintf(text + 36, sizeof(text) - 36, "last");
	assert_redacted(text, 40, "ghp_************last");
	snprintf(text, sizeof(text), "%s%.5s", "sk-ant-" "api03-", s);
	assert_int_equal(strlen(text), 18);
	snprintf(text, sizeof(text), "-----BEGIN X KEY-----\n%.40s", s);
	assert_redacted(text, strlen(text), "-----BEGIN X KEY-----************");
	assert_redacted("postgres://someone:pass@host/db-abc", 35, "postgres://************-abc");
	assert_redacted("\"<0123456789abcdef>", 19, "*************f*");
	free(s);
}

/* Whatever it is: what shows of it beside a known prefix is at most a fifth. */
static void test_redact_fifth(void **state)
{
	char *s = made_up(400);
	struct mf_buf out = MF_BUF(1000);

	(void)state;
	for (size_t n = 1; n <= 400; n++) {
		size_t plain = 0;

		assert_int_equal(mf_redact(&out, (struct mf_str){ s, n }, &err), 0);
		for (size_t i = 0; i < out.n; i++)
			plain += out.p[i] != '*';
		assert_true(plain * 5 <= n);
		assert_true(n >= 16 || plain == 0);
	}
	mf_buf_free(&out);
	free(s);
}

static char *redact_in(const char *text, size_t n, const char *secret)
{
	struct mf_buf out = MF_BUF(1 << 20);

	assert_int_equal(mf_redact_in(&out, (struct mf_str){ text, n }, mf_str(secret), &err), 0);
	return mf_buf_take(&out);
}

static void assert_in(const char *text, const char *secret, const char *want)
{
	char *got = redact_in(text, strlen(text), secret);

	assert_string_equal(got, want);
	free(got);
}

static void test_redact_in(void **state)
{
	(void)state;
	assert_in("", "abc", "");
	assert_in("nothing here", "zebra-crossing", "nothing here");
	assert_in("key = abc;", "abc", "key = ****;");
	assert_in("abcabc", "abc", "****");
	assert_in("aaaaa b", "aaa", "**** b");
	assert_in("x=s3cr3t+pa/ss y", "s3cr3t+pa/ss", "x=******** y");
	assert_in("u=s3cr3t%2Bpa%2fss&z", "s3cr3t+pa/ss", "u=********&z");
	assert_in("u=s3cr3t%2bpa/ss&z", "s3cr3t+pa/ss", "u=********&z");
	assert_in("{\"k\":\"s3cr3t\\u002bpa\\/ss\"}", "s3cr3t+pa/ss", "{\"k\":\"********\"}");
	assert_in("\"a\\\"b\\nc\\u00e9de\"", "a\"b\nc\xc3\xa9" "de", "\"********\"");
	/* its lines, where the text has them apart */
	assert_in("  first-line-of-it,\n  2nd!,\n  abc,\n", "first-line-of-it\n2nd!\nabc", "  ************,\n  ************,\n  abc,\n");
	/* a part of it, and a text that was cut inside it */
	assert_in("x QQQQaaaabbbbccccdd y", "aaaabbbbccccddddeeeeffff", "x QQQQ************ y");
	assert_in("eeffff = end", "aaaabbbbccccddddeeeeffff", "************ = end");
	assert_in("begin = aaaab", "aaaabbbbccccddddeeeeffff", "begin = ************");
	assert_in("bbbb", "aaaabbbbccccddddeeeeffff", "************");
}

static void test_redact_in_coded(void **state)
{
	char text[600], coded[300], *got, *secret = made_up(41);
	size_t n;

	(void)state;
	for (size_t before = 0; before < 5; before++) {
		for (int url = 0; url < 2; url++) {
			memset(text, 'u', before);
			snprintf(text + before, sizeof(text) - before, "%s tail", secret);
			n = mf_b64_encode(coded, text, strlen(text), url ? MF_B64_URL : MF_B64_STD, true);
			snprintf(text, sizeof(text), "k: %.*s", (int)n, coded);
			got = redact_in(text, strlen(text), secret);
			/* at most two characters of the secret's own base64 are left at each end */
			assert_true(strlen(got) <= 3 + 12 + 2 * 8 + 12);
			assert_non_null(strstr(got, "************"));
			free(got);
		}
	}
	mf_hex_encode(coded, secret, strlen(secret), true);
	snprintf(text, sizeof(text), "h=%.*s!", (int)(2 * strlen(secret)), coded);
	got = redact_in(text, strlen(text), secret);
	assert_int_equal(strncmp(got, "h=", 2), 0);
	assert_string_equal(got + strlen(got) - 1, "!");
	assert_true(strlen(got) < 30);
	free(got);
	/* UTF-16, both byte orders */
	for (int big = 0; big < 2; big++) {
		memset(text, 0, sizeof(text));
		for (size_t i = 0; i < 41; i++)
			text[2 * i + (size_t)big] = secret[i];
		got = redact_in(text, 82, secret);
		assert_non_null(strstr(got + big, "************"));
		assert_true(strlen(got + big) < 30);
		free(got);
	}
	free(secret);
}

/* The output never holds the secret, however it is put together; and a long text takes no longer than it should. */
static void test_redact_in_long(void **state)
{
	const size_t n = 300000;
	char *text = calloc(1, n + 1), *got;
	uint32_t seed = 7;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		text[i] = "aab"[(seed >> 24) % 3];
	}
	got = redact_in(text, n, "abaabaaba");
	assert_null(strstr(got, "abaabaaba"));
	free(got);
	memset(text, 'a', n);
	text[100000] = 'b';
	got = redact_in(text, n, text + 150000);
	assert_true(strlen(got) < 60);
	free(got);
	free(text);
}

static void test_mask_encoded(void **state)
{
	char text[] = "key: aGVsbG8gd29ybGQgaGVsbG8= short dGVzdA== x";

	(void)state;
	mf_mask_encoded(text, strlen(text));
	assert_string_equal(text, "key: ************************ short dGVzdA== x");
}

static struct mf_finding finding(const char *path, unsigned line, unsigned col, const char *rule, const char *commit)
{
	return (struct mf_finding){
		.path = mf_strdup(path), .line = line, .col = col, .rule_id = mf_strdup(rule), .commit = commit ? mf_strdup(commit) : NULL,
		.secret = mf_strdup("s"), .secret_n = 1,
	};
}

static void test_sort(void **state)
{
	static const struct { const char *path; unsigned line, col; const char *rule, *commit; } order[] = {
		{ "a", 1, 1, "r", NULL }, { "a", 1, 2, "q", "0" }, { "a", 2, 1, "a", "9" }, { "a", 10, 1, "r", NULL }, { "a", 10, 1, "r", "1" },
		{ "a", 10, 1, "s", "0" }, { "a/b", 1, 1, "r", "1" }, { "b", 1, 1, "r", "1" },
	};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct mf_findings list = { 0 };
		size_t at[MF_COUNT(order)];

		for (size_t i = 0; i < MF_COUNT(order); i++)
			at[i] = i;
		for (size_t i = MF_COUNT(order) - 1; i; i--) {
			seed = seed * 1664525u + 1013904223u;
			size_t k = (seed >> 16) % (i + 1), t = at[i];

			at[i] = at[k];
			at[k] = t;
		}
		for (size_t i = 0; i < MF_COUNT(order); i++) {
			struct mf_finding f = finding(order[at[i]].path, order[at[i]].line, order[at[i]].col, order[at[i]].rule, order[at[i]].commit);

			assert_int_equal(mf_findings_add(&list, &f, &err), 0);
			assert_null(f.path);
		}
		mf_findings_sort(&list);
		for (size_t i = 0; i < MF_COUNT(order); i++) {
			assert_string_equal(list.v[i].path, order[i].path);
			assert_int_equal(list.v[i].line, order[i].line);
			assert_string_equal(list.v[i].rule_id, order[i].rule);
			assert_int_equal(list.v[i].commit != NULL, order[i].commit != NULL);
		}
		mf_findings_free(&list);
	}
}

static void test_fingerprint(void **state)
{
	struct mf_finding f = finding("dir/a b.txt", 14, 3, "our-rule", NULL);
	struct mf_buf out = MF_BUF(1000);

	(void)state;
	assert_int_equal(mf_fingerprint(&out, &f, f.rule_id, &err), 0);
	assert_string_equal(mf_buf_text(&out), "dir/a b.txt:our-rule:14");
	mf_buf_free(&out);
	f.commit = mf_strdup("abc123");
	assert_int_equal(mf_fingerprint(&out, &f, "theirs", &err), 0);
	assert_string_equal(mf_buf_text(&out), "abc123:dir/a b.txt:theirs:14");
	mf_buf_free(&out);
	free(f.commit);
	f.commit = NULL;
	f.source = MF_SRC_UNREACHABLE;
	f.blob = mf_strdup("b10b");
	free(f.path);
	f.path = NULL;
	assert_int_equal(mf_fingerprint(&out, &f, "r", &err), 0);
	assert_string_equal(mf_buf_text(&out), "b10b::r:14");
	mf_buf_free(&out);
	mf_finding_free(&f);
	mf_finding_free(NULL);
	mf_findings_free(NULL);
}

static int redact_body(void *ctx, struct mf_err *e)
{
	struct mf_buf out = MF_BUF(1000);
	int r;

	(void)ctx;
	r = mf_redact_in(&out, mf_str("one two-three-four-five%2d six\nseven-eight x"), mf_str("two-three-four-five-\nseven-eight"), e);
	mf_buf_free(&out);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(redact_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_redact_fifth),
		cmocka_unit_test(test_redact_in),
		cmocka_unit_test(test_redact_in_coded),
		cmocka_unit_test(test_redact_in_long),
		cmocka_unit_test(test_mask_encoded),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
