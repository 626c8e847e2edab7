/* SPDX-License-Identifier: Apache-2.0 */
/* Marvin32: the checksum in Azure's identifiable keys. */
#include "verify_priv.h"

struct state {
	uint32_t a, b;
};

static uint32_t rotate(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

static void mix(struct state *s, uint32_t word)
{
	s->a += word;
	s->b ^= s->a;
	s->a = rotate(s->a, 20) + s->b;
	s->b = rotate(s->b, 9) ^ s->a;
	s->a = rotate(s->a, 27) + s->b;
	s->b = rotate(s->b, 19);
}

uint32_t mf_v_marvin(const unsigned char *p, size_t n, uint64_t seed)
{
	struct state s = { .a = (uint32_t)seed, .b = (uint32_t)(seed >> 32) };
	uint32_t last = 0x80;

	for (; n >= 4; n -= 4, p += 4)
		mix(&s, mf_v_le32(p));
	while (n)	/* the rest, little-endian, below the end mark */
		last = last << 8 | p[--n];
	mix(&s, last);
	mix(&s, 0);
	return s.a ^ s.b;
}
