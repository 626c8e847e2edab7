/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as repositories have them, with made-up credentials in many forms, edits of them, and the spans by which a delta could make one from another. */
#ifndef MF_TESTS_SUPPORT_VERSIONS_H
#define MF_TESTS_SUPPORT_VERSIONS_H

#include <mayfly/history.h>
#include "support_dice.h"

/* Each byte knows where in the base it was, or MF_SPAN_NEW. */
struct version {
	char *p;
	size_t *from;
	size_t n, cap;
};

void version_free(struct version *v);

/* Appends bytes that are new, as they are or in base64. */
void version_add(struct version *v, const char *p, size_t n);
void version_add_base64(struct version *v, const char *p, size_t n);
/* With the byte at `at` as %XX. */
void version_add_escaped(struct version *v, const char *p, size_t n, size_t at);

/* A new text; all of it is new. */
void version_make(struct version *v, struct dice *d);

/* An exact copy whose bytes are from the same places of v. */
void version_next(struct version *out, const struct version *v);

/* Some edits. */
void version_edit(struct version *v, struct dice *d);

/* How it could have been made from the base: in copies that may be short, out of order, of the wrong place, or repeated. Owned by the caller. */
struct mf_span *version_spans(const struct version *v, const struct version *base, struct dice *d, size_t *n);

#endif
