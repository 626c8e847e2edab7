/* SPDX-License-Identifier: Apache-2.0 */
/* Google Cloud's tokens and keys; the JSON files are in json.c. */
#include "life_priv.h"

static const struct mf_lf_form forms[] = {
	{ "ya29.", 40, 4096, NULL, "gcp-access-token", "an access token of Google", MF_LC_SERVICE_TOKEN, MF_LF_FOR, 3600,
		"an hour, unless an organization allows twelve" },
	{ "AIza", 39, 39, NULL, "gcp-api-key", "an API key of Google", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "GOCSPX-", 35, 60, NULL, "gcp-oauth-secret", "an OAuth client's secret of Google", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "1//0", 60, 600, NULL, "gcp-refresh-token", "a refresh token of Google", MF_LC_HUMAN_SESSION, MF_LF_STATIC, 0,
		"it ends when it is revoked, or after half a year without use" },
};

int mf_lf_gcp(struct mf_lf *in)
{
	return mf_lf_by_form(in, forms, MF_COUNT(forms));
}
