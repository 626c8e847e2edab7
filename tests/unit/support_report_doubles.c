/* SPDX-License-Identifier: Apache-2.0 */
#include <mayfly/policy.h>
#define W __attribute__((weak))
W const char *mf_severity_name(enum mf_severity s) { static const char *const n[] = { "low", "medium", "high", "critical" }; return n[s]; }
W const char *mf_format_name(enum mf_verdict_format f) { static const char *const n[] = { "plausible", "verified-format", "format-broken" }; return n[f]; }
W const struct mf_rule mf_builtin_rules[1] = { { .id = "zzz" } };
W const size_t mf_n_builtin_rules = 1;
W void mf_verdict_of(struct mf_verdict *o, const struct mf_findings *l)
{
	*o = (struct mf_verdict){ 0 };
	for (size_t i = 0; i < l->n; i++) { if (l->v[i].pass) o->passed[l->v[i].pass]++; else { o->findings++; o->expired += l->v[i].pass_until != 0; } }
}
