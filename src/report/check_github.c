/* SPDX-License-Identifier: Apache-2.0 */
/* The check for GitHub: annotations on the lines of the job's workflow, and the summary of the step. */
#include "check.h"

enum { ANNOTATIONS = 10, CELL_MAX = 160, TAIL_ROOM = 200, NOTES_MAX = 20 };

static void property(struct mf_pen *p, const char *name, const char *value)
{
	mf_pen_puts(p, name);
	mf_pen_command(p, mf_str(value), MF_COMMAND_PROPERTY);
}

static void line(struct mf_pen *p, struct mf_str s)
{
	mf_pen_command(p, s, MF_COMMAND_LINE);
}

static void words(struct mf_pen *p, const char *before, const char *text)
{
	if (!text || !*text)
		return;
	mf_pen_puts(p, before);
	line(p, mf_str(text));
}

static void place(struct mf_pen *p, const struct mf_check_item *item)
{
	if (!mf_check_in_repository(item))
		return;
	property(p, "file=", item->path);
	if (item->line) {
		const unsigned last = item->end_line >= item->line ? item->end_line : item->line;

		mf_pen_printf(p, ",line=%u,endLine=%u", item->line, last);
		/* columns mean something to GitHub only within one line */
		if (last == item->line && item->col)
			mf_pen_printf(p, ",col=%u,endColumn=%u", item->col, item->end_col >= item->col ? item->end_col : item->col);
	}
	mf_pen_puts(p, ",");
}

static void annotation(struct mf_pen *p, const struct mf_check_item *item)
{
	mf_pen_puts(p, item->fails ? "::error " : "::warning ");
	place(p, item);
	property(p, "title=", item->rule);
	mf_pen_puts(p, "::");
	line(p, mf_str(item->title ? item->title : item->rule));
	if (item->life.kind) {
		mf_pen_puts(p, " ");
		mf_check_put_verdict(p, item);
	}
	mf_pen_puts(p, ": ");
	mf_check_put_where(p, item, line);
	words(p, " ", item->shown);
	words(p, "%0Awhy: ", mf_check_why(item));
	words(p, item->excuse_over ? "%0Aan exception has expired: " : "%0Aexcused: ", item->excused);
	words(p, "%0Ahelp: ", mf_check_fix(item));
	if (item->yaml && *item->yaml) {
		mf_pen_puts(p, "%0Ainstead:%0A");
		mf_pen_command(p, mf_pen_first(item->yaml, 2000), MF_COMMAND_MESSAGE);
	}
	words(p, "%0Amore: mayfly check --explain ", mf_check_topic(item));
	mf_pen_puts(p, "\n");
}

static void notes(struct mf_pen *p, const struct mf_check_list *l)
{
	const char *before = "::warning title=mayfly::the check is incomplete: ";

	for (size_t i = 0; i < l->n_notes; i++) {
		if (!l->notes[i].incomplete)
			continue;
		words(p, before, l->notes[i].what);
		words(p, ": ", l->notes[i].why);
		words(p, "; help: ", l->notes[i].hint);
		before = "%0A";
	}
	if (before[0] == '%')
		mf_pen_puts(p, "\n");
}

int mf_check_github_report(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			   const struct mf_check_report_opts *opts, struct mf_err *err)
{
	/* GitHub shows ten of a kind, and the last warning is the one about what could not be looked at */
	const size_t most = opts->annotations ? opts->annotations : ANNOTATIONS - (v->incomplete ? 1 : 0);
	struct mf_pen p = { .to = to, .err = err };
	size_t shown = 0;

	(void)run;
	for (int fails = 1; fails >= 0; fails--)
		for (size_t i = 0; i < l->n && shown < most; i++)
			if (fails ? l->v[i].fails : l->v[i].warns) {
				annotation(&p, &l->v[i]);
				shown++;
			}
	if (v->fails + v->warns > shown) {
		const size_t left = v->fails + v->warns - shown;

		mf_pen_printf(&p, "::notice title=mayfly::%zu more %s not shown here: ", left, left == 1 ? "is" : "are");
		mf_check_put_outcome(&p, l, v);
		mf_pen_puts(&p, "\n");
	}
	notes(&p, l);
	return mf_pen_end(&p);
}

/* -- the summary ------------------------------------------------------------------------------------ */

static void cell(struct mf_pen *p, struct mf_str s)
{
	const struct mf_str some = mf_pen_first(s.p ? s.p : "", s.n < CELL_MAX ? s.n : CELL_MAX);

	mf_pen_markdown(p, some);
	if (some.n < s.n)
		mf_pen_puts(p, "...");
}

static void row(struct mf_pen *p, const struct mf_check_item *item)
{
	char max[32];

	mf_pen_printf(p, "| %s | ", mf_check_state(item));
	cell(p, mf_str(mf_check_class(item)));
	mf_pen_puts(p, " | ");
	cell(p, mf_str(item->title ? item->title : item->rule));
	mf_pen_puts(p, "<br><sub>");
	cell(p, mf_str(item->rule));
	mf_pen_puts(p, "</sub> | ");
	mf_check_put_where(p, item, cell);
	mf_pen_puts(p, " | ");
	mf_check_put_lifetime(p, item);
	mf_check_report_max(max, item->max);
	mf_pen_printf(p, " | %s | ", item->life.kind ? max : "-");
	if (item->excused)
		cell(p, mf_str(item->excused));
	else if (item->fails || item->warns)
		cell(p, mf_str(mf_check_fix(item)));
	mf_pen_puts(p, " |\n");
}

static int rank(const struct mf_check_item *item)
{
	return item->fails ? 0 : item->warns ? 1 : 2;
}

/* A row that does not fit is taken back, and the rest is counted. */
static void table(struct mf_pen *p, const struct mf_check_list *l, size_t room, size_t n)
{
	mf_pen_puts(p, "\n| | class | credential | where | lifetime | maximum | what to do |\n| --- | --- | --- | --- | --- | --- | --- |\n");
	for (int r = 0; r < 3; r++)
		for (size_t i = 0; i < l->n; i++) {
			const size_t before = p->buf->n;

			if (l->v[i].mode == MF_CHECK_OFF || rank(&l->v[i]) != r)
				continue;
			row(p, &l->v[i]);
			if (p->failed)
				return;
			if (p->buf->n > room) {
				p->buf->n = before;
				p->buf->p[before] = '\0';
				mf_pen_printf(p, "\n%zu more %s not shown.\n", n, n == 1 ? "is" : "are");
				return;
			}
			n--;
		}
}

static void summary_notes(struct mf_pen *p, const struct mf_check_list *l)
{
	for (size_t i = 0; i < l->n_notes && i < NOTES_MAX; i++) {
		const struct mf_check_note *n = &l->notes[i];

		mf_pen_puts(p, i ? "- " : "\n- ");
		mf_pen_puts(p, n->incomplete ? "not looked at&#58; " : "");
		cell(p, mf_str(n->what ? n->what : ""));
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

static int summary(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v, size_t room,
		   size_t *least, struct mf_err *err)
{
	const size_t n = v->fails + v->warns + v->listed;
	struct mf_buf tail = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &tail, .err = err };

	summary_notes(&t, l);
	mf_pen_puts(&t, "\n<sub>");
	mf_check_put_looked(&t, run, l);
	if (run->trend && *run->trend) {
		mf_pen_puts(&t, "; ");
		cell(&t, mf_str(run->trend));
	}
	mf_pen_puts(&t, "</sub>\n");
	mf_pen_puts(p, "### Lifetimes of credentials\n\n**");
	mf_check_put_outcome(p, l, v);
	mf_pen_puts(p, "**\n");
	*least = p->buf->n;
	if (n && !t.failed)
		table(p, l, room > tail.n + TAIL_ROOM ? room - tail.n - TAIL_ROOM : 0, n);
	mf_pen_add(p, mf_buf_text(&tail), tail.n);
	mf_buf_free(&tail);
	return t.failed ? -1 : mf_pen_end(p);
}

int mf_check_report_summary(struct mf_buf *out, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			    struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen p = { .buf = &text, .err = err };
	const size_t room = out->max - out->n;
	size_t least = 0;
	int r = summary(&p, run, l, v, room, &least, err);

	if (r == 0)
		r = mf_buf_add(out, mf_buf_text(&text), text.n <= room ? text.n : least <= room ? least : 0, err);
	mf_buf_free(&text);
	return r;
}
