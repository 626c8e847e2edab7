/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over all objects: the set that git lists, bytes that hash to their ids, runs that tell the truth, and damage that stays
 * where it is. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <mayfly/history.h>
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

static const char *in_top(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static uint64_t rng_state;

static unsigned rng(unsigned below)
{
	uint64_t z = (rng_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % below);
}

/* -- a history ------------------------------------------------------------------------------------ */

enum { FILES = 6, ROOM = 1 << 16 };

static void edit(char *text, size_t *n)
{
	const unsigned edits = 1 + rng(4);

	for (unsigned i = 0; i < edits; i++) {
		const size_t at = rng((unsigned)*n + 1), len = 1 + rng(60);

		if (rng(3) == 0 && *n > 2 * len && at + len < *n) {
			memmove(text + at, text + at + len, *n - at - len);
			*n -= len;
		} else if (*n + len < ROOM) {
			memmove(text + at + len, text + at, *n - at);
			for (size_t k = 0; k < len; k++)
				text[at + k] = (char)("abcdefghijklmnopqrstuvwxyz0123456789 =\n"[rng(39)]);
			*n += len;
		}
	}
}

/* `versions` commits, each of which changes some of six files; to be read by git fast-import. */
static void write_stream(const char *path, unsigned versions, uint64_t seed)
{
	static char text[FILES][ROOM];
	size_t n[FILES];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	rng_state = seed;
	for (unsigned i = 0; i < FILES; i++)
		for (n[i] = 0; n[i] < (i + 1) * 1500u; n[i]++)
			text[i][n[i]] = (char)(i == 5 ? rng(256) : 'a' + rng(26));
	for (unsigned v = 0; v < versions; v++) {
		fprintf(f, "commit refs/heads/b%u\ncommitter A <a@example.com> %u +0000\ndata 2\n%u\n", (unsigned)(seed % 100), 1700000000 + v, v % 10);
		if (v == 0 && seed % 2)
			fprintf(f, "deleteall\n");
		for (unsigned i = 0; i < FILES; i++) {
			if (v && rng(2))
				continue;
			edit(text[i], &n[i]);
			fprintf(f, "M 644 inline d%u/f%u\ndata %zu\n", i % 3, i, n[i]);
			fwrite(text[i], 1, n[i], f);
			fputc('\n', f);
		}
	}
	fprintf(f, "tag v%u\nfrom refs/heads/b%u\ntagger A <a@example.com> 1700000000 +0000\ndata 3\ntag\n", (unsigned)seed, (unsigned)(seed % 100));
	assert_int_equal(fclose(f), 0);
}

static void import(const char *repo, unsigned versions, uint64_t seed)
{
	char cmd[256];

	write_stream(in_top("stream"), versions, seed);
	snprintf(cmd, sizeof(cmd), "cd %s; git -c fastimport.unpackLimit=0 fast-import --quiet <../stream", repo);
	mf_test_sh(top, cmd);
}

/* -- what was seen -------------------------------------------------------------------------------- */

struct seen {
	struct mf_oid id;
	enum mf_otype type;
	size_t n;
	bool failed;
};

struct log {
	pthread_mutex_t lock;
	struct seen *v;
	size_t n, cap, oid_len;
	atomic_size_t kept, dropped, unwanted, spans, known;
	size_t failures;
	const char *last_failure;
	bool no_hash;		/* what is damaged may be read as something else */
	bool (*is_known)(const struct mf_oid *id);
	size_t stop_after;
	volatile int stop;
};

struct base {
	size_t n;
	unsigned char p[];
};

static void note(struct log *l, const struct mf_oid *id, enum mf_otype type, size_t n, bool failed)
{
	pthread_mutex_lock(&l->lock);
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 1024;
		l->v = realloc(l->v, l->cap * sizeof(*l->v));
	}
	l->v[l->n++] = (struct seen){ .id = *id, .type = type, .n = n, .failed = failed };
	if (l->stop_after && l->n >= l->stop_after)
		l->stop = 1;
	pthread_mutex_unlock(&l->lock);
}

/* cmocka's checks are not made for threads: what is wrong here ends the program. */
#define CHECK(condition)                                                            \
	do {                                                                        \
		if (!(condition)) {                                                 \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);     \
			abort();                                                    \
		}                                                                   \
	} while (0)

static void check_spans(const struct mf_view *v)
{
	const struct base *b = v->base;
	size_t at = 0;

	CHECK(b);
	for (size_t i = 0; i < v->n_spans; i++) {
		const struct mf_span *s = &v->spans[i];

		CHECK(s->at == at && s->n > 0);
		at += s->n;
		CHECK(at <= v->n);
		if (s->from != MF_SPAN_NEW)
			CHECK(s->from + s->n <= b->n && memcmp(b->p + s->from, v->p + s->at, s->n) == 0);
		if (i)
			CHECK(s->from == MF_SPAN_NEW ? s[-1].from != MF_SPAN_NEW : s[-1].from == MF_SPAN_NEW || s[-1].from + s[-1].n != s->from);
	}
	CHECK(at == v->n);
}

static int visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *e)
{
	struct log *l = ctx;
	struct base *b = malloc(sizeof(*b) + v->n + 1);

	if (!b)
		return mf_fail_nomem(e);
	if (!l->no_hash) {
		const struct mf_oid id = mf_test_id(v->type, v->p, v->n, l->oid_len);

		CHECK(memcmp(&id, &v->id, sizeof(id)) == 0);
	}
	CHECK((v->spans == NULL) == (v->base == NULL));
	if (v->spans) {
		atomic_fetch_add(&l->spans, 1);
		check_spans(v);
	}
	b->n = v->n;
	memcpy(b->p, v->p, v->n);
	*keep = b;
	atomic_fetch_add(&l->kept, 1);
	if (v->wanted)
		note(l, &v->id, v->type, v->n, false);
	else
		atomic_fetch_add(&l->unwanted, 1);
	return 0;
}

static void drop(void *ctx, void *keep)
{
	struct log *l = ctx;

	atomic_fetch_add(&l->dropped, 1);
	free(keep);
}

static bool known(void *ctx, const struct mf_oid *id)
{
	struct log *l = ctx;
	const bool yes = l->is_known && l->is_known(id);

	if (yes)
		atomic_fetch_add(&l->known, 1);
	return yes;
}

static int failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	struct log *l = ctx;

	CHECK(why->id && *why->what);
	l->failures++;
	l->last_failure = why->id;
	note(l, id, MF_OBJ_NONE, 0, true);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mf_oid));
}

static const unsigned all = 1 << MF_OBJ_BLOB | 1 << MF_OBJ_TREE | 1 << MF_OBJ_COMMIT | 1 << MF_OBJ_TAG;

static struct mf_history_stats walk(struct log *l, const char *repo, const struct mf_history_opts *opts, unsigned types)
{
	const struct mf_visitor v = { .types = types, .visit = visit, .drop = drop, .known = known, .failed = failed };
	struct mf_history_opts o = *opts;
	struct mf_history_stats s;
	struct mf_repo *r;
	void *ctxs[16];

	if (mf_repo_open(&r, in_top(repo), NULL, &err))
		fail_msg("%s: %s", err.id, err.what);
	l->oid_len = mf_repo_info(r)->oid_len;
	pthread_mutex_init(&l->lock, NULL);
	o.stop = &l->stop;
	for (size_t i = 0; i < MF_COUNT(ctxs); i++)
		ctxs[i] = l;
	if (mf_history_walk(r, &o, &v, ctxs, &s, &err))
		fail_msg("%s: %s", err.id, err.what);
	mf_repo_free(r);
	assert_int_equal(l->kept, l->dropped);
	assert_int_equal(s.failed, l->failures);
	return s;
}

static void log_free(struct log *l)
{
	pthread_mutex_destroy(&l->lock);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

/* The log, sorted, as `git cat-file --batch-check` prints it. Each id is in it once. */
static char *as_text(struct log *l)
{
	static const char *const name[] = { "none", "commit", "tree", "blob", "tag" };
	char *text = malloc(l->n * 110 + 1), *p = text, hex[65];

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_id);
	*p = '\0';
	for (size_t i = 0; i < l->n; i++) {
		if (i)
			assert_true(by_id(&l->v[i - 1], &l->v[i]) < 0);
		mf_oid_hex(hex, &l->v[i].id, l->oid_len);
		p += snprintf(p, 110, "%s %s %zu\n", hex, l->v[i].failed ? "failed" : name[l->v[i].type], l->v[i].n);
	}
	return text;
}

static char *gits_list(const char *repo)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "cd %s; git cat-file --batch-all-objects --batch-check | LC_ALL=C sort", repo);
	return mf_test_sh_out(top, cmd);
}

static void same_set(const char *repo, const struct mf_history_opts *opts, const char *want, size_t *spans)
{
	struct log l = { 0 };
	struct mf_history_stats s = walk(&l, repo, opts, all);
	char *got = as_text(&l);

	assert_int_equal(s.failed, 0);
	assert_false(s.fell_back);
	assert_int_equal(s.objects[MF_OBJ_BLOB] + s.objects[MF_OBJ_TREE] + s.objects[MF_OBJ_COMMIT] + s.objects[MF_OBJ_TAG], l.n);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %zu objects, git lists %zu bytes and we %zu", repo, l.n, strlen(want), strlen(got));
	if (spans)
		*spans = l.spans;
	free(got);
	log_free(&l);
}

/* All ways of walking give what git lists. */
static void all_ways(const char *repo)
{
	static const struct mf_history_opts way[] = {
		{ .threads = 1 }, { .threads = 3 }, { .threads = 1, .memory = 1 }, { .threads = 2, .memory = 40000 },
		{ .threads = 1, .engine = MF_ENGINE_ODB }, { .threads = 4, .engine = MF_ENGINE_ODB },
	};
	char *want = gits_list(repo);

	for (size_t i = 0; i < MF_COUNT(way); i++)
		same_set(repo, &way[i], want, NULL);
	for (unsigned engine = MF_ENGINE_PACK; engine <= MF_ENGINE_ODB; engine++) {
		struct log l = { 0 };
		uint64_t elsewhere = 0;
		char *got;

		for (unsigned i = 0; i < 3; i++) {
			const struct mf_history_opts o = { .threads = 2, .engine = (enum mf_engine)engine, .shard = i, .shards = 3 };

			elsewhere += walk(&l, repo, &o, all).elsewhere;
		}
		got = as_text(&l);
		assert_string_equal(got, want);
		assert_int_equal(elsewhere, 2 * l.n);
		free(got);
		log_free(&l);
	}
	free(want);
}

static void test_one_pack(void **state)
{
	char *want;
	size_t spans = 0;

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 80, 1);
	mf_test_sh(top, "cd r; git repack -q -adf --depth=50 --window=10");
	all_ways("r");
	want = gits_list("r");
	same_set("r", &(struct mf_history_opts){ .threads = 1 }, want, &spans);
	assert_true(spans > 100);
	free(want);
	/* without offsets: bases by id, which may come later in the pack */
	mf_test_sh(top, "cd r; git -c repack.useDeltaBaseOffset=false repack -q -adf --depth=20 --window=20");
	all_ways("r");
	mf_test_sh(top, "cd r; git -c pack.indexVersion=1 repack -q -adf --depth=4000 --window=5");
	all_ways("r");
	mf_test_sh(top, "cd r; git -c core.compression=0 -c pack.compression=0 repack -q -adF");
	all_ways("r");
}

static void test_many_sources(void **state)
{
	(void)state;
	mf_test_sh(top, "git init -q r; git init -q s; git init -q t");
	import("r", 20, 2);
	import("r", 20, 4);
	import("r", 20, 2);
	import("s", 30, 2);
	import("t", 10, 9);
	/* loose copies of what is packed, and loose objects alone */
	mf_test_sh(top, "cd t; mv .git/objects/pack/*.pack ../p; rm .git/objects/pack/*; git unpack-objects -q <../p; cd ../r;"
			"git unpack-objects -q <../p; echo $PWD/../s/.git/objects > .git/objects/info/alternates;"
			"echo $PWD/../t/.git/objects >> .git/objects/info/alternates; git multi-pack-index write");
	all_ways("r");
	all_ways("s");
	all_ways("t");
	mf_test_sh(top, "cd r; git repack -q -d; git repack -q -adf --keep-unreachable");
	all_ways("r");
}

static void test_sha256(void **state)
{
	(void)state;
	mf_test_sh(top, "git init -q --object-format=sha256 r");
	import("r", 30, 6);
	import("r", 30, 7);
	mf_test_sh(top, "cd r; echo loose | git hash-object -w --stdin >/dev/null");
	all_ways("r");
	mf_test_sh(top, "cd r; git repack -q -adf --depth=50 --window=10");
	all_ways("r");
}

static void test_types(void **state)
{
	struct mf_history_stats s;
	struct log l = { 0 };

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 30, 3);
	mf_test_sh(top, "cd r; git repack -q -adf");
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 1 }, 1 << MF_OBJ_COMMIT | 1 << MF_OBJ_TAG);
	assert_int_equal(s.objects[MF_OBJ_COMMIT], 30);
	assert_int_equal(s.objects[MF_OBJ_TAG], 1);
	assert_int_equal(l.n, 31);
	log_free(&l);
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 1, .engine = MF_ENGINE_ODB }, 1 << MF_OBJ_COMMIT | 1 << MF_OBJ_TAG);
	assert_int_equal(l.n, 31);
	assert_int_equal(s.packs, 1);
	log_free(&l);
}

static bool everything(const struct mf_oid *id)
{
	(void)id;
	return true;
}

static bool most(const struct mf_oid *id)
{
	return id->b[0] >= 16;
}

static void test_known(void **state)
{
	struct mf_history_stats s;
	struct log l = { .is_known = everything };

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 60, 5);
	mf_test_sh(top, "cd r; git repack -q -adf; echo x | git hash-object -w --stdin >/dev/null");
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 2 }, all);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.unwanted, 0);
	assert_int_equal(s.known, l.known);
	log_free(&l);
	l.is_known = most;
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 2 }, all);
	assert_true(l.n > 0 && l.unwanted > 0);
	assert_int_equal(s.known, l.known);
	for (size_t i = 0; i < l.n; i++)
		assert_false(most(&l.v[i].id));
	/* only what leads to the new ones is read */
	assert_true(l.unwanted + l.n < l.n + l.known);
	log_free(&l);
	l.is_known = most;
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 2, .engine = MF_ENGINE_ODB }, all);
	assert_int_equal(s.known, l.known);
	assert_int_equal(l.unwanted, 0);
	log_free(&l);
}

static struct mf_oid only;

static bool all_but_one(const struct mf_oid *id)
{
	return memcmp(id, &only, sizeof(only)) != 0;
}

/* One new object at the end of a chain: its bases are made, and nothing else. */
static void test_one_new(void **state)
{
	struct log l = { 0 };
	char hex[41];
	char *out;

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 60, 5);
	mf_test_sh(top, "cd r; git repack -q -adf --depth=50");
	out = mf_test_sh_out(top, "cd r; git verify-pack -v .git/objects/pack/*.idx | awk 'NF == 7 { print $1, $6 }' | sort -k2n | tail -1");
	snprintf(hex, sizeof(hex), "%s", out);
	assert_true(mf_oid_parse(&only, mf_str(hex), 20));
	for (size_t memory = 0; memory <= 1; memory++) {
		l.is_known = all_but_one;
		walk(&l, "r", &(struct mf_history_opts){ .threads = 1, .memory = memory }, all);
		assert_int_equal(l.n, 1);
		assert_int_equal(l.unwanted, strtoul(strrchr(out, ' '), NULL, 10));
		assert_true(l.unwanted > 5);
		log_free(&l);
	}
	free(out);
}

static void test_stop(void **state)
{
	struct log l = { .stop_after = 50 };

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 60, 5);
	walk(&l, "r", &(struct mf_history_opts){ .threads = 2 }, all);
	assert_true(l.n >= 50 && l.n < 60);
	log_free(&l);
}

static int refuse(void *ctx, const struct mf_view *v, void **keep, struct mf_err *e)
{
	(void)ctx;
	(void)v;
	(void)keep;
	return mf_fail(e, MF_E_BASE_LIMIT, "enough");
}

static int refuse_failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	(void)ctx;
	(void)id;
	(void)why;
	return -1;
}

static void test_visitor_ends(void **state)
{
	struct mf_visitor v = { .types = all, .visit = refuse };
	struct mf_history_opts o = { .threads = 2 };
	struct mf_history_stats s;
	void *ctxs[2] = { 0 };
	struct mf_repo *r;

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 10, 5);
	assert_int_equal(mf_repo_open(&r, in_top("r"), NULL, &err), 0);
	assert_fails(mf_history_walk(r, &o, &v, ctxs, &s, &err), err, "MF-BASE-02");
	o.engine = MF_ENGINE_ODB;
	assert_fails(mf_history_walk(r, &o, &v, ctxs, &s, &err), err, "MF-BASE-02");
	o = (struct mf_history_opts){ .threads = 1, .max_object = 1 };
	v.failed = refuse_failed;
	assert_fails(mf_history_walk(r, &o, &v, ctxs, &s, &err), err, "MF-GIT-07");
	mf_repo_free(r);
}

static void test_limit(void **state)
{
	struct mf_history_stats s;
	struct log l = { 0 };

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 60, 5);
	mf_test_sh(top, "cd r; git repack -q -adf; seq 1 2000 | git hash-object -w --stdin >/dev/null");
	for (unsigned engine = MF_ENGINE_PACK; engine <= MF_ENGINE_ODB; engine++) {
		char *want = gits_list("r"), *save = NULL;
		size_t fit = 0;

		s = walk(&l, "r", &(struct mf_history_opts){ .threads = 2, .max_object = 5000, .engine = (enum mf_engine)engine }, all);
		assert_string_equal(l.last_failure, "MF-GIT-07");
		for (const char *line = strtok_r(want, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			fit += strtoul(strrchr(line, ' '), NULL, 10) <= 5000;
		assert_int_equal(l.n - s.failed, fit);
		for (size_t i = 0; i < l.n; i++)
			assert_true(l.v[i].n <= 5000);
		free(want);
		log_free(&l);
	}
}

/* Bases in other packs, in loose files, missing, damaged; a ring; an offset that leads nowhere; an object twice. */
static void test_crafted(void **state)
{
	static const unsigned char delta[] = "\x05\x07\x90\x05\x02!!", more[] = "\x07\x09\x90\x07\x02??";
	const struct mf_oid hello = mf_test_id(MF_OBJ_BLOB, "hello", 5, 20), one = mf_test_id(MF_OBJ_BLOB, "hello!!", 7, 20),
			    two = mf_test_id(MF_OBJ_BLOB, "hello!!??", 9, 20), a = { { 4 } }, b = { { 5 } }, c = { { 6 } }, lost = { { 7 } };
	struct mf_history_stats s;
	struct mf_test_pack k;
	struct log l = { 0 };
	size_t i;

	(void)state;
	mf_test_sh(top, "git init -q r");
	mf_test_pack_begin(&k, 20);
	i = mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &hello, &one);
	mf_test_pack_add(&k, 6, more, sizeof(more) - 1, i, NULL, &two);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &b, &a);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &a, &b);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &b, &c);
	mf_test_pack_add(&k, 7, delta, sizeof(delta) - 1, 0, &(struct mf_oid){ { 99 } }, &lost);
	mf_test_pack_write(&k, in_top("r/.git/objects/pack"), "2222222222222222222222222222222222222222", 2, false);
	mf_test_pack_free(&k);
	mf_test_pack_begin(&k, 20);
	mf_test_pack_add(&k, MF_OBJ_BLOB, "hello", 5, 0, NULL, NULL);
	mf_test_pack_add(&k, MF_OBJ_BLOB, "hello!!", 7, 0, NULL, NULL);
	mf_test_pack_write(&k, in_top("r/.git/objects/pack"), "3333333333333333333333333333333333333333", 2, false);
	mf_test_pack_free(&k);
	for (unsigned threads = 1; threads <= 2; threads++) {
		s = walk(&l, "r", &(struct mf_history_opts){ .threads = threads }, all);
		assert_int_equal(s.objects[MF_OBJ_BLOB], 3);
		assert_int_equal(s.failed, 4);
		assert_int_equal(l.n, 7);
		assert_int_equal(l.unwanted, 0);
		free(as_text(&l));
		log_free(&l);
	}
	/* a pack whose index is gone is told of by its name */
	mf_test_sh(top, "cd r/.git/objects/pack; chmod u+w *; mv pack-3*.idx x; echo hello > pack-4444444444444444444444444444444444444444.idx");
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 1 }, all);
	assert_int_equal(s.failed, 2 + 6);
	assert_int_equal(l.v[0].id.b[0], 0x33);
	assert_int_equal(l.v[1].id.b[0], 0x44);
	log_free(&l);
}

/* A copy that is damaged is replaced by one that is not, wherever it is. */
static void test_other_copy(void **state)
{
	struct mf_history_stats s;
	struct log l = { 0 };
	char *want, *got;

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 30, 3);
	mf_test_sh(top, "cd r; git repack -q -adf; cp -r ../r ../s; echo ../../../s/.git/objects > .git/objects/info/alternates; cd .git/objects/pack;"
			"chmod u+w *; p=$(ls *.pack); n=$(wc -c <$p); for i in 3 4 5 6 7 8; do printf XXXXXXXX | dd of=$p bs=1 seek=$((n*i/10)) conv=notrunc"
			" status=none; done");
	want = gits_list("s");
	s = walk(&l, "r", &(struct mf_history_opts){ .threads = 2 }, all);
	got = as_text(&l);
	assert_string_equal(got, want);
	assert_int_equal(s.failed, 0);
	free(got);
	free(want);
	log_free(&l);
}

/* A flipped byte anywhere: each object is visited or reported, and nothing else happens. */
static void test_damage(void **state)
{
	size_t size, objects = 0;
	struct log l = { 0 };
	char cmd[256], *out;

	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 12, 3);
	mf_test_sh(top, "cd r; git repack -q -adf; cd .git/objects/pack; chmod u+w *; cp *.pack ../../../p; cp *.idx ../../../i");
	out = mf_test_sh_out(top, "wc -c < r/p; wc -c < r/i");
	size = strtoul(out, NULL, 10);
	walk(&l, "r", &(struct mf_history_opts){ .threads = 1 }, all);
	objects = l.n;
	log_free(&l);
	for (unsigned i = 0; i < 60; i++) {
		const bool cut = i % 10 == 9, idx = i % 3 == 2;
		const size_t all_n = idx ? strtoul(strchr(out, '\n'), NULL, 10) : size, at = i == 0 ? 12 : rng((unsigned)all_n);

		snprintf(cmd, sizeof(cmd), "cd r/.git/objects/pack; f=$(ls *.pack); cat ../../../p >$f; cat ../../../i >${f%%.pack}.idx; %s",
			 cut ? "" : "printf '\\377' ");
		snprintf(cmd + strlen(cmd), sizeof(cmd) - strlen(cmd), cut ? "truncate -s %zu *.%s" : "| dd of=$(ls *.%2$s) bs=1 seek=%1$zu conv=notrunc status=none",
			 at, idx ? "idx" : "pack");
		mf_test_sh(top, cmd);
		l.no_hash = true;
		walk(&l, "r", &(struct mf_history_opts){ .threads = 1 + i % 2 }, all);
		if (!idx && !(cut && at < 32)) {
			free(as_text(&l));
			assert_int_equal(l.n, objects);
		}
		log_free(&l);
	}
	free(out);
}

/* Keeps something, and allocates nothing else. */
static int keep_one(void *ctx, const struct mf_view *v, void **keep, struct mf_err *e)
{
	(void)ctx;
	(void)v;
	*keep = malloc(8);
	return *keep ? 0 : mf_fail_nomem(e);
}

static void drop_one(void *ctx, void *keep)
{
	(void)ctx;
	free(keep);
}

static int walk_body(void *ctx, struct mf_err *e)
{
	struct mf_history_opts *o = ctx;
	const struct mf_visitor v = { .types = all, .visit = keep_one, .drop = drop_one };
	void *ctxs[1] = { NULL };
	struct mf_history_stats s;
	struct mf_repo *r;
	int rc;

	if (mf_repo_open(&r, in_top("r"), NULL, e))
		return -1;
	rc = mf_history_walk(r, o, &v, ctxs, &s, e);
	mf_repo_free(r);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	mf_test_sh(top, "git init -q r");
	import("r", 4, 3);
	import("r", 4, 4);
	mf_test_sh(top, "cd r; git repack -q -adf; echo x | git hash-object -w --stdin >/dev/null; echo y >f; git add f; git commit -qm y; git repack -q -d");
	mf_torture(walk_body, &(struct mf_history_opts){ .threads = 1, .memory = 1, .shards = 2 });
	/* libgit2 keeps memory of its own from run to run, so only that it ends well is looked at; the sanitizer looks for leaks */
	for (size_t nth = 1; mf_allocations_can_fail(); nth++) {
		struct mf_err e = { 0 };
		int rc;

		mf_fail_allocation(nth);
		rc = walk_body(&(struct mf_history_opts){ .threads = 1, .engine = MF_ENGINE_ODB }, &e);
		mf_fail_allocation(0);
		assert_true(rc == 0 || (e.id && strcmp(e.id, "MF-BASE-03") != 0));
		if (rc == 0 && nth > 2000)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_pack, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_sources, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sha256, setup, teardown),
		cmocka_unit_test_setup_teardown(test_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_visitor_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crafted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
