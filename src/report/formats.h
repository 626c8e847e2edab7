/* SPDX-License-Identifier: Apache-2.0 */
/* The reporters' entries; report.c has the table. */
#ifndef MF_REPORT_FORMATS_H
#define MF_REPORT_FORMATS_H

#include <mayfly/report.h>

typedef int mf_report_fn(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
			 const struct mf_report_opts *opts, struct mf_err *err);

mf_report_fn mf_report_text, mf_report_github, mf_report_sarif, mf_report_gitlab, mf_report_json, mf_report_junit, mf_report_csv, mf_report_html,
	mf_report_gitleaks_json, mf_report_gitleaks_csv, mf_report_gitleaks_junit, mf_report_gitleaks_sarif;

#endif
