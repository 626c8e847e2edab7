/* SPDX-License-Identifier: Apache-2.0 */
/* Where the user's own ignore rules are. Of git's configuration only core.excludesFile is read. */
#include "ignore.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "repo_priv.h"

enum { CONFIG_MAX = 1 << 20 };

/* "~/x" below the home folder; an absolute path as it is; NULL in *out for anything else. */
static int expand(char **out, const char *path, struct mf_err *err)
{
	const char *home = getenv("HOME");

	*out = NULL;
	if (path[0] == '~' && path[1] == '/' && home)
		*out = mf_path_join(home, path + 2);
	else if (path[0] == '/')
		*out = mf_strdup(path);
	else
		return 0;
	return *out ? 0 : mf_fail_nomem(err);
}

static int setting(void *ctx, const char *section, const char *sub, const char *key, const char *value, struct mf_err *err)
{
	char **found = ctx;

	if (strcmp(section, "core") != 0 || *sub || strcmp(key, "excludesfile") != 0)
		return 0;
	free(*found);
	return expand(found, value, err);
}

/* A configuration file that is missing, too long or unreadable says nothing. */
static int from_config(char **out, const char *file, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(CONFIG_MAX);
	MF_CLEANUP(mf_freep) char *found = NULL;
	struct mf_err why;

	if (mf_fs_read(&text, file, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	if (mf_gitconfig_parse(mf_buf_text(&text), text.n, setting, &found, err))
		return -1;
	*out = found;
	found = NULL;
	return 0;
}

/* $XDG_CONFIG_HOME/git/NAME or ~/.config/git/NAME; NULL without a home. */
static int below_config_home(char **out, const char *name, struct mf_err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char tail[64];

	*out = NULL;
	if (xdg && *xdg) {
		snprintf(tail, sizeof(tail), "git/%s", name);
		*out = mf_path_join(xdg, tail);
	} else if (home && *home) {
		snprintf(tail, sizeof(tail), ".config/git/%s", name);
		*out = mf_path_join(home, tail);
	} else {
		return 0;
	}
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_exclude_user_file(char **path, const char *repo_config, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dot = NULL;
	MF_CLEANUP(mf_freep) char *xdg = NULL;
	const char *home = getenv("HOME");
	const char *files[4] = { repo_config, NULL, NULL, "/etc/gitconfig" };
	char *found = NULL;

	if (home && *home && !(dot = mf_path_join(home, ".gitconfig")))
		return mf_fail_nomem(err);
	if (below_config_home(&xdg, "config", err))
		return -1;
	files[1] = dot;
	files[2] = xdg;
	for (size_t i = 0; i < MF_COUNT(files) && !found; i++)
		if (files[i] && from_config(&found, files[i], err))
			return -1;
	if (!found && below_config_home(&found, "ignore", err))
		return -1;
	*path = found;
	return 0;
}
