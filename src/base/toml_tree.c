/* SPDX-License-Identifier: Apache-2.0 */
/* TOML's tree: nodes, tables, and which header or dotted key may add to which table. Keys come from outside, so that large
 * tables are hashed with a seed that nobody knows. */
#include "toml_build.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { BLOCK = 32768, HASHED_FROM = 12 };

/* -- memory --------------------------------------------------------------------------------------------- */

static void *room(struct mf_treader *r, size_t n, size_t align)
{
	struct mf_toml *d = r->doc;
	size_t pad = (align - (uintptr_t)d->room % align) % align;
	struct mf_tblock *b;
	void *p;

	if (d->room_n < n + pad) {
		size_t size = n + align > BLOCK ? n + align : BLOCK;

		b = malloc(sizeof(*b) + size);
		if (!b) {
			mf_fail_nomem(r->err);
			return NULL;
		}
		b->next = d->blocks;
		d->blocks = b;
		d->room = b->data;
		d->room_n = size;
		pad = (align - (uintptr_t)d->room % align) % align;
	}
	p = d->room + pad;
	d->room += pad + n;
	d->room_n -= pad + n;
	return p;
}

int mf_toml_keep(struct mf_treader *r, struct mf_str *out, const char *p, size_t n)
{
	char *copy = room(r, n + 1, 1);

	if (!copy)
		return -1;
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	*out = (struct mf_str){ .p = copy, .n = n };
	return 0;
}

int mf_toml_node(struct mf_treader *r, struct mf_tnode **out, enum mf_ttype type, enum mf_torigin origin, const struct mf_tnode *parent,
		 struct mf_tpos pos)
{
	struct mf_tnode *n;

	if (parent && parent->depth == MF_TOML_DEPTH)
		return mf_toml_fail(r, MF_E_TOML_LIMIT, pos, NULL, "it is nested deeper than %d levels", MF_TOML_DEPTH);
	if (++r->n_nodes > MF_TOML_NODES)
		return mf_toml_fail(r, MF_E_TOML_LIMIT, pos, NULL, "it has more than %d values", MF_TOML_NODES);
	n = room(r, sizeof(*n), _Alignof(struct mf_tnode));
	if (!n)
		return -1;
	*n = (struct mf_tnode){ .type = type, .origin = origin, .pos = pos, .depth = parent ? parent->depth + 1 : 0, .next = r->doc->nodes };
	r->doc->nodes = n;
	*out = n;
	return 0;
}

static int grow(struct mf_treader *r, struct mf_tnode *n)
{
	const size_t cap = n->cap ? n->cap * 2 : 4;
	struct mf_tchild *kids;

	if (n->n < n->cap)
		return 0;
	kids = mf_regrow(n->kids, cap, sizeof(*kids));
	if (!kids)
		return mf_fail_nomem(r->err);
	n->kids = kids;
	n->cap = cap;
	return 0;
}

int mf_toml_push(struct mf_treader *r, struct mf_tnode *array, struct mf_tnode *v)
{
	if (grow(r, array))
		return -1;
	array->kids[array->n++] = (struct mf_tchild){ .value = v };
	return 0;
}

/* -- looking up ------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static uint64_t hash(struct mf_str s, uint64_t seed)
{
	uint64_t h = mix(seed, s.n), word;

	for (size_t i = 0; i < s.n; i += sizeof(word)) {
		word = 0;
		memcpy(&word, s.p + i, s.n - i < sizeof(word) ? s.n - i : sizeof(word));
		h = mix(h, word ^ seed);
	}
	return h;
}

struct mf_tnode *mf_toml_child(const struct mf_tnode *t, struct mf_str key, uint64_t seed)
{
	if (!t->slots) {
		for (size_t i = 0; i < t->n; i++)
			if (mf_str_eq(t->kids[i].key, key))
				return t->kids[i].value;
		return NULL;
	}
	for (size_t at = hash(key, seed) & (t->n_slots - 1); t->slots[at]; at = (at + 1) & (t->n_slots - 1))
		if (mf_str_eq(t->kids[t->slots[at] - 1].key, key))
			return t->kids[t->slots[at] - 1].value;
	return NULL;
}

static void enter(struct mf_tnode *t, size_t index, uint64_t seed)
{
	size_t at = hash(t->kids[index].key, seed) & (t->n_slots - 1);

	while (t->slots[at])
		at = (at + 1) & (t->n_slots - 1);
	t->slots[at] = (uint32_t)index + 1;
}

/* At most half full, so that a search ends soon. */
static int rehash(struct mf_treader *r, struct mf_tnode *t)
{
	const size_t n = t->n_slots ? t->n_slots * 2 : 4 * HASHED_FROM;
	size_t size = 64;
	uint32_t *slots;

	while (size < n)
		size *= 2;
	slots = mf_calloc(size, sizeof(*slots));
	if (!slots)
		return mf_fail_nomem(r->err);
	free(t->slots);
	t->slots = slots;
	t->n_slots = size;
	for (size_t i = 0; i < t->n; i++)
		enter(t, i, r->seed);
	return 0;
}

static int add(struct mf_treader *r, struct mf_tnode *t, struct mf_str key, struct mf_tnode *v)
{
	if (grow(r, t) || (t->n >= HASHED_FROM && (t->n + 1) * 2 > t->n_slots && rehash(r, t)))
		return -1;
	t->kids[t->n++] = (struct mf_tchild){ .key = key, .value = v };
	if (t->slots)
		enter(t, t->n - 1, r->seed);
	return 0;
}

/* -- who may add to what --------------------------------------------------------------------------------- */

static int shown(struct mf_str s)
{
	return (int)(s.n < 80 ? s.n : 80);
}

static int taken(struct mf_treader *r, const struct mf_tpart *key, const struct mf_tnode *by)
{
	static const char hint[] = "write each table once, with all its keys under its header";

	if (by->type != MF_T_TABLE && by->origin != MF_TO_ELEMENTS)
		return mf_toml_fail(r, MF_E_TOML_SYNTAX, key->pos, NULL, "'%.*s' has a value already, in line %u", shown(key->text), key->text.p,
				    by->pos.line);
	return mf_toml_fail(r, MF_E_TOML_SYNTAX, key->pos, hint, "'%.*s' is complete since line %u and cannot be added to here", shown(key->text),
			    key->text.p, by->pos.line);
}

static int new_table(struct mf_treader *r, struct mf_tnode **at, const struct mf_tpart *key, enum mf_torigin origin)
{
	struct mf_tnode *n;

	if (mf_toml_node(r, &n, MF_T_TABLE, origin, *at, key->pos) || add(r, *at, key->text, n))
		return -1;
	*at = n;
	return 0;
}

/* One step of a header: into a table, or into the newest element of an array of tables. */
static int into(struct mf_treader *r, struct mf_tnode **at, const struct mf_tpart *key)
{
	struct mf_tnode *n = mf_toml_child(*at, key->text, r->seed);

	if (!n)
		return new_table(r, at, key, MF_TO_IMPLIED);
	if (n->origin == MF_TO_ELEMENTS)
		n = n->kids[n->n - 1].value;
	else if (n->type != MF_T_TABLE || n->origin == MF_TO_INLINE)
		return taken(r, key, n);
	*at = n;
	return 0;
}

static int new_element(struct mf_treader *r, struct mf_tnode **at, const struct mf_tpart *key)
{
	struct mf_tnode *array = mf_toml_child(*at, key->text, r->seed), *n;

	if (array && array->origin != MF_TO_ELEMENTS)
		return taken(r, key, array);
	if (!array && (mf_toml_node(r, &array, MF_T_ARRAY, MF_TO_ELEMENTS, *at, key->pos) || add(r, *at, key->text, array)))
		return -1;
	if (mf_toml_node(r, &n, MF_T_TABLE, MF_TO_HEADER, array, key->pos) || mf_toml_push(r, array, n))
		return -1;
	*at = n;
	return 0;
}

int mf_toml_header(struct mf_treader *r, struct mf_tnode **table, const struct mf_tkey *key, bool element)
{
	const struct mf_tpart *last = &key->part[key->n - 1];
	struct mf_tnode *n;

	for (size_t i = 0; i + 1 < key->n; i++)
		if (into(r, table, &key->part[i]))
			return -1;
	if (element)
		return new_element(r, table, last);
	n = mf_toml_child(*table, last->text, r->seed);
	if (!n)
		return new_table(r, table, last, MF_TO_HEADER);
	if (n->origin != MF_TO_IMPLIED)
		return taken(r, last, n);
	n->origin = MF_TO_HEADER;
	n->pos = last->pos;
	*table = n;
	return 0;
}

int mf_toml_dotted(struct mf_treader *r, struct mf_tnode **table, const struct mf_tkey *key)
{
	for (size_t i = 0; i + 1 < key->n; i++) {
		struct mf_tnode *n = mf_toml_child(*table, key->part[i].text, r->seed);

		if (!n && new_table(r, table, &key->part[i], MF_TO_DOTTED))
			return -1;
		if (n && n->origin != MF_TO_DOTTED)
			return taken(r, &key->part[i], n);
		if (n)
			*table = n;
	}
	return 0;
}

int mf_toml_put(struct mf_treader *r, struct mf_tnode *table, const struct mf_tpart *key, struct mf_tnode *v)
{
	const struct mf_tnode *n = mf_toml_child(table, key->text, r->seed);

	if (n)
		return mf_toml_fail(r, MF_E_TOML_SYNTAX, key->pos, NULL, "the key '%.*s' occurs twice, first in line %u", shown(key->text),
				    key->text.p, n->pos.line);
	return add(r, table, key->text, v);
}
