/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates -> findings: what is joined, what stays apart, that nothing depends on the order of arrival, and that shards that are
 * joined give what one run gives. Random histories are compared with a plain reading of the rules. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <mayfly/alloc.h>
#include "failalloc.h"
#include "support_policy.h"

static struct mf_err err;
static uint32_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* -- by hand ----------------------------------------------------------------------------------------- */

static struct mf_collect *c;
static struct mf_findings list;
static struct mf_commit commits[300];
static char names[300][8];
static struct mf_origin origins[64];
static struct mf_origins all;

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MF_COUNT(commits); i++) {
		snprintf(names[i], sizeof(names[i]), "n%u", i);
		commits[i] = (struct mf_commit){ .id = make_oid(i + 1000), .author = names[i], .email = names[i], .message = names[i], .date = 1000 - i, .tz = 60 };
	}
	all = (struct mf_origins){ .v = origins };
	memset(&list, 0, sizeof(list));
	return mf_collect_new(&c, &err);
}

static int teardown(void **state)
{
	(void)state;
	mf_collect_free(c);
	mf_findings_free(&list);
	return 0;
}

static void give(unsigned blob, struct mf_cand cand)
{
	struct mf_cands one = { 0 };
	struct mf_oid id = make_oid(blob);

	assert_int_equal(push_cand(&one, cand), 0);
	assert_int_equal(mf_collect_blob(c, &id, &one, &err), 0);
	assert_int_equal(one.n, 0);
	mf_cands_free(&one);
}

static void place(enum mf_source source, const char *path, const struct mf_oid *blob, const struct mf_commit *commit, uint64_t order, struct mf_cand cand)
{
	struct mf_cands one = { 0 };
	struct mf_place at = { .path = path, .blob = blob, .commit = commit };

	assert_int_equal(push_cand(&one, cand), 0);
	assert_int_equal(mf_collect_placed(c, source, &at, order, &one, &err), 0);
	mf_cands_free(&one);
}

/* The blob's place in mf_collect_blobs(). */
static void comes_from(unsigned blob, const char *path, unsigned order)
{
	struct mf_oid id = make_oid(blob);
	size_t n, i;
	const struct mf_oid *blobs = mf_collect_blobs(c, &n);

	for (i = 0; i < n && memcmp(&blobs[i], &id, sizeof(id)) != 0; i++)
		;
	assert_true(i < n);
	origins[all.n++] = (struct mf_origin){ .blob = i, .path = (char *)path, .mode = 0100644, .commit = &commits[order], .order = order };
}

static int by_blob(const void *a, const void *b)
{
	const struct mf_origin *x = a, *y = b;
	int r = (x->blob > y->blob) - (x->blob < y->blob);

	r = r ? r : (x->order > y->order) - (x->order < y->order);
	return r ? r : strcmp(x->path, y->path);
}

static void finish(enum mf_joining raw)
{
	qsort(origins, all.n, sizeof(*origins), by_blob);
	assert_int_equal(mf_collect_finish_asking(&list, c, &all, 20, &policy_ask, raw, &err), 0);
}

/* "path[+more]:line rule versions pass" */
static void assert_finding(size_t i, const char *want)
{
	const struct mf_finding *f;
	char got[300];
	size_t n;

	assert_true(i < list.n);
	f = &list.v[i];
	n = (size_t)snprintf(got, sizeof(got), "%s", f->path);
	for (size_t k = 0; k < f->n_more_paths; k++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "+%s", f->more_paths[k]);
	snprintf(got + n, sizeof(got) - n, ":%u %s c%lld v%llu p%d", f->line, f->rule_id, f->commit ? 1000 - (long long)f->date : -1,
		 (unsigned long long)f->versions, (int)f->pass);
	assert_string_equal(got, want);
}

/* Versions of one path are one finding, at the commit that came first, whatever came in first. */
static void test_versions(void **state)
{
	(void)state;
	give(3, make_cand(&policy_rules[0], "s1", 30));
	give(1, make_cand(&policy_rules[0], "s1", 10));
	give(2, make_cand(&policy_rules[0], "s1", 20));
	give(2, make_cand(&policy_rules[0], "s2", 21));
	comes_from(1, "a", 5);
	comes_from(2, "a", 7);
	comes_from(3, "a", 9);
	finish(false);
	assert_int_equal(list.n, 2);
	assert_finding(0, "a:10 token c5 v2 p0");
	assert_finding(1, "a:21 token c7 v0 p0");
	assert_string_equal(list.v[0].author, "n5");
	assert_string_equal(list.v[0].message, "n5");
	assert_int_equal(list.v[0].tz, 60);
	assert_int_equal(list.v[0].source, MF_SRC_COMMIT);
	assert_int_equal(strlen(list.v[0].blob), 40);
	assert_string_equal(list.v[0].facts.account, "account of token");
	assert_string_equal(list.v[0].match, "k = s1");
	assert_int_equal(list.v[0].severity, MF_SEV_HIGH);
}

/* One secret in two blobs, which have a path in common and one each of their own. */
static void give_two_blobs(void)
{
	give(1, make_cand(&policy_rules[0], "s", 10));
	give(2, make_cand(&policy_rules[0], "s", 20));
	comes_from(1, "b", 5);
	comes_from(1, "a", 8);
	comes_from(2, "a", 9);
	comes_from(2, "c", 9);
}

/* Two paths of one blob are one finding; a path that comes later with another blob is one of its own. */
static void test_paths(void **state)
{
	(void)state;
	give_two_blobs();
	finish(false);
	assert_int_equal(list.n, 2);
	assert_finding(0, "b+a:10 token c5 v1 p0");
	assert_finding(1, "c:20 token c9 v0 p0");
}

/* As gitleaks has it: each path by itself, at its own commit and with its own versions. */
static void test_paths_apart(void **state)
{
	(void)state;
	give_two_blobs();
	finish(MF_JOIN_PATHS);
	assert_int_equal(list.n, 3);
	assert_finding(0, "a:10 token c8 v1 p0");
	assert_int_equal(list.v[0].n_again, 1);
	assert_int_equal(list.v[0].again[0].line, 20);
	assert_int_equal(strlen(list.v[0].again[0].commit), 40);
	assert_string_not_equal(list.v[0].again[0].commit, list.v[0].commit);
	assert_int_equal(list.v[1].n_again, 0);
	assert_finding(1, "b:10 token c5 v0 p0");
	assert_finding(2, "c:20 token c9 v0 p0");
}

/* A version under both paths of a finding is one version. */
static void test_paths_versions(void **state)
{
	(void)state;
	give(1, make_cand(&policy_rules[0], "s", 10));
	give(2, make_cand(&policy_rules[0], "s", 20));
	comes_from(1, "a", 5);
	comes_from(1, "b", 5);
	comes_from(2, "a", 7);
	comes_from(2, "b", 8);
	finish(false);
	assert_int_equal(list.n, 1);
	assert_finding(0, "a+b:10 token c5 v1 p0");
}

static void test_lines(void **state)
{
	(void)state;
	give(1, make_cand(&policy_rules[0], "s", 10));
	give(1, make_cand(&policy_rules[0], "s", 11));
	give(1, make_cand(&policy_rules[0], "s", 11));
	give(2, make_cand(&policy_rules[0], "s", 12));
	give(2, make_cand(&policy_rules[0], "s", 13));
	comes_from(1, "a", 1);
	comes_from(2, "a", 2);
	finish(false);
	assert_int_equal(list.n, 2);
	assert_finding(0, "a:10 token c1 v1 p0");
	assert_finding(1, "a:11 token c1 v1 p0");
}

/* Allowed in one version and not in the other: both are told. */
static void test_allowed(void **state)
{
	struct mf_cand cand = make_cand(&policy_rules[0], "s", 10);

	(void)state;
	cand.allowed = true;
	cand.reason = mf_strdup("a test key");
	give(1, cand);
	give(2, make_cand(&policy_rules[0], "s", 10));
	give(3, make_cand(&policy_rules[0], "s", 12));
	comes_from(1, "a", 1);
	comes_from(2, "a", 2);
	comes_from(3, "a", 3);
	finish(false);
	assert_int_equal(list.n, 2);
	assert_finding(1, "a:10 token c1 v0 p1");
	assert_string_equal(list.v[1].pass_why, "a test key");
	assert_finding(0, "a:10 token c2 v1 p0");
	assert_null(list.v[0].pass_why);
}

/* Path scopes and allowlists, for each path of the blob. */
static void test_each_path(void **state)
{
	(void)state;
	give(1, make_cand(&policy_rules[0], "s", 10));
	give(2, make_cand(&policy_rules[2], "t", 20));
	comes_from(1, "allow/x", 1);
	comes_from(1, "b", 2);
	comes_from(1, "allow/y", 3);
	comes_from(2, "main.txt", 1);
	comes_from(2, "main.tf", 4);
	finish(false);
	assert_int_equal(list.n, 3);
	assert_finding(0, "allow/x+allow/y:10 token c1 v0 p2");
	assert_string_equal(list.v[0].pass_why, "the test's own");
	assert_finding(1, "b:10 token c2 v0 p0");
	assert_finding(2, "main.tf:20 tf-only c4 v0 p0");
}

static void test_unreachable_and_members(void **state)
{
	struct mf_cand cand = make_cand(&policy_rules[2], "s", 10);

	(void)state;
	cand.member = mf_strdup("in/a.tf");
	give(1, cand);
	give(2, make_cand(&policy_rules[0], "u", 20));
	give(3, make_cand(&policy_rules[0], "u", 21));
	/* a rule for some files alone says nothing of bytes that no path is known of */
	give(4, make_cand(&policy_rules[2], "w", 22));
	comes_from(1, "z.zip", 4);
	finish(false);
	assert_int_equal(list.n, 2);
	assert_finding(0, ":21 token c-1 v1 p0");
	assert_int_equal(list.v[0].source, MF_SRC_UNREACHABLE);
	assert_null(list.v[0].commit);
	assert_null(list.v[0].author);
	assert_non_null(list.v[0].blob);
	assert_finding(1, "z.zip!in/a.tf:10 tf-only c4 v0 p0");
}

static void test_placed(void **state)
{
	struct mf_oid one = make_oid(1), two = make_oid(2);

	(void)state;
	place(MF_SRC_FILE, "b", NULL, NULL, 0, make_cand(&policy_rules[0], "s", 1));
	place(MF_SRC_FILE, "a", NULL, NULL, 0, make_cand(&policy_rules[0], "s", 1));
	place(MF_SRC_FILE, "a", NULL, NULL, 0, make_cand(&policy_rules[0], "s", 2));
	place(MF_SRC_FILE, "a", NULL, NULL, 0, make_cand(&policy_rules[0], "s", 2));
	place(MF_SRC_FILE, "allow/a", NULL, NULL, 0, make_cand(&policy_rules[0], "s", 2));
	place(MF_SRC_FILE, "a", NULL, NULL, 0, make_cand(&policy_rules[2], "s", 2));
	place(MF_SRC_MESSAGE, "", NULL, &commits[7], 7, make_cand(&policy_rules[0], "s", 3));
	place(MF_SRC_MESSAGE, "", NULL, &commits[8], 8, make_cand(&policy_rules[0], "s", 3));
	place(MF_SRC_MESSAGE, "", NULL, &commits[8], 8, make_cand(&policy_rules[2], "s", 3));
	place(MF_SRC_COMMIT, "r", &two, &commits[4], 4, make_cand(&policy_rules[0], "s", 9));
	place(MF_SRC_COMMIT, "r", &one, &commits[3], 3, make_cand(&policy_rules[0], "s", 8));
	place(MF_SRC_COMMIT, "q", &one, &commits[4], 4, make_cand(&policy_rules[0], "s", 8));
	place(MF_SRC_STAGED, "p", &one, NULL, 0, make_cand(&policy_rules[0], "s", 8));
	place(MF_SRC_STAGED, "o", &one, NULL, 0, make_cand(&policy_rules[0], "s", 8));
	assert_int_equal(mf_collect_finish_asking(&list, c, NULL, 20, &policy_ask, false, &err), 0);
	assert_int_equal(list.n, 9);
	assert_finding(0, ":3 token c8 v0 p0");
	assert_finding(1, ":3 token c7 v0 p0");
	assert_finding(2, "a:1 token c-1 v0 p0");
	assert_finding(3, "a:2 token c-1 v0 p0");
	assert_finding(4, "allow/a:2 token c-1 v0 p2");
	assert_finding(5, "b:1 token c-1 v0 p0");
	assert_finding(6, "o:8 token c-1 v0 p0");
	assert_finding(7, "p:8 token c-1 v0 p0");
	assert_finding(8, "r+q:8 token c3 v1 p0");
}

/* What is written encoded does not leave by the line around it. */
static void test_encoded_text(void **state)
{
	struct mf_cand cand = make_cand(&policy_rules[0], "s", 10);

	(void)state;
	free(cand.text);
	cand.text = mf_strdup("key: c2VjcmV0IHNlY3JldCBzZWNyZXQ= # of x");
	cand.text_n = strlen(cand.text);
	cand.encoding = MF_ENC_BASE64;
	cand.depth = 1;
	give(1, cand);
	finish(false);
	assert_string_equal(list.v[0].text, "key: **************************** # of x");
}

static void test_too_many(void **state)
{
	char secret[20];

	(void)state;
	c->kept_max = 10;
	c->sites_max = 3;
	for (unsigned i = 0; i < 15; i++) {
		snprintf(secret, sizeof(secret), "s%u", i % 3);
		give(i, make_cand(&policy_rules[0], secret, i));
	}
	assert_int_equal(mf_collect_dropped(c), 5);
	finish(false);
	/* of four, three and three blobs with one secret */
	assert_int_equal(mf_collect_dropped(c), 6);
	assert_int_equal(list.n, 3);
}

/* -- random histories -------------------------------------------------------------------------------- */

enum { BLOBS = 24, PATHS = 7, SECRETS = 3, CANDS = 5 };

static const char *const path_names[PATHS] = { "a", "b/c", "main.tf", "allow/a", "d", "z.zip", "e.tf" };
static const char *const secret_names[SECRETS] = { "s1", "s2", "s3" };
static const char *const member_names[] = { NULL, NULL, NULL, "m", "n.tf" };

struct spec {
	unsigned rule, secret, line, member;
	bool allowed;
};

static struct spec cands[BLOBS][CANDS];
static unsigned n_cands[BLOBS];
static unsigned order_of[BLOBS][PATHS];	/* 0: not there */

static void invent(void)
{
	for (unsigned b = 0; b < BLOBS; b++) {
		n_cands[b] = pick(CANDS + 1);
		for (unsigned i = 0; i < n_cands[b]; i++)
			cands[b][i] = (struct spec){ pick(3), pick(SECRETS), 1 + pick(3), pick(20) < 17 ? 0 : 3 + pick(2), pick(6) == 0 };
		for (unsigned p = 0; p < PATHS; p++)
			order_of[b][p] = pick(4) == 0 ? 1 + pick(40) : 0;
	}
}

static struct mf_cand cand_of(const struct spec *s)
{
	struct mf_cand cand = make_cand(&policy_rules[s->rule], secret_names[s->secret], s->line);

	cand.member = member_names[s->member] ? mf_strdup(member_names[s->member]) : NULL;
	cand.allowed = s->allowed;
	return cand;
}

static int give_blob(struct mf_collect *to, unsigned b, bool backwards)
{
	struct mf_cands v = { 0 };
	struct mf_oid id = make_oid(b);
	int r = 0;

	for (unsigned i = 0; i < n_cands[b] && r == 0; i++)
		r = push_cand(&v, cand_of(&cands[b][backwards ? n_cands[b] - 1 - i : i]));
	if (r == 0)
		r = mf_collect_blob(to, &id, &v, &err);
	mf_cands_free(&v);
	return r;
}

/* Origins of a collection's blobs, as mf_attribute() gives them. */
static void attribute(struct mf_origins *out, struct mf_origin *room, const struct mf_collect *of)
{
	size_t n;
	const struct mf_oid *blobs = mf_collect_blobs(of, &n);

	*out = (struct mf_origins){ .v = room };
	for (size_t i = 0; i < n; i++)
		for (unsigned p = 0; p < PATHS; p++) {
			unsigned order = order_of[blobs[i].b[19]][p];

			if (order)
				room[out->n++] = (struct mf_origin){ .blob = i, .path = (char *)path_names[p], .commit = &commits[order], .order = order };
		}
	qsort(room, out->n, sizeof(*room), by_blob);
}

/* The blobs of `part`, in a random order, as findings at the end of `to`. */
static void run(struct mf_findings *to, unsigned part, const unsigned *part_of, bool raw)
{
	static struct mf_origin room[BLOBS * PATHS];
	struct mf_collect *one;
	struct mf_findings made = { 0 };
	struct mf_origins of;
	unsigned order[BLOBS];

	assert_int_equal(mf_collect_new(&one, &err), 0);
	for (unsigned i = 0; i < BLOBS; i++) {
		unsigned k = pick(i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (unsigned i = 0; i < BLOBS; i++)
		if (part_of[order[i]] == part)
			assert_int_equal(give_blob(one, order[i], pick(2)), 0);
	attribute(&of, room, one);
	assert_int_equal(mf_collect_finish_asking(&made, one, &of, 20, &policy_ask, raw, &err), 0);
	for (size_t i = 0; i < made.n; i++)
		assert_int_equal(mf_findings_add(to, &made.v[i], &err), 0);
	mf_findings_free(&made);
	mf_collect_free(one);
}

/* Shards that are joined, any number of them and in any order, are as good as one run. */
static void test_shards(void **state)
{
	static const unsigned whole[BLOBS] = { 0 };

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct mf_findings one = { 0 }, joined = { 0 }, again = { 0 };
		unsigned part_of[BLOBS], parts = 1 + pick(4);
		char *want, *got;

		seed = round + 1;
		invent();
		for (unsigned i = 0; i < BLOBS; i++)
			part_of[i] = pick(parts);
		run(&one, 0, whole, false);
		run(&again, 0, whole, false);
		for (unsigned p = parts; p-- > 0;)
			run(&joined, p, part_of, true);
		assert_true(joined.n >= one.n);
		assert_int_equal(mf_findings_join(&joined, &err), 0);
		want = show_findings(&one);
		got = show_findings(&joined);
		assert_string_equal(got, want);
		free(got);
		got = show_findings(&again);
		assert_string_equal(got, want);
		free(got);
		/* what is joined stays as it is */
		assert_int_equal(mf_findings_join(&joined, &err), 0);
		got = show_findings(&joined);
		assert_string_equal(got, want);
		free(got);
		free(want);
		mf_findings_free(&one);
		mf_findings_free(&again);
		mf_findings_free(&joined);
	}
}

/* -- the same, read plainly ---------------------------------------------------------------------------- */

struct told {
	char paths[200];	/* "a+b" */
	unsigned line, versions;
	char holds[PATHS * 5];	/* which of the paths below are its own */
};

static char plain[400][300];
static size_t n_plain;

/* The order in which a candidate's blob came to path `at` (a path and a member), or 0 when it is not told in this class. */
static unsigned order_at(unsigned b, const struct spec *s, unsigned pass, unsigned at, char path[static 40])
{
	const unsigned p = at / 5, m = at % 5;

	if (m != s->member || pass != (s->allowed ? 1u : p == 3 ? 2u : 0u))
		return 0;
	snprintf(path, 40, "%s%s%s", path_names[p], member_names[m] ? "!" : "", member_names[m] ? member_names[m] : "");
	return policy_ask.path_ok(NULL, &policy_rules[s->rule], path) ? order_of[b][p] : 0;
}

static bool is_of(const struct spec *s, unsigned rule, unsigned secret)
{
	return s->rule == rule && s->secret == secret;
}

/* The least order of a blob's sites of one credential and class; 0: it has none. */
static unsigned first_of(unsigned b, unsigned rule, unsigned secret, unsigned pass)
{
	unsigned first = 0, order;
	char path[40];

	for (unsigned i = 0; i < n_cands[b]; i++)
		for (unsigned at = 0; at < PATHS * 5 && is_of(&cands[b][i], rule, secret); at++) {
			order = order_at(b, &cands[b][i], pass, at, path);
			first = order && (!first || order < first) ? order : first;
		}
	return first;
}

/* What one blob adds for one line of it: the new paths, in the order (commit, path). */
static bool tell_line(struct told *t, unsigned b, unsigned rule, unsigned secret, unsigned pass, unsigned line, const bool *seen)
{
	char path[40];

	*t = (struct told){ .line = line };
	for (unsigned order = 1; order <= 40; order++) {
		for (;;) {
			char best[40] = "";
			unsigned best_at = 0;

			for (unsigned i = 0; i < n_cands[b]; i++)
				for (unsigned at = 0; at < PATHS * 5; at++)
					if (is_of(&cands[b][i], rule, secret) && cands[b][i].line == line && !seen[at] && !t->holds[at] &&
					    order_at(b, &cands[b][i], pass, at, path) == order && (!*best || strcmp(path, best) < 0)) {
						snprintf(best, sizeof(best), "%s", path);
						best_at = at;
					}
			if (!*best)
				break;
			t->holds[best_at] = 1;
			snprintf(t->paths + strlen(t->paths), sizeof(t->paths) - strlen(t->paths), "%s%s", *t->paths ? "+" : "", best);
		}
	}
	return *t->paths;
}

static void tell(unsigned rule, unsigned secret, unsigned pass)
{
	bool done[BLOBS] = { false }, seen[PATHS * 5] = { false }, here[PATHS * 5];
	struct told told[100];
	size_t n = 0;
	char path[40];

	for (;;) {
		unsigned best = BLOBS;
		const size_t before = n;

		for (unsigned b = 0; b < BLOBS; b++) {
			const unsigned first = first_of(b, rule, secret, pass), than = best < BLOBS ? first_of(best, rule, secret, pass) : 0;
			const struct mf_oid x = make_oid(b), y = make_oid(best);

			if (!done[b] && first && (best == BLOBS || first < than || (first == than && memcmp(&x, &y, sizeof(x)) < 0)))
				best = b;
		}
		if (best == BLOBS)
			break;
		done[best] = true;
		memset(here, 0, sizeof(here));
		for (unsigned i = 0; i < n_cands[best]; i++)
			for (unsigned at = 0; at < PATHS * 5; at++)
				here[at] |= is_of(&cands[best][i], rule, secret) && order_at(best, &cands[best][i], pass, at, path);
		for (size_t i = 0; i < before; i++) {
			bool again = false;

			for (unsigned at = 0; at < PATHS * 5; at++)
				again |= here[at] && told[i].holds[at];
			told[i].versions += again;
		}
		for (unsigned line = 1; line <= 3; line++)
			n += tell_line(&told[n], best, rule, secret, pass, line, seen);
		for (unsigned at = 0; at < PATHS * 5; at++)
			seen[at] |= here[at];
	}
	for (size_t i = 0; i < n; i++)
		snprintf(plain[n_plain++], sizeof(plain[0]), "%.200s:%u %s %s v%u p%u", told[i].paths, told[i].line, policy_rules[rule].id,
			 secret_names[secret], told[i].versions, pass);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_against_plain(void **state)
{
	static const unsigned whole[BLOBS] = { 0 };
	static char got[400][300];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct mf_findings one = { 0 };
		size_t n = 0;

		seed = round + 1000;
		invent();
		n_plain = 0;
		for (unsigned i = 0; i < 3 * SECRETS * 3; i++)
			tell(i % 3, i / 3 % SECRETS, i / 9);
		run(&one, 0, whole, false);
		for (size_t i = 0; i < one.n; i++) {
			const struct mf_finding *f = &one.v[i];
			char paths[200];

			if (f->source != MF_SRC_COMMIT)
				continue;
			snprintf(paths, sizeof(paths), "%s", f->path);
			for (size_t k = 0; k < f->n_more_paths; k++)
				snprintf(paths + strlen(paths), sizeof(paths) - strlen(paths), "+%s", f->more_paths[k]);
			snprintf(got[n++], sizeof(got[0]), "%.200s:%u %s %.20s v%u p%u", paths, f->line, f->rule_id, f->secret, (unsigned)f->versions,
				 (unsigned)f->pass);
		}
		qsort(got, n, sizeof(got[0]), by_text);
		qsort(plain, n_plain, sizeof(plain[0]), by_text);
		for (size_t i = 0; i < n && i < n_plain; i++)
			assert_string_equal(got[i], plain[i]);
		assert_int_equal(n, n_plain);
		mf_findings_free(&one);
	}
}

static void *in_thread(void *arg)
{
	const unsigned from = (unsigned)(uintptr_t)arg;

	for (unsigned b = from; b < BLOBS; b += 4)
		if (give_blob(c, b, false))
			return arg;
	return NULL;
}

static void test_threads(void **state)
{
	static const unsigned whole[BLOBS] = { 0 };
	static struct mf_origin room[BLOBS * PATHS];
	struct mf_findings one = { 0 };
	struct mf_origins of;
	pthread_t threads[4];
	char *want, *got;
	void *failed;

	(void)state;
	seed = 5;
	invent();
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, in_thread, (void *)i), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	attribute(&of, room, c);
	assert_int_equal(mf_collect_finish_asking(&list, c, &of, 20, &policy_ask, false, &err), 0);
	run(&one, 0, whole, false);
	want = show_findings(&one);
	got = show_findings(&list);
	assert_string_equal(got, want);
	free(want);
	free(got);
	mf_findings_free(&one);
}

/* Redacted reports: ids decide. Without one, nothing is joined that may be two secrets. */
static void test_join_redacted(void **state)
{
	static const char *const ids[] = { "11", "11", "22", "", "" };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct mf_finding f = {
			.rule_id = mf_strdup("token"), .path = mf_strdup("a"), .blob = mf_strdup(i == 0 ? "b0" : i == 1 ? "b1" : i == 2 ? "b2" : i == 3 ? "b3" : "b4"),
			.commit = mf_strdup("c"), .date = 1000, .source = MF_SRC_COMMIT, .line = 1, .order = 10 - i, .redacted = true,
			.secret = mf_strdup("ab************yz"), .secret_n = 16, .pass = i == 0 ? MF_PASS_BASELINE : MF_PASS_NONE,
		};

		snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "%s", ids[i]);
		assert_int_equal(mf_findings_add(&list, &f, &err), 0);
	}
	assert_int_equal(mf_findings_join(&list, &err), 0);
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(list.v[i].versions, strcmp(list.v[i].fingerprint_id, "11") == 0);
}

/* One finding of two shards, ignored at one of its paths only: it counts. */
static void test_join_pass(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct mf_finding f = {
			.rule_id = mf_strdup("token"), .path = mf_strdup(i ? "b" : "a"), .blob = mf_strdup("b0"), .commit = mf_strdup(i ? "c1" : "c0"),
			.source = MF_SRC_COMMIT, .line = 1, .order = i, .secret = mf_strdup("s"), .secret_n = 1,
			.pass = i ? MF_PASS_NONE : MF_PASS_IGNORE_FILE, .pass_why = i ? NULL : mf_strdup("x"),
		};

		assert_int_equal(mf_findings_add(&list, &f, &err), 0);
	}
	assert_int_equal(mf_findings_join(&list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0].path, "a");
	assert_int_equal(list.v[0].n_more_paths, 1);
	assert_int_equal(list.v[0].pass, MF_PASS_NONE);
	assert_null(list.v[0].pass_why);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_collect *one = NULL;
	struct mf_findings made = { 0 };
	struct mf_cands v = { 0 };
	const enum mf_joining *joining = ctx;
	struct mf_oid id = make_oid(1), later = make_oid(2);
	struct mf_place at = { .path = "f", .commit = &commits[1] };
	struct mf_origin from[] = { { .path = (char *)"a", .commit = &commits[1], .order = 1 }, { .path = (char *)"b", .commit = &commits[2], .order = 2 },
				    { .blob = 1, .path = (char *)"a", .commit = &commits[3], .order = 3 } };
	struct mf_origins of = { .v = from, .n = MF_COUNT(from) };
	int r = mf_collect_new(&one, e);

	if (r == 0 && push_cand(&v, make_cand(&policy_rules[0], "s", 1)))
		r = mf_fail_nomem(e);
	r = r ? r : mf_collect_blob(one, &id, &v, e);
	if (r == 0 && push_cand(&v, make_cand(&policy_rules[0], "s", 1)))
		r = mf_fail_nomem(e);
	r = r ? r : mf_collect_blob(one, &later, &v, e);
	if (r == 0 && push_cand(&v, make_cand(&policy_rules[0], "s", 1)))
		r = mf_fail_nomem(e);
	r = r ? r : mf_collect_placed(one, MF_SRC_FILE, &at, 0, &v, e);
	r = r ? r : mf_collect_finish_asking(&made, one, &of, 20, &policy_ask, *joining, e);
	r = r ? r : mf_findings_join(&made, e);
	mf_cands_free(&v);
	mf_findings_free(&made);
	mf_collect_free(one);
	return r;
}

static void test_torture(void **state)
{
	(void)state;
	for (enum mf_joining i = MF_JOIN_ALL; i <= MF_JOIN_PATHS; i++)
		mf_torture(torture_body, &i);
}

#define HAND(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HAND(test_versions), HAND(test_paths), HAND(test_paths_apart), HAND(test_paths_versions), HAND(test_lines), HAND(test_allowed), HAND(test_each_path),
		HAND(test_unreachable_and_members), HAND(test_placed), HAND(test_encoded_text), HAND(test_too_many),
		HAND(test_shards), HAND(test_against_plain), HAND(test_threads), HAND(test_join_redacted), HAND(test_join_pass),
		HAND(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
