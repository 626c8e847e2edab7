/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a work tree or of any folder. Every folder is opened from the one above it and without following links, so that nothing
 * that changes meanwhile leads out of the root. */
#include "worktree_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { DEPTH = 512, PATH_N = 1 << 20, MODE_LINK = 0160000 };
enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK };

struct walk {
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
struct place {
	int fd;				/* the folder */
	size_t from, to;		/* entries of the index below it */
	bool ignored;			/* only what is tracked counts */
	bool sparse;			/* the index has only the tree of it: all may be tracked */
	bool named;			/* asked for by name: no rule leaves it out */
	unsigned depth;
};

static int folder(struct walk *w, const struct place *p, struct mf_err *err);

static const char *shown(const struct walk *w)
{
	return mf_buf_text(&w->path) + w->root;
}

static struct mf_str scoped(const struct walk *w)
{
	return (struct mf_str){ w->path.p + w->scope->at, w->path.n - w->scope->at };
}

static void complain(struct walk *w, const char *why)
{
	w->stats.unreadable++;
	if (w->unreadable)
		w->unreadable(w->ctx, shown(w), why);
}

/* Something that was there a moment ago, or that may not be opened. */
static void lost(struct walk *w, int errnum)
{
	char why[128];

	if (errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP) {
		w->stats.vanished++;
		return;
	}
	complain(w, strerror_r(errnum, why, sizeof(why)));
}

static void cut(struct walk *w, size_t n)
{
	w->path.n = n;
	if (w->path.p)
		w->path.p[n] = '\0';
}

static int pass(struct walk *w, const struct place *in, const char *name, enum mf_file_kind kind, uint64_t size, bool tracked, struct mf_err *err)
{
	const struct mf_file file = { .path = shown(w), .dir_fd = in->fd, .name = name, .kind = kind, .size = size, .tracked = tracked };

	w->stats.files += kind == MF_FILE_REGULAR;
	w->stats.links += kind == MF_FILE_LINK;
	w->stats.submodules += kind == MF_FILE_SUBMODULE;
	return w->fn(w->ctx, &file, err);
}

/* The index's entry for exactly this path, or NULL. */
static const struct mf_index_entry *entry_of(const struct walk *w, const struct place *in)
{
	const struct mf_index *index = &w->scope->index;
	const struct mf_str path = scoped(w);
	const size_t i = mf_index_at(index, in->from, in->to, path);

	return i < in->to && index->v[i].n == path.n && memcmp(index->v[i].path, path.p, path.n) == 0 ? &index->v[i] : NULL;
}

static bool ignored(struct walk *w, const struct place *in, bool is_folder)
{
	bool yes;

	if (in->named)
		return false;
	if (in->ignored)
		return true;
	yes = mf_scope_ignores(w->scope, scoped(w), is_folder);
	if (w->scope->work || w->tired)
		return yes;
	w->tired = true;
	complain(w, "the ignore rules take too long: from here on nothing is left out");
	return false;
}

static int file(struct walk *w, const struct place *in, const char *name, const struct stat *st, struct mf_err *err)
{
	const struct mf_index_entry *e = entry_of(w, in);
	const bool tracked = in->sparse || e;
	const enum mf_file_kind kind = S_ISREG(st->st_mode) ? MF_FILE_REGULAR : S_ISLNK(st->st_mode) ? MF_FILE_LINK : MF_FILE_OTHER;

	if (!tracked && !w->opts->ignored && ignored(w, in, false)) {
		w->stats.ignored++;
		return 0;
	}
	return pass(w, in, name, kind, (uint64_t)st->st_size, tracked, err);
}

/* The walk goes on with the rules of a repository that lies within another one. */
static int submodule(struct walk *w, const struct place *p, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(w->real, shown(w));
	struct mf_scope inner, *outer = w->scope;
	struct place below = *p;
	struct mf_repo *r = NULL;
	struct mf_err why;
	size_t skip = w->path.n + 1;
	int rc;

	if (!path)
		return mf_fail_nomem(err);
	if (mf_repo_open(&r, path, NULL, &why) == 0 && (!mf_repo_info(r)->work_tree || strcmp(mf_repo_info(r)->work_tree, path) != 0)) {
		mf_repo_free(r);	/* that of a folder above: there is none here yet */
		r = NULL;
	}
	if (mf_scope_open(&inner, r, skip, &why)) {
		mf_repo_free(r);
		complain(w, why.what);
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	}
	inner.own = r;
	w->scope = &inner;
	below.from = 0;
	below.to = inner.index.n;
	below.ignored = below.sparse = false;
	rc = folder(w, &below, err);
	w->scope = outer;
	mf_scope_close(&inner);
	return rc;
}

static bool has_git(int fd)
{
	struct stat st;

	return fstatat(fd, ".git", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A folder within a folder. */
static int below(struct walk *w, const struct place *in, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;
	const struct mf_index *index = &w->scope->index;
	const size_t before = w->path.n;
	const struct mf_index_entry *link = entry_of(w, in);
	struct place p = { .sparse = in->sparse, .depth = in->depth + 1 };
	struct mf_str prefix;
	bool module = link && link->mode == MODE_LINK;

	p.ignored = w->scope->r && ignored(w, in, true);
	if (mf_buf_putc(&w->path, '/', err))
		return -1;
	prefix = scoped(w);
	p.from = mf_index_at(index, in->from, in->to, prefix);
	p.to = mf_index_end(index, p.from, in->to, prefix);
	p.sparse |= p.from < p.to && index->v[p.from].n == prefix.n;
	cut(w, before);
	if (p.ignored && !w->opts->ignored && !module && !p.sparse && p.from == p.to) {
		w->stats.ignored++;
		return 0;
	}
	fd = openat(in->fd, name, FOLDER_FLAGS);
	if (fd < 0) {
		lost(w, errno);
		return 0;
	}
	p.fd = fd;
	/* the index decides: a .git folder does not hide what is tracked */
	module |= w->scope->r && !p.sparse && p.from == p.to && has_git(fd);
	if (!module)
		return folder(w, &p, err);
	if (!w->opts->submodules)
		return pass(w, in, name, MF_FILE_SUBMODULE, 0, link != NULL, err);
	w->stats.submodules++;
	return submodule(w, &p, err);
}

/* What stands behind a name; w->path ends with it. */
static int one(struct walk *w, const struct place *in, const char *name, unsigned char type, struct mf_err *err)
{
	struct stat st;

	if (type == DT_DIR)
		return below(w, in, name, err);
	/* most of what is left out needs no look at all */
	if (type == DT_REG && w->scope->n && !w->opts->ignored && !in->named && !in->sparse && !entry_of(w, in) && ignored(w, in, false)) {
		w->stats.ignored++;
		return 0;
	}
	if (fstatat(in->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		lost(w, errno);
		return 0;
	}
	return S_ISDIR(st.st_mode) ? below(w, in, name, err) : file(w, in, name, &st, err);
}

static int each(struct walk *w, const struct place *p, const struct mf_names *names, struct mf_err *err)
{
	const size_t before = w->path.n;
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++) {
		const char *name = names->bytes + names->v[i].at;

		if (strcmp(name, ".git") == 0)
			continue;
		if (mf_buf_puts(&w->path, name, err))
			return -1;
		r = one(w, p, name, names->v[i].type, err);
		cut(w, before);
	}
	return r;
}

/* The rules of a folder that has some; w->path ends in '/' or is empty. */
static int rules(struct walk *w, int fd, struct mf_err *err)
{
	const size_t before = w->path.n;
	const char *why;

	if (mf_scope_add(w->scope, fd, before - w->scope->at, &why, err))
		return -1;
	if (!why)
		return 0;
	if (mf_buf_puts(&w->path, ".gitignore", err))
		return -1;
	complain(w, why);
	cut(w, before);
	return 0;
}

/* All of an open folder; w->path is its own, or "" for the root. */
static int folder(struct walk *w, const struct place *p, struct mf_err *err)
{
	const size_t before = w->path.n, n_rules = w->scope->n;
	struct mf_names names;
	int r;

	if (p->depth > DEPTH || before > PATH_N - 1024) {
		complain(w, "its folders nest too deep");
		return 0;
	}
	r = mf_names_read(&names, p->fd, err);
	if (r > 0)
		lost(w, errno);
	if (r)
		return r < 0 ? -1 : 0;
	if (before && w->path.p[before - 1] != '/')
		r = mf_buf_putc(&w->path, '/', err);
	if (r == 0 && names.rules && w->scope->r && !p->ignored)
		r = rules(w, p->fd, err);
	if (r == 0)
		r = each(w, p, &names, err);
	mf_scope_drop(w->scope, n_rules);
	mf_names_free(&names);
	cut(w, before);
	return r;
}

/* Down to a path that was named, part by part; each folder's rules count, but do not leave out what was named. */
static int named(struct walk *w, struct place in, const char *path, struct mf_err *err)
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
		complain(w, "git's own folder is not looked at");
	} else if (fstatat(in.fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		complain(w, strerror(errno));
	} else if (!slash) {
		r = one(w, &in, name, DT_UNKNOWN, err);
	} else if (S_ISLNK(st.st_mode)) {
		complain(w, "it is a link, which is not followed");
	} else if ((fd = openat(in.fd, name, FOLDER_FLAGS)) < 0) {
		complain(w, strerror(errno));
	} else {
		r = mf_buf_putc(&w->path, '/', err);
		in.fd = fd;
		if (r == 0 && w->scope->r)
			r = rules(w, fd, err);
		if (r == 0)
			r = named(w, in, slash + 1, err);
	}
	cut(w, before);
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

static int only(struct walk *w, const struct place *root, char **paths, size_t n, struct mf_err *err)
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
			return folder(w, root, err);
		if (w->scope->r)
			r = rules(w, root->fd, err);
		if (r == 0)
			r = named(w, *root, last, err);
		mf_scope_drop(w->scope, n_rules);
	}
	return r;
}

static int start(struct walk *w, const struct place *root, struct mf_err *err)
{
	char **paths;
	size_t n = 0;
	int r = 0;

	if (!w->opts->only)
		return folder(w, root, err);
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
static int rules_above(struct walk *w, const char *work_tree, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(work_tree, FOLDER_FLAGS);
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
		next = openat(fd, name, FOLDER_FLAGS);
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

static int run(struct walk *w, const struct mf_repo *r, int fd, struct mf_err *err)
{
	struct place root = { .fd = fd };
	const char *rest, *work_tree = r ? mf_repo_info(r)->work_tree : NULL;
	struct mf_scope scope;
	int rc = 0;

	if (!work_tree || !inside(&rest, w->real, work_tree)) {
		r = NULL;
		rest = "";
	}
	if (mf_scope_open(&scope, r, 0, err))
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
	MF_CLEANUP(mf_closep) int fd = real ? open(real, FOLDER_FLAGS) : -1;
	struct walk w = { .real = real, .opts = opts ? opts : &none, .fn = fn, .unreadable = unreadable, .ctx = ctx, .path = MF_BUF(PATH_N) };
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
