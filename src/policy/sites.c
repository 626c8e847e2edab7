/* SPDX-License-Identifier: Apache-2.0 */
/* Which sites of one credential are findings, and which are versions of them. */
#include "sites.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* A path in the realm at hand: the findings that hold it. Valid when `realm` is the present one. */
struct slot {
	uint32_t realm, head, blob;
};

struct node {
	uint32_t result, next;
};

struct result {
	size_t at, n;
	uint64_t versions;
	uint32_t blob;		/* that was counted last */
	uint32_t again, n_again;	/* of mf_joiner.again: the last, and how many */
};

struct mf_joiner {
	struct slot *slots;
	size_t n_slots;
	struct node *nodes;
	struct result *results;
	size_t n_nodes, nodes_cap, n_results, results_cap;
	uint32_t realm, blob;	/* numbers that are never used twice */
	bool each_path;
	struct mf_site_again *again;
	size_t n_again, again_cap;
};

int mf_joiner_new(struct mf_joiner **out, struct mf_err *err)
{
	struct mf_joiner *j = mf_calloc(1, sizeof(*j));

	if (!j)
		return mf_fail_nomem(err);
	*out = j;
	return 0;
}

void mf_joiner_free(struct mf_joiner *j)
{
	if (!j)
		return;
	free(j->slots);
	free(j->nodes);
	free(j->results);
	free(j->again);
	free(j);
}

void mf_joiner_each_path(struct mf_joiner *j)
{
	j->each_path = true;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int by_candidate(const void *a, const void *b)
{
	const struct mf_site *x = a, *y = b;
	int r = ORDER(x->realm, y->realm);

	r = r ? r : ORDER(x->blob, y->blob);
	r = r ? r : ORDER(x->cand, y->cand);
	r = r ? r : ORDER(x->path_id, y->path_id);
	r = r ? r : ORDER(x->order, y->order);
	r = r ? r : ORDER(x->from, y->from);
	return r ? r : ORDER(x->why, y->why);
}

static int by_order_of_paths(const struct mf_site *x, const struct mf_site *y)
{
	int r = ORDER(x->blob, y->blob);

	r = r ? r : ORDER(x->cand, y->cand);
	r = r ? r : ORDER(x->order, y->order);
	r = r ? r : ORDER(x->nth, y->nth);
	return r ? r : strcmp(x->path, y->path);
}

static int by_introduction(const void *a, const void *b)
{
	const struct mf_site *x = a, *y = b;
	int r = ORDER(x->realm, y->realm);

	r = r ? r : ORDER(x->first, y->first);
	return r ? r : by_order_of_paths(x, y);
}

/* One site for each candidate and path, each with the first order of its blob. Returns how many are left. */
static size_t prepare(struct mf_site *s, size_t n)
{
	size_t kept = 0, from = 0;

	if (n > 1)
		qsort(s, n, sizeof(*s), by_candidate);
	for (size_t i = 0; i < n; i++) {
		const struct mf_site *last = kept ? &s[kept - 1] : NULL;

		if (last && last->realm == s[i].realm && last->blob == s[i].blob && last->cand == s[i].cand && last->path_id == s[i].path_id)
			continue;
		s[kept++] = s[i];
	}
	for (size_t i = 0; i <= kept; i++) {
		if (i < kept && s[i].realm == s[from].realm && s[i].blob == s[from].blob) {
			s[from].first = i == from || s[i].order < s[from].first ? s[i].order : s[from].first;
			continue;
		}
		for (size_t k = from + 1; k < i; k++)
			s[k].first = s[from].first;
		from = i;
		if (i < kept)
			s[i].first = s[i].order;
	}
	return kept;
}

static int make_room(struct mf_joiner *j, size_t n, size_t n_paths, struct mf_err *err)
{
	struct slot *more;

	if (n_paths > j->n_slots) {
		const size_t want = n_paths + n_paths / 2;

		more = mf_regrow(j->slots, want, sizeof(*more));
		if (!more)
			return mf_fail_nomem(err);
		memset(more + j->n_slots, 0, (want - j->n_slots) * sizeof(*more));
		j->slots = more;
		j->n_slots = want;
	}
	if (n > j->nodes_cap) {
		struct node *nodes = mf_regrow(j->nodes, n, sizeof(*nodes));

		if (!nodes)
			return mf_fail_nomem(err);
		j->nodes = nodes;
		j->nodes_cap = n;
	}
	if (n > j->results_cap) {
		struct result *results = mf_regrow(j->results, n, sizeof(*results));

		if (!results)
			return mf_fail_nomem(err);
		j->results = results;
		j->results_cap = n;
	}
	if (j->each_path && n > j->again_cap) {
		struct mf_site_again *again = mf_regrow(j->again, n, sizeof(*again));

		if (!again)
			return mf_fail_nomem(err);
		j->again = again;
		j->again_cap = n;
	}
	return 0;
}

/* Where a finding is once more; the first few are kept. */
static void note_again(struct mf_joiner *j, const struct slot *slot, const struct mf_site *site)
{
	for (uint32_t i = slot->head; j->each_path && i != MF_NONE && j->n_again < j->again_cap; i = j->nodes[i].next) {
		struct result *r = &j->results[j->nodes[i].result];

		if (r->n_again == MF_AGAIN_MAX)
			continue;
		j->again[j->n_again] = (struct mf_site_again){ .cand = site->cand, .from = site->from, .next = r->again };
		r->again = (uint32_t)j->n_again++;
		r->n_again++;
	}
}

/* A later blob at a path: once for each finding that holds the path, however often the blob has the secret. */
static void count_version(struct mf_joiner *j, struct slot *slot)
{
	if (slot->blob == j->blob)
		return;
	slot->blob = j->blob;
	for (uint32_t i = slot->head; i != MF_NONE; i = j->nodes[i].next) {
		struct result *r = &j->results[j->nodes[i].result];

		r->versions += r->blob != j->blob;
		r->blob = j->blob;
	}
}

static void hold(struct mf_joiner *j, uint32_t path, uint32_t result)
{
	struct slot *slot = &j->slots[path];

	if (slot->realm != j->realm)
		*slot = (struct slot){ .realm = j->realm, .head = MF_NONE };
	j->nodes[j->n_nodes] = (struct node){ .result = result, .next = slot->head };
	slot->head = (uint32_t)j->n_nodes++;
}

/* The sites [from, to) of one blob. Those with new paths are moved to `at` on; returns where they end. */
static size_t take_blob(struct mf_joiner *j, struct mf_site *s, size_t from, size_t to, size_t at)
{
	const size_t first_result = j->n_results;

	j->blob++;
	for (size_t i = from; i < to; i++) {
		struct slot *slot = &j->slots[s[i].path_id];
		struct result *r = &j->results[j->n_results];

		if (slot->realm == j->realm) {
			count_version(j, slot);
			note_again(j, slot, &s[i]);
			continue;
		}
		if (j->n_results == first_result || j->each_path || s[r[-1].at].cand != s[i].cand) {
			*r = (struct result){ .at = at, .blob = j->blob, .again = MF_NONE };
			j->n_results++;
		}
		j->results[j->n_results - 1].n++;
		s[at++] = s[i];
	}
	for (size_t i = first_result; i < j->n_results; i++)
		for (size_t k = 0; k < j->results[i].n; k++)
			hold(j, s[j->results[i].at + k].path_id, (uint32_t)i);
	return at;
}

static int join_realm(struct mf_joiner *j, struct mf_site *s, size_t n, mf_joined_fn fn, void *ctx, struct mf_err *err)
{
	size_t at = 0, to;

	j->realm++;
	j->n_nodes = j->n_results = j->n_again = 0;
	for (size_t from = 0; from < n; from = to) {
		for (to = from + 1; to < n && s[to].blob == s[from].blob; to++)
			;
		at = take_blob(j, s, from, to, at);
	}
	for (size_t i = 0; i < j->n_results; i++) {
		const struct mf_versions versions = { .n = j->results[i].versions, .v = j->again, .first = j->results[i].again };

		if (fn(ctx, s + j->results[i].at, j->results[i].n, &versions, err))
			return -1;
	}
	return 0;
}

int mf_sites_join(struct mf_joiner *j, struct mf_site *sites, size_t n, size_t n_paths, mf_joined_fn fn, void *ctx, struct mf_err *err)
{
	size_t to;

	n = prepare(sites, n);
	if (n == 0)
		return 0;
	if (make_room(j, n, n_paths, err))
		return -1;
	qsort(sites, n, sizeof(*sites), by_introduction);
	for (size_t from = 0; from < n; from = to) {
		for (to = from + 1; to < n && sites[to].realm == sites[from].realm; to++)
			;
		if (join_realm(j, sites + from, to - from, fn, ctx, err))
			return -1;
	}
	return 0;
}

static int by_commit(const void *a, const void *b)
{
	const struct mf_site *x = a, *y = b;
	const int r = ORDER(x->realm, y->realm);

	return r ? r : by_order_of_paths(x, y);
}

int mf_sites_apart(struct mf_site *sites, size_t n, mf_joined_fn fn, void *ctx, struct mf_err *err)
{
	static const struct mf_versions none = { .first = MF_NONE };
	size_t to;

	n = prepare(sites, n);
	if (n > 1)
		qsort(sites, n, sizeof(*sites), by_commit);
	for (size_t from = 0; from < n; from = to) {
		const struct mf_site *s = &sites[from];

		for (to = from + 1; to < n; to++)
			if (sites[to].realm != s->realm || sites[to].blob != s->blob || sites[to].cand != s->cand || sites[to].order != s->order ||
			    sites[to].why != s->why)
				break;
		if (fn(ctx, s, to - from, &none, err))
			return -1;
	}
	return 0;
}
