/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an index, as one half of a split one, and as its bitmaps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/repo/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void check(const struct mf_index *index)
{
	for (size_t i = 0; i < index->n; i++) {
		const struct mf_index_entry *e = &index->v[i];
		const struct mf_str path = { e->path, e->n };

		CHECK(strlen(e->path) == e->n && e->n && e->stage < 4 && e->id);
		CHECK(i == 0 || strcmp(index->v[i - 1].path, e->path) <= 0);
		CHECK(mf_index_at(index, 0, index->n, path) <= i && mf_index_end(index, 0, index->n, path) > i);
	}
	for (size_t i = 1; i < index->n_nodes; i++) {
		const struct mf_cache_node *node = &index->nodes[i], *found = mf_index_cache_find(index, &index->nodes[node->parent], node->name);

		CHECK(node->parent < i && found && mf_str_eq(found->name, node->name) && found->parent == node->parent);
	}
}

static void split(const uint8_t *data, size_t size)
{
	struct mf_index index, base;
	struct mf_err err = { 0 };

	if (mf_index_parse(&index, data, size, 20, &err))
		return;
	if (mf_index_parse(&base, data, size, 20, &err) == 0 && mf_index_join(&index, &base, &err) == 0)
		CHECK(index.n == 0 || index.v);
	mf_index_free(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t oid_lens[] = { 20, 32 };
	struct mf_str in = { (const char *)data, size };
	unsigned char bits[1000] = { 0 };

	for (size_t k = 0; k < 2; k++) {
		struct mf_index index;
		struct mf_err err = { 0 };

		if (mf_index_parse(&index, data, size, oid_lens[k], &err)) {
			CHECK(err.id && *err.why);
			continue;
		}
		if (!index.link.there)
			check(&index);
		mf_index_free(&index);
	}
	split(data, size);
	if (mf_index_bitmap(bits, sizeof(bits), &in))
		CHECK(in.n <= size);
	return 0;
}
