/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler of our own rules (docs/rules.md): tools/rules.c drives it when the program is built, and turns the book into a table in C. */
#ifndef MF_DETECT_RULES_BOOK_H
#define MF_DETECT_RULES_BOOK_H

#include "rules_src.h"

struct mf_book_rule {
	struct mf_rule_src src;
	bool assign;			/* the expression is of our making */
	const char *value;		/* from this one */
};

struct mf_book {
	struct mf_pool pool;
	struct mf_book_rule *rules;
	size_t n, cap;
	const char *const *checks;	/* names of structure checks, NULL ends */
	/* Told of each complaint. */
	void (*complain)(void *ctx, const struct mf_err *e);
	void *ctx;
	unsigned errors;
};

/* Adds a file's rules; its mistakes are complained of, one for each rule. -1 only when memory is out. */
int mf_book_add(struct mf_book *book, const char *file, struct mf_str text, struct mf_err *err) MF_MUST_USE;

/* After the last file: sorts by id, and checks what only shows in all of them together. */
int mf_book_finish(struct mf_book *book, struct mf_err *err) MF_MUST_USE;
void mf_book_free(struct mf_book *book);

/* Complains of `e` and counts it. */
void mf_book_complain(struct mf_book *book, const struct mf_err *e);

/* rules_read.c */
int mf_book_read_rule(struct mf_book *book, struct mf_book_rule *out, const char *file, const char *vendor, const struct mf_tnode *n,
		      struct mf_err *err) MF_MUST_USE;

/* rules_check.c: one rule on its own. -1 with the mistake; else rule.before is set. */
int mf_book_check(struct mf_book *book, struct mf_book_rule *r, struct mf_err *err) MF_MUST_USE;

/* rules_prove.c: whether every match of the rule's expression holds a keyword. Then `without` is "" and *before the greatest distance of the first
 * byte of the first keyword from the match's start (SIZE_MAX: no bound); else `without` is the end of a text that matches without one. */
int mf_rule_prove(const struct mf_rule *rule, size_t *before, char without[static 48], struct mf_err *err) MF_MUST_USE;

/* rules_value.c: of an assigned value's expression, and of the one that mf_rule_assign() made of it. */
int mf_rule_value_of(struct mf_rule_value *out, const char *value, const char *whole, struct mf_err *err) MF_MUST_USE;

/* rules_template.c: an example or counter-example whose ${...} mean nothing, in words, else NULL. */
const char *mf_template_mistake(struct mf_str text, const char *const *checks);

#endif
