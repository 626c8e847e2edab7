/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly export: fetch named secrets, mask them, hand them to the following steps. */
#include "commands.h"
#include "gitlab_ci.h"
#include "session.h"

static const struct mf_opt opts[] = {
	MF_OPTS_EXPORT,
	{ .kind = MF_OPT_KEY, .key = MF_K_GITLAB_SECRETS },
	MF_OPTS_VAULT,
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_INLINE },
	MF_OPTS_AWS,
	MF_OPTS_AWS_READ,
	MF_OPTS_GCP,
	MF_OPTS_GCP_READ,
	MF_OPTS_MINT,
	MF_OPTS_AZURE,
	MF_OPTS_AZURE_READ,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

/* Arguments stand for themselves: what the file lists is fetched only when there are none. */
static int take_pairs(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	if (args->n)
		mf_conf_clear_wants(env->conf);
	for (size_t i = 0; i < args->n; i++)
		if (mf_conf_add_pair(env->conf, args->v[i], i + 1, err))
			return -1;
	if (mf_gitlab_secrets(env, err))
		return -1;
	if (mf_conf_wants(env->conf))
		return 0;
	mf_fail(err, MF_E_CMD_NOTHING, "nothing to export");
	mf_err_why(err, "no NAME=REF was given and .mayfly.yml has no 'secrets:'");
	mf_err_hint(err, "mayfly export DEPLOY_API_KEY=vault://secret/data/ci/deploy#api_key");
	return -1;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	if (take_pairs(env, args, err))
		return -1;
	return env->common.dry_run ? mf_report_plan(env, NULL, err) : mf_session_go(env, NULL, err);
}

const struct mf_cmd mf_cmd_export = {
	.name = "export",
	.args = "[NAME=REF...]",
	.brief = "fetch secrets, mask them, hand them to the following steps",
	.about =
		"Fetches each reference (vault://PATH#FIELD, env://NAME, file:///PATH), masks it in the log and makes it the "
		"variable NAME for the following steps. Without arguments the secrets of .mayfly.yml are taken. On GitHub the "
		"variables go to GITHUB_ENV and GITHUB_OUTPUT. On GitLab, whose runner cannot mask at run time, --unmasked-ok is "
		"needed and the shell text on standard output is for eval. Elsewhere say where to with --to.",
	.example =
		"mayfly export API_KEY=vault://secret/data/ci/deploy#api_key\n"
		"eval \"$(mayfly export --unmasked-ok)\"\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
