/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a commit and as a tag, with ids of both lengths. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mayfly/walk.h>
#include "../../src/repo/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void as_commit(const uint8_t *data, size_t size, size_t oid_len)
{
	const struct mf_oid id = { { 1 } };
	struct mf_commit_head head;
	struct mf_err err = { 0 };
	struct mf_commit c;

	if (mf_commit_parse(&c, &id, data, size, oid_len, &err)) {
		CHECK(err.id && !mf_commit_head(&head, data, size, oid_len));
		return;
	}
	CHECK(mf_commit_head(&head, data, size, oid_len));
	CHECK(c.n_parents == head.n_parents && memcmp(&c.tree, &head.tree, sizeof(c.tree)) == 0);
	for (size_t i = 0; i < c.n_parents; i++) {
		const struct mf_oid parent = mf_commit_parent(&head, data, oid_len, i);

		CHECK(memcmp(&parent, &c.parents[i], sizeof(parent)) == 0);
	}
	CHECK(c.message_at + c.message_n == size);
	CHECK(c.message[c.message_n] == '\0' && (c.message_n == 0 || memcmp(c.message, data + c.message_at, c.message_n) == 0));
	CHECK(c.tz > -24 * 99 && c.tz < 24 * 99 && c.author && c.email);
	mf_commit_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum mf_otype type = MF_OBJ_NONE;
	struct mf_oid to;

	as_commit(data, size, 20);
	as_commit(data, size, 32);
	if (mf_tag_target(&to, &type, data, size, 20))
		CHECK(type >= MF_OBJ_COMMIT && type <= MF_OBJ_TAG);
	return 0;
}
