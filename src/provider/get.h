/* SPDX-License-Identifier: Apache-2.0 */
/* Where one reference is one GET: all of them at once. */
#ifndef MAYFLY_PROVIDER_GET_H
#define MAYFLY_PROVIDER_GET_H

#include <mayfly/provider.h>

enum { MF_GET_URL = 1024 };	/* bytes of an address */

struct mf_get {
	/* Fills the address, and the header that has the token (borrowed from `cred`). */
	int (*ask)(struct mf_buf *url, struct mf_header *header, const struct mf_cred *cred, const struct mf_ref *ref, struct mf_err *err);
	/* An answer with any status to a document, or to an error. */
	void (*take)(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_cred *cred, struct mf_err *err);
	const char *no_host;		/* hint where the name of the server is not known */
	const char *want;		/* a header of the answer that take() looks at, or NULL */
};

/* The fetch member of a provider, but for `how`; take() fills docs[i].read.base. */
int mf_get_all(const struct mf_get *how, const struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs,
	       struct mf_err *errs) MF_MUST_USE;

#endif
