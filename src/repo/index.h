/* SPDX-License-Identifier: Apache-2.0 */
/* git's index: versions 2 to 4, split over two files, sparse. */
#ifndef MF_REPO_INDEX_H
#define MF_REPO_INDEX_H

#include <mayfly/repo.h>

enum { MF_INDEX_INTENT = 1, MF_INDEX_SKIP = 2, MF_INDEX_FRESH = 4 };	/* FRESH: from the second file of a split index */

struct mf_index_entry {
	const char *path;		/* NUL-terminated; a folder of a sparse index ends in '/' */
	const unsigned char *id;
	uint32_t n, mode;
	uint8_t stage, flags;
};

/* A folder's tree as the index knows it, in preorder. */
struct mf_cache_node {
	struct mf_str name;
	const unsigned char *id;
	uint32_t parent, entries;	/* of the index, below it; UINT32_MAX: not known, something below has changed */
};

/* What a split index says about its other file. */
struct mf_index_link {
	bool there;
	struct mf_oid base;
	struct mf_str removed, replaced;	/* compressed bitmaps over the other file's entries */
};

struct mf_index {
	struct mf_index_entry *v;	/* sorted by path, then stage */
	size_t n;
	struct mf_cache_node *nodes;	/* the root is first; none: the index does not say */
	uint32_t *order;		/* of the nodes, by parent and name */
	size_t n_nodes;
	struct mf_index_link link;
	void *own[4];			/* file and names; twice when split */
};

/* The bytes are borrowed and have to outlive the index. MF-GIT-06. */
int mf_index_parse(struct mf_index *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err) MF_MUST_USE;

/* Joins a split index with its base; `base` is used up, also when this fails. */
int mf_index_join(struct mf_index *index, struct mf_index *base, struct mf_err *err) MF_MUST_USE;

void mf_index_sort(struct mf_index *index);

/* The repository's index with all its parts; empty when there is none. */
int mf_index_read(struct mf_index *out, const struct mf_repo_info *info, struct mf_err *err) MF_MUST_USE;
void mf_index_free(struct mf_index *index);

/* Parts: the extension with the folders' trees (false: no use), a bitmap as bytes of 0 and 1 (false: damaged). */
bool mf_index_cache_parse(struct mf_index *index, struct mf_str in, size_t oid_len, bool *nomem);
const struct mf_cache_node *mf_index_cache_find(const struct mf_index *index, const struct mf_cache_node *parent, struct mf_str name);
bool mf_index_bitmap(unsigned char *out, size_t n, struct mf_str *in);

/* The first entry of [from, to) that sorts at or behind `path`, and the first one whose path does not begin with it. */
size_t mf_index_at(const struct mf_index *index, size_t from, size_t to, struct mf_str path);
size_t mf_index_end(const struct mf_index *index, size_t from, size_t to, struct mf_str prefix);

#endif
