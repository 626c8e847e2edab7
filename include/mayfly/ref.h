/* SPDX-License-Identifier: Apache-2.0 */
/* References to secrets: vault://mount/data/path?version=3#field, aws-sm://name?stage=AWSPREVIOUS, env://NAME, file:///path. */
#ifndef MAYFLY_REF_H
#define MAYFLY_REF_H

#include <mayfly/buf.h>

enum mf_scheme { MF_REF_VAULT, MF_REF_ENV, MF_REF_FILE, MF_REF_AZURE_KV, MF_REF_AWS_SM, MF_REF_AWS_SSM, MF_REF_GCP_SM };

/* How one field of a document is named. */
enum mf_select {
	MF_SEL_ALL,		/* the whole secret: every field, with a prefix */
	MF_SEL_KEY,		/* #field: a member of the secret's data */
	MF_SEL_POINTER,		/* #/json/pointer, from the secret's data */
	MF_SEL_PATH		/* vault-action's dotted selector: steps of names and indexes, from the secret's data */
};

struct mf_step { char *name; int64_t index; };	/* name NULL: an index */

struct mf_ref {
	enum mf_scheme scheme;
	char *path;		/* without the scheme: "secret/data/ci/deploy" */
	char *version;		/* ?version=, or NULL */
	char *stage, *region;	/* ?stage= (a version's label), ?region=; or NULL */
	char *query;		/* vault-action's: what else stands after '?', as it is sent, or NULL */
	enum mf_select select;
	char *field;		/* of MF_SEL_KEY and MF_SEL_POINTER; of MF_SEL_PATH a member that is taken before the steps, or NULL */
	struct mf_step *steps;	/* of MF_SEL_PATH */
	size_t n_steps;
	char *post;		/* a JSON object that is sent with POST instead of a GET (vault-action's pki), or NULL */
	bool compat;		/* vault-action's rules: `data` inside the data is the data, null is "null", its names for fields */
	bool lines;		/* an array of strings becomes lines */
};

#define MF_REF_MAX 4096		/* bytes of a reference */
#define MF_REF_PATH_MAX 1024	/* bytes of its path, decoded */
#define MF_REF_FIELD_MAX 512	/* bytes of its field or pointer, decoded */

/* Parses a reference: "vault://secret/data/ci/deploy?version=3#api_key", "env://NAME", "file:///run/secret#/a/b".
 * Percent-encoding is undone (RFC 3986), "." and ".." segments, empty segments and control bytes are refused. MF-REF-01 with
 * the position on failure; MF-REF-02 for an unknown scheme. What has no scheme is never quoted, since it
 * may be a secret that was written in place of a reference. */
int mf_ref_parse(struct mf_ref *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_ref_free(struct mf_ref *ref);	/* zeroes it */

/* The reference as text, for messages and the summary; it never holds a secret. */
int mf_ref_print(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err) MF_MUST_USE;

/* Whether it is read on this machine: a variable, a file. */
bool mf_ref_local(const struct mf_ref *ref);

/* Gives a reference without a version this one. -1 with a text in `why` (size bytes, "" where memory is out) when it can have none, or not this one. */
int mf_ref_set_version(struct mf_ref *ref, struct mf_str version, char *why, size_t size, struct mf_err *err) MF_MUST_USE;

/* The same document, whatever the field: scheme, path, parameters and what is posted are equal. */
bool mf_ref_same_doc(const struct mf_ref *a, const struct mf_ref *b);

/* vault-action's selector without its double quotes (key, a.b[0], *, **, `a.b`): fills select, field, steps and compat of a
 * zeroed `out`. *needs_name: vault-action derives no variable's name from it. MF-REF-03 with the position for what is no path. */
int mf_ref_parse_selector(struct mf_ref *out, struct mf_str text, bool *needs_name, struct mf_err *err) MF_MUST_USE;

/* The name that vault-action makes of a key: dots become "__", what is no letter, digit or "_" goes; in upper case for variables.
 * Only ASCII counts as letters. Appends to `out`. */
int mf_ref_compat_name(struct mf_buf *out, struct mf_str key, bool upper, struct mf_err *err) MF_MUST_USE;

#endif
