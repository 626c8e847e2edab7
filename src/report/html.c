/* SPDX-License-Identifier: Apache-2.0 */
/* One page that needs nothing else: no file, no network, and no script to be read. */
#include "formats.h"
#include "html.h"

#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>
#include "text.h"

void mf_html_text(struct mf_pen *p, struct mf_str s)
{
	mf_pen_xml(p, s, MF_XML_ATTR);
}

static void digest(struct mf_pen *p, const char *text)
{
	unsigned char sum[32];
	char out[48];

	mf_sha256(sum, text, strlen(text));
	mf_pen_printf(p, "'sha256-%.*s'", (int)mf_b64_encode(out, sum, sizeof(sum), MF_B64_STD, true), out);
}

static void subject(struct mf_pen *p, const struct mf_run *run)
{
	const char *what = run->repository ? run->repository : run->target ? run->target : "this scan";

	mf_html_text(p, mf_str(what));
}

static void head(struct mf_pen *p, const struct mf_run *run)
{
	mf_pen_puts(p, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
	digest(p, mf_html_style);
	mf_pen_puts(p, "; script-src ");
	digest(p, mf_html_script);
	mf_pen_puts(p, "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>Committed credentials: ");
	subject(p, run);
	mf_pen_puts(p, "</title>\n<style>");
	mf_pen_puts(p, mf_html_style);
	mf_pen_puts(p, "</style>\n</head>\n");
}

static void fact(struct mf_pen *p, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	mf_pen_printf(p, "<div><dt>%s</dt><dd>", name);
	mf_html_text(p, mf_str(value));
	mf_pen_puts(p, "</dd></div>");
}

static void banner(struct mf_pen *p, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict)
{
	char when[21];

	mf_time_format(when, run->began);
	mf_pen_printf(p, "<body>\n<header class=\"%s\">\n<p class=\"brand\">mayfly</p>\n<h1>", verdict->findings ? "bad" : verdict->incomplete ? "part" : "good");
	subject(p, run);
	mf_pen_puts(p, "</h1>\n<p class=\"verdict\">");
	mf_text_verdict(p, list, verdict);
	mf_pen_puts(p, "</p>\n<dl>");
	fact(p, "scanned", run->mode);
	fact(p, "target", run->repository ? run->target : NULL);
	fact(p, "range", run->range);
	fact(p, "ref", run->ref);
	if (run->sha) {
		mf_pen_puts(p, "<div><dt>commit</dt><dd>");
		mf_html_text(p, (struct mf_str){ run->sha, strnlen(run->sha, 10) });
		mf_pen_puts(p, "</dd></div>");
	}
	if (run->began)
		fact(p, "on", when);
	mf_pen_puts(p, "</dl>\n</header>\n<main>\n");
}

static void notes(struct mf_pen *p, const struct mf_run *run)
{
	if (run->n_notes == 0)
		return;
	mf_pen_puts(p, "<section class=\"notes\"><h2>To know</h2><ul>\n");
	for (size_t i = 0; i < run->n_notes; i++) {
		const struct mf_note *n = &run->notes[i];

		mf_pen_printf(p, "<li class=\"%s\"><strong>", n->incomplete ? "warn" : "info");
		mf_html_text(p, mf_str(n->what));
		mf_pen_puts(p, "</strong>");
		if (n->why) {
			mf_pen_puts(p, "<br>");
			mf_html_text(p, mf_str(n->why));
		}
		if (n->hint) {
			mf_pen_puts(p, "<br><code>");
			mf_html_text(p, mf_str(n->hint));
			mf_pen_puts(p, "</code>");
		}
		mf_pen_puts(p, "</li>\n");
	}
	mf_pen_puts(p, "</ul></section>\n");
}

static void foot(struct mf_pen *p, const struct mf_run *run)
{
	mf_pen_puts(p, "</main>\n<footer><p>");
	mf_text_scanned(p, run, mf_html_text);
	mf_pen_puts(p, "</p><p>mayfly ");
	mf_html_text(p, mf_str(run->version));
	mf_pen_puts(p, ". Secrets are redacted: at most a fifth of each is shown.</p></footer>\n<script>");
	mf_pen_puts(p, mf_html_script);
	mf_pen_puts(p, "</script>\n</body>\n</html>\n");
}

static int body(struct mf_pen *p, struct mf_show *s, const struct mf_run *run, const struct mf_verdict *verdict, struct mf_err *err)
{
	banner(p, run, s->list, verdict);
	if (mf_html_tiles(p, s->list, verdict, err))
		return -1;
	notes(p, run);
	if (verdict->findings) {
		if (mf_html_charts(p, s->list, err) || mf_html_table(p, s, err))
			return -1;
	} else {
		mf_pen_puts(p, "<section class=\"empty\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M4 12.5l5 5L20 6.5\"/></svg><p>");
		mf_pen_puts(p, verdict->incomplete ? "Nothing was found in what could be looked at." : "No committed credentials were found.");
		mf_pen_puts(p, "</p></section>\n");
	}
	return mf_html_passed(p, s, err);
}

int mf_report_html(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		   const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	struct mf_show s;
	int r;

	(void)opts;
	if (mf_show_open(&s, list, false, err))
		return -1;
	head(&p, run);
	r = body(&p, &s, run, verdict, err);
	foot(&p, run);
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
