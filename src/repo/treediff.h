/* SPDX-License-Identifier: Apache-2.0 */
/* What one tree has that none of some others has at the same path. */
#ifndef MF_REPO_TREEDIFF_H
#define MF_REPO_TREEDIFF_H

#include <mayfly/walk.h>

/* A tree's bytes, shared by whoever looks at them. */
struct mf_tree {
	struct mf_oid id;
	struct mf_object object;
	unsigned users;
};

enum { MF_TREE_SLOTS = 256 };

struct mf_treediff {
	struct mf_reader *rd;
	size_t oid_len;
	struct mf_tree *slots[MF_TREE_SLOTS];	/* those that were used last */
	size_t bytes;
	struct mf_buf path;		/* what all paths begin with, "" or "folder/" */
	size_t visits;			/* trees that one run may still go into */
	uint64_t missing;		/* trees that the repository lacks, or has damaged */
	bool cut;			/* there are more folders, or deeper ones, than are followed */
	/* The path is NUL-terminated. Submodules come with their mode. */
	int (*emit)(void *ctx, struct mf_str path, const struct mf_tree_entry *e, struct mf_err *err);
	void *ctx;
};

void mf_treediff_init(struct mf_treediff *d, struct mf_reader *rd, size_t oid_len);
void mf_treediff_free(struct mf_treediff *d);

/* Goes only into folders that differ from that of each of the `n` others; where there is no end to it, d->cut says so. */
int mf_treediff_run(struct mf_treediff *d, const struct mf_oid *tree, const struct mf_oid *others, size_t n, struct mf_err *err) MF_MUST_USE;
/* The same, but what was cut is an error: MF-GIT-07. */
int mf_treediff_whole(struct mf_treediff *d, const struct mf_oid *tree, const struct mf_oid *others, size_t n, struct mf_err *err) MF_MUST_USE;

/* One tree, to be given back; NULL when the repository lacks it, which is counted. */
int mf_tree_get(struct mf_tree **out, struct mf_treediff *d, const struct mf_oid *id, struct mf_err *err) MF_MUST_USE;
void mf_tree_put(struct mf_tree *t);

/* What a commit has at a path; *found is false when it has nothing there, or when that cannot be told. The name is not kept. */
int mf_tree_path(struct mf_tree_entry *out, bool *found, struct mf_reader *rd, const struct mf_oid *commit, const char *path, size_t oid_len,
		 struct mf_err *err) MF_MUST_USE;

static inline bool mf_mode_folder(unsigned mode)
{
	return (mode & 0170000) == 0040000;
}

/* The order of entries in a tree: a folder as if its name ended in '/'. */
int mf_tree_order(struct mf_str a, bool a_folder, struct mf_str b, bool b_folder);

#endif
