/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of ci/ that fill a job share. */
#ifndef MAYFLY_CI_CI_H
#define MAYFLY_CI_CI_H

#include <mayfly/job.h>

/* GitHub's event file grows with the pull request's text, which has its own limits far below this. */
#define MF_EVENT_MAX (8 * 1024 * 1024)

/* Copies a variable's value; an empty one counts as not set. MF-BASE-01 when memory is out. */
int mf_job_copy(char **out, mf_getenv_fn env, const char *name, struct mf_err *err) MF_MUST_USE;

/* Sets *out to prefix + text, unless it is set or text is NULL. */
int mf_job_join(char **out, const char *prefix, const char *text, struct mf_err *err) MF_MUST_USE;

/* Adds a folder where the saved state may be, unless it is no absolute path or there already. */
int mf_job_state_dir(struct mf_job *job, const char *path, struct mf_err *err) MF_MUST_USE;

/* "true", "1", "yes", any case. */
bool mf_job_true(const char *value);

/* The range of commits that an event brings: `from` and `to` are ids of commits, all zeros or anything else counts as none;
 * `why` says what it is the range of. */
int mf_job_range(struct mf_job *job, struct mf_str from, struct mf_str to, const char *why, struct mf_err *err) MF_MUST_USE;

int mf_job_github(struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_job_gitlab(struct mf_job *job, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* A list of (where to, which variable) pairs. */
struct mf_job_fact {
	char **to;
	const char *name;
};
int mf_job_facts(const struct mf_job_fact *facts, size_t n, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

#endif
