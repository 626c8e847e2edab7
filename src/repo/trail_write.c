/* SPDX-License-Identifier: Apache-2.0 */
/* The trail's bytes, as trail_read.c takes them. */
#include "past.h"

static void put_names(struct mf_num_out *o, const struct mf_trail *t)
{
	for (size_t i = 0; i < t->n_names; i++) {
		mf_num_put(o, t->names[i].n);
		mf_num_flush(o);
		o->failed = o->failed || mf_buf_add(o->to, t->names[i].p, t->names[i].n, o->err);
	}
}

static void put_edges(struct mf_num_out *o, const struct mf_trail *t)
{
	for (size_t i = 0; i < t->n_edges; i++) {
		mf_num_put(o, t->edges[i].id);
		mf_num_put(o, t->edges[i].name);
		mf_num_put(o, t->edges[i].mode);
	}
}

static void put_commits(struct mf_num_out *o, const struct mf_trail *t)
{
	uint32_t at = 0;

	for (size_t i = 0; i < t->n_commits; at = t->commits[i++].id + 1) {
		const struct mf_trail_commit *c = &t->commits[i];

		mf_num_put(o, c->id - at);
		mf_num_put(o, c->tree);
		mf_num_put(o, (uint64_t)c->date << 1 ^ (c->date < 0 ? UINT64_MAX : 0));
		mf_num_put(o, c->n);
		for (uint32_t k = 0; k < c->n; k++)
			mf_num_put(o, t->parents[c->first + k]);
	}
}

static void put_trees(struct mf_num_out *o, const struct mf_trail *t)
{
	uint32_t at = 0;

	for (size_t i = 0; i < t->n_trees; at = t->trees[i++].id + 1) {
		mf_num_put(o, t->trees[i].id - at);
		mf_num_put(o, t->trees[i].n);
		for (uint32_t k = 0; k < t->trees[i].n; k++)
			mf_num_put(o, t->into[t->trees[i].first + k]);
	}
}

void mf_trail_write(struct mf_num_out *o, const struct mf_trail *t)
{
	mf_num_put(o, t->n_names);
	mf_num_put(o, t->n_edges);
	mf_num_put(o, t->n_commits);
	mf_num_put(o, t->n_parents);
	mf_num_put(o, t->n_trees);
	mf_num_put(o, t->n_into);
	put_names(o, t);
	put_edges(o, t);
	put_commits(o, t);
	put_trees(o, t);
}
