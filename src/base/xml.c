/* SPDX-License-Identifier: Apache-2.0 */
/* A small XML reader: one pass over a copy of the text, in which references are undone in place. */
#include <mayfly/xml.h>

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/base.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>

struct mf_xnode {
	struct mf_str name, text;
	size_t self, parent, first, last, next;	/* indexes into the nodes; of the last three 0: none, since the root is no child */
};

struct mf_xml {
	char *bytes;
	size_t n;
	struct mf_xnode *nodes;
	size_t n_nodes, room;
};

struct reader {
	struct mf_xml *doc;
	char *p, *end;
	char *text;		/* where the text that has been read ends, always before p */
	size_t open, depth;	/* the innermost open element, and how many are open */
	struct mf_err *err;
};

static int bad(const struct reader *r, const char *why)
{
	unsigned line = 1;

	for (const char *c = r->doc->bytes; c < r->p; c++)
		line += *c == '\n';
	mf_fail(r->err, MF_E_XML_SYNTAX, "the XML cannot be read");
	mf_err_why(r->err, "line %u: %s", line, why);
	return -1;
}

static int too_much(const struct reader *r, const char *what)
{
	return mf_fail(r->err, MF_E_XML_LIMIT, "the XML has more than %s", what);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && blank(*r->p))
		r->p++;
}

static bool at(const struct reader *r, const char *word)
{
	const size_t n = strlen(word);

	return (size_t)(r->end - r->p) >= n && memcmp(r->p, word, n) == 0;
}

/* Behind the next `word`; false when there is none. */
static bool skip_past(struct reader *r, const char *word)
{
	char *hit = memmem(r->p, (size_t)(r->end - r->p), word, strlen(word));

	if (hit)
		r->p = hit + strlen(word);
	return hit != NULL;
}

/* -- names, characters -------------------------------------------------------------------------------- */

static bool name_char(char c, bool first)
{
	const unsigned char u = (unsigned char)c;

	return ((u | 32) >= 'a' && (u | 32) <= 'z') || u == '_' || u == ':' || u >= 0x80 || (!first && ((u >= '0' && u <= '9') || u == '-' || u == '.'));
}

/* Without its prefix: a server's namespaces say nothing that its address does not. */
static int read_name(struct mf_str *out, struct reader *r)
{
	char *from = r->p;

	for (; r->p < r->end && name_char(*r->p, r->p == from); r->p++)
		if (*r->p == ':')
			from = r->p + 1;
	*out = (struct mf_str){ from, (size_t)(r->p - from) };
	return out->n ? 0 : bad(r, "a name is missing");
}

static void put_utf8(char **to, unsigned c)
{
	char *t = *to;

	if (c < 0x80) {
		*t++ = (char)c;
	} else if (c < 0x800) {
		*t++ = (char)(0xc0 | c >> 6);
		*t++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*t++ = (char)(0xe0 | c >> 12);
		*t++ = (char)(0x80 | (c >> 6 & 63));
		*t++ = (char)(0x80 | (c & 63));
	} else {
		*t++ = (char)(0xf0 | c >> 18);
		*t++ = (char)(0x80 | (c >> 12 & 63));
		*t++ = (char)(0x80 | (c >> 6 & 63));
		*t++ = (char)(0x80 | (c & 63));
	}
	*to = t;
}

/* What XML calls a character (section 2.2). */
static bool is_char(unsigned c)
{
	return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c <= 0x10ffff);
}

/* Behind "&#": decimal, or hexadecimal after 'x'. A reference is never shorter than what it stands for. */
static int number(struct reader *r, char **to)
{
	const bool hex = r->p < r->end && *r->p == 'x';
	unsigned c = 0, digits = 0;

	r->p += hex;
	for (; r->p < r->end && *r->p != ';' && digits < 8; r->p++, digits++) {
		const unsigned char u = (unsigned char)*r->p;
		const unsigned d = mf_hex_digit((char)u) >= 0 && (hex || u <= '9') ? (unsigned)mf_hex_digit((char)u) : 99;

		if (d == 99)
			return bad(r, "a character's number is none");
		c = c * (hex ? 16 : 10) + d;
	}
	if (r->p == r->end || *r->p != ';' || digits == 0 || !is_char(c))
		return bad(r, "a character's number is none");
	r->p++;
	put_utf8(to, c);
	return 0;
}

static int reference(struct reader *r, char **to)
{
	static const struct { const char *name; char c; } known[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };

	if (at(r, "&#")) {
		r->p += 2;
		return number(r, to);
	}
	for (size_t i = 0; i < MF_COUNT(known); i++)
		if (at(r, known[i].name)) {
			r->p += strlen(known[i].name);
			*(*to)++ = known[i].c;
			return 0;
		}
	return bad(r, "a reference to what XML itself does not have");
}

/* -- elements ----------------------------------------------------------------------------------------- */

static int add_node(struct reader *r, struct mf_str name)
{
	struct mf_xml *d = r->doc;
	struct mf_xnode *node;

	if (d->n_nodes == MF_XML_NODES)
		return too_much(r, "20000 elements");
	if (r->depth == MF_XML_DEPTH)
		return too_much(r, "32 elements inside each other");
	if (d->n_nodes == d->room) {
		const size_t room = d->room ? 2 * d->room : 64;
		struct mf_xnode *grown = mf_regrow(d->nodes, room, sizeof(*grown));

		if (!grown)
			return mf_fail_nomem(r->err);
		d->nodes = grown;
		d->room = room;
	}
	node = &d->nodes[d->n_nodes];
	*node = (struct mf_xnode){ .name = name, .self = d->n_nodes, .parent = r->open };
	if (d->n_nodes) {
		struct mf_xnode *parent = &d->nodes[r->open];

		if (mf_trim(parent->text).n)
			return bad(r, "text and elements beside each other");
		parent->text = (struct mf_str){ 0 };
		if (parent->last)
			d->nodes[parent->last].next = d->n_nodes;
		else
			parent->first = d->n_nodes;
		parent->last = d->n_nodes;
	}
	r->open = d->n_nodes++;
	r->depth++;
	return 0;
}

/* name="value", which nobody asks for: only that it ends is looked at. */
static int skip_attributes(struct reader *r)
{
	struct mf_str name;

	for (;;) {
		const char *from = r->p, *quote;

		skip_blanks(r);
		if (r->p == r->end || *r->p == '>' || *r->p == '/')
			return 0;
		if (r->p == from)
			return bad(r, "an attribute without a blank before it");
		if (read_name(&name, r))
			return -1;
		skip_blanks(r);
		if (r->p == r->end || *r->p != '=')
			return bad(r, "an attribute without a value");
		r->p++;
		skip_blanks(r);
		if (r->p == r->end || (*r->p != '"' && *r->p != '\''))
			return bad(r, "an attribute's value without quotes");
		quote = memchr(r->p + 1, *r->p, (size_t)(r->end - r->p) - 1);
		if (!quote || memchr(r->p, '<', (size_t)(quote - r->p)))
			return bad(r, "an attribute's value that does not end");
		r->p += quote - r->p + 1;
	}
}

static int close_node(struct reader *r)
{
	r->open = r->doc->nodes[r->open].parent;
	r->depth--;
	return 0;
}

static int start_tag(struct reader *r)
{
	struct mf_str name;

	r->p++;
	if (read_name(&name, r) || add_node(r, name) || skip_attributes(r))
		return -1;
	if (at(r, "/>")) {
		r->p += 2;
		return close_node(r);
	}
	if (r->p == r->end || *r->p != '>')
		return bad(r, "a tag that does not end");
	r->p++;
	return 0;
}

static int end_tag(struct reader *r)
{
	const struct mf_xnode *node = &r->doc->nodes[r->open];
	struct mf_str name;

	r->p += 2;
	if (read_name(&name, r))
		return -1;
	if (!mf_str_eq(name, node->name))
		return bad(r, "an end tag of another element than the one that is open");
	skip_blanks(r);
	if (r->p == r->end || *r->p != '>')
		return bad(r, "an end tag that does not end");
	r->p++;
	return close_node(r);
}

/* -- text --------------------------------------------------------------------------------------------- */

/* Characters up to the next tag. What a comment or a CDATA section parts is moved together: nothing that is read later lies between. */
static int read_text(struct reader *r, bool cdata)
{
	char *from = r->p, *to = r->p;
	struct mf_xnode *node = &r->doc->nodes[r->open];
	struct mf_str text;

	while (r->p < r->end && (cdata ? !at(r, "]]>") : *r->p != '<')) {
		if (!cdata && *r->p == '&') {
			if (reference(r, &to))
				return -1;
		} else {
			*to++ = *r->p++;
		}
	}
	if (r->p == r->end)
		return bad(r, "it ends before its last element does");
	r->p += cdata ? 3 : 0;
	text = (struct mf_str){ from, (size_t)(to - from) };
	if (node->last)
		return mf_trim(text).n ? bad(r, "text and elements beside each other") : 0;
	if (!node->text.n) {
		node->text = text;
		return 0;
	}
	memmove((char *)node->text.p + node->text.n, text.p, text.n);
	node->text.n += text.n;
	return 0;
}

/* -- the document ------------------------------------------------------------------------------------- */

/* Comments, and instructions to programs that are not us. *found: there was one. */
static int skip_misc(struct reader *r, bool *found)
{
	*found = true;
	if (at(r, "<!--"))
		return skip_past(r, "-->") ? 0 : bad(r, "a comment that does not end");
	if (at(r, "<?"))
		return skip_past(r, "?>") ? 0 : bad(r, "an instruction that does not end");
	*found = false;
	return 0;
}

static int read_one(struct reader *r)
{
	bool misc;

	if (*r->p != '<')
		return read_text(r, false);
	if (skip_misc(r, &misc))
		return -1;
	if (misc)
		return 0;
	if (at(r, "<![CDATA[")) {
		r->p += 9;
		return read_text(r, true);
	}
	if (at(r, "<!"))
		return bad(r, "a document type, or another declaration: none is read");
	return at(r, "</") ? end_tag(r) : start_tag(r);
}

static int read_around(struct reader *r)
{
	bool misc = true;

	while (misc) {
		skip_blanks(r);
		if (skip_misc(r, &misc))
			return -1;
	}
	return 0;
}

static int read_all(struct reader *r)
{
	if (at(r, "\xef\xbb\xbf"))
		r->p += 3;
	if (read_around(r))
		return -1;
	if (r->p == r->end || *r->p != '<' || at(r, "<!") || at(r, "</"))
		return bad(r, at(r, "<!") ? "a document type, or another declaration: none is read" : "there is no element");
	if (start_tag(r))
		return -1;
	while (r->depth) {
		if (r->p == r->end)
			return bad(r, "it ends before its last element does");
		if (read_one(r))
			return -1;
	}
	if (read_around(r))
		return -1;
	return r->p == r->end ? 0 : bad(r, "something stands after the last element");
}

int mf_xml_parse(struct mf_xml **out, const char *p, size_t n, struct mf_err *err)
{
	struct mf_xml *doc;
	struct reader r = { .err = err };

	if (n > MF_XML_BYTES)
		return mf_fail(err, MF_E_XML_LIMIT, "the XML has more than %d bytes", MF_XML_BYTES);
	doc = mf_calloc(1, sizeof(*doc));
	if (doc)
		doc->bytes = mf_calloc(n + 1, 1);
	if (!doc || !doc->bytes) {
		mf_xml_free(doc);
		return mf_fail_nomem(err);
	}
	if (n)
		memcpy(doc->bytes, p, n);
	doc->n = n;
	r.doc = doc;
	r.p = doc->bytes;
	r.end = doc->bytes + n;
	if ((n && memchr(p, '\0', n)) || !mf_utf8_valid(p, n) ? bad(&r, "it is not UTF-8, or has a NUL") : read_all(&r)) {
		mf_xml_free(doc);
		return -1;
	}
	*out = doc;
	return 0;
}

void mf_xml_free(struct mf_xml *doc)
{
	if (!doc)
		return;
	/* answers hold credentials */
	mf_wipe_free(doc->bytes, doc->n);
	free(doc->nodes);
	free(doc);
}

void mf_xml_freep(struct mf_xml **doc)
{
	mf_xml_free(*doc);
}

/* -- looking ------------------------------------------------------------------------------------------ */

const struct mf_xnode *mf_xml_root(const struct mf_xml *doc)
{
	return doc && doc->n_nodes ? doc->nodes : NULL;
}

struct mf_str mf_xml_name(const struct mf_xnode *n)
{
	return n ? n->name : (struct mf_str){ 0 };
}

struct mf_str mf_xml_text(const struct mf_xnode *n)
{
	return n ? n->text : (struct mf_str){ 0 };
}

const struct mf_xnode *mf_xml_first(const struct mf_xnode *n)
{
	return n && n->first ? n - n->self + n->first : NULL;
}

const struct mf_xnode *mf_xml_next(const struct mf_xnode *n)
{
	return n && n->next ? n - n->self + n->next : NULL;
}

const struct mf_xnode *mf_xml_get(const struct mf_xnode *n, const char *path)
{
	while (n && *path) {
		const size_t len = strcspn(path, "/");

		for (n = mf_xml_first(n); n && !(n->name.n == len && memcmp(n->name.p, path, len) == 0); n = mf_xml_next(n))
			;
		path += len + (path[len] == '/');
	}
	return n;
}
