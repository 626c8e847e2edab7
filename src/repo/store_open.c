/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the packs of a folder. One whose own index cannot be used, or does not name all of its objects, is read by the multi-pack index. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "repo_priv.h"

enum {
	NAMES_MAX = 40000,	/* each pack has two */
	HELPED_MAX = 64		/* packs of a folder that are read by the multi-pack index: each costs a look at all of it */
};

struct folder {
	struct mf_store *s;
	char *dir;
	size_t oid_len;
	const struct mf_multi *multi;	/* NULL: there is none */
	unsigned helped;
};

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

static struct mf_bad_pack *new_bad(struct mf_store *s)
{
	if (s->n_bad == s->cap_bad) {
		const size_t cap = s->cap_bad ? s->cap_bad * 2 : 4;
		struct mf_bad_pack *v = mf_regrow(s->bad, cap, sizeof(*v));

		if (!v)
			return NULL;
		s->bad = v;
		s->cap_bad = cap;
	}
	return &s->bad[s->n_bad];
}

int mf_store_note(struct mf_store *s, enum mf_bad_kind kind, const char *name, const struct mf_err *why, struct mf_err *err)
{
	const size_t n = strlen(name);
	struct mf_bad_pack *b = new_bad(s);

	if (!b)
		return mf_fail_nomem(err);
	*b = (struct mf_bad_pack){ .kind = kind, .name = mf_calloc(n + sizeof(".pack"), 1), .why = *why };
	if (!b->name)
		return mf_fail_nomem(err);
	memcpy(b->name, name, n + 1);
	if (kind != MF_BAD_FOLDER)
		memcpy(b->name + n, ".pack", sizeof(".pack"));
	if (kind != MF_BAD_FOLDER && strncmp(name, "pack-", 5) == 0 && !mf_oid_parse(&b->id, mf_str(name + 5), 20))
		mf_oid_parse(&b->id, mf_str(name + 5), 32);
	s->n_bad++;
	return 0;
}

static bool is_whole(const struct mf_pack *p)
{
	return p->idx.n == p->entries;
}

/* The pack with the index that the multi-pack index makes: 0, 1 when it does not help. */
static int open_by_multi(struct mf_pack *out, struct folder *f, const char *name, const char *path, struct mf_err *err)
{
	const size_t n = strlen(name);
	unsigned char *idx;
	struct mf_err why;
	uint32_t number = 0;
	size_t at = 0, idx_n;

	if (!f->multi || f->helped >= HELPED_MAX)
		return 1;
	for (;; number++) {
		const struct mf_str s = mf_midx_name(&f->multi->midx, &at);

		if (s.n == 0 || number >= f->multi->midx.packs)
			return 1;
		if (s.n == n + 4 && memcmp(s.p, name, n) == 0 && memcmp(s.p + n, ".idx", 4) == 0)
			break;
	}
	f->helped++;
	if (mf_midx_index(&idx, &idx_n, &f->multi->midx, number, err))
		return -1;
	if (idx_n == 0)
		return 1;
	if (mf_pack_open_with(out, path, f->oid_len, idx, idx_n, &why) == 0)
		return 0;
	if (why.code == MF_IO)
		return 1;
	*err = why;
	return -1;
}

static int note_unfit(struct folder *f, const struct mf_pack *p, const char *name, struct mf_err *err)
{
	struct mf_err why;

	mf_fail(&why, MF_E_GIT_DAMAGED, "the index of '%s.pack' does not fit it", p->path);
	mf_err_why(&why, "%s names %u objects, and the pack has %u", p->own_idx ? "its own cannot be used, the multi-pack index" : "it", p->idx.n, p->entries);
	return mf_store_note(f->s, MF_BAD_UNFIT, name, &why, err);
}

/* The best that can be had: 0, 1 and *why when it cannot be used. */
static int open_pack(struct mf_pack *out, struct folder *f, const char *name, const char *path, struct mf_err *why, struct mf_err *err)
{
	struct mf_pack other;
	const int own = mf_pack_open(out, path, f->oid_len, why);
	int rc;

	if (own && why->code != MF_IO) {
		*err = *why;
		return -1;
	}
	if (own == 0 && is_whole(out))
		return 0;
	rc = open_by_multi(&other, f, name, path, err);
	if (rc == 0 && own == 0 && !is_whole(&other)) {
		mf_pack_close(&other);
		return 0;
	}
	if (rc <= 0 && own == 0)
		mf_pack_close(out);
	if (rc == 0)
		*out = other;
	return rc == 1 && own == 0 ? 0 : rc;
}

static int add_pack(struct folder *f, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(f->dir, name);
	struct mf_store *s = f->s;
	struct mf_pack *p;
	struct mf_err why;
	int rc;

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
	p = &s->packs[s->n];
	rc = open_pack(p, f, name, path, &why, err);
	if (rc)
		return rc < 0 ? -1 : mf_store_note(s, MF_BAD_UNREAD, name, &why, err);
	p->number = (uint32_t)s->n++;
	return is_whole(p) ? 0 : note_unfit(f, p, name, err);
}

/* One that is missing, damaged or of a kind that is not read is done without. */
static void open_multi(struct folder *f)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(f->dir, "multi-pack-index");
	struct mf_multi *m = &f->s->multi[f->s->n_multi];
	struct mf_err why;

	if (!path || mf_mapping_open(&m->map, path, &why))
		return;
	if (mf_midx_parse(&m->midx, m->map.p, m->map.n, f->oid_len, &why) || m->midx.packs > NAMES_MAX) {
		mf_mapping_close(&m->map);
		return;
	}
	f->s->n_multi++;
	f->multi = m;
}

static int add_packs(struct folder *f, struct mf_err *err)
{
	MF_CLEANUP(mf_texts_free) struct mf_texts names = { 0 };
	struct mf_err why = { 0 };

	if (list_names(&names, f->dir, &why, err) || (why.id && mf_store_note(f->s, MF_BAD_FOLDER, f->dir, &why, err)))
		return -1;
	if (names.n >= NAMES_MAX) {
		mf_fail(&why, MF_E_GIT_LIMIT, "'%s' holds too many packs", f->dir);
		mf_err_why(&why, "it holds more than %d packs; the others are left out", NAMES_MAX / 2);
		if (mf_store_note(f->s, MF_BAD_FOLDER, f->dir, &why, err))
			return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (i && strcmp(names.v[i], names.v[i - 1]) == 0)
			continue;
		if (add_pack(f, names.v[i], err))
			return -1;
	}
	return 0;
}

int mf_store_open_folder(struct mf_store *s, const char *odir, size_t oid_len, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = mf_path_join(odir, "pack");
	struct folder f = { .s = s, .dir = dir, .oid_len = oid_len };
	const size_t multi = s->n_multi;

	if (!dir)
		return mf_fail_nomem(err);
	open_multi(&f);
	s->multi[multi].first = s->n;
	if (add_packs(&f, err))
		return -1;
	s->multi[multi].end = s->n;
	return 0;
}

/* The pack of this name, which ends in ".idx", among those of one folder. */
static struct mf_pack *by_name(struct mf_store *s, const struct mf_multi *m, struct mf_str name)
{
	size_t low = m->first, high = m->end;

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

int mf_store_link_multi(struct mf_store *s, struct mf_err *err)
{
	for (size_t k = 0; k < s->n_multi; k++) {
		struct mf_multi *m = &s->multi[k];
		size_t at = 0;

		m->packs = mf_calloc(m->midx.packs + (size_t)1, sizeof(*m->packs));
		if (!m->packs)
			return mf_fail_nomem(err);
		for (uint32_t i = 0; i < m->midx.packs; i++) {
			struct mf_pack *p = by_name(s, m, mf_midx_name(&m->midx, &at));

			m->packs[i] = p;
			if (p)
				p->in_midx = true;
		}
	}
	return 0;
}
