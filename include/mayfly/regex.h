/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of users and rules: RE2 syntax (https://github.com/google/re2/wiki/Syntax, as Go's regexp reads it), parsed as such,
 * translated for PCRE2 and run over bytes with its JIT. PCRE2 is used by src/detect/pcre.c alone. */
#ifndef MAYFLY_REGEX_H
#define MAYFLY_REGEX_H

#include <mayfly/buf.h>

/* What the parser can prove of an expression. Lengths are in bytes; SIZE_MAX: no bound. */
struct mf_re_facts {
	size_t min, max;	/* of a match */
	bool newline;		/* a match may hold \n */
	bool anchored;		/* begins with \A, or ^ without (?m) */
	bool in_name;		/* of a path, no match takes more than the last part and the '/' before it, and it ends where that does */
	unsigned char last[32];	/* in_name: a bit for each byte that such a path may end in; else all */
	unsigned groups;
	/* Literals of which every match holds at least one (ASCII letters in lower case where the expression ignores case), the best set that
	 * was found: fewest, longest. n_literals 0: none could be proved. `before` is the greatest distance of a literal from the match's start. */
	const char *const *literals;
	size_t n_literals;
	bool literal_nocase;
	size_t before;
};

struct mf_regex;	/* immutable once made, but for its lazy compilation, which is safe between threads */
struct mf_regex_run;	/* of one thread: match data, JIT stack */

/* Parses and translates; nothing is compiled yet. MF-RE-01 with the offset for what RE2 refuses. `text` is not kept. */
int mf_regex_new(struct mf_regex **out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_regex_free(struct mf_regex *re);
const struct mf_re_facts *mf_regex_facts(const struct mf_regex *re);
const char *mf_regex_pcre(const struct mf_regex *re);	/* the translation, for tests */
const char *mf_regex_group_name(const struct mf_regex *re, unsigned group);	/* or NULL */

int mf_regex_run_new(struct mf_regex_run **out, struct mf_err *err) MF_MUST_USE;
void mf_regex_run_free(struct mf_regex_run *run);

/* The leftmost match in p[from, n): 1 found, 0 none, -1 it could not be decided (a match limit, MF-RE-02; the caller counts it as not fully
 * scanned). Look-behind and \b see p[0, n). `groups`: pairs of offsets, -1 for what did not take part; room for n_groups pairs (0 is the match). */
struct mf_re_group { size_t at, end; };	/* at == SIZE_MAX: did not take part */
int mf_regex_find(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, struct mf_re_group *groups, size_t n_groups,
		  struct mf_err *err) MF_MUST_USE;
/* The same, but only a match that begins at `last` or before is of interest: one that begins later may be found or not. */
int mf_regex_find_until(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, size_t last, struct mf_re_group *groups,
			size_t n_groups, struct mf_err *err) MF_MUST_USE;
/* The same, only for a match that begins at `from`. */
int mf_regex_at(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, struct mf_re_group *groups, size_t n_groups,
		struct mf_err *err) MF_MUST_USE;

#endif
