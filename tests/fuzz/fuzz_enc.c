/* SPDX-License-Identifier: Apache-2.0 */
/* base64 both ways, percent and hex encoding, UTF-8 and the cleaning of text. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/text.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

/* What is accepted is canonical: it is what encoding makes. */
static void decode(const char *s, size_t n, enum mf_b64 alphabet)
{
	char *out = malloc(n / 4 * 3 + 3), *back = malloc(n + 4);
	size_t out_n = 0;
	struct mf_err err = { 0 };

	CHECK(out && back);
	if (mf_b64_decode(out, &out_n, s, n, alphabet, &err) == 0) {
		CHECK(out_n <= n / 4 * 3 + 2);
		CHECK(mf_b64_encode(back, out, out_n, alphabet, n && s[n - 1] == '=') == n || n % 4 == 0);
		CHECK(memcmp(back, s, mf_b64_len(out_n, false)) == 0);
	} else {
		CHECK(err.id);
	}
	free(out);
	free(back);
}

static void encode(const uint8_t *data, size_t size)
{
	char *text = malloc(3 * size + 4), *back = malloc(size + 8);
	size_t n, back_n;
	struct mf_err err;

	CHECK(text && back);
	for (int variant = 0; variant < 4; variant++) {
		n = mf_b64_encode(text, data, size, variant & 1 ? MF_B64_URL : MF_B64_STD, variant & 2);
		CHECK(n == mf_b64_len(size, variant & 2));
		CHECK(mf_b64_decode(back, &back_n, text, n, variant & 1 ? MF_B64_URL : MF_B64_STD, &err) == 0);
		CHECK(back_n == size && memcmp(back, data, size) == 0);
	}
	CHECK(mf_pct_encode(text, data, size, size & 1) <= 3 * size);
	mf_hex_encode(text, data, size, size & 1);
	free(text);
	free(back);
}

static void clean(const uint8_t *data, size_t size, bool lines)
{
	char *s = malloc(size + 1);
	size_t n;

	CHECK(s);
	memcpy(s, data, size);
	s[size] = '\0';
	n = strlen(s);
	mf_text_clean(s, lines);
	CHECK(strlen(s) <= n);
	CHECK(mf_utf8_valid(s, strlen(s)));
	for (const char *p = s; *p; p++)
		CHECK((unsigned char)*p >= 0x20 ? *p != 0x7f : lines && (*p == '\n' || *p == '\t'));
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode((const char *)data, size, MF_B64_STD);
	decode((const char *)data, size, MF_B64_URL);
	encode(data, size);
	clean(data, size, true);
	clean(data, size, false);
	return 0;
}
