/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what a child tells of a check: what is taken is written and taken again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/check.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_check_list list = { 0 }, again = { 0 };
	struct mf_buf text = MF_BUF(64 << 20), second = MF_BUF(64 << 20);
	struct mf_err err = { 0 };

	if (mf_check_read(&list, (struct mf_str){ (const char *)data, size }, &err))
		return 0;
	CHECK(mf_check_write(&text, &list, &err) == 0);
	CHECK(mf_check_read(&again, (struct mf_str){ mf_buf_text(&text), text.n }, &err) == 0);
	CHECK(mf_check_write(&second, &again, &err) == 0);
	CHECK(text.n == second.n && memcmp(text.p, second.p, text.n) == 0);
	mf_check_list_free(&list);
	mf_check_list_free(&again);
	mf_buf_free(&text);
	mf_buf_free(&second);
	return 0;
}
