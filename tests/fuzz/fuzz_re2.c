/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an expression, up to the first newline, and as a subject, behind it. What is accepted runs on both engines, which have to
 * agree, and its facts have to hold. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/detect/re2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

enum { GROUPS = 20, SUBJECT = 4096, TEXT = 2000, MATCHES = 20 };

static bool literal_at(const char *p, const char *literal, bool nocase)
{
	for (; *literal; p++, literal++) {
		char c = nocase && *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;

		if (c != *literal)
			return false;
	}
	return true;
}

static bool has_literal(const struct mf_re_facts *f, const char *p, size_t n)
{
	for (size_t i = 0; i < f->n_literals; i++)
		for (size_t at = 0; at + strlen(f->literals[i]) <= n && at <= f->before; at++)
			if (literal_at(p + at, f->literals[i], f->literal_nocase))
				return true;
	return f->n_literals == 0;
}

static void check_facts(const struct mf_re_facts *f, struct mf_str s, const struct mf_re_group *g)
{
	size_t n = g[0].end - g[0].at;

	CHECK(g[0].at <= g[0].end && g[0].end <= s.n && n >= f->min && n <= f->max);
	CHECK(f->newline || !n || !memchr(s.p + g[0].at, '\n', n));
	CHECK(!f->anchored || g[0].at == 0);
	CHECK(has_literal(f, s.p + g[0].at, n));
	for (size_t i = 1; i < GROUPS; i++)
		CHECK((g[i].at == SIZE_MAX) == (g[i].end == SIZE_MAX) && (g[i].at == SIZE_MAX || (g[i].at <= g[i].end && g[i].end <= s.n)));
	for (size_t i = f->groups + 1; i < GROUPS; i++)
		CHECK(g[i].at == SIZE_MAX);
}

static void both(const struct mf_regex *re, struct mf_regex_run *run, struct mf_str s)
{
	struct mf_re_group a[GROUPS], b[GROUPS];
	struct mf_err err = { 0 };

	for (size_t from = 0, matches = 0; from <= s.n && matches < MATCHES; matches++) {
		int x = mf_regex_run_with(MF_ENGINE_PCRE, re, run, false, s, from, a, GROUPS, &err);
		int y = mf_regex_run_with(MF_ENGINE_VM, re, run, false, s, from, b, GROUPS, &err);

		CHECK(x >= 0 || err.id);
		if (x >= 0 && y >= 0)
			CHECK(x == y && (!x || memcmp(a, b, sizeof(a)) == 0));
		if (x != 1 && y != 1)
			return;
		if (y == 1)
			memcpy(a, b, sizeof(a));
		check_facts(mf_regex_facts(re), s, a);
		y = mf_regex_at(re, run, s.p, s.n, a[0].at, b, GROUPS, &err);
		CHECK(y < 0 || (y == 1 && memcmp(a, b, sizeof(a)) == 0));
		from = a[0].end + (a[0].end == a[0].at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - data) : size;
	struct mf_str text = { (const char *)data, n }, subject = { (const char *)data + n + (line != NULL), size - n - (line != NULL) };
	struct mf_regex_run *run;
	struct mf_regex *re;
	struct mf_err err = { 0 };

	if (text.n > TEXT)
		return 0;
	subject.n = subject.n > SUBJECT ? SUBJECT : subject.n;
	if (mf_regex_new(&re, text, &err)) {
		CHECK(err.id && *err.why);
		return 0;
	}
	CHECK(!mf_regex_run_new(&run, &err));
	both(re, run, subject);
	both(re, run, text);
	mf_regex_run_free(run);
	mf_regex_free(re);
	return 0;
}
