/* SPDX-License-Identifier: Apache-2.0 */
/* No identity: what this very job lacks, and the lines that give it one. */
#include <stdio.h>
#include <unistd.h>

#include "id.h"

#define NOTHING_HAPPENED "no credential was requested and nothing was exported"

/* A YAML scalar: as it is where that is safe, else in double quotes. Cut when it is longer than the room. */
static const char *yaml(char *out, size_t size, const char *text)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@-";
	size_t n = strlen(text), at = 0;

	if (n && n < size && strspn(text, safe) == n && text[n - 1] != ':' && text[0] != '-' && text[0] != '@' && text[0] != ':') {
		memcpy(out, text, n + 1);
		return out;
	}
	out[at++] = '"';
	for (; *text && at + 4 < size; text++) {
		if (*text == '"' || *text == '\\')
			out[at++] = '\\';
		out[at++] = *text;
	}
	out[at++] = '"';
	out[at] = '\0';
	return out;
}

/* "o/r/.github/workflows/deploy.yml@refs/heads/main" -> ".github/workflows/deploy.yml" */
static const char *workflow_file(char *out, size_t size, mf_getenv_fn env)
{
	const char *ref = env("GITHUB_WORKFLOW_REF");
	const char *file = ref ? strstr(ref, "/.github/") : NULL;
	const char *at = file ? strchr(file, '@') : NULL;

	if (!at || (size_t)(at - file) > size)
		return "the workflow";
	snprintf(out, size, "%.*s", (int)(at - file - 1), file + 1);
	return out;
}

/* The runner's folders are not there: a container that a step started by itself, which sees only what it was given. */
static bool started_apart(const struct mf_job *job)
{
	return job->workspace && access(job->workspace, F_OK) != 0;
}

/* Only these two events run without a token of the base repository's. */
static bool fork_without_token(const struct mf_job *job)
{
	return job->fork && job->event && (strcmp(job->event, "pull_request") == 0 ||
		strcmp(job->event, "pull_request_review") == 0 || strcmp(job->event, "pull_request_review_comment") == 0);
}

static int github_fork(const struct mf_id_ask *ask, struct mf_err *err)
{
	mf_id_fail(ask, MF_E_CI_FORK, err);
	mf_err_why(err, "this is a pull request from fork '%s': GitHub never gives those a token, whatever the permissions",
		   ask->job->fork);
	mf_err_hint(err, "let such jobs pass without secrets:  on-no-identity: skip");
	mf_err_note(err, "the same job has an identity when it runs for a branch of '%s'; " NOTHING_HAPPENED,
		    ask->job->repository ? ask->job->repository : "the repository");
	mf_err_advice(err, "# .mayfly.yml\non-no-identity: skip\n");
	return -1;
}

static int github(const struct mf_id_ask *ask, struct mf_err *err)
{
	const char *job = ask->job->job_name ? ask->job->job_name : "JOB";
	const char *missing = ask->env("ACTIONS_ID_TOKEN_REQUEST_URL");
	char file[256], key[128];
	const char *where = workflow_file(file, sizeof file, ask->env);

	mf_id_fail(ask, MF_E_CI_NO_IDENTITY, err);
	mf_err_why(err, "%s is not set in this job", missing && *missing ? "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
									   : "ACTIONS_ID_TOKEN_REQUEST_URL");
	mf_err_hint(err, "add to job '%s' in %s:  permissions: { id-token: write, contents: read }", job, where);
	mf_err_note(err, "%s%s", started_apart(ask->job) ?
		    "in a container that a step starts by itself, pass both on: docker run -e ACTIONS_ID_TOKEN_REQUEST_URL "
		    "-e ACTIONS_ID_TOKEN_REQUEST_TOKEN; " : "", NOTHING_HAPPENED);
	mf_err_advice(err,
		"# %s (of a reusable workflow, also the job that calls it)\n"
		"jobs:\n"
		"  %s:\n"
		"    permissions:\n"
		"      id-token: write\n"
		"      contents: read\n", where, yaml(key, sizeof key, job));
	return -1;
}

int mf_id_none_gitlab(const struct mf_id_ask *ask, const char *name, struct mf_err *err)
{
	const char *job = ask->job->job_name ? ask->job->job_name : "JOB";
	const char *file = ask->env("CI_CONFIG_PATH");
	char key[256], aud[512];

	mf_id_fail(ask, MF_E_CI_NO_IDENTITY, err);
	if (name)
		mf_err_why(err, "variable '%s' is not set in this job", name);
	else
		mf_err_why(err, "no variable of this job holds a token of '%s'",
			   ask->job->server_url ? ask->job->server_url : "this GitLab");
	mf_err_hint(err, "add id_tokens to job '%s'", job);
	mf_err_advice(err,
		"# %s\n"
		"%s:\n"
		"  id_tokens:\n"
		"    %s:\n"
		"      aud: %s\n", file && *file ? file : ".gitlab-ci.yml", yaml(key, sizeof key, job),
		name ? name : "VAULT_ID_TOKEN",
		yaml(aud, sizeof aud, ask->audience ? ask->audience : "https://vault.example.com"));
	return -1;
}

/* CIs that can say who the job is, each in its own way. */
static const struct {
	const char *marker, *name, *hint;
} others[] = {
	{ "CIRCLECI", "CircleCI", "--token-env CIRCLE_OIDC_TOKEN_V2, or for an audience of your own  "
	  "--token-command 'circleci run oidc get --claims \"{\\\"aud\\\": \\\"AUDIENCE\\\"}\"'" },
	{ "BUILDKITE", "Buildkite", "--token-command 'buildkite-agent oidc request-token --audience AUDIENCE'" },
	{ "JENKINS_URL", "Jenkins", "bind an OpenID Connect id token credential to a variable and name it:  --token-env NAME" },
};

static int elsewhere(const struct mf_id_ask *ask, struct mf_err *err)
{
	mf_id_fail(ask, MF_E_CI_NO_IDENTITY, err);
	if (ask->job->ci == MF_CI_LOCAL) {
		mf_err_why(err, "this is no CI job, and no token was handed over");
		mf_err_hint(err, "to see what the CI job would ask for:  mayfly run --dry-run");
		return -1;
	}
	for (size_t i = 0; i < MF_COUNT(others); i++) {
		const char *set = ask->env(others[i].marker);

		if (!set || !*set)
			continue;
		mf_err_why(err, "%s hands its token over only when it is asked to", others[i].name);
		mf_err_hint(err, "%s", others[i].hint);
		return -1;
	}
	mf_err_why(err, "mayfly does not know how this CI hands out identity tokens");
	mf_err_hint(err, "say where the token is:  --token-env NAME, --token-file FILE or --token-command COMMAND");
	return -1;
}

int mf_id_none(const struct mf_id_ask *ask, struct mf_err *err)
{
	if (ask->job->ci == MF_CI_GITHUB)
		return fork_without_token(ask->job) ? github_fork(ask, err) : github(ask, err);
	if (ask->job->ci == MF_CI_GITLAB)
		return mf_id_none_gitlab(ask, NULL, err);
	return elsewhere(ask, err);
}
