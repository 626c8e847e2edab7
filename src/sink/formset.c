/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct forms of one secret, within the limits. */
#include "forms.h"

#include <stdlib.h>
#include <mayfly/fs.h>

enum { SLOTS = 4 * MF_MASK_CAP };	/* a power of two, never more than a quarter full */

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "the table's size is a mask");

int mf_formset_init(struct mf_formset *f, struct mf_err *err)
{
	*f = (struct mf_formset){ .slots = calloc(SLOTS, sizeof(*f->slots)) };
	if (!f->slots)
		return mf_fail_nomem(err);
	/* Keyed, so that no value can be made to collide and a hash left in memory tells nothing. */
	mf_random(&f->seed, sizeof(f->seed));
	return 0;
}

static uint64_t hash(uint64_t h, struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	h ^= h >> 29;
	return h * 0x9e3779b97f4a7c15u >> 17;
}

/* The slot of an equal form, or the free one where it belongs. */
static uint16_t *slot_for(const struct mf_formset *f, struct mf_str s)
{
	size_t i = hash(f->seed, s) & (SLOTS - 1);

	while (f->slots[i] && !mf_str_eq(mf_secret_reveal(f->v[f->slots[i] - 1]), s))
		i = (i + 1) & (SLOTS - 1);
	return &f->slots[i];
}

int mf_formset_add(struct mf_formset *f, struct mf_secret *s, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *own = s;
	struct mf_str text;
	uint16_t *slot;

	if (!s)
		return -1;
	text = mf_secret_reveal(s);
	if (text.n < MF_MASK_MIN || *(slot = slot_for(f, text)))
		return 0;
	if (f->n == MF_MASK_CAP || text.n > MF_MASK_BYTES - f->bytes) {
		f->full = true;
		return 0;
	}
	if (f->n == f->room) {
		const size_t room = f->room ? 2 * f->room : 32;
		struct mf_secret **v = realloc(f->v, room * sizeof(struct mf_secret *));

		if (!v)
			return mf_fail_nomem(err);
		f->v = v;
		f->room = room;
	}
	f->v[f->n++] = own;
	own = NULL;
	f->bytes += text.n;
	*slot = (uint16_t)f->n;
	return 0;
}

void mf_formset_free(struct mf_formset *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		mf_secret_free(f->v[i]);
	free(f->v);
	free(f->slots);
	*f = (struct mf_formset){ 0 };
}
