/* SPDX-License-Identifier: Apache-2.0 */
/* Which repositories and folders: the one that was named, those of a list, submodules that are checked out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <mayfly/alloc.h>
#include <mayfly/environ.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include "scan.h"

enum { TARGETS_MAX = 100000, LIST_MAX = 16 << 20 };

static struct mf_target *add_target(struct mf_scan *s, const char *path, size_t n, const char *name, size_t name_n, struct mf_err *err)
{
	struct mf_target *all = mf_regrow(s->targets, s->n_targets + 1, sizeof(*all)), *t;

	if (!all) {
		mf_fail_nomem(err);
		return NULL;
	}
	s->targets = all;
	t = &all[s->n_targets];
	*t = (struct mf_target){ .path = mf_strndup(path, n), .name = name ? mf_strndup(name, name_n) : NULL };
	if (!t->path || (name && !t->name)) {
		free(t->path);
		free(t->name);
		mf_fail_nomem(err);
		return NULL;
	}
	s->n_targets++;
	return t;
}

static int open_repo(struct mf_scan *s, struct mf_target *t, struct mf_err *err)
{
	struct mf_repo_opts opts = { NULL, NULL };

	if (s->from_hook) {
		opts.git_dir = mf_environ_original("GIT_DIR");
		opts.index_file = mf_environ_original("GIT_INDEX_FILE");
	}
	return mf_repo_open(&t->repo, t->path, &opts, err);
}

/* A repository is needed for everything but files and standard input. */
static int single(struct mf_scan *s, struct mf_err *err)
{
	const bool may_lack = (s->mode == MF_SCAN_TREE && !s->changed) || s->mode == MF_SCAN_AUTO;
	struct mf_target *t = add_target(s, s->path, strlen(s->path), NULL, 0, err);
	struct stat st;

	if (!t)
		return -1;
	if (stat(s->path, &st)) {
		mf_fail_errno(err, MF_E_SCAN_TARGET, errno, "'%s' cannot be scanned", s->path);
		return -1;
	}
	t->file = s->folder && !S_ISDIR(st.st_mode);
	if (s->folder || open_repo(s, t, err) == 0)
		return 0;
	if (may_lack && err->id == mf_error_id(MF_E_GIT_NONE)) {
		*err = (struct mf_err){ 0 };
		t->file = !S_ISDIR(st.st_mode);
		return 0;
	}
	return -1;
}

/* Lines of PATH or NAME=PATH; # begins a comment. */
static int read_line(struct mf_scan *s, struct mf_str line, size_t at, struct mf_err *err)
{
	const char *eq;
	struct mf_str name, path;
	struct mf_target *t;

	line = mf_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (memchr(line.p, '\0', line.n) || s->n_targets == TARGETS_MAX)
		return mf_fail(err, MF_E_SCAN_TARGET, "'%s':%zu: %s", s->repos_file, at, s->n_targets == TARGETS_MAX ? "too many repositories" : "a NUL byte");
	eq = memchr(line.p, '=', line.n);
	name = eq ? mf_trim((struct mf_str){ line.p, (size_t)(eq - line.p) }) : line;
	path = eq ? mf_trim((struct mf_str){ eq + 1, line.n - (size_t)(eq + 1 - line.p) }) : line;
	if (path.n == 0 || name.n == 0)
		return mf_fail(err, MF_E_SCAN_TARGET, "'%s':%zu: a name or path is missing", s->repos_file, at);
	t = add_target(s, path.p, path.n, name.p, name.n, err);
	return t ? 0 : -1;
}

static int by_text(const void *a, const void *b)
{
	const struct mf_target *x = *(struct mf_target *const *)a, *y = *(struct mf_target *const *)b;
	int r = strcmp(x->path, y->path);

	r = r ? r : strcmp(x->name, y->name);
	return r ? r : (x > y) - (x < y);
}

/* What the list names twice is scanned once: the same findings under the same name would count twice, but not in a merged report. */
static int drop_repeated(struct mf_scan *s, struct mf_err *err)
{
	struct mf_target **order = mf_calloc(s->n_targets + 1, sizeof(*order));
	size_t kept = 0, repeated = 0;

	if (!order)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n_targets; i++)
		order[i] = &s->targets[i];
	qsort(order, s->n_targets, sizeof(*order), by_text);
	for (size_t i = 1, first = 0; i < s->n_targets; i++) {
		struct mf_target *t = order[i];

		if (strcmp(order[first]->path, t->path) != 0 || strcmp(order[first]->name, t->name) != 0) {
			first = i;
			continue;
		}
		mf_target_clear(t);
		repeated++;
	}
	free(order);
	for (size_t i = 0; i < s->n_targets; i++)
		if (s->targets[i].path)
			s->targets[kept++] = s->targets[i];
	s->n_targets = kept;
	if (repeated)
		mf_warn("'%s' names %zu %s twice: each is scanned once", s->repos_file, repeated, repeated == 1 ? "repository" : "repositories");
	return 0;
}

/* Each shard takes every n-th repository; those that cannot be opened are told, and make the scan incomplete. */
static int of_list(struct mf_scan *s, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(LIST_MAX);
	size_t line = 0, at = 0, kept = 0;
	int rc = mf_fs_read(&text, s->repos_file, err);

	while (rc == 0 && at < text.n) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		const size_t n = end ? (size_t)(end - text.p) - at : text.n - at;

		rc = read_line(s, (struct mf_str){ text.p + at, n }, ++line, err);
		at += n + 1;
	}
	mf_buf_free(&text);
	if (rc)
		return -1;
	if (s->n_targets == 0) {
		mf_fail(err, MF_E_SCAN_TARGET, "'%s' names no repository", s->repos_file);
		mf_err_hint(err, "write the path of one in each line");
		return -1;
	}
	if (drop_repeated(s, err))
		return -1;
	for (size_t i = 0; i < s->n_targets; i++) {
		struct mf_target *t = &s->targets[i];
		struct mf_err why = { 0 };

		if (s->shards > 1 && i % s->shards != s->shard) {
			free(t->path);
			free(t->name);
			continue;
		}
		if (mf_repo_open(&t->repo, t->path, NULL, &why) && !(t->why_not = mf_strdup(why.why[0] ? why.why : why.what)))
			rc = mf_fail_nomem(err);
		s->targets[kept++] = *t;
	}
	s->n_targets = kept;
	return rc;
}

const char *mf_target_root(const struct mf_target *t)
{
	while (t->outer)
		t = t->outer;
	return t->repo ? mf_repo_info(t->repo)->work_tree : t->file ? NULL : t->path;
}

void mf_target_clear(struct mf_target *t)
{
	mf_repo_free(t->repo);
	free(t->path);
	free(t->name);
	free(t->why_not);
	free(t->prefix);
	free(t->of);
	for (size_t i = 0; i < t->n_links; i++) {
		free(t->links[i].path);
		free(t->links[i].ids);
	}
	free(t->links);
	free(t->from);
	free(t->to);
	*t = (struct mf_target){ 0 };
}

int mf_scan_targets(struct mf_scan *s, struct mf_err *err)
{
	if (s->mode == MF_SCAN_STDIN)
		return 0;
	return s->repos_file ? of_list(s, err) : single(s, err);
}
