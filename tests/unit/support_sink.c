/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of sinks share. */
#include "support_sink.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static const char *nothing(const char *name)
{
	(void)name;
	return NULL;
}

static char *place(char *out, size_t size, const struct mf_test_job *t, const char *name, bool file)
{
	snprintf(out, size, "%s/%s", t->dir, name);
	if (file)
		mf_test_write(out, "");
	else
		need(mkdir(out, 0700) == 0, "mkdir");
	return out;
}

void mf_test_job_begin(struct mf_test_job *t, enum mf_ci ci)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->dir, sizeof(t->dir), "/tmp/mayfly-unit-XXXXXX");
	need(mkdtemp(t->dir) != NULL, "mkdtemp");
	t->job.ci = ci;
	t->job.temp_dir = place(t->temp, sizeof(t->temp), t, "temp", false);
	t->job.workspace = place(t->work, sizeof(t->work), t, "work", false);
	t->job.run_id = "77";
	t->job.run_attempt = "1";
	t->job.job_name = "deploy it";
	if (ci == MF_CI_GITHUB) {
		t->job.env_file = place(t->env_file, sizeof(t->env_file), t, "env", true);
		t->job.output_file = place(t->output_file, sizeof(t->output_file), t, "output", true);
		t->job.state_file = place(t->state_file, sizeof(t->state_file), t, "state", true);
		t->job.summary_file = place(t->summary_file, sizeof(t->summary_file), t, "summary", true);
	}
	t->opts.env = nothing;
	t->opts.out_fd = memfd_create("log", MFD_CLOEXEC);
	need(t->opts.out_fd >= 0, "memfd_create");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void mf_test_job_end(struct mf_test_job *t)
{
	close(t->opts.out_fd);
	nftw(t->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct mf_text read_fd(int fd)
{
	struct stat st;
	struct mf_text t = { 0 };

	need(fd >= 0 && fstat(fd, &st) == 0, "open");
	t.n = (size_t)st.st_size;
	t.p = calloc(t.n + 1, 1);
	need(t.p && pread(fd, t.p, t.n, 0) == (ssize_t)t.n, "read");
	return t;
}

struct mf_text mf_test_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct mf_text t = read_fd(fd);

	close(fd);
	return t;
}

struct mf_text mf_test_log(const struct mf_test_job *t)
{
	return read_fd(t->opts.out_fd);
}

void mf_test_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write");
	close(fd);
}

static size_t entries;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path, (void)st, (void)type;
	entries += ftw->level > 0;
	return 0;
}

size_t mf_test_entries(const char *dir)
{
	entries = 0;
	nftw(dir, count_one, 8, FTW_PHYS);
	return entries;
}

void mf_test_item(struct mf_items *items, const char *name, const void *value, size_t n)
{
	items->v = realloc(items->v, (items->n + 1) * sizeof(*items->v));
	need(items->v != NULL, "realloc");
	items->v[items->n++] = (struct mf_item){
		.name = strdup(name), .value = mf_secret_new(value, n), .from = strdup("vault://test#it"),
	};
}

void mf_test_items_end(struct mf_items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		free(items->v[i].name);
		free(items->v[i].from);
		free(items->v[i].output);
		mf_secret_free(items->v[i].value);
	}
	free(items->v);
	memset(items, 0, sizeof(*items));
}

int mf_test_emit_into(const struct mf_sink *sink, void *st, const struct mf_items *items, struct mf_err *err)
{
	return mf_emit_prepare(sink, st, items, err) ? -1 : sink->commit(st, err);
}

int mf_test_emit(const struct mf_sink *sink, struct mf_test_job *t, const struct mf_items *items, struct mf_err *err)
{
	void *st;
	int r = sink->open(&st, &t->job, &t->opts, err);

	if (r)
		return r;
	r = mf_test_emit_into(sink, st, items, err);
	sink->close(st);
	return r;
}

/* The next line [*at, end) without its LF, as the runner takes lines on Linux: CR is a byte like others. */
static bool take_line(struct mf_text file, size_t *at, struct mf_str *line, bool *ended)
{
	const char *lf;

	if (*at >= file.n)
		return false;
	lf = memchr(file.p + *at, '\n', file.n - *at);
	line->p = file.p + *at;
	line->n = lf ? (size_t)(lf - line->p) : file.n - *at;
	*ended = lf != NULL;
	*at += line->n + (lf != NULL);
	return true;
}

static void keep(char **value, size_t *n, struct mf_str s)
{
	free(*value);
	*value = calloc(s.n + 1, 1);
	need(*value != NULL, "calloc");
	if (s.n)
		memcpy(*value, s.p, s.n);
	*n = s.n;
}

char *mf_test_lookup(size_t *n, struct mf_text file, const char *name, bool *malformed, size_t *count)
{
	struct mf_str line, next;
	char *value = NULL;
	size_t at = 0;
	bool ended;

	*malformed = false;
	*count = 0;
	while (take_line(file, &at, &line, &ended)) {
		const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
		const char *here = line.n ? memmem(line.p, line.n, "<<", 2) : NULL;
		size_t start = at, key;
		struct mf_str delim;

		if (line.n == 0)
			continue;
		++*count;
		if (equals && (!here || equals < here)) {
			key = (size_t)(equals - line.p);
			if (key == strlen(name) && memcmp(line.p, name, key) == 0)
				keep(&value, n, (struct mf_str){ equals + 1, line.n - key - 1 });
			continue;
		}
		key = here ? (size_t)(here - line.p) : 0;
		delim = (struct mf_str){ here + 2, line.n - key - 2 };
		if (!here || key == 0 || delim.n == 0 || !ended) {
			*malformed = true;
			break;
		}
		for (;;) {
			const size_t before = at;

			if (!take_line(file, &at, &next, &ended)) {
				*malformed = true;
				return value;
			}
			if (mf_str_eq(next, delim)) {
				if (key == strlen(name) && memcmp(line.p, name, key) == 0)
					keep(&value, n, (struct mf_str){ file.p + start, before > start ? before - start - 1 : 0 });
				break;
			}
		}
	}
	return value;
}
