/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates, places and findings made in a line, for the tests of policy/. */
#ifndef MAYFLY_TEST_SUPPORT_POLICY_H
#define MAYFLY_TEST_SUPPORT_POLICY_H

#include "../../src/policy/collect.h"

extern const struct mf_rule policy_rules[4];	/* "token", "password" (aliases "old-password", "generic"), "tf-only", "key" */

/* One candidate on a line of its own. */
struct mf_cand make_cand(const struct mf_rule *rule, const char *secret, unsigned line);
int push_cand(struct mf_cands *list, struct mf_cand cand);
struct mf_oid make_oid(unsigned n);

/* Answers that need no detector: "tf-only" looks at *.tf, everything below "allow/" is allowlisted, and so is commit 0x77... */
extern const struct mf_ask policy_ask;

/* All that a finding says, as text, one line each; the caller frees it. */
char *show_findings(const struct mf_findings *list);

#endif
