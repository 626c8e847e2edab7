/* SPDX-License-Identifier: Apache-2.0 */
/* A multi-pack index, version 1. */
#include "midx.h"

#include <mayfly/alloc.h>
#include "idx.h"
#include "mapping.h"

enum { HEADER = 12, LOOKUP = 12, FANOUT = 256 * 4 };

struct chunk {
	const unsigned char *p;
	size_t n;
};

static int damaged(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_DAMAGED, "a multi-pack index is damaged");
	mf_err_why(err, "%s", why);
	return -1;
}

static int unsupported(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_UNSUPPORTED, "a multi-pack index is of a kind that is not read");
	mf_err_why(err, "%s", why);
	return -1;
}

/* The chunk of this name; an empty one when there is none. The table's last entry only says where the last chunk ends. */
static int find_chunk(struct chunk *out, const unsigned char *p, size_t n, unsigned chunks, const char *name, struct mf_err *err)
{
	*out = (struct chunk){ 0 };
	for (unsigned i = 0; i < chunks; i++) {
		const unsigned char *e = p + HEADER + (size_t)i * LOOKUP;
		const uint64_t from = mf_be64(e + 4), to = mf_be64(e + LOOKUP + 4);

		if (memcmp(e, name, 4) != 0)
			continue;
		if (from > to || to > n)
			return damaged(err, "a chunk lies outside of it");
		*out = (struct chunk){ .p = p + from, .n = (size_t)(to - from) };
	}
	return 0;
}

static int check_header(const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err)
{
	if (n < HEADER || memcmp(p, "MIDX", 4) != 0)
		return damaged(err, "it does not begin as one");
	if (p[4] != 1)
		return unsupported(err, "another version");
	if (p[5] != (oid_len == 32 ? 2 : 1))
		return unsupported(err, "another kind of object ids");
	if (p[7] != 0)
		return unsupported(err, "a chain of them");
	if ((n - HEADER) / LOOKUP < (size_t)p[6] + 1)
		return damaged(err, "it is too short");
	return 0;
}

static int check_chunks(struct mf_midx *m, const struct chunk *c, struct mf_err *err)
{
	const struct chunk names = c[0], fanout = c[1], ids = c[2], offs = c[3], large = c[4];

	if (fanout.n < FANOUT || !mf_fanout_ok(fanout.p))
		return damaged(err, "its table of first bytes is not sorted");
	m->n = mf_be32(fanout.p + FANOUT - 4);
	if (ids.n / m->oid_len < m->n || offs.n / 8 < m->n)
		return damaged(err, "it is too short for its objects");
	if (names.n && names.p[names.n - 1] != '\0')
		return damaged(err, "a pack's name does not end");
	m->fanout = fanout.p;
	m->ids = ids.p;
	m->offs = offs.p;
	m->large = large.p;
	m->n_large = large.n / 8;
	m->names = names.p;
	m->names_n = names.n;
	return 0;
}

int mf_midx_parse(struct mf_midx *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err)
{
	static const char *const name[] = { "PNAM", "OIDF", "OIDL", "OOFF", "LOFF" };
	struct mf_midx m = { .oid_len = oid_len };
	struct chunk c[MF_COUNT(name)];

	if (check_header(p, n, oid_len, err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(name); i++)
		if (find_chunk(&c[i], p, n, p[6], name[i], err))
			return -1;
	m.packs = mf_be32(p + 8);
	if (check_chunks(&m, c, err))
		return -1;
	*out = m;
	return 0;
}

static uint32_t pack_at(const struct mf_midx *m, uint32_t pos)
{
	return mf_be32(m->offs + (size_t)pos * 8);
}

/* UINT64_MAX when it is damaged there. */
static uint64_t offset_at(const struct mf_midx *m, uint32_t pos)
{
	const uint32_t v = mf_be32(m->offs + (size_t)pos * 8 + 4);

	if (!m->large || !(v >> 31))
		return v;
	return (v & 0x7fffffff) < m->n_large ? mf_be64(m->large + (size_t)(v & 0x7fffffff) * 8) : UINT64_MAX;
}

bool mf_midx_find(uint32_t *pack, uint64_t *offset, const struct mf_midx *m, const unsigned char *id)
{
	uint32_t pos;

	if (!mf_ids_find(&pos, m->fanout, m->ids, m->oid_len, m->oid_len, id))
		return false;
	*pack = pack_at(m, pos);
	*offset = offset_at(m, pos);
	return *pack < m->packs && *offset != UINT64_MAX;
}

/* Where the parts of an index that is being made begin. */
struct making {
	unsigned char *fanout, *ids, *offs, *large;
	uint32_t n, n_large;
};

static void put32(unsigned char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void put_object(struct making *k, const struct mf_midx *m, uint32_t pos)
{
	const unsigned char *id = m->ids + (size_t)pos * m->oid_len;
	const uint64_t off = offset_at(m, pos);

	memcpy(k->ids + (size_t)k->n * m->oid_len, id, m->oid_len);
	put32(k->offs + (size_t)k->n * 4, off >> 31 ? 0x80000000 | k->n_large : (uint32_t)off);
	if (off >> 31) {
		put32(k->large + (size_t)k->n_large * 8, (uint32_t)(off >> 32));
		put32(k->large + (size_t)k->n_large++ * 8 + 4, (uint32_t)off);
	}
	put32(k->fanout + 4 * (size_t)id[0], ++k->n);
}

/* Bytes with which no id begins have the number of the one before. A damaged one is not sorted, but its numbers grow. */
static void close_fanout(unsigned char *fanout)
{
	uint32_t last = 0;

	for (size_t i = 0; i < 256; i++) {
		const uint32_t v = mf_be32(fanout + 4 * i);

		last = v > last ? v : last;
		put32(fanout + 4 * i, last);
	}
}

int mf_midx_index(unsigned char **out, size_t *n, const struct mf_midx *m, uint32_t pack, struct mf_err *err)
{
	static const unsigned char head[] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
	const size_t fixed = sizeof(head) + FANOUT, sums = 2 * m->oid_len;
	size_t objects = 0, large = 0, size;
	struct making k = { 0 };
	unsigned char *p;

	*n = 0;
	for (uint32_t pos = 0; pos < m->n; pos++) {
		objects += pack_at(m, pos) == pack;
		large += pack_at(m, pos) == pack && offset_at(m, pos) >> 31;
	}
	if (objects == 0)
		return 0;
	size = fixed + objects * (m->oid_len + 8) + large * 8 + sums;
	p = mf_calloc(1, size);
	if (!p)
		return mf_fail_nomem(err);
	memcpy(p, head, sizeof(head));
	k.fanout = p + sizeof(head);
	k.ids = p + fixed;
	k.offs = k.ids + objects * (m->oid_len + 4);
	k.large = k.offs + objects * 4;
	for (uint32_t pos = 0; pos < m->n; pos++)
		if (pack_at(m, pos) == pack)
			put_object(&k, m, pos);
	close_fanout(k.fanout);
	*out = p;
	*n = size;
	return 0;
}

struct mf_str mf_midx_name(const struct mf_midx *m, size_t *at)
{
	struct mf_str s = { 0 };

	if (*at >= m->names_n || m->names[*at] == '\0')
		return s;	/* the end is padded with NUL bytes */
	s = mf_str((const char *)m->names + *at);
	*at += s.n + 1;
	return s;
}
