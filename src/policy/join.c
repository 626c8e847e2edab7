/* SPDX-License-Identifier: Apache-2.0 */
/* The raw findings of shards -> those of one run. */
#include "policy.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "sites.h"

struct join {
	struct mf_findings *list;
	struct mf_findings *out;
	struct mf_intern paths, scopes, blobs;
	uint32_t *ranks;		/* of each of blobs, from 1 */
	struct mf_joiner *joiner;
	struct mf_site *sites;
	size_t n_sites, sites_cap;
};

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* What tells two secrets apart: their bytes, their ids, or, where neither is known, nothing but the place. */
enum known_by { BY_BYTES, BY_ID, BY_PLACE };

static enum known_by known_by(const struct mf_finding *f)
{
	return !f->redacted ? BY_BYTES : *f->fingerprint_id ? BY_ID : BY_PLACE;
}

/* Rule, secret and, in a fleet, the repository. */
static int by_credential(const struct mf_finding *a, const struct mf_finding *b)
{
	int r = mf_compare_text(a->repo, b->repo);

	r = r ? r : mf_compare_text(a->rule_id, b->rule_id);
	r = r ? r : ORDER(known_by(a), known_by(b));
	if (r)
		return r;
	if (known_by(a) == BY_ID)
		return strcmp(a->fingerprint_id, b->fingerprint_id);
	r = mf_compare((struct mf_str){ a->secret, a->secret_n }, (struct mf_str){ b->secret, b->secret_n });
	if (!r && known_by(a) == BY_PLACE) {
		r = mf_compare_text(a->blob, b->blob);
		r = r ? r : mf_finding_compare_cand(a, b);
	}
	return r;
}

/* Blobs of a history are the same under each path; all else is what it is at its path. */
static int by_candidate(const struct mf_finding *a, const struct mf_finding *b)
{
	const bool paths = a->source != MF_SRC_COMMIT && a->source != MF_SRC_UNREACHABLE;
	struct mf_finding x = *a, y = *b;
	int r;

	/* what a report shows of the line depends on the findings beside it; the id tells the secrets apart */
	if (known_by(a) == BY_ID && known_by(b) == BY_ID) {
		x.match = x.text = y.match = y.text = NULL;
		x.match_n = x.text_n = y.match_n = y.text_n = 0;
	}
	r = mf_finding_compare_cand(&x, &y);

	r = r ? r : ORDER(a->source, b->source);
	return !r && paths ? mf_compare_text(a->path, b->path) : r;
}

static int by_credential_and_candidate(const void *ctx, uint32_t a, uint32_t b)
{
	const struct mf_findings *list = ctx;
	const int r = by_credential(&list->v[a], &list->v[b]);

	return r ? r : by_candidate(&list->v[a], &list->v[b]);
}

static int by_bytes(const void *ctx, uint32_t a, uint32_t b)
{
	return mf_compare(mf_intern_get(ctx, a), mf_intern_get(ctx, b));
}

static int rank_blobs(struct join *j, struct mf_err *err)
{
	uint32_t *order = mf_calloc(j->list->n + 1, sizeof(*order)), id;
	int r = 0;

	j->ranks = mf_calloc(j->list->n + 1, sizeof(*j->ranks));
	if (!order || !j->ranks)
		r = mf_fail_nomem(err);
	for (size_t i = 0; i < j->list->n && r == 0; i++)
		if (j->list->v[i].blob)
			r = mf_intern_add(&id, &j->blobs, mf_str(j->list->v[i].blob), err);
	for (size_t i = 0; i < j->blobs.n && r == 0; i++)
		order[i] = (uint32_t)i;
	if (r == 0)
		r = mf_sort_numbers(order, j->blobs.n, by_bytes, &j->blobs, err);
	for (size_t i = 0; i < j->blobs.n && r == 0; i++)
		j->ranks[order[i]] = (uint32_t)i + 1;
	free(order);
	return r;
}

/* What the policy says of a place is no property of the candidate: only inline allows and allowlists keep findings apart. */
static enum mf_pass class_of(const struct mf_finding *f)
{
	return f->pass == MF_PASS_INLINE || f->pass == MF_PASS_ALLOWLIST ? f->pass : MF_PASS_NONE;
}

static int realm_of(uint64_t *realm, struct join *j, const struct mf_finding *f, struct mf_err *err)
{
	const bool apart = f->source == MF_SRC_MESSAGE || f->source == MF_SRC_TAG;
	const char *scope = f->commit ? f->commit : f->blob ? f->blob : "";
	uint32_t id = 0;

	if (apart && mf_intern_add(&id, &j->scopes, mf_str(scope), err))
		return -1;
	*realm = (uint64_t)class_of(f) << 60 | (uint64_t)f->source << 56 | id;
	return 0;
}

static int add_sites(struct join *j, uint32_t from, uint32_t cand, struct mf_err *err)
{
	const struct mf_finding *f = &j->list->v[from];
	struct mf_site site = {
		.order = f->order, .cand = cand, .from = from, .blob = f->blob ? j->ranks[mf_intern_find(&j->blobs, mf_str(f->blob))] : 0,
	};

	if (realm_of(&site.realm, j, f, err))
		return -1;
	for (size_t i = 0; i <= f->n_more_paths; i++) {
		const char *path = i ? f->more_paths[i - 1] : f->path ? f->path : "";

		if (mf_intern_add(&site.path_id, &j->paths, mf_str(path), err) ||
		    mf_room(&j->sites, j->n_sites, &j->sites_cap, sizeof(*j->sites), err))
			return -1;
		site.path = mf_intern_get(&j->paths, site.path_id).p;
		site.nth = (uint32_t)i;
		j->sites[j->n_sites++] = site;
	}
	return 0;
}

static void free_paths(char **v, size_t n)
{
	for (size_t i = 0; v && i < n; i++)
		free(v[i]);
	free(v);
}

/* The sites' paths instead of those that it has. */
static int set_paths(struct mf_finding *f, const struct mf_site *sites, size_t n, struct mf_err *err)
{
	char *path = mf_strdup(sites[0].path), **more = n > 1 ? mf_calloc(n - 1, sizeof(*more)) : NULL;
	bool ok = path && (more || n == 1);

	for (size_t i = 1; i < n && ok; i++)
		ok = (more[i - 1] = mf_strdup(sites[i].path)) != NULL;
	if (!ok) {
		free(path);
		free_paths(more, n - 1);
		return mf_fail_nomem(err);
	}
	free(f->path);
	free_paths(f->more_paths, f->n_more_paths);
	f->path = path;
	f->more_paths = more;
	f->n_more_paths = n - 1;
	return 0;
}

/* The finding of the first site goes over, with the paths of all. It counts if it counts at one of them. */
static int add_joined(void *ctx, const struct mf_site *sites, size_t n, const struct mf_versions *versions, struct mf_err *err)
{
	struct join *j = ctx;
	struct mf_finding *f = &j->list->v[sites[0].from];

	if (set_paths(f, sites, n, err))
		return -1;
	f->versions += versions->n;
	for (size_t i = 1; i < n; i++) {
		const struct mf_finding *other = &j->list->v[sites[i].from];

		if (other->pass || !f->pass || other == f)
			continue;
		free(f->pass_why);
		f->pass_why = NULL;
		f->pass = MF_PASS_NONE;
		f->pass_until = other->pass_until;
	}
	return mf_findings_add(j->out, f, err);
}

static int join_all(struct join *j, uint32_t *order, struct mf_err *err)
{
	struct mf_findings *list = j->list;
	size_t to;

	for (size_t i = 0; i < list->n; i++)
		order[i] = (uint32_t)i;
	if (rank_blobs(j, err) || mf_joiner_new(&j->joiner, err) || mf_sort_numbers(order, list->n, by_credential_and_candidate, list, err))
		return -1;
	for (size_t from = 0; from < list->n; from = to) {
		size_t same = from;

		j->n_sites = 0;
		for (to = from; to < list->n && by_credential(&list->v[order[from]], &list->v[order[to]]) == 0; to++) {
			same = by_candidate(&list->v[order[same]], &list->v[order[to]]) == 0 ? same : to;
			if (add_sites(j, order[to], (uint32_t)same, err))
				return -1;
		}
		if (mf_sites_join(j->joiner, j->sites, j->n_sites, j->paths.n, add_joined, j, err))
			return -1;
	}
	return 0;
}

int mf_findings_join(struct mf_findings *list, struct mf_err *err)
{
	struct mf_findings out = { 0 };
	struct join j = { .list = list, .out = &out };
	uint32_t *order = mf_calloc(list->n + 1, sizeof(*order));
	int r = order ? 0 : mf_fail_nomem(err);

	/* room for all at once, so that nothing is moved out of the list and lost */
	if (r == 0 && list->n) {
		out.v = mf_calloc(list->n, sizeof(*out.v));
		out.cap = list->n;
		r = out.v ? 0 : mf_fail_nomem(err);
	}
	r = r ? r : join_all(&j, order, err);
	free(order);
	free(j.ranks);
	free(j.sites);
	mf_intern_free(&j.paths);
	mf_intern_free(&j.scopes);
	mf_intern_free(&j.blobs);
	mf_joiner_free(j.joiner);
	if (r) {
		mf_findings_free(&out);
		return -1;
	}
	mf_findings_free(list);
	mf_findings_sort(&out);
	*list = out;
	return 0;
}
