/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: 0600 in a 0700 folder of our own outside the checkout, found again from the same facts of the job. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

#define FILE_NAME "state.json"

/* -- where ---------------------------------------------------------------------------------------- */
static const char *get(mf_getenv_fn env, const char *name)
{
	const char *v = env ? env(name) : NULL;

	return v && *v ? v : NULL;
}

/* Letters and digits of a fact; anything else becomes '-', so that no fact leads elsewhere. */
static void append_fact(char *key, size_t room, const char *fact)
{
	size_t n = strlen(key);

	if (!fact)
		return;
	if (n + 1 < room)
		key[n++] = '-';
	for (; *fact && n + 1 < room; fact++) {
		const bool plain = (*fact >= '0' && *fact <= '9') || ((*fact | 32) >= 'a' && (*fact | 32) <= 'z') || *fact == '_';

		key[n++] = plain ? *fact : '-';
	}
	key[n] = '\0';
}

static const char *base_dir(const struct mf_job *job, mf_getenv_fn env)
{
	const char *runtime = get(env, "XDG_RUNTIME_DIR");

	if (job->ci == MF_CI_LOCAL || job->ci == MF_CI_OTHER) {
		if (runtime && runtime[0] == '/')
			return runtime;
	}
	return job->temp_dir ? job->temp_dir : "/tmp";
}

char *mf_state_folder(const struct mf_job *job, mf_getenv_fn env)
{
	char key[200];

	snprintf(key, sizeof(key), "mayfly-%u", (unsigned)geteuid());
	switch (job->ci) {
	case MF_CI_GITHUB:
		append_fact(key, sizeof(key), job->run_id);
		append_fact(key, sizeof(key), job->run_attempt);
		append_fact(key, sizeof(key), job->job_name);
		break;
	case MF_CI_GITLAB:
		append_fact(key, sizeof(key), get(env, "CI_JOB_ID"));
		break;
	case MF_CI_OTHER:
	case MF_CI_LOCAL:
		append_fact(key, sizeof(key), "local");
		break;
	}
	return mf_path_join(base_dir(job, env), key);
}

/* -- reading -------------------------------------------------------------------------------------- */
static int unsafe(const char *path, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_STATE_UNSAFE, "the saved state '%s' is not used", path);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "look who made it, then remove it");
	mf_err_note(err, "nothing was revoked; what mayfly obtained ends with its lifetime");
	return -1;
}

/* NULL, or what is wrong with what `st` describes. */
static const char *distrust(const struct stat *st, mode_t type)
{
	if ((st->st_mode & S_IFMT) != type)
		return type == S_IFDIR ? "its folder is no folder" : "it is no regular file";
	if (st->st_uid != geteuid())
		return "it belongs to another user";
	if (st->st_mode & 077)
		return "others may read or change it";
	if (type == S_IFREG && st->st_nlink != 1)
		return "it has a second name elsewhere";
	if (type == S_IFREG && (size_t)st->st_size > MF_STATE_FILE_MAX)
		return "it is larger than 1 MiB";
	return NULL;
}

/* 1 and the folder's descriptor, 0 when there is none, -1. */
static int open_folder(int *out, const char *dir, struct mf_err *err)
{
	struct stat st;
	const char *why;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return unsafe(dir, errno == ELOOP || errno == ENOTDIR ? "its folder is a link or no folder" : strerror(errno), err);
	why = fstat(fd, &st) ? strerror(errno) : distrust(&st, S_IFDIR);
	if (why) {
		close(fd);
		return unsafe(dir, why, err);
	}
	*out = fd;
	return 1;
}

static int read_rest(struct mf_secret *to, int fd, const char *path, struct mf_err *err)
{
	char buf[4096];
	int r = 0;

	for (;;) {
		const ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = mf_fail_errno(err, MF_E_STATE_UNSAFE, errno, "cannot read '%s'", path);
		if (n <= 0)
			break;
		r = mf_secret_add(to, buf, (size_t)n, err);
		if (r)
			break;
	}
	mf_wipe(buf, sizeof(buf));
	return r;
}

static int read_from(struct mf_secret **out, int folder, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = openat(folder, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	struct stat st;
	const char *why;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return unsafe(path, errno == ELOOP ? "it is a link" : strerror(errno), err);
	why = fstat(fd, &st) ? strerror(errno) : distrust(&st, S_IFREG);
	if (why)
		return unsafe(path, why, err);
	text = mf_secret_empty(MF_STATE_FILE_MAX);
	if (!text)
		return mf_fail_nomem(err);
	if (read_rest(text, fd, path, err))
		return -1;
	*out = text;
	text = NULL;
	return 0;
}

int mf_state_file_read(struct mf_secret **out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env);
	MF_CLEANUP(mf_freep) char *path = dir ? mf_path_join(dir, FILE_NAME) : NULL;
	MF_CLEANUP(mf_closep) int folder = -1;
	int there;

	if (!path)
		return mf_fail_nomem(err);
	*out = NULL;
	there = open_folder(&folder, dir, err);
	return there <= 0 ? there : read_from(out, folder, path, err);
}

/* -- writing -------------------------------------------------------------------------------------- */
/* A name that nobody waits for, next to the final one. */
static char *fresh_path(const char *dir)
{
	unsigned char random[8];
	char name[40];

	mf_random(random, sizeof(random));
	snprintf(name, sizeof(name), "new-%02x%02x%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2], random[3],
		 random[4], random[5], random[6], random[7]);
	return mf_path_join(dir, name);
}

static int write_new(const char *path, struct mf_str text, struct mf_err *err)
{
	int fd = mf_fs_create(path, err), r;

	if (fd < 0)
		return -1;
	r = mf_fs_write(fd, text.p, text.n, path, err);
	if (close(fd) && r == 0)
		r = mf_fail_errno(err, MF_E_FS_WRITE, errno, "cannot write '%s'", path);
	return r;
}

/* Written beside it and renamed over it: a reader sees the former state or the new one. The former one keeps a second name for
 * a moment, by which it is wiped. */
static int replace(const char *dir, const char *path, struct mf_str text, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *fresh = fresh_path(dir);
	MF_CLEANUP(mf_freep) char *old = fresh_path(dir);
	struct mf_err ignored;
	int r;

	if (!fresh || !old)
		return mf_fail_nomem(err);
	r = write_new(fresh, text, err);
	if (r == 0) {
		const bool kept = link(path, old) == 0;

		if (rename(fresh, path))
			r = mf_fail_errno(err, MF_E_STATE_WRITE, errno, "cannot replace '%s'", path);
		if (kept && (r || mf_fs_wipe(old, &ignored)))
			unlink(old);
	}
	if (r && mf_fs_wipe(fresh, &ignored))
		unlink(fresh);
	return r;
}

int mf_state_file_save(const struct mf_secret *text, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env);
	MF_CLEANUP(mf_freep) char *path = dir ? mf_path_join(dir, FILE_NAME) : NULL;

	if (!path)
		return mf_fail_nomem(err);
	if (mf_fs_own_dir(dir, err))
		return -1;
	return replace(dir, path, mf_secret_reveal(text), err);
}

int mf_state_file_drop(const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env);
	MF_CLEANUP(mf_freep) char *path = dir ? mf_path_join(dir, FILE_NAME) : NULL;
	MF_CLEANUP(mf_closep) int folder = -1;
	int there;

	if (!path)
		return mf_fail_nomem(err);
	there = open_folder(&folder, dir, err);
	if (there <= 0)
		return there;
	if (mf_fs_wipe(path, err))
		return -1;
	rmdir(dir);
	return 0;
}
