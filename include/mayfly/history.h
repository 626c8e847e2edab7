/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in the object database, each object once, in the order in which it costs least: packs are walked by delta family,
 * base first, so that a version is rebuilt by copying and a visitor can look only at what is new in it. */
#ifndef MAYFLY_HISTORY_H
#define MAYFLY_HISTORY_H

#include <mayfly/past.h>

/* A run of an object's bytes: copied from its base at `from`, or new (from == MF_SPAN_NEW). Spans lie in order and without gaps. */
#define MF_SPAN_NEW SIZE_MAX
struct mf_span {
	size_t at, n, from;
};

/* One object, borrowed while visit() runs. */
struct mf_view {
	struct mf_oid id;
	enum mf_otype type;
	const unsigned char *p;
	size_t n;
	const struct mf_span *spans;	/* how it was made from its base; NULL when all of it has to be looked at */
	size_t n_spans;
	const void *base;		/* what visit() kept for the base; NULL with spans == NULL */
	bool wanted;			/* false: seen already (another pack, a state), or another shard's: visited only because versions
					 * that follow are made from it. Keep what they need, report nothing */
	bool last;			/* no version is made from it: nothing has to be kept */
};

/* A pack that is not scanned, or not in whole. */
enum mf_bad_kind {
	MF_BAD_UNREAD,		/* nothing of it is */
	MF_BAD_UNFIT,		/* what its index names is; the two do not fit each other, so that there is more, or something else */
	MF_BAD_FOLDER,		/* no pack but a folder of packs or objects, or what is in it beyond the limit */
};
struct mf_bad_pack {
	enum mf_bad_kind kind;
	char *name;			/* the file's, "pack-1234.pack"; of a folder, its path */
	struct mf_oid id;		/* from its name; zeros when there is none */
	struct mf_err why;
};

/* Those of the second kind. -1 with what `fn` returns other than 0, or MF-BASE-01. */
int mf_packs_unfit(const struct mf_repo *r, int (*fn)(void *ctx, const struct mf_bad_pack *pack), void *ctx, struct mf_err *err) MF_MUST_USE;

/* All calls get the context of their thread. */
struct mf_visitor {
	unsigned types;		/* 1 << MF_OBJ_BLOB | ...: the others are not even inflated */
	/* *keep may be set to what the objects made from this one need; dropped once they are done. -1 ends the walk. */
	int (*visit)(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err);
	void (*drop)(void *ctx, void *keep);
	/* Whether an object is known already (a state file); NULL: none is. Called from several threads. */
	bool (*known)(void *ctx, const struct mf_oid *id);
	/* What an earlier run knows need not be visited either. The walk notes in it what the database holds. NULL: nothing. */
	struct mf_past *past;
	/* An object that cannot be read: `why` is filled; returning 0 goes on, -1 ends the walk with `why`. Called by one thread at a
	 * time. */
	int (*failed)(void *ctx, const struct mf_oid *id, const struct mf_err *why);
	/* The same for packs, once, in shard 0. NULL: they go to failed() with the id in their name. */
	int (*bad_pack)(void *ctx, const struct mf_bad_pack *pack);
};

enum mf_engine { MF_ENGINE_PACK, MF_ENGINE_ODB };	/* ours; libgit2's object database, every object whole */

struct mf_history_opts {
	enum mf_engine engine;
	unsigned threads;	/* 0: as many as there are processors */
	unsigned shard, shards;	/* this part, from 0, of how many; 0 or 1: all. Families are split by bytes, the same way on each machine
				 * that has the same packs */
	size_t max_object;	/* larger objects go to failed() with MF-GIT-07; 0: no limit */
	size_t memory;		/* bytes that buffers of waiting bases may take together; 0: 64 MiB. Beyond it, bases are rebuilt */
	const volatile int *stop;	/* non-zero ends the walk early, with 0 and the statistics so far */
};

/* What the walk did, for the report. */
struct mf_history_stats {
	uint64_t objects[5];	/* visited and wanted, by type */
	uint64_t bytes[5];	/* of these, expanded */
	uint64_t known;		/* skipped since known() said so */
	uint64_t elsewhere;	/* left to other shards */
	uint64_t failed;
	uint64_t packs, loose;
	bool fell_back;		/* the pack engine gave up on a pack and libgit2 served it */
};

/* Visits each object once, whatever number of packs, alternates and loose files hold it. `ctxs` has one context for each thread
 * (mf_history_threads(opts) of them). Damage goes to failed() and never ends the walk by itself. */
unsigned mf_history_threads(const struct mf_history_opts *opts);
int mf_history_walk(const struct mf_repo *r, const struct mf_history_opts *opts, const struct mf_visitor *visitor, void *const *ctxs,
		    struct mf_history_stats *stats, struct mf_err *err) MF_MUST_USE;

#endif
