/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids and texts, numbered from 0 in the order in which they come. Which of them collide cannot be known beforehand. */
#ifndef MF_REPO_IDMAP_H
#define MF_REPO_IDMAP_H

#include <mayfly/repo.h>

enum { MF_NUMBER_NONE = UINT32_MAX };

struct mf_idmap {
	struct mf_oid *ids;	/* by number */
	uint32_t *slots;	/* number + 1; 0: free */
	uint32_t n, cap, n_slots;
	uint64_t seed;
};

/* The number of an id, which is added when it is new; MF_NUMBER_NONE when memory is out. */
uint32_t mf_idmap_add(struct mf_idmap *map, const struct mf_oid *id);
int mf_idmap_reserve(struct mf_idmap *map, size_t n);	/* room for so many; -1 when memory is out */
uint32_t mf_idmap_find(const struct mf_idmap *map, const struct mf_oid *id);
void mf_idmap_free(struct mf_idmap *map);

/* Many look-ups in a row wait for memory less when these are called for an id that comes somewhat later, and for one that comes soon. */
void mf_idmap_prefetch(const struct mf_idmap *map, const struct mf_oid *later, const struct mf_oid *soon);

struct mf_text_ref {
	size_t at;
	uint32_t n, hash;
};

struct mf_textmap {
	char *bytes;
	size_t n_bytes, cap_bytes;
	struct mf_text_ref *refs;	/* by number */
	uint32_t *slots;
	uint32_t n, cap, n_slots;
	uint64_t seed;
};

/* The same for bytes, which are copied. *fresh: it was new. */
uint32_t mf_textmap_add(struct mf_textmap *map, const void *p, size_t n, bool *fresh);
struct mf_str mf_textmap_get(const struct mf_textmap *map, uint32_t number);	/* until the next addition */
void mf_textmap_free(struct mf_textmap *map);

#endif
