/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's annotations. GitHub shows ten of a kind for each step, so the worst come first and the rest is counted in a last one. */
#include "formats.h"
#include "text.h"

enum { ANNOTATIONS = 9, PATHS_IN_NOTE = 5 };

static void property(struct mf_pen *p, const char *name, struct mf_str value)
{
	mf_pen_puts(p, name);
	mf_pen_command(p, value, MF_COMMAND_PROPERTY);
}

static void place(struct mf_pen *p, const struct mf_finding *f, struct mf_str path)
{
	property(p, "file=", path);
	if (f->line) {
		mf_pen_printf(p, ",line=%u,endLine=%u", f->line, f->end_line >= f->line ? f->end_line : f->line);
		/* columns mean something to GitHub only within one line */
		if (f->end_line <= f->line && f->col)
			mf_pen_printf(p, ",col=%u,endColumn=%u", f->col, f->end_col >= f->col ? f->end_col : f->col);
	}
	mf_pen_puts(p, ",");
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

static void message(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	char day[11];

	line(p, mf_str(v->title));
	if (v->secret.n) {
		mf_pen_puts(p, ": ");
		line(p, v->secret);
	}
	if (f->commit) {
		mf_show_day(day, f->date);
		mf_pen_puts(p, ", in ");
		mf_show_place(p, f, line);
		if (f->source == MF_SRC_COMMIT) {
			mf_pen_puts(p, " since commit ");
			line(p, (struct mf_str){ f->commit, strnlen(f->commit, 10) });
		}
		mf_pen_printf(p, f->boundary ? " or one before it (the clone is shallow)" : " (%s)", day);
	}
	words(p, "%0Aopens: ", v->opens);
	if (f->format != MF_FORMAT_PLAUSIBLE)
		words(p, "%0Aformat: ", f->format == MF_FORMAT_VERIFIED ? "verified" : "broken, so it may be made up");
	if (mf_show_expired(f)) {
		mf_show_day(day, f->pass_until);
		mf_pen_printf(p, "%%0Aexpired: it was accepted until %s", day);
	}
	words(p, "%0Ahelp: first revoke it: ", v->revoke && *v->revoke ? v->revoke : "where it was issued");
	mf_pen_puts(p, f->commit ? "; then remove it; history still holds it" : "; then remove it");
	if (*mf_show_name(f))
		words(p, "%0Aid: ", mf_show_name(f));
}

static int annotation(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_buf path = MF_BUF(SIZE_MAX / 4);
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err) || mf_show_path(&path, f, err)) {
		mf_buf_free(&path);
		return -1;
	}
	mf_pen_puts(p, "::error ");
	place(p, f, (struct mf_str){ mf_buf_text(&path), path.n });
	property(p, "title=", mf_str(v.id));
	mf_pen_puts(p, "::");
	message(p, f, &v);
	mf_pen_puts(p, "\n");
	mf_buf_free(&path);
	return 0;
}

static void rest(struct mf_pen *p, const struct mf_findings *list, const struct mf_verdict *verdict, size_t shown)
{
	if (verdict->findings <= shown)
		return;
	mf_pen_printf(p, "::notice title=mayfly::%zu more %s not shown here: ", verdict->findings - shown,
		      verdict->findings - shown == 1 ? "finding is" : "findings are");
	mf_text_verdict(p, list, verdict);
	mf_pen_puts(p, "\n");
}

static void notes(struct mf_pen *p, const struct mf_run *run)
{
	const char *before = "::warning title=mayfly::the scan is incomplete: ";

	for (size_t i = 0; i < run->n_notes; i++) {
		if (!run->notes[i].incomplete)
			continue;
		words(p, before, run->notes[i].what);
		words(p, ": ", run->notes[i].why);
		words(p, "; help: ", run->notes[i].hint);
		before = "%0A";
	}
	if (before[0] == '%')
		mf_pen_puts(p, "\n");
}

int mf_report_github(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		     const struct mf_report_opts *opts, struct mf_err *err)
{
	const size_t most = opts->annotations ? opts->annotations : ANNOTATIONS;
	struct mf_pen p = { .to = to, .err = err };
	struct mf_show s;
	size_t shown = 0;
	int r = 0;

	if (mf_show_open(&s, list, false, err))
		return -1;
	for (int severity = MF_SEV_CRITICAL; severity >= MF_SEV_LOW; severity--)
		for (size_t i = 0; i < list->n && shown < most && r == 0; i++)
			if (!list->v[i].pass && (int)list->v[i].severity == severity) {
				r = annotation(&p, &s, &list->v[i], err);
				shown++;
			}
	rest(&p, list, verdict, shown);
	notes(&p, run);
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
