/* SPDX-License-Identifier: Apache-2.0 */
/* The index in all its forms, and what is staged: `git diff --cached` says what it is. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/fs.h>
#include <mayfly/worktree.h>
#include "../../src/repo/index.h"
#include "failalloc.h"
#include "support_repo.h"

static struct mf_err err;

static struct mf_repo *open_repo(const char *dir, const char *name)
{
	char *path = mf_path_join(dir, name);
	struct mf_repo *r;

	assert_non_null(path);
	assert_int_equal(mf_repo_open(&r, path, NULL, &err), 0);
	free(path);
	return r;
}

struct lines {
	char text[1 << 16];
	size_t n, oid_len;
};

static int place(void *ctx, const struct mf_place *p, struct mf_err *e)
{
	struct lines *l = ctx;
	char hex[65];

	(void)e;
	assert_null(p->commit);
	mf_oid_hex(hex, p->blob, l->oid_len);
	l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n, "%06o %s %s\n", p->mode, hex, p->path);
	assert_true(l->n < sizeof(l->text));
	return 0;
}

static int staged(const char *dir, const char *repo, struct lines *l)
{
	struct mf_repo *r = open_repo(dir, repo);
	int rc;

	l->n = 0;
	l->text[0] = '\0';
	l->oid_len = mf_repo_info(r)->oid_len;
	rc = mf_staged_walk(r, place, l, &err);
	mf_repo_free(r);
	return rc;
}

/* The same as git says: new and changed files, not those that are only deleted or whose mode changed. */
static void same(const char *dir, const char *repo)
{
	static struct lines l;
	char script[300], *want;

	snprintf(script, sizeof(script), "git -C %s diff --cached --raw --no-abbrev --no-renames --ita-invisible-in-index HEAD | awk -F'\\t' "
		 "'split($1, a, \" \") && a[2] != \"000000\" && a[3] != a[4] {print a[2], a[4], $2}'", repo);
	want = mf_test_sh_out(dir, script);
	if (staged(dir, repo, &l))
		fail_msg("%s: %s", err.what, err.why);
	assert_string_equal(l.text, want);
	free(want);
}

static const char MAKE[] =
	"git init -q r; cd r; mkdir -p a/b/c d 'e e'; for f in a/1 a/2 a/b/1 a/b/2 a/b/c/1 d/1 d/2 'e e/1' a.c a0 z; do echo $f > \"$f\"; done;"
	"ln -s a l; git add .; git commit -qm 1; ";
static const char STAGE[] =
	"echo x >> a/1; echo n > a/b/new; rm d/1; echo deep > a/b/c/deep; chmod +x z; git rm -q --cached a0; rm a0; mkdir a0; echo f > a0/f; rm l; echo l > l;"
	"echo t > 'e e/t'; mkdir n; echo 1 > n/1; git add -A .; echo unstaged >> a/2;";

static void test_forms(void **state)
{
	static const char *const how[] = {
		"git update-index --index-version 2",
		"git update-index --index-version 4",
		"echo i > ita; git add -N ita",				/* version 3 */
		"git update-index --skip-worktree d/2",
		"git update-index --index-version 4; echo i > ita; git add -N ita",
		"git update-index --split-index; git commit -qm 2; echo y > a/b/1; rm a/2; echo s > split; git add -A a split",
		"git update-index --index-version 4 --split-index; git add -A .; git commit -qm 2; echo y > a/b/1; git rm -q d/2; echo s > b; git add b a",
		"git update-index --split-index; echo 1 > s1; git add s1; echo 2 > s2; git add s2; git rm -q --cached a/1; git add a/1; git rm -q d/2",
		"echo g > gone; echo k > kept; git add gone kept; git update-index --split-index; git rm -qf --cached gone; echo l > kept; git add kept",
		"f=.git/index; chmod u+w $f; n=$(($(wc -c < $f) - 20)); head -c $n $f > x; head -c 20 /dev/zero >> x; cat x > $f; rm x",
		"git write-tree > /dev/null",
		"git read-tree HEAD; git add -A d",			/* no folder's tree is known, or all are */
		"rm .git/index; git add a",
		"git reset -q --hard",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(how); i++) {
		char *dir = mf_test_dir(), script[2000];

		mf_test_sh(dir, MAKE);
		snprintf(script, sizeof(script), "cd r; %s %s", STAGE, how[i]);
		mf_test_sh(dir, script);
		same(dir, "r");
		mf_test_rmdir(dir);
	}
}

static void test_sparse(void **state)
{
	static const char *const then[] = {
		"true",
		"echo new > top; git add top; echo x >> a/1; git add a/1",
		"t=$(git rev-parse HEAD:a); git update-index --index-version 4",
		"git reset -q --soft HEAD~1",	/* the folder differs as a whole */
		"git update-ref HEAD $(git commit-tree -m x $(git mktree </dev/null))",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(then); i++) {
		char *dir = mf_test_dir(), script[700];

		mf_test_sh(dir, MAKE);
		snprintf(script, sizeof(script), "cd r; echo 2 > d/two; git add .; git commit -qm 2; git sparse-checkout init --cone --sparse-index; git sparse-checkout set a;"
			 "git ls-files --sparse -s | grep -q '^040000.*d/'; %s", then[i]);
		mf_test_sh(dir, script);
		same(dir, "r");
		mf_test_rmdir(dir);
	}
}

static void test_unborn_and_odd(void **state)
{
	static struct lines l;
	char *dir = mf_test_dir();

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; echo a > a; mkdir d; echo b > d/b; git add .");
	assert_int_equal(staged(dir, "r", &l), 0);
	assert_non_null(strstr(l.text, " a\n"));
	assert_non_null(strstr(l.text, " d/b\n"));
	/* a submodule, then a bare repository without index */
	mf_test_sh(dir, "cd r; git commit -qm 1; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub");
	same(dir, "r");
	assert_int_equal(staged(dir, "r", &l), 0);
	assert_memory_equal(l.text, "160000 ", 7);
	mf_test_sh(dir, "git clone -q --bare r b");
	assert_int_equal(staged(dir, "b", &l), 0);
	assert_int_equal(l.n, 0);
	mf_test_sh(dir, "git init -q --object-format=sha256 s; cd s; echo 1 > 1; git add 1; git commit -qm 1; echo 2 > 1; mkdir d; echo 3 > d/3; git add 1 d");
	same(dir, "s");
	mf_test_rmdir(dir);
}

static void test_conflicts(void **state)
{
	static struct lines l;
	char *dir = mf_test_dir();
	size_t lines = 0;

	(void)state;
	mf_test_sh(dir, "git init -q -b m r; cd r; echo 1 > f; git add f; git commit -qm 1; git checkout -qb s; echo s > f; git commit -qam s; git checkout -q m;"
			"echo m > f; git commit -qam m; git merge -q s >/dev/null 2>&1 || :");
	assert_int_equal(staged(dir, "r", &l), 0);
	for (size_t i = 0; i < l.n; i++)
		lines += l.text[i] == '\n';
	/* base and theirs; ours is what HEAD has */
	assert_int_equal(lines, 2);
	mf_test_rmdir(dir);
}

static void test_damaged(void **state)
{
	static const struct {
		const char *how, *why;
	} bad[] = {
		{ "echo nonsense > .git/index", "" },
		{ "head -c 100 .git/index > x; cat x > .git/index", "checksum" },
		{ "printf 'X' | dd of=.git/index bs=1 seek=100 conv=notrunc 2>/dev/null", "checksum" },
		{ "git update-index --split-index; rm .git/sharedindex.*", "shared part is missing" },
		{ "git update-index --split-index; for f in .git/sharedindex.*; do chmod u+w $f; cat .git/index > $f; done", "split again" },
		{ "rm .git/index; mkfifo .git/index", "regular" },
		{ "rm .git/index; mkdir .git/index", "" },
	};
	static struct lines l;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		char *dir = mf_test_dir(), script[500];

		mf_test_sh(dir, MAKE);
		snprintf(script, sizeof(script), "cd r; %s", bad[i].how);
		mf_test_sh(dir, script);
		assert_fails(staged(dir, "r", &l), err, "MF-GIT-06");
		if (!strstr(err.why, bad[i].why))
			fail_msg("'%s' does not say '%s'", err.why, bad[i].why);
		mf_test_rmdir(dir);
	}
}

static unsigned char *slurp(const char *dir, const char *name, size_t *n)
{
	struct mf_buf b = MF_BUF(1 << 20);
	char *path = mf_path_join(dir, name);

	assert_non_null(path);
	assert_int_equal(mf_fs_read(&b, path, &err), 0);
	free(path);
	*n = b.n;
	return (unsigned char *)mf_buf_take(&b);
}

/* Cut anywhere, or with any byte changed, it is an error or an index, and nothing is read behind its end. */
static void test_every_byte(void **state)
{
	static const char *const version[] = { "2", "4" };
	char *dir = mf_test_dir();

	(void)state;
	mf_test_sh(dir, MAKE);
	for (size_t k = 0; k < MF_COUNT(version); k++) {
		struct mf_index index;
		char script[200];
		unsigned char *p;
		size_t n;

		snprintf(script, sizeof(script), "cd r; git update-index --index-version %s; git write-tree > /dev/null", version[k]);
		mf_test_sh(dir, script);
		p = slurp(dir, "r/.git/index", &n);
		assert_int_equal(mf_index_parse(&index, p, n, 20, &err), 0);
		assert_int_equal(index.n, 12);
		assert_string_equal(index.v[0].path, "a.c");
		assert_string_equal(index.v[1].path, "a/1");
		assert_true(index.n_nodes > 4);
		assert_non_null(mf_index_cache_find(&index, index.nodes, mf_str("e e")));
		assert_non_null(mf_index_cache_find(&index, mf_index_cache_find(&index, index.nodes, mf_str("a")), mf_str("b")));
		assert_null(mf_index_cache_find(&index, index.nodes, mf_str("b")));
		assert_int_equal(mf_index_at(&index, 0, index.n, mf_str("a/")), 1);
		assert_int_equal(mf_index_end(&index, 1, index.n, mf_str("a/")), 6);
		assert_int_equal(mf_index_end(&index, 0, index.n, mf_str("")), 12);
		mf_index_free(&index);
		for (size_t i = 0; i < n; i++) {
			unsigned char *cut = malloc(i + 1);

			assert_non_null(cut);
			memcpy(cut, p, i);
			if (mf_index_parse(&index, cut, i, 20, &err) == 0)
				mf_index_free(&index);
			free(cut);
			for (unsigned bit = 0; bit < 8; bit++) {
				p[i] ^= (unsigned char)(1u << bit);
				if (mf_index_parse(&index, p, n, 20, &err) == 0)
					mf_index_free(&index);
				p[i] ^= (unsigned char)(1u << bit);
			}
		}
		free(p);
	}
	mf_test_rmdir(dir);
}

static void test_bitmap(void **state)
{
	/* 70 bits: a run of one word of ones, then a literal word with bits 1 and 5 */
	static const char good[] = "\0\0\0\x46\0\0\0\2" "\0\0\0\2\0\0\0\3" "\0\0\0\0\0\0\0\x22" "\0\0\0\0rest";
	struct mf_str in = { good, sizeof(good) - 1 };
	unsigned char bits[80] = { 0 };

	(void)state;
	assert_true(mf_index_bitmap(bits, sizeof(bits), &in));
	assert_str_is(in, "rest");
	for (size_t i = 0; i < 80; i++)
		assert_int_equal(bits[i], i < 64 || i == 65 || i == 69);
	in = (struct mf_str){ good, sizeof(good) - 1 };
	assert_false(mf_index_bitmap(bits, 66, &in));	/* bits behind the end */
	in = (struct mf_str){ good, sizeof(good) - 1 };
	assert_false(mf_index_bitmap(bits, 20, &in));
	for (size_t n = 0; n < 28; n++) {
		in = (struct mf_str){ good, n };
		assert_false(mf_index_bitmap(bits, sizeof(bits), &in));
	}
}

static int body(void *ctx, struct mf_err *e)
{
	static struct lines l;
	struct mf_repo *r;
	int rc;

	l = (struct lines){ .oid_len = 20 };
	if (mf_repo_open(&r, ctx, NULL, e))
		return -1;
	rc = mf_staged_walk(r, place, &l, e);
	mf_repo_free(r);
	return rc;
}

static void test_out_of_memory(void **state)
{
	char *dir = mf_test_dir(), *path = mf_path_join(dir, "r"), script[1000];

	(void)state;
	assert_non_null(path);
	mf_test_sh(dir, MAKE);
	snprintf(script, sizeof(script), "cd r; git update-index --index-version 4 --split-index; %s git add .", STAGE);
	mf_test_sh(dir, script);
	mf_torture(body, path);
	free(path);
	mf_test_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms), cmocka_unit_test(test_sparse), cmocka_unit_test(test_unborn_and_odd), cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_every_byte), cmocka_unit_test(test_bitmap), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
