/* SPDX-License-Identifier: Apache-2.0 */
/* The index against HEAD's tree. Folders whose tree the index still knows, and which is HEAD's, are not looked at. */
#include <mayfly/worktree.h>

#include "commit.h"
#include "index.h"
#include "refs.h"
#include "treediff.h"

enum { DEPTH = 2048 };
static const size_t COMMIT_MAX = (size_t)64 << 20;

struct staged {
	struct mf_index index;
	struct mf_treediff diff;
	size_t oid_len;
	mf_place_fn fn;
	void *ctx;
};

/* A run of the index that lies in one folder, and that folder's tree in HEAD. */
struct folder {
	size_t from, to;
	struct mf_str path;		/* with its '/' */
	const struct mf_oid *tree;	/* NULL: HEAD does not have it */
	const struct mf_cache_node *node;
	unsigned depth;
};

static int level(struct staged *s, const struct folder *f, struct mf_err *err);

static struct mf_oid id_of(const struct staged *s, const unsigned char *p)
{
	struct mf_oid id = { { 0 } };

	memcpy(id.b, p, s->oid_len);
	return id;
}

static int pass(struct staged *s, const struct mf_index_entry *e, struct mf_err *err)
{
	const struct mf_oid id = id_of(s, e->id);
	const struct mf_place place = { .path = e->path, .mode = e->mode, .blob = &id };

	/* `git add -N` has noted the name only: a commit would not add it */
	return e->flags & MF_INDEX_INTENT ? 0 : s->fn(s->ctx, &place, err);
}

/* From a tree that stands for a folder of a sparse index. */
static int pass_sparse(void *ctx, struct mf_str path, const struct mf_tree_entry *e, struct mf_err *err)
{
	struct staged *s = ctx;
	const struct mf_place place = { .path = path.p, .mode = e->mode, .blob = &e->id };

	return s->fn(s->ctx, &place, err);
}

static int sparse(struct staged *s, const struct mf_index_entry *e, const struct mf_oid *tree, struct mf_err *err)
{
	const struct mf_oid id = id_of(s, e->id);

	s->diff.path.n = 0;
	return mf_buf_add(&s->diff.path, e->path, e->n, err) || mf_treediff_whole(&s->diff, &id, tree, tree != NULL, err) ? -1 : 0;
}

/* HEAD's tree, gone through beside the index, which has the same order. */
struct head {
	struct mf_tree *tree;
	struct mf_tree_entry e;
	size_t at;
	bool have;
};

static void step(struct head *h, size_t oid_len)
{
	bool bad;

	h->have = h->tree && mf_tree_next(&h->e, h->tree->object.p, h->tree->object.n, &h->at, oid_len, &bad);
}

/* HEAD's entry of that name and kind, or NULL. */
static const struct mf_tree_entry *seek(struct head *h, struct mf_str name, bool folder, size_t oid_len)
{
	int r = -1;

	for (; h->have; step(h, oid_len)) {
		r = mf_tree_order(h->e.name, mf_mode_folder(h->e.mode), name, folder);
		if (r >= 0)
			break;
	}
	return h->have && r == 0 ? &h->e : NULL;
}

static int subfolder(struct staged *s, const struct folder *f, size_t from, size_t to, struct mf_str name, const struct mf_oid *tree,
		     struct mf_err *err)
{
	const struct mf_index_entry *e = &s->index.v[from];
	const struct folder below = {
		.from = from, .to = to, .path = { e->path, f->path.n + name.n + 1 }, .tree = tree, .depth = f->depth + 1,
		.node = f->node ? mf_index_cache_find(&s->index, f->node, name) : NULL,
	};

	if (e->n == below.path.n && mf_mode_folder(e->mode))
		return sparse(s, e, tree, err);
	if (f->depth == DEPTH) {
		mf_fail(err, MF_E_GIT_INDEX, "the index cannot be read");
		mf_err_why(err, "its folders nest more than %d deep", DEPTH);
		return -1;
	}
	return level(s, &below, err);
}

/* The file or folder of the entry at `i`; moves behind it. */
static int next(struct staged *s, const struct folder *f, struct head *h, size_t *i, struct mf_err *err)
{
	const struct mf_index_entry *e = &s->index.v[*i];
	const struct mf_str rest = { e->path + f->path.n, e->n - f->path.n };
	const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
	const struct mf_str name = { rest.p, slash ? (size_t)(slash - rest.p) : rest.n };
	const struct mf_tree_entry *there = seek(h, name, slash != NULL, s->oid_len);
	size_t end = *i + 1;
	int r = 0;

	if (slash) {
		const struct mf_oid tree = there ? there->id : (struct mf_oid){ { 0 } };

		end = mf_index_end(&s->index, *i, f->to, (struct mf_str){ e->path, f->path.n + name.n + 1 });
		r = subfolder(s, f, *i, end, name, there ? &tree : NULL, err);
	} else if (!there || memcmp(there->id.b, e->id, s->oid_len) != 0) {
		r = pass(s, e, err);
	}
	*i = end;
	return r;
}

static int level(struct staged *s, const struct folder *f, struct mf_err *err)
{
	struct head h = { 0 };
	int r = 0;

	if (f->tree && f->node && f->node->id && f->node->entries == f->to - f->from && memcmp(f->node->id, f->tree->b, s->oid_len) == 0)
		return 0;
	/* one that the clone lacks leaves all that is staged there */
	if (f->tree && mf_tree_get(&h.tree, &s->diff, f->tree, err))
		return -1;
	step(&h, s->oid_len);
	for (size_t i = f->from; i < f->to && r == 0;)
		r = next(s, f, &h, &i, err);
	mf_tree_put(h.tree);
	return r;
}

/* HEAD's tree; *born is false before the first commit. */
static int head_tree(struct mf_oid *out, bool *born, const struct mf_repo *r, struct mf_reader *rd, size_t oid_len, struct mf_err *err)
{
	struct mf_commit_head head;
	struct mf_object o;
	struct mf_oid id;
	bool ok;

	if (mf_ref_read(&id, born, r, "HEAD", err))
		return -1;
	if (!*born)
		return 0;
	if (mf_object_read(&o, rd, &id, COMMIT_MAX, err)) {
		mf_err_wrap(err, "HEAD cannot be read");
		return -1;
	}
	ok = o.type == MF_OBJ_COMMIT && mf_commit_head(&head, o.p, o.n, oid_len);
	mf_object_free(&o);
	if (!ok)
		return mf_fail(err, MF_E_GIT_DAMAGED, "HEAD is no commit, or a damaged one");
	*out = head.tree;
	return 0;
}

static int run(struct staged *s, const struct mf_repo *r, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(r);
	struct folder root = { .path = { "", 0 } };
	struct mf_oid tree;
	bool born = false;

	if (info->reftable) {
		mf_fail(err, MF_E_GIT_UNSUPPORTED, "HEAD cannot be looked up");
		mf_err_why(err, "the repository keeps its references in a reftable, which is not read");
		return -1;
	}
	if (mf_index_read(&s->index, info, err) || head_tree(&tree, &born, r, s->diff.rd, s->oid_len, err))
		return -1;
	root.to = s->index.n;
	root.tree = born ? &tree : NULL;
	root.node = s->index.n_nodes ? s->index.nodes : NULL;
	return level(s, &root, err);
}

int mf_staged_walk(const struct mf_repo *r, mf_place_fn fn, void *ctx, struct mf_err *err)
{
	struct staged s = { .oid_len = mf_repo_info(r)->oid_len, .fn = fn, .ctx = ctx };
	struct mf_reader *rd;
	int rc;

	if (mf_reader_new(&rd, r, err))
		return -1;
	mf_treediff_init(&s.diff, rd, s.oid_len);
	s.diff.emit = pass_sparse;
	s.diff.ctx = &s;
	rc = run(&s, r, err);
	mf_treediff_free(&s.diff);
	mf_index_free(&s.index);
	mf_reader_free(rd);
	return rc;
}
