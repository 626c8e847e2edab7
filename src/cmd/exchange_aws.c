/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly exchange aws: the identity token for a session of an AWS role, and nothing else. */
#include "commands.h"
#include "session.h"

static const struct mf_opt opts[] = {
	MF_OPTS_AWS,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	mf_conf_clear_wants(env->conf);
	if (mf_conf_set_flag(env->conf, MF_K_AWS_EXPORT, "true", err) || mf_exchange_only(env->conf, MF_K_AWS_EXPORT, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, NULL, err);
	return mf_session_go(env, NULL, err);
}

const struct mf_cmd mf_cmd_exchange_aws = {
	.name = "exchange aws",
	.args = "",
	.brief = "exchange the job's identity for a session of an AWS role",
	.about =
		"Takes on a role with the job's identity, further ones from there with --aws-chain, and hands the last session to the following steps: AWS_ACCESS_KEY_ID, "
		"AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_DEFAULT_REGION, which AWS's command line, SDKs and Terraform read. Sessions on the way live for 15 "
		"minutes and go to nobody. AWS cannot revoke a session: ask for one that lives as long as the job takes (--aws-duration).",
	.example =
		"mayfly exchange aws --aws-role arn:aws:iam::123456789012:role/deploy --aws-region eu-west-1\n"
		"mayfly exchange aws --aws-duration 15m --aws-chain arn:aws:iam::210987654321:role/deploy\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
