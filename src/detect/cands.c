/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates: their memory, and the comments that let one pass. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/secret.h>

void mf_cand_free(struct mf_cand *c)
{
	mf_wipe_free(c->secret, c->secret_n);
	mf_wipe_free(c->match, c->match_n);
	mf_wipe_free(c->text, c->text_n);
	mf_wipe_free(c->shown, c->shown ? c->text_n : 0);
	free(c->member);
	free(c->reason);
	*c = (struct mf_cand){ 0 };
}

void mf_cands_clear(struct mf_cands *c)
{
	for (size_t i = 0; i < c->n; i++)
		mf_cand_free(&c->v[i]);
	c->n = 0;
}

void mf_cands_free(struct mf_cands *c)
{
	mf_cands_clear(c);
	free(c->v);
	*c = (struct mf_cands){ 0 };
}

struct mf_cand *mf_cand_push(struct mf_cands *c, struct mf_err *err)
{
	if (mf_grow(&c->v, &c->cap, c->n + 1, sizeof(*c->v), err))
		return NULL;
	c->v[c->n] = (struct mf_cand){ 0 };
	return &c->v[c->n++];
}
