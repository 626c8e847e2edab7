/* SPDX-License-Identifier: Apache-2.0 */
/* A child that reads hostile bytes: without network, without the job's variables, with read access to what it is told and to nothing
 * else, with bounded memory. It runs as the same user: a hurdle for an exploit, not a wall. */
#ifndef MAYFLY_CMD_SANDBOX_H
#define MAYFLY_CMD_SANDBOX_H

#include <mayfly/err.h>

struct mf_sandbox {
	const char *name;		/* what it does, for messages; NULL: "scan" */
	bool keep_env;			/* the job's variables are what it is to look at */
	const char *const *read;	/* files and folders (with all below) that may be read; what does not exist is passed over */
	size_t n_read;
	const int *keep;		/* descriptors that stay open, besides 0 to 2 */
	size_t n_keep;
	const volatile int *stop;	/* a signal that the parent got is passed on */
};

/* The most that a child hands back besides success or an error. */
#define MF_SANDBOX_RESULT 256

/* Runs `fn` in the child and returns what it returned, with its error; `result` (n bytes, zeroed before) is shared with it. What comes back is
 * checked as any foreign text. MF-SCAN-03 when the child ended before it returned: a crash is never a clean result. */
int mf_sandbox_run(const struct mf_sandbox *box, int (*fn)(void *ctx, void *result, struct mf_err *err), void *ctx, void *result, size_t n,
		   struct mf_err *err) MF_MUST_USE;

/* The kernel's part, in the child: each says in -v what the kernel lacks. MF-SCAN-08 when a hurdle that the kernel has cannot be put up. */
int mf_landlock_read_only(const char *const *paths, size_t n, struct mf_err *err) MF_MUST_USE;
int mf_seccomp_no_network(struct mf_err *err) MF_MUST_USE;

#endif
