/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the matcher share: one thread's scratch memory, hits, and what was matched at them. */
#ifndef MF_DETECT_SCANNER_H
#define MF_DETECT_SCANNER_H

#include "detector.h"

/* A place where something may be, and the bytes [lo, hi) that alone decide what. */
struct mf_hit {
	uint32_t at;
	uint32_t lo, hi;
	uint16_t lit;		/* MF_HIT_RUN: a run of encoded characters, from lo to hi */
	uint16_t n_raws;	/* what was matched here: that many of the list, in the order of hits */
};
enum { MF_HIT_RUN = 0xffff };

/* A match that has passed the rule's own checks, by offsets from the hit (a whole rule's: from 0). */
struct mf_raw {
	uint16_t rule;
	uint8_t how;		/* enum mf_encoding: the context was decoded, or the run was; the candidates are made anew from it */
	int32_t at, end, secret_at, secret_end;
};

struct mf_hit_list {
	struct mf_hit *v;
	size_t n, cap;
};
struct mf_raw_list {
	struct mf_raw *v;
	size_t n, cap;
};

enum mf_class { MF_CLASS_TEXT, MF_CLASS_BINARY, MF_CLASS_UTF16LE, MF_CLASS_UTF16BE };

/* What is kept for versions made from this one. */
struct mf_hits {
	size_t n_bytes;
	bool text;		/* else there is nothing to carry: a version is scanned whole */
	size_t n, n_raws;
	struct mf_raw *raws;
	struct mf_hit v[];
};

struct mf_memo;
struct mf_scanner {
	const struct mf_detector *d;
	struct mf_regex_run *run;
	struct mf_scan_stats stats;
	struct mf_founds founds;
	struct mf_hit_list hits, fresh;		/* of this blob, in order; those that are new */
	struct mf_raw_list raws, fresh_raws;
	uint8_t *seen;				/* by literal: whether it occurs, for rules that are matched whole */
	unsigned depth;				/* layers of encoding that are undone at the moment */
	size_t *left;				/* within a layer: bytes that may still be decoded in it */
	bool binary;				/* only rules that look into binary files count */
	bool last;				/* nothing will be kept, and nothing asks which literals occur */
	struct mf_memo *memo;
};

/* mf_check_run() of a rule with a check, remembered. */
int mf_memo_new(struct mf_memo **out, struct mf_err *err) MF_MUST_USE;
enum mf_verdict_format mf_memo_check(struct mf_memo *m, const struct mf_rule *rule, struct mf_str secret, struct mf_str match, struct mf_token_facts *facts);
void mf_memo_free(struct mf_memo *m);

/* Appends; MF-BASE-01. */
int mf_hit_push(struct mf_hit_list *l, const struct mf_hit *h, struct mf_err *err) MF_MUST_USE;
int mf_raw_push(struct mf_raw_list *l, const struct mf_raw *r, struct mf_err *err) MF_MUST_USE;

/* Whether the escape at `at` is the first that is looked for in its word, of which lo is the start: that one speaks for it. */
bool mf_first_of_word(struct mf_str b, size_t lo, size_t at);

/* Whether a value with escapes in it may stand behind the keyword of a hit. */
bool mf_may_be_escaped(const struct mf_detector *d, struct mf_str b, const struct mf_hit *h);

/* lo and hi of a literal's hit. */
void mf_context(const struct mf_detector *d, struct mf_str b, struct mf_hit *h);

/* Runs the rules of a hit on its context and appends what they match to s->raws; sets h->n_raws. */
int mf_match_hit(struct mf_scanner *s, struct mf_str b, struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err) MF_MUST_USE;

/* As long is a run at least, and its first so many bytes tell whether it decodes to text; as much of one is decoded; bytes before it that tell
 * whether it begins there; the longest escape. */
enum { MF_RUN_MIN = 24, MF_RUN_MAX = 32 << 20, MF_RUN_BACK = 128, MF_ESCAPE_MAX = 4 };
/* Whether a run that decodes to text begins at `at`, and the hit of it. */
bool mf_run_at(struct mf_hit *h, struct mf_str b, size_t at);
/* Where the run of a hit ends. */
size_t mf_run_end(struct mf_str b, const struct mf_hit *h);

/* Whether %41 to %7a, what is looked for of percent encoding, stands there: the name of a letter. */
bool mf_letter_escape(struct mf_str b, size_t at);

/* Runs that begin, and escapes that lie, in [from, to), as hits in order but for runs and escapes of the same 64 bytes. */
int mf_encoded_find(const struct mf_detector *d, struct mf_str b, size_t from, size_t to, struct mf_hit_list *out, struct mf_err *err) MF_MUST_USE;
/* Widens a change to all places where a run can begin, or begin no more, because of it. */
void mf_encoded_reach(struct mf_str b, size_t *lo, size_t *hi);

/* What a run is, by its first MF_RUN_MIN bytes: *how (enum mf_encoding) and from which character on; false when it decodes to nothing that is text. */
bool mf_run_decodes(struct mf_str run, unsigned *how, size_t *skip);
/* Whether a run decodes to something that holds a match. */
int mf_match_run(struct mf_scanner *s, struct mf_str b, struct mf_hit *h, struct mf_raw_list *raws, struct mf_err *err) MF_MUST_USE;

/* Candidates of what a decoded run, or a decoded context, holds: as of the bytes [lo, hi) of b. */
int mf_run_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;
int mf_escaped_cands(struct mf_scanner *s, struct mf_str b, const struct mf_hit *h, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;

/* Whether n bytes may be decoded: what was decoded itself has a limit, so that a file of nested encodings costs as much as others do. */
bool mf_may_decode(struct mf_scanner *s, size_t n);

/* Decodes; `out` holds as many bytes as the input. Return the length, 0 when there is nothing to undo. */
size_t mf_decode_escapes(char *out, struct mf_str b, unsigned *how);

/* The checks of one match: entropy, structure, placeholders. `line` is the context. */
bool mf_match_counts(struct mf_scanner *s, const struct mf_rule *rule, struct mf_str secret, struct mf_str match, struct mf_str line, struct mf_token_facts *facts,
		     enum mf_verdict_format *format);

/* The group that holds the secret. */
struct mf_re_group mf_secret_group(const struct mf_rule *rule, const struct mf_re_group *groups, size_t n);

/* A copy of bytes of any value, NUL among them, with a NUL behind them. */
int mf_dup_bytes(char **out, size_t *n, const char *p, size_t len, struct mf_err *err) MF_MUST_USE;

/* Line, column, text and inline allow of the candidates from index `from` on, which lie in order. */
int mf_cands_place(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, size_t from, struct mf_err *err) MF_MUST_USE;

/* What their texts show of others, which lie at text_at[] in the same bytes. */
int mf_cands_hide(struct mf_cands *out, size_t from, const size_t *text_at, struct mf_err *err) MF_MUST_USE;

/* Raws of all hits, and of rules that are matched whole, into candidates: joined, placed, with their lines. */
int mf_finalize(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;

/* Scans bytes of the class text (or strings of a binary) whole. */
int mf_scan_text(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;
/* Counts a place that `what` (a rule's id, MF_LIMITED_DECODING) could not be decided on. */
static inline void mf_undecided(struct mf_scanner *s, const char *what)
{
	s->stats.undecided++;
	s->stats.limited = what;
}

/* The same on bytes that were decoded from others, with scratch memory of their own. */
int mf_scan_inner(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;

/* Pieces of it: hits that lie in a window, into s->fresh; their order; which literals occur; a blob of any class, with archives. */
int mf_window_hits(struct mf_scanner *s, struct mf_str b, size_t from, size_t to, struct mf_err *err) MF_MUST_USE;
void mf_sort_hits(struct mf_hit_list *l);
void mf_note_seen(struct mf_scanner *s);

enum mf_class mf_classify(struct mf_str b);
int mf_scan_whole(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;
int mf_scan_utf16(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;
/* UTF-8 of UTF-16, big-endian or not; what is no character becomes '?'. `out` holds 3 bytes for each unit; returns how many were written. */
size_t mf_wide_text(char *out, struct mf_str b, bool big);
/* Runs of UTF-16 text inside a binary. */
int mf_scan_wide_strings(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;

struct mf_cand *mf_cand_push(struct mf_cands *c, struct mf_err *err);
void mf_cand_free(struct mf_cand *c);

#endif
