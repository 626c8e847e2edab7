/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH's own private key format (PROTOCOL.key): magic, cipher, kdf, options, number of keys, public key, private part. */
#include "verify_priv.h"

#include <stdlib.h>

struct cursor {
	const unsigned char *p;
	size_t n;
};

static bool u32(uint32_t *out, struct cursor *c)
{
	if (c->n < 4)
		return false;
	*out = mf_v_be32(c->p);
	c->p += 4;
	c->n -= 4;
	return true;
}

static bool text(struct mf_str *out, struct cursor *c)
{
	uint32_t n;

	if (!u32(&n, c) || n > c->n)
		return false;
	*out = (struct mf_str){ .p = (const char *)c->p, .n = n };
	c->p += n;
	c->n -= n;
	return true;
}

static struct cursor within(struct mf_str s)
{
	return (struct cursor){ .p = (const unsigned char *)s.p, .n = s.n };
}

/* The two equal numbers that tell whether the decryption was right stand before the key's kind. */
static bool private_part(struct mf_str part)
{
	struct cursor c = within(part);
	uint32_t a, b;
	struct mf_str kind;

	return u32(&a, &c) && u32(&b, &c) && a == b && text(&kind, &c) && kind.n > 3 && kind.n < 64;
}

bool mf_v_openssh_key(const struct mf_vin *in, const unsigned char *p, size_t n)
{
	struct cursor c = { .p = p, .n = n };
	static const char magic[] = "openssh-key-v1";
	struct mf_str cipher, kdf, options, public, private, kind = { 0 };
	struct cursor key;
	uint32_t count;

	if (c.n < sizeof(magic) || memcmp(c.p, magic, sizeof(magic)) != 0)
		return false;
	c.p += sizeof(magic);
	c.n -= sizeof(magic);
	if (!text(&cipher, &c) || !text(&kdf, &c) || !text(&options, &c) || !u32(&count, &c) || count != 1 || !text(&public, &c) || !text(&private, &c))
		return false;
	key = within(public);
	if (!text(&kind, &key) || private.n < 16)
		return false;
	if (!mf_str_is(cipher, "none")) {
		mf_v_note(in, "%.*s, the key is encrypted", MF_V_ARG(kind));
		return true;
	}
	mf_v_note(in, "%.*s", MF_V_ARG(kind));
	return private_part(private);
}

static enum mf_verdict_format judge_body(const struct mf_vin *in, const struct mf_v_armor *a)
{
	size_t n = 0;
	bool nomem, right;
	unsigned char *raw;

	if (mf_v_armor_empty(a))
		return mf_v_harmless(in, "an empty block");
	raw = mf_v_b64_new(&n, (struct mf_str){ .p = a->b64, .n = a->n }, &nomem);
	if (!raw)
		return nomem ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	right = mf_v_openssh_key(in, raw, n);
	free(raw);
	return right ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

enum mf_verdict_format mf_vc_openssh_private(const struct mf_vin *in)
{
	struct mf_v_armor a;
	int got = mf_v_armor_read(&a, mf_v_has(in->secret, "-----BEGIN ") ? in->secret : in->match);
	enum mf_verdict_format f;

	if (got <= 0)
		return got ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	f = judge_body(in, &a);
	mf_v_armor_free(&a);
	return f;
}
