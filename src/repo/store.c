/* SPDX-License-Identifier: Apache-2.0 */
/* All packs of a repository and its alternates. */
#include "store.h"

#include <pthread.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/history.h>
#include "repo_priv.h"

struct mf_store *mf_store_new(void)
{
	struct mf_store *s = mf_calloc(1, sizeof(*s));
	pthread_mutex_t *lock = mf_calloc(1, sizeof(*lock));

	if (!s || !lock || pthread_mutex_init(lock, NULL)) {
		free(s);
		free(lock);
		return NULL;
	}
	s->lock = lock;
	return s;
}

static void clear(struct mf_store *s)
{
	for (size_t i = 0; i < s->n_multi; i++) {
		mf_mapping_close(&s->multi[i].map);
		free(s->multi[i].packs);
	}
	for (size_t i = 0; i < s->n; i++)
		mf_pack_close(&s->packs[i]);
	for (size_t i = 0; i < s->n_bad; i++)
		free(s->bad[i].name);
	free(s->multi);
	free(s->packs);
	free(s->bad);
	*s = (struct mf_store){ .lock = s->lock };
}

void mf_store_free(struct mf_store *s)
{
	if (!s)
		return;
	clear(s);
	pthread_mutex_destroy(s->lock);
	free(s->lock);
	free(s);
}

static int load(struct mf_store *s, const struct mf_repo *r, struct mf_err *err)
{
	const size_t dirs = r->odirs.n;
	int rc = 0;

	s->multi = mf_calloc(dirs + 1, sizeof(*s->multi));
	if (!s->multi)
		rc = mf_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < dirs; i++)
		rc = mf_store_open_folder(s, r->odirs.v[i], r->info.oid_len, err);
	/* the packs have their places from here on */
	return rc == 0 ? mf_store_link_multi(s, err) : -1;
}

static int load_once(struct mf_store *s, const struct mf_repo *r, struct mf_err *err)
{
	int rc;

	if (s->loaded)
		return 0;
	rc = load(s, r, err);
	if (rc)
		clear(s);
	s->loaded = rc == 0;
	return rc;
}

int mf_store_load(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_store *s = r->store;
	int rc;

	pthread_mutex_lock(s->lock);
	rc = load_once(s, r, err);
	pthread_mutex_unlock(s->lock);
	if (rc == 0)
		*out = s;
	return rc;
}

static const char *name_of(const struct mf_pack *p)
{
	const char *slash = strrchr(p->path, '/');

	return slash ? slash + 1 : p->path;
}

static int check(struct mf_store *s, struct mf_err *err)
{
	for (; s->n_checked < s->n; s->n_checked++) {
		const struct mf_pack *p = &s->packs[s->n_checked];
		struct mf_err why;
		uint32_t n;

		/* else it is listed already */
		if (p->idx.n != p->entries)
			continue;
		if (mf_pack_shared(&n, p, err))
			return -1;
		if (n == 0)
			continue;
		mf_fail(&why, MF_E_GIT_DAMAGED, "'%s.idx' does not fit its pack", p->path);
		mf_err_why(&why, n == 1 ? "%u object has the place of another" : "%u objects have the places of others", n);
		if (mf_store_note(s, MF_BAD_UNFIT, name_of(p), &why, err))
			return -1;
	}
	return 0;
}

int mf_store_check(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_store *s = r->store;
	int rc;

	pthread_mutex_lock(s->lock);
	rc = load_once(s, r, err) || check(s, err) ? -1 : 0;
	pthread_mutex_unlock(s->lock);
	if (rc == 0)
		*out = s;
	return rc;
}

int mf_packs_unfit(const struct mf_repo *r, int (*fn)(void *ctx, const struct mf_bad_pack *pack), void *ctx, struct mf_err *err)
{
	const struct mf_store *s;
	int rc;

	if (mf_store_check(&s, r, err))
		return -1;
	for (size_t i = 0; i < s->n_bad; i++) {
		rc = s->bad[i].kind == MF_BAD_UNFIT ? fn(ctx, &s->bad[i]) : 0;
		if (rc) {
			*err = s->bad[i].why;
			return -1;
		}
	}
	return 0;
}

/* Steps 1 to n_multi ask the multi-pack indexes, the next n those packs that are in none of them, the last n those that are: a
 * multi-pack index may hide objects. */
const struct mf_pack *mf_store_find(uint64_t *offset, size_t *at, const struct mf_store *s, const unsigned char *id)
{
	const size_t multi = s->n_multi;
	uint32_t number, pos;

	while (*at < multi) {
		const struct mf_multi *m = &s->multi[(*at)++];

		if (mf_midx_find(&number, offset, &m->midx, id) && m->packs[number])
			return m->packs[number];
	}
	while (*at < multi + 2 * s->n) {
		const size_t step = (*at)++ - multi;
		const struct mf_pack *p = &s->packs[step % s->n];

		if (p->in_midx != (step >= s->n) || !mf_idx_find(&pos, &p->idx, id))
			continue;
		*offset = mf_idx_offset(&p->idx, pos);
		return p;
	}
	return NULL;
}
