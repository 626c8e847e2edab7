/* SPDX-License-Identifier: Apache-2.0 */
/* JUnit's XML as Jenkins, GitLab and others read it: a test case for each finding; what passes is skipped, and a scan without findings is one
 * case that passed, since some take an empty suite for a failure. */
#include "formats.h"
#include "text.h"

static void attribute(struct mf_pen *p, const char *name, struct mf_str value)
{
	mf_pen_printf(p, " %s=\"", name);
	mf_pen_xml(p, value, MF_XML_ATTR);
	mf_pen_puts(p, "\"");
}

static void xml_attr(struct mf_pen *p, struct mf_str s)
{
	mf_pen_xml(p, s, MF_XML_ATTR);
}

static void body(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	char day[11];

	mf_pen_xml(p, v->text, MF_XML_TEXT);
	mf_pen_puts(p, "\n");
	if (f->commit) {
		mf_show_day(day, f->date);
		mf_pen_puts(p, "commit: ");
		mf_pen_xml(p, mf_str(f->commit), MF_XML_TEXT);
		mf_pen_printf(p, " (%s)\n", day);
	}
	if (v->opens && *v->opens) {
		mf_pen_puts(p, "opens: ");
		mf_pen_xml(p, mf_str(v->opens), MF_XML_TEXT);
		mf_pen_puts(p, "\n");
	}
	mf_pen_puts(p, "help: first revoke it: ");
	mf_pen_xml(p, mf_str(v->revoke && *v->revoke ? v->revoke : "where it was issued"), MF_XML_TEXT);
	mf_pen_puts(p, "; then remove it\n");
}

static int testcase(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_str why = { 0 };
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err) || (f->pass && f->pass_why && mf_show_text(&why, s, f->pass_why, err)))
		return -1;
	mf_pen_puts(p, "    <testcase");
	attribute(p, "classname", mf_str(v.id));
	mf_pen_puts(p, " name=\"");
	mf_show_place(p, f, xml_attr);
	mf_pen_printf(p, ":%u:%u\"", f->line, f->col);
	if (f->path && *f->path)
		attribute(p, "file", mf_str(f->path));
	if (f->line)
		mf_pen_printf(p, " line=\"%u\"", f->line);
	mf_pen_puts(p, " time=\"0\">\n");
	if (f->pass) {
		mf_pen_puts(p, "      <skipped message=\"");
		mf_pen_printf(p, "%s%s", mf_show_pass(f->pass), why.n ? ": " : "");
		mf_pen_xml(p, why, MF_XML_ATTR);
		mf_pen_puts(p, "\"/>\n");
	} else {
		mf_pen_puts(p, "      <failure");
		attribute(p, "message", mf_str(v.title));
		attribute(p, "type", mf_str(mf_severity_name(f->severity)));
		mf_pen_puts(p, ">");
		body(p, f, &v);
		mf_pen_puts(p, "</failure>\n");
	}
	mf_pen_puts(p, "    </testcase>\n");
	return 0;
}

static void xml_text(struct mf_pen *p, struct mf_str s)
{
	mf_pen_xml(p, s, MF_XML_TEXT);
}

static void system_out(struct mf_pen *p, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict)
{
	mf_pen_puts(p, "    <system-out>");
	mf_text_verdict(p, list, verdict);
	mf_pen_puts(p, "\n");
	mf_text_scanned(p, run, xml_text);
	mf_pen_puts(p, "\n");
	for (size_t i = 0; i < run->n_notes; i++) {
		mf_pen_puts(p, run->notes[i].incomplete ? "not looked at: " : "note: ");
		xml_text(p, mf_str(run->notes[i].what));
		mf_pen_puts(p, run->notes[i].why ? ": " : "");
		xml_text(p, mf_str(run->notes[i].why));
		mf_pen_puts(p, "\n");
	}
	mf_pen_puts(p, "</system-out>\n");
}

int mf_report_junit(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		    const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	const size_t tests = list->n ? list->n : 1;
	struct mf_show s;
	size_t failures = 0;
	char counts[160];
	int r = 0;

	(void)opts;
	if (mf_show_open(&s, list, false, err))
		return -1;
	for (size_t i = 0; i < list->n; i++)
		failures += !list->v[i].pass;
	snprintf(counts, sizeof(counts), "name=\"mayfly\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%lld.%03lld\"", tests, failures,
		 list->n - failures, (long long)run->took_ms / 1000, (long long)run->took_ms % 1000);
	mf_pen_puts(&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	mf_pen_printf(&p, "<testsuites %s>\n  <testsuite %s>\n", counts, counts);
	for (size_t i = 0; i < list->n && r == 0; i++)
		r = testcase(&p, &s, &list->v[i], err);
	if (list->n == 0)
		mf_pen_puts(&p, "    <testcase classname=\"mayfly\" name=\"no committed credentials\" time=\"0\"/>\n");
	system_out(&p, run, list, verdict);
	mf_pen_puts(&p, "  </testsuite>\n</testsuites>\n");
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
