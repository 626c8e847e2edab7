/* SPDX-License-Identifier: Apache-2.0 */
/* What is known now, as the next run reads it. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct writer {
	struct mf_past *p;
	unsigned char *used;		/* a bit for each old id: something that stays names it */
	uint32_t *place;		/* by old number: the new one */
	unsigned char *ids, *kinds;
	struct mf_idtable now;
};

static void use(struct writer *w, uint32_t i)
{
	w->used[i >> 3] |= (unsigned char)(1u << (i & 7));
}

/* What of the old trail stays keeps what it names. */
static void use_old(struct writer *w)
{
	const struct mf_trail *t = &w->p->trail;

	for (size_t i = 0; i < t->n_commits; i++) {
		if (!mf_past_held(w->p, t->commits[i].id))
			continue;
		use(w, t->commits[i].tree);
		for (uint32_t k = 0; k < t->commits[i].n; k++)
			use(w, t->parents[t->commits[i].first + k]);
	}
	for (size_t i = 0; i < t->n_trees; i++)
		if (mf_past_held(w->p, t->trees[i].id))
			for (uint32_t k = 0; k < t->trees[i].n; k++)
				use(w, t->edges[t->into[t->trees[i].first + k]].id);
}

/* An id that is named and in no table yet joins the others. */
static int name(struct writer *w, struct mf_idlist *others, const struct mf_idtable *fresh, const struct mf_oid *id, struct mf_err *err)
{
	const uint32_t at = mf_idtable_find(&w->p->old, id->b);

	if (at != MF_PAST_NONE) {
		use(w, at);
		return 0;
	}
	return mf_idtable_find(fresh, id->b) != MF_PAST_NONE ? 0 : mf_idlist_add(others, fresh->oid_len, id->b, MF_PAST_OTHER, err);
}

static int name_learned(struct writer *w, struct mf_idlist *others, const struct mf_idtable *fresh, struct mf_err *err)
{
	const struct mf_learned *l = &w->p->learned;

	for (unsigned i = 0; i < l->threads; i++) {
		for (size_t k = 0; k < l->commits[i].n; k++) {
			const struct mf_commit_rec *c = &l->commits[i].v[k];

			if (name(w, others, fresh, &c->tree, err))
				return -1;
			for (uint32_t j = 0; j < c->n_parents; j++)
				if (name(w, others, fresh, &l->commits[i].parents[c->parents + j], err))
					return -1;
		}
	}
	for (size_t i = 0; i < l->n_edges; i++)
		if (name(w, others, fresh, &l->edges[i].id, err))
			return -1;
	return 0;
}

static int by_oid(const void *a, const void *b)
{
	return memcmp(((const struct mf_kept_blob *)a)->id.b, ((const struct mf_kept_blob *)b)->id.b, sizeof(struct mf_oid));
}

/* Of the blobs that hold something those whose candidates are kept, each once. */
static int gather_dirty(struct mf_past *p, struct mf_err *err)
{
	const size_t len = p->old.oid_len;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < p->fresh.n; i++)
		if (p->fresh.v[i * (len + 1) + len] != MF_PAST_DIRTY)
			memmove(p->fresh.v + n++ * (len + 1), p->fresh.v + i * (len + 1), len + 1);
	p->fresh.n = n;
	if (p->n_kept)
		qsort(p->kept, p->n_kept, sizeof(*p->kept), by_oid);
	for (size_t i = 0; i < p->n_kept; i++)
		if (!kept || by_oid(&p->kept[kept - 1], &p->kept[i]))
			p->kept[kept++] = p->kept[i];
	p->n_kept = kept;
	for (size_t i = 0; i < kept; i++)
		if (mf_idlist_add(&p->fresh, len, p->kept[i].id.b, MF_PAST_DIRTY, err))
			return -1;
	return 0;
}

/* All that is new, sorted. */
static int gather(struct writer *w, struct mf_err *err)
{
	struct mf_past *p = w->p;
	const size_t len = p->old.oid_len;
	struct mf_idlist others = { 0 };
	struct mf_idtable fresh;
	int rc;

	if (gather_dirty(p, err) || mf_idlist_sort(&p->fresh, len, err) || mf_past_fresh_table(p, err))
		return -1;
	fresh = p->fresh_table;
	rc = name_learned(w, &others, &fresh, err);
	for (size_t i = 0; i < others.n && rc == 0; i++)
		rc = mf_idlist_add(&p->fresh, len, others.v + i * (len + 1), MF_PAST_OTHER, err);
	if (rc == 0 && others.n)
		rc = mf_idlist_sort(&p->fresh, len, err);
	free(others.v);
	return rc;
}

/* What becomes of an old id; -1: it goes. */
static int old_kind(const struct writer *w, size_t i)
{
	const struct mf_past *p = w->p;
	const int kind = p->old.kinds[i], least = w->used[i >> 3] >> (i & 7) & 1 ? MF_PAST_OTHER : -1;

	/* dirty ones are named anew when there is still something to say of them */
	if (!mf_past_held(p, i) || kind == MF_PAST_OTHER || kind == MF_PAST_DIRTY)
		return least;
	if (p->keeps_trail && p->has_trail)
		return kind;
	return kind == MF_PAST_TREE ? least : MF_PAST_DONE;
}

static void put(struct writer *w, const unsigned char *id, int kind)
{
	memcpy(w->ids + w->now.n * w->now.oid_len, id, w->now.oid_len);
	w->kinds[w->now.n++] = (unsigned char)kind;
}

static int merge(struct writer *w, struct mf_err *err)
{
	const struct mf_idtable *old = &w->p->old;
	const struct mf_idlist *fresh = &w->p->fresh;
	const size_t len = old->oid_len, n = old->n + fresh->n;
	size_t i = 0, k = 0;

	w->ids = mf_calloc(n + 1, len);
	w->kinds = mf_calloc(n + 1, 1);
	if (!w->ids || !w->kinds || n >= UINT32_MAX)
		return mf_fail_nomem(err);
	w->now = (struct mf_idtable){ .ids = w->ids, .kinds = w->kinds, .oid_len = len };
	while (i < old->n || k < fresh->n) {
		const unsigned char *next = fresh->v + k * (len + 1);
		const int order = i == old->n ? 1 : k == fresh->n ? -1 : memcmp(old->ids + i * len, next, len);
		const int was = order <= 0 ? old_kind(w, i) : -1, is = order >= 0 ? next[len] : -1;

		if (order <= 0)
			w->place[i] = (uint32_t)w->now.n;
		if (was >= 0 || is >= 0)
			put(w, order <= 0 ? old->ids + i * len : next, was > is ? was : is);
		i += order <= 0;
		k += order >= 0;
	}
	return mf_idtable_index(&w->now, err);
}

static void put64(unsigned char *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static int write_table(struct mf_buf *out, const struct writer *w, struct mf_err *err)
{
	/* the trail takes less than half of it again, mostly */
	const size_t most = 8 + w->now.n * (w->now.oid_len + 1) / 2 * 3;
	unsigned char n[8];

	put64(n, w->now.n);
	if (most <= out->max - out->n && mf_buf_reserve(out, most, err))
		return -1;
	return mf_buf_add(out, n, 8, err) || mf_buf_add(out, w->ids, w->now.n * w->now.oid_len, err) || mf_buf_add(out, w->kinds, w->now.n, err) ? -1 : 0;
}

static int write_trail(struct mf_num_out *o, const struct writer *w, struct mf_err *err)
{
	struct mf_trail t = { 0 };
	const int rc = mf_trail_merge(&t, w->p, w->place, &w->now, err);

	if (rc == 0)
		mf_trail_write(o, &t);
	mf_trail_free(&t);
	return rc;
}

static void write_dirty(struct mf_num_out *o, const struct mf_past *p)
{
	size_t groups = 0, cands = 0;

	for (size_t i = 0; i < p->n_kept; cands += p->kept[i++].n)
		for (size_t k = 0; k < p->kept[i].n; k++)
			if (p->kept_cands[p->kept[i].first + k].group >= groups)
				groups = (size_t)p->kept_cands[p->kept[i].first + k].group + 1;
	mf_num_put(o, groups);
	mf_num_put(o, p->n_kept);
	mf_num_put(o, cands);
	for (size_t i = 0; i < p->n_kept; i++) {
		mf_num_put(o, p->kept[i].n);
		for (size_t k = 0; k < p->kept[i].n; k++) {
			const struct mf_past_cand *c = &p->kept_cands[p->kept[i].first + k];

			mf_num_put(o, c->group);
			mf_num_put(o, c->line);
			mf_num_put(o, c->col);
			mf_num_put(o, c->end_line - c->line);
			mf_num_put(o, c->end_col);
		}
	}
}

/* After a part whose length was not known before. */
static int end_part(struct mf_num_out *o, size_t *at)
{
	mf_num_flush(o);
	if (o->failed)
		return -1;
	put64((unsigned char *)o->to->p + *at, o->to->n - *at - 8);
	*at = o->to->n;
	return 0;
}

static int write_rest(struct mf_buf *out, const struct writer *w, struct mf_err *err)
{
	struct mf_num_out o = { .to = out, .err = err, .n = 8 };
	size_t at = out->n;

	if ((w->p->keeps_trail && write_trail(&o, w, err)) || end_part(&o, &at))
		return -1;
	memset(o.v, 0, 8);
	o.n = 8;
	write_dirty(&o, w->p);
	return end_part(&o, &at) || mf_buf_add(out, w->p->new_extra.p, w->p->new_extra.n, err) ? -1 : 0;
}

int mf_past_write(struct mf_buf *out, struct mf_past *p, struct mf_err *err)
{
	struct writer w = { .p = p };
	int rc = mf_past_settle(p, err);

	w.used = mf_calloc(p->old.n / 8 + 1, 1);
	w.place = mf_calloc(p->old.n + 1, sizeof(*w.place));
	if (!w.used || !w.place)
		rc = mf_fail_nomem(err);
	if (rc == 0 && p->keeps_trail)
		use_old(&w);
	if (rc == 0)
		rc = gather(&w, err) || merge(&w, err) || write_table(out, &w, err) || write_rest(out, &w, err) ? -1 : 0;
	free(w.used);
	free(w.place);
	free(w.ids);
	free(w.kinds);
	free(w.now.first);
	return rc;
}
