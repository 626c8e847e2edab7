/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings kept once and known by number, and sorting with a context. */
#ifndef MF_POLICY_INTERN_H
#define MF_POLICY_INTERN_H

#include <mayfly/err.h>

#define MF_NONE UINT32_MAX	/* no number */

struct mf_intern_chunk;
struct mf_intern_entry {
	const char *p;
	uint32_t n, hash;
};

/* Zeroed, it is empty. Numbers count from 0 in the order of addition; the bytes are NUL-terminated and do not move. */
struct mf_intern {
	struct mf_intern_entry *v;
	size_t n, cap;
	uint32_t *slots;	/* numbers + 1; 0: empty */
	size_t n_slots;
	struct mf_intern_chunk *chunks;
	size_t bytes;		/* kept */
	uint64_t key[2];
};
int mf_intern_add(uint32_t *id, struct mf_intern *t, struct mf_str s, struct mf_err *err) MF_MUST_USE;
uint32_t mf_intern_find(const struct mf_intern *t, struct mf_str s);	/* or MF_NONE */
struct mf_str mf_intern_get(const struct mf_intern *t, uint32_t id);	/* MF_NONE: nothing */
void mf_intern_free(struct mf_intern *t);	/* empties it */

/* By bytes, the shorter one first. */
int mf_compare(struct mf_str a, struct mf_str b);

/* Sorts numbers, stable, in n log n steps whatever they are. */
typedef int (*mf_order_fn)(const void *ctx, uint32_t a, uint32_t b);
int mf_sort_numbers(uint32_t *v, size_t n, mf_order_fn order, const void *ctx, struct mf_err *err) MF_MUST_USE;

/* An array of `n` that gets room for one more; *cap grows by half or more. */
int mf_room(void *array, size_t n, size_t *cap, size_t size, struct mf_err *err) MF_MUST_USE;

#endif
