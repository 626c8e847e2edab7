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

/* What each provider is asked for beside secrets, and how it is asked for nothing. */
static const struct {
	enum mf_key export;		/* names the provider */
	struct { enum mf_key key; const char *nothing; } wishes[4];
} providers[] = {
	{ MF_K_VAULT_EXPORT_TOKEN, { { MF_K_VAULT_EXPORT_TOKEN, "false" }, { MF_K_VAULT_OUTPUT_TOKEN, "false" } } },
	{ MF_K_AWS_EXPORT, { { MF_K_AWS_EXPORT, "false" }, { MF_K_AWS_OUTPUT, "false" } } },
	{ MF_K_GCP_EXPORT, { { MF_K_GCP_EXPORT, "false" }, { MF_K_GCP_OUTPUT_TOKEN, "false" }, { MF_K_GCP_EXPORT_TOKEN, "false" }, { MF_K_GCP_ID_TOKEN_AUDIENCE, "" } } },
	{ MF_K_AZURE_EXPORT, { { MF_K_AZURE_EXPORT, "false" }, { MF_K_AZURE_OUTPUT_TOKEN, "false" } } },
	{ MF_K_GITHUB_SCOPE, { { MF_K_GITHUB_SCOPE, "" } } },
	{ MF_K_PUBLISH_TO, { { MF_K_PUBLISH_TO, "none" } } },
};

int mf_exchange_only(struct mf_conf *conf, enum mf_key but, struct mf_err *err)
{
	for (size_t i = 0; i < MF_COUNT(providers); i++)
		for (size_t k = 0; k < MF_COUNT(providers[i].wishes) && providers[i].wishes[k].nothing && providers[i].export != but; k++)
			if (mf_conf_set_flag(conf, providers[i].wishes[k].key, providers[i].wishes[k].nothing, err))
				return -1;
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
