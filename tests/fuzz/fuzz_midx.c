/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a multi-pack index; the first says which hash. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/repo/idx.h"
#include "../../src/repo/midx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_err err = { 0 };
	struct mf_midx m;
	uint32_t pack;
	uint64_t off;
	unsigned char *made;
	size_t at = 0, made_n;
	struct mf_idx x;

	if (size == 0)
		return 0;
	if (mf_midx_parse(&m, data + 1, size - 1, data[0] & 1 ? 32 : 20, &err)) {
		CHECK(err.id && *err.what);
		return 0;
	}
	while (mf_midx_name(&m, &at).n)
		CHECK(at <= m.names_n);
	for (uint32_t i = 0; i < m.n; i++)
		if (mf_midx_find(&pack, &off, &m, m.ids + (size_t)i * m.oid_len))
			CHECK(pack < m.packs);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK(mf_midx_index(&made, &made_n, &m, i, &err) == 0);
		if (made_n == 0)
			continue;
		CHECK(mf_idx_parse(&x, made, made_n, m.oid_len, &err) == 0 && x.n);
		for (uint32_t pos = 0; pos < x.n; pos++)
			mf_idx_offset(&x, pos);
		free(made);
	}
	return 0;
}
