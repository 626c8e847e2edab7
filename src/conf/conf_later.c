/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the file that belong to commands of later versions. A file that has one is refused, since it asks for
 * something that would not happen; but what is wrong inside is told first. */
#include "conf_priv.h"

const struct mf_later mf_later_keys[] = {
	{ "gcp.workload_identity_provider", MF_LT_TEXT },
	{ "gcp.service_account", MF_LT_TEXT },
	{ "gcp.audience", MF_LT_TEXT },
	{ "gcp.project_id", MF_LT_TEXT },
};
const size_t mf_n_later_keys = MF_COUNT(mf_later_keys);
