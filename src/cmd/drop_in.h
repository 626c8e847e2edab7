/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAYFLY_CMD_DROP_IN_H
#define MAYFLY_CMD_DROP_IN_H

#include <mayfly/cmd.h>

/* Where MAYFLY_INPUTS names another action: its inputs become our configuration, and env->drop_in is set. MF-CMD-04, MF-REF-04. */
int mf_drop_in_read(struct mf_env *env, struct mf_err *err) MF_MUST_USE;

#endif
