/* SPDX-License-Identifier: Apache-2.0 */
/* Which commit brought in which blob, under which path. */
#include "attribute.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "past.h"

static const size_t COMMIT_MAX = (size_t)64 << 20;

/* What a result owns. */
struct own {
	struct mf_commit *commits;
	size_t n;
	struct mf_idmap named, absent;
};

static void wanted_free(struct mf_wanted *w)
{
	mf_idmap_free(&w->ids);
	free(w->head);
	free(w->next);
}

static int set_wanted(struct mf_wanted *w, const struct mf_oid *blobs, size_t n, const struct mf_repo_info *info, struct mf_err *err)
{
	w->oid_len = info->oid_len;
	w->all_trees = info->partial;
	w->head = mf_calloc(n + 1, sizeof(*w->head));
	w->next = mf_calloc(n + 1, sizeof(*w->next));
	if (!w->head || !w->next)
		return mf_fail_nomem(err);
	for (size_t i = n; i-- > 0;) {
		const size_t first = (size_t)blobs[i].b[0] << 8 | blobs[i].b[1];
		const uint32_t before = w->ids.n, number = mf_idmap_add(&w->ids, &blobs[i]);

		if (number == MF_NUMBER_NONE)
			return mf_fail_nomem(err);
		w->next[i] = number == before ? SIZE_MAX : w->head[number];
		w->head[number] = i;
		w->first[first >> 3] |= (unsigned char)(1u << (first & 7));
	}
	return 0;
}

/* What a partial clone lacks is counted where it leads to something. */
static int make_harvests(struct mf_harvest ***out, unsigned n, const struct mf_wanted *w, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_harvest **h = mf_calloc(n, sizeof(*h));

	*out = h;
	if (!h)
		return mf_fail_nomem(err);
	for (unsigned i = 0; i < n; i++) {
		h[i] = mf_calloc(1, sizeof(*h[i]));
		if (!h[i])
			return mf_fail_nomem(err);
		h[i]->wanted = w;
		h[i]->thread = i;
		if (!w->all_trees && mf_mentions_init(&h[i]->mentions, r, err))
			return -1;
	}
	return 0;
}

/* Commits that an earlier walk has seen are taken from there. */
static bool take_seen(struct mf_harvest **h, unsigned n, struct mf_seen *seen)
{
	if (!seen || seen->threads > n)
		return false;
	for (unsigned i = 0; i < seen->threads; i++) {
		h[i]->commits = seen->list[i];
		seen->list[i] = (struct mf_commit_list){ 0 };
	}
	return true;
}

static int collect(struct mf_harvest **h, unsigned n, const struct mf_repo *r, const struct mf_history_opts *opts, struct mf_seen *seen,
		   struct mf_past *past, struct mf_err *err)
{
	const bool have_commits = take_seen(h, n, seen);
	struct mf_visitor visitor = {
		.types = 1u << MF_OBJ_TREE | (have_commits ? 0 : 1u << MF_OBJ_COMMIT),
		.visit = mf_harvest_visit,
		.drop = mf_harvest_drop,
		.failed = mf_harvest_failed,
		.past = have_commits && past && mf_past_has_trail(past) ? past : NULL,
	};
	struct mf_history_opts all = opts ? *opts : (struct mf_history_opts){ 0 };
	struct mf_graph *graph = NULL;
	int rc;

	if (!have_commits && mf_graph_open(&graph, r, err))
		return -1;
	for (unsigned i = 0; i < n; i++)
		h[i]->graph = graph;
	visitor.known = graph ? mf_harvest_known : NULL;
	all.shard = all.shards = 0;
	rc = mf_history_walk(r, &all, &visitor, (void *const *)h, NULL, err);
	mf_graph_free(graph);
	return rc;
}

/* Trees of commits, and parents: a shallow clone, or one with grafts, lacks some by design. */
static int mention_commits(struct mf_harvest *h, const struct mf_repo_info *info, struct mf_err *err)
{
	for (size_t i = 0; i < h->commits.n; i++)
		if (mf_mention(&h->mentions, h->commits.v[i].tree.b, err))
			return -1;
	for (size_t i = 0; !info->shallow && !info->grafts && i < h->commits.n_parents; i++)
		if (mf_mention(&h->mentions, h->commits.parents[i].b, err))
			return -1;
	return 0;
}

static int mention_place(struct mf_mentions *m, const struct mf_past *past, uint32_t id, struct mf_err *err)
{
	return mf_past_held(past, id) ? 0 : mf_mention(m, past->old.ids + id * past->old.oid_len, err);
}

/* What an earlier run has read, and the database still holds, is not read again: what it has named may be there by now, or not. */
static int mention_recalled(struct mf_mentions *m, const struct mf_repo_info *info, const struct mf_past *past, struct mf_err *err)
{
	const struct mf_trail *t = &past->trail;

	for (size_t i = 0; i < t->n_trees; i++) {
		for (uint32_t k = 0; mf_past_held(past, t->trees[i].id) && k < t->trees[i].n; k++) {
			const struct mf_trail_edge *e = &t->edges[t->into[t->trees[i].first + k]];

			if ((e->mode & 0170000) != 0160000 && mention_place(m, past, e->id, err))
				return -1;
		}
	}
	for (size_t i = 0; i < t->n_commits; i++) {
		const struct mf_trail_commit *c = &t->commits[i];

		if (!mf_past_held(past, c->id))
			continue;
		if (mention_place(m, past, c->tree, err))
			return -1;
		for (uint32_t k = 0; !info->shallow && !info->grafts && k < c->n; k++)
			if (mention_place(m, past, t->parents[c->first + k], err))
				return -1;
	}
	return 0;
}

/* `past`, or NULL, is what the walk left out. */
static int find_absent(struct mf_idmap *out, struct mf_harvest **h, unsigned n, const struct mf_repo *r, const struct mf_past *past, struct mf_err *err)
{
	if (past && h[0]->mentions.r && mention_recalled(&h[0]->mentions, mf_repo_info(r), past, err))
		return -1;
	for (unsigned i = 0; i < n; i++) {
		struct mf_mentions *m = &h[i]->mentions;

		if (m->r && (mention_commits(h[i], mf_repo_info(r), err) || mf_mentions_check(m, err)))
			return -1;
		for (uint32_t k = 0; k < m->absent.n; k++)
			if (mf_idmap_add(out, &m->absent.ids[k]) == MF_NUMBER_NONE)
				return mf_fail_nomem(err);
	}
	return 0;
}

/* One that cannot be read a second time is named all the same. */
static int read_commit(struct mf_commit *out, struct mf_reader *rd, const struct mf_oid *id, size_t oid_len, struct mf_err *err)
{
	struct mf_object o;
	struct mf_err why;
	int r;

	if (mf_object_read(&o, rd, id, COMMIT_MAX, &why) == 0) {
		r = mf_commit_parse(out, id, o.p, o.n, oid_len, &why);
		mf_object_free(&o);
		if (r == 0)
			return 0;
	}
	if (strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
		return mf_fail_nomem(err);
	*out = (struct mf_commit){ .id = *id, .author = mf_strdup(""), .email = mf_strdup(""), .message = mf_strdup("") };
	if (out->author && out->email && out->message)
		return 0;
	mf_commit_free(out);
	return mf_fail_nomem(err);
}

static int by_commit(const void *a, const void *b)
{
	const struct mf_sighting *x = a, *y = b;

	return (x->commit > y->commit) - (x->commit < y->commit);
}

static int by_blob(const void *a, const void *b)
{
	const struct mf_origin *x = a, *y = b;

	if (x->blob != y->blob)
		return x->blob < y->blob ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* The commits that occur, each read once. The sightings are sorted by them. */
static int read_commits(struct own *own, struct mf_sightings *s, const struct mf_repo *r, struct mf_err *err)
{
	const size_t oid_len = mf_repo_info(r)->oid_len;
	struct mf_reader *rd;
	size_t n = 0;
	int rc = 0;

	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_commit);
	for (size_t i = 0; i < s->n; i++)
		n += i == 0 || s->v[i].commit != s->v[i - 1].commit;
	own->commits = mf_calloc(n + 1, sizeof(*own->commits));
	if (!own->commits)
		return mf_fail_nomem(err);
	if (mf_reader_new(&rd, r, err))
		return -1;
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		if (i && s->v[i].commit == s->v[i - 1].commit)
			continue;
		rc = read_commit(&own->commits[own->n], rd, &s->order[s->v[i].commit], oid_len, err);
		own->n += rc == 0;
	}
	mf_reader_free(rd);
	return rc;
}

static int put(struct mf_origins *out, size_t *cap, struct mf_origin origin, const struct mf_sightings *s, uint32_t path, struct mf_err *err)
{
	if (mf_grow(&out->v, cap, out->n + 1, sizeof(*out->v), err))
		return -1;
	origin.path = mf_sightings_path(s, path);
	if (!origin.path)
		return mf_fail_nomem(err);
	out->v[out->n++] = origin;
	return 0;
}

/* The same blob may have been asked for more than once: each gets its own entries. */
static int fill(struct mf_origins *out, const struct mf_sightings *s, const struct mf_wanted *w, size_t n_asked, struct mf_err *err)
{
	const struct own *own = out->own;
	size_t cap = 0, commit = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct mf_sighting *from = &s->v[i];
		struct mf_origin origin = { .mode = from->mode, .order = from->commit };

		commit += i && from->commit != s->v[i - 1].commit;
		origin.commit = &own->commits[commit];
		if (from->blob >= w->ids.n) {
			origin.blob = n_asked + (from->blob - w->ids.n);
			if (put(out, &cap, origin, s, from->path, err))
				return -1;
			continue;
		}
		for (origin.blob = w->head[from->blob]; origin.blob != SIZE_MAX; origin.blob = w->next[origin.blob])
			if (put(out, &cap, origin, s, from->path, err))
				return -1;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_blob);
	return 0;
}

static int run(struct mf_origins *out, const struct mf_repo *r, struct mf_harvest **h, unsigned threads, const struct mf_wanted *w, size_t n_asked,
	       const struct mf_history_opts *opts, struct mf_seen *seen, struct mf_past *past, struct mf_err *err)
{
	struct mf_sightings s = { 0 };
	struct own *own = mf_calloc(1, sizeof(*own));
	int rc = own ? 0 : mf_fail_nomem(err);
	const bool recalls = seen && past && mf_past_has_trail(past);

	out->own = own;
	if (rc == 0)
		rc = (past && mf_past_settle(past, err)) || collect(h, threads, r, opts, seen, past, err) ||
		     find_absent(&own->absent, h, threads, r, recalls ? past : NULL, err) || mf_sightings_find(&s, h, threads, w, past, recalls, err) ||
		     read_commits(own, &s, r, err) || fill(out, &s, w, n_asked, err) ? -1 : 0;
	for (unsigned i = 0; i < threads; i++)
		out->failed += h[i]->failed + h[i]->damaged;
	/* what could not be read has to be said each time */
	out->absent = own ? own->absent.ids : NULL;
	out->n_absent = own ? own->absent.n : 0;
	if (past && out->failed)
		mf_past_unlearn(past);
	out->missing = s.missing;
	out->cut = s.cut;
	if (own) {
		own->named = s.named;
		s.named = (struct mf_idmap){ 0 };
		out->named = own->named.ids;
		out->n_named = own->named.n;
	}
	mf_sightings_free(&s);
	return rc;
}

int mf_attribute(struct mf_origins *out, const struct mf_repo *r, const struct mf_oid *blobs, size_t n, const struct mf_history_opts *opts,
		 struct mf_seen *seen, struct mf_past *past, const struct mf_naming *naming, struct mf_err *err)
{
	const struct mf_history_opts defaults = { 0 };
	const unsigned threads = mf_history_threads(opts ? opts : &defaults);
	struct mf_origins o = { 0 };
	struct mf_harvest **h = NULL;
	struct mf_wanted w = { .past = past, .naming = naming };
	int rc = set_wanted(&w, blobs, n, mf_repo_info(r), err);

	if (rc == 0)
		rc = make_harvests(&h, threads, &w, r, err);
	if (rc == 0)
		rc = run(&o, r, h, threads, &w, n, opts, seen, past, err);
	for (unsigned i = 0; h && i < threads; i++)
		mf_harvest_free(h[i]);
	free(h);
	wanted_free(&w);
	if (rc)
		mf_origins_free(&o);
	else
		*out = o;
	return rc;
}

void mf_origins_free(struct mf_origins *o)
{
	struct own *own;

	if (!o)
		return;
	own = o->own;
	for (size_t i = 0; i < o->n; i++)
		free(o->v[i].path);
	free(o->v);
	for (size_t i = 0; own && i < own->n; i++)
		mf_commit_free(&own->commits[i]);
	if (own) {
		free(own->commits);
		mf_idmap_free(&own->named);
		mf_idmap_free(&own->absent);
	}
	free(own);
	*o = (struct mf_origins){ 0 };
}
