/* SPDX-License-Identifier: Apache-2.0 */
/* Changed files: what they held before they were changed is no news. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"

struct old {
	struct mf_child *c;
	struct mf_before *before;
	struct mf_reader *rd;
	char *path;		/* at hand */
	struct mf_cands cands;	/* of it */
	bool there;		/* the path is not new */
};

/* A blob that cannot be read held nothing: what is found now counts. */
static int scan_old(struct old *o, const struct mf_oid *id, const char *path, struct mf_err *err)
{
	struct mf_object blob;
	struct mf_err why = { 0 };
	int rc;

	if (mf_object_read(&blob, o->rd, id, o->c->s->max_bytes, &why))
		return why.id == mf_error_id(MF_E_BASE_NOMEM) ? mf_fail_nomem(err) : 0;
	rc = mf_scan(o->c->scanners[0], (struct mf_str){ (const char *)blob.p, blob.n }, path, &o->cands, err);
	mf_object_free(&blob);
	return rc;
}

/* The path of a member of an archive is longer than that of the file, by '!' and its name. */
static int look(struct old *o, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *file = mf_strdup(path);
	struct mf_oid ids[MF_BEFORE_MAX];
	char *cut = NULL;
	size_t n = 0;

	free(o->path);
	o->path = mf_strdup(path);
	if (!file || !o->path)
		return mf_fail_nomem(err);
	mf_cands_clear(&o->cands);
	do {
		if (cut)
			*cut = '\0';
		if (mf_before_find(ids, &n, o->before, file, err))
			return -1;
		cut = strrchr(file, '!');
	} while (n == 0 && cut);
	o->there = n > 0;
	for (size_t i = 0; i < n; i++)
		if (scan_old(o, &ids[i], file, err))
			return -1;
	return 0;
}

/* The same secret in the same words: a line that was edited is told again, as by git diff. What is shown of it may depend on what else is in the file:
 * then it is told, too. */
static bool same(const struct mf_cand *c, const struct mf_finding *f)
{
	const char *text = c->shown ? c->shown : c->text;

	return c->rule == f->rule && c->secret_n == f->secret_n && memcmp(c->secret, f->secret, f->secret_n) == 0 && c->text_n == f->text_n &&
	       (f->text_n == 0 || memcmp(text, f->text, f->text_n) == 0);
}

/* One that an inline allow let pass has not been told yet. */
static bool is_old(const struct old *o, const struct mf_finding *f)
{
	if (!f->secret_n)
		return o->there;
	for (size_t i = 0; i < o->cands.n; i++)
		if (!o->cands.v[i].allowed && same(&o->cands.v[i], f))
			return true;
	return false;
}

static int filter(struct old *o, struct mf_findings *list, struct mf_err *err)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding f = list->v[i];

		if (rc == 0 && (!o->path || strcmp(o->path, f.path) != 0))
			rc = look(o, f.path, err);
		list->v[i] = (struct mf_finding){ 0 };
		if (rc == 0 && is_old(o, &f))
			mf_finding_free(&f);
		else
			list->v[kept++] = f;
	}
	list->n = kept;
	return rc;
}

int mf_scan_drop_old(struct mf_child *c, const struct mf_target *t, struct mf_findings *list, struct mf_err *err)
{
	const enum mf_before_what what = c->s->mode == MF_SCAN_STAGED ? MF_BEFORE_STAGED : c->s->mode == MF_SCAN_RANGE ? MF_BEFORE_RANGE : MF_BEFORE_CHANGED;
	struct old o = { .c = c };
	int rc = 0;

	if (!c->s->changed || list->n == 0 || !t || !t->repo)
		return 0;
	const struct mf_ends ends = { .from = t->from, .n_from = t->n_from };

	if (mf_before_new(&o.before, t->repo, what, &ends, err) || mf_reader_new(&o.rd, t->repo, err))
		rc = -1;
	if (rc == 0)
		rc = filter(&o, list, err);
	free(o.path);
	mf_cands_free(&o.cands);
	mf_reader_free(o.rd);
	mf_before_free(o.before);
	return rc;
}
