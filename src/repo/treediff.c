/* SPDX-License-Identifier: Apache-2.0 */
/* One tree against several at once. Trees of one folder follow one another, so that the last ones are kept. */
#include "treediff.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { DEPTH = 2048, PATH_N = 1 << 18, VISITS = 1 << 18 };
static const size_t TREE_MAX = (size_t)256 << 20, CACHE_MAX = (size_t)24 << 20;

/* One of the others, while the new tree is gone through. */
struct cursor {
	struct mf_tree *tree;
	size_t at;
	struct mf_tree_entry e;
	bool have;
};

void mf_treediff_init(struct mf_treediff *d, struct mf_reader *rd, size_t oid_len)
{
	*d = (struct mf_treediff){ .rd = rd, .oid_len = oid_len, .path = MF_BUF(PATH_N) };
}

static void forget(struct mf_treediff *d, size_t slot)
{
	struct mf_tree *t = d->slots[slot];

	if (!t)
		return;
	d->slots[slot] = NULL;
	d->bytes -= t->object.n;
	mf_tree_put(t);
}

void mf_treediff_free(struct mf_treediff *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < MF_TREE_SLOTS; i++)
		forget(d, i);
	mf_buf_free(&d->path);
}

void mf_tree_put(struct mf_tree *t)
{
	if (!t || --t->users)
		return;
	mf_object_free(&t->object);
	free(t);
}

static bool is_error(const struct mf_err *err, enum mf_error e)
{
	return strcmp(err->id, mf_error_id(e)) == 0;
}

static int read_tree(struct mf_tree **out, struct mf_treediff *d, const struct mf_oid *id, struct mf_err *err)
{
	struct mf_tree *t = mf_calloc(1, sizeof(*t));
	struct mf_err why;

	if (!t)
		return mf_fail_nomem(err);
	t->id = *id;
	t->users = 1;
	if (mf_object_read(&t->object, d->rd, id, TREE_MAX, &why)) {
		free(t);
		if (!is_error(&why, MF_E_GIT_MISSING) && !is_error(&why, MF_E_GIT_DAMAGED) && !is_error(&why, MF_E_GIT_LIMIT)) {
			*err = why;
			return -1;
		}
		t = NULL;
	} else if (t->object.type != MF_OBJ_TREE) {
		mf_tree_put(t);
		t = NULL;
	}
	d->missing += t == NULL;
	*out = t;
	return 0;
}

int mf_tree_get(struct mf_tree **out, struct mf_treediff *d, const struct mf_oid *id, struct mf_err *err)
{
	const size_t slot = id->b[0] % MF_TREE_SLOTS;
	struct mf_tree *t = d->slots[slot];

	if (t && memcmp(&t->id, id, sizeof(*id)) == 0) {
		t->users++;
		*out = t;
		return 0;
	}
	if (read_tree(&t, d, id, err))
		return -1;
	*out = t;
	if (!t || t->object.n > CACHE_MAX / 4)
		return 0;
	forget(d, slot);
	for (size_t i = 0; i < MF_TREE_SLOTS && d->bytes > CACHE_MAX; i++)
		forget(d, i);
	t->users++;
	d->slots[slot] = t;
	d->bytes += t->object.n;
	return 0;
}

int mf_tree_order(struct mf_str a, bool a_folder, struct mf_str b, bool b_folder)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int r = n ? memcmp(a.p, b.p, n) : 0;
	const int x = a.n > n ? (unsigned char)a.p[n] : a_folder ? '/' : 0, y = b.n > n ? (unsigned char)b.p[n] : b_folder ? '/' : 0;

	return r ? r : x - y;
}

/* To the first entry that does not come before `e`; *same: it has that name and is of that kind. */
static void advance(struct cursor *c, const struct mf_tree_entry *e, size_t oid_len, bool *same)
{
	bool bad;
	int r = -1;

	while (c->have) {
		r = mf_tree_order(c->e.name, mf_mode_folder(c->e.mode), e->name, mf_mode_folder(e->mode));
		if (r >= 0)
			break;
		c->have = mf_tree_next(&c->e, c->tree->object.p, c->tree->object.n, &c->at, oid_len, &bad);
	}
	*same = c->have && r == 0;
}

static int level(struct mf_treediff *d, const struct mf_oid *id, const struct mf_oid *others, size_t n, unsigned depth, struct mf_err *err);

static int into(struct mf_treediff *d, const struct mf_tree_entry *e, const struct mf_oid *others, size_t n, unsigned depth, struct mf_err *err)
{
	const size_t before = d->path.n;
	int r;

	if (depth == DEPTH || before + e->name.n + 1 > PATH_N || d->visits == 0) {
		d->cut = true;
		return 0;
	}
	if (mf_buf_add(&d->path, e->name.p, e->name.n, err) || mf_buf_putc(&d->path, '/', err))
		return -1;
	r = level(d, &e->id, others, n, depth + 1, err);
	d->path.n = before;
	d->path.p[before] = '\0';
	return r;
}

static int found(struct mf_treediff *d, const struct mf_tree_entry *e, struct mf_err *err)
{
	const size_t before = d->path.n;
	int r;

	if (before + e->name.n > PATH_N) {
		d->cut = true;
		return 0;
	}
	if (mf_buf_add(&d->path, e->name.p, e->name.n, err))
		return -1;
	r = d->emit(d->ctx, (struct mf_str){ d->path.p, d->path.n }, e, err);
	d->path.n = before;
	d->path.p[before] = '\0';
	return r;
}

static bool has(const struct mf_oid *ids, size_t n, const struct mf_oid *id)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&ids[i], id, sizeof(*id)) == 0)
			return true;
	return false;
}

/* One entry of the new tree. `below` has room for an id of each other tree. */
static int entry(struct mf_treediff *d, const struct mf_tree_entry *e, struct cursor *c, size_t n, struct mf_oid *below, unsigned depth,
		 struct mf_err *err)
{
	size_t n_below = 0;
	bool same, known = false;

	for (size_t i = 0; i < n; i++) {
		advance(&c[i], e, d->oid_len, &same);
		if (!same)
			continue;
		known |= memcmp(&c[i].e.id, &e->id, sizeof(e->id)) == 0;
		if (n_below < 64 ? !has(below, n_below, &c[i].e.id) : true)
			below[n_below++] = c[i].e.id;
	}
	if (known)
		return 0;
	return mf_mode_folder(e->mode) ? into(d, e, below, n_below, depth, err) : found(d, e, err);
}

static int compare(struct mf_treediff *d, const struct mf_tree *t, struct cursor *c, size_t n, struct mf_oid *below, unsigned depth,
		   struct mf_err *err)
{
	struct mf_tree_entry e;
	size_t at = 0;
	bool bad;

	while (mf_tree_next(&e, t->object.p, t->object.n, &at, d->oid_len, &bad))
		if (entry(d, &e, c, n, below, depth, err))
			return -1;
	d->missing += bad;
	return 0;
}

static int open_cursors(struct mf_treediff *d, struct cursor *c, size_t *used, const struct mf_oid *others, size_t n, struct mf_err *err)
{
	bool bad;

	for (size_t i = 0; i < n; i++) {
		struct cursor *now = &c[*used];

		if (mf_tree_get(&now->tree, d, &others[i], err))
			return -1;
		if (!now->tree)
			continue;
		now->have = mf_tree_next(&now->e, now->tree->object.p, now->tree->object.n, &now->at, d->oid_len, &bad);
		++*used;
	}
	return 0;
}

static int level(struct mf_treediff *d, const struct mf_oid *id, const struct mf_oid *others, size_t n, unsigned depth, struct mf_err *err)
{
	struct cursor *c = mf_calloc(n + 1, sizeof(*c));
	struct mf_oid *below = mf_calloc(n + 1, sizeof(*below));
	struct mf_tree *t = NULL;
	size_t used = 0;
	int r = -1;

	d->visits -= d->visits > 0;
	if (!c || !below) {
		mf_fail_nomem(err);
	} else {
		r = mf_tree_get(&t, d, id, err);
		if (!r && t)
			r = open_cursors(d, c, &used, others, n, err) || compare(d, t, c, used, below, depth, err) ? -1 : 0;
	}
	mf_tree_put(t);
	for (size_t i = 0; c && i < used; i++)
		mf_tree_put(c[i].tree);
	free(c);
	free(below);
	return r;
}

int mf_treediff_run(struct mf_treediff *d, const struct mf_oid *tree, const struct mf_oid *others, size_t n, struct mf_err *err)
{
	d->visits = VISITS;
	return has(others, n, tree) ? 0 : level(d, tree, others, n, 0, err);
}

int mf_treediff_whole(struct mf_treediff *d, const struct mf_oid *tree, const struct mf_oid *others, size_t n, struct mf_err *err)
{
	if (mf_treediff_run(d, tree, others, n, err))
		return -1;
	return d->cut ? mf_fail(err, MF_E_GIT_LIMIT, "a tree has more than %d folders, or folders in more than %d others", VISITS, DEPTH) : 0;
}
