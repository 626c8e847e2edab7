/* SPDX-License-Identifier: Apache-2.0 */
/* libgit2's object database: the second way of reading. odb.c is the only file here that uses libgit2. */
#ifndef MF_REPO_ODB_H
#define MF_REPO_ODB_H

#include "sources.h"

struct mf_odb;

/* Opens the repository's objects folders; no config is read and no owner is asked. SHA-1 only. The library trusts the offsets of an index, and
 * reads outside of the pack when one is wrong: it gets those packs only whose indexes have been looked at, and none that comes later. */
int mf_odb_open(struct mf_odb **out, const struct mf_repo *r, const struct mf_store *s, struct mf_err *err) MF_MUST_USE;
void mf_odb_free(struct mf_odb *o);

/* The type, then the whole object when its type is among `types` (else out->p is NULL). MF-GIT-02, MF-GIT-03, MF-GIT-07. */
int mf_odb_read(struct mf_object *out, struct mf_odb *o, const struct mf_oid *id, unsigned types, size_t max, struct mf_err *err) MF_MUST_USE;

/* Every id, in the order in which the library has them, each once; then those of which it knows nothing. */
int mf_odb_ids(struct mf_oids *out, struct mf_odb *o, const struct mf_sources *s, struct mf_err *err) MF_MUST_USE;

#endif
