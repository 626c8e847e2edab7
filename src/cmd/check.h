/* SPDX-License-Identifier: Apache-2.0 */
/* A check from its options to its outcome: which places are looked at, by which process, and what is said. */
#ifndef MAYFLY_CMD_CHECK_H
#define MAYFLY_CMD_CHECK_H

#include <mayfly/check_report.h>
#include <mayfly/cmd.h>
#include "scan.h"

struct mf_checking {
	struct mf_env *env;
	const char *path;		/* the repository or folder; "." when none was named */
	bool job, ci, repo;		/* variables and files of the job; CI definitions; other files of the repository */
	bool detect;			/* of the repository also what a scan finds */
	bool stage;			/* the first stage of run: what passes takes one line */
	const char *format;		/* of standard output; NULL: text */
	const char *explain;
	bool online;			/* the issuers of the job's credentials are asked */
	unsigned char key[32];		/* of fingerprints, the same in all processes of a run */
	int fd;				/* in a child: where its answer goes */
	int ask_fd;			/* in the job's child: where what is to be asked goes; -1: nobody asks */
	int64_t began_ms;
	struct mf_check_list list;
};

/* What is collected into, with the run's time and key. */
void mf_checking_start(struct mf_check *c, const struct mf_checking *k);

/* Reads the job's variables and files in a child without network, that is given no repository. Appends to k->list. */
int mf_check_job(struct mf_checking *k, struct mf_err *err) MF_MUST_USE;
/* In the job's child: hands what an issuer can be asked about to the parent (struct mf_check's `seen`; ctx: struct mf_check_asking). */
struct mf_check_asking {
	int fd;
	mf_getenv_fn getenv;	/* the job's variables */
};
int mf_check_ask_seen(void *ctx, const struct mf_check_item *item, const struct mf_check_place *at, struct mf_str value, struct mf_err *err);
/* In the parent: asks about what the child wrote to `fd`, and settles the items of `l` by the answers; in a dry run it tells what would be asked. The
 * file is wiped. */
int mf_check_ask(struct mf_checking *k, struct mf_check_list *l, int fd, struct mf_err *err) MF_MUST_USE;

/* Reads the repository in the scan's child. Appends to k->list. */
int mf_check_repository(struct mf_checking *k, struct mf_err *err) MF_MUST_USE;
/* In that child, when the scan itself is done. */
int mf_check_in_child(struct mf_child *c, struct mf_err *err) MF_MUST_USE;

/* A file in memory for a child's answer; -1 on failure. Reading it appends to k->list. MF-CHECK-02. */
int mf_check_answer_open(struct mf_err *err);
int mf_check_answer_read(struct mf_checking *k, int fd, struct mf_err *err) MF_MUST_USE;
/* In a child: writes its list. */
int mf_check_answer_write(const struct mf_checking *k, const struct mf_check_list *l, struct mf_err *err) MF_MUST_USE;

/* All of it: looks, judges, reports. MF-CHECK-01. */
int mf_checking_run(struct mf_checking *k, struct mf_err *err) MF_MUST_USE;
/* What warns and fails of a list that was judged, and nothing where all passes: for the stages of run, on the stream that a person reads. */
int mf_checking_tell(struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err) MF_MUST_USE;
/* The files of --check-report. */
int mf_checking_files(const struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err) MF_MUST_USE;
void mf_checking_free(struct mf_checking *k);
/* The first stage of run. Fills env->checked where there are reports to write. */
int mf_check_stage(struct mf_env *env, struct mf_err *err) MF_MUST_USE;

#endif
