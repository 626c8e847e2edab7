/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the SARIF report. */
#ifndef MF_REPORT_SARIF_H
#define MF_REPORT_SARIF_H

#include "show.h"

/* For each finding of the list what tells GitHub that it is the same as in an earlier run: the hash of its redacted line, and how often
 * that hash occurred in the file before. */
struct mf_line_hash {
	uint64_t hash;
	size_t nth;		/* from 1 */
};
/* The hash that GitHub's upload computes of a text from the beginning of a line: 64 bits, a window of 100 units of UTF-16. */
uint64_t mf_line_hash(struct mf_str text);
int mf_line_hashes(struct mf_line_hash **out, struct mf_show *s, struct mf_err *err) MF_MUST_USE;

/* Which findings go into the report, at most `max`: those that count come before those that pass. In the list's order; *n is their number. */
int mf_sarif_pick(const struct mf_finding ***out, size_t *n, const struct mf_findings *list, size_t max, struct mf_err *err) MF_MUST_USE;

/* The rules of the picked findings, each once, by id; and a rule's place in them. */
struct mf_sarif_rules {
	const struct mf_finding **v;	/* any finding of the rule */
	size_t n;
};
int mf_sarif_rules(struct mf_sarif_rules *out, const struct mf_finding *const *picked, size_t n, struct mf_err *err) MF_MUST_USE;
size_t mf_sarif_rule(const struct mf_sarif_rules *rules, const struct mf_finding *f);
void mf_sarif_rules_write(struct mf_pen *p, const struct mf_sarif_rules *rules);

#endif
