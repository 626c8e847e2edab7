/* SPDX-License-Identifier: Apache-2.0 */
/* What a value consists of: itself, its lines, the leaves of its JSON, the bodies of its PEM blocks, passwords inside it. */
#include "forms.h"

#include <stdlib.h>

enum { NESTING = 3 };		/* JSON in a string of JSON, text with lines in that */

static int split(struct mf_parts *p, struct mf_str s, enum mf_part_kind kind, unsigned depth, struct mf_err *err);

static int add(struct mf_parts *p, enum mf_part_kind kind, struct mf_str s, struct mf_err *err)
{
	if (p->n == MF_MASK_CAP) {
		p->over = true;
		return 0;
	}
	if (p->n == p->room) {
		const size_t room = p->room ? 2 * p->room : 16;
		struct mf_part *v = realloc(p->v, room * sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		p->v = v;
		p->room = room;
	}
	p->v[p->n++] = (struct mf_part){ .kind = kind, .s = s };
	p->lines += kind == MF_PART_LINE;
	return 0;
}

/* Takes ownership; the parts may point into it from now on. */
static int keep(struct mf_parts *p, struct mf_secret *s, struct mf_str *text, struct mf_err *err)
{
	struct mf_secret **v;

	if (!s)
		return -1;
	v = realloc(p->kept, (p->n_kept + 1) * sizeof(struct mf_secret *));
	if (!v) {
		mf_secret_free(s);
		return mf_fail_nomem(err);
	}
	p->kept = v;
	p->kept[p->n_kept++] = s;
	*text = mf_secret_reveal(s);
	return 0;
}

static int keep_doc(struct mf_parts *p, struct mf_json *doc, struct mf_err *err)
{
	struct mf_json **v = realloc(p->docs, (p->n_docs + 1) * sizeof(struct mf_json *));

	if (!v) {
		mf_json_free(doc);
		return mf_fail_nomem(err);
	}
	p->docs = v;
	p->docs[p->n_docs++] = doc;
	return 0;
}

/* A secret inside the text, also as it is once its percent-encoding is undone. */
static int found(void *ctx, struct mf_str s, struct mf_err *err)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	struct mf_parts *p = ctx;
	struct mf_out o;
	struct mf_str plain;

	s = mf_trim(s);
	if (p->over || mf_weak(s) != MF_WEAK_NO)
		return 0;
	if (add(p, MF_PART_LEAF, s, err))
		return -1;
	if (!memchr(s.p, '%', s.n))
		return 0;
	mf_out_begin(&o, s.n, err);
	for (size_t i = 0; i < s.n; i++) {
		const char *hi = i + 2 < s.n && s.p[i] == '%' ? memchr(hex, s.p[i + 1], 32) : NULL;
		const char *lo = hi ? memchr(hex, s.p[i + 2], 32) : NULL;

		mf_out_byte(&o, lo ? (char)((hi - hex) % 16 * 16 + (lo - hex) % 16) : s.p[i]);
		i += lo ? 2 : 0;
	}
	if (keep(p, mf_out_take(&o), &plain, err))
		return -1;
	return add(p, MF_PART_LEAF, plain, err);
}

static bool is_base64_text(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("+/=", s.p[i]) && !((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	return s.n > 0;
}

/* The words of base64 in a piece of text: the lines of a PEM body that were joined with blanks, or without. */
static int body_words(struct mf_parts *p, struct mf_str s, struct mf_err *err)
{
	s = mf_trim(s);
	if (s.n >= MF_MASK_MIN && add(p, MF_PART_BODY, s, err))
		return -1;
	while (s.n && !p->over) {
		size_t n = 0;

		while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
			n++;
		if (n >= MF_MASK_MIN && is_base64_text((struct mf_str){ s.p, n }) && add(p, MF_PART_BODY, (struct mf_str){ s.p, n }, err))
			return -1;
		n += n < s.n;
		s.p += n;
		s.n -= n;
	}
	return 0;
}

/* PEM blocks that are in one line with their armor, as where newlines were lost: what is between the dashes of BEGIN and of END. */
static int pem_in_line(struct mf_parts *p, struct mf_str line, struct mf_err *err)
{
	const char *at = line.p, *end = line.p + line.n;

	while (line.n && !p->over && (at = memmem(at, (size_t)(end - at), "-----BEGIN ", 11))) {
		const char *body = memmem(at + 11, (size_t)(end - at - 11), "-----", 5), *stop;

		if (!body)
			return 0;
		body += 5;
		stop = memmem(body, (size_t)(end - body), "-----", 5);
		at = stop ? stop : end;
		if (body_words(p, (struct mf_str){ body, (size_t)(at - body) }, err))
			return -1;
	}
	return 0;
}

/* A line of text, and what is in it. */
static int text_line(struct mf_parts *p, struct mf_str line, struct mf_err *err)
{
	const enum mf_weak weak = mf_weak(line);

	p->weak += weak == MF_WEAK_SHORT || weak == MF_WEAK_COMMON;
	if (weak != MF_WEAK_NO)
		return 0;
	return add(p, MF_PART_LINE, line, err) || mf_find_passwords(line, found, p, err) || pem_in_line(p, line, err) ? -1 : 0;
}

/* A line of a PEM block that says nothing: BEGIN and END, the headers of RFC 1421. */
static bool is_armor(struct mf_str line)
{
	const char *dashes;

	if (mf_str_begins(line, "Proc-Type: ") || mf_str_begins(line, "DEK-Info: "))
		return true;
	if (!mf_str_begins(line, "-----BEGIN ") && !mf_str_begins(line, "-----END "))
		return false;
	/* the first dashes after the label are the end of the line, or there is a body in it */
	dashes = memmem(line.p + 5, line.n - 5, "-----", 5);
	return dashes && dashes + 5 == line.p + line.n;
}

/* The lines of a PEM block after its BEGIN, each and joined; its armor says nothing and would hide every other PEM block. */
static int pem(struct mf_parts *p, struct mf_str *rest, struct mf_err *err)
{
	struct mf_str line, joined;
	struct mf_out o;

	mf_out_begin(&o, rest->n, err);
	while (mf_next_line(rest, &line)) {
		line = mf_trim(line);
		if (is_armor(line) && mf_str_begins(line, "-----END"))
			break;
		if (is_base64_text(line))
			mf_out_add(&o, line.p, line.n);
		if (is_base64_text(line) ? line.n >= MF_MASK_MIN && add(p, MF_PART_BODY, line, err)
					 : !is_armor(line) && text_line(p, line, err)) {
			mf_out_drop(&o);
			return -1;
		}
	}
	if (keep(p, mf_out_take(&o), &joined, err))
		return -1;
	return joined.n >= MF_MASK_MIN ? add(p, MF_PART_BODY, joined, err) : 0;
}

static int split_lines(struct mf_parts *p, struct mf_str s, struct mf_err *err)
{
	struct mf_str line;

	while (!p->over && mf_next_line(&s, &line)) {
		line = mf_trim(line);
		if (is_armor(line) ? mf_str_begins(line, "-----BEGIN") && pem(p, &s, err) : text_line(p, line, err))
			return -1;
	}
	return 0;
}

/* The strings of a JSON text as they are written there, when they have escapes; keys are no secrets. The text was
 * parsed before, so its strings end. */
static int split_json_text(struct mf_parts *p, struct mf_str s, struct mf_err *err)
{
	for (size_t i = 0; i < s.n && !p->over; i++) {
		size_t begin = i + 1, end = begin, after;
		bool escapes = false;

		if (s.p[i] != '"')
			continue;
		while (end < s.n && s.p[end] != '"') {
			escapes |= s.p[end] == '\\';
			end += s.p[end] == '\\' ? 2 : 1;
		}
		if (end >= s.n)
			return 0;
		for (after = end + 1; after < s.n && strchr(" \t\r\n", s.p[after]) && s.p[after]; after++)
			;
		if (escapes && !(after < s.n && s.p[after] == ':') && end - begin >= MF_MASK_MIN &&
		    add(p, MF_PART_BODY, (struct mf_str){ s.p + begin, end - begin }, err))
			return -1;
		i = end;
	}
	return 0;
}

static int split_leaf(struct mf_parts *p, const struct mf_json *doc, const struct mf_jnode *node, unsigned depth,
		      struct mf_err *err)
{
	const enum mf_jtype type = mf_json_type(node);

	if (type == MF_J_OBJECT || type == MF_J_ARRAY) {
		for (const struct mf_jnode *c = mf_json_first(node); c && !p->over; c = mf_json_next(c))
			if (split_leaf(p, doc, c, depth, err))
				return -1;
		return 0;
	}
	if (type != MF_J_STRING && type != MF_J_NUMBER)
		return 0;
	return split(p, mf_json_text(doc, node), MF_PART_LEAF, depth + 1, err);
}

/* 1 when it was JSON, 0 when not, -1. */
static int split_json(struct mf_parts *p, struct mf_str s, unsigned depth, struct mf_err *err)
{
	struct mf_err why;
	struct mf_json *doc;

	if (s.n < 2 || !((s.p[0] == '{' && s.p[s.n - 1] == '}') || (s.p[0] == '[' && s.p[s.n - 1] == ']')))
		return 0;
	if (mf_json_parse(&doc, s.p, s.n, &why)) {
		if (why.code != MF_BUG)
			return 0;	/* text that only looks like JSON */
		*err = why;
		return -1;
	}
	if (keep_doc(p, doc, err) || split_leaf(p, doc, mf_json_root(doc), depth, err) || split_json_text(p, s, err))
		return -1;
	return 1;
}

/* A PEM block in one line with \n written out, as people put it into variables. */
static int split_written_newlines(struct mf_parts *p, struct mf_str s, struct mf_err *err)
{
	struct mf_str lines;
	struct mf_out o;

	mf_out_begin(&o, s.n, err);
	for (size_t i = 0; i < s.n; i++) {
		const bool newline = i + 1 < s.n && s.p[i] == '\\' && s.p[i + 1] == 'n';

		mf_out_byte(&o, newline ? '\n' : s.p[i]);
		i += newline;
	}
	if (keep(p, mf_out_take(&o), &lines, err))
		return -1;
	return split_lines(p, lines, err);
}

/* The text with LF where it has CRLF: what most programs make of it. */
static int add_unix_text(struct mf_parts *p, struct mf_str s, enum mf_part_kind kind, struct mf_err *err)
{
	struct mf_str text;
	struct mf_out o;

	mf_out_begin(&o, s.n, err);
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n'))
			mf_out_byte(&o, s.p[i]);
	if (keep(p, mf_out_take(&o), &text, err))
		return -1;
	return add(p, kind, text, err);
}

static int split(struct mf_parts *p, struct mf_str s, enum mf_part_kind kind, unsigned depth, struct mf_err *err)
{
	enum mf_weak weak;
	int json;

	s = mf_trim(s);
	weak = mf_weak(s);
	if (weak == MF_WEAK_PUNCT && s.n >= 2 * MF_MASK_MIN && kind == MF_PART_WHOLE && memcmp(s.p, s.p + 1, s.n - 1))
		weak = MF_WEAK_NO;	/* a password of nothing but signs */
	if (weak == MF_WEAK_EMPTY)
		return 0;
	if (weak != MF_WEAK_NO) {
		p->weak++;
		return 0;
	}
	if (add(p, kind, s, err))
		return -1;
	p->whole |= kind == MF_PART_WHOLE;
	if (memmem(s.p, s.n, "\r\n", 2) && add_unix_text(p, s, kind, err))
		return -1;
	if (depth >= NESTING)
		return 0;
	json = split_json(p, s, depth, err);
	if (json)
		return json < 0 ? -1 : 0;
	if (memchr(s.p, '\n', s.n) || memchr(s.p, '\r', s.n))
		return split_lines(p, s, err);
	if (mf_str_begins(s, "-----BEGIN") && memmem(s.p, s.n, "\\n", 2))
		return split_written_newlines(p, s, err);
	return mf_find_passwords(s, found, p, err) || pem_in_line(p, s, err) ? -1 : 0;
}

int mf_parts_split(struct mf_parts *out, struct mf_str value, struct mf_err *err)
{
	*out = (struct mf_parts){ 0 };
	if (split(out, value, MF_PART_WHOLE, 0, err)) {
		mf_parts_free(out);
		return -1;
	}
	return 0;
}

void mf_parts_free(struct mf_parts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_kept; i++)
		mf_secret_free(p->kept[i]);
	for (size_t i = 0; i < p->n_docs; i++)
		mf_json_free(p->docs[i]);
	free(p->v);
	free(p->kept);
	free(p->docs);
	*p = (struct mf_parts){ 0 };
}
