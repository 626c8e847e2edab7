/* SPDX-License-Identifier: Apache-2.0 */
/* Where the user's own ignore rules are, and git's hooks. Of git's configuration nothing else is read. */
#include "ignore.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/worktree.h>
#include "settings.h"

/* $XDG_CONFIG_HOME/git/ignore or ~/.config/git/ignore; NULL without a home. */
static int default_file(char **out, struct mf_err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	*out = NULL;
	if (xdg && *xdg)
		*out = mf_path_join(xdg, "git/ignore");
	else if (home && *home)
		*out = mf_path_join(home, ".config/git/ignore");
	else
		return 0;
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_exclude_user_file(char **path, const struct mf_repo_info *info, mf_setting_fn file, void *ctx, struct mf_err *err)
{
	MF_CLEANUP(mf_setting_free) struct mf_setting s = { 0 };

	*path = NULL;
	if (mf_setting_find(&s, info, "excludesfile", file, ctx, err))
		return -1;
	return s.value ? mf_setting_path(path, s.value, info ? info->work_tree : NULL, err) : default_file(path, err);
}

int mf_worktree_files(const struct mf_repo *r, void (*fn)(void *ctx, const char *path, const char *why), void *ctx, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = NULL;

	if (mf_exclude_user_file(&path, r ? mf_repo_info(r) : NULL, fn, ctx, err))
		return -1;
	if (path)
		fn(ctx, path, NULL);
	return 0;
}

int mf_repo_hooks(char **dir, char **file, const struct mf_repo *r, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(r);
	MF_CLEANUP(mf_setting_free) struct mf_setting s = { 0 };

	*dir = *file = NULL;
	if (mf_setting_find(&s, info, "hookspath", NULL, NULL, err))
		return -1;
	if (!s.value) {
		*dir = mf_path_join(info->common_dir, "hooks");
		return *dir ? 0 : mf_fail_nomem(err);
	}
	/* relative to where git runs them */
	if (mf_setting_path(dir, s.value, info->work_tree ? info->work_tree : info->git_dir, err))
		return -1;
	if (!*dir && !(*dir = mf_strdup(s.value)))
		return mf_fail_nomem(err);
	*file = s.file;
	s.file = NULL;
	return 0;
}
