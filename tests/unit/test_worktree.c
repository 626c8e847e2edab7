/* SPDX-License-Identifier: Apache-2.0 */
/* Walking files: what is passed on, what is left out, what cannot be looked at. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/buf.h>
#include <mayfly/fs.h>
#include <mayfly/worktree.h>
#include "failalloc.h"
#include "support_repo.h"

static struct mf_err err;

struct seen {
	struct mf_buf files, bad;
	struct mf_worktree_stats stats;
	const char *remove;	/* a path that goes when the first file is seen */
};

static int file(void *ctx, const struct mf_file *f, struct mf_err *e)
{
	struct seen *s = ctx;
	struct stat st;

	if (s->remove)
		unlink(s->remove);
	s->remove = NULL;
	if (f->kind != MF_FILE_SUBMODULE) {
		assert_int_equal(fstatat(f->dir_fd, f->name, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(f->size, st.st_size);
	}
	return mf_buf_printf(&s->files, e, "%s%s%s\n", f->path, f->kind == MF_FILE_LINK ? "@" : f->kind == MF_FILE_SUBMODULE ? "/" :
			     f->kind == MF_FILE_OTHER ? "|" : "", f->tracked ? " t" : "");
}

static void bad(void *ctx, const char *path, const char *why)
{
	struct seen *s = ctx;

	assert_int_equal(mf_buf_printf(&s->bad, &err, "%s: %s\n", path, why), 0);
}

static void begin(struct seen *s)
{
	mf_buf_free(&s->files);
	mf_buf_free(&s->bad);
	*s = (struct seen){ .files = MF_BUF(1 << 24), .bad = MF_BUF(1 << 20) };
}

/* Walks dir/sub with the repository dir/repo, or without one. */
static const char *walk(struct seen *s, const char *dir, const char *sub, const char *repo, const struct mf_worktree_opts *opts)
{
	const char *remove = s->remove;
	char *root = mf_path_join(dir, sub), *where = mf_path_join(dir, repo ? repo : "");
	struct mf_repo *r = NULL;

	assert_true(root && where);
	begin(s);
	s->remove = remove;
	if (repo)
		assert_int_equal(mf_repo_open(&r, where, NULL, &err), 0);
	if (mf_worktree_walk(root, r, opts, file, bad, s, &s->stats, &err))
		fail_msg("%s: %s", err.what, err.why);
	mf_repo_free(r);
	free(root);
	free(where);
	return mf_buf_text(&s->files);
}

static const char MAKE[] =
	"git init -q r; cd r; mkdir -p a/b src build/x 'sp ace'; echo 1 > a/1; echo 2 > a/b/2; echo c > src/c.c; echo o > src/c.o; echo k > src/keep.o;"
	"echo t > build/tracked; echo u > build/x/u; echo n > new; echo s > 'sp ace/f'; ln -s a link; ln -s /etc out;"
	"printf '*.o\\nbuild/\\n/link2\\n' > .gitignore; printf '!keep.o\\n' > src/.gitignore; git add .; git add -f build/tracked; git commit -qm 1;"
	"echo u > untracked; ln -s x link2; echo x > a/x.o; echo y > 'a/b/y'; ";

static void test_repository(void **state)
{
	static const struct mf_worktree_opts all = { .ignored = true };
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, MAKE);
	assert_string_equal(walk(&s, dir, "r", "r", NULL),
			    ".gitignore t\na/1 t\na/b/2 t\na/b/y\nbuild/tracked t\nlink@ t\nnew t\nout@ t\nsp ace/f t\nsrc/.gitignore t\nsrc/c.c t\n"
			    "src/keep.o t\nuntracked\n");
	assert_int_equal(s.stats.files, 11);
	assert_int_equal(s.stats.links, 2);
	assert_int_equal(s.stats.ignored, 4);	/* a/x.o, build/x, link2, src/c.o */
	assert_int_equal(s.stats.unreadable + s.stats.vanished + s.stats.submodules, 0);
	assert_string_equal(walk(&s, dir, "r", "r", &all),
			    ".gitignore t\na/1 t\na/b/2 t\na/b/y\na/x.o\nbuild/tracked t\nbuild/x/u\nlink@ t\nlink2@\nnew t\nout@ t\nsp ace/f t\n"
			    "src/.gitignore t\nsrc/c.c t\nsrc/c.o\nsrc/keep.o t\nuntracked\n");
	assert_int_equal(s.stats.ignored, 0);
	/* a folder of it, through a link; rules above count */
	mf_test_sh(dir, "ln -s r/src l");
	assert_string_equal(walk(&s, dir, "l", "r", NULL), ".gitignore t\nc.c t\nkeep.o t\n");
	assert_string_equal(walk(&s, dir, "r/build", "r", NULL), "tracked t\nx/u\n");
	/* without a repository: all there is, but for .git */
	assert_string_equal(walk(&s, dir, "r/src", NULL, NULL), ".gitignore\nc.c\nc.o\nkeep.o\n");
	assert_null(strstr(walk(&s, dir, ".", NULL, NULL), ".git/"));
	assert_non_null(strstr(mf_buf_text(&s.files), "r/build/x/u\n"));
	/* no index: nothing is tracked; a split one: all of it */
	mf_test_sh(dir, "cd r; git update-index --split-index; echo z > z; git add z");
	assert_non_null(strstr(walk(&s, dir, "r", "r", NULL), "build/tracked t\n"));
	assert_non_null(strstr(mf_buf_text(&s.files), "z t\n"));
	mf_test_sh(dir, "rm r/.git/index");
	assert_null(strstr(walk(&s, dir, "r", "r", NULL), " t\n"));
	assert_null(strstr(mf_buf_text(&s.files), "build"));
	begin(&s);
	mf_test_rmdir(dir);
}

/* Random trees and rules: tracked or not, git lists the same. */
static void test_as_git_lists(void **state)
{
	char *dir = mf_test_dir(), script[1500];
	struct seen s = { 0 };
	uint64_t left_out = 0;

	(void)state;
	mf_test_sh(dir, "git init -q r; printf 'ex*\\n' > r/.git/info/exclude");
	for (unsigned round = 0; round < 10; round++) {
		FILE *f;

		snprintf(script, sizeof(script),
			 "cd r; git rm -rqf --cached . >/dev/null 2>&1 || :; find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +; awk 'BEGIN { srand(%u);"
			 "split(\"a.o b.c c.o exf x-1 x.o\", n, \" \"); split(\"a b sub x ex\", m, \" \"); split(\"*.o /a a/ !b sub/** **/x !*.o x*/ */b /sub/a !a/ [ab] sub/*/c.o\", p, \" \");"
			 "for (i = 0; i < 60; i++) { f = \"\"; d = int(rand() * 4); for (k = 0; k < d; k++) f = f m[1 + int(rand() * 5)] \"/\"; print \"F\", f n[1 + int(rand() * 6)] }"
			 "for (i = 0; i < 4; i++) { d = i ? m[1 + int(rand() * 5)] \"/\" : \"./\"; for (k = 0; k < 3; k++) print \"P\", d, p[1 + int(rand() * 13)] } }' |"
			 "while read k f g; do case $k in F) mkdir -p \"$(dirname $f)\"; echo $f > $f;; P) mkdir -p ./$f; set -f; echo \"$g\" >> \"./$f.gitignore\"; set +f;; esac; done;"
			 "[ -z \"$(ls)\" ] || ls | awk 'NR %% 3 == 0' | xargs -r git add -f", round);
		mf_test_sh(dir, script);
		snprintf(script, sizeof(script), "%s/got", dir);
		f = fopen(script, "w");
		assert_non_null(f);
		fputs(walk(&s, dir, "r", "r", NULL), f);
		fclose(f);
		left_out += s.stats.ignored;
		mf_test_sh(dir, "sed 's/ t$//' got | LC_ALL=C sort > g; cd r; { git ls-files; git ls-files -o --exclude-standard; } | LC_ALL=C sort | diff - ../g");
	}
	assert_true(left_out > 50);
	begin(&s);
	mf_test_rmdir(dir);
}

static void test_only(void **state)
{
	static const char *const some[] = { "./a//b/", "src/c.o", "build/x/u", "a", "link", "out/passwd", "../x", "/etc", "nope", ".git/config", "a/1/x" };
	static const char *const everything[] = { "a", "." };
	struct mf_worktree_opts opts = { .only = some, .n_only = MF_COUNT(some) };
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, MAKE);
	assert_string_equal(walk(&s, dir, "r", "r", &opts), "a/1 t\na/b/2 t\na/b/y\nbuild/x/u\nlink@ t\nsrc/c.o\n");
	assert_string_equal(mf_buf_text(&s.bad), "../x: it lies outside of the folder\n/etc: it lies outside of the folder\n"
			    ".git: git's own folder is not looked at\nnope: No such file or directory\nout: it is a link, which is not followed\n");
	assert_int_equal(s.stats.unreadable, 5);
	opts = (struct mf_worktree_opts){ .only = everything, .n_only = 2 };
	assert_non_null(strstr(walk(&s, dir, "r", "r", &opts), "untracked\n"));
	opts.n_only = 0;
	assert_string_equal(walk(&s, dir, "r", "r", &opts), "");
	begin(&s);
	mf_test_rmdir(dir);
}

static void test_submodules(void **state)
{
	static const struct mf_worktree_opts into = { .submodules = true };
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, "git init -q s; cd s; echo in > in; printf '*.i\\n' > .gitignore; git add .; git commit -qm s; cd ..; git init -q r; cd r;"
			"git -c protocol.file.allow=always submodule --quiet add ../s mod; git commit -qm r; echo i > mod/x.i; echo u > mod/u;"
			"git init -q nested; echo n > nested/n; mkdir empty; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),empty;"
			"mkdir hidden; echo h > hidden/h; git add hidden; mkdir hidden/.git; git init -q out; echo o > out/o; echo /out > .gitignore");
	assert_string_equal(walk(&s, dir, "r", "r", NULL), ".gitignore\n.gitmodules t\nempty/ t\nhidden/h t\nmod/ t\nnested/\n");
	assert_int_equal(s.stats.submodules, 3);
	assert_string_equal(walk(&s, dir, "r", "r", &into), ".gitignore\n.gitmodules t\nempty/ t\nhidden/h t\nmod/.gitignore t\nmod/in t\nmod/u\nnested/n\n");
	assert_int_equal(s.stats.submodules, 3);
	assert_int_equal(s.stats.ignored, 2);	/* mod/x.i, out */
	begin(&s);
	mf_test_rmdir(dir);
}

static int link_at(void *ctx, const struct mf_place *p, struct mf_err *e)
{
	assert_int_equal(p->mode, MF_MODE_LINK);
	return mf_buf_puts(ctx, p->path, e) || mf_buf_putc(ctx, '\n', e) ? -1 : 0;
}

static void links(const char *dir, const char *name, const char *expected, const char *path, bool there)
{
	char *at = mf_path_join(dir, name);
	struct mf_buf out = MF_BUF(4096);
	struct mf_oid head, id;
	struct mf_reader *rd;
	struct mf_repo *r;
	bool found;

	assert_non_null(at);
	assert_int_equal(mf_repo_open(&r, at, NULL, &err), 0);
	assert_int_equal(mf_gitlinks_walk(r, link_at, &out, &err), 0);
	assert_string_equal(mf_buf_text(&out), expected);
	assert_int_equal(mf_reader_new(&rd, r, &err), 0);
	assert_int_equal(mf_rev_parse(&head, r, rd, "HEAD", &err), 0);
	assert_int_equal(mf_gitlink_at(&id, &found, r, rd, &head, path, &err), 0);
	assert_int_equal(found, there);
	mf_reader_free(rd);
	mf_repo_free(r);
	mf_buf_free(&out);
	free(at);
}

static void test_gitlinks(void **state)
{
	char *dir = mf_test_dir();

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; echo a > a; mkdir -p d/e; echo b > d/e/b; git add .; git commit -qm one; id=$(git rev-parse HEAD);"
			"git update-index --add --cacheinfo 160000,$id,d/e/m --cacheinfo 160000,$id,z; git commit -qm two;"
			"git clone -q --bare . ../bare; git update-index --add --cacheinfo 160000,$id,staged");
	links(dir, "r", "d/e/m\nstaged\nz\n", "d/e/m", true);
	links(dir, "r", "d/e/m\nstaged\nz\n", "staged", false);
	links(dir, "bare", "d/e/m\nz\n", "z", true);
	links(dir, "bare", "d/e/m\nz\n", "d/e/b", false);
	links(dir, "bare", "d/e/m\nz\n", "d/e", false);
	links(dir, "bare", "d/e/m\nz\n", "d/e/m/n", false);
	mf_test_rmdir(dir);
}

static void test_odd_files(void **state)
{
	char *dir = mf_test_dir(), *gone;
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, "mkdir d; mkfifo d/fifo; ln -s fifo d/l; ln -s d/none d/dangling; echo x > d/a; echo y > d/b; printf z > \"d/$(printf 'n\\nl')\"; mkdir d/e; ln -s .. d/e/up;"
			"ln -s d root; echo '*' > d/.gitignore");
	assert_string_equal(walk(&s, dir, "root", NULL, NULL), ".gitignore\na\nb\ndangling@\ne/up@\nfifo|\nl@\nn\nl\n");
	gone = mf_path_join(dir, "d/b");
	s.remove = gone;
	assert_null(strstr(walk(&s, dir, "d", NULL, NULL), "\nb\n"));
	assert_int_equal(s.stats.vanished, 1);
	free(gone);
	/* rules that are a link or a folder are none */
	mf_test_sh(dir, "git init -q r; echo a > r/a; ln -s ../d/.gitignore r/.gitignore; mkdir -p r/x/.gitignore; echo b > r/x/b");
	assert_string_equal(walk(&s, dir, "r", "r", NULL), ".gitignore@\na\nx/b\n");
	assert_string_equal(mf_buf_text(&s.bad), "x/.gitignore: it is no regular file\n");
	begin(&s);
	mf_test_rmdir(dir);
}

static void test_unreadable(void **state)
{
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	if (geteuid() == 0) {
		mf_test_rmdir(dir);
		return; /* root reads everything */
	}
	mf_test_sh(dir, "mkdir -p d/no d/yes; echo 1 > d/no/1; echo 2 > d/yes/2; chmod 0 d/no");
	assert_string_equal(walk(&s, dir, "d", NULL, NULL), "yes/2\n");
	assert_string_equal(mf_buf_text(&s.bad), "no: Permission denied\n");
	assert_int_equal(s.stats.unreadable, 1);
	begin(&s);
	mf_test_rmdir(dir);
}

static void test_deep(void **state)
{
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, "mkdir d; cd d; echo 0 > f; i=0; while [ $i -lt 700 ]; do mkdir n; cd n; i=$((i+1)); done; echo x > deep");
	assert_string_equal(walk(&s, dir, "d", NULL, NULL), "f\n");
	assert_non_null(strstr(mf_buf_text(&s.bad), "n/n: its folders nest too deep\n"));
	assert_int_equal(s.stats.unreadable, 1);
	begin(&s);
	mf_test_rmdir(dir);
}

/* Rules that cost more than anybody waits for: from some point on they leave out nothing. */
static void test_rules_that_take_too_long(void **state)
{
	char *dir = mf_test_dir();
	struct seen s = { 0 };

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; p=; i=0; while [ $i -lt 400 ]; do p=$p'**/*a'; i=$((i+1)); done; i=0; while [ $i -lt 4000 ]; do echo \"$p\"b; i=$((i+1)); done > .gitignore;"
			"d=; i=0; while [ $i -lt 100 ]; do d=$d/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; i=$((i+1)); done; mkdir -p .$d; echo x > .$d/x; : > z; echo z >> .gitignore");
	walk(&s, dir, "r", "r", NULL);
	assert_non_null(strstr(mf_buf_text(&s.files), "/x\n"));
	if (s.stats.unreadable)
		assert_non_null(strstr(mf_buf_text(&s.bad), "take too long"));
	begin(&s);
	mf_test_rmdir(dir);
}

static int stop(void *ctx, const struct mf_file *f, struct mf_err *e)
{
	(void)ctx;
	(void)f;
	return mf_fail(e, MF_E_BASE_LIMIT, "enough");
}

static void test_errors(void **state)
{
	char *dir = mf_test_dir(), *path;

	(void)state;
	mf_test_sh(dir, "mkdir d; echo x > d/x");
	assert_fails(mf_worktree_walk("/nowhere/at/all", NULL, NULL, stop, NULL, NULL, NULL, &err), err, "MF-FS-03");
	path = mf_path_join(dir, "d/x");
	assert_fails(mf_worktree_walk(path, NULL, NULL, stop, NULL, NULL, NULL, &err), err, "MF-FS-03");
	free(path);
	assert_fails(mf_worktree_walk(dir, NULL, NULL, stop, NULL, NULL, NULL, &err), err, "MF-BASE-02");
	mf_test_rmdir(dir);
}

static int count(void *ctx, const struct mf_file *f, struct mf_err *e)
{
	(void)f;
	(void)e;
	++*(size_t *)ctx;
	return 0;
}

static int link_at_none(void *ctx, const struct mf_place *p, struct mf_err *e)
{
	(void)ctx;
	(void)p;
	(void)e;
	return 0;
}

static int body(void *ctx, struct mf_err *e)
{
	static const char *const only[] = { "a", "src/c.o" };
	struct mf_worktree_opts opts = { .submodules = true };
	struct mf_repo *r;
	size_t n = 0;
	int rc;

	if (mf_repo_open(&r, ctx, NULL, e))
		return -1;
	rc = mf_worktree_walk(ctx, r, &opts, count, NULL, &n, NULL, e);
	opts.only = only;
	opts.n_only = 2;
	if (rc == 0)
		rc = mf_worktree_walk(ctx, r, &opts, count, NULL, &n, NULL, e);
	if (rc == 0)
		rc = mf_gitlinks_walk(r, link_at_none, &n, e);
	mf_repo_free(r);
	return rc;
}

static void test_out_of_memory(void **state)
{
	char *dir = mf_test_dir(), *path = mf_path_join(dir, "r");

	(void)state;
	assert_non_null(path);
	mf_test_sh(dir, MAKE);
	mf_test_sh(dir, "git init -q r/nested; echo 1 > r/nested/1");
	mf_torture(body, path);
	free(path);
	mf_test_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repository), cmocka_unit_test(test_as_git_lists), cmocka_unit_test(test_only), cmocka_unit_test(test_submodules), cmocka_unit_test(test_gitlinks),
		cmocka_unit_test(test_odd_files), cmocka_unit_test(test_unreadable), cmocka_unit_test(test_deep), cmocka_unit_test(test_rules_that_take_too_long),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_out_of_memory),
	};

	setenv("HOME", "/nowhere", 1);
	unsetenv("XDG_CONFIG_HOME");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
