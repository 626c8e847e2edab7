/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a baseline; what is taken can be asked. No error quotes the text. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/policy/baseline.h"
#include "../../src/policy/covers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void ask(const struct mf_baseline *b)
{
	static char rule[] = "generic-api-key", path[] = "config/app.env", secret[] = "made-up-value-0123456789", more[] = "b", *mores[] = { more };
	struct mf_finding f = { .rule_id = rule, .path = path, .line = 7, .secret = secret, .secret_n = sizeof(secret) - 1 };
	const char *ids[] = { "0123456789abcdef0123456789abcdef" };
	struct mf_err err = { 0 };
	bool yes, need;

	for (size_t n = 0; n < 4; n++) {
		f.more_paths = mores;
		f.n_more_paths = n & 1;
		CHECK(mf_baseline_covers(&yes, &need, b, &f, NULL, ids, n / 2, &err) == 0);
		CHECK(!(yes && need));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_baseline *b = NULL;
	struct mf_err err = { 0 };

	if (mf_baseline_read(&b, "base.json", (struct mf_str){ (const char *)data, size }, &err)) {
		CHECK(err.id && strcmp(err.id, "MF-POL-01") == 0 && *err.why && !b);
		CHECK(!strstr(err.why, "made-up-value"));
		return 0;
	}
	CHECK(mf_baseline_redacted(b) <= size);
	for (size_t i = 0; i < b->n; i++)
		CHECK(b->v[i].next == MF_NONE || b->v[i].next < i);
	ask(b);
	mf_baseline_free(b);
	return 0;
}
