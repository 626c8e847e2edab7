/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate check: one store for all connections, and notes for the error message. */
#include <openssl/x509v3.h>

#include "net.h"

static void name_text(char *out, size_t size, const X509_NAME *name)
{
	BIO *b = BIO_new(BIO_s_mem());
	int n = 0;

	if (b && X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_read(b, out, (int)size - 1);
	out[n > 0 ? n : 0] = '\0';
	BIO_free(b);
}

static void names_add(char *out, size_t size, const char *text, size_t n)
{
	size_t used = strlen(out);

	if (used + n + 5 > size || memchr(text, '\0', n))
		return;
	if (used)
		used = (size_t)(stpcpy(out + used, ", ") - out);
	out[used++] = '\'';
	memcpy(out + used, text, n);
	out[used + n] = '\'';
	out[used + n + 1] = '\0';
}

static void ip_text(char *out, size_t size, const ASN1_OCTET_STRING *ip)
{
	char text[64];
	const unsigned char *p = ASN1_STRING_get0_data(ip);
	int n = 0;

	if (ASN1_STRING_length(ip) == 4)
		n = BIO_snprintf(text, sizeof text, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
	if (n > 0)
		names_add(out, size, text, (size_t)n);
}

/* The names a server's certificate is valid for, as many as fit. */
static void alt_names(char *out, size_t size, X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type = 0;
		const ASN1_STRING *v = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DNS)
			names_add(out, size, (const char *)ASN1_STRING_get0_data(v), (size_t)ASN1_STRING_length(v));
		else if (type == GEN_IPADD)
			ip_text(out, size, v);
	}
	GENERAL_NAMES_free(names);
}

static int note_index(void)
{
	static int idx = -1;

	if (idx < 0)
		idx = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return idx;
}

static int on_verify(int ok, X509_STORE_CTX *sc)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct mf_tls_note *note = ssl ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), note_index()) : NULL;
	X509 *cert = X509_STORE_CTX_get_current_cert(sc);
	int depth = X509_STORE_CTX_get_error_depth(sc);

	if (!note || !cert)
		return ok;
	if (depth == 0)
		alt_names(note->names, sizeof note->names, cert);
	if (!ok && !note->code) {
		note->code = X509_STORE_CTX_get_error(sc);
		note->depth = depth;
		name_text(note->issuer, sizeof note->issuer, X509_get_issuer_name(cert));
	}
	return ok;
}

/* Called when the server asks for a certificate and there is none. */
static int on_asked(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
	struct mf_tls_note *note = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), note_index());

	(void)cert, (void)key;
	if (note)
		note->asked = true;
	return 0;
}

CURLcode mf_tls_setup(CURL *easy, void *ssl_ctx, void *note_arg)
{
	struct mf_tls_note *note = note_arg;

	(void)easy;
	note->code = note->depth = 0;
	note->issuer[0] = note->names[0] = '\0';
	note->asked = false;
	note->handshake = true;
	if (note_index() < 0 || SSL_CTX_set_ex_data(ssl_ctx, note_index(), note) != 1)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_client_cert_cb(ssl_ctx, on_asked);
	if (!note->store)
		return CURLE_OK;
	SSL_CTX_set1_cert_store(ssl_ctx, note->store);
	/* libcurl's choice for this peer stays: with skip_verify a proxy is still verified */
	SSL_CTX_set_verify(ssl_ctx, SSL_CTX_get_verify_mode(ssl_ctx), on_verify);
	return CURLE_OK;
}
