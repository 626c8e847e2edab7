/* SPDX-License-Identifier: Apache-2.0 */
/* Drop-ins: another action's inputs, and its habits. */
#include "drop_in.h"

#include <stdlib.h>

static const struct {
	const char *inputs, *model;
	int (*read)(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err);
} drop_ins[] = {
	{ "vault-action", "vault-action", mf_conf_read_vault_action },
	{ "aws", "configure-aws-credentials and aws-secretsmanager-get-secrets", mf_conf_read_aws_inputs },
	{ "gcp", "google-github-actions/auth and get-secretmanager-secrets", mf_conf_read_gcp_inputs },
	{ "azure", "azure/login and get-keyvault-secrets", mf_conf_read_azure_inputs },
};

/* Proxies of one step: the client knows the variables that everybody has for them. */
static int set_proxy(const struct mf_env *env, struct mf_err *err)
{
	static const struct { const char *input, *variables[2]; } proxies[] = { { "INPUT_HTTP-PROXY", { "HTTPS_PROXY", "HTTP_PROXY" } }, { "INPUT_NO-PROXY", { "NO_PROXY", NULL } } };

	for (size_t i = 0; i < MF_COUNT(proxies); i++) {
		const char *value = env->getenv(proxies[i].input);

		for (size_t k = 0; k < 2 && value && *value && proxies[i].variables[k]; k++)
			if (setenv(proxies[i].variables[k], value, 1))
				return mf_fail_nomem(err);
	}
	return 0;
}

int mf_drop_in_read(struct mf_env *env, struct mf_err *err)
{
	const char *inputs = env->getenv("MAYFLY_INPUTS");
	size_t i = 0;

	if (!inputs || !*inputs)
		return 0;
	while (i < MF_COUNT(drop_ins) && strcmp(drop_ins[i].inputs, inputs) != 0)
		i++;
	if (i == MF_COUNT(drop_ins)) {
		mf_fail(err, MF_E_CMD_INPUTS, "MAYFLY_INPUTS is '%s'", inputs);
		mf_err_hint(err, "unset it, or use one of the drop-in actions, which set it: vault-action, aws, gcp, azure");
		return -1;
	}
	if (set_proxy(env, err) || drop_ins[i].read(env->conf, env->getenv, err))
		return -1;
	env->drop_in = true;
	/* they replace variables that are there, as their models do */
	return mf_conf_is_set(env->conf, MF_K_EXPORT_OVERWRITE) ? 0 : mf_conf_set_env(env->conf, MF_K_EXPORT_OVERWRITE, "true", "the drop-in", err);
}
