/* SPDX-License-Identifier: Apache-2.0 */
/* Commits and tags as the walks need them: a few fields, nothing allocated. */
#ifndef MF_REPO_COMMIT_H
#define MF_REPO_COMMIT_H

#include <mayfly/walk.h>

/* More parents than anybody has are taken for damage: git's own record is 66. */
enum { MF_PARENTS_MAX = 1 << 16 };

struct mf_commit_head {
	struct mf_oid tree;
	size_t parents_at, n_parents;	/* where "parent ..." begins; each line has the same length */
	int64_t date;			/* of the committer; 0 when the header is broken */
};

/* False when the object does not begin as a commit does. */
bool mf_commit_head(struct mf_commit_head *out, const unsigned char *p, size_t n, size_t oid_len);

/* The i-th parent of a commit that mf_commit_head() took. */
struct mf_oid mf_commit_parent(const struct mf_commit_head *head, const unsigned char *p, size_t oid_len, size_t i);

/* What a tag points at; false when the object is no tag. */
bool mf_tag_target(struct mf_oid *out, enum mf_otype *type, const unsigned char *p, size_t n, size_t oid_len);

#endif
