/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the HTML page. */
#ifndef MF_REPORT_HTML_H
#define MF_REPORT_HTML_H

#include "show.h"

/* The page's own style and script; their digests are all that its policy lets run. */
extern const char mf_html_style[], mf_html_script[];

void mf_html_text(struct mf_pen *p, struct mf_str s);	/* escaped, also for attributes */

/* Charts of the findings that count: by severity, by year, and lists with bars. */
int mf_html_charts(struct mf_pen *p, const struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
/* How many findings count, are verified, and in how many files they are. */
int mf_html_tiles(struct mf_pen *p, const struct mf_findings *list, const struct mf_verdict *verdict, struct mf_err *err) MF_MUST_USE;
int mf_html_table(struct mf_pen *p, struct mf_show *s, struct mf_err *err) MF_MUST_USE;
int mf_html_passed(struct mf_pen *p, struct mf_show *s, struct mf_err *err) MF_MUST_USE;

#endif
