/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of commits: enough for their order, and for the tree that each has. */
#include "attribute.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "commit.h"

static int room(struct mf_commit_list *l, size_t parents, struct mf_err *err)
{
	return mf_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err) ||
	       mf_grow(&l->parents, &l->cap_parents, l->n_parents + parents, sizeof(*l->parents), err) ? -1 : 0;
}

int mf_commit_list_add(struct mf_commit_list *l, const struct mf_view *v, size_t oid_len, struct mf_err *err)
{
	struct mf_commit_head head;

	if (!mf_commit_head(&head, v->p, v->n, oid_len))
		return 1;
	if (room(l, head.n_parents, err))
		return -1;
	l->v[l->n++] = (struct mf_commit_rec){
		.id = v->id, .tree = head.tree, .date = head.date, .parents = l->n_parents, .n_parents = (uint32_t)head.n_parents,
	};
	for (size_t i = 0; i < head.n_parents; i++)
		l->parents[l->n_parents++] = mf_commit_parent(&head, v->p, oid_len, i);
	return 0;
}

/* Called for what the database holds, so that a commit which only the graph has left does not count. Dates that the graph may have cut
 * are read from the commit. */
bool mf_commit_list_add_known(struct mf_commit_list *l, const struct mf_graph *graph, const struct mf_oid *id)
{
	struct mf_graph_commit c;
	struct mf_commit_rec rec;
	struct mf_err err;
	size_t at = 0;

	if (!mf_graph_find(&c, graph, id) || c.date == 0 || c.date >> 33)
		return false;
	rec = (struct mf_commit_rec){ .id = *id, .tree = c.tree, .date = c.date, .parents = l->n_parents };
	for (struct mf_oid parent; mf_graph_parent(&parent, &at, graph, &c); rec.n_parents++) {
		if (room(l, 1, &err)) {
			l->n_parents = rec.parents;
			return false;
		}
		l->parents[l->n_parents++] = parent;
	}
	if (room(l, 0, &err)) {
		l->n_parents = rec.parents;
		return false;
	}
	l->v[l->n++] = rec;
	return true;
}

void mf_commit_list_free(struct mf_commit_list *l)
{
	free(l->v);
	free(l->parents);
	*l = (struct mf_commit_list){ 0 };
}

int mf_seen_new(struct mf_seen **out, const struct mf_repo *r, unsigned threads, struct mf_err *err)
{
	struct mf_seen *s = mf_calloc(1, sizeof(*s) + threads * sizeof(s->list[0]));

	if (!s)
		return mf_fail_nomem(err);
	s->threads = threads;
	s->oid_len = mf_repo_info(r)->oid_len;
	*out = s;
	return 0;
}

int mf_seen_add(struct mf_seen *s, unsigned thread, const struct mf_view *v, struct mf_err *err)
{
	/* a damaged one has no place in the order, and the walk has said so */
	return v->wanted && mf_commit_list_add(&s->list[thread], v, s->oid_len, err) < 0 ? -1 : 0;
}

void mf_seen_free(struct mf_seen *s)
{
	for (unsigned i = 0; s && i < s->threads; i++)
		mf_commit_list_free(&s->list[i]);
	free(s);
}
