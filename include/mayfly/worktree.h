/* SPDX-License-Identifier: Apache-2.0 */
/* Files: the index against HEAD, and the work tree or any folder, with ignore rules. Links are never followed. */
#ifndef MAYFLY_WORKTREE_H
#define MAYFLY_WORKTREE_H

#include <mayfly/walk.h>

/* Calls `fn` for each entry of the index that differs from HEAD's tree (or has no HEAD): what a commit would add. Submodules come with their
 * mode. Versions 2 to 4, split and sparse indexes; MF-GIT-06. */
int mf_staged_walk(const struct mf_repo *r, mf_place_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

/* Calls `fn` for each submodule that the index has, or HEAD's tree where there is no index (a bare repository): its path, and the id of its commit as the
 * blob. Whether it is checked out is not asked. MF-GIT-06. */
int mf_gitlinks_walk(const struct mf_repo *r, mf_place_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;
/* The id that a commit's tree has for the submodule at `path`; *found is false when there is none, or when that cannot be told. */
int mf_gitlink_at(struct mf_oid *out, bool *found, const struct mf_repo *r, struct mf_reader *rd, const struct mf_oid *commit, const char *path,
		  struct mf_err *err) MF_MUST_USE;

/* What files were before they were changed: in the index; for what is staged, in HEAD; of a range, in the commits `ends`->from. MF-GIT-05, MF-GIT-06. */
enum mf_before_what { MF_BEFORE_CHANGED, MF_BEFORE_STAGED, MF_BEFORE_RANGE };
enum { MF_BEFORE_MAX = 4 };
struct mf_before;
int mf_before_new(struct mf_before **out, const struct mf_repo *r, enum mf_before_what what, const struct mf_ends *ends /* or NULL */,
		  struct mf_err *err) MF_MUST_USE;
void mf_before_free(struct mf_before *b);
/* The blobs at a path: none when it is new, several in a conflict or of several commits, the first few of these. */
int mf_before_find(struct mf_oid out[static MF_BEFORE_MAX], size_t *n, struct mf_before *b, const char *path, struct mf_err *err) MF_MUST_USE;

/* Whether the commit moved `blob` away from `path`: its first parent has it there, and the commit has nothing there. */
int mf_moved_from(bool *yes, const struct mf_repo *r, struct mf_reader *rd, const struct mf_oid *commit, const struct mf_oid *blob, const char *path,
		  struct mf_err *err) MF_MUST_USE;

enum mf_file_kind { MF_FILE_REGULAR, MF_FILE_LINK, MF_FILE_SUBMODULE, MF_FILE_OTHER };
struct mf_file {
	const char *path;	/* relative to the root of the walk, borrowed */
	int dir_fd;		/* its folder, opened without following links; `name` is the file in it */
	const char *name;
	enum mf_file_kind kind;
	uint64_t size;		/* as lstat saw it */
	bool tracked;
};
struct mf_worktree_opts {
	bool ignored;		/* also what .gitignore, info/exclude and the user's global excludes leave out */
	bool submodules;	/* go into them; those that are not checked out are passed on */
	/* a list of ignored files, or a configuration that may name one, that is there and cannot be read: what it leaves out is walked. May be NULL */
	void (*lost)(void *ctx, const char *path, const char *why);
	void (*vanished)(void *ctx, const char *path);	/* what was there a moment ago; may be NULL */
	const char *const *only;	/* paths below the root; NULL: all. Tracked or not, ignored or not: what is named is walked */
	size_t n_only;
};
struct mf_worktree_stats {
	uint64_t files, ignored, links, submodules, unreadable, vanished;
	uint64_t left_out;	/* in the index, and by a sparse checkout not among the files */
};

/* Files outside of the repository that a walk of its work tree reads: git's configuration, and the user's own ignore rules. For the sandbox. `why` is
 * NULL but for those that cannot be read. */
int mf_worktree_files(const struct mf_repo *r, void (*fn)(void *ctx, const char *path, const char *why), void *ctx, struct mf_err *err) MF_MUST_USE;

/* Walks `root`: with a repository its work tree's files (tracked ones whether ignored or not, untracked ones that are not ignored), without one every
 * file. .git folders are never entered. `unreadable` gets what could not be looked at, and why. Paths sorted bytewise within a folder. */
int mf_worktree_walk(const char *root, const struct mf_repo *r /* or NULL */, const struct mf_worktree_opts *opts,
		     int (*fn)(void *ctx, const struct mf_file *file, struct mf_err *err),
		     void (*unreadable)(void *ctx, const char *path, const char *why), void *ctx, struct mf_worktree_stats *stats,
		     struct mf_err *err) MF_MUST_USE;

#endif
