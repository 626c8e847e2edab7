/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that are the same on every machine. */
#ifndef MF_TESTS_SUPPORT_DICE_H
#define MF_TESTS_SUPPORT_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t dice_bits(struct dice *d)
{
	uint64_t z = (d->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Below n, which is not 0. */
static inline size_t dice_below(struct dice *d, size_t n)
{
	return (size_t)(dice_bits(d) % n);
}

/* Once in n times. */
static inline int dice_once_in(struct dice *d, size_t n)
{
	return dice_below(d, n) == 0;
}

#endif
