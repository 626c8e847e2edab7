/* SPDX-License-Identifier: Apache-2.0 */
/* CA certificates by subject. A bundle holds some 150 of them and a chain needs one: OpenSSL 3.0 takes 20 ms to parse
 * them all, so here only the subjects are read, and a certificate is parsed when OpenSSL asks for it. */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>

#include "net.h"

enum { CERT_MAX_BYTES = 64 * 1024 };

struct entry {
	unsigned char *der;
	size_t n;
	const unsigned char *subject;	/* in der: the whole Name */
	size_t subject_n;
};

struct mf_ca_index {
	struct entry *entries;
	size_t n, cap;
	X509_LOOKUP_METHOD *method;
};

struct mf_ca_index *mf_ca_index_new(void)
{
	return mf_calloc(1, sizeof(struct mf_ca_index));
}

void mf_ca_index_free(struct mf_ca_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++)
		free(x->entries[i].der);
	free(x->entries);
	X509_LOOKUP_meth_free(x->method);
	free(x);
}

/* -- DER, as far as the subject -- */

struct der {
	const unsigned char *p;
	size_t n;
};

/* Takes the next element off `d`: `whole` with its header, `inner` without. Definite lengths up to 2^24 only. */
static bool der_next(struct der *d, unsigned char *tag, struct der *whole, struct der *inner)
{
	size_t len, head = 2;

	if (d->n < 2 || (d->p[0] & 0x1f) == 0x1f)
		return false;
	len = d->p[1];
	if (len & 0x80) {
		size_t octets = len & 0x7f;

		if (octets == 0 || octets > 3 || d->n < 2 + octets)
			return false;
		len = 0;
		for (size_t i = 0; i < octets; i++)
			len = len << 8 | d->p[2 + i];
		head += octets;
	}
	if (len > d->n - head)
		return false;
	*tag = d->p[0];
	*whole = (struct der){ .p = d->p, .n = head + len };
	*inner = (struct der){ .p = d->p + head, .n = len };
	d->p += head + len;
	d->n -= head + len;
	return true;
}

/* Certificate ::= { TBSCertificate ::= { [0] version, serial, algorithm, issuer, validity, subject, ... } ... } (RFC 5280) */
static bool find_subject(struct der cert, struct der *subject)
{
	struct der whole, tbs, field, inner;
	unsigned char tag;

	if (!der_next(&cert, &tag, &whole, &inner) || tag != 0x30)
		return false;
	cert = inner;
	if (!der_next(&cert, &tag, &whole, &tbs) || tag != 0x30)
		return false;
	if (!der_next(&tbs, &tag, &field, &inner))
		return false;
	if (tag == 0xa0 && !der_next(&tbs, &tag, &field, &inner))
		return false;
	for (int i = 0; i < 4; i++) {	/* field is the serial number here */
		if (!der_next(&tbs, &tag, &field, &inner))
			return false;
	}
	*subject = field;
	return tag == 0x30;
}

/* -- PEM -- */

/* The base64 between the markers of the next certificate; *rest moves past it. */
static bool next_block(struct mf_str *rest, struct mf_str *block)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	const char *from = memmem(rest->p, rest->n, begin, sizeof begin - 1), *to, *stop;

	if (!from)
		return false;
	from += sizeof begin - 1;
	stop = rest->p + rest->n;
	to = memmem(from, (size_t)(stop - from), end, sizeof end - 1);
	if (!to)
		return false;
	*block = (struct mf_str){ .p = from, .n = (size_t)(to - from) };
	to += sizeof end - 1;
	*rest = (struct mf_str){ .p = to, .n = (size_t)(stop - to) };
	return true;
}

/* Base64 with its white space taken out -> DER; 0 when it is none. */
static size_t decode(unsigned char *out, char *scratch, struct mf_str block)
{
	struct mf_err ignored;
	size_t n = 0, len = 0;

	for (size_t i = 0; i < block.n; i++) {
		char c = block.p[i];

		if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
			scratch[n++] = c;
	}
	return mf_b64_decode(out, &len, scratch, n, MF_B64_STD, &ignored) < 0 ? 0 : len;
}

static int entry_add(struct mf_ca_index *x, const unsigned char *der, size_t n)
{
	struct der subject;
	struct entry *e;

	if (!find_subject((struct der){ .p = der, .n = n }, &subject))
		return 0;
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 16;
		struct entry *grown = mf_regrow(x->entries, cap, sizeof *grown);

		if (!grown)
			return -1;
		x->entries = grown;
		x->cap = cap;
	}
	e = &x->entries[x->n];
	e->der = malloc(n);
	if (!e->der)
		return -1;
	memcpy(e->der, der, n);
	e->n = n;
	e->subject = e->der + (subject.p - der);
	e->subject_n = subject.n;
	x->n++;
	return 1;
}

long mf_ca_index_add(struct mf_ca_index *x, struct mf_str pem)
{
	MF_CLEANUP(mf_freep) char *scratch = malloc(CERT_MAX_BYTES);
	MF_CLEANUP(mf_freep) unsigned char *der = malloc(CERT_MAX_BYTES);
	struct mf_str block;
	long added = 0;

	if (!scratch || !der)
		return -1;
	while (next_block(&pem, &block)) {
		size_t n = block.n <= CERT_MAX_BYTES ? decode(der, scratch, block) : 0;
		int rc = n ? entry_add(x, der, n) : 0;

		if (rc < 0)
			return -1;
		added += rc;
	}
	return added;
}

/* -- the store -- */

static bool same_name(const struct entry *e, const X509_NAME *name, bool exact)
{
	const unsigned char *der = NULL, *p = e->subject;
	size_t n = 0;
	X509_NAME *own;
	bool same;

	if (exact)
		return X509_NAME_get0_der(name, &der, &n) == 1 && n == e->subject_n && memcmp(der, e->subject, n) == 0;
	own = d2i_X509_NAME(NULL, &p, (long)e->subject_n);
	same = own && X509_NAME_cmp(own, name) == 0;
	X509_NAME_free(own);
	return same;
}

/* Puts all certificates of that name into the store; `ret` gets the first one. OpenSSL takes a reference of its own
 * on what `ret` holds, so none may be left over here. */
static int load_by_name(struct mf_ca_index *x, X509_STORE *store, const X509_NAME *name, bool exact, X509_OBJECT *ret)
{
	int found = 0;

	for (size_t i = 0; i < x->n; i++) {
		const unsigned char *p = x->entries[i].der;
		X509 *cert;

		if (!same_name(&x->entries[i], name, exact))
			continue;
		cert = d2i_X509(NULL, &p, (long)x->entries[i].n);
		if (cert && X509_STORE_add_cert(store, cert) == 1 && !found && X509_OBJECT_set1_X509(ret, cert) == 1) {
			X509_free(cert);
			found = 1;
		}
		X509_free(cert);
	}
	return found;
}

static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *ret)
{
	struct mf_ca_index *x = X509_LOOKUP_get_method_data(lookup);
	X509_STORE *store = X509_LOOKUP_get_store(lookup);

	if (type != X509_LU_X509)
		return 0;
	/* names that differ in case or string type only are the same (RFC 5280 section 7.1) */
	return load_by_name(x, store, name, true, ret) || load_by_name(x, store, name, false, ret);
}

X509_STORE *mf_ca_index_store(struct mf_ca_index *x)
{
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup = NULL;

	if (!x->method) {
		x->method = X509_LOOKUP_meth_new("certificates by subject");
		if (x->method)
			X509_LOOKUP_meth_set_get_by_subject(x->method, by_subject);
	}
	if (store && x->method)
		lookup = X509_STORE_add_lookup(store, x->method);
	if (!lookup || X509_LOOKUP_set_method_data(lookup, x) != 1
	    || X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN) != 1) {
		X509_STORE_free(store);
		ERR_clear_error();
		return NULL;
	}
	return store;
}
