/* SPDX-License-Identifier: Apache-2.0 */
/* What the archive files share. */
#ifndef MAYFLY_DETECT_ARCHIVE_PRIV_H
#define MAYFLY_DETECT_ARCHIVE_PRIV_H

#include "archive.h"

/* Hands one member out, or counts it as skipped when there were too many. */
int mf_member_out(struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, const char *name, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

/* Raw deflate of a claimed size: 0 and *out is the caller's, 1 when it cannot be had, -1 without memory. */
int mf_inflate_member(unsigned char **out, size_t *out_n, struct mf_str in, size_t claimed, struct mf_archive_budget *budget, struct mf_err *err) MF_MUST_USE;

int mf_zip_each(struct mf_str bytes, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;
int mf_tar_each(struct mf_str bytes, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

#endif
