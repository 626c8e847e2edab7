/* SPDX-License-Identifier: Apache-2.0 */
/* Whose claims are looked at: the job's token for the provider's audience; on a laptop, or without `id-token: write`, what the CI's rules say that it would hold. */
#include "doctor.h"
#include "once.h"

#include <stdio.h>

enum { PAYLOAD_MAX = 16 << 10 };

static int member(struct mf_buf *out, const char *name, const char *value, struct mf_err *err)
{
	if (!value || !*value)
		return 0;
	return (out->n > 1 && mf_buf_putc(out, ',', err)) || mf_json_quote(out, mf_str(name), err) || mf_buf_putc(out, ':', err) || mf_json_quote(out, mf_str(value), err) ? -1 : 0;
}

static int github(struct mf_buf *out, const struct mf_job *job, struct mf_err *err)
{
	return member(out, "repository", job->repository, err) || member(out, "repository_id", job->repository_id, err) || member(out, "repository_owner_id", job->owner_id, err) ||
	       member(out, "ref", job->ref, err) || member(out, "event_name", job->event, err) || member(out, "environment", job->environment, err) || member(out, "sha", job->sha, err) ? -1 : 0;
}

static int gitlab(struct mf_buf *out, const struct mf_job *job, struct mf_err *err)
{
	const bool tag = job->ref && strncmp(job->ref, "refs/tags/", 10) == 0;
	const char *slash = job->ref ? strchr(job->ref + (strncmp(job->ref, "refs/", 5) == 0 ? 5 : 0), '/') : NULL;

	return member(out, "project_path", job->repository, err) || member(out, "project_id", job->repository_id, err) || member(out, "ref", slash ? slash + 1 : job->ref, err) ||
	       member(out, "ref_type", job->ref ? tag ? "tag" : "branch" : NULL, err) || member(out, "environment", job->environment, err) || member(out, "sha", job->sha, err) ? -1 : 0;
}

static int predict(struct mf_doctor *d, const char *audience, struct mf_err *err)
{
	const struct mf_job *job = &d->env->job;
	struct mf_buf payload = MF_BUF(PAYLOAD_MAX);
	char iss[512], sub[512];
	int rc;

	mf_identity_predict_iss(iss, sizeof(iss), job);
	mf_identity_predict_sub(sub, sizeof(sub), job, false);
	rc = mf_buf_putc(&payload, '{', err) || member(&payload, "iss", iss, err) || member(&payload, "sub", sub, err) || member(&payload, "aud", audience, err) ||
	     (job->rules == MF_CI_GITHUB && github(&payload, job, err)) || (job->rules == MF_CI_GITLAB && gitlab(&payload, job, err)) || mf_buf_putc(&payload, '}', err) ||
	     mf_claims_parse(&d->claims, (struct mf_str){ payload.p, payload.n }, err) ? -1 : 0;
	mf_buf_free(&payload);
	if (rc == 0 && !d->claims.iss.n && !d->claims.sub.n) {
		mf_fail(err, MF_E_CMD_NOTHING, "there is no identity to look at");
		mf_err_why(err, "this is no job of a CI that mayfly knows, and no checkout whose remote says which one it belongs to");
		mf_err_hint(err, "run it in the job, or give the claims: mayfly doctor --claims FILE");
		return -1;
	}
	d->source = "predicted: no token";
	return rc;
}

int mf_doctor_identity(struct mf_doctor *d, struct mf_err *err)
{
	const char *audience = NULL;
	int rc;

	if (d->provider)
		(void)d->provider->needs_identity(d->env->conf, &audience);
	/* a login with a token of one's own needs no identity, and the role that is looked at does */
	if (d->provider == &mf_provider_vault && !audience)
		audience = mf_conf_str(d->env->conf, MF_K_VAULT_AUDIENCE);
	rc = mf_once_identity(&d->who, d->env, audience, err);
	if (rc == 0) {
		d->claims = d->who.claims;
		return 0;
	}
	if (!mf_identity_is_absent(err))
		return -1;
	snprintf(d->why, sizeof(d->why), "%s%s%s", err->why[0] ? err->why : err->what, err->hint[0] ? "; " : "", err->hint);
	*err = (struct mf_err){ 0 };
	return predict(d, audience, err);
}
