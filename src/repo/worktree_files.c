/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and what is in them. Every folder is opened from the one above it and without following links, so that nothing
 * that changes meanwhile leads out of the root. */
#include "worktree_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { DEPTH = 512 };

static const char *shown(const struct mf_files *w)
{
	return mf_buf_text(&w->path) + w->root;
}

static struct mf_str scoped(const struct mf_files *w)
{
	return (struct mf_str){ w->path.p + w->scope->at, w->path.n - w->scope->at };
}

void mf_files_complain(struct mf_files *w, const char *why)
{
	w->stats.unreadable++;
	if (w->unreadable)
		w->unreadable(w->ctx, shown(w), why);
}

/* Something that was there a moment ago, or that may not be opened. */
static void lost(struct mf_files *w, int errnum)
{
	if (errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP) {
		w->stats.vanished++;
		if (w->opts->vanished)
			w->opts->vanished(w->ctx, shown(w));
		return;
	}
	mf_files_complain(w, strerror(errnum));
}

void mf_files_cut(struct mf_files *w, size_t n)
{
	w->path.n = n;
	if (w->path.p)
		w->path.p[n] = '\0';
}

static int pass(struct mf_files *w, const struct mf_spot *in, const char *name, enum mf_file_kind kind, uint64_t size, bool tracked, struct mf_err *err)
{
	const struct mf_file file = { .path = shown(w), .dir_fd = in->fd, .name = name, .kind = kind, .size = size, .tracked = tracked };

	w->stats.files += kind == MF_FILE_REGULAR;
	w->stats.links += kind == MF_FILE_LINK;
	w->stats.submodules += kind == MF_FILE_SUBMODULE;
	return w->fn(w->ctx, &file, err);
}

/* The index's entry for exactly this path, or NULL. */
static const struct mf_index_entry *entry_of(const struct mf_files *w, const struct mf_spot *in)
{
	const struct mf_index *index = &w->scope->index;
	const struct mf_str path = scoped(w);
	const size_t i = mf_index_at(index, in->from, in->to, path);

	return i < in->to && index->v[i].n == path.n && memcmp(index->v[i].path, path.p, path.n) == 0 ? &index->v[i] : NULL;
}

static bool ignored(struct mf_files *w, const struct mf_spot *in, bool is_folder)
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
	mf_files_complain(w, "the ignore rules take too long: from here on nothing is left out");
	return false;
}

static int file(struct mf_files *w, const struct mf_spot *in, const char *name, const struct stat *st, struct mf_err *err)
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
static int submodule(struct mf_files *w, const struct mf_spot *p, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(w->real, shown(w));
	struct mf_scope inner, *outer = w->scope;
	struct mf_spot below = *p;
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
	if (mf_scope_open(&inner, r, skip, w, &why)) {
		mf_repo_free(r);
		mf_files_complain(w, why.what);
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	}
	inner.own = r;
	w->scope = &inner;
	below.from = 0;
	below.to = inner.index.n;
	below.ignored = below.sparse = false;
	rc = mf_files_folder(w, &below, err);
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
static int below(struct mf_files *w, const struct mf_spot *in, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;
	const struct mf_index *index = &w->scope->index;
	const size_t before = w->path.n;
	const struct mf_index_entry *link = entry_of(w, in);
	struct mf_spot p = { .sparse = in->sparse, .depth = in->depth + 1 };
	struct mf_str prefix;
	bool module = link && link->mode == MF_MODE_LINK;

	p.ignored = w->scope->r && ignored(w, in, true);
	if (mf_buf_putc(&w->path, '/', err))
		return -1;
	prefix = scoped(w);
	p.from = mf_index_at(index, in->from, in->to, prefix);
	p.to = mf_index_end(index, p.from, in->to, prefix);
	p.sparse |= p.from < p.to && index->v[p.from].n == prefix.n;
	mf_files_cut(w, before);
	if (p.ignored && !w->opts->ignored && !module && !p.sparse && p.from == p.to) {
		w->stats.ignored++;
		return 0;
	}
	fd = openat(in->fd, name, MF_FOLDER_FLAGS);
	if (fd < 0) {
		lost(w, errno);
		return 0;
	}
	p.fd = fd;
	/* the index decides: a .git folder does not hide what is tracked */
	module |= w->scope->r && !p.sparse && p.from == p.to && has_git(fd);
	if (!module)
		return mf_files_folder(w, &p, err);
	if (!w->opts->submodules)
		return pass(w, in, name, MF_FILE_SUBMODULE, 0, link != NULL, err);
	/* one that is not checked out is told, and whatever lies there is walked all the same */
	if (link && !has_git(fd)) {
		if (pass(w, in, name, MF_FILE_SUBMODULE, 0, true, err))
			return -1;
	} else {
		w->stats.submodules++;
	}
	return submodule(w, &p, err);
}

int mf_files_one(struct mf_files *w, const struct mf_spot *in, const char *name, unsigned char type, struct mf_err *err)
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

static int each(struct mf_files *w, const struct mf_spot *p, const struct mf_names *names, struct mf_err *err)
{
	const size_t before = w->path.n;
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++) {
		const char *name = names->bytes + names->v[i].at;

		if (strcmp(name, ".git") == 0)
			continue;
		if (mf_buf_puts(&w->path, name, err))
			return -1;
		r = mf_files_one(w, p, name, names->v[i].type, err);
		mf_files_cut(w, before);
	}
	return r;
}

int mf_files_rules(struct mf_files *w, int fd, struct mf_err *err)
{
	const size_t before = w->path.n;
	const char *why;

	if (mf_scope_add(w->scope, fd, before - w->scope->at, &why, err))
		return -1;
	if (!why)
		return 0;
	if (mf_buf_puts(&w->path, ".gitignore", err))
		return -1;
	mf_files_complain(w, why);
	mf_files_cut(w, before);
	return 0;
}

int mf_files_folder(struct mf_files *w, const struct mf_spot *p, struct mf_err *err)
{
	const size_t before = w->path.n, n_rules = w->scope->n;
	struct mf_names names;
	int r;

	if (p->depth > DEPTH || before > MF_WALK_PATH_MAX - 1024) {
		mf_files_complain(w, "its folders nest too deep");
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
		r = mf_files_rules(w, p->fd, err);
	if (r == 0)
		r = each(w, p, &names, err);
	mf_scope_drop(w->scope, n_rules);
	mf_names_free(&names);
	mf_files_cut(w, before);
	return r;
}
