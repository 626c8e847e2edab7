/* SPDX-License-Identifier: Apache-2.0 */
/* Where a repository is: upwards from a folder, through .git files. */
#include "discover.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "repo_priv.h"

enum { LINK_MAX_LEN = 64 << 10, UP_MAX = 4096 };

void mf_found_free(struct mf_found *f)
{
	free(f->git_dir);
	free(f->root);
	*f = (struct mf_found){ 0 };
}

enum kind { NOTHING, FOLDER, FILE_, OTHER };

static int kind_of(enum kind *out, const char *dir, const char *name, bool follow, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	struct stat st;

	if (!path)
		return mf_fail_nomem(err);
	if (follow ? stat(path, &st) : lstat(path, &st))
		*out = NOTHING;
	else
		*out = S_ISDIR(st.st_mode) ? FOLDER : S_ISREG(st.st_mode) ? FILE_ : OTHER;
	return 0;
}

int mf_repo_common(char **out, const char *git_dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	size_t n;

	if (mf_repo_text(&text, &n, git_dir, "commondir", LINK_MAX_LEN, err))
		return -1;
	if (text)
		text[strcspn(text, "\r\n")] = '\0';
	return mf_repo_real(out, git_dir, text && *text ? text : ".", err);
}

/* As git decides it: HEAD, objects and refs are there; the last two may be those of a common folder. */
static int is_git_dir(bool *yes, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *common = NULL;
	enum kind head, objects, refs;

	*yes = false;
	if (kind_of(&head, dir, "HEAD", false, err))
		return -1;
	if (head == NOTHING || head == FOLDER)
		return 0;
	if (mf_repo_common(&common, dir, err))
		return err->code == MF_IO ? 0 : -1;
	if (!common)
		return 0;
	if (kind_of(&objects, common, "objects", true, err) || kind_of(&refs, common, "refs", true, err))
		return -1;
	*yes = objects == FOLDER && refs == FOLDER;
	return 0;
}

static int none(struct mf_err *err, const char *path, const char *why)
{
	mf_fail(err, MF_E_GIT_NONE, "'%s' is no git repository", path);
	mf_err_why(err, "%s", why);
	return -1;
}

/* dir/.git is a file: "gitdir: PATH", relative to dir. */
static int through_file(char **out, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	MF_CLEANUP(mf_freep) char *real = NULL;
	size_t n;
	bool yes;

	if (mf_repo_text(&text, &n, dir, ".git", LINK_MAX_LEN, err))
		return -1;
	if (!text || strncmp(text, "gitdir:", 7) != 0)
		return none(err, dir, "its .git file does not say 'gitdir:'");
	text[strcspn(text, "\r\n")] = '\0';
	if (mf_repo_real(&real, dir, text + 7 + strspn(text + 7, " \t"), err))
		return -1;
	if (!real)
		return none(err, dir, "the folder that its .git file names does not exist");
	if (is_git_dir(&yes, real, err))
		return -1;
	if (!yes)
		return none(err, dir, "the folder that its .git file names is no repository");
	*out = real;
	real = NULL;
	return 0;
}

/* dir/.git; *out stays NULL when there is none. */
static int through_dot_git(char **out, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = NULL;
	enum kind kind;
	bool yes;

	if (kind_of(&kind, dir, ".git", true, err))
		return -1;
	if (kind == FILE_)
		return through_file(out, dir, err);
	if (kind != FOLDER)
		return 0;
	if (mf_repo_real(&real, dir, ".git", err))
		return -1;
	if (!real || is_git_dir(&yes, real, err))
		return real ? -1 : 0;
	if (yes) {
		*out = real;
		real = NULL;
	}
	return 0;
}

/* One folder; *out stays empty when there is no repository in it. */
static int look_in(struct mf_found *out, const char *dir, struct mf_err *err)
{
	bool yes;

	if (through_dot_git(&out->git_dir, dir, err))
		return -1;
	if (out->git_dir) {
		out->root = mf_strdup(dir);
		return out->root ? 0 : mf_fail_nomem(err);
	}
	if (is_git_dir(&yes, dir, err))
		return -1;
	if (yes)
		out->git_dir = mf_strdup(dir);
	return yes && !out->git_dir ? mf_fail_nomem(err) : 0;
}

/* Cuts the last part off; false at the root. */
static bool up(char *dir)
{
	char *slash = strrchr(dir, '/');

	if (!slash || dir[1] == '\0')
		return false;
	slash[slash == dir] = '\0';
	return true;
}

int mf_repo_discover(struct mf_found *out, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_found_free) struct mf_found found = { 0 };
	MF_CLEANUP(mf_freep) char *dir = NULL;
	struct stat st;
	unsigned steps = 0;

	if (mf_repo_real(&dir, ".", path, err))
		return -1;
	if (!dir)
		return none(err, path, "there is no such folder");
	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		up(dir);
	do {
		if (look_in(&found, dir, err))
			return -1;
	} while (!found.git_dir && ++steps < UP_MAX && up(dir));
	if (!found.git_dir)
		return none(err, path, "neither it nor a folder above it has a .git");
	*out = found;
	found = (struct mf_found){ 0 };
	return 0;
}

int mf_repo_given(struct mf_found *out, const char *git_dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = NULL;
	bool yes;

	if (mf_repo_real(&real, ".", git_dir, err))
		return -1;
	if (!real || is_git_dir(&yes, real, err))
		return real ? -1 : none(err, git_dir, "GIT_DIR names a folder that does not exist");
	if (!yes)
		return none(err, git_dir, "GIT_DIR names a folder that is no repository");
	*out = (struct mf_found){ .git_dir = real };
	real = NULL;
	return 0;
}
