/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON; what is accepted has to survive being written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/json.h>
#include <mayfly/reveal.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static size_t visit(const struct mf_json *doc, const struct mf_jnode *n, unsigned depth)
{
	const enum mf_jtype type = mf_json_type(n);
	size_t nodes = 1, children = 0, looked_up = 0;

	CHECK(depth <= MF_JSON_DEPTH);
	CHECK((type == MF_J_ARRAY || type == MF_J_OBJECT) == !mf_json_text(doc, n).p);
	for (const struct mf_jnode *c = mf_json_first(n); c; c = mf_json_next(c), children++) {
		CHECK((type == MF_J_OBJECT) == (mf_json_key(c).p != NULL));
		if (type == MF_J_OBJECT && looked_up++ < 20)
			CHECK(mf_json_get(n, mf_json_key(c)) == c);
		nodes += visit(doc, c, depth + 1);
	}
	CHECK(children == mf_json_size(n));
	return nodes;
}

static void again(const struct mf_json *doc)
{
	struct mf_secret *once, *twice, *quoted = mf_secret_empty(SIZE_MAX / 4);
	const struct mf_jnode *root = mf_json_root(doc);
	struct mf_json *copy;
	struct mf_err err;

	once = mf_json_secret(doc, root);
	CHECK(once && quoted);
	if (mf_json_type(root) == MF_J_STRING) {
		CHECK(mf_json_quote_secret(quoted, mf_secret_reveal(once), &err) == 0);
		CHECK(mf_json_parse_secret(&copy, quoted, &err) == 0);
	} else {
		CHECK(mf_json_parse_secret(&copy, once, &err) == 0);
	}
	twice = mf_json_secret(copy, mf_json_root(copy));
	CHECK(twice && mf_secret_eq(once, twice));
	mf_json_free(copy);
	mf_secret_free(once);
	mf_secret_free(twice);
	mf_secret_free(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_buf quoted = MF_BUF(8 * size + 2);
	struct mf_json *doc;
	struct mf_err err = { 0 };

	if (mf_json_parse(&doc, (const char *)data, size, &err) == 0) {
		CHECK(visit(doc, mf_json_root(doc), 0) <= MF_JSON_NODES);
		again(doc);
		(void)mf_json_pointer(mf_json_root(doc), (struct mf_str){ (const char *)data, size });
		mf_json_free(doc);
	} else {
		CHECK(err.id && *err.why);
	}
	/* Any bytes at all can be quoted. */
	CHECK(mf_json_quote(&quoted, (struct mf_str){ (const char *)data, size }, &err) == 0);
	CHECK(mf_json_parse(&doc, quoted.p, quoted.n, &err) == 0);
	mf_json_free(doc);
	mf_buf_free(&quoted);
	return 0;
}
