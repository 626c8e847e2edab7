/* SPDX-License-Identifier: Apache-2.0 */
/* References and selectors: what is read prints as something that is read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/ref.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void reference(struct mf_str text)
{
	struct mf_buf out = MF_BUF(8 * MF_REF_MAX);
	struct mf_ref a, b;
	struct mf_err err = { 0 };

	if (mf_ref_parse(&a, text, &err)) {
		CHECK(err.id && err.code == MF_USAGE);
		return;
	}
	CHECK(!strstr(a.path, "/../") && a.path[0]);
	CHECK(mf_ref_print(&out, &a, &err) == 0);
	if (out.n <= MF_REF_MAX) {
		CHECK(mf_ref_parse(&b, (struct mf_str){ out.p, out.n }, &err) == 0);
		CHECK(mf_ref_same_doc(&a, &b) && a.select == b.select);
		CHECK(!a.field == !b.field && (!a.field || strcmp(a.field, b.field) == 0));
		mf_ref_free(&b);
	}
	mf_buf_free(&out);
	mf_ref_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mf_str text = { (const char *)data, size };
	struct mf_ref ref = { .select = MF_SEL_ALL };
	struct mf_err err = { 0 };
	bool needs_name;

	reference(text);
	if (mf_ref_parse_selector(&ref, text, &needs_name, &err) == 0) {
		CHECK(ref.compat && !err.id);
		CHECK(ref.select != MF_SEL_PATH || ref.n_steps > 0);
		mf_ref_free(&ref);
	}
	return 0;
}
