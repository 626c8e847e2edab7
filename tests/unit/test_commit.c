/* SPDX-License-Identifier: Apache-2.0 */
/* Commits, tags and trees as bytes. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/walk.h>
#include "../../src/repo/commit.h"
#include "failalloc.h"

static struct mf_err err;
static const struct mf_oid id = { { 0xab, 1 } };

#define TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static int parse(struct mf_commit *c, const char *text)
{
	return mf_commit_parse(c, &id, (const unsigned char *)text, strlen(text), 20, &err);
}

static void test_whole(void **state)
{
	static const char text[] = "tree " TREE "\nparent " ONE "\nparent " TWO "\n"
				   "author Ada L <ada@example.com> 1700000000 +0130\ncommitter Bo <bo@example.com> 1700000001 -0800\n"
				   "mergetag object " ONE "\n type commit\n tag v1\n tagger author X <x@example.com> 1 +0000\n \n author no\n"
				   "gpgsig -----BEGIN\n \n abc\n -----END\nencoding ISO-8859-1\n\nsubject \xe9\n\nbody\n";
	struct mf_commit c;
	struct mf_commit_head head;

	(void)state;
	assert_int_equal(parse(&c, text), 0);
	assert_memory_equal(&c.id, &id, sizeof(id));
	assert_int_equal(c.tree.b[0], 0x4b);
	assert_int_equal(c.n_parents, 2);
	assert_int_equal(c.parents[1].b[19], 0x22);
	assert_int_equal(c.parents[1].b[20], 0);
	assert_string_equal(c.author, "Ada L");
	assert_string_equal(c.email, "ada@example.com");
	assert_int_equal(c.date, 1700000000);
	assert_int_equal(c.tz, 90);
	assert_string_equal(c.message, "subject \xe9\n\nbody\n");
	assert_int_equal(c.message_n, strlen(c.message));
	assert_string_equal(text + c.message_at, c.message);
	assert_true(mf_commit_head(&head, (const unsigned char *)text, strlen(text), 20));
	assert_int_equal(head.date, 1700000001);
	assert_int_equal(head.n_parents, 2);
	assert_int_equal(mf_commit_parent(&head, (const unsigned char *)text, 20, 0).b[3], 0x11);
	mf_commit_free(&c);
	mf_commit_free(&c);
	mf_commit_free(NULL);
}

static void test_people(void **state)
{
	static const struct {
		const char *line, *author, *email;
		int64_t date;
		int tz;
	} cases[] = {
		{ "author A B <a@b> 12 +0000", "A B", "a@b", 12, 0 },
		{ "author <a@b> 12 -0030", "", "a@b", 12, -30 },
		{ "author A <a@b>", "A", "a@b", 0, 0 },
		{ "author A <a@b> > 5 +0100", "A", "a@b", 5, 60 },
		{ "author A <a@b> -5 +0100", "A", "a@b", -5, 60 },
		{ "author A <a@b> 99999999999999999999 +0100", "A", "a@b", 0, 0 },
		{ "author A <a@b> 9000000000000000000 +0100", "A", "a@b", 0, 0 },
		{ "author A <a@b> 7 +9999", "A", "a@b", 7, 0 },
		{ "author A <a@b> 7 0100", "A", "a@b", 7, 0 },
		{ "author A <a@b> seven +0100", "A", "a@b", 0, 0 },
		{ "author A a@b 7 +0000", "", "", 0, 0 },
		{ "author A <a@b 7 +0000", "", "", 0, 0 },
		{ "author", "", "", 0, 0 },
		{ "committer C <c@d> 9 +0000", "", "", 0, 0 },
		{ "author A <a@b> 1 +0000\nauthor B <b@b> 2 +0000", "A", "a@b", 1, 0 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_commit c;

		snprintf(text, sizeof(text), "tree " TREE "\n%s\n\nm", cases[i].line);
		assert_int_equal(parse(&c, text), 0);
		assert_string_equal(c.author, cases[i].author);
		assert_string_equal(c.email, cases[i].email);
		assert_int_equal(c.date, cases[i].date);
		assert_int_equal(c.tz, cases[i].tz);
		assert_string_equal(c.message, "m");
		mf_commit_free(&c);
	}
}

static void test_messages(void **state)
{
	static const unsigned char nul[] = "tree " TREE "\nauthor A <a> 1 +0000\n\nbe\0fore";
	struct mf_commit c;

	(void)state;
	assert_int_equal(mf_commit_parse(&c, &id, nul, sizeof(nul) - 1, 20, &err), 0);
	assert_int_equal(c.message_n, 7);
	assert_memory_equal(c.message, "be\0fore", 8);
	mf_commit_free(&c);
	assert_int_equal(parse(&c, "tree " TREE "\n"), 0);
	assert_string_equal(c.message, "");
	assert_int_equal(c.n_parents, 0);
	assert_null(c.parents);
	mf_commit_free(&c);
	assert_int_equal(parse(&c, "tree " TREE "\nauthor A <a> 1 +0000"), 0);
	assert_string_equal(c.author, "A");
	mf_commit_free(&c);
}

static void test_damaged(void **state)
{
	static const char *const bad[] = { "", "tree", "tree " TREE, "tree " ONE "x\n", "Tree " TREE "\n",
					   "tree zb825dc642cb6eb9a060e54bf8d69288fbee4904\n", "parent " ONE "\n" };
	struct mf_commit c = { .date = 77 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		assert_fails(parse(&c, bad[i]), err, "MF-GIT-03");
		assert_int_equal(c.date, 77);
	}
	/* a parent that is none ends the list of them */
	assert_int_equal(parse(&c, "tree " TREE "\nparent " ONE "\nparent xyz\n\nm"), 0);
	assert_int_equal(c.n_parents, 1);
	mf_commit_free(&c);
}

static void test_sha256(void **state)
{
#define LONG "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	static const char text[] = "tree " LONG "\nparent " LONG "\nauthor A <a> 1 +0000\n\nm";
	struct mf_commit c;

	(void)state;
	assert_int_equal(mf_commit_parse(&c, &id, (const unsigned char *)text, strlen(text), 32, &err), 0);
	assert_int_equal(c.tree.b[31], 0x21);
	assert_int_equal(c.n_parents, 1);
	mf_commit_free(&c);
	assert_fails(mf_commit_parse(&c, &id, (const unsigned char *)text, strlen(text), 20, &err), err, "MF-GIT-03");
}

static void test_tags(void **state)
{
	static const char tag[] = "object " ONE "\ntype commit\ntag v1\n";
	enum mf_otype type;
	struct mf_oid to;

	(void)state;
	assert_true(mf_tag_target(&to, &type, (const unsigned char *)tag, strlen(tag), 20));
	assert_int_equal(type, MF_OBJ_COMMIT);
	assert_int_equal(to.b[19], 0x11);
	assert_false(mf_tag_target(&to, &type, (const unsigned char *)tag, strlen(tag), 32));
	assert_false(mf_tag_target(&to, &type, (const unsigned char *)tag, 48, 20));
	assert_false(mf_tag_target(&to, &type, (const unsigned char *)"object " ONE "\ntype thing\n", 60, 20));
}

/* Names of all entries, one after another, each with ','; '!' at the end when the tree is damaged. */
static void names(char *out, size_t cap, const void *p, size_t n)
{
	struct mf_tree_entry e;
	size_t at = 0, to = 0;
	bool bad;

	out[0] = '\0';
	while (mf_tree_next(&e, p, n, &at, 20, &bad))
		to += (size_t)snprintf(out + to, cap - to, "%o:%.*s:%02x,", e.mode, (int)e.name.n, e.name.p, e.id.b[19]);
	snprintf(out + to, cap - to, "%s", bad ? "!" : "");
}

static void test_tree(void **state)
{
	static const char tree[] = "100644 a\0" "..................." "\x01" "40000 b c\0" "..................." "\x02" "0160000 m\0" "..................." "\x03";
	static const struct {
		const char *p;
		size_t n;
		const char *want;
	} bad[] = {
		{ "100644 a", 8, "!" },
		{ "100644 \0" "....................", 28, "!" },
		{ "100644 a\0" "...................", 28, "!" },
		{ "100844 a\0" "....................", 29, "!" },
		{ " a\0" "....................", 23, "!" },
		{ "77777777 a\0" "....................", 31, "!" },
		{ "100644a\0" "....................", 28, "!" },
		{ "100644 a\0" "....................1", 30, "100644:a:2e,!" },
	};
	char out[200];

	(void)state;
	names(out, sizeof(out), tree, sizeof(tree) - 1);
	assert_string_equal(out, "100644:a:01,40000:b c:02,160000:m:03,");
	names(out, sizeof(out), "", 0);
	assert_string_equal(out, "");
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		names(out, sizeof(out), bad[i].p, bad[i].n);
		assert_string_equal(out, bad[i].want);
	}
}

static int body(void *ctx, struct mf_err *e)
{
	struct mf_commit c;
	const char *text = ctx;

	if (mf_commit_parse(&c, &id, (const unsigned char *)text, strlen(text), 20, e))
		return -1;
	mf_commit_free(&c);
	return 0;
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mf_torture(body, "tree " TREE "\nparent " ONE "\nauthor A <a> 1 +0000\n\nm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_people), cmocka_unit_test(test_messages), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_sha256), cmocka_unit_test(test_tags), cmocka_unit_test(test_tree), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
