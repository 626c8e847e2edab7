/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is a path, the rest ignore rules for it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/repo/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
	const struct mf_str path = { text, end ? (size_t)(end - text) : size };
	const struct mf_str rules = { text + path.n, size - path.n };
	struct mf_err err = { 0 };
	struct mf_exclude ig;

	CHECK(mf_exclude_parse(&ig, rules, &err) == 0);
	for (size_t i = 0; i < ig.n; i++)
		CHECK((size_t)ig.rules[i].at + ig.rules[i].n <= rules.n && ig.rules[i].literal <= ig.rules[i].n);
	for (size_t base = 0; base <= path.n; base++) {
		uint64_t work = 1 << 16;

		if (base && path.p[base - 1] != '/')
			continue;
		mf_exclude_match(&ig, path, base, false, &work);
		mf_exclude_match(&ig, path, base, true, &work);
	}
	mf_exclude_free(&ig);
	return 0;
}
