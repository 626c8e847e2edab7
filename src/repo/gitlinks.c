/* SPDX-License-Identifier: Apache-2.0 */
/* Which submodules a repository has, by its index or its trees. .gitmodules is not asked: git itself goes by the entry, and by the .git in the folder. */
#include <mayfly/worktree.h>

#include "commit.h"
#include "index.h"
#include "refs.h"
#include "treediff.h"

static const size_t COMMIT_MAX = (size_t)64 << 20, TREE_MAX = (size_t)256 << 20;

struct links {
	const struct mf_repo *r;
	struct mf_treediff diff;
	size_t oid_len;
	mf_place_fn fn;
	void *ctx;
};

/* The tree of a commit; *found is false when the object is not there, or is none. */
static int tree_of(struct mf_oid *out, bool *found, struct mf_reader *rd, const struct mf_oid *commit, size_t oid_len, struct mf_err *err)
{
	struct mf_commit_head head;
	struct mf_object o;
	struct mf_err why;

	*found = false;
	if (mf_object_read(&o, rd, commit, COMMIT_MAX, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	*found = o.type == MF_OBJ_COMMIT && mf_commit_head(&head, o.p, o.n, oid_len);
	mf_object_free(&o);
	if (*found)
		*out = head.tree;
	return 0;
}

static int emit(void *ctx, struct mf_str path, const struct mf_tree_entry *e, struct mf_err *err)
{
	struct links *l = ctx;
	const struct mf_place place = { .path = path.p, .mode = MF_MODE_LINK, .blob = &e->id };

	return e->mode == MF_MODE_LINK ? l->fn(l->ctx, &place, err) : 0;
}

static int of_tree(struct links *l, struct mf_str folder, const struct mf_oid *tree, struct mf_err *err)
{
	l->diff.path.n = 0;
	return mf_buf_add(&l->diff.path, folder.p, folder.n, err) || mf_treediff_whole(&l->diff, tree, NULL, 0, err) ? -1 : 0;
}

static int of_index(struct links *l, const struct mf_index *index, struct mf_err *err)
{
	int r = 0;

	for (size_t i = 0; i < index->n && r == 0; i++) {
		const struct mf_index_entry *e = &index->v[i];
		const bool again = i && index->v[i - 1].n == e->n && memcmp(index->v[i - 1].path, e->path, e->n) == 0;	/* of a conflict */
		struct mf_place place = { .path = e->path, .mode = e->mode };
		struct mf_oid id = { { 0 } };

		memcpy(id.b, e->id, l->oid_len);
		place.blob = &id;
		if (e->mode == MF_MODE_LINK && !again)
			r = l->fn(l->ctx, &place, err);
		else if (mf_mode_folder(e->mode))
			r = of_tree(l, (struct mf_str){ e->path, e->n }, &id, err);
	}
	return r;
}

static int of_head(struct links *l, struct mf_err *err)
{
	struct mf_oid id, tree;
	bool found;

	if (mf_repo_info(l->r)->reftable)
		return 0;
	if (mf_ref_read(&id, &found, l->r, "HEAD", err))
		return -1;
	if (found && tree_of(&tree, &found, l->diff.rd, &id, l->oid_len, err))
		return -1;
	return found ? of_tree(l, (struct mf_str){ "", 0 }, &tree, err) : 0;
}

int mf_gitlinks_walk(const struct mf_repo *r, mf_place_fn fn, void *ctx, struct mf_err *err)
{
	struct links l = { .r = r, .oid_len = mf_repo_info(r)->oid_len, .fn = fn, .ctx = ctx };
	struct mf_index index = { 0 };
	struct mf_reader *rd;
	int rc;

	if (mf_reader_new(&rd, r, err))
		return -1;
	mf_treediff_init(&l.diff, rd, l.oid_len);
	l.diff.emit = emit;
	l.diff.ctx = &l;
	rc = mf_index_read(&index, mf_repo_info(r), err);
	if (rc == 0)
		rc = index.n ? of_index(&l, &index, err) : of_head(&l, err);
	mf_index_free(&index);
	mf_treediff_free(&l.diff);
	mf_reader_free(rd);
	return rc;
}

/* The entry of that name; *found is false when the tree has none, or cannot be read. */
static int entry_of(struct mf_tree_entry *out, bool *found, struct mf_reader *rd, const struct mf_oid *tree, struct mf_str name, size_t oid_len,
		    struct mf_err *err)
{
	struct mf_object o;
	struct mf_err why;
	size_t at = 0;
	bool bad;

	*found = false;
	if (mf_object_read(&o, rd, tree, TREE_MAX, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	while (!*found && o.type == MF_OBJ_TREE && mf_tree_next(out, o.p, o.n, &at, oid_len, &bad))
		*found = out->name.n == name.n && memcmp(out->name.p, name.p, name.n) == 0;
	out->name = (struct mf_str){ NULL, 0 };
	mf_object_free(&o);
	return 0;
}

int mf_tree_path(struct mf_tree_entry *out, bool *found, struct mf_reader *rd, const struct mf_oid *commit, const char *path, size_t oid_len,
		 struct mf_err *err)
{
	*out = (struct mf_tree_entry){ .mode = 0040000 };
	if (tree_of(&out->id, found, rd, commit, oid_len, err))
		return -1;
	while (*found && *path) {
		const struct mf_str part = { path, strcspn(path, "/") };
		const struct mf_oid tree = out->id;

		*found = mf_mode_folder(out->mode);
		if (*found && entry_of(out, found, rd, &tree, part, oid_len, err))
			return -1;
		path += part.n + (path[part.n] == '/');
	}
	return 0;
}

int mf_gitlink_at(struct mf_oid *out, bool *found, const struct mf_repo *r, struct mf_reader *rd, const struct mf_oid *commit, const char *path,
		  struct mf_err *err)
{
	struct mf_tree_entry e;

	if (mf_tree_path(&e, found, rd, commit, path, mf_repo_info(r)->oid_len, err))
		return -1;
	*found = *found && e.mode == MF_MODE_LINK;
	*out = e.id;
	return 0;
}
