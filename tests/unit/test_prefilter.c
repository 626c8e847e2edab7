/* SPDX-License-Identifier: Apache-2.0 */
/* The prefilter beside a search that compares each literal at each place: every occurrence once, and nothing else, whatever the literals, the text and
 * the window are. Buffers have exactly the size of what they hold, so that a sanitizer sees the first byte read past their end. */
#include "unit.h"

#include "../../src/detect/prefilter.h"
#include "failalloc.h"
#include "support_dice.h"

enum { LITS_MAX = 40, TEXT_MAX = 3000 };

static struct mf_err err;

/* Literals with their bytes, each in memory of its own. */
struct lits {
	struct mf_literal v[LITS_MAX];
	size_t n;
};

static void *exact(const void *p, size_t n)
{
	void *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static void add(struct lits *l, const char *p, size_t n, bool nocase)
{
	assert_true(l->n < LITS_MAX);
	l->v[l->n++] = (struct mf_literal){ exact(p, n), (unsigned)n, nocase };
}

static void drop(struct lits *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)(uintptr_t)l->v[i].p);
	l->n = 0;
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool stands(const struct mf_literal *l, const unsigned char *p)
{
	for (unsigned i = 0; i < l->n; i++) {
		const unsigned char want = (unsigned char)l->p[i];

		if (l->nocase ? lower(p[i]) != lower(want) : p[i] != want)
			return false;
	}
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct mf_found *x = a, *y = b;

	return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : (x->lit > y->lit) - (x->lit < y->lit);
}

static size_t total;

static void check_window(const struct mf_prefilter *f, const struct lits *l, const unsigned char *p, size_t n, size_t from, size_t to)
{
	struct mf_founds got = { 0 };
	size_t k = 0;

	mf_prefilter_find(f, p, n, from, to, &got);
	assert_false(got.nomem);
	if (got.n)
		qsort(got.v, got.n, sizeof(*got.v), by_place);
	for (size_t at = from; at < to; at++) {
		for (size_t i = 0; i < l->n; i++) {
			if (to - at < l->v[i].n || !stands(&l->v[i], p + at))
				continue;
			if (k >= got.n || got.v[k].at != at || got.v[k].lit != i)
				fail_msg("literal %zu at %zu, window %zu to %zu of %zu: not found", i, at, from, to, n);
			k++;
		}
	}
	if (k != got.n)
		fail_msg("%zu occurrences, %zu found in %zu to %zu of %zu", k, got.n, from, to, n);
	total += k;
	free(got.v);
}

static struct mf_prefilter *made(const struct lits *l)
{
	struct mf_prefilter *f;

	assert_int_equal(mf_prefilter_new(&f, l->v, l->n, &err), 0);
	return f;
}

/* Few different bytes, so that fingerprints, prefixes and texts meet; now and then any byte. */
static char some_byte(struct dice *d)
{
	static const char few[] = "aAbB_-1eE@`[{\x01!\xc1\xe1";

	return dice_once_in(d, 40) ? (char)dice_bits(d) : few[dice_below(d, dice_once_in(d, 3) ? sizeof(few) - 1 : 6)];
}

static void random_lits(struct dice *d, struct lits *l)
{
	const size_t n = 1 + dice_below(d, LITS_MAX - 1);

	while (l->n < n) {
		char p[MF_LIT_MAX];
		const size_t len = dice_once_in(d, 3) ? MF_LIT_MIN + dice_below(d, MF_LIT_MAX - MF_LIT_MIN + 1) : MF_LIT_MIN + dice_below(d, 7);
		const struct mf_literal *other = l->n ? &l->v[dice_below(d, l->n)] : NULL;
		const size_t shared = other && dice_once_in(d, 2) ? dice_below(d, (other->n < len ? other->n : len) + 1) : 0;

		for (size_t i = 0; i < len; i++)
			p[i] = i < shared ? other->p[i] : some_byte(d);
		add(l, p, len, dice_once_in(d, 2));
	}
}

/* Literals one after the other, whole and cut, in both cases, and bytes between them. */
static size_t random_text(struct dice *d, const struct lits *l, unsigned char *p, size_t most)
{
	const size_t want = dice_below(d, most + 1);
	size_t n = 0;

	while (n < want) {
		const struct mf_literal *o = &l->v[dice_below(d, l->n)];
		const size_t from = dice_once_in(d, 4) ? dice_below(d, o->n) : 0, to = dice_once_in(d, 4) ? from + dice_below(d, o->n - from + 1) : o->n;

		for (size_t i = from; i < to && n < want; i++)
			p[n++] = (unsigned char)o->p[i] ^ (unsigned char)(dice_once_in(d, 6) ? 0x20 : dice_once_in(d, 60) ? 0x80 : 0);
		for (size_t i = dice_below(d, 4); i && n < want; i--)
			p[n++] = (unsigned char)some_byte(d);
	}
	return n;
}

static void test_random(void **state)
{
	struct dice d = { 1 };
	static unsigned char text[TEXT_MAX];

	(void)state;
	total = 0;
	for (unsigned round = 0; round < 2000; round++) {
		struct lits l = { .n = 0 };
		struct mf_prefilter *f;

		random_lits(&d, &l);
		f = made(&l);
		for (unsigned k = 0; k < 4; k++) {
			const size_t n = random_text(&d, &l, text, k ? 200 : TEXT_MAX), from = dice_below(&d, n + 1);
			unsigned char *p = exact(text, n);

			check_window(f, &l, p, n, 0, n);
			check_window(f, &l, p, n, from, from + dice_below(&d, n - from + 1));
			free(p);
		}
		mf_prefilter_free(f);
		drop(&l);
	}
	assert_true(total > 100000);
}

/* Each window of a short text. */
static void test_windows(void **state)
{
	struct dice d = { 2 };
	unsigned char text[80];

	(void)state;
	total = 0;
	for (unsigned round = 0; round < 40; round++) {
		struct lits l = { .n = 0 };
		struct mf_prefilter *f;
		unsigned char *p;
		size_t n;

		random_lits(&d, &l);
		f = made(&l);
		n = random_text(&d, &l, text, sizeof(text));
		p = exact(text, n);
		for (size_t from = 0; from <= n; from++)
			for (size_t to = from; to <= n; to++)
				check_window(f, &l, p, n, from, to);
		free(p);
		mf_prefilter_free(f);
		drop(&l);
	}
	assert_true(total > 10000);
}

/* One literal of each length at each alignment, alone between two bytes, at the buffer's ends, and across the blocks in which it is read. */
static void test_lengths_and_places(void **state)
{
	static const char bytes[] = "kP7_qZx-Tm4/WvYh0sGcDnLbRjUeKfIoHa2SgNyXwEiOtVMAlrQ3B9uC1d5F8zJp";

	(void)state;
	for (unsigned len = MF_LIT_MIN; len <= MF_LIT_MAX; len++) {
		struct lits l = { .n = 0 };
		struct mf_prefilter *f;

		add(&l, bytes, len, len & 1);
		f = made(&l);
		assert_int_equal(mf_prefilter_longest(f), len);
		for (size_t at = 0; at < 20; at++) {
			for (size_t behind = 0; behind < 4; behind++) {
				const size_t n = at + len + behind;
				unsigned char *p = malloc(n);

				assert_non_null(p);
				memset(p, behind & 1 ? 0xff : 0, n);
				memcpy(p + at, bytes, len);
				check_window(f, &l, p, n, 0, n);
				check_window(f, &l, p, n, at, at + len);
				check_window(f, &l, p, n, at + 1, n);
				check_window(f, &l, p, n, at, at + len - 1);
				free(p);
			}
		}
		for (size_t at = 512 - len - 2; at < 515; at++) {
			unsigned char *p = calloc(1, at + len);

			assert_non_null(p);
			memcpy(p + at, bytes, len);
			check_window(f, &l, p, at + len, 0, at + len);
			check_window(f, &l, p, at + len, 1, at + len);
			free(p);
		}
		mf_prefilter_free(f);
		drop(&l);
	}
}

static void test_none(void **state)
{
	struct mf_founds got = { 0 };
	struct mf_prefilter *f;
	unsigned char *p = exact("AKIA ghp_", 9);

	(void)state;
	assert_int_equal(mf_prefilter_new(&f, NULL, 0, &err), 0);
	assert_int_equal(mf_prefilter_longest(f), 0);
	mf_prefilter_find(f, p, 9, 0, 9, &got);
	mf_prefilter_find(f, NULL, 0, 0, 0, &got);
	assert_int_equal(got.n, 0);
	mf_prefilter_free(f);
	mf_prefilter_free(NULL);
	free(p);
}

/* The number is written into each, so that none is another's beginning. */
static void many_lit(char p[8], size_t i)
{
	memcpy(p, "kx00000_", 8);
	for (size_t k = 6; i; i /= 10, k--)
		p[k] = (char)('0' + i % 10);
}

static void test_many(void **state)
{
	enum { MOST = UINT16_MAX / 2 };
	struct mf_literal *v = calloc(MOST + 1, sizeof(*v));
	char (*bytes)[8] = calloc(MOST + 1, sizeof(*bytes));
	struct mf_founds got = { 0 };
	struct mf_prefilter *f;

	(void)state;
	assert_true(v && bytes);
	for (size_t i = 0; i <= MOST; i++) {
		many_lit(bytes[i], i);
		v[i] = (struct mf_literal){ bytes[i], sizeof(bytes[i]), i & 1 };
	}
	assert_fails(mf_prefilter_new(&f, v, MOST + 1, &err), err, "MF-RULE-01");
	assert_int_equal(mf_prefilter_new(&f, v, MOST, &err), 0);
	mf_prefilter_find(f, (const unsigned char *)bytes, MOST * sizeof(*bytes), 0, MOST * sizeof(*bytes), &got);
	assert_int_equal(got.n, MOST);
	qsort(got.v, got.n, sizeof(*got.v), by_place);
	for (size_t i = 0; i < MOST; i++)
		assert_true(got.v[i].lit == i && got.v[i].at == i * sizeof(*bytes));
	free(got.v);
	mf_prefilter_free(f);
	free(v);
	free(bytes);
}

static int torture_new(void *ctx, struct mf_err *e)
{
	const struct lits *l = ctx;
	struct mf_prefilter *f;

	if (mf_prefilter_new(&f, l->v, l->n, e))
		return -1;
	mf_prefilter_free(f);
	return 0;
}

static void test_no_memory(void **state)
{
	struct lits l = { .n = 0 };
	struct mf_founds got = { 0 };
	struct mf_prefilter *f;

	(void)state;
	add(&l, "acme", 4, false);
	add(&l, "corp", 4, true);
	mf_torture(torture_new, &l);
	f = made(&l);
	mf_fail_allocation(1);
	mf_prefilter_find(f, (const unsigned char *)"acme", 4, 0, 4, &got);
	assert_true(got.nomem || !mf_allocation_failed());
	mf_fail_allocation(0);
	free(got.v);
	mf_prefilter_free(f);
	drop(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_lengths_and_places),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
