/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the object database: what its threads share, and what each has for itself. */
#ifndef MF_REPO_WALK_PRIV_H
#define MF_REPO_WALK_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <mayfly/history.h>
#include "delta.h"
#include "inflate.h"
#include "odb.h"
#include "plan.h"
#include "pool.h"
#include "sources.h"

/* A run of families that a thread takes at once. */
struct mf_batch {
	size_t first, n;
};

/* An object of a pack that is not planned. */
struct mf_one {
	uint64_t off;
	uint32_t pack, pos;
};

struct mf_walk {
	const struct mf_repo *r;
	const struct mf_history_opts *opts;
	const struct mf_visitor *visitor;
	size_t oid_len;
	struct mf_sources src;
	struct mf_plan *plan;		/* one for each pack */
	struct mf_family *family;	/* of this shard, in the order in which they are walked */
	size_t n_families;
	struct mf_batch *batch;
	size_t n_batches;
	size_t n_chunks;		/* of loose objects, all folders' lists after one another; or of `ids` */
	unsigned char **known;		/* by pack: a bit for each position that an earlier run knows; NULL without one */
	bool *no_plan;			/* by pack: nothing in it is new, or so little that it is among `one` */
	struct mf_one *one;
	size_t n_ones, cap_ones, n_parts;	/* parts: of a few each, for a thread to take */
	struct mf_oids ids;		/* for the engine that takes objects one by one */
	struct mf_history_stats stats;	/* what is known before the threads begin */
	unsigned shard, shards, threads;
	size_t memory;			/* for the waiting bases of one thread */
	atomic_size_t next;		/* the batch or chunk to be taken */
	atomic_bool ended;
	atomic_uint lost;		/* objects that no way of reading helped: after many, only the first way is tried */
	pthread_mutex_t lock;		/* for `error`, failed() and the odb */
	struct mf_err error;
	bool has_error;
	struct mf_odb *odb;		/* libgit2's, when it was needed */
	bool odb_tried;
};

/* An object that others wait for. */
struct mf_frame {
	uint32_t node, next;	/* next: the child to be visited; UINT32_MAX: none */
	struct mf_bytes b;	/* empty when dropped, or never read */
	void *keep;
	bool shown;		/* it was given to visit() */
	bool lost;		/* it cannot be read */
};

struct mf_worker {
	struct mf_walk *w;
	void *ctx;
	struct mf_inflater *z;
	struct mf_pool pool;
	struct mf_spans spans;
	struct mf_bytes delta;		/* where deltas are expanded */
	struct mf_reader *reader;	/* when it was needed */
	struct mf_history_stats stats;
	struct mf_err why;		/* of what could not be read */
	/* the family that is walked */
	const struct mf_pack *pack;
	struct mf_node *node;
	struct mf_frame *frame;
	size_t depth, cap_frames;
	size_t waiting;			/* bytes of the frames' buffers */
	uint32_t *path;			/* for rebuilding what was dropped */
	size_t cap_path;
};

enum { MF_LOOSE_CHUNK = 64 };

/* What is to be walked, for the engine that reads packs. */
int mf_walk_prepare(struct mf_walk *w, struct mf_err *err) MF_MUST_USE;

/* Marks what the visitor's past knows, and finds out which packs need no plan. */
int mf_walk_know(struct mf_walk *w, struct mf_err *err) MF_MUST_USE;
/* Notes in the visitor's past that the database holds these. */
void mf_walk_hold(struct mf_walk *w, const struct mf_oids *ids);
/* Has some of the past's dirty blobs visited again, once it is noted what the database holds; `unknown`, or NULL, counts them by pack. */
int mf_walk_choose(struct mf_walk *w, uint32_t *unknown, struct mf_err *err) MF_MUST_USE;
/* Whether the past knows an object by itself, which is counted then. */
bool mf_walk_knows(struct mf_worker *k, const struct mf_oid *id);
/* Some objects of packs that are not planned. */
int mf_walk_part(struct mf_worker *k, size_t part);

/* Which of the shards has the work of so many bytes; walks call it for the largest first. Deterministic. */
int mf_walk_shards(unsigned *shard_of, const struct mf_family *f, const size_t *order, size_t n, unsigned shards, struct mf_err *err)
	MF_MUST_USE;

/* Walks a family. -1 ends the walk, with w->error. */
int mf_walk_family(struct mf_worker *k, const struct mf_family *f);

/* Bytes of a node. 0, 1 when it cannot be read (k->why), -1. `base` NULL: none; the root, or a base that cannot be read. *by_delta says
 * whether k->spans fit. */
int mf_rebuild(struct mf_bytes *out, bool *by_delta, struct mf_worker *k, uint32_t node, const struct mf_bytes *base);

/* The same for a frame whose bytes were dropped. */
int mf_rebuild_frame(struct mf_worker *k, size_t frame);

/* Whether a loose file of the object is there and damaged: libgit2 does not come back from one that is cut off, so it must not be asked. */
bool mf_walk_broken_loose(struct mf_worker *k, const struct mf_oid *id, struct mf_err *why);

/* By id, from any copy, ours or libgit2's way. 0, 1, -1. */
int mf_recover(struct mf_bytes *out, struct mf_worker *k, const struct mf_oid *id);

/* Gives an object that is whole to the visitor. */
int mf_walk_show(struct mf_worker *k, const struct mf_oid *id, const struct mf_bytes *b);

/* The same for one that was read whole by itself, or that could not be: then any other copy will do. */
int mf_walk_read(struct mf_worker *k, const struct mf_oid *id, struct mf_object *o, const struct mf_err *why);

/* Tells the visitor what cannot be read. -1 ends the walk. */
int mf_walk_failed(struct mf_worker *k, const struct mf_oid *id, const struct mf_err *why);

/* Ends the walk with this error, if it is the first; -1. */
int mf_walk_end(struct mf_walk *w, const struct mf_err *err);
bool mf_walk_stopped(struct mf_walk *w);

/* Whether an object by itself (loose, or with the engine that takes them one by one) is this shard's. */
bool mf_walk_mine(const struct mf_walk *w, const struct mf_oid *id);

/* A chunk of loose objects. */
int mf_walk_loose(struct mf_worker *k, size_t chunk);

/* The engine that takes objects one by one. */
int mf_walk_prepare_ids(struct mf_walk *w, struct mf_err *err) MF_MUST_USE;
int mf_walk_ids(struct mf_worker *k, size_t chunk);

#endif
