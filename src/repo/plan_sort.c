/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting a pack's objects by place: by digits, from the lowest, since a comparison sort of millions costs as much as reading them. */
#include "plan.h"

enum { BITS = 11, DIGITS = 1 << BITS };

static bool is_sorted(const struct mf_placed *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i].off < v[i - 1].off)
			return false;
	return true;
}

static void by_digit(struct mf_placed *to, const struct mf_placed *from, size_t n, unsigned shift)
{
	uint32_t at[DIGITS] = { 0 };
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i].off >> shift & (DIGITS - 1)]++;
	for (size_t d = 0; d < DIGITS; d++) {
		const uint32_t count = at[d];

		at[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].off >> shift & (DIGITS - 1)]++] = from[i];
}

struct mf_placed *mf_placed_sort(struct mf_placed *v, struct mf_placed *spare, size_t n)
{
	uint64_t all = 0;

	if (is_sorted(v, n))
		return v;
	for (size_t i = 0; i < n; i++)
		all |= v[i].off;
	for (unsigned shift = 0; shift < 64 && all >> shift; shift += BITS) {
		struct mf_placed *swap = v;

		by_digit(spare, v, n, shift);
		v = spare;
		spare = swap;
	}
	return v;
}
