/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution against a history that is known in full, by whichever engine and however it is packed. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "failalloc.h"
#include "support_repo.h"
#include "support_walk.h"
#include "../../src/repo/attribute.h"

static struct mf_err err;

static struct mf_repo *open_repo(const char *dir, const char *name)
{
	char *path = mf_path_join(dir, name);
	struct mf_repo *r;

	assert_non_null(path);
	assert_int_equal(mf_repo_open(&r, path, NULL, &err), 0);
	free(path);
	return r;
}

/* What is found for one content has to be: for each path that ever held it, the first commit in order that has it there. */
static size_t check_blob(const struct mf_test_history *h, const size_t *order, const struct mf_origins *o, size_t at, size_t blob, unsigned content)
{
	size_t found = 0;

	for (size_t path = 0; path < MF_TEST_PATHS; path++) {
		size_t n = 0;

		while (n < h->n && h->commit[order[n]].content[path] != content)
			n++;
		if (n == h->n)
			continue;
		for (size_t i = at; i < o->n && o->v[i].blob == blob; i++) {
			if (strcmp(o->v[i].path, h->path[path]) != 0)
				continue;
			assert_int_equal(o->v[i].order, n);
			assert_memory_equal(&o->v[i].commit->id, &h->commit[order[n]].id, sizeof(struct mf_oid));
			assert_int_equal(o->v[i].mode, 0100644);
			found++;
			break;
		}
		found += 1000000;
	}
	return found % 1000000 == found / 1000000 ? found / 1000000 : SIZE_MAX;
}

static void check(const struct mf_test_history *h, const struct mf_history_opts *opts, unsigned step)
{
	struct mf_repo *r = open_repo(h->dir, "r");
	size_t order[MF_TEST_COMMITS], at = 0, n = 0;
	struct mf_oid *blobs = mf_calloc(h->contents, sizeof(*blobs));
	struct mf_origins o;

	assert_non_null(blobs);
	mf_test_order(h, order);
	for (unsigned c = 1; c < h->contents; c += step)
		blobs[n++] = h->blob[c];
	assert_int_equal(mf_attribute(&o, r, blobs, n, opts, NULL, NULL, NULL, &err), 0);
	for (size_t i = 0; i < n; i++) {
		const size_t found = check_blob(h, order, &o, at, i, 1 + (unsigned)i * step);

		assert_true(found != SIZE_MAX);
		at += found;
		if (at < o.n)
			assert_true(o.v[at].blob > i);
	}
	assert_int_equal(at, o.n);
	assert_int_equal(o.failed + o.missing + o.n_absent + o.cut, 0);
	mf_origins_free(&o);
	mf_origins_free(&o);
	free(blobs);
	mf_repo_free(r);
}

static void test_random(void **state)
{
	static const struct mf_history_opts opts[] = {
		{ .threads = 1 }, { .threads = 4 }, { .threads = 2, .engine = MF_ENGINE_ODB }, { .threads = 2, .shard = 1, .shards = 3 },
	};

	(void)state;
	for (uint64_t seed = 1; seed < 6; seed++) {
		struct mf_test_history *h = mf_test_history_new(seed, 60 + 60 * seed, 200, seed % 2 ? 200000 : 0);

		for (size_t i = 0; i < MF_COUNT(opts); i++)
			check(h, &opts[i], 1 + (unsigned)i * 7);
		mf_test_history_free(h);
	}
}

static void test_packed_otherwise(void **state)
{
	static const char *const how[] = {
		"git -C r repack -adfq --depth=1",
		"git -C r repack -adfq --depth=200 --window=200",
		"mv r/objects/pack/*.pack p; rm -f r/objects/pack/*; git -C r unpack-objects -q < p",
		"git -C r rev-list --objects b5 | git -C r pack-objects -q objects/pack/pack",
		"git -C r repack -adfq --max-pack-size=1m; git -C r multi-pack-index write",
		"git -C r commit-graph write --reachable",
		"rm -rf r/objects/info; for b in 20 60 90; do git -C r rev-parse b$b | git -C r commit-graph write --split=no-merge --stdin-commits; done",
		"echo damage > r/objects/info/commit-graphs/commit-graph-chain",
	};
	struct mf_test_history *h = mf_test_history_new(77, 150, 100, 0);
	static const struct mf_history_opts opts = { .threads = 2 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(how); i++) {
		mf_test_sh(h->dir, how[i]);
		check(h, &opts, 3);
	}
	mf_test_history_free(h);
}

/* Files with much in their folders, of which one line at a time changes: most of a tree is copied from its base. */
static void test_large_folders(void **state)
{
	char *dir = mf_test_dir(), *list, *line, *next;
	struct mf_repo *r;
	struct mf_origins o;
	struct mf_oid blobs[600];
	size_t n = 0;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; mkdir -p d/e; i=0; while [ $i -lt 400 ]; do echo $i > d/file-$i; echo e$i > d/e/$i.c; i=$((i+1)); done;"
			"git add .; git commit -qm 0; i=0; while [ $i -lt 60 ]; do echo new $i > d/file-$((i * 7 % 400)); rm -f d/e/$((i * 13 % 400)).c;"
			"echo x $i > d/e/n$i; [ $((i % 9)) != 0 ] || git mv d/file-$((399 - i)) d/e/; git add -A .; git commit -qm $i; i=$((i+1)); done;"
			"git repack -adfq --depth=50 --window=50");
	list = mf_test_sh_out(dir, "cd r; git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' | sed -n 's/^blob //p' | head -600");
	for (line = list; *line && n < MF_COUNT(blobs); line = next) {
		next = strchr(line, '\n') + 1;
		assert_true(mf_oid_parse(&blobs[n++], (struct mf_str){ line, 40 }, 20));
	}
	free(list);
	r = open_repo(dir, "r");
	assert_int_equal(mf_attribute(&o, r, blobs, n, NULL, NULL, NULL, NULL, &err), 0);
	for (size_t i = 0, seen = 0; i < n; i++, seen = 0) {
		char script[400], hex[65], *ref;

		if (i % 40)
			continue;
		mf_oid_hex(hex, &blobs[i], 20);
		/* every commit that adds it somewhere, the oldest first: history is one line here */
		snprintf(script, sizeof(script), "cd r; git log --reverse --format=%%H --raw --no-abbrev --no-renames --find-object=%s | "
			 "awk '/^[0-9a-f]/{c=$1} /^:/ && $4==\"%s\" && !s[$6]++ {print c, $6}'", hex, hex);
		ref = mf_test_sh_out(dir, script);
		for (size_t k = 0; k < o.n; k++) {
			char want[200], commit[65];

			if (o.v[k].blob != i)
				continue;
			mf_oid_hex(commit, &o.v[k].commit->id, 20);
			snprintf(want, sizeof(want), "%s %s\n", commit, o.v[k].path);
			if (!strstr(ref, want))
				fail_msg("'%s' is not in '%s'", want, ref);
			seen += strlen(want);
		}
		assert_int_equal(seen, strlen(ref));
		free(ref);
	}
	mf_origins_free(&o);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static void test_commits_of_the_result(void **state)
{
	char *dir = mf_test_dir(), *hex;
	struct mf_oid blobs[4];
	struct mf_origins o;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; echo one > a; mkdir d; echo one > d/b; ln -s one l; git add .; git commit -qm 'first line';"
			"echo only > c; git add c; git tag blob $(git rev-parse :c); git reset -q; rm c");
	hex = mf_test_sh_out(dir, "cd r; git rev-parse HEAD:a blob HEAD:a HEAD:l | tr -d '\\n'");
	for (size_t i = 0; i < 4; i++)
		assert_true(mf_oid_parse(&blobs[i], (struct mf_str){ hex + 40 * i, 40 }, 20));
	free(hex);
	r = open_repo(dir, "r");
	assert_int_equal(mf_attribute(&o, r, blobs, 4, NULL, NULL, NULL, NULL, &err), 0);
	/* asked for twice, answered twice; the tagged blob is in no commit */
	assert_int_equal(o.n, 5);
	assert_int_equal(o.v[0].blob, 0);
	assert_string_equal(o.v[0].path, "a");
	assert_string_equal(o.v[1].path, "d/b");
	assert_int_equal(o.v[2].blob, 2);
	assert_int_equal(o.v[4].blob, 3);
	assert_int_equal(o.v[4].mode, 0120000);
	assert_string_equal(o.v[0].commit->email, "a@example.com");
	assert_string_equal(o.v[0].commit->message, "first line\n");
	assert_ptr_equal(o.v[0].commit, o.v[4].commit);
	mf_origins_free(&o);
	assert_int_equal(mf_attribute(&o, r, NULL, 0, NULL, NULL, NULL, NULL, &err), 0);
	assert_int_equal(o.n, 0);
	mf_origins_free(&o);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

/* Ten times ten times ten... folders that are one tree: cut, and in no time. */
static void test_folders_without_end(void **state)
{
	char *dir = mf_test_dir(), *hex;
	struct mf_oid blob;
	struct mf_origins o;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; t=$(printf 'x\\n' | git hash-object -w --stdin);"
			"t=$(printf '100644 blob %s\\tf\\n' $t | git mktree);"
			"for l in 1 2 3 4 5 6 7 8 9 10; do t=$(for d in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $t $d; done | git mktree); done;"
			"git update-ref HEAD $(git commit-tree -m bomb $t)");
	hex = mf_test_sh_out(dir, "cd r; printf 'x\\n' | git hash-object --stdin");
	assert_true(mf_oid_parse(&blob, (struct mf_str){ hex, 40 }, 20));
	free(hex);
	r = open_repo(dir, "r");
	assert_int_equal(mf_attribute(&o, r, &blob, 1, NULL, NULL, NULL, NULL, &err), 0);
	assert_true(o.cut);
	assert_true(o.n > 0);
	mf_origins_free(&o);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

/* A commit whose tree is gone, and a damaged one. */
static void test_lacking(void **state)
{
	static const char *const how[] = {
		"f=r/.git/objects/$(git -C r rev-parse HEAD:d | sed 's|..|&/|'); rm -f $f",
		"f=r/.git/objects/$(git -C r rev-parse HEAD:d | sed 's|..|&/|'); chmod u+w $f; echo damage > $f",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(how); i++) {
		char *dir = mf_test_dir(), *hex;
		struct mf_oid blobs[2];
		struct mf_origins o;
		struct mf_repo *r;

		mf_test_sh(dir, "git init -q r; cd r; mkdir d; echo a > a; echo b > d/b; git add .; git commit -qm m; git config extensions.partialclone o");
		hex = mf_test_sh_out(dir, "cd r; git rev-parse HEAD:a HEAD:d/b | tr -d '\\n'");
		for (size_t k = 0; k < 2; k++)
			assert_true(mf_oid_parse(&blobs[k], (struct mf_str){ hex + 40 * k, 40 }, 20));
		free(hex);
		mf_test_sh(dir, how[i]);
		r = open_repo(dir, "r");
		assert_int_equal(mf_attribute(&o, r, blobs, 2, NULL, NULL, NULL, NULL, &err), 0);
		assert_int_equal(o.n, 1);
		assert_string_equal(o.v[0].path, "a");
		assert_int_equal(o.missing, 1);
		assert_int_equal(o.failed, i);
		mf_origins_free(&o);
		mf_repo_free(r);
		mf_test_rmdir(dir);
	}
}

/* Bytes that look like trees wherever one begins to read: entries are of 28 bytes or so, and ids hold what entries are made of. */
enum { TREE_N = 4000 };

static size_t random_entry(struct mf_test_history *h, unsigned char *to)
{
	static const char text[] = "40000 b\0" "100644 c\0" "40000 dd\0" "120000 e\0" "40000 b\0" "40000 b\0";
	static const char *const modes[] = { "40000", "40000", "100644", "120000" };
	const char *mode = modes[mf_test_random(h, 4)];
	size_t n = strlen(mode);


	memcpy(to, mode, n);
	to[n++] = ' ';
	for (uint32_t k = 1 + mf_test_random(h, 3); k; k--)
		to[n++] = (unsigned char)('a' + mf_test_random(h, 3));
	to[n++] = '\0';
	memcpy(to + n, text + mf_test_random(h, sizeof(text) - 21), 20);
	return n + 20;
}

/* A version of a tree from pieces of its base and new bytes. Half of the copies begin and end where entries do. */
static size_t random_version(struct mf_test_history *h, unsigned char *to, const unsigned char *base, size_t base_n, struct mf_span *spans, size_t *n)
{
	size_t at = 0, from = 0, len;

	*n = 0;
	while (at < TREE_N - 1500) {
		struct mf_span *s = &spans[(*n)++];

		if (!base_n || mf_test_random(h, 3) == 0) {
			len = mf_test_random(h, 4) ? random_entry(h, to + at) : 1 + mf_test_random(h, 30);
			*s = (struct mf_span){ .at = at, .n = len, .from = MF_SPAN_NEW };
		} else {
			from = mf_test_random(h, 3) ? (from + mf_test_random(h, 60)) % base_n : mf_test_random(h, (uint32_t)base_n);
			if (mf_test_random(h, 2) && from > 100)
				from -= 28;
			len = 1 + mf_test_random(h, mf_test_random(h, 2) ? 900 : 60);
			len = len > base_n - from ? base_n - from : len;
			memcpy(to + at, base + from, len);
			*s = (struct mf_span){ .at = at, .n = len, .from = from };
			from += len;
		}
		at += len;
		if (mf_test_random(h, 12) == 0)
			break;
	}
	return at;
}

static void same_edges(const struct mf_harvest *a, const struct mf_harvest *b)
{
	assert_int_equal(a->damaged, b->damaged);
	assert_int_equal(a->n_now, b->n_now);
	for (size_t i = 0; i < a->n_now; i++) {
		const struct mf_edge *x = &a->edges[a->now[i]], *y = &b->edges[b->now[i]];

		assert_int_equal(a->now_at[i], b->now_at[i]);
		assert_int_equal(x->name_n, y->name_n);
		assert_int_equal(x->mode, y->mode);
		assert_int_equal(x->to, y->to);
		assert_memory_equal(a->bytes + x->at, b->bytes + y->at, 20 + x->name_n);
	}
	/* what was put aside for later is the same too */
	assert_int_equal(a->n_trees, b->n_trees);
	if (!a->n_trees)
		return;
	assert_int_equal(a->trees[a->n_trees - 1].n, b->trees[b->n_trees - 1].n);
	for (uint32_t i = 0; i < a->trees[a->n_trees - 1].n; i++) {
		const struct mf_edge *x = &a->edges[a->trees[a->n_trees - 1].edges[i]], *y = &b->edges[b->trees[b->n_trees - 1].edges[i]];

		assert_memory_equal(a->bytes + x->at, b->bytes + y->at, 20 + x->name_n);
	}
}

/* Whatever a delta does to a tree, what is found by parsing what is new is what is found by parsing all. */
static void test_deltas_of_all_kinds(void **state)
{
	struct mf_test_history h = { .seed = 3 };
	static unsigned char bytes[2][TREE_N + 200];
	static struct mf_span spans[TREE_N];
	struct mf_wanted wanted = { .oid_len = 20 };

	(void)state;
	memset(wanted.first, 0xff, sizeof(wanted.first));
	for (unsigned round = 0; round < 400; round++) {
		struct mf_harvest *part = mf_calloc(1, sizeof(*part)), *whole = mf_calloc(1, sizeof(*whole));
		void *keep = NULL, *now;
		size_t base_n = 0, n_spans = 0;

		assert_true(part && whole);
		part->wanted = whole->wanted = &wanted;
		for (unsigned version = 0; version < 30; version++) {
			unsigned char *to = bytes[version % 2];
			const size_t n = version ? random_version(&h, to, bytes[(version + 1) % 2], base_n, spans, &n_spans) :
						   random_entry(&h, to);
			struct mf_view v = { .type = MF_OBJ_TREE, .p = to, .n = n, .wanted = true };

			if (version == 0)
				for (size_t k = v.n; k < 2500; k = v.n)
					v.n += random_entry(&h, to + k);
			now = NULL;
			assert_int_equal(mf_harvest_visit(whole, &v, &now, &err), 0);
			mf_harvest_drop(whole, now);
			now = NULL;
			v.spans = version ? spans : NULL;
			v.n_spans = n_spans;
			v.base = keep;
			assert_int_equal(mf_harvest_visit(part, &v, &now, &err), 0);
			mf_harvest_drop(part, keep);
			keep = now;
			same_edges(part, whole);
			base_n = v.n;
		}
		mf_harvest_drop(part, keep);
		mf_harvest_free(part);
		mf_harvest_free(whole);
	}
}

/* The halves of a tree in the other order: nothing is new, and yet it is not the same. */
static void test_swapped_halves(void **state)
{
	enum { ENTRY = 6 + 2 + 20 + 1, ENTRIES = 40, HALF = ENTRY * ENTRIES / 2 };
	static const struct mf_wanted wanted = { .oid_len = 20 };
	struct mf_harvest *part = mf_calloc(1, sizeof(*part)), *whole = mf_calloc(1, sizeof(*whole));
	const struct mf_span spans[] = { { 0, HALF, HALF }, { HALF, HALF, 0 } };
	unsigned char tree[2][2 * HALF + 1];
	struct mf_view v = { .type = MF_OBJ_TREE, .p = tree[0], .n = 2 * HALF, .wanted = true };
	void *keep = NULL, *now = NULL;

	(void)state;
	assert_true(part && whole);
	part->wanted = whole->wanted = &wanted;
	for (int i = 0; i < ENTRIES; i++)
		snprintf((char *)tree[0] + i * ENTRY, ENTRY + 1, "%s%c%c%020d", i == 5 || i == 30 ? "040000 " : "100644 ", 'a' + i, 0, i);
	memcpy(tree[1], tree[0] + HALF, HALF);
	memcpy(tree[1] + HALF, tree[0], HALF);
	assert_int_equal(mf_harvest_visit(part, &v, &keep, &err), 0);
	v.p = tree[1];
	assert_int_equal(mf_harvest_visit(whole, &v, &now, &err), 0);
	mf_harvest_drop(whole, now);
	now = NULL;
	v.spans = spans;
	v.n_spans = 2;
	v.base = keep;
	assert_int_equal(mf_harvest_visit(part, &v, &now, &err), 0);
	assert_int_equal(whole->n_now, 2);
	assert_int_equal(part->edges[part->trees[1].edges[0]].mode, 040000);
	assert_memory_equal(part->bytes + part->edges[part->trees[1].edges[0]].at, whole->bytes + whole->edges[whole->trees[0].edges[0]].at, 20);
	mf_harvest_drop(part, now);
	mf_harvest_drop(part, keep);
	mf_harvest_free(part);
	mf_harvest_free(whole);
}

static int body(void *ctx, struct mf_err *e)
{
	static const struct mf_history_opts opts = { .threads = 1 };
	const struct mf_test_history *h = ctx;
	struct mf_origins o;
	struct mf_repo *r;
	int rc;
	char path[600];

	snprintf(path, sizeof(path), "%s/r", h->dir);
	if (mf_repo_open(&r, path, NULL, e))
		return -1;
	rc = mf_attribute(&o, r, h->blob + 1, 20, &opts, NULL, NULL, NULL, e);
	if (rc == 0)
		mf_origins_free(&o);
	mf_repo_free(r);
	return rc;
}

static void test_out_of_memory(void **state)
{
	struct mf_test_history *h = mf_test_history_new(5, 12, 40, 0);

	(void)state;
	mf_torture(body, h);
	mf_test_history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random), cmocka_unit_test(test_packed_otherwise), cmocka_unit_test(test_large_folders),
		cmocka_unit_test(test_commits_of_the_result), cmocka_unit_test(test_folders_without_end), cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_deltas_of_all_kinds), cmocka_unit_test(test_swapped_halves),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
