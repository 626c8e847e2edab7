/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's tokens. Lifetimes: "GitHub's token formats" and "Token expiration and revocation" in GitHub's documentation. */
#include "life_priv.h"

#define H INT64_C(3600)

static const struct mf_lf_form forms[] = {
	{ "ghp_", 40, 255, "github-classic", "github-pat-classic", "a classic personal access token of GitHub", MF_LC_API_KEY, MF_LF_STATIC, 0,
		"it opens all that its owner can; a date, where it has one, only GitHub knows" },
	{ "github_pat_", 60, 255, "github-fine", "github-pat-fine-grained", "a fine-grained personal access token of GitHub", MF_LC_API_KEY, MF_LF_UNKNOWN,
		0, "its owner chose an end, mostly within a year" },
	{ "gho_", 40, 255, "github-classic", "github-oauth", "an OAuth app's token for GitHub", MF_LC_API_KEY, MF_LF_STATIC, 0,
		"it ends after a year without use" },
	{ "ghu_", 40, 255, "github-classic", "github-app-user", "a GitHub App's token for a user", MF_LC_HUMAN_SESSION, MF_LF_FOR, 8 * H, NULL },
	{ "ghr_", 40, 255, "github-classic", "github-refresh", "a GitHub App's refresh token", MF_LC_API_KEY, MF_LF_FOR, 184 * 24 * H, NULL },
	{ "ghs_", 40, 255, "github-classic", "github-app-installation", "an installation token of GitHub", MF_LC_CI_TOKEN, MF_LF_FOR, H, NULL },
};

/* ghs_APPID_JWT says its dates itself. */
static int stateless(struct mf_lf *in)
{
	mf_lf_is(in, "github-app-installation", "an installation token of GitHub", MF_LC_CI_TOKEN);
	if (!mf_lf_check(in, "github-app-jwt", in->v, in->v))
		return mf_lf_nothing(in);
	if (in->out->expires)
		return mf_lf_measured(in, in->out->issued, in->out->expires);
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->lifetime = H;
	mf_life_settle(in->out, in->now);
	return 1;
}

/* A job's GITHUB_TOKEN is an installation token; what an app got by itself has the same form, so the name decides, and only for this form. */
int mf_lf_github(struct mf_lf *in)
{
	int rc;

	if (mf_str_begins(in->v, "ghs_") && mf_lf_has(in->v, "_eyJ") && mf_lf_has(in->v, "."))
		rc = stateless(in);
	else
		rc = mf_lf_by_form(in, forms, MF_COUNT(forms));
	if (rc == 1 && in->out->kind && mf_str_begins(in->v, "ghs_") && mf_lf_named_one(in, "GITHUB_TOKEN;INPUT_GITHUB_TOKEN;INPUT_GITHUB-TOKEN"))
		in->out->flags |= MF_LIFE_JOB_BOUND;
	return rc;
}
