/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that commits and trees name: whether the database holds them. Those that were named lately are looked for once. */
#ifndef MF_REPO_MENTIONS_H
#define MF_REPO_MENTIONS_H

#include <string.h>

#include "idmap.h"
#include "store.h"

enum { MF_MENTIONS_RECENT = 1 << 14, MF_MENTIONS_CHUNK = 1 << 17 };

/* One thread's. */
struct mf_mentions {
	const struct mf_repo *r;
	const struct mf_store *store;
	size_t oid_len;
	unsigned char *recent, *v;	/* by their first bytes, the last ones; those that are still to be looked for */
	size_t n;
	struct mf_idmap absent;
};

int mf_mentions_init(struct mf_mentions *m, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;
void mf_mentions_free(struct mf_mentions *m);

/* Looks for those that are left, and puts what is not there into m->absent (up to a bound). */
int mf_mentions_check(struct mf_mentions *m, struct mf_err *err) MF_MUST_USE;

static inline int mf_mention(struct mf_mentions *m, const unsigned char *id, struct mf_err *err)
{
	unsigned char *recent = m->recent + (size_t)((id[0] | (unsigned)id[1] << 8) % MF_MENTIONS_RECENT) * m->oid_len;

	if (memcmp(recent, id, m->oid_len) == 0)
		return 0;
	memcpy(recent, id, m->oid_len);
	memcpy(m->v + m->n++ * m->oid_len, id, m->oid_len);
	return m->n == MF_MENTIONS_CHUNK ? mf_mentions_check(m, err) : 0;
}

#endif
