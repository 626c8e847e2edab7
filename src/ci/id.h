/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to an identity token, one function each; identity.c chooses among them and judges what they bring. */
#ifndef MAYFLY_CI_ID_H
#define MAYFLY_CI_ID_H

#include <mayfly/identity.h>

/* What a request for a token starts from; all borrowed. */
struct mf_id_ask {
	const struct mf_conf *conf;
	const struct mf_job *job;
	mf_getenv_fn env;
	struct mf_http *http;
	const char *audience;	/* or NULL */
};

/* A bearer token, or another text that outgrows a token, is stopped here while it is read. */
#define MF_ID_TOKEN_MAX (64 * 1024)

int mf_id_github(struct mf_identity *id, const struct mf_id_ask *ask, struct mf_err *err) MF_MUST_USE;
int mf_id_file(struct mf_secret **out, const char *path, struct mf_err *err) MF_MUST_USE;

/* Runs `command` with /bin/sh -c: standard input empty, in a process group of its own, which is killed after
 * `limit_ms` or when *stop (may be NULL) is set. */
int mf_id_command(struct mf_secret **out, const char *command, int64_t limit_ms, const volatile int *stop, struct mf_err *err) MF_MUST_USE;

/* The variable that holds this GitLab instance's token; the caller frees *name. `vars` as environ. */
int mf_id_gitlab_find(char **name, const struct mf_id_ask *ask, char *const *vars, struct mf_err *err) MF_MUST_USE;

/* A copy without the line ends after it. */
struct mf_secret *mf_id_trim(struct mf_str text);

/* "cannot get an identity token for audience 'A'", with the note that nothing happened. Returns -1. */
int mf_id_fail(const struct mf_id_ask *ask, enum mf_error e, struct mf_err *err);

/* MF-CI-01 or MF-CI-02 with what to add to this very job. Return -1. */
int mf_id_none(const struct mf_id_ask *ask, struct mf_err *err);
int mf_id_none_gitlab(const struct mf_id_ask *ask, const char *name, struct mf_err *err);

#endif
