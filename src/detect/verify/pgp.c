/* SPDX-License-Identifier: Apache-2.0 */
/* OpenPGP secret keys (RFC 4880, RFC 9580): the armour's CRC-24 and the first packet. */
#include "verify_priv.h"

#include <stdlib.h>

static uint32_t crc24(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint32_t)p[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1 ^ (crc & 0x800000 ? 0x864cfb : 0)) & 0xffffff;
	}
	return crc;
}

struct cursor {
	const unsigned char *p;
	size_t n;
};

static bool skip(struct cursor *c, size_t n)
{
	if (n > c->n)
		return false;
	c->p += n;
	c->n -= n;
	return true;
}

/* A length of the new format in 1, 2 or 5 bytes, after the tag's; partial ones are for data. */
static size_t new_length(const struct cursor *c, size_t *n)
{
	unsigned first = c->p[1];

	if (first < 192) {
		*n = first;
		return 1;
	}
	if (first < 224) {
		*n = ((size_t)(first - 192) << 8) + c->p[2] + 192;
		return 2;
	}
	if (first < 255 || c->n < 6)
		return 0;
	*n = mf_v_be32(c->p + 2);
	return 5;
}

static size_t old_length(const struct cursor *c, size_t *n)
{
	size_t bytes = (size_t)1 << (c->p[0] & 3);

	*n = 0;
	if (bytes > 4 || c->n <= bytes)
		return 0;
	for (size_t i = 1; i <= bytes; i++)
		*n = *n << 8 | c->p[i];
	return bytes;
}

/* The tag of a packet, with the cursor set to its body; -1 where it does not end within what is there. */
static int packet(struct cursor *c)
{
	unsigned head;
	size_t n = 0, bytes;

	if (c->n < 3 || !(c->p[0] & 128))
		return -1;
	head = c->p[0];
	bytes = head & 64 ? new_length(c, &n) : old_length(c, &n);
	if (bytes == 0 || !skip(c, 1 + bytes) || n > c->n)
		return -1;
	c->n = n;
	return (int)(head & 64 ? head & 63 : head >> 2 & 15);
}

static bool numbers(struct cursor *c, unsigned count)
{
	while (count--) {
		if (c->n < 2 || !skip(c, 2 + (((size_t)c->p[0] << 8 | c->p[1]) + 7) / 8))
			return false;
	}
	return true;
}

/* Past the public part of an algorithm. */
static bool public_part(struct cursor *c, unsigned algorithm)
{
	switch (algorithm) {
	case 1: case 2: case 3:
		return numbers(c, 2);
	case 16:
		return numbers(c, 3);
	case 17:
		return numbers(c, 4);
	case 18:	/* a curve, a point, and how keys are derived */
		return c->n && skip(c, 1 + (size_t)c->p[0]) && numbers(c, 1) && c->n && skip(c, 1 + (size_t)c->p[0]);
	case 19: case 22:
		return c->n && skip(c, 1 + (size_t)c->p[0]) && numbers(c, 1);
	case 25: case 27:
		return skip(c, 32);
	case 26:
		return skip(c, 56);
	case 28:
		return skip(c, 57);
	default:
		return false;
	}
}

/* How the secret part is kept: 0 plainly; else encrypted; GnuPG's S2K 101 marks one that is not there. */
static void protection(const struct mf_vin *in, const struct cursor *c)
{
	if (c->n && c->p[0] == 0)
		mf_v_note(in, "the key is not encrypted");
	else if (c->n > 7 && c->p[0] >= 253 && c->p[2] == 101 && memcmp(c->p + 4, "GNU", 3) == 0)
		mf_v_harmless(in, "the secret part is not in it");
	else
		mf_v_note(in, "the key is encrypted");
}

static bool secret_key(const struct mf_vin *in, struct cursor c)
{
	int tag = packet(&c);
	unsigned version, algorithm;

	if (tag != 5 && tag != 7)
		return false;
	if (c.n < 8 || (c.p[0] < 3 || c.p[0] > 6))
		return false;
	version = c.p[0];
	in->facts->issued = mf_v_be32(c.p + 1);
	if (!skip(&c, version == 3 ? 7 : 5))
		return false;
	algorithm = c.p[0];
	if (!skip(&c, version >= 5 ? 5 : 1) || !public_part(&c, algorithm))
		return false;
	protection(in, &c);
	return true;
}

static bool sum_right(const struct mf_v_armor *a, const unsigned char *raw, size_t n)
{
	unsigned char sum[3];
	size_t got;

	if (!a->has_crc)
		return true;
	return mf_v_b64(sum, sizeof(sum), &got, (struct mf_str){ .p = a->crc, .n = 4 }) && got == 3 &&
	       crc24(raw, n) == ((uint32_t)sum[0] << 16 | (uint32_t)sum[1] << 8 | sum[2]);
}

static enum mf_verdict_format judge(const struct mf_vin *in, const struct mf_v_armor *a)
{
	size_t n = 0;
	bool nomem, right;
	unsigned char *raw;

	if (!mf_v_has(a->label, "PRIVATE KEY"))
		return mf_v_harmless(in, "no private key");
	if (mf_v_armor_empty(a))
		return mf_v_harmless(in, "an empty block");
	raw = mf_v_b64_new(&n, (struct mf_str){ .p = a->b64, .n = a->n }, &nomem);
	if (!raw)
		return nomem ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	right = sum_right(a, raw, n) && secret_key(in, (struct cursor){ .p = raw, .n = n });
	free(raw);
	return right ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

enum mf_verdict_format mf_vc_pgp_private(const struct mf_vin *in)
{
	struct mf_v_armor a;
	int got = mf_v_armor_read(&a, mf_v_has(in->secret, "-----BEGIN ") ? in->secret : in->match);
	enum mf_verdict_format f;

	if (got <= 0)
		return got ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	f = judge(in, &a);
	mf_v_armor_free(&a);
	return f;
}
