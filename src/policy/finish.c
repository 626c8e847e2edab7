/* SPDX-License-Identifier: Apache-2.0 */
/* From candidates and origins to findings: for each credential its sites, and of these the findings. */
#include "finish.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int by_oid(const void *ctx, uint32_t a, uint32_t b)
{
	return mf_compare(mf_intern_get(ctx, a), mf_intern_get(ctx, b));
}

static int rank_oids(struct mf_finish *f, struct mf_err *err)
{
	const size_t n = f->c->oids.n;
	uint32_t *order = mf_calloc(n + 1, sizeof(*order));
	int r;

	f->ranks = mf_calloc(n + 1, sizeof(*f->ranks));
	if (!order || !f->ranks) {
		free(order);
		return mf_fail_nomem(err);
	}
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	r = mf_sort_numbers(order, n, by_oid, &f->c->oids, err);
	for (size_t i = 0; i < n; i++)
		f->ranks[order[i]] = (uint32_t)i + 1;
	free(order);
	return r;
}

static int find_starts(struct mf_finish *f, struct mf_err *err)
{
	const size_t n = f->c->n_blobs, n_origins = f->origins ? f->origins->n : 0;
	size_t at = 0;

	f->starts = mf_calloc(n + 1, sizeof(*f->starts));
	if (!f->starts)
		return mf_fail_nomem(err);
	for (size_t blob = 0; blob < n; blob++) {
		f->starts[blob] = at;
		while (at < n_origins && f->origins->v[at].blob == blob)
			at++;
	}
	f->starts[n] = at;
	return at == n_origins ? 0 : mf_fail(err, MF_E_BASE_BUG, "origins are not in the order of their blobs");
}

static uint32_t rank_of(const struct mf_finish *f, const struct mf_kept *k)
{
	const uint32_t oid = mf_finish_oid(f->c, k);

	return oid == MF_NONE ? 0 : f->ranks[oid];
}

/* A blob of a history is one thing wherever it lies; a file of the work tree or the index is one for itself. */
static bool by_path(const struct mf_collect *c, const struct mf_kept *k)
{
	return k->placed && c->placed[k->place].source != MF_SRC_COMMIT;
}

static int by_content(const void *ctx, uint32_t a, uint32_t b)
{
	const struct mf_finish *f = ctx;
	const struct mf_collect *c = f->c;
	const struct mf_kept *x = &c->kept[a], *y = &c->kept[b];
	int r = ORDER(rank_of(f, x), rank_of(f, y));

	r = r ? r : ORDER(x->line, y->line);
	r = r ? r : ORDER(x->col, y->col);
	r = r ? r : ORDER(x->end_line, y->end_line);
	r = r ? r : ORDER(x->end_col, y->end_col);
	r = r ? r : ORDER(x->depth, y->depth);
	r = r ? r : ORDER(x->encoding, y->encoding);
	r = r ? r : ORDER(x->format, y->format);
	r = r ? r : ORDER(x->entropy, y->entropy);
	if (!r && x->match != y->match)
		r = mf_compare(mf_intern_get(&c->texts, x->match), mf_intern_get(&c->texts, y->match));
	if (!r && x->text != y->text)
		r = mf_compare(mf_intern_get(&c->texts, x->text), mf_intern_get(&c->texts, y->text));
	r = r ? r : ORDER(by_path(c, x), by_path(c, y));
	if (!r && by_path(c, x))
		r = mf_compare(mf_intern_get(&c->texts, c->placed[x->place].path), mf_intern_get(&c->texts, c->placed[y->place].path));
	return r;
}

/* "path!member", kept. */
static int full_path(struct mf_site *site, struct mf_finish *f, const char *path, const char *member, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	int r;

	if (member)
		r = mf_buf_printf(&text, err, "%s!%s", path, member) ||
		    mf_intern_add(&site->path_id, &f->paths, (struct mf_str){ text.p, text.n }, err);
	else
		r = mf_intern_add(&site->path_id, &f->paths, mf_str(path), err);
	mf_buf_free(&text);
	if (r)
		return -1;
	site->path = mf_intern_get(&f->paths, site->path_id).p;
	return 0;
}

/* Messages and tags have no path: each is a place of its own. */
static uint64_t realm_of(const struct mf_finish *f, const struct mf_kept *k, enum mf_source source, enum mf_pass pass)
{
	uint64_t scope = 0;

	if (source == MF_SRC_MESSAGE || source == MF_SRC_TAG) {
		const uint32_t commit = f->c->placed[k->place].commit;

		scope = commit == MF_NONE ? rank_of(f, k) : (uint64_t)1 << 32 | commit;
	}
	return (uint64_t)pass << 60 | (uint64_t)source << 56 | scope;
}

/* One site, unless the rule does not look there. `path` is NULL where nothing is known of it. */
static int add_site(struct mf_finish *f, const struct mf_kept *k, struct mf_site site, const char *path, struct mf_err *err)
{
	const struct mf_cand cand = mf_finish_cand(f->c, k);
	const struct mf_who who = mf_finish_who(f, k, site.from);
	enum mf_pass pass = k->allowed ? MF_PASS_INLINE : MF_PASS_NONE;
	char commit[65] = "";
	const char *why = NULL;

	if (f->n_sites >= f->c->sites_max) {
		f->c->dropped++;
		return 0;
	}
	if (full_path(&site, f, path ? path : "", cand.member, err))
		return -1;
	/* bytes that no path is known of are in no file that a rule names */
	if (!f->ask->path_ok(f->ask->ctx, k->rule, path ? site.path : ""))
		return 0;
	if (who.id)
		mf_finish_hex(commit, who.id, f->oid_len);
	site.why = k->reason;
	if (!pass && f->ask->allowlisted(f->ask->ctx, &cand, path ? site.path : NULL, who.id ? commit : NULL, &why)) {
		pass = MF_PASS_ALLOWLIST;
		site.why = MF_NONE;
		if (why && mf_intern_add(&site.why, &f->c->texts, mf_str(why), err))
			return -1;
	}
	if (mf_room(&f->sites, f->n_sites, &f->sites_cap, sizeof(*f->sites), err))
		return -1;
	site.realm = realm_of(f, k, mf_finish_source(f, k, site.from), pass);
	f->sites[f->n_sites++] = site;
	return 0;
}

static int add_sites(struct mf_finish *f, uint32_t cand, const struct mf_kept *k, struct mf_err *err)
{
	struct mf_site site = { .blob = rank_of(f, k), .cand = cand, .from = MF_NONE };

	if (k->placed) {
		const struct mf_placed *p = &f->c->placed[k->place];

		site.from = k->place;
		site.order = p->order;
		return add_site(f, k, site, mf_intern_get(&f->c->texts, p->path).p, err);
	}
	if (f->starts[k->place] == f->starts[k->place + 1])
		return add_site(f, k, site, NULL, err);
	for (size_t i = f->starts[k->place]; i < f->starts[k->place + 1]; i++) {
		site.from = (uint32_t)i;
		site.order = f->origins->v[i].order;
		if (add_site(f, k, site, f->origins->v[i].path, err))
			return -1;
	}
	return 0;
}

/* The candidates of one rule and secret. */
static int finish_group(struct mf_finish *f, uint32_t head, struct mf_err *err)
{
	const struct mf_collect *c = f->c;
	size_t n = 0, same = 0;

	f->n_sites = 0;
	for (uint32_t i = head; i != MF_NONE; i = c->kept[i].next) {
		if (mf_room(&f->group, n, &f->group_cap, sizeof(*f->group), err))
			return -1;
		f->group[n++] = i;
	}
	if (mf_sort_numbers(f->group, n, by_content, f, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		same = i && by_content(f, f->group[same], f->group[i]) == 0 ? same : i;
		if (add_sites(f, (uint32_t)same, &c->kept[f->group[i]], err))
			return -1;
	}
	if (f->joining == MF_JOIN_NOT)
		return mf_sites_apart(f->sites, f->n_sites, mf_finish_add, f, err);
	return mf_sites_join(f->joiner, f->sites, f->n_sites, f->paths.n, mf_finish_add, f, err);
}

static int finish_all(struct mf_finish *f, struct mf_err *err)
{
	if (rank_oids(f, err) || find_starts(f, err) || mf_joiner_new(&f->joiner, err))
		return -1;
	if (f->joining == MF_JOIN_PATHS)
		mf_joiner_each_path(f->joiner);
	for (size_t i = 0; i < f->c->groups.n; i++)
		if (finish_group(f, f->c->heads[i], err))
			return -1;
	return 0;
}

int mf_collect_finish_asking(struct mf_findings *out, struct mf_collect *c, const struct mf_origins *origins, size_t oid_len, const struct mf_ask *ask,
			     enum mf_joining joining, struct mf_err *err)
{
	struct mf_findings made = { 0 };
	struct mf_finish f = { .c = c, .origins = origins, .oid_len = oid_len <= 32 ? oid_len : 32, .ask = ask, .joining = joining, .out = &made };
	int r;

	r = finish_all(&f, err);
	free(f.starts);
	free(f.ranks);
	free(f.group);
	free(f.sites);
	mf_intern_free(&f.paths);
	mf_joiner_free(f.joiner);
	if (r) {
		mf_findings_free(&made);
		return -1;
	}
	mf_findings_sort(&made);
	*out = made;
	return 0;
}
