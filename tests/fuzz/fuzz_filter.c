/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a line with a value in it: the first two bytes say where it begins and how long it is. What counts against a token with a format of its
 * own counts against any value. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/verify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_str line, value;
	const char *strong, *any;
	double bits;

	if (size < 3)
		return 0;
	line = (struct mf_str){ .p = (const char *)data + 2, .n = size - 2 };
	value = line;
	if (data[0] < value.n) {
		value.p += data[0];
		value.n -= data[0];
	}
	if (data[1] && data[1] < value.n)
		value.n = data[1];
	strong = mf_not_a_secret(value, line, line, false);
	any = mf_not_a_secret(value, line, line, true);
	CHECK(!strong || (any && *any && *strong));
	mf_not_a_secret(value, value, (struct mf_str){ 0 }, true);
	/* the match begins with the line, or somewhere before the value */
	mf_name_denies(value, line, line);
	mf_name_denies(value, (struct mf_str){ line.p + (value.p - line.p) / 2, (size_t)(value.p - line.p + 1) / 2 + value.n }, line);
	mf_made_of_words(value);
	bits = mf_entropy(value);
	CHECK(bits >= 0 && bits <= 8.000001);
	return 0;
}
