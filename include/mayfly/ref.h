/* SPDX-License-Identifier: Apache-2.0 */
/* References to secrets: vault://mount/data/path?version=3#field, env://NAME, file:///path. */
#ifndef MAYFLY_REF_H
#define MAYFLY_REF_H

#include <mayfly/buf.h>

enum mf_scheme { MF_REF_VAULT, MF_REF_ENV, MF_REF_FILE };

/* How one field of a document is named. */
enum mf_select {
	MF_SEL_ALL,		/* the whole secret: every field, with a prefix */
	MF_SEL_KEY,		/* #field: a member of the secret's data */
	MF_SEL_POINTER,		/* #/json/pointer, from the secret's data */
	MF_SEL_PATH		/* vault-action's dotted selector: steps of names and indexes, from the secret's data or the response */
};

struct mf_step { char *name; int64_t index; };	/* name NULL: an index */

struct mf_ref {
	enum mf_scheme scheme;
	char *path;		/* without the scheme: "secret/data/ci/deploy" */
	char *version;		/* ?version=, or NULL */
	enum mf_select select;
	char *field;		/* of MF_SEL_KEY and MF_SEL_POINTER */
	struct mf_step *steps;	/* of MF_SEL_PATH */
	size_t n_steps;
	bool wide;		/* MF_SEL_PATH from the whole response, not from its data */
};

/* Parses a reference. MF-REF-01 with the position on failure; MF-REF-02 for a scheme that this version does not have. */
int mf_ref_parse(struct mf_ref *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_ref_free(struct mf_ref *ref);	/* zeroes it */

/* The reference as text, for messages and the summary; it never holds a secret. */
int mf_ref_print(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err) MF_MUST_USE;

/* The same document, whatever the field: scheme, path and version are equal. */
bool mf_ref_same_doc(const struct mf_ref *a, const struct mf_ref *b);

#endif
