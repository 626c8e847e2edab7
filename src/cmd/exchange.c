/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly exchange vault: the identity token for a short-lived Vault token, and nothing else. */
#include "commands.h"
#include "session.h"

struct own_opts {
	const char *output;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "output", .letter = 'o', .arg = "FILE",
	  .brief = "write the token to FILE (new, mode 0600) instead of exporting it",
	  .offset = offsetof(struct own_opts, output) },
	MF_OPTS_VAULT,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

/* What hands a login over, and what else each provider is asked for beside secrets. */
static const struct {
	enum mf_key export;
	enum mf_key others[4];
	size_t n;
} wishes[] = {
	{ MF_K_VAULT_EXPORT_TOKEN, { MF_K_VAULT_OUTPUT_TOKEN }, 1 },
	{ MF_K_AWS_EXPORT, { MF_K_AWS_OUTPUT }, 1 },
	{ MF_K_GCP_EXPORT, { MF_K_GCP_OUTPUT_TOKEN, MF_K_GCP_EXPORT_TOKEN }, 2 },
	{ MF_K_AZURE_EXPORT, { MF_K_AZURE_OUTPUT_TOKEN }, 1 },
};

int mf_exchange_only(struct mf_conf *conf, enum mf_key but, struct mf_err *err)
{
	for (size_t i = 0; i < MF_COUNT(wishes); i++) {
		if (wishes[i].export == but)
			continue;
		if (mf_conf_set_flag(conf, wishes[i].export, "false", err))
			return -1;
		for (size_t k = 0; k < wishes[i].n; k++)
			if (mf_conf_set_flag(conf, wishes[i].others[k], "false", err))
				return -1;
	}
	return 0;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct own_opts *own = env->opts;

	(void)args;
	mf_conf_clear_wants(env->conf);
	/* inline authentication has no token to hand over, and this is asked for one */
	if (mf_conf_set_flag(env->conf, MF_K_VAULT_INLINE, "false", err))
		return -1;
	if (mf_conf_set_flag(env->conf, MF_K_VAULT_EXPORT_TOKEN, "true", err) || mf_exchange_only(env->conf, MF_K_VAULT_EXPORT_TOKEN, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, own->output, err);
	return mf_session_go(env, own->output, err);
}

const struct mf_cmd mf_cmd_exchange_vault = {
	.name = "exchange vault",
	.args = "",
	.brief = "exchange the job's identity for a short-lived Vault token",
	.about =
		"Logs in to Vault or OpenBao with the job's identity and exports VAULT_ADDR, VAULT_NAMESPACE and the masked "
		"VAULT_TOKEN to the following steps, for programs that talk to the server themselves. The token is revoked at "
		"the end of the job. Prefer `mayfly export`: it hands over the secrets and keeps the token to itself.",
	.example =
		"mayfly exchange vault --vault-url https://vault.example.com --vault-role ci\n"
		"mayfly exchange vault --output \"$RUNNER_TEMP/vault-token\"\n",
	.opts = opts,
	.opts_size = sizeof(struct own_opts),
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
