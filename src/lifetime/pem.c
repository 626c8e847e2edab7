/* SPDX-License-Identifier: Apache-2.0 */
/* PEM texts: certificates, private keys, both. A certificate is public; what makes it a credential is its key, and what ends the key's use is it. */
#include "life_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>

enum { BLOCKS = 500, CHAIN = 16, DER_KEY_MAX = 16 * 1024 };

struct blocks {
	struct mf_lf_cert leaf;	/* the one that is told: the first that is no CA's, else the first */
	size_t certs;
	struct mf_str key;	/* the first private key's block */
};

/* -- blocks ----------------------------------------------------------------------------------------- */

/* The next block from its BEGIN to behind its END (or to the end of the text), with what stands between them. */
static bool next_block(struct mf_str *rest, struct mf_str *label, struct mf_str *body, struct mf_str *whole)
{
	size_t at = mf_lf_find(*rest, "-----BEGIN "), end;
	struct mf_str s;

	if (at == SIZE_MAX)
		return false;
	s = mf_lf_from(*rest, at);
	*label = mf_lf_head(mf_lf_from(s, 11), 80);
	end = mf_lf_find(*label, "-----");
	*label = mf_lf_head(*label, end == SIZE_MAX ? 0 : end);
	at = 11 + (end == SIZE_MAX ? 0 : end + 5);
	end = mf_lf_find(mf_lf_from(s, at), "-----END");
	*body = mf_lf_head(mf_lf_from(s, at), end);
	at += body->n;
	*whole = mf_lf_head(s, at + (end == SIZE_MAX ? 0 : 8 + label->n + 6));
	*rest = mf_lf_from(s, at + (end == SIZE_MAX ? 0 : 8));
	return true;
}

/* Variables often hold a PEM text in one line, with \n for line ends. */
static void real_line_ends(char *out, struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		out[i] = s.p[i];
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == 'n' || s.p[i + 1] == 'r')) {
			out[i++] = ' ';
			out[i] = ' ';
		}
	}
}

/* A chain has few; of a bundle of a hundred the first ones tell what it is, and the rest is counted. */
static int add_cert(struct blocks *b, struct mf_str body, struct mf_err *err)
{
	char *text;
	unsigned char *der = NULL;
	struct mf_lf_cert cert;
	size_t n = 0;
	int rc;

	if (b->certs >= CHAIN) {
		b->certs++;
		return 1;
	}
	text = mf_calloc(body.n + 1, 1);
	if (!text)
		return mf_fail_nomem(err);
	real_line_ends(text, body);
	rc = mf_lf_b64(&der, &n, (struct mf_str){ .p = text, .n = body.n }, err);
	if (rc == 1) {
		rc = mf_lf_cert(&cert, der, n, err);
		free(der);
	}
	free(text);
	if (rc == 1 && (b->certs++ == 0 || (b->leaf.ca && !cert.ca)))
		b->leaf = cert;
	return rc;
}

static int read_blocks(struct blocks *b, struct mf_str text, struct mf_err *err)
{
	struct mf_str label, body, whole;

	for (size_t i = 0; i < BLOCKS && next_block(&text, &label, &body, &whole); i++) {
		if (mf_str_is(label, "CERTIFICATE") || mf_str_is(label, "TRUSTED CERTIFICATE") || mf_str_is(label, "X509 CERTIFICATE")) {
			if (add_cert(b, body, err) < 0)
				return -1;
		} else if (b->key.n == 0 && (mf_lf_has(label, "PRIVATE KEY") || mf_lf_has(label, "SECRET KEY"))) {
			b->key = whole;
		}
	}
	return 0;
}

/* -- telling ---------------------------------------------------------------------------------------- */

/* `openssl req -x509` makes every certificate a CA's: with its key beside it, and no key usage that names the signing, it is a server's. */
int mf_lf_take_cert(struct mf_lf *in, const struct mf_lf_cert *cert, size_t more, bool key)
{
	bool server = key && cert->self_signed && !cert->signs;

	if (cert->ca && cert->self_signed && !server)
		mf_lf_is(in, "x509-root", "a root certificate", key ? MF_LC_TLS_CA : MF_LC_NONE);
	else if (cert->ca && !server)
		mf_lf_is(in, "x509-intermediate", "an intermediate certificate", MF_LC_TLS_CA);
	else
		mf_lf_is(in, "x509-leaf", cert->self_signed ? "a self-signed certificate" : "a certificate", MF_LC_TLS);
	mf_lf_subject(in, mf_str(cert->subject));
	in->out->flags |= key ? MF_LIFE_KEY_BESIDE : 0;
	if (more)
		mf_lf_note(in, "%zu more certificate%s", more, more > 1 ? "s" : "");
	in->out->issued = cert->from;
	if (cert->no_end) {
		mf_lf_note(in, "its end is 9999-12-31: none");
		return mf_lf_static(in);
	}
	if (!cert->to) {
		mf_lf_note(in, "its dates cannot be read");
		return mf_lf_unknown(in);
	}
	mf_lf_measured(in, cert->from, cert->to);
	if (in->out->flags & MF_LIFE_ABSURD)
		mf_lf_note(in, "its dates cannot be meant");
	return 1;
}

/* Whose a key is, its label tells; OpenSSH writes its own for all kinds. */
int mf_lf_take_key(struct mf_lf *in, struct mf_str block)
{
	struct mf_str label = mf_lf_head(block, 80);

	if (mf_lf_has(label, "PGP"))
		mf_lf_is(in, "pgp-private-key", "an OpenPGP private key", MF_LC_API_KEY);
	else if (mf_lf_has(label, "OPENSSH") || mf_lf_has(label, "SSH2"))
		mf_lf_is(in, "ssh-private-key", "an SSH private key without a certificate", in->hint->person ? MF_LC_SSH_PERSON : MF_LC_SSH);
	else
		mf_lf_is(in, "private-key", "a private key without a certificate", MF_LC_TLS);
	if (!mf_lf_check(in, "pem-private", block, block))
		return mf_lf_nothing(in);
	if (mf_lf_has(mf_str(in->out->note), "key is encrypted"))
		in->out->flags |= MF_LIFE_ENCRYPTED;
	return mf_lf_static(in);
}

int mf_lf_pem(struct mf_lf *in)
{
	struct blocks b = { 0 };

	if (!mf_lf_has(in->v, "-----BEGIN ") || mf_str_begins(in->v, "{") || mf_str_begins(in->v, "["))
		return 0;
	if (read_blocks(&b, in->v, in->err) < 0)
		return -1;
	if (b.certs)
		return mf_lf_take_cert(in, &b.leaf, b.certs - 1, b.key.n > 0);
	if (b.key.n)
		return mf_lf_take_key(in, b.key);
	/* public keys, requests, parameters */
	return mf_str_begins(in->v, "-----BEGIN ") ? mf_lf_nothing(in) : 0;
}

/* -- DER -------------------------------------------------------------------------------------------- */

/* The check of private keys reads armour. */
static int der_key(struct mf_lf *in)
{
	static const char head[] = "-----BEGIN PRIVATE KEY-----\n", tail[] = "\n-----END PRIVATE KEY-----\n";
	size_t body = mf_b64_len(in->v.n, true), n = sizeof(head) - 1;
	struct mf_token_facts facts;
	char *text;
	int rc = 0;

	if (in->v.n < 40 || in->v.n > DER_KEY_MAX)
		return 0;
	text = mf_calloc(sizeof(head) + body + sizeof(tail), 1);
	if (!text)
		return mf_fail_nomem(in->err);
	memcpy(text, head, n);
	n += mf_b64_encode(text + n, in->v.p, in->v.n, MF_B64_STD, true);
	memcpy(text + n, tail, sizeof(tail));
	if (mf_check_run("pem-private", mf_str(text), (struct mf_str){ 0 }, &facts) == MF_FORMAT_VERIFIED)
		rc = mf_lf_take_key(in, mf_str(text));
	mf_wipe_free(text, sizeof(head) + body + sizeof(tail));
	return rc;
}

int mf_lf_der(struct mf_lf *in)
{
	const unsigned char *der = (const unsigned char *)in->v.p;
	struct mf_lf_cert cert;
	int rc;

	if (in->v.n < 40 || der[0] != 0x30 || !(der[1] & 0x80))
		return 0;
	rc = mf_lf_cert(&cert, der, in->v.n, in->err);
	if (rc < 0)
		return -1;
	return rc == 1 ? mf_lf_take_cert(in, &cert, 0, false) : der_key(in);
}
