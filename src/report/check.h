/* SPDX-License-Identifier: Apache-2.0 */
/* What the reports of the check share: words about an item. */
#ifndef MF_REPORT_CHECK_H
#define MF_REPORT_CHECK_H

#include <mayfly/check_report.h>
#include "pen.h"

typedef int mf_check_report_fn(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			       const struct mf_check_report_opts *opts, struct mf_err *err);
mf_check_report_fn mf_check_text_report, mf_check_json_report, mf_check_sarif_report, mf_check_github_report, mf_check_gitlab_report;

typedef void mf_put_fn(struct mf_pen *p, struct mf_str s);

/* "variable 'X'", "~/.npmrc:3:5 ('_authToken')"; the item's texts through `put`. */
void mf_check_put_where(struct mf_pen *p, const struct mf_check_item *item, mf_put_fn *put);
/* "no end", "90 d, measured"; "-" for a habit. */
void mf_check_put_lifetime(struct mf_pen *p, const struct mf_check_item *item);
/* "lives too long: it has no end, and 90 d is the most for api_key". No text of the item's is in it. */
void mf_check_put_verdict(struct mf_pen *p, const struct mf_check_item *item);
/* "2 credentials live too long, 1 habit fails, 3 warnings". */
void mf_check_put_outcome(struct mf_pen *p, const struct mf_check_list *l, const struct mf_check_verdict *v);
/* "200 variables and 30 files in 0.01 s" */
void mf_check_put_looked(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_list *l);

const char *mf_check_topic(const struct mf_check_item *item);	/* what `mayfly check --explain` knows it by */
/* "fail", "warning", "excused", "expired", "job-bound", "unknown", "ok", "off": what came out of it, in a word. */
const char *mf_check_state(const struct mf_check_item *item);
const char *mf_check_from(enum mf_check_from from);	/* "env" */
/* "api_key"; of a habit: "habit" */
const char *mf_check_class(const struct mf_check_item *item);
/* Why it matters and what to do: the item's own, else its rule's or its class's. Never NULL. */
const char *mf_check_why(const struct mf_check_item *item);
/* Whether it is in a file of the repository. */
bool mf_check_in_repository(const struct mf_check_item *item);

#endif
