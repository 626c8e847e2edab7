/* SPDX-License-Identifier: Apache-2.0 */
/* .mayflyignore in memory. */
#ifndef MF_POLICY_ACCEPTED_H
#define MF_POLICY_ACCEPTED_H

#include "policy.h"

/* A round of PBKDF2 takes about 100 ns. Below the least an id would be no hindrance to guessing, above the most a file could
 * keep a scan busy for hours. */
enum { MF_COST = 50000, MF_COST_LEAST = 10000, MF_COST_MOST = 500000, MF_SALT_LEAST = 8, MF_SALT_MOST = 64, MF_SALT_NEW = 16 };

struct mf_accepted_entry {
	char id[33];
	char *rule, *reason;
	int64_t until;		/* 0: no end */
	unsigned line;
};

struct mf_accepted {
	char *name;
	unsigned char salt[MF_SALT_MOST];
	size_t salt_n;		/* 0: none was given */
	unsigned cost;		/* 0: none was given */
	struct mf_accepted_entry *v;	/* as in the file */
	size_t n, cap;
	struct mf_intern ids;	/* numbers are those of v[] */
	struct mf_intern rules;	/* that entries name */
};

/* The entry of an id, or NULL. */
const struct mf_accepted_entry *mf_accepted_find(const struct mf_accepted *a, const char *id);
/* Whether any entry is of this rule, so that ids are worth their time. */
bool mf_accepted_has_rule(const struct mf_accepted *a, const char *rule_id);

/* As mf_accepted_id(), by the rule's id alone. */
int mf_accepted_hash(char out[static 33], const struct mf_accepted *a, const char *rule_id, struct mf_str secret, struct mf_err *err) MF_MUST_USE;

#endif
