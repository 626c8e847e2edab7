/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: 0600 in a 0700 folder of our own outside the checkout. Runs of one job may work on it at the same time. */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>

#define FILE_NAME "state.json"
#define FRESH "new-"

/* How long to wait for another mayfly of this job: a save must not be lost, while the end of the job has five seconds for all. */
enum { LOCK_SAVE_MS = 3000, LOCK_END_MS = 250, LOCK_READ_MS = 200, LOCK_STEP_MS = 5, RACES = 100 };

/* -- the folder and its lock ---------------------------------------------------------------------- */
static int unsafe(const char *path, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_STATE_UNSAFE, "the saved state '%s' is not used", path);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "look who made it, then remove it");
	mf_err_note(err, "what it names was not revoked and ends with its lifetime");
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
	if (type == S_IFREG && (size_t)st->st_size > MF_STATE_FILE_MAX)
		return "it is larger than 1 MiB";
	return NULL;
}

/* False when somebody else held the lock for all that time. A file system without locks is used without. */
static bool lock(int fd, int64_t wait_ms)
{
	const int64_t end = mf_mono_ms() + wait_ms;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return true;
		if (mf_mono_ms() >= end)
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_STEP_MS * 1000000L }, NULL);
	}
	return true;
}

/* Whether `fd` is still what the path leads to: another run may have removed the folder while we waited. */
static bool still_there(int fd, const char *dir)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(dir, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* 1 and the folder's descriptor, 0 when there is none, -1. */
static int open_once(int *out, const char *dir, struct mf_err *err)
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

/* The same, with the lock. A reader goes on without it when it cannot be had. */
static int open_folder(int *out, const char *dir, bool change, bool make, struct mf_err *err)
{
	const int wait_ms = make ? LOCK_SAVE_MS : change ? LOCK_END_MS : LOCK_READ_MS;
	int fd, there;

	for (int i = 0; i < RACES; i++) {
		if (make && mf_fs_own_dir(dir, err))
			return -1;
		there = open_once(&fd, dir, err);
		if (there == 0 && make)
			continue;
		if (there <= 0)
			return there;
		if (!lock(fd, wait_ms) && change) {
			close(fd);
			mf_fail(err, MF_E_STATE_WRITE, "'%s' is in use", dir);
			mf_err_why(err, "another mayfly of this job has held its lock for %d ms", wait_ms);
			return -1;
		}
		if (still_there(fd, dir)) {
			*out = fd;
			return 1;
		}
		close(fd);
	}
	return mf_fail(err, MF_E_STATE_WRITE, "'%s' is removed again and again", dir);
}

/* Calls fn with the path of each file that a writer left when it was killed: under the lock nobody else has one. */
static int each_leftover(const char *dir, int (*fn)(const char *path, void *ctx, struct mf_err *err), void *ctx, struct mf_err *err)
{
	DIR *list = opendir(dir);
	const struct dirent *e;
	int r = 0;

	while (list && r == 0 && (e = readdir(list))) {
		MF_CLEANUP(mf_freep) char *path = NULL;

		if (strncmp(e->d_name, FRESH, strlen(FRESH)))
			continue;
		path = mf_path_join(dir, e->d_name);
		r = path ? fn(path, ctx, err) : mf_fail_nomem(err);
	}
	if (list)
		closedir(list);
	return r;
}

/* -- reading -------------------------------------------------------------------------------------- */
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

static int read_text(struct mf_secret **out, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	struct stat st;
	const char *why;

	*out = NULL;
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

static int read_one(const char *path, void *to, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	struct mf_state s = { 0 };
	int r;

	if (read_text(&text, path, err))
		return -1;
	if (!text)
		return 0;
	r = mf_state_parse(&s, mf_secret_reveal(text), "the job's state file", err);
	if (r == 0)
		r = mf_state_join(to, &s, err);
	mf_state_free(&s);
	return r;
}

/* It was killed before it could rename the file: what it obtained stands nowhere else. One that was not written to its
 * end is no state, and no reason to fail. */
static int read_leftover(const char *path, void *to, struct mf_err *err)
{
	struct mf_err why = { 0 };

	if (read_one(path, to, &why) == 0 || why.code != MF_BUG)
		return 0;
	*err = why;
	return -1;
}

static int read_all(struct mf_state *to, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, FILE_NAME);

	if (!path)
		return mf_fail_nomem(err);
	/* the newer one last: it counts */
	return each_leftover(dir, read_leftover, to, err) || read_one(path, to, err) ? -1 : 0;
}

int mf_state_file_read(struct mf_state *to, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int folder = -1;
	const int there = open_folder(&folder, dir, false, false, err);

	return there <= 0 ? there : read_all(to, dir, err);
}

/* -- writing -------------------------------------------------------------------------------------- */
static int wipe_leftover(const char *path, void *ctx, struct mf_err *err)
{
	struct mf_err why = { 0 };

	(void)ctx, (void)err;
	if (mf_fs_wipe(path, &why))
		mf_warn_err(&why);
	return 0;
}

static void wipe_leftovers(const char *dir)
{
	struct mf_err none = { 0 };

	if (each_leftover(dir, wipe_leftover, NULL, &none))
		mf_warn("%s", none.what);
}

/* A name that nobody waits for, next to the final one. */
static char *fresh_path(const char *dir)
{
	unsigned char random[8];
	char name[40];

	mf_random(random, sizeof(random));
	snprintf(name, sizeof(name), FRESH "%02x%02x%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2], random[3],
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

/* Through the descriptor: the file has no name any more. */
static void zero(int fd, const char *path)
{
	static const char zeros[4096];
	struct mf_err ignored;
	struct stat st;
	off_t left = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() ? st.st_size : 0;

	while (left > 0) {
		const size_t n = left < (off_t)sizeof(zeros) ? (size_t)left : sizeof(zeros);

		if (mf_fs_write(fd, zeros, n, path, &ignored))
			return;
		left -= (off_t)n;
	}
	if (fd >= 0)
		fdatasync(fd);
}

/* Written beside it and renamed over it: whoever is killed half-way leaves the former state or the new one. */
static int replace(const char *dir, struct mf_str text, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, FILE_NAME);
	MF_CLEANUP(mf_freep) char *fresh = fresh_path(dir);
	MF_CLEANUP(mf_closep) int old = -1;
	struct mf_err ignored;
	int r;

	if (!path || !fresh)
		return mf_fail_nomem(err);
	r = write_new(fresh, text, err);
	if (r == 0) {
		old = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (rename(fresh, path))
			r = mf_fail_errno(err, MF_E_STATE_WRITE, errno, "cannot replace '%s'", path);
		else
			zero(old, path);
	}
	if (r && mf_fs_wipe(fresh, &ignored))
		unlink(fresh);
	return r;
}

static int write_state(const struct mf_state *s, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;

	if (mf_state_write(&text, s, err) || replace(dir, mf_secret_reveal(text), err))
		return -1;
	wipe_leftovers(dir);
	return 0;
}

/* Copies by way of the text: the same code for both directions. */
static int copy(struct mf_state *out, const struct mf_state *s, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;

	if (mf_state_write(&text, s, err))
		return -1;
	return mf_state_parse(out, mf_secret_reveal(text), "memory", err);
}

int mf_state_file_add(const struct mf_state *s, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int folder = -1;
	MF_CLEANUP(mf_state_free) struct mf_state all = { 0 };
	MF_CLEANUP(mf_state_free) struct mf_state more = { 0 };

	if (open_folder(&folder, dir, true, true, err) <= 0)
		return -1;
	if (read_all(&all, dir, err) || copy(&more, s, err) || mf_state_join(&all, &more, err))
		return -1;
	return write_state(&all, dir, err);
}

/* What somebody else put there keeps the folder, and may be a secret. */
static int remove_all(const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, FILE_NAME);

	if (!path)
		return mf_fail_nomem(err);
	if (mf_fs_wipe(path, err))
		return -1;
	wipe_leftovers(dir);
	if (rmdir(dir) && errno != ENOENT)
		mf_warn("the folder '%s' stays: %s", dir,
			errno == ENOTEMPTY || errno == EEXIST ? "there is something in it that is not mayfly's" : strerror(errno));
	return 0;
}

int mf_state_file_subtract(const struct mf_state *s, const char *dir, size_t *left, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int folder = -1;
	MF_CLEANUP(mf_state_free) struct mf_state all = { 0 };
	const int there = open_folder(&folder, dir, true, false, err);
	bool changed;

	if (there <= 0)
		return there;
	if (read_all(&all, dir, err))
		return -1;
	changed = mf_state_subtract(&all, s);
	*left += all.n_creds + all.n_files;
	if (all.n_creds + all.n_files == 0)
		return remove_all(dir, err);
	return changed ? write_state(&all, dir, err) : 0;
}
