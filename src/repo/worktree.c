/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a work tree or of any folder: all below a root, or what was named. */
#include "worktree_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

/* Down to a path that was named, part by part; each folder's rules count, but do not leave out what was named. */
static int named(struct mf_files *w, struct mf_spot in, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;
	const char *slash = strchr(path, '/');
	const size_t before = w->path.n, n = slash ? (size_t)(slash - path) : strlen(path);
	MF_CLEANUP(mf_freep) char *name = mf_strndup(path, n);
	struct stat st;
	int r = 0;

	if (!name)
		return mf_fail_nomem(err);
	if (mf_buf_add(&w->path, path, n, err))
		return -1;
	in.named = true;
	if (strcmp(name, ".git") == 0) {
		mf_files_complain(w, "git's own folder is not looked at");
	} else if (fstatat(in.fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		mf_files_complain(w, strerror(errno));
	} else if (!slash) {
		r = mf_files_one(w, &in, name, DT_UNKNOWN, err);
	} else if (S_ISLNK(st.st_mode)) {
		mf_files_complain(w, "it is a link, which is not followed");
	} else if ((fd = openat(in.fd, name, MF_FOLDER_FLAGS)) < 0) {
		mf_files_complain(w, strerror(errno));
	} else {
		r = mf_buf_putc(&w->path, '/', err);
		in.fd = fd;
		if (r == 0 && w->scope->r)
			r = mf_files_rules(w, fd, err);
		if (r == 0)
			r = named(w, in, slash + 1, err);
	}
	mf_files_cut(w, before);
	return r;
}

/* "./a//b/" -> "a/b"; NULL in *out when it lies outside. */
static int normal(char **out, const char *path, struct mf_err *err)
{
	char *to = malloc(strlen(path) + 1);
	size_t n = 0;

	*out = NULL;
	if (!to)
		return mf_fail_nomem(err);
	for (const char *p = path; *p;) {
		const size_t part = strcspn(p, "/");

		if ((part == 2 && p[0] == '.' && p[1] == '.') || path[0] == '/') {
			free(to);
			return 0;
		}
		if (part && !(part == 1 && p[0] == '.')) {
			if (n)
				to[n++] = '/';
			memcpy(to + n, p, part);
			n += part;
		}
		p += part + (p[part] == '/');
	}
	to[n] = '\0';
	*out = to;
	return 0;
}

/* So that what lies below a folder follows it at once. */
static int by_part(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : (unsigned char)*x) - (*y == '/' ? 1 : (unsigned char)*y);
}

/* Whether `path` is `above`, or lies below it. */
static bool within(const char *path, const char *above)
{
	const size_t n = strlen(above);

	return n == 0 || (strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

static int only(struct mf_files *w, const struct mf_spot *root, char **paths, size_t n, struct mf_err *err)
{
	const size_t n_rules = w->scope->n;
	const char *last = NULL;
	int r = 0;

	if (n)
		qsort(paths, n, sizeof(*paths), by_part);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (last && within(paths[i], last))
			continue;
		last = paths[i];
		if (!*last)
			return mf_files_folder(w, root, err);
		if (w->scope->r)
			r = mf_files_rules(w, root->fd, err);
		if (r == 0)
			r = named(w, *root, last, err);
		mf_scope_drop(w->scope, n_rules);
	}
	return r;
}

static int start(struct mf_files *w, const struct mf_spot *root, struct mf_err *err)
{
	char **paths;
	size_t n = 0;
	int r = 0;

	if (!w->opts->only)
		return mf_files_folder(w, root, err);
	paths = mf_calloc(w->opts->n_only + 1, sizeof(*paths));
	if (!paths)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < w->opts->n_only && r == 0; i++) {
		r = normal(&paths[n], w->opts->only[i], err);
		if (r == 0 && !paths[n]) {
			w->stats.unreadable++;
			if (w->unreadable)
				w->unreadable(w->ctx, w->opts->only[i], "it lies outside of the folder");
		}
		n += paths[n] != NULL;
	}
	if (r == 0)
		r = only(w, root, paths, n, err);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return r;
}

/* The rules of the folders between the work tree and a root below it. */
static int rules_above(struct mf_files *w, const char *work_tree, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(work_tree, MF_FOLDER_FLAGS);
	const size_t all = w->path.n;
	int r = 0;

	for (size_t at = 0; fd >= 0 && at < all && r == 0;) {
		const char *part = w->path.p + at, *slash = strchr(part, '/');
		MF_CLEANUP(mf_freep) char *name = mf_strndup(part, (size_t)(slash - part));
		const char *why;
		int next;

		if (!name)
			return mf_fail_nomem(err);
		r = mf_scope_add(w->scope, fd, at, &why, err);
		at += (size_t)(slash - part) + 1;
		next = openat(fd, name, MF_FOLDER_FLAGS);
		close(fd);
		fd = next;
	}
	return r;
}

/* Where the root lies in the work tree: "" or "sub/". False when it does not. */
static bool inside(const char **rest, const char *real, const char *work_tree)
{
	const size_t n = strlen(work_tree);

	*rest = "";
	if (strcmp(real, work_tree) == 0)
		return true;
	if (strncmp(real, work_tree, n) != 0 || (real[n] != '/' && n != 1))
		return false;
	*rest = real + n + (real[n] == '/');
	return true;
}

/* Files, and folders of a sparse index, that git was told to leave in the database. One of them may lie there all the same. */
static uint64_t left_out(const struct mf_files *w, const struct mf_spot *root)
{
	uint64_t n = 0;
	struct stat st;

	for (size_t i = root->from; i < root->to; i++) {
		const struct mf_index_entry *e = &w->scope->index.v[i];

		if ((e->flags & MF_INDEX_SKIP) && e->mode != MF_MODE_LINK)
			n += fstatat(root->fd, e->path + w->root, &st, AT_SYMLINK_NOFOLLOW) != 0 || (e->n && e->path[e->n - 1] == '/');
	}
	return n;
}

static int run(struct mf_files *w, const struct mf_repo *r, int fd, struct mf_err *err)
{
	struct mf_spot root = { .fd = fd };
	const char *rest, *work_tree = r ? mf_repo_info(r)->work_tree : NULL;
	struct mf_scope scope;
	int rc = 0;

	if (!work_tree || !inside(&rest, w->real, work_tree)) {
		r = NULL;
		rest = "";
	}
	if (mf_scope_open(&scope, r, 0, w, err))
		return -1;
	w->scope = &scope;
	if (*rest)
		rc = mf_buf_puts(&w->path, rest, err) || mf_buf_putc(&w->path, '/', err) || rules_above(w, work_tree, err) ? -1 : 0;
	w->root = w->path.n;
	if (rc == 0) {
		const struct mf_str prefix = { mf_buf_text(&w->path), w->path.n };

		root.from = mf_index_at(&scope.index, 0, scope.index.n, prefix);
		root.to = mf_index_end(&scope.index, root.from, scope.index.n, prefix);
		rc = start(w, &root, err);
		w->stats.left_out = w->opts->only ? 0 : left_out(w, &root);
	}
	mf_scope_close(&scope);
	return rc;
}

int mf_worktree_walk(const char *root, const struct mf_repo *r, const struct mf_worktree_opts *opts,
		     int (*fn)(void *ctx, const struct mf_file *file, struct mf_err *err),
		     void (*unreadable)(void *ctx, const char *path, const char *why), void *ctx, struct mf_worktree_stats *stats,
		     struct mf_err *err)
{
	static const struct mf_worktree_opts none;
	MF_CLEANUP(mf_freep) char *real = realpath(root, NULL);
	MF_CLEANUP(mf_closep) int fd = real ? open(real, MF_FOLDER_FLAGS) : -1;
	struct mf_files w = { .real = real, .opts = opts ? opts : &none, .fn = fn, .unreadable = unreadable, .ctx = ctx, .path = MF_BUF(MF_WALK_PATH_MAX) };
	int rc;

	if (!real && errno == ENOMEM)
		return mf_fail_nomem(err);
	if (fd < 0)
		return mf_fail_errno(err, MF_E_FS_READ, errno, "the folder '%s' cannot be read", root);
	rc = run(&w, r, fd, err);
	mf_buf_free(&w.path);
	if (rc == 0 && stats)
		*stats = w.stats;
	return rc;
}
