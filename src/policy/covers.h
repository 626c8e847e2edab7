/* SPDX-License-Identifier: Apache-2.0 */
/* What the ignore file and the baseline say of a finding. */
#ifndef MF_POLICY_COVERS_H
#define MF_POLICY_COVERS_H

#include "policy.h"

/* Whether each path of the finding is named, as it is or as `hide` (or NULL) has it shown. The commit is compared for the first path only, since of the others it is not known.
 * *why is the file's name. -1: memory is out. */
int mf_ignore_covers(bool *yes, const struct mf_ignore *ig, const struct mf_finding *f, const struct mf_hide *hide, const char **why,
		     struct mf_err *err) MF_MUST_USE;

/* The same for a baseline. `ids` are the finding's, of which any may be the baseline's; *need_id: more than `ids` is needed to tell. */
int mf_baseline_covers(bool *yes, bool *need_id, const struct mf_baseline *b, const struct mf_finding *f, const struct mf_hide *hide, const char *const *ids,
		       size_t n_ids, struct mf_err *err) MF_MUST_USE;
const char *mf_baseline_name(const struct mf_baseline *b);

/* What a fingerprint begins with: the commit, the blob of what no commit reaches, or "". */
const char *mf_finding_origin(const struct mf_finding *f);

/* The i-th name of the finding's rule: its id, then its aliases; NULL at the end. */
const char *mf_finding_rule_name(const struct mf_finding *f, size_t i);

#endif
