/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs that hold something: what is known of that, and which of them have to be seen again for the rest. Bytes: the number of groups, blobs and candidates;
 * then for each blob, in the order of the table, how many candidates, and for each its group, line, column, lines to its end, and last column. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

void mf_dirty_free(struct mf_dirty *d)
{
	free(d->blobs);
	free(d->cands);
	*d = (struct mf_dirty){ 0 };
}

static void take_cand(struct mf_past_cand *c, struct mf_num_in *in, size_t groups)
{
	c->group = mf_num_below(in, groups);
	c->line = mf_num_below(in, UINT32_MAX);
	c->col = mf_num_below(in, UINT32_MAX);
	c->end_line = c->line + mf_num_below(in, UINT32_MAX - (size_t)c->line);
	c->end_col = mf_num_below(in, UINT32_MAX);
}

static void take_blobs(struct mf_dirty *d, struct mf_num_in *in, const struct mf_idtable *ids)
{
	size_t blob = 0, cand = 0;

	for (size_t i = 0; i < ids->n && !in->bad; i++) {
		struct mf_dirty_blob *b = &d->blobs[blob];

		if (ids->kinds[i] != MF_PAST_DIRTY)
			continue;
		if (blob++ == d->n_blobs) {
			in->bad = true;
			return;
		}
		*b = (struct mf_dirty_blob){ .id = (uint32_t)i, .first = (uint32_t)cand, .n = mf_num_below(in, d->n_cands - cand + 1) };
		for (uint32_t k = 0; k < b->n && !in->bad; k++)
			take_cand(&d->cands[cand++], in, d->n_groups);
	}
	in->bad |= blob != d->n_blobs || cand != d->n_cands;
}

int mf_dirty_read(struct mf_dirty *d, const struct mf_idtable *ids, struct mf_str bytes, struct mf_err *err)
{
	struct mf_num_in in = { .p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n };

	*d = (struct mf_dirty){ 0 };
	d->n_groups = mf_num_below(&in, bytes.n + 1);
	d->blobs = mf_num_room(&in, &d->n_blobs, sizeof(*d->blobs), 1);
	d->cands = mf_num_room(&in, &d->n_cands, sizeof(*d->cands), 5);
	if (!in.bad && !in.nomem)
		take_blobs(d, &in, ids);
	if (!in.bad && !in.nomem && in.p == in.end)
		return 0;
	mf_dirty_free(d);
	return in.nomem ? mf_fail_nomem(err) : 1;
}

size_t mf_past_blobs(const struct mf_past *p, size_t *groups)
{
	*groups = p->dirty.n_groups;
	return p->dirty.n_blobs;
}

struct mf_past_blob mf_past_blob(const struct mf_past *p, size_t i)
{
	const struct mf_dirty_blob *b = &p->dirty.blobs[i];
	struct mf_past_blob out = { .cands = p->dirty.cands + b->first, .n = b->n, .held = mf_past_held(p, b->id) };

	memcpy(out.id.b, p->old.ids + b->id * p->old.oid_len, p->old.oid_len);
	out.visited = p->look[b->id >> 3] >> (b->id & 7) & 1;
	return out;
}

size_t mf_past_blob_find(const struct mf_past *p, const struct mf_oid *id)
{
	const uint32_t at = mf_idtable_find(&p->old, id->b);
	size_t low = 0, high = p->dirty.n_blobs;

	while (at != MF_PAST_NONE && low < high) {
		const size_t mid = low + (high - low) / 2;

		if (p->dirty.blobs[mid].id == at)
			return mid;
		if (p->dirty.blobs[mid].id < at)
			low = mid + 1;
		else
			high = mid;
	}
	return SIZE_MAX;
}

/* Those with the most in them first: few of them have all groups. */
static int by_number(const void *a, const void *b)
{
	const struct mf_dirty_blob *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Of each group how many of the blobs that are looked at have it, and which blob was counted last. */
struct cover {
	const struct mf_dirty *d;
	uint32_t *blobs, *last, turn;
};

static void count(struct cover *c, const struct mf_dirty_blob *b, uint32_t by)
{
	c->turn++;
	for (uint32_t k = 0; k < b->n; k++) {
		const uint32_t group = c->d->cands[b->first + k].group;

		if (c->last[group] != c->turn)
			c->blobs[group] += by;
		c->last[group] = c->turn;
	}
}

/* Whether one of its groups is had by no more than so many. */
static bool has_rare(const struct cover *c, const struct mf_dirty_blob *b, uint32_t most)
{
	for (uint32_t k = 0; k < b->n; k++)
		if (c->blobs[c->d->cands[b->first + k].group] <= most)
			return true;
	return false;
}

static void look(struct mf_past *p, uint32_t id, bool yes)
{
	const unsigned char bit = (unsigned char)(1u << (id & 7));

	p->look[id >> 3] = (unsigned char)(yes ? p->look[id >> 3] | bit : p->look[id >> 3] & ~bit);
}

/* Those that bring in a group; then without those whose groups have all come with others since. */
static void choose_few(struct mf_past *p, struct cover *c, const struct mf_dirty_blob *sorted)
{
	size_t n = p->dirty.n_blobs;

	for (size_t i = 0; i < n; i++) {
		if (!mf_past_held(p, sorted[i].id) || !has_rare(c, &sorted[i], 0))
			continue;
		look(p, sorted[i].id, true);
		count(c, &sorted[i], 1);
	}
	for (size_t i = 0; i < n; i++) {
		if (!(p->look[sorted[i].id >> 3] >> (sorted[i].id & 7) & 1) || has_rare(c, &sorted[i], 1))
			continue;
		look(p, sorted[i].id, false);
		count(c, &sorted[i], UINT32_MAX);
	}
}

int mf_past_choose(struct mf_past *p, bool all, struct mf_err *err)
{
	const struct mf_dirty *d = &p->dirty;
	struct cover c = { .d = d };
	struct mf_dirty_blob *sorted;
	int rc = 0;

	if (!d->n_blobs)
		return 0;
	memset(p->look, 0, p->old.n / 8 + 1);
	sorted = mf_calloc(d->n_blobs, sizeof(*sorted));
	c.blobs = mf_calloc(d->n_groups + 1, sizeof(*c.blobs));
	c.last = mf_calloc(d->n_groups + 1, sizeof(*c.last));
	if (!sorted || !c.blobs || !c.last) {
		rc = mf_fail_nomem(err);
	} else if (all) {
		for (size_t i = 0; i < d->n_blobs; i++)
			look(p, d->blobs[i].id, true);
	} else {
		memcpy(sorted, d->blobs, d->n_blobs * sizeof(*sorted));
		qsort(sorted, d->n_blobs, sizeof(*sorted), by_number);
		choose_few(p, &c, sorted);
	}
	free(sorted);
	free(c.blobs);
	free(c.last);
	return rc;
}

/* -- for the next run ---------------------------------------------------------------------------------------------- */

static bool is_sound(const struct mf_past *p, const struct mf_oid *id)
{
	const uint32_t at = mf_idtable_find(&p->fresh_table, id->b), old = mf_idtable_find(&p->old, id->b);

	if (at != MF_PAST_NONE)
		return p->fresh_table.kinds[at] == MF_PAST_DIRTY;
	/* one that was visited again and of which nothing was said is not sound any more */
	return old != MF_PAST_NONE && p->old.kinds[old] == MF_PAST_DIRTY && mf_past_skips(p, old);
}

int mf_past_keep(struct mf_past *p, const struct mf_oid *id, const struct mf_past_cand *cands, size_t n, struct mf_err *err)
{
	if (mf_past_settle(p, err))
		return -1;
	if (!n || !is_sound(p, id))
		return 0;
	if (mf_grow(&p->kept, &p->cap_kept, p->n_kept + 1, sizeof(*p->kept), err) ||
	    mf_grow(&p->kept_cands, &p->cap_kept_cands, p->n_kept_cands + n, sizeof(*p->kept_cands), err))
		return -1;
	memcpy(p->kept_cands + p->n_kept_cands, cands, n * sizeof(*cands));
	p->kept[p->n_kept++] = (struct mf_kept_blob){ .id = *id, .first = p->n_kept_cands, .n = n };
	p->n_kept_cands += n;
	return 0;
}
