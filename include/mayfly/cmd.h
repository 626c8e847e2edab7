/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: each is a table entry with its options, what it needs, and its entry. Only cmd/ and main.c choose
 * stdout and stderr, and only they join the two branches. */
#ifndef MAYFLY_CMD_H
#define MAYFLY_CMD_H

#include <stdio.h>
#include <mayfly/conf.h>
#include <mayfly/job.h>
#include <mayfly/log.h>
#include <mayfly/opt.h>

enum mf_needs {
	MF_NEEDS_NET = 1 << 0,
	MF_NEEDS_TOKEN = 1 << 1,	/* the CI's identity; for every other command main() drops ACTIONS_ID_TOKEN_REQUEST_*,
					 * ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL */
	MF_NEEDS_CONF = 1 << 2		/* the configuration file is read before the command runs */
};

struct mf_check_list;

struct mf_env {
	struct mf_common common;
	struct mf_job job;
	struct mf_conf *conf;
	mf_getenv_fn getenv;
	FILE *out, *err;		/* the chosen streams: results, and what a person reads */
	const volatile int *stop;	/* the signal that asked us to end, or 0 */
	const struct mf_cmd *cmd;
	const struct mf_cmd *const *cmds;	/* all of them; NULL ends */
	struct mf_check_list *checked;	/* run: what its check of the job has found, for the reports that get what it obtains, too; NULL: nobody wants it */
	bool drop_in;			/* another action's inputs were read, and its habits hold */
	int exit_code;			/* -1: the error's */
	void *opts;			/* the command's own options, sized by mf_cmd.opts_size, zeroed */
};

/* A command line of gitleaks (by the name that we were started under, or `mayfly gitleaks ...`) in our form: 1 and *argv is a new array that the caller
 * frees, words included; 0 when it is none; -1 sets *exit_code to gitleaks'. */
int mf_gitleaks_argv(int *argc, char ***argv, int *exit_code, struct mf_err *err) MF_MUST_USE;

/* Started as docker-credential-mayfly: 1 and *argv is a new array that the caller frees; 0 when not. */
int mf_docker_argv(int *argc, char ***argv, struct mf_err *err) MF_MUST_USE;

/* All commands, in the order of the help; NULL ends. Each is defined in a file of its own in src/cmd/. */
extern const struct mf_cmd *const mf_cmds[];

#endif
