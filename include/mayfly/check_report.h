/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of `mayfly check`: pure renderers over a list that was judged. No value of a credential is in it; every other text is hostile and escaped
 * for each format. The same list gives the same bytes. */
#ifndef MAYFLY_CHECK_REPORT_H
#define MAYFLY_CHECK_REPORT_H

#include <stdio.h>
#include <mayfly/check_policy.h>

/* The run that is reported. Texts are borrowed; NULL where there is none. */
struct mf_check_run {
	const char *version;		/* mayfly's */
	const char *repository, *ref, *sha, *server_url;
	const char *category;		/* SARIF automationDetails.id */
	const char *workflow;		/* the job's definition in the repository (".github/workflows/ci.yml"): where formats that know only files put
					 * what is in no file of the repository */
	int64_t began;			/* seconds since 1970 */
	int64_t took_ms;
	const char *trend;		/* a line about it, "3 fewer static credentials than in the last run" */
};

struct mf_check_report_opts {
	bool color;
	unsigned verbose;		/* 1: blocks for what warns, too; 2: for all */
	size_t annotations;		/* GitHub: how many at most; 0: 10 */
};

struct mf_check_reporter {
	const char *name;		/* "text", "json", "sarif", "github", "gitlab" */
	const char *suffix;		/* ".sarif", to guess from a file's name; NULL: none */
	int (*write)(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
		     const struct mf_check_report_opts *opts, struct mf_err *err);
};
extern const struct mf_check_reporter mf_check_reporters[];	/* an entry without a name ends */

/* By name, with the nearest in the error (MF-REPORT-01). */
const struct mf_check_reporter *mf_check_reporter_find(const char *name, struct mf_err *err);

/* MF-REPORT-02 when it cannot be written. */
int mf_check_report_write(const struct mf_check_reporter *r, FILE *to, const struct mf_check_run *run, const struct mf_check_list *l,
			  const struct mf_check_verdict *v, const struct mf_check_report_opts *opts, struct mf_err *err) MF_MUST_USE;

/* The step summary for GitHub: a table in markdown, as much of it as there is room in `out` (out->max). */
int mf_check_report_summary(struct mf_buf *out, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			    struct mf_err *err) MF_MUST_USE;

/* "variable 'X'", "~/.npmrc:3:5", "vault://...". Appends a line of text. */
int mf_check_report_where(struct mf_buf *out, const struct mf_check_item *item, struct mf_err *err) MF_MUST_USE;
/* "90 d", "1 h", "no end", "unknown", "at most 8 h"; `out` holds 48 bytes. */
void mf_check_report_lifetime(char out[static 48], const struct mf_life *life);
/* "90 d", "none"; `out` holds 32 bytes. */
void mf_check_report_max(char out[static 32], int64_t max);

#endif
