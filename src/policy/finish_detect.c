/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of what was collected, with detect/ to ask where a rule looks and what an allowlist covers. */
#include "collect.h"

struct both {
	const struct mf_detector *detector;
	struct mf_scanner *scanner;
};

static bool path_ok(void *ctx, const struct mf_rule *rule, const char *path)
{
	return mf_rule_path_ok(((const struct both *)ctx)->detector, rule, path);
}

static bool allowlisted(void *ctx, const struct mf_cand *c, const char *path, const char *commit, const char **why)
{
	return mf_allowlisted(((const struct both *)ctx)->scanner, c, path, commit, why);
}

int mf_collect_finish(struct mf_findings *out, struct mf_collect *c, const struct mf_origins *origins, size_t oid_len, const struct mf_detector *d,
		      struct mf_scanner *s, enum mf_joining joining, struct mf_err *err)
{
	struct both both = { .detector = d, .scanner = s };
	const struct mf_ask ask = { .path_ok = path_ok, .allowlisted = allowlisted, .ctx = &both };

	return mf_collect_finish_asking(out, c, origins, oid_len, &ask, joining, err);
}
