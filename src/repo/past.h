/* SPDX-License-Identifier: Apache-2.0 */
/* What lies behind struct mf_past: a sorted table of ids with what each is, and the trail, whose numbers are places in that table. */
#ifndef MF_REPO_PAST_H
#define MF_REPO_PAST_H

#include <mayfly/past.h>
#include "attribute_graph.h"

/* The higher one wins where an id is named twice. */
enum mf_past_kind {
	MF_PAST_OTHER,	/* only named: a parent, a tree or an entry of which nothing is known */
	MF_PAST_DONE,	/* scanned, and held nothing */
	MF_PAST_COMMIT,	/* the same, and the trail has it */
	MF_PAST_TREE,	/* read; it leads to nothing unless the trail has it */
	MF_PAST_DIRTY,	/* a blob that holds something */
	MF_PAST_KINDS
};

struct mf_trail_commit {
	uint32_t id, tree, first, n;	/* parents[first] to parents[first + n - 1] */
	int64_t date;
};

/* An entry of a tree. Equal ones are mostly kept once. */
struct mf_trail_edge {
	uint32_t id, name, mode;
};

struct mf_trail_tree {
	uint32_t id, first, n;		/* numbers of edges: into[first] to into[first + n - 1] */
};

/* Commits and trees are sorted by id. */
struct mf_trail {
	struct mf_trail_commit *commits;
	uint32_t *parents;
	struct mf_trail_edge *edges;
	struct mf_trail_tree *trees;
	uint32_t *into;
	struct mf_str *names;
	size_t n_commits, n_parents, n_edges, n_trees, n_into, n_names;
};
void mf_trail_free(struct mf_trail *t);

/* Ids with their kinds. */
struct mf_idtable {
	const unsigned char *ids, *kinds;
	size_t n, oid_len;
	uint32_t *first;	/* by the first two bytes; 65537 of them */
};
#define MF_PAST_NONE UINT32_MAX
int mf_idtable_index(struct mf_idtable *t, struct mf_err *err) MF_MUST_USE;
uint32_t mf_idtable_find(const struct mf_idtable *t, const unsigned char *id);	/* or MF_PAST_NONE */

/* Ids to come, each followed by its kind. */
struct mf_idlist {
	unsigned char *v;
	size_t n, cap;
};
int mf_idlist_add(struct mf_idlist *l, size_t oid_len, const unsigned char *id, enum mf_past_kind kind, struct mf_err *err) MF_MUST_USE;
/* Sorts, and keeps of equal ids the highest kind. */
int mf_idlist_sort(struct mf_idlist *l, size_t oid_len, struct mf_err *err) MF_MUST_USE;

/* What one attribution has read; ids as such. */
struct mf_learned_edge {
	struct mf_oid id;
	uint32_t name, mode;
};
struct mf_learned_tree {
	struct mf_oid id;
	size_t first;
	uint32_t n;
};
struct mf_learned {
	struct mf_commit_list *commits;	/* by thread, taken over */
	unsigned threads;
	struct mf_learned_tree *trees;	/* those that lead to something */
	size_t n_trees, cap_trees;
	uint32_t *into;
	size_t n_into, cap_into;
	struct mf_learned_edge *edges;
	size_t n_edges, cap_edges;
	struct mf_textmap names;
};

/* What dirty blobs hold, sorted by id. */
struct mf_dirty_blob {
	uint32_t id, first, n;
};
struct mf_dirty {
	struct mf_dirty_blob *blobs;
	struct mf_past_cand *cands;
	size_t n_blobs, n_cands, n_groups;
};
void mf_dirty_free(struct mf_dirty *d);
/* 1: the bytes are damaged. */
int mf_dirty_read(struct mf_dirty *d, const struct mf_idtable *ids, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

/* The same of this run, by ids. */
struct mf_kept_blob {
	struct mf_oid id;
	size_t first, n;
};

struct mf_past {
	struct mf_idtable old;
	unsigned char *held;		/* a bit for each of old.ids: the database holds it */
	bool has_trail, keeps_trail;	/* one was read; one is to be written */
	struct mf_trail trail;
	struct mf_dirty dirty;
	struct mf_str extra;
	struct mf_buf new_extra;
	unsigned char *look;		/* a bit for each of old.ids: a dirty blob that is to be visited again */
	unsigned threads;
	struct mf_idlist *added;	/* by thread, with their kinds */
	struct mf_idlist fresh;		/* of all threads, sorted, once mf_past_settle() was called */
	struct mf_idtable fresh_table;
	unsigned char *fresh_bytes;
	struct mf_learned learned;
	struct mf_kept_blob *kept;
	size_t n_kept, cap_kept;
	struct mf_past_cand *kept_cands;
	size_t n_kept_cands, cap_kept_cands;
};

static inline bool mf_past_held(const struct mf_past *p, size_t i)
{
	return p->held[i >> 3] >> (i & 7) & 1;
}

/* Whether an object need not be visited, by its place in the table. */
static inline bool mf_past_skips(const struct mf_past *p, uint32_t i)
{
	if (i == MF_PAST_NONE || p->old.kinds[i] == MF_PAST_OTHER)
		return false;
	return p->old.kinds[i] != MF_PAST_DIRTY || !(p->look[i >> 3] >> (i & 7) & 1);
}

/* A walk begins: what the database holds is not known yet, and nothing is to be visited again. */
static inline void mf_past_begin(struct mf_past *p)
{
	if (!p->held)
		return;
	memset(p->held, 0, p->old.n / 8 + 1);
	memset(p->look, 0, p->old.n / 8 + 1);
}

/* Which of the dirty blobs that the database holds are to be visited again; `all` of them, or as few as will do. */
int mf_past_choose(struct mf_past *p, bool all, struct mf_err *err) MF_MUST_USE;

/* Joins what the threads have added, so that the two below know it. */
int mf_past_settle(struct mf_past *p, struct mf_err *err) MF_MUST_USE;
/* Makes fresh_table of what is in `fresh`, which is sorted. */
int mf_past_fresh_table(struct mf_past *p, struct mf_err *err) MF_MUST_USE;
/* Whether a blob was scanned, by whichever run, and holds nothing. */
bool mf_past_settled(const struct mf_past *p, const unsigned char *id);

/* Keeps what the harvests of the graph have, and takes their commits over. */
int mf_past_learn(struct mf_past *p, const struct mf_attr_graph *g, struct mf_err *err) MF_MUST_USE;
/* Nothing of it is to be kept. */
static inline void mf_past_unlearn(struct mf_past *p)
{
	p->keeps_trail = false;
}

/* Numbers with 7 bits a byte. */
struct mf_num_in {
	const unsigned char *p, *end;
	bool bad, nomem;
};
uint64_t mf_num_take(struct mf_num_in *in);
uint32_t mf_num_below(struct mf_num_in *in, size_t limit);
/* A count of what takes `least` bytes or more each, and memory for it. */
void *mf_num_room(struct mf_num_in *in, size_t *n, size_t size, size_t least);
/* They are put together in pieces: a call for each would cost more than they do. */
struct mf_num_out {
	struct mf_buf *to;
	struct mf_err *err;
	bool failed;
	size_t n;
	unsigned char v[1 << 12];
};
void mf_num_put(struct mf_num_out *o, uint64_t v);
void mf_num_flush(struct mf_num_out *o);

/* The trail's bytes. 1: they are damaged. */
int mf_trail_read(struct mf_trail *t, const struct mf_idtable *ids, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;
void mf_trail_write(struct mf_num_out *o, const struct mf_trail *t);
/* Renumbers what is kept of the old trail and adds what was learned. `place` is by old number; the names are borrowed from both. */
int mf_trail_merge(struct mf_trail *out, const struct mf_past *p, const uint32_t *place, const struct mf_idtable *now, struct mf_err *err) MF_MUST_USE;

#endif
