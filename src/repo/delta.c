/* SPDX-License-Identifier: Apache-2.0 */
/* Git's deltas. */
#include "delta.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { SPANS_FIRST = 256, SPANS_MAX = 1 << 20, HUGE_RUN = 256 << 10 };

void mf_spans_free(struct mf_spans *s)
{
	free(s->v);
	*s = (struct mf_spans){ 0 };
}

static bool varint(uint64_t *out, const unsigned char *d, size_t n, size_t *at)
{
	uint64_t v = 0;

	for (unsigned shift = 0; *at < n && shift < 63; shift += 7) {
		const unsigned char c = d[(*at)++];

		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*out = v;
			return true;
		}
	}
	return false;
}

bool mf_delta_sizes(uint64_t *base_n, uint64_t *result_n, size_t *at, const unsigned char *d, size_t n)
{
	*at = 0;
	return varint(base_n, d, n, at) && varint(result_n, d, n, at);
}

/* How many bits are set. */
static const unsigned char arguments[16] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };

/* A copy's place and length, of which only the bytes that are not zero are there. NULL when they are cut off. */
static inline const unsigned char *copy_args(uint32_t *from, uint32_t *len, unsigned op, const unsigned char *p, const unsigned char *end)
{
	uint32_t f = 0, l = 0;

	if (end - p < arguments[op >> 4 & 7] + arguments[op & 15])
		return NULL;
	if (op & 0x01)
		f = *p++;
	if (op & 0x02)
		f |= (uint32_t)*p++ << 8;
	if (op & 0x04)
		f |= (uint32_t)*p++ << 16;
	if (op & 0x08)
		f |= (uint32_t)*p++ << 24;
	if (op & 0x10)
		l = *p++;
	if (op & 0x20)
		l |= (uint32_t)*p++ << 8;
	if (op & 0x40)
		l |= (uint32_t)*p++ << 16;
	*from = f;
	*len = l ? l : 0x10000;
	return p;
}

bool mf_delta_gives(uint64_t result_n, const unsigned char *d, size_t n)
{
	const unsigned char *p = d, *end = d + n;
	uint64_t sum = 0;
	uint32_t from, len;

	while (p < end) {
		const unsigned op = *p++;

		if (op & 0x80) {
			p = copy_args(&from, &len, op, p, end);
			if (!p)
				return false;
			sum += len;
		} else {
			if (op == 0 || (size_t)(end - p) < op)
				return false;
			p += op;
			sum += op;
		}
	}
	return sum == result_n;
}

static struct mf_span *more_spans(struct mf_spans *s)
{
	const size_t cap = s->cap ? s->cap * 2 : SPANS_FIRST;
	struct mf_span *v = cap > SPANS_MAX ? NULL : mf_regrow(s->v, cap, sizeof(*v));

	if (!v) {
		s->given_up = true;
		s->n = 0;
		return NULL;
	}
	s->v = v;
	s->cap = cap;
	return &v[s->n];
}

/* A run joins the one before it when it goes on where that ended, in the base too. */
static inline void add_span(struct mf_spans *s, size_t at, size_t n, size_t from)
{
	struct mf_span *last = s->n ? &s->v[s->n - 1] : NULL;

	if (s->given_up)
		return;
	if (last && (from == MF_SPAN_NEW ? last->from == MF_SPAN_NEW : last->from != MF_SPAN_NEW && last->from + last->n == from)) {
		last->n += n;
		return;
	}
	last = s->n < s->cap ? &s->v[s->n] : more_spans(s);
	if (!last)
		return;
	*last = (struct mf_span){ .at = at, .n = n, .from = from };
	s->n++;
}

/* At most MF_SLACK bytes too many are read and written. Not memcpy(), of which some C libraries have a slow one. */
static inline void copy_run(unsigned char *to, const unsigned char *from, size_t n)
{
	memcpy(to, from, 32);
	if (n <= 32)
		return;
	if (n > HUGE_RUN) {
		memcpy(to, from, n);
		return;
	}
	for (size_t i = 32; i < n; i += 64)
		memcpy(to + i, from + i, 64);
}

bool mf_delta_apply(unsigned char *out, size_t out_n, const struct mf_delta *d, struct mf_spans *spans)
{
	const unsigned char *p = d->ops, *end = d->ops + d->n;
	size_t at = 0;
	uint32_t from, len;

	if (spans) {
		spans->n = 0;
		spans->given_up = false;
	}
	while (p < end) {
		const unsigned op = *p++;

		if (op & 0x80) {
			p = copy_args(&from, &len, op, p, end);
			if (!p || len > out_n - at || len > d->base_n || from > d->base_n - len)
				return false;
			copy_run(out + at, d->base + from, len);
			if (spans)
				add_span(spans, at, len, from);
			at += len;
		} else {
			if (op == 0 || (size_t)(end - p) < op || op > out_n - at)
				return false;
			copy_run(out + at, p, op);
			if (spans)
				add_span(spans, at, op, MF_SPAN_NEW);
			p += op;
			at += op;
		}
	}
	return at == out_n;
}
