/* SPDX-License-Identifier: Apache-2.0 */
/* The environment's layer: MAYFLY_*, the action's inputs, then the names that other tools use. */
#include <ctype.h>
#include <stdio.h>

#include "conf_priv.h"

/* Our action's inputs are ours only there: a drop-in's INPUT_* have their own meanings. */
static bool has_inputs(mf_getenv_fn env, const struct mf_job *job)
{
	const char *whose = env("MAYFLY_INPUTS");

	return job && job->ci == MF_CI_GITHUB && job->action && !(whose && *whose);
}

static const char *nonempty(mf_getenv_fn env, const char *name)
{
	const char *value = env(name);

	return value && *value ? value : NULL;
}

/* The runner makes INPUT_VAULT-URL out of `vault-url`: upper case, hyphens kept. */
static const char *find_input(mf_getenv_fn env, enum mf_key k, char origin[static 96])
{
	char input[64], name[80];
	size_t i;
	const char *value;

	mf_key_input(input, k);
	snprintf(name, sizeof(name), "INPUT_%s", input);
	for (i = strlen("INPUT_"); name[i]; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	value = nonempty(env, name);
	if (value)
		snprintf(origin, 96, "input '%s'", input);
	return value;
}

/* vault-action reads no VAULT_* variable: what one is set for elsewhere in the job must not change what its drop-in does. */
static bool knows_only_inputs(mf_getenv_fn env, enum mf_key k)
{
	return nonempty(env, "MAYFLY_INPUTS") && strncmp(mf_key_info(k)->symbol, "VAULT_", 6) == 0;
}

/* The first of the key's variables that is set; the first name is ours, the inputs come right after it. */
static const char *find(mf_getenv_fn env, enum mf_key k, bool inputs, char origin[static 96])
{
	const char *p = mf_key_info(k)->env, *value;
	bool ours = true;

	while (p && *p) {
		size_t n = strcspn(p, " ");

		snprintf(origin, 96, "%.*s", (int)n, p);
		value = nonempty(env, origin);
		if (value)
			return value;
		if (ours && inputs) {
			value = find_input(env, k, origin);
			if (value)
				return value;
		}
		if (ours && knows_only_inputs(env, k))
			return NULL;
		ours = false;
		p += n;
		p += strspn(p, " ");
	}
	return NULL;
}

int mf_conf_read_env(struct mf_conf *c, mf_getenv_fn env, const struct mf_job *job, struct mf_err *err)
{
	bool inputs = has_inputs(env, job);
	char origin[96];

	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const char *value;

		/* what a flag has decided already need not even be well-formed here */
		if (c->values[k].origin && c->values[k].rank > MF_RANK_ENV)
			continue;
		value = find(env, k, inputs, origin);
		if (value && mf_conf_put(c, k, MF_RANK_ENV, origin, mf_str(value), err))
			return -1;
	}
	if (!mf_conf_is_set(c, MF_K_SECRETS_INPUT))
		return 0;
	return mf_conf_add_lines(c, mf_str(mf_conf_str(c, MF_K_SECRETS_INPUT)), mf_conf_origin(c, MF_K_SECRETS_INPUT), err);
}
