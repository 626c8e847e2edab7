/* SPDX-License-Identifier: Apache-2.0 */
/* Which CI runs us: the dispatch by its marker variable, and what all CIs have in common. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include "ci.h"

int mf_job_copy(char **out, mf_getenv_fn env, const char *name, struct mf_err *err)
{
	const char *value = env(name);
	char *copy;

	if (!value || !*value)
		return 0;
	copy = mf_strdup(value);
	if (!copy)
		return mf_fail_nomem(err);
	free(*out);
	*out = copy;
	return 0;
}

int mf_job_facts(const struct mf_job_fact *facts, size_t n, mf_getenv_fn env, struct mf_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (mf_job_copy(facts[i].to, env, facts[i].name, err))
			return -1;
	return 0;
}

int mf_job_join(char **out, const char *prefix, const char *text, struct mf_err *err)
{
	size_t n;
	char *s;

	if (*out || !text || !*text)
		return 0;
	n = strlen(prefix) + strlen(text) + 1;
	s = mf_calloc(n, 1);
	if (!s)
		return mf_fail_nomem(err);
	snprintf(s, n, "%s%s", prefix, text);
	*out = s;
	return 0;
}

/* A whole id of a commit, and not the one of zeros that stands for none. */
static bool is_commit(struct mf_str s)
{
	bool zeros = true;

	if (s.n != 40 && s.n != 64)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!strchr("0123456789abcdef", s.p[i]) || !s.p[i])
			return false;
		zeros = zeros && s.p[i] == '0';
	}
	return !zeros;
}

int mf_job_range(struct mf_job *job, struct mf_str from, struct mf_str to, const char *why, struct mf_err *err)
{
	if (!is_commit(from) || !is_commit(to) || job->range_from)
		return 0;
	job->range_from = mf_strndup(from.p, from.n);
	job->range_to = mf_strndup(to.p, to.n);
	job->range_why = mf_strdup(why);
	return job->range_from && job->range_to && job->range_why ? 0 : mf_fail_nomem(err);
}

bool mf_job_true(const char *value)
{
	return value && (strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 || strcmp(value, "1") == 0);
}

static enum mf_ci which(mf_getenv_fn env)
{
	if (mf_job_true(env("GITHUB_ACTIONS")))
		return MF_CI_GITHUB;
	if (mf_job_true(env("GITLAB_CI")))
		return MF_CI_GITLAB;
	if (mf_job_true(env("CI")) || mf_job_true(env("TF_BUILD")) || env("JENKINS_URL"))
		return MF_CI_OTHER;
	return MF_CI_LOCAL;
}

/* A place for files that no CI named: other CIs' variables differ too much to guess. */
static int any_temp(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	if (mf_job_join(&job->temp_dir, "", env("TMPDIR"), err))
		return -1;
	return mf_job_join(&job->temp_dir, "", "/tmp", err);
}

int mf_job_state_dir(struct mf_job *job, const char *path, struct mf_err *err)
{
	size_t i = 0;

	if (!path || *path != '/')
		return 0;
	for (; i < MF_COUNT(job->state_dirs) && job->state_dirs[i]; i++)
		if (strcmp(job->state_dirs[i], path) == 0)
			return 0;
	return i < MF_COUNT(job->state_dirs) ? mf_job_join(&job->state_dirs[i], "", path, err) : 0;
}

/* TMPDIR comes last: it may be set in one step and not in the next. */
static int any_state_dirs(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	return mf_job_state_dir(job, env("XDG_RUNTIME_DIR"), err) || mf_job_state_dir(job, "/tmp", err) ||
		mf_job_state_dir(job, env("TMPDIR"), err) ? -1 : 0;
}

int mf_job_detect(struct mf_job *out, mf_getenv_fn env, struct mf_err *err)
{
	struct mf_job job = { .ci = which(env) };
	int rc = 0;

	job.rules = job.ci;
	if (job.ci == MF_CI_GITHUB)
		rc = mf_job_github(&job, env, err);
	else if (job.ci == MF_CI_GITLAB)
		rc = mf_job_gitlab(&job, env, err);
	else
		rc = any_state_dirs(&job, env, err);
	if (rc == 0)
		rc = any_temp(&job, env, err);
	if (rc) {
		mf_job_free(&job);
		return -1;
	}
	*out = job;
	return 0;
}

void mf_job_free(struct mf_job *job)
{
	if (!job)
		return;
	free(job->server_url);
	free(job->repository);
	free(job->repository_id);
	free(job->owner_id);
	free(job->ref);
	free(job->sha);
	free(job->event);
	free(job->environment);
	free(job->job_name);
	free(job->run_id);
	free(job->run_attempt);
	free(job->job_id);
	free(job->range_from);
	free(job->range_to);
	free(job->range_why);
	free(job->range_lost);
	free(job->fork);
	free(job->temp_dir);
	for (size_t i = 0; i < MF_COUNT(job->state_dirs); i++)
		free(job->state_dirs[i]);
	free(job->workspace);
	free(job->env_file);
	free(job->output_file);
	free(job->state_file);
	free(job->summary_file);
	*job = (struct mf_job){ 0 };
}

const char *mf_ci_name(enum mf_ci ci)
{
	switch (ci) {
	case MF_CI_LOCAL:
		return "this machine";
	case MF_CI_GITHUB:
		return "GitHub Actions";
	case MF_CI_GITLAB:
		return "GitLab CI";
	case MF_CI_OTHER:
		return "this CI";
	}
	return "this CI";
}
