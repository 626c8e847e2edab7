/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a pack's index; the first says which hash. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/repo/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_err err = { 0 };
	struct mf_pack p = { .end = 4096 };
	struct mf_idx x;
	uint32_t pos;

	if (size == 0)
		return 0;
	if (mf_idx_parse(&x, data + 1, size - 1, data[0] & 1 ? 32 : 20, &err)) {
		CHECK(err.id && *err.what);
		return 0;
	}
	for (uint32_t i = 0; i < x.n; i++) {
		const unsigned char *id = mf_idx_id(&x, i);

		mf_idx_offset(&x, i);
		if (mf_idx_find(&pos, &x, id))
			CHECK(pos < x.n && memcmp(mf_idx_id(&x, pos), id, x.oid_len) == 0);
	}
	p.idx = x;
	mf_pack_places_ok(&p);
	CHECK(mf_pack_shared(&pos, &p, &err) == 0 && (x.n == 0 ? pos == 0 : pos < x.n));
	return 0;
}
