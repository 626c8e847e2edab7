/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read references share. */
#ifndef MAYFLY_CONF_REF_PRIV_H
#define MAYFLY_CONF_REF_PRIV_H

#include <mayfly/ref.h>

#define MF_ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* The part of the text that is being read, for positions that count from its beginning. */
struct mf_ref_part {
	struct mf_str text;	/* the whole reference */
	size_t at, end;
};

/* -- ref.c -- */

/* MF-REF-01 with `why` and a position of the text; -1. */
int mf_ref_bad(const struct mf_ref_part *p, size_t at, struct mf_err *err, const char *why);

/* -- ref_path.c -- */

/* Whether the path is one of its scheme. MF-REF-01. */
int mf_ref_check_path(const struct mf_ref *ref, const struct mf_ref_part *p, struct mf_err *err) MF_MUST_USE;

/* n > 0 characters, all of the set. */
bool mf_ref_all_of(const char *s, size_t n, const char *set);

/* -- ref_param.c: what stands behind '?' -- */

/* Where `c` is in [from, to) of the text, or `to`. */
size_t mf_ref_find(struct mf_str text, size_t from, size_t to, char c);

/* Parameters of `p` into their members. MF-REF-01. */
int mf_ref_read_query(struct mf_ref *out, const struct mf_ref_part *p, struct mf_err *err) MF_MUST_USE;

/* "?version=3&region=r", or nothing. */
int mf_ref_print_parameters(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err) MF_MUST_USE;

#endif
