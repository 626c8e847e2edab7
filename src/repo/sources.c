/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that holds objects: their sorted ids are merged, so that copies meet. */
#include "sources.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "repo_priv.h"

/* Where a source is read. */
struct cursor {
	const unsigned char *id;
	size_t step, pos, n, source;
};

struct merge {
	struct cursor *heap;	/* the smallest id first; among equal ones the first source */
	size_t n, oid_len;
};

int mf_sources_open(struct mf_sources *out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_sources s = { .oid_len = r->info.oid_len };

	if (mf_store_check(&s.store, r, err))
		return -1;
	s.loose = mf_calloc(r->odirs.n + 1, sizeof(*s.loose));
	if (!s.loose)
		return mf_fail_nomem(err);
	for (; s.n_loose < r->odirs.n; s.n_loose++) {
		if (mf_loose_list(&s.loose[s.n_loose], r->odirs.v[s.n_loose], s.oid_len, &s.lost, err)) {
			mf_sources_free(&s);
			return -1;
		}
		if (s.lost.id && !s.lost_in)
			s.lost_in = r->odirs.v[s.n_loose];
	}
	*out = s;
	return 0;
}

void mf_sources_free(struct mf_sources *s)
{
	for (size_t i = 0; i < s->n_loose; i++)
		mf_oids_free(&s->loose[i]);
	for (size_t i = 0; s->dup && i < s->n_dup; i++)
		free(s->dup[i]);
	free(s->loose);
	free(s->dup);
	*s = (struct mf_sources){ 0 };
}

static bool before(const struct merge *m, const struct cursor *a, const struct cursor *b)
{
	const int c = memcmp(a->id, b->id, m->oid_len);

	return c < 0 || (c == 0 && a->source < b->source);
}

static void sink(struct merge *m, size_t at)
{
	const struct cursor moving = m->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= m->n)
			break;
		if (child + 1 < m->n && before(m, &m->heap[child + 1], &m->heap[child]))
			child++;
		if (!before(m, &m->heap[child], &moving))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = moving;
}

static int merge_open(struct merge *m, const struct mf_sources *s, struct mf_err *err)
{
	*m = (struct merge){ .oid_len = s->oid_len };
	m->heap = mf_calloc(s->store->n + s->n_loose + 1, sizeof(*m->heap));
	if (!m->heap)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->store->n; i++) {
		const struct mf_idx *x = &s->store->packs[i].idx;

		if (x->n)
			m->heap[m->n++] = (struct cursor){ .id = x->ids, .step = x->id_step, .n = x->n, .source = i };
	}
	for (size_t i = 0; i < s->n_loose; i++) {
		const struct mf_oids *o = &s->loose[i];

		if (o->n)
			m->heap[m->n++] = (struct cursor){ .id = o->v->b, .step = sizeof(*o->v), .n = o->n, .source = s->store->n + i };
	}
	for (size_t i = m->n / 2; i-- > 0;)
		sink(m, i);
	return 0;
}

/* The next id of all; `now` says where it is from. */
static bool merge_next(struct cursor *now, struct merge *m)
{
	struct cursor *top = m->heap;

	if (m->n == 0)
		return false;
	*now = *top;
	top->id += top->step;
	if (++top->pos == top->n)
		*top = m->heap[--m->n];
	if (m->n)
		sink(m, 0);
	return true;
}

static int make_bits(struct mf_sources *s, struct mf_err *err)
{
	const size_t n = s->store->n + s->n_loose;

	s->dup = mf_calloc(n + 1, sizeof(*s->dup));
	if (!s->dup)
		return mf_fail_nomem(err);
	s->n_dup = n;
	for (size_t i = 0; i < n; i++) {
		const size_t ids = i < s->store->n ? s->store->packs[i].idx.n : s->loose[i - s->store->n].n;

		s->dup[i] = mf_calloc(ids / 8 + 1, 1);
		if (!s->dup[i])
			return mf_fail_nomem(err);
	}
	return 0;
}

int mf_sources_mark(struct mf_sources *s, struct mf_err *err)
{
	const unsigned char *last = NULL;
	struct cursor now;
	struct merge m;

	if (merge_open(&m, s, err))
		return -1;
	if (m.n > 1 && make_bits(s, err)) {
		free(m.heap);
		return -1;
	}
	while (s->dup && merge_next(&now, &m)) {
		if (last && memcmp(last, now.id, s->oid_len) == 0)
			s->dup[now.source][now.pos >> 3] |= (unsigned char)(1 << (now.pos & 7));
		last = now.id;
	}
	free(m.heap);
	return 0;
}

int mf_sources_ids(struct mf_oids *out, const struct mf_sources *s, struct mf_err *err)
{
	struct mf_oids o = { 0 };
	struct cursor now;
	struct merge m;

	if (merge_open(&m, s, err))
		return -1;
	for (size_t i = 0; i < m.n; i++)
		o.cap += m.heap[i].n;
	o.v = mf_calloc(o.cap + 1, sizeof(*o.v));
	if (!o.v) {
		free(m.heap);
		return mf_fail_nomem(err);
	}
	while (merge_next(&now, &m))
		if (o.n == 0 || memcmp(o.v[o.n - 1].b, now.id, s->oid_len) != 0)
			memcpy(o.v[o.n++].b, now.id, s->oid_len);
	free(m.heap);
	*out = o;
	return 0;
}
