/* SPDX-License-Identifier: Apache-2.0 */
/* The saved state: its text, and the file that holds it where the CI has no place for it. */
#ifndef MAYFLY_SINK_STATE_H
#define MAYFLY_SINK_STATE_H

#include <mayfly/reveal.h>
#include <mayfly/state.h>

/* GITHUB_STATE becomes a variable of the post step, so the text has to stay well below 128 KiB. */
#define MF_STATE_TEXT_MAX ((size_t)96 << 10)
#define MF_STATE_FILE_MAX ((size_t)1 << 20)
#define MF_STATE_MAX_LIST 10000

/* JSON text. With `leases` false the leases are left out (a token's end is theirs too). */
int mf_state_write(struct mf_secret **out, const struct mf_state *s, bool leases, struct mf_err *err) MF_MUST_USE;

/* Parses it; anything unexpected is MF-STATE-03. `from` says where it is, for the message. */
int mf_state_parse(struct mf_state *out, struct mf_str text, const char *from, struct mf_err *err) MF_MUST_USE;

/* The folder of this job's state file; the caller frees. NULL when memory is out. */
char *mf_state_folder(const struct mf_job *job, mf_getenv_fn env);

/* state.json in that folder. read: *out NULL when there is none. drop: wipes it and removes the folder. */
int mf_state_file_save(const struct mf_secret *text, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_state_file_read(struct mf_secret **out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_state_file_drop(const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

#endif
