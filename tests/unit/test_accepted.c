/* SPDX-License-Identifier: Apache-2.0 */
/* .mayflyignore: ids, what is read and what is refused, the line that --accept adds. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <openssl/evp.h>
#include <mayfly/enc.h>
#include "../../src/policy/accepted.h"
#include "failalloc.h"
#include "support_policy.h"

#define HEAD "salt=00112233445566778899aabbccddeeff\ncost=10000\n"
#define ID "0123456789abcdef0123456789abcdef"
#define ID2 "1123456789abcdef0123456789abcdef"

static struct mf_err err;

static struct mf_accepted *read_file(const char *text)
{
	struct mf_accepted *a = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_accepted_read(&a, "dir/.mayflyignore", mf_str(text), &err))
		fail_msg("%s: %s", err.what, err.why);
	return a;
}

static void test_read(void **state)
{
	struct mf_accepted *a = read_file("\xef\xbb\xbf# comment\r\n\n" HEAD
		ID "  until=2027-01-31  rule=acme-token  reason=\"a \\\"test\\\" key \\\\ one\"\r\n"
		"\t" ID2 " reason=\"x # y\" rule=other\n");
	int64_t end;

	(void)state;
	assert_int_equal(a->n, 2);
	assert_int_equal(a->cost, 10000);
	assert_int_equal(a->salt_n, 16);
	assert_int_equal(a->salt[1], 0x11);
	assert_string_equal(a->v[0].rule, "acme-token");
	assert_string_equal(a->v[0].reason, "a \"test\" key \\ one");
	assert_true(mf_time_parse(&end, mf_str("2027-02-01T00:00:00Z")));
	assert_int_equal(a->v[0].until, end - 1);
	assert_int_equal(a->v[1].until, 0);
	assert_string_equal(a->v[1].reason, "x # y");
	assert_ptr_equal(mf_accepted_find(a, ID2), &a->v[1]);
	assert_null(mf_accepted_find(a, "2123456789abcdef0123456789abcdef"));
	assert_true(mf_accepted_has_rule(a, "other"));
	assert_false(mf_accepted_has_rule(a, "othe"));
	mf_accepted_free(a);
	a = read_file("");
	assert_int_equal(a->n, 0);
	mf_accepted_free(a);
	mf_accepted_free(NULL);
}

static void assert_refused(const char *text, const char *where, const char *why)
{
	struct mf_accepted *a = NULL;

	assert_fails(mf_accepted_read(&a, ".mayflyignore", mf_str(text), &err), err, "MF-POL-02");
	assert_null(a);
	if (!strstr(err.what, where) || !strstr(err.why, why))
		fail_msg("'%s' says '%s', '%s'", text, err.what, err.why);
	assert_null(strstr(err.what, "hush"));
	assert_null(strstr(err.why, "hush"));
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused(ID " rule=r reason=\"x\"\n", "line 1,", "salt");
	assert_refused(HEAD "hush\n", "line 3, column 1", "32");
	assert_refused(HEAD "0123456789ABCDEF0123456789abcdef rule=r reason=\"x\"\n", "line 3, column 11", "lower-case");
	assert_refused(HEAD ID "\n", "line 3", "rule");
	assert_refused(HEAD ID " rule= reason=\"x\"\n", "line 3", "rule");
	assert_refused(HEAD ID " rule=r\n", "line 3", "reason");
	assert_refused(HEAD ID " rule=r reason=hush\n", "line 3, column 48", "double quotes");
	assert_refused(HEAD ID " rule=r reason=\"hush\n", "line 3", "closed");
	assert_refused(HEAD ID " rule=r reason=\"  \"\n", "line 3", "empty");
	assert_refused(HEAD ID " rule=r reason=\"a\tb\"\n", "line 3", "character");
	assert_refused(HEAD ID " rule=r reason=\"a\\nb\"\n", "line 3", "character");
	assert_refused(HEAD ID " rule=r reason=\"a\xff" "b\"\n", "line 3", "UTF-8");
	assert_refused(HEAD ID " rule=r reason=\"a\"rule=s\n", "line 3", "white space");
	assert_refused(HEAD ID " rule=r reason=\"a\" reason=\"b\"\n", "line 3", "twice");
	assert_refused(HEAD ID " rule=r rule=s reason=\"a\"\n", "line 3", "twice");
	assert_refused(HEAD ID " until=2027-01-31 until=2027-01-31 rule=s reason=\"a\"\n", "line 3", "twice");
	assert_refused(HEAD ID " until=2027-02-30 rule=r reason=\"a\"\n", "line 3, column 40", "date");
	assert_refused(HEAD ID " until=31.1.2027 rule=r reason=\"a\"\n", "line 3", "date");
	assert_refused(HEAD ID " until= rule=r reason=\"a\"\n", "line 3", "date");
	assert_refused(HEAD ID " until=1960-01-01 rule=r reason=\"a\"\n", "line 3", "date");
	assert_refused(HEAD ID " hush=1 rule=r reason=\"a\"\n", "line 3, column 34", "field");
	assert_refused(HEAD ID " rule=r reason=\"a\"\n\n" ID " rule=s reason=\"b\"\n", "line 5", "line 3");
	assert_refused(HEAD HEAD, "line 3", "already");
	assert_refused("cost=10000\ncost=10000\n", "line 2", "already");
	assert_refused("salt=0011\n", "line 1, column 6", "16 to 128");
	assert_refused("salt=00112233445566778g\n", "line 1", "hex");
	assert_refused("salt=00112233445566G7\n", "line 1, column 20", "hex");
	assert_refused("cost=9999\n", "line 1", "10000");
	assert_refused("cost=500001\n", "line 1", "10000");
	assert_refused("cost=4294977296\n", "line 1", "10000");
	assert_refused("cost=\n", "line 1", "10000");
	assert_refused("cost=0x4000\n", "line 1", "number");
	assert_refused("salt=0011223344556677\n" ID " rule=r reason=\"a\"\ncost=10000\n", "line 3", "before");
}

static void test_nul(void **state)
{
	static const char text[] = HEAD ID " rule=r\0s reason=\"x\"\n";
	struct mf_accepted *a = NULL;

	(void)state;
	assert_fails(mf_accepted_read(&a, "f", (struct mf_str){ text, sizeof(text) - 1 }, &err), err, "MF-POL-02");
}

/* What the documentation says an id is. */
static void test_id(void **state)
{
	struct mf_accepted *a = read_file(HEAD);
	unsigned char key[16];
	char id[33], other[33], want[33] = "";
	const char salt[] = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff" "token";

	(void)state;
	assert_int_equal(mf_accepted_id(id, a, &policy_rules[0], mf_str("hunter2"), &err), 0);
	assert_int_equal(PKCS5_PBKDF2_HMAC("hunter2", 7, (const unsigned char *)salt, 21, 10000, EVP_sha256(), 16, key), 1);
	mf_hex_encode(want, key, 16, false);
	assert_string_equal(id, want);
	assert_int_equal(mf_accepted_id(other, a, &policy_rules[1], mf_str("hunter2"), &err), 0);
	assert_string_not_equal(id, other);
	assert_int_equal(mf_accepted_id(other, NULL, &policy_rules[0], mf_str("hunter2"), &err), 0);
	assert_string_not_equal(id, other);
	mf_accepted_free(a);
}

static struct mf_finding finding(const char *secret)
{
	return (struct mf_finding){ .rule = &policy_rules[0], .rule_id = (char *)"token", .path = (char *)"a", .line = 3, .secret = (char *)secret,
				    .secret_n = strlen(secret) };
}

/* The file's text after one more line. */
static char *added(const char *text, const char *secret, const char *reason, int64_t until)
{
	struct mf_buf out = MF_BUF(100000);
	const struct mf_finding f = finding(secret);

	memset(&err, 0, sizeof(err));
	if (mf_accepted_add(&out, mf_str(text), &f, reason, until, &err))
		fail_msg("%s: %s", err.what, err.why);
	return mf_buf_take(&out);
}

static const struct mf_accepted_entry *find(const struct mf_accepted *a, const char *secret)
{
	char id[33];

	assert_int_equal(mf_accepted_id(id, a, &policy_rules[0], mf_str(secret), &err), 0);
	return mf_accepted_find(a, id);
}

static void test_add(void **state)
{
	char *one = added("", "s1", "  say \"no\" \\ ", 0), *two = added(one, "s2", "second", 4102444800), *again, *text;
	struct mf_accepted *a = read_file(two);

	(void)state;
	assert_int_equal(strncmp(two, one, strlen(one)), 0);
	assert_int_equal(a->n, 2);
	assert_int_equal(a->salt_n, 16);
	assert_int_equal(a->cost, MF_COST);
	assert_string_equal(find(a, "s1")->reason, "say \"no\" \\");
	assert_int_equal(find(a, "s1")->until, 0);
	assert_string_equal(find(a, "s2")->rule, "token");
	assert_int_equal(find(a, "s2")->until, 4102444800 + 86399);
	mf_accepted_free(a);
	/* once more: the line stays where it is, with the new reason */
	again = added(two, "s1", "third", 0);
	a = read_file(again);
	assert_int_equal(a->n, 2);
	assert_string_equal(a->v[0].reason, "third");
	assert_string_equal(a->v[1].reason, "second");
	mf_accepted_free(a);
	/* two files have two salts */
	text = added("", "s1", "x", 0);
	assert_string_not_equal(text, one);
	free(text);
	free(one);
	free(two);
	free(again);
}

static void test_add_keeps(void **state)
{
	char *text = added("# ours\n\n" HEAD "# below\n" ID "\trule=r  reason=\"x\"", "s", "y", 0);

	(void)state;
	assert_int_equal(strncmp(text, "# ours\n\n" HEAD "# below\n" ID "\trule=r  reason=\"x\"\n", strlen("# ours\n\n" HEAD "# below\n" ID) + 20), 0);
	free(text);
	text = added("# only a comment", "s", "y", 0);
	assert_int_equal(strncmp(text, "# only a comment\nsalt=", 22), 0);
	free(text);
}

static void test_add_refused(void **state)
{
	struct mf_buf out = MF_BUF(1000);
	struct mf_finding f = finding("s");
	char longest[1002] = "";

	(void)state;
	assert_int_equal(mf_buf_puts(&out, "stays", &err), 0);
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, " ", 0, &err), err, "MF-POL-03");
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, "a\nb", 0, &err), err, "MF-POL-03");
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, "a\xff", 0, &err), err, "MF-POL-03");
	memset(longest, 'x', sizeof(longest) - 1);
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, longest, 0, &err), err, "MF-POL-03");
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, "a", 1000, &err), err, "MF-POL-03");
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, "a", INT64_MAX, &err), err, "MF-POL-03");
	assert_fails(mf_accepted_add(&out, mf_str("x y"), &f, "a", 0, &err), err, "MF-POL-02");
	f.redacted = true;
	assert_fails(mf_accepted_add(&out, mf_str(""), &f, "a", 0, &err), err, "MF-POL-03");
	assert_string_equal(mf_buf_text(&out), "stays");
	mf_buf_free(&out);
}

/* Two secrets, with the ids that they have under this file. */
static void give_ids(struct mf_finding *v, const char *text)
{
	struct mf_accepted *a = read_file(text);

	v[0] = finding("s1");
	v[1] = finding("s2");
	for (int i = 0; i < 2; i++)
		assert_int_equal(mf_accepted_id(v[i].fingerprint_id, a, &policy_rules[0], mf_str(v[i].secret), &err), 0);
	mf_accepted_free(a);
}

static const struct mf_finding *choose(struct mf_finding *v, size_t n, const char *text, const char *id)
{
	const struct mf_findings list = { v, n, n };
	const struct mf_finding *f = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_accepted_choose(&f, &list, ".mayflyignore", mf_str(text), id, &err) == 0)
		return f;
	assert_string_equal(err.id, "MF-POL-03");
	return NULL;
}

static void test_choose(void **state)
{
	static const char empty[] = "", salted[] = HEAD "", one[] = HEAD ID " rule=r reason=\"x\"\n";
	struct mf_finding v[2], before[2];

	(void)state;
	give_ids(before, empty);
	give_ids(v, salted);
	assert_ptr_equal(choose(before, 2, empty, before[1].fingerprint_id), &before[1]);
	assert_ptr_equal(choose(v, 2, salted, v[0].fingerprint_id), &v[0]);
	/* the id that it had before the file had a salt, in part */
	before[1].fingerprint_id[8] = '\0';
	assert_ptr_equal(choose(v, 2, salted, before[1].fingerprint_id), &v[1]);
	v[1].redacted = true;
	assert_null(choose(v, 2, salted, before[1].fingerprint_id));
	assert_non_null(strstr(err.why, "found 2 others; an id that was made with another salt"));
	assert_null(choose(v, 1, empty, "0000000000000000"));
	assert_string_equal(err.why, "this scan found 1 other");
	assert_null(choose(v, 0, empty, "0000000000000000"));
	assert_non_null(strstr(err.why, "found nothing"));
	assert_null(choose(v, 2, one, ID));
	assert_non_null(strstr(err.why, "line 3 of .mayflyignore accepts it already"));
	memcpy(v[1].fingerprint_id, v[0].fingerprint_id, 10);
	v[1].fingerprint_id[10] = '!';
	v[0].fingerprint_id[10] = '\0';
	assert_null(choose(v, 2, salted, v[0].fingerprint_id));
	assert_non_null(strstr(err.what, "several"));
}

static void test_id_ok(void **state)
{
	static const char *const bad[] = { "", "0123456", "0123456789abcdef0123456789abcdef0", "0123456789ABCDEF", "s3cr3t-s3cr3t" };

	(void)state;
	assert_int_equal(mf_accepted_id_ok(ID, &err), 0);
	assert_int_equal(mf_accepted_id_ok("01234567", &err), 0);
	for (size_t i = 0; i < MF_COUNT(bad); i++)
		assert_fails(mf_accepted_id_ok(bad[i], &err), err, "MF-POL-03");
	assert_null(strstr(err.what, "s3cr3t"));
	assert_true(mf_accepted_begins(mf_str("# only a comment\n")));
	assert_false(mf_accepted_begins(mf_str(HEAD)));
	assert_false(mf_accepted_begins(mf_str("nonsense")));
}

static int choose_body(void *ctx, struct mf_err *e)
{
	struct mf_finding v[2] = { finding("s1"), finding("s2") };
	const struct mf_findings list = { v, 2, 2 };
	const struct mf_finding *f;

	return mf_accepted_choose(&f, &list, "f", mf_str(HEAD), ctx, e);
}

static void test_torture_choose(void **state)
{
	struct mf_finding before[2];

	(void)state;
	give_ids(before, "");
	mf_torture(choose_body, before[1].fingerprint_id);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_buf out = MF_BUF(1000);
	const struct mf_finding f = finding("s");
	int r;

	(void)ctx;
	r = mf_accepted_add(&out, mf_str("# c\n" HEAD ID " until=2027-01-31 rule=r reason=\"x\"\n"), &f, "y", 0, e);
	mf_buf_free(&out);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read), cmocka_unit_test(test_refused), cmocka_unit_test(test_nul), cmocka_unit_test(test_id),
		cmocka_unit_test(test_add), cmocka_unit_test(test_add_keeps), cmocka_unit_test(test_add_refused), cmocka_unit_test(test_torture),
		cmocka_unit_test(test_choose), cmocka_unit_test(test_id_ok), cmocka_unit_test(test_torture_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
