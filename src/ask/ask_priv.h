/* SPDX-License-Identifier: Apache-2.0 */
/* What the issuers share: a request in the making, and texts of an answer. */
#ifndef MAYFLY_ASK_PRIV_H
#define MAYFLY_ASK_PRIV_H

#include <mayfly/ask.h>
#include <mayfly/json.h>

struct mf_ask_call {
	struct mf_ask *ask;
	bool second;			/* AWS: IAM, after STS */
	char url[1024];
	struct mf_header headers[4];
	size_t n_headers;
	struct mf_secret *body;
	struct mf_sigv4 sigv4;
	char region[40];
	struct mf_req req;		/* points into this struct: it stays where it is */
};

struct mf_ask_kind {
	const char *name, *url;
	/* Fills method, url, headers, body. MF-BASE-01, MF-URL-.. */
	int (*request)(struct mf_ask_call *c, struct mf_err *err);
	/* What a status between 200 and 299 brought. -1: nothing that can be used, with err. */
	int (*take)(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err);
	/* Whether another status says that the credential itself is not taken. */
	bool (*refused)(const struct mf_ask_call *c, const struct mf_resp *resp);
};
extern const struct mf_ask_kind mf_ask_aws, mf_ask_aws_iam, mf_ask_github, mf_ask_gitlab, mf_ask_vault, mf_ask_gcp;

/* Base address and path. */
int mf_ask_url(struct mf_ask_call *c, const char *base, const char *path, struct mf_err *err) MF_MUST_USE;
void mf_ask_header(struct mf_ask_call *c, const char *name, const char *value, const struct mf_secret *secret);
int mf_ask_body(struct mf_ask_call *c, const char *before, const struct mf_secret *secret, struct mf_err *err) MF_MUST_USE;
/* The answer's object. */
int mf_ask_object(struct mf_json **out, const struct mf_resp *resp, struct mf_err *err) MF_MUST_USE;
/* A text of the answer into one of ask's: cleaned, cut, without the credential. */
void mf_ask_text(const struct mf_ask *a, char *out, size_t size, struct mf_str text);
#endif
