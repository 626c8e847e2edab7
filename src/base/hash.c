/* SPDX-License-Identifier: Apache-2.0 */
/* Digests over OpenSSL's block functions, and CRC-32. The low-level calls neither allocate nor fail, which is what a digest without
 * a result code needs; and PBKDF2 over copies of a prepared state takes a third of the time of PKCS5_PBKDF2_HMAC, so that the same
 * milliseconds buy three times the rounds. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <mayfly/hash.h>

#include <pthread.h>
#include <openssl/sha.h>
#include <mayfly/secret.h>

enum { BLOCK = 64 };

void mf_sha256(unsigned char out[static 32], const void *p, size_t n)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, p, n);
	SHA256_Final(out, &c);
	mf_wipe(&c, sizeof(c));
}

void mf_sha1(unsigned char out[static 20], const void *p, size_t n)
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, p, n);
	SHA1_Final(out, &c);
	mf_wipe(&c, sizeof(c));
}

/* The two halves of HMAC with the key taken in. */
struct hmac {
	SHA256_CTX inner, outer;
};

static void hmac_key(struct hmac *h, const void *key, size_t n)
{
	unsigned char pad[BLOCK] = { 0 };

	if (n > BLOCK)
		mf_sha256(pad, key, n);
	else if (n)
		memcpy(pad, key, n);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	SHA256_Init(&h->inner);
	SHA256_Update(&h->inner, pad, BLOCK);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&h->outer);
	SHA256_Update(&h->outer, pad, BLOCK);
	mf_wipe(pad, sizeof(pad));
}

/* `inner` has taken the message and is used up. */
static void hmac_end(unsigned char out[static 32], const struct hmac *h, SHA256_CTX *inner)
{
	SHA256_CTX outer = h->outer;

	SHA256_Final(out, inner);
	SHA256_Update(&outer, out, 32);
	SHA256_Final(out, &outer);
}

void mf_hmac_sha256(unsigned char out[static 32], const void *key, size_t key_n, const void *p, size_t n)
{
	struct hmac h;
	SHA256_CTX c;

	hmac_key(&h, key, key_n);
	c = h.inner;
	SHA256_Update(&c, p, n);
	hmac_end(out, &h, &c);
	mf_wipe(&h, sizeof(h));
	mf_wipe(&c, sizeof(c));
}

static void put_words(unsigned char *out, const SHA256_CTX *c)
{
	for (size_t i = 0; i < 8; i++) {
		const uint32_t v = (uint32_t)c->h[i];

		out[4 * i] = (unsigned char)(v >> 24);
		out[4 * i + 1] = (unsigned char)(v >> 16);
		out[4 * i + 2] = (unsigned char)(v >> 8);
		out[4 * i + 3] = (unsigned char)v;
	}
}

/* A message of 32 bytes behind the key's block is one block with its padding, so that each hash of a round is one transformation. */
static void rounds_of_32(unsigned char out[static 32], const struct hmac *h, const unsigned char first[static 32], unsigned rounds)
{
	unsigned char block[BLOCK] = { 0 };
	SHA256_CTX c;

	memcpy(block, first, 32);
	block[32] = 0x80;
	block[BLOCK - 2] = (BLOCK + 32) * 8 >> 8;
	block[BLOCK - 1] = (BLOCK + 32) * 8 & 0xff;
	while (rounds--) {
		memcpy(c.h, h->inner.h, sizeof(c.h));
		SHA256_Transform(&c, block);
		put_words(block, &c);
		memcpy(c.h, h->outer.h, sizeof(c.h));
		SHA256_Transform(&c, block);
		put_words(block, &c);
		for (size_t k = 0; k < 32; k++)
			out[k] ^= block[k];
	}
	mf_wipe(block, sizeof(block));
	mf_wipe(&c, sizeof(c));
}

/* Block number `i`, from 1, of RFC 8018's F. */
static void pbkdf2_block(unsigned char out[static 32], const struct hmac *h, const void *salt, size_t salt_n, uint32_t i, unsigned rounds)
{
	const unsigned char number[4] = { (unsigned char)(i >> 24), (unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i };
	unsigned char first[32];
	SHA256_CTX c = h->inner;

	SHA256_Update(&c, salt, salt_n);
	SHA256_Update(&c, number, sizeof(number));
	hmac_end(first, h, &c);
	memcpy(out, first, 32);
	rounds_of_32(out, h, first, rounds - 1);
	mf_wipe(first, sizeof(first));
	mf_wipe(&c, sizeof(c));
}

int mf_pbkdf2_sha256(unsigned char *out, size_t out_n, const void *pass, size_t pass_n, const void *salt, size_t salt_n, unsigned rounds,
		     struct mf_err *err)
{
	unsigned char block[32];
	struct hmac h;
	uint32_t i = 1;

	if (rounds == 0 || out_n / 32 >= UINT32_MAX)
		return mf_fail(err, MF_E_BASE_BUG, "a key cannot be derived with %u rounds", rounds);
	hmac_key(&h, pass, pass_n);
	for (size_t at = 0; at < out_n; at += 32, i++) {
		pbkdf2_block(block, &h, salt, salt_n, i, rounds);
		memcpy(out + at, block, out_n - at < 32 ? out_n - at : 32);
	}
	mf_wipe(&h, sizeof(h));
	mf_wipe(block, sizeof(block));
	return 0;
}

/* t[k][b]: the remainder of byte b with k zero bytes after it, so that eight bytes are taken in one step. */
struct crc {
	uint32_t t[8][256];
};
static struct crc ieee, castagnoli;
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void crc_fill(struct crc *c, uint32_t polynomial)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t r = b;

		for (int bit = 0; bit < 8; bit++)
			r = r & 1 ? r >> 1 ^ polynomial : r >> 1;
		c->t[0][b] = r;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t b = 0; b < 256; b++)
			c->t[k][b] = c->t[k - 1][b] >> 8 ^ c->t[0][c->t[k - 1][b] & 255];
}

static void crc_fill_all(void)
{
	crc_fill(&ieee, 0xedb88320u);
	crc_fill(&castagnoli, 0x82f63b78u);
}

static uint32_t little32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t crc(const struct crc *c, const unsigned char *s, size_t n)
{
	uint32_t r = 0xffffffffu, a, b;

	pthread_once(&crc_once, crc_fill_all);
	for (; n >= 8; s += 8, n -= 8) {
		a = little32(s) ^ r;
		b = little32(s + 4);
		r = c->t[7][a & 255] ^ c->t[6][a >> 8 & 255] ^ c->t[5][a >> 16 & 255] ^ c->t[4][a >> 24] ^
		    c->t[3][b & 255] ^ c->t[2][b >> 8 & 255] ^ c->t[1][b >> 16 & 255] ^ c->t[0][b >> 24];
	}
	for (; n; s++, n--)
		r = r >> 8 ^ c->t[0][(r ^ *s) & 255];
	return ~r;
}

uint32_t mf_crc32(const void *p, size_t n)
{
	return crc(&ieee, p, n);
}

uint32_t mf_crc32c(const void *p, size_t n)
{
	return crc(&castagnoli, p, n);
}
