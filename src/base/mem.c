/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy, memmove and memcmp for the static binary on x86-64. musl's copy short pieces with `rep movs`, which takes tens of cycles to begin,
 * overlapping ones backwards a byte at a time, and compare bytes one by one; nearly all that a run copies and compares is shorter than 64 bytes.
 * The C library's own are left out of the link, since these define all that its others refer to. */
#include <mayfly/base.h>

#if defined(MF_STATIC) && defined(__x86_64__)

#include <emmintrin.h>
#include <stdint.h>

/* Loads and stores of a fixed size become single instructions, so that none of these calls itself. */
#define LOAD(type, p) ({ type v_; __builtin_memcpy(&v_, (p), sizeof(v_)); v_; })
#define STORE(type, p, v) do { type v_ = (v); __builtin_memcpy((p), &v_, sizeof(v_)); } while (0)

static inline __m128i load(const unsigned char *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

static inline void store(unsigned char *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)p, v);
}

/* Up to 64 bytes: all is read before anything is written, from both ends, which may meet in the middle. */
static inline void copy_short(unsigned char *d, const unsigned char *s, size_t n)
{
	if (n >= 32) {
		const __m128i a = load(s), b = load(s + 16), y = load(s + n - 32), z = load(s + n - 16);

		store(d, a);
		store(d + 16, b);
		store(d + n - 32, y);
		store(d + n - 16, z);
	} else if (n >= 16) {
		const __m128i a = load(s), z = load(s + n - 16);

		store(d, a);
		store(d + n - 16, z);
	} else if (n >= 8) {
		const uint64_t a = LOAD(uint64_t, s), z = LOAD(uint64_t, s + n - 8);

		STORE(uint64_t, d, a);
		STORE(uint64_t, d + n - 8, z);
	} else if (n >= 4) {
		const uint32_t a = LOAD(uint32_t, s), z = LOAD(uint32_t, s + n - 4);

		STORE(uint32_t, d, a);
		STORE(uint32_t, d + n - 4, z);
	} else if (n) {
		const unsigned char a = s[0], m = s[n / 2], z = s[n - 1];

		d[0] = a;
		d[n / 2] = m;
		d[n - 1] = z;
	}
}

/* From the front; right also where the target begins before the source. The last 64 bytes are read before they can be overwritten. */
static void copy_forward(unsigned char *d, const unsigned char *s, size_t n)
{
	const __m128i w = load(s + n - 64), x = load(s + n - 48), y = load(s + n - 32), z = load(s + n - 16);
	size_t i = 0;

	for (; i + 64 < n; i += 64) {
		const __m128i a = load(s + i), b = load(s + i + 16), c = load(s + i + 32), e = load(s + i + 48);

		store(d + i, a);
		store(d + i + 16, b);
		store(d + i + 32, c);
		store(d + i + 48, e);
	}
	store(d + n - 64, w);
	store(d + n - 48, x);
	store(d + n - 32, y);
	store(d + n - 16, z);
}

static void copy_backward(unsigned char *d, const unsigned char *s, size_t n)
{
	const __m128i w = load(s), x = load(s + 16), y = load(s + 32), z = load(s + 48);

	for (size_t i = n; i > 64; i -= 64) {
		const __m128i a = load(s + i - 16), b = load(s + i - 32), c = load(s + i - 48), e = load(s + i - 64);

		store(d + i - 16, a);
		store(d + i - 32, b);
		store(d + i - 48, c);
		store(d + i - 64, e);
	}
	store(d, w);
	store(d + 16, x);
	store(d + 32, y);
	store(d + 48, z);
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	if (n <= 64)
		copy_short(d, s, n);
	else if ((uintptr_t)d - (uintptr_t)s >= n)
		copy_forward(d, s, n);
	else
		copy_backward(d, s, n);
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	if (n <= 64)
		copy_short(to, from, n);
	else
		copy_forward(to, from, n);
	return to;
}

int memcmp(const void *left, const void *right, size_t n)
{
	const unsigned char *a = left, *b = right;
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		const unsigned differ = 0xffff ^ (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(load(a + i), load(b + i)));

		if (differ) {
			i += (size_t)__builtin_ctz(differ);
			return a[i] - b[i];
		}
	}
	for (; i < n; i++)
		if (a[i] != b[i])
			return a[i] - b[i];
	return 0;
}

#endif
