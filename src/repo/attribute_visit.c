/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's visitor: what each thread collects of commits and trees. */
#include "attribute_tree.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { BLOCK = 1 << 16 };

static uint32_t *block_take(struct mf_harvest *h, size_t n)
{
	struct mf_block *b = h->blocks;
	const size_t cap = n > BLOCK ? n : BLOCK;

	if (!b || b->cap - b->n < n) {
		b = malloc(sizeof(*b) + cap * sizeof(b->v[0]));
		if (!b)
			return NULL;
		*b = (struct mf_block){ .next = h->blocks, .cap = cap };
		h->blocks = b;
	}
	b->n += n;
	return b->v + b->n - n;
}

/* The edges where they stay: those of the base, when they are the same. */
static int settle(struct mf_harvest *h, const struct mf_view *v, const uint32_t **edges, struct mf_err *err)
{
	const struct mf_tree_keep *base = v->spans ? v->base : NULL;
	uint32_t *own;

	if (base && h->all_old && h->n_now == base->n_edges) {
		*edges = base->edges;
		return 0;
	}
	own = block_take(h, h->n_now);
	if (!own)
		return mf_fail_nomem(err);
	if (h->n_now)
		memcpy(own, h->now, h->n_now * sizeof(*own));
	*edges = own;
	return 0;
}

static int make_keep(struct mf_harvest *h, const uint32_t *edges, void **out, struct mf_err *err)
{
	struct mf_tree_keep *k = malloc(sizeof(*k) + (h->n_now + h->n_marks) * sizeof(k->at[0]));

	if (!k)
		return mf_fail_nomem(err);
	*k = (struct mf_tree_keep){ .edges = edges, .n_edges = (uint32_t)h->n_now, .n_marks = (uint32_t)h->n_marks };
	if (h->n_now)
		memcpy(k->at, h->now_at, h->n_now * sizeof(k->at[0]));
	memcpy(k->at + h->n_now, h->marks, h->n_marks * sizeof(k->at[0]));
	*out = k;
	return 0;
}

static int visit_tree(struct mf_harvest *h, const struct mf_view *v, void **keep, struct mf_err *err)
{
	const uint32_t *edges = NULL;
	int r;

	if (v->n >= UINT32_MAX / 2) {
		h->damaged++;
		return 0;
	}
	r = mf_harvest_tree(h, v, err);
	if (r < 0)
		return -1;
	h->damaged += (uint64_t)r * v->wanted;
	if (settle(h, v, &edges, err) || (!v->last && make_keep(h, edges, keep, err)))
		return -1;
	if (!v->wanted || (!h->n_now && !h->wanted->all_trees && !h->wanted->past))
		return 0;
	if (mf_grow(&h->trees, &h->cap_trees, h->n_trees + 1, sizeof(*h->trees), err))
		return -1;
	h->trees[h->n_trees++] = (struct mf_tree_rec){ .id = v->id, .edges = edges, .n = (uint32_t)h->n_now, .thread = h->thread };
	return 0;
}

static int visit_commit(struct mf_harvest *h, const struct mf_view *v, struct mf_err *err)
{
	const int r = v->wanted ? mf_commit_list_add(&h->commits, v, h->wanted->oid_len, err) : 0;

	h->damaged += r > 0;
	return r < 0 ? -1 : 0;
}

bool mf_harvest_known(void *ctx, const struct mf_oid *id)
{
	struct mf_harvest *h = ctx;

	return mf_commit_list_add_known(&h->commits, h->graph, id);
}

int mf_harvest_visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err)
{
	return v->type == MF_OBJ_TREE ? visit_tree(ctx, v, keep, err) : v->type == MF_OBJ_COMMIT ? visit_commit(ctx, v, err) : 0;
}

void mf_harvest_drop(void *ctx, void *keep)
{
	(void)ctx;
	free(keep);
}

int mf_harvest_failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	struct mf_harvest *h = ctx;

	(void)id;
	(void)why;
	h->failed++;
	return 0;
}

void mf_harvest_free(struct mf_harvest *h)
{
	struct mf_block *next;

	if (!h)
		return;
	for (struct mf_block *b = h->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	mf_mentions_free(&h->mentions);
	free(h->bytes);
	free(h->edges);
	free(h->trees);
	mf_commit_list_free(&h->commits);
	free(h->now);
	free(h->now_at);
	free(h->marks);
	free(h);
}
