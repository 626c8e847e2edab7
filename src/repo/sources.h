/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that holds objects, in one order: packs first, then loose files. Of several copies of an object the first source's counts:
 * a rule that all shards and threads agree on. */
#ifndef MF_REPO_SOURCES_H
#define MF_REPO_SOURCES_H

#include "loose.h"
#include "store.h"

struct mf_sources {
	const struct mf_store *store;
	struct mf_oids *loose;		/* one for each objects folder */
	size_t n_loose;
	unsigned char **dup;		/* packs, then loose lists: a bit for each position that is a later copy; NULL: none is */
	size_t n_dup;
	size_t oid_len;
	struct mf_err lost;		/* of loose objects that cannot be listed; its id is NULL when all can */
	char *lost_in;			/* their objects folder; borrowed */
};

int mf_sources_open(struct mf_sources *out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;
void mf_sources_free(struct mf_sources *s);

/* Fills `dup`. */
int mf_sources_mark(struct mf_sources *s, struct mf_err *err) MF_MUST_USE;

/* Every id, sorted and each once. */
int mf_sources_ids(struct mf_oids *out, const struct mf_sources *s, struct mf_err *err) MF_MUST_USE;

static inline bool mf_sources_is_dup(const struct mf_sources *s, size_t source, size_t pos)
{
	return s->dup && s->dup[source] && s->dup[source][pos >> 3] >> (pos & 7) & 1;
}

#endif
