/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a loose object's file; with a first byte of 1, as what its stream holds. */
#include <stdint.h>
#include <stdlib.h>

#include <libdeflate.h>
#include "../../src/repo/loose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { MAX = 1 << 20 };

static void parse(const unsigned char *p, size_t n)
{
	struct mf_inflater *z = mf_inflater_new();
	struct mf_object o = { 0 };
	struct mf_err err = { 0 };

	CHECK(z);
	if (mf_loose_parse(&o, z, p, n, MAX, &err))
		CHECK(err.id && *err.what && !o.p);
	else
		CHECK(o.p && o.n <= MAX && o.type >= MF_OBJ_COMMIT && o.type <= MF_OBJ_TAG);
	mf_object_free(&o);
	mf_inflater_free(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct libdeflate_compressor *c;
	unsigned char *z;
	size_t bound;

	if (size == 0)
		return 0;
	if (data[0] != 1) {
		parse(data + 1, size - 1);
		return 0;
	}
	c = libdeflate_alloc_compressor(size % 2 ? 0 : 6);
	CHECK(c);
	bound = libdeflate_zlib_compress_bound(c, size - 1);
	z = malloc(bound);
	CHECK(z);
	parse(z, libdeflate_zlib_compress(c, data + 1, size - 1, z, bound));
	free(z);
	libdeflate_free_compressor(c);
	return 0;
}
