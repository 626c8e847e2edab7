/* SPDX-License-Identifier: Apache-2.0 */
/* Shell text for eval, on standard output or in a 0600 file: what GitLab CI and a person's own shell can use. */
#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "out.h"

enum { TEXT_MAX = 4 << 20 };

struct shell {
	const struct mf_job *job;
	struct mf_sink_opts opts;
	struct mf_secret *text;
	struct mf_filebox files;
	char *path;		/* of the file that is written, or NULL for out_fd */
	int fd;
	size_t total;
	bool committed;
};

static void shell_close(void *st)
{
	struct shell *s = st;
	struct mf_err err;

	if (!s)
		return;
	mf_closep(&s->fd);
	if (!s->committed) {
		mf_filebox_undo(&s->files);
		if (s->path && mf_fs_wipe(s->path, &err))
			unlink(s->path);
	}
	mf_filebox_free(&s->files);
	mf_secret_free(s->text);
	free(s->path);
	free(s);
}

static int shell_open(void **st, const struct mf_job *job, const struct mf_sink_opts *opts, struct mf_err *err)
{
	struct shell *s = calloc(1, sizeof(*s));

	if (!s)
		return mf_fail_nomem(err);
	s->job = job;
	s->opts = *opts;
	s->fd = -1;
	s->text = mf_secret_empty(TEXT_MAX);
	if (!s->text) {
		free(s);
		return mf_fail_nomem(err);
	}
	*st = s;
	return 0;
}

/* The folder of `path` with links resolved; NULL when there is none. */
static char *real_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	MF_CLEANUP(mf_freep) char *dir = slash ? mf_strndup(path, (size_t)(slash - path) + (slash == path)) : mf_strdup(".");

	return dir ? realpath(dir, NULL) : NULL;
}

/* A file in the checkout ends up in caches, artifacts and images. */
static bool in_workspace(const char *path, const struct mf_job *job)
{
	MF_CLEANUP(mf_freep) char *dir = real_folder(path);
	MF_CLEANUP(mf_freep) char *top = job->workspace ? realpath(job->workspace, NULL) : NULL;
	const size_t n = top ? strlen(top) : 0;

	return dir && n > 1 && strncmp(dir, top, n) == 0 && (dir[n] == '/' || dir[n] == '\0');
}

int mf_file_place_check(const char *path, const struct mf_job *job, struct mf_err *err)
{
	if (!path || !*path) {
		mf_fail(err, MF_E_SINK_PLACE, "'file' needs a path to write to");
		mf_err_hint(err, "--to file:PATH");
		return -1;
	}
	if (job->ci == MF_CI_LOCAL || !in_workspace(path, job))
		return 0;
	mf_fail(err, MF_E_SINK_PLACE, "secrets are not written to '%s'", path);
	mf_err_why(err, "it is in the checkout, from where it gets into caches, artifacts and images");
	mf_err_hint(err, "choose a path outside of it, below '%s'", job->temp_dir ? job->temp_dir : "/tmp");
	return -1;
}

static int file_open(void **st, const struct mf_job *job, const struct mf_sink_opts *opts, struct mf_err *err)
{
	struct shell *s;

	if (mf_file_place_check(opts->arg, job, err))
		return -1;
	if (shell_open((void **)&s, job, opts, err))
		return -1;
	s->fd = mf_fs_create(opts->arg, err);
	if (s->fd < 0) {
		shell_close(s);
		return -1;
	}
	s->path = mf_strdup(opts->arg);
	if (!s->path) {
		unlink(opts->arg);
		shell_close(s);
		return mf_fail_nomem(err);
	}
	*st = s;
	return 0;
}

/* Why a value in a variable would be shown as it is. */
static const char *no_mask(const struct mf_job *job)
{
	switch (job->ci) {
	case MF_CI_GITLAB: return "GitLab masks only variables that are declared in its settings; a job cannot add masks";
	case MF_CI_GITHUB: return "shell text on a pipe cannot carry mask commands to the runner";
	case MF_CI_OTHER: return "mayfly knows no way to mask a value in this CI's log";
	case MF_CI_LOCAL: break;
	}
	return "nothing masks what this machine prints";
}

/* A file is not shown by accident; a variable is. On a laptop the person who asks is the one who reads. */
int mf_sink_allows(const struct mf_sink *sink, const struct mf_job *job, const struct mf_sink_opts *opts, const char *name, struct mf_err *err)
{
	if ((sink->caps & MF_SINK_MASKS) ||
	    (!opts->require_mask && (opts->unmasked_ok || job->ci == MF_CI_LOCAL)))
		return 0;
	mf_fail(err, MF_E_SINK_UNMASKED, "'%s' would be exported without a mask", name);
	mf_err_why(err, "%s", no_mask(job));
	if (job->ci == MF_CI_GITHUB)
		mf_err_hint(err, "leave out --to, so that mayfly masks and exports by itself");
	else
		mf_err_hint(err, "use `%s: { from: ..., as: file }`, or %s", name,
			    opts->require_mask ? "leave out --require-mask" : "accept it with --unmasked-ok");
	mf_err_note(err, "nothing was exported");
	return -1;
}

static int add_export(struct mf_secret *text, const char *name, struct mf_str value, struct mf_err *err)
{
	struct mf_out o;

	mf_out_onto(&o, text, err);
	mf_out_puts(&o, "export ");
	mf_out_puts(&o, name);
	mf_out_puts(&o, "='");
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\'')
			mf_out_puts(&o, "'\\''");
		else
			mf_out_byte(&o, value.p[i]);
	}
	mf_out_puts(&o, "'\n");
	return mf_out_end(&o);
}

static int shell_put(void *st, const struct mf_item *item, struct mf_err *err)
{
	struct shell *s = st;
	struct mf_str value = mf_secret_reveal(item->value);
	const char *path;

	if (item->no_env && item->as != MF_AS_FILE)
		return 0;	/* a step output; there are none here */
	if (mf_item_name_check(item, &s->opts, err))
		return -1;
	if (item->as == MF_AS_FILE) {
		if (mf_filebox_put(&s->files, &path, s->job, item, err))
			return -1;
		if (item->no_env && item->no_output)
			return 0;	/* another file knows where it is */
		value = mf_str(path);
	} else if (!item->plain && mf_sink_allows(&mf_sink_shell, s->job, &s->opts, item->name, err)) {
		return -1;
	}
	if (mf_value_check(item->name, value, false, err) || mf_value_count(&s->total, item->name, value.n, err))
		return -1;
	return add_export(s->text, item->name, value, err);
}

static int shell_commit(void *st, struct mf_err *err)
{
	struct shell *s = st;
	const struct mf_str text = mf_secret_reveal(s->text);
	const int fd = s->path ? s->fd : s->opts.out_fd;
	int r;

	if (text.n && mf_fs_write(fd, text.p, text.n, s->path ? s->path : "standard output", err))
		return -1;
	if (s->path) {
		r = close(s->fd);
		s->fd = -1;
		if (r)
			return mf_fail_errno(err, MF_E_FS_WRITE, errno, "cannot write '%s'", s->path);
	}
	s->committed = true;
	return 0;
}

static size_t shell_files(void *st, const char *const **paths)
{
	const struct shell *s = st;

	*paths = (const char *const *)s->files.paths;
	return s->files.n;
}

const struct mf_sink mf_sink_gitlab = {
	.name = "gitlab",
	.caps = MF_SINK_STDOUT,
	.open = shell_open,
	.put = shell_put,
	.commit = shell_commit,
	.close = shell_close,
	.files = shell_files,
};

const struct mf_sink mf_sink_shell = {
	.name = "shell",
	.caps = MF_SINK_STDOUT,
	.open = shell_open,
	.put = shell_put,
	.commit = shell_commit,
	.close = shell_close,
	.files = shell_files,
};

const struct mf_sink mf_sink_file = {
	.name = "file",
	.open = file_open,
	.put = shell_put,
	.commit = shell_commit,
	.close = shell_close,
	.files = shell_files,
};
