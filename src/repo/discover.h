/* SPDX-License-Identifier: Apache-2.0 */
/* Where a repository is. */
#ifndef MF_REPO_DISCOVER_H
#define MF_REPO_DISCOVER_H

#include <mayfly/repo.h>

struct mf_found {
	char *git_dir;	/* absolute, without links */
	char *root;	/* the folder whose .git led to it; NULL: git_dir itself was found */
};
void mf_found_free(struct mf_found *f);

/* Looks at `path` and the folders above it. MF-GIT-01. */
int mf_repo_discover(struct mf_found *out, const char *path, struct mf_err *err) MF_MUST_USE;

/* Takes this one, as GIT_DIR says. MF-GIT-01. */
int mf_repo_given(struct mf_found *out, const char *git_dir, struct mf_err *err) MF_MUST_USE;

/* Where the parts are that linked work trees share. */
int mf_repo_common(char **out, const char *git_dir, struct mf_err *err) MF_MUST_USE;

#endif
