/* SPDX-License-Identifier: Apache-2.0 */
/* Appends to the runner's files (GITHUB_ENV and its kin) so that they hold all of it or nothing. */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include "out.h"

enum { TEXT_MAX = 64 << 20, DELIMITER_BYTES = 16 };

static int explain(const struct mf_append *a, struct mf_err *err)
{
	err->id = mf_error_id(MF_E_SINK_FILE);
	err->code = mf_error_code(MF_E_SINK_FILE);
	mf_err_wrap(err, "%s", a->label);
	mf_err_note(err, "nothing was exported");
	return -1;
}

int mf_append_open(struct mf_append *a, const char *label, const char *path, struct mf_err *err)
{
	struct mf_secret *text;

	*a = (struct mf_append){ .label = label, .path = path, .fd = -1 };
	if (!path) {
		mf_fail(err, MF_E_SINK_FILE, "%s is not set in this job", label);
		mf_err_hint(err, "run mayfly as a step of a job, or choose another place: --to file:PATH");
		return -1;
	}
	text = mf_secret_empty(TEXT_MAX);
	if (!text)
		return mf_fail_nomem(err);
	a->fd = mf_fs_append(path, err);
	if (a->fd < 0) {
		mf_secret_free(text);
		return explain(a, err);
	}
	a->text = text;
	return 0;
}

/* A random line that does not occur in the value, so that the value cannot end itself. */
static void delimiter(char out[static 7 + 2 * DELIMITER_BYTES + 1], struct mf_str value)
{
	unsigned char random[DELIMITER_BYTES];
	const size_t len = 7 + 2 * DELIMITER_BYTES;

	do {
		mf_random(random, sizeof(random));
		memcpy(out, "mayfly_", 7);
		mf_hex_encode(out + 7, random, sizeof(random), false);
		out[len] = '\0';
	} while (value.n && memmem(value.p, value.n, out, len));
}

int mf_append_value(struct mf_append *a, const char *name, struct mf_str value, struct mf_err *err)
{
	char delim[7 + 2 * DELIMITER_BYTES + 1];
	struct mf_out o;

	delimiter(delim, value);
	mf_out_onto(&o, a->text, err);
	mf_out_puts(&o, name);
	mf_out_puts(&o, "<<");
	mf_out_puts(&o, delim);
	mf_out_byte(&o, '\n');
	mf_out_add(&o, value.p, value.n);
	mf_out_byte(&o, '\n');
	mf_out_puts(&o, delim);
	mf_out_byte(&o, '\n');
	return mf_out_end(&o);
}

/* An earlier command may have left the last line open. */
static bool ends_in_newline(const char *path, off_t size)
{
	MF_CLEANUP(mf_closep) int fd = -1;
	char last;

	if (size == 0)
		return true;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	return fd >= 0 && pread(fd, &last, 1, size - 1) == 1 && last == '\n';
}

static int write_all(struct mf_append *a, bool newline_first, struct mf_err *err)
{
	const struct mf_str text = mf_secret_reveal(a->text);

	if (newline_first && mf_fs_write(a->fd, "\n", 1, a->path, err))
		return -1;
	return mf_fs_write(a->fd, text.p, text.n, a->path, err);
}

/* Some file systems (NFS) say only when a descriptor is closed that nothing was kept: a second one is, while the first can still
 * take back what was written. */
static int flush(struct mf_append *a, struct mf_err *err)
{
	int fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0 && close(fd) == 0)
		return 0;
	return mf_fail_errno(err, MF_E_SINK_FILE, errno, "cannot finish writing '%s'", a->path);
}

int mf_append_commit(struct mf_append *a, struct mf_err *err)
{
	struct stat st;

	if (a->fd < 0 || mf_secret_len(a->text) == 0)
		return 0;
	if (fstat(a->fd, &st)) {
		mf_fail_errno(err, MF_E_SINK_FILE, errno, "cannot look at '%s'", a->path);
		return explain(a, err);
	}
	a->before = st.st_size;
	a->newline = !ends_in_newline(a->path, st.st_size);
	a->written = true;
	if (write_all(a, a->newline, err) == 0 && flush(a, err) == 0)
		return 0;
	explain(a, err);
	mf_append_undo(a);
	if (a->written)
		mf_err_note(err, "a part of it may be left in the file, since it could not be shortened again");
	return -1;
}

/* Whether from `at` on the file holds the first n bytes of what we wrote. */
static bool holds_ours(int fd, const struct mf_append *a, off_t at, size_t n)
{
	struct mf_str text = mf_secret_reveal(a->text);
	char block[4096];
	bool same = true;

	if (n && a->newline) {
		same = pread(fd, block, 1, at) == 1 && block[0] == '\n';
		at++;
		n--;
	}
	same = same && n <= text.n;
	while (same && n) {
		const size_t want = n < sizeof(block) ? n : sizeof(block);

		same = pread(fd, block, want, at) == (ssize_t)want && memcmp(block, text.p, want) == 0;
		at += (off_t)want;
		text.p += want;
		n -= want;
	}
	mf_wipe(block, sizeof(block));
	return same;
}

/* What others have appended in the meantime is not ours to cut off. */
static bool only_ours(const struct mf_append *a)
{
	MF_CLEANUP(mf_closep) int fd = open(a->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	struct stat st, now;

	if (fd < 0 || fstat(a->fd, &now) || fstat(fd, &st) || st.st_dev != now.st_dev || st.st_ino != now.st_ino || now.st_size < a->before)
		return false;
	return holds_ours(fd, a, a->before, (size_t)(now.st_size - a->before));
}

void mf_append_undo(struct mf_append *a)
{
	if (a->fd >= 0 && a->written && only_ours(a) && ftruncate(a->fd, a->before) == 0)
		a->written = false;
}

void mf_append_close(struct mf_append *a)
{
	mf_closep(&a->fd);
	mf_secret_free(a->text);
	*a = MF_APPEND_NONE;
}
