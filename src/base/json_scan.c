/* SPDX-License-Identifier: Apache-2.0 */
/* A strict JSON reader (RFC 8259) that builds nothing: grammar, UTF-8, surrogates, duplicate keys, limits. */
#include "json_scan.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/json.h>

struct scan {
	const char *p;
	size_t n, at;
	unsigned depth;
	struct mf_jspans spans;
	const char *why;	/* of a failure that is not memory's */
	bool limit, nomem;
};

static int value(struct scan *s, size_t key_at, size_t key_n, bool key_nul);

static int refuse(struct scan *s, const char *why)
{
	s->why = why;
	return -1;
}

static int refuse_limit(struct scan *s, const char *why)
{
	s->limit = true;
	return refuse(s, why);
}

static int peek(const struct scan *s)
{
	return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

static void blanks(struct scan *s)
{
	while (s->at < s->n && (s->p[s->at] == ' ' || s->p[s->at] == '\t' || s->p[s->at] == '\n' || s->p[s->at] == '\r'))
		s->at++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool hex4(const char *p, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (is_digit((unsigned char)c))
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | (uint32_t)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* After "\u"; s->at is at the first hex digit. */
static int unicode_escape(struct scan *s, bool *nul)
{
	uint32_t high, low;

	if (s->n - s->at < 4 || !hex4(s->p + s->at, &high))
		return refuse(s, "a \\u escape needs four hex digits");
	s->at += 4;
	*nul |= high == 0;
	if (high < 0xd800 || high > 0xdfff)
		return 0;
	if (high > 0xdbff || s->n - s->at < 6 || s->p[s->at] != '\\' || s->p[s->at + 1] != 'u' ||
	    !hex4(s->p + s->at + 2, &low) || low < 0xdc00 || low > 0xdfff)
		return refuse(s, "a surrogate stands alone in an escape");
	s->at += 6;
	return 0;
}

/* At the opening quote; leaves after the closing one. */
static int string(struct scan *s, size_t *at, size_t *n, bool *nul)
{
	uint32_t cp;
	size_t step;

	*at = ++s->at;
	*nul = false;
	for (;;) {
		int c = peek(s);

		if (c < 0)
			return refuse(s, "a string does not end");
		if (c == '"')
			break;
		if (c < 0x20)
			return refuse(s, "a control character stands in a string");
		if (c == '\\') {
			s->at++;
			c = peek(s);
			if (c <= 0 || !strchr("\"\\/bfnrtu", c))
				return refuse(s, "an escape is unknown");
			s->at++;
			if (c == 'u' && unicode_escape(s, nul))
				return -1;
			continue;
		}
		step = mf_utf8_decode(&cp, s->p + s->at, s->n - s->at);
		if (step == 0)
			return refuse(s, "the text is not valid UTF-8");
		s->at += step;
	}
	*n = s->at++ - *at;
	return 0;
}

static int some_digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return refuse(s, "a number needs a digit here");
	while (is_digit(peek(s)))
		s->at++;
	return 0;
}

static int number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0') {
		s->at++;
		if (is_digit(peek(s)))
			return refuse(s, "a number begins with 0");
	} else if (some_digits(s)) {
		return -1;
	}
	if (peek(s) == '.') {
		s->at++;
		if (some_digits(s))
			return -1;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (some_digits(s))
			return -1;
	}
	return 0;
}

static int word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if (s->n - s->at < n || memcmp(s->p + s->at, w, n) != 0)
		return refuse(s, "a value is expected here");
	s->at += n;
	return 0;
}

/* -- duplicate keys: sorted by decoded bytes once an object is complete ----------------------------- */

struct key {
	const char *p;		/* into the text, or into `own` when it holds escapes */
	size_t n, at;
	char *own;
};

static int by_bytes(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return r ? r : (x->n > y->n) - (x->n < y->n);
}

struct keys {
	struct key *v;
	size_t n, cap;
};

static void keys_free(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->v[i].own);
	free(k->v);
}

static int keys_add(struct scan *s, struct keys *k, size_t at, size_t n)
{
	struct key key = { .p = s->p + at, .n = n, .at = at };
	struct key *v;

	if (k->n == k->cap) {
		v = mf_regrow(k->v, k->cap ? k->cap * 2 : 8, sizeof(*v));
		if (!v)
			goto nomem;
		k->v = v;
		k->cap = k->cap ? k->cap * 2 : 8;
	}
	if (memchr(key.p, '\\', n)) {
		key.own = malloc(n);
		if (!key.own)
			goto nomem;
		key.n = mf_json_unescape(key.own, key.p, n);
		key.p = key.own;
	}
	k->v[k->n++] = key;
	return 0;
nomem:
	s->nomem = true;
	return -1;
}

static int keys_check(struct scan *s, struct keys *k)
{
	size_t at;

	if (k->n < 2)
		return 0;
	qsort(k->v, k->n, sizeof(*k->v), by_bytes);
	for (size_t i = 1; i < k->n; i++) {
		if (by_bytes(&k->v[i - 1], &k->v[i]) != 0)
			continue;
		at = k->v[i - 1].at > k->v[i].at ? k->v[i - 1].at : k->v[i].at;
		s->at = at - 1;
		return refuse(s, "a key occurs twice in an object");
	}
	return 0;
}

/* -- containers ------------------------------------------------------------------------------------- */

static int members(struct scan *s, struct keys *keys)
{
	size_t at, n;
	bool nul;

	for (;;) {
		blanks(s);
		if (peek(s) != '"')
			return refuse(s, "a key in double quotes is expected here");
		if (string(s, &at, &n, &nul) || keys_add(s, keys, at, n))
			return -1;
		blanks(s);
		if (peek(s) != ':')
			return refuse(s, "':' is expected here");
		s->at++;
		if (value(s, at, n, nul))
			return -1;
		blanks(s);
		if (peek(s) == '}')
			break;
		if (peek(s) != ',')
			return refuse(s, "',' or '}' is expected here");
		s->at++;
	}
	s->at++;
	return keys_check(s, keys);
}

static int object(struct scan *s)
{
	struct keys keys = { 0 };
	int r;

	s->at++;
	blanks(s);
	if (peek(s) == '}') {
		s->at++;
		return 0;
	}
	r = members(s, &keys);
	keys_free(&keys);
	return r;
}

static int array(struct scan *s)
{
	s->at++;
	blanks(s);
	if (peek(s) == ']') {
		s->at++;
		return 0;
	}
	for (;;) {
		if (value(s, 0, 0, false))
			return -1;
		blanks(s);
		if (peek(s) == ']')
			break;
		if (peek(s) != ',')
			return refuse(s, "',' or ']' is expected here");
		s->at++;
	}
	s->at++;
	return 0;
}

static int note(struct scan *s, struct mf_jspan span)
{
	struct mf_jspans *v = &s->spans;
	struct mf_jspan *more;

	if (v->n == MF_JSON_NODES)
		return refuse_limit(s, "it holds too many values");
	if (v->n == v->cap) {
		more = mf_regrow(v->v, v->cap ? v->cap * 2 : 16, sizeof(*more));
		if (!more) {
			s->nomem = true;
			return -1;
		}
		v->v = more;
		v->cap = v->cap ? v->cap * 2 : 16;
	}
	v->v[v->n++] = span;
	return 0;
}

static int nested(struct scan *s, int c)
{
	int r;

	if (s->depth == MF_JSON_DEPTH)
		return refuse_limit(s, "it is nested too deeply");
	s->depth++;
	r = c == '{' ? object(s) : array(s);
	s->depth--;
	return r;
}

static int value(struct scan *s, size_t key_at, size_t key_n, bool key_nul)
{
	struct mf_jspan span = { .key_at = key_at, .key_n = key_n, .key_nul = key_nul };
	size_t mine = s->spans.n, inner_at, inner_n;
	int c, r;

	blanks(s);
	span.at = s->at;
	if (note(s, span))
		return -1;
	c = peek(s);
	if (c == '{' || c == '[') {
		r = nested(s, c);
	} else if (c == '"') {
		r = string(s, &inner_at, &inner_n, &span.nul);
		if (r == 0) {
			span.is_string = true;
			span.at = inner_at;
			span.n = inner_n;
			s->spans.v[mine] = span;
			return 0;
		}
	} else if (c == '-' || is_digit(c)) {
		s->spans.v[mine].is_number = true;
		r = number(s);
	} else {
		r = word(s, c == 't' ? "true" : c == 'f' ? "false" : "null");
	}
	if (r == 0)
		s->spans.v[mine].n = s->at - s->spans.v[mine].at;
	return r;
}

static int document(struct scan *s)
{
	if (s->n >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return refuse(s, "it begins with a byte order mark");
	if (value(s, 0, 0, false))
		return -1;
	blanks(s);
	if (s->at < s->n)
		return refuse(s, "something follows the value");
	return 0;
}

/* The text itself may be secret: only the place is told. */
static void explain(struct scan *s, struct mf_err *err)
{
	unsigned long line = 1, col = 1;

	for (size_t i = 0; i < s->at && i < s->n; i++) {
		if (s->p[i] == '\n') {
			line++;
			col = 1;
		} else if (((unsigned char)s->p[i] & 0xc0) != 0x80) {
			col++;
		}
	}
	mf_fail(err, MF_E_JSON_SYNTAX, "JSON cannot be parsed at line %lu, column %lu", line, col);
	mf_err_why(err, "%s", s->n == 0 ? "the text is empty" : s->at >= s->n && !s->limit ? "the text ends too early" :
		   s->why);
}

int mf_json_scan(struct mf_jspans *out, const char *p, size_t n, struct mf_err *err)
{
	struct scan s = { .p = p, .n = n };

	if (document(&s)) {
		if (s.nomem)
			mf_fail_nomem(err);
		else
			explain(&s, err);
		mf_jspans_free(&s.spans);
		return -1;
	}
	*out = s.spans;
	return 0;
}

void mf_jspans_free(struct mf_jspans *s)
{
	free(s->v);
	*s = (struct mf_jspans){ 0 };
}

static char plain_escape(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

size_t mf_json_unescape(char *out, const char *p, size_t n)
{
	uint32_t cp, low;
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\\') {
			out[o++] = p[i];
		} else if (p[++i] != 'u') {
			out[o++] = plain_escape(p[i]);
		} else {
			hex4(p + i + 1, &cp);
			i += 4;
			if (cp >= 0xd800 && cp <= 0xdbff) {
				hex4(p + i + 3, &low);
				i += 6;
				cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			}
			o += mf_utf8_encode(out + o, cp);
		}
	}
	return o;
}
