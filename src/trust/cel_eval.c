/* SPDX-License-Identifier: Apache-2.0 */
/* CEL over claims. What is not known stays unknown through everything, but for what the other side decides alone. */
#include "cel.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

static const struct cel_value unknown = { .type = CEL_V_UNKNOWN }, missing = { .type = CEL_V_MISSING };

static struct cel_value boolean(bool yes)
{
	return (struct cel_value){ .type = CEL_V_BOOL, .yes = yes };
}

static struct cel_value text(struct mf_str s)
{
	return (struct cel_value){ .type = CEL_V_TEXT, .text = s };
}

static struct cel_value of_json(const struct mf_json *doc, const struct mf_jnode *n)
{
	if (!n)
		return missing;
	switch (mf_json_type(n)) {
	case MF_J_STRING:
	case MF_J_NUMBER:
		return text(mf_json_text(doc, n));
	case MF_J_BOOL:
		return boolean(mf_str_is(mf_json_text(doc, n), "true"));
	case MF_J_NULL:
		return missing;
	default:
		return (struct cel_value){ .type = CEL_V_NODE, .doc = doc, .node = n };
	}
}

/* -- names ------------------------------------------------------------------------------------------------ */

/* The key of a mapping that a node is: "google.subject", "attribute.repository". */
static bool attribute_key(char *out, size_t size, const struct cel *c, unsigned node)
{
	const struct cel_node *n = &c->v[node], *a = &c->v[n->a];
	const struct mf_str field = n->kind == CEL_INDEX && n->b && c->v[n->b].kind == CEL_TEXT ? c->v[n->b].text : n->text;

	if ((n->kind != CEL_FIELD && n->kind != CEL_INDEX) || a->kind != CEL_NAME || (!mf_str_is(a->text, "google") && !mf_str_is(a->text, "attribute")) ||
	    a->text.n + field.n + 2 > size)
		return false;
	memcpy(out, a->text.p, a->text.n);
	out[a->text.n] = '.';
	memcpy(out + a->text.n + 1, field.p, field.n);
	out[a->text.n + 1 + field.n] = '\0';
	return true;
}

/* The claim that an attribute stands for where nobody has said how it is mapped. */
static struct mf_str usual(const char *key)
{
	return mf_str(strcmp(key, "google.subject") == 0 ? "sub" : strchr(key, '.') + 1);
}

static const struct mf_jnode *mapping_of(const struct cel_world *w, const char *key)
{
	const struct mf_jnode *m = w->mappings ? mf_json_get_z(w->mappings, key) : NULL;

	return m && mf_json_type(m) == MF_J_STRING ? m : NULL;
}

/* Evaluates a mapping with a tree of its own; its text is copied into ours. */
static struct cel_value mapped(struct cel *c, struct cel_world *w, const char *key)
{
	const struct mf_jnode *m = mapping_of(w, key);
	struct cel_value v = unknown;
	struct cel *own;
	char *copy;

	if (!w->mappings) {
		w->guessed = true;
		return w->claims->doc ? of_json(w->claims->doc, mf_json_get(mf_json_root(w->claims->doc), usual(key))) : unknown;
	}
	if (!m)
		return missing;
	/* one on another attribute is refused by Google */
	if (w->depth)
		return unknown;
	own = mf_calloc(1, sizeof(*own));
	if (!own) {
		c->no_memory = true;
		return unknown;
	}
	w->depth++;
	if (mf_cel_parse(own, mf_json_text(w->mapping, m)))
		v = mf_cel_eval(own, w, own->root);
	w->depth--;
	if (v.type == CEL_V_TEXT) {
		copy = mf_cel_make(c, v.text.n);
		if (copy && v.text.n)
			memcpy(copy, v.text.p, v.text.n);
		v = copy ? text((struct mf_str){ copy, v.text.n }) : unknown;
	} else if (v.type == CEL_V_LIST) {
		v = unknown;
	}
	c->no_memory |= own->no_memory;
	mf_cel_free(own);
	free(own);
	return v;
}

static struct cel_value member(struct cel *c, struct cel_world *w, unsigned node, struct mf_str field)
{
	struct cel_value v;
	char key[256];

	if (attribute_key(key, sizeof(key), c, node))
		return mapped(c, w, key);
	if (c->v[c->v[node].a].kind == CEL_NAME)
		return mf_str_is(c->v[c->v[node].a].text, "assertion") && w->claims->doc ? of_json(w->claims->doc, mf_json_get(mf_json_root(w->claims->doc), field)) : unknown;
	v = mf_cel_eval(c, w, c->v[node].a);
	if (v.type == CEL_V_NODE && mf_json_type(v.node) == MF_J_OBJECT)
		return of_json(v.doc, mf_json_get(v.node, field));
	return v.type == CEL_V_MISSING ? missing : unknown;
}

struct mf_str mf_cel_claim(const struct cel *c, const struct cel_world *w, unsigned node)
{
	const struct cel_node *n = &c->v[node], *a = &c->v[n->a];
	const struct mf_str field = n->kind == CEL_INDEX && n->b && c->v[n->b].kind == CEL_TEXT ? c->v[n->b].text : n->text;
	const struct mf_jnode *m;
	struct mf_str s;
	char key[256];

	if (attribute_key(key, sizeof(key), c, node)) {
		m = mapping_of(w, key);
		if (!m)
			return w->mappings ? field : mf_str_is(a->text, "google") ? mf_str("sub") : field;
		s = mf_json_text(w->mapping, m);
		return mf_str_begins(s, "assertion.") && !memchr(s.p + 10, '.', s.n - 10) && !memchr(s.p, '(', s.n) ? (struct mf_str){ s.p + 10, s.n - 10 } : field;
	}
	if ((n->kind == CEL_FIELD || n->kind == CEL_INDEX) && a->kind == CEL_NAME && mf_str_is(a->text, "assertion"))
		return field;
	return mf_str("");
}

/* -- operators -------------------------------------------------------------------------------------------- */

static struct cel_value equal(struct cel_value a, struct cel_value b)
{
	if (a.type == CEL_V_MISSING || b.type == CEL_V_MISSING)
		return missing;
	if (a.type == CEL_V_TEXT && b.type == CEL_V_TEXT)
		return boolean(a.text.n == b.text.n && memcmp(a.text.p, b.text.p, a.text.n) == 0);
	if (a.type == CEL_V_BOOL && b.type == CEL_V_BOOL)
		return boolean(a.yes == b.yes);
	return a.type == CEL_V_UNKNOWN || b.type == CEL_V_UNKNOWN || a.type == CEL_V_NODE || b.type == CEL_V_NODE || a.type == CEL_V_LIST || b.type == CEL_V_LIST ? unknown : boolean(false);
}

static struct cel_value in(struct cel *c, struct cel_world *w, struct cel_value a, struct cel_value list)
{
	bool sure = true;

	if (a.type == CEL_V_MISSING || list.type == CEL_V_MISSING)
		return missing;
	if (list.type == CEL_V_LIST) {
		for (unsigned e = c->v[list.list].a; e; e = c->v[e].next) {
			const struct cel_value same = equal(a, mf_cel_eval(c, w, e));

			if (same.type == CEL_V_BOOL && same.yes)
				return same;
			sure &= same.type == CEL_V_BOOL;
		}
		return sure ? boolean(false) : unknown;
	}
	if (list.type != CEL_V_NODE || a.type != CEL_V_TEXT)
		return unknown;
	if (mf_json_type(list.node) == MF_J_OBJECT)
		return boolean(mf_json_get(list.node, a.text) != NULL);
	for (const struct mf_jnode *e = mf_json_first(list.node); e; e = mf_json_next(e)) {
		const struct cel_value same = equal(a, of_json(list.doc, e));

		if (same.type == CEL_V_BOOL && same.yes)
			return same;
	}
	return boolean(false);
}

static struct cel_value add(struct cel *c, struct cel_value a, struct cel_value b)
{
	char *s;

	if (a.type == CEL_V_MISSING || b.type == CEL_V_MISSING)
		return missing;
	if (a.type != CEL_V_TEXT || b.type != CEL_V_TEXT)
		return unknown;
	s = mf_cel_make(c, a.text.n + b.text.n);
	if (!s)
		return unknown;
	if (a.text.n)
		memcpy(s, a.text.p, a.text.n);
	if (b.text.n)
		memcpy(s + a.text.n, b.text.p, b.text.n);
	return text((struct mf_str){ s, a.text.n + b.text.n });
}

/* -- functions -------------------------------------------------------------------------------------------- */

/* extract('refs/heads/{branch}/'): what stands between both parts; "" where they do not. */
static struct cel_value extract(struct mf_str s, struct mf_str template)
{
	const char *open = template.n ? memchr(template.p, '{', template.n) : NULL;
	const char *close = open ? memchr(open, '}', template.n - (size_t)(open - template.p)) : NULL;
	struct mf_str before, behind;
	const char *at, *end;

	if (!close)
		return unknown;
	before = (struct mf_str){ template.p, (size_t)(open - template.p) };
	behind = (struct mf_str){ close + 1, template.n - (size_t)(close + 1 - template.p) };
	at = before.n ? memmem(s.p, s.n, before.p, before.n) : s.p;
	if (!at)
		return text(mf_str(""));
	at += before.n;
	end = behind.n ? memmem(at, s.n - (size_t)(at - s.p), behind.p, behind.n) : s.p + s.n;
	return end ? text((struct mf_str){ at, (size_t)(end - at) }) : text(mf_str(""));
}

static struct cel_value lower(struct cel *c, struct mf_str s, bool up)
{
	char *out = mf_cel_make(c, s.n);

	if (!out)
		return unknown;
	for (size_t i = 0; i < s.n; i++)
		out[i] = !up && s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : up && s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] & ~0x20) : s.p[i];
	return text((struct mf_str){ out, s.n });
}

static struct cel_value has(struct cel *c, struct cel_world *w, unsigned argument)
{
	const struct cel_value v = argument ? mf_cel_eval(c, w, argument) : unknown;

	return v.type == CEL_V_UNKNOWN ? unknown : boolean(v.type != CEL_V_MISSING);
}

static struct cel_value call(struct cel *c, struct cel_world *w, const struct cel_node *n)
{
	struct cel_value on, arg;

	if (!n->a)
		return mf_str_is(n->text, "has") ? has(c, w, n->b) : unknown;
	on = mf_cel_eval(c, w, n->a);
	arg = n->b ? mf_cel_eval(c, w, n->b) : unknown;
	if (on.type == CEL_V_MISSING)
		return missing;
	if (on.type == CEL_V_TEXT && !n->b)
		return mf_str_is(n->text, "lowerAscii") ? lower(c, on.text, false) : mf_str_is(n->text, "upperAscii") ? lower(c, on.text, true) : unknown;
	if (on.type != CEL_V_TEXT || arg.type != CEL_V_TEXT || c->v[n->b].next)
		return unknown;
	if (mf_str_is(n->text, "startsWith"))
		return boolean(on.text.n >= arg.text.n && memcmp(on.text.p, arg.text.p, arg.text.n) == 0);
	if (mf_str_is(n->text, "endsWith"))
		return boolean(on.text.n >= arg.text.n && memcmp(on.text.p + on.text.n - arg.text.n, arg.text.p, arg.text.n) == 0);
	if (mf_str_is(n->text, "contains"))
		return boolean(arg.text.n == 0 || memmem(on.text.p, on.text.n, arg.text.p, arg.text.n));
	return mf_str_is(n->text, "extract") ? extract(on.text, arg.text) : unknown;
}

/* -- all -------------------------------------------------------------------------------------------------- */

/* An error on one side is hidden where the other side decides, as CEL has it. */
static struct cel_value either(struct cel_value a, struct cel_value b, bool decides)
{
	if ((a.type == CEL_V_BOOL && a.yes == decides) || (b.type == CEL_V_BOOL && b.yes == decides))
		return boolean(decides);
	if (a.type == CEL_V_BOOL && b.type == CEL_V_BOOL)
		return boolean(!decides);
	return a.type == CEL_V_MISSING || b.type == CEL_V_MISSING ? missing : unknown;
}

struct cel_value mf_cel_eval(struct cel *c, struct cel_world *w, unsigned node)
{
	const struct cel_node *n = &c->v[node];
	struct cel_value v, a;

	switch (n->kind) {
	case CEL_TEXT:
	case CEL_NUMBER:
		return text(n->text);
	case CEL_BOOL:
		return boolean(mf_str_is(n->text, "true"));
	case CEL_LIST:
		return (struct cel_value){ .type = CEL_V_LIST, .list = node };
	case CEL_FIELD:
		return member(c, w, node, n->text);
	case CEL_INDEX:
		a = n->b ? mf_cel_eval(c, w, n->b) : unknown;
		return a.type == CEL_V_TEXT && c->v[n->b].kind == CEL_TEXT ? member(c, w, node, a.text) : unknown;
	case CEL_CALL:
		return call(c, w, n);
	case CEL_NOT:
		v = mf_cel_eval(c, w, n->a);
		return v.type == CEL_V_BOOL ? boolean(!v.yes) : v.type == CEL_V_MISSING ? missing : unknown;
	case CEL_AND:
	case CEL_OR:
		a = mf_cel_eval(c, w, n->a);
		return either(a, mf_cel_eval(c, w, n->b), n->kind == CEL_OR);
	case CEL_EQ:
	case CEL_NE:
		a = mf_cel_eval(c, w, n->a);
		v = equal(a, mf_cel_eval(c, w, n->b));
		return v.type == CEL_V_BOOL && n->kind == CEL_NE ? boolean(!v.yes) : v;
	case CEL_IN:
		a = mf_cel_eval(c, w, n->a);
		return in(c, w, a, mf_cel_eval(c, w, n->b));
	case CEL_ADD:
		a = mf_cel_eval(c, w, n->a);
		return add(c, a, mf_cel_eval(c, w, n->b));
	case CEL_IF:
		v = mf_cel_eval(c, w, n->a);
		return v.type == CEL_V_BOOL ? mf_cel_eval(c, w, v.yes ? n->b : n->c) : v.type == CEL_V_MISSING ? missing : unknown;
	default:
		return unknown;
	}
}
