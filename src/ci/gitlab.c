/* SPDX-License-Identifier: Apache-2.0 */
/* A GitLab CI job. Source: docs.gitlab.com, "Predefined CI/CD variables reference". */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include "ci.h"

static bool usable_dir(const char *path)
{
	struct stat st;

	return path && *path == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) && access(path, W_OK | X_OK) == 0;
}

static bool inside(const char *path, const char *dir)
{
	size_t n = dir && path ? strlen(dir) : 0;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	return n && strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* after_script may run in another container, which shares only the builds folder with the first: so a folder
 * there, beside the checkout, before /tmp. Nothing inside the checkout: caches and artifacts are taken from there.
 * The state is looked for in each of them, whether it is there now or not, and never in TMPDIR: what a script sets,
 * after_script does not have. */
static int find_temp(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const char *project = job->workspace;
	char beside[4096] = "";
	const char *candidates[] = { beside, env("CI_BUILDS_DIR"), env("TMPDIR"), "/tmp" };
	int rc = 0;

	if (project && (size_t)snprintf(beside, sizeof beside, "%s.tmp", project) >= sizeof beside)
		beside[0] = '\0';
	for (size_t i = 0; i < MF_COUNT(candidates) && rc == 0; i++) {
		if (inside(candidates[i], project))
			continue;
		if (usable_dir(candidates[i]))
			rc = mf_job_join(&job->temp_dir, "", candidates[i], err);
		if (rc == 0 && i != 2)
			rc = mf_job_state_dir(job, candidates[i], err);
	}
	return rc;
}

/* Pipelines of a merge request carry both projects' names, whichever of the two they run in. */
static int find_fork(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const char *source = env("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH");
	const char *target = env("CI_MERGE_REQUEST_PROJECT_PATH");

	if (!target || !*target)
		target = job->repository;
	if (!source || !*source || !target || strcmp(source, target) == 0)
		return 0;
	return mf_job_join(&job->fork, "", source, err);
}

static int find_ref(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	if (mf_job_join(&job->ref, "refs/tags/", env("CI_COMMIT_TAG"), err))
		return -1;
	return mf_job_join(&job->ref, "refs/heads/", env("CI_COMMIT_REF_NAME"), err);
}

/* A merge request's pipeline has no "before" of its own; CI_MERGE_REQUEST_DIFF_BASE_SHA is where the source branch began. */
static int find_range(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const char *base = env("CI_MERGE_REQUEST_DIFF_BASE_SHA"), *number = env("CI_MERGE_REQUEST_IID"), *before = env("CI_COMMIT_BEFORE_SHA");
	char why[160];

	if (base && *base) {
		snprintf(why, sizeof(why), "merge request !%.20s", number ? number : "");
		return mf_job_range(job, mf_str(base), mf_str(job->sha), why, err);
	}
	if (job->event && strcmp(job->event, "external_pull_request_event") == 0) {
		const char *target = env("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA"), *source = env("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA");

		number = env("CI_EXTERNAL_PULL_REQUEST_IID");
		snprintf(why, sizeof(why), "pull request #%.20s", number ? number : "");
		return mf_job_range(job, mf_str(target ? target : ""), mf_str(source && *source ? source : job->sha ? job->sha : ""), why, err);
	}
	if (!job->event || strcmp(job->event, "push") != 0)
		return 0;
	snprintf(why, sizeof(why), "push to %.100s", job->ref ? job->ref : "this branch");
	return mf_job_range(job, mf_str(before), mf_str(job->sha), why, err);
}

int mf_job_gitlab(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const struct mf_job_fact facts[] = {
		{ &job->server_url, "CI_SERVER_URL" },
		{ &job->repository, "CI_PROJECT_PATH" },
		{ &job->repository_id, "CI_PROJECT_ID" },
		{ &job->owner_id, "CI_PROJECT_NAMESPACE_ID" },
		{ &job->sha, "CI_COMMIT_SHA" },
		{ &job->event, "CI_PIPELINE_SOURCE" },
		{ &job->environment, "CI_ENVIRONMENT_NAME" },
		{ &job->job_name, "CI_JOB_NAME" },
		{ &job->run_id, "CI_PIPELINE_ID" },
		{ &job->job_id, "CI_JOB_ID" },
		{ &job->workspace, "CI_PROJECT_DIR" },
	};

	if (mf_job_facts(facts, MF_COUNT(facts), env, err) ||
	    mf_job_join(&job->server_url, "", "https://gitlab.com", err) ||
	    find_ref(job, env, err) || find_range(job, env, err) || find_fork(job, env, err) || find_temp(job, env, err))
		return -1;
	job->debug = mf_job_true(env("CI_DEBUG_TRACE"));
	return 0;
}
