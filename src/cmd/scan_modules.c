/* SPDX-License-Identifier: Apache-2.0 */
/* Submodules of a scan of commits: their own object databases, as further targets under their paths. What says where they are (entries of trees and
 * the index, .git files, their configuration) comes from the repository, so nothing is opened that lies outside of it: the child finds them itself, confined
 * to what the outermost repository has. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/text.h>
#include "scan.h"

enum { LINKS_MAX = 10000, IDS_MAX = 10000, MODULES_MAX = 10000, DEPTH_MAX = 16 };

/* -- what a repository has -------------------------------------------------------------------------------------- */

static struct mf_link *link_of(struct mf_target *t, const char *path, struct mf_err *err)
{
	struct mf_link *l;

	for (size_t i = t->n_links; i-- > 0;)
		if (strcmp(t->links[i].path, path) == 0)
			return &t->links[i];
	if (mf_grow(&t->links, &t->cap_links, t->n_links + 1, sizeof(*t->links), err))
		return NULL;
	l = &t->links[t->n_links];
	*l = (struct mf_link){ .path = mf_strdup(path) };
	if (!l->path) {
		mf_fail_nomem(err);
		return NULL;
	}
	t->n_links++;
	return l;
}

static bool has_id(const struct mf_link *l, const struct mf_oid *id)
{
	for (size_t i = 0; i < l->n_ids; i++)
		if (memcmp(l->ids[i].b, id->b, sizeof(id->b)) == 0)
			return true;
	return false;
}

/* More of them than anybody has are told by their number alone. */
int mf_scan_link(struct mf_child *c, struct mf_target *t, const struct mf_place *place, struct mf_err *err)
{
	struct mf_link *l;

	if (t->n_links == LINKS_MAX) {
		mf_tally_add(c->s->submodules ? &c->absent : &c->submodules, place->path, "there are too many");
		return 0;
	}
	l = link_of(t, place->path, err);
	if (!l)
		return -1;
	if (has_id(l, place->blob) || l->n_ids == IDS_MAX)
		return 0;
	if (mf_grow(&l->ids, &l->cap_ids, l->n_ids + 1, sizeof(*l->ids), err))
		return -1;
	l->ids[l->n_ids++] = *place->blob;
	return 0;
}

struct walk {
	struct mf_child *c;
	struct mf_target *t;
};

static int on_link(void *ctx, const struct mf_place *place, struct mf_err *err)
{
	struct walk *w = ctx;

	return mf_scan_link(w->c, w->t, place, err);
}

int mf_scan_links(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	struct walk w = { .c = c, .t = t };
	struct mf_err why = { 0 };

	if (mf_gitlinks_walk(t->repo, on_link, &w, &why) == 0)
		return 0;
	if (why.id == mf_error_id(MF_E_BASE_NOMEM))
		return mf_fail_nomem(err);
	return mf_note_add(&c->notes, c->s->submodules, NULL, why.why[0] ? why.why : why.what, "%sit is not known which submodules there are",
			   mf_target_of(t)) ? mf_fail_nomem(err) : 0;
}

/* -- one of them, as a target ------------------------------------------------------------------------------------ */

static bool within(const char *path, const char *folder)
{
	const size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* A git directory: in that of a repository around it, but not that one itself, or in the submodule's own folder. */
static bool may_be_git_dir(const char *dir, const struct mf_target *outer, const char *own)
{
	bool inside = within(dir, own);

	for (; outer; outer = outer->outer) {
		const struct mf_repo_info *info = mf_repo_info(outer->repo);

		if (strcmp(dir, info->git_dir) == 0 || strcmp(dir, info->common_dir) == 0)
			return false;
		inside = inside || within(dir, info->git_dir) || within(dir, info->common_dir);
	}
	return inside;
}

/* Whatever the outermost repository may read, and nothing else. */
static bool may_read(const char *path, const struct mf_target *outer)
{
	const char *const *paths;
	size_t n;

	while (outer->outer)
		outer = outer->outer;
	paths = mf_repo_paths(outer->repo, &n);
	for (size_t i = 0; i < n; i++)
		if (within(path, paths[i]))
			return true;
	return false;
}

/* NULL: it may be scanned. */
static const char *refused(const struct mf_repo *repo, const struct mf_target *outer, const char *folder)
{
	const struct mf_repo_info *info = mf_repo_info(repo);
	size_t n;
	const char *const *paths = mf_repo_paths(repo, &n);

	if (!info->work_tree || strcmp(info->work_tree, folder) != 0)
		return "its configuration names another work tree";
	if (!may_be_git_dir(info->git_dir, outer, folder) || !may_be_git_dir(info->common_dir, outer, folder))
		return "its .git leads out of this repository";
	for (size_t i = 0; i < n; i++)
		if (!may_read(paths[i], outer))
			return "a part of it lies outside of this repository: scan it by itself";
	return NULL;
}

/* The folder, without a link on the way there; NULL in *out and a reason when it is not checked out. */
static int checked_out(char **out, const char **why, const struct mf_target *t, const char *path, struct mf_err *err)
{
	const char *root = mf_repo_info(t->repo)->work_tree;
	MF_CLEANUP(mf_freep) char *folder = root ? mf_path_join(root, path) : NULL;
	MF_CLEANUP(mf_freep) char *dot = folder ? mf_path_join(folder, ".git") : NULL;
	MF_CLEANUP(mf_freep) char *real = NULL;
	struct stat st;

	*out = NULL;
	*why = root ? "not checked out" : "a bare repository has none checked out";
	if (!root)
		return 0;
	if (!folder || !dot)
		return mf_fail_nomem(err);
	if (lstat(dot, &st))
		return 0;
	real = realpath(folder, NULL);
	*why = "its path leads elsewhere";
	if (real && strcmp(real, folder) == 0) {
		*out = real;
		real = NULL;
	}
	return 0;
}

/* The commits that the link went to, and from which; none of `to`: all of the history is scanned, since one of them is not there. */
static int range_of(struct mf_child *c, struct mf_target *m, const struct mf_target *t, const struct mf_link *l, struct mf_err *err)
{
	struct mf_reader *outer = NULL, *inner = NULL;
	const struct mf_oid *lost = NULL;
	struct mf_oid id;
	enum mf_otype type;
	bool found, lost_new = false;
	char hex[65];
	size_t size;
	int rc = mf_reader_new(&outer, t->repo, err) || mf_reader_new(&inner, m->repo, err) ? -1 : 0;

	m->to = rc == 0 ? mf_calloc(l->n_ids + 1, sizeof(*m->to)) : NULL;
	m->from = rc == 0 ? mf_calloc(t->n_from + 1, sizeof(*m->from)) : NULL;
	if (rc == 0 && (!m->to || !m->from))
		rc = mf_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < l->n_ids; i++) {
		struct mf_err why = { 0 };

		m->to[m->n_to++] = l->ids[i];
		if (mf_object_stat(&type, &size, inner, &l->ids[i], &why) || type != MF_OBJ_COMMIT) {
			lost = &l->ids[i];
			lost_new = true;
		}
	}
	for (size_t i = 0; rc == 0 && i < t->n_from; i++) {
		struct mf_err why = { 0 };

		rc = mf_gitlink_at(&id, &found, t->repo, outer, &t->from[i], l->path, err);
		if (rc || !found)
			continue;
		m->from[m->n_from++] = id;
		if ((mf_object_stat(&type, &size, inner, &id, &why) || type != MF_OBJ_COMMIT) && !lost)
			lost = &m->from[m->n_from - 1];
	}
	if (rc == 0 && lost) {
		mf_oid_hex(hex, lost, mf_repo_info(t->repo)->oid_len);
		m->n_to = m->n_from = 0;
		rc = mf_note_add(&c->notes, lost_new, "git submodule update --init --recursive", NULL,
				 "%sits clone lacks commit %.12s of the range: everything that it holds was scanned instead", mf_target_of(m), hex)
			? mf_fail_nomem(err) : 0;
	}
	mf_reader_free(outer);
	mf_reader_free(inner);
	return rc;
}

/* What notes about it begin with. */
static char *title(const char *path)
{
	char text[256];

	snprintf(text, sizeof(text), "submodule '%.200s': ", path);
	mf_text_clean(text, false);
	return mf_strdup(text);
}

/* With *why where it cannot be scanned; m->prefix is set in any case. */
static int open_module(struct mf_target *m, const char **why, struct mf_err *reason, struct mf_target *t, const struct mf_link *l, struct mf_err *err)
{
	m->outer = t;
	m->depth = t->depth + 1;
	m->prefix = t->prefix ? mf_path_join(t->prefix, l->path) : mf_strdup(l->path);
	m->of = m->prefix ? title(m->prefix) : NULL;
	if (!m->prefix || !m->of || (t->name && !(m->name = mf_strdup(t->name))))
		return mf_fail_nomem(err);
	if (m->depth > DEPTH_MAX) {
		*why = "submodules nest too deep";
		return 0;
	}
	if (checked_out(&m->path, why, t, l->path, err))
		return -1;
	if (!m->path)
		return 0;
	*why = NULL;
	if (mf_repo_open(&m->repo, m->path, NULL, reason)) {
		*why = reason->why[0] ? reason->why : reason->what;
		return reason->id == mf_error_id(MF_E_BASE_NOMEM) ? mf_fail_nomem(err) : 0;
	}
	*why = refused(m->repo, t, m->path);
	return 0;
}

static int note_module(struct mf_child *c, const struct mf_target *m, struct mf_err *err)
{
	const char *const *notes = NULL;
	const size_t n = mf_repo_notes(m->repo, &notes);

	for (size_t i = 0; i < n; i++)
		if (mf_note_add(&c->notes, true, NULL, NULL, "%s%s", mf_target_of(m), notes[i]))
			return mf_fail_nomem(err);
	return 0;
}

static int one(struct mf_child *c, struct mf_target *t, const struct mf_link *l, struct mf_err *err)
{
	struct mf_target m = { 0 };
	struct mf_err reason = { 0 };
	const char *why = NULL;
	int rc = open_module(&m, &why, &reason, t, l, err);

	if (rc == 0 && !why && c->n_modules++ >= MODULES_MAX)
		why = "there are too many";
	if (rc == 0 && why)
		mf_tally_add(&c->absent, m.prefix, why);
	else if (rc == 0)
		rc = note_module(c, &m, err) || (c->s->mode == MF_SCAN_RANGE && t->n_to && range_of(c, &m, t, l, err)) ||
			mf_scan_target(c, &m, err) ? -1 : 0;
	mf_target_clear(&m);
	return rc;
}

static int name(struct mf_child *c, const struct mf_target *t, const struct mf_link *l, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *whole = NULL;

	if (mf_scan_under(&whole, t, l->path, err))
		return -1;
	mf_tally_add(&c->submodules, whole, NULL);
	return 0;
}

int mf_scan_modules(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	for (size_t i = 0; i < t->n_links; i++)
		if (c->s->submodules ? one(c, t, &t->links[i], err) : name(c, t, &t->links[i], err))
			return -1;
	return 0;
}

/* -- under its path ---------------------------------------------------------------------------------------------- */

int mf_scan_under(char **out, const struct mf_target *t, const char *path, struct mf_err *err)
{
	*out = t->prefix ? mf_path_join(t->prefix, path) : mf_strdup(path);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_scan_prefix_origins(struct mf_origins *o, const struct mf_target *t, struct mf_err *err)
{
	for (size_t i = 0; t->prefix && i < o->n; i++) {
		char *path = mf_path_join(t->prefix, o->v[i].path);

		if (!path)
			return mf_fail_nomem(err);
		free(o->v[i].path);
		o->v[i].path = path;
	}
	return 0;
}

int mf_scan_repo_name(char **out, const struct mf_target *t, const struct mf_finding *f, struct mf_err *err)
{
	const bool placed = f->path && *f->path;

	*out = NULL;
	if (!t || (!t->name && (placed || !t->prefix)))
		return 0;
	*out = placed || !t->prefix ? mf_strdup(t->name) : t->name ? mf_path_join(t->name, t->prefix) : mf_strdup(t->prefix);
	return *out ? 0 : mf_fail_nomem(err);
}
