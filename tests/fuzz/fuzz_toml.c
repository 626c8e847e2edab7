/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as TOML; what is accepted can be walked in full within the limits, and has no key twice. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/toml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static size_t visit(const struct mf_tnode *n, unsigned depth)
{
	size_t nodes = 1;

	CHECK(n && depth <= MF_TOML_DEPTH);
	CHECK(mf_toml_pos(n).line >= 1 && mf_toml_pos(n).col >= 1);
	CHECK(mf_utf8_valid(mf_toml_text(n).p, mf_toml_text(n).n));
	for (size_t i = 0; i < mf_toml_size(n); i++) {
		const struct mf_str key = mf_toml_key_at(n, i);

		CHECK((mf_toml_type(n) == MF_T_TABLE) == (key.p != NULL));
		for (size_t k = 0; key.p && i < 40 && k < i; k++)
			CHECK(!mf_str_eq(mf_toml_key_at(n, k), key));
		nodes += visit(mf_toml_at(n, i), depth + 1);
	}
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_toml *doc;
	struct mf_err err = { 0 };

	if (mf_toml_parse(&doc, "f", (const char *)data, size, &err)) {
		CHECK(err.id && *err.why);
		return 0;
	}
	CHECK(visit(mf_toml_root(doc), 0) <= MF_TOML_NODES);
	mf_toml_free(doc);
	return 0;
}
