/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: what an earlier run has seen under the same rules (past.h). */
#ifndef MAYFLY_CMD_SCAN_STATE_H
#define MAYFLY_CMD_SCAN_STATE_H

#include "scan.h"

/* In the parent: reads and checks it, MF-SCAN-06 when others can write it. A file that is missing, damaged, foreign or whose authentication
 * fails leaves s->state_text empty, with a note for the user. */
int mf_scan_state_read(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;
/* Adds the authentication to what the child wrote and puts it into place. */
int mf_scan_state_commit(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;

/* In the child: what the file says, as far as it is of the same rules and limits; else nothing, with a note. */
int mf_scan_past(struct mf_past **out, struct mf_child *c, size_t oid_len, struct mf_err *err) MF_MUST_USE;
/* Writes what is known now to s->state_fd. */
int mf_scan_past_write(const struct mf_child *c, struct mf_past *p, size_t oid_len, struct mf_err *err) MF_MUST_USE;

#endif
