/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told: one credential at one place, with its commit, and whether something lets it pass. */
#ifndef MAYFLY_FINDING_H
#define MAYFLY_FINDING_H

#include <mayfly/detect.h>

/* Where the bytes were. */
enum mf_source { MF_SRC_FILE, MF_SRC_STAGED, MF_SRC_COMMIT, MF_SRC_MESSAGE, MF_SRC_TAG, MF_SRC_UNREACHABLE, MF_SRC_STDIN };

/* Why a finding does not count; MF_PASS_NONE: it does. */
enum mf_pass { MF_PASS_NONE, MF_PASS_INLINE, MF_PASS_ALLOWLIST, MF_PASS_IGNORE_FILE, MF_PASS_BASELINE, MF_PASS_ACCEPTED };

/* Where a later version of the path has the same secret, or the path that the file was moved from. */
struct mf_again {
	char *path;		/* owned; NULL: the finding's */
	char commit[65];
	unsigned line;
};
enum { MF_AGAIN_MAX = 256 };

/* Every text is owned by the list; paths, names and messages are bytes from outside, as stored. */
struct mf_finding {
	const struct mf_rule *rule;	/* NULL when read back from a report of rules that we lack: then the texts below stand for it */
	char *rule_id, *title;
	char *path;			/* "" for a message; with "!member" after it inside an archive */
	char **more_paths;		/* other paths of the same bytes, or of the same secret in the same blob */
	size_t n_more_paths;
	char **tags;			/* of a rule that we lack, see mf_finding_tags() */
	size_t n_tags;
	enum mf_source source;
	char *repo;			/* of a fleet scan: as the list names it; else NULL */
	char *commit, *blob;		/* hex; NULL when there is none */
	char *author, *email, *message;	/* NULL without a commit; the message is cut after 16 KiB */
	int64_t date;
	int tz;
	bool boundary;			/* the commit is the first one that a shallow clone has: it, or one before it, brought the secret in */
	uint64_t order;			/* of the commit in topological order; 0 without one */
	uint64_t versions;		/* later versions of the path that hold the same secret, this one not counted */
	struct mf_again *again;		/* with MF_JOIN_PATHS: of those versions, each blob's, the first MF_AGAIN_MAX; and where it was moved from */
	size_t n_again;
	unsigned line, col, end_line, end_col;
	char *secret, *match, *text;	/* as in struct mf_cand: raw, reporters redact. `text` is what may be shown (mf_cand.shown): MF_HIDDEN
					 * for others' values, and of a value that was encoded, stars for what may be the encoded one */
	size_t secret_n, match_n, text_n;
	bool redacted;			/* ... but they were redacted by the report that this was read back from */
	char fingerprint_id[33];	/* of rule and secret, for --accept: hex of a salted slow hash; "" when it was not computed */
	bool unnamed;			/* reports show no id, also where there is one: too many others come first */
	enum mf_verdict_format format;
	enum mf_severity severity;
	struct mf_token_facts facts;
	double entropy;
	unsigned encoding, depth;
	enum mf_pass pass;
	char *pass_why;			/* the reason that was given, or the file that says so */
	int64_t pass_until;		/* of an accepted one, 0: no end; in the past with MF_PASS_NONE: it has expired and counts again */
};

struct mf_findings {
	struct mf_finding *v;
	size_t n, cap;
};
void mf_finding_free(struct mf_finding *f);	/* what it owns */
void mf_findings_free(struct mf_findings *f);

/* The tags of its rule. Borrowed. */
const char *const *mf_finding_tags(const struct mf_finding *f, size_t *n);

/* Moves `f` to the end of the list, also on failure. */
int mf_findings_add(struct mf_findings *list, struct mf_finding *f, struct mf_err *err) MF_MUST_USE;

/* By path, line, column, rule, commit, then everything else that tells two apart: the same set gives the same order. */
void mf_findings_sort(struct mf_findings *f);

/* gitleaks' fingerprint: "commit:file:rule:line", without a commit "file:rule:line"; `rule_id` as the caller wants it written. What no commit reaches, which
 * gitleaks does not look at, has its blob instead of the commit. */
int mf_fingerprint(struct mf_buf *out, const struct mf_finding *f, const char *rule_id, struct mf_err *err) MF_MUST_USE;

/* "AKIA************WXYZ": enough to find it, not to use it. `out` is replaced. At most a fifth of the secret is shown, beside a prefix that
 * every secret of its kind has, and nothing of one under 16 bytes. */
int mf_redact(struct mf_buf *out, struct mf_str secret, struct mf_err *err) MF_MUST_USE;

/* `text` with each occurrence of the secret (in whole, as its lines, or as a part of 12 bytes or more) replaced by its redacted form or by stars,
 * also where the text has it percent-encoded, with JSON's escapes, in base64 or hex, or in UTF-16. `out` is replaced. Linear time. */
int mf_redact_in(struct mf_buf *out, struct mf_str text, struct mf_str secret, struct mf_err *err) MF_MUST_USE;

#endif
