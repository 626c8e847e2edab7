/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes, packs, deltas, loose objects, and objects read by id. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/repo.h>
#include "../../src/repo/delta.h"
#include "../../src/repo/loose.h"
#include "../../src/repo/mapping.h"
#include "../../src/repo/reader.h"
#include "failalloc.h"
#include "support_repo.h"

static struct mf_err err;
static char *top;

static int setup(void **state)
{
	(void)state;
	top = mf_test_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_test_rmdir(top);
	return 0;
}

static struct mf_str in_top(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return mf_str(path);
}

struct opened {
	struct mf_repo *r;
	struct mf_reader *rd;
};

static struct opened open_repo(const char *name)
{
	struct opened o = { 0 };

	if (mf_repo_open(&o.r, in_top(name).p, NULL, &err) || mf_reader_new(&o.rd, o.r, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
	return o;
}

static void close_repo(struct opened *o)
{
	mf_reader_free(o->rd);
	mf_repo_free(o->r);
}

static void reads(struct mf_reader *rd, struct mf_oid id, enum mf_otype type, const void *p, size_t n)
{
	struct mf_object o;
	enum mf_otype t;
	size_t size;

	if (mf_object_read(&o, rd, &id, 0, &err) || mf_object_stat(&t, &size, rd, &id, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
	assert_int_equal(o.type, type);
	assert_int_equal(t, type);
	assert_int_equal(o.n, n);
	assert_int_equal(size, n);
	assert_memory_equal(o.p, p, n);
	mf_object_free(&o);
}

static void test_oid(void **state)
{
	struct mf_oid id = { { 1 } };
	char hex[65];

	(void)state;
	assert_true(mf_oid_parse(&id, mf_str("00112233445566778899aAbBcCdDeEfF00112233"), 20));
	mf_oid_hex(hex, &id, 20);
	assert_string_equal(hex, "00112233445566778899aabbccddeeff00112233");
	assert_int_equal(id.b[20], 0);
	assert_false(mf_oid_parse(&id, mf_str("00112233445566778899aabbccddeeff0011223"), 20));
	assert_false(mf_oid_parse(&id, mf_str("00112233445566778899aabbccddeeff0011223g"), 20));
	assert_false(mf_oid_parse(&id, mf_str("00112233445566778899aabbccddeeff00112233"), 32));
}

static void test_delta(void **state)
{
	static const unsigned char base[200] = "abcdefghijklmnopqrstuvwxyz";
	/* copy 3 from 2, insert "XY", insert "Z", copy 4 from 5, copy 2 from 9 */
	static const unsigned char ops[160] = "\x91\x02\x03\x02XY\x01Z\x91\x05\x04\x91\x09\x02";
	struct mf_delta d = { .ops = ops, .n = 14, .base = base, .base_n = 26 };
	struct mf_spans s = { 0 };
	unsigned char out[200];

	(void)state;
	assert_true(mf_delta_gives(12, ops, 14));
	assert_false(mf_delta_gives(13, ops, 14));
	assert_true(mf_delta_apply(out, 12, &d, &s));
	assert_memory_equal(out, "cdeXYZfghijk", 12);
	assert_int_equal(s.n, 3);
	assert_true(s.v[0].at == 0 && s.v[0].n == 3 && s.v[0].from == 2);
	assert_true(s.v[1].at == 3 && s.v[1].n == 3 && s.v[1].from == MF_SPAN_NEW);
	assert_true(s.v[2].at == 6 && s.v[2].n == 6 && s.v[2].from == 5);
	assert_false(mf_delta_apply(out, 11, &d, &s));
	assert_false(mf_delta_apply(out, 13, &d, &s));
	d.n = 13;
	assert_false(mf_delta_apply(out, 12, &d, &s));
	d.n = 14;
	d.base_n = 10;
	assert_false(mf_delta_apply(out, 12, &d, NULL));
	d.ops = (const unsigned char *)"\0                                                                                                   ";
	d.n = 1;
	assert_false(mf_delta_apply(out, 0, &d, NULL));
	d.n = 0;
	assert_true(mf_delta_apply(out, 0, &d, &s));
	assert_int_equal(s.n, 0);
	mf_spans_free(&s);
}

/* A copy's length of zero means 65536, and the runs of a large object may be many. */
static void test_delta_large(void **state)
{
	unsigned char *base = calloc(1, 70000 + MF_SLACK), *ops = calloc(1, 2 * 65536 * 2 + MF_SLACK), *out = malloc((2u << 20) + MF_SLACK);
	struct mf_delta d = { .ops = ops, .n = 1, .base = base, .base_n = 65536 };
	struct mf_spans s = { 0 };

	(void)state;
	ops[0] = 0x80;
	assert_true(mf_delta_apply(out, 65536, &d, &s));
	d.base_n = 65535;
	assert_false(mf_delta_apply(out, 65536, &d, &s));
	for (size_t i = 0; i < 65536; i++) {	/* one byte from place 0, again and again: nothing joins */
		ops[2 * i] = 0x90;
		ops[2 * i + 1] = 1;
	}
	d.n = 2 * 65536;
	assert_true(mf_delta_apply(out, 65536, &d, &s));
	assert_int_equal(s.n, 65536);
	mf_spans_free(&s);
	free(base);
	free(ops);
	free(out);
}

static struct mf_oid three(struct mf_test_pack *k, size_t oid_len)
{
	static const unsigned char delta[] = "\x05\x07\x90\x05\x02!!";
	const struct mf_oid id = mf_test_id(MF_OBJ_BLOB, "hello!!", 7, oid_len);

	mf_test_pack_begin(k, oid_len);
	mf_test_pack_add(k, MF_OBJ_BLOB, "hello", 5, 0, NULL, NULL);
	mf_test_pack_add(k, MF_OBJ_COMMIT, "no commit", 9, 0, NULL, NULL);
	mf_test_pack_add(k, 6, delta, sizeof(delta) - 1, 0, NULL, &id);
	return id;
}

static void test_idx_versions(void **state)
{
	static const struct {
		const char *init;
		size_t oid_len;
		unsigned version;
		bool large;
	} kind[] = { { "git init -q r", 20, 1, false }, { "git init -q r", 20, 2, false }, { "git init -q r", 20, 2, true },
		     { "git init -q --object-format=sha256 r", 32, 1, false }, { "git init -q --object-format=sha256 r", 32, 2, true } };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(kind); i++) {
		struct mf_test_pack k;
		struct mf_oid id;
		struct opened o;

		mf_test_sh(top, "rm -rf r");
		mf_test_sh(top, kind[i].init);
		id = three(&k, kind[i].oid_len);
		mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "1", kind[i].version, kind[i].large);
		o = open_repo("r");
		reads(o.rd, id, MF_OBJ_BLOB, "hello!!", 7);
		reads(o.rd, id, MF_OBJ_BLOB, "hello!!", 7);
		reads(o.rd, mf_test_id(MF_OBJ_BLOB, "hello", 5, kind[i].oid_len), MF_OBJ_BLOB, "hello", 5);
		reads(o.rd, mf_test_id(MF_OBJ_COMMIT, "no commit", 9, kind[i].oid_len), MF_OBJ_COMMIT, "no commit", 9);
		close_repo(&o);
		mf_test_pack_free(&k);
	}
}

static void idx_refuses(const unsigned char *p, size_t n, const char *id)
{
	struct mf_idx x;
	/* of exactly this size, so that a sanitizer sees what lies behind */
	unsigned char *copy = malloc(n + 1);

	memcpy(copy, p, n);
	assert_fails(mf_idx_parse(&x, copy, n, 20, &err), err, id);
	free(copy);
}

static void test_idx_damaged(void **state)
{
	struct mf_mapping m;
	unsigned char copy[8192];
	struct mf_test_pack k;
	struct mf_idx x;

	(void)state;
	three(&k, 20);
	mf_test_pack_write(&k, top, "1", 2, true);
	assert_int_equal(mf_mapping_open(&m, in_top("pack-1.idx").p, &err), 0);
	assert_int_equal(mf_idx_parse(&x, m.p, m.n, 20, &err), 0);
	assert_int_equal(x.n, 3);
	assert_int_equal(x.n_large, 3);
	memcpy(copy, m.p, m.n);
	idx_refuses(copy, 0, "MF-GIT-03");
	idx_refuses(copy, 8 + 1024 + 39, "MF-GIT-03");
	idx_refuses(copy, m.n - 24 - 13, "MF-GIT-03");	/* ids and offsets do not fit */
	copy[7] = 3;
	idx_refuses(copy, m.n, "MF-GIT-04");
	copy[7] = 2;
	copy[8] = 1;		/* the first number is larger than the second */
	idx_refuses(copy, m.n, "MF-GIT-03");
	memcpy(copy, m.p, m.n);
	memset(copy + 8 + 255 * 4, 0xff, 4);
	idx_refuses(copy, m.n, "MF-GIT-03");
	memcpy(copy, m.p, m.n);
	copy[(x.offs - m.p) + 3] = 99;	/* an offset of 64 bits that is not there */
	assert_int_equal(mf_idx_parse(&x, copy, m.n, 20, &err), 0);
	assert_true(mf_idx_offset(&x, 0) == UINT64_MAX);
	mf_mapping_close(&m);
	mf_test_pack_free(&k);
}

static void test_midx(void **state)
{
	static const char make[] = "git init -q r; cd r; for i in 1 2 3; do seq $i 200 > f; git add f; git commit -qm $i; git repack -q -d;"
				   "done; git multi-pack-index write; ls .git/objects/pack/*.idx | wc -l";
	char *out = mf_test_sh_out(top, make), hex[64];
	struct opened o;
	struct mf_oid id;
	char *blob;

	(void)state;
	assert_int_equal(strtol(out, NULL, 10), 3);
	free(out);
	out = mf_test_sh_out(top, "cd r; git rev-parse HEAD~1:f");
	snprintf(hex, sizeof(hex), "%.40s", out);
	free(out);
	assert_true(mf_oid_parse(&id, mf_str(hex), 20));
	blob = mf_test_sh_out(top, "seq 2 200");
	o = open_repo("r");
	assert_int_equal(o.rd->store->n_multi, 1);
	assert_int_equal(o.rd->store->n, 3);
	assert_true(o.rd->store->packs[0].in_midx);
	reads(o.rd, id, MF_OBJ_BLOB, blob, strlen(blob));
	close_repo(&o);
	/* one that lost its packs, or is damaged, is done without */
	mf_test_sh(top, "cd r/.git/objects/pack; chmod u+w multi-pack-index; printf X | dd of=multi-pack-index bs=1 seek=4 conv=notrunc status=none");
	o = open_repo("r");
	assert_int_equal(o.rd->store->n_multi, 0);
	reads(o.rd, id, MF_OBJ_BLOB, blob, strlen(blob));
	close_repo(&o);
	mf_test_sh(top, "cd r; rm -f .git/objects/pack/multi-pack-index; git multi-pack-index write; git repack -q -a; rm -f .git/objects/pack/multi-pack-index; git multi-pack-index write;"
			"cp .git/objects/pack/multi-pack-index m; git repack -q -adf; cp m .git/objects/pack/multi-pack-index");
	o = open_repo("r");
	reads(o.rd, id, MF_OBJ_BLOB, blob, strlen(blob));
	close_repo(&o);
	free(blob);
}

/* Of all places in a pack of many objects, so that some share a slot of the table, and none is taken for another. */
static void test_places(void **state)
{
	enum { N = 20000 };
	unsigned char *x = calloc(1, 8 + 1024 + N * 28 + 40);
	struct mf_pack p = { .end = (uint64_t)N * 40 };
	uint32_t n;

	(void)state;
	memcpy(x, "\377tOc\0\0\0\2", 8);
	for (unsigned i = 0; i < 256; i++)
		memcpy(x + 8 + 4 * i, "\0\0\x4e\x20", 4);
	assert_int_equal(mf_idx_parse(&p.idx, x, 8 + 1024 + N * 28 + 40, 20, &err), 0);
	for (uint32_t i = 0; i < N; i++) {
		const uint32_t off = 12 + 37 * i;
		unsigned char *at = x + 8 + 1024 + N * 24 + 4 * (size_t)i;

		at[0] = (unsigned char)(off >> 24);
		at[1] = (unsigned char)(off >> 16);
		at[2] = (unsigned char)(off >> 8);
		at[3] = (unsigned char)off;
	}
	assert_true(mf_pack_places_ok(&p));
	assert_int_equal(mf_pack_shared(&n, &p, &err), 0);
	assert_int_equal(n, 0);
	memcpy(x + 8 + 1024 + N * 24 + 4 * 7, x + 8 + 1024 + N * 24 + 4 * 19999, 4);
	memcpy(x + 8 + 1024 + N * 24 + 4 * 8, x + 8 + 1024 + N * 24 + 4 * 19999, 4);
	memcpy(x + 8 + 1024 + N * 24 + 4 * 9, x + 8 + 1024 + N * 24 + 4 * 100, 4);
	assert_int_equal(mf_pack_shared(&n, &p, &err), 0);
	assert_int_equal(n, 3);
	assert_true(mf_pack_places_ok(&p));
	memcpy(x + 8 + 1024 + N * 24 + 4 * 7, "\0\0\0\x0b", 4);
	assert_false(mf_pack_places_ok(&p));
	p.end = 12 + 37 * (N - 1);
	memcpy(x + 8 + 1024 + N * 24 + 4 * 7, "\0\0\0\x0c", 4);
	assert_false(mf_pack_places_ok(&p));
	p.end++;
	assert_true(mf_pack_places_ok(&p));
	free(x);
}

/* What an index made from a multi-pack index says is what the pack's own says. */
static void test_midx_index(void **state)
{
	struct opened o;
	unsigned char *made;
	struct mf_idx x;
	size_t n;

	(void)state;
	mf_test_sh(top, "git init -q r; cd r; for i in $(seq 100); do echo $i > $i; done; git add .; git commit -qm 1; git repack -q -d; seq 300 > f; git add f;"
			"git commit -qm 2; git repack -q -d; git multi-pack-index write");
	o = open_repo("r");
	for (uint32_t i = 0; i < 2; i++) {
		const struct mf_pack *p = o.rd->store->multi[0].packs[i];

		assert_int_equal(mf_midx_index(&made, &n, &o.rd->store->multi[0].midx, i, &err), 0);
		assert_int_equal(mf_idx_parse(&x, made, n, 20, &err), 0);
		assert_int_equal(x.n, p->idx.n);
		assert_memory_equal(x.fanout, p->idx.fanout, 1024);
		assert_memory_equal(x.ids, p->idx.ids, (size_t)x.n * 20);
		assert_memory_equal(x.offs, p->idx.offs, (size_t)x.n * 4);
		free(made);
	}
	assert_int_equal(mf_midx_index(&made, &n, &o.rd->store->multi[0].midx, 2, &err), 0);
	assert_int_equal(n, 0);
	close_repo(&o);
	/* offsets of 64 bits */
	{
		static const unsigned char fanout[1024] = { [1023] = 2, [1019] = 1 }, offs[16] = { [4] = 0x80, [12] = 0x80, [15] = 1 }, large[8] = { [3] = 1 };
		unsigned char ids[40] = { 0xfe };
		struct mf_midx m = { .n = 2, .packs = 1, .oid_len = 20, .fanout = fanout, .ids = ids, .offs = offs, .large = large, .n_large = 1 };

		ids[20] = 0xff;
		assert_int_equal(mf_midx_index(&made, &n, &m, 0, &err), 0);
		assert_int_equal(mf_idx_parse(&x, made, n, 20, &err), 0);
		assert_int_equal(x.n, 2);
		assert_true(mf_idx_offset(&x, 0) == (uint64_t)1 << 32);
		assert_true(mf_idx_offset(&x, 1) == UINT64_MAX);	/* it is not there */
		free(made);
	}
}

static void test_missing(void **state)
{
	struct mf_oid id = { { 0xff } };
	struct mf_object object;
	enum mf_otype type;
	struct opened o;
	size_t size;

	(void)state;
	mf_test_sh(top, "git init -q r");
	o = open_repo("r");
	assert_fails(mf_object_read(&object, o.rd, &id, 0, &err), err, "MF-GIT-02");
	assert_fails(mf_object_stat(&type, &size, o.rd, &id, &err), err, "MF-GIT-02");
	close_repo(&o);
}

static void write_loose(const char *repo, const struct mf_oid *id, const void *p, size_t n, int level)
{
	char hex[65], cmd[256], path[256];
	unsigned char *z;
	size_t z_n;
	FILE *f;

	mf_oid_hex(hex, id, 20);
	snprintf(cmd, sizeof(cmd), "mkdir -p %s/.git/objects/%.2s", repo, hex);
	mf_test_sh(top, cmd);
	snprintf(path, sizeof(path), "%s/.git/objects/%.2s/%s", repo, hex, hex + 2);
	f = fopen(in_top(path).p, "w");
	assert_non_null(f);
	z = mf_test_zlib(p, n, level, &z_n);
	fwrite(z, 1, z_n, f);
	assert_int_equal(fclose(f), 0);
	free(z);
}

static void test_loose(void **state)
{
	static char big[1 << 20];
	const struct mf_oid small = mf_test_id(MF_OBJ_BLOB, "hello", 5, 20), empty = mf_test_id(MF_OBJ_TREE, "", 0, 20),
			    large = mf_test_id(MF_OBJ_BLOB, big + 13, sizeof(big) - 13, 20);
	struct mf_object object;
	struct opened o;

	(void)state;
	mf_test_sh(top, "git init -q r");
	memcpy(big, "blob 1048563", 13);
	for (int level = 0; level <= 9; level += 9) {
		write_loose("r", &small, "blob 5\0hello", 12, level);
		write_loose("r", &empty, "tree 0", 7, level);
		write_loose("r", &large, big, sizeof(big), level);
		o = open_repo("r");
		reads(o.rd, small, MF_OBJ_BLOB, "hello", 5);
		reads(o.rd, empty, MF_OBJ_TREE, "", 0);
		reads(o.rd, large, MF_OBJ_BLOB, big + 13, sizeof(big) - 13);
		assert_fails(mf_object_read(&object, o.rd, &large, 1000, &err), err, "MF-GIT-07");
		assert_int_equal(mf_object_read(&object, o.rd, &large, sizeof(big) - 13, &err), 0);
		mf_object_free(&object);
		close_repo(&o);
	}
}

static void test_loose_damaged(void **state)
{
	static const char *const text[] = { "blob 5\0hell", "blob 5\0hello!", "blub 5\0hello", "blob 5 hello", "blob\0hello", "blob 0x5\0hello",
					    "blob 99999999999999999999999\0", "blob -5\0hello", "", "blob \0hello", "blob 5" };
	static const size_t len[] = { 11, 13, 12, 12, 10, 14, 28, 13, 0, 11, 6 };
	struct mf_inflater *z = mf_inflater_new();
	struct mf_object o;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(text); i++) {
		for (int level = 0; level <= 9; level += 9) {
			size_t n;
			unsigned char *p = mf_test_zlib(text[i], len[i], level, &n);

			assert_fails(mf_loose_parse(&o, z, p, n, 0, &err), err, "MF-GIT-03");
			free(p);
		}
	}
	assert_fails(mf_loose_parse(&o, z, (const unsigned char *)"garbage", 7, 0, &err), err, "MF-GIT-03");
	assert_fails(mf_loose_parse(&o, z, NULL, 0, 0, &err), err, "MF-GIT-03");
	mf_inflater_free(z);
}

/* A base in another pack, in a loose file, missing, and going round in circles. */
static void test_ref_delta(void **state)
{
	static const unsigned char delta[] = "\x05\x07\x90\x05\x02!!";
	const struct mf_oid base = mf_test_id(MF_OBJ_BLOB, "hello", 5, 20), loose = mf_test_id(MF_OBJ_BLOB, "loose", 5, 20),
			    one = { { 1 } }, two = { { 2 } }, lost = { { 3 } }, a = { { 4 } }, b = { { 5 } }, c = { { 6 } }, d = { { 7 } };
	struct mf_object object;
	struct mf_test_pack k;
	enum mf_otype type;
	struct opened o;
	size_t size;

	(void)state;
	mf_test_sh(top, "git init -q r");
	mf_test_pack_begin(&k, 20);
	mf_test_pack_add(&k, MF_OBJ_BLOB, "hello", 5, 0, NULL, NULL);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &d, &c);
	mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "1", 2, false);
	mf_test_pack_free(&k);
	mf_test_pack_begin(&k, 20);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &base, &one);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &loose, &two);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &(struct mf_oid){ { 99 } }, &lost);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &b, &a);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &a, &b);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &c, &d);
	mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "2", 2, false);
	mf_test_pack_free(&k);
	write_loose("r", &loose, "blob 5\0loose", 12, 6);
	o = open_repo("r");
	reads(o.rd, one, MF_OBJ_BLOB, "hello!!", 7);
	reads(o.rd, two, MF_OBJ_BLOB, "loose!!", 7);
	assert_fails(mf_object_read(&object, o.rd, &lost, 0, &err), err, "MF-GIT-02");
	assert_fails(mf_object_stat(&type, &size, o.rd, &lost, &err), err, "MF-GIT-02");
	assert_fails(mf_object_read(&object, o.rd, &a, 0, &err), err, "MF-GIT-03");
	assert_fails(mf_object_stat(&type, &size, o.rd, &a, &err), err, "MF-GIT-03");
	assert_fails(mf_object_read(&object, o.rd, &c, 0, &err), err, "MF-GIT-03");
	assert_fails(mf_object_stat(&type, &size, o.rd, &d, &err), err, "MF-GIT-03");
	assert_fails(mf_object_read(&object, o.rd, &one, 6, &err), err, "MF-GIT-07");
	close_repo(&o);
}

static void test_bad_deltas(void **state)
{
	static const struct {
		const char *delta;
		size_t n;
	} bad[] = { { "\x06\x07\x90\x05\x02!!", 7 }, { "\x05\x08\x90\x05\x02!!", 7 }, { "\x05\x07\x90\x06\x01!", 6 }, { "\x05", 1 }, { "", 0 },
		    { "\x05\x07\x00", 3 }, { "\x05\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x80", 11 }, { "\x05\x81\x80\x80\x80\x10\x80", 7 } };
	const struct mf_oid id = { { 1 } };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		struct mf_object object;
		struct mf_test_pack k;
		struct opened o;

		mf_test_sh(top, "rm -rf r; git init -q r");
		mf_test_pack_begin(&k, 20);
		mf_test_pack_add(&k, MF_OBJ_BLOB, "hello", 5, 0, NULL, NULL);
		mf_test_pack_add(&k, 6, bad[i].delta, bad[i].n, 0, NULL, &id);
		mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "1", 2, false);
		mf_test_pack_free(&k);
		o = open_repo("r");
		assert_fails(mf_object_read(&object, o.rd, &id, 0, &err), err, "MF-GIT-03");
		close_repo(&o);
	}
}

/* The base is damaged in this pack, but there is a good copy elsewhere. */
static void test_rescue(void **state)
{
	const struct mf_oid base = mf_test_id(MF_OBJ_BLOB, "hello", 5, 20);
	struct mf_test_pack k;
	struct mf_oid id;
	struct opened o;

	(void)state;
	mf_test_sh(top, "git init -q r");
	id = three(&k, 20);
	k.p[k.object[0].off + 4] ^= 0x55;
	mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "1", 2, false);
	mf_test_pack_free(&k);
	write_loose("r", &base, "blob 5\0hello", 12, 6);
	o = open_repo("r");
	reads(o.rd, id, MF_OBJ_BLOB, "hello!!", 7);
	close_repo(&o);
}

static int read_body(void *ctx, struct mf_err *e)
{
	const struct mf_oid *id = ctx;
	struct mf_object object;
	struct mf_reader *rd = NULL;
	struct mf_repo *r = NULL;
	enum mf_otype type;
	size_t size;
	int rc = -1;

	if (mf_repo_open(&r, in_top("r").p, NULL, e) == 0 && mf_reader_new(&rd, r, e) == 0 && mf_object_stat(&type, &size, rd, id, e) == 0 &&
	    mf_object_read(&object, rd, id, 0, e) == 0) {
		mf_object_free(&object);
		rc = 0;
	}
	mf_reader_free(rd);
	mf_repo_free(r);
	return rc;
}

static void test_no_memory(void **state)
{
	const struct mf_oid loose = mf_test_id(MF_OBJ_BLOB, "loose", 5, 20);
	struct mf_test_pack k;
	struct mf_oid id;

	(void)state;
	mf_test_sh(top, "git init -q r; cd r; echo 1 > f; git add f; git commit -qm 1; git repack -q; git multi-pack-index write");
	id = three(&k, 20);
	mf_test_pack_write(&k, in_top("r/.git/objects/pack").p, "1", 2, false);
	mf_test_pack_free(&k);
	write_loose("r", &loose, "blob 5\0loose", 12, 0);
	mf_torture(read_body, &id);
	mf_torture(read_body, (void *)(uintptr_t)&loose);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oid),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_delta_large),
		cmocka_unit_test_setup_teardown(test_idx_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idx_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_midx, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_midx_index, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loose, setup, teardown),
		cmocka_unit_test(test_loose_damaged),
		cmocka_unit_test_setup_teardown(test_ref_delta, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_deltas, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rescue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
