/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab's tokens: "Token overview" in its documentation. A job's token is told by its form, not by its variable. */
#include "life_priv.h"

static const struct mf_lf_form forms[] = {
	{ "glpat-", 26, 400, "gitlab-routable", "gitlab-pat", "a personal, project or group access token of GitLab", MF_LC_API_KEY, MF_LF_UNKNOWN, 0,
		"from GitLab 16 on a year at most; one from before may have no end" },
	{ "gldt-", 25, 400, NULL, "gitlab-deploy-token", "a deploy token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0,
		"an end is optional, and only GitLab knows it" },
	{ "glrtr-", 25, 400, NULL, "gitlab-runner-registration", "a runner registration token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "glrt-", 25, 400, "gitlab-routable", "gitlab-runner", "a runner's token of GitLab", MF_LC_SERVICE_TOKEN, MF_LF_STATIC, 0,
		"unless the server rotates it" },
	{ "GR1348941", 29, 29, NULL, "gitlab-runner-registration", "a runner registration token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "glptt-", 26, 400, NULL, "gitlab-trigger", "a pipeline trigger token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0,
		"an end is optional, and only GitLab knows it" },
	{ "glft-", 25, 400, NULL, "gitlab-feed", "a feed token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "glimt-", 26, 400, NULL, "gitlab-incoming-mail", "an incoming mail token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "glagent-", 40, 400, NULL, "gitlab-agent", "a Kubernetes agent's token of GitLab", MF_LC_SERVICE_TOKEN, MF_LF_STATIC, 0, NULL },
	{ "gloas-", 40, 400, NULL, "gitlab-oauth-secret", "an OAuth application's secret of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "glsoat-", 25, 400, NULL, "gitlab-scim", "a SCIM token of GitLab", MF_LC_SERVICE_TOKEN, MF_LF_STATIC, 0, NULL },
	{ "glffct-", 25, 400, NULL, "gitlab-feature-flags", "a feature flags client's token of GitLab", MF_LC_API_KEY, MF_LF_STATIC, 0, NULL },
	{ "_gitlab_session=", 48, 80, NULL, "gitlab-session", "a session cookie of GitLab", MF_LC_HUMAN_SESSION, MF_LF_UNKNOWN, 0, NULL },
};

static const struct mf_lf_form job = { "glcbt-", 20, 400, NULL, "gitlab-job-token", "a job's token of GitLab", MF_LC_CI_TOKEN, MF_LF_UNKNOWN, 0,
	NULL };

/* From GitLab 18 on it carries a JWT, which is looked at for its dates alone. */
static int job_token(struct mf_lf *in)
{
	struct mf_str inside = mf_lf_from(in->v, 6);
	int rc = mf_str_begins(inside, "eyJ") ? mf_lf_inner(in, inside, NULL) : 0;
	int64_t issued = in->out->issued, expires = in->out->expires;

	if (rc < 0)
		return -1;
	if (rc == 0 && !mf_lf_form(in->v, &job, 1))
		return 0;
	mf_lf_is(in, job.kind, job.title, job.class);
	mf_lf_note(in, "it ends with its job");
	in->out->flags |= MF_LIFE_JOB_BOUND;
	return mf_lf_measured(in, issued, expires);
}

int mf_lf_gitlab(struct mf_lf *in)
{
	if (mf_str_begins(in->v, "glcbt-"))
		return job_token(in);
	return mf_lf_by_form(in, forms, MF_COUNT(forms));
}
