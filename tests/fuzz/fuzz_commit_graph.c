/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a commit-graph, alone and twice in a chain. Every commit that it lists is looked up, with its parents. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/repo/commit.h"
#include "../../src/repo/commitgraph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void look_up(const struct mf_graph *g, const struct mf_graph_layer *l)
{
	for (uint32_t i = 0; i < l->n && i < 100; i++) {
		struct mf_graph_commit c;
		struct mf_oid id = { { 0 } };
		size_t at = 0;

		memcpy(id.b, l->ids + i * l->oid_len, l->oid_len);
		if (!mf_graph_find(&c, g, &id))
			continue;
		CHECK(c.generation);
		while (mf_graph_parent(&id, &at, g, &c))
			CHECK(at <= MF_PARENTS_MAX + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t oid_lens[] = { 20, 32 };

	for (size_t k = 0; k < 2; k++) {
		struct mf_graph_layer layers[2];
		struct mf_graph *g;
		struct mf_err err = { 0 };

		if (!mf_graph_layer_parse(&layers[0], data, size, oid_lens[k]))
			continue;
		layers[1] = layers[0];
		layers[1].n_bases = 1;
		for (size_t n = 1; n <= 2; n++) {
			CHECK(mf_graph_over(&g, layers, n, &err) == 0);
			if (g)
				look_up(g, &layers[0]);
			mf_graph_free(g);
		}
	}
	return 0;
}
