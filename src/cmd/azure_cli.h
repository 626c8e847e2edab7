/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAYFLY_CMD_AZURE_CLI_H
#define MAYFLY_CMD_AZURE_CLI_H

#include "session.h"

/* After the export, where azure.cli asks for it: logs az in as the job. MF-CMD-09. */
int mf_azure_cli(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

#endif
