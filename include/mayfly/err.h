/* SPDX-License-Identifier: Apache-2.0 */
/* What failed, why, what was sent, what to do: one object, filled where the failure is known,
 * printed once by main(). Library code never prints and never exits. */
#ifndef MAYFLY_ERR_H
#define MAYFLY_ERR_H

#include <mayfly/base.h>

/* Also the process's exit code. */
enum mf_code {
	MF_OK = 0,
	MF_GATE = 1,		/* findings, or a credential that lives too long */
	MF_USAGE = 2,		/* usage or configuration */
	MF_NO_IDENTITY = 3,	/* the CI gave no identity */
	MF_REFUSED = 4,		/* the server said no */
	MF_NETWORK = 5,		/* a retry may help */
	MF_IO = 6,		/* git or the file system */
	MF_INCOMPLETE = 7,	/* --strict: something could not be looked at */
	MF_BUG = 70
};

/* One symbol for each id of errors.def: MF_E_CI_NO_IDENTITY and so on. */
enum mf_error {
#define MF_ERROR(symbol, id, code, meaning) MF_E_##symbol,
#include <mayfly/errors.def>
#undef MF_ERROR
	MF_E_COUNT
};

struct mf_err {
	enum mf_code code;
	const char *id;		/* "MF-CI-02": static, never NULL once set */
	bool retryable;
	char what[256];		/* what failed, in the user's words, names quoted */
	char why[512];		/* the server's or the system's reason, redacted */
	char sent[512];		/* what we sent or saw: claims, never a token */
	char hint[512];		/* one command or YAML line */
	char note[512];		/* what did not happen because of it */
	char advice[1536];	/* a block to paste (YAML, a role), printed as it is */
};

/* Fills `err` anew with the id's code and the formatted text and returns -1, so that a caller can write
 * `return mf_fail(err, MF_E_..., "cannot ...")`. `err` may not be NULL. Control bytes in the arguments
 * become '?'; what is too long ends in "...". No argument may be a secret. */
int mf_fail(struct mf_err *err, enum mf_error e, const char *fmt, ...) MF_PRINTF(3, 4);

/* As mf_fail, with `why` from errno. */
int mf_fail_errno(struct mf_err *err, enum mf_error e, int errnum, const char *fmt, ...) MF_PRINTF(4, 5);

/* Out of memory: MF-BASE-01. Returns -1. */
int mf_fail_nomem(struct mf_err *err);

/* Set one field of an error that is already filled; the last call wins. */
void mf_err_why(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_err_sent(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_err_hint(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_err_note(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_err_advice(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3); /* keeps newlines */

/* Puts "outer: " before what failed, on the way up. */
void mf_err_wrap(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);

/* The id's text ("MF-CI-02") and its exit code. */
const char *mf_error_id(enum mf_error e);
enum mf_code mf_error_code(enum mf_error e);

#endif
