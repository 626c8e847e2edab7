/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of any bytes: within the limits, distinct, longest first, printable in one line where they have no line end. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/mask.h>
#include <mayfly/reveal.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void check(const struct mf_forms *f)
{
	size_t bytes = 0;

	CHECK(f->n <= MF_MASK_CAP);
	for (size_t i = 0; i < f->n; i++) {
		const struct mf_str s = mf_secret_reveal(f->v[i]);

		CHECK(s.n >= MF_MASK_MIN);
		CHECK(mf_utf8_valid(s.p, s.n) && !memchr(s.p, '\0', s.n));
		bytes += s.n;
		if (i == 0)
			continue;
		CHECK(mf_secret_len(f->v[i - 1]) >= s.n);
		CHECK(!mf_secret_eq(f->v[i - 1], f->v[i]));
	}
	CHECK(bytes <= MF_MASK_BYTES);
	CHECK(!f->whole || f->n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_secret *value = mf_secret_new(data, size);
	struct mf_forms forms;
	struct mf_err err;

	CHECK(value);
	CHECK(mf_mask_forms(&forms, value, &err) == 0);
	check(&forms);
	mf_forms_free(&forms);
	mf_secret_free(value);
	return 0;
}
