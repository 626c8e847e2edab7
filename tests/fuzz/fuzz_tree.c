/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a tree, whole and made from a base; what attribution collects is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mayfly/alloc.h>
#include "../../src/repo/attribute.h"
#include "../../src/repo/treediff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static struct mf_wanted wanted = { .oid_len = 20 };

static void visit(struct mf_harvest *h, struct mf_view *v, void **keep)
{
	struct mf_err err = { 0 };

	h->wanted = &wanted;
	CHECK(mf_harvest_visit(h, v, keep, &err) == 0);
}

/* Folders by both readers. */
static void check_entries(const struct mf_harvest *h, const uint8_t *p, size_t n)
{
	struct mf_tree_entry e;
	size_t at = 0, folders = 0;
	bool bad;

	while (mf_tree_next(&e, p, n, &at, 20, &bad)) {
		CHECK(e.name.n && !memchr(e.name.p, '\0', e.name.n) && at <= n);
		if (!mf_mode_folder(e.mode))
			continue;
		CHECK(folders < h->n_now);
		CHECK(memcmp(h->bytes + h->edges[h->now[folders]].at, e.id.b, 20) == 0);
		CHECK(h->edges[h->now[folders]].name_n == e.name.n);
		folders++;
	}
	CHECK(folders == h->n_now && bad == (h->damaged != 0));
}

/* The first byte says how the rest is a base, and copies of it and new bytes make a second tree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_harvest *whole = mf_calloc(1, sizeof(*whole)), *part = mf_calloc(1, sizeof(*part));
	const size_t half = size ? data[0] * size / 256 : 0, from = size > 1 ? data[1] * half / 256 : 0, n = half - from, rest = size - half;
	const struct mf_span spans[] = { { 0, n, from }, { n, rest, MF_SPAN_NEW }, { n + rest, half, 0 } };
	uint8_t *made = malloc(size + n + 1);
	struct mf_view v = { .type = MF_OBJ_TREE, .p = data, .n = half, .wanted = true };
	void *keep = NULL, *now = NULL;

	CHECK(whole && part && made);
	visit(part, &v, &keep);
	check_entries(part, data, half);
	if (n)
		memcpy(made, data + from, n);
	if (rest)
		memcpy(made + n, data + half, rest);
	if (half)
		memcpy(made + n + rest, data, half);
	v.p = made;
	v.n = n + size;
	visit(whole, &v, &now);
	mf_harvest_drop(whole, now);
	check_entries(whole, made, v.n);
	v.spans = spans;
	v.n_spans = 3;
	v.base = keep;
	now = NULL;
	visit(part, &v, &now);
	CHECK(part->n_now == whole->n_now);
	for (size_t i = 0; i < part->n_now; i++) {
		const struct mf_edge *x = &part->edges[part->now[i]], *y = &whole->edges[whole->now[i]];

		CHECK(part->now_at[i] == whole->now_at[i] && x->name_n == y->name_n && memcmp(part->bytes + x->at, whole->bytes + y->at, 20 + x->name_n) == 0);
	}
	mf_harvest_drop(part, now);
	mf_harvest_drop(part, keep);
	mf_harvest_free(part);
	mf_harvest_free(whole);
	free(made);
	return 0;
}
