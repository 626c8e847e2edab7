/* SPDX-License-Identifier: Apache-2.0 */
/* What a range of commits brings in, against a history that is known in full. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "failalloc.h"
#include "support_repo.h"
#include "support_walk.h"

static struct mf_err err;

struct seen {
	const struct mf_test_history *h;
	bool commit[MF_TEST_COMMITS];		/* message() was called for it */
	bool *brought;				/* by content and path */
	bool in[MF_TEST_COMMITS];		/* what has to be in the range */
	size_t commits, places, current;
};

static size_t number(const struct mf_test_history *h, const struct mf_oid *id)
{
	for (size_t i = 0; i < h->n; i++)
		if (memcmp(&h->commit[i].id, id, sizeof(*id)) == 0)
			return i;
	fail_msg("a commit that does not exist");
	return 0;
}

static int message(void *ctx, const struct mf_commit *c, struct mf_err *e)
{
	struct seen *s = ctx;
	const size_t i = s->current = number(s->h, &c->id);
	char name[32];

	(void)e;
	assert_true(s->in[i]);
	assert_false(s->commit[i]);
	for (size_t p = 0; p < s->h->commit[i].n_parents; p++)
		assert_true(!s->in[s->h->commit[i].parents[p]] || s->commit[s->h->commit[i].parents[p]]);
	snprintf(name, sizeof(name), "C%zu", i);
	assert_string_equal(c->author, name);
	assert_int_equal(c->tz, 120);
	s->commit[i] = true;
	s->commits++;
	return 0;
}

static int place(void *ctx, const struct mf_place *p, struct mf_err *e)
{
	struct seen *s = ctx;
	size_t path = 0;
	unsigned content = 1;

	(void)e;
	while (path < MF_TEST_PATHS && strcmp(s->h->path[path], p->path) != 0)
		path++;
	assert_true(path < MF_TEST_PATHS);
	while (content < s->h->contents && memcmp(&s->h->blob[content], p->blob, sizeof(*p->blob)) != 0)
		content++;
	assert_true(content < s->h->contents);
	assert_int_equal(p->mode, 0100644);
	assert_int_equal(number(s->h, &p->commit->id), s->current);
	assert_int_equal(s->h->commit[s->current].content[path], content);
	assert_true(mf_test_brings(s->h, s->current, path));
	assert_false(s->brought[content * MF_TEST_PATHS + path]);
	s->brought[content * MF_TEST_PATHS + path] = true;
	s->places++;
	return 0;
}

/* How many (blob, path) the range's commits bring in. */
static size_t expected(const struct mf_test_history *h, const bool *in)
{
	bool *brought = mf_calloc((size_t)h->contents * MF_TEST_PATHS, sizeof(*brought));
	size_t n = 0;

	assert_non_null(brought);
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; in[i] && k < MF_TEST_PATHS; k++) {
			bool *b = &brought[h->commit[i].content[k] * MF_TEST_PATHS + k];

			if (!mf_test_brings(h, i, k) || *b)
				continue;
			*b = true;
			n++;
		}
	free(brought);
	return n;
}

static void check(const struct mf_test_history *h, const struct mf_repo *r, size_t from, size_t to)
{
	struct seen s = { .h = h, .brought = mf_calloc((size_t)h->contents * MF_TEST_PATHS, sizeof(bool)) };
	bool excluded[MF_TEST_COMMITS] = { false };
	struct mf_range_stats stats;
	size_t n = 0;

	assert_non_null(s.brought);
	mf_test_ancestors(h, s.in, to);
	if (from != SIZE_MAX)
		mf_test_ancestors(h, excluded, from);
	for (size_t i = 0; i < h->n; i++)
		n += s.in[i] &= !excluded[i];
	assert_int_equal(mf_range_walk(r, from == SIZE_MAX ? NULL : &h->commit[from].id, &h->commit[to].id, place, message, &s, &stats, &err), 0);
	assert_int_equal(s.commits, n);
	assert_int_equal(stats.commits, n);
	assert_int_equal(stats.missing, 0);
	assert_false(stats.shallow);
	assert_int_equal(s.places, expected(h, s.in));
	free(s.brought);
}

/* The same for several ends. */
static void check_ends(struct mf_test_history *h, const struct mf_repo *r)
{
	struct seen s = { .h = h, .brought = mf_calloc((size_t)h->contents * MF_TEST_PATHS, sizeof(bool)) };
	bool excluded[MF_TEST_COMMITS] = { false }, one[MF_TEST_COMMITS];
	struct mf_oid from[2], to[3];
	const struct mf_ends ends = { .from = from, .n_from = 2, .to = to, .n_to = 3 };
	struct mf_range_stats stats;
	size_t n = 0;

	assert_non_null(s.brought);
	for (size_t i = 0; i < MF_COUNT(to); i++) {
		const size_t at = h->n - 1 - mf_test_random(h, 40);

		to[i] = h->commit[at].id;
		mf_test_ancestors(h, one, at);
		for (size_t k = 0; k < h->n; k++)
			s.in[k] |= one[k];
	}
	for (size_t i = 0; i < MF_COUNT(from); i++) {
		const size_t at = mf_test_random(h, (uint32_t)h->n);

		from[i] = h->commit[at].id;
		mf_test_ancestors(h, one, at);
		for (size_t k = 0; k < h->n; k++)
			excluded[k] |= one[k];
	}
	for (size_t i = 0; i < h->n; i++)
		n += s.in[i] &= !excluded[i];
	assert_int_equal(mf_ends_walk(r, &ends, place, message, &s, &stats, &err), 0);
	assert_int_equal(s.commits, n);
	assert_int_equal(s.places, expected(h, s.in));
	free(s.brought);
}

static struct mf_repo *open_repo(const char *dir, const char *name)
{
	char *path = mf_path_join(dir, name);
	struct mf_repo *r;

	assert_non_null(path);
	assert_int_equal(mf_repo_open(&r, path, NULL, &err), 0);
	free(path);
	return r;
}

static void check_many(struct mf_test_history *h, unsigned rounds)
{
	struct mf_repo *r = open_repo(h->dir, "r");

	for (unsigned i = 0; i < rounds; i++) {
		const size_t to = h->n - 1 - mf_test_random(h, 30);

		check(h, r, i % 8 == 7 ? SIZE_MAX : to - mf_test_random(h, (uint32_t)(i % 2 ? 40 : to)), to);
	}
	check(h, r, h->n - 1, h->n - 1);
	for (unsigned i = 0; i < rounds; i++)
		check_ends(h, r);
	check(h, r, h->n - 1, 0);
	mf_repo_free(r);
}

/* Clocks that are wrong by days, far more than commits lie apart. */
static void test_without_graph(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 5; seed++) {
		struct mf_test_history *h = mf_test_history_new(seed, 500, 300, (int64_t)seed * 100000);

		check_many(h, 60);
		mf_test_history_free(h);
	}
}

static void test_with_graph(void **state)
{
	static const char *const how[] = {
		"git -C r commit-graph write --reachable",
		"rm -rf r/objects/info; for b in 100 101 102 103 104 105 106 107 108 109 110; do echo refs/heads/b$b; done |"
		"git -C r for-each-ref --stdin --format='%(objectname)' 2>/dev/null | git -C r commit-graph write --stdin-commits ||"
		"git -C r rev-parse b100 b105 b110 | git -C r commit-graph write --stdin-commits",
		"rm -rf r/objects/info; for b in 50 150 250 399; do git -C r rev-parse b$b | "
		"git -C r commit-graph write --split=no-merge --stdin-commits; done; [ $(wc -l < r/objects/info/commit-graphs/commit-graph-chain) = 4 ]",
		"rm -rf r/objects/info; git -C r -c commitGraph.generationVersion=1 commit-graph write --reachable",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(how); i++) {
		struct mf_test_history *h = mf_test_history_new(i + 10, 400, 300, 300000);

		mf_test_sh(h->dir, how[i]);
		check_many(h, 40);
		mf_test_history_free(h);
	}
}

/* A graph whose bytes are wrong changes nothing, as long as what it says of a commit stays as it is. */
static void test_damaged_graph(void **state)
{
	struct mf_test_history *h = mf_test_history_new(20, 200, 100, 0);
	static const char *const how[] = {
		"git -C r commit-graph write --reachable; f=r/objects/info/commit-graph; chmod u+w $f; head -c 3000 $f > x; cat x > $f",
		"printf 'CGPH\\001\\001\\003\\000' > r/objects/info/commit-graph",
		": > r/objects/info/commit-graph",
		"rm -f r/objects/info/commit-graph; mkdir -p r/objects/info/commit-graphs; echo nonsense > r/objects/info/commit-graphs/commit-graph-chain",
		"printf '%040d\\n' 7 > r/objects/info/commit-graphs/commit-graph-chain",
		"rm -rf r/objects/info; mkdir -p r/objects/info; mkfifo r/objects/info/commit-graph",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(how); i++) {
		mf_test_sh(h->dir, how[i]);
		check_many(h, 6);
	}
	mf_test_history_free(h);
}

struct count {
	size_t places, messages;
	char last[64];
	unsigned modes;
};

static int count_place(void *ctx, const struct mf_place *p, struct mf_err *e)
{
	struct count *c = ctx;

	(void)e;
	c->places++;
	c->modes |= p->mode == 0160000 ? 1 : p->mode == 0120000 ? 2 : 0;
	snprintf(c->last, sizeof(c->last), "%.60s", p->path);
	return 0;
}

static int count_message(void *ctx, const struct mf_commit *commit, struct mf_err *e)
{
	(void)commit;
	(void)e;
	((struct count *)ctx)->messages++;
	return 0;
}

static struct mf_oid rev(const struct mf_repo *r, const char *name)
{
	struct mf_reader *rd;
	struct mf_oid id;

	assert_int_equal(mf_reader_new(&rd, r, &err), 0);
	assert_int_equal(mf_rev_parse(&id, r, rd, name, &err), 0);
	mf_reader_free(rd);
	return id;
}

static void test_shallow(void **state)
{
	char *dir = mf_test_dir();
	struct mf_range_stats stats;
	struct count c = { 0 };
	struct mf_oid head;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q o; cd o; for i in 1 2 3 4 5; do echo $i > f$i; git add .; git commit -qm $i; done; cd ..;"
			"git clone -q --depth 2 file://$PWD/o r");
	r = open_repo(dir, "r");
	head = rev(r, "HEAD");
	assert_int_equal(mf_range_walk(r, NULL, &head, count_place, count_message, &c, &stats, &err), 0);
	assert_int_equal(stats.commits, 2);
	assert_true(stats.shallow);
	assert_int_equal(stats.missing, 1);
	assert_int_equal(c.places, 5);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

/* Replacements and grafts show a repository otherwise than it is: what is stored counts. */
static void test_replaced(void **state)
{
	char *dir = mf_test_dir();
	struct mf_range_stats stats;
	struct count c = { 0 };
	struct mf_oid head, first;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; for i in 1 2 3; do echo $i > f$i; git add .; git commit -qm $i; done; git replace --graft HEAD;"
			"git replace HEAD~0 HEAD 2>/dev/null || :");
	r = open_repo(dir, "r");
	assert_true(mf_repo_info(r)->replace);
	head = rev(r, "HEAD");
	first = rev(r, "HEAD~2");
	assert_int_equal(mf_range_walk(r, &first, &head, count_place, count_message, &c, &stats, &err), 0);
	assert_int_equal(c.messages, 2);
	assert_int_equal(c.places, 2);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

/* What only a merge holds, modes, links, submodules, a change of mode alone. */
static void test_kinds(void **state)
{
	char *dir = mf_test_dir();
	struct mf_oid head, before;
	struct count c = { 0 };
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; echo a > a; git add .; git commit -qm 1; git checkout -qb side; echo s > s; git add .; git commit -qm s;"
			"git checkout -q -; git tag before; echo m > m; git add .; git commit -qm m; git merge -q --no-commit side; echo evil > e; git add .;"
			"git commit -qm merge; git tag merge; ln -s a l; chmod +x a; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub;"
			"git add l a; git commit -qm last");
	r = open_repo(dir, "r");
	before = rev(r, "merge^1");
	head = rev(r, "merge");
	assert_int_equal(mf_range_walk(r, &before, &head, count_place, count_message, &c, NULL, &err), 0);
	assert_int_equal(c.messages, 2);
	assert_int_equal(c.places, 2);
	assert_string_equal(c.last, "e");
	c = (struct count){ 0 };
	before = head;
	head = rev(r, "HEAD");
	assert_int_equal(mf_range_walk(r, &before, &head, count_place, NULL, &c, NULL, &err), 0);
	assert_int_equal(c.places, 2);
	assert_int_equal(c.modes, 3);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static void test_not_there(void **state)
{
	struct mf_test_history *h = mf_test_history_new(3, 20, 20, 0);
	struct mf_repo *r = open_repo(h->dir, "r");
	const struct mf_oid none = { { 1, 2, 3 } };
	struct count c = { 0 };

	(void)state;
	assert_fails(mf_range_walk(r, &none, &h->commit[19].id, count_place, NULL, &c, NULL, &err), err, "MF-GIT-02");
	assert_fails(mf_range_walk(r, NULL, &none, count_place, NULL, &c, NULL, &err), err, "MF-GIT-02");
	assert_fails(mf_range_walk(r, NULL, &h->blob[h->commit[0].content[0] ? h->commit[0].content[0] : 1], count_place, NULL, &c, NULL, &err),
		     err, mf_error_id(c.places ? MF_E_GIT_MISSING : MF_E_GIT_DAMAGED));
	mf_repo_free(r);
	mf_test_history_free(h);
}

/* A tree that holds itself ten times, ten times over, is followed up to a limit, and no further. */
static void test_bomb(void **state)
{
	char *dir = mf_test_dir();
	struct count c = { 0 };
	struct mf_range_stats stats;
	struct mf_oid head;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; t=$(printf 'x\\n' | git hash-object -w --stdin);"
			"t=$(printf '100644 blob %s\\tf\\n' $t | git mktree);"
			"for l in 1 2 3 4 5 6 7 8 9 10; do t=$(for d in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $t $d; done | git mktree); done;"
			"git update-ref HEAD $(git commit-tree -m bomb $t)");
	r = open_repo(dir, "r");
	head = rev(r, "HEAD");
	assert_int_equal(mf_range_walk(r, NULL, &head, count_place, NULL, &c, &stats, &err), 0);
	assert_true(stats.cut);
	assert_true(c.places > 1000);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

/* A path of more parts than anything can open: what lies below is counted, not followed. */
static void test_deep(void **state)
{
	char *dir = mf_test_dir();
	struct mf_range_stats stats;
	struct count c = { 0 };
	struct mf_oid head;
	struct mf_repo *r;

	(void)state;
	mf_test_sh(dir, "git init -q r; cd r; { printf 'commit refs/heads/deep\ncommitter C <c> 1 +0000\ndata 1\nx\nM 100644 inline ';"
			"awk 'BEGIN { for (i = 0; i < 3000; i++) printf \"d/\"; print \"f\" }'; printf 'data 1\ny\nM 100644 inline top\ndata 1\nz\n'; } | git fast-import --quiet");
	r = open_repo(dir, "r");
	head = rev(r, "deep");
	assert_int_equal(mf_range_walk(r, NULL, &head, count_place, count_message, &c, &stats, &err), 0);
	assert_int_equal(c.places, 1);
	assert_int_equal(stats.missing, 0);
	assert_true(stats.cut);
	mf_repo_free(r);
	mf_test_rmdir(dir);
}

static int body(void *ctx, struct mf_err *e)
{
	const struct mf_test_history *h = ctx;
	struct count c = { 0 };
	struct mf_repo *r;
	char path[600];
	int rc;

	snprintf(path, sizeof(path), "%s/r", h->dir);
	if (mf_repo_open(&r, path, NULL, e))
		return -1;
	rc = mf_range_walk(r, &h->commit[h->n / 2].id, &h->commit[h->n - 1].id, count_place, NULL, &c, NULL, e);
	mf_repo_free(r);
	return rc;
}

static void test_out_of_memory(void **state)
{
	struct mf_test_history *h = mf_test_history_new(4, 30, 60, 0);

	(void)state;
	mf_torture(body, h);
	mf_test_sh(h->dir, "git -C r commit-graph write --reachable");
	mf_torture(body, h);
	mf_test_history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_graph), cmocka_unit_test(test_with_graph), cmocka_unit_test(test_damaged_graph),
		cmocka_unit_test(test_shallow), cmocka_unit_test(test_replaced), cmocka_unit_test(test_kinds), cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_bomb), cmocka_unit_test(test_deep), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
