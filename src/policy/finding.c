/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what they own, their order, their fingerprint. */
#include "policy.h"
#include "covers.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

void mf_finding_free(struct mf_finding *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_more_paths; i++)
		free(f->more_paths[i]);
	free(f->more_paths);
	for (size_t i = 0; i < f->n_tags; i++)
		free(f->tags[i]);
	free(f->tags);
	for (size_t i = 0; i < f->n_again; i++)
		free(f->again[i].path);
	free(f->again);
	free(f->rule_id);
	free(f->title);
	free(f->path);
	free(f->repo);
	free(f->commit);
	free(f->blob);
	free(f->author);
	free(f->email);
	free(f->message);
	free(f->secret);
	free(f->match);
	free(f->text);
	free(f->pass_why);
	*f = (struct mf_finding){ 0 };
}

const char *const *mf_finding_tags(const struct mf_finding *f, size_t *n)
{
	*n = f->rule ? f->rule->n_tags : f->n_tags;
	return f->rule ? f->rule->tags : (const char *const *)f->tags;
}

void mf_findings_free(struct mf_findings *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		mf_finding_free(&f->v[i]);
	free(f->v);
	*f = (struct mf_findings){ 0 };
}

int mf_findings_add(struct mf_findings *list, struct mf_finding *f, struct mf_err *err)
{
	if (mf_room(&list->v, list->n, &list->cap, sizeof(*list->v), err)) {
		mf_finding_free(f);
		return -1;
	}
	list->v[list->n++] = *f;
	*f = (struct mf_finding){ 0 };
	return 0;
}

int mf_compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

#define NUMBERS(a, b) (((a) > (b)) - ((a) < (b)))

/* What the candidate is, without its path, commit, order and verdicts. */
int mf_finding_compare_cand(const struct mf_finding *a, const struct mf_finding *b)
{
	int r = NUMBERS(a->line, b->line);

	r = r ? r : NUMBERS(a->col, b->col);
	r = r ? r : mf_compare_text(a->rule_id, b->rule_id);
	r = r ? r : mf_compare_text(a->blob, b->blob);
	r = r ? r : NUMBERS(a->end_line, b->end_line);
	r = r ? r : NUMBERS(a->end_col, b->end_col);
	r = r ? r : NUMBERS(a->depth, b->depth);
	r = r ? r : NUMBERS(a->encoding, b->encoding);
	r = r ? r : strcmp(a->fingerprint_id, b->fingerprint_id);
	r = r ? r : mf_compare((struct mf_str){ a->secret, a->secret_n }, (struct mf_str){ b->secret, b->secret_n });
	r = r ? r : mf_compare((struct mf_str){ a->match, a->match_n }, (struct mf_str){ b->match, b->match_n });
	r = r ? r : mf_compare((struct mf_str){ a->text, a->text_n }, (struct mf_str){ b->text, b->text_n });
	r = r ? r : NUMBERS(a->format, b->format);
	r = r ? r : NUMBERS(a->entropy, b->entropy);
	return r;
}

static int compare_paths(const struct mf_finding *a, const struct mf_finding *b)
{
	int r = NUMBERS(a->n_more_paths, b->n_more_paths);

	for (size_t i = 0; !r && i < a->n_more_paths; i++)
		r = strcmp(a->more_paths[i], b->more_paths[i]);
	return r;
}

/* Path, line, column, rule and commit come first, as readers expect; the rest only tells equals apart. */
static int compare(const struct mf_finding *a, const struct mf_finding *b)
{
	int r = mf_compare_text(a->path, b->path);

	r = r ? r : NUMBERS(a->line, b->line);
	r = r ? r : NUMBERS(a->col, b->col);
	r = r ? r : mf_compare_text(a->rule_id, b->rule_id);
	r = r ? r : mf_compare_text(a->commit, b->commit);
	r = r ? r : mf_compare_text(a->repo, b->repo);
	r = r ? r : NUMBERS(a->source, b->source);
	r = r ? r : mf_finding_compare_cand(a, b);
	r = r ? r : NUMBERS(a->pass, b->pass);
	r = r ? r : mf_compare_text(a->pass_why, b->pass_why);
	r = r ? r : NUMBERS(a->order, b->order);
	r = r ? r : NUMBERS(a->versions, b->versions);
	return r ? r : compare_paths(a, b);
}

static int by_all(const void *a, const void *b)
{
	return compare(a, b);
}

void mf_findings_sort(struct mf_findings *f)
{
	if (f->n > 1)
		qsort(f->v, f->n, sizeof(*f->v), by_all);
}

const char *mf_finding_origin(const struct mf_finding *f)
{
	if (f->commit)
		return f->commit;
	return f->source == MF_SRC_UNREACHABLE && f->blob ? f->blob : "";
}

int mf_fingerprint(struct mf_buf *out, const struct mf_finding *f, const char *rule_id, struct mf_err *err)
{
	const char *commit = mf_finding_origin(f);

	return mf_buf_printf(out, err, "%s%s%s:%s:%u", commit, *commit ? ":" : "", f->path ? f->path : "", rule_id, f->line);
}

bool mf_finding_rule_is(const struct mf_finding *f, struct mf_str name)
{
	if (f->rule_id && mf_str_is(name, f->rule_id))
		return true;
	for (size_t i = 0; f->rule && i < f->rule->n_aliases; i++)
		if (mf_str_is(name, f->rule->aliases[i]))
			return true;
	return false;
}

struct mf_str mf_finding_credential(const struct mf_finding *f)
{
	return f->secret_n ? (struct mf_str){ f->secret, f->secret_n } : (struct mf_str){ f->match, f->match_n };
}
