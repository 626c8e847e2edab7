/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the policy share. */
#ifndef MAYFLY_CHECK_POLICY_PRIV_H
#define MAYFLY_CHECK_POLICY_PRIV_H

#include <mayfly/check_policy.h>

struct mf_check_policy {
	const struct mf_conf *conf;
	int64_t now;
	struct {
		int64_t max;
		const char *origin;
	} classes[MF_LC_COUNT];
	int64_t job_max;
	enum mf_check_mode unknown;
	bool ratchet;		/* what has no end warns, up to statics_most */
	size_t statics_most;	/* SIZE_MAX: no bound */
};

/* Whether `text` is what the pattern says: '*' and '?' within a folder's name, "**" across. A text that is NULL is nothing. */
bool mf_check_glob(const char *pattern, const char *text);

/* The maximum of an item's class, or of its name or path where the file has one; *origin says which. */
int64_t mf_check_max_of(const struct mf_check_policy *p, const struct mf_check_item *item, const char **origin);
/* What is said of its kind or rule, else of its class, else the default. */
enum mf_check_mode mf_check_mode_of(const struct mf_check_policy *p, const struct mf_check_item *item);
/* The first exception for it that counts today, else the first that counted once; NULL: none. */
const struct mf_conf_exception *mf_check_exception_of(const struct mf_check_policy *p, const struct mf_check_item *item, bool *over);

/* Sorts, drops what is there twice, and numbers: each item's id. */
int mf_check_order(struct mf_check_list *l, struct mf_err *err) MF_MUST_USE;

/* The kinds of the credentials without an end that count, one for each credential; the caller frees *v, not the texts. */
int mf_check_statics(const char ***v, size_t *n, const struct mf_check_list *l, struct mf_err *err) MF_MUST_USE;

/* "env", "home", "ci", "repo", "fetched" */
const char *mf_check_from_name(enum mf_check_from from);

#endif
