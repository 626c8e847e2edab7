/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets as files: a private folder outside the checkout, one file each. */
#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/json.h>

#define FOLDER "mayfly-files-"

static int make_folder(struct mf_filebox *b, const struct mf_job *job, struct mf_err *err)
{
	if (b->dir)
		return 0;
	if (!job->temp_dir)
		return mf_fail(err, MF_E_SINK_PLACE, "this job has no temporary folder for secret files");
	return mf_fs_mkdir_private(&b->dir, job->temp_dir, FOLDER, err);
}

static int write_file(const char *path, const struct mf_secret *value, struct mf_err *err)
{
	const struct mf_str text = mf_secret_reveal(value);
	MF_CLEANUP(mf_closep) int fd = mf_fs_create(path, err);
	int r;

	if (fd < 0)
		return -1;
	r = mf_fs_write(fd, text.p, text.n, path, err);
	if (r == 0 && close(fd))
		r = mf_fail_errno(err, MF_E_FS_WRITE, errno, "cannot write '%s'", path);
	else if (r)
		close(fd);
	fd = -1;
	return r;
}

static const char *path_of(const struct mf_filebox *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(strrchr(b->paths[i], '/') + 1, name) == 0)
			return b->paths[i];
	return NULL;
}

/* The value with the other file's path in it. */
static int put_in(struct mf_secret **out, const struct mf_filebox *b, const struct mf_item *item, struct mf_err *err)
{
	const struct mf_str text = mf_secret_reveal(item->value);
	const char *path = path_of(b, item->holds), *at = memmem(text.p, text.n, MF_FILE_HERE, strlen(MF_FILE_HERE));
	const size_t before = at ? (size_t)(at - text.p) : 0, behind = before + strlen(MF_FILE_HERE);
	struct mf_secret *whole;

	if (!path || !at)
		return mf_fail(err, MF_E_BASE_BUG, "the file '%s' has no place for '%s'", item->name, item->holds);
	whole = mf_secret_empty(text.n + 6 * strlen(path) + 2);
	if (!whole)
		return mf_fail_nomem(err);
	if (mf_secret_add(whole, text.p, before, err) || mf_json_quote_secret(whole, mf_str(path), err) || mf_secret_add(whole, text.p + behind, text.n - behind, err)) {
		mf_secret_free(whole);
		return -1;
	}
	*out = whole;
	return 0;
}

int mf_filebox_put(struct mf_filebox *b, const char **path, const struct mf_job *job, const struct mf_item *item, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *whole = NULL;
	char **paths, *file;

	if (make_folder(b, job, err))
		return -1;
	paths = mf_regrow(b->paths, b->n + 1, sizeof(char *));
	if (!paths)
		return mf_fail_nomem(err);
	b->paths = paths;
	file = mf_path_join(b->dir, item->name);
	if (!file)
		return mf_fail_nomem(err);
	b->paths[b->n++] = file;	/* also when writing fails half way, so that it is removed */
	if ((item->holds && put_in(&whole, b, item, err)) || write_file(file, whole ? whole : item->value, err))
		return -1;
	*path = file;
	return 0;
}

/* Our folders have a name of their own; anything else of the user's stays. */
static void remove_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	MF_CLEANUP(mf_freep) char *dir = slash ? mf_strndup(path, (size_t)(slash - path)) : NULL;
	const char *name = dir ? strrchr(dir, '/') : NULL;

	if (name && strncmp(name + 1, FOLDER, strlen(FOLDER)) == 0)
		rmdir(dir);	/* stays while other files are in it */
}

int mf_files_wipe(const char *const *paths, size_t n, struct mf_err *err)
{
	struct mf_err other;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (mf_fs_wipe(paths[i], r ? &other : err))
			r = -1;
		remove_folder_of(paths[i]);
	}
	return r;
}

void mf_filebox_undo(struct mf_filebox *b)
{
	struct mf_err err;

	for (size_t i = 0; i < b->n; i++) {
		if (mf_fs_wipe(b->paths[i], &err))
			unlink(b->paths[i]);
	}
	if (b->dir)
		rmdir(b->dir);
	mf_filebox_free(b);
}

void mf_filebox_free(struct mf_filebox *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->paths[i]);
	free(b->paths);
	free(b->dir);
	*b = (struct mf_filebox){ 0 };
}
