/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of fetch/ share. */
#ifndef MAYFLY_FETCH_PRIV_H
#define MAYFLY_FETCH_PRIV_H

#include <mayfly/fetch.h>

/* Where the values of a want come from: a provider's document, or a variable's or file's bytes. */
struct mf_source {
	const struct mf_doc *doc;	/* NULL for local ones */
	const struct mf_cred *cred;	/* the document's; borrowed */
	struct mf_secret *raw;		/* local: the bytes; owned */
	struct mf_json *parsed;		/* of bytes, when a field is asked for; owned */
};
void mf_source_free(struct mf_source *s);

/* local.c: env:// and file://. *missing is set when there is none, and err says so. */
int mf_source_local(struct mf_source *out, const struct mf_ref *ref, mf_getenv_fn env, bool *missing, struct mf_err *err) MF_MUST_USE;

/* select.c: the items that one want takes out of its source, appended to `items`. A field that an optional want misses is no error. */
int mf_fetch_select(struct mf_items *items, struct mf_source *src, const struct mf_want *want, struct mf_err *err) MF_MUST_USE;

/* decode.c: base64 in either alphabet with line breaks allowed, or hex; from it, or to it. */
int mf_fetch_decode(struct mf_secret **value, const struct mf_want *want, const char *name, struct mf_err *err) MF_MUST_USE;

#endif
