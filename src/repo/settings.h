/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of git's own configuration. */
#ifndef MF_REPO_SETTINGS_H
#define MF_REPO_SETTINGS_H

#include <mayfly/repo.h>

struct mf_setting {
	char *value, *file;	/* NULL: nothing says so; the file that does */
	bool own;		/* which is the repository's own, or included by it */
};
void mf_setting_free(struct mf_setting *s);

/* Each file that is read, in turn, or that is there and cannot be read, and why. */
typedef void (*mf_setting_fn)(void *ctx, const char *path, const char *why);

/* core.KEY, in lower case; `info` NULL: outside of a repository; `file` may be NULL. Of conditional includes those by gitdir count. */
int mf_setting_find(struct mf_setting *out, const struct mf_repo_info *info, const char *key, mf_setting_fn file, void *ctx, struct mf_err *err) MF_MUST_USE;

/* A value that is a path: below the home folder ("~/x"), absolute, or relative to `folder`. NULL in *out when it is neither. */
int mf_setting_path(char **out, const char *value, const char *folder, struct mf_err *err) MF_MUST_USE;

#endif
