/* SPDX-License-Identifier: Apache-2.0 */
/* Careful files. */
#include <mayfly/fs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

enum { CHUNK = 16384 };

static const char *kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a folder" : S_ISLNK(mode) ? "a link" : S_ISFIFO(mode) ? "a pipe" :
	       S_ISSOCK(mode) ? "a socket" : S_ISREG(mode) ? "a file" : "a device";
}

static int fail_why(struct mf_err *err, enum mf_error e, const char *path, const char *what, const char *why)
{
	mf_fail(err, e, "'%s' %s", path, what);
	mf_err_why(err, "%s", why);
	return -1;
}

/* Opens for reading; a pipe or a device must not make us wait, so the type is looked at first thing. */
static int open_regular(const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char why[64];
	int r;

	if (fd < 0 || fstat(fd, &st))
		return mf_fail_errno(err, MF_E_FS_READ, errno, "'%s' cannot be read", path);
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, sizeof(why), "it is %s, not a regular file", kind(st.st_mode));
		return fail_why(err, MF_E_FS_READ, path, "cannot be read", why);
	}
	r = fd;
	fd = -1;
	return r;
}

static ssize_t read_some(int fd, char *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t mf_fs_read_fd(int fd, void *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		const ssize_t more = read_some(fd, (char *)p + got, n - got);

		if (more < 0)
			return -1;
		if (more == 0)
			break;
		got += (size_t)more;
	}
	return (ssize_t)got;
}

/* Gives everything in the file to `out` or `secret`, through a chunk that is wiped. */
static int slurp(int fd, struct mf_buf *out, struct mf_secret *secret, const char *path, struct mf_err *err)
{
	char chunk[CHUNK];
	ssize_t got;
	int r = 0;

	while ((got = read_some(fd, chunk, sizeof(chunk))) > 0) {
		r = out ? mf_buf_add(out, chunk, (size_t)got, err) : mf_secret_add(secret, chunk, (size_t)got, err);
		if (r) {
			mf_err_wrap(err, "'%s' cannot be read", path);
			break;
		}
	}
	if (got < 0)
		r = mf_fail_errno(err, MF_E_FS_READ, errno, "'%s' cannot be read", path);
	mf_wipe(chunk, sizeof(chunk));
	return r;
}

int mf_fs_read(struct mf_buf *out, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open_regular(path, err);
	const size_t before = out->n;
	struct stat st;

	if (fd < 0)
		return -1;
	/* as large as it says it is; where that is too much, reading says so */
	if (fstat(fd, &st) == 0 && st.st_size > CHUNK && (uint64_t)st.st_size <= out->max - out->n && mf_buf_reserve(out, (size_t)st.st_size, err)) {
		mf_err_wrap(err, "'%s' cannot be read", path);
		return -1;
	}
	if (slurp(fd, out, NULL, path, err)) {
		out->n = before;
		if (out->p)
			out->p[before] = '\0';
		return -1;
	}
	return 0;
}

int mf_fs_read_secret(struct mf_secret **out, const char *path, size_t max, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open_regular(path, err);
	MF_CLEANUP(mf_secret_freep) struct mf_secret *s = NULL;

	if (fd < 0)
		return -1;
	s = mf_secret_empty(max);
	if (!s)
		return mf_fail_nomem(err);
	if (slurp(fd, NULL, s, path, err))
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

int mf_fs_create(const char *path, struct mf_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	mf_fail_errno(err, MF_E_FS_CREATE, errno, "'%s' cannot be created", path);
	if (errno == EEXIST)
		mf_err_hint(err, "remove it, or name another path: a file that exists already is never overwritten");
	return -1;
}

int mf_fs_append(const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char why[64];
	int r;

	if (fd < 0 && errno == ELOOP)
		return fail_why(err, MF_E_FS_UNSAFE, path, "is not safe to write", "it is a link");
	if (fd < 0 || fstat(fd, &st))
		return mf_fail_errno(err, MF_E_FS_WRITE, errno, "'%s' cannot be written", path);
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, sizeof(why), "it is %s, not a regular file", kind(st.st_mode));
		return fail_why(err, MF_E_FS_UNSAFE, path, "is not safe to write", why);
	}
	r = fd;
	fd = -1;
	return r;
}

int mf_fs_mkdir_private(char **path, const char *parent, const char *prefix, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *p = NULL;
	unsigned char random[8];
	char hex[17] = "";
	size_t size = strlen(parent) + strlen(prefix) + sizeof(hex) + 1;

	mf_random(random, sizeof(random));
	mf_hex_encode(hex, random, sizeof(random), false);
	p = malloc(size);
	if (!p)
		return mf_fail_nomem(err);
	snprintf(p, size, "%s/%s%s", parent, prefix, hex);
	if (mkdir(p, 0700))
		return mf_fail_errno(err, MF_E_FS_CREATE, errno, "the folder '%s' cannot be created", p);
	*path = p;
	p = NULL;
	return 0;
}

int mf_fs_own_dir(const char *path, struct mf_err *err)
{
	struct stat st;
	int r;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return mf_fail_errno(err, MF_E_FS_CREATE, errno, "the folder '%s' cannot be created", path);
	if (lstat(path, &st))
		return mf_fail_errno(err, MF_E_FS_UNSAFE, errno, "the folder '%s' cannot be looked at", path);
	if (!S_ISDIR(st.st_mode))
		r = fail_why(err, MF_E_FS_UNSAFE, path, "is not safe to use", S_ISLNK(st.st_mode) ? "it is a link" :
			     "it is no folder");
	else if (st.st_uid != geteuid())
		r = fail_why(err, MF_E_FS_UNSAFE, path, "is not safe to use", "it belongs to another user");
	else if (st.st_mode & 077)
		r = fail_why(err, MF_E_FS_UNSAFE, path, "is not safe to use", "its mode lets other users in");
	else
		return 0;
	mf_err_hint(err, "remove it, or name another folder");
	return r;
}

int mf_fs_write(int fd, const void *p, size_t n, const char *name, struct mf_err *err)
{
	const char *from = p;
	ssize_t put;

	while (n) {
		put = write(fd, from, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return mf_fail_errno(err, MF_E_FS_WRITE, put < 0 ? errno : EIO, "'%s' cannot be written", name);
		from += put;
		n -= (size_t)put;
	}
	return 0;
}

int mf_fs_write_secret(int fd, const struct mf_secret *s, const char *name, struct mf_err *err)
{
	const struct mf_str bytes = mf_secret_reveal(s);

	return mf_fs_write(fd, bytes.p, bytes.n, name, err);
}

/* Zeros over the whole file. What the disk keeps of older versions is out of reach; the page cache is not. */
/* What is larger was not written by us, or not by us alone. */
#define WIPE_MAX ((off_t)16 << 20)

static int overwrite(const char *path, off_t size, struct mf_err *err)
{
	static const char zeros[4096];
	MF_CLEANUP(mf_closep) int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t n;

	if (fd < 0)
		return mf_fail_errno(err, MF_E_FS_WRITE, errno, "'%s' cannot be overwritten", path);
	if (size > WIPE_MAX)
		size = WIPE_MAX;
	for (; size > 0; size -= (off_t)n) {
		n = size < (off_t)sizeof(zeros) ? (size_t)size : sizeof(zeros);
		if (mf_fs_write(fd, zeros, n, path, err))
			return -1;
	}
	fdatasync(fd);
	return 0;
}

int mf_fs_wipe(const char *path, struct mf_err *err)
{
	struct stat st;
	int r = 0;

	if (lstat(path, &st))
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		       mf_fail_errno(err, MF_E_FS_WRITE, errno, "'%s' cannot be removed", path);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return fail_why(err, MF_E_FS_UNSAFE, path, "is not removed", "it is neither a file nor a link");
	/* Somebody else's file behind our name is not ours to overwrite. */
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid()) {
		if (!(st.st_mode & S_IWUSR))
			chmod(path, 0600);
		r = overwrite(path, st.st_size, err);
	}
	/* Removed even if it could not be overwritten: the error tells the rest. */
	if (unlink(path) && errno != ENOENT)
		return mf_fail_errno(err, MF_E_FS_WRITE, errno, "'%s' cannot be removed", path);
	return r;
}

void mf_random(void *p, size_t n)
{
	unsigned char *to = p;
	ssize_t got;

	while (n) {
		got = getrandom(to, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		to += got;
		n -= (size_t)got;
	}
}

char *mf_path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir), size = n + strlen(name) + 2;
	char *p = malloc(size);

	if (p)
		snprintf(p, size, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
	return p;
}
