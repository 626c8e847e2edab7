/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on their way from a file into a set: what the compiler of our own rules and the reader of .gitleaks.toml share. */
#ifndef MF_DETECT_RULES_SRC_H
#define MF_DETECT_RULES_SRC_H

#include <mayfly/buf.h>
#include <mayfly/rules.h>
#include <mayfly/toml.h>
#include "rules_pool.h"

/* An allowlist as it is written, expressions as text. */
struct mf_allow_text {
	const char *description;
	bool all;
	int target;
	const char *const *regexes, *const *paths, *const *commits, *const *stopwords, *const *rules;
	size_t n_regexes, n_paths, n_commits, n_stopwords, n_rules;
};

/* One with its expressions, once somebody needs them. */
struct mf_allow_src {
	struct mf_allow_text text;
	struct mf_allowlist list;
	bool made;
};

struct mf_rule_src {
	struct mf_rule rule;
	struct mf_allow_src **allow;
	size_t n_allow;
	const char *file;		/* where it is from, for messages */
	struct mf_tpos pos;
	const struct mf_rule *same;	/* one of ours that nobody changed, or NULL */
};

/* The allowlists of our own rules: generated, with the rules' digest. */
struct mf_builtin_allow {
	size_t rule;			/* index into mf_builtin_rules */
	const struct mf_allow_text *allow;
	size_t n;
};
extern const struct mf_builtin_allow mf_builtin_allows[];
extern const size_t mf_n_builtin_allows;
extern const unsigned char mf_builtin_digest[32];

/* MF-RULE-01 with the place: "FILE:line:col: ...". Returns -1. */
int mf_rule_fail(struct mf_err *err, const char *file, struct mf_tpos pos, const char *fmt, ...) MF_PRINTF(4, 5);

/* Adds the nearest of n names to a failed error's hint. Returns -1. */
int mf_rule_hint(struct mf_err *err, const char *name, const char *const *names, size_t n);

/* `where` has no such key; with the nearest of n. Returns -1. */
int mf_rule_unknown_key(struct mf_err *err, const char *file, const struct mf_tnode *value, const char *where, struct mf_str key,
			const char *const *names, size_t n);

/* An expression of a file: parsed, with the place in the error. `label` says which one it is, "rule 'x', regex". */
int mf_rule_regex(struct mf_regex **out, const char *file, struct mf_tpos pos, const char *label, const char *text, struct mf_err *err) MF_MUST_USE;

/* rules_assign.c: an expression for NAME = VALUE, where NAME holds a keyword and VALUE is an expression (docs/rules.md). */
int mf_rule_assign(struct mf_buf *out, const char *const *keywords, size_t n, bool match_case, const char *value, struct mf_err *err) MF_MUST_USE;

/* Whether a byte that follows may belong to the value: the expression above says so of none but the dot, which may end a sentence. */
static inline bool mf_rule_value_goes_on(unsigned char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("+/=$(*{~^%-", c));
}

/* rules_digest.c: all that changes what a rule or an allowlist finds, in a form that cannot be ambiguous. */
int mf_rule_spell(struct mf_buf *out, const struct mf_rule *rule, struct mf_err *err) MF_MUST_USE;
int mf_allow_spell(struct mf_buf *out, const struct mf_allow_text *a, struct mf_err *err) MF_MUST_USE;

/* rules_allow.c: [[allowlists]] in the format of .gitleaks.toml. The expressions are parsed at once; `strict` refuses unknown keys. */
struct mf_allow_place { const char *file, *label; bool strict; };
int mf_allow_read(struct mf_allow_src **out, struct mf_pool *pool, const struct mf_allow_place *place, const struct mf_tnode *n, struct mf_err *err) MF_MUST_USE;
/* One of ours, when it is needed. */
int mf_allow_make(struct mf_allow_src *a, struct mf_pool *pool, struct mf_err *err) MF_MUST_USE;

#endif
