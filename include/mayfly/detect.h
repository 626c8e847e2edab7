/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes -> candidates. A candidate is a function of one literal hit and its bounded context (the line, capped; or a declared block), never of where a
 * search began: that is what lets a version of a file be scanned by looking only at what is new in it, with the result of looking at all of it. */
#ifndef MAYFLY_DETECT_H
#define MAYFLY_DETECT_H

#include <mayfly/history.h>
#include <mayfly/rules.h>
#include <mayfly/verify.h>

/* How a value was written when it was not plain; a mask. */
enum mf_encoding { MF_ENC_BASE64 = 1, MF_ENC_HEX = 2, MF_ENC_PERCENT = 4, MF_ENC_UNICODE = 8, MF_ENC_UTF16 = 16, MF_ENC_ARCHIVE = 32 };

/* What one rule found. Offsets are into the bytes that were given (of the encoded text where the value was encoded). Lines and columns count from 1,
 * columns in bytes; `end_col` is of the last byte, as gitleaks has it. */
struct mf_cand {
	const struct mf_rule *rule;
	size_t at, end;			/* the match */
	size_t secret_at, secret_end;
	unsigned line, col, end_line, end_col;
	enum mf_verdict_format format;
	struct mf_token_facts facts;
	double entropy;			/* of the secret */
	unsigned encoding, depth;	/* enum mf_encoding; how many layers were undone */
	char *secret, *match;		/* decoded; owned, NUL-terminated, with their lengths, since either may hold NUL */
	size_t secret_n, match_n;
	char *text;			/* the match's line or lines, cut around it to a few hundred bytes; owned */
	size_t text_n;
	char *shown;			/* the text as far as it may be shown: MF_HIDDEN for each byte of other values; NULL: the same; owned, as long */
	char *member;			/* inside an archive: "dir/file" or "a!b", else NULL */
	bool allowed;			/* an inline allow stands on the match's lines */
	char *reason;			/* that it gives, or NULL */
};

enum { MF_HIDDEN = 1 };	/* SOH, which no text holds */

struct mf_cands {
	struct mf_cand *v;
	size_t n, cap;
};
void mf_cands_clear(struct mf_cands *c);	/* frees what the candidates own, keeps the array */
void mf_cands_free(struct mf_cands *c);

#define MF_LIMITED_DECODING "encoded values"

/* What could not be looked at, and how much was. Added up, never reset, by the scanner of one thread. */
struct mf_scan_stats {
	uint64_t blobs, bytes;		/* given */
	uint64_t matched_bytes;		/* that went through the prefilter */
	uint64_t whole;			/* blobs that could not be scanned by their changes alone */
	uint64_t binary, utf16, decoded, archives, members;
	uint64_t undecided;		/* expressions that reached a limit: not fully scanned */
	uint64_t skipped_members;	/* of archives: too large, too deep, encrypted, unknown method */
	uint64_t truncated;		/* blobs with more candidates than are kept */
	const char *limited;		/* what reached a limit last: a rule's id, or MF_LIMITED_DECODING; NULL: nothing yet */
};

struct mf_scan_opts {
	unsigned decode_depth;		/* 3; 0: no decoding */
	unsigned archive_depth;		/* 0: archives are not opened */
	size_t archive_bytes;		/* an archive's members together, inflated; 0: 256 MiB */
	bool no_inline_allow;		/* markers count for nothing (--ignore-gitleaks-allow) */
	bool gitleaks_only_marker;	/* drop-in: only gitleaks:allow counts */
};

/* The compiled form of a set of rules, shared between threads; keeps a pointer to `rules`. */
struct mf_detector;
int mf_detector_new(struct mf_detector **out, const struct mf_ruleset *rules, const struct mf_scan_opts *opts, struct mf_err *err) MF_MUST_USE;
void mf_detector_free(struct mf_detector *d);

/* One thread's scratch memory. */
struct mf_scanner;
int mf_scanner_new(struct mf_scanner **out, const struct mf_detector *d, struct mf_err *err) MF_MUST_USE;
void mf_scanner_free(struct mf_scanner *s);
const struct mf_scan_stats *mf_scanner_stats(const struct mf_scanner *s);

/* Scans all of `bytes`; appends candidates in order of (at, rule id). `path` decides path-scoped rules, or NULL: then those
 * are reported whatever their path, and the caller applies mf_rule_path_ok() for each path of the blob. */
int mf_scan(struct mf_scanner *s, struct mf_str bytes, const char *path, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;

/* The same result for a version of an object whose base was scanned before (view->base is what that call kept). *keep is set for versions made from this one,
 * unless it is the last: mf_hits_free() it. A view without spans is scanned whole. */
struct mf_hits;
int mf_scan_view(struct mf_scanner *s, const struct mf_view *view, struct mf_cands *out, struct mf_hits **keep, struct mf_err *err) MF_MUST_USE;
void mf_hits_free(struct mf_scanner *s, struct mf_hits *h);

/* Whether the bytes are an archive or compressed, of a kind that is known: what is in it is matched only where archives are opened. */
bool mf_scan_is_archive(struct mf_str bytes);

/* Whether a rule looks at files of this path. */
bool mf_rule_path_ok(const struct mf_detector *d, const struct mf_rule *rule, const char *path);

/* The rules without an expression, which report a path as such ("file detected"): appends one candidate for each that covers it. */
int mf_scan_path(struct mf_scanner *s, const char *path, struct mf_cands *out, struct mf_err *err) MF_MUST_USE;
bool mf_detector_has_path_rules(const struct mf_detector *d);
/* Whether one of them covers a path; and whether one may cover a file of this name, in whatever folder. Both are safe between threads. */
bool mf_path_reported(const struct mf_detector *d, const char *path);
/* The bytes that such a name may end in, a bit for each: most names need not be asked for. */
void mf_detector_name_ends(const struct mf_detector *d, unsigned char ends[32]);
bool mf_name_reported(const struct mf_detector *d, struct mf_str name);

/* Whether an allowlist (the rule's, or a global one) covers a candidate at this path and commit (either may be NULL); *why is the description. */
bool mf_allowlisted(struct mf_scanner *s, const struct mf_cand *c, const char *path, const char *commit, const char **why);

#endif
