/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of a tree: "MODE NAME\0ID", one after another. */
#include <mayfly/walk.h>

enum { MODE_DIGITS = 7 };	/* git writes up to 6, old tools a leading zero */

/* The octal number before a blank; 0 when there is none. */
static size_t mode_of(unsigned *mode, const unsigned char *p, size_t n)
{
	unsigned v = 0;
	size_t i = 0;

	for (; i < n && i <= MODE_DIGITS && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (unsigned)(p[i] - '0');
	if (i == 0 || i > MODE_DIGITS || i == n || p[i] != ' ' || v > 0177777)
		return 0;
	*mode = v;
	return i + 1;
}

bool mf_tree_next(struct mf_tree_entry *e, const unsigned char *p, size_t n, size_t *at, size_t oid_len, bool *bad)
{
	const unsigned char *s = p + *at, *nul;
	size_t left = n - *at, used;

	*bad = false;
	if (left == 0)
		return false;
	*bad = true;
	used = mode_of(&e->mode, s, left);
	if (!used)
		return false;
	nul = memchr(s + used, '\0', left - used);
	if (!nul || nul == s + used || (size_t)(s + left - nul) < 1 + oid_len)
		return false;
	e->name = (struct mf_str){ (const char *)s + used, (size_t)(nul - s) - used };
	e->id = (struct mf_oid){ { 0 } };
	memcpy(e->id.b, nul + 1, oid_len);
	*at += (size_t)(nul - s) + 1 + oid_len;
	*bad = false;
	return true;
}
