/* SPDX-License-Identifier: Apache-2.0 */
/* The tree as a PCRE2 pattern over bytes. It is compiled with PCRE2_MULTILINE, PCRE2_ALT_CIRCUMFLEX and PCRE2_DOTALL and "\n" as the
 * only newline, so that ^ $ . \N are what they are here; groups keep their numbers. Recursion is as deep as the tree is high. */
#include "re2_emit.h"

#include <mayfly/enc.h>

static int node(struct mf_re2_emitter *e, const struct mf_node *n);

static int put(struct mf_re2_emitter *e, const char *s)
{
	return mf_buf_puts(e->out, s, e->err);
}

/* The rune and all that fold to it. */
static size_t orbit(struct mf_range out[4], uint32_t c, bool fold)
{
	uint32_t at = c;
	size_t n = 0;

	do {
		size_t i = n++;

		for (; i > 0 && out[i - 1].lo > at; i--)
			out[i] = out[i - 1];
		out[i] = (struct mf_range){ at, at };
		at = fold ? mf_rune_fold(at) : c;
	} while (at != c && n < 4);
	return n;
}

static int exact_rune(struct mf_re2_emitter *e, uint32_t c)
{
	char bytes[4];
	size_t n;

	if ((c >= 0xd800 && c <= 0xdfff) || (e->ascii && c > 0x7f))
		return put(e, "(?!)");
	n = mf_utf8_encode(bytes, c);
	for (size_t i = 0; i < n; i++)
		if (mf_re2_emit_byte(e, (unsigned char)bytes[i]))
			return -1;
	return 0;
}

/* ASCII, with no other case or only one that is ASCII too: PCRE2's own caseless matching is enough. */
static bool simple(const struct mf_re2_emitter *e, uint32_t c)
{
	struct mf_range r[4];
	size_t n = orbit(r, c, true);

	return c <= 0x7f && (e->ascii || r[n - 1].hi <= 0x7f);
}

static int folded(struct mf_re2_emitter *e, const struct mf_node *n)
{
	struct mf_range r[4];
	bool open = false;

	for (size_t i = 0; i < n->n; i++) {
		bool plain = simple(e, n->rune[i]);

		if (plain != open && put(e, plain ? "(?i:" : ")"))
			return -1;
		open = plain;
		if (plain ? exact_rune(e, n->rune[i]) : mf_re2_emit_class(e, r, orbit(r, n->rune[i], true)))
			return -1;
	}
	return open ? put(e, ")") : 0;
}

static int lit(struct mf_re2_emitter *e, const struct mf_node *n)
{
	struct mf_range r[4];

	if (n->fold)
		return folded(e, n);
	for (size_t i = 0; i < n->n; i++)
		if (n->rune[i] == MF_RUNE_BAD ? mf_re2_emit_class(e, r, orbit(r, n->rune[i], false)) : exact_rune(e, n->rune[i]))
			return -1;
	return 0;
}

static int enclosed(struct mf_re2_emitter *e, const struct mf_node *n)
{
	return put(e, "(?:") || node(e, n) || put(e, ")") ? -1 : 0;
}

/* One item for a repetition. */
static int item(struct mf_re2_emitter *e, const struct mf_node *n)
{
	bool one = n->op == MF_RE2_CLASS || n->op == MF_RE2_GROUP || (n->op == MF_RE2_LIT && n->n == 1 && n->rune[0] <= 0x7f && !n->fold);

	return one ? node(e, n) : enclosed(e, n);
}

static int times(struct mf_re2_emitter *e, int min, int max, bool lazy)
{
	int rc;

	if (min == 1 && max == 1)
		return 0;
	if (max == MF_RE2_INF)
		rc = min <= 1 ? put(e, min ? "+" : "*") : mf_buf_printf(e->out, e->err, "{%d,}", min);
	else if (min == 0 && max == 1)
		rc = put(e, "?");
	else
		rc = min == max ? mf_buf_printf(e->out, e->err, "{%d}", min) : mf_buf_printf(e->out, e->err, "{%d,%d}", min, max);
	return rc || (lazy && min != max && put(e, "?")) ? -1 : 0;
}

/* A class that has all bytes above ASCII is repeated as bytes, which PCRE2 does fast: the run only has to end between two characters. */
static int repeat(struct mf_re2_emitter *e, const struct mf_node *n)
{
	const struct mf_node *sub = n->sub[0];

	if (e->ascii || n->max != MF_RE2_INF || sub->op != MF_RE2_CLASS || !mf_re2_all_high(sub->range, sub->n))
		return item(e, sub) || times(e, n->min, n->max, n->lazy) ? -1 : 0;
	if (n->min && (item(e, sub) || times(e, n->min, n->min, false)))
		return -1;
	if (mf_re2_emit_bytes(e, sub->range, sub->n, true) || times(e, 0, MF_RE2_INF, n->lazy))
		return -1;
	return mf_re2_emit_boundary(e);
}

static int cat(struct mf_re2_emitter *e, const struct mf_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->sub[i]->op == MF_RE2_ALT ? enclosed(e, n->sub[i]) : node(e, n->sub[i]))
			return -1;
	return 0;
}

static int alt(struct mf_re2_emitter *e, const struct mf_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		if ((i && put(e, "|")) || node(e, n->sub[i]))
			return -1;
	return 0;
}

static int node(struct mf_re2_emitter *e, const struct mf_node *n)
{
	switch (n->op) {
	case MF_RE2_EMPTY:
		return 0;
	case MF_RE2_LIT:
		return lit(e, n);
	case MF_RE2_CLASS:
		return mf_re2_emit_class(e, n->range, n->n);
	case MF_RE2_BEGIN_TEXT:
		return put(e, "\\A");
	case MF_RE2_END_TEXT:
		return put(e, "\\z");
	case MF_RE2_BEGIN_LINE:
		return put(e, "^");
	case MF_RE2_END_LINE:
		return put(e, "$");
	case MF_RE2_WORD:
		return put(e, "\\b");
	case MF_RE2_NO_WORD:
		return put(e, "\\B");
	case MF_RE2_GROUP:
		return put(e, "(") || node(e, n->sub[0]) || put(e, ")") ? -1 : 0;
	case MF_RE2_CAT:
		return cat(e, n);
	case MF_RE2_ALT:
		return alt(e, n);
	case MF_RE2_REPEAT:
		return repeat(e, n);
	}
	return mf_fail(e->err, MF_E_BASE_BUG, "a regular expression's tree has an unknown node");
}

int mf_re2_emit(struct mf_buf *out, const struct mf_re2 *re, bool ascii, struct mf_err *err)
{
	struct mf_re2_emitter e = { .out = out, .ascii = ascii, .groups = re->groups, .err = err };
	const struct mf_node *root = re->root;

	if ((root->eats_inside || root->empty_inside) && mf_re2_emit_boundary(&e))
		return -1;
	if (root->op == MF_RE2_ALT ? enclosed(&e, root) : node(&e, root))
		return -1;
	return mf_re2_emit_subroutines(&e);
}
