/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a person's terminal or a job log: made harmless, and cut to a size where a reader sees that it was. */
#ifndef MAYFLY_TEXT_H
#define MAYFLY_TEXT_H

#include <stdarg.h>
#include <mayfly/base.h>

/* Replaces in place what must not reach a terminal by '?': control bytes, ill-formed UTF-8, and characters that
 * reorder or hide text (C1 controls, bidirectional marks, line separators). With `lines`, \n and \t stay. */
void mf_text_clean(char *s, bool lines);

/* Replaces in place what GitHub's runner would take for a command of its own: the second '#' of "##[" anywhere, the second ':' of
 * "::" where the text begins after white space. For text from outside that is printed on lines of ours. */
void mf_text_tame(char *s);

/* vsnprintf, cut at a whole character with "..." at the end when it does not fit, and cleaned. */
void mf_text_vfmt(char *out, size_t cap, bool lines, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

#endif
