/* SPDX-License-Identifier: Apache-2.0 */
/* Progress and warnings for a person, on the stream that cmd/ chose (stderr). Results are not logged. */
#ifndef MAYFLY_LOG_H
#define MAYFLY_LOG_H

#include <stdio.h>
#include <mayfly/err.h>

enum mf_level { MF_LOG_ERRORS, MF_LOG_QUIET, MF_LOG_NORMAL, MF_LOG_VERBOSE, MF_LOG_DEBUG };

/* How lines are dressed: plain, coloured, or as GitHub's workflow commands (::warning::, ::debug::, ::error::). */
enum mf_dress { MF_DRESS_PLAIN, MF_DRESS_COLOR, MF_DRESS_GITHUB };

void mf_log_setup(FILE *to, enum mf_level level, enum mf_dress dress);
enum mf_level mf_log_level(void);
bool mf_log_color(void);		/* whether lines are coloured */

/* Control bytes in arguments become '?'. A line each, without a newline at the end of fmt. */
void mf_warn(const char *fmt, ...) MF_PRINTF(1, 2);	/* with -q, too */
/* What failed and why, where we go on all the same. */
void mf_warn_err(const struct mf_err *err);
void mf_info(const char *fmt, ...) MF_PRINTF(1, 2);	/* normal */
void mf_verbose(const char *fmt, ...) MF_PRINTF(1, 2);	/* -v */
void mf_debug(const char *fmt, ...) MF_PRINTF(1, 2);	/* -vv */

/* An error in full: `error[ID]: what`, then why, sent, help, note lines and the advice block. On GitHub also one
 * ::error title=...:: line with the same text, escaped. */
void mf_log_error(const struct mf_err *err);

#endif
