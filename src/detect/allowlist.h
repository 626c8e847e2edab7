/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an allowlist covers a finding, with gitleaks' meaning. */
#ifndef MF_DETECT_ALLOWLIST_H
#define MF_DETECT_ALLOWLIST_H

#include <mayfly/rules.h>

/* `path` (with '/') and `commit` may be NULL: then what asks for them does not cover. A list with targetRules covers only findings of those rules.
 * An expression that reaches a limit does not cover: the finding stays. */
bool mf_allowlist_covers(const struct mf_allowlist *a, struct mf_regex_run *run, const struct mf_rule *rule, struct mf_str secret, struct mf_str match,
			 struct mf_str line, const char *path, const char *commit);

#endif
