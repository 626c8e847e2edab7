/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in what is no content: names of files, people, repositories and branches, and notes. No finding says of them that they are secrets, so
 * the rules are asked; that depends on the name alone, and is the same in one run and in its shards. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/hide.h>
#include <mayfly/text.h>
#include "scan.h"

enum { NAME_LEAST = 8 };

/* -- what they hold ------------------------------------------------------------------------------------------------ */

static bool is_known(const struct mf_named *n, struct mf_str s)
{
	for (size_t i = n->n; i-- > 0 && i + 64 > n->n;)
		if (mf_str_eq(n->v[i], s))
			return true;
	return false;
}

static int add(struct mf_named *n, struct mf_str s, struct mf_err *err)
{
	char *copy;

	if (s.n == 0 || is_known(n, s))
		return 0;
	copy = mf_strndup(s.p, s.n);
	if (!copy)
		return mf_fail_nomem(err);
	if (mf_grow(&n->v, &n->cap, n->n + 1, sizeof(*n->v), err)) {
		free(copy);
		return -1;
	}
	n->v[n->n++] = (struct mf_str){ copy, s.n };
	return 0;
}

/* What was decoded stands there encoded. */
static int add_cand(struct mf_named *n, struct mf_str name, const struct mf_cand *c, struct mf_err *err)
{
	const bool placed = c->at < c->end && c->end <= name.n;

	if (c->encoding && placed && add(n, (struct mf_str){ name.p + c->at, c->end - c->at }, err))
		return -1;
	return add(n, (struct mf_str){ c->secret, c->secret_n }, err);
}

int mf_named_learn(struct mf_child *c, const char *text, struct mf_err *err)
{
	const struct mf_str s = { text, text ? strlen(text) : 0 };
	struct mf_cands cands = { 0 };
	int rc;

	if (s.n < NAME_LEAST)
		return 0;
	/* one of its own, whose counts are not the scan's */
	if (!c->named.scanner && mf_scanner_new(&c->named.scanner, c->detector, err))
		return -1;
	rc = mf_scan(c->named.scanner, s, NULL, &cands, err);
	for (size_t i = 0; i < cands.n && rc == 0; i++)
		rc = add_cand(&c->named, s, &cands.v[i], err);
	mf_cands_free(&cands);
	return rc;
}

void mf_named_free(struct mf_named *n)
{
	for (size_t i = 0; i < n->n; i++)
		mf_wipe_free((char *)n->v[i].p, n->v[i].n);
	free(n->v);
	mf_scanner_free(n->scanner);
	*n = (struct mf_named){ 0 };
}

/* -- of findings ---------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count(const struct mf_findings *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += 3 + list->v[i].n_more_paths;
	return n;
}

static size_t gather(const char **v, const struct mf_findings *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct mf_finding *f = &list->v[i];
		const char *const names[] = { f->path, f->author, f->email };

		for (size_t k = 0; k < MF_COUNT(names); k++)
			if (names[k])
				v[n++] = names[k];
		for (size_t k = 0; k < f->n_more_paths; k++)
			v[n++] = f->more_paths[k];
	}
	return n;
}

/* Many findings have the same author, and many a path: each name is looked at once. */
int mf_named_of_findings(struct mf_child *c, const struct mf_findings *list, struct mf_err *err)
{
	const char **v = list->n ? mf_calloc(count(list), sizeof(*v)) : NULL;
	size_t n;
	int rc = 0;

	if (list->n == 0)
		return 0;
	if (!v)
		return mf_fail_nomem(err);
	n = gather(v, list);
	qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (i == 0 || strcmp(v[i], v[i - 1]) != 0)
			rc = mf_named_learn(c, v[i], err);
	free(v);
	return rc;
}

int mf_named_of_run(struct mf_child *c, struct mf_err *err)
{
	const struct mf_run *r = &c->run;
	const char *const texts[] = { r->target, r->range, r->repository, r->ref, r->server_url, r->category, r->rules_origin };

	for (size_t i = 0; i < MF_COUNT(texts); i++)
		if (mf_named_learn(c, texts[i], err))
			return -1;
	return 0;
}

int mf_named_hide(struct mf_hide **out, const struct mf_child *c, const struct mf_findings *list, struct mf_err *err)
{
	return mf_hide_new(out, list, c->named.v, c->named.n, err);
}

/* -- of notes and errors --------------------------------------------------------------------------------------------- */

/* A message that was cut may end within a secret. */
static int hide_cut(char **out, const struct mf_hide *hide, const char *text, size_t n, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = MF_BUF(1 << 20);

	if (mf_hide_text(&shown, hide, (struct mf_str){ text, n - 3 }, (struct mf_str){ 0 }, err))
		return -1;
	if ((shown.n < 3 || memcmp(shown.p + shown.n - 3, "...", 3) != 0) && mf_buf_puts(&shown, "...", err))
		return -1;
	*out = mf_buf_take(&shown);
	return *out ? 0 : mf_fail_nomem(err);
}

static int hidden(char **out, const struct mf_hide *hide, const char *text, struct mf_err *err)
{
	const size_t n = strlen(text);

	if (n > 3 && strcmp(text + n - 3, "...") == 0)
		return hide_cut(out, hide, text, n, err);
	return mf_hide_name(out, hide, text, err);
}

static int hide_text(char **text, const struct mf_hide *hide, struct mf_err *err)
{
	char *shown = NULL;

	if (!*text)
		return 0;
	if (hidden(&shown, hide, *text, err))
		return -1;
	if (shown) {
		free(*text);
		*text = shown;
	}
	return 0;
}

int mf_named_in_notes(struct mf_child *c, struct mf_err *err)
{
	struct mf_hide *hide = NULL;
	int rc = 0;

	for (size_t i = 0; i < c->notes.n && rc == 0; i++)
		rc = mf_named_learn(c, c->notes.v[i].what, err) || mf_named_learn(c, c->notes.v[i].why, err) ||
		     mf_named_learn(c, c->notes.v[i].hint, err) ? -1 : 0;
	if (rc || c->notes.n == 0)
		return rc;
	rc = mf_named_hide(&hide, c, &c->findings, err);
	for (size_t i = 0; i < c->notes.n && rc == 0; i++)
		rc = hide_text(&c->notes.v[i].what, hide, err) || hide_text(&c->notes.v[i].why, hide, err) || hide_text(&c->notes.v[i].hint, hide, err) ? -1 : 0;
	mf_hide_free(hide);
	return rc;
}

/* Without memory for it nothing of the text is left. */
void mf_named_in_error(struct mf_child *c, struct mf_err *e)
{
	const struct { char *p; size_t size; } texts[] = {
		{ e->what, sizeof(e->what) }, { e->why, sizeof(e->why) }, { e->sent, sizeof(e->sent) }, { e->hint, sizeof(e->hint) },
		{ e->note, sizeof(e->note) },
	};
	struct mf_hide *hide = NULL;
	struct mf_err none = { 0 };
	int rc = c->detector ? 0 : -1;

	if (rc)		/* the rules were not read: none of the repository's names is known */
		return;
	for (size_t i = 0; i < MF_COUNT(texts) && rc == 0; i++)
		rc = mf_named_learn(c, texts[i].p, &none);
	if (rc == 0)
		rc = mf_named_hide(&hide, c, &c->findings, &none);
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		char *shown = NULL;

		rc = rc ? rc : hidden(&shown, hide, texts[i].p, &none);
		if (rc)
			texts[i].p[0] = '\0';
		else if (shown)
			snprintf(texts[i].p, texts[i].size, "%s", shown);
		free(shown);
	}
	mf_hide_free(hide);
}
