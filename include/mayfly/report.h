/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: pure renderers over findings that are sorted already. Secrets are redacted in each unless `reveal` says otherwise (gitleaks' formats only);
 * names, messages and paths are hostile and escaped for each format. */
#ifndef MAYFLY_REPORT_H
#define MAYFLY_REPORT_H

#include <stdio.h>
#include <mayfly/policy.h>

/* Something that was skipped, or that a reader has to know. */
struct mf_note {
	char *what;			/* "3 files could not be read" */
	char *why;			/* "permission denied: 'a', 'b', 'c'", or NULL */
	char *hint;			/* "fetch-depth: 0", or NULL */
	bool incomplete;		/* asked for and not looked at */
};

/* How its findings can be accepted: here, in a checkout of what a finding is in (one of a list, or a bare repository), or in no way. */
enum mf_accepting { MF_ACCEPT_HERE, MF_ACCEPT_THERE, MF_ACCEPT_NOT };
/* In place of --accept, for help lines. */
#define MF_ACCEPT_INSTEAD "a comment  mayfly:allow REASON  on its line, an allowlist of --rules FILE, or --baseline FILE"

/* The run that is reported: everything but the findings. Texts are borrowed; NULL when there is none. */
struct mf_run {
	const char *version;		/* mayfly's */
	const char *mode;		/* "history", "range", "staged", "work tree", "folder", "standard input" */
	const char *target;		/* as the user named it */
	const char *range;		/* "A..B", and why: "pull request #7" */
	const char *repository, *ref, *sha;	/* the job's, or the checkout's */
	const char *server_url;
	const char *category;		/* SARIF automationDetails.id */
	int64_t began;			/* seconds since 1970 */
	int64_t took_ms;
	uint64_t files, blobs, commits, bytes, matched_bytes, known, elsewhere;
	unsigned shard, shards;
	enum mf_accepting accepting;
	const char *accept_flags;	/* of the same scan, "--history PATH "; NULL: none */
	size_t rules;
	const char *rules_origin;
	const struct mf_note *notes;
	size_t n_notes;
	const struct mf_rule *const *all_rules;	/* for formats that list rules */
	size_t oid_len;			/* of the only repository; 0: there are several, and each finding has ids of its own length */
	const struct mf_str *secrets;	/* that names hold, besides those of the findings: shown in none */
	size_t n_secrets;
};

struct mf_report_opts {
	bool color;
	unsigned redact;		/* percent of each secret that is hidden; 100 is the default. 0 shows all: gitleaks' formats and text only */
	unsigned verbose;
	const char *const *gitleaks_ids;	/* not NULL: write gitleaks' id of a rule where it has one: its first alias that is in this list, which ends in
						 * NULL; of an empty list: its first alias. gitleaks' formats only */
	bool gitleaks_diff;		/* of changes that are in no commit: gitleaks dates them to the year 1 */
	size_t annotations;		/* GitHub: how many at most; 0: 9 */
};

struct mf_reporter {
	const char *name;		/* "text", "github", "sarif", "gitlab", "json", "junit", "csv", "html"; "gitleaks-json", "gitleaks-csv", "gitleaks-junit", "gitleaks-sarif" */
	const char *suffix;		/* ".sarif", to guess from a file's name */
	bool gitleaks;
	/* for mf_report_write(): names are written as they are */
	int (*write)(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict, const struct mf_report_opts *opts,
		     struct mf_err *err);
};
extern const struct mf_reporter *const mf_reporters[];	/* NULL ends */

/* Writes the report, without the secrets that names hold unless all are to be seen (`redact` 0, and a format that shows them). */
int mf_report_write(const struct mf_reporter *r, FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		    const struct mf_report_opts *opts, struct mf_err *err) MF_MUST_USE;

/* By name, with the nearest in the error (MF-REPORT-01). */
const struct mf_reporter *mf_reporter_find(const char *name, struct mf_err *err);

/* The step summary for GitHub: a table in markdown, as much of it as there is room in `out` (out->max). */
int mf_report_summary(struct mf_buf *out, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict, struct mf_err *err) MF_MUST_USE;

/* Our JSON report read back: `mayfly merge`. Adds to list and to the run's counts; notes are appended, each once. Begin with all zero. MF-REPORT-03
 * names what is wrong: it is no such report, it is of another run than the ones before, its shard was there before. */
struct mf_merged {
	struct mf_findings findings;
	struct mf_run run;		/* summed up; its texts and notes are owned by `own` */
	unsigned *shards_seen;		/* which of run.shards were read */
	size_t n_seen;
	bool raw;
	void *own;
};
int mf_report_read(struct mf_merged *m, const char *name, struct mf_str text, struct mf_err *err) MF_MUST_USE;
/* After the last one: MF-REPORT-03 naming the shards that are missing; else the run is made a whole one (no shard, nothing elsewhere). */
int mf_merged_finish(struct mf_merged *m, struct mf_err *err) MF_MUST_USE;
/* Adds a note behind those that the reports have: nothing is incomplete. */
int mf_merged_note(struct mf_merged *m, const char *what, const char *hint, struct mf_err *err) MF_MUST_USE;
void mf_merged_free(struct mf_merged *m);

#endif
