/* SPDX-License-Identifier: Apache-2.0 */
/* Names to be looked up: files from outside may hold any number of them. */
#ifndef MF_DETECT_RULES_NAMES_H
#define MF_DETECT_RULES_NAMES_H

#include <mayfly/rules.h>
#include "rules_pool.h"

struct mf_names {
	struct mf_name { const char *name; size_t at; } *v;	/* sorted */
	size_t n;
};

/* Room for n names in the pool, to be filled with mf_names_add(), then sorted. */
int mf_names_new(struct mf_names *s, struct mf_pool *pool, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_names_add(struct mf_names *s, const char *name, size_t at);
void mf_names_add_rule(struct mf_names *s, const struct mf_rule *r, size_t at);	/* id and aliases */
void mf_names_sort(struct mf_names *s);

/* The least `at` of a name, of a rule's id or else of its aliases in their order; SIZE_MAX: not there. */
size_t mf_names_find(const struct mf_names *s, const char *name);
size_t mf_names_rule(const struct mf_names *s, const struct mf_rule *r);

#endif
