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
	/* annotated tags by the commit that they lead to, sorted; and those that were looked at already */
	struct tag_of { struct mf_oid commit, tag; } *tags;
	size_t n_tags, cap_tags;
	struct mf_oid *done;
	size_t n_done, cap_done;
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

static int scan_tag(struct walk *w, const struct mf_oid *id, const struct mf_object *tag, struct mf_err *err)
{
	struct mf_commit commit;
	const struct mf_place place = { .path = "", .blob = id, .commit = &commit };
	const uint64_t order = w->c->order;
	int rc = mf_tag_parse(&commit, id, tag->p, tag->n, err);

	if (rc)
		return -1;
	w->c->order = 0;	/* as in a history: tags have none */
	rc = mf_scan_placed(w->c, 0, MF_SRC_TAG, &place, (struct mf_str){ commit.message, commit.message_n }, err);
	w->c->order = order;
	mf_commit_free(&commit);
	return rc;
}

/* What a range ends in, when that is an annotated tag: its message goes with it. */
static int on_tag(void *ctx, const struct mf_oid *id, const struct mf_object *tag, struct mf_err *err)
{
	struct walk *w = ctx;

	if (mf_grow(&w->done, &w->cap_done, w->n_done + 1, sizeof(*w->done), err))
		return -1;
	w->done[w->n_done++] = *id;
	return scan_tag(w, id, tag, err);
}

static bool is_done(const struct walk *w, const struct mf_oid *id)
{
	for (size_t i = 0; i < w->n_done; i++)
		if (memcmp(w->done[i].b, id->b, sizeof(id->b)) == 0)
			return true;
	return false;
}

static int read_tag(struct walk *w, const struct mf_oid *id, struct mf_err *err)
{
	struct mf_object o = { 0 };
	struct mf_err why = { 0 };
	int rc;

	if (is_done(w, id))
		return 0;
	if (mf_object_read(&o, w->rd, id, w->c->s->max_bytes, &why)) {
		if (why.id == mf_error_id(MF_E_BASE_NOMEM))
			return mf_fail_nomem(err);
		mf_tally_add(why.id == mf_error_id(MF_E_GIT_LIMIT) ? &w->c->too_large : &w->c->damaged, "a tag", why.why[0] ? why.why : why.what);
		return 0;
	}
	rc = scan_tag(w, id, &o, err);
	mf_object_free(&o);
	return rc;
}

static int by_commit(const void *a, const void *b)
{
	return memcmp(((const struct tag_of *)a)->commit.b, ((const struct tag_of *)b)->commit.b, sizeof(((const struct tag_of *)a)->commit.b));
}

static int by_commit_and_tag(const void *a, const void *b)
{
	const int r = by_commit(a, b);

	return r ? r : memcmp(((const struct tag_of *)a)->tag.b, ((const struct tag_of *)b)->tag.b, sizeof(((const struct tag_of *)a)->tag.b));
}

static int tags_of(struct walk *w, const struct mf_oid *commit, struct mf_err *err)
{
	const struct tag_of key = { .commit = *commit }, *at = w->n_tags ? bsearch(&key, w->tags, w->n_tags, sizeof(key), by_commit) : NULL;

	while (at && at > w->tags && by_commit(at - 1, &key) == 0)
		at--;
	for (const struct tag_of *end = w->tags + w->n_tags; at && at < end && by_commit(at, &key) == 0; at++)
		if ((at == w->tags || by_commit_and_tag(at - 1, at) != 0) && read_tag(w, &at->tag, err))
			return -1;
	return 0;
}

static int add_tag(void *ctx, const struct mf_oid *tag, const struct mf_oid *commit, struct mf_err *err)
{
	struct walk *w = ctx;

	if (mf_grow(&w->tags, &w->cap_tags, w->n_tags + 1, sizeof(*w->tags), err))
		return -1;
	w->tags[w->n_tags++] = (struct tag_of){ .commit = *commit, .tag = *tag };
	return 0;
}

/* A hook is told what is pushed: other tags stay here. */
static int find_tags(struct walk *w, struct mf_err *err)
{
	uint64_t unread = 0;

	if (w->c->s->from_hook || w->t->outer)
		return 0;
	if (mf_tags_each(w->t->repo, w->rd, add_tag, w, &unread, err))
		return -1;
	if (w->n_tags)
		qsort(w->tags, w->n_tags, sizeof(*w->tags), by_commit_and_tag);
	return unread && mf_note_add(&w->c->notes, true, NULL, mf_repo_info(w->t->repo)->reftable ? "the repository keeps its references in a reftable" :
				     "they are damaged, or the clone lacks what they are of", "tags were not followed: messages of those in the range may be missing")
		? mf_fail_nomem(err) : 0;
}

static int on_message(void *ctx, const struct mf_commit *commit, struct mf_err *err)
{
	struct walk *w = ctx;
	const struct mf_place place = { .path = "", .commit = commit };

	w->c->order++;
	if (mf_scan_placed(w->c, 0, MF_SRC_MESSAGE, &place, (struct mf_str){ commit->message, commit->message_n }, err))
		return -1;
	return tags_of(w, &commit->id, err);
}

static int on_unfit(void *ctx, const struct mf_bad_pack *pack)
{
	const struct walk *w = ctx;

	mf_scan_see_pack(w->c, mf_target_of(w->t), pack);
	return 0;
}

static int admit(struct mf_child *c, const struct mf_target *t, const struct mf_range_stats *stats)
{
	int rc = 0;

	c->run.commits += stats->commits;
	if (stats->shallow)
		rc = mf_note_add(&c->notes, true, "actions/checkout: with: { fetch-depth: 0 }    GitLab: GIT_DEPTH: 0",
				 "the clone is shallow and ends inside the range", "%scommits of the range are missing: they were not scanned", mf_target_of(t));
	if (rc == 0 && stats->missing)
		rc = mf_note_add(&c->notes, true, NULL, "the clone lacks them, or they are damaged", "%s%llu object%s of the range could not be read",
				 mf_target_of(t), (unsigned long long)stats->missing, stats->missing == 1 ? "" : "s");
	if (rc == 0 && stats->cut)
		rc = mf_note_add(&c->notes, true, NULL, "there are more, or they lie deeper, than are followed", "%ssome folders of the range were not scanned",
				 mf_target_of(t));
	if (rc == 0 && mf_repo_info(t->repo)->partial && (stats->missing || c->damaged.n))
		rc = mf_note_add(&c->notes, true, "clone without --filter", "objects that were not fetched are not in it",
				 "%sthe clone is partial: only what it holds was scanned", mf_target_of(t));
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
static int find_ends(struct walk *w, struct mf_target *t, struct mf_err *err)
{
	struct mf_child *c = w->c;

	if (t->n_to)
		return 0;
	t->to = mf_calloc(1, sizeof(*t->to));
	t->from = mf_calloc(1, sizeof(*t->from));
	if (!t->to || !t->from)
		return mf_fail_nomem(err);
	if (mf_rev_parse_tags(t->to, t->repo, w->rd, c->s->to, on_tag, w, err) ||
	    (c->s->from && mf_rev_parse(t->from, t->repo, w->rd, c->s->from, err)))
		return -1;
	t->n_to = 1;
	t->n_from = c->s->from != NULL;
	return c->s->one ? find_parents(c, t, w->rd, err) : 0;
}

int mf_scan_commits(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	struct walk w = { .c = c, .t = t, .source = MF_SRC_COMMIT };
	struct mf_range_stats stats = { 0 };
	int rc;

	if (mf_reader_new(&w.rd, t->repo, err))
		return -1;
	rc = find_ends(&w, t, err) || find_tags(&w, err) ? -1 : 0;
	if (rc == 0) {
		const struct mf_ends ends = { .from = t->from, .n_from = t->n_from, .to = t->to, .n_to = t->n_to };

		rc = mf_ends_walk(t->repo, &ends, on_blob, on_message, &w, &stats, err);
	}
	if (rc == 0)
		rc = mf_packs_unfit(t->repo, on_unfit, &w, err);
	if (rc == 0 && admit(c, t, &stats))
		rc = mf_fail_nomem(err);
	free(w.tags);
	free(w.done);
	mf_reader_free(w.rd);
	return rc;
}

int mf_scan_staged(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	const char *root = mf_repo_info(t->repo)->work_tree;
	struct walk w = { .c = c, .t = t, .source = MF_SRC_STAGED };
	int rc;

	if (!root) {
		mf_fail(err, MF_E_SCAN_TARGET, "'%s' is a bare repository: nothing is staged in it", t->path);
		mf_err_hint(err, "mayfly scan --history %s", t->path);
		return -1;
	}
	if (mf_reader_new(&w.rd, t->repo, err))
		return -1;
	/* as `git diff .` has it; a commit is of all that is staged */
	rc = c->s->changed && root ? mf_scan_below(&w.only, t->path, root, err) : 0;
	if (rc == 0)
		rc = mf_staged_walk(t->repo, on_blob, &w, err);
	if (rc == 0)
		rc = mf_packs_unfit(t->repo, on_unfit, &w, err);
	free(w.only);
	mf_reader_free(w.rd);
	return rc;
}
