/* SPDX-License-Identifier: Apache-2.0 */
/* Signs a token with a key of the user's own (RFC 7515 section 7.1), for servers that trust that key instead of a CI's. */
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/jwt.h>
#include <mayfly/reveal.h>

enum { RSA_MIN_BITS = 2048, P256_BYTES = 32 };

static int bad_key(struct mf_err *err, const char *why)
{
	ERR_clear_error();
	mf_fail(err, MF_E_JWT_KEY, "cannot sign a token with the private key");
	mf_err_why(err, "%s", why);
	return -1;
}

/* OpenSSL would otherwise ask on the terminal. */
static int give_password(char *buf, int size, int writing, void *password)
{
	const struct mf_secret *s = password;
	struct mf_str p;

	(void)writing;
	if (!s)
		return -1;
	p = mf_secret_reveal(s);
	if (size < 0 || p.n > (size_t)size)
		return -1;
	if (p.n)
		memcpy(buf, p.p, p.n);
	return (int)p.n;
}

static EVP_PKEY *load(const struct mf_secret *pem, const struct mf_secret *password)
{
	struct mf_str text = mf_secret_reveal(pem);
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (text.n == 0 || text.n > MF_JWT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(text.p, (int)text.n);
	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)(uintptr_t)password);
	BIO_free(bio);
	return key;
}

/* The JWS name of what this key can do, or NULL. */
static const char *algorithm(const EVP_PKEY *key, const char **why)
{
	char curve[64] = "";
	size_t n;

	if (EVP_PKEY_is_a(key, "RSA")) {
		*why = "an RSA key needs at least 2048 bits";
		return EVP_PKEY_get_bits(key) >= RSA_MIN_BITS ? "RS256" : NULL;
	}
	*why = "the key is neither RSA nor EC on the curve P-256";
	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, curve, sizeof curve, &n) == 1 &&
	    (strcmp(curve, "prime256v1") == 0 || strcmp(curve, "P-256") == 0))
		return "ES256";
	return NULL;
}

/* Returns malloc'ed bytes, NULL when OpenSSL fails. */
static unsigned char *digest_sign(EVP_PKEY *key, struct mf_str input, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *in = (const unsigned char *)input.p;
	unsigned char *sig = NULL;

	if (ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, NULL, n, in, input.n) == 1)
		sig = mf_calloc(*n, 1);
	if (sig && EVP_DigestSign(ctx, sig, n, in, input.n) != 1) {
		free(sig);
		sig = NULL;
	}
	EVP_MD_CTX_free(ctx);
	return sig;
}

/* OpenSSL gives DER; JWS wants both numbers at full width (RFC 7518 section 3.4). `sig` is replaced. */
static bool flatten(unsigned char **sig, size_t *n)
{
	const unsigned char *p = *sig;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)*n);
	unsigned char *flat = mf_calloc(2, P256_BYTES);
	bool ok = pair && flat &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(pair), flat, P256_BYTES) == P256_BYTES &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(pair), flat + P256_BYTES, P256_BYTES) == P256_BYTES;

	ECDSA_SIG_free(pair);
	if (!ok) {
		free(flat);
		return false;
	}
	free(*sig);
	*sig = flat;
	*n = 2 * P256_BYTES;
	return true;
}

static int add_b64(struct mf_secret *out, const void *p, size_t n, struct mf_err *err)
{
	size_t len = mf_b64_len(n, false);
	char *text = mf_calloc(len + 1, 1);
	int rc;

	if (!text)
		return mf_fail_nomem(err);
	mf_b64_encode(text, p, n, MF_B64_URL, false);
	rc = mf_secret_add(out, text, len, err);
	mf_wipe(text, len);
	free(text);
	return rc;
}

static int add_signature(struct mf_secret *token, EVP_PKEY *key, bool ec, struct mf_err *err)
{
	size_t n = 0;
	unsigned char *sig = digest_sign(key, mf_secret_reveal(token), &n);
	int rc;

	if (!sig || (ec && !flatten(&sig, &n))) {
		free(sig);
		return bad_key(err, "OpenSSL could not sign with it");
	}
	rc = mf_secret_add(token, ".", 1, err);
	if (rc == 0)
		rc = add_b64(token, sig, n, err);
	free(sig);
	return rc;
}

static int build(struct mf_secret *token, EVP_PKEY *key, struct mf_str payload, struct mf_err *err)
{
	const char *why = "", *alg = algorithm(key, &why);
	bool ec = alg && alg[0] == 'E';
	const char *header = ec ? "{\"alg\":\"ES256\",\"typ\":\"JWT\"}" : "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";

	if (!alg)
		return bad_key(err, why);
	if (add_b64(token, header, strlen(header), err) || mf_secret_add(token, ".", 1, err) ||
	    add_b64(token, payload.p, payload.n, err))
		return -1;
	return add_signature(token, key, ec, err);
}

int mf_jwt_sign(struct mf_secret **out, struct mf_str payload, const struct mf_secret *pem,
		const struct mf_secret *password, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *token = mf_secret_empty(MF_JWT_MAX);
	EVP_PKEY *key;
	int rc;

	if (!token)
		return mf_fail_nomem(err);
	key = load(pem, password);
	if (!key)
		return bad_key(err, password ? "it is no private key in PEM form, or the password does not open it"
					     : "it is no private key in PEM form, or it needs a password");
	rc = build(token, key, payload, err);
	EVP_PKEY_free(key);
	if (rc)
		return -1;
	*out = token;
	token = NULL;
	return 0;
}
