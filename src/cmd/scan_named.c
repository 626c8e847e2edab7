/* SPDX-License-Identifier: Apache-2.0 */
/* --history: files that are reported for their paths, whatever is in them. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"

struct naming {
	const struct mf_child *c;
	const struct mf_target *t;
};

static bool name(const void *ctx, struct mf_str name)
{
	const struct naming *n = ctx;

	return mf_name_reported(n->c->detector, name);
}

/* Where memory is out, that comes to light a little later. */
static bool path(const void *ctx, const char *path)
{
	const struct naming *n = ctx;
	MF_CLEANUP(mf_freep) char *whole = NULL;
	struct mf_err err;

	return mf_scan_under(&whole, n->t, path, &err) || mf_path_reported(n->c->detector, whole);
}

int mf_scan_attribute(struct mf_child *c, const struct mf_target *t, struct mf_origins *origins, const struct mf_history_opts *opts, struct mf_seen *seen,
		      struct mf_past *past, struct mf_err *err)
{
	const struct naming ctx = { .c = c, .t = t };
	struct mf_naming naming = { .name = name, .path = path, .ctx = &ctx };
	const bool by_path = mf_detector_has_path_rules(c->detector);
	size_t n;
	const struct mf_oid *blobs = mf_collect_blobs(c->collect, &n);

	if (!n && !by_path)
		return 0;
	mf_detector_name_ends(c->detector, naming.ends);
	return mf_attribute(origins, t->repo, blobs, n, opts, seen, past, by_path ? &naming : NULL, err);
}

/* Each shard comes by all of them: every one reports its share. */
static bool ours(const struct mf_oid *blob, const struct mf_history_opts *opts)
{
	return opts->shards <= 1 || (blob->b[0] << 8 | blob->b[1]) % opts->shards == opts->shard;
}

static int report(struct mf_child *c, const struct mf_origin *o, const struct mf_oid *blob, struct mf_err *err)
{
	const struct mf_place place = { .path = o->path, .mode = o->mode, .blob = blob, .commit = o->commit };
	struct mf_cands cands = { 0 };
	int rc = mf_scan_path(c->scanners[0], o->path, &cands, err);

	if (rc == 0 && cands.n)
		rc = mf_collect_placed(c->collect, MF_SRC_COMMIT, &place, o->order, &cands, err);
	mf_cands_free(&cands);
	return rc;
}

int mf_scan_named(struct mf_child *c, struct mf_origins *origins, const struct mf_history_opts *opts, struct mf_err *err)
{
	size_t n, kept = 0;
	const struct mf_oid *blobs = mf_collect_blobs(c->collect, &n);

	for (size_t i = 0; mf_detector_has_path_rules(c->detector) && i < origins->n; i++) {
		const struct mf_origin *o = &origins->v[i];
		const struct mf_oid *blob = o->blob < n ? &blobs[o->blob] : &origins->named[o->blob - n];

		if ((ours(blob, opts) && report(c, o, blob, err)))
			return -1;
	}
	/* for what was found in blobs, only these count */
	for (size_t i = 0; i < origins->n; i++) {
		if (origins->v[i].blob < n)
			origins->v[kept++] = origins->v[i];
		else
			free(origins->v[i].path);
	}
	origins->n = kept;
	return 0;
}
