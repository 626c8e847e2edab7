/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of the job has to undo: tokens, leases, files. Carried from the main step to the post step: in GITHUB_STATE for
 * our action, else in a 0600 file in a 0700 folder outside the checkout. */
#ifndef MAYFLY_STATE_H
#define MAYFLY_STATE_H

#include <mayfly/job.h>
#include <mayfly/secret.h>

struct mf_state_cred {
	char *provider, *url, *ns;
	char *ca_file, *client_cert, *client_key;	/* how the main step connected, or NULL */
	char *ca_pem;
	bool skip_verify, allow_http;
	struct mf_secret *token;
	char *accessor;
	int64_t expires;
	bool batch, unlimited;
	bool ours;			/* false: only its leases are to be ended */
	char **leases;
	size_t n_leases;
};

struct mf_state {
	struct mf_state_cred *creds;
	size_t n_creds;
	char **files;
	size_t n_files;
};
void mf_state_cred_free(struct mf_state_cred *c);	/* frees what it holds and zeroes it */
void mf_state_free(struct mf_state *s);

/* Writes the state so that a later step finds it. Called right after a credential exists, and again when leases and files are
 * known (the later one counts). */
int mf_state_save(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* Reads what was saved; an empty state when there is nothing. The stored copy is gone after mf_state_drop. */
int mf_state_load(struct mf_state *out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_state_drop(const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

#endif
