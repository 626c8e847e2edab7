/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as gitleaks 8 has it. */
#ifndef MF_REPORT_GITLEAKS_H
#define MF_REPORT_GITLEAKS_H

#include <mayfly/hide.h>
#include <mayfly/report.h>
#include "pen.h"

/* Texts are borrowed from the finding or kept here. */
struct mf_leak {
	const char *rule, *description, *file, *commit, *email;
	char date[21];
	unsigned line, end_line, col, end_col;
	double entropy;
	const char *const *tags;
	size_t n_tags;
	unsigned encoding, depth;
	struct mf_buf match, secret, author, message, fingerprint, link;
};
/* `hide`: the secrets of all findings, or NULL where redaction is not full. */
int mf_leak_make(struct mf_leak *l, const struct mf_finding *f, const struct mf_run *run, const struct mf_hide *hide, const struct mf_report_opts *opts,
		 struct mf_err *err) MF_MUST_USE;
void mf_leak_free(struct mf_leak *l);

/* Every finding that counts, once for each of its paths, to `put`, which may fail only through the pen; *n is their number. `links`: whether the first has one. */
typedef void mf_leak_fn(struct mf_pen *p, const struct mf_leak *l, bool first, bool links);
int mf_leak_each(struct mf_pen *p, const struct mf_run *run, const struct mf_findings *list, const struct mf_report_opts *opts, mf_leak_fn *put, size_t *n,
		 struct mf_err *err) MF_MUST_USE;

/* gitleaks' id of a rule when `ids` asks for it: the first alias that is in the list (any, when the list is empty). */
const char *mf_leak_rule(const struct mf_rule *rule, const char *const *ids);

/* Each tag: `put` with the tag's text. */
void mf_leak_tags(struct mf_pen *p, const struct mf_leak *l, const char *between, void (*put)(struct mf_pen *, struct mf_str));

/* The JSON object, indented by `tab`s of which `depth` stand before each line. */
void mf_leak_json(struct mf_pen *p, const struct mf_leak *l, const char *tab, int depth);

#endif
