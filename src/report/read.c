/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one JSON report: its findings, and what it says of its run. */
#include "read.h"

#include <limits.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include "json.h"

enum { NOTES_MAX = 1000 };

static void notes_free(struct mf_note *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].what);
		free(v[i].why);
		free(v[i].hint);
	}
	free(v);
}

void mf_read_own_free(struct mf_read_own *o)
{
	char *const texts[] = { o->version, o->mode, o->target, o->range, o->repository, o->server_url, o->ref, o->sha, o->rules_origin };

	for (size_t i = 0; i < MF_COUNT(texts); i++)
		free(texts[i]);
	notes_free(o->notes, o->n_notes);
}

void mf_read_one_free(struct mf_read_one *o)
{
	mf_read_own_free(&o->own);
	mf_findings_free(&o->findings);
}

static int refuse(struct mf_err *err, const char *what)
{
	return mf_fail(err, MF_E_REPORT_READ, "%s", what);
}

static int read_notes(struct mf_read_own *own, const struct mf_json *doc, const struct mf_jnode *run, struct mf_err *err)
{
	const struct mf_jnode *list = mf_json_get_z(run, "notes");

	if (mf_json_type(list) != MF_J_ARRAY || mf_json_size(list) > NOTES_MAX)
		return refuse(err, "a report needs its notes, and not too many");
	own->notes = mf_calloc(mf_json_size(list) + 1, sizeof(*own->notes));
	if (!own->notes)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *m = mf_json_first(list); m; m = mf_json_next(m)) {
		struct mf_note *n = &own->notes[own->n_notes++];

		if (mf_read_text(&n->what, doc, m, "what", err) || mf_read_text(&n->why, doc, m, "why", err) || mf_read_text(&n->hint, doc, m, "hint", err) ||
		    mf_json_opt_bool(&n->incomplete, m, "incomplete", false, err))
			return -1;
		if (!n->what)
			return refuse(err, "a note says nothing");
	}
	return 0;
}

static int read_texts(struct mf_read_one *o, const struct mf_json *doc, const struct mf_jnode *run, struct mf_err *err)
{
	struct mf_read_own *w = &o->own;

	if (mf_read_text(&w->mode, doc, run, "mode", err) || mf_read_text(&w->target, doc, run, "target", err) ||
	    mf_read_text(&w->range, doc, run, "range", err) || mf_read_text(&w->repository, doc, run, "repository", err) ||
	    mf_read_text(&w->server_url, doc, run, "server_url", err) || mf_read_text(&w->ref, doc, run, "ref", err) ||
	    mf_read_text(&w->sha, doc, run, "sha", err) || mf_read_text(&w->rules_origin, doc, run, "rules_origin", err) ||
	    read_notes(w, doc, run, err))
		return -1;
	return 0;
}

static int read_numbers(struct mf_run *r, const struct mf_json *doc, const struct mf_jnode *run, struct mf_err *err)
{
	const struct { const char *key; uint64_t *to; } counts[] = {
		{ "files", &r->files }, { "blobs", &r->blobs }, { "commits", &r->commits }, { "bytes", &r->bytes },
		{ "matched_bytes", &r->matched_bytes }, { "known", &r->known }, { "elsewhere", &r->elsewhere },
	};
	uint64_t shard = 0, shards = 0, rules = 0, oid_len = 0, took = 0;

	for (size_t i = 0; i < MF_COUNT(counts); i++)
		if (mf_read_count(counts[i].to, doc, run, counts[i].key, INT64_MAX, err))
			return -1;
	if (mf_json_need_int(&r->began, doc, run, "began", err) || mf_read_count(&took, doc, run, "took_ms", INT64_MAX / 2, err) ||
	    mf_read_count(&shard, doc, run, "shard", MF_SHARDS_MAX, err) || mf_read_count(&shards, doc, run, "shards", MF_SHARDS_MAX, err) ||
	    mf_read_count(&oid_len, doc, run, "oid_len", 32, err) || mf_read_count(&rules, doc, run, "rules", INT_MAX, err))
		return -1;
	if (shard && shard >= shards)
		return refuse(err, "the shard's number is higher than their number");
	if (oid_len != 0 && oid_len != 20 && oid_len != 32)
		return refuse(err, "the length of object ids is neither 20 nor 32");
	r->took_ms = (int64_t)took;
	r->shard = (unsigned)shard;
	r->shards = (unsigned)shards;
	r->rules = (size_t)rules;
	r->oid_len = (size_t)oid_len;
	return 0;
}

static int read_frame(struct mf_read_one *o, const struct mf_json *doc, struct mf_err *err)
{
	const struct mf_jnode *root = mf_json_root(doc), *about = mf_json_get_z(root, "mayfly"), *run = mf_json_get_z(root, "run");
	int64_t format = 0;

	if (mf_json_type(about) != MF_J_OBJECT || mf_json_type(run) != MF_J_OBJECT || mf_json_size(mf_json_get_z(root, "findings")))
		return refuse(err, "this is no JSON report of mayfly");
	if (mf_json_need_int(&format, doc, about, "format", err) || mf_read_text(&o->own.version, doc, about, "version", err))
		return -1;
	if (format != MF_JSON_FORMAT) {
		mf_fail(err, MF_E_REPORT_READ, "the report has format %lld", (long long)format);
		mf_err_why(err, "this version reads format %d", MF_JSON_FORMAT);
		return -1;
	}
	if (read_texts(o, doc, run, err) || read_numbers(&o->run, doc, run, err))
		return -1;
	return mf_json_opt_bool(&o->raw, root, "raw", false, err);
}

static int read_findings(struct mf_read_one *o, const struct mf_pieces *pieces, struct mf_err *err)
{
	for (size_t i = 0; i < pieces->n; i++) {
		struct mf_finding f;

		if (mf_read_finding(&f, pieces->v[i], o->run.oid_len, err)) {
			mf_err_wrap(err, "finding %zu", i + 1);
			return -1;
		}
		if (mf_findings_add(&o->findings, &f, err))
			return -1;
	}
	return 0;
}

int mf_read_one(struct mf_read_one *o, struct mf_str text, struct mf_err *err)
{
	struct mf_pieces pieces;
	struct mf_json *doc = NULL;
	int r;

	if (mf_pieces_cut(&pieces, text, err))
		return -1;
	r = mf_json_parse(&doc, pieces.frame.p, pieces.frame.n, err) || read_frame(o, doc, err) || read_findings(o, &pieces, err) ? -1 : 0;
	mf_json_free(doc);
	mf_pieces_free(&pieces);
	return r;
}
