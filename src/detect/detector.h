/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled rules: which literals there are, which rules each leads to, and how much of its surroundings each needs. */
#ifndef MF_DETECT_DETECTOR_H
#define MF_DETECT_DETECTOR_H

#include <mayfly/detect.h>
#include "prefilter.h"

/* Context of a literal hit, unless its rules say otherwise. */
enum { MF_BEFORE = 256, MF_LOOK_BEFORE = 120, MF_AFTER = 4096, MF_NEXT_LINE = 1024, MF_BLOCK_LINES = 6, MF_BLOCK = 16384 };
/* As much of a keyword is looked for: around each change so many bytes have to be searched. */
enum { MF_LIT_LOOK = 12 };

/* Literals beyond the rules': escapes of letters, behind which an escaped value may be. */
enum mf_lit_kind { MF_LIT_RULES, MF_LIT_ESCAPE };

struct mf_lit_info {
	const uint16_t *rules;		/* indexes of the local rules that it leads to */
	uint16_t n_rules;
	uint8_t kind;			/* enum mf_lit_kind */
	uint8_t len;
	bool decode;			/* a rule of them looks into encodings */
	bool whole;			/* a rule that is matched whole has it as a keyword */
	bool next_line;			/* a rule of it looks into the next line, too */
	uint32_t before, after, block;	/* the most that any of its rules needs; block 0: none is one */
};

struct mf_rule_info {
	const struct mf_rule *rule;
	_Atomic(struct mf_regex *) regex, each, path;	/* made on first need */
	uint32_t before, after;
	bool local, always;		/* matched at its literals; whole and without keywords, so that it is tried on everything */
	uint16_t n_lits;
	const uint16_t *lits;		/* of a rule that is matched whole: its keywords */
};

struct mf_detector {
	const struct mf_ruleset *set;
	struct mf_scan_opts opts;
	struct mf_prefilter *prefilter;
	struct mf_lit_info *lits;
	struct mf_rule_info *rules;
	size_t n_lits, n_rules;
	uint16_t lit_percent, lit_x, lit_u;
	unsigned longest;
	bool any_whole, any_path;
	uint16_t *lists;		/* what the infos' arrays are cut from */
};

/* Makes an expression of a rule on first need; NULL with err when memory is out. */
const struct mf_regex *mf_detector_lazy(_Atomic(struct mf_regex *) *place, const char *text, struct mf_err *err);
/* The rule's expression, compiled on first need; NULL with err when memory is out. */
const struct mf_regex *mf_detector_regex(const struct mf_detector *d, size_t rule, struct mf_err *err);

#endif
