/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token, and any bytes as the payload of a well-formed one. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/jwt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const void *p, size_t n)
{
	struct mf_secret *token = mf_secret_new(p, n);
	struct mf_claims c;
	struct mf_err err = { 0 };

	if (token && mf_jwt_decode(&c, token, &err) == 0) {
		if (c.exp < 0 || c.iat < 0 || c.nbf < 0 || (c.n_aud == 0 && c.aud.n))
			abort();
		(void)mf_claim(&c, "sub");
		(void)mf_claim(&c, "aud");
		mf_claims_free(&c);
	} else if (token && !err.id) {
		abort();
	}
	mf_secret_free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "eyJhbGciOiJSUzI1NiJ9.";
	char *text;
	size_t n = sizeof head - 1;

	decode(data, size);
	if (size > 40 * 1024)
		return 0;
	text = malloc(n + mf_b64_len(size, false) + 5);
	if (!text)
		return 0;
	memcpy(text, head, n);
	n += mf_b64_encode(text + n, data, size, MF_B64_URL, false);
	memcpy(text + n, ".c2ln", 5);
	decode(text, n + 5);
	free(text);
	return 0;
}
