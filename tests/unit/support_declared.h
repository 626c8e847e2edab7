/* SPDX-License-Identifier: Apache-2.0 */
/* One file of a family -> its items. */
#ifndef MF_TESTS_SUPPORT_DECLARED_H
#define MF_TESTS_SUPPORT_DECLARED_H

#include "../../src/declared/declared_priv.h"

#define DECLARED_NOW INT64_C(1800000000)	/* 2027-01-15T08:00:00Z */

/* Checks files (path, text, path, text, ..., NULL); the first by its family, which has to want it, the others stand beside it. */
void declared_check(struct mf_check *c, const struct mf_dc_family *family, const char *const *files);
/* The n-th item with that rule, or NULL. */
const struct mf_check_item *declared_item(const struct mf_check *c, const char *rule, size_t n);
/* One file with this many items. */
void declared_count(const struct mf_dc_family *family, const char *path, const char *text, size_t want);
/* One file with one item of the rule, at this place, by this name. */
void declared_one(const struct mf_dc_family *family, const char *path, const char *text, const char *rule, const char *name, unsigned line, unsigned col);

#endif
