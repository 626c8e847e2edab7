/* SPDX-License-Identifier: Apache-2.0 */
/* The job's variables and files, in a process that reads no byte of the repository; and what a child's answer is. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/environ.h>
#include <mayfly/fs.h>
#include <mayfly/places.h>
#include <mayfly/secret.h>
#include "sandbox.h"

enum { ANSWER_MAX = 64 << 20, PATHS_MAX = 4096 };

/* -- answers ---------------------------------------------------------------------------------------- */

int mf_check_answer_open(struct mf_err *err)
{
	const int fd = memfd_create("check", MFD_CLOEXEC);

	return fd >= 0 ? fd : mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "there is no place for the check's result");
}

int mf_check_answer_write(const struct mf_checking *k, const struct mf_check_list *l, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(ANSWER_MAX);
	int rc = mf_check_write(&text, l, err);

	if (rc == 0)
		rc = mf_fs_write(k->fd, mf_buf_text(&text), text.n, "the check's result", err);
	mf_buf_free(&text);
	return rc;
}

static int read_whole(struct mf_buf *out, int fd, struct mf_err *err)
{
	char chunk[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the check's result cannot be read");
	while ((n = mf_fs_read_fd(fd, chunk, sizeof(chunk))) > 0)
		if (mf_buf_add(out, chunk, (size_t)n, err))
			return -1;
	return n < 0 ? mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the check's result cannot be read") : 0;
}

int mf_check_answer_read(struct mf_checking *k, int fd, struct mf_err *err)
{
	struct mf_check_list more = { 0 };
	struct mf_buf text = MF_BUF(ANSWER_MAX);
	int rc = read_whole(&text, fd, err);

	if (rc == 0)
		rc = mf_check_read(&more, (struct mf_str){ mf_buf_text(&text), text.n }, err);
	mf_buf_free(&text);
	if (rc == 0)
		rc = mf_check_list_join(&k->list, &more, err);
	mf_check_list_free(&more);
	return rc;
}

/* -- the job ---------------------------------------------------------------------------------------- */

void mf_checking_start(struct mf_check *c, const struct mf_checking *k)
{
	*c = (struct mf_check){ .now = mf_now(), .person = k->env->job.ci == MF_CI_LOCAL };
	memcpy(c->key, k->key, sizeof(c->key));
}

/* The variables as they were before some were set aside for our own safety. */
static const char *original(const char *name)
{
	const char *value = mf_environ_original(name);

	return value ? value : getenv(name);
}

static int look(const struct mf_checking *k, struct mf_check *c, struct mf_err *err)
{
	return mf_places_env(c, (const char *const *)mf_environ_child(), err) ||
		mf_places_home(c, original("HOME"), original, k->env->job.workspace, err) ? -1 : 0;
}

static int child(void *ctx, void *result, struct mf_err *err)
{
	const struct mf_checking *k = ctx;
	struct mf_check_asking asking = { .fd = k->ask_fd, .getenv = original };
	struct mf_check c;
	int rc;

	(void)result;
	mf_checking_start(&c, k);
	if (k->online) {
		c.seen = mf_check_ask_seen;
		c.seen_ctx = &asking;
	}
	rc = look(k, &c, err) || mf_check_answer_write(k, &c.list, err) ? -1 : 0;
	mf_check_list_free(&c.list);
	mf_wipe_stack();
	return rc;
}

struct paths {
	char *v[PATHS_MAX];
	size_t n;
};

static int add_path(struct paths *p, const char *path, struct mf_err *err)
{
	if (p->n == PATHS_MAX)
		return 0;
	p->v[p->n] = mf_strdup(path);
	return p->v[p->n] ? (p->n++, 0) : mf_fail_nomem(err);
}

/* Where a link leads has to be readable, too. */
static int on_path(void *ctx, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = realpath(path, NULL);

	if (add_path(ctx, path, err))
		return -1;
	return real && strcmp(real, path) != 0 ? add_path(ctx, real, err) : 0;
}

/* Only what this child has told is asked about. */
static int answers(struct mf_checking *k, int fd, int ask_fd, struct mf_err *err)
{
	struct mf_check_list before = k->list;
	int rc;

	k->list = (struct mf_check_list){ 0 };
	rc = mf_check_answer_read(k, fd, err);
	if (rc == 0 && k->online)
		rc = mf_check_ask(k, &k->list, ask_fd, err);
	if (rc == 0)
		rc = mf_check_list_join(&before, &k->list, err);
	mf_check_list_free(&k->list);
	k->list = before;
	return rc;
}

int mf_check_job(struct mf_checking *k, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = mf_check_answer_open(err);
	MF_CLEANUP(mf_closep) int ask_fd = k->online && fd >= 0 ? mf_check_answer_open(err) : -1;
	struct paths *paths = mf_calloc(1, sizeof(*paths));
	const int keep[] = { fd, ask_fd };
	struct mf_sandbox box = { .name = "check", .keep_env = true, .keep = keep, .n_keep = k->online ? 2 : 1, .stop = k->env->stop };
	int rc = fd < 0 || (k->online && ask_fd < 0) ? -1 : 0;

	if (rc == 0 && !paths)
		rc = mf_fail_nomem(err);
	if (rc == 0)
		rc = mf_places_paths(original("HOME"), original, on_path, paths, err);
	if (rc == 0) {
		k->fd = fd;
		k->ask_fd = ask_fd;
		box.read = (const char *const *)paths->v;
		box.n_read = paths->n;
		rc = mf_sandbox_run(&box, child, k, NULL, 0, err);
	}
	for (size_t i = 0; paths && i < paths->n; i++)
		free(paths->v[i]);
	free(paths);
	return rc == 0 ? answers(k, fd, ask_fd, err) : -1;
}
