/* SPDX-License-Identifier: Apache-2.0 */
/* Revisions by name: git says what each means. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/fs.h>
#include <mayfly/walk.h>
#include "../../src/repo/refs.h"
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

static int resolve(const struct mf_repo *r, const char *name, char hex[static 65])
{
	struct mf_reader *rd;
	struct mf_oid id;
	int rc;

	assert_int_equal(mf_reader_new(&rd, r, &err), 0);
	rc = mf_rev_parse(&id, r, rd, name, &err);
	if (rc == 0)
		mf_oid_hex(hex, &id, mf_repo_info(r)->oid_len);
	mf_reader_free(rd);
	return rc;
}

/* The same as `git rev-parse NAME^{commit}`. */
static void same(const char *dir, const char *repo, const struct mf_repo *r, const char *name)
{
	char script[400], hex[65] = "", *want;

	snprintf(script, sizeof(script), "git -C %s rev-parse --verify -q '%s^{commit}'", repo, name);
	want = mf_test_sh_out(dir, script);
	if (resolve(r, name, hex))
		fail_msg("'%s': %s: %s", name, err.what, err.why);
	want[strcspn(want, "\n")] = '\0';
	if (strcmp(hex, want) != 0)
		fail_msg("'%s' is %s, not %s", name, hex, want);
	free(want);
}

static void refused(const struct mf_repo *r, const char *name, const char *why)
{
	char hex[65];

	assert_fails(resolve(r, name, hex), err, "MF-GIT-05");
	if (!strstr(err.why, why))
		fail_msg("'%s': '%s' does not say '%s'", name, err.why, why);
}

static const char MAKE[] =
	"git init -q -b main r; cd r; for i in 1 2 3 4 5; do echo $i > f; git add f; git commit -qm $i; done;"
	"git checkout -qb side HEAD~2; echo s > s; git add s; git commit -qm side; git checkout -q main; git merge -q -m merge side;"
	"git tag light HEAD~1; git tag -a -m t tag HEAD~2; git -c advice.nestedTag=false tag -a -m tt tagtag tag; git tag -a -m t main HEAD~3; git tag blob HEAD:f;"
	"git update-ref refs/remotes/origin/main HEAD~1; git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main;"
	"git update-ref refs/x HEAD~2; git symbolic-ref refs/heads/sym refs/heads/side; git branch deep/er/name HEAD~1;"
	"git update-ref refs/heads/abcd HEAD~2; git branch index HEAD~1; git update-ref ORIG_HEAD HEAD~1; printf '%s\\tbranch x\\n' $(git rev-parse HEAD~1) > .git/FETCH_HEAD;";

static const char *const names[] = {
	"HEAD", "@", "main", "heads/main", "refs/heads/main", "tags/main", "light", "tag", "tagtag", "tag^{}", "tag^{commit}", "tagtag^{}~1",
	"side", "sym", "sym~1", "refs/heads/sym", "origin", "origin/main", "remotes/origin/main", "x", "refs/x", "deep/er/name", "abcd",
	"ORIG_HEAD", "FETCH_HEAD", "HEAD~", "HEAD~1", "HEAD~2", "HEAD^", "HEAD^1", "HEAD^2", "HEAD^2^", "HEAD^2~1^0", "HEAD~0", "HEAD^0", "HEAD^^",
	"HEAD^{commit}^{}~2", "HEAD^1~1^1", "@~1", "tagtag~1", "index",
};

static void test_names(void **state)
{
	static const char *const then[] = { "true", "git -C r pack-refs --all", "git -C r repack -adq; git -C r tag new HEAD~1; git -C r branch -f side HEAD" };
	char *dir = mf_test_dir();

	(void)state;
	mf_test_sh(dir, MAKE);
	for (size_t k = 0; k < MF_COUNT(then); k++) {
		struct mf_repo *r;

		mf_test_sh(dir, then[k]);
		r = open_repo(dir, "r");
		for (size_t i = 0; i < MF_COUNT(names); i++)
			same(dir, "r", r, names[i]);
		mf_repo_free(r);
	}
	mf_test_rmdir(dir);
}

static void test_refused(void **state)
{
	static const struct {
		const char *name, *why;
	} bad[] = {
		{ "", "empty" }, { "nothing", "no reference" }, { "HEAD~99", "history ends" }, { "HEAD^3", "fewer parents" }, { "HEAD^2^2", "fewer parents" },
		{ "HEAD@{1}", "reflog" }, { "@{u}", "begin" }, { "main@{upstream}", "reflog" }, { "HEAD:f", "no commit" }, { ":/msg", "begin" },
		{ "HEAD^{/msg}", "braces" }, { "HEAD^{tree}", "braces" }, { "HEAD^{blob}", "braces" }, { "blob", "no commit" }, { "HEAD..main", "single" },
		{ "^main", "begin" }, { "HEAD~99999999999999999999999", "too large" }, { "../HEAD", "begin" }, { "refs/heads/../x", "no reference" },
		{ "loop", "without end" }, { "nonsense", "neither" }, { "out", "none" }, { "a\nb", "no reference" }, { "HEAD~x", "single" }, { "abc", "no reference" },
		{ "config", "no reference" }, { "worktrees/w", "no reference" },
	};
	char *dir = mf_test_dir();
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, MAKE);
	mf_test_sh(dir, "cd r/.git/refs/heads; echo 'ref: refs/heads/loop2' > loop; echo 'ref: refs/heads/loop' > loop2; echo hello > nonsense;"
			"echo 'ref: ../../../x' > out");
	r = open_repo(dir, "r");
	for (size_t i = 0; i < MF_COUNT(bad); i++)
		refused(r, bad[i].name, bad[i].why);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static void test_ids(void **state)
{
	char *dir = mf_test_dir(), *id, cut[65], hex[65];
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, MAKE);
	id = mf_test_sh_out(dir, "git -C r rev-parse HEAD~1 HEAD:f | tr -d '\\n'");
	for (unsigned packed = 0; packed < 2; packed++) {
		r = open_repo(dir, "r");
		for (size_t n = 7; n <= 40; n++) {
			snprintf(cut, sizeof(cut), "%.*s", (int)n, id);
			same(dir, "r", r, cut);
		}
		snprintf(cut, sizeof(cut), "%.12s~1", id);
		same(dir, "r", r, cut);
		snprintf(cut, sizeof(cut), "%.40s", id + 40);
		refused(r, cut, "no commit");
		snprintf(cut, sizeof(cut), "%.14s", id + 40);
		refused(r, cut, "neither a commit nor a tag");
		refused(r, "abc", "no reference");
		assert_fails(resolve(r, "1234567812345678123456781234567812345678", hex), err, "MF-GIT-02");
		mf_repo_free(r);
		mf_test_sh(dir, "git -C r repack -adq");
	}
	free(id);
	mf_test_rmdir(dir);
}

/* So many commits that some begin alike. */
static void test_ambiguous(void **state)
{
	char *dir = mf_test_dir(), *prefix, cut[8], hex[65], *both;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q --bare r; i=0; while [ $i -lt 2000 ]; do printf 'commit refs/heads/b\\ncommitter C <c> %d +0000\\ndata 1\\nx\\n' $i;"
			"i=$((i+1)); done | git -C r fast-import --quiet");
	prefix = mf_test_sh_out(dir, "git -C r rev-list b | cut -c1-4 | sort | uniq -d | head -1");
	assert_int_equal(strlen(prefix), 5);
	snprintf(cut, sizeof(cut), "%.4s", prefix);
	r = open_repo(dir, "r");
	refused(r, cut, "it may be");
	assert_non_null(strstr(err.what, "ambiguous"));
	both = mf_test_sh_out(dir, "p=$(git -C r rev-list b | cut -c1-4 | sort | uniq -d | head -1); git -C r rev-list b | grep ^$p | tr '\\n' ' '");
	for (const char *id = both; *id; id += 41) {
		snprintf(hex, sizeof(hex), "%.40s", id);
		assert_non_null(strstr(err.why, hex));
	}
	snprintf(hex, sizeof(hex), "%.9s", both);
	assert_int_equal(resolve(r, hex, hex), 0);
	mf_repo_free(r);
	free(both);
	free(prefix);
	mf_test_rmdir(dir);
}

static void test_work_trees(void **state)
{
	static const char *const linked[] = { "HEAD", "main", "main-worktree/HEAD", "worktrees/w/HEAD", "refs/worktree/own", "main-worktree/refs/worktree/own", "here" };
	char *dir = mf_test_dir();
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, MAKE);
	mf_test_sh(dir, "cd r; git update-ref refs/worktree/own HEAD~1; git worktree add -q -b here ../w HEAD~2; cd ../w; git update-ref refs/worktree/own HEAD");
	r = open_repo(dir, "w");
	for (size_t i = 0; i < MF_COUNT(linked); i++)
		same(dir, "w", r, linked[i]);
	mf_repo_free(r);
	r = open_repo(dir, "r");
	same(dir, "r", r, "worktrees/w/HEAD");
	same(dir, "r", r, "refs/worktree/own");
	refused(r, "worktrees/none/HEAD", "no reference");
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static void test_sha256(void **state)
{
	char *dir = mf_test_dir();
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q --object-format=sha256 r; cd r; for i in 1 2; do echo $i > f; git add f; git commit -qm $i; done; git pack-refs --all");
	r = open_repo(dir, "r");
	same(dir, "r", r, "HEAD");
	same(dir, "r", r, "HEAD~1");
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static void test_reftable(void **state)
{
	char *dir = mf_test_dir(), *id, hex[65];
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; echo 1 > f; git add f; git commit -qm 1");
	id = mf_test_sh_out(dir, "git -C r rev-parse HEAD");
	id[40] = '\0';
	mf_test_sh(dir, "cd r; printf '[core]\\nrepositoryformatversion = 1\\n[extensions]\\nrefstorage = reftable\\n' > .git/config;"
			"echo 'ref: refs/heads/.invalid' > .git/HEAD; mkdir -p .git/reftable");
	r = open_repo(dir, "r");
	refused(r, "HEAD", "reftable");
	assert_non_null(strstr(err.hint, "git rev-parse"));
	assert_int_equal(resolve(r, id, hex), 0);
	id[12] = '\0';
	assert_int_equal(resolve(r, id, hex), 0);
	mf_repo_free(r);
	free(id);
	mf_test_rmdir(dir);
}

static void test_reference_names(void **state)
{
	static const char *const good[] = { "HEAD", "refs/heads/a", "a.b", "a-b", "@", "refs/heads/@", "a@b", "x.lockx" };
	static const char *const bad[] = { "", "/", "a/", "/a", "a//b", "a..b", ".a", "a/.b", "a.lock", "a.lock/b", "a b", "a~", "a^", "a:", "a?", "a*", "a[",
					   "a\\", "a\177", "a\n", "a.", "a@{b" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(good); i++)
		assert_true(mf_ref_name_ok(mf_str(good[i])));
	for (size_t i = 0; i < MF_COUNT(bad); i++)
		if (mf_ref_name_ok(mf_str(bad[i])))
			fail_msg("'%s'", bad[i]);
}

static void test_packed(void **state)
{
#define A "1111111111111111111111111111111111111111"
	static const char text[] = "# pack-refs with: peeled fully-peeled sorted \n" A " refs/heads/a\n^" A "\nshort refs/heads/b\n"
				   "zz11111111111111111111111111111111111111 refs/heads/c\n" A " refs/heads/abc";
	struct mf_oid id;

	(void)state;
	assert_true(mf_packed_find(&id, mf_str(text), "refs/heads/a", 20));
	assert_true(mf_packed_find(&id, mf_str(text), "refs/heads/abc", 20));
	assert_false(mf_packed_find(&id, mf_str(text), "refs/heads/ab", 20));
	assert_false(mf_packed_find(&id, mf_str(text), "refs/heads/b", 20));
	assert_false(mf_packed_find(&id, mf_str(text), "refs/heads/c", 20));
	assert_false(mf_packed_find(&id, mf_str(text), "refs/heads/a", 32));
	assert_false(mf_packed_find(&id, mf_str(""), "refs/heads/a", 20));
}

static int count_tag(void *ctx, const struct mf_oid *id, const struct mf_object *tag, struct mf_err *e)
{
	size_t *n = ctx;

	(void)id;
	assert_int_equal(tag->type, MF_OBJ_TAG);
	if (++*n == 10)
		return mf_fail(e, MF_E_CMD_STOPPED, "ten");
	return 0;
}

static int tags(const struct mf_repo *r, const char *name, size_t *n)
{
	struct mf_reader *rd;
	struct mf_oid id;
	int rc;

	assert_int_equal(mf_reader_new(&rd, r, &err), 0);
	rc = mf_rev_parse_tags(&id, r, rd, name, count_tag, n, &err);
	mf_reader_free(rd);
	return rc;
}

static void test_tags_on_the_way(void **state)
{
	static const struct { const char *name; size_t n; } cases[] = {
		{ "HEAD", 0 }, { "tagtag", 2 }, { "refs/tags/tagtag", 2 }, { "tagtag^{}", 0 }, { "tagtag~1", 0 },
	};
	char *dir = mf_test_dir();
	struct mf_repo *r;
	size_t n;

	(void)state;
	mf_test_sh(dir, MAKE);
	r = open_repo(dir, "r");
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		n = 0;
		assert_int_equal(tags(r, cases[i].name, &n), 0);
		assert_int_equal(n, cases[i].n);
	}
	n = 9;
	assert_fails(tags(r, "tagtag", &n), err, "MF-CMD-02");
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static int any_tag(void *ctx, const struct mf_oid *tag, const struct mf_oid *commit, struct mf_err *e)
{
	(void)e;
	if (ctx)
		++*(size_t *)ctx;
	assert_memory_not_equal(tag->b, commit->b, sizeof(tag->b));
	return 0;
}

/* tag, tagtag with the tag that it is of, main; not the tags of a blob and a light one. */
static void test_all_tags(void **state)
{
	char *dir = mf_test_dir();

	(void)state;
	mf_test_sh(dir, MAKE);
	for (int packed = 0; packed < 2; packed++) {
		struct mf_repo *r = open_repo(dir, "r");
		struct mf_reader *rd;
		uint64_t unread = 7;
		size_t n = 0;

		assert_int_equal(mf_reader_new(&rd, r, &err), 0);
		assert_int_equal(mf_tags_each(r, rd, any_tag, &n, &unread, &err), 0);
		assert_int_equal(n, 4);
		assert_int_equal(unread, 0);
		mf_reader_free(rd);
		mf_repo_free(r);
		mf_test_sh(dir, "cd r && git pack-refs --all");
	}
	mf_test_rmdir(dir);
}

static int body(void *ctx, struct mf_err *e)
{
	struct mf_reader *rd;
	struct mf_repo *r;
	struct mf_oid id;
	uint64_t unread;
	int rc;

	if (mf_repo_open(&r, ctx, NULL, e))
		return -1;
	rc = mf_reader_new(&rd, r, e);
	if (rc == 0) {
		rc = mf_tags_each(r, rd, any_tag, NULL, &unread, e) || mf_rev_parse(&id, r, rd, "tagtag~1", e) || mf_rev_parse(&id, r, rd, "abcd", e) ? -1 : 0;
		mf_reader_free(rd);
	}
	mf_repo_free(r);
	return rc;
}

static void test_out_of_memory(void **state)
{
	char *dir = mf_test_dir(), *path = mf_path_join(dir, "r");

	(void)state;
	assert_non_null(path);
	mf_test_sh(dir, MAKE);
	mf_torture(body, path);
	free(path);
	mf_test_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_refused), cmocka_unit_test(test_ids), cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_work_trees), cmocka_unit_test(test_sha256), cmocka_unit_test(test_reftable), cmocka_unit_test(test_reference_names),
		cmocka_unit_test(test_packed), cmocka_unit_test(test_tags_on_the_way), cmocka_unit_test(test_all_tags), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
