/* SPDX-License-Identifier: Apache-2.0 */
/* A GitHub Actions job: github.com, a server of one's own, or a company's subdomain of ghe.com.
 * Source: docs.github.com, "Variables reference" and "Webhook events and payloads". */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/json.h>
#include <mayfly/text.h>
#include "ci.h"

static int bad_event(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_CI_EVENT, "cannot tell from the event file whether this is a fork");
	mf_err_why(err, "%s", why);
	return -1;
}

/* Null for a head whose repository was deleted: then it cannot be this one. */
static int head_name(struct mf_str *out, const struct mf_json *doc, struct mf_err *err)
{
	const struct mf_jnode *head = mf_json_pointer(mf_json_root(doc), mf_str("/pull_request/head"));
	const struct mf_jnode *repo = mf_json_get_z(head, "repo");
	const struct mf_jnode *name = mf_json_get_z(repo, "full_name");

	if (!head || mf_json_type(head) != MF_J_OBJECT || !repo)
		return bad_event(err, "it has no 'pull_request.head.repo'");
	if (mf_json_type(repo) == MF_J_NULL) {
		*out = mf_str("a deleted repository");
		return 0;
	}
	if (!name || mf_json_type(name) != MF_J_STRING)
		return bad_event(err, "'pull_request.head.repo.full_name' is no text");
	*out = mf_json_text(doc, name);
	if (out->n == 0 || out->n > 256 || memchr(out->p, '\0', out->n))
		return bad_event(err, "'pull_request.head.repo.full_name' is no repository's name");
	return 0;
}

static struct mf_str text_at(const struct mf_json *doc, const char *pointer)
{
	const struct mf_jnode *n = mf_json_pointer(mf_json_root(doc), mf_str(pointer));

	return n && mf_json_type(n) != MF_J_NULL ? mf_json_text(doc, n) : (struct mf_str){ NULL, 0 };
}

/* Of a pull request the checkout is the merge commit, whose second parent is the head: both reach what the request brings.
 * Source: docs.github.com, "Webhook events and payloads". */
static int read_range(struct mf_job *job, const struct mf_json *doc, struct mf_err *err)
{
	const struct mf_str number = text_at(doc, "/number"), to = mf_str(job->sha);
	char why[160];

	if (mf_json_get_z(mf_json_root(doc), "pull_request")) {
		snprintf(why, sizeof(why), "pull request%s%.*s", number.n ? " #" : "", (int)(number.n > 20 ? 20 : number.n), number.p ? number.p : "");
		/* pull_request_target checks the base out: there the head is the only place where the change is */
		return mf_job_range(job, text_at(doc, "/pull_request/base/sha"),
				    mf_same_text(job->event, "pull_request_target") ? text_at(doc, "/pull_request/head/sha") : to, why, err);
	}
	if (mf_json_get_z(mf_json_root(doc), "merge_group"))
		return mf_job_range(job, text_at(doc, "/merge_group/base_sha"), text_at(doc, "/merge_group/head_sha"), "merge group", err);
	snprintf(why, sizeof(why), "push to %.100s", job->ref ? job->ref : "this branch");
	return mf_job_range(job, text_at(doc, "/before"), text_at(doc, "/after"), why, err);
}

int mf_job_read_event(struct mf_job *job, struct mf_str json, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_str head;
	char *copy;

	if (json.n > MF_EVENT_MAX)
		return bad_event(err, "it is larger than 8 MiB");
	if (mf_json_parse(&doc, json.p, json.n, err)) {
		mf_err_wrap(err, "event file");
		return -1;
	}
	if (read_range(job, doc, err))
		return -1;
	/* push, schedule and the rest cannot come from a fork */
	if (!mf_json_get_z(mf_json_root(doc), "pull_request") || (job->event && strncmp(job->event, "pull_request", strlen("pull_request")) != 0))
		return 0;
	if (head_name(&head, doc, err))
		return -1;
	if (job->repository && mf_str_is(head, job->repository))
		return 0;
	copy = mf_strndup(head.p, head.n);
	if (!copy)
		return mf_fail_nomem(err);
	free(job->fork);
	job->fork = copy;
	return 0;
}

/* "the event's file '/path' cannot be read: No such file or directory" */
static int keep_lost(struct mf_job *job, const char *path, const struct mf_err *why, struct mf_err *err)
{
	char text[400];

	snprintf(text, sizeof(text), "the event's file '%.200s' cannot be used: %.150s", path, why->why[0] ? why->why : why->what);
	mf_text_clean(text, false);
	job->range_lost = mf_strdup(text);
	return job->range_lost ? 0 : mf_fail_nomem(err);
}

/* A broken event file must not break a job that needs nothing from it: the fork and the range stay unknown. */
static int read_event(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const char *path = env("GITHUB_EVENT_PATH");
	struct mf_buf text = MF_BUF(MF_EVENT_MAX);
	int rc;

	if (!path || !*path || !job->event || (strncmp(job->event, "pull_request", strlen("pull_request")) != 0 &&
					       strcmp(job->event, "push") != 0 && strcmp(job->event, "merge_group") != 0))
		return 0;
	rc = mf_fs_read(&text, path, err);
	if (rc == 0)
		rc = mf_job_read_event(job, (struct mf_str){ .p = mf_buf_text(&text), .n = text.n }, err);
	mf_buf_free(&text);
	if (rc && err->code != MF_BUG)
		rc = keep_lost(job, path, err, err);
	return rc;
}

int mf_job_github(struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const struct mf_job_fact facts[] = {
		{ &job->server_url, "GITHUB_SERVER_URL" },
		{ &job->repository, "GITHUB_REPOSITORY" },
		{ &job->repository_id, "GITHUB_REPOSITORY_ID" },
		{ &job->owner_id, "GITHUB_REPOSITORY_OWNER_ID" },
		{ &job->ref, "GITHUB_REF" },
		{ &job->sha, "GITHUB_SHA" },
		{ &job->event, "GITHUB_EVENT_NAME" },
		{ &job->job_name, "GITHUB_JOB" },
		{ &job->run_id, "GITHUB_RUN_ID" },
		{ &job->run_attempt, "GITHUB_RUN_ATTEMPT" },
		{ &job->temp_dir, "RUNNER_TEMP" },
		{ &job->workspace, "GITHUB_WORKSPACE" },
		{ &job->env_file, "GITHUB_ENV" },
		{ &job->output_file, "GITHUB_OUTPUT" },
		{ &job->state_file, "GITHUB_STATE" },
		{ &job->summary_file, "GITHUB_STEP_SUMMARY" },
	};

	if (mf_job_facts(facts, MF_COUNT(facts), env, err) ||
	    mf_job_join(&job->server_url, "", "https://github.com", err))
		return -1;
	job->debug = mf_job_true(env("RUNNER_DEBUG"));
	job->action = mf_job_true(env("MAYFLY_ACTION"));
	return read_event(job, env, err);
}
