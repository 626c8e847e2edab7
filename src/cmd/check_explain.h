/* SPDX-License-Identifier: Apache-2.0 */
/* `mayfly check --explain`: one credential or one habit in plain words, and how this very repository does without it. */
#ifndef MAYFLY_CMD_CHECK_EXPLAIN_H
#define MAYFLY_CMD_CHECK_EXPLAIN_H

#include <stdio.h>
#include <mayfly/check.h>
#include <mayfly/cmd.h>

/* Explains an item; or, with `item` NULL, what `what` names: a kind ("aws-access-key"), a class ("api_key") or a rule ("secrets-inherit").
 * Outside of CI the checkout at `path` stands in for the job, whose fields are added to env->job. MF-CHECK-04 for a name that is none, with the nearest. */
int mf_check_explain(struct mf_env *env, const char *path, const struct mf_check_item *item, const char *what, FILE *to, struct mf_err *err) MF_MUST_USE;

#endif
