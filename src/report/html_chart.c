/* SPDX-License-Identifier: Apache-2.0 */
/* The page's charts: sizes are attributes of SVG, so that no style has to be allowed for a single element. */
#include "html.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>

enum { TOP = 8, YEARS_MAX = 24, SVG_W = 640, SVG_H = 180, BASE = 150 };

/* -- counting -------------------------------------------------------------------------------------------- */

struct item {
	struct mf_str name;
	size_t n;
};

struct items {
	struct item *v;
	size_t n;
};

static int compare(struct mf_str a, struct mf_str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *a, const void *b)
{
	return compare(((const struct item *)a)->name, ((const struct item *)b)->name);
}

static int by_count(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : compare(x->name, y->name);
}

static struct mf_str rule_of(const struct mf_finding *f)
{
	return mf_str(mf_show_title(f));
}

static struct mf_str path_of(const struct mf_finding *f)
{
	return mf_str(f->path && *f->path ? f->path : f->source == MF_SRC_STDIN ? "standard input" : "messages of commits and tags");
}

/* Never the address: only where it is at home. */
static struct mf_str domain_of(const struct mf_finding *f)
{
	const char *at = f->email ? strrchr(f->email, '@') : NULL;

	if (!f->commit)
		return (struct mf_str){ 0 };
	return mf_str(at && at[1] ? at + 1 : "unknown");
}

/* Every different name of the findings that count, with its number; the most frequent first. */
static int tally(struct items *out, const struct mf_findings *list, struct mf_str (*name)(const struct mf_finding *), struct mf_err *err)
{
	struct item *v = mf_calloc(list->n + 1, sizeof(*v));
	size_t n = 0, kept = 0;

	if (!v)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_str s = list->v[i].pass ? (struct mf_str){ 0 } : name(&list->v[i]);

		if (s.n)
			v[n++] = (struct item){ s, 1 };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept && mf_str_eq(v[kept - 1].name, v[i].name))
			v[kept - 1].n++;
		else
			v[kept++] = v[i];
	}
	if (kept)
		qsort(v, kept, sizeof(*v), by_count);
	*out = (struct items){ v, kept };
	return 0;
}

/* -- by severity ----------------------------------------------------------------------------------------- */

static void severities(struct mf_pen *p, const struct mf_findings *list)
{
	size_t n[MF_SEV_CRITICAL + 1] = { 0 }, all = 0;
	double at = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!list->v[i].pass && list->v[i].severity <= MF_SEV_CRITICAL) {
			n[list->v[i].severity]++;
			all++;
		}
	mf_pen_puts(p, "<figure class=\"wide\"><figcaption>By severity</figcaption><svg class=\"stack\" width=\"100%\" height=\"18\" role=\"img\" aria-label=\"findings by severity\">");
	for (int s = MF_SEV_CRITICAL; s >= MF_SEV_LOW; s--) {
		const double share = all ? 100.0 * (double)n[s] / (double)all : 0;

		if (n[s])
			mf_pen_printf(p, "<rect class=\"%s\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"18\"/>", mf_severity_name((enum mf_severity)s), at, share);
		at += share;
	}
	mf_pen_puts(p, "</svg><ul class=\"legend\">");
	for (int s = MF_SEV_CRITICAL; s >= MF_SEV_LOW; s--)
		mf_pen_printf(p, "<li><svg width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"%s\" width=\"10\" height=\"10\" rx=\"2\"/></svg>%s <b>%zu</b></li>",
			      mf_severity_name((enum mf_severity)s), mf_severity_name((enum mf_severity)s), n[s]);
	mf_pen_puts(p, "</ul></figure>\n");
}

/* -- by year --------------------------------------------------------------------------------------------- */

static int year_of(const struct mf_finding *f)
{
	char text[21];
	int y = 0;

	mf_time_format(text, f->date);
	for (int i = 0; i < 4; i++)
		y = y * 10 + (text[i] - '0');
	return y;
}

static void column(struct mf_pen *p, int i, int columns, int year, size_t n, size_t most, bool earlier)
{
	const double step = (double)SVG_W / columns, width = step * 0.7 < 54 ? step * 0.7 : 54;
	const double x = step * i + (step - width) / 2, h = most ? (double)n / (double)most * (BASE - 24) : 0, mid = step * i + step / 2;

	if (n) {
		mf_pen_printf(p, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\"><title>%s%d: %zu</title></rect>", x, BASE - h, width, h,
			      earlier ? "until " : "", year, n);
		mf_pen_printf(p, "<text class=\"n\" x=\"%.1f\" y=\"%.1f\">%zu</text>", mid, BASE - h - 6, n);
	}
	if (columns <= 12 || i % 2 == 0)
		mf_pen_printf(p, "<text x=\"%.1f\" y=\"%d\">%s%d</text>", mid, BASE + 20, earlier ? "\xe2\x89\xa4" : "", year);
}

struct years {
	size_t n[YEARS_MAX], most;
	int first, columns;
	bool earlier;		/* the first column holds what is older, too */
};

static bool dated(const struct mf_finding *f)
{
	return !f->pass && f->commit;
}

static bool count_years(struct years *y, const struct mf_findings *list)
{
	int first = 9999, last = -1;

	*y = (struct years){ 0 };
	for (size_t i = 0; i < list->n; i++) {
		const int year = dated(&list->v[i]) ? year_of(&list->v[i]) : -1;

		if (year < 0)
			continue;
		first = year < first ? year : first;
		last = year > last ? year : last;
	}
	if (last < 0)
		return false;
	y->earlier = last - first >= YEARS_MAX;
	y->first = y->earlier ? last - YEARS_MAX + 1 : first;
	y->columns = last - y->first + 1;
	for (size_t i = 0; i < list->n; i++) {
		const int year = dated(&list->v[i]) ? year_of(&list->v[i]) : -1;
		size_t *n = &y->n[year > y->first ? year - y->first : 0];

		if (year < 0)
			continue;
		++*n;
		y->most = *n > y->most ? *n : y->most;
	}
	return true;
}

static void years(struct mf_pen *p, const struct mf_findings *list)
{
	struct years y;

	if (!count_years(&y, list))
		return;
	mf_pen_printf(p, "<figure><figcaption>By year of introduction</figcaption><svg class=\"years\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"findings by year\">"
		      "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", SVG_W, SVG_H, SVG_W, BASE, BASE);
	for (int i = 0; i < y.columns; i++)
		column(p, i, y.columns, y.first + i, y.n[i], y.most, y.earlier && i == 0);
	mf_pen_puts(p, "</svg></figure>\n");
}

/* -- lists ------------------------------------------------------------------------------------------------ */

static int bars(struct mf_pen *p, const char *title, const char *class, const struct mf_findings *list, struct mf_str (*name)(const struct mf_finding *),
		struct mf_err *err)
{
	struct items items;
	size_t rest = 0;

	if (tally(&items, list, name, err))
		return -1;
	if (items.n)
		mf_pen_printf(p, "<figure class=\"%s\"><figcaption>%s</figcaption><ol class=\"bars\">\n", class, title);
	for (size_t i = 0; i < items.n; i++) {
		if (i >= TOP) {
			rest += items.v[i].n;
			continue;
		}
		mf_pen_puts(p, "<li><span class=\"name\" title=\"");
		mf_html_text(p, items.v[i].name);
		mf_pen_puts(p, "\">");
		mf_html_text(p, items.v[i].name);
		mf_pen_printf(p, "</span><b>%zu</b><svg width=\"100%%\" height=\"6\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%%\" height=\"6\" rx=\"3\"/>"
			      "<rect class=\"bar\" width=\"%.2f%%\" height=\"6\" rx=\"3\"/></svg></li>\n", items.v[i].n,
			      100.0 * (double)items.v[i].n / (double)items.v[0].n);
	}
	if (items.n)
		mf_pen_puts(p, "</ol>");
	if (rest)
		mf_pen_printf(p, "<p class=\"rest\">and %zu in %zu more</p>", rest, items.n - TOP);
	if (items.n)
		mf_pen_puts(p, "</figure>\n");
	free(items.v);
	return 0;
}

int mf_html_charts(struct mf_pen *p, const struct mf_findings *list, struct mf_err *err)
{
	mf_pen_puts(p, "<section class=\"charts\">\n");
	severities(p, list);
	if (bars(p, "By credential", "", list, rule_of, err) || bars(p, "By path", "paths", list, path_of, err))
		return -1;
	years(p, list);
	if (bars(p, "By domain of the author", "", list, domain_of, err))
		return -1;
	mf_pen_puts(p, "</section>\n");
	return 0;
}

static void tile(struct mf_pen *p, const char *class, size_t n, const char *what)
{
	char text[32];

	mf_show_count(text, n);
	mf_pen_printf(p, "<div class=\"tile %s\"><b>%s</b><span>%s</span></div>\n", class, text, what);
}

int mf_html_tiles(struct mf_pen *p, const struct mf_findings *list, const struct mf_verdict *verdict, struct mf_err *err)
{
	struct items paths;
	size_t verified = 0, passed = 0;

	if (tally(&paths, list, path_of, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		passed += list->v[i].pass != MF_PASS_NONE;
		verified += !list->v[i].pass && list->v[i].format == MF_FORMAT_VERIFIED;
	}
	mf_pen_puts(p, "<section class=\"tiles\">\n");
	tile(p, verdict->findings ? "bad" : "good", verdict->findings, verdict->findings == 1 ? "finding" : "findings");
	tile(p, "", verified, "with a verified format");
	tile(p, "", paths.n, paths.n == 1 ? "path" : "paths");
	if (verdict->expired)
		tile(p, "warn", verdict->expired, "accepted, but over now");
	tile(p, "", passed, "passed");
	mf_pen_puts(p, "</section>\n");
	free(paths.v);
	return 0;
}
