/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this version, in the order of the help. */
#include "commands.h"

const struct mf_cmd *const mf_cmds[] = {
	&mf_cmd_run, &mf_cmd_exchange_vault, &mf_cmd_export, &mf_cmd_revoke, &mf_cmd_completion, &mf_cmd_help,
	NULL,
};
