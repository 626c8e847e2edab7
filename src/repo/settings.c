/* SPDX-License-Identifier: Apache-2.0 */
/* One setting of git's, as it counts for a repository: of the system's, the user's, the repository's and the work tree's configuration, with what these
 * include, the last that has it. */
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "ignore.h"
#include "repo_priv.h"

enum { CONFIG_MAX = 4 << 20, DEPTH = 10, FILES = 200 };

struct look {
	const struct mf_repo_info *info;	/* NULL: no repository */
	const char *key;			/* of core */
	mf_setting_fn file;			/* or NULL */
	void *ctx;
	struct mf_setting found;
	const char *at;				/* the file at hand */
	unsigned depth, files;
	bool own;				/* it is the repository's, or included by that */
	bool work_tree;				/* extensions.worktreeConfig */
};

static int read_config(struct look *l, const char *path, struct mf_err *err);

void mf_setting_free(struct mf_setting *s)
{
	free(s->value);
	free(s->file);
	*s = (struct mf_setting){ 0 };
}

int mf_setting_path(char **out, const char *value, const char *folder, struct mf_err *err)
{
	const char *home = getenv("HOME");

	*out = NULL;
	if (value[0] == '~' && value[1] == '/') {
		if (!home || !*home)
			return 0;
		*out = mf_path_join(home, value + 2);
	} else if (value[0] == '/') {
		*out = mf_strdup(value);
	} else if (value[0] && value[0] != '~' && folder) {
		*out = mf_path_join(folder, value);
	} else {
		return 0;
	}
	return *out ? 0 : mf_fail_nomem(err);
}

static int take(struct look *l, const char *value, struct mf_err *err)
{
	struct mf_setting s = { .value = mf_strdup(value), .file = mf_strdup(l->at), .own = l->own };

	if (!s.value || !s.file) {
		mf_setting_free(&s);
		return mf_fail_nomem(err);
	}
	mf_setting_free(&l->found);
	l->found = s;
	return 0;
}

/* The folder of the file at hand. */
static char *beside(const struct look *l)
{
	const char *slash = strrchr(l->at, '/');

	return slash ? mf_strndup(l->at, slash == l->at ? 1 : (size_t)(slash - l->at)) : mf_strdup(".");
}

static int include(struct look *l, const char *value, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *folder = beside(l);
	MF_CLEANUP(mf_freep) char *path = NULL;
	const char *at = l->at;
	int rc;

	if (!folder)
		return mf_fail_nomem(err);
	if (mf_setting_path(&path, value, folder, err) || !path)
		return path ? -1 : 0;
	if (l->depth == DEPTH) {
		if (l->file)
			l->file(l->ctx, path, "files include each other too deep");
		return 0;
	}
	l->depth++;
	rc = read_config(l, path, err);
	l->depth--;
	l->at = at;
	return rc;
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s | 32);
}

/* "gitdir:PATTERN" and "gitdir/i:PATTERN". Branches and remotes are not asked for. */
static int holds(bool *yes, const struct look *l, const char *condition, struct mf_err *err)
{
	const bool fold = strncmp(condition, "gitdir/i:", 9) == 0;
	const char *pattern = fold ? condition + 9 : condition + 7;
	const bool free_floating = pattern[0] != '/' && strncmp(pattern, "~/", 2) != 0 && strncmp(pattern, "./", 2) != 0;
	MF_CLEANUP(mf_freep) char *folder = beside(l);
	MF_CLEANUP(mf_freep) char *path = NULL;
	char whole[PATH_MAX + 16], dir[PATH_MAX + 16];
	uint64_t work = 1 << 20;
	size_t n, used;

	*yes = false;
	if (!folder)
		return mf_fail_nomem(err);
	if (!l->info || (!fold && strncmp(condition, "gitdir:", 7) != 0))
		return 0;
	if (!free_floating && mf_setting_path(&path, strncmp(pattern, "./", 2) == 0 ? pattern + 2 : pattern, folder, err))
		return -1;
	if (!free_floating && !path)
		return 0;
	n = strlen(pattern);
	used = (size_t)snprintf(whole, sizeof(whole), "%s%s%s", free_floating ? "**/" : "", path ? path : pattern, n && pattern[n - 1] == '/' ? "**" : "");
	if (used >= sizeof(whole) || (size_t)snprintf(dir, sizeof(dir), "%s", l->info->git_dir) >= sizeof(dir))
		return 0;
	if (fold) {
		lower(whole);
		lower(dir);
	}
	*yes = mf_wildmatch(mf_str(whole), mf_str(dir), &work);
	return 0;
}

static int setting(void *ctx, const char *section, const char *sub, const char *key, const char *value, struct mf_err *err)
{
	struct look *l = ctx;
	bool yes;

	if (strcmp(section, "core") == 0 && !*sub && strcmp(key, l->key) == 0)
		return take(l, value, err);
	if (strcmp(section, "extensions") == 0 && !*sub && strcmp(key, "worktreeconfig") == 0)
		l->work_tree = l->own && mf_gitconfig_bool(value);
	if (strcmp(section, "include") == 0 && !*sub && strcmp(key, "path") == 0)
		return include(l, value, err);
	if (strcmp(section, "includeif") != 0 || strcmp(key, "path") != 0)
		return 0;
	if (holds(&yes, l, sub, err))
		return -1;
	return yes ? include(l, value, err) : 0;
}

/* One that is not there says nothing. */
static int read_config(struct look *l, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(CONFIG_MAX);
	struct mf_err why = { 0 };

	if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (l->files++ >= FILES) {
		if (l->file)
			l->file(l->ctx, path, "too many files are included");
		return 0;
	}
	if (mf_fs_read(&text, path, &why)) {
		if (strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
			return mf_fail_nomem(err);
		if (l->file)
			l->file(l->ctx, path, why.why[0] ? why.why : why.what);
		return 0;
	}
	if (l->file)
		l->file(l->ctx, path, NULL);
	l->at = path;
	return mf_gitconfig_parse(mf_buf_text(&text), text.n, setting, l, err);
}

/* dir/name, when there is such a folder. */
static int read_below(struct look *l, const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = dir && *dir ? mf_path_join(dir, name) : NULL;

	if (!dir || !*dir)
		return 0;
	return path ? read_config(l, path, err) : mf_fail_nomem(err);
}

static int read_all(struct look *l, struct mf_err *err)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");

	if (read_config(l, "/etc/gitconfig", err) || read_below(l, xdg && *xdg ? xdg : home, xdg && *xdg ? "git/config" : ".config/git/config", err) ||
	    read_below(l, home, ".gitconfig", err))
		return -1;
	if (!l->info)
		return 0;
	l->own = true;
	if (read_below(l, l->info->common_dir, "config", err))
		return -1;
	return l->work_tree ? read_below(l, l->info->git_dir, "config.worktree", err) : 0;
}

int mf_setting_find(struct mf_setting *out, const struct mf_repo_info *info, const char *key, mf_setting_fn file, void *ctx, struct mf_err *err)
{
	struct look l = { .info = info, .key = key, .file = file, .ctx = ctx };

	if (read_all(&l, err)) {
		mf_setting_free(&l.found);
		return -1;
	}
	*out = l.found;
	return 0;
}
