/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids as text, and objects given back. */
#include <mayfly/repo.h>

#include <stdlib.h>

void mf_oid_hex(char out[static 65], const struct mf_oid *id, size_t oid_len)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < oid_len && i < sizeof(id->b); i++) {
		*out++ = digit[id->b[i] >> 4];
		*out++ = digit[id->b[i] & 15];
	}
	*out = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mf_oid_parse(struct mf_oid *out, struct mf_str hex, size_t oid_len)
{
	struct mf_oid id = { 0 };

	if (oid_len > sizeof(id.b) || hex.n != 2 * oid_len)
		return false;
	for (size_t i = 0; i < oid_len; i++) {
		const int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		id.b[i] = (unsigned char)(high << 4 | low);
	}
	*out = id;
	return true;
}

void mf_object_free(struct mf_object *o)
{
	if (!o)
		return;
	free(o->p);
	*o = (struct mf_object){ 0 };
}
