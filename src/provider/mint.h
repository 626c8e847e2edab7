/* SPDX-License-Identifier: Apache-2.0 */
/* Services that give a token of theirs for an identity token, in one request: an octo-sts service for GitHub, registries with trusted publishing. */
#ifndef MAYFLY_PROVIDER_MINT_H
#define MAYFLY_PROVIDER_MINT_H

#include <mayfly/provider.h>

enum { MF_MINT_URL = 1024 };

struct mf_mint {
	const char *title;		/* "PyPI" */
	const char *url;
	const char *body_member;	/* of the JSON that the identity token is sent in; NULL: it is the bearer */
	bool post;
	const char *token;		/* member of the answer */
	const char *hint;		/* what a refusal usually means */
};

/* What hangs on mf_cred.priv: the identity token, to cut it out of texts. */
struct mf_mint_priv { struct mf_secret *assertion; };

/* Fills the credential but for what its provider knows. `life`: seconds that such a token lives. MF-MINT-02, -03, -04. */
int mf_mint_exchange(struct mf_cred *out, const struct mf_mint *m, struct mf_http *http, const struct mf_identity *who, int64_t life, struct mf_err *err) MF_MUST_USE;

/* DELETE with the token as bearer; what is gone already is no error. MF-MINT-05. */
int mf_mint_revoke(const struct mf_cred *cred, const char *url, struct mf_http *http, char *how, size_t how_size, struct mf_err *err) MF_MUST_USE;

const struct mf_secret *mf_mint_secret(const struct mf_cred *cred, size_t i, const char **called);
void mf_mint_hide(const struct mf_cred *cred, char *text);
void mf_mint_drop(struct mf_cred *cred);

/* One variable with the token, or the plain value; before the login without the token. */
int mf_mint_give(const struct mf_cred *cred, const char *name, const char *output, mf_grant_fn *give, void *ctx, struct mf_err *err) MF_MUST_USE;

#endif
