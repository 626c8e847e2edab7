/* SPDX-License-Identifier: Apache-2.0 */
/* A baseline in memory. */
#ifndef MF_POLICY_BASELINE_H
#define MF_POLICY_BASELINE_H

#include "policy.h"

/* One finding at one path. Numbers are of mf_baseline.texts. */
struct mf_baseline_entry {
	uint32_t next;			/* with the same rule, path and line */
	uint32_t commit, secret, id;	/* MF_NONE: none */
	bool redacted;			/* the secret is what gitleaks or we show of it */
};

struct mf_baseline {
	char *name;
	struct mf_intern texts;
	struct mf_intern places;	/* (rule, path, line) */
	uint32_t *heads;		/* of each place: its last entry */
	size_t heads_cap;
	struct mf_baseline_entry *v;
	size_t n, cap;
	size_t redacted;		/* without an id */
};

/* What one finding of the file says; `paths` has n_paths of them. */
struct mf_baseline_item {
	struct mf_str rule, commit, secret, id;
	const struct mf_str *paths;
	size_t n_paths;
	unsigned line;
	bool redacted;
};
int mf_baseline_add(struct mf_baseline *b, const struct mf_baseline_item *item, struct mf_err *err) MF_MUST_USE;

/* Reads the file's text into an empty baseline. */
int mf_baseline_parse(struct mf_baseline *b, struct mf_str text, struct mf_err *err) MF_MUST_USE;

#endif
