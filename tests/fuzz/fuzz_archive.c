/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: whatever the bytes claim, the budget holds and each member lies in memory that is there. */
#include <stdlib.h>

#include "../../src/detect/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t seen;
static volatile unsigned char sink;

static int on_member(void *ctx, const char *name, struct mf_str bytes, struct mf_err *err)
{
	(void)ctx;
	(void)err;
	seen += bytes.n;
	if (name)
		sink ^= (unsigned char)name[strlen(name)];
	if (bytes.n)
		sink ^= (unsigned char)(bytes.p[0] ^ bytes.p[bytes.n - 1]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_archive_budget budget = { .bytes = 1 << 20, .members = 100 };
	struct mf_err err;

	seen = 0;
	if (mf_archive_each((struct mf_str){ (const char *)data, size }, &budget, on_member, NULL, &err))
		abort();
	/* what is not compressed is handed out where it lies */
	if (seen > (1 << 20) + size * 100)
		abort();
	return 0;
}
