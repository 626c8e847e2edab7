/* SPDX-License-Identifier: Apache-2.0 */
/* The check's report for a person: a block for each that fails, a table of the rest, notes, one line that says it all. */
#include "check.h"
#include "text.h"

enum { BLOCKS_MAX = 200, ROWS_MAX = 200, WHERE_MAX = 64, CELL_MAX = 160, YAML_LINES = 60 };

static void field(struct mf_pen *p, const struct mf_ink *ink, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	mf_text_field(p, ink, label);
	mf_pen_line(p, mf_str(text));
	mf_pen_puts(p, "\n");
}

static void head(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_item *item)
{
	mf_pen_printf(p, "%s%s[", item->fails ? ink->bad : item->warns ? ink->warn : ink->good, item->fails ? "error" : mf_check_state(item));
	mf_pen_line(p, mf_str(item->rule));
	mf_pen_printf(p, "]%s%s: ", ink->off, ink->strong);
	mf_pen_line(p, mf_str(item->title ? item->title : item->rule));
	if (item->life.kind) {
		mf_pen_puts(p, " ");
		mf_check_put_verdict(p, item);
	}
	mf_pen_printf(p, "%s\n  %s-->%s ", ink->off, ink->dim, ink->off);
	mf_check_put_where(p, item, mf_pen_line);
	if (item->shown && *item->shown) {
		mf_pen_puts(p, "   ");
		mf_pen_line(p, mf_str(item->shown));
	}
	mf_pen_puts(p, "\n");
}

static void dates(struct mf_pen *p, const struct mf_ink *ink, const struct mf_life *life)
{
	char day[11];

	if (life->issued > 0) {
		mf_show_day(day, life->issued);
		mf_text_field(p, ink, "issued");
		mf_pen_printf(p, "%s\n", day);
	}
	if (life->expires > 0) {
		mf_show_day(day, life->expires);
		mf_text_field(p, ink, "expires");
		mf_pen_printf(p, "%s\n", day);
	}
}

static void facts(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_item *item)
{
	char max[32];

	if (!item->life.kind)
		return;
	mf_check_report_max(max, item->max);
	mf_text_field(p, ink, "lifetime");
	mf_check_put_lifetime(p, item);
	mf_pen_printf(p, " (%s); the maximum is %s, as for %s\n", mf_life_known_name(item->life.known), max, mf_check_class(item));
	dates(p, ink, &item->life);
	field(p, ink, "belongs to", item->life.account);
	field(p, ink, "stands for", item->life.subject);
	field(p, ink, "note", item->life.note);
}

/* Indented, so that it stands out and can be pasted as it is. */
static void yaml(struct mf_pen *p, const struct mf_ink *ink, const char *text)
{
	struct mf_str rest = mf_str(text ? text : "");

	for (int i = 0; rest.n; i++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		const size_t n = end ? (size_t)(end - rest.p) : rest.n;

		mf_pen_printf(p, "%s     |%s ", ink->dim, ink->off);
		if (i == YAML_LINES) {
			mf_pen_puts(p, "...\n");
			return;
		}
		mf_pen_line(p, (struct mf_str){ rest.p, n });
		mf_pen_puts(p, "\n");
		rest.p += n + (end != NULL);
		rest.n -= n + (end != NULL);
	}
}

static void block(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_item *item)
{
	head(p, ink, item);
	facts(p, ink, item);
	field(p, ink, "why", mf_check_why(item));
	if (item->excused)
		field(p, ink, item->excuse_over ? "an exception has expired" : "excused", item->excused);
	field(p, ink, "help", mf_check_fix(item));
	if (item->yaml && *item->yaml) {
		mf_pen_printf(p, "  %s=%s instead:\n", ink->dim, ink->off);
		yaml(p, ink, item->yaml);
	}
	mf_text_field(p, ink, "more");
	mf_pen_printf(p, "mayfly check --explain %s\n\n", mf_check_topic(item));
}

static bool has_block(const struct mf_check_item *item, unsigned verbose)
{
	return item->mode != MF_CHECK_OFF && (item->fails || verbose > 1 || (verbose == 1 && item->warns));
}

/* -- the table -------------------------------------------------------------------------------------- */

enum { COLUMNS = 5 };

struct row {
	struct mf_buf cells[COLUMNS];
};

static void row_free(struct row *r)
{
	for (size_t i = 0; i < COLUMNS; i++)
		mf_buf_free(&r->cells[i]);
}

/* So long a place is not read in a table. */
static void cut(struct mf_buf *cell)
{
	static const char dots[] = "...";
	const struct mf_str s = mf_pen_first(mf_buf_text(cell), CELL_MAX);

	if (cell->n <= CELL_MAX + sizeof(dots))
		return;
	memcpy(cell->p + s.n, dots, sizeof(dots));
	cell->n = s.n + sizeof(dots) - 1;
}

/* Its cells, as they are written. */
static int row_make(struct row *r, const struct mf_check_item *item, struct mf_err *err)
{
	struct mf_pen p = { .err = err };
	char max[32];

	for (size_t i = 0; i < COLUMNS; i++)
		r->cells[i] = MF_BUF(1 << 16);
	p.buf = &r->cells[0];
	mf_pen_puts(&p, mf_check_state(item));
	p.buf = &r->cells[1];
	if (item->life.kind)
		mf_pen_puts(&p, mf_check_class(item));
	else
		mf_pen_line(&p, mf_str(item->rule));
	p.buf = &r->cells[2];
	mf_check_put_where(&p, item, mf_pen_line);
	cut(&r->cells[2]);
	p.buf = &r->cells[3];
	mf_check_put_lifetime(&p, item);
	p.buf = &r->cells[4];
	mf_check_report_max(max, item->max);
	mf_pen_puts(&p, item->life.kind ? max : "-");
	return mf_pen_end(&p);
}

/* One a code point, roughly. */
static size_t width(struct mf_str s)
{
	uint32_t cp;
	size_t w = 0;

	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n)
		w++;
	return w;
}

static struct mf_str cell(const struct row *r, size_t i)
{
	return (struct mf_str){ mf_buf_text(&r->cells[i]), r->cells[i].n };
}

static void padded(struct mf_pen *p, struct mf_str s, size_t to, bool last)
{
	const size_t w = width(s);

	mf_pen_add(p, s.p, s.n);
	for (size_t i = last ? 0 : w < to ? to - w + 2 : 2; i; i--)
		mf_pen_puts(p, " ");
}

struct table {
	struct mf_pen *p;
	const struct mf_ink *ink;
	size_t widths[COLUMNS];
	size_t rows, left_out;
	bool measure;
};

static int one_row(struct table *t, const struct mf_check_item *item, struct mf_err *err)
{
	struct row r;
	int rc;

	if (t->rows == ROWS_MAX) {
		t->left_out++;
		return 0;
	}
	t->rows++;
	rc = row_make(&r, item, err);
	for (size_t i = 0; i < COLUMNS && rc == 0; i++) {
		const size_t w = width(cell(&r, i)), most = i == 2 ? WHERE_MAX : w;

		if (t->measure)
			t->widths[i] = t->widths[i] > (w < most ? w : most) ? t->widths[i] : (w < most ? w : most);
		else
			padded(t->p, cell(&r, i), t->widths[i], i == COLUMNS - 1);
	}
	if (!t->measure)
		mf_pen_puts(t->p, "\n");
	row_free(&r);
	return rc;
}

static int rows(struct table *t, const struct mf_check_list *l, unsigned verbose, struct mf_err *err)
{
	t->rows = t->left_out = 0;
	for (int warns = 1; warns >= 0; warns--)
		for (size_t i = 0; i < l->n; i++) {
			const struct mf_check_item *item = &l->v[i];

			if (item->mode == MF_CHECK_OFF || item->fails || has_block(item, verbose) || item->warns != (warns == 1))
				continue;
			if (one_row(t, item, err))
				return -1;
		}
	return 0;
}

static int table(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_list *l, unsigned verbose, struct mf_err *err)
{
	static const char *const titles[COLUMNS] = { "", "class", "where", "lifetime", "maximum" };
	struct table t = { .p = p, .ink = ink, .measure = true };

	for (size_t i = 0; i < COLUMNS; i++)
		t.widths[i] = strlen(titles[i]);
	if (rows(&t, l, verbose, err))
		return -1;
	if (t.rows == 0)
		return 0;
	mf_pen_puts(p, ink->dim);
	for (size_t i = 0; i < COLUMNS; i++)
		padded(p, mf_str(titles[i]), t.widths[i], i == COLUMNS - 1);
	mf_pen_printf(p, "%s\n", ink->off);
	t.measure = false;
	if (rows(&t, l, verbose, err))
		return -1;
	if (t.left_out)
		mf_pen_printf(p, "%zu more %s not shown here; the JSON report has all\n", t.left_out, t.left_out == 1 ? "is" : "are");
	mf_pen_puts(p, "\n");
	return 0;
}

static void notes(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_list *l)
{
	for (size_t i = 0; i < l->n_notes; i++) {
		const struct mf_check_note *n = &l->notes[i];

		mf_pen_printf(p, "%s%s%s: ", n->incomplete ? ink->warn : ink->strong, n->incomplete ? "warning" : "note", ink->off);
		mf_pen_line(p, mf_str(n->what ? n->what : ""));
		mf_pen_puts(p, "\n");
		field(p, ink, "why", n->why);
		field(p, ink, "help", n->hint);
	}
}

/* For what a run has fetched nothing was searched. */
static void looked(struct mf_pen *p, const struct mf_ink *ink, const struct mf_check_run *run, const struct mf_check_list *l)
{
	if (l->n && l->v[0].from == MF_CHECK_FETCHED)
		return;
	mf_pen_puts(p, ink->dim);
	mf_check_put_looked(p, run, l);
	if (run->trend && *run->trend) {
		mf_pen_puts(p, "; ");
		mf_pen_line(p, mf_str(run->trend));
	}
	mf_pen_printf(p, "%s\n", ink->off);
}

int mf_check_text_report(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			 const struct mf_check_report_opts *opts, struct mf_err *err)
{
	const struct mf_ink ink = mf_ink(opts->color);
	struct mf_pen p = { .to = to, .err = err };
	size_t blocks = 0;

	for (size_t i = 0; i < l->n; i++)
		if (has_block(&l->v[i], opts->verbose) && blocks++ < BLOCKS_MAX)
			block(&p, &ink, &l->v[i]);
	if (blocks > BLOCKS_MAX)
		mf_pen_printf(&p, "%zu more %s not shown here; the JSON report has all\n\n", blocks - BLOCKS_MAX, blocks - BLOCKS_MAX == 1 ? "is" : "are");
	if (table(&p, &ink, l, opts->verbose, err))
		return -1;
	notes(&p, &ink, l);
	mf_pen_puts(&p, v->fails ? ink.bad : v->warns || v->incomplete ? ink.warn : ink.good);
	mf_check_put_outcome(&p, l, v);
	mf_pen_printf(&p, "%s\n", ink.off);
	looked(&p, &ink, run, l);
	return mf_pen_end(&p);
}
