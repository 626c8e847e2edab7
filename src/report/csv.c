/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values for a spreadsheet: RFC 4180, no formula, no e-mail address. */
#include "formats.h"
#include "show.h"

#include <mayfly/clock.h>

static void cell(struct mf_pen *p, struct mf_str s)
{
	mf_pen_puts(p, ",");
	mf_pen_csv(p, s, false);
}

static void cell_z(struct mf_pen *p, const char *s)
{
	cell(p, mf_str(s));
}

static void when(struct mf_pen *p, int64_t t)
{
	char out[21];

	mf_pen_puts(p, ",");
	if (t == 0)
		return;
	mf_time_format(out, t);
	mf_pen_puts(p, out);
}

static int text(struct mf_pen *p, struct mf_show *s, const char *value, struct mf_err *err)
{
	struct mf_str shown = { 0 };

	if (value && mf_show_text(&shown, s, value, err))
		return -1;
	cell(p, shown);
	return 0;
}

static int more(struct mf_pen *p, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_buf all = MF_BUF(SIZE_MAX / 4);
	int r = 0;

	for (size_t i = 0; i < f->n_more_paths && r == 0; i++)
		r = (i && mf_buf_puts(&all, " ", err)) || mf_buf_puts(&all, f->more_paths[i], err) ? -1 : 0;
	if (r == 0)
		cell(p, (struct mf_str){ mf_buf_text(&all), all.n });
	mf_buf_free(&all);
	return r;
}

static int row(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err))
		return -1;
	mf_pen_csv(p, mf_str(v.id), false);
	cell_z(p, v.title);
	cell_z(p, mf_severity_name(f->severity));
	cell_z(p, mf_format_name(f->format));
	cell_z(p, f->repo);
	cell_z(p, f->path);
	mf_pen_printf(p, ",%u,%u,%u,%u", f->line, f->col, f->end_line, f->end_col);
	cell_z(p, mf_show_source(f->source));
	cell_z(p, f->commit);
	when(p, f->commit ? f->date : 0);
	if (text(p, s, f->author, err))
		return -1;
	cell(p, v.secret);
	cell_z(p, mf_show_name(f));
	mf_pen_printf(p, ",%llu", (unsigned long long)f->versions);
	if (more(p, f, err))
		return -1;
	cell_z(p, mf_show_pass(f->pass));
	if (text(p, s, f->pass_why, err))
		return -1;
	when(p, f->pass_until);
	mf_pen_puts(p, "\r\n");
	return 0;
}

int mf_report_csv(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		  const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	struct mf_show s;
	int r = 0;

	(void)run;
	(void)verdict;
	(void)opts;
	if (mf_show_open(&s, list, false, err))
		return -1;
	mf_pen_puts(&p, "rule,title,severity,format,repository,path,line,column,end_line,end_column,source,commit,date,author,secret,id,versions,more_paths,"
		    "passes,reason,until\r\n");
	for (size_t i = 0; i < list->n && r == 0; i++)
		r = row(&p, &s, &list->v[i], err);
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
