/* SPDX-License-Identifier: Apache-2.0 */
/* What an earlier run has seen of an object database, so that the next one looks only at what is new: the objects that need not be scanned
 * again, and what attribution has read of commits and trees. Holds ids, names of files and dates, nothing of any content. */
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

/* An object that thread `at` has scanned, and that held nothing. */
int mf_past_add(struct mf_past *p, unsigned at, const struct mf_oid *id, struct mf_err *err) MF_MUST_USE;

/* What is known now, without what the database does not hold any more (the last walk has told). Appends to `out`. */
int mf_past_write(struct mf_buf *out, struct mf_past *p, struct mf_err *err) MF_MUST_USE;

#endif
