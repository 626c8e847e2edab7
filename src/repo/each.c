/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are read one by one and whole: loose ones, and all of them with the second engine. */
#include "walk_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "reader.h"
#include "repo_priv.h"

bool mf_walk_mine(const struct mf_walk *w, const struct mf_oid *id)
{
	/* ids are as good as random; the first 32 bits, cut into equal parts */
	return w->shards <= 1 || (uint64_t)mf_be32(id->b) * w->shards >> 32 == w->shard;
}

int mf_walk_show(struct mf_worker *k, const struct mf_oid *id, const struct mf_bytes *b)
{
	struct mf_view v = { .id = *id, .type = b->type, .p = b->p, .n = b->n, .wanted = true, .last = true };
	void *keep = NULL;
	struct mf_err err;
	int rc;

	if (!(k->w->visitor->types >> v.type & 1))
		return 0;
	k->stats.objects[v.type]++;
	k->stats.bytes[v.type] += v.n;
	rc = k->w->visitor->visit(k->ctx, &v, &keep, &err);
	if (keep && k->w->visitor->drop)
		k->w->visitor->drop(k->ctx, keep);
	return rc ? mf_walk_end(k->w, &err) : 0;
}

/* Whether this thread has to look at it. */
static bool skips(struct mf_worker *k, const struct mf_oid *id)
{
	const struct mf_visitor *v = k->w->visitor;

	if (!mf_walk_mine(k->w, id)) {
		k->stats.elsewhere++;
		return true;
	}
	if (v->known && v->known(k->ctx, id)) {
		k->stats.known++;
		return true;
	}
	return mf_walk_knows(k, id);
}

static int show_object(struct mf_worker *k, const struct mf_oid *id, struct mf_object *o)
{
	const struct mf_bytes b = { .p = o->p, .n = o->n, .type = o->type };
	const int rc = mf_walk_show(k, id, &b);

	mf_object_free(o);
	return rc;
}

int mf_walk_read(struct mf_worker *k, const struct mf_oid *id, struct mf_object *o, const struct mf_err *why)
{
	struct mf_bytes b = { 0 };
	int rc;

	if (!why)
		return show_object(k, id, o);
	if (why->id == mf_error_id(MF_E_BASE_NOMEM))
		return mf_walk_end(k->w, why);
	k->why = *why;
	if (why->id == mf_error_id(MF_E_GIT_LIMIT))
		return mf_walk_failed(k, id, why);
	rc = mf_recover(&b, k, id);
	if (rc == 0)
		rc = mf_walk_show(k, id, &b);
	else if (rc == 1)
		rc = mf_walk_failed(k, id, &k->why);
	mf_pool_put(&k->pool, &b);
	return rc;
}

static int one_loose(struct mf_worker *k, const char *odir, const struct mf_oid *id)
{
	const size_t max = k->w->opts->max_object;
	struct mf_object o = { 0 };
	struct mf_err why;

	if (skips(k, id))
		return 0;
	return mf_walk_read(k, id, &o, mf_loose_read(&o, k->z, odir, id, k->w->oid_len, max, &why) ? &why : NULL);
}

int mf_walk_loose(struct mf_worker *k, size_t chunk)
{
	const struct mf_sources *s = &k->w->src;
	size_t from = chunk * MF_LOOSE_CHUNK, left = MF_LOOSE_CHUNK;
	int rc = 0;

	for (size_t list = 0; list < s->n_loose && left; list++) {
		const struct mf_oids *o = &s->loose[list];

		for (; from < o->n && left && rc == 0 && !mf_walk_stopped(k->w); from++, left--)
			if (!mf_sources_is_dup(s, s->store->n + list, from))
				rc = one_loose(k, k->w->r->odirs.v[list], &o->v[from]);
		if (rc || mf_walk_stopped(k->w))
			return rc;
		from -= from < o->n ? from : o->n;
	}
	return 0;
}

int mf_walk_prepare_ids(struct mf_walk *w, struct mf_err *err)
{
	int rc;

	if (mf_sources_open(&w->src, w->r, err))
		return -1;
	w->stats.packs = w->src.store->n;
	for (size_t i = 0; i < w->src.n_loose; i++)
		w->stats.loose += w->src.loose[i].n;
	if (w->oid_len == 20) {
		w->odb_tried = true;
		rc = mf_odb_open(&w->odb, w->r, w->src.store, err);
		if (rc == 0)
			rc = mf_odb_ids(&w->ids, w->odb, &w->src, err);
	} else {
		rc = mf_sources_ids(&w->ids, &w->src, err);
	}
	if (rc == 0) {
		mf_walk_hold(w, &w->ids);
		rc = mf_walk_choose(w, NULL, err);
	}
	w->n_chunks = (w->ids.n + MF_LOOSE_CHUNK - 1) / MF_LOOSE_CHUNK;
	return rc;
}

/* Whether the object can be asked of libgit2 and is there. Its reason says less than our reader's, which is tried next. */
static bool read_there(struct mf_object *out, struct mf_worker *k, const struct mf_oid *id, struct mf_err *err)
{
	if (!k->w->odb || mf_reader_loops(k->reader, id) || mf_walk_broken_loose(k, id, err))
		return false;
	return mf_odb_read(out, k->w->odb, id, k->w->visitor->types, k->w->opts->max_object, err) == 0;
}

/* libgit2 where it can, else our reader. Objects of other types come without bytes. */
static int read_one(struct mf_object *out, struct mf_worker *k, const struct mf_oid *id, struct mf_err *err)
{
	const unsigned types = k->w->visitor->types;
	const size_t max = k->w->opts->max_object;
	enum mf_otype type;
	size_t size;

	if (!k->reader && mf_reader_new(&k->reader, k->w->r, err))
		return -1;
	if (read_there(out, k, id, err))
		return 0;
	*out = (struct mf_object){ 0 };
	if (mf_object_stat(&type, &size, k->reader, id, err))
		return -1;
	return types >> type & 1 ? mf_object_read(out, k->reader, id, max, err) : 0;
}

int mf_walk_ids(struct mf_worker *k, size_t chunk)
{
	const struct mf_oids *ids = &k->w->ids;
	const size_t from = chunk * MF_LOOSE_CHUNK, to = from + MF_LOOSE_CHUNK < ids->n ? from + MF_LOOSE_CHUNK : ids->n;
	struct mf_object o;
	int rc = 0;

	for (size_t i = from; i < to && rc == 0 && !mf_walk_stopped(k->w); i++) {
		if (skips(k, &ids->v[i]))
			continue;
		if (read_one(&o, k, &ids->v[i], &k->why) == 0)
			rc = o.p ? show_object(k, &ids->v[i], &o) : 0;
		else if (k->why.id == mf_error_id(MF_E_BASE_NOMEM))
			rc = mf_walk_end(k->w, &k->why);
		else
			rc = mf_walk_failed(k, &ids->v[i], &k->why);
	}
	return rc;
}
