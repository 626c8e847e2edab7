/* SPDX-License-Identifier: Apache-2.0 */
/* What a report is made of, without the secrets that names hold: names of files, repositories, people, branches. */
#ifndef MF_REPORT_SHOWABLE_H
#define MF_REPORT_SHOWABLE_H

#include <mayfly/report.h>

/* Texts are borrowed from what it was made of, or owned. `list` is in the order of what is shown, so that merged shards, which know no other
 * names, are in the same one. */
struct mf_showable {
	struct mf_run run;
	struct mf_findings list;
	struct mf_finding *copy;	/* of the list; NULL: no name holds a secret */
	void **own;
	size_t n_own, cap_own;
};
int mf_showable_open(struct mf_showable *v, const struct mf_run *run, const struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
void mf_showable_close(struct mf_showable *v);

#endif
