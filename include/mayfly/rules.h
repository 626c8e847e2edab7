/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what a credential of one kind looks like and what is to be said of it. Ours are compiled in from src/detect/rules/ (docs/rules.md has the
 * format); a user's come from .gitleaks.toml, in gitleaks' format and with its meaning. */
#ifndef MAYFLY_RULES_H
#define MAYFLY_RULES_H

#include <mayfly/regex.h>

enum mf_severity { MF_SEV_LOW, MF_SEV_MEDIUM, MF_SEV_HIGH, MF_SEV_CRITICAL };
const char *mf_severity_name(enum mf_severity s);	/* "low" ... */

/* Where a rule may look. */
enum mf_rule_flags {
	MF_RULE_CASE = 1 << 0,		/* keywords count in exactly this case */
	MF_RULE_BLOCK = 1 << 1,		/* over several lines: from the keyword to `end`, at most `max` bytes */
	MF_RULE_BINARY = 1 << 2,	/* also inside binary files */
	MF_RULE_DECODE = 1 << 3,	/* also inside base64, hex, percent and unicode escapes */
	MF_RULE_GENERIC = 1 << 4,	/* gives way to a specific rule on the same bytes, and word filters apply */
	MF_RULE_NEXT_LINE = 1 << 5,	/* a value may stand in the line below its name, when that one ends as if it went on */
	MF_RULE_RESTARTS = 1 << 6,	/* a block that begins anew before its end has none */
	MF_RULE_NAMED = 1 << 7,		/* known by the name before it: one that says that it is no secret counts against it */
	MF_RULE_USER = 1 << 8,		/* from a user's file: gitleaks' meaning in every detail */
	MF_RULE_SKIP_REPORT = 1 << 9	/* only a part of composite rules */
};

/* An allowlist in gitleaks' sense: a finding that it covers is dropped. */
struct mf_allowlist {
	const char *description;
	bool all;				/* condition AND: every kind that is given has to cover it */
	enum { MF_TARGET_SECRET, MF_TARGET_MATCH, MF_TARGET_LINE } target;
	struct mf_regex **regexes, **paths;
	const char *const *commits, *const *stopwords;
	const char *const *rules;		/* targetRules, of global ones; ids or aliases */
	size_t n_regexes, n_paths, n_commits, n_stopwords, n_rules;
};

/* One half of a composite rule: a hit of rule `id` within so many lines and columns (SIZE_MAX: anywhere in the file). */
struct mf_required {
	const char *id;
	size_t lines, columns;
};

/* What a name is given: at least so many of these bytes, which end where nothing follows that could belong to it, within so many bytes of the match's
 * start. */
struct mf_rule_value {
	size_t least, within;	/* least 0: nothing is known */
	unsigned char bytes[32];	/* a bit for each */
};

struct mf_rule {
	const char *id, *title;
	const char *vendor;		/* or NULL */
	const char *opens, *revoke;	/* what it opens; what to do */
	const char *source;		/* the vendor's page; "" in a user's rule */
	const char *check;		/* name of the structure check (verify.h), or NULL */
	const char *lifetime;		/* class for the gate: "api_key", "service_token", ... (docs/rules.md) */
	const char *end;		/* of a block */
	const char *regex, *path;	/* RE2; either may be NULL */
	const char *each;		/* RE2, or NULL: each match of it in what would be the secret is a finding */
	const char *const *keywords, *const *aliases, *const *tags;
	size_t n_keywords, n_aliases, n_tags;
	enum mf_severity severity;
	unsigned flags;
	unsigned group;			/* that holds the secret; 0: the first one that took part, else the match */
	double entropy;			/* bits a character that the secret must exceed; 0: any */
	size_t before;			/* of ours: bytes that a match may have before its first keyword */
	size_t max;			/* bytes of context after the keyword; 0: the engine's own */
	struct mf_rule_value value;	/* of ours that have `assign` */
	const struct mf_allowlist *allow;
	const struct mf_required *required;
	size_t n_allow, n_required;
};

/* Ours, sorted by id. */
extern const struct mf_rule mf_builtin_rules[];
extern const size_t mf_n_builtin_rules;

/* A set to scan with: rules that are on, global allowlists, and a digest that names all of it (for state files). */
struct mf_ruleset {
	const struct mf_rule *const *rules;
	size_t n_rules;
	const struct mf_allowlist *allow;	/* global ones */
	size_t n_allow;
	unsigned char digest[32];
	char origin[256];			/* "built in", the file's name, "built in and FILE" */
	void *own;
};

struct mf_rules_opts {
	const char *config;			/* a .gitleaks.toml to read, or NULL */
	struct mf_str config_text;		/* or its text (GITLEAKS_CONFIG_TOML), with .p == NULL for none */
	bool gitleaks;				/* drop-in: a config without useDefault replaces our rules; otherwise its rules are added to ours unless
						 * it says useDefault = false in so many words */
	const char *const *enable;		/* only these (ids or aliases); NULL: all */
	const char *const *disable;
	size_t n_enable, n_disable;
};

/* MF-RULE-01 with file, line and column; MF-RULE-02 for an id that no rule has, with the nearest; MF-RULE-03 for `extend`. */
int mf_rules_load(struct mf_ruleset *out, const struct mf_rules_opts *opts, struct mf_err *err) MF_MUST_USE;
/* Calls fn with each file that the config extends, and that one in turn, without reading more of them; what is wrong with them is passed over. */
int mf_rules_extended(const struct mf_rules_opts *opts, int (*fn)(void *ctx, const char *path, struct mf_err *err), void *ctx, struct mf_err *err) MF_MUST_USE;
void mf_rules_free(struct mf_ruleset *s);

/* Part of each digest. To be raised when the same rules find something else than before, so that no stored result is taken for a new one. */
#define MF_ENGINE_VERSION 4

/* Whether `name` is the rule's id or one of its aliases. */
bool mf_rule_is(const struct mf_rule *rule, struct mf_str name);

#endif
