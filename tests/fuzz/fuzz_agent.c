/* SPDX-License-Identifier: Apache-2.0 */
/* What a stranger on the machine sends to the agent's address: nothing but the bearer opens it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/cmd/agent_serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char token[] = "0123456789abcdef";
	struct mf_serve s = { .token = mf_secret_new(token, sizeof(token) - 1), .answer = mf_secret_new("{}", 2) };
	char *text = malloc(size + 1);

	CHECK(text && s.token && s.answer);
	memcpy(text, data, size);
	text[size] = '\0';
	if (mf_serve_judge(&s, text) == MF_SERVE_OK)
		CHECK(strstr(text, token) && strcasestr(text, "authorization"));
	free(text);
	mf_secret_free((struct mf_secret *)s.token);
	mf_secret_free(s.answer);
	return 0;
}
