/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates -> findings -> verdict: joins what is one credential, applies what lets it pass, counts what counts. */
#ifndef MAYFLY_POLICY_H
#define MAYFLY_POLICY_H

#include <mayfly/finding.h>
#include <mayfly/hide.h>
#include <mayfly/walk.h>

/* Collects candidates of blobs and turns them into findings. In a history, one credential (rule and secret) at one path is one finding, at the commit
 * that introduced it first; later versions of the path are counted in it. Candidates of blobs under several paths list them. */
struct mf_collect;
int mf_collect_new(struct mf_collect **out, struct mf_err *err) MF_MUST_USE;
void mf_collect_free(struct mf_collect *c);

/* Takes over the candidates of one blob of a history (cands->v is emptied); what it belongs to is found out later. Safe between threads. */
int mf_collect_blob(struct mf_collect *c, const struct mf_oid *blob, struct mf_cands *cands, struct mf_err *err) MF_MUST_USE;

/* Hands what blobs hold to the next run; and takes what an earlier one has left of those that the database holds and that were not visited again. Of
 * *n_left blobs, in *left, which the caller frees, too little is known: they have to be scanned. */
int mf_collect_remember(struct mf_past *p, struct mf_collect *c, struct mf_err *err) MF_MUST_USE;
int mf_collect_recall(struct mf_collect *c, const struct mf_past *p, struct mf_oid **left, size_t *n_left, struct mf_err *err) MF_MUST_USE;

/* The distinct blobs so far, to attribute. Borrowed. */
const struct mf_oid *mf_collect_blobs(const struct mf_collect *c, size_t *n);

/* Candidates whose place is known: a file, a staged blob, a message, a blob of a range. `place` may have commit == NULL. `order` tells which of two
 * commits comes first, as the walk gave them (a counter of commits); 0 without one. */
int mf_collect_placed(struct mf_collect *c, enum mf_source source, const struct mf_place *place, uint64_t order, struct mf_cands *cands,
		      struct mf_err *err) MF_MUST_USE;

/* Candidates that were not kept since there were too many: the scan is incomplete then. Final after mf_collect_finish(). */
uint64_t mf_collect_dropped(const struct mf_collect *c);

/* What becomes of a credential's several places: one finding with all paths, a finding of each blob, a finding of each path. */
enum mf_joining { MF_JOIN_ALL, MF_JOIN_NOT, MF_JOIN_PATHS };

/* Makes the findings and sorts them. `origins` (of mf_collect_blobs(), in that order) may be NULL when only placed candidates were collected. Path-scoped
 * rules and allowlists are applied to each path: where an allowlist covers a candidate, or an inline allow stands by it, it
 * is a finding that passes, joined only with others that do for the same cause. A blob without origin is MF_SRC_UNREACHABLE.
 * MF_JOIN_NOT: every blob's candidates stay apart, for a shard whose findings are joined later by mf_findings_join(), with the same result.
 * MF_JOIN_PATHS: each path has a finding of its own, at the commit that brought the secret there. */
int mf_collect_finish(struct mf_findings *out, struct mf_collect *c, const struct mf_origins *origins, size_t oid_len, const struct mf_detector *d,
		      struct mf_scanner *s, enum mf_joining joining, struct mf_err *err) MF_MUST_USE;

/* Joins raw findings of several shards: one credential at one path is one finding. Secrets are compared by `fingerprint_id`
 * where the texts are redacted. The list is sorted; after a failure it can only be freed. */
int mf_findings_join(struct mf_findings *list, struct mf_err *err) MF_MUST_USE;

/* -- what lets a finding pass ------------------------------------------------------------------------------ */

/* .gitleaksignore: fingerprints of both forms; rule ids may be aliases. A line of another shape does nothing, as with gitleaks, and is counted.
 * A finding under several paths passes when each of them is named. */
struct mf_ignore;
int mf_ignore_read(struct mf_ignore **out, const char *name, struct mf_str text, struct mf_err *err) MF_MUST_USE;	/* several files: call again with *out set */
/* How many lines do nothing; *first is "NAME:LINE" of the first one, borrowed. */
size_t mf_ignore_bad(const struct mf_ignore *ig, const char **first);
void mf_ignore_free(struct mf_ignore *ig);

/* --baseline: our JSON report or gitleaks'. Equal are rule (or alias), path, line, commit and secret; a redacted baseline is compared
 * by what it shows of the secret, and a note says so. MF-POL-01. */
struct mf_baseline;
int mf_baseline_read(struct mf_baseline **out, const char *name, struct mf_str text, struct mf_err *err) MF_MUST_USE;
/* How many of its entries show only a part of the secret, or nothing, and have no id: for the note. */
size_t mf_baseline_redacted(const struct mf_baseline *b);
void mf_baseline_free(struct mf_baseline *b);

/* .mayflyignore: accepted credentials, each by a salted slow hash of rule and secret, with a reason and an end; it survives rebases. The file holds its salt and
 * cost. MF-POL-02 with file and line. */
struct mf_accepted;
int mf_accepted_read(struct mf_accepted **out, const char *name, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_accepted_free(struct mf_accepted *a);
/* The rule that entry i, from 0, is for, and its line in the file; NULL behind the last. Borrowed. */
const char *mf_accepted_rule(const struct mf_accepted *a, size_t i, unsigned *line);
/* The ids of the findings, for the next run, after mf_collect_remember(); `a`, or NULL, is what they were made with. */
int mf_collect_remember_ids(struct mf_past *p, const struct mf_collect *c, const struct mf_findings *list, const struct mf_accepted *a, struct mf_err *err) MF_MUST_USE;
/* The salt of the file, or a fixed one for repositories without the file, so that ids are the same in each run of a repository. */
int mf_accepted_id(char out[static 33], const struct mf_accepted *a /* or NULL */, const struct mf_rule *rule, struct mf_str secret, struct mf_err *err) MF_MUST_USE;
/* The finding that an id, or the beginning of one, names; also by the id that it had before the file had a salt. `text` is the file's. MF-POL-03 says why
 * there is none. The findings need their ids. */
int mf_accepted_choose(const struct mf_finding **out, const struct mf_findings *list, const char *name, struct mf_str text, const char *id,
		       struct mf_err *err) MF_MUST_USE;
/* Whether a text can be an id, or a reason: so that what is wrong is told before anything is scanned. MF-POL-03. */
int mf_accepted_id_ok(const char *id, struct mf_err *err) MF_MUST_USE;
int mf_accepted_reason_ok(const char *reason, struct mf_err *err) MF_MUST_USE;
/* Whether the file has no salt yet: with the next line all ids change. */
bool mf_accepted_begins(struct mf_str text);
/* The file's text with one more line; `text` may be empty (a new salt is made then, and the id computed anew for it). */
int mf_accepted_add(struct mf_buf *out, struct mf_str text, const struct mf_finding *f, const char *reason, int64_t until, struct mf_err *err) MF_MUST_USE;

struct mf_policy {
	const struct mf_ignore *ignore;		/* each may be NULL */
	const struct mf_baseline *baseline;
	const struct mf_accepted *accepted;
	const struct mf_hide *hide;		/* a name counts also as a report shows it; NULL: only as it is */
	const struct mf_collect *known;		/* ids that an earlier run has left */
	int64_t now;
	size_t ids;		/* how many credentials get an id although nothing is compared with it; each takes about 5 ms of one processor.
				 * 0: MF_POLICY_IDS; SIZE_MAX: all (for raw findings, which are joined by it) */
};
#define MF_POLICY_IDS 256

/* Sets pass, pass_why and pass_until of each finding that has none yet, and fingerprint_id: of all that an accepted one may
 * be, and of the first p->ids others, those that count before those that pass. Ids that are there stay. Sorts the list. */
int mf_policy_apply(const struct mf_policy *p, struct mf_findings *list, struct mf_err *err) MF_MUST_USE;

/* Reports show the ids of so many credentials of a repository, where they show many, and of so many where a person reads them. */
enum { MF_IDS_MANY = 1000, MF_IDS_FEW = 64 };
/* Sets `unnamed` of all findings but those of the first `most` credentials of each repository, those that count before those that pass. The list is sorted. Whether
 * their ids are there makes no difference, so a merged report shows the ids that the single run does. */
int mf_findings_name(struct mf_findings *list, size_t most, struct mf_err *err) MF_MUST_USE;

/* The outcome. */
struct mf_verdict {
	size_t findings;		/* that count */
	size_t passed[6];		/* by enum mf_pass */
	size_t expired;			/* of the findings, accepted once and over now */
	size_t no_id;			/* of the findings, shown without an id since there are too many */
	bool incomplete;		/* something was asked for and could not be looked at: struct mf_run says what */
};
void mf_verdict_of(struct mf_verdict *out, const struct mf_findings *list);

#endif
