/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what lies in somebody's home folder: a regular file, and nothing that waits, grows or acts when it is opened. */
#include "home_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/secret.h>

#define FILE_MAX ((size_t)1 << 20)

char *mf_pl_shown(const struct mf_pl_home *h, const char *path)
{
	size_t n = h->home ? strlen(h->home) : 0;
	char *out;

	while (n && h->home[n - 1] == '/')
		n--;
	if (n == 0 || strncmp(path, h->home, n) != 0 || path[n] != '/')
		return mf_strdup(path);
	out = mf_strdup(path + n - 1);
	if (out)
		out[0] = '~';
	return out;
}

static const char *kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

static int cannot(struct mf_pl_home *h, const char *shown, int errnum)
{
	return mf_check_note(h->c, true, strerror(errnum), NULL, h->err, "%s cannot be read", shown);
}

/* Those who read the repository read what lies in it, also through a link from here. */
static int in_repository(const struct mf_pl_home *h, const char *path)
{
	size_t n = h->repository ? strlen(h->repository) : 0;
	char *real;
	bool in;

	if (n == 0)
		return false;
	real = realpath(path, NULL);
	in = real && strncmp(real, h->repository, n) == 0 && (real[n] == '/' || real[n] == '\0' || h->repository[n - 1] == '/');
	free(real);
	return in;
}

static bool seen_before(struct mf_pl_home *h, const struct stat *st)
{
	for (size_t i = 0; i < h->n_seen; i++)
		if (h->seen[i].dev == st->st_dev && h->seen[i].ino == st->st_ino)
			return true;
	if (h->n_seen < MF_COUNT(h->seen)) {
		h->seen[h->n_seen].dev = st->st_dev;
		h->seen[h->n_seen++].ino = st->st_ino;
	}
	return false;
}

/* Whether it may be opened, by what stands at the path now; false: nothing to do, or it was told (*rc). */
static bool fit(struct mf_pl_home *h, const char *path, const char *shown, struct stat *st, int *rc)
{
	struct stat own;

	*rc = 0;
	if (lstat(path, &own) || stat(path, st)) {
		if (errno != ENOENT && errno != ENOTDIR)
			*rc = cannot(h, shown, errno);
		return false;
	}
	/* the way to say that there is no such file */
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
		return false;
	if (!S_ISREG(st->st_mode)) {
		*rc = mf_check_note(h->c, true, NULL, NULL, h->err, "%s is %s, and was not opened", shown, kind(st->st_mode));
		return false;
	}
	if (S_ISLNK(own.st_mode) && st->st_uid != geteuid() && st->st_uid != 0) {
		*rc = mf_check_note(h->c, true, NULL, NULL, h->err, "%s is a link to a file of somebody else, and was not opened", shown);
		return false;
	}
	return !in_repository(h, path) && !seen_before(h, st);
}

/* The memory is as large as the file was, and one byte more for its NUL. */
static int slurp(struct mf_pl_home *h, int fd, const char *shown, const struct stat *st, char **text, size_t *n)
{
	size_t room = st->st_size > (off_t)FILE_MAX ? FILE_MAX : (size_t)st->st_size;
	ssize_t got;

	*text = mf_calloc(room + 1, 1);
	if (!*text)
		return mf_fail_nomem(h->err);
	got = mf_fs_read_fd(fd, *text, room);
	if (got < 0) {
		int errnum = errno;

		mf_wipe_free(*text, room + 1);
		*text = NULL;
		return cannot(h, shown, errnum);
	}
	*n = (size_t)got;
	h->c->list.files++;
	if (st->st_size > (off_t)FILE_MAX &&
	    mf_check_note(h->c, true, NULL, NULL, h->err, "%s is larger than 1 MiB: only its beginning was looked at", shown)) {
		mf_wipe_free(*text, room + 1);
		*text = NULL;
		return -1;
	}
	return 1;
}

int mf_pl_open(struct mf_pl_home *h, const char *path, const char *shown, char **text, size_t *n)
{
	struct stat before, now;
	int rc, fd;

	*text = NULL;
	*n = 0;
	if (!fit(h, path, shown, &before, &rc))
		return rc;
	/* should it be another one by now, it is not waited for, and not read */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return cannot(h, shown, errno);
	if (fstat(fd, &now))
		rc = cannot(h, shown, errno);
	else if (now.st_dev != before.st_dev || now.st_ino != before.st_ino || !S_ISREG(now.st_mode))
		rc = mf_check_note(h->c, true, NULL, NULL, h->err, "%s was replaced while it was opened", shown);
	else
		rc = slurp(h, fd, shown, &now, text, n);
	close(fd);
	return rc;
}
