/* SPDX-License-Identifier: Apache-2.0 */
/* What detect/ defines, as far as the tests of policy/ need it. */
#include <stdlib.h>
#include <mayfly/detect.h>

__attribute__((weak)) void mf_cands_clear(struct mf_cands *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].secret);
		free(c->v[i].match);
		free(c->v[i].text);
		free(c->v[i].member);
		free(c->v[i].reason);
	}
	c->n = 0;
}

__attribute__((weak)) void mf_cands_free(struct mf_cands *c)
{
	mf_cands_clear(c);
	free(c->v);
	*c = (struct mf_cands){ 0 };
}
