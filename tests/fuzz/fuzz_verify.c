/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token for any check: the first byte chooses it, the second how much of the rest is the secret within the match. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/verify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_token_facts facts, again;
	enum mf_verdict_format f;
	struct mf_str match, secret;
	size_t count = 0;

	if (size < 2)
		return 0;
	while (mf_check_names[count])
		count++;
	match = (struct mf_str){ .p = (const char *)data + 2, .n = size - 2 };
	secret = match;
	if (data[1] < match.n) {
		secret.p += data[1];
		secret.n -= data[1];
	}
	f = mf_check_run(mf_check_names[data[0] % count], secret, match, &facts);
	CHECK(f == MF_FORMAT_PLAUSIBLE || f == MF_FORMAT_VERIFIED || f == MF_FORMAT_BROKEN);
	CHECK(memchr(facts.account, 0, sizeof(facts.account)) && memchr(facts.note, 0, sizeof(facts.note)));
	CHECK(mf_utf8_valid(facts.account, strlen(facts.account)) && mf_utf8_valid(facts.note, strlen(facts.note)));
	CHECK(f == mf_check_run(mf_check_names[data[0] % count], secret, match, &again));
	CHECK(facts.harmless == again.harmless && facts.expires == again.expires && strcmp(facts.account, again.account) == 0);
	return 0;
}
