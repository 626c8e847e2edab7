/* SPDX-License-Identifier: Apache-2.0 */
/* A pack's index, versions 1 and 2. */
#include "idx.h"

#include "mapping.h"

enum { FANOUT = 256 * 4, LARGE_FLAG_SHIFT = 31 };

static const unsigned char magic[] = { 0xff, 't', 'O', 'c' };

bool mf_fanout_ok(const unsigned char *fanout)
{
	uint32_t last = 0;

	for (size_t i = 0; i < 256; i++) {
		const uint32_t v = mf_be32(fanout + 4 * i);

		if (v < last)
			return false;
		last = v;
	}
	return true;
}

static int damaged(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_DAMAGED, "a pack's index is damaged");
	mf_err_why(err, "%s", why);
	return -1;
}

/* fanout, (offset, id) * n, two checksums */
static int parse_v1(struct mf_idx *x, const unsigned char *p, size_t n, struct mf_err *err)
{
	const size_t step = 4 + x->oid_len;

	if (n < FANOUT + 2 * x->oid_len)
		return damaged(err, "it is too short");
	x->fanout = p;
	if (!mf_fanout_ok(p))
		return damaged(err, "its table of first bytes is not sorted");
	x->n = mf_be32(p + FANOUT - 4);
	if ((n - FANOUT - 2 * x->oid_len) / step < x->n)
		return damaged(err, "it is too short for its objects");
	x->offs = p + FANOUT;
	x->ids = p + FANOUT + 4;
	x->id_step = x->off_step = step;
	return 0;
}

/* magic, version, fanout, id * n, crc * n, offset * n, large offsets, two checksums */
static int parse_v2(struct mf_idx *x, const unsigned char *p, size_t n, struct mf_err *err)
{
	const size_t fixed = 8 + FANOUT + 2 * x->oid_len;
	size_t rest;

	if (n < fixed)
		return damaged(err, "it is too short");
	x->fanout = p + 8;
	if (!mf_fanout_ok(x->fanout))
		return damaged(err, "its table of first bytes is not sorted");
	x->n = mf_be32(x->fanout + FANOUT - 4);
	rest = n - fixed;
	if (rest / (x->oid_len + 8) < x->n)
		return damaged(err, "it is too short for its objects");
	x->ids = p + 8 + FANOUT;
	x->id_step = x->oid_len;
	x->offs = x->ids + (size_t)x->n * (x->oid_len + 4);
	x->off_step = 4;
	x->large = x->offs + (size_t)x->n * 4;
	x->n_large = (rest - (size_t)x->n * (x->oid_len + 8)) / 8;
	return 0;
}

int mf_idx_parse(struct mf_idx *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err)
{
	struct mf_idx x = { .oid_len = oid_len, .version = 1 };
	int r;

	if (n >= 8 && memcmp(p, magic, sizeof(magic)) == 0) {
		x.version = mf_be32(p + 4);
		if (x.version != 2) {
			mf_fail(err, MF_E_GIT_UNSUPPORTED, "a pack's index has a version that is not known");
			mf_err_why(err, "version %u", x.version);
			return -1;
		}
		r = parse_v2(&x, p, n, err);
	} else {
		r = parse_v1(&x, p, n, err);
	}
	if (r == 0)
		*out = x;
	return r;
}

uint64_t mf_idx_offset(const struct mf_idx *x, uint32_t pos)
{
	const uint32_t v = mf_be32(x->offs + (size_t)pos * x->off_step);

	if (x->version == 1 || !(v >> LARGE_FLAG_SHIFT))
		return v;
	if ((v & 0x7fffffff) >= x->n_large)
		return UINT64_MAX;
	return mf_be64(x->large + (size_t)(v & 0x7fffffff) * 8);
}

bool mf_ids_find(uint32_t *pos, const unsigned char *fanout, const unsigned char *ids, size_t step, size_t oid_len, const unsigned char *id)
{
	uint32_t low = id[0] ? mf_be32(fanout + 4 * ((size_t)id[0] - 1)) : 0, high = mf_be32(fanout + 4 * (size_t)id[0]);

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;
		const int c = memcmp(id, ids + (size_t)mid * step, oid_len);

		if (c == 0) {
			*pos = mid;
			return true;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool mf_idx_find(uint32_t *pos, const struct mf_idx *x, const unsigned char *id)
{
	return mf_ids_find(pos, x->fanout, x->ids, x->id_step, x->oid_len, id);
}
