/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of policy/ share. */
#ifndef MF_POLICY_POLICY_H
#define MF_POLICY_POLICY_H

#include <mayfly/policy.h>
#include "intern.h"

/* strcmp() where either may be NULL, which comes first. */
int mf_compare_text(const char *a, const char *b);

/* By rule, blob and what was found there, without path, commit and verdicts: 0 for one candidate under two paths. */
int mf_finding_compare_cand(const struct mf_finding *a, const struct mf_finding *b);

/* Whether `name` is the rule's id or an alias; of findings of an unknown rule only the id is known. */
bool mf_finding_rule_is(const struct mf_finding *f, struct mf_str name);

/* What is hashed as the credential: the secret, or the match of a rule that only names a path and has no secret. */
struct mf_str mf_finding_credential(const struct mf_finding *f);

/* Stars over each run of 16 or more characters that may be an encoded value. In place. */
void mf_mask_encoded(char *p, size_t n);

#endif
