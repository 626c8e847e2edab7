/* SPDX-License-Identifier: Apache-2.0 */
/* Macaroons: PyPI's, in libmacaroons' binary form, and Fly.io's, in MessagePack. */
#include "verify_priv.h"

#include <stdlib.h>

struct cursor {
	const unsigned char *p;
	size_t n;
};

static bool varint(size_t *out, struct cursor *c)
{
	size_t v = 0;

	for (unsigned shift = 0; shift < 28 && c->n; shift += 7) {
		unsigned char b = *c->p++;

		c->n--;
		v |= (size_t)(b & 127) << shift;
		if (!(b & 128)) {
			*out = v;
			return true;
		}
	}
	return false;
}

/* A field of version 2: its type, its length, its bytes; the end of a section is a 0 alone. */
static bool field(size_t *type, struct mf_str *value, struct cursor *c)
{
	size_t n;

	*value = (struct mf_str){ 0 };
	if (!varint(type, c))
		return false;
	if (*type == 0)
		return true;
	if (!varint(&n, c) || n > c->n)
		return false;
	*value = (struct mf_str){ .p = (const char *)c->p, .n = n };
	c->p += n;
	c->n -= n;
	return true;
}

/* What a caveat says of time: [0, end, begin], or {"nbf": begin, "exp": end} as tokens had it before 2022. Several caveats hold at once, so the
 * earliest end and the latest begin count. Others (a project, a user, a publisher) say nothing of it; one that is no JSON was not written by PyPI. */
static void pypi_caveat(const struct mf_vin *in, struct mf_str text)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	const struct mf_jnode *root, *tag;
	int64_t begin = 0, end = 0;

	if (mf_v_json(&doc, text) != MF_V_JSON_OK)
		return;
	root = mf_json_root(doc);
	tag = mf_json_type(root) == MF_J_ARRAY ? mf_json_first(root) : NULL;
	if (tag && mf_json_size(root) == 3 && mf_str_is(mf_json_text(doc, tag), "0")) {
		tag = mf_json_next(tag);
		if (!mf_v_number(&end, mf_json_text(doc, tag)) || !mf_v_number(&begin, mf_json_text(doc, mf_json_next(tag))))
			return;
	} else {
		begin = mf_v_seconds(doc, root, "nbf");
		end = mf_v_seconds(doc, root, "exp");
	}
	if (end && (in->facts->expires == 0 || end < in->facts->expires))
		in->facts->expires = end;
	if (begin > in->facts->issued)
		in->facts->issued = begin;
}

/* 2; location, identifier; caveats; a signature of 32 bytes (type 6). */
static bool pypi_fields(const struct mf_vin *in, struct cursor c)
{
	struct mf_str value;
	size_t type, ends = 0;

	if (c.n < 2 || *c.p != 2)
		return false;
	c.p++;
	c.n--;
	while (c.n) {
		if (!field(&type, &value, &c))
			return false;
		ends += type == 0;
		if (type == 1 && ends == 0)
			mf_v_account(in, "%.*s", MF_V_ARG(value));
		if (type == 2 && ends)
			pypi_caveat(in, value);
		if (type == 6)
			return value.n == 32 && c.n == 0 && ends >= 2;
	}
	return false;
}

enum mf_verdict_format mf_vc_pypi(const struct mf_vin *in)
{
	size_t n = 0;
	bool nomem, right;
	unsigned char *raw = mf_v_b64_new(&n, mf_v_from(in->secret, 5), &nomem);

	if (!raw)
		return nomem ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	right = pypi_fields(in, (struct cursor){ .p = raw, .n = n });
	if (right && mf_str_begins(mf_str(in->facts->account), "test.pypi.org"))
		mf_v_note(in, "a token of the test index");
	free(raw);
	return right ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* An array of four: the nonce, itself an array, the location, the caveats, the tail. */
enum mf_verdict_format mf_vc_fly(const struct mf_vin *in)
{
	struct mf_str rest, prefix = mf_v_split(in->secret, '_', &rest);
	unsigned char raw[16];
	size_t n = 0;

	if (prefix.n < 3 || prefix.n > 5 || rest.n < 40)
		return MF_FORMAT_BROKEN;
	if (!mf_v_b64(raw, sizeof(raw), &n, mf_v_head(rest, 8)) || n < 2)
		return MF_FORMAT_BROKEN;
	return (raw[0] == 0x94 && raw[1] >= 0x92 && raw[1] <= 0x94) ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
}
