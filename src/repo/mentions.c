/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for many ids at once: in the order of their first bytes, in which the indexes of packs have them, too. */
#include "mentions.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include "loose.h"
#include "repo_priv.h"

enum { BUCKETS = 1 << 16, ABSENT_MAX = 1 << 16 };

int mf_mentions_init(struct mf_mentions *m, const struct mf_repo *r, struct mf_err *err)
{
	*m = (struct mf_mentions){ .r = r, .oid_len = mf_repo_info(r)->oid_len };
	m->recent = mf_calloc(MF_MENTIONS_RECENT, m->oid_len);
	m->v = mf_calloc(MF_MENTIONS_CHUNK, m->oid_len);
	if (!m->recent || !m->v)
		return mf_fail_nomem(err);
	return mf_store_load(&m->store, r, err);
}

void mf_mentions_free(struct mf_mentions *m)
{
	free(m->recent);
	free(m->v);
	mf_idmap_free(&m->absent);
	*m = (struct mf_mentions){ 0 };
}

/* Git knows the tree of nothing, which every commit without files has, without any database. */
static bool is_empty_tree(const unsigned char *id, size_t oid_len)
{
	static const unsigned char sha1[] = { 0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04 };
	static const unsigned char sha256[] = {
		0x6e, 0xf1, 0x9b, 0x41, 0x22, 0x5c, 0x53, 0x69, 0xf1, 0xc1, 0x04, 0xd4, 0x5d, 0x8d, 0x85, 0xef,
		0xa9, 0xb0, 0x57, 0xb5, 0x3b, 0x14, 0xb4, 0xb9, 0xb9, 0x39, 0xdd, 0x74, 0xde, 0xcc, 0x53, 0x21,
	};

	return memcmp(id, oid_len == sizeof(sha1) ? sha1 : sha256, oid_len) == 0;
}

static bool is_there(const struct mf_mentions *m, const unsigned char *id)
{
	struct mf_oid oid = { { 0 } };
	uint64_t offset;
	size_t at = 0;

	if (mf_store_find(&offset, &at, m->store, id))
		return true;
	memcpy(oid.b, id, m->oid_len);
	for (size_t i = 0; i < m->r->odirs.n; i++)
		if (mf_loose_there(m->r->odirs.v[i], &oid, m->oid_len))
			return true;
	return is_empty_tree(id, m->oid_len);
}

static unsigned bucket(const unsigned char *id)
{
	return (unsigned)id[0] << 8 | id[1];
}

int mf_mentions_check(struct mf_mentions *m, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) uint32_t *first = mf_calloc(BUCKETS + 1, sizeof(*first));
	MF_CLEANUP(mf_freep) uint32_t *order = mf_calloc(m->n + 1, sizeof(*order));

	if (!first || !order)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < m->n; i++)
		first[bucket(m->v + i * m->oid_len) + 1]++;
	for (size_t i = 1; i < BUCKETS; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < m->n; i++)
		order[first[bucket(m->v + i * m->oid_len)]++] = (uint32_t)i;
	for (size_t i = 0; i < m->n; i++) {
		const unsigned char *id = m->v + order[i] * m->oid_len;
		struct mf_oid oid = { { 0 } };

		if (is_there(m, id) || m->absent.n >= ABSENT_MAX)
			continue;
		memcpy(oid.b, id, m->oid_len);
		if (mf_idmap_add(&m->absent, &oid) == MF_NUMBER_NONE)
			return mf_fail_nomem(err);
	}
	m->n = 0;
	return 0;
}
