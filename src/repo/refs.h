/* SPDX-License-Identifier: Apache-2.0 */
/* References as files: loose, packed, symbolic, those of linked work trees. */
#ifndef MF_REPO_REFS_H
#define MF_REPO_REFS_H

#include <mayfly/repo.h>

/* The id behind a full name ("HEAD", "refs/heads/main", "worktrees/x/HEAD"), through symbolic references. *found is false when there is none,
 * as with the HEAD of a repository without a commit. MF-GIT-05 when what is there makes no sense. */
int mf_ref_read(struct mf_oid *out, bool *found, const struct mf_repo *r, const char *name, struct mf_err *err) MF_MUST_USE;

/* Whether git would take it as the name of a reference, and so whether it stays within the repository's folders. */
bool mf_ref_name_ok(struct mf_str name);

/* The id that the text of a packed-refs file has for a full name. */
bool mf_packed_find(struct mf_oid *out, struct mf_str packed, const char *name, size_t oid_len);

enum { MF_ABBREV_MIN = 4 };

/* The ids that begin with these hex digits, each once, `max` at most; *more: there are others. */
int mf_abbrev_find(struct mf_oid *out, size_t *n, size_t max, bool *more, struct mf_reader *rd, struct mf_str hex, struct mf_err *err) MF_MUST_USE;

#endif
