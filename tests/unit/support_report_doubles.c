/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for what rules and checks define, where a program is linked without them. */
#include <mayfly/policy.h>

#define WEAK __attribute__((weak))

WEAK const char *mf_severity_name(enum mf_severity s)
{
	static const char *const names[] = { "low", "medium", "high", "critical" };

	return names[s];
}

WEAK const char *mf_format_name(enum mf_verdict_format f)
{
	static const char *const names[] = { "plausible", "verified-format", "format-broken" };

	return names[f];
}

WEAK const struct mf_rule mf_builtin_rules[1] = { { .id = "none" } };
WEAK const size_t mf_n_builtin_rules = 1;
