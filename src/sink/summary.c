/* SPDX-License-Identifier: Apache-2.0 */
/* What was issued, for how long and how it ends: a table for people, never a value. */
#include <mayfly/sink.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/text.h>

enum { COLUMNS = 4, CELL_MAX = 200, SUMMARY_MAX = 1 << 20 };

static const char *const heads[COLUMNS] = { "secret", "from", "lifetime", "how it ends" };

/* A cell as a person may see it: one line, bounded, no control bytes. */
static void clean(char out[static CELL_MAX + 1], const char *text)
{
	size_t n = 0;

	for (; text && text[n] && n < CELL_MAX; n++)
		out[n] = text[n];
	out[n] = '\0';
	mf_text_clean(out, false);
	mf_text_tame(out);
	if (n == CELL_MAX)
		memcpy(out + CELL_MAX - 3, "...", 3);
}

static const char *cell(const struct mf_summary_row *row, int column)
{
	const char *const cells[COLUMNS] = { row->what, row->from, row->lifetime, row->ends };

	return cells[column];
}

/* Characters, not bytes. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static int text_line(struct mf_buf *out, char cells[COLUMNS][CELL_MAX + 1], const size_t widths[COLUMNS],
		     struct mf_err *err)
{
	for (int c = 0; c < COLUMNS; c++) {
		const size_t pad = c + 1 < COLUMNS ? widths[c] - width(cells[c]) + 2 : 0;

		if (mf_buf_printf(out, err, "%s%*s", cells[c], (int)pad, ""))
			return -1;
	}
	while (out->n && out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
	return mf_buf_putc(out, '\n', err);
}

int mf_summary_text(struct mf_buf *out, const struct mf_summary_row *rows, size_t n, struct mf_err *err)
{
	char cells[COLUMNS][CELL_MAX + 1];
	size_t widths[COLUMNS], w;

	if (n == 0)
		return 0;
	for (int c = 0; c < COLUMNS; c++) {
		clean(cells[c], heads[c]);
		widths[c] = width(cells[c]);
	}
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			char text[CELL_MAX + 1];

			clean(text, cell(&rows[i], c));
			w = width(text);
			widths[c] = w > widths[c] ? w : widths[c];
		}
	}
	if (text_line(out, cells, widths, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < COLUMNS; c++)
			clean(cells[c], cell(&rows[i], c));
		if (text_line(out, cells, widths, err))
			return -1;
	}
	return 0;
}

/* Every sign that markdown or HTML could take for its own becomes a character reference, which means nothing but itself.
 * '@' and '#' would mention people and issues, "://" and "www." would become links. */
static int markdown_cell(struct mf_buf *out, const char *text, struct mf_err *err)
{
	char safe[CELL_MAX + 1];

	clean(safe, text);
	for (const char *p = safe; *p; p++) {
		const bool plain = (unsigned char)*p >= 0x80 || *p == ' ' || *p == '/' || *p == '-' || *p == ',' ||
				   (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z');
		const int r = plain ? mf_buf_putc(out, *p, err)
				    : mf_buf_printf(out, err, "&#%u;", (unsigned)(unsigned char)*p);

		if (r)
			return -1;
	}
	return 0;
}

static int markdown_row(struct mf_buf *out, const struct mf_summary_row *row, struct mf_err *err)
{
	for (int c = 0; c < COLUMNS; c++)
		if (mf_buf_puts(out, c ? " | " : "| ", err) || markdown_cell(out, cell(row, c), err))
			return -1;
	return mf_buf_puts(out, " |\n", err);
}

/* As many rows as fit into `room` bytes, and a line that counts the rest. */
static int markdown(struct mf_buf *out, const struct mf_summary_row *rows, size_t n, size_t room, struct mf_err *err)
{
	const size_t start = out->n;

	if (n == 0)
		return 0;
	if (mf_buf_puts(out, "### Credentials of this job\n\n| secret | from | lifetime | how it ends |\n"
			     "| --- | --- | --- | --- |\n", err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const size_t before = out->n;

		if (markdown_row(out, &rows[i], err))
			return -1;
		if (out->n - start + 80 <= room)
			continue;
		out->n = before;
		out->p[before] = '\0';
		return mf_buf_printf(out, err, "\n%zu more %s not shown.\n", n - i, n - i == 1 ? "is" : "are");
	}
	return 0;
}

static int write_summary(int fd, const char *path, const struct mf_summary_row *rows, size_t n, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(2 * SUMMARY_MAX);
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return mf_fail_errno(err, MF_E_SINK_FILE, errno, "cannot look at '%s'", path);
	if (st.st_size + 1024 > SUMMARY_MAX)
		return 0;	/* full: GitHub would drop the whole summary */
	r = mf_buf_puts(&text, "\n", err);
	if (r == 0)
		r = markdown(&text, rows, n, SUMMARY_MAX - (size_t)st.st_size - 2, err);
	if (r == 0)
		r = mf_fs_write(fd, text.p, text.n, path, err);
	if (r && ftruncate(fd, st.st_size))
		mf_err_note(err, "a part of it may be left in the file");
	mf_buf_free(&text);
	return r;
}

int mf_summary_write(const struct mf_job *job, const struct mf_summary_row *rows, size_t n, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;

	if (!job->summary_file || n == 0)
		return 0;
	fd = mf_fs_append(job->summary_file, err);
	if (fd >= 0 && write_summary(fd, job->summary_file, rows, n, err) == 0)
		return 0;
	err->id = mf_error_id(MF_E_SINK_FILE);
	err->code = mf_error_code(MF_E_SINK_FILE);
	mf_err_wrap(err, "GITHUB_STEP_SUMMARY");
	return -1;
}
