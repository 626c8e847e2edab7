/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file, mapped for reading. */
#ifndef MF_REPO_MAPPING_H
#define MF_REPO_MAPPING_H

#include <mayfly/err.h>

struct mf_mapping {
	const unsigned char *p;	/* NULL when the file is empty */
	size_t n;
};

/* MF-GIT-02 when there is no such file, MF-GIT-03 when it cannot be read or is no regular file. */
int mf_mapping_open(struct mf_mapping *out, const char *path, struct mf_err *err) MF_MUST_USE;
void mf_mapping_close(struct mf_mapping *m);

/* Big-endian numbers, as git writes them. */
static inline uint32_t mf_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t mf_be64(const unsigned char *p)
{
	return (uint64_t)mf_be32(p) << 32 | mf_be32(p + 4);
}

#endif
