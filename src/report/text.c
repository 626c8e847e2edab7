/* SPDX-License-Identifier: Apache-2.0 */
/* The report for a person: what, where, the line with a mark below the secret, what it opens, what to do. */
#include "text.h"
#include "formats.h"

enum { LINES_MAX = 4, ALSO_MAX = 3, COLUMNS_MAX = 160 };

struct mf_ink mf_ink(bool color)
{
	if (!color)
		return (struct mf_ink){ "", "", "", "", "", "" };
	return (struct mf_ink){ "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[2m", "\x1b[1m", "\x1b[0m" };
}

void mf_text_field(struct mf_pen *p, const struct mf_ink *ink, const char *name)
{
	mf_pen_printf(p, "  %s=%s %s: ", ink->dim, ink->off, name);
}

static void field(struct mf_pen *p, const struct mf_ink *ink, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	mf_text_field(p, ink, name);
	mf_pen_line(p, mf_str(text));
	mf_pen_puts(p, "\n");
}

static void head(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f)
{
	mf_pen_printf(p, "%s%s[", f->pass ? ink->good : ink->bad, f->pass ? "passed" : "error");
	mf_pen_line(p, mf_str(mf_show_id(f)));
	mf_pen_printf(p, "]%s%s: ", ink->off, ink->strong);
	mf_pen_line(p, mf_str(mf_show_title(f)));
	mf_pen_printf(p, "%s (%s)\n", ink->off, mf_severity_name(f->severity));
}

static int where(struct mf_pen *p, const struct mf_ink *ink, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_str author = { 0 };
	char day[11];

	if (f->author && mf_show_text(&author, s, f->author, err))
		return -1;
	mf_pen_printf(p, "  %s-->%s ", ink->dim, ink->off);
	mf_show_place(p, f, mf_pen_line);
	if (f->line)
		mf_pen_printf(p, ":%u:%u", f->line, f->col);
	if (f->commit && f->source != MF_SRC_TAG) {
		mf_pen_puts(p, " (commit ");
		mf_pen_line(p, (struct mf_str){ f->commit, strnlen(f->commit, 10) });
		mf_show_day(day, f->date);
		if (f->boundary)
			mf_pen_puts(p, ", where the shallow clone begins, or one before it");
		else
			mf_pen_printf(p, ", %s", day);
		if (author.n && !f->boundary) {
			mf_pen_puts(p, ", ");
			mf_pen_line(p, author);
		}
		mf_pen_puts(p, ")");
	} else if (f->source == MF_SRC_UNREACHABLE) {
		mf_pen_puts(p, " (no branch or tag reaches it)");
	} else if (f->source == MF_SRC_STAGED) {
		mf_pen_puts(p, " (staged)");
	}
	mf_pen_puts(p, "\n");
	return 0;
}

/* Characters on the screen, roughly: one a code point. */
static size_t width(struct mf_str s)
{
	uint32_t cp;
	size_t w = 0;

	for (size_t at = 0, n; (n = mf_pen_next(&cp, s, at)) > 0; at += n)
		w++;
	return w;
}

/* Cuts a long line around the mark. */
static struct mf_str window(struct mf_str line, struct mf_mark *mark)
{
	size_t from = 0;

	if (line.n <= COLUMNS_MAX)
		return line;
	if (mark->at > COLUMNS_MAX / 2)
		from = mark->at - COLUMNS_MAX / 2;
	while (from && ((unsigned char)line.p[from] & 0xc0) == 0x80)
		from--;
	mark->at -= from;
	line.p += from;
	line.n -= from;
	if (line.n > COLUMNS_MAX) {
		line.n = COLUMNS_MAX;
		while (line.n && ((unsigned char)line.p[line.n] & 0xc0) == 0x80)
			line.n--;
	}
	return line;
}

static void one_line(struct mf_pen *p, const struct mf_ink *ink, int gutter, unsigned number, struct mf_str line, struct mf_mark mark)
{
	if (number)
		mf_pen_printf(p, "%s%*u |%s ", ink->dim, gutter, number, ink->off);
	else
		mf_pen_printf(p, "%s%*s |%s ", ink->dim, gutter, "", ink->off);
	mf_pen_line(p, line);
	mf_pen_puts(p, "\n");
	if (mark.n == 0 || mark.at >= line.n)
		return;
	mf_pen_printf(p, "%s%*s |%s ", ink->dim, gutter, "", ink->off);
	for (size_t i = width((struct mf_str){ line.p, mark.at }); i; i--)
		mf_pen_puts(p, " ");
	mf_pen_puts(p, ink->bad);
	if (mark.n > line.n - mark.at)
		mark.n = line.n - mark.at;
	for (size_t i = width((struct mf_str){ line.p + mark.at, mark.n }); i; i--)
		mf_pen_puts(p, "^");
	mf_pen_printf(p, "%s\n", ink->off);
}

static void excerpt(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f, const struct mf_shown *v)
{
	struct mf_str rest = v->text;
	struct mf_mark mark = v->mark, none = { 0 };
	unsigned number = v->at_line ? f->line : 0;
	char last[16];
	int gutter = v->at_line ? snprintf(last, sizeof(last), "%u", f->line + LINES_MAX) : 2;

	while (rest.n && (rest.p[rest.n - 1] == '\n' || rest.p[rest.n - 1] == '\r'))
		rest.n--;
	for (int i = 0; rest.n; i++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		struct mf_str line = { rest.p, n };
		struct mf_mark here = mark.n && mark.at < n ? mark : none;

		if (i == LINES_MAX) {
			one_line(p, ink, gutter, 0, mf_str("..."), none);
			return;
		}
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		line = window(line, &here);
		one_line(p, ink, gutter, number, line, here);
		number += number != 0;
		n += end != NULL;
		mark.n = here.n || mark.at < n ? 0 : mark.n;
		mark.at -= mark.n ? n : 0;
		rest.p += n;
		rest.n -= n;
	}
}

static void facts(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f)
{
	const struct mf_token_facts *t = &f->facts;
	char day[11];

	mf_text_field(p, ink, "format");
	mf_pen_puts(p, f->format == MF_FORMAT_VERIFIED ? "verified: its checksum or structure is right" :
		       f->format == MF_FORMAT_BROKEN ? "broken: its checksum or structure is wrong, so it may be made up" : "plausible");
	mf_pen_puts(p, "\n");
	field(p, ink, "belongs to", t->account);
	if (t->issued) {
		mf_text_field(p, ink, "issued");
		mf_show_day(day, t->issued);
		mf_pen_printf(p, "%s\n", day);
	}
	if (t->expires) {
		mf_text_field(p, ink, "expires");
		mf_show_day(day, t->expires);
		mf_pen_printf(p, "%s\n", day);
	}
	field(p, ink, "note", t->note);
}

static void tags(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f)
{
	size_t n;
	const char *const *list = mf_finding_tags(f, &n);

	if (!n)
		return;
	mf_text_field(p, ink, "tags");
	for (size_t i = 0; i < n; i++) {
		mf_pen_puts(p, i ? ", " : "");
		mf_pen_line(p, mf_str(list[i]));
	}
	mf_pen_puts(p, "\n");
}

static void also(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f)
{
	if (f->n_more_paths) {
		mf_text_field(p, ink, "also in");
		for (size_t i = 0; i < f->n_more_paths && i < ALSO_MAX; i++) {
			mf_pen_puts(p, i ? ", " : "");
			mf_pen_line(p, mf_str(f->more_paths[i]));
		}
		if (f->n_more_paths > ALSO_MAX)
			mf_pen_printf(p, " and %zu more", f->n_more_paths - ALSO_MAX);
		mf_pen_puts(p, "\n");
	}
	if (f->versions) {
		mf_text_field(p, ink, "also");
		mf_pen_printf(p, "%llu later %s of the file %s it\n", (unsigned long long)f->versions, f->versions == 1 ? "version" : "versions",
			      f->versions == 1 ? "holds" : "hold");
	}
}

static bool in_history(const struct mf_finding *f)
{
	return f->commit || f->source == MF_SRC_UNREACHABLE;
}

static void reason(struct mf_pen *p, struct mf_str why)
{
	if (why.n) {
		mf_pen_puts(p, ": ");
		mf_pen_line(p, why);
	}
}

static void accepting(struct mf_pen *p, const struct mf_ink *ink, const struct mf_run *run, const struct mf_finding *f)
{
	if (!*mf_show_name(f))
		return;
	mf_text_field(p, ink, "accept");
	if (run->accepting == MF_ACCEPT_NOT) {
		mf_pen_puts(p, MF_ACCEPT_INSTEAD " lets it pass\n");
		return;
	}
	mf_pen_puts(p, "mayfly scan ");
	mf_pen_line(p, mf_str(run->accept_flags ? run->accept_flags : ""));
	mf_pen_puts(p, "--accept ");
	mf_pen_line(p, mf_str(mf_show_name(f)));
	mf_pen_puts(p, " --reason TEXT --until DATE");
	mf_pen_puts(p, run->accepting == MF_ACCEPT_THERE ? "  in a checkout of the repository\n" : "\n");
}

static void advice(struct mf_pen *p, const struct mf_ink *ink, const struct mf_run *run, const struct mf_finding *f, const struct mf_shown *v,
		   struct mf_str why)
{
	char day[11];

	if (mf_show_expired(f)) {
		mf_show_day(day, f->pass_until);
		mf_text_field(p, ink, "expired");
		mf_pen_printf(p, "it was accepted until %s", day);
		reason(p, why);
		mf_pen_puts(p, "\n");
	}
	mf_text_field(p, ink, "help");
	mf_pen_puts(p, "first revoke it");
	if (v->revoke && *v->revoke) {
		mf_pen_puts(p, ": ");
		mf_pen_line(p, mf_str(v->revoke));
	} else {
		mf_pen_puts(p, " where it was issued");
	}
	mf_pen_puts(p, in_history(f) ? "; then remove it: history still holds it, so removing alone changes nothing\n" :
		       f->source == MF_SRC_STAGED ? "; if it was never pushed, taking it out of the index is enough\n" : "; then remove it\n");
	accepting(p, ink, run, f);
}

static void passed(struct mf_pen *p, const struct mf_ink *ink, const struct mf_finding *f, struct mf_str why)
{
	char day[11];

	mf_text_field(p, ink, "passes");
	mf_pen_puts(p, mf_show_pass(f->pass) ? mf_show_pass(f->pass) : "");
	reason(p, why);
	if (f->pass_until) {
		mf_show_day(day, f->pass_until);
		mf_pen_printf(p, " (until %s)", day);
	}
	mf_pen_puts(p, "\n");
}

static int finding(struct mf_pen *p, const struct mf_ink *ink, struct mf_show *s, const struct mf_run *run, const struct mf_finding *f,
		   struct mf_err *err)
{
	struct mf_str why = { 0 };
	struct mf_shown v;

	if (where(p, ink, s, f, err))
		return -1;
	if (mf_show_finding(&v, s, f, err) || (f->pass_why && mf_show_text(&why, s, f->pass_why, err)))
		return -1;
	excerpt(p, ink, f, &v);
	if (f->pass) {
		passed(p, ink, f, why);
	} else {
		field(p, ink, "opens", v.opens);
		facts(p, ink, f);
		tags(p, ink, f);
		also(p, ink, f);
		advice(p, ink, run, f, &v, why);
	}
	mf_pen_puts(p, "\n");
	return 0;
}

int mf_report_text(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		   const struct mf_report_opts *opts, struct mf_err *err)
{
	const struct mf_ink ink = mf_ink(opts->color);
	struct mf_pen p = { .to = to, .err = err };
	struct mf_show s;
	int r = 0;

	if (mf_show_open(&s, list, opts->redact == 0, err))
		return -1;
	for (size_t i = 0; i < list->n && r == 0; i++) {
		const struct mf_finding *f = &list->v[i];

		if (f->pass && !opts->verbose)
			continue;
		head(&p, &ink, f);
		r = finding(&p, &ink, &s, run, f, err);
	}
	if (r == 0)
		mf_text_end(&p, &ink, run, list, verdict);
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
