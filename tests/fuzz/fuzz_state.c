/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state from anywhere: refused, or written again as the same state. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/reveal.h>
#include <mayfly/state.h>
#include "../../src/sink/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_secret *first = NULL, *second = NULL;
	struct mf_state a, b;
	struct mf_err err;

	err.id = NULL;
	if (mf_state_parse(&a, (struct mf_str){ (const char *)data, size }, "a test", &err)) {
		CHECK(err.id);
		return 0;
	}
	if (mf_state_write(&first, &a, &err) == 0) {	/* escapes may make it longer than the limit */
		CHECK(mf_state_parse(&b, mf_secret_reveal(first), "a test", &err) == 0);
		CHECK(mf_state_write(&second, &b, &err) == 0);
		CHECK(mf_secret_eq(first, second));
		mf_state_free(&b);
	}
	mf_secret_free(first);
	mf_secret_free(second);
	mf_state_free(&a);
	return 0;
}
