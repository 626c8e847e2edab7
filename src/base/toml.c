/* SPDX-License-Identifier: Apache-2.0 */
/* TOML documents: what is checked before the text is read, and its lines, arrays and inline tables. */
#include "toml_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>

static int value(struct mf_treader *r, struct mf_tnode **out, const struct mf_tnode *parent);

/* -- places --------------------------------------------------------------------------------------------- */

struct mf_tpos mf_toml_here(const struct mf_treader *r)
{
	return (struct mf_tpos){ r->line, (unsigned)(r->at - r->line_at) + 1 };
}

int mf_toml_fail(struct mf_treader *r, enum mf_error e, struct mf_tpos pos, const char *hint, const char *fmt, ...)
{
	char why[sizeof(r->err->why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	mf_fail(r->err, e, "'%s' cannot be read as TOML", r->name);
	mf_err_why(r->err, "%s:%u:%u: %s", r->name, pos.line, pos.col, why);
	if (hint)
		mf_err_hint(r->err, "%s", hint);
	return -1;
}

static int fail_here(struct mf_treader *r, const char *hint, const char *text)
{
	return mf_toml_fail(r, MF_E_TOML_SYNTAX, mf_toml_here(r), hint, "%s", text);
}

bool mf_toml_newline(struct mf_treader *r)
{
	size_t n = mf_toml_peek(r, 0) == '\n' ? 1 : mf_toml_peek(r, 0) == '\r' && mf_toml_peek(r, 1) == '\n' ? 2 : 0;

	if (n == 0)
		return false;
	r->at += n;
	r->line++;
	r->line_at = r->at;
	return true;
}

static void blanks(struct mf_treader *r)
{
	while (mf_toml_peek(r, 0) == ' ' || mf_toml_peek(r, 0) == '\t')
		r->at++;
}

static void comment(struct mf_treader *r)
{
	if (mf_toml_peek(r, 0) != '#')
		return;
	while (r->at < r->n && r->p[r->at] != '\n' && r->p[r->at] != '\r')
		r->at++;
}

/* White space, line ends and comments, as between the elements of an array. */
static void filler(struct mf_treader *r)
{
	do {
		blanks(r);
		comment(r);
	} while (mf_toml_newline(r));
}

static int line_end(struct mf_treader *r)
{
	blanks(r);
	comment(r);
	if (r->at == r->n || mf_toml_newline(r))
		return 0;
	return fail_here(r, "one key, or one [header], stands on a line", "the line should end here");
}

/* -- arrays and inline tables --------------------------------------------------------------------------- */

static int array(struct mf_treader *r, struct mf_tnode *n)
{
	struct mf_tnode *element;

	r->at++;
	for (;;) {
		filler(r);
		if (mf_toml_peek(r, 0) == ']')
			break;
		if (value(r, &element, n) || mf_toml_push(r, n, element))
			return -1;
		filler(r);
		if (mf_toml_peek(r, 0) == ']')
			break;
		if (mf_toml_peek(r, 0) != ',')
			return mf_toml_fail(r, MF_E_TOML_SYNTAX, mf_toml_here(r), NULL, "',' or ']' is expected here, of the array of line %u",
					    n->pos.line);
		r->at++;
	}
	r->at++;
	return 0;
}

static int pair(struct mf_treader *r, struct mf_tnode *table)
{
	struct mf_tkey key;
	struct mf_tnode *v;

	if (mf_toml_key(r, &key))
		return -1;
	if (mf_toml_peek(r, 0) != '=')
		return fail_here(r, "NAME = VALUE; a name with other characters than A-Z a-z 0-9 _ - goes in quotes", "'=' is expected here");
	r->at++;
	blanks(r);
	if (mf_toml_dotted(r, &table, &key) || value(r, &v, table))
		return -1;
	return mf_toml_put(r, table, &key.part[key.n - 1], v);
}

/* TOML 1.0: on one line, without a comma at its end. */
static int inline_table(struct mf_treader *r, struct mf_tnode *n)
{
	static const char hint[] = "an inline table stands on one line, without a comma at its end; a longer one is a [table]";

	r->at++;
	blanks(r);
	if (mf_toml_peek(r, 0) == '}') {
		r->at++;
		return 0;
	}
	for (;;) {
		blanks(r);
		if (mf_toml_peek(r, 0) == '}' || mf_toml_peek(r, 0) == '\n' || mf_toml_peek(r, 0) == '\r')
			return fail_here(r, hint, "a key is expected here");
		if (pair(r, n))
			return -1;
		blanks(r);
		if (mf_toml_peek(r, 0) == '}')
			break;
		if (mf_toml_peek(r, 0) != ',')
			return fail_here(r, hint, "',' or '}' is expected here");
		r->at++;
	}
	r->at++;
	return 0;
}

static int value(struct mf_treader *r, struct mf_tnode **out, const struct mf_tnode *parent)
{
	const int c = mf_toml_peek(r, 0);
	const enum mf_ttype type = c == '[' ? MF_T_ARRAY : c == '{' ? MF_T_TABLE : MF_T_STRING;

	if (mf_toml_node(r, out, type, c == '{' ? MF_TO_INLINE : MF_TO_VALUE, parent, mf_toml_here(r)))
		return -1;
	switch (c) {
	case '[':
		return array(r, *out);
	case '{':
		return inline_table(r, *out);
	case '"':
	case '\'':
		return mf_toml_string(r, &(*out)->text, true);
	default:
		return mf_toml_scalar(r, *out);
	}
}

/* -- lines ---------------------------------------------------------------------------------------------- */

static int header(struct mf_treader *r, struct mf_tnode **table)
{
	const bool element = mf_toml_peek(r, 1) == '[';
	struct mf_tkey key;

	*table = r->doc->root;
	r->at += element ? 2 : 1;
	blanks(r);
	if (mf_toml_key(r, &key))
		return -1;
	if (mf_toml_peek(r, 0) != ']' || (element && mf_toml_peek(r, 1) != ']'))
		return fail_here(r, NULL, element ? "']]' is expected here" : "']' is expected here");
	r->at += element ? 2 : 1;
	return mf_toml_header(r, table, &key, element);
}

static int document(struct mf_treader *r)
{
	struct mf_tnode *table = r->doc->root;

	for (;;) {
		filler(r);
		if (r->at == r->n)
			return 0;
		if (mf_toml_peek(r, 0) == '[' ? header(r, &table) : pair(r, table))
			return -1;
		if (line_end(r))
			return -1;
	}
}

/* What holds for every byte, wherever it stands. */
static int precheck(struct mf_treader *r)
{
	uint32_t cp;

	for (size_t step; r->at < r->n; r->at += step) {
		const unsigned char c = (unsigned char)r->p[r->at];

		if (mf_toml_newline(r)) {
			step = 0;
			continue;
		}
		step = c < 0x80 ? 1 : mf_utf8_decode(&cp, r->p + r->at, r->n - r->at);
		if (step == 0)
			return fail_here(r, "save the file as UTF-8", "this is not valid UTF-8");
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return mf_toml_fail(r, MF_E_TOML_SYNTAX, mf_toml_here(r), "in a string in double quotes it is written \\u and four hex digits",
					    "the control character 0x%02x may not stand here", c);
	}
	return 0;
}

static int read_all(struct mf_treader *r)
{
	if (r->n > MF_TOML_BYTES)
		return mf_toml_fail(r, MF_E_TOML_LIMIT, (struct mf_tpos){ 1, 1 }, NULL, "it is longer than %u bytes", MF_TOML_BYTES);
	if (precheck(r))
		return -1;
	r->at = r->n >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	r->line = 1;
	r->line_at = r->at;
	if (mf_toml_node(r, &r->doc->root, MF_T_TABLE, MF_TO_HEADER, NULL, mf_toml_here(r)))
		return -1;
	return document(r);
}

int mf_toml_parse(struct mf_toml **out, const char *name, const char *p, size_t n, struct mf_err *err)
{
	struct mf_treader r = { .name = name, .p = n ? p : "", .n = n, .line = 1, .scratch = MF_BUF(MF_TOML_BYTES), .err = err };
	int rc;

	r.doc = mf_calloc(1, sizeof(*r.doc));
	if (!r.doc)
		return mf_fail_nomem(err);
	mf_random(&r.seed, sizeof(r.seed));
	rc = read_all(&r);
	mf_buf_free(&r.scratch);
	if (rc)
		mf_toml_free(r.doc);
	else
		*out = r.doc;
	return rc;
}

void mf_toml_free(struct mf_toml *doc)
{
	struct mf_tblock *b;

	if (!doc)
		return;
	for (struct mf_tnode *n = doc->nodes; n; n = n->next) {
		free(n->kids);
		free(n->slots);
	}
	while ((b = doc->blocks)) {
		doc->blocks = b->next;
		free(b);
	}
	free(doc);
}
