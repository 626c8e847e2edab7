/* SPDX-License-Identifier: Apache-2.0 */
/* What a file was before it was changed: in the index, in HEAD for what is staged, in the commits that a range leaves out. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/worktree.h>

#include "commit.h"
#include "index.h"
#include "refs.h"
#include "treediff.h"

static const size_t COMMIT_MAX = (size_t)64 << 20;

struct mf_before {
	struct mf_reader *rd;
	size_t oid_len;
	bool commits;
	struct mf_oid *from;
	size_t n_from;
	struct mf_index index;
};

static int open_before(struct mf_before *b, const struct mf_repo *r, enum mf_before_what what, const struct mf_ends *ends, struct mf_err *err)
{
	const size_t n = what == MF_BEFORE_RANGE ? ends->n_from : 1;
	bool born;

	if (mf_reader_new(&b->rd, r, err))
		return -1;
	if (what == MF_BEFORE_CHANGED)
		return mf_index_read(&b->index, mf_repo_info(r), err);
	b->commits = true;
	b->from = mf_calloc(n + 1, sizeof(*b->from));
	if (!b->from)
		return mf_fail_nomem(err);
	b->n_from = n;
	if (what == MF_BEFORE_RANGE && n)
		memcpy(b->from, ends->from, n * sizeof(*b->from));
	if (what == MF_BEFORE_RANGE)
		return 0;
	if (mf_ref_read(b->from, &born, r, "HEAD", err))
		return -1;
	b->n_from = born;
	return 0;
}

int mf_before_new(struct mf_before **out, const struct mf_repo *r, enum mf_before_what what, const struct mf_ends *ends, struct mf_err *err)
{
	struct mf_before *b = mf_calloc(1, sizeof(*b));

	if (!b)
		return mf_fail_nomem(err);
	b->oid_len = mf_repo_info(r)->oid_len;
	if (open_before(b, r, what, ends, err)) {
		mf_before_free(b);
		return -1;
	}
	*out = b;
	return 0;
}

void mf_before_free(struct mf_before *b)
{
	if (!b)
		return;
	free(b->from);
	mf_index_free(&b->index);
	mf_reader_free(b->rd);
	free(b);
}

/* Each side of a conflict, but not what `git add -N` has only noted. */
static void in_index(struct mf_oid out[static MF_BEFORE_MAX], size_t *n, const struct mf_before *b, const char *path)
{
	const struct mf_str want = mf_str(path);

	for (size_t i = mf_index_at(&b->index, 0, b->index.n, want); i < b->index.n && *n < MF_BEFORE_MAX; i++) {
		const struct mf_index_entry *e = &b->index.v[i];

		if (e->n != want.n || memcmp(e->path, want.p, want.n) != 0)
			break;
		if (!(e->flags & MF_INDEX_INTENT))
			memcpy(out[(*n)++].b, e->id, b->oid_len);
	}
}

int mf_before_find(struct mf_oid out[static MF_BEFORE_MAX], size_t *n, struct mf_before *b, const char *path, struct mf_err *err)
{
	struct mf_tree_entry e;
	bool found;

	*n = 0;
	memset(out, 0, MF_BEFORE_MAX * sizeof(*out));
	if (!b->commits)
		in_index(out, n, b, path);
	for (size_t i = 0; i < b->n_from && *n < MF_BEFORE_MAX && *path; i++) {
		if (mf_tree_path(&e, &found, b->rd, &b->from[i], path, b->oid_len, err))
			return -1;
		if (found && !mf_mode_folder(e.mode))
			out[(*n)++] = e.id;
	}
	return 0;
}

/* *found is false where there is none, or that cannot be told. */
static int first_parent(struct mf_oid *out, bool *found, struct mf_reader *rd, const struct mf_oid *commit, size_t oid_len, struct mf_err *err)
{
	struct mf_commit_head head;
	struct mf_object o;
	struct mf_err why = { 0 };

	*found = false;
	if (mf_object_read(&o, rd, commit, COMMIT_MAX, &why))
		return why.id == mf_error_id(MF_E_BASE_NOMEM) ? mf_fail_nomem(err) : 0;
	*found = o.type == MF_OBJ_COMMIT && mf_commit_head(&head, o.p, o.n, oid_len) && head.n_parents;
	if (*found)
		*out = mf_commit_parent(&head, o.p, oid_len, 0);
	mf_object_free(&o);
	return 0;
}

int mf_moved_from(bool *yes, const struct mf_repo *r, struct mf_reader *rd, const struct mf_oid *commit, const struct mf_oid *blob, const char *path,
		  struct mf_err *err)
{
	const size_t oid_len = mf_repo_info(r)->oid_len;
	struct mf_tree_entry e;
	struct mf_oid parent;
	bool found;

	*yes = false;
	if (mf_tree_path(&e, &found, rd, commit, path, oid_len, err))
		return -1;
	if (found)
		return 0;
	if (first_parent(&parent, &found, rd, commit, oid_len, err) || (found && mf_tree_path(&e, &found, rd, &parent, path, oid_len, err)))
		return -1;
	*yes = found && memcmp(e.id.b, blob->b, oid_len) == 0;
	return 0;
}
