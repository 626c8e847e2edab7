/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a work tree or folder: found by one thread, read and scanned by all. And standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "scan.h"

enum { QUEUE = 256, ROOM = 256 << 10 };

struct item {
	int fd;
	uint64_t size;
	char *path;
};

/* Opened files wait here for a thread that is free. */
struct queue {
	struct mf_child *c;
	pthread_mutex_t lock;
	pthread_cond_t more, room;
	struct item items[QUEUE];
	unsigned head, n;
	bool closed, failed;
	struct mf_err err;
	const char *prefix;	/* before paths, or NULL */
};

struct worker {
	struct queue *q;
	unsigned at;
	pthread_t thread;
	struct mf_buf text;
};

/* Room for n bytes; what was there is not kept. */
static int make_room(struct mf_buf *b, size_t n, struct mf_err *err)
{
	const size_t cap = n > ROOM / 2 ? n + n / 2 : ROOM;
	char *p;

	if (b->cap >= n)
		return 0;
	p = malloc(cap + 1);
	if (!p)
		return mf_fail_nomem(err);
	free(b->p);
	b->p = p;
	b->cap = cap;
	return 0;
}

/* A file may grow or shrink while it is read: what is there is read, up to the limit. */
static int scan_item(struct worker *w, const struct item *it, struct mf_err *err)
{
	struct mf_child *c = w->q->c;
	const struct mf_place place = { .path = it->path };
	ssize_t n;

	if (it->size > c->s->max_bytes) {
		mf_tally_add(&c->too_large, it->path, NULL);
		return 0;
	}
	if (make_room(&w->text, (size_t)it->size + 1, err))
		return -1;
	n = mf_fs_read_fd(it->fd, w->text.p, (size_t)it->size);
	if (n < 0) {
		mf_tally_add(&c->unreadable, it->path, strerror(errno));
		return 0;
	}
	return mf_scan_placed(c, w->at, MF_SRC_FILE, &place, (struct mf_str){ w->text.p, (size_t)n }, err);
}

static bool take(struct queue *q, struct item *out)
{
	bool got = false;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->closed)
		pthread_cond_wait(&q->more, &q->lock);
	if (q->n) {
		*out = q->items[q->head];
		q->head = (q->head + 1) % QUEUE;
		q->n--;
		got = true;
		pthread_cond_signal(&q->room);
	}
	pthread_mutex_unlock(&q->lock);
	return got;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct item it;

	while (take(w->q, &it)) {
		struct mf_err err = { 0 };

		if (scan_item(w, &it, &err)) {
			pthread_mutex_lock(&w->q->lock);
			if (!w->q->failed)
				w->q->err = err;
			w->q->failed = true;
			pthread_mutex_unlock(&w->q->lock);
		}
		close(it.fd);
		free(it.path);
	}
	return NULL;
}

static int put(struct queue *q, const struct item *it, struct mf_err *err)
{
	int rc = 0;

	pthread_mutex_lock(&q->lock);
	while (q->n == QUEUE && !q->failed)
		pthread_cond_wait(&q->room, &q->lock);
	if (q->failed) {
		*err = q->err;
		rc = -1;
	} else {
		q->items[(q->head + q->n++) % QUEUE] = *it;
		pthread_cond_signal(&q->more);
	}
	pthread_mutex_unlock(&q->lock);
	return rc;
}

static char *full_path(const struct queue *q, const char *path)
{
	if (!q->prefix || !*q->prefix)
		return mf_strdup(path);
	/* of a file that was named the prefix is the whole */
	return *path ? mf_path_join(q->prefix, path) : mf_strdup(q->prefix);
}

/* A link's target is its content in git: it is scanned as that, and never followed. */
static int scan_link(struct queue *q, const struct mf_file *f, const char *path, struct mf_err *err)
{
	char target[4096];
	const ssize_t n = readlinkat(f->dir_fd, f->name, target, sizeof(target));
	const struct mf_place place = { .path = path, .mode = 0120000 };

	if (n < 0) {
		mf_tally_add(errno == ENOENT ? &q->c->vanished : &q->c->unreadable, path, strerror(errno));
		return 0;
	}
	/* the walking thread has the last scanner for itself */
	return mf_scan_placed(q->c, q->c->n_threads, MF_SRC_FILE, &place, (struct mf_str){ target, (size_t)n }, err);
}

static int open_file(struct queue *q, const struct mf_file *f, const char *path, struct mf_err *err)
{
	struct item it = { .fd = openat(f->dir_fd, f->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	struct stat st;

	if (it.fd < 0) {
		mf_tally_add(errno == ENOENT ? &q->c->vanished : &q->c->unreadable, path, strerror(errno));
		return 0;
	}
	if (fstat(it.fd, &st) || !S_ISREG(st.st_mode)) {
		mf_tally_add(&q->c->vanished, path, NULL);
		close(it.fd);
		return 0;
	}
	it.size = (uint64_t)st.st_size;
	it.path = mf_strdup(path);
	if (!it.path || put(q, &it, err)) {
		if (!it.path)
			mf_fail_nomem(err);
		close(it.fd);
		free(it.path);
		return -1;
	}
	return 0;
}

static int on_file(void *ctx, const struct mf_file *f, struct mf_err *err)
{
	struct queue *q = ctx;
	MF_CLEANUP(mf_freep) char *path = full_path(q, f->path);
	struct mf_scanner *scanner = q->c->scanners[q->c->n_threads];
	struct mf_cands cands = { 0 };
	const struct mf_place place = { .path = path };
	int rc = 0;

	if (q->c->s->changed && !f->tracked)
		return 0;
	if (!path)
		return mf_fail_nomem(err);
	if (q->c->s->env->stop && *q->c->s->env->stop)
		return mf_fail(err, MF_E_CMD_STOPPED, "the scan was stopped");
	if (mf_detector_has_path_rules(q->c->detector)) {
		rc = mf_scan_path(scanner, path, &cands, err);
		if (rc == 0 && cands.n)
			rc = mf_collect_placed(q->c->collect, MF_SRC_FILE, &place, 0, &cands, err);
		mf_cands_free(&cands);
	}
	if (rc)
		return -1;
	switch (f->kind) {
	case MF_FILE_REGULAR:
		return open_file(q, f, path, err);
	case MF_FILE_LINK:
		return scan_link(q, f, path, err);
	case MF_FILE_SUBMODULE:
		/* asked for, so it is one that is not checked out */
		mf_tally_add(q->c->s->submodules ? &q->c->absent : &q->c->submodules, path, q->c->s->submodules ? "not checked out" : NULL);
		return 0;
	case MF_FILE_OTHER:
		mf_tally_add(&q->c->odd, path, NULL);
		return 0;
	}
	return 0;
}

static void on_unreadable(void *ctx, const char *path, const char *why)
{
	struct queue *q = ctx;

	mf_tally_add(&q->c->unreadable, path, why);
}

static void on_lost(void *ctx, const char *path, const char *why)
{
	struct queue *q = ctx;

	mf_tally_add(&q->c->lists, path, why);
}

static void on_vanished(void *ctx, const char *path)
{
	struct queue *q = ctx;

	mf_tally_add(&q->c->vanished, path, NULL);
}

static void close_queue(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->more);
	pthread_mutex_unlock(&q->lock);
}

static int walk(struct queue *q, struct mf_target *t, const char *root, const char *only, struct mf_err *err)
{
	const struct mf_worktree_opts opts = {
		.ignored = q->c->s->ignored, .submodules = q->c->s->submodules, .lost = on_lost, .vanished = on_vanished,
		.only = only ? &only : NULL, .n_only = only != NULL,
	};
	struct mf_worktree_stats stats = { 0 };
	const int rc = mf_worktree_walk(root, t->repo, &opts, on_file, on_unreadable, q, &stats, err);

	q->c->run.files += stats.files;
	if (rc == 0 && stats.left_out && mf_note_add(&q->c->notes, false, "mayfly scan --history    or  git sparse-checkout disable", "a sparse checkout leaves them out",
						     stats.left_out == 1 ? "%s1 file or folder of the index is not checked out: it was not scanned" :
						     "%s%llu files or folders of the index are not checked out: they were not scanned",
						     mf_target_of(t), (unsigned long long)stats.left_out))
		return mf_fail_nomem(err);
	return rc;
}

int mf_scan_below(char **out, const char *path, const char *root, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = realpath(path, NULL);
	const size_t n = strlen(root);

	if (!real)
		return mf_fail_errno(err, MF_E_SCAN_TARGET, errno, "'%s' cannot be scanned", path);
	if (strcmp(real, root) == 0 || strncmp(real, root, n) != 0 || real[n] != '/')
		return 0;
	*out = mf_strdup(real + n + 1);
	return *out ? 0 : mf_fail_nomem(err);
}

/* What was named is a file in no repository: it is opened by itself, since nothing else of its folder may be read. A link that was named is followed. */
static int one_file(struct queue *q, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = realpath(path, NULL);
	const char *slash = strrchr(path, '/');
	const struct mf_file f = { .dir_fd = AT_FDCWD, .name = real, .path = q->prefix && *q->prefix ? "" : slash ? slash + 1 : path, .kind = MF_FILE_REGULAR };

	if (!real)
		return mf_fail_errno(err, MF_E_SCAN_TARGET, errno, "'%s' cannot be scanned", path);
	q->c->run.files++;
	return on_file(q, &f, err);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int walk_target(struct queue *q, struct mf_target *t, struct mf_err *err)
{
	const char *root = t->repo ? mf_repo_info(t->repo)->work_tree : NULL;
	MF_CLEANUP(mf_freep) char *only = NULL;

	if (t->repo && !root) {
		mf_fail(err, MF_E_SCAN_TARGET, "'%s' is a bare repository: it has no files", t->path);
		mf_err_hint(err, "mayfly scan --history %s", t->path);
		return -1;
	}
	if (root)
		return mf_scan_below(&only, t->path, root, err) || walk(q, t, root, only, err) ? -1 : 0;
	return is_folder(t->path) ? walk(q, t, t->path, NULL, err) : one_file(q, t->path, err);
}

int mf_scan_files(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	struct worker *workers = mf_calloc(c->n_threads, sizeof(*workers));
	struct queue *q = mf_calloc(1, sizeof(*q));
	unsigned started = 0;
	int rc = workers && q ? 0 : mf_fail_nomem(err);

	if (rc == 0) {
		q->c = c;
		q->prefix = c->s->prefix;
		pthread_mutex_init(&q->lock, NULL);
		pthread_cond_init(&q->more, NULL);
		pthread_cond_init(&q->room, NULL);
		for (; started < c->n_threads; started++) {
			workers[started] = (struct worker){ .q = q, .at = started };
			if (pthread_create(&workers[started].thread, NULL, work, &workers[started]))
				break;
		}
		rc = started ? walk_target(q, t, err) : mf_fail(err, MF_E_SCAN_SANDBOX, "the scan cannot start a thread");
		close_queue(q);
		for (unsigned i = 0; i < started; i++) {
			pthread_join(workers[i].thread, NULL);
			free(workers[i].text.p);
		}
		if (rc == 0 && q->failed) {
			*err = q->err;
			rc = -1;
		}
	}
	free(q);
	free(workers);
	return rc;
}

int mf_scan_stdin(struct mf_child *c, struct mf_err *err)
{
	const struct mf_place place = { .path = c->s->stdin_name ? c->s->stdin_name : "stdin" };
	struct mf_buf text = { 0 };
	int rc = 0;

	for (;;) {
		ssize_t n;

		if (text.n == text.cap) {
			char *more = mf_regrow(text.p, text.cap ? text.cap * 2 : 65536, 1);

			if (!more) {
				rc = mf_fail_nomem(err);
				break;
			}
			text.p = more;
			text.cap = text.cap ? text.cap * 2 : 65536;
		}
		n = mf_fs_read_fd(STDIN_FILENO, text.p + text.n, text.cap - text.n);
		if (n < 0)
			rc = mf_fail_errno(err, MF_E_SCAN_TARGET, errno, "standard input cannot be read");
		if (n <= 0)
			break;
		text.n += (size_t)n;
		if (text.n > c->s->max_bytes) {
			mf_tally_add(&c->too_large, "standard input", NULL);
			break;
		}
	}
	if (rc == 0 && text.n <= c->s->max_bytes) {
		c->run.files++;
		rc = mf_scan_placed(c, 0, MF_SRC_STDIN, &place, (struct mf_str){ text.p, text.n }, err);
	}
	free(text.p);
	return rc;
}
