/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of the job has to undo: tokens, leases, files. Carried from the main step to the post step: in GITHUB_STATE for
 * our action, else in a 0600 file in a 0700 folder outside the checkout. */
#ifndef MAYFLY_STATE_H
#define MAYFLY_STATE_H

#include <mayfly/job.h>
#include <mayfly/secret.h>

struct mf_state_cred {
	char *provider, *url, *ns;
	/* how the main step connected: all that the end needs, since it may have neither our inputs nor our environment */
	char *ca_file, *client_cert, *client_key;	/* whole paths, or NULL */
	char *ca_pem;
	struct mf_secret *client_cert_pem, *client_key_pem;
	struct mf_secret *headers;	/* "Name: value" lines for every request, or NULL */
	char **redirect_to;
	size_t n_redirect_to;
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

/* Adds `s`, all that this run has to undo, to what other runs of the job have saved. Called right after a credential exists, and
 * again when leases and files are known: a credential with the same token is replaced, and keeps the leases it had. Safe
 * against other runs at the same time. MF-STATE-01. */
int mf_state_save(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* Reads what all runs of the job have saved, from every place where it may be; an empty state when there is nothing. When a place
 * cannot be read it is -1 and err has the first reason, and *out holds what the other places have: free it in both cases. */
int mf_state_load(struct mf_state *out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* Takes `s` out of what is saved, since it has been undone: credentials by their token (one that is not ours loses the leases that
 * `s` names, and goes with its last), files by their path. *left, which may be NULL, counts what stays in files. Goes on
 * after a failure and reports the first. */
int mf_state_remove(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, size_t *left, struct mf_err *err) MF_MUST_USE;

#endif
