/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in DER: PKCS #1, PKCS #8 plain and encrypted, SEC 1, DSA. Only lengths and types are read, to the end of the key. */
#include "verify_priv.h"

struct tlv {
	unsigned type;
	const unsigned char *p;
	size_t n;
};

/* The next element of [*p, *p + *left); definite lengths only, as DER has it. */
static bool next(struct tlv *t, const unsigned char **p, size_t *left)
{
	size_t n, head = 2;

	if (*left < 2)
		return false;
	t->type = (*p)[0];
	n = (*p)[1];
	if (n & 128) {
		size_t count = n & 127;

		if (count == 0 || count > 3 || *left < 2 + count)
			return false;
		n = 0;
		for (size_t i = 0; i < count; i++)
			n = n << 8 | (*p)[2 + i];
		head += count;
	}
	if (n > *left - head)
		return false;
	t->p = *p + head;
	t->n = n;
	*p += head + n;
	*left -= head + n;
	return true;
}

#define MOST 12		/* elements of any key's sequence */

/* All elements of a sequence; 0 when it is none or has more. */
static size_t elements(struct tlv out[static MOST], const unsigned char *p, size_t n)
{
	size_t count = 0;

	while (n) {
		if (count == MOST || !next(&out[count], &p, &n))
			return 0;
		count++;
	}
	return count;
}

static bool integers(const struct tlv *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].type != 2 || v[i].n == 0)
			return false;
	return true;
}

static unsigned bits_of(const struct tlv *number)
{
	const unsigned char *p = number->p;
	size_t n = number->n;
	unsigned top = 0;

	while (n && *p == 0) {
		p++;
		n--;
	}
	for (unsigned v = n ? *p : 0; v; v >>= 1)
		top++;
	return n ? (unsigned)(n - 1) * 8 + top : 0;
}

static const char *algorithm(const struct tlv *oid)
{
	static const struct { const char *name; unsigned char n, oid[9]; } known[] = {
		{ "RSA", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 } }, { "RSA-PSS", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10 } },
		{ "DSA", 7, { 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1 } }, { "EC", 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1 } },
		{ "DH", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1 } },
		{ "X25519", 3, { 0x2b, 0x65, 0x6e } }, { "X448", 3, { 0x2b, 0x65, 0x6f } }, { "Ed25519", 3, { 0x2b, 0x65, 0x70 } },
		{ "Ed448", 3, { 0x2b, 0x65, 0x71 } },
	};

	for (size_t i = 0; i < MF_COUNT(known); i++)
		if (oid->type == 6 && oid->n == known[i].n && memcmp(oid->p, known[i].oid, oid->n) == 0)
			return known[i].name;
	return "";
}

/* version, algorithm, key: PKCS #8; the key of RSA is a PKCS #1 sequence. */
static bool pkcs8(struct mf_v_der_key *out, const struct tlv *v)
{
	struct tlv alg[MOST], inner[MOST], seq;
	const unsigned char *p = v[2].p;
	size_t left = v[2].n;

	if (elements(alg, v[1].p, v[1].n) == 0 || v[2].n < 16)
		return false;
	out->kind = algorithm(&alg[0]);
	if (strncmp(out->kind, "RSA", 3) != 0)
		return true;
	if (!next(&seq, &p, &left) || elements(inner, seq.p, seq.n) < 9 || !integers(inner, 9))
		return false;
	out->bits = bits_of(&inner[1]);
	return true;
}

static bool plain_key(struct mf_v_der_key *out, const struct tlv *v, size_t n)
{
	if (n >= 3 && v[1].type == 0x30 && v[2].type == 4)
		return pkcs8(out, v);
	if (n >= 9 && integers(v, 9)) {
		out->kind = "RSA";
		out->bits = bits_of(&v[1]);
		return true;
	}
	if (n == 6 && integers(v, 6)) {
		out->kind = "DSA";
		out->bits = bits_of(&v[1]);
		return true;
	}
	if (n >= 2 && v[1].type == 4 && v[1].n >= 16 && v[1].n <= 72) {
		out->kind = "EC";
		return true;
	}
	return false;
}

/* Bytes behind the outer sequence are refused: DER has none, and a cut key has too few. */
bool mf_v_der_key(struct mf_v_der_key *out, const unsigned char *p, size_t n)
{
	struct tlv outer, v[MOST];
	size_t count;

	memset(out, 0, sizeof(*out));
	out->kind = "";
	if (!next(&outer, &p, &n) || n != 0 || outer.type != 0x30)
		return false;
	count = elements(v, outer.p, outer.n);
	if (count == 2 && v[0].type == 0x30 && v[1].type == 4) {
		out->encrypted = true;
		return v[1].n >= 16;
	}
	if ((count == 2 && v[0].type == 0x30 && v[1].type == 3) || (count == 2 && integers(v, 2)) || (count == 3 && v[0].type == 0x30 && v[1].type == 0x30)) {
		out->public_only = true;
		return true;
	}
	return count >= 2 && v[0].type == 2 && plain_key(out, v, count);
}
