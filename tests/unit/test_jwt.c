/* SPDX-License-Identifier: Apache-2.0 */
/* ci/jwt: what is taken for a token and what is not; signatures that OpenSSL itself verifies. */
#include "unit.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <mayfly/enc.h>
#include <mayfly/jwt.h>
#include <mayfly/reveal.h>
#include "failalloc.h"

static void add_b64(char *out, const char *text, size_t n)
{
	size_t at = strlen(out);

	at += mf_b64_encode(out + at, text, n, MF_B64_URL, false);
	out[at] = '\0';
}

/* header.payload.signature of the texts */
static struct mf_secret *token(const char *header, const char *payload)
{
	char text[4096] = "";

	add_b64(text, header, strlen(header));
	strncat(text, ".", 2);
	add_b64(text, payload, strlen(payload));
	strncat(text, ".c2ln", 6);
	return mf_secret_new(text, strlen(text));
}

static int decode(struct mf_claims *c, const char *payload, struct mf_err *err)
{
	struct mf_secret *t = token("{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", payload);
	int rc = mf_jwt_decode(c, t, err);

	mf_secret_free(t);
	return rc;
}

static void test_claims(void **state)
{
	struct mf_claims c;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(decode(&c, "{\"iss\":\"https://i\",\"sub\":\"repo:a/b:ref:refs/heads/main\",\"aud\":\"v\",\"iat\":1700000000,"
		"\"nbf\":1700000001.9,\"exp\":1.7000003e9,\"run\":7,\"list\":[1],\"yes\":true}", &err), 0);
	assert_true(mf_str_is(c.alg, "RS256"));
	assert_true(mf_str_is(c.kid, "k1"));
	assert_true(mf_str_is(c.iss, "https://i"));
	assert_true(mf_str_is(c.sub, "repo:a/b:ref:refs/heads/main"));
	assert_true(mf_str_is(c.aud, "v"));
	assert_int_equal(c.n_aud, 1);
	assert_int_equal(c.iat, 1700000000);
	assert_int_equal(c.nbf, 1700000001);
	assert_int_equal(c.exp, 1700000300);
	assert_true(mf_str_is(mf_claim(&c, "run"), "7"));
	assert_true(mf_str_is(mf_claim(&c, "yes"), "true"));
	assert_true(mf_str_is(mf_claim(&c, "list"), ""));
	assert_true(mf_str_is(mf_claim(&c, "none"), ""));
	mf_claims_free(&c);
	assert_null(c.doc);
	mf_claims_free(&c);
	mf_claims_free(NULL);
}

static void test_few_claims(void **state)
{
	struct mf_claims c;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(decode(&c, "{\"aud\":[\"one\",\"two\"]}", &err), 0);
	assert_int_equal(c.n_aud, 2);
	assert_true(mf_str_is(c.aud, "one"));
	assert_true(mf_str_is(c.iss, ""));
	assert_int_equal(c.exp, 0);
	mf_claims_free(&c);
	assert_int_equal(decode(&c, "{\"aud\":[]}", &err), 0);
	assert_int_equal(c.n_aud, 0);
	mf_claims_free(&c);
}

static void test_wrong_claims(void **state)
{
	static const char *const payloads[] = {
		"[]", "\"x\"", "", "{", "{}x", "{\"iss\":1}", "{\"sub\":null}", "{\"aud\":7}", "{\"aud\":[\"a\",7]}", "{\"aud\":{}}",
		"{\"exp\":\"1700000000\"}", "{\"exp\":-1}", "{\"exp\":1e300}", "{\"exp\":253402300800}", "{\"exp\":null}", "{\"iat\":true}",
		"{\"exp\":1,\"exp\":2}", "{\"nbf\":[1]}", "{\"a\":\"\xff\"}",
		"{\"exp\":1111111111111111111111111111111111111111111111111111111111111111111111}",
	};
	struct mf_claims c = { .exp = 99 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(payloads); i++) {
		struct mf_err err = { 0 };

		print_message("payload %zu\n", i);
		assert_int_equal(decode(&c, payloads[i], &err), -1);
		assert_string_equal(err.id, "MF-JWT-01");
		assert_int_equal(err.code, MF_NO_IDENTITY);
		assert_int_equal(c.exp, 99);
	}
}

static void refuse(const char *text, size_t n)
{
	struct mf_secret *t = mf_secret_new(text, n);
	struct mf_claims c;
	struct mf_err err = { 0 };

	assert_int_equal(mf_jwt_decode(&c, t, &err), -1);
	assert_string_equal(err.id, "MF-JWT-01");
	/* the token is never quoted */
	assert_null(strstr(err.what, "eyJ"));
	assert_null(strstr(err.why, "eyJ"));
	mf_secret_free(t);
}

static void test_wrong_form(void **state)
{
	static const char *const texts[] = {
		"", "x", "a.b", ".", "..", "...", "e30.e30", "e30.e30.", "e30..c2ln", ".e30.c2ln", "e30.e30.c2ln.x", "e30.e30.c2ln.",
		"e30=.e30.c2ln", "e30.e30.c2ln\n", " e30.e30.c2ln", "e3 0.e30.c2ln", "e30.e30.c2+n", "e30.e30.c2l!", "e31.e30.c2ln",
		"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
	};
	static char big[MF_JWT_MAX + 4];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		print_message("text %zu\n", i);
		refuse(texts[i], strlen(texts[i]));
	}
	refuse("e30.e30.c2\0n", 11);
	/* well-formed but for its length */
	memset(big, 'A', sizeof big);
	memcpy(big, "e30.e30.", 8);
	refuse(big, MF_JWT_MAX + 4);
}

static struct mf_secret *pem_of(EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct mf_secret *s;
	char *p;
	long n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, password ? EVP_aes_256_cbc() : NULL, password,
						       password ? (int)strlen(password) : 0, NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &p);
	s = mf_secret_new(p, (size_t)n);
	BIO_free(bio);
	return s;
}

/* DER from the two halves, as OpenSSL wants it */
static size_t to_der(unsigned char **der, const unsigned char *raw)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int n;

	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	*der = NULL;
	n = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return (size_t)n;
}

static int verify(EVP_PKEY *key, struct mf_str text, bool ec)
{
	const char *dot = memrchr(text.p, '.', text.n);
	struct mf_str part = { .p = dot + 1, .n = text.n - (size_t)(dot + 1 - text.p) };
	unsigned char raw[1024], *sig = raw, *der = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct mf_err err;
	size_t n;
	int ok;

	assert_int_equal(mf_b64_decode(raw, &n, part.p, part.n, MF_B64_URL, &err), 0);
	if (ec) {
		assert_int_equal(n, 64);
		n = to_der(&der, raw);
		sig = der;
	}
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	ok = EVP_DigestVerify(ctx, sig, n, (const unsigned char *)text.p, (size_t)(dot - text.p));
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	return ok;
}

static int sign(struct mf_secret **out, EVP_PKEY *key, const char *password, const char *given, struct mf_err *err)
{
	struct mf_secret *pem = pem_of(key, password);
	struct mf_secret *pw = given ? mf_secret_new(given, strlen(given)) : NULL;
	int rc = mf_jwt_sign(out, mf_str("{\"iss\":\"me\",\"exp\":1700000000}"), pem, pw, err);

	mf_secret_free(pem);
	mf_secret_free(pw);
	return rc;
}

static void check_signature(EVP_PKEY *key, const char *password, const char *alg)
{
	struct mf_secret *t = NULL;
	struct mf_claims c;
	struct mf_err err = { 0 };

	assert_int_equal(sign(&t, key, password, password, &err), 0);
	assert_int_equal(verify(key, mf_secret_reveal(t), alg[0] == 'E'), 1);
	assert_int_equal(mf_jwt_decode(&c, t, &err), 0);
	assert_true(mf_str_is(c.alg, alg));
	assert_true(mf_str_is(c.iss, "me"));
	mf_claims_free(&c);
	mf_secret_free(t);
}

static void test_sign(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");

	(void)state;
	check_signature(rsa, NULL, "RS256");
	check_signature(rsa, "open sesame", "RS256");
	/* r and s are short now and then: the halves must stay 32 bytes */
	for (int i = 0; i < 300; i++)
		check_signature(ec, NULL, "ES256");
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
}

static void refuse_key(EVP_PKEY *key, const char *password, const char *given, const char *why)
{
	struct mf_secret *t = NULL;
	struct mf_err err = { 0 };

	assert_int_equal(sign(&t, key, password, given, &err), -1);
	assert_null(t);
	assert_string_equal(err.id, "MF-JWT-02");
	assert_non_null(strstr(err.why, why));
	assert_int_equal(ERR_peek_error(), 0);
	EVP_PKEY_free(key);
}

static void test_sign_refuses(void **state)
{
	struct mf_secret *junk = mf_secret_new("-----BEGIN PRIVATE KEY-----\nAAAA\n", 33), *empty = mf_secret_new("", 0), *t = NULL;
	struct mf_err err = { 0 };

	(void)state;
	refuse_key(EVP_RSA_gen(1024), NULL, NULL, "2048");
	refuse_key(EVP_EC_gen("P-384"), NULL, NULL, "P-256");
	refuse_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, NULL, "neither RSA nor EC");
	refuse_key(EVP_EC_gen("P-256"), "right", "wrong", "password does not open it");
	refuse_key(EVP_EC_gen("P-256"), "right", NULL, "needs a password");
	assert_int_equal(mf_jwt_sign(&t, mf_str("{}"), junk, NULL, &err), -1);
	assert_string_equal(err.id, "MF-JWT-02");
	assert_int_equal(mf_jwt_sign(&t, mf_str("{}"), empty, NULL, &err), -1);
	mf_secret_free(junk);
	mf_secret_free(empty);
}

static int decode_once(void *ctx, struct mf_err *err)
{
	struct mf_claims c;

	if (mf_jwt_decode(&c, ctx, err))
		return -1;
	mf_claims_free(&c);
	return 0;
}

static int sign_once(void *pem, struct mf_err *err)
{
	struct mf_secret *t = NULL;

	if (mf_jwt_sign(&t, mf_str("{\"iss\":\"me\"}"), pem, NULL, err))
		return -1;
	mf_secret_free(t);
	return 0;
}

static void test_torture(void **state)
{
	struct mf_secret *t = token("{\"alg\":\"RS256\"}", "{\"iss\":\"i\",\"aud\":[\"a\",\"b\"],\"exp\":1700000000}");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct mf_secret *pem = pem_of(key, NULL);

	(void)state;
	mf_torture(decode_once, t);
	mf_torture_own(sign_once, pem);
	EVP_PKEY_free(key);
	mf_secret_free(pem);
	mf_secret_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_few_claims),
		cmocka_unit_test(test_wrong_claims),
		cmocka_unit_test(test_wrong_form),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
