/* SPDX-License-Identifier: Apache-2.0 */
/* The role that would let this job's token in, as a command to paste. */
#include "vault.h"

#include <stdlib.h>
#include <mayfly/enc.h>

enum { ADVICE_MAX = 1500 };

/* Claims that a role should bind, by who issued the token; the first one that is there also names the user. */
static const char *const github_claims[] = { "repository", "repository_id", "ref", "environment", NULL };
static const char *const gitlab_claims[] = { "project_path", "project_id", "ref", "ref_type", "environment", NULL };

static int member(struct mf_buf *out, const char *sep, const char *key, struct mf_str value, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "%s\"%s\": ", sep, key))
		return -1;
	return mf_json_quote(out, value, err);
}

static int bound_claims(struct mf_buf *out, const struct mf_claims *claims, const char *const *names, struct mf_err *err)
{
	bool any = false;

	if (mf_buf_puts(out, "  \"bound_claims\": { ", err))
		return -1;
	for (; *names; names++) {
		struct mf_str value = mf_claim(claims, *names);

		if (value.n == 0)
			continue;
		if (member(out, any ? ", " : "", *names, value, err))
			return -1;
		any = true;
	}
	return mf_buf_puts(out, " },\n", err);
}

static int write_role(struct mf_buf *out, const struct mf_claims *claims, const char *mount, const char *role, struct mf_err *err)
{
	bool github = mf_claim(claims, "repository").n > 0, gitlab = mf_claim(claims, "project_path").n > 0;

	if (mf_buf_printf(out, err, "bao write auth/%s/role/%s - <<'EOF'\n{\n  \"role_type\": \"jwt\",\n  \"user_claim\": \"%s\",\n", mount,
			  role, github ? "repository" : gitlab ? "project_path" : "sub"))
		return -1;
	if (claims->aud.n && (mf_buf_puts(out, "  \"bound_audiences\": [", err) || mf_json_quote(out, claims->aud, err) ||
			      mf_buf_puts(out, "],\n", err)))
		return -1;
	if (github || gitlab) {
		if (bound_claims(out, claims, github ? github_claims : gitlab_claims, err))
			return -1;
	} else if (member(out, "  ", "bound_subject", claims->sub, err) || mf_buf_puts(out, ",\n", err)) {
		return -1;
	}
	return mf_buf_puts(out, "  \"token_policies\": [\"NAME-OF-YOUR-POLICY\"],\n  \"token_ttl\": \"15m\"\n}\nEOF\n", err);
}

void mf_vault_role_advice(const struct mf_claims *claims, const char *mount, const char *role, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(ADVICE_MAX);
	struct mf_err ignored = { 0 };

	/* a role that does not fit is left out: half a command is worse than none */
	if (write_role(&text, claims, mount, role, &ignored) == 0)
		mf_err_advice(err, "%s", mf_buf_text(&text));
	mf_buf_free(&text);
}
