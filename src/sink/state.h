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

/* JSON text. */
int mf_state_write(struct mf_secret **out, const struct mf_state *s, struct mf_err *err) MF_MUST_USE;

/* Parses it; anything unexpected is MF-STATE-03. `from` says where it is, for the message. */
int mf_state_parse(struct mf_state *out, struct mf_str text, const char *from, struct mf_err *err) MF_MUST_USE;

/* Moves all of `from` into `to`. Of a credential that both have (by its token) there is one afterwards, as in `from` and with
 * the leases of both; of a file that both have, one. On failure both stay valid and hold together what they held. */
int mf_state_join(struct mf_state *to, struct mf_state *from, struct mf_err *err) MF_MUST_USE;

/* Takes out of `from` what `s` names, as mf_state_remove(); whether that was anything. */
bool mf_state_subtract(struct mf_state *from, const struct mf_state *s);

/* How many folders may hold this job's state, at least 1, and the path of one of them; the caller frees. NULL when memory is out. */
size_t mf_state_folders(const struct mf_job *job);
char *mf_state_folder(const struct mf_job *job, mf_getenv_fn env, size_t i);

/* state.json in such a folder, under a lock of the folder. read: joins into `to`. add: joins `s` to what is there, making the folder.
 * subtract: *left counts the credentials and files that stay (added to); the folder goes with the last of them. */
int mf_state_file_read(struct mf_state *to, const char *dir, struct mf_err *err) MF_MUST_USE;
int mf_state_file_add(const struct mf_state *s, const char *dir, struct mf_err *err) MF_MUST_USE;
int mf_state_file_subtract(const struct mf_state *s, const char *dir, size_t *left, struct mf_err *err) MF_MUST_USE;

#endif
