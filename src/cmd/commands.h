/* SPDX-License-Identifier: Apache-2.0 */
/* One definition a file: its options, its help, its entry. */
#ifndef MAYFLY_CMD_COMMANDS_H
#define MAYFLY_CMD_COMMANDS_H

#include <mayfly/cmd.h>

extern const struct mf_cmd mf_cmd_run, mf_cmd_exchange_vault, mf_cmd_exchange_aws, mf_cmd_exchange_gcp, mf_cmd_exchange_azure, mf_cmd_exchange_github, mf_cmd_exchange_publish, mf_cmd_gcp_token, mf_cmd_aws_credentials, mf_cmd_docker_credential, mf_cmd_export, mf_cmd_agent, mf_cmd_revoke, mf_cmd_scan, mf_cmd_check, mf_cmd_doctor, mf_cmd_merge, mf_cmd_hook_install,
	mf_cmd_gitleaks_git, mf_cmd_gitleaks_dir, mf_cmd_gitleaks_stdin, mf_cmd_gitleaks_detect, mf_cmd_gitleaks_protect, mf_cmd_gitleaks_version,
	mf_cmd_completion, mf_cmd_help;

/* An exchange is with one provider, whatever else the configuration asks for: takes the others' wishes away. `but`: the key that stays. */
int mf_exchange_only(struct mf_conf *conf, enum mf_key but, struct mf_err *err);

/* The options of every command that logs in and exports: one list, so that they never differ. */
#define MF_OPTS_IDENTITY \
	{ .kind = MF_OPT_KEY, .key = MF_K_ON_NO_IDENTITY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_TOKEN_ENV }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_TOKEN_FILE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_TOKEN_COMMAND }

/* What a scan takes, by itself and as the first stage of run. */
#define MF_OPTS_SCAN \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_HISTORY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_RULES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_ENABLE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_DISABLE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_BASELINE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_REPORTS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_STRICT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_IGNORED }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_SUBMODULES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_ARCHIVES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_MAX_SIZE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_THREADS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_STATE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_STATE_KEY_ENV }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_CATEGORY }

/* The same of a check. */
#define MF_OPTS_CHECK \
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_JOB_MAX }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_MAX_STATIC }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_TREND }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_REPORTS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_ONLINE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_ONLINE_HOSTS }

#define MF_OPTS_NET \
	{ .kind = MF_OPT_KEY, .key = MF_K_TIMEOUT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_TRIES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_CA_FILE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_ALLOW_HTTP }

#define MF_OPTS_VAULT_NET \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_REDIRECT_TO }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_CA_FILE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_CLIENT_CERT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_CLIENT_KEY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_SKIP_VERIFY }

#define MF_OPTS_VAULT \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_ROLE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_METHOD }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_PATH }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_NAMESPACE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_ROLE_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_USERNAME }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_K8S_TOKEN_FILE }, \
	MF_OPTS_VAULT_NET

#define MF_OPTS_AWS \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_ROLE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_REGION }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_DURATION }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SOURCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_USE_EXISTING }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_WEB_IDENTITY_FILE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SESSION_NAME }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SESSION_POLICY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SESSION_POLICIES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_CHAIN }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_EXTERNAL_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SOURCE_IDENTITY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SESSION_TAGS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_OPTIONAL_TAGS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_TRANSITIVE_TAGS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_ACCOUNT_IDS }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_STS_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_PROFILE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_MASK_ACCOUNT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_OUTPUT }

#define MF_OPTS_AWS_READ \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_EXPORT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_LIMIT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SECRETS_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AWS_SSM_URL }

#define MF_OPTS_GCP \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_PROVIDER }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_SERVICE_ACCOUNT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_PROJECT_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_SCOPES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_LIFETIME }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_DELEGATES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_SUBJECT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_ID_TOKEN_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_ID_TOKEN_EMAIL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_SOURCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_MACHINE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_UNIVERSE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_REASON }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_STS_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_IAM_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_OAUTH_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_EXPORT_TOKEN }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_OUTPUT_TOKEN }

#define MF_OPTS_GCP_READ \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_EXPORT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_SECRETS_URL }

#define MF_OPTS_MINT \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_SCOPE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_IDENTITY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_TOKEN_NAME }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_STS_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_GITHUB_API_URL }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_PUBLISH_TO }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_PUBLISH_PACKAGE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_PUBLISH_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_PUBLISH_URL }

#define MF_OPTS_AZURE \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_TENANT_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_CLIENT_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_SUBSCRIPTION_ID }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_AUDIENCE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_CLOUD }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_AUTHORITY_HOST }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_SCOPES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_MANAGED_IDENTITY }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_CLI }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_NO_SUBSCRIPTION }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_OUTPUT_TOKEN }

#define MF_OPTS_AZURE_READ \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_EXPORT }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AZURE_VAULT_URLS }

#define MF_OPTS_AGENT \
	{ .kind = MF_OPT_KEY, .key = MF_K_KEEP_FRESH }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AGENT_LIFE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_AGENT_IDLE }

#define MF_OPTS_EXPORT \
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_TO }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_OVERWRITE }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_ALLOW_NAMES }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_REQUIRE_MASK }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_UNMASKED_OK }, \
	{ .kind = MF_OPT_KEY, .key = MF_K_REVOKE }

#endif
