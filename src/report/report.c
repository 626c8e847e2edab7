/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reporters, and what is common to all. */
#include <mayfly/report.h>

#include <mayfly/conf.h>
#include "formats.h"
#include "showable.h"

static const struct mf_reporter reporters[] = {
	{ "text", ".txt", false, mf_report_text },
	{ "github", NULL, false, mf_report_github },
	{ "sarif", ".sarif", false, mf_report_sarif },
	{ "gitlab", NULL, false, mf_report_gitlab },
	{ "json", ".json", false, mf_report_json },
	{ "junit", ".xml", false, mf_report_junit },
	{ "csv", ".csv", false, mf_report_csv },
	{ "html", ".html", false, mf_report_html },
	{ "gitleaks-json", ".json", true, mf_report_gitleaks_json },
	{ "gitleaks-csv", ".csv", true, mf_report_gitleaks_csv },
	{ "gitleaks-junit", ".xml", true, mf_report_gitleaks_junit },
	{ "gitleaks-sarif", ".sarif", true, mf_report_gitleaks_sarif },
};

const struct mf_reporter *const mf_reporters[] = {
	&reporters[0], &reporters[1], &reporters[2], &reporters[3], &reporters[4], &reporters[5], &reporters[6], &reporters[7], &reporters[8],
	&reporters[9], &reporters[10], &reporters[11], NULL,
};

const struct mf_reporter *mf_reporter_find(const char *name, struct mf_err *err)
{
	const char *names[MF_COUNT(reporters)];
	const char *near;

	for (size_t i = 0; i < MF_COUNT(reporters); i++) {
		if (strcmp(reporters[i].name, name) == 0)
			return &reporters[i];
		names[i] = reporters[i].name;
	}
	mf_fail(err, MF_E_REPORT_FORMAT, "unknown report format '%s'", name);
	near = mf_nearest(name, names, MF_COUNT(names));
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	else
		mf_err_hint(err, "one of text, github, sarif, gitlab, json, junit, csv, html, gitleaks-json, gitleaks-csv, gitleaks-junit, gitleaks-sarif");
	return NULL;
}

static bool shows_secrets(const struct mf_reporter *r, const struct mf_report_opts *opts)
{
	return opts->redact == 0 && (r->gitleaks || r->write == mf_report_text);
}

int mf_report_write(const struct mf_reporter *r, FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		    const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_showable v;
	int rc;

	if (shows_secrets(r, opts))
		return r->write(to, run, list, verdict, opts, err);
	if (mf_showable_open(&v, run, list, err))
		return -1;
	rc = r->write(to, &v.run, &v.list, verdict, opts, err);
	mf_showable_close(&v);
	return rc;
}
