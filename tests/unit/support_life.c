/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates are made by OpenSSL while the test runs, SSH's and PyPI's by hand. */
#include "unit.h"
#include "support_life.h"

#include <stdio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <mayfly/enc.h>
#include <mayfly/verify.h>

enum { RING = 8, ROOM = 16384 };

static char ring[RING][ROOM];
static unsigned next;
static EVP_PKEY *the_key;

static const struct {
	const char *check;
	enum mf_verdict_format want;
	const char *secret, *match;
} samples[] = {
#include "verify_samples.def"
};

static char *room(void)
{
	return ring[next++ % RING];
}

const char *life_sample(const char *check)
{
	for (size_t i = 0; i < MF_COUNT(samples); i++)
		if (strcmp(samples[i].check, check) == 0)
			return samples[i].secret;
	fail_msg("no sample of %s", check);
	return "";
}

const char *life_text(const char *fmt, ...)
{
	char *out = room();
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, ROOM, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && n < ROOM);
	return out;
}

static const char *encoded(const void *p, size_t n, enum mf_b64 alphabet, bool padded)
{
	char *out = room();

	assert_true(mf_b64_len(n, padded) < ROOM);
	out[mf_b64_encode(out, p, n, alphabet, padded)] = '\0';
	return out;
}

const char *life_b64(const void *p, size_t n)
{
	return encoded(p, n, MF_B64_STD, true);
}

const char *life_jwt(const char *claims)
{
	return life_text("eyJhbGciOiJIUzI1NiJ9.%s.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbg", encoded(claims, strlen(claims), MF_B64_URL, false));
}

static size_t field(unsigned char *out, unsigned type, const char *text)
{
	size_t n = strlen(text);

	out[0] = (unsigned char)type;
	out[1] = (unsigned char)n;
	memcpy(out + 2, text, n);
	return n + 2;
}

const char *life_pypi(const char *caveat)
{
	unsigned char raw[400];
	size_t n = 0;

	raw[n++] = 2;
	n += field(raw + n, 1, "pypi.org");
	n += field(raw + n, 2, "85fd1729-9499-4b34-8a52-000000000000");
	raw[n++] = 0;
	if (caveat) {
		n += field(raw + n, 2, caveat);
		raw[n++] = 0;
	}
	raw[n++] = 0;
	n += field(raw + n, 6, "0123456789abcdef0123456789abcdef");
	return life_text("pypi-%s", encoded(raw, n, MF_B64_URL, false));
}

/* -- SSH -------------------------------------------------------------------------------------------- */

static void number(unsigned char *raw, size_t *n, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0;)
		raw[(*n)++] = (unsigned char)(v >> 8 * i);
}

static void string(unsigned char *raw, size_t *n, const char *p, size_t len)
{
	number(raw, n, len, 4);
	memcpy(raw + *n, p, len);
	*n += len;
}

const char *life_ssh_cert(unsigned type, uint64_t after, uint64_t before, const char *principal)
{
	static const char kind[] = "ssh-ed25519-cert-v01@openssh.com", bytes[33] = "0123456789abcdef0123456789abcdef";
	unsigned char raw[1024], list[256];
	size_t n = 0, list_n = 0;

	string(raw, &n, kind, sizeof(kind) - 1);
	string(raw, &n, bytes, 32);	/* nonce */
	string(raw, &n, bytes, 32);	/* key */
	number(raw, &n, 7, 8);
	number(raw, &n, type, 4);
	string(raw, &n, "deploy@ci", 9);
	if (principal)
		string(list, &list_n, principal, strlen(principal));
	string(raw, &n, (char *)list, list_n);
	number(raw, &n, after, 8);
	number(raw, &n, before, 8);
	for (int i = 0; i < 3; i++)	/* options, extensions, reserved */
		string(raw, &n, "", 0);
	return life_text("%s %s deploy", kind, life_b64(raw, n));
}

/* -- X.509 ------------------------------------------------------------------------------------------ */

static EVP_PKEY *key(void)
{
	if (!the_key)
		the_key = EVP_EC_gen("P-256");
	assert_non_null(the_key);
	return the_key;
}

static void set_time(ASN1_TIME *t, int64_t at)
{
	if (at)
		assert_non_null(ASN1_TIME_set(t, (time_t)at));
	else
		assert_int_equal(ASN1_TIME_set_string(t, "99991231235959Z"), 1);
}

static void name(X509_NAME *n, const char *common)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0), 1);
}

static void extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509 *make(enum life_cert kind, int64_t from, int64_t to)
{
	bool ca = kind == LIFE_INTERMEDIATE || kind == LIFE_ROOT || kind == LIFE_REQ, self = kind != LIFE_LEAF && kind != LIFE_INTERMEDIATE;
	X509 *x = X509_new();

	assert_non_null(x);
	assert_int_equal(X509_set_version(x, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	set_time(X509_getm_notBefore(x), from);
	set_time(X509_getm_notAfter(x), to);
	name(X509_get_subject_name(x), "ci.acme.io");
	name(X509_get_issuer_name(x), self ? "ci.acme.io" : "Acme CA");
	assert_int_equal(X509_set_pubkey(x, key()), 1);
	extension(x, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (ca && kind != LIFE_REQ)
		extension(x, NID_key_usage, "critical,keyCertSign,cRLSign");
	assert_true(X509_sign(x, key(), EVP_sha256()) > 0);
	return x;
}

static const char *from_bio(BIO *b)
{
	char *text;
	long n = BIO_get_mem_data(b, &text);
	const char *out = life_text("%.*s", (int)n, text);

	BIO_free(b);
	return out;
}

const char *life_cert(enum life_cert kind, int64_t from, int64_t to)
{
	X509 *x = make(kind, from, to);
	BIO *b = BIO_new(BIO_s_mem());

	assert_non_null(b);
	assert_int_equal(PEM_write_bio_X509(b, x), 1);
	X509_free(x);
	return from_bio(b);
}

unsigned char *life_cert_der(size_t *n, enum life_cert kind, int64_t from, int64_t to)
{
	X509 *x = make(kind, from, to);
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	assert_true(len > 0);
	*n = (size_t)len;
	X509_free(x);
	return der;
}

const char *life_key(void)
{
	BIO *b = BIO_new(BIO_s_mem());

	assert_non_null(b);
	assert_int_equal(PEM_write_bio_PrivateKey(b, key(), NULL, NULL, 0, NULL, NULL), 1);
	return from_bio(b);
}

unsigned char *life_key_der(size_t *n)
{
	unsigned char *der = NULL;
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key());
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	assert_true(len > 0);
	*n = (size_t)len;
	PKCS8_PRIV_KEY_INFO_free(info);
	return der;
}

unsigned char *life_pkcs12(size_t *n)
{
	X509 *x = make(LIFE_LEAF, 1700000000, 1800000000);
	PKCS12 *p = PKCS12_create("test", "ci", key(), x, NULL, 0, 0, 0, 0, 0);
	unsigned char *der = NULL;
	int len;

	assert_non_null(p);
	len = i2d_PKCS12(p, &der);
	assert_true(len > 0);
	*n = (size_t)len;
	PKCS12_free(p);
	X509_free(x);
	return der;
}

void life_support_free(void)
{
	EVP_PKEY_free(the_key);
	the_key = NULL;
}
