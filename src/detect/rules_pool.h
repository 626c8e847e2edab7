/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and things that live as long as a set of rules and are freed together. */
#ifndef MF_DETECT_RULES_POOL_H
#define MF_DETECT_RULES_POOL_H

#include <mayfly/err.h>

struct mf_pool {
	struct mf_rule_pool_block *blocks;
	struct mf_rule_pool_thing *things;
};

/* Zeroed; NULL when memory is out. */
void *mf_rule_pool_get(struct mf_pool *p, size_t n);
char *mf_rule_pool_str(struct mf_pool *p, struct mf_str s);

/* The same list with ASCII letters in lower case; NULL when memory is out. */
const char *const *mf_rule_pool_lower(struct mf_pool *p, const char *const *list, size_t n);

/* Hands a thing over: `release` is called with it in the end, and at once when memory is out (-1). */
int mf_rule_pool_own(struct mf_pool *p, void (*release)(void *), void *thing);
void mf_rule_pool_free(struct mf_pool *p);

#endif
