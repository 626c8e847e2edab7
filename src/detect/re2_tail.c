/* SPDX-License-Identifier: Apache-2.0 */
/* Of an expression that is asked of paths: does the name of the file, without its folders, say enough? */
#include "re2.h"

/* A match ends where the text does. */
static bool to_the_end(const struct mf_node *n)
{
	switch (n->op) {
	case MF_RE2_END_TEXT:
		return true;
	case MF_RE2_GROUP:
		return to_the_end(n->sub[0]);
	case MF_RE2_REPEAT:
		return n->min > 0 && to_the_end(n->sub[0]);
	case MF_RE2_CAT:
		return to_the_end(n->sub[n->n - 1]);
	case MF_RE2_ALT:
		for (size_t i = 0; i < n->n; i++)
			if (!to_the_end(n->sub[i]))
				return false;
		return true;
	default:
		return false;
	}
}

/* It may take a '/' that is not the first byte of the match (`first`: nothing was taken before it), or looks at what stands before a first one. */
static bool looks_further(const struct mf_node *n, bool first)
{
	switch (n->op) {
	case MF_RE2_WORD:
	case MF_RE2_NO_WORD:
	case MF_RE2_BEGIN_LINE:
		return first;
	case MF_RE2_LIT:
		for (size_t i = first; i < n->n; i++)
			if (n->rune[i] == '/')
				return true;
		return false;
	case MF_RE2_CLASS:
		return !first && mf_ranges_hold(n->range, n->n, '/');
	case MF_RE2_GROUP:
		return looks_further(n->sub[0], first);
	case MF_RE2_REPEAT:
		return n->max != 0 && looks_further(n->sub[0], first && n->max == 1);
	case MF_RE2_CAT:
		for (size_t i = 0; i < n->n; i++) {
			if (looks_further(n->sub[i], first))
				return true;
			first = first && n->sub[i]->bytes_max == 0;
		}
		return false;
	case MF_RE2_ALT:
		for (size_t i = 0; i < n->n; i++)
			if (looks_further(n->sub[i], first))
				return true;
		return false;
	default:
		return false;
	}
}

static void may_end(unsigned char *last, uint32_t lo, uint32_t hi)
{
	for (uint32_t c = lo; c <= hi && c < 0x80; c++)
		last[c >> 3] |= (unsigned char)(1u << (c & 7));
	/* what stands for it ends in one of these, damaged text included */
	if (hi >= 0x80)
		memset(last + 16, 0xff, 16);
}

static void any_byte(unsigned char *last)
{
	memset(last, 0xff, 32);
}

/* The bytes that what it matches may end in, where that is of some length. */
static void find_last(unsigned char *last, const struct mf_node *n)
{
	switch (n->op) {
	case MF_RE2_LIT:
		may_end(last, n->rune[n->n - 1], n->rune[n->n - 1]);
		for (uint32_t c = n->fold ? mf_rune_fold(n->rune[n->n - 1]) : n->rune[n->n - 1]; c != n->rune[n->n - 1]; c = mf_rune_fold(c))
			may_end(last, c, c);
		break;
	case MF_RE2_CLASS:
		for (size_t i = 0; i < n->n; i++)
			may_end(last, n->range[i].lo, n->range[i].hi);
		break;
	case MF_RE2_GROUP:
	case MF_RE2_REPEAT:
		find_last(last, n->sub[0]);
		break;
	case MF_RE2_ALT:
		for (size_t i = 0; i < n->n; i++)
			find_last(last, n->sub[i]);
		break;
	case MF_RE2_CAT:
		for (size_t i = n->n; i-- > 0;) {
			find_last(last, n->sub[i]);
			if (n->sub[i]->bytes_min)
				break;
		}
		break;
	default:
		break;
	}
}

bool mf_re2_in_name(const struct mf_re2 *re, unsigned char *last)
{
	const bool in_name = to_the_end(re->root) && !looks_further(re->root, true);

	memset(last, 0, 32);
	if (in_name && re->root->bytes_min)
		find_last(last, re->root);
	else
		any_byte(last);
	return in_name;
}
