/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over files: what one folder holds, and the rules of the repository that it belongs to. */
#ifndef MF_REPO_WORKTREE_PRIV_H
#define MF_REPO_WORKTREE_PRIV_H

#include <mayfly/worktree.h>
#include "ignore.h"
#include "index.h"

/* The names in a folder, sorted bytewise, without "." and "..". */
struct mf_name {
	size_t at;		/* in `bytes` */
	unsigned char type;	/* DT_* */
};
struct mf_names {
	char *bytes;
	size_t n_bytes, cap_bytes;
	struct mf_name *v;
	size_t n, cap;
	bool rules;		/* there is a .gitignore */
};
/* 0; 1 with errno when the folder cannot be read; -1. */
int mf_names_read(struct mf_names *out, int fd, struct mf_err *err) MF_MUST_USE;
void mf_names_free(struct mf_names *names);

/* One file of rules; `base` bytes of a path are the folder in which it counts. */
struct mf_rules {
	struct mf_ignore list;
	size_t base;
};

/* What a repository says about its files; with r == NULL nothing. */
struct mf_scope {
	const struct mf_repo *r;
	struct mf_repo *own;	/* a submodule's */
	struct mf_index index;
	struct mf_rules *rules;	/* the weakest first */
	size_t n, cap;
	size_t at;		/* where paths begin that are relative to its work tree */
	uint64_t work;		/* steps of matching that are left */
};
int mf_scope_open(struct mf_scope *out, const struct mf_repo *r, size_t at, struct mf_err *err) MF_MUST_USE;
void mf_scope_close(struct mf_scope *s);

/* Adds the rules of a folder's .gitignore. `why` is set when there is one that cannot be used. */
int mf_scope_add(struct mf_scope *s, int folder, size_t base, const char **why, struct mf_err *err) MF_MUST_USE;
void mf_scope_drop(struct mf_scope *s, size_t n);	/* back to the first n */

/* Whether rules leave out this path, relative to the work tree, whose folder is not left out. */
bool mf_scope_ignores(struct mf_scope *s, struct mf_str path, bool folder);

#endif
