/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a repository: its folders, its format, what it may lack. No object is looked at. */
#include <mayfly/repo.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "discover.h"
#include "mapping.h"
#include "repo_priv.h"
#include "store.h"

enum { CONFIG_MAX = 4 << 20, GRAFTS_MAX = 16 << 20 };

struct settings {
	struct mf_repo *r;
	char *worktree;		/* core.worktree */
	bool bare, bare_set;
};

static int set_format(struct mf_repo *r, const char *v, struct mf_err *err)
{
	if (strcmp(v, "sha256") == 0) {
		r->info.oid_len = 32;
	} else if (strcmp(v, "sha1") != 0) {
		mf_fail(err, MF_E_GIT_UNSUPPORTED, "the repository '%s' cannot be read", r->git_dir);
		mf_err_why(err, "its object format is '%s'; sha1 and sha256 are known", v);
		return -1;
	}
	return 0;
}

static int setting(void *ctx, const char *section, const char *sub, const char *key, const char *v, struct mf_err *err)
{
	struct settings *s = ctx;
	struct mf_repo_info *info = &s->r->info;

	if (strcmp(section, "core") == 0 && !*sub) {
		if (strcmp(key, "bare") == 0) {
			s->bare = mf_gitconfig_bool(v);
			s->bare_set = true;
		} else if (strcmp(key, "worktree") == 0) {
			free(s->worktree);
			s->worktree = mf_strdup(v);
			return s->worktree ? 0 : mf_fail_nomem(err);
		}
	} else if (strcmp(section, "extensions") == 0 && !*sub) {
		if (strcmp(key, "objectformat") == 0)
			return set_format(s->r, v, err);
		if (strcmp(key, "partialclone") == 0)
			info->partial = true;
		else if (strcmp(key, "refstorage") == 0)
			info->reftable = strncmp(v, "reftable", 8) == 0;
	} else if (strcmp(section, "remote") == 0) {
		if (strcmp(key, "promisor") == 0)
			info->partial |= mf_gitconfig_bool(v);
	}
	return 0;
}

static int read_config(struct settings *s, const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	size_t n;

	if (mf_repo_text(&text, &n, dir, name, CONFIG_MAX, err))
		return err->code == MF_IO ? mf_texts_addf(&s->r->notes, err, "'%s/%s' cannot be read", dir, name) : -1;
	return text ? mf_gitconfig_parse(text, n, setting, s, err) : 0;
}

/* The folder of the file that `gitdir` names: that of a linked work tree's .git. */
static int linked_root(char **out, const char *git_dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	char *slash;
	size_t n;

	*out = NULL;
	if (mf_repo_text(&text, &n, git_dir, "gitdir", CONFIG_MAX, err))
		return err->code == MF_IO ? 0 : -1;
	if (!text)
		return 0;
	text[strcspn(text, "\r\n")] = '\0';
	slash = strrchr(text, '/');
	if (!slash || slash == text)
		return 0;
	*slash = '\0';
	return mf_repo_real(out, git_dir, text, err);
}

static bool ends_in_dot_git(const char *dir)
{
	const size_t n = strlen(dir);

	return n > 5 && strcmp(dir + n - 5, "/.git") == 0;
}

static int find_work_tree(struct mf_repo *r, const struct settings *s, const struct mf_found *found, const char *path, struct mf_err *err)
{
	const bool linked = strcmp(r->git_dir, r->common_dir) != 0;

	if (s->worktree && !linked && (mf_repo_real(&r->work_tree, r->git_dir, s->worktree, err) || r->work_tree))
		return r->work_tree ? 0 : -1;
	if (found->root)
		return s->bare && !linked ? 0 : mf_repo_real(&r->work_tree, "/", found->root, err);
	if (linked)
		return linked_root(&r->work_tree, r->git_dir, err);
	if (s->bare)
		return 0;
	if (ends_in_dot_git(r->git_dir))
		return mf_repo_real(&r->work_tree, r->git_dir, "..", err);
	/* GIT_DIR alone: git takes the current folder */
	return path && s->bare_set ? mf_repo_real(&r->work_tree, ".", path, err) : 0;
}

/* The file need not be there; its folder is made absolute. */
static int find_index(struct mf_repo *r, const char *given, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = NULL, *real = NULL;
	const char *slash = given ? strrchr(given, '/') : NULL;

	if (!given) {
		r->index_file = mf_path_join(r->git_dir, "index");
		return r->index_file ? 0 : mf_fail_nomem(err);
	}
	dir = slash ? mf_strndup(given, (size_t)(slash - given) + 1) : mf_strdup(".");
	if (!dir)
		return mf_fail_nomem(err);
	if (mf_repo_real(&real, ".", dir, err) || (!real && r->work_tree && mf_repo_real(&real, r->work_tree, dir, err)))
		return -1;
	r->index_file = mf_path_join(real ? real : dir, slash ? slash + 1 : given);
	return r->index_file ? 0 : mf_fail_nomem(err);
}

/* Whether the folder holds anything but "." and "..", with this ending if one is given. */
static int holds(bool *yes, const char *dir, const char *name, const char *ending, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	const struct dirent *e;
	DIR *d;

	if (!path)
		return mf_fail_nomem(err);
	d = opendir(path);
	*yes = false;
	while (d && !*yes && (e = readdir(d))) {
		const size_t n = strlen(e->d_name), m = strlen(ending);

		*yes = e->d_name[0] != '.' && n > m && strcmp(e->d_name + n - m, ending) == 0;
	}
	if (d)
		closedir(d);
	return 0;
}

static int not_empty(bool *yes, const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	struct stat st;

	if (!path)
		return mf_fail_nomem(err);
	*yes = stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	return 0;
}

/* Replacements may also be packed refs. */
static int packed_replace(bool *yes, const struct mf_repo *r, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(r->common_dir, "packed-refs");
	struct mf_mapping m;

	if (!path)
		return mf_fail_nomem(err);
	if (mf_mapping_open(&m, path, err))
		return 0;
	*yes |= m.n && memmem(m.p, m.n, " refs/replace/", 14);
	mf_mapping_close(&m);
	return 0;
}

static int find_lacks(struct mf_repo *r, struct mf_err *err)
{
	struct mf_repo_info *info = &r->info;
	bool promisor;

	if (not_empty(&info->shallow, r->common_dir, "shallow", err) || not_empty(&info->grafts, r->common_dir, "info/grafts", err) ||
	    holds(&info->replace, r->common_dir, "refs/replace", "", err) || packed_replace(&info->replace, r, err))
		return -1;
	for (size_t i = 0; i < r->odirs.n; i++) {
		if (holds(&promisor, r->odirs.v[i], "pack", ".promisor", err))
			return -1;
		info->partial |= promisor;
	}
	return 0;
}

static int add_path(struct mf_repo *r, const char *path, struct mf_err *err)
{
	return !path || mf_texts_has(&r->paths, path) ? 0 : mf_texts_add(&r->paths, path, err);
}

/* Some tools make parts of .git links to another repository's. */
static int add_link(struct mf_repo *r, const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	MF_CLEANUP(mf_freep) char *real = NULL;
	struct stat st;

	if (!path)
		return mf_fail_nomem(err);
	if (lstat(path, &st) || !S_ISLNK(st.st_mode))
		return 0;
	if (mf_repo_real(&real, dir, name, err))
		return -1;
	return add_path(r, real, err);
}

static int list_paths(struct mf_repo *r, struct mf_err *err)
{
	static const char *const part[] = { "HEAD", "config", "refs", "packed-refs", "info", "shallow", "index", "logs" };
	static const char *const opart[] = { "pack", "info" };
	MF_CLEANUP(mf_freep) char *index_dir = mf_strdup(r->index_file);
	char *slash = index_dir ? strrchr(index_dir, '/') : NULL;

	if (!index_dir)
		return mf_fail_nomem(err);
	if (slash)
		slash[slash == index_dir] = '\0';
	if (add_path(r, r->git_dir, err) || add_path(r, r->common_dir, err) || add_path(r, r->work_tree, err) ||
	    add_path(r, index_dir, err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(part); i++)
		if (add_link(r, r->common_dir, part[i], err))
			return -1;
	for (size_t i = 0; i < r->odirs.n; i++) {
		if (add_path(r, r->odirs.v[i], err))
			return -1;
		for (size_t k = 0; k < MF_COUNT(opart); k++)
			if (add_link(r, r->odirs.v[i], opart[k], err))
				return -1;
	}
	return 0;
}

static int open_found(struct mf_repo *r, struct mf_found *found, const char *path, const char *index_file, struct settings *s,
		      struct mf_err *err)
{
	r->git_dir = found->git_dir;
	found->git_dir = NULL;
	if (mf_repo_common(&r->common_dir, r->git_dir, err))
		return -1;
	if (!r->common_dir)
		return mf_fail(err, MF_E_GIT_NONE, "'%s' is no git repository: its common folder does not exist", r->git_dir);
	if (read_config(s, r->common_dir, "config", err) || mf_repo_odirs(r, err) || find_work_tree(r, s, found, path, err) ||
	    find_index(r, index_file, err) || find_lacks(r, err) || list_paths(r, err))
		return -1;
	r->info.git_dir = r->git_dir;
	r->info.common_dir = r->common_dir;
	r->info.work_tree = r->work_tree;
	r->info.index_file = r->index_file;
	return 0;
}

int mf_repo_open(struct mf_repo **out, const char *path, const struct mf_repo_opts *opts, struct mf_err *err)
{
	const char *git_dir = opts ? opts->git_dir : NULL;
	struct mf_found found = { 0 };
	struct settings s = { .r = mf_calloc(1, sizeof(*s.r)) };
	int rc = -1;

	if (!s.r)
		return mf_fail_nomem(err);
	s.r->info.oid_len = 20;
	s.r->store = mf_store_new();
	if (!s.r->store)
		rc = mf_fail_nomem(err);
	else if ((git_dir ? mf_repo_given(&found, git_dir, err) : mf_repo_discover(&found, path, err)) == 0)
		rc = open_found(s.r, &found, git_dir ? path : NULL, opts ? opts->index_file : NULL, &s, err);
	mf_found_free(&found);
	free(s.worktree);
	if (rc)
		mf_repo_free(s.r);
	else
		*out = s.r;
	return rc;
}

void mf_repo_free(struct mf_repo *r)
{
	if (!r)
		return;
	mf_store_free(r->store);
	mf_texts_free(&r->odirs);
	mf_texts_free(&r->paths);
	mf_texts_free(&r->notes);
	free(r->git_dir);
	free(r->common_dir);
	free(r->work_tree);
	free(r->index_file);
	free(r);
}

const struct mf_repo_info *mf_repo_info(const struct mf_repo *r)
{
	return &r->info;
}

const char *const *mf_repo_paths(const struct mf_repo *r, size_t *n)
{
	*n = r->paths.n;
	return (const char *const *)r->paths.v;
}

size_t mf_repo_notes(const struct mf_repo *r, const char *const **notes)
{
	*notes = (const char *const *)r->notes.v;
	return r->notes.n;
}
