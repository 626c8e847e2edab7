/* SPDX-License-Identifier: Apache-2.0 */
/* Ignore rules: what git makes of them, by table and by asking it. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/buf.h>
#include <mayfly/fs.h>
#include "../../src/repo/ignore.h"
#include "failalloc.h"
#include "support_repo.h"

static struct mf_err err;

static bool wild(const char *pattern, const char *text)
{
	uint64_t work = 1 << 20;

	return mf_wildmatch(mf_str(pattern), mf_str(text), &work);
}

static void test_globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} cases[] = {
		{ "key", "key", true }, { "key", "kez", false }, { "key", "keys", false }, { "", "", true }, { "", "k", false },
		{ "k?y", "key", true }, { "k?y", "ky", false }, { "k?y", "k/y", false }, { "*", "", true }, { "*", "key", true }, { "*", "a/key", false },
		{ "k*", "key", true }, { "*y", "key", true }, { "*e", "key", false }, { "*e*", "key", true }, { "*.p*m", "a.pub.pem", true },
		{ "*ana", "bananana", true }, { "*an*n*x", "bananana", false }, { "a*b*c", "a-b-b-c", true }, { "a*b*c", "a-c-b", false },
		{ "\\*", "*", true }, { "\\*", "x", false }, { "a\\\\b", "a\\b", true }, { "a\\", "a\\", false }, { "a\\b", "ab", true },
		/* over parts of the path */
		{ "**", "one/two", true }, { "**", "", true }, { "**/pem", "pem", true }, { "**/pem", "etc/pem", true }, { "**/pem", "etc/tls/pem", true },
		{ "**/pem", "etc/xpem", false }, { "etc/**", "etc", false }, { "etc/**", "etc/tls/pem", true }, { "etc/**/pem", "etc/pem", true },
		{ "etc/**/pem", "etc/a/b/pem", true }, { "etc/**/pem", "etcpem", false }, { "etc/**/**/pem", "etc/pem", true }, { "a/**/b/**/c", "a/x/b/c", true },
		{ "a/**/b/**/c", "a/x/c/b", false }, { "etc**pem", "etc-x-pem", true }, { "etc**pem", "etc/x/pem", false }, { "**pem", "a/pem", false },
		{ "***/pem", "a/b/pem", true }, { "*/pem", "a/pem", true }, { "*/pem", "a/b/pem", false }, { "**/t/*", "a/t/k", true }, { "**/t/*", "a/t/k/z", false },
		{ "**/t/**", "a/t/k/z", true }, { "**/*e*/*y", "a/rex/b/see/key", true }, { "**/*e*/*y", "a/rex/b/sea/kez", false }, { "**/", "a/", true },
		{ "**\\/b", "a/b", true },
		/* sets */
		{ "[ky]ey", "key", true }, { "[!ky]ey", "key", false }, { "[!ky]ey", "hey", true }, { "[^ky]ey", "hey", true }, { "[h-l]ey", "key", true },
		{ "[h-l]ey", "mey", false }, { "[l-h]ey", "key", false }, { "a[/]b", "a/b", false }, { "a[!x]b", "a/b", false }, { "[]]", "]", true }, { "[!]]", "]", false },
		{ "[]-]", "-", true }, { "[-a]", "-", true }, { "[a-]", "-", true }, { "[\\]]", "]", true }, { "[\\a-\\c]", "b", true }, { "[*?]", "*", true }, { "[*?]", "x", false },
		{ "[", "[", false }, { "[k", "k", false }, { "[!", "k", false }, { "[]", "]", false }, { "]", "]", true }, { "[k\\", "k", false },
		{ "[[:digit:]]", "7", true }, { "[[:digit:]]", "k", false }, { "[[:alpha:]_][[:alnum:]]", "_7", true }, { "[[:upper:][:digit:]]", "k", false },
		{ "[![:space:]]", "\t", false }, { "[[:xdigit:]]", "F", true }, { "[[:xdigit:]]", "G", false }, { "[[:punct:]]", "-", true }, { "[[:blank:]]", "\t", true },
		{ "[[:cntrl:]]", "\x01", true }, { "[[:graph:]]", " ", false }, { "[[:print:]]", " ", true }, { "[[:lower:]]", "K", false },
		{ "[[:digits:]]", "7", false }, { "[7[:digits:]]", "7", false }, { "[[::]]", "k", false }, { "[[:]", ":", true }, { "[[:k]", "k", true },
		{ "\xc3*", "\xc3\xa9", true }, { "?", "\xc3\xa9", false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		if (wild(cases[i].pattern, cases[i].text) != cases[i].want)
			fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
}

/* Patterns that take other matchers forever. */
static void test_no_endless_matching(void **state)
{
	struct mf_buf pattern = MF_BUF(1 << 16), text = MF_BUF(1 << 16);
	uint64_t work;

	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		pattern.n = text.n = 0;
		for (unsigned i = 0; i < 500; i++) {
			assert_int_equal(mf_buf_puts(&pattern, kind == 0 ? "*a" : kind == 1 ? "**/" : "*a/**/", &err), 0);
			assert_int_equal(mf_buf_puts(&text, kind == 0 ? "aaaa" : "aa/", &err), 0);
		}
		assert_int_equal(mf_buf_puts(&pattern, "b", &err), 0);
		work = UINT64_MAX;
		assert_false(mf_wildmatch((struct mf_str){ pattern.p, pattern.n }, (struct mf_str){ text.p, text.n }, &work));
		assert_true(UINT64_MAX - work < 5000000);
		work = 100;
		assert_false(mf_wildmatch((struct mf_str){ pattern.p, pattern.n }, (struct mf_str){ text.p, text.n }, &work));
		assert_int_equal(work, 0);
	}
	mf_buf_free(&pattern);
	mf_buf_free(&text);
}

static void test_lines(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "# no rule\n\n  \n/\n!\n*.o\n!keep.o\nbuild/\n/top\nsub/x.c\nspace \\ \ntrail   \ncr\r\n\\#hash\n\\!bang\nnul\0rest\nlast";
	static const struct {
		const char *path;
		bool folder;
		enum mf_exclude_verdict want;
	} cases[] = {
		{ "a.o", false, MF_EXCLUDE_OUT }, { "d/a.o", false, MF_EXCLUDE_OUT }, { "keep.o", false, MF_EXCLUDE_KEEP }, { "d/keep.o", true, MF_EXCLUDE_KEEP },
		{ "build", true, MF_EXCLUDE_OUT }, { "build", false, MF_EXCLUDE_NONE }, { "x/build", true, MF_EXCLUDE_OUT }, { "top", false, MF_EXCLUDE_OUT },
		{ "x/top", false, MF_EXCLUDE_NONE }, { "sub/x.c", false, MF_EXCLUDE_OUT }, { "y/sub/x.c", false, MF_EXCLUDE_NONE }, { "space  ", false, MF_EXCLUDE_OUT },
		{ "space ", false, MF_EXCLUDE_NONE }, { "trail", false, MF_EXCLUDE_OUT }, { "trail   ", false, MF_EXCLUDE_NONE }, { "cr", false, MF_EXCLUDE_OUT },
		{ "#hash", false, MF_EXCLUDE_OUT }, { "!bang", false, MF_EXCLUDE_OUT }, { "nul", false, MF_EXCLUDE_OUT }, { "last", false, MF_EXCLUDE_OUT },
		{ "no rule", false, MF_EXCLUDE_NONE },
	};
	struct mf_exclude ig;

	(void)state;
	assert_int_equal(mf_exclude_parse(&ig, (struct mf_str){ text, sizeof(text) - 1 }, &err), 0);
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		uint64_t work = 1000;

		if (mf_exclude_match(&ig, mf_str(cases[i].path), 0, cases[i].folder, &work) != cases[i].want)
			fail_msg("'%s'", cases[i].path);
	}
	mf_exclude_free(&ig);
	assert_int_equal(mf_exclude_parse(&ig, (struct mf_str){ NULL, 0 }, &err), 0);
	assert_int_equal(ig.n, 0);
	mf_exclude_free(&ig);
	mf_exclude_free(NULL);
}

static uint64_t seed = 7;

static uint32_t pick(uint32_t below)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

static void append(char *to, const char *s)
{
	memcpy(to + strlen(to), s, strlen(s) + 1);
}

static void random_pattern(char *out)
{
	static const char *const parts[] = { "a", "b", "ab", "*", "**", "?", "[ab]", "[!a]", "[[:alpha:]]", "/", "/", "\\a", "\\*", "[a-c]", ".c", "x", "[^b/]", "***", "-" };
	const uint32_t n = 1 + pick(6);

	*out = '\0';
	if (pick(6) == 0)
		append(out, "!");
	for (uint32_t i = 0; i < n; i++)
		append(out, parts[pick(MF_COUNT(parts))]);
	if (pick(5) == 0)
		append(out, "/");
}

static void random_path(char *out)
{
	static const char *const parts[] = { "a", "b", "ab", "aab", "x.c", "c", "*", "ba", "abx", "-" };
	const uint32_t n = 1 + pick(4);

	*out = '\0';
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			append(out, "/");
		append(out, parts[pick(MF_COUNT(parts))]);
	}
}

/* Ours: a path is left out when it, or a folder above it, is. */
static bool left_out(const struct mf_exclude *ig, const char *path)
{
	uint64_t work = 1 << 20;

	for (size_t i = 1; path[i - 1]; i++)
		if ((path[i] == '/' || !path[i]) && mf_exclude_match(ig, (struct mf_str){ path, i }, 0, path[i] == '/', &work) == MF_EXCLUDE_OUT)
			return true;
	return false;
}

/* Random rules over random paths, for which `git check-ignore` says what it would leave out. */
static void test_as_git_does(void **state)
{
	char *dir = mf_test_dir(), file[600];

	(void)state;
	mf_test_sh(dir, "git init -q r");
	snprintf(file, sizeof(file), "%s/paths", dir);
	for (unsigned round = 0; round < 60; round++) {
		char paths[150][64], rules[400] = "", one[100], *out;
		FILE *f = fopen(file, "w");
		struct mf_exclude ig;

		assert_non_null(f);
		for (unsigned i = 0; i < 150; i++) {
			random_path(paths[i]);
			fprintf(f, "%s\n", paths[i]);
		}
		fclose(f);
		for (unsigned i = 1 + pick(3); i; i--) {
			random_pattern(one);
			append(rules, one);
			append(rules, "\n");
		}
		snprintf(file, sizeof(file), "%s/r/.gitignore", dir);
		f = fopen(file, "w");
		assert_non_null(f);
		fputs(rules, f);
		fclose(f);
		snprintf(file, sizeof(file), "%s/paths", dir);
		out = mf_test_sh_out(dir, "cd r; git check-ignore --no-index --stdin < ../paths | sed 's/^/</; s/$/>/' || [ $? = 1 ]");
		assert_int_equal(mf_exclude_parse(&ig, mf_str(rules), &err), 0);
		for (unsigned i = 0; i < 150; i++) {
			snprintf(one, sizeof(one), "<%.63s>", paths[i]);
			if (left_out(&ig, paths[i]) != (strstr(out, one) != NULL))
				fail_msg("'%s' under rules '%s': git says %s", paths[i], rules, strstr(out, one) ? "out" : "in");
		}
		mf_exclude_free(&ig);
		free(out);
	}
	mf_test_rmdir(dir);
}

static void test_where_the_users_rules_are(void **state)
{
	char *dir = mf_test_dir(), *path, file[600];
	struct mf_repo_info info = { 0 };

	(void)state;
	setenv("HOME", dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(mf_exclude_user_file(&path, NULL, NULL, NULL, &err), 0);
	snprintf(file, sizeof(file), "%s/.config/git/ignore", dir);
	assert_string_equal(path, file);
	free(path);
	setenv("XDG_CONFIG_HOME", "/x", 1);
	assert_int_equal(mf_exclude_user_file(&path, NULL, NULL, NULL, &err), 0);
	assert_string_equal(path, "/x/git/ignore");
	free(path);
	mf_test_sh(dir, "printf '[user]\\nexcludesfile = /no\\n[core \"x\"]\\nexcludesfile = /no\\n[Core]\\n\\tExcludesFile = \"~/my ignore\" # mine\\n' > .gitconfig");
	assert_int_equal(mf_exclude_user_file(&path, NULL, NULL, NULL, &err), 0);
	snprintf(file, sizeof(file), "%s/my ignore", dir);
	assert_string_equal(path, file);
	free(path);
	mf_test_sh(dir, "printf '[core]\\nexcludesfile = /repo/rules\\n' > config");
	info.common_dir = info.git_dir = info.work_tree = dir;
	assert_int_equal(mf_exclude_user_file(&path, &info, NULL, NULL, &err), 0);
	assert_string_equal(path, "/repo/rules");
	free(path);
	mf_test_sh(dir, "rm config; printf '[core]\\nexcludesfile = relative\\n' > .gitconfig");
	assert_int_equal(mf_exclude_user_file(&path, NULL, NULL, NULL, &err), 0);
	assert_null(path);
	assert_int_equal(mf_exclude_user_file(&path, &info, NULL, NULL, &err), 0);
	snprintf(file, sizeof(file), "%s/relative", dir);
	assert_string_equal(path, file);
	free(path);
	mf_test_sh(dir, "printf '[core]\\nexcludesfile =\\n' > .gitconfig");
	assert_int_equal(mf_exclude_user_file(&path, &info, NULL, NULL, &err), 0);
	assert_null(path);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	assert_int_equal(mf_exclude_user_file(&path, NULL, NULL, NULL, &err), 0);
	assert_null(path);
	mf_test_rmdir(dir);
}

static void note_file(void *ctx, const char *path, const char *why)
{
	struct mf_buf *out = ctx;

	assert_int_equal(mf_buf_puts(out, strrchr(path, '/') + 1, &err) || mf_buf_puts(out, why ? "! " : " ", &err), 0);
}

/* What the setting is with this global configuration, by git's own word as well. */
static void check_includes(const char *dir, const char *config, const char *expected)
{
	struct mf_repo_info info = { 0 };
	char git_dir[600], script[2000], *out, *path;

	snprintf(git_dir, sizeof(git_dir), "%s/team/r/.git", dir);
	info.common_dir = info.git_dir = git_dir;
	snprintf(script, sizeof(script), "export HOME=$PWD; printf '%s' > .gitconfig; cd team/r; unset GIT_CONFIG_GLOBAL; GIT_CONFIG_NOSYSTEM=1 git config --path core.excludesFile | tr -d '\\n' || :", config);
	out = mf_test_sh_out(dir, script);
	assert_int_equal(mf_exclude_user_file(&path, &info, NULL, NULL, &err), 0);
	assert_string_equal(path, expected);
	assert_string_equal(out, expected);
	free(path);
	free(out);
}

static void test_includes(void **state)
{
	char *dir = mf_test_dir(), config[1200], *path;
	struct mf_buf files = MF_BUF(4096);

	(void)state;
	setenv("HOME", dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	mf_test_sh(dir, "mkdir -p team sub; git init -q team/r; for i in a b; do printf '[core]\nexcludesFile = /%s\n' $i > sub/$i; done;"
			"printf '[include]\npath = a\n' > sub/to-a; printf '[include]\npath = loop\n' > sub/loop");
	check_includes(dir, "[include]\\npath = sub/a\\n", "/a");
	check_includes(dir, "[include]\\npath = ~/sub/to-a\\n", "/a");
	check_includes(dir, "[include]\\npath = sub/a\\npath = sub/none\\n[core]\\nexcludesFile = /c\\n", "/c");
	check_includes(dir, "[core]\\nexcludesFile = /c\\n[include]\\npath = sub/b\\n", "/b");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir:~/team/\"]\\npath = sub/b\\n", "/b");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir:~/other/\"]\\npath = sub/b\\n", "/a");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir:r/.git\"]\\npath = sub/b\\n", "/b");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir:R/\"]\\npath = sub/b\\n", "/a");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir/i:R/\"]\\npath = sub/b\\n", "/b");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"gitdir:./team/\"]\\npath = sub/b\\n", "/b");
	check_includes(dir, "[include]\\npath = sub/a\\n[includeIf \"onbranch:none\"]\\npath = sub/b\\n", "/a");
	/* the work tree's own comes last, where the repository says that there is one */
	mf_test_sh(dir, "cd team/r; printf '[core]\nexcludesFile = /w\n' > .git/config.worktree");
	check_includes(dir, "[include]\\npath = sub/a\\n", "/a");
	mf_test_sh(dir, "cd team/r; git config core.repositoryFormatVersion 1; git config extensions.worktreeConfig true");
	check_includes(dir, "[include]\\npath = sub/a\\n", "/w");
	/* no end, and what cannot be read */
	snprintf(config, sizeof(config), "printf '[include]\\npath = sub/loop\\npath = sub/a\\npath = sub\\n' > .gitconfig");
	mf_test_sh(dir, config);
	assert_int_equal(mf_exclude_user_file(&path, NULL, note_file, &files, &err), 0);
	assert_string_equal(path, "/a");
	assert_non_null(strstr(mf_buf_text(&files), "loop loop! a sub! "));
	free(path);
	mf_buf_free(&files);
	unsetenv("HOME");
	mf_test_rmdir(dir);
}

static int body(void *ctx, struct mf_err *e)
{
	struct mf_exclude ig;
	char *path;

	if (mf_exclude_parse(&ig, mf_str(ctx), e))
		return -1;
	mf_exclude_free(&ig);
	if (mf_exclude_user_file(&path, NULL, NULL, NULL, e))
		return -1;
	free(path);
	return 0;
}

static void test_out_of_memory(void **state)
{
	(void)state;
	setenv("HOME", "/nowhere", 1);
	mf_torture(body, "a\nb/\n!c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs), cmocka_unit_test(test_no_endless_matching), cmocka_unit_test(test_lines), cmocka_unit_test(test_as_git_does),
		cmocka_unit_test(test_where_the_users_rules_are), cmocka_unit_test(test_includes), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
