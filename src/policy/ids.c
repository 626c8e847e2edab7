/* SPDX-License-Identifier: Apache-2.0 */
/* Ids are slow on purpose: they are shared between the findings of one credential and computed by several threads. */
#include "ids.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "accepted.h"

enum { THREADS = 16, JOBS_PER_THREAD = 4 };

int mf_ids_add(uint32_t *n, struct mf_ids *ids, const struct mf_finding *f, size_t most, struct mf_err *err)
{
	const struct mf_str secret = mf_finding_credential(f);
	struct mf_buf key = MF_BUF(SIZE_MAX / 4);
	struct mf_str text;
	int r;

	r = mf_room(&ids->v, ids->keys.n, &ids->cap, sizeof(*ids->v), err) || mf_buf_add(&key, f->rule_id, strlen(f->rule_id) + 1, err) ||
	    mf_buf_add(&key, secret.p, secret.n, err) ? -1 : 0;
	text = (struct mf_str){ key.p, key.n };
	*n = r ? MF_NONE : mf_intern_find(&ids->keys, text);
	if (r == 0 && *n == MF_NONE && ids->keys.n < most) {
		r = mf_intern_add(n, &ids->keys, text, err);
		if (r == 0)
			ids->v[*n] = (struct mf_id_job){ .rule_id = f->rule_id, .secret = secret };
	}
	mf_buf_free(&key);
	return r;
}

bool mf_ids_has(const struct mf_ids *ids, uint32_t n)
{
	return n < ids->done;
}

/* One thread's share: every `step`-th job. */
struct worker {
	struct mf_ids *ids;
	const struct mf_accepted *a;
	size_t first, step, end;
	struct mf_err err;
	int r;
	pthread_t thread;
	bool started;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	for (size_t i = w->first; i < w->end && w->r == 0; i += w->step)
		if (!*w->ids->v[i].id)
			w->r = mf_accepted_hash(w->ids->v[i].id, w->a, w->ids->v[i].rule_id, w->ids->v[i].secret, &w->err);
	return NULL;
}

static size_t count_threads(size_t jobs)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = processors > 1 ? (size_t)processors : 1;

	n = n > THREADS ? THREADS : n;
	return n > jobs / JOBS_PER_THREAD ? jobs / JOBS_PER_THREAD + 1 : n;
}

int mf_ids_run(struct mf_ids *ids, const struct mf_accepted *a, struct mf_err *err)
{
	const size_t n = count_threads(ids->keys.n - ids->done);
	struct worker w[THREADS] = { 0 };
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		w[i] = (struct worker){ .ids = ids, .a = a, .first = ids->done + i, .step = n, .end = ids->keys.n };
		w[i].started = i && pthread_create(&w[i].thread, NULL, work, &w[i]) == 0;
	}
	/* the first share, and those that no thread could be made for */
	for (size_t i = 0; i < n; i++)
		if (!w[i].started)
			work(&w[i]);
	for (size_t i = 0; i < n; i++) {
		if (w[i].started)
			pthread_join(w[i].thread, NULL);
		if (w[i].r && r == 0) {
			*err = w[i].err;
			r = -1;
		}
	}
	ids->done = r ? ids->done : ids->keys.n;
	return r;
}

void mf_ids_free(struct mf_ids *ids)
{
	mf_intern_free(&ids->keys);
	free(ids->v);
	*ids = (struct mf_ids){ 0 };
}
