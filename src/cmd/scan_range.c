/* SPDX-License-Identifier: Apache-2.0 */
/* What commits of a range bring in, and what the index holds that HEAD has not: blobs whose path is known. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"

struct walk {
	struct mf_child *c;
	struct mf_target *t;
	struct mf_reader *rd;
	enum mf_source source;
	char *only;		/* of what is staged: below this path; NULL: all */
};

static int path_rules(struct walk *w, const struct mf_place *place, struct mf_err *err)
{
	struct mf_cands cands = { 0 };
	int rc;

	if (!mf_detector_has_path_rules(w->c->detector))
		return 0;
	rc = mf_scan_path(w->c->scanners[0], place->path, &cands, err);
	if (rc == 0 && cands.n)
		rc = mf_collect_placed(w->c->collect, w->source, place, w->c->order, &cands, err);
	mf_cands_free(&cands);
	return rc;
}

/* A blob that the clone lacks or that is damaged or too large is told, and the others go on. */
static int scan_blob(struct walk *w, const struct mf_place *place, struct mf_err *err)
{
	struct mf_object o = { 0 };
	struct mf_err why = { 0 };
	int rc;

	if (path_rules(w, place, err))
		return -1;
	if (mf_object_read(&o, w->rd, place->blob, w->c->s->max_bytes, &why)) {
		if (why.id == mf_error_id(MF_E_BASE_NOMEM)) {
			*err = why;
			return -1;
		}
		mf_tally_add(why.id == mf_error_id(MF_E_GIT_LIMIT) ? &w->c->too_large : &w->c->damaged, place->path, why.why[0] ? why.why : why.what);
		return 0;
	}
	w->c->run.blobs++;
	rc = mf_scan_placed(w->c, 0, w->source, place, (struct mf_str){ (const char *)o.p, o.n }, err);
	mf_object_free(&o);
	return rc;
}

static bool is_below(const char *path, const char *folder)
{
	const size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || !path[n]);
}

static int on_blob(void *ctx, const struct mf_place *place, struct mf_err *err)
{
	struct walk *w = ctx;
	MF_CLEANUP(mf_freep) char *path = NULL;
	struct mf_place under = *place;

	if (w->c->s->env->stop && *w->c->s->env->stop)
		return mf_fail(err, MF_E_CMD_STOPPED, "the scan was stopped");
	if (w->only && !is_below(place->path, w->only))
		return 0;
	if (place->mode == MF_MODE_LINK && w->source != MF_SRC_STAGED)
		return mf_scan_link(w->c, w->t, place, err);
	if (place->mode == MF_MODE_LINK) {
		mf_tally_add(&w->c->submodules, place->path, NULL);
		return 0;
	}
	if (w->t->prefix) {
		if (mf_scan_under(&path, w->t, place->path, err))
			return -1;
		under.path = path;
	}
	return scan_blob(w, &under, err);
}

static int on_message(void *ctx, const struct mf_commit *commit, struct mf_err *err)
{
	struct walk *w = ctx;
	const struct mf_place place = { .path = "", .commit = commit };

	w->c->order++;
	return mf_scan_placed(w->c, 0, MF_SRC_MESSAGE, &place, (struct mf_str){ commit->message, commit->message_n }, err);
}

static int admit(struct mf_child *c, const struct mf_target *t, const struct mf_range_stats *stats)
{
	int rc = 0;

	c->run.commits += stats->commits;
	if (stats->shallow)
		rc = mf_note_add(&c->notes, true, "actions/checkout: with: { fetch-depth: 0 }    GitLab: GIT_DEPTH: 0",
				 "the clone is shallow and ends inside the range", "%scommits of the range are missing: they were not scanned", mf_target_of(t));
	if (rc == 0 && stats->missing)
		rc = mf_note_add(&c->notes, true, NULL, "the clone lacks them, or they are damaged", "%s%llu objects of the range could not be read",
				 mf_target_of(t), (unsigned long long)stats->missing);
	return rc;
}

/* The parents of a commit, as the ends that leave it alone. */
static int find_parents(struct mf_child *c, struct mf_target *t, struct mf_reader *rd, struct mf_err *err)
{
	struct mf_commit commit = { 0 };
	struct mf_object o;
	int rc;

	if (mf_object_read(&o, rd, t->to, c->s->max_bytes, err))
		return -1;
	rc = mf_commit_parse(&commit, t->to, o.p, o.n, mf_repo_info(t->repo)->oid_len, err);
	mf_object_free(&o);
	if (rc)
		return -1;
	free(t->from);
	t->from = commit.parents;
	t->n_from = commit.n_parents;
	commit.parents = NULL;
	mf_commit_free(&commit);
	return 0;
}

/* Those that were asked for; a submodule's are set already. */
static int find_ends(struct mf_child *c, struct mf_target *t, struct mf_reader *rd, struct mf_err *err)
{
	if (t->n_to)
		return 0;
	t->to = mf_calloc(1, sizeof(*t->to));
	t->from = mf_calloc(1, sizeof(*t->from));
	if (!t->to || !t->from)
		return mf_fail_nomem(err);
	if (mf_rev_parse(t->to, t->repo, rd, c->s->to, err) || (c->s->from && mf_rev_parse(t->from, t->repo, rd, c->s->from, err)))
		return -1;
	t->n_to = 1;
	t->n_from = c->s->from != NULL;
	return c->s->one ? find_parents(c, t, rd, err) : 0;
}

int mf_scan_commits(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	struct walk w = { .c = c, .t = t, .source = MF_SRC_COMMIT };
	struct mf_range_stats stats = { 0 };
	int rc;

	if (mf_reader_new(&w.rd, t->repo, err))
		return -1;
	rc = find_ends(c, t, w.rd, err);
	if (rc == 0) {
		const struct mf_ends ends = { .from = t->from, .n_from = t->n_from, .to = t->to, .n_to = t->n_to };

		rc = mf_ends_walk(t->repo, &ends, on_blob, on_message, &w, &stats, err);
	}
	if (rc == 0 && admit(c, t, &stats))
		rc = mf_fail_nomem(err);
	mf_reader_free(w.rd);
	return rc;
}

int mf_scan_staged(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	const char *root = mf_repo_info(t->repo)->work_tree;
	struct walk w = { .c = c, .t = t, .source = MF_SRC_STAGED };
	int rc;

	if (mf_reader_new(&w.rd, t->repo, err))
		return -1;
	/* as `git diff .` has it; a commit is of all that is staged */
	rc = c->s->changed && root ? mf_scan_below(&w.only, t->path, root, err) : 0;
	if (rc == 0)
		rc = mf_staged_walk(t->repo, on_blob, &w, err);
	free(w.only);
	mf_reader_free(w.rd);
	return rc;
}
