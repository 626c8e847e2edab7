/* SPDX-License-Identifier: Apache-2.0 */
/* The slow ids of many credentials, each computed once, on all processors. */
#ifndef MF_POLICY_IDS_H
#define MF_POLICY_IDS_H

#include "policy.h"

struct mf_id_job {
	const char *rule_id;	/* borrowed, as is the secret */
	struct mf_str secret;
	char id[33];		/* "" until it is computed */
};

/* Zeroed, it is empty. */
struct mf_ids {
	struct mf_intern keys;	/* numbers are those of v[] */
	struct mf_id_job *v;
	size_t cap, done;	/* v[done] on are to be computed */
};
/* The number of the finding's credential; its id is computed by the next mf_ids_run(). MF_NONE: it is not there, and `most` others are. */
int mf_ids_add(uint32_t *n, struct mf_ids *ids, const struct mf_finding *f, size_t most, struct mf_err *err) MF_MUST_USE;
bool mf_ids_has(const struct mf_ids *ids, uint32_t n);
int mf_ids_run(struct mf_ids *ids, const struct mf_accepted *a, struct mf_err *err) MF_MUST_USE;
/* Fills in ids that `c`, or NULL, has from an earlier run: they are not computed then. */
int mf_ids_recall(struct mf_ids *ids, const struct mf_collect *c, const struct mf_accepted *a, struct mf_err *err) MF_MUST_USE;
void mf_ids_free(struct mf_ids *ids);

#endif
