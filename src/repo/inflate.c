/* SPDX-License-Identifier: Apache-2.0 */
/* zlib streams whose length is known. */
#include "inflate.h"

#include <libdeflate.h>

struct mf_inflater *mf_inflater_new(void)
{
	return (struct mf_inflater *)libdeflate_alloc_decompressor();
}

static struct libdeflate_decompressor *of(struct mf_inflater *z)
{
	return (struct libdeflate_decompressor *)z;
}

void mf_inflater_free(struct mf_inflater *z)
{
	libdeflate_free_decompressor(of(z));
}

bool mf_inflate(struct mf_inflater *z, unsigned char *out, size_t out_n, const unsigned char *in, size_t in_n)
{
	size_t used;

	return libdeflate_zlib_decompress_ex(of(z), in, in_n, out, out_n, &used, NULL) == LIBDEFLATE_SUCCESS;
}

enum mf_inflated mf_inflate_some(struct mf_inflater *z, unsigned char *out, size_t cap, size_t *out_n, const unsigned char *in, size_t in_n)
{
	size_t used;

	switch (libdeflate_zlib_decompress_ex(of(z), in, in_n, out, cap, &used, out_n)) {
	case LIBDEFLATE_SUCCESS:
		return MF_INFLATE_OK;
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		return MF_INFLATE_MORE;
	default:
		return MF_INFLATE_BAD;
	}
}
