/* SPDX-License-Identifier: Apache-2.0 */
/* YAML events become a tree. An alias is a second pointer to the same node; how large and how deep the document would be
 * when written out is summed up as nodes are finished, so that an alias bomb is refused before anybody walks it. */
#include "yaml_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <libfyaml.h>
#include <mayfly/alloc.h>

/* Everything lives as long as the document. */
static void *keep(struct mf_yaml *doc, size_t n)
{
	struct mf_yblock *b = mf_calloc(1, sizeof(*b) + n);

	if (!b)
		return NULL;
	b->next = doc->blocks;
	doc->blocks = b;
	return b->data;
}

/* -- errors ------------------------------------------------------------------------------------------- */

int mf_yaml_fail_at(struct mf_ybuilder *b, enum mf_error e, struct mf_ypos pos, const char *fmt, ...)
{
	char why[sizeof(b->err->why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	mf_fail(b->err, e, "'%s' cannot be read as YAML", b->name);
	if (pos.line)
		mf_err_why(b->err, "%s:%u:%u: %s", b->name, pos.line, pos.col, why);
	else
		mf_err_why(b->err, "%s", why);
	return -1;
}

/* -- tokens ------------------------------------------------------------------------------------------- */

static struct mf_ypos pos_of(struct mf_ybuilder *b, struct fy_token *t)
{
	const struct fy_mark *m = t ? fy_token_start_mark(t) : NULL;

	if (m && m->line >= 0 && m->column >= 0)
		b->last = (struct mf_ypos){ .line = (unsigned)m->line + 1, .col = (unsigned)m->column + 1 };
	return b->last;
}

static int copy_text(struct mf_ybuilder *b, struct mf_str *out, struct fy_token *t)
{
	size_t n = 0;
	const char *p = t ? fy_token_get_text(t, &n) : "";
	char *copy;

	if (!p)
		return mf_fail_nomem(b->err);
	copy = keep(b->doc, n + 1);
	if (!copy)
		return mf_fail_nomem(b->err);
	memcpy(copy, p, n);
	*out = (struct mf_str){ .p = copy, .n = n };
	return 0;
}

static bool is_null(struct mf_str s)
{
	return s.n == 0 || mf_str_is(s, "~") || mf_str_is(s, "null") || mf_str_is(s, "Null") || mf_str_is(s, "NULL");
}

/* Only the core schema's tags; a tag of an application would be ignored in silence otherwise. */
static int check_tag(struct mf_ybuilder *b, struct mf_ynode *node, struct fy_token *tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	struct mf_str t = { 0 };
	const char *core;

	if (!tag)
		return 0;
	t.p = fy_token_get_text(tag, &t.n);
	if (!t.p)
		return mf_fail_nomem(b->err);
	core = t.n > sizeof(prefix) - 1 && memcmp(t.p, prefix, sizeof(prefix) - 1) == 0 ? t.p + sizeof(prefix) - 1 : "";
	t.n -= *core ? sizeof(prefix) - 1 : 0;
	t.p = *core ? core : t.p;
	if ((node->type == MF_Y_MAP && mf_str_is(t, "map")) || (node->type == MF_Y_SEQ && mf_str_is(t, "seq")))
		return 0;
	if (node->type == MF_Y_SCALAR && (mf_str_is(t, "str") || mf_str_is(t, "!"))) {
		node->plain = false;
		return 0;
	}
	if (node->type == MF_Y_SCALAR && (mf_str_is(t, "int") || mf_str_is(t, "bool") || mf_str_is(t, "float") ||
					  mf_str_is(t, "null"))) {
		node->plain = true;
		return 0;
	}
	return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, node->pos, "the tag '%.*s' is not supported here", (int)(t.n < 80 ? t.n : 80), t.p);
}

/* -- anchors and aliases ------------------------------------------------------------------------------ */

static int define(struct mf_ybuilder *b, struct fy_token *t, const struct mf_ynode *node, size_t *index)
{
	struct mf_yanchor *a;

	*index = 0;
	if (!t)
		return 0;
	if (b->n_anchors == MF_YAML_ANCHORS)
		return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, b->last, "it has more than %d anchors", MF_YAML_ANCHORS);
	a = &b->anchors[b->n_anchors];
	if (copy_text(b, &a->name, t))
		return -1;
	a->node = node;
	*index = ++b->n_anchors;
	return 0;
}

static const struct mf_ynode *follow(struct mf_ybuilder *b, struct fy_token *t)
{
	const struct mf_ypos pos = pos_of(b, t);
	struct mf_str name = { 0 };

	if (++b->nodes > MF_YAML_NODES) {
		mf_yaml_fail_at(b, MF_E_YAML_LIMIT, pos, "it has more than %d values", MF_YAML_NODES);
		return NULL;
	}
	name.p = fy_token_get_text(t, &name.n);
	if (!name.p) {
		mf_fail_nomem(b->err);
		return NULL;
	}
	for (size_t i = b->n_anchors; i-- > 0; ) {
		if (!mf_str_eq(b->anchors[i].name, name))
			continue;
		if (!b->anchors[i].node)
			mf_yaml_fail_at(b, MF_E_YAML_LIMIT, pos, "an alias stands inside the value that it names");
		return b->anchors[i].node;
	}
	mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pos, "no anchor '%.*s' comes before this alias", (int)(name.n < 80 ? name.n : 80), name.p);
	return NULL;
}

/* -- the tree ----------------------------------------------------------------------------------------- */

static struct mf_ynode *new_node(struct mf_ybuilder *b, enum mf_ytype type, struct mf_ypos pos)
{
	struct mf_ynode *n;

	if (++b->nodes > MF_YAML_NODES) {
		mf_yaml_fail_at(b, MF_E_YAML_LIMIT, pos, "it has more than %d values", MF_YAML_NODES);
		return NULL;
	}
	n = keep(b->doc, sizeof(*n));
	if (!n) {
		mf_fail_nomem(b->err);
		return NULL;
	}
	*n = (struct mf_ynode){ .type = type, .pos = pos, .weight = 1, .height = 1 };
	return n;
}

/* A finished node finds its place: the root, a sequence's element, a map's key or its value. */
static int place(struct mf_ybuilder *b, const struct mf_ynode *n)
{
	struct mf_yframe *f = b->depth ? &b->stack[b->depth - 1] : NULL;
	const struct mf_ynode *key = NULL;

	if (!f) {
		b->doc->root = n;
		return 0;
	}
	if (f->node->type == MF_Y_MAP && !f->key) {
		if (n->type == MF_Y_MAP || n->type == MF_Y_SEQ)
			return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, n->pos, "a key has to be plain text");
		f->key = n;
		return 0;
	}
	key = f->key;
	f->key = NULL;
	if (mf_ypairs_add(&f->pairs, (struct mf_ypair){ .key = key, .value = n, .text = key ? key->text : (struct mf_str){ 0 } }))
		return mf_fail_nomem(b->err);
	return 0;
}

/* A quoted scalar begins at its quote, which the library does not count. */
static struct mf_ypos scalar_pos(struct mf_ybuilder *b, struct fy_token *t)
{
	const struct fy_mark *m = t ? fy_token_start_mark(t) : NULL;
	const enum fy_scalar_style style = t ? fy_token_scalar_style(t) : FYSS_PLAIN;
	struct mf_ypos pos = pos_of(b, t);

	if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && m && pos.col > 1 && m->input_pos > 0 &&
	    m->input_pos <= b->input.n && b->input.p[m->input_pos - 1] == (style == FYSS_SINGLE_QUOTED ? '\'' : '"'))
		pos.col--;
	return pos;
}

static int scalar(struct mf_ybuilder *b, const struct fy_event *e)
{
	struct mf_ynode *n = new_node(b, MF_Y_SCALAR, scalar_pos(b, e->scalar.value));
	size_t ignored;

	if (!n || copy_text(b, &n->text, e->scalar.value))
		return -1;
	n->plain = !e->scalar.value || fy_token_scalar_style(e->scalar.value) == FYSS_PLAIN;
	if (check_tag(b, n, e->scalar.tag) || define(b, e->scalar.anchor, n, &ignored))
		return -1;
	if (n->plain && is_null(n->text))
		n->type = MF_Y_NULL;
	return place(b, n);
}

static int open(struct mf_ybuilder *b, enum mf_ytype type, struct fy_token *start, struct fy_token *tag, struct fy_token *anchor)
{
	struct mf_ynode *n = new_node(b, type, pos_of(b, start));
	struct mf_yframe *f;

	if (!n || check_tag(b, n, tag))
		return -1;
	if (b->depth == MF_YAML_DEPTH)
		return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, n->pos, "it is nested deeper than %d levels", MF_YAML_DEPTH);
	f = &b->stack[b->depth];
	*f = (struct mf_yframe){ .node = n };
	if (define(b, anchor, NULL, &f->anchor))
		return -1;
	b->depth++;
	return 0;
}

/* `<<: *base` and `<<: [*a, *b]`: a map's own keys win, then the earlier of the merged maps. */
static int merge_one(struct mf_ybuilder *b, struct mf_ymap *map, const struct mf_ynode *from, struct mf_ypos pos)
{
	if (from->type != MF_Y_MAP)
		return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pos, "'<<' takes a map or a list of maps");
	for (size_t i = 0; i < from->n; i++) {
		switch (mf_ymap_add(map, from->pairs[i])) {
		case MF_YMAP_NOMEM:
			return mf_fail_nomem(b->err);
		case MF_YMAP_ADDED:
			if (++b->nodes > MF_YAML_NODES)
				return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, pos, "it has more than %d values", MF_YAML_NODES);
			break;
		case MF_YMAP_PRESENT:
			break;
		}
	}
	return 0;
}

static int merge(struct mf_ybuilder *b, struct mf_ymap *map, const struct mf_ypair *pair)
{
	const struct mf_ynode *from = pair->value;

	if (from->type != MF_Y_SEQ)
		return merge_one(b, map, from, pair->key->pos);
	for (size_t i = 0; i < from->n; i++)
		if (merge_one(b, map, from->pairs[i].value, pair->key->pos))
			return -1;
	return 0;
}

static bool is_merge(const struct mf_ypair *pair)
{
	return pair->key->plain && mf_str_is(pair->text, "<<");
}

static int fill_map(struct mf_ybuilder *b, struct mf_ymap *map, const struct mf_ypairs *own)
{
	const struct mf_ypair *merged = NULL;

	for (size_t i = 0; i < own->n; i++) {
		const struct mf_ypair *pair = &own->v[i];
		enum mf_ymap_result r;

		if (is_merge(pair) && !merged) {
			merged = pair;
			continue;
		}
		r = is_merge(pair) ? MF_YMAP_PRESENT : mf_ymap_add(map, *pair);
		if (r == MF_YMAP_NOMEM)
			return mf_fail_nomem(b->err);
		if (r == MF_YMAP_PRESENT)
			return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pair->key->pos, "the key '%.*s' occurs twice",
				       (int)(pair->text.n < 80 ? pair->text.n : 80), pair->text.p);
	}
	return merged ? merge(b, map, merged) : 0;
}

static int weigh(struct mf_ybuilder *b, struct mf_ynode *n)
{
	for (size_t i = 0; i < n->n; i++) {
		n->weight += n->pairs[i].value->weight + (n->pairs[i].key != NULL);
		if (n->pairs[i].value->height >= n->height)
			n->height = n->pairs[i].value->height + 1;
		if (n->weight > MF_YAML_NODES)
			return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, n->pos, "with its aliases written out it has more than %d values",
				       MF_YAML_NODES);
	}
	if (n->height > MF_YAML_DEPTH)
		return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, n->pos, "with its aliases written out it is nested deeper than %d levels",
			       MF_YAML_DEPTH);
	return 0;
}

static int settle(struct mf_ybuilder *b, struct mf_ynode *n, const struct mf_ypairs *from)
{
	if (from->n == 0)
		return 0;
	n->pairs = keep(b->doc, from->n * sizeof(*from->v));
	if (!n->pairs)
		return mf_fail_nomem(b->err);
	memcpy(n->pairs, from->v, from->n * sizeof(*from->v));
	n->n = from->n;
	return 0;
}

static int finish(struct mf_ybuilder *b)
{
	struct mf_yframe *f = &b->stack[b->depth - 1];
	struct mf_ymap map = { 0 };
	int r;

	if (f->node->type == MF_Y_MAP) {
		r = fill_map(b, &map, &f->pairs);
		r = r ? r : settle(b, f->node, &map.pairs);
		mf_ymap_free(&map);
	} else {
		r = settle(b, f->node, &f->pairs);
	}
	if (r || weigh(b, f->node))
		return -1;
	mf_ypairs_free(&f->pairs);
	if (f->anchor)
		b->anchors[f->anchor - 1].node = f->node;
	b->depth--;
	return place(b, f->node);
}

int mf_yaml_event(struct mf_ybuilder *b, const struct fy_event *e)
{
	const struct mf_ynode *n;

	switch (e->type) {
	case FYET_DOCUMENT_START:
		if (b->documents++ == 0)
			return 0;
		return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pos_of(b, e->document_start.document_start),
			       "it holds more than one document");
	case FYET_SCALAR:
		return scalar(b, e);
	case FYET_ALIAS:
		n = follow(b, e->alias.anchor);
		return n ? place(b, n) : -1;
	case FYET_MAPPING_START:
		return open(b, MF_Y_MAP, e->mapping_start.mapping_start, e->mapping_start.tag, e->mapping_start.anchor);
	case FYET_SEQUENCE_START:
		return open(b, MF_Y_SEQ, e->sequence_start.sequence_start, e->sequence_start.tag,
			    e->sequence_start.anchor);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		return finish(b);
	default:
		return 0;
	}
}
