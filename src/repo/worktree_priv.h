/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over files: what one folder holds, and the rules of the repository that it belongs to. */
#ifndef MF_REPO_WORKTREE_PRIV_H
#define MF_REPO_WORKTREE_PRIV_H

#include <fcntl.h>
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
	struct mf_exclude list;
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
struct mf_files;
int mf_scope_open(struct mf_scope *out, const struct mf_repo *r, size_t at, struct mf_files *w, struct mf_err *err) MF_MUST_USE;
void mf_scope_close(struct mf_scope *s);

/* Adds the rules of a folder's .gitignore. `why` is set when there is one that cannot be used. */
int mf_scope_add(struct mf_scope *s, int folder, size_t base, const char **why, struct mf_err *err) MF_MUST_USE;
void mf_scope_drop(struct mf_scope *s, size_t n);	/* back to the first n */

/* Whether rules leave out this path, relative to the work tree, whose folder is not left out. */
bool mf_scope_ignores(struct mf_scope *s, struct mf_str path, bool folder);

enum { MF_FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, MF_WALK_PATH_MAX = 1 << 20 };

struct mf_files {
	const char *real;		/* the root, without links */
	const struct mf_worktree_opts *opts;
	int (*fn)(void *ctx, const struct mf_file *file, struct mf_err *err);
	void (*unreadable)(void *ctx, const char *path, const char *why);
	void *ctx;
	struct mf_worktree_stats stats;
	struct mf_scope *scope;		/* of the folder at hand */
	struct mf_buf path;		/* relative to the outermost work tree */
	size_t root;			/* how much of it lies above the root */
	bool tired;			/* the rules cost too much, which was said */
};

/* A folder, or a name in one. */
struct mf_spot {
	int fd;				/* the folder */
	size_t from, to;		/* entries of the index below it */
	bool ignored;			/* only what is tracked counts */
	bool sparse;			/* the index has only the tree of it: all may be tracked */
	bool named;			/* asked for by name: no rule leaves it out */
	unsigned depth;
};

/* All of an open folder; w->path is its own, or "" for the root. */
int mf_files_folder(struct mf_files *w, const struct mf_spot *p, struct mf_err *err) MF_MUST_USE;

/* What stands behind a name; w->path ends with it. `type` is one of DT_*. */
int mf_files_one(struct mf_files *w, const struct mf_spot *in, const char *name, unsigned char type, struct mf_err *err) MF_MUST_USE;

/* The rules of a folder that has some; w->path ends in '/' or is empty. */
int mf_files_rules(struct mf_files *w, int fd, struct mf_err *err) MF_MUST_USE;

/* What cannot be looked at; w->path is its path. And w->path as it was before. */
void mf_files_complain(struct mf_files *w, const char *why);
void mf_files_cut(struct mf_files *w, size_t n);

#endif
