/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates (RFC 5280) and PKCS #12 containers, read by OpenSSL. lifetime/'s only file that uses it. */
#include "life_priv.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* What OpenSSL noted of a failure is not left for others to find. */
static bool out_of_memory(void)
{
	bool nomem = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;

	ERR_clear_error();
	return nomem;
}

/* Seconds since 1970; a time of 1970 or before comes out as 1, since 0 means "not known". */
static int64_t seconds(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0, ok = epoch && t && ASN1_TIME_diff(&days, &rest, epoch, t);
	int64_t v = (int64_t)days * 86400 + rest;

	ASN1_TIME_free(epoch);
	return !ok ? 0 : v > 0 ? v : 1;
}

static bool is_no_end(const ASN1_TIME *t)
{
	static const char last[] = "99991231235959Z";

	return t && ASN1_STRING_length(t) == (int)sizeof(last) - 1 && memcmp(ASN1_STRING_get0_data(t), last, sizeof(last) - 1) == 0;
}

/* The common name, else all of the name. */
static void subject_of(struct mf_lf_cert *out, X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	int at = name ? X509_NAME_get_index_by_NID(name, NID_commonName, -1) : -1, n = 0;
	unsigned char *utf8 = NULL;
	char whole[400] = "";

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n > 0)
		mf_lf_text(out->subject, sizeof(out->subject), "%.*s", n < 400 ? n : 400, (char *)utf8);
	else if (name && X509_NAME_oneline(name, whole, sizeof whole))
		mf_lf_text(out->subject, sizeof(out->subject), "%s", whole);
	if (n >= 0)
		OPENSSL_free(utf8);
}

int mf_lf_cert(struct mf_lf_cert *out, const unsigned char *der, size_t n, struct mf_err *err)
{
	const unsigned char *p = der;
	X509 *x = n <= MF_LIFE_VALUE_MAX ? d2i_X509(NULL, &p, (long)n) : NULL;
	uint32_t usage;

	if (!x)
		return out_of_memory() ? mf_fail_nomem(err) : 0;
	memset(out, 0, sizeof(*out));
	out->from = seconds(X509_get0_notBefore(x));
	out->no_end = is_no_end(X509_get0_notAfter(x));
	if (!out->no_end)
		out->to = seconds(X509_get0_notAfter(x));
	out->ca = X509_check_ca(x) > 0;
	usage = X509_get_key_usage(x);
	out->signs = usage != UINT32_MAX && (usage & KU_KEY_CERT_SIGN);
	out->self_signed = X509_self_signed(x, 0) == 1;
	subject_of(out, x);
	X509_free(x);
	return out_of_memory() ? mf_fail_nomem(err) : 1;
}

bool mf_lf_is_pkcs12(const unsigned char *der, size_t n)
{
	const unsigned char *p = der;
	PKCS12 *container = n <= MF_LIFE_VALUE_MAX ? d2i_PKCS12(NULL, &p, (long)n) : NULL;

	PKCS12_free(container);
	ERR_clear_error();
	return container != NULL;
}
