/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of package and image registries. */
#include "life_priv.h"

static const struct mf_lf_form forms[] = {
	{ "npm_", 40, 40, "npm", "npm-token", "an access token of npm", MF_LC_API_KEY, MF_LF_UNKNOWN, 0,
		"an end that its owner chose, or none; only the registry knows it" },
	{ "pypi-AgE", 60, 2000, "pypi", "pypi-token", "an upload token of PyPI", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "dckr_pat_", 30, 80, NULL, "docker-pat", "a personal access token of Docker Hub", MF_LC_API_KEY, MF_LF_UNKNOWN, 0,
		"an end is optional, and only Docker Hub knows it" },
	{ "dckr_oat_", 30, 80, NULL, "docker-oat", "an organization's access token of Docker Hub", MF_LC_API_KEY, MF_LF_UNKNOWN, 0,
		"an end is optional, and only Docker Hub knows it" },
	{ "cio", 35, 35, NULL, "crates-token", "a token of crates.io", MF_LC_API_KEY, MF_LF_UNKNOWN, 0, NULL },
	{ "rubygems_", 50, 60, NULL, "rubygems-key", "an API key of RubyGems", MF_LC_API_KEY, MF_LF_UNKNOWN, 0, NULL },
	{ "oy2", 46, 46, NULL, "nuget-key", "an API key of NuGet", MF_LC_API_KEY, MF_LF_UNKNOWN, 0, "a year at most" },
	{ "cmVmdGtu", 60, 70, "artifactory-reftkn", "artifactory-reference", "a reference token of Artifactory", MF_LC_API_KEY, MF_LF_UNKNOWN, 0, NULL },
};

int mf_lf_registry(struct mf_lf *in)
{
	return mf_lf_by_form(in, forms, MF_COUNT(forms));
}
