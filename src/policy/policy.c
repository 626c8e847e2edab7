/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings pass, and the verdict. Cheap questions come first: an id is computed only where it can make a difference, or to be shown. */
#include "policy.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "accepted.h"
#include "covers.h"
#include "ids.h"

/* What one finding still needs; numbers are of the ids, MF_NONE: not asked for. */
struct need {
	uint32_t id, fixed_id;
	bool baseline;
};

struct apply {
	const struct mf_policy *p;
	struct mf_findings *list;
	struct need *needs;
	struct mf_ids ids, fixed;	/* under the file's salt; under the one of repositories without the file */
};

/* An entry that has expired keeps its reason: MF_PASS_NONE with a date. */
static int pass(struct mf_finding *f, enum mf_pass by, const char *why, struct mf_err *err)
{
	char *copy = mf_strdup(why);

	if (!copy)
		return mf_fail_nomem(err);
	free(f->pass_why);
	f->pass_why = copy;
	f->pass = by;
	return 0;
}

static bool has_salt(const struct mf_policy *p)
{
	return p->accepted && p->accepted->salt_n;
}

/* Ids of redacted findings are what the report says. `most`: no credential is added when there are so many. */
static int ask_id(struct apply *a, size_t i, size_t most, struct mf_err *err)
{
	const struct mf_finding *f = &a->list->v[i];

	if (a->needs[i].id != MF_NONE || *f->fingerprint_id || f->redacted)
		return 0;
	return mf_ids_add(&a->needs[i].id, &a->ids, f, most, err);
}

/* All that can be told without an id that is not there yet. */
static int first_look(struct apply *a, size_t i, struct mf_err *err)
{
	struct mf_finding *f = &a->list->v[i];
	struct need *need = &a->needs[i];
	const char *const ids[] = { f->fingerprint_id };
	const char *why;
	bool yes = false;

	*need = (struct need){ .id = MF_NONE, .fixed_id = MF_NONE };
	if (f->pass)
		return 0;
	if (a->p->accepted)
		f->pass_until = 0;
	if (a->p->ignore && mf_ignore_covers(&yes, a->p->ignore, f, a->p->hide, &why, err))
		return -1;
	if (yes)
		return pass(f, MF_PASS_IGNORE_FILE, why, err);
	if (a->p->baseline && mf_baseline_covers(&yes, &need->baseline, a->p->baseline, f, a->p->hide, ids, *ids[0] != '\0', err))
		return -1;
	if (yes)
		return pass(f, MF_PASS_BASELINE, mf_baseline_name(a->p->baseline), err);
	if (need->baseline || (a->p->accepted && mf_accepted_has_rule(a->p->accepted, f->rule_id)))
		return ask_id(a, i, SIZE_MAX, err);
	return 0;
}

static void take_id(struct apply *a, size_t i)
{
	struct mf_finding *f = &a->list->v[i];
	const uint32_t id = a->needs[i].id;

	if (id != MF_NONE && mf_ids_has(&a->ids, id))
		memcpy(f->fingerprint_id, a->ids.v[id].id, sizeof(f->fingerprint_id));
}

static int ask_baseline(struct apply *a, size_t i, struct mf_err *err)
{
	struct mf_finding *f = &a->list->v[i];
	struct need *need = &a->needs[i];
	const char *ids[2];
	size_t n = 0;
	bool yes;

	if (!need->baseline || f->pass)
		return 0;
	if (*f->fingerprint_id)
		ids[n++] = f->fingerprint_id;
	if (need->fixed_id != MF_NONE)
		ids[n++] = a->fixed.v[need->fixed_id].id;
	if (mf_baseline_covers(&yes, &need->baseline, a->p->baseline, f, a->p->hide, ids, n, err))
		return -1;
	return yes ? pass(f, MF_PASS_BASELINE, mf_baseline_name(a->p->baseline), err) : 0;
}

/* A baseline from before the file had a salt has ids without it. */
static int ask_fixed(struct apply *a, struct mf_err *err)
{
	for (size_t i = 0; i < a->list->n; i++) {
		const struct mf_finding *f = &a->list->v[i];

		if (a->needs[i].baseline && !f->pass && !f->redacted && mf_ids_add(&a->needs[i].fixed_id, &a->fixed, f, SIZE_MAX, err))
			return -1;
	}
	if (mf_ids_recall(&a->fixed, a->p->known, NULL, err) || mf_ids_run(&a->fixed, NULL, err))
		return -1;
	for (size_t i = 0; i < a->list->n; i++)
		if (ask_baseline(a, i, err))
			return -1;
	return 0;
}

static int ask_accepted(struct apply *a, struct mf_finding *f, struct mf_err *err)
{
	const struct mf_accepted_entry *e;

	if (!a->p->accepted || f->pass || !*f->fingerprint_id)
		return 0;
	e = mf_accepted_find(a->p->accepted, f->fingerprint_id);
	if (!e || strcmp(e->rule, f->rule_id) != 0)
		return 0;
	f->pass_until = e->until;
	return pass(f, e->until && e->until < a->p->now ? MF_PASS_NONE : MF_PASS_ACCEPTED, e->reason, err);
}

/* Ids for the others, as many as are wanted, those that count first. */
static int fill_ids(struct apply *a, struct mf_err *err)
{
	const size_t compared = a->ids.keys.n, more = a->p->ids ? a->p->ids : MF_POLICY_IDS;
	const size_t most = more > SIZE_MAX - compared ? SIZE_MAX : compared + more;

	for (int passing = 0; passing < 2; passing++)
		for (size_t i = 0; i < a->list->n; i++)
			if ((a->list->v[i].pass != MF_PASS_NONE) == passing && ask_id(a, i, most, err))
				return -1;
	if (mf_ids_recall(&a->ids, a->p->known, a->p->accepted, err) || mf_ids_run(&a->ids, a->p->accepted, err))
		return -1;
	for (size_t i = 0; i < a->list->n; i++)
		take_id(a, i);
	return 0;
}

static int apply(struct apply *a, struct mf_err *err)
{
	const size_t n = a->list->n;

	for (size_t i = 0; i < n; i++)
		if (first_look(a, i, err))
			return -1;
	if (mf_ids_recall(&a->ids, a->p->known, a->p->accepted, err) || mf_ids_run(&a->ids, a->p->accepted, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		take_id(a, i);
		if (ask_baseline(a, i, err))
			return -1;
	}
	if (has_salt(a->p) && ask_fixed(a, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (ask_accepted(a, &a->list->v[i], err))
			return -1;
	return fill_ids(a, err);
}

int mf_policy_apply(const struct mf_policy *p, struct mf_findings *list, struct mf_err *err)
{
	struct apply a = { .p = p, .list = list, .needs = mf_calloc(list->n + 1, sizeof(*a.needs)) };
	int r;

	if (!a.needs)
		return mf_fail_nomem(err);
	/* sorted before, since which findings get an id depends on the order; and after, since the order depends on ids */
	mf_findings_sort(list);
	r = apply(&a, err);
	mf_findings_sort(list);
	mf_ids_free(&a.ids);
	mf_ids_free(&a.fixed);
	free(a.needs);
	return r;
}

void mf_verdict_of(struct mf_verdict *out, const struct mf_findings *list)
{
	*out = (struct mf_verdict){ 0 };
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_finding *f = &list->v[i];

		out->passed[f->pass] += f->pass != MF_PASS_NONE;
		out->findings += f->pass == MF_PASS_NONE;
		out->expired += f->pass == MF_PASS_NONE && f->pass_until != 0;
		out->no_id += f->pass == MF_PASS_NONE && (f->unnamed || !*f->fingerprint_id);
	}
}
