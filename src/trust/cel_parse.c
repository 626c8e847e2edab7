/* SPDX-License-Identifier: Apache-2.0 */
/* CEL to a tree: recursive descent, bounded in depth, nodes and bytes. */
#include "cel.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

struct parser {
	struct cel *c;
	const char *p, *end;
	unsigned depth;
};

void mf_cel_free(struct cel *c)
{
	for (size_t i = 0; i < c->n_made; i++)
		free(c->made[i]);
	c->n_made = 0;
}

char *mf_cel_make(struct cel *c, size_t n)
{
	char *s;

	if (c->n_made == CEL_NODES || n > CEL_MADE - c->made_bytes)
		return NULL;
	s = mf_calloc(n + 1, 1);
	if (!s) {
		c->no_memory = true;
		return NULL;
	}
	c->made_bytes += n;
	c->made[c->n_made++] = s;
	return s;
}

static unsigned fail(struct parser *s, const char *why)
{
	if (!s->c->why) {
		s->c->why = why;
		s->c->rest = (struct mf_str){ s->p, (size_t)(s->end - s->p) };
	}
	return 0;
}

static unsigned add(struct parser *s, enum cel_kind kind, const char *from)
{
	struct cel *c = s->c;

	if (c->n + 1 >= CEL_NODES)
		return fail(s, "it is too long");
	c->v[++c->n] = (struct cel_node){ .kind = kind, .text = mf_str(""), .source = { from, (size_t)(s->p - from) } };
	return c->n;
}

/* -- tokens ---------------------------------------------------------------------------------------------- */

static void space(struct parser *s)
{
	while (s->p < s->end && ((unsigned char)*s->p <= ' ' || (s->p[0] == '/' && s->p + 1 < s->end && s->p[1] == '/'))) {
		if (*s->p == '/')
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		else
			s->p++;
	}
}

static bool name_char(char ch, bool first)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || (!first && ch >= '0' && ch <= '9');
}

static bool take(struct parser *s, const char *word)
{
	const size_t n = strlen(word);

	space(s);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	if (name_char(word[0], true) && s->p + n < s->end && name_char(s->p[n], false))
		return false;
	s->p += n;
	return true;
}

static struct mf_str name(struct parser *s)
{
	const char *from;

	space(s);
	from = s->p;
	while (s->p < s->end && name_char(*s->p, s->p == from))
		s->p++;
	return (struct mf_str){ from, (size_t)(s->p - from) };
}

static bool escape(char *out, size_t *n, struct parser *s, bool raw)
{
	static const char from[] = "abfnrtv\\'\"`?", to[] = "\a\b\f\n\r\t\v\\'\"`?";
	const char *at;

	if (raw) {
		out[(*n)++] = '\\';
		return true;
	}
	at = s->p < s->end && *s->p ? strchr(from, *s->p) : NULL;
	if (!at)
		return false;
	out[(*n)++] = to[at - from];
	s->p++;
	return true;
}

static unsigned text(struct parser *s, bool raw, const char *from)
{
	const char quote = *s->p++;
	const char *scan = s->p;
	char *out;
	size_t n = 0;
	unsigned node;

	while (scan < s->end && *scan != quote)
		scan += *scan == '\\' && !raw ? 2 : 1;
	out = scan < s->end ? mf_cel_make(s->c, (size_t)(scan - s->p)) : NULL;
	if (!out)
		return fail(s, "a text does not end");
	while (s->p < s->end && *s->p != quote) {
		if (*s->p == '\\') {
			s->p++;
			if (!escape(out, &n, s, raw))
				return fail(s, "a text has an escape that is not understood here");
		} else {
			out[n++] = *s->p++;
		}
	}
	s->p++;
	node = add(s, CEL_TEXT, from);
	if (node)
		s->c->v[node].text = (struct mf_str){ out, n };
	return node;
}

/* -- expressions ----------------------------------------------------------------------------------------- */

static unsigned expression(struct parser *s);

/* Elements up to `close`; returns the first, or 0 for none. */
static unsigned elements(struct parser *s, const char *close)
{
	unsigned first = 0, last = 0;

	if (take(s, close))
		return 0;
	for (;;) {
		unsigned e = expression(s);

		if (!e)
			return 0;
		if (last)
			s->c->v[last].next = e;
		else
			first = e;
		last = e;
		if (take(s, close))
			return first;
		if (!take(s, ","))
			return fail(s, "a list or a call does not end");
	}
}

static unsigned primary(struct parser *s)
{
	const char *from;
	struct mf_str word;
	unsigned n, list;
	bool raw;

	space(s);
	from = s->p;
	if (s->p == s->end)
		return fail(s, "it ends too early");
	raw = (*s->p == 'r' || *s->p == 'R') && s->p + 1 < s->end && (s->p[1] == '\'' || s->p[1] == '"');
	if (raw)
		s->p++;
	if (*s->p == '\'' || *s->p == '"')
		return text(s, raw, from);
	if (take(s, "(")) {
		n = expression(s);
		return n && !take(s, ")") ? fail(s, "a parenthesis does not end") : n;
	}
	if (take(s, "[")) {
		list = elements(s, "]");
		n = s->c->why ? 0 : add(s, CEL_LIST, from);
		s->c->v[n].a = list;
		return n;
	}
	if ((*s->p >= '0' && *s->p <= '9') || (*s->p == '-' && s->p + 1 < s->end && s->p[1] >= '0' && s->p[1] <= '9')) {
		s->p++;
		while (s->p < s->end && ((*s->p >= '0' && *s->p <= '9') || *s->p == '.'))
			s->p++;
		n = add(s, CEL_NUMBER, from);
		s->c->v[n].text = s->c->v[n].source;
		return n;
	}
	word = name(s);
	if (word.n == 0)
		return fail(s, "this is no value");
	if (take(s, "(")) {
		list = elements(s, ")");
		n = s->c->why ? 0 : add(s, CEL_CALL, from);
		s->c->v[n].b = list;
	} else {
		n = add(s, mf_str_is(word, "true") || mf_str_is(word, "false") ? CEL_BOOL : mf_str_is(word, "null") ? CEL_NULL : CEL_NAME, from);
	}
	s->c->v[n].text = word;
	return n;
}

static unsigned postfix(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n = primary(s);

	while (n) {
		unsigned m, arguments = 0;
		struct mf_str word = mf_str("");
		enum cel_kind kind = CEL_INDEX;

		if (take(s, ".")) {
			word = name(s);
			if (word.n == 0)
				return fail(s, "a name is missing behind a dot");
			kind = take(s, "(") ? CEL_CALL : CEL_FIELD;
			if (kind == CEL_CALL)
				arguments = elements(s, ")");
		} else if (take(s, "[")) {
			arguments = expression(s);
			if (arguments && !take(s, "]"))
				return fail(s, "an index does not end");
		} else {
			return n;
		}
		m = s->c->why ? 0 : add(s, kind, from);
		if (!m)
			return 0;
		s->c->v[m].a = n;
		s->c->v[m].b = arguments;
		s->c->v[m].text = word;
		n = m;
	}
	return 0;
}

static unsigned join(struct parser *s, enum cel_kind kind, unsigned a, unsigned b, const char *from)
{
	unsigned n = a && b ? add(s, kind, from) : 0;

	if (n) {
		s->c->v[n].a = a;
		s->c->v[n].b = b;
	}
	return n;
}

static unsigned unary(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n, inner;

	if (s->p + 1 < s->end && s->p[0] == '!' && s->p[1] != '=') {
		s->p++;
		if (++s->depth > CEL_DEPTH)
			return fail(s, "it is nested too deeply");
		inner = unary(s);
		s->depth--;
		n = inner ? add(s, CEL_NOT, from) : 0;
		s->c->v[n].a = inner;
		return n;
	}
	return postfix(s);
}

static unsigned sum(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n = unary(s);

	while (n && take(s, "+"))
		n = join(s, CEL_ADD, n, unary(s), from);
	return n;
}

static unsigned relation(struct parser *s)
{
	static const struct {
		const char *word;
		enum cel_kind kind;
	} operators[] = { { "==", CEL_EQ }, { "!=", CEL_NE }, { "in", CEL_IN }, { "<=", CEL_OTHER }, { ">=", CEL_OTHER }, { "<", CEL_OTHER }, { ">", CEL_OTHER } };
	const char *from = (space(s), s->p);
	unsigned n = sum(s);

	for (size_t i = 0; n && i < MF_COUNT(operators); i++)
		if (take(s, operators[i].word))
			return join(s, operators[i].kind, n, sum(s), from);
	return n;
}

static unsigned conjunction(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n = relation(s);

	while (n && take(s, "&&"))
		n = join(s, CEL_AND, n, relation(s), from);
	return n;
}

static unsigned disjunction(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n = conjunction(s);

	while (n && take(s, "||"))
		n = join(s, CEL_OR, n, conjunction(s), from);
	return n;
}

static unsigned expression(struct parser *s)
{
	const char *from = (space(s), s->p);
	unsigned n, then, other, all;

	if (++s->depth > CEL_DEPTH)
		return fail(s, "it is nested too deeply");
	n = disjunction(s);
	if (n && take(s, "?")) {
		then = expression(s);
		other = then && take(s, ":") ? expression(s) : 0;
		if (!other)
			return fail(s, "a choice has no second part");
		all = join(s, CEL_IF, n, then, from);
		s->c->v[all].c = other;
		n = all;
	}
	s->depth--;
	return n;
}

bool mf_cel_parse(struct cel *c, struct mf_str source)
{
	struct parser s = { .c = c, .p = source.p, .end = source.p + source.n };

	*c = (struct cel){ 0 };
	if (source.n > CEL_LENGTH)
		return fail(&s, "it is too long");
	c->root = expression(&s);
	space(&s);
	if (c->root && s.p < s.end)
		c->root = fail(&s, "this is not understood here");
	return c->root != 0;
}
