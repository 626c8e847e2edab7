/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in files of their own. */
#ifndef MF_REPO_LOOSE_H
#define MF_REPO_LOOSE_H

#include <mayfly/repo.h>
#include "inflate.h"

/* Reads `odir`/12/3456...; MF-GIT-02 when there is no such file, MF-GIT-03, MF-GIT-07. */
int mf_loose_read(struct mf_object *out, struct mf_inflater *z, const char *odir, const struct mf_oid *id, size_t oid_len, size_t max,
		  struct mf_err *err) MF_MUST_USE;

/* Type and size only. */
bool mf_loose_there(const char *odir, const struct mf_oid *id, size_t oid_len);	/* there is such a file, readable or not */
int mf_loose_stat(enum mf_otype *type, size_t *size, struct mf_inflater *z, const char *odir, const struct mf_oid *id, size_t oid_len,
		  struct mf_err *err) MF_MUST_USE;

/* The bytes of such a file: a zlib stream of "blob 12\0" and the object. */
int mf_loose_parse(struct mf_object *out, struct mf_inflater *z, const unsigned char *p, size_t n, size_t max, struct mf_err *err) MF_MUST_USE;

/* The ids of all loose objects of a folder, sorted. lost->id is set when a part of it is there and cannot be listed. */
struct mf_oids {
	struct mf_oid *v;
	size_t n, cap;
};
void mf_oids_free(struct mf_oids *o);
int mf_loose_list(struct mf_oids *out, const char *odir, size_t oid_len, struct mf_err *lost, struct mf_err *err) MF_MUST_USE;

#endif
