/* SPDX-License-Identifier: Apache-2.0 */
/* Digests against published vectors and against OpenSSL's own; CRC-32 against its definition. */
#include "unit.h"

#include <stdio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>

static struct mf_err err;

static void assert_hex(const unsigned char *p, size_t n, const char *want)
{
	char text[256];

	assert_true(n <= 127);
	mf_hex_encode(text, p, n, false);
	text[2 * n] = '\0';
	assert_string_equal(text, want);
}

static void test_sha(void **state)
{
	unsigned char d[32];

	(void)state;
	mf_sha256(d, "abc", 3);
	assert_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	mf_sha256(d, NULL, 0);
	assert_hex(d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	mf_sha1(d, "abc", 3);
	assert_hex(d, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	mf_sha1(d, NULL, 0);
	assert_hex(d, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* RFC 4231, cases 2 and 6; then keys and texts of all lengths around a block. */
static void test_hmac(void **state)
{
	unsigned char d[32], want[32], key[200], text[200];
	unsigned n;

	(void)state;
	mf_hmac_sha256(d, "Jefe", 4, "what do ya want for nothing?", 28);
	assert_hex(d, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	mf_hmac_sha256(d, key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54);
	assert_hex(d, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] = (unsigned char)(i * 7);
		text[i] = (unsigned char)(i * 31 + 5);
	}
	for (size_t i = 0; i < sizeof(key); i++) {
		assert_non_null(HMAC(EVP_sha256(), key, (int)i, text, sizeof(text) - i, want, &n));
		mf_hmac_sha256(d, key, i, text, sizeof(text) - i);
		assert_memory_equal(d, want, 32);
	}
}

static void test_pbkdf2(void **state)
{
	unsigned char d[100], want[100];

	(void)state;
	/* RFC 7914, section 11 */
	assert_int_equal(mf_pbkdf2_sha256(d, 64, "passwd", 6, "salt", 4, 1, &err), 0);
	assert_hex(d, 64, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
			  "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
	for (size_t n = 1; n <= sizeof(d); n += 9) {
		assert_int_equal(PKCS5_PBKDF2_HMAC("p\0q", 3, (const unsigned char *)"some salt", 9, (int)n * 3, EVP_sha256(), (int)n, want), 1);
		memset(d, 0xee, sizeof(d));
		assert_int_equal(mf_pbkdf2_sha256(d, n, "p\0q", 3, "some salt", 9, (unsigned)n * 3, &err), 0);
		assert_memory_equal(d, want, n);
		assert_true(n == sizeof(d) || d[n] == 0xee);
	}
	assert_fails(mf_pbkdf2_sha256(d, 16, "p", 1, "s", 1, 0, &err), err, "MF-BASE-03");
}

/* Bit by bit, as the standard defines it. */
static uint32_t slow_crc(const unsigned char *p, size_t n, uint32_t polynomial)
{
	uint32_t r = ~0u;

	for (size_t i = 0; i < n * 8; i++) {
		uint32_t bit = (r ^ (uint32_t)(p[i / 8] >> (i % 8))) & 1;

		r = r >> 1 ^ (bit ? polynomial : 0);
	}
	return ~r;
}

static void test_crc32(void **state)
{
	unsigned char p[80];

	(void)state;
	assert_int_equal(mf_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(mf_crc32(NULL, 0), 0);
	/* RFC 3720 B.4 has the second one */
	assert_int_equal(mf_crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(mf_crc32c((const char[32]){ 0 }, 32), 0x8a9136aa);
	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (unsigned char)(i * i + 3);
	for (size_t n = 0; n < 70; n++)
		for (size_t at = 0; at < 9; at++) {
			assert_int_equal(mf_crc32(p + at, n), slow_crc(p + at, n, 0xedb88320u));
			assert_int_equal(mf_crc32c(p + at, n), slow_crc(p + at, n, 0x82f63b78u));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_pbkdf2),
		cmocka_unit_test(test_crc32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
