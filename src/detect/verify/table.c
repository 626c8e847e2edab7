/* SPDX-License-Identifier: Apache-2.0 */
/* The checks by name. */
#include "verify_priv.h"

const char *const mf_check_names[] = {
#define MF_CHECK(name, symbol) name,
#include "checks.def"
#undef MF_CHECK
	NULL
};

static enum mf_verdict_format (*const run[])(const struct mf_vin *) = {
#define MF_CHECK(name, symbol) mf_vc_##symbol,
#include "checks.def"
#undef MF_CHECK
};

const char *mf_format_name(enum mf_verdict_format f)
{
	static const char *const names[] = { "plausible", "verified-format", "format-broken" };

	return (size_t)f < MF_COUNT(names) ? names[f] : names[0];
}

enum mf_verdict_format mf_check_run(const char *name, struct mf_str secret, struct mf_str match, struct mf_token_facts *facts)
{
	struct mf_token_facts unused;
	const struct mf_vin in = { .secret = secret, .match = match.n ? match : secret, .facts = facts ? facts : &unused };

	memset(in.facts, 0, sizeof(*in.facts));
	if (!name || secret.n == 0 || secret.n > MF_V_MAX)
		return MF_FORMAT_PLAUSIBLE;
	for (size_t i = 0; i < MF_COUNT(run); i++)
		if (strcmp(mf_check_names[i], name) == 0)
			return run[i](&in);
	return MF_FORMAT_PLAUSIBLE;
}
