/* SPDX-License-Identifier: Apache-2.0 */
/* What a file was before it was changed: in the index, or in HEAD for what is staged. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/worktree.h>

#include "index.h"
#include "refs.h"
#include "treediff.h"

struct mf_before {
	struct mf_reader *rd;
	size_t oid_len;
	bool staged, born;
	struct mf_oid head;
	struct mf_index index;
};

int mf_before_new(struct mf_before **out, const struct mf_repo *r, bool staged, struct mf_err *err)
{
	struct mf_before *b = mf_calloc(1, sizeof(*b));
	int rc;

	if (!b)
		return mf_fail_nomem(err);
	b->staged = staged;
	b->oid_len = mf_repo_info(r)->oid_len;
	rc = mf_reader_new(&b->rd, r, err);
	if (rc == 0 && staged)
		rc = mf_ref_read(&b->head, &b->born, r, "HEAD", err);
	else if (rc == 0)
		rc = mf_index_read(&b->index, mf_repo_info(r), err);
	if (rc) {
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
	if (!b->staged) {
		in_index(out, n, b, path);
		return 0;
	}
	if (!b->born || !*path)
		return 0;
	if (mf_tree_path(&e, &found, b->rd, &b->head, path, b->oid_len, err))
		return -1;
	if (found && !mf_mode_folder(e.mode))
		out[(*n)++] = e.id;
	return 0;
}
