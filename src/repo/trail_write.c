/* SPDX-License-Identifier: Apache-2.0 */
/* The trail's bytes, as trail_read.c takes them. */
#include "past.h"

#include <stdlib.h>

/* Numbers are put together in pieces: a call for each would cost more than they do. */
struct out {
	struct mf_buf *to;
	struct mf_err *err;
	bool failed;
	size_t n;
	unsigned char v[1 << 13];
};

static void flush(struct out *o)
{
	o->failed = o->failed || mf_buf_add(o->to, o->v, o->n, o->err);
	o->n = 0;
}

static void put(struct out *o, uint64_t v)
{
	if (o->n + 10 > sizeof(o->v))
		flush(o);
	for (; v >= 0x80; v >>= 7)
		o->v[o->n++] = (unsigned char)(v | 0x80);
	o->v[o->n++] = (unsigned char)v;
}

static void put_names(struct out *o, const struct mf_trail *t)
{
	for (size_t i = 0; i < t->n_names; i++) {
		put(o, t->names[i].n);
		flush(o);
		o->failed = o->failed || mf_buf_add(o->to, t->names[i].p, t->names[i].n, o->err);
	}
}

static void put_edges(struct out *o, const struct mf_trail *t)
{
	for (size_t i = 0; i < t->n_edges; i++) {
		put(o, t->edges[i].id);
		put(o, t->edges[i].name);
		put(o, t->edges[i].mode);
	}
}

static void put_commits(struct out *o, const struct mf_trail *t)
{
	uint32_t at = 0;

	for (size_t i = 0; i < t->n_commits; at = t->commits[i++].id + 1) {
		const struct mf_trail_commit *c = &t->commits[i];

		put(o, c->id - at);
		put(o, c->tree);
		put(o, (uint64_t)c->date << 1 ^ (c->date < 0 ? UINT64_MAX : 0));
		put(o, c->n);
		for (uint32_t k = 0; k < c->n; k++)
			put(o, t->parents[c->first + k]);
	}
}

static void put_trees(struct out *o, const struct mf_trail *t)
{
	uint32_t at = 0;

	for (size_t i = 0; i < t->n_trees; at = t->trees[i++].id + 1) {
		put(o, t->trees[i].id - at);
		put(o, t->trees[i].n);
		for (uint32_t k = 0; k < t->trees[i].n; k++)
			put(o, t->into[t->trees[i].first + k]);
	}
}

int mf_trail_write(struct mf_buf *out, const struct mf_trail *t, struct mf_err *err)
{
	struct out *o = malloc(sizeof(*o));
	bool failed;

	if (!o)
		return mf_fail_nomem(err);
	o->to = out;
	o->err = err;
	o->failed = false;
	o->n = 0;
	put(o, t->n_names);
	put(o, t->n_edges);
	put(o, t->n_commits);
	put(o, t->n_parents);
	put(o, t->n_trees);
	put(o, t->n_into);
	put_names(o, t);
	put_edges(o, t);
	put_commits(o, t);
	put_trees(o, t);
	flush(o);
	failed = o->failed;
	free(o);
	return failed ? -1 : 0;
}
