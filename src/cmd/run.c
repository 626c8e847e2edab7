/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly run: the whole step, from the job's identity to masked secrets in the job. */
#include <stdlib.h>

#include "check.h"
#include "commands.h"
#include "drop_in.h"
#include "gitlab_ci.h"
#include "scan.h"
#include "session.h"

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_ENABLED },
	MF_OPTS_SCAN,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_CHECK,
	{ .kind = MF_OPT_KEY, .key = MF_K_GITLAB_SECRETS },
	MF_OPTS_VAULT,
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_INLINE },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_EXPORT_TOKEN },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_OUTPUT_TOKEN },
	MF_OPTS_AWS,
	MF_OPTS_AWS_READ,
	MF_OPTS_GCP,
	MF_OPTS_GCP_READ,
	MF_OPTS_MINT,
	MF_OPTS_AZURE,
	MF_OPTS_AZURE_READ,
	MF_OPTS_IDENTITY,
	MF_OPTS_EXPORT,
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int nothing_configured(struct mf_err *err)
{
	mf_fail(err, MF_E_CMD_NOTHING, "nothing to do: no secret and no token is asked for");
	mf_err_hint(err, "write a .mayfly.yml, or see  mayfly run --help");
	mf_err_advice(err,
		"vault:\n"
		"  url: https://vault.example.com\n"
		"  role: ci\n"
		"secrets:\n"
		"  DEPLOY_API_KEY: vault://secret/data/ci/deploy#api_key\n");
	return -1;
}

static int stages(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	if (mf_drop_in_read(env, err))
		return -1;
	/* a drop-in does what its model does, and no more unless it is asked to */
	if (!mf_conf_bool(env->conf, MF_K_SCAN_ENABLED) || (env->drop_in && !mf_conf_is_set(env->conf, MF_K_SCAN_ENABLED)))
		mf_info("the repository was not scanned");
	else if (mf_scan_stage(env, err))
		return -1;
	if (!mf_conf_bool(env->conf, MF_K_LIFETIME_ENABLED) || (env->drop_in && !mf_conf_is_set(env->conf, MF_K_LIFETIME_ENABLED)))
		mf_info("the job was not checked for credentials that live too long");
	else if (mf_check_stage(env, err))
		return -1;
	if (mf_gitlab_secrets(env, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, NULL, err);
	if (mf_conf_wants(env->conf) == 0 && !mf_session_needs_login(env->conf)) {
		if (!env->drop_in)
			return nothing_configured(err);
		/* as vault-action takes it, say from a workflow that is called with a list that may be empty */
		mf_warn("no secret and no token is asked for: nothing is done");
		return 0;
	}
	return mf_session_go(env, NULL, err);
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const int rc = stages(env, args, err);

	if (env->checked) {
		mf_check_list_free(env->checked);
		free(env->checked);
	}
	return rc;
}

const struct mf_cmd mf_cmd_run = {
	.name = "run",
	.args = "",
	.brief = "the whole step: scan, identity, login, secrets masked and exported",
	.about =
		"Looks for committed secrets first, as `mayfly scan` does, and goes on only when there are none; --no-scan leaves that out. Then for credentials that live too long, as `mayfly check` does; --no-check leaves that out. Then asks the CI for this job's identity token, exchanges it for a short-lived Vault or OpenBao token, fetches the "
		"secrets that .mayfly.yml or the action's inputs name, masks them in the log and hands them to the following "
		"steps. All or nothing: when one secret fails, none is exported and the token is revoked. `mayfly revoke`, the "
		"post step of the action, ends what was obtained.\n\n"
		"With --dry-run nothing is requested and nothing is written: it shows what the job would ask for, also on a "
		"laptop.",
	.example =
		"mayfly run --dry-run\n"
		"mayfly run --vault-url https://vault.example.com --vault-role ci\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
