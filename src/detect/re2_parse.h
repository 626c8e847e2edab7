/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the parser. */
#ifndef MF_DETECT_RE2_PARSE_H
#define MF_DETECT_RE2_PARSE_H

#include "re2.h"

enum { MF_RE2_F_FOLD = 1, MF_RE2_F_MULTI = 2, MF_RE2_F_DOT_NL = 4, MF_RE2_F_UNGREEDY = 8 };

/* A parenthesis that is open; the first is the whole expression. */
struct mf_re2_open {
	size_t at;		/* in the text */
	unsigned flags;		/* to return to */
	unsigned cap;		/* 0: groups only */
	size_t alts, items;	/* where this one's branches and the current branch's parts begin on the stacks */
};

struct mf_re2_stack {
	struct mf_node **p;
	size_t n, cap;
};

struct mf_re2_parser {
	struct mf_re2 *re;
	const char *p;
	size_t n, at;
	unsigned flags;
	struct mf_re2_open *open;
	size_t n_open, cap_open;
	struct mf_re2_stack alts, items;
	size_t ranges;		/* so far, of all classes */
	struct mf_err *err;
};

/* MF-RE-01 at this offset: the reason in a few words. Returns -1. */
int mf_re2_refuse(struct mf_re2_parser *s, size_t at, const char *why);

/* The character at s->at, which is moved behind it. At the end: -1, as for what is no UTF-8. */
int mf_re2_rune(struct mf_re2_parser *s, uint32_t *c);
bool mf_re2_next_is(const struct mf_re2_parser *s, size_t ahead, char c);

/* After the backslash at s->at: one character. */
int mf_re2_escape(struct mf_re2_parser *s, uint32_t *c);
/* At "[". */
int mf_re2_class(struct mf_re2_parser *s);
/* At "\p{..}", "\d" or another class's escape: 1 when it was one and is in `c`, 0 when not, -1. */
int mf_re2_class_escape(struct mf_re2_parser *s, struct mf_class *c);
/* At "(?". */
int mf_re2_flags(struct mf_re2_parser *s);

struct mf_node *mf_re2_node(struct mf_re2_parser *s, enum mf_re2_op op);	/* NULL with err */
int mf_re2_push(struct mf_re2_parser *s, struct mf_node *n);	/* finishes and appends it; NULL: -1 */
int mf_re2_push_class(struct mf_re2_parser *s, struct mf_class *c);	/* takes what it holds */
int mf_re2_push_rune(struct mf_re2_parser *s, uint32_t c);
int mf_re2_open(struct mf_re2_parser *s, size_t at, unsigned flags_inside, bool capture, struct mf_str name);

#endif
