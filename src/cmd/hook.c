/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly hook install: a git hook that scans what is about to be committed or pushed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>

#include "commands.h"
#include "scan.h"

struct opts {
	int force;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_SWITCH, .name = "force", .letter = 'f', .brief = "replace a hook that is there", .offset = offsetof(struct opts, force) },
	{ .kind = MF_OPT_END },
};

#define MARK "# installed by mayfly hook install"

/* A push's lines name what is there and what comes: "local-ref local-id remote-ref remote-id". */
static const struct { const char *name, *text; } hooks[] = {
	{ "pre-commit",
	  "#!/bin/sh\n" MARK "\n"
	  "command -v mayfly >/dev/null || { echo 'mayfly is not on the PATH: nothing was scanned' >&2; exit 1; }\n"
	  "exec mayfly scan --staged -q\n" },
	{ "pre-push",
	  "#!/bin/sh\n" MARK "\n"
	  "command -v mayfly >/dev/null || { echo 'mayfly is not on the PATH: nothing was scanned' >&2; exit 1; }\n"
	  "while read -r _ to _ from; do\n"
	  "\tcase $to in *[!0]*) ;; *) continue ;; esac\n"
	  "\tcase $from in *[!0]*) ;; *) from= ;; esac\n"
	  "\tif [ -n \"$from\" ] && ! git cat-file -e \"$from^{commit}\" 2>/dev/null; then from=; fi\n"
	  "\tif [ -z \"$from\" ]; then\n"
	  "\t\tnew=$(git rev-list --max-count=1 \"$to^{commit}\" --not --remotes=\"$1\") ||\n"
	  "\t\t\t{ echo \"mayfly: git cannot list the commits of $to: it was not scanned\" >&2; exit 6; }\n"
	  "\t\tif [ -n \"$new\" ]; then\n"
	  "\t\t\tfrom=$(git merge-base \"$to\" $(git for-each-ref --format='%(objectname)' \"refs/remotes/$1\") 2>/dev/null)\n"
	  "\t\telse\n"
	  "\t\t\t# the remote has its commits; the message of a tag is new all the same\n"
	  "\t\t\tfrom=$to^{commit}\n"
	  "\t\tfi\n"
	  "\tfi\n"
	  "\tmayfly scan -q --hook --range \"$from..$to\" || exit $?\n"
	  "done\n" },
};

static const char *text_of(const char *name)
{
	for (size_t i = 0; i < MF_COUNT(hooks); i++)
		if (strcmp(hooks[i].name, name) == 0)
			return hooks[i].text;
	return NULL;
}

/* -- somebody else's hooks --------------------------------------------------------------------------------------- */

/* Programs that manage hooks write them anew, so the scan belongs into what they read. */
static void hint_for(struct mf_err *err, const char *path, const char *name, const char *text)
{
	if (strstr(path, "/.husky/"))
		mf_err_hint(err, "husky manages it: add the line  mayfly scan --staged -q  to .husky/%s", name);
	else if (strstr(text, "lefthook") || strstr(text, "LEFTHOOK"))
		mf_err_hint(err, "lefthook manages it: add to lefthook.yml  %s: { commands: { mayfly: { run: mayfly scan --staged -q } } }", name);
	else if (strstr(text, "pre-commit.com") || strstr(text, "pre_commit"))
		mf_err_hint(err, "the pre-commit framework manages it: add mayfly's repository with the id 'mayfly' to .pre-commit-config.yaml");
	else
		mf_err_hint(err, "add the line  mayfly scan --staged  to it, or replace it with --force");
}

/* Ours may be renewed; another's is kept. */
static int may_write(const char *dir, const char *name, bool force, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	MF_CLEANUP(mf_buf_free) struct mf_buf old = MF_BUF(1 << 20);
	struct mf_err none = { 0 };
	struct stat st;
	bool ours;

	if (!path)
		return mf_fail_nomem(err);
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : mf_fail_errno(err, MF_E_HOOK_EXISTS, errno, "'%s' cannot be looked at", path);
	ours = S_ISREG(st.st_mode) && mf_fs_read(&old, path, &none) == 0 && strstr(mf_buf_text(&old), MARK);
	if (ours || force)
		return 0;
	mf_fail(err, MF_E_HOOK_EXISTS, "there is a hook already: '%s'", path);
	hint_for(err, path, name, mf_buf_text(&old));
	return -1;
}

static int write_hook(const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	MF_CLEANUP(mf_freep) char *temp = NULL;
	const char *text = text_of(name);
	int fd, rc;

	if (!path)
		return mf_fail_nomem(err);
	fd = mf_temp_beside(&temp, path, 0755, err);
	if (fd < 0)
		return -1;
	rc = mf_fs_write(fd, text, strlen(text), path, err);
	close(fd);
	if (rc == 0)
		rc = mf_temp_commit(&temp, path, err);
	if (rc && temp)
		unlink(temp);
	if (rc == 0)
		mf_info("installed '%s'", path);
	return rc;
}

/* -- where they go ------------------------------------------------------------------------------------------------- */

static bool within(const char *path, const char *folder)
{
	const size_t n = folder ? strlen(folder) : 0;

	return n && strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The path without links, as far as it exists; NULL in *out when the rest of it goes up again. */
static int resolve(char **out, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *there = mf_strdup(path);
	MF_CLEANUP(mf_freep) char *real = NULL;
	const char *rest;
	char *slash;

	*out = NULL;
	if (!there)
		return mf_fail_nomem(err);
	while (!(real = realpath(there, NULL))) {
		slash = strrchr(there, '/');
		if (!slash || slash == there || errno == ENOMEM)
			return errno == ENOMEM ? mf_fail_nomem(err) : 0;
		*slash = '\0';
	}
	rest = path + strlen(there);
	if (strstr(rest, ".."))
		return 0;
	*out = *rest ? mf_path_join(real, rest + strspn(rest, "/")) : mf_strdup(real);
	return *out ? 0 : mf_fail_nomem(err);
}

/* Hooks that other repositories use as well are nobody's to change for one of them. */
static int outside(const char *dir, const char *file, const struct mf_repo_info *info, struct mf_err *err)
{
	mf_fail(err, MF_E_HOOK_ELSEWHERE, "the hooks of this repository lie outside of it: '%s'", dir);
	if (file)
		mf_err_why(err, "core.hooksPath in '%s' says so, and other repositories may share them", file);
	else
		mf_err_why(err, "'%s/hooks' is a link", info->common_dir);
	if (file)
		mf_err_hint(err, "give this repository hooks of its own:  git config core.hooksPath '%s/hooks'  or add  mayfly scan --staged -q  to '%s/pre-commit'",
			    info->common_dir, dir);
	else
		mf_err_hint(err, "add  mayfly scan --staged -q  to '%s/pre-commit'", dir);
	mf_err_note(err, "nothing was written");
	return -1;
}

/* As git finds it. It has to lie in the work tree or the git directory. */
static int find_folder(char **out, const struct mf_repo *repo, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(repo);
	MF_CLEANUP(mf_freep) char *dir = NULL, *file = NULL;

	if (mf_repo_hooks(&dir, &file, repo, err) || (*dir == '/' && resolve(out, dir, err)))
		return -1;
	if (!*out || !(within(*out, info->work_tree) || within(*out, info->git_dir) || within(*out, info->common_dir)))
		return outside(*out ? *out : dir, file, info, err);
	if (file)
		mf_info("core.hooksPath in '%s' says where hooks are", file);
	return 0;
}

/* With those above it, which lie in the repository. What cannot be made shows at the last one. */
static int make_folder(char *dir, struct mf_err *err)
{
	for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)!mkdir(dir, 0755);
		*slash = '/';
	}
	return mkdir(dir, 0755) && errno != EEXIST ? mf_fail_errno(err, MF_E_HOOK_EXISTS, errno, "'%s' cannot be made", dir) : 0;
}

static int install(char *dir, const char *const *names, size_t n, bool force, struct mf_err *err)
{
	/* all or none */
	for (size_t i = 0; i < n; i++)
		if (may_write(dir, names[i], force, err))
			return -1;
	if (make_folder(dir, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (write_hook(dir, names[i], err))
			return -1;
	return 0;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;
	const char *const all[] = { "pre-commit", "pre-push" };
	const char *const *names = args->n ? args->v : all;
	const size_t n = args->n ? args->n : MF_COUNT(all);
	MF_CLEANUP(mf_freep) char *dir = NULL;
	struct mf_repo *repo = NULL;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (!text_of(names[i]))
			return mf_fail(err, MF_E_OPT_VALUE, "there is no hook '%.40s': it is pre-commit or pre-push", names[i]);
	if (mf_repo_open(&repo, ".", NULL, err))
		return -1;
	rc = find_folder(&dir, repo, err);
	mf_repo_free(repo);
	for (size_t i = 0; rc == 0 && env->common.dry_run && i < n; i++)
		mf_info("would write '%s/%s'", dir, names[i]);
	return rc == 0 && !env->common.dry_run ? install(dir, names, n, o->force, err) : rc;
}

const struct mf_cmd mf_cmd_hook_install = {
	.name = "hook install",
	.args = "[pre-commit|pre-push...]",
	.brief = "scan before each commit and push, by git hooks",
	.about =
		"Writes pre-commit (scans what is staged) and pre-push (scans the commits that the remote lacks, and the messages of tags) into the folder in which git "
		"looks for this repository's hooks (core.hooksPath counts), as long as that lies in the repository. A hook that is there and "
		"is not mayfly's is kept, unless --force is given. With the pre-commit framework use the id mayfly of .pre-commit-hooks.yaml instead.",
	.example =
		"mayfly hook install\n"
		"mayfly hook install pre-push\n",
	.opts = opts,
	.opts_size = sizeof(struct opts),
	.run = run,
};
