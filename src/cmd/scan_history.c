/* SPDX-License-Identifier: Apache-2.0 */
/* --history: every blob, commit and tag of the object database, by delta families; then the commits and paths of the blobs that hold something. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"
#include "scan_state.h"

/* One thread's. */
struct walker {
	struct mf_child *c;
	const struct mf_repo *repo;
	unsigned at;
	struct mf_seen *seen;	/* or NULL */
	const char *of;		/* what names begin with */
	struct mf_cands cands;
	size_t oid_len;
};

/* Where a commit's or tag's message begins: after the first empty line. */
static size_t message_at(const struct mf_view *v)
{
	for (size_t i = 0; i + 1 < v->n; i++)
		if (v->p[i] == '\n' && v->p[i + 1] == '\n')
			return i + 2;
	return v->n;
}

static unsigned lines_before(const struct mf_view *v, size_t at)
{
	unsigned n = 0;

	for (size_t i = 0; i < at; i++)
		n += v->p[i] == '\n';
	return n;
}

/* Keeps what lies in the message and counts its lines from there: headers are names, dates, ids and signatures. */
static void keep_message(struct mf_cands *cands, const struct mf_view *v)
{
	const size_t from = message_at(v);
	const unsigned lines = lines_before(v, from);
	size_t kept = 0;

	for (size_t i = 0; i < cands->n; i++) {
		struct mf_cand *c = &cands->v[i], other;

		if (c->at < from)
			continue;
		c->line -= lines;
		c->end_line -= lines;
		other = cands->v[kept];
		cands->v[kept++] = *c;
		if (kept - 1 != i)
			*c = other;
	}
	while (cands->n > kept) {
		struct mf_cands tail = { .v = &cands->v[cands->n - 1], .n = 1, .cap = 1 };

		mf_cands_clear(&tail);
		cands->n--;
	}
}

/* A tag's object as the commit that reports want: its tagger and message. Git calls both forms "committer identity". */
static int as_commit(struct mf_commit *out, const struct mf_view *v, size_t oid_len, struct mf_err *err)
{
	if (v->type == MF_OBJ_COMMIT)
		return mf_commit_parse(out, &v->id, v->p, v->n, oid_len, err);
	return mf_tag_parse(out, &v->id, v->p, v->n, err);
}

static int collect_message(struct walker *w, const struct mf_view *v, struct mf_err *err)
{
	struct mf_commit commit = { 0 };
	struct mf_place place = { .path = "", .blob = &v->id, .commit = &commit };
	struct mf_err broken = { 0 };
	int rc;

	if (as_commit(&commit, v, w->oid_len, &broken)) {
		/* what a damaged header says is left out; the finding is not */
		commit = (struct mf_commit){ .id = v->id };
	}
	rc = mf_collect_placed(w->c->collect, v->type == MF_OBJ_TAG ? MF_SRC_TAG : MF_SRC_MESSAGE, &place, 0, &w->cands, err);
	mf_commit_free(&commit);
	return rc;
}

/* `decided`: all of it was looked at, and nothing is to be said of it besides what it holds. */
static int collect(struct walker *w, const struct mf_view *v, bool decided, struct mf_err *err)
{
	bool clean;
	int rc = 0;

	if (v->type != MF_OBJ_BLOB && w->cands.n)
		keep_message(&w->cands, v);
	clean = w->cands.n == 0;
	if (!clean)
		rc = v->type == MF_OBJ_BLOB ? mf_collect_blob(w->c->collect, &v->id, &w->cands, err) : collect_message(w, v, err);
	if (rc == 0 && decided && w->c->past && (clean || v->type == MF_OBJ_BLOB))
		rc = mf_past_add(w->c->past, w->at, &v->id, !clean, err);
	return rc;
}

enum { NAME_N = 256 + 65 };

static const char *name_of(char *name, const struct walker *w, const struct mf_oid *id)
{
	const size_t of = (size_t)snprintf(name, NAME_N - 65, "%s", w->of);

	mf_oid_hex(name + (of < NAME_N - 65 ? of : NAME_N - 66), id, w->oid_len);
	return name;
}

/* Content that is elsewhere, or packed up. */
static bool see_content(struct walker *w, const struct mf_view *v)
{
	const struct mf_str bytes = { (const char *)v->p, v->n };
	char name[NAME_N];

	if (v->type != MF_OBJ_BLOB || (v->n >= 1024 && !mf_scan_is_archive(bytes)))
		return false;
	name_of(name, w, &v->id);
	return mf_scan_see_lfs(w->c, bytes, name) || mf_scan_see_archive(w->c, bytes, name);
}

/* Whether something has to be admitted of an object, each time. */
static bool see_limits(struct walker *w, const struct mf_view *v, const struct mf_scan_stats *before, const struct mf_scan_stats *now)
{
	char name[NAME_N];

	if (now->undecided == before->undecided && now->truncated == before->truncated && now->skipped_members == before->skipped_members)
		return false;
	return mf_scan_see_limits(w->c, before, now, name_of(name, w, &v->id));
}

static int visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err)
{
	struct walker *w = ctx;
	const struct mf_scan_stats *stats = mf_scanner_stats(w->c->scanners[w->at]);
	const struct mf_scan_stats before = *stats;
	struct mf_hits *hits = NULL;
	bool limited;
	int rc = mf_scan_view(w->c->scanners[w->at], v, &w->cands, &hits, err);

	*keep = hits;
	limited = rc == 0 && see_limits(w, v, &before, stats);
	if (rc == 0 && w->seen && v->type == MF_OBJ_COMMIT)
		rc = mf_seen_add(w->seen, w->at, v, err);
	if (rc == 0 && v->wanted)
		rc = collect(w, v, !see_content(w, v) && !limited, err);
	mf_cands_clear(&w->cands);
	if (v->wanted) {
		w->c->done_blobs++;
		w->c->done_bytes += v->n;
	}
	return rc;
}

static void drop(void *ctx, void *keep)
{
	struct walker *w = ctx;

	mf_hits_free(w->c->scanners[w->at], keep);
}

static int failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	struct walker *w = ctx;
	char name[NAME_N];

	name_of(name, w, id);
	if (why->id == mf_error_id(MF_E_GIT_LIMIT))
		mf_tally_add(&w->c->too_large, name, why->why);
	else
		mf_tally_add(&w->c->damaged, name, why->why[0] ? why->why : why->what);
	return 0;
}

static int bad_pack(void *ctx, const struct mf_bad_pack *pack)
{
	const struct walker *w = ctx;

	mf_scan_see_pack(w->c, w->of, pack);
	return 0;
}

static void add_stats(struct mf_child *c, const struct mf_history_stats *h)
{
	c->run.blobs += h->objects[MF_OBJ_BLOB];
	c->run.commits += h->objects[MF_OBJ_COMMIT];
	c->run.bytes += h->bytes[MF_OBJ_BLOB] + h->bytes[MF_OBJ_COMMIT] + h->bytes[MF_OBJ_TAG];
	c->run.known += h->known;
	c->run.elsewhere += h->elsewhere;
}

/* One that a state knows something of, but not enough. */
static int scan_again(struct walker *w, struct mf_reader *rd, const struct mf_oid *id, struct mf_err *err)
{
	struct mf_view v = { .id = *id, .wanted = true };
	struct mf_object o;
	struct mf_err why;
	void *keep = NULL;
	int rc;

	if (mf_object_read(&o, rd, id, w->c->s->max_bytes, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : failed(w, id, &why);
	v.type = o.type;
	v.p = o.p;
	v.n = o.n;
	rc = visit(w, &v, &keep, err);
	drop(w, keep);
	mf_object_free(&o);
	return rc;
}

/* What is known of blobs that were not visited. */
static int recall(struct walker *w, struct mf_err *err)
{
	struct mf_reader *rd = NULL;
	struct mf_oid *left;
	size_t n;
	int rc = mf_collect_recall(w->c->collect, w->c->past, &left, &n, err);

	if (rc == 0 && n)
		rc = mf_reader_new(&rd, w->repo, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = scan_again(w, rd, &left[i], err);
	mf_reader_free(rd);
	free(left);
	return rc == 0 ? mf_collect_remember(w->c->past, w->c->collect, err) : -1;
}

static int walk(struct mf_child *c, struct mf_target *t, const struct mf_history_opts *opts, struct mf_seen *seen, struct mf_err *err)
{
	const struct mf_visitor visitor = {
		.types = 1u << MF_OBJ_BLOB | 1u << MF_OBJ_COMMIT | 1u << MF_OBJ_TAG, .visit = visit, .drop = drop, .failed = failed,
		.bad_pack = bad_pack, .past = c->past,
	};
	struct walker *walkers = mf_calloc(c->n_threads, sizeof(*walkers));
	void **ctxs = mf_calloc(c->n_threads, sizeof(*ctxs));
	struct mf_history_stats stats = { 0 };
	int rc = walkers && ctxs ? 0 : mf_fail_nomem(err);

	for (unsigned i = 0; rc == 0 && i < c->n_threads; i++) {
		walkers[i] = (struct walker){ .c = c, .repo = t->repo, .at = i, .seen = seen, .of = mf_target_of(t), .oid_len = mf_repo_info(t->repo)->oid_len };
		ctxs[i] = &walkers[i];
	}
	if (rc == 0)
		rc = mf_history_walk(t->repo, opts, &visitor, ctxs, &stats, err);
	if (rc == 0 && c->past)
		rc = recall(&walkers[0], err);
	add_stats(c, &stats);
	for (unsigned i = 0; walkers && i < c->n_threads; i++)
		mf_cands_free(&walkers[i].cands);
	free(walkers);
	free(ctxs);
	return rc;
}

/* Where grafts cut, and the commits behind them have been cleaned up. */
static int admit_grafts(struct mf_child *c, const struct mf_target *t, struct mf_err *err)
{
	struct mf_err why = { 0 };
	uint64_t missing = 0;
	int rc = 0;

	if (mf_grafts_missing(&missing, t->repo, &why)) {
		if (why.id == mf_error_id(MF_E_BASE_NOMEM))
			return mf_fail_nomem(err);
		rc = mf_note_add(&c->notes, true, NULL, why.why, "%sinfo/grafts cannot be read: commits may be missing", mf_target_of(t));
	} else if (missing) {
		rc = mf_note_add(&c->notes, true, "clone anew", "info/grafts cuts them off, and they were cleaned up",
				 "%s%llu %s of grafted commits %s not there: the history behind %s was not scanned", mf_target_of(t),
				 (unsigned long long)missing, missing == 1 ? "parent" : "parents", missing == 1 ? "is" : "are", missing == 1 ? "it" : "them");
	}
	return rc ? mf_fail_nomem(err) : 0;
}

static int admit(struct mf_child *c, const struct mf_target *t, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(t->repo);
	int rc = 0;

	if (info->shallow)
		rc = mf_note_add(&c->notes, true, "actions/checkout: with: { fetch-depth: 0 }    GitLab: GIT_DEPTH: 0",
				 "commits before the clone's first ones are not in it", "%sthe clone is shallow: its older history was not scanned", mf_target_of(t));
	if (rc == 0 && info->partial)
		rc = mf_note_add(&c->notes, true, "clone without --filter", "objects that were not fetched are not in it",
				 "%sthe clone is partial: only what it holds was scanned", mf_target_of(t));
	if (rc)
		return mf_fail_nomem(err);
	return admit_grafts(c, t, err);
}

/* A history that is damaged: what is not there has not been scanned. */
static int admit_absent(struct mf_child *c, const struct mf_target *t, const struct mf_origins *origins, struct mf_err *err)
{
	char hex[65], why[128];

	if (origins->n_absent == 0)
		return 0;
	mf_oid_hex(hex, &origins->absent[0], mf_repo_info(t->repo)->oid_len);
	snprintf(why, sizeof(why), "the database lacks them: '%s'%s", hex, origins->n_absent > 1 ? ", ..." : "");
	return mf_note_add(&c->notes, true, "git fsck --connectivity-only", why, "%s%zu object%s that commits or trees name %s not scanned", mf_target_of(t),
			   origins->n_absent, origins->n_absent == 1 ? "" : "s", origins->n_absent == 1 ? "was" : "were") ? mf_fail_nomem(err) : 0;
}

int mf_scan_history(struct mf_child *c, struct mf_target *t, struct mf_origins *origins, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(t->repo);
	const struct mf_history_opts opts = {
		.engine = c->s->engine, .threads = c->n_threads, .shard = c->s->repos_file ? 0 : c->s->shard,
		.shards = c->s->repos_file ? 0 : c->s->shards, .max_object = c->s->max_bytes, .stop = c->s->env->stop,
	};
	struct mf_seen *seen = NULL;
	bool learns;
	int rc = 0;

	/* a submodule has other objects, and no state of its own */
	if (c->s->state_file && c->s->n_targets == 1 && !t->outer)
		rc = mf_scan_past(&c->past, c, info->oid_len, err);
	/* a shard sees a part of the commits only */
	learns = c->past && opts.shards <= 1;
	/* a walk that sees all commits, or all that are new, saves attribution a second one */
	if (rc == 0 && opts.shards <= 1 && (!c->past || mf_past_empty(c->past) || (learns && mf_past_has_trail(c->past))))
		rc = mf_seen_new(&seen, t->repo, c->n_threads, err);
	if (rc == 0)
		rc = walk(c, t, &opts, seen, err);
	if (rc == 0)
		rc = admit(c, t, err);
	if (rc == 0)
		rc = mf_scan_attribute(c, t, origins, &opts, seen, learns ? c->past : NULL, err);
	mf_seen_free(seen);
	if (rc == 0)
		rc = mf_scan_prefix_origins(origins, t, err) || mf_scan_named(c, origins, &opts, err) || mf_scan_links(c, t, err) ? -1 : 0;
	if (rc == 0)
		rc = admit_absent(c, t, origins, err);
	if (rc == 0 && (origins->failed || origins->cut))
		rc = mf_note_add(&c->notes, true, NULL, origins->cut ?
				 "there are more paths than are followed: trees hold each other many times over" :
				 "commits or trees cannot be read", "%ssome findings may lack commits or paths", mf_target_of(t)) ? mf_fail_nomem(err) : 0;
	return rc;
}
