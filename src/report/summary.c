/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a GitHub step, in markdown: one line that says it all, a table of findings as far as there is room, and notes. */
#include "text.h"
#include "showable.h"

enum { CELL_MAX = 160, TAIL_ROOM = 200, NOTES_MAX = 20 };

/* A piece of text of ours or of a rule, so short that it fits into a cell. */
static void cell(struct mf_pen *p, struct mf_str s)
{
	const struct mf_str some = mf_pen_first(s.p ? s.p : "", s.n < CELL_MAX ? s.n : CELL_MAX);

	mf_pen_markdown(p, some);
	if (some.n < s.n)
		mf_pen_puts(p, "...");
}

static int row(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_shown v;
	char day[11];

	if (mf_show_finding(&v, s, f, err))
		return -1;
	mf_pen_printf(p, "| %s | ", mf_severity_name(f->severity));
	cell(p, mf_str(v.title));
	mf_pen_puts(p, "<br><sub>");
	cell(p, mf_str(v.id));
	mf_pen_puts(p, "</sub> | ");
	mf_show_place(p, f, cell);
	if (f->line)
		mf_pen_printf(p, "&#58;%u", f->line);
	mf_pen_puts(p, " | ");
	if (f->commit) {
		mf_show_day(day, f->date);
		mf_pen_markdown(p, (struct mf_str){ f->commit, strnlen(f->commit, 10) });
		mf_pen_printf(p, "<br>%s", day);
	}
	mf_pen_puts(p, " | ");
	cell(p, v.secret);
	mf_pen_puts(p, " | first revoke it");
	if (v.revoke && *v.revoke) {
		mf_pen_puts(p, "&#58; ");
		cell(p, mf_str(v.revoke));
	}
	mf_pen_puts(p, " |\n");
	return 0;
}

/* A row that does not fit is taken back, and the rest is counted. */
static int table(struct mf_pen *p, struct mf_show *s, const struct mf_findings *list, size_t room, size_t n, struct mf_err *err)
{
	mf_pen_puts(p, "\n| severity | credential | place | commit | secret | what to do |\n| --- | --- | --- | --- | --- | --- |\n");
	for (int severity = MF_SEV_CRITICAL; severity >= MF_SEV_LOW; severity--)
		for (size_t i = 0; i < list->n; i++) {
			const size_t before = p->buf->n;

			if (list->v[i].pass || (int)list->v[i].severity != severity)
				continue;
			if (row(p, s, &list->v[i], err) || p->failed)
				return -1;
			if (p->buf->n > room) {
				p->buf->n = before;
				p->buf->p[before] = '\0';
				mf_pen_printf(p, "\n%zu more %s not shown.\n", n, n == 1 ? "is" : "are");
				return 0;
			}
			n--;
		}
	return 0;
}

static void notes(struct mf_pen *p, const struct mf_run *run)
{
	for (size_t i = 0; i < run->n_notes && i < NOTES_MAX; i++) {
		const struct mf_note *n = &run->notes[i];

		mf_pen_puts(p, i ? "- " : "\n- ");
		mf_pen_puts(p, n->incomplete ? "not looked at&#58; " : "");
		cell(p, mf_str(n->what));
		if (n->why) {
			mf_pen_puts(p, "&#58; ");
			cell(p, mf_str(n->why));
		}
		if (n->hint) {
			mf_pen_puts(p, " (");
			cell(p, mf_str(n->hint));
			mf_pen_puts(p, ")");
		}
		mf_pen_puts(p, "\n");
	}
}

static int summary(struct mf_pen *p, struct mf_show *s, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		   size_t room, size_t *least, struct mf_err *err)
{
	struct mf_buf tail = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &tail, .err = err };
	int r = 0;

	notes(&t, run);
	mf_pen_puts(&t, "\n<sub>");
	mf_text_scanned(&t, run, cell);
	mf_pen_puts(&t, "</sub>\n");
	mf_pen_puts(p, "### Committed credentials\n\n**");
	mf_text_verdict(p, list, verdict);
	mf_pen_puts(p, "**\n");
	*least = p->buf->n;
	if (verdict->findings && !t.failed)
		r = table(p, s, list, room > tail.n + TAIL_ROOM ? room - tail.n - TAIL_ROOM : 0, verdict->findings, err);
	mf_pen_add(p, mf_buf_text(&tail), tail.n);
	mf_buf_free(&tail);
	return r || t.failed ? -1 : mf_pen_end(p);
}

int mf_report_summary(struct mf_buf *out, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen p = { .buf = &text, .err = err };
	const size_t room = out->max - out->n;
	struct mf_showable v;
	struct mf_show s;
	size_t least;
	int r;

	if (mf_showable_open(&v, run, list, err))
		return -1;
	r = mf_show_open(&s, &v.list, false, err);
	if (r == 0) {
		r = summary(&p, &s, &v.run, &v.list, verdict, room, &least, err);
		mf_show_close(&s);
	}
	mf_showable_close(&v);
	if (r == 0)
		r = mf_buf_add(out, text.p, text.n <= room ? text.n : least <= room ? least : 0, err);
	mf_buf_free(&text);
	return r;
}
