/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a delta: two for the length of the base, the base, the delta. Runs and bytes have to agree. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/repo/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { RESULT_MAX = 1 << 20 };

static unsigned char *with_slack(const uint8_t *p, size_t n)
{
	unsigned char *copy = calloc(1, n + MF_SLACK);

	CHECK(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static void check_spans(const struct mf_spans *s, const unsigned char *base, size_t base_n, const unsigned char *out, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct mf_span *v = &s->v[i];

		CHECK(v->at == at && v->n && v->n <= n - at);
		CHECK(v->from == MF_SPAN_NEW || (v->from <= base_n && v->n <= base_n - v->from && memcmp(base + v->from, out + at, v->n) == 0));
		at += v->n;
	}
	CHECK(at == n || s->given_up);
}

static void apply(const unsigned char *base, size_t base_n, const unsigned char *ops, size_t ops_n, size_t n)
{
	const struct mf_delta d = { .ops = ops, .n = ops_n, .base = base, .base_n = base_n };
	unsigned char *out = malloc(n + MF_SLACK);
	struct mf_spans s = { 0 };

	CHECK(out);
	if (mf_delta_apply(out, n, &d, &s)) {
		CHECK(mf_delta_gives(n, ops, ops_n));
		check_spans(&s, base, base_n, out, n);
	}
	mf_spans_free(&s);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t base_n = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	unsigned char *base, *delta;
	uint64_t said, n;
	size_t at, delta_n;

	if (size < 2 || base_n > size - 2)
		return 0;
	base = with_slack(data + 2, base_n);
	delta_n = size - 2 - base_n;
	delta = with_slack(data + 2 + base_n, delta_n);
	if (mf_delta_sizes(&said, &n, &at, delta, delta_n) && n <= RESULT_MAX)
		apply(base, base_n, delta + at, delta_n - at, (size_t)n);
	free(base);
	free(delta);
	return 0;
}
