/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes looked for in others, 16 at a time: some C libraries take them one by one. */
#ifndef MF_DETECT_BYTES_H
#define MF_DETECT_BYTES_H

#include <mayfly/base.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
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

/* -- one bit for each of 64 bytes ------------------------------------------------------------------------------------ */

#if defined(__SSE2__)

static inline __m128i mf_bytes_16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Bytes of lo to lo + n - 1. */
static inline __m128i mf_bytes_within(__m128i x, char lo, char n)
{
	const __m128i off = _mm_sub_epi8(x, _mm_set1_epi8(lo));

	return _mm_cmpeq_epi8(_mm_min_epu8(off, _mm_set1_epi8((char)(n - 1))), off);
}

static inline __m128i mf_bytes_are(__m128i x, char c)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

static inline uint64_t mf_bytes_mask(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(a) | (uint64_t)(unsigned)_mm_movemask_epi8(b) << 16 |
	       (uint64_t)(unsigned)_mm_movemask_epi8(c) << 32 | (uint64_t)(unsigned)_mm_movemask_epi8(d) << 48;
}

typedef __m128i mf_bytes;
#define MF_BYTES_OR _mm_or_si128
#define MF_BYTES_LOWER(x) _mm_or_si128(x, _mm_set1_epi8(0x20))

#elif defined(__aarch64__)

static inline uint8x16_t mf_bytes_16(const char *p)
{
	return vld1q_u8((const unsigned char *)p);
}

static inline uint8x16_t mf_bytes_within(uint8x16_t x, char lo, char n)
{
	return vcltq_u8(vsubq_u8(x, vdupq_n_u8((unsigned char)lo)), vdupq_n_u8((unsigned char)n));
}

static inline uint8x16_t mf_bytes_are(uint8x16_t x, char c)
{
	return vceqq_u8(x, vdupq_n_u8((unsigned char)c));
}

/* Each byte keeps the bit of its place, and neighbours are added up. */
static inline uint64_t mf_bytes_mask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(UINT64_C(0x8040201008040201)));
	const uint8x16_t low = vpaddq_u8(vandq_u8(a, place), vandq_u8(b, place)), high = vpaddq_u8(vandq_u8(c, place), vandq_u8(d, place));
	const uint8x16_t sum = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

typedef uint8x16_t mf_bytes;
#define MF_BYTES_OR vorrq_u8
#define MF_BYTES_LOWER(x) vorrq_u8(x, vdupq_n_u8(0x20))

#endif

#ifdef MF_BYTES_OR

/* The test of 16 bytes on 64. */
#define MF_BYTES_64(p, test) mf_bytes_mask(test(mf_bytes_16(p)), test(mf_bytes_16((p) + 16)), test(mf_bytes_16((p) + 32)), test(mf_bytes_16((p) + 48)))

static inline mf_bytes mf_bytes_encoded(mf_bytes x)
{
	const mf_bytes letter = mf_bytes_within(MF_BYTES_LOWER(x), 'a', 26), digit = mf_bytes_within(x, '/', 11);

	return MF_BYTES_OR(MF_BYTES_OR(letter, digit), MF_BYTES_OR(mf_bytes_are(x, '+'), MF_BYTES_OR(mf_bytes_are(x, '-'), mf_bytes_are(x, '_'))));
}

static inline mf_bytes mf_bytes_newline(mf_bytes x)
{
	return mf_bytes_are(x, '\n');
}

static inline mf_bytes mf_bytes_escape(mf_bytes x)
{
	return MF_BYTES_OR(mf_bytes_are(x, '%'), mf_bytes_are(x, '\\'));
}

#else

static inline bool mf_byte_encoded(char c)
{
	return ((unsigned char)(c | 0x20) >= 'a' && (unsigned char)(c | 0x20) <= 'z') || (c >= '/' && c <= '9') || c == '+' || c == '-' || c == '_';
}

static inline bool mf_byte_newline(char c)
{
	return c == '\n';
}

static inline bool mf_byte_escape(char c)
{
	return c == '%' || c == '\\';
}

static inline uint64_t mf_bytes_64(const char *p, bool (*test)(char c))
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < 64; i++)
		mask |= (uint64_t)test(p[i]) << i;
	return mask;
}

#define MF_BYTES_64(p, test) mf_bytes_64(p, test)
#define mf_bytes_encoded mf_byte_encoded
#define mf_bytes_escape mf_byte_escape
#define mf_bytes_newline mf_byte_newline

#endif

/* Of p[0, 64): digits, letters, '+', '-', '/' and '_', of which both alphabets of base64 consist. */
static inline uint64_t mf_encoded_bits(const char *p)
{
	return MF_BYTES_64(p, mf_bytes_encoded);
}

/* Of p[0, 64): '%' and '\\'. */
static inline uint64_t mf_escape_bits(const char *p)
{
	return MF_BYTES_64(p, mf_bytes_escape);
}

/* How many bits are set: not every machine has an instruction for it. */
static inline unsigned mf_bits(uint64_t mask)
{
	mask -= mask >> 1 & UINT64_C(0x5555555555555555);
	mask = (mask & UINT64_C(0x3333333333333333)) + (mask >> 2 & UINT64_C(0x3333333333333333));
	return (unsigned)(((mask + (mask >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * UINT64_C(0x0101010101010101) >> 56);
}

/* How many lines end in p[0, n). */
static inline size_t mf_count_lines(const char *p, size_t n)
{
	size_t i = 0, count = 0;

	for (; n - i >= 64; i += 64)
		count += mf_bits(MF_BYTES_64(p + i, mf_bytes_newline));
	for (; i < n; i++)
		count += p[i] == '\n';
	return count;
}

#endif
