/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a commit moved as they were: gitleaks, which reads changed lines, names the path that they had before, and so may a baseline or an ignore file. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"

enum { PATHS_ASKED = 16, ASKED_MAX = 20000 };	/* of one finding; of all */

struct moved {
	const struct mf_repo *repo;
	struct mf_reader *rd;
	size_t oid_len, asked;
};

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* The same place of the same blob, whatever its path. */
static int by_place(const struct mf_finding *x, const struct mf_finding *y)
{
	int r = strcmp(x->blob, y->blob);

	r = r ? r : strcmp(x->rule_id, y->rule_id);
	r = r ? r : ORDER(x->line, y->line);
	r = r ? r : ORDER(x->col, y->col);
	r = r ? r : ORDER(x->secret_n, y->secret_n);
	return r || !x->secret_n ? r : memcmp(x->secret, y->secret, x->secret_n);
}

static int by_place_and_order(const void *a, const void *b)
{
	const struct mf_finding *x = *(struct mf_finding *const *)a, *y = *(struct mf_finding *const *)b;
	int r = by_place(x, y);

	r = r ? r : ORDER(x->order, y->order);
	return r ? r : strcmp(x->path, y->path);
}

static int add_one(struct mf_finding *f, const char *path, const char *commit, unsigned line, struct mf_err *err)
{
	struct mf_again *a = &f->again[f->n_again];

	*a = (struct mf_again){ .path = mf_strdup(path), .line = line };
	if (!a->path)
		return mf_fail_nomem(err);
	snprintf(a->commit, sizeof(a->commit), "%s", commit);
	f->n_again++;
	return 0;
}

/* All names that the earlier one has. */
static int add_names(struct mf_finding *f, const struct mf_finding *from, struct mf_err *err)
{
	struct mf_again *more = mf_regrow(f->again, f->n_again + from->n_again + 1, sizeof(*more));

	if (!more)
		return mf_fail_nomem(err);
	f->again = more;
	if (add_one(f, from->path, from->commit, from->line, err))
		return -1;
	for (size_t i = 0; i < from->n_again && f->n_again < 2 * MF_AGAIN_MAX; i++) {
		const struct mf_again *a = &from->again[i];

		if (add_one(f, a->path ? a->path : from->path, a->commit, a->line, err))
			return -1;
	}
	return 0;
}

/* `before`: those of the same place whose commits came first. */
static int look(struct moved *m, struct mf_finding *f, struct mf_finding *const *before, size_t n, struct mf_err *err)
{
	struct mf_oid commit = { { 0 } }, blob = { { 0 } };
	bool yes = false;

	if (!mf_oid_parse(&commit, mf_str(f->commit), m->oid_len) || !mf_oid_parse(&blob, mf_str(f->blob), m->oid_len))
		return 0;
	for (size_t i = n, asked = 0; i > 0 && asked < PATHS_ASKED && m->asked < ASKED_MAX && !yes; i--) {
		const struct mf_finding *from = before[i - 1];

		if (from->order == f->order || strcmp(from->path, f->path) == 0)
			continue;
		asked++;
		m->asked++;
		if (mf_moved_from(&yes, m->repo, m->rd, &commit, &blob, from->path, err) || (yes && add_names(f, from, err)))
			return -1;
	}
	return 0;
}

int mf_scan_moved(const struct mf_target *t, struct mf_findings *list, struct mf_err *err)
{
	struct moved m = { .repo = t->repo, .oid_len = mf_repo_info(t->repo)->oid_len };
	struct mf_finding **v = mf_calloc(list->n + 1, sizeof(*v));
	size_t n = 0, from = 0;
	int rc = v ? mf_reader_new(&m.rd, t->repo, err) : mf_fail_nomem(err);

	for (size_t i = 0; rc == 0 && i < list->n; i++)
		if (list->v[i].source == MF_SRC_COMMIT && list->v[i].commit && list->v[i].blob)
			v[n++] = &list->v[i];
	if (rc == 0 && n > 1)
		qsort(v, n, sizeof(*v), by_place_and_order);
	for (size_t i = 1; rc == 0 && i < n; i++) {
		if (by_place(v[from], v[i]) != 0)
			from = i;
		else
			rc = look(&m, v[i], v + from, i - from, err);
	}
	mf_reader_free(m.rd);
	free(v);
	return rc;
}
