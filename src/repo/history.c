/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over everything in the object database: its threads and what they add up to. */
#include <mayfly/history.h>

#include <sched.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include "past.h"
#include "walk_priv.h"

enum { THREADS_MAX = 256, MEMORY = 64 << 20, STACK = 2 << 20 };

unsigned mf_history_threads(const struct mf_history_opts *opts)
{
	cpu_set_t set;
	unsigned n = opts->threads;

	if (n == 0)
		n = sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
	return n == 0 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

int mf_walk_end(struct mf_walk *w, const struct mf_err *err)
{
	pthread_mutex_lock(&w->lock);
	if (!w->has_error)
		w->error = *err;
	w->has_error = true;
	pthread_mutex_unlock(&w->lock);
	atomic_store(&w->ended, true);
	return -1;
}

bool mf_walk_stopped(struct mf_walk *w)
{
	return atomic_load_explicit(&w->ended, memory_order_relaxed) || (w->opts->stop && *w->opts->stop);
}

int mf_walk_failed(struct mf_worker *k, const struct mf_oid *id, const struct mf_err *why)
{
	struct mf_walk *w = k->w;
	int rc = 0;

	k->stats.failed++;
	if (w->visitor->failed) {
		pthread_mutex_lock(&w->lock);
		rc = w->visitor->failed(k->ctx, id, why);
		pthread_mutex_unlock(&w->lock);
	}
	return rc ? mf_walk_end(w, why) : 0;
}

static int take(struct mf_worker *k, size_t i)
{
	struct mf_walk *w = k->w;
	int rc = 0;

	if (i >= w->n_batches + w->n_parts)
		return w->opts->engine == MF_ENGINE_PACK ? mf_walk_loose(k, i - w->n_batches - w->n_parts) : mf_walk_ids(k, i - w->n_batches);
	if (i >= w->n_batches)
		return mf_walk_part(k, i - w->n_batches);
	for (size_t f = w->batch[i].first; f < w->batch[i].first + w->batch[i].n && rc == 0 && !mf_walk_stopped(w); f++)
		rc = mf_walk_family(k, &w->family[f]);
	return rc;
}

static void *work(void *arg)
{
	struct mf_worker *k = arg;
	struct mf_walk *w = k->w;

	while (!mf_walk_stopped(w)) {
		const size_t i = atomic_fetch_add(&w->next, 1);

		if (i >= w->n_batches + w->n_parts + w->n_chunks || take(k, i))
			break;
	}
	return NULL;
}

static int report_pack(struct mf_worker *k, const struct mf_bad_pack *b)
{
	if (!k->w->visitor->bad_pack)
		return mf_walk_failed(k, &b->id, &b->why);
	k->stats.failed++;
	return k->w->visitor->bad_pack(k->ctx, b) ? mf_walk_end(k->w, &b->why) : 0;
}

/* Packs that could not be opened, and folders that could not be listed: shard 0 speaks for all. */
static int report_packs(struct mf_worker *k)
{
	const struct mf_store *s = k->w->src.store;
	const struct mf_bad_pack lost = { .kind = MF_BAD_FOLDER, .name = k->w->src.lost_in, .why = k->w->src.lost };

	for (size_t i = 0; k->w->shard == 0 && i < s->n_bad; i++)
		if (report_pack(k, &s->bad[i]))
			return -1;
	return k->w->shard == 0 && lost.why.id ? report_pack(k, &lost) : 0;
}

static int open_workers(struct mf_worker **out, struct mf_walk *w, void *const *ctxs, struct mf_err *err)
{
	struct mf_worker *k = mf_calloc(w->threads, sizeof(*k));

	*out = k;
	if (!k)
		return mf_fail_nomem(err);
	for (unsigned i = 0; i < w->threads; i++) {
		k[i].w = w;
		k[i].ctx = ctxs ? ctxs[i] : NULL;
		k[i].z = mf_inflater_new();
		if (!k[i].z)
			return mf_fail_nomem(err);
	}
	return 0;
}

static void close_worker(struct mf_worker *k)
{
	mf_pool_clear(&k->pool);
	mf_spans_free(&k->spans);
	mf_inflater_free(k->z);
	mf_reader_free(k->reader);
	free(k->frame);
	free(k->path);
}

static void add_stats(struct mf_history_stats *to, const struct mf_history_stats *s)
{
	for (size_t t = 0; t < MF_COUNT(s->objects); t++) {
		to->objects[t] += s->objects[t];
		to->bytes[t] += s->bytes[t];
	}
	to->known += s->known;
	to->elsewhere += s->elsewhere;
	to->failed += s->failed;
	to->fell_back |= s->fell_back;
}

/* This thread is the first of them; where the system gives no more, fewer do it. */
static void run_threads(struct mf_walk *w, struct mf_worker *k)
{
	pthread_t id[THREADS_MAX];
	pthread_attr_t attr;
	unsigned n = 1;

	if (w->threads > 1 && pthread_attr_init(&attr) == 0) {
		pthread_attr_setstacksize(&attr, STACK);
		while (n < w->threads && pthread_create(&id[n], &attr, work, &k[n]) == 0)
			n++;
		pthread_attr_destroy(&attr);
	}
	work(&k[0]);
	while (n-- > 1)
		pthread_join(id[n], NULL);
}

static int run(struct mf_walk *w, void *const *ctxs, struct mf_err *err)
{
	struct mf_worker *k = NULL;
	int rc = open_workers(&k, w, ctxs, err);

	if (rc == 0 && (rc = report_packs(&k[0])) == 0)
		run_threads(w, k);
	for (unsigned i = 0; k && i < w->threads; i++) {
		add_stats(&w->stats, &k[i].stats);
		close_worker(&k[i]);
	}
	free(k);
	if (w->has_error) {
		*err = w->error;
		rc = -1;
	}
	return rc;
}

static void close_walk(struct mf_walk *w)
{
	for (size_t i = 0; w->plan && i < w->src.store->n; i++)
		mf_plan_free(&w->plan[i]);
	for (size_t i = 0; w->known && i < w->src.store->n; i++)
		free(w->known[i]);
	free(w->plan);
	free(w->known);
	free(w->no_plan);
	free(w->one);
	free(w->family);
	free(w->batch);
	mf_oids_free(&w->ids);
	mf_sources_free(&w->src);
	mf_odb_free(w->odb);
	pthread_mutex_destroy(&w->lock);
}

int mf_history_walk(const struct mf_repo *r, const struct mf_history_opts *opts, const struct mf_visitor *visitor, void *const *ctxs,
		    struct mf_history_stats *stats, struct mf_err *err)
{
	struct mf_walk w = { .r = r, .opts = opts, .visitor = visitor, .oid_len = mf_repo_info(r)->oid_len,
			     .shard = opts->shard, .shards = opts->shards ? opts->shards : 1, .threads = mf_history_threads(opts) };
	int rc;

	if (w.shard >= w.shards)
		return mf_fail(err, MF_E_BASE_BUG, "there is no shard %u of %u", w.shard, w.shards);
	if (visitor->past)
		mf_past_begin(visitor->past);
	pthread_mutex_init(&w.lock, NULL);
	w.memory = (opts->memory ? opts->memory : MEMORY) / w.threads;
	rc = opts->engine == MF_ENGINE_PACK ? mf_walk_prepare(&w, err) : mf_walk_prepare_ids(&w, err);
	if (rc == 0)
		rc = run(&w, ctxs, err);
	if (rc == 0 && stats)
		*stats = w.stats;
	close_walk(&w);
	return rc;
}
