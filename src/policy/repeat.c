/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of blobs that an earlier run has scanned: where each lies is known from there, and everything else from a blob that was scanned again and
 * holds the same. */
#include "collect.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* What candidates of one group have in common. */
struct shape {
	const struct mf_rule *rule;
	double entropy;
	uint32_t secret, match, text, shown, member, reason, facts;
	uint16_t encoding;
	uint8_t depth, format, allowed;
};

/* One blob's candidates, which are kept one after another. */
struct run {
	uint32_t place;
	size_t first, n;
};

static bool next_run(struct run *r, const struct mf_collect *c, size_t n_kept, size_t *at)
{
	while (*at < n_kept && c->kept[*at].placed)
		++*at;
	*r = (struct run){ .first = *at };
	if (*at == n_kept)
		return false;
	r->place = c->kept[*at].place;
	while (*at < n_kept && !c->kept[*at].placed && c->kept[*at].place == r->place)
		++*at;
	r->n = *at - r->first;
	return true;
}

static int group_of(uint32_t *group, struct mf_intern *shapes, const struct mf_kept *k, struct mf_err *err)
{
	struct shape s;

	/* as bytes, so that equal ones are equal */
	memset(&s, 0, sizeof(s));
	s.rule = k->rule;
	s.entropy = k->entropy;
	s.secret = k->secret;
	s.match = k->match;
	s.text = k->text;
	s.shown = k->shown;
	s.member = k->member;
	s.reason = k->reason;
	s.facts = k->facts;
	s.encoding = k->encoding;
	s.depth = k->depth;
	s.format = k->format;
	s.allowed = k->allowed;
	return mf_intern_add(group, shapes, (struct mf_str){ (const char *)&s, sizeof(s) }, err);
}

/* One of the group's numbers stands for its credential. */
static void number_group(struct mf_collect *c, const struct mf_kept *k, uint32_t number)
{
	char key[sizeof(k->rule) + sizeof(k->secret)];
	uint32_t group;

	memcpy(key, &k->rule, sizeof(k->rule));
	memcpy(key + sizeof(k->rule), &k->secret, sizeof(k->secret));
	group = mf_intern_find(&c->groups, (struct mf_str){ key, sizeof(key) });
	if (group != MF_NONE)
		c->past_group[group] = number;
}

int mf_collect_remember(struct mf_past *p, struct mf_collect *c, struct mf_err *err)
{
	struct mf_past_cand *cands = NULL;
	struct mf_intern shapes = { 0 };
	size_t at = 0, cap = 0;
	struct run r;
	int rc = 0;

	c->past_group = mf_calloc(c->groups.n + 1, sizeof(*c->past_group));
	if (!c->past_group)
		return mf_fail_nomem(err);
	memset(c->past_group, 0xff, (c->groups.n + 1) * sizeof(*c->past_group));
	/* what was not kept may be of any blob */
	while (rc == 0 && !c->dropped && next_run(&r, c, c->n_kept, &at)) {
		rc = mf_grow(&cands, &cap, r.n, sizeof(*cands), err);
		for (size_t i = 0; i < r.n && rc == 0; i++) {
			const struct mf_kept *k = &c->kept[r.first + i];

			cands[i] = (struct mf_past_cand){ .line = k->line, .col = k->col, .end_line = k->end_line, .end_col = k->end_col };
			rc = group_of(&cands[i].group, &shapes, k, err);
			if (rc == 0)
				number_group(c, k, cands[i].group);
		}
		if (rc == 0)
			rc = mf_past_keep(p, &c->blobs[r.place], cands, r.n, err);
	}
	free(cands);
	mf_intern_free(&shapes);
	return rc;
}

static bool equal(const struct mf_collect *c, const struct run *r, const struct mf_past_blob *b)
{
	if (r->n != b->n)
		return false;
	for (size_t i = 0; i < b->n; i++) {
		const struct mf_kept *k = &c->kept[r->first + i];
		const struct mf_past_cand *p = &b->cands[i];

		if (k->line != p->line || k->col != p->col || k->end_line != p->end_line || k->end_col != p->end_col)
			return false;
	}
	return true;
}

/* For each group a candidate of this run, MF_NONE without. */
static int find_models(uint32_t **out, const struct mf_collect *c, const struct mf_past *p, struct mf_err *err)
{
	size_t groups, at = 0;
	uint32_t *model;
	struct run r;

	mf_past_blobs(p, &groups);
	model = mf_calloc(groups + 1, sizeof(*model));
	*out = model;
	if (!model)
		return mf_fail_nomem(err);
	memset(model, 0xff, (groups + 1) * sizeof(*model));
	while (next_run(&r, c, c->n_kept, &at)) {
		const size_t i = mf_past_blob_find(p, &c->blobs[r.place]);
		struct mf_past_blob b;

		if (i == SIZE_MAX)
			continue;
		b = mf_past_blob(p, i);
		for (size_t k = 0; b.visited && equal(c, &r, &b) && k < b.n; k++)
			model[b.cands[k].group] = (uint32_t)(r.first + k);
	}
	return 0;
}

static bool has_models(const struct mf_past_blob *b, const uint32_t *model)
{
	for (size_t k = 0; k < b->n; k++)
		if (model[b->cands[k].group] == MF_NONE)
			return false;
	return true;
}

static int repeat(struct mf_collect *c, const struct mf_past_blob *b, const uint32_t *model, struct mf_err *err)
{
	uint32_t place;

	if (!b->n)
		return 0;
	if (mf_collect_place(&place, c, &b->id, err))
		return -1;
	for (size_t i = 0; i < b->n; i++) {
		struct mf_kept k = c->kept[model[b->cands[i].group]];

		if (mf_collect_full(c)) {
			c->dropped += b->n - i;
			return 0;
		}
		k.place = place;
		k.line = b->cands[i].line;
		k.col = b->cands[i].col;
		k.end_line = b->cands[i].end_line;
		k.end_col = b->cands[i].end_col;
		if (mf_collect_link(c, &k, err))
			return -1;
	}
	return 0;
}

int mf_collect_recall(struct mf_collect *c, const struct mf_past *p, struct mf_oid **left, size_t *n_left, struct mf_err *err)
{
	size_t groups, cap = 0;
	const size_t n = mf_past_blobs(p, &groups);
	uint32_t *model;
	int rc = find_models(&model, c, p, err);

	if (rc == 0)
		rc = mf_known_ids_take(c, p, model, groups, err);
	*left = NULL;
	*n_left = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct mf_past_blob b = mf_past_blob(p, i);

		if (!b.held || b.visited)
			continue;
		if (has_models(&b, model)) {
			rc = repeat(c, &b, model, err);
		} else {
			rc = mf_grow(left, &cap, *n_left + 1, sizeof(**left), err);
			if (rc == 0)
				(*left)[(*n_left)++] = b.id;
		}
	}
	free(model);
	return rc;
}
