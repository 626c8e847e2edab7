/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of mayfly/regex.h: the tree that an expression is parsed into, and what is done with it.
 *
 *	re2_parse*.c   text -> tree                   re2_class*.c  sets of characters
 *	re2_facts.c    tree -> struct mf_re_facts     re2_lits.c    sets of literals
 *	re2_tail.c     tree -> mf_re_facts.in_name
 *	re2_emit*.c    tree -> a PCRE2 pattern        pcre.c        runs that
 *	re2_prog.c     tree -> a small program        re2_vm.c      runs that, in linear time, where PCRE2 cannot
 *	regex.c        which of them when
 *
 * A character is a code point in well-formed UTF-8; a byte that belongs to none counts as U+FFFD of one byte. */
#ifndef MF_DETECT_RE2_H
#define MF_DETECT_RE2_H

#include <mayfly/regex.h>

enum {
	MF_RE2_TEXT = 1 << 16,		/* bytes of an expression */
	MF_RE2_HEIGHT = 1000,		/* of the tree, as in Go */
	MF_RE2_COPIES = 1000,		/* copies of anything, as in Go */
	MF_RE2_SIZE = 100000,		/* steps once all repetitions are written out */
	MF_RE2_RANGES = 1 << 19,	/* ranges of all classes */
	MF_RE2_GROUPS = 1000,
	MF_RE2_PATTERN = 1 << 18,	/* bytes of a translation */
	MF_RUNE_MAX = 0x10ffff,
	MF_RUNE_BAD = 0xfffd
};

/* -- memory: freed all at once ------------------------------------------------------------------ */
struct mf_re2_arena {
	struct mf_re2_chunk *last;
};

void *mf_re2_alloc(struct mf_re2_arena *a, size_t n);	/* zeroed; NULL when memory is out */
void mf_re2_arena_free(struct mf_re2_arena *a);

/* -- sets of characters ------------------------------------------------------------------------- */
struct mf_range { uint32_t lo, hi; };

struct mf_class {	/* while it is put together: any order, overlaps */
	struct mf_range *r;
	size_t n, cap, max;
	bool nomem, full;	/* a range could not be added: sticky */
};

void mf_class_free(struct mf_class *c);
void mf_class_add(struct mf_class *c, uint32_t lo, uint32_t hi);
void mf_class_add_folded(struct mf_class *c, uint32_t lo, uint32_t hi);
void mf_class_clean(struct mf_class *c);	/* sorts, joins */
void mf_class_negate(struct mf_class *c);	/* of a clean one */
/* Adds the one by this name; false: unknown. `name` for posix is what stands between "[:" and ":]", for perl the letter. */
bool mf_class_posix(struct mf_class *c, struct mf_str name, bool fold);
bool mf_class_perl(struct mf_class *c, char letter, bool fold);
bool mf_class_unicode(struct mf_class *c, struct mf_str name, bool negated, bool fold);

uint32_t mf_rune_fold(uint32_t c);	/* the next one of the same letter, c itself after the last */
bool mf_ranges_hold(const struct mf_range *r, size_t n, uint32_t c);
size_t mf_rune_size(uint32_t c);	/* bytes of UTF-8 */

struct mf_re2_table { char name[24]; uint16_t at, n; };
enum { MF_RE2_FOLD_LOOK = 8 };	/* the fold of a character is among the last eight that begin at or before it */
struct mf_re2_fold { uint32_t lo, hi; int32_t delta, step; };
extern const unsigned char mf_re2_ranges[];
extern const struct mf_re2_table mf_re2_tables[];
extern const size_t mf_re2_n_tables;
extern const struct mf_re2_fold mf_re2_folds[];
extern const size_t mf_re2_n_folds;

/* -- the tree ------------------------------------------------------------------------------------ */
enum mf_re2_op {
	MF_RE2_EMPTY,
	MF_RE2_LIT,		/* runes; with `fold` each stands for all of its letter */
	MF_RE2_CLASS,		/* ranges; none: matches nothing */
	MF_RE2_BEGIN_TEXT, MF_RE2_END_TEXT, MF_RE2_BEGIN_LINE, MF_RE2_END_LINE, MF_RE2_WORD, MF_RE2_NO_WORD,
	MF_RE2_GROUP,		/* sub[0], cap */
	MF_RE2_CAT, MF_RE2_ALT,	/* sub, two or more */
	MF_RE2_REPEAT		/* sub[0], min, max */
};

enum { MF_RE2_INF = -1 };

struct mf_node {
	enum mf_re2_op op;
	bool fold;		/* LIT */
	bool lazy;		/* REPEAT */
	int min, max;		/* REPEAT; MF_RE2_INF */
	unsigned cap;		/* GROUP */
	size_t n;		/* of what the union has */
	union {
		uint32_t *rune;
		struct mf_range *range;
		struct mf_node **sub;
	};
	/* known of every node when it is made */
	unsigned height;
	size_t size;		/* steps */
	unsigned copies;	/* of its innermost part, by repetitions with a count */
	size_t bytes_min, bytes_max;
	bool newline;		/* may hold \n */
	bool groups;		/* has a GROUP within */
	bool empty_last;	/* what it matches of no length comes after all else, in the order of preference */
	bool odd;		/* a loop whose turns may be empty, in a way in which PCRE2 and RE2 differ */
	bool eats_inside, empty_inside;	/* can match inside of a character, taking bytes or none, if nothing forbids it */
};

struct mf_re2 {
	struct mf_re2_arena arena;
	struct mf_node *root;
	unsigned groups;
	const char **names;	/* groups + 1 */
};

/* Fills what is known of a node from its op and parts. */
void mf_re2_know(struct mf_node *n);

int mf_re2_parse(struct mf_re2 *re, struct mf_str text, struct mf_err *err) MF_MUST_USE;
/* For mf_re_facts.in_name and .last. */
bool mf_re2_in_name(const struct mf_re2 *re, unsigned char *last);
int mf_re2_facts(struct mf_re2 *re, struct mf_re_facts *facts, struct mf_err *err) MF_MUST_USE;

/* -- the translation ----------------------------------------------------------------------------- */
/* `ascii`: for subjects without a byte above 0x7f. Past MF_RE2_PATTERN: -1 with MF-BASE-02. */
int mf_re2_emit(struct mf_buf *out, const struct mf_re2 *re, bool ascii, struct mf_err *err) MF_MUST_USE;

/* -- PCRE2 ---------------------------------------------------------------------------------------- */
struct mf_pcre;
struct mf_pcre_run;

enum mf_pcre_answer { MF_PCRE_NONE, MF_PCRE_FOUND, MF_PCRE_GAVE_UP };

/* 0 and *out, NULL when PCRE2 finds the pattern too large; -1 when memory is out. */
int mf_pcre_new(struct mf_pcre **out, const char *pattern, size_t n, bool anchored, struct mf_err *err) MF_MUST_USE;
void mf_pcre_free(struct mf_pcre *code);
bool mf_pcre_has_jit(const struct mf_pcre *code);
int mf_pcre_run_new(struct mf_pcre_run **out, struct mf_err *err) MF_MUST_USE;
void mf_pcre_run_free(struct mf_pcre_run *run);
/* Room for `pairs`; then the match and its offsets as PCRE2 gives them. */
int mf_pcre_room(struct mf_pcre_run *run, size_t pairs, struct mf_err *err) MF_MUST_USE;
/* No match that begins behind `last` is looked for. */
enum mf_pcre_answer mf_pcre_match(const struct mf_pcre *code, struct mf_pcre_run *run, struct mf_str s, size_t from, size_t last, size_t *pairs);
const size_t *mf_pcre_offsets(const struct mf_pcre_run *run);

/* -- the program ---------------------------------------------------------------------------------- */
enum mf_step_op { MF_STEP_CLASS, MF_STEP_FORK, MF_STEP_JUMP, MF_STEP_SAVE, MF_STEP_ASSERT, MF_STEP_MATCH };

struct mf_step {
	enum mf_step_op op;
	enum mf_re2_op assertion;
	uint32_t x, y;			/* FORK: where to go on, the preferred one first; JUMP: x. SAVE: x is the slot. The others go on behind them. */
	const struct mf_range *range;	/* CLASS */
	size_t n;
};

struct mf_prog {
	struct mf_step *step;
	size_t n, cap;
	struct mf_re2_arena arena;
};

int mf_prog_new(struct mf_prog **out, const struct mf_re2 *re, struct mf_err *err) MF_MUST_USE;
void mf_prog_free(struct mf_prog *prog);
/* The first match that begins in [from, last]. MF-RE-02 when it would take more than a fixed number of steps. */
int mf_prog_run(const struct mf_prog *prog, const char *p, size_t n, size_t from, size_t last, struct mf_re_group *groups, size_t n_groups,
		struct mf_err *err) MF_MUST_USE;

/* -- for tests ------------------------------------------------------------------------------------ */
enum mf_regex_engine { MF_ENGINE_BEST, MF_ENGINE_PCRE, MF_ENGINE_VM };
/* mf_regex_find or mf_regex_at with one engine; MF_ENGINE_PCRE fails with MF-RE-02 where PCRE2 cannot. */
int mf_regex_run_with(enum mf_regex_engine engine, const struct mf_regex *re, struct mf_regex_run *run, bool anchored, struct mf_str text, size_t from,
		      struct mf_re_group *groups, size_t n_groups, struct mf_err *err) MF_MUST_USE;

#endif
