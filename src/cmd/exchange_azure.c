/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly exchange azure: the identity token for access tokens of Entra ID, and nothing else. */
#include "commands.h"
#include "session.h"

struct own_opts {
	const char *output;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "output", .letter = 'o', .arg = "FILE",
	  .brief = "write the first access token to FILE (new, mode 0600) instead of exporting",
	  .offset = offsetof(struct own_opts, output) },
	MF_OPTS_AZURE,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct own_opts *own = env->opts;

	(void)args;
	mf_conf_clear_wants(env->conf);
	if (mf_conf_set_flag(env->conf, MF_K_AZURE_EXPORT, "true", err) || mf_exchange_only(env->conf, MF_K_AZURE_EXPORT, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, own->output, err);
	return mf_session_go(env, own->output, err);
}

const struct mf_cmd mf_cmd_exchange_azure = {
	.name = "exchange azure",
	.args = "",
	.brief = "exchange the job's identity for a short-lived login to Azure",
	.about =
		"Logs in to Entra ID with the job's identity, to be sure that it can, and hands the login to the following steps: AZURE_CLIENT_ID, AZURE_TENANT_ID, "
		"AZURE_AUTHORITY_HOST and AZURE_FEDERATED_TOKEN_FILE for Azure's SDKs, ARM_* for Terraform, and the access tokens that --azure-scope names. The file "
		"with the identity token is private, lies outside of the checkout, and is wiped at the end of the job. Access tokens cannot be revoked: they end by "
		"themselves.",
	.example =
		"mayfly exchange azure --azure-tenant-id contoso.onmicrosoft.com --azure-client-id ID\n"
		"mayfly exchange azure --azure-scope GRAPH_TOKEN=graph\n",
	.opts = opts,
	.opts_size = sizeof(struct own_opts),
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
