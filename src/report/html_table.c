/* SPDX-License-Identifier: Apache-2.0 */
/* The page's tables. A cell's data-k is what the script sorts by. */
#include "html.h"

#include <mayfly/clock.h>

enum { ROWS_MAX = 5000, PATHS_MAX = 50 };

static void open_cell(struct mf_pen *p, const char *class, struct mf_str key)
{
	mf_pen_printf(p, "<td class=\"%s\" data-k=\"", class);
	mf_html_text(p, key);
	mf_pen_puts(p, "\">");
}

static void field(struct mf_pen *p, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	mf_pen_printf(p, "<div><dt>%s</dt><dd>", name);
	mf_html_text(p, mf_str(value));
	mf_pen_puts(p, "</dd></div>");
}

static void marked(struct mf_pen *p, const struct mf_shown *v)
{
	const struct mf_mark m = v->mark;

	mf_pen_puts(p, "<pre>");
	mf_pen_xml(p, (struct mf_str){ v->text.p, m.n ? m.at : v->text.n }, MF_XML_TEXT);
	if (m.n) {
		mf_pen_puts(p, "<mark>");
		mf_pen_xml(p, (struct mf_str){ v->text.p + m.at, m.n }, MF_XML_TEXT);
		mf_pen_puts(p, "</mark>");
		mf_pen_xml(p, (struct mf_str){ v->text.p + m.at + m.n, v->text.n - m.at - m.n }, MF_XML_TEXT);
	}
	mf_pen_puts(p, "</pre>");
}

static void more_paths(struct mf_pen *p, const struct mf_finding *f)
{
	if (f->n_more_paths == 0)
		return;
	mf_pen_puts(p, "<div><dt>also in</dt><dd>");
	for (size_t i = 0; i < f->n_more_paths && i < PATHS_MAX; i++) {
		mf_pen_puts(p, i ? "<br>" : "");
		mf_html_text(p, mf_str(f->more_paths[i]));
	}
	if (f->n_more_paths > PATHS_MAX)
		mf_pen_printf(p, "<br>and %zu more", f->n_more_paths - PATHS_MAX);
	mf_pen_puts(p, "</dd></div>");
}

static void day_field(struct mf_pen *p, const char *name, int64_t t)
{
	char day[11];

	if (t == 0)
		return;
	mf_show_day(day, t);
	field(p, name, day);
}

static int details(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, const struct mf_shown *v, struct mf_err *err)
{
	struct mf_str author = { 0 };
	char text[40];

	mf_pen_puts(p, "<details><summary>");
	mf_html_text(p, v->secret.n ? v->secret : mf_str("the file itself"));
	mf_pen_puts(p, "</summary>");
	marked(p, v);
	mf_pen_puts(p, "<dl>");
	field(p, "opens", v->opens);
	field(p, "first", v->revoke && *v->revoke ? v->revoke : "revoke it where it was issued");
	field(p, "then", f->commit ? "remove it; history still holds it" : "remove it");
	field(p, "format", f->format == MF_FORMAT_VERIFIED ? "verified: its checksum or structure is right" :
			   f->format == MF_FORMAT_BROKEN ? "broken: its checksum or structure is wrong" : "plausible");
	field(p, "belongs to", f->facts.account);
	day_field(p, "issued", f->facts.issued);
	day_field(p, "expires", f->facts.expires);
	field(p, "note", f->facts.note);
	more_paths(p, f);
	if (f->versions) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)f->versions);
		field(p, "later versions that hold it", text);
	}
	if (mf_show_expired(f))
		day_field(p, "was accepted until", f->pass_until);
	field(p, "id", mf_show_name(f));
	field(p, "commit", f->commit);
	if (f->author && mf_show_text(&author, s, f->author, err))
		return -1;
	if (author.n) {
		mf_pen_puts(p, "<div><dt>author</dt><dd>");
		mf_html_text(p, author);
		mf_pen_puts(p, "</dd></div>");
	}
	mf_pen_puts(p, "</dl></details>");
	return 0;
}

static void commit(struct mf_pen *p, const struct mf_finding *f)
{
	char when[21] = "", day[11] = "";

	if (f->commit) {
		mf_time_format(when, f->date);
		mf_show_day(day, f->date);
	}
	open_cell(p, "commit", mf_str(when));
	if (f->commit) {
		mf_pen_puts(p, "<code>");
		mf_html_text(p, (struct mf_str){ f->commit, strnlen(f->commit, 10) });
		mf_pen_printf(p, "</code><br><time>%s</time>", day);
	} else {
		mf_pen_puts(p, f->source == MF_SRC_FILE ? "in a file" : mf_show_source(f->source));
	}
	mf_pen_puts(p, "</td>");
}

static void place(struct mf_pen *p, const struct mf_finding *f)
{
	mf_pen_puts(p, "<td class=\"place\" data-k=\"");
	mf_show_place(p, f, mf_html_text);
	mf_pen_puts(p, "\"><code>");
	mf_show_place(p, f, mf_html_text);
	mf_pen_puts(p, "</code>");
	if (f->line)
		mf_pen_printf(p, "<span class=\"line\">:%u:%u</span>", f->line, f->col);
	mf_pen_puts(p, "</td>");
}

static void title(struct mf_pen *p, const struct mf_shown *v)
{
	open_cell(p, "what", mf_str(v->title));
	if (mf_show_is_url(v->page)) {
		mf_pen_puts(p, "<a rel=\"noreferrer noopener\" href=\"");
		mf_html_text(p, mf_str(v->page));
		mf_pen_puts(p, "\">");
	}
	mf_html_text(p, mf_str(v->title));
	mf_pen_puts(p, mf_show_is_url(v->page) ? "</a><br><code>" : "<br><code>");
	mf_html_text(p, mf_str(v->id));
	mf_pen_puts(p, "</code></td>");
}

static int row(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	const char *severity = mf_severity_name(f->severity);
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err))
		return -1;
	mf_pen_printf(p, "<tr data-s=\"%s\"><td class=\"sev\" data-k=\"%d\"><span class=\"%s\">%s</span>%s</td>", severity, MF_SEV_CRITICAL - (int)f->severity, severity,
		      severity, f->format == MF_FORMAT_VERIFIED ? "<br><small>verified</small>" : f->format == MF_FORMAT_BROKEN ? "<br><small>broken</small>" : "");
	title(p, &v);
	place(p, f);
	commit(p, f);
	open_cell(p, "secret", v.secret);
	if (details(p, s, f, &v, err))
		return -1;
	mf_pen_puts(p, "</td></tr>\n");
	return 0;
}

int mf_html_table(struct mf_pen *p, struct mf_show *s, struct mf_err *err)
{
	size_t rows = 0, left = 0;

	mf_pen_puts(p, "<section><h2>Findings</h2>\n<form id=\"tools\" hidden><input id=\"find\" type=\"search\" placeholder=\"filter by rule, path, commit\" aria-label=\"filter\">");
	for (int i = MF_SEV_CRITICAL; i >= MF_SEV_LOW; i--)
		mf_pen_printf(p, "<label><input type=\"checkbox\" value=\"%s\" checked>%s</label>", mf_severity_name((enum mf_severity)i),
			      mf_severity_name((enum mf_severity)i));
	mf_pen_puts(p, "<output id=\"count\"></output></form>\n<div class=\"scroll\"><table id=\"findings\"><thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Credential</th>"
		    "<th scope=\"col\">Place</th><th scope=\"col\">Introduced</th><th scope=\"col\">Secret</th></tr></thead><tbody>\n");
	for (int severity = MF_SEV_CRITICAL; severity >= MF_SEV_LOW; severity--)
		for (size_t i = 0; i < s->list->n; i++) {
			if (s->list->v[i].pass || (int)s->list->v[i].severity != severity)
				continue;
			if (rows == ROWS_MAX) {
				left++;
				continue;
			}
			rows++;
			if (row(p, s, &s->list->v[i], err))
				return -1;
		}
	mf_pen_puts(p, "</tbody></table></div>\n");
	if (left)
		mf_pen_printf(p, "<p class=\"rest\">%zu more %s not shown on this page; the JSON report has all.</p>\n", left, left == 1 ? "is" : "are");
	mf_pen_puts(p, "</section>\n");
	return 0;
}

static int passed_row(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_str why = { 0 };
	char day[11];

	if (f->pass_why && mf_show_text(&why, s, f->pass_why, err))
		return -1;
	mf_pen_puts(p, "<tr><td class=\"what\">");
	mf_html_text(p, mf_str(mf_show_title(f)));
	mf_pen_puts(p, "</td>");
	place(p, f);
	mf_pen_printf(p, "<td>%s</td><td>", mf_show_pass(f->pass));
	mf_html_text(p, why);
	mf_pen_puts(p, "</td><td>");
	if (f->pass_until) {
		mf_show_day(day, f->pass_until);
		mf_pen_puts(p, day);
	}
	mf_pen_puts(p, "</td></tr>\n");
	return 0;
}

int mf_html_passed(struct mf_pen *p, struct mf_show *s, struct mf_err *err)
{
	size_t n = 0, rows = 0;

	for (size_t i = 0; i < s->list->n; i++)
		n += s->list->v[i].pass != MF_PASS_NONE;
	if (n == 0)
		return 0;
	mf_pen_printf(p, "<section><details class=\"passed\"><summary>%zu passed</summary>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Credential</th>"
		      "<th scope=\"col\">Place</th><th scope=\"col\">Passes by</th><th scope=\"col\">Reason</th><th scope=\"col\">Until</th></tr></thead><tbody>\n",
		      n);
	for (size_t i = 0; i < s->list->n && rows < ROWS_MAX; i++) {
		if (!s->list->v[i].pass)
			continue;
		rows++;
		if (passed_row(p, s, &s->list->v[i], err))
			return -1;
	}
	mf_pen_puts(p, "</tbody></table></div></details></section>\n");
	return 0;
}
