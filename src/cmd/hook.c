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
	  "\t\tbase=$(git rev-list --max-count=1 \"$to\" --not --remotes=\"$1\" 2>/dev/null)\n"
	  "\t\t[ -n \"$base\" ] || continue\n"
	  "\t\tfrom=$(git merge-base \"$to\" $(git for-each-ref --format='%(objectname)' \"refs/remotes/$1\") 2>/dev/null)\n"
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

/* Ours may be renewed; another's is kept. */
static int may_write(const char *path, bool force, struct mf_err *err)
{
	struct mf_buf old = MF_BUF(1 << 20);
	struct mf_err none = { 0 };
	struct stat st;
	bool ours;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : mf_fail_errno(err, MF_E_HOOK_EXISTS, errno, "'%s' cannot be looked at", path);
	ours = S_ISREG(st.st_mode) && mf_fs_read(&old, path, &none) == 0 && strstr(mf_buf_text(&old), MARK);
	mf_buf_free(&old);
	if (ours || force)
		return 0;
	mf_fail(err, MF_E_HOOK_EXISTS, "there is a hook already: '%s'", path);
	mf_err_hint(err, "add the line  mayfly scan --staged  to it, or replace it with --force");
	return -1;
}

static int write_hook(const char *dir, const char *name, bool force, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	MF_CLEANUP(mf_freep) char *temp = NULL;
	const char *text = text_of(name);
	int fd, rc;

	if (!path)
		return mf_fail_nomem(err);
	if (may_write(path, force, err))
		return -1;
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
	dir = mf_path_join(mf_repo_info(repo)->common_dir, "hooks");
	mf_repo_free(repo);
	if (!dir)
		return mf_fail_nomem(err);
	if (!env->common.dry_run && mkdir(dir, 0755) && errno != EEXIST)
		return mf_fail_errno(err, MF_E_HOOK_EXISTS, errno, "'%s' cannot be made", dir);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (env->common.dry_run)
			mf_info("would write '%s/%s'", dir, names[i]);
		else
			rc = write_hook(dir, names[i], o->force, err);
	}
	return rc;
}

const struct mf_cmd mf_cmd_hook_install = {
	.name = "hook install",
	.args = "[pre-commit|pre-push...]",
	.brief = "scan before each commit and push, by git hooks",
	.about =
		"Writes pre-commit (scans what is staged) and pre-push (scans the commits that the remote lacks) into the repository's hooks folder. "
		"A hook that is there and is not mayfly's is kept, unless --force is given. With the pre-commit framework use the id mayfly of "
		".pre-commit-hooks.yaml instead.",
	.example =
		"mayfly hook install\n"
		"mayfly hook install pre-push\n",
	.opts = opts,
	.opts_size = sizeof(struct opts),
	.run = run,
};
