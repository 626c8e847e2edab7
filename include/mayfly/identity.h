/* SPDX-License-Identifier: Apache-2.0 */
/* The job's OIDC identity token: asked of GitHub, found in GitLab's id_tokens, or handed over by the user. */
#ifndef MAYFLY_IDENTITY_H
#define MAYFLY_IDENTITY_H

#include <mayfly/conf.h>
#include <mayfly/http.h>
#include <mayfly/job.h>
#include <mayfly/jwt.h>

enum mf_id_source { MF_ID_GITHUB, MF_ID_GITLAB, MF_ID_ENV, MF_ID_FILE, MF_ID_COMMAND };

struct mf_identity {
	struct mf_secret *token;
	struct mf_claims claims;
	enum mf_id_source source;
	char *request_url;			/* of GitHub: where another token for the same audience is given, and with which bearer; else NULL */
	struct mf_secret *request_token;
	char origin[128];	/* "GitHub Actions", "variable 'VAULT_ID_TOKEN'", "file '/run/token'" */
};

/* Least remaining life of a token that is used, in seconds. */
#define MF_ID_MIN_LIFE 30

/* Gets a token for `audience` with at least MF_ID_MIN_LIFE seconds of life; asks again where the CI can. When there is none:
 * code MF_NO_IDENTITY (MF-CI-..) with the YAML to add in err->advice. `audience` NULL: the CI's own default.
 * `http` may be NULL where no request is needed; its stop flag also ends a --token-command. */
int mf_identity_get(struct mf_identity *out, const struct mf_conf *conf, const struct mf_job *job, mf_getenv_fn env,
		    struct mf_http *http, const char *audience, struct mf_err *err) MF_MUST_USE;
void mf_identity_free(struct mf_identity *id);	/* wipes and zeroes it */

/* Whether mf_identity_get has a way at all in this job to a token for `audience` (may be NULL), without a request; `err` says why not. */
int mf_identity_possible(const struct mf_conf *conf, const struct mf_job *job, mf_getenv_fn env, const char *audience, struct mf_err *err) MF_MUST_USE;

/* Whether `err` says that the CI gives this job no identity at all (MF-CI-01, MF-CI-02), which `on-no-identity: skip` is for.
 * An identity that is there and fails (expired, refused, a command that breaks) is not that. */
bool mf_identity_is_absent(const struct mf_err *err);

/* The issuer that signs this job's tokens ("" when not known): GitHub's, a data residency's subdomain, GHES, the GitLab
 * instance. Truncated to fit. */
void mf_identity_predict_iss(char *out, size_t size, const struct mf_job *job);

/* The `sub` claim that this job's token will carry by the CI's default rules ("" when not known), for dry runs. Truncated to fit.
 * immutable: GitHub's repo:OWNER@ID/REPO@ID form, with <owner id> and <id> where the job does not know them. */
void mf_identity_predict_sub(char *out, size_t size, const struct mf_job *job, bool immutable);

#endif
