/* SPDX-License-Identifier: Apache-2.0 */
/* A pack and its index (four bytes for the length of the index, the index, the pack), walked and read by id. Each object is visited or
 * reported once, and what is visited is what the reader gives. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/history.h>
#include "../../src/repo/repo_priv.h"
#include "../../src/repo/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { MAX = 1 << 16, READS = 200 };

struct count {
	size_t seen, failed, kept;
};

static int visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err)
{
	struct count *c = ctx;
	size_t at = 0, n = v->n;

	(void)err;
	CHECK(v->n <= MAX && v->type >= MF_OBJ_COMMIT && v->type <= MF_OBJ_TAG);
	if (v->spans)
		CHECK(*(const size_t *)v->base <= 4 * MAX);
	for (size_t i = 0; v->spans && i < v->n_spans; i++) {
		const struct mf_span *s = &v->spans[i];

		CHECK(s->at == at && (s->from == MF_SPAN_NEW || s->from + s->n <= *(const size_t *)v->base));
		at += s->n;
	}
	CHECK(!v->spans || at == v->n);
	c->seen += v->wanted;
	c->kept++;
	*keep = malloc(sizeof(n));
	CHECK(*keep);
	memcpy(*keep, &n, sizeof(n));
	return 0;
}

static void drop(void *ctx, void *keep)
{
	struct count *c = ctx;

	c->kept--;
	free(keep);
}

static int failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	struct count *c = ctx;

	(void)id;
	CHECK(why->id && *why->what);
	c->failed++;
	return 0;
}

static void walk(const struct mf_repo *r, size_t memory)
{
	const struct mf_visitor v = { .types = 30, .visit = visit, .drop = drop, .failed = failed };
	const struct mf_history_opts o = { .threads = 1, .max_object = MAX, .memory = memory };
	struct count c = { 0 };
	void *ctxs[] = { &c };
	struct mf_history_stats s;
	struct mf_err err;

	CHECK(mf_history_walk(r, &o, &v, ctxs, &s, &err) == 0);
	CHECK(c.kept == 0 && c.failed == s.failed);
	CHECK(c.seen + c.failed == r->store->packs[0].idx.n);
}

static void read_some(const struct mf_repo *r)
{
	const struct mf_idx *x = &r->store->packs[0].idx;
	struct mf_reader *rd;
	struct mf_object o;
	struct mf_err err;
	enum mf_otype type;
	size_t size;

	CHECK(mf_reader_new(&rd, r, &err) == 0);
	for (uint32_t i = 0; i < x->n && i < READS; i++) {
		struct mf_oid id = { 0 };

		memcpy(id.b, mf_idx_id(x, i), x->oid_len);
		if (mf_object_read(&o, rd, &id, MAX, &err))
			continue;
		CHECK(mf_object_stat(&type, &size, rd, &id, &err) == 0 && type == o.type && size == o.n);
		mf_object_free(&o);
	}
	mf_reader_free(rd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t idx_n = size < 4 ? 0 : mf_be32(data);
	struct mf_repo r = { .info.oid_len = 20 };
	struct mf_store *s;
	struct mf_err err;

	if (size < 4 || idx_n > size - 4)
		return 0;
	s = mf_store_new();
	CHECK(s);
	s->packs = mf_calloc(1, sizeof(*s->packs));
	CHECK(s->packs);
	s->packs[0].path = mf_strdup("p");
	s->packs[0].idx_map = (struct mf_mapping){ .p = data + 4, .n = idx_n };
	s->packs[0].map = (struct mf_mapping){ .p = data + 4 + idx_n, .n = size - 4 - idx_n };
	s->loaded = true;
	s->n = 1;
	r.store = s;
	if (mf_pack_parse(&s->packs[0], 20, &err) == 0) {
		walk(&r, 0);
		walk(&r, 1);
		read_some(&r);
	}
	s->packs[0].map = s->packs[0].idx_map = (struct mf_mapping){ 0 };	/* not ours to unmap */
	mf_store_free(s);
	return 0;
}
