/* SPDX-License-Identifier: Apache-2.0 */
/* Opening repositories: where they are, of what kind, what they lack. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>
#include <mayfly/repo.h>
#include "../../src/repo/repo_priv.h"
#include "failalloc.h"
#include "support_repo.h"

static struct mf_err err;
static char *top;	/* a folder for each test */

static int setup(void **state)
{
	(void)state;
	top = mf_test_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_test_rmdir(top);
	return 0;
}

static const char *in_top(const char *name)
{
	static char path[8][1024];
	static unsigned turn;
	char *p = path[turn++ % 8];

	snprintf(p, 1024, "%s%s%s", top, *name ? "/" : "", name);
	return p;
}

static struct mf_repo *open_repo(const char *name, const struct mf_repo_opts *opts)
{
	struct mf_repo *r = NULL;

	memset(&err, 0, sizeof(err));
	if (mf_repo_open(&r, in_top(name), opts, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
	return r;
}

static bool has_path(const struct mf_repo *r, const char *name)
{
	const char *const *v;
	size_t n;

	v = mf_repo_paths(r, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], in_top(name)) == 0)
			return true;
	return false;
}

static void test_plain(void **state)
{
	struct mf_repo *r;
	const struct mf_repo_info *i;

	(void)state;
	mf_test_sh(top, "git init -q a && mkdir -p a/b/c && echo x > a/b/c/f");
	r = open_repo("a/b/c", NULL);
	i = mf_repo_info(r);
	assert_string_equal(i->git_dir, in_top("a/.git"));
	assert_string_equal(i->common_dir, in_top("a/.git"));
	assert_string_equal(i->work_tree, in_top("a"));
	assert_string_equal(i->index_file, in_top("a/.git/index"));
	assert_int_equal(i->oid_len, 20);
	assert_false(i->shallow || i->partial || i->grafts || i->replace || i->reftable);
	assert_true(has_path(r, "a") && has_path(r, "a/.git") && has_path(r, "a/.git/objects"));
	mf_repo_free(r);
	r = open_repo("a/b/c/f", NULL);
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("a"));
	mf_repo_free(r);
	r = open_repo("a/.git", NULL);
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("a"));
	mf_repo_free(r);
	r = open_repo("a/.git/refs", NULL);
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("a/.git"));
	mf_repo_free(r);
}

static void test_none(void **state)
{
	struct mf_repo *r = NULL;

	(void)state;
	mf_test_sh(top, "mkdir a b c d; echo 'gitdir: nowhere' > b/.git; echo hello > c/.git; mkdir d/.git");
	assert_fails(mf_repo_open(&r, in_top("a"), NULL, &err), err, "MF-GIT-01");
	assert_fails(mf_repo_open(&r, in_top("b"), NULL, &err), err, "MF-GIT-01");
	assert_non_null(strstr(err.why, "does not exist"));
	assert_fails(mf_repo_open(&r, in_top("c"), NULL, &err), err, "MF-GIT-01");
	assert_fails(mf_repo_open(&r, in_top("d"), NULL, &err), err, "MF-GIT-01");
	assert_fails(mf_repo_open(&r, in_top("missing"), NULL, &err), err, "MF-GIT-01");
	assert_fails(mf_repo_open(&r, in_top("a"), &(struct mf_repo_opts){ .git_dir = in_top("b") }, &err), err, "MF-GIT-01");
	assert_null(r);
}

static void test_bare_and_links(void **state)
{
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "git init -q --bare a.git; git init -q m; git -C m commit -q --allow-empty -m m; git -C m worktree add -q ../w;"
			"git init -q --separate-git-dir=s.git s; ln -s m l; mkdir w/sub");
	r = open_repo("a.git", NULL);
	assert_null(mf_repo_info(r)->work_tree);
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("a.git"));
	mf_repo_free(r);
	r = open_repo("w/sub", NULL);
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("m/.git/worktrees/w"));
	assert_string_equal(mf_repo_info(r)->common_dir, in_top("m/.git"));
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("w"));
	assert_string_equal(mf_repo_info(r)->index_file, in_top("m/.git/worktrees/w/index"));
	assert_true(has_path(r, "m/.git") && has_path(r, "w") && has_path(r, "m/.git/worktrees/w"));
	mf_repo_free(r);
	r = open_repo("m/.git/worktrees/w", NULL);
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("w"));
	mf_repo_free(r);
	r = open_repo("s", NULL);
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("s.git"));
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("s"));
	mf_repo_free(r);
	r = open_repo("l", NULL);
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("m/.git"));
	mf_repo_free(r);
}

static void test_format(void **state)
{
	struct mf_repo *r = NULL;

	(void)state;
	mf_test_sh(top, "git init -q --object-format=sha256 a; git init -q b; git -C b config core.repositoryformatversion 1;"
			"git -C b config extensions.frobnicate yes; git init -q c; git -C c config extensions.objectformat md5;"
			"git init -q d; git -C d config extensions.refstorage reftable; git init -q --bare e; rm e/config");
	r = open_repo("a", NULL);
	assert_int_equal(mf_repo_info(r)->oid_len, 32);
	mf_repo_free(r);
	r = open_repo("b", NULL);
	assert_int_equal(mf_repo_info(r)->oid_len, 20);
	mf_repo_free(r);
	r = NULL;
	assert_fails(mf_repo_open(&r, in_top("c"), NULL, &err), err, "MF-GIT-04");
	assert_null(r);
	r = open_repo("d", NULL);
	assert_true(mf_repo_info(r)->reftable);
	mf_repo_free(r);
	r = open_repo("e", NULL);
	assert_null(mf_repo_info(r)->work_tree);
	mf_repo_free(r);
}

static void test_lacks(void **state)
{
	const struct mf_repo_info *i;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "git init -q a; git -C a commit -q --allow-empty -m 1; git -C a commit -q --allow-empty -m 2;"
			"git clone -q --depth=1 file://$PWD/a b; git init -q c; git -C c config remote.o.promisor true;"
			"cp -r a d; git -C d replace HEAD HEAD^; cp -r d e; git -C e pack-refs --all; rmdir e/.git/refs/replace 2>/dev/null || :;"
			"cp -r a f; echo x > f/.git/info/grafts; cp -r a g; : > g/.git/objects/pack/pack-1.promisor");
	r = open_repo("b", NULL);
	assert_true(mf_repo_info(r)->shallow);
	mf_repo_free(r);
	r = open_repo("c", NULL);
	assert_true(mf_repo_info(r)->partial);
	mf_repo_free(r);
	r = open_repo("d", NULL);
	assert_true(mf_repo_info(r)->replace);
	mf_repo_free(r);
	r = open_repo("e", NULL);
	assert_true(mf_repo_info(r)->replace);
	mf_repo_free(r);
	r = open_repo("f", NULL);
	i = mf_repo_info(r);
	assert_true(i->grafts && !i->replace && !i->shallow && !i->partial);
	mf_repo_free(r);
	r = open_repo("g", NULL);
	assert_true(mf_repo_info(r)->partial);
	mf_repo_free(r);
}

static void test_alternates(void **state)
{
	const char *const *notes;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "for i in a b c d; do git init -q $i; done; cd a/.git/objects/info;"
			"printf '# mine\\n../../../b/.git/objects\\r\\n\\n%s\\n\"%s/\\\\144/.git/objects\"\\n' $OLDPWD/gone $OLDPWD > alternates;"
			"cd $OLDPWD; echo ../../../c/.git/objects > b/.git/objects/info/alternates;"
			"echo ../../../a/.git/objects > c/.git/objects/info/alternates");
	r = open_repo("a", NULL);
	assert_true(has_path(r, "b/.git/objects") && has_path(r, "c/.git/objects") && has_path(r, "d/.git/objects"));
	assert_false(has_path(r, "b"));
	assert_int_equal(r->odirs.n, 4);
	assert_int_equal(mf_repo_notes(r, &notes), 1);
	assert_non_null(strstr(notes[0], "gone"));
	mf_repo_free(r);
	mf_test_sh(top, "i=0; while [ $i -lt 300 ]; do mkdir -p many/$i; echo $PWD/many/$i; i=$((i+1)); done > a/.git/objects/info/alternates");
	r = open_repo("a", NULL);
	assert_int_equal(r->odirs.n, 256);
	assert_int_equal(mf_repo_notes(r, &notes), 300 - 255);
	mf_repo_free(r);
}

static void test_hook(void **state)
{
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "git init -q a; git init -q --bare b; mkdir a/sub");
	r = open_repo("a/sub", &(struct mf_repo_opts){ .git_dir = in_top("a/.git"), .index_file = in_top("a/.git/next-index-1.lock") });
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("a"));
	assert_string_equal(mf_repo_info(r)->index_file, in_top("a/.git/next-index-1.lock"));
	mf_repo_free(r);
	assert_int_equal(chdir(in_top("a")), 0);
	r = open_repo("a", &(struct mf_repo_opts){ .git_dir = ".git", .index_file = ".git/index" });
	assert_string_equal(mf_repo_info(r)->git_dir, in_top("a/.git"));
	assert_string_equal(mf_repo_info(r)->index_file, in_top("a/.git/index"));
	mf_repo_free(r);
	assert_int_equal(chdir("/"), 0);
	/* relative to the work tree when it is not there from here */
	r = open_repo("a", &(struct mf_repo_opts){ .git_dir = in_top("a/.git"), .index_file = "sub/i" });
	assert_string_equal(mf_repo_info(r)->index_file, in_top("a/sub/i"));
	mf_repo_free(r);
	r = open_repo("a", &(struct mf_repo_opts){ .git_dir = in_top("b") });
	assert_null(mf_repo_info(r)->work_tree);
	mf_repo_free(r);
}

static void test_elsewhere(void **state)
{
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "git init -q a; mkdir wt; git -C a config core.worktree ../../wt; git init -q b; mv b/.git/objects o; ln -s ../../o b/.git/objects;"
			"mv o/pack p; ln -s ../p o/pack; mv b/.git/refs refs; ln -s ../../refs b/.git/refs");
	r = open_repo("a", NULL);
	assert_string_equal(mf_repo_info(r)->work_tree, in_top("wt"));
	mf_repo_free(r);
	r = open_repo("b", NULL);
	assert_true(has_path(r, "o") && has_path(r, "p") && has_path(r, "refs"));
	mf_repo_free(r);
}

static int note_setting(void *ctx, const char *section, const char *sub, const char *key, const char *value, struct mf_err *e)
{
	char *out = ctx;
	const size_t n = strlen(out);

	(void)e;
	snprintf(out + n, 1024 - n, "%s|%s|%s|%s\n", section, sub, key, value);
	return 0;
}

static void test_config(void **state)
{
	static const char text[] = "\xef\xbb\xbf# c\n[Core]\n\tBare = TRUE ; x\n  a=b c  \n  q = \" x;y \" z\\\n w\n alone\n[remote \"a\\\"b\"] promisor = yes\n"
				   "[broken\nk = v\n[x]\r\nk = v\r\nm = a\\tb\\\"\n= 1\n[s \"t\nk=1\n[end]\nlast = 1";
	char out[1024] = "";

	(void)state;
	assert_int_equal(mf_gitconfig_parse(text, sizeof(text) - 1, note_setting, out, &err), 0);
	assert_string_equal(out, "core||bare|TRUE\ncore||a|b c\ncore||q| x;y  z w\ncore||alone|true\nremote|a\"b|promisor|yes\n"
				 "||k|v\nx||k|v\nx||m|a\tb\"\n||k|1\nend||last|1\n");
	assert_true(mf_gitconfig_bool("On") && mf_gitconfig_bool("1") && !mf_gitconfig_bool("false") && !mf_gitconfig_bool(""));
}

static int open_body(void *ctx, struct mf_err *e)
{
	struct mf_repo *r;

	if (mf_repo_open(&r, ctx, NULL, e))
		return -1;
	mf_repo_free(r);
	return 0;
}

static void test_no_memory(void **state)
{
	(void)state;
	mf_test_sh(top, "git init -q m; git -C m commit -q --allow-empty -m m; git -C m worktree add -q ../w; git init -q o;"
			"git -C m config remote.o.promisor true; git -C m config core.worktree ..; echo ../../../o/.git/objects > m/.git/objects/info/alternates");
	mf_torture(open_body, (void *)(uintptr_t)in_top("w"));
	mf_torture(open_body, (void *)(uintptr_t)in_top("m"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bare_and_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_format, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lacks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alternates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hook, setup, teardown),
		cmocka_unit_test_setup_teardown(test_elsewhere, setup, teardown),
		cmocka_unit_test(test_config),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
