/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds a hit: its line, as far as its rules look; or a block up to its end. */
#include "bytes.h"
#include "filter_priv.h"
#include "scanner.h"

static size_t line_start(struct mf_str b, size_t at, size_t most)
{
	size_t lo = at;

	while (lo > 0 && at - lo < most && b.p[lo - 1] != '\n')
		lo--;
	return lo;
}

static size_t line_end(struct mf_str b, size_t at, size_t most)
{
	const size_t stop = b.n - at < most ? b.n : at + most;

	return at + mf_find_byte(b.p + at, stop - at, '\n');
}

/* Whether a line ends as an assignment does whose value stands in the next one: "key =", "key: >-", "key(", "key = \\". */
static bool goes_on(struct mf_str b, size_t at, size_t end)
{
	while (end > at && (b.p[end - 1] == ' ' || b.p[end - 1] == '\t' || b.p[end - 1] == '\r'))
		end--;
	if (end > at + 1 && (b.p[end - 1] == '-' || b.p[end - 1] == '+'))
		return b.p[end - 2] == '|' || b.p[end - 2] == '>';
	return end > at && b.p[end - 1] && strchr("=(\\|>", b.p[end - 1]);
}

static bool in_name(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '.' || c == '-';
}

/* Whether nothing stands behind a name in its line but what lets its value stand below: "name: NAME" above "value: V", "<key>NAME</key>" above
 * "<string>V", "NAME:" above "- V". What the lines below are is for the expressions to say. */
static bool names_below(struct mf_str b, size_t at, size_t end)
{
	while (at < end && in_name(b.p[at]))
		at++;
	if (end - at >= 6 && b.p[at] == '<')
		return memcmp(b.p + at, "</key>", 6) == 0 || memcmp(b.p + at, "</name", 6) == 0;
	while (at < end && b.p[at] && strchr("\\\"'`,: \t\r", b.p[at]))
		at++;
	return at == end;
}

/* variable "NAME" {, of which the value stands as its default further down. */
static bool opens_block(struct mf_str b, size_t at, size_t end)
{
	while (at < end && in_name(b.p[at]))
		at++;
	if (at == end || b.p[at] != '"')
		return false;
	while (++at < end && (b.p[at] == ' ' || b.p[at] == '\t'))
		;
	return at < end && b.p[at] == '{';
}

/* Where the lines end that belong to a name whose own line goes from `at` to `end`. */
static size_t lines_below(struct mf_str b, size_t at, size_t end)
{
	unsigned n = goes_on(b, at, end) || names_below(b, at, end) ? 1 : opens_block(b, at, end) ? MF_BLOCK_LINES : 0;

	for (; n && end < b.n && b.p[end] == '\n'; n--)
		end = line_end(b, end + 1, MF_NEXT_LINE);
	return end;
}

static bool in_token(unsigned char c)
{
	return c > ' ' && c != '"' && c != '\'' && c != '`' && c != '<' && c != '>';
}

bool mf_first_of_word(struct mf_str b, size_t lo, size_t at)
{
	for (size_t i = at; i > lo; i--)
		if ((b.p[i - 1] == '%' && mf_letter_escape(b, i - 1)) || (b.p[i - 1] == '\\' && i < b.n && (b.p[i] == 'u' || b.p[i] == 'x')))
			return false;
	return true;
}

/* Escapes are undone in the whole word that they are part of, once: what follows the first has to be near only for that one. */
static void token_context(struct mf_str b, unsigned len, struct mf_hit *h)
{
	size_t lo = h->at, hi = h->at + len;

	while (lo > 0 && h->at - lo < MF_BEFORE && in_token((unsigned char)b.p[lo - 1]))
		lo--;
	if (mf_first_of_word(b, lo, h->at))
		while (hi < b.n && hi - h->at < MF_BLOCK && in_token((unsigned char)b.p[hi]))
			hi++;
	h->lo = (uint32_t)lo;
	h->hi = (uint32_t)hi;
}

/* An escape that stands for a character of ASCII, of which secrets consist. */
static bool ascii_escape(const char *p, size_t n)
{
	if (p[0] == '%')
		return n >= 3 && p[1] >= '0' && p[1] <= '7' && mf_f_hex(p[2]);
	if (n < 4)
		return false;
	if (p[1] == 'x')
		return p[2] >= '0' && p[2] <= '7' && mf_f_hex(p[3]);
	return p[1] == 'u' && ((p[2] == '{' && mf_f_hex(p[3])) || (p[2] == '0' && p[3] == '0' && n >= 6 && p[4] >= '0' && p[4] <= '7' && mf_f_hex(p[5])));
}

static bool has_escape(struct mf_str b)
{
	static const char marks[] = { '%', '\\' };

	for (size_t k = 0; k < MF_COUNT(marks); k++)
		for (size_t i = 0; (i += mf_find_byte(b.p + i, b.n - i, marks[k])) + 3 <= b.n; i++)
			if (ascii_escape(b.p + i, b.n - i))
				return true;
	return false;
}

bool mf_may_be_escaped(const struct mf_detector *d, struct mf_str b, const struct mf_hit *h)
{
	const struct mf_lit_info *l = &d->lits[h->lit];

	return l->decode && !l->block && has_escape((struct mf_str){ b.p + h->at, h->hi - h->at < 300 ? h->hi - h->at : 300 });
}

/* The end of a block is looked for by each rule itself: here it is only how far any of them may look. */
void mf_context(const struct mf_detector *d, struct mf_str b, struct mf_hit *h)
{
	const struct mf_lit_info *l = &d->lits[h->lit];

	if (l->kind != MF_LIT_RULES) {
		token_context(b, l->len, h);
		return;
	}
	h->lo = h->hi = h->at;
	if (l->n_rules == 0) {
		h->hi += l->len;
		return;
	}
	h->lo = (uint32_t)line_start(b, h->at, l->before);
	if (l->after)
		h->hi = (uint32_t)line_end(b, h->at, (size_t)l->len + l->after);
	if (l->next_line && h->hi < b.n && b.p[h->hi] == '\n')
		h->hi = (uint32_t)lines_below(b, (size_t)h->at + l->len, h->hi);
	/* then how many keywords stand before it counts, too */
	if (l->before < MF_BEFORE && mf_may_be_escaped(d, b, h))
		h->lo = (uint32_t)line_start(b, h->at, MF_BEFORE);
	if (l->block && h->hi < h->at + l->block)
		h->hi = (uint32_t)(b.n - h->at < l->block ? b.n : (size_t)h->at + l->block);
}
