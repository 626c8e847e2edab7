/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: ids of objects that were scanned under the same rules and held nothing. What held something is not in it, and is scanned
 * and reported again. */
#ifndef MAYFLY_CMD_SCAN_STATE_H
#define MAYFLY_CMD_SCAN_STATE_H

#include "scan.h"

/* In the parent: reads and checks it, MF-SCAN-06 when others can write it. A file that is missing, damaged, foreign or whose authentication
 * fails leaves s->state_text empty, with a note for the user. */
int mf_scan_state_read(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;
/* Adds the authentication to what the child wrote and puts it into place. */
int mf_scan_state_commit(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;

/* In the child. `digest` names the rules and all that changes a result. */
struct mf_known;
int mf_known_new(struct mf_known **out, struct mf_child *c, size_t oid_len, struct mf_err *err) MF_MUST_USE;
void mf_known_free(struct mf_known *k);
bool mf_known_has(const struct mf_known *k, const struct mf_oid *id);
/* An object that was scanned by thread `at` and held nothing. */
int mf_known_add(struct mf_known *k, unsigned at, const struct mf_oid *id, struct mf_err *err) MF_MUST_USE;
/* Writes what was known and what was added to s->state_fd. */
int mf_known_write(struct mf_known *k, struct mf_err *err) MF_MUST_USE;

#endif
