/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the TOML reader share: the tree while it grows, the text while it is read. */
#ifndef MF_BASE_TOML_BUILD_H
#define MF_BASE_TOML_BUILD_H

#include <mayfly/buf.h>
#include <mayfly/toml.h>

/* Where a table or array came from decides what may be added to it later. */
enum mf_torigin {
	MF_TO_VALUE,		/* a scalar, or an array in brackets: complete */
	MF_TO_INLINE,		/* { ... }: complete */
	MF_TO_HEADER,		/* [name], or an element of [[name]] */
	MF_TO_IMPLIED,		/* a parent that a header names on its way */
	MF_TO_DOTTED,		/* a parent that a dotted key names on its way */
	MF_TO_ELEMENTS		/* the array behind [[name]] */
};

struct mf_tchild {
	struct mf_str key;	/* empty in an array */
	struct mf_tnode *value;
};

struct mf_tnode {
	enum mf_ttype type;
	enum mf_torigin origin;
	unsigned depth;		/* the root's is 0 */
	struct mf_tpos pos;
	struct mf_str text;
	union { int64_t i; double d; bool b; } as;
	struct mf_tchild *kids;
	size_t n, cap;
	uint32_t *slots;	/* of a large table: index + 1 of a child, open addressing */
	size_t n_slots;
	struct mf_tnode *next;	/* all nodes of the document */
};

struct mf_tblock {
	struct mf_tblock *next;
	char data[];
};

struct mf_toml {
	struct mf_tnode *root, *nodes;
	struct mf_tblock *blocks;
	char *room;		/* what is left of the newest block */
	size_t room_n;
};

/* One part of a key as it is read. */
struct mf_tpart {
	struct mf_str text;	/* kept by the document */
	struct mf_tpos pos;
};

struct mf_tkey {
	struct mf_tpart part[MF_TOML_DEPTH];
	size_t n;
};

struct mf_treader {
	const char *name, *p;
	size_t n, at;
	unsigned line;
	size_t line_at;		/* offset of the line's first byte */
	struct mf_toml *doc;
	struct mf_buf scratch;
	size_t n_nodes;
	uint64_t seed;
	struct mf_err *err;
};

/* Fail at a place, with a hint or NULL. Returns -1. */
int mf_toml_fail(struct mf_treader *r, enum mf_error e, struct mf_tpos pos, const char *hint, const char *fmt, ...) MF_PRINTF(5, 6);
struct mf_tpos mf_toml_here(const struct mf_treader *r);

static inline int mf_toml_peek(const struct mf_treader *r, size_t ahead)
{
	return r->n - r->at > ahead ? (unsigned char)r->p[r->at + ahead] : -1;
}

/* Steps over "\n" or "\r\n" if that comes next. */
bool mf_toml_newline(struct mf_treader *r);

/* toml_tree.c */
int mf_toml_keep(struct mf_treader *r, struct mf_str *out, const char *p, size_t n);	/* a copy that lives with the document */
int mf_toml_node(struct mf_treader *r, struct mf_tnode **out, enum mf_ttype type, enum mf_torigin origin, const struct mf_tnode *parent,
		 struct mf_tpos pos);
int mf_toml_push(struct mf_treader *r, struct mf_tnode *array, struct mf_tnode *value);
struct mf_tnode *mf_toml_child(const struct mf_tnode *table, struct mf_str key, uint64_t seed);
int mf_toml_header(struct mf_treader *r, struct mf_tnode **table, const struct mf_tkey *key, bool element);
int mf_toml_dotted(struct mf_treader *r, struct mf_tnode **table, const struct mf_tkey *key);	/* the table for the key's last part */
int mf_toml_put(struct mf_treader *r, struct mf_tnode *table, const struct mf_tpart *key, struct mf_tnode *value);

/* toml_string.c */
int mf_toml_string(struct mf_treader *r, struct mf_str *out, bool multiline_allowed);	/* at a quote */
int mf_toml_key(struct mf_treader *r, struct mf_tkey *key);

/* toml_scalar.c */
int mf_toml_scalar(struct mf_treader *r, struct mf_tnode *n);	/* anything without quotes and brackets */

#endif
