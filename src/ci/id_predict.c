/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer and subject that this job's token will carry by the CI's default rules.
 * Source: docs.github.com, "OpenID Connect reference"; docs.gitlab.com, "OpenID Connect (OIDC) Authentication Using ID Tokens". */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include "id.h"

static const char *after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text && strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* Appends, with ':' as %3A when `escape`: GitHub does so with values, so that the parts can be told apart. */
static void add(char *out, size_t size, const char *text, bool escape)
{
	size_t n = strlen(out);

	for (; *text; text++) {
		const char one[2] = { *text, '\0' };
		const char *piece = escape && *text == ':' ? "%3A" : one;
		size_t len = strlen(piece);

		if (n + len + 1 > size)
			return;
		memcpy(out + n, piece, len + 1);
		n += len;
	}
}

static void github_repository(char *out, size_t size, const struct mf_job *job, bool immutable)
{
	const char *slash = strchr(job->repository, '/');
	char owner[256];

	if (!immutable || !slash || (size_t)(slash - job->repository) >= sizeof owner) {
		add(out, size, job->repository, false);
		return;
	}
	snprintf(owner, sizeof owner, "%.*s", (int)(slash - job->repository), job->repository);
	add(out, size, owner, false);
	add(out, size, "@", false);
	add(out, size, job->owner_id ? job->owner_id : "<owner id>", false);
	add(out, size, slash, false);
	add(out, size, "@", false);
	add(out, size, job->repository_id ? job->repository_id : "<id>", false);
}

/* Only GitHub's cloud has immutable subjects; a job without a server is taken to run there. */
static bool own_server(const struct mf_job *job)
{
	const char *host = after(job->server_url, "https://");
	size_t n = host ? strlen(host) : 0;

	return host && strcasecmp(host, "github.com") != 0 && !(n > 8 && strcasecmp(host + n - 8, ".ghe.com") == 0);
}

/* An environment goes before everything else, then pull requests, then the ref. */
static void github(char *out, size_t size, const struct mf_job *job, bool immutable)
{
	if (!job->environment && !job->ref && !job->event)
		return;
	add(out, size, "repo:", false);
	github_repository(out, size, job, immutable);
	if (job->environment) {
		add(out, size, ":environment:", false);
		add(out, size, job->environment, true);
	} else if (job->event && strcmp(job->event, "pull_request") == 0) {
		add(out, size, ":pull_request", false);
	} else {
		add(out, size, ":ref:", false);
		add(out, size, job->ref ? job->ref : "", true);
	}
}

static void gitlab(char *out, size_t size, const struct mf_job *job)
{
	const char *tag = after(job->ref, "refs/tags/");
	const char *branch = after(job->ref, "refs/heads/");

	if (!tag && !branch)
		return;
	add(out, size, "project_path:", false);
	add(out, size, job->repository, false);
	add(out, size, tag ? ":ref_type:tag:ref:" : ":ref_type:branch:ref:", false);
	add(out, size, tag ? tag : branch, false);
}

void mf_identity_predict_sub(char *out, size_t size, const struct mf_job *job, bool immutable)
{
	if (!size)
		return;
	out[0] = '\0';
	if (!job->repository)
		return;
	if (job->rules == MF_CI_GITHUB)
		github(out, size, job, immutable && !own_server(job));
	else if (job->rules == MF_CI_GITLAB)
		gitlab(out, size, job);
}

/* https://SUB.ghe.com is a company's own part of GitHub's cloud; any other host is a server of its own. */
static void github_issuer(char *out, size_t size, const char *server)
{
	const char *host = after(server, "https://");
	size_t n = host ? strlen(host) : 0;

	if (host && strcasecmp(host, "github.com") == 0)
		snprintf(out, size, "https://token.actions.githubusercontent.com");
	else if (n > 8 && strcasecmp(host + n - 8, ".ghe.com") == 0)
		snprintf(out, size, "https://token.actions.%s", host);
	else
		snprintf(out, size, "%s/_services/token", server);
}

void mf_identity_predict_iss(char *out, size_t size, const struct mf_job *job)
{
	if (!size)
		return;
	out[0] = '\0';
	if (!job->server_url)
		return;
	if (job->rules == MF_CI_GITHUB)
		github_issuer(out, size, job->server_url);
	else if (job->rules == MF_CI_GITLAB)
		snprintf(out, size, "%s", job->server_url);
}
