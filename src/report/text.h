/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the report for people. */
#ifndef MF_REPORT_TEXT_H
#define MF_REPORT_TEXT_H

#include "show.h"

/* Colours; empty strings without. */
struct mf_ink {
	const char *bad, *warn, *good, *dim, *strong, *off;
};
struct mf_ink mf_ink(bool color);

/* "  = NAME: ", to be followed by a line. */
void mf_text_field(struct mf_pen *p, const struct mf_ink *ink, const char *name);

/* Notes, then one paragraph that says what was found and what was looked at. */
void mf_text_end(struct mf_pen *p, const struct mf_ink *ink, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict);

/* "2 findings (1 critical, 1 high)", "nothing found". */
void mf_text_verdict(struct mf_pen *p, const struct mf_findings *list, const struct mf_verdict *verdict);
/* "143,210 blobs and 12 files, 3.4 GB, in 1.2 s with 268 rules (built in)" */
void mf_text_scanned(struct mf_pen *p, const struct mf_run *run, void (*put)(struct mf_pen *, struct mf_str));

#endif
