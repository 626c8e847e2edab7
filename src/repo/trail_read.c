/* SPDX-License-Identifier: Apache-2.0 */
/* The trail's bytes: six counts, then names, edges, commits and trees, all of numbers with 7 bits a byte. Where what is named ascends, differences are
 * stored. */
#include "past.h"

#include <stdlib.h>

static void take_names(struct mf_trail *t, struct mf_num_in *in)
{
	for (size_t i = 0; i < t->n_names && !in->bad; i++) {
		const uint64_t n = mf_num_take(in);

		if (in->bad || n == 0 || n > (uint64_t)(in->end - in->p) || memchr(in->p, '\0', (size_t)n)) {
			in->bad = true;
			return;
		}
		t->names[i] = (struct mf_str){ (const char *)in->p, (size_t)n };
		in->p += n;
	}
}

static void take_edges(struct mf_trail *t, struct mf_num_in *in, const struct mf_idtable *ids)
{
	for (size_t i = 0; i < t->n_edges && !in->bad; i++) {
		t->edges[i].id = mf_num_below(in, ids->n);
		t->edges[i].name = mf_num_below(in, t->n_names);
		t->edges[i].mode = mf_num_below(in, 0200000);
	}
}

/* The next one of this kind in ascending order. */
static uint32_t take_id(struct mf_num_in *in, const struct mf_idtable *ids, size_t *at, enum mf_past_kind kind)
{
	const size_t left = ids->n - *at;
	const uint32_t id = (uint32_t)(*at + mf_num_below(in, left));

	if (in->bad || ids->kinds[id] != kind) {
		in->bad = true;
		return 0;
	}
	*at = (size_t)id + 1;
	return id;
}

static void take_commits(struct mf_trail *t, struct mf_num_in *in, const struct mf_idtable *ids)
{
	size_t at = 0, parents = 0;

	for (size_t i = 0; i < t->n_commits && !in->bad; i++) {
		struct mf_trail_commit *c = &t->commits[i];
		uint64_t date;

		c->id = take_id(in, ids, &at, MF_PAST_COMMIT);
		c->tree = mf_num_below(in, ids->n);
		date = mf_num_take(in);
		c->date = (int64_t)(date >> 1) ^ -(int64_t)(date & 1);
		c->n = mf_num_below(in, t->n_parents - parents + 1);
		c->first = (uint32_t)parents;
		for (uint32_t k = 0; k < c->n && !in->bad; k++)
			t->parents[parents++] = mf_num_below(in, ids->n);
	}
	in->bad |= parents != t->n_parents;
}

static void take_trees(struct mf_trail *t, struct mf_num_in *in, const struct mf_idtable *ids)
{
	size_t at = 0, into = 0;

	for (size_t i = 0; i < t->n_trees && !in->bad; i++) {
		struct mf_trail_tree *tree = &t->trees[i];

		tree->id = take_id(in, ids, &at, MF_PAST_TREE);
		tree->n = mf_num_below(in, t->n_into - into + 1);
		tree->first = (uint32_t)into;
		for (uint32_t k = 0; k < tree->n && !in->bad; k++)
			t->into[into++] = mf_num_below(in, t->n_edges);
	}
	in->bad |= into != t->n_into;
}

/* Every commit that the table has as one is in the trail. */
static bool complete(const struct mf_trail *t, const struct mf_idtable *ids)
{
	size_t n = 0;

	for (size_t i = 0; i < ids->n; i++)
		n += ids->kinds[i] == MF_PAST_COMMIT;
	return n == t->n_commits;
}

int mf_trail_read(struct mf_trail *t, const struct mf_idtable *ids, struct mf_str bytes, struct mf_err *err)
{
	struct mf_num_in in = { .p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n };

	*t = (struct mf_trail){ 0 };
	t->names = mf_num_room(&in, &t->n_names, sizeof(*t->names), 2);
	t->edges = mf_num_room(&in, &t->n_edges, sizeof(*t->edges), 3);
	t->commits = mf_num_room(&in, &t->n_commits, sizeof(*t->commits), 4);
	t->parents = mf_num_room(&in, &t->n_parents, sizeof(*t->parents), 1);
	t->trees = mf_num_room(&in, &t->n_trees, sizeof(*t->trees), 2);
	t->into = mf_num_room(&in, &t->n_into, sizeof(*t->into), 1);
	if (!in.bad && !in.nomem) {
		take_names(t, &in);
		take_edges(t, &in, ids);
		take_commits(t, &in, ids);
		take_trees(t, &in, ids);
	}
	if (!in.bad && !in.nomem && in.p == in.end && complete(t, ids))
		return 0;
	mf_trail_free(t);
	return in.nomem ? mf_fail_nomem(err) : 1;
}

void mf_trail_free(struct mf_trail *t)
{
	free(t->commits);
	free(t->parents);
	free(t->edges);
	free(t->trees);
	free(t->into);
	free(t->names);
	*t = (struct mf_trail){ 0 };
}
