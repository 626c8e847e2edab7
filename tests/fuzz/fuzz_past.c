/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what an earlier run has left: refused, or recalled, and written again. Of a database that holds all of it the same comes out, and of one that
 * holds a part of it, something that can be read. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/repo/past.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)
#define MAX ((size_t)64 << 20)

static struct mf_past *read_past(const void *bytes, size_t n, size_t oid_len)
{
	struct mf_past *p;
	struct mf_err err;
	int r;

	CHECK(mf_past_new(&p, oid_len, 1, &err) == 0);
	r = mf_past_read(p, (struct mf_str){ bytes, n }, &err);
	CHECK(r >= 0);
	if (r == 0)
		return p;
	CHECK(mf_past_empty(p) && !mf_past_has_trail(p));
	mf_past_free(p);
	return NULL;
}

static bool any_name(const void *ctx, struct mf_str name)
{
	(void)ctx;
	return name.n > 0;
}

static void recall(const struct mf_past *p, size_t oid_len)
{
	struct mf_naming all = { .name = any_name };
	const struct mf_wanted nothing = { .oid_len = oid_len, .naming = &all };
	struct mf_attr_graph g = { 0 };
	struct mf_idmap named = { 0 };
	struct mf_err err;

	memset(all.ends, 0xff, sizeof(all.ends));
	CHECK(mf_attr_graph_build(&g, NULL, 0, &nothing, &named, p, &err) == 0);
	mf_attr_graph_free(&g);
	mf_idmap_free(&named);
}

/* As a scan that has found in each blob what was there before. */
static void keep(struct mf_past *p)
{
	size_t groups;
	struct mf_err err;

	for (size_t i = 0; i < mf_past_blobs(p, &groups); i++) {
		const struct mf_past_blob b = mf_past_blob(p, i);

		CHECK(mf_past_blob_find(p, &b.id) == i);
		for (size_t k = 0; k < b.n; k++)
			CHECK(b.cands[k].group < groups && b.cands[k].end_line >= b.cands[k].line);
		if (b.visited)
			CHECK(mf_past_add(p, 0, &b.id, true, &err) == 0);
	}
	for (size_t i = 0; i < mf_past_blobs(p, &groups); i++) {
		const struct mf_past_blob b = mf_past_blob(p, i);

		if (b.held)
			CHECK(mf_past_keep(p, &b.id, b.cands, b.n, &err) == 0);
	}
}

/* `held`: what the database holds, by the last bits of places in the table. */
static void again(const uint8_t *data, size_t size, size_t oid_len, uint8_t held)
{
	struct mf_past *p = read_past(data, size, oid_len), *second;
	struct mf_buf out = MF_BUF(MAX), twice = MF_BUF(MAX);
	struct mf_err err;

	if (!p)
		return;
	memset(p->held, held, p->old.n / 8 + 1);
	recall(p, oid_len);
	CHECK(mf_past_choose(p, false, &err) == 0);
	keep(p);
	p->keeps_trail = p->has_trail;
	CHECK(mf_past_write(&out, p, &err) == 0);
	second = read_past(out.p, out.n, oid_len);
	CHECK(second && second->has_trail == p->has_trail);
	memset(second->held, 0xff, second->old.n / 8 + 1);
	keep(second);
	second->keeps_trail = second->has_trail;
	CHECK(mf_past_write(&twice, second, &err) == 0);
	CHECK(out.n == twice.n && memcmp(out.p, twice.p, out.n) == 0);
	mf_past_free(p);
	mf_past_free(second);
	mf_buf_free(&out);
	mf_buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t oid_len = 20; oid_len <= 32; oid_len += 12) {
		again(data, size, oid_len, 0xff);
		again(data, size, oid_len, 0x5a);
	}
	return 0;
}
