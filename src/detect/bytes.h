/* SPDX-License-Identifier: Apache-2.0 */
/* A byte looked for in others, 16 at a time: some C libraries take them one by one. */
#ifndef MF_DETECT_BYTES_H
#define MF_DETECT_BYTES_H

#include <mayfly/base.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The first c in p[0, n), or n. */
static inline size_t mf_find_byte(const char *p, size_t n, char c)
{
	size_t i = 0;

#if defined(__SSE2__)
	const __m128i want = _mm_set1_epi8(c);

	for (; i + 16 <= n; i += 16) {
		const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + i)), want));

		if (mask)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#else
	const uint64_t want = UINT64_C(0x0101010101010101) * (unsigned char)c;

	for (; i + 8 <= n; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, 8);
		v ^= want;
		if ((v - UINT64_C(0x0101010101010101)) & ~v & UINT64_C(0x8080808080808080))
			break;
	}
#endif
	while (i < n && p[i] != c)
		i++;
	return i;
}

/* How many c there are. */
static inline size_t mf_count_byte(const char *p, size_t n, char c)
{
	size_t i = 0, count = 0;

#if defined(__SSE2__)
	const __m128i want = _mm_set1_epi8(c);

	for (; i + 16 <= n; i += 16)
		count += (size_t)__builtin_popcount(
			(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + i)), want)));
#endif
	for (; i < n; i++)
		count += p[i] == c;
	return count;
}

#endif
