/* SPDX-License-Identifier: Apache-2.0 */
/* zlib streams whose length is known. inflate.c is the only file here that uses libdeflate. */
#ifndef MF_REPO_INFLATE_H
#define MF_REPO_INFLATE_H

#include <mayfly/base.h>

struct mf_inflater;
struct mf_inflater *mf_inflater_new(void);	/* NULL when memory is out; not shared between threads */
void mf_inflater_free(struct mf_inflater *z);

/* Expands the stream at the beginning of `in` to exactly out_n bytes; its checksum is checked. What follows it in `in` is ignored. */
bool mf_inflate(struct mf_inflater *z, unsigned char *out, size_t out_n, const unsigned char *in, size_t in_n);

/* The same when the length is not known: at most `cap` bytes come out. */
enum mf_inflated { MF_INFLATE_OK, MF_INFLATE_BAD, MF_INFLATE_MORE };
enum mf_inflated mf_inflate_some(struct mf_inflater *z, unsigned char *out, size_t cap, size_t *out_n, const unsigned char *in, size_t in_n);

/* Whether a stream of in_n bytes can hold so many at all: deflate's limit is a little under 1032 to 1. To be asked before memory
 * is set aside for what a header claims. */
static inline bool mf_inflate_sane(uint64_t out_n, uint64_t in_n)
{
	return out_n / 1032 <= in_n;
}

#endif
