/* SPDX-License-Identifier: Apache-2.0 */
/* Joining: of all places of one credential, those that a person is told. The same for candidates and for the raw findings of
 * shards, so that both give one result. */
#ifndef MF_POLICY_SITES_H
#define MF_POLICY_SITES_H

#include "policy.h"

/* One candidate of a blob under one path. All sites of a call have the same rule and secret. */
struct mf_site {
	uint64_t realm;		/* sites of different realms are never joined */
	uint64_t order;		/* of the commit that brought the blob to the path */
	uint64_t first;		/* the least order of the blob; set here */
	const char *path;
	uint32_t path_id;	/* equal paths have equal numbers */
	uint32_t blob;		/* blobs in order of their ids */
	uint32_t cand;		/* what was found where in the blob */
	uint32_t nth;		/* of paths with one order: which comes first; then by their bytes */
	uint32_t from, why;	/* the caller's */
};

struct mf_joiner;
int mf_joiner_new(struct mf_joiner **out, struct mf_err *err) MF_MUST_USE;
void mf_joiner_free(struct mf_joiner *j);
/* From now on each path is a finding of its own. */
void mf_joiner_each_path(struct mf_joiner *j);

/* A site that became a version of a finding. */
struct mf_site_again {
	uint32_t cand, from;	/* as the site has them */
	uint32_t next;		/* in mf_versions.v, or MF_NONE */
};

/* The later versions of a finding; with mf_joiner_each_path() also their sites. */
struct mf_versions {
	uint64_t n;
	const struct mf_site_again *v;
	uint32_t first;		/* in v, the last one; or MF_NONE */
};

/* Called for each finding: its sites (of one cand) by order and path, and its versions. */
typedef int (*mf_joined_fn)(void *ctx, const struct mf_site *sites, size_t n, const struct mf_versions *versions, struct mf_err *err);

/* Blobs are taken by (first, id); in each, the paths that no earlier blob had make a finding for each candidate, and a path that
 * one had counts as a version of its findings. `n_paths` is above each path_id. Reorders and overwrites the sites. */
int mf_sites_join(struct mf_joiner *j, struct mf_site *sites, size_t n, size_t n_paths, mf_joined_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

/* Nothing is joined but the paths that one commit brought. */
int mf_sites_apart(struct mf_site *sites, size_t n, mf_joined_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

#endif
