/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this version, in the order of the help. */
#include "commands.h"

const struct mf_cmd *const mf_cmds[] = {
	&mf_cmd_run, &mf_cmd_scan, &mf_cmd_check, &mf_cmd_doctor, &mf_cmd_merge, &mf_cmd_hook_install, &mf_cmd_exchange_vault, &mf_cmd_exchange_aws, &mf_cmd_exchange_gcp, &mf_cmd_exchange_azure, &mf_cmd_exchange_github, &mf_cmd_exchange_publish, &mf_cmd_gcp_token, &mf_cmd_aws_credentials, &mf_cmd_docker_credential, &mf_cmd_export, &mf_cmd_agent, &mf_cmd_revoke,
	&mf_cmd_gitleaks_git, &mf_cmd_gitleaks_dir, &mf_cmd_gitleaks_stdin, &mf_cmd_gitleaks_detect, &mf_cmd_gitleaks_protect, &mf_cmd_gitleaks_version,
	&mf_cmd_completion, &mf_cmd_help,
	NULL,
};
