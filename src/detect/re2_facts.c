/* SPDX-License-Identifier: Apache-2.0 */
#include "re2.h"
int mf_re2_facts(struct mf_re2 *re, struct mf_re_facts *facts, struct mf_err *err)
{
	(void)err; facts->groups = re->groups; facts->min = re->root->bytes_min; facts->max = re->root->bytes_max; facts->newline = re->root->newline;
	return 0;
}
