/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside zip, gzip, tar and zstd, within limits. Hostile by nature: sizes are claims, ratios are bounded, everything has one budget. */
#ifndef MAYFLY_DETECT_ARCHIVE_H
#define MAYFLY_DETECT_ARCHIVE_H

#include <mayfly/err.h>

enum mf_archive { MF_ARCHIVE_NONE, MF_ARCHIVE_ZIP, MF_ARCHIVE_GZIP, MF_ARCHIVE_TAR, MF_ARCHIVE_ZSTD, MF_ARCHIVE_OTHER };

/* By the first bytes (tar: those at 257; zip: also by a last record without comment, with a program before it). OTHER: bzip2, xz, 7z and rar, which
 * are not read. */
enum mf_archive mf_archive_kind(struct mf_str bytes);

/* Used up as members are read; shared by archives inside archives. */
struct mf_archive_budget {
	size_t bytes;		/* that may still be inflated */
	size_t members;		/* that may still be looked at */
	uint64_t read, skipped;	/* counted: members handed out; those too large, encrypted, damaged or of an unknown method */
};

/* Gets each regular file in an archive. `name` is NULL for a compressed stream, which has no members. Borrowed for the call. */
typedef int (*mf_member_fn)(void *ctx, const char *name, struct mf_str bytes, struct mf_err *err);

/* Calls fn for each member that can be had within the budget and counts the others; only fn's failures and missing memory are errors. */
int mf_archive_each(struct mf_str bytes, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

#endif
