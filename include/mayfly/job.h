/* SPDX-License-Identifier: Apache-2.0 */
/* Which CI runs us, for which event, and where it wants its files. Facts from the environment, no requests. */
#ifndef MAYFLY_JOB_H
#define MAYFLY_JOB_H

#include <mayfly/err.h>

enum mf_ci { MF_CI_LOCAL, MF_CI_GITHUB, MF_CI_GITLAB, MF_CI_OTHER };

/* Every string is owned by the job, or NULL when the CI does not say. */
struct mf_job {
	enum mf_ci ci;
	enum mf_ci rules;	/* whose rules a prediction follows: `ci` itself; on a laptop the CI that the remote or the checkout points to */
	char *server_url;	/* https://github.com, the GHES host, the GitLab instance; local: from the remote's URL */
	char *repository;	/* owner/name, group/sub/project */
	char *repository_id, *owner_id;
	char *ref;		/* refs/heads/main, refs/pull/7/merge, refs/tags/v1 */
	char *sha;
	char *event;		/* push, pull_request, ...; GitLab: CI_PIPELINE_SOURCE */
	char *environment;	/* GitLab: CI_ENVIRONMENT_NAME; GitHub does not tell (the claim does) */
	char *job_name, *run_id, *run_attempt;	/* GitLab: run_id is the pipeline's id */
	char *job_id;		/* GitLab: CI_JOB_ID; NULL elsewhere */
	/* the commits that this event brings, as the CI says it; NULL where it does not, and for what has no before: a new branch, a tag, a schedule */
	char *range_from, *range_to;
	char *range_lost;	/* why the event's file could not be read; NULL: it could, or says nothing of a range */
	char *range_why;	/* "pull request #7", "push to main", "merge request !3" */
	char *fork;		/* the head repository when this is a pull or merge request from a fork */
	char *temp_dir;		/* RUNNER_TEMP; GitLab: a folder outside CI_PROJECT_DIR; else TMPDIR or /tmp */
	char *state_dirs[3];	/* where the saved state may be, best first, NULL after the last; none: temp_dir */
	char *workspace;	/* the checkout */
	/* GitHub's files; NULL elsewhere */
	char *env_file, *output_file, *state_file, *summary_file;
	bool debug;		/* RUNNER_DEBUG=1, CI_DEBUG_TRACE */
	bool action;		/* started by our action.yml, so that a post step will follow with our state */
};

/* `getenv_fn` is getenv, or a test's. */
typedef const char *(*mf_getenv_fn)(const char *name);

/* Fills a job from the environment: no request, no repository is opened, and of files only GitHub's event file is read, for
 * pull requests. What the CI leaves out stays NULL. Fails only when memory is out. */
int mf_job_detect(struct mf_job *out, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* Adds what the checkout in or above `dir` says to a job outside a CI: server and repository from the remote 'origin', the
 * branch from HEAD, the CI from the host's name or the files in the checkout. Only files are read (the configuration by libgit2) and nothing is
 * run; a folder without a repository, or with one that cannot be read, adds nothing. Fields that are set stay. For dry runs. */
int mf_job_fill_local(struct mf_job *job, const char *dir, struct mf_err *err) MF_MUST_USE;

/* Takes from the JSON of a GitHub event (GITHUB_EVENT_PATH) the range of commits (of a pull request, a push, a merge group), and the head
 * repository of a fork: sets job->fork when the pull request's head is not job->repository. MF-CI-09 when the JSON has another shape. */
int mf_job_read_event(struct mf_job *job, struct mf_str json, struct mf_err *err) MF_MUST_USE;

/* Splits a git remote's URL (https://, ssh://, git://, user@host:path) into "https://host" and "owner/name". User names and
 * passwords in it are dropped. False when it has no host or no path, as with a local folder; the outputs are untouched then. */
bool mf_job_remote(char **server_url, char **repository, struct mf_str remote);

void mf_job_free(struct mf_job *job);	/* zeroes it */
const char *mf_ci_name(enum mf_ci ci);	/* "GitHub Actions", "GitLab CI", ... */

#endif
