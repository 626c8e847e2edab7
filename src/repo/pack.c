/* SPDX-License-Identifier: Apache-2.0 */
/* A pack with its index, and the headers of its entries. */
#include "pack.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

static int damaged(struct mf_err *err, const struct mf_pack *p, const char *why)
{
	mf_fail(err, MF_E_GIT_DAMAGED, "'%s.pack' is damaged", p->path ? p->path : "");
	mf_err_why(err, "%s", why);
	return -1;
}

static int of_index(struct mf_err *err)
{
	char why[sizeof(err->why)];

	snprintf(why, sizeof(why), "%s", err->why[0] ? err->why : err->what);
	mf_err_why(err, "its index: %s", why);
	return -1;
}

int mf_pack_parse(struct mf_pack *p, size_t oid_len, struct mf_err *err)
{
	const unsigned char *h = p->map.p;
	uint32_t version;

	if (mf_idx_parse(&p->idx, p->idx_map.p, p->idx_map.n, oid_len, err)) {
		mf_err_wrap(err, "'%s.idx'", p->path ? p->path : "");
		return of_index(err);
	}
	if (p->map.n < MF_PACK_HEADER + oid_len || memcmp(h, "PACK", 4) != 0)
		return damaged(err, p, "it does not begin as a pack");
	version = mf_be32(h + 4);
	if (version != 2 && version != 3) {
		mf_fail(err, MF_E_GIT_UNSUPPORTED, "'%s.pack' has version %u, which is not known", p->path ? p->path : "", version);
		return -1;
	}
	/* a pack that was cut off is read as far as it goes */
	p->end = p->map.n - oid_len;
	p->entries = mf_be32(h + 8);
	return 0;
}

static int map_part(struct mf_mapping *out, const char *path, const char *ending, struct mf_err *err)
{
	char name[PATH_MAX];

	if ((size_t)snprintf(name, sizeof(name), "%s%s", path, ending) >= sizeof(name))
		return mf_fail(err, MF_E_GIT_DAMAGED, "'%s' is too long for a path", path);
	return mf_mapping_open(out, name, err);
}

int mf_pack_open(struct mf_pack *out, const char *path, size_t oid_len, struct mf_err *err)
{
	struct mf_pack p = { .path = mf_strdup(path) };

	if (!p.path)
		return mf_fail_nomem(err);
	if ((map_part(&p.idx_map, path, ".idx", err) && of_index(err)) || map_part(&p.map, path, ".pack", err) || mf_pack_parse(&p, oid_len, err)) {
		mf_pack_close(&p);
		return -1;
	}
	*out = p;
	return 0;
}

int mf_pack_open_with(struct mf_pack *out, const char *path, size_t oid_len, unsigned char *idx, size_t n, struct mf_err *err)
{
	struct mf_pack p = { .path = mf_strdup(path), .idx_map = { .p = idx, .n = n }, .own_idx = true };
	int rc = p.path ? 0 : mf_fail_nomem(err);

	if (rc == 0)
		rc = map_part(&p.map, path, ".pack", err);
	if (rc == 0)
		rc = mf_pack_parse(&p, oid_len, err);
	if (rc)
		mf_pack_close(&p);
	else
		*out = p;
	return rc;
}

void mf_pack_close(struct mf_pack *p)
{
	if (p->own_idx)
		free((void *)(uintptr_t)p->idx_map.p);
	else
		mf_mapping_close(&p->idx_map);
	mf_mapping_close(&p->map);
	free(p->path);
	*p = (struct mf_pack){ 0 };
}

bool mf_pack_places_ok(const struct mf_pack *p)
{
	for (uint32_t pos = 0; pos < p->idx.n; pos++) {
		const uint64_t off = mf_idx_offset(&p->idx, pos);

		if (off < MF_PACK_HEADER || off >= p->end)
			return false;
	}
	return true;
}

/* The distance to the base: seven bits a byte, the highest first, each byte but the last counting one more. */
static bool base_distance(uint64_t *out, const unsigned char *p, uint64_t end, uint64_t *at)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 9 && *at < end; i++) {
		const unsigned char c = p[(*at)++];

		v = v << 7 | (c & 0x7f);
		if (!(c & 0x80)) {
			*out = v;
			return true;
		}
		v++;
	}
	return false;
}

bool mf_entry_parse(struct mf_entry *out, const struct mf_pack *p, uint64_t off)
{
	const unsigned char *d = p->map.p;
	struct mf_entry e = { 0 };
	unsigned char c;
	uint64_t at = off, back;

	if (off < MF_PACK_HEADER || off >= p->end)
		return false;
	c = d[at++];
	e.type = c >> 4 & 7;
	e.size = c & 15;
	for (unsigned shift = 4; c & 0x80; shift += 7) {
		if (at >= p->end || shift > 56)
			return false;
		c = d[at++];
		e.size |= (uint64_t)(c & 0x7f) << shift;
	}
	switch (e.type) {
	case MF_OBJ_COMMIT:
	case MF_OBJ_TREE:
	case MF_OBJ_BLOB:
	case MF_OBJ_TAG:
		break;
	case MF_ENTRY_OFS:
		if (!base_distance(&back, d, p->end, &at) || back == 0 || back > off - MF_PACK_HEADER)
			return false;
		e.base = off - back;
		break;
	case MF_ENTRY_REF:
		if (p->end - at < p->idx.oid_len)
			return false;
		e.base_id = d + at;
		at += p->idx.oid_len;
		break;
	default:
		return false;
	}
	e.data = at;
	*out = e;
	return true;
}
