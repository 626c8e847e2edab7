/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of `mayfly check`: what lifetime.* of the configuration makes of a list of items, and the file that keeps the counts of earlier runs. */
#ifndef MAYFLY_CHECK_POLICY_H
#define MAYFLY_CHECK_POLICY_H

#include <mayfly/check.h>
#include <mayfly/conf.h>

/* -- the policy ------------------------------------------------------------------------------------- */

struct mf_check_policy;

/* Of lifetime.*; `conf` is borrowed. MF-CONF-01 and -03 with the place in the file: a class, a kind or a rule that there is not. */
int mf_check_policy_new(struct mf_check_policy **out, const struct mf_conf *conf, int64_t now, struct mf_err *err) MF_MUST_USE;
void mf_check_policy_free(struct mf_check_policy *p);

/* The counts. A credential that is met at several places counts at each, but for `statics`, which counts it once. */
struct mf_check_verdict {
	size_t fails, warns, listed;	/* every item but those whose mode is off */
	size_t off;			/* not shown */
	size_t statics;			/* without an end: not expired, not bound to the job, not excused, not off */
	size_t unknown, job_bound, expired;
	size_t excused;			/* let pass by an exception */
	size_t over;			/* of the fails: their exception has expired */
	size_t statics_most;		/* as many statics only warn, more fail; SIZE_MAX: no such bound */
	bool too_many;			/* statics > statics_most */
	bool incomplete;		/* a note says what could not be looked at */
};

/* Sorts the list (from, path, line, col, name, rule), drops what is in it twice, and sets the policy's fields of each item. A stored secret
 * (mf_check_stored) is judged by its age against the rotation age of its class; one of no known form only warns unless a mode says otherwise;
 * anything else is judged by its lifetime. The build fails when `fails` is not 0. MF-BASE-01. */
int mf_check_judge(const struct mf_check_policy *p, struct mf_check_list *l, struct mf_check_verdict *out, struct mf_err *err) MF_MUST_USE;

/* For `--explain`: the item of that id, or of a beginning of at least four digits that only one has; NULL: none. */
const struct mf_check_item *mf_check_find(const struct mf_check_list *l, const char *id);
/* Where an item's maximum comes from: ".mayfly.yml:12:5: lifetime.names", "lifetime.max.api_key (--config)", "the default". Borrowed from `p` or
 * static. */
const char *mf_check_max_origin(const struct mf_check_policy *p, const struct mf_check_item *item);

/* -- the trend -------------------------------------------------------------------------------------- */

/* One line of the file: JSON Lines, the newest last. Texts are borrowed; NULL: not known. */
enum { MF_TREND_KINDS_MAX = 64, MF_TREND_LINES_MAX = 1000 };
struct mf_trend_now {
	int64_t at;
	const char *sha, *ref;
};
/* What the file says so far. */
struct mf_trend {
	size_t lines;
	size_t last, lowest;	/* statics: of the last line, of all lines; 0 without lines */
};
/* A file that is missing has no lines. MF-CHECK-03: it is none of ours, or not safe to use (a link, a FIFO, another's). */
int mf_check_trend_read(struct mf_trend *out, const char *path, struct mf_err *err) MF_MUST_USE;
/* Adds this run's counts; the oldest lines go. Written beside it and moved into place, so that a reader never sees a half. */
int mf_check_trend_append(const char *path, const struct mf_trend_now *now, const struct mf_check_list *l, const struct mf_check_verdict *v,
			  struct mf_err *err) MF_MUST_USE;
/* For `--max-static trend`: what was read, before judging. Without lines (the first run) there is no bound yet, but every static one warns. */
void mf_check_policy_trend(struct mf_check_policy *p, const struct mf_trend *t);

#endif
