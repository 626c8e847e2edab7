/* SPDX-License-Identifier: Apache-2.0 */
/* The trend: one line of JSON for each run, the newest last. Whoever can write the file says how many credentials without an end may stay, so what is
 * no line of ours is refused and nothing of it is guessed. */
#include "policy_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include <mayfly/json.h>

enum { LINE_MAX_BYTES = 16384, FILE_MAX_BYTES = 8 << 20, COUNT_MAX = 1000000, REF_MAX = 256 };

static int refuse(struct mf_err *err, const char *path, size_t line, const char *why)
{
	if (line)
		mf_fail(err, MF_E_CHECK_TREND, "%s:%zu: no line of a trend", path, line);
	else
		mf_fail(err, MF_E_CHECK_TREND, "the trend '%s' cannot be used", path);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "give '--trend' a file of its own, or remove this one to begin anew");
	return -1;
}

/* Its text; empty when there is none yet. */
static int read_all(struct mf_buf *out, const char *path, mode_t *mode, struct mf_err *err)
{
	struct stat st;

	*mode = 0644;
	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return mf_fail_errno(err, MF_E_CHECK_TREND, errno, "the trend '%s' cannot be read", path);
	}
	if (!S_ISREG(st.st_mode))
		return refuse(err, path, 0, S_ISLNK(st.st_mode) ? "it is a link" : "it is no regular file");
	if (st.st_size > FILE_MAX_BYTES)
		return refuse(err, path, 0, "it is larger than 8 MiB");
	*mode = st.st_mode & 0777;
	return mf_fs_read(out, path, err);
}

static int count_of(size_t *out, const struct mf_json *doc, const struct mf_jnode *root, const char *key, struct mf_err *err)
{
	int64_t n;

	if (mf_json_need_int(&n, doc, root, key, err))
		return -1;
	if (n < 0 || n > COUNT_MAX)
		return mf_fail(err, MF_E_JSON_TYPE, "a count that cannot be");
	*out = (size_t)n;
	return 0;
}

static int read_line(size_t *statics, const char *path, size_t number, struct mf_str line, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	const struct mf_jnode *root;
	struct mf_str date;
	struct mf_err why;
	size_t other;
	int64_t at;

	if (line.n > LINE_MAX_BYTES)
		return refuse(err, path, number, "it is longer than 16 KiB");
	if (mf_json_parse(&doc, line.p, line.n, &why)) {
		if (why.id == mf_error_id(MF_E_BASE_NOMEM))
			return mf_fail_nomem(err);
		return refuse(err, path, number, "it is no JSON");
	}
	root = mf_json_root(doc);
	if (mf_json_type(root) != MF_J_OBJECT || mf_json_need_str(&date, doc, root, "date", &why) || !mf_time_parse(&at, date))
		return refuse(err, path, number, "it has no date");
	if (count_of(statics, doc, root, "statics", &why) || count_of(&other, doc, root, "fails", &why))
		return refuse(err, path, number, "a count is missing, or cannot be");
	return 0;
}

/* Calls for each line; blank ones are none. */
static int read_lines(struct mf_trend *out, const char *path, struct mf_str text, struct mf_err *err)
{
	struct mf_trend t = { .lines = 0 };
	size_t statics, number = 0;

	for (size_t at = 0; at < text.n;) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		struct mf_str line = { text.p + at, end ? (size_t)(end - text.p) - at : text.n - at };

		number++;
		at += line.n + 1;
		if (number > MF_TREND_LINES_MAX)
			return refuse(err, path, 0, "it has more than 1,000 lines");
		if (!end)
			return refuse(err, path, number, "its end is missing");
		if (read_line(&statics, path, number, line, err))
			return -1;
		t.lowest = t.lines == 0 || statics < t.lowest ? statics : t.lowest;
		t.last = statics;
		t.lines++;
	}
	*out = t;
	return 0;
}

static int load(struct mf_buf *text, struct mf_trend *t, const char *path, mode_t *mode, struct mf_err *err)
{
	return read_all(text, path, mode, err) || read_lines(t, path, (struct mf_str){ mf_buf_text(text), text->n }, err) ? -1 : 0;
}

int mf_check_trend_read(struct mf_trend *out, const char *path, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(FILE_MAX_BYTES);
	mode_t mode;
	int r = load(&text, out, path, &mode, err);

	mf_buf_free(&text);
	return r;
}

/* -- this run's line -------------------------------------------------------------------------------- */

static int member(struct mf_buf *to, const char *key, const char *text, struct mf_err *err)
{
	const struct mf_str whole = mf_str(text ? text : ""), cut = { whole.p, whole.n < REF_MAX ? whole.n : REF_MAX };

	if (!text || !*text)
		return 0;
	return mf_buf_printf(to, err, ",\"%s\":", key) || mf_json_quote(to, cut, err) ? -1 : 0;
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int kinds(struct mf_buf *to, const struct mf_check_list *l, struct mf_err *err)
{
	const char **v;
	size_t n = 0, told = 0;
	int r;

	if (mf_check_statics(&v, &n, l, err))
		return -1;
	if (n)
		qsort(v, n, sizeof(*v), by_text);
	r = mf_buf_puts(to, ",\"kinds\":{", err);
	for (size_t i = 0, same; i < n && r == 0 && told < MF_TREND_KINDS_MAX; i += same, told++) {
		for (same = 1; i + same < n && strcmp(v[i], v[i + same]) == 0; same++)
			;
		r = mf_buf_puts(to, told ? "," : "", err) || mf_json_quote(to, mf_str(v[i]), err) || mf_buf_printf(to, err, ":%zu", same) ? -1 : 0;
	}
	free(v);
	return r || mf_buf_puts(to, "}}\n", err) ? -1 : 0;
}

static int put_line(struct mf_buf *to, const struct mf_trend_now *now, const struct mf_check_list *l, const struct mf_check_verdict *v,
		    struct mf_err *err)
{
	char when[21];

	mf_time_format(when, now->at);
	if (mf_buf_printf(to, err, "{\"date\":\"%s\"", when) || member(to, "sha", now->sha, err) || member(to, "ref", now->ref, err))
		return -1;
	if (mf_buf_printf(to, err, ",\"fails\":%zu,\"warns\":%zu,\"statics\":%zu,\"unknown\":%zu,\"job_bound\":%zu,\"excused\":%zu", v->fails, v->warns,
			  v->statics, v->unknown, v->job_bound, v->excused))
		return -1;
	return kinds(to, l, err);
}

static int put(int fd, const char *temp, const char *path, mode_t mode, const struct mf_buf *text, struct mf_err *err)
{
	if (mf_fs_write(fd, text->p, text->n, path, err))
		return -1;
	if (fchmod(fd, mode) || rename(temp, path))
		return mf_fail_errno(err, MF_E_CHECK_TREND, errno, "the trend '%s' cannot be written", path);
	return 0;
}

static int replace(const char *path, mode_t mode, const struct mf_buf *text, struct mf_err *err)
{
	const size_t n = strlen(path) + 32;
	MF_CLEANUP(mf_freep) char *temp = mf_calloc(n, 1);
	unsigned char raw[8];
	char hex[17] = "";
	int fd, r;

	if (!temp)
		return mf_fail_nomem(err);
	mf_random(raw, sizeof(raw));
	mf_hex_encode(hex, raw, sizeof(raw), false);
	snprintf(temp, n, "%s.%s.tmp", path, hex);
	fd = mf_fs_create(temp, err);
	if (fd < 0)
		return -1;
	r = put(fd, temp, path, mode, text, err);
	close(fd);
	if (r)
		unlink(temp);
	return r;
}

/* The lines that stay when one more comes. */
static struct mf_str newest(struct mf_str text, size_t lines)
{
	for (; lines >= MF_TREND_LINES_MAX; lines--) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) + 1 : text.n;

		text.p += n;
		text.n -= n;
	}
	return text;
}

int mf_check_trend_append(const char *path, const struct mf_trend_now *now, const struct mf_check_list *l, const struct mf_check_verdict *v,
			  struct mf_err *err)
{
	struct mf_buf text = MF_BUF(FILE_MAX_BYTES), fresh = MF_BUF(FILE_MAX_BYTES + LINE_MAX_BYTES);
	struct mf_trend t;
	struct mf_str old;
	mode_t mode;
	int r = load(&text, &t, path, &mode, err);

	if (r == 0) {
		old = newest((struct mf_str){ mf_buf_text(&text), text.n }, t.lines);
		r = mf_buf_add(&fresh, old.p, old.n, err) || put_line(&fresh, now, l, v, err) || replace(path, mode, &fresh, err) ? -1 : 0;
	}
	mf_buf_free(&text);
	mf_buf_free(&fresh);
	return r;
}
