/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of a YAML map in order, each key once: found by a keyed hash, since the keys are anybody's. */
#ifndef MF_BASE_YAML_MAP_H
#define MF_BASE_YAML_MAP_H

#include <mayfly/base.h>

struct mf_ynode;

struct mf_ypair {
	const struct mf_ynode *key, *value;
	struct mf_str text;		/* the key's */
};

struct mf_ypairs {
	struct mf_ypair *v;
	size_t n, cap;
};

struct mf_ymap {
	struct mf_ypairs pairs;
	uint32_t *slots;		/* index + 1 into pairs, or 0 */
	size_t n_slots;			/* a power of two, or 0 */
	uint64_t seed;
};

enum mf_ymap_result { MF_YMAP_ADDED, MF_YMAP_PRESENT, MF_YMAP_NOMEM };

int mf_ypairs_add(struct mf_ypairs *list, struct mf_ypair pair) MF_MUST_USE;	/* -1: out of memory */
void mf_ypairs_free(struct mf_ypairs *list);

enum mf_ymap_result mf_ymap_add(struct mf_ymap *map, struct mf_ypair pair);
void mf_ymap_free(struct mf_ymap *map);

#endif
