/* SPDX-License-Identifier: Apache-2.0 */
/* The part of CEL that attribute conditions and mappings are written in, parsed to a tree and evaluated over claims with a third value for what is not known. Source: Common
 * Expression Language, language definition; Google Cloud IAM, "Mapping attributes" (extract). */
#ifndef MAYFLY_TRUST_CEL_H
#define MAYFLY_TRUST_CEL_H

#include "trust_priv.h"

enum { CEL_NODES = 512, CEL_DEPTH = 48, CEL_LENGTH = 16384, CEL_MADE = 1 << 20 };

enum cel_kind {
	CEL_TEXT, CEL_NUMBER, CEL_BOOL, CEL_NULL,
	CEL_NAME,		/* assertion */
	CEL_FIELD,		/* a.text */
	CEL_INDEX,		/* a[b] */
	CEL_LIST,		/* first child a, then by next */
	CEL_CALL,		/* text(args) or a.text(args): b is the first argument, then by next */
	CEL_NOT, CEL_AND, CEL_OR, CEL_EQ, CEL_NE, CEL_IN, CEL_ADD, CEL_IF,
	CEL_OTHER		/* < > and the like: never known */
};

struct cel_node {
	enum cel_kind kind;
	struct mf_str text;	/* of a literal (unescaped), a name, a field, a function */
	struct mf_str source;	/* where it stands in the condition */
	unsigned a, b, c, next;	/* 0: none */
};

struct cel {
	struct cel_node v[CEL_NODES];
	unsigned n;		/* v[0] is none */
	unsigned root;
	char *made[CEL_NODES];	/* texts that were put together */
	size_t n_made, made_bytes;
	const char *why;	/* of a failure, static */
	struct mf_str rest;	/* where it failed */
	bool no_memory;
};

/* false with why and rest. The text outlives the tree. */
bool mf_cel_parse(struct cel *c, struct mf_str text);
void mf_cel_free(struct cel *c);

/* A text that lives as long as the tree: n bytes to be filled, or NULL. */
char *mf_cel_make(struct cel *c, size_t n);

enum cel_type { CEL_V_UNKNOWN, CEL_V_MISSING, CEL_V_BOOL, CEL_V_TEXT, CEL_V_LIST, CEL_V_NODE };
struct cel_value {
	enum cel_type type;
	bool yes;			/* CEL_V_BOOL */
	struct mf_str text;		/* CEL_V_TEXT, also of numbers */
	const struct mf_json *doc;	/* CEL_V_NODE: a claim that is a list or an object; NULL: the whole token */
	const struct mf_jnode *node;
	unsigned list;			/* CEL_V_LIST: the node with its elements */
};

/* Where names lead to. */
struct cel_world {
	const struct mf_claims *claims;
	const struct mf_json *mapping;		/* with `mappings`: attributes by name, or NULL */
	const struct mf_jnode *mappings;
	bool guessed;				/* an attribute was taken for the claim of the same name, since no mapping is known */
	unsigned depth;
};
struct cel_value mf_cel_eval(struct cel *c, struct cel_world *w, unsigned node);

/* The claim that a node is ("repository"), through mappings; "" where it is none. */
struct mf_str mf_cel_claim(const struct cel *c, const struct cel_world *w, unsigned node);

#endif
