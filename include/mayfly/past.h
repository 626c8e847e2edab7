/* SPDX-License-Identifier: Apache-2.0 */
/* What an earlier run has seen of an object database, so that the next one looks only at what is new: the objects that need not be scanned
 * again, and what attribution has read of commits and trees. Holds ids, names of files, dates, lines and columns, nothing of any content but what
 * others add (ids of findings). */
#ifndef MAYFLY_PAST_H
#define MAYFLY_PAST_H

#include <mayfly/repo.h>

struct mf_past;
int mf_past_new(struct mf_past **out, size_t oid_len, unsigned threads, struct mf_err *err) MF_MUST_USE;
void mf_past_free(struct mf_past *p);

/* Takes over what mf_past_write() wrote, once and before anything else. The bytes are borrowed. 1: they are damaged, and nothing of them counts. */
int mf_past_read(struct mf_past *p, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

/* Whether nothing is known at all; whether attribution can go on from what is. */
bool mf_past_empty(const struct mf_past *p);
bool mf_past_has_trail(const struct mf_past *p);

/* An object that thread `at` has scanned and all of which was looked at: it held nothing, or something (`dirty`, a blob). */
int mf_past_add(struct mf_past *p, unsigned at, const struct mf_oid *id, bool dirty, struct mf_err *err) MF_MUST_USE;

/* A candidate of a blob, without anything of its text. Those of one group, an arbitrary number, have everything else in common. */
struct mf_past_cand {
	uint32_t group, line, col, end_line, end_col;
};
/* A blob that held something. The walk lets some be visited again, so many that each group is seen; of the others only this is known. */
struct mf_past_blob {
	struct mf_oid id;
	const struct mf_past_cand *cands;
	size_t n;
	bool held, visited;	/* by the database; again, by the last walk of blobs */
};
size_t mf_past_blobs(const struct mf_past *p, size_t *groups);
struct mf_past_blob mf_past_blob(const struct mf_past *p, size_t i);
/* The blob of this id; SIZE_MAX: none. */
size_t mf_past_blob_find(const struct mf_past *p, const struct mf_oid *id);

/* Keeps for the next run what a blob holds, unless it is one that mf_past_add() was not told of in this run or the last. */
int mf_past_keep(struct mf_past *p, const struct mf_oid *id, const struct mf_past_cand *cands, size_t n, struct mf_err *err) MF_MUST_USE;

/* Bytes that go with the numbers of groups, for who knows what they mean: those that were read, borrowed; those to be written. */
struct mf_str mf_past_extra(const struct mf_past *p);
int mf_past_set_extra(struct mf_past *p, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

/* What is known now, without what the database does not hold any more (the last walk has told). Appends to `out`. */
int mf_past_write(struct mf_buf *out, struct mf_past *p, struct mf_err *err) MF_MUST_USE;

#endif
