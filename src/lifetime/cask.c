/* SPDX-License-Identifier: Apache-2.0 */
/* Common Annotated Security Keys: they say when they were issued, and nothing of an end. */
#include "life_priv.h"

int mf_lf_cask(struct mf_lf *in)
{
	struct mf_token_facts facts;

	if (in->v.n < 64 || in->v.n > 160 || (mf_lf_find(in->v, "QJJQ") != 44 && mf_lf_find(in->v, "QJJQ") != 88))
		return 0;
	if (mf_check_run("cask", in->v, in->v, &facts) != MF_FORMAT_VERIFIED)
		return 0;
	mf_lf_is(in, "cask", "an annotated security key (CASK)", MF_LC_API_KEY);
	if (!mf_lf_check(in, "cask", in->v, in->v))
		return mf_lf_nothing(in);
	return mf_lf_static(in);
}
