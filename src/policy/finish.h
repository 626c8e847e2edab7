/* SPDX-License-Identifier: Apache-2.0 */
/* The work of mf_collect_finish(): from candidates to sites, from sites to findings. */
#ifndef MF_POLICY_FINISH_H
#define MF_POLICY_FINISH_H

#include "collect.h"
#include "sites.h"

struct mf_finish {
	struct mf_collect *c;
	const struct mf_origins *origins;
	size_t *starts;			/* of each blob's origins; one more at the end */
	uint32_t *ranks;		/* of each oid, from 1 */
	size_t oid_len;
	const struct mf_ask *ask;
	enum mf_joining joining;
	struct mf_findings *out;
	struct mf_intern paths;
	struct mf_joiner *joiner;
	uint32_t *group;		/* its candidates, in order of what they are */
	size_t group_cap;
	struct mf_site *sites;
	size_t n_sites, sites_cap;
};

/* The number of its blob in mf_collect.oids, or MF_NONE. */
uint32_t mf_finish_oid(const struct mf_collect *c, const struct mf_kept *k);
/* The candidate as detect/ made it; everything in it is borrowed. */
struct mf_cand mf_finish_cand(const struct mf_collect *c, const struct mf_kept *k);
/* The commit of a site; nothing where there is none. `from` is of placed[], or of the origins. */
struct mf_who mf_finish_who(const struct mf_finish *f, const struct mf_kept *k, uint32_t from);
enum mf_source mf_finish_source(const struct mf_finish *f, const struct mf_kept *k, uint32_t from);
void mf_finish_hex(char out[static 65], const struct mf_oid *id, size_t oid_len);

/* A mf_joined_fn: makes the finding. */
int mf_finish_add(void *ctx, const struct mf_site *sites, size_t n, const struct mf_versions *versions, struct mf_err *err) MF_MUST_USE;

#endif
