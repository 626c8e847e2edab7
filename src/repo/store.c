/* SPDX-License-Identifier: Apache-2.0 */
/* All packs of a repository and its alternates. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "repo_priv.h"

enum { NAMES_MAX = 40000 };	/* each pack has two */

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

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "pack-1234.idx" and "pack-1234.pack" -> "pack-1234", each once and sorted. A pack without index is listed too. */
static int list_names(struct mf_texts *out, const char *dir, struct mf_err *lost, struct mf_err *err)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	int rc = 0;

	if (!d && errno != ENOENT && errno != ENOTDIR)
		mf_fail_errno(lost, MF_E_GIT_DAMAGED, errno, "the folder of packs '%s' cannot be listed", dir);
	while (d && rc == 0 && out->n < NAMES_MAX && (e = readdir(d))) {
		const size_t n = strlen(e->d_name);
		const size_t ending = n > 4 && strcmp(e->d_name + n - 4, ".idx") == 0 ? 4 :
				      n > 5 && strcmp(e->d_name + n - 5, ".pack") == 0 ? 5 : 0;

		if (!ending)
			continue;
		rc = mf_texts_addf(out, err, "%.*s", (int)(n - ending), e->d_name);
	}
	if (d)
		closedir(d);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_text);
	return rc;
}

static int note_bad(struct mf_store *s, const char *name, size_t oid_len, const struct mf_err *why, struct mf_err *err)
{
	struct mf_bad_pack *b;

	if (s->n_bad == s->cap_bad) {
		const size_t cap = s->cap_bad ? s->cap_bad * 2 : 4;

		b = mf_regrow(s->bad, cap, sizeof(*b));
		if (!b)
			return mf_fail_nomem(err);
		s->bad = b;
		s->cap_bad = cap;
	}
	b = &s->bad[s->n_bad++];
	*b = (struct mf_bad_pack){ .why = *why };
	if (strncmp(name, "pack-", 5) == 0)
		mf_oid_parse(&b->id, mf_str(name + 5), oid_len);
	return 0;
}

static int add_pack(struct mf_store *s, const char *dir, const char *name, size_t oid_len, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	struct mf_err why;

	if (!path)
		return mf_fail_nomem(err);
	if (s->n == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 8;
		struct mf_pack *v = mf_regrow(s->packs, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		s->packs = v;
		s->cap = cap;
	}
	if (mf_pack_open(&s->packs[s->n], path, oid_len, &why)) {
		if (why.code != MF_IO) {
			*err = why;
			return -1;
		}
		return note_bad(s, name, oid_len, &why, err);
	}
	s->packs[s->n].number = (uint32_t)s->n;
	s->n++;
	return 0;
}

static int add_packs(struct mf_store *s, const char *odir, size_t oid_len, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = mf_path_join(odir, "pack");
	MF_CLEANUP(mf_texts_free) struct mf_texts names = { 0 };
	struct mf_err lost = { 0 };

	if (!dir)
		return mf_fail_nomem(err);
	if (list_names(&names, dir, &lost, err) || (lost.id && note_bad(s, "", oid_len, &lost, err)))
		return -1;
	if (names.n >= NAMES_MAX) {
		struct mf_err why;

		mf_fail(&why, MF_E_GIT_LIMIT, "'%s' holds more than %d packs; the others are left out", dir, NAMES_MAX / 2);
		if (note_bad(s, "", oid_len, &why, err))
			return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (i && strcmp(names.v[i], names.v[i - 1]) == 0)
			continue;
		if (add_pack(s, dir, names.v[i], oid_len, err))
			return -1;
	}
	return 0;
}

/* The pack of this name, which ends in ".idx", among those of one folder. */
static struct mf_pack *by_name(struct mf_store *s, const size_t range[static 2], struct mf_str name)
{
	size_t low = range[0], high = range[1];

	if (name.n < 4)
		return NULL;
	name.n -= 4;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const char *base = strrchr(s->packs[mid].path, '/') + 1;
		const int c = strncmp(name.p, base, name.n);

		if (c == 0 && base[name.n] == '\0')
			return &s->packs[mid];
		if (c < 0 || c == 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* One that is missing, damaged or of a kind that is not read is done without. */
static int add_multi(struct mf_store *s, const char *odir, const size_t range[static 2], size_t oid_len, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(odir, "pack/multi-pack-index");
	struct mf_multi *m = &s->multi[s->n_multi];
	struct mf_err why;
	size_t at = 0;

	if (!path)
		return mf_fail_nomem(err);
	if (mf_mapping_open(&m->map, path, &why))
		return 0;
	if (mf_midx_parse(&m->midx, m->map.p, m->map.n, oid_len, &why) || m->midx.packs > NAMES_MAX) {
		mf_mapping_close(&m->map);
		return 0;
	}
	m->packs = mf_calloc(m->midx.packs + (size_t)1, sizeof(*m->packs));
	if (!m->packs) {
		mf_mapping_close(&m->map);
		return mf_fail_nomem(err);
	}
	s->n_multi++;
	for (uint32_t i = 0; i < m->midx.packs; i++) {
		struct mf_pack *p = by_name(s, range, mf_midx_name(&m->midx, &at));

		m->packs[i] = p;
		if (p)
			p->in_midx = true;
	}
	return 0;
}

static int load(struct mf_store *s, const struct mf_repo *r, struct mf_err *err)
{
	const size_t dirs = r->odirs.n, oid_len = r->info.oid_len;
	size_t *first = mf_calloc(dirs + 1, sizeof(*first));
	int rc = 0;

	s->multi = mf_calloc(dirs + 1, sizeof(*s->multi));
	if (!first || !s->multi)
		rc = mf_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < dirs; i++) {
		first[i] = s->n;
		rc = add_packs(s, r->odirs.v[i], oid_len, err);
		first[i + 1] = s->n;
	}
	/* the packs have their places from here on */
	for (size_t i = 0; rc == 0 && i < dirs; i++)
		rc = add_multi(s, r->odirs.v[i], &first[i], oid_len, err);
	free(first);
	return rc;
}

int mf_store_load(const struct mf_store **out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_store *s = r->store;
	int rc = 0;

	pthread_mutex_lock(s->lock);
	if (!s->loaded) {
		rc = load(s, r, err);
		if (rc)
			clear(s);
		s->loaded = rc == 0;
	}
	pthread_mutex_unlock(s->lock);
	if (rc == 0)
		*out = s;
	return rc;
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
