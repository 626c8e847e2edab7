/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as YAML; what is accepted can be walked in full within the limits. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/yaml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static size_t visit(const struct mf_ynode *n, unsigned depth)
{
	size_t nodes = 1;

	CHECK(n && depth <= MF_YAML_DEPTH);
	CHECK(mf_yaml_pos(n).line >= 1 && mf_yaml_pos(n).col >= 1);
	CHECK(mf_utf8_valid(mf_yaml_text(n).p, mf_yaml_text(n).n));
	for (size_t i = 0; i < mf_yaml_size(n); i++) {
		const struct mf_ynode *key = mf_yaml_key_at(n, i);

		CHECK((mf_yaml_type(n) == MF_Y_MAP) == (key != NULL));
		for (size_t k = 0; key && i < 20 && k < i; k++)
			CHECK(!mf_str_eq(mf_yaml_text(mf_yaml_key_at(n, k)), mf_yaml_text(key)));
		nodes += visit(mf_yaml_at(n, i), depth + 1) + (key != NULL);
	}
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_yaml *doc;
	struct mf_err err = { 0 };

	if (mf_yaml_parse(&doc, "f", (const char *)data, size, &err)) {
		CHECK(err.id && *err.why);
		return 0;
	}
	if (mf_yaml_root(doc))
		CHECK(visit(mf_yaml_root(doc), 1) <= MF_YAML_NODES);
	mf_yaml_free(doc);
	return 0;
}
