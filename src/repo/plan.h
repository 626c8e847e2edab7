/* SPDX-License-Identifier: Apache-2.0 */
/* A pack as delta families: each whole object with all that is made from it. */
#ifndef MF_REPO_PLAN_H
#define MF_REPO_PLAN_H

#include "store.h"

/* Families lie one after another, each in preorder: a node's children follow it, the one with the most below it last. A subtree is
 * therefore a run of `size` nodes, and the first node's `size` is the family's. */
enum {
	MF_NODE_DUP = 1,	/* another copy of the object, which comes first, is the one to visit */
	MF_NODE_WANTED = 2,	/* to be visited; set when the family is walked */
	MF_NODE_NEEDED = 4,	/* it or something below it is wanted */
	MF_NODE_LOST = 8,	/* a root that cannot be read here alone: its base is elsewhere, or its header is damaged */
};
struct mf_node {
	uint64_t off : 48, flags : 8, type : 8;	/* type: of roots */
	uint32_t len;		/* of the entry, saturated: to where the next one begins */
	uint32_t pos;		/* in the pack's index */
	uint32_t size;		/* nodes of the subtree, itself included */
	uint32_t parent;	/* counted from the family's first node */
};

struct mf_family {
	uint32_t pack, first;
	uint64_t bytes;		/* compressed */
};

struct mf_plan {
	struct mf_node *node;
	uint32_t n;
	struct mf_family *family;
	size_t n_families;
};

/* Plans a pack for objects of these types. `dup` has a bit for each position of the index, or is NULL. */
int mf_plan_make(struct mf_plan *out, const struct mf_pack *p, unsigned types, const unsigned char *dup, struct mf_err *err) MF_MUST_USE;
void mf_plan_free(struct mf_plan *p);

/* A pack's objects in the order of their places. */
struct mf_placed {
	uint64_t off;
	uint32_t pos, base;
};

/* Sorts by `off`; `spare` has room for as many. The result is in one of the two, which is returned. */
struct mf_placed *mf_placed_sort(struct mf_placed *v, struct mf_placed *spare, size_t n);

#endif
