/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of a list: what fails, what warns, what passes, and the counts of it. */
#include "policy_priv.h"
#include "check_priv.h"

#include <stdlib.h>

#include <mayfly/alloc.h>

static enum mf_check_mode weaker(enum mf_check_mode a, enum mf_check_mode b)
{
	return a > b ? a : b;
}

static bool is_static(const struct mf_check_item *item)
{
	return item->life.kind && (item->life.flags & MF_LIFE_STATIC);
}

static void measure(const struct mf_check_policy *p, struct mf_check_item *item)
{
	const char *origin;

	item->max = mf_check_max_of(p, item, &origin);
	if (mf_check_stored(item)) {
		const int64_t rotate = mf_life_rule(item->life.class)->rotate;

		item->max = rotate > 0 && rotate < item->max ? rotate : item->max;
		if (item->life.issued <= 0 && item->max != MF_LIFE_FOREVER)
			item->verdict = MF_LV_UNKNOWN;
		else
			item->verdict = p->now - item->life.issued > item->max ? MF_LV_TOO_LONG : MF_LV_OK;
		return;
	}
	item->verdict = mf_life_judge(&item->life, item->max, p->job_max);
	if (item->life.flags & MF_LIFE_JOB_BOUND)
		item->max = p->job_max > 0 ? p->job_max : MF_LIFE_FOREVER;
}

/* What is to be done about it, exceptions aside. */
static enum mf_check_mode outcome(const struct mf_check_policy *p, struct mf_check_item *item)
{
	item->mode = mf_check_mode_of(p, item);
	if (!item->life.kind)
		return item->mode;
	measure(p, item);
	if (item->verdict == MF_LV_UNKNOWN) {
		item->mode = weaker(item->mode, p->unknown);
		if ((item->life.flags & MF_LIFE_NAME_ONLY) && item->mode == MF_CHECK_FAIL)
			item->mode = MF_CHECK_WARN;
		return item->mode;
	}
	return item->verdict == MF_LV_TOO_LONG ? item->mode : MF_CHECK_OFF;
}

static int excuse(const struct mf_check_policy *p, struct mf_check_item *item, struct mf_err *err)
{
	const struct mf_conf_exception *e = mf_check_exception_of(p, item, &item->excuse_over);

	if (!e)
		return 0;
	if (mf_check_text(&item->excused, err, "%s (%s, until %s)", e->reason, e->owner, e->day))
		return -1;
	/* it was promised to be gone by now */
	item->fails = item->excuse_over;
	item->warns = false;
	return 0;
}

static int judge(const struct mf_check_policy *p, struct mf_check_item *item, struct mf_err *err)
{
	enum mf_check_mode mode;

	free(item->excused);
	item->excused = NULL;
	item->fails = item->warns = item->excuse_over = false;
	item->verdict = MF_LV_OK;
	item->max = MF_LIFE_FOREVER;
	mode = outcome(p, item);
	if (mode == MF_CHECK_OFF)
		return 0;
	item->fails = mode == MF_CHECK_FAIL;
	item->warns = mode == MF_CHECK_WARN;
	return excuse(p, item, err);
}

/* -- counts ----------------------------------------------------------------------------------------- */

static bool lasts(const struct mf_check_item *item)
{
	return is_static(item) && !mf_check_stored(item) && item->verdict == MF_LV_TOO_LONG && item->mode != MF_CHECK_OFF && !(item->excused && !item->excuse_over);
}

static int by_value(const void *a, const void *b)
{
	const struct mf_check_item *const *x = a, *const *y = b;
	const int order = strcmp((*x)->fingerprint, (*y)->fingerprint);

	return order ? order : strcmp((*x)->rule, (*y)->rule);
}

/* A run's fingerprints are of one key, so equal ones of a kind are one credential. */
int mf_check_statics(const char ***v, size_t *n, const struct mf_check_list *l, struct mf_err *err)
{
	const struct mf_check_item **all = mf_calloc(l->n + 1, sizeof(*all));
	const char **kinds = mf_calloc(l->n + 1, sizeof(*kinds));
	size_t count = 0, kept = 0;

	if (!all || !kinds) {
		free(all);
		free(kinds);
		return mf_fail_nomem(err);
	}
	for (size_t i = 0; i < l->n; i++)
		if (lasts(&l->v[i]))
			all[count++] = &l->v[i];
	if (count)
		qsort(all, count, sizeof(*all), by_value);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !*all[i]->fingerprint || by_value(&all[i - 1], &all[i]) != 0)
			kinds[kept++] = all[i]->rule;
	free(all);
	*v = kinds;
	*n = kept;
	return 0;
}

/* As many as a team has agreed to only warn; with one more, all of them fail, whatever their mode. */
static int ratchet(const struct mf_check_policy *p, struct mf_check_list *l, struct mf_check_verdict *v, struct mf_err *err)
{
	const char **kinds;

	if (mf_check_statics(&kinds, &v->statics, l, err))
		return -1;
	free(kinds);
	v->statics_most = p->statics_most;
	v->too_many = v->statics > v->statics_most;
	for (size_t i = 0; p->ratchet && i < l->n; i++) {
		struct mf_check_item *item = &l->v[i];

		if (!lasts(item) || item->excuse_over)
			continue;
		item->fails = v->too_many;
		item->warns = !v->too_many;
	}
	return 0;
}

static void count(struct mf_check_verdict *v, const struct mf_check_item *item)
{
	if (item->mode == MF_CHECK_OFF) {
		v->off++;
		return;
	}
	v->fails += item->fails;
	v->warns += item->warns;
	v->listed += !item->fails && !item->warns;
	v->over += item->excuse_over;
	v->excused += item->excused && !item->excuse_over;
	if (!item->life.kind)
		return;
	v->unknown += item->verdict == MF_LV_UNKNOWN;
	v->job_bound += item->verdict == MF_LV_JOB_BOUND;
	v->expired += item->verdict == MF_LV_EXPIRED;
}

int mf_check_judge(const struct mf_check_policy *p, struct mf_check_list *l, struct mf_check_verdict *out, struct mf_err *err)
{
	struct mf_check_verdict v = { 0 };

	if (mf_check_order(l, err))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (judge(p, &l->v[i], err))
			return -1;
	if (ratchet(p, l, &v, err))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		count(&v, &l->v[i]);
	for (size_t i = 0; i < l->n_notes; i++)
		v.incomplete |= l->notes[i].incomplete;
	*out = v;
	return 0;
}
