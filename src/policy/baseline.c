/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings a baseline knows. */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include "covers.h"

/* A path or secret that is no UTF-8 has U+FFFD in a report, for each byte that does not fit. */
static int as_in_json(struct mf_buf *out, struct mf_str s, struct mf_err *err)
{
	uint32_t cp;

	out->n = 0;
	for (size_t i = 0, n; i < s.n; i += n) {
		n = mf_utf8_decode(&cp, s.p + i, s.n - i);
		if (n ? mf_buf_add(out, s.p + i, n, err) : mf_buf_puts(out, "\xef\xbf\xbd", err))
			return -1;
		n += !n;
	}
	return 0;
}

/* The key of a place: "rule", NUL, "path", NUL, line. */
static int place_key(struct mf_buf *out, struct mf_str rule, struct mf_str path, unsigned line, struct mf_err *err)
{
	out->n = 0;
	return mf_buf_add(out, rule.p, rule.n, err) || mf_buf_putc(out, '\0', err) || mf_buf_add(out, path.p, path.n, err) ||
	       mf_buf_printf(out, err, "%c%u", '\0', line) ? -1 : 0;
}

static int add_text(uint32_t *id, struct mf_baseline *b, struct mf_str s, struct mf_err *err)
{
	*id = MF_NONE;
	return s.n ? mf_intern_add(id, &b->texts, s, err) : 0;
}

static int add_entry(struct mf_baseline *b, struct mf_baseline_entry e, struct mf_str key, struct mf_err *err)
{
	const size_t before = b->places.n;
	uint32_t place;

	if (mf_room(&b->heads, before, &b->heads_cap, sizeof(*b->heads), err) || mf_room(&b->v, b->n, &b->cap, sizeof(*b->v), err) ||
	    mf_intern_add(&place, &b->places, key, err))
		return -1;
	e.next = place == before ? MF_NONE : b->heads[place];
	b->heads[place] = (uint32_t)b->n;
	b->v[b->n++] = e;
	return 0;
}

int mf_baseline_add(struct mf_baseline *b, const struct mf_baseline_item *item, struct mf_err *err)
{
	struct mf_baseline_entry e = { .redacted = item->redacted };
	struct mf_buf key = MF_BUF(SIZE_MAX / 4);
	int r = 0;

	if (add_text(&e.commit, b, item->commit, err) || add_text(&e.secret, b, item->secret, err) || add_text(&e.id, b, item->id, err))
		return -1;
	for (size_t i = 0; i < item->n_paths && r == 0; i++)
		r = place_key(&key, item->rule, item->paths[i], item->line, err) ||
		    add_entry(b, e, (struct mf_str){ key.p, key.n }, err) ? -1 : 0;
	mf_buf_free(&key);
	b->redacted += r == 0 && item->redacted && !item->id.n;
	return r;
}

int mf_baseline_read(struct mf_baseline **out, const char *name, struct mf_str text, struct mf_err *err)
{
	struct mf_baseline *b = mf_calloc(1, sizeof(*b));

	if (!b || !(b->name = mf_strdup(name))) {
		free(b);
		return mf_fail_nomem(err);
	}
	if (mf_baseline_parse(b, text, err)) {
		mf_baseline_free(b);
		return -1;
	}
	*out = b;
	return 0;
}

void mf_baseline_free(struct mf_baseline *b)
{
	if (!b)
		return;
	mf_intern_free(&b->texts);
	mf_intern_free(&b->places);
	free(b->heads);
	free(b->v);
	free(b->name);
	free(b);
}

size_t mf_baseline_redacted(const struct mf_baseline *b)
{
	return b->redacted;
}

const char *mf_baseline_name(const struct mf_baseline *b)
{
	return b->name;
}

/* The finding, spelled as the baseline's texts are. */
struct look {
	const struct mf_baseline *b;
	const struct mf_finding *f;
	const struct mf_hide *hide;
	const char *const *ids;
	size_t n_ids;
	struct mf_buf path, key, secret, shown;
	bool need_id;
};

static bool begins(struct mf_str s, struct mf_str with)
{
	return with.n <= s.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

/* What gitleaks shows: nothing, or the beginning and "...". */
static bool shows(struct mf_str theirs, struct mf_str secret)
{
	if (!theirs.n || mf_str_is(theirs, "REDACTED"))
		return true;
	if (theirs.n >= 3 && memcmp(theirs.p + theirs.n - 3, "...", 3) == 0)
		return begins(secret, (struct mf_str){ theirs.p, theirs.n - 3 });
	return false;
}

static bool same_secret(struct look *k, const struct mf_baseline_entry *e)
{
	const struct mf_str theirs = mf_intern_get(&k->b->texts, e->secret), id = mf_intern_get(&k->b->texts, e->id);
	const struct mf_str secret = { k->secret.p, k->secret.n }, shown = { k->shown.p, k->shown.n };
	const bool alike = mf_str_eq(theirs, secret) || (e->redacted && (mf_str_eq(theirs, shown) || shows(theirs, secret)));

	if (!id.n || (!k->n_ids && k->f->redacted))
		return alike;
	for (size_t i = 0; i < k->n_ids; i++)
		if (mf_str_is(id, k->ids[i]))
			return true;
	k->need_id |= alike;
	return false;
}

/* Whether any entry is of this path; `commit` NULL: of any commit. */
static int find(bool *yes, struct look *k, const char *path, const char *commit, unsigned line, struct mf_err *err)
{
	const struct mf_baseline *b = k->b;

	*yes = false;
	if (as_in_json(&k->path, mf_str(path), err))
		return -1;
	for (size_t i = 0; !*yes && mf_finding_rule_name(k->f, i); i++) {
		uint32_t place;

		if (place_key(&k->key, mf_str(mf_finding_rule_name(k->f, i)), (struct mf_str){ k->path.p, k->path.n }, line, err))
			return -1;
		place = mf_intern_find(&b->places, (struct mf_str){ k->key.p, k->key.n });
		for (uint32_t e = place == MF_NONE ? MF_NONE : b->heads[place]; e != MF_NONE && !*yes; e = b->v[e].next)
			*yes = (!commit || mf_str_is(mf_intern_get(&b->texts, b->v[e].commit), commit)) && same_secret(k, &b->v[e]);
	}
	return 0;
}

static int find_shown(bool *yes, struct look *k, const char *path, const char *commit, unsigned line, struct mf_err *err)
{
	char *shown = NULL;
	int r = find(yes, k, path, commit, line, err);

	if (r == 0 && !*yes && k->hide)
		r = mf_hide_name(&shown, k->hide, path, err);
	if (r == 0 && shown)
		r = find(yes, k, shown, commit, line, err);
	free(shown);
	return r;
}

int mf_baseline_covers(bool *yes, bool *need_id, const struct mf_baseline *b, const struct mf_finding *f, const struct mf_hide *hide, const char *const *ids,
		       size_t n_ids, struct mf_err *err)
{
	struct look k = { .b = b, .f = f, .hide = hide, .ids = ids, .n_ids = n_ids, .path = MF_BUF(SIZE_MAX / 4), .key = MF_BUF(SIZE_MAX / 4),
			  .secret = MF_BUF(SIZE_MAX / 4), .shown = MF_BUF(SIZE_MAX / 4) };
	int r;

	r = as_in_json(&k.secret, (struct mf_str){ f->secret, f->secret_n }, err) || mf_redact(&k.shown, (struct mf_str){ f->secret, f->secret_n }, err) ||
	    find_shown(yes, &k, f->path ? f->path : "", mf_finding_origin(f), f->line, err) ? -1 : 0;
	for (size_t i = 0; i < f->n_again && r == 0 && !*yes; i++)
		r = find_shown(yes, &k, f->again[i].path ? f->again[i].path : f->path, f->again[i].commit, f->again[i].line, err);
	for (size_t i = 0; i < f->n_more_paths && r == 0 && (*yes || k.need_id); i++) {
		bool other;

		r = find_shown(&other, &k, f->more_paths[i], NULL, f->line, err);
		*yes = r == 0 && *yes && other;
	}
	*need_id = r == 0 && !*yes && k.need_id;
	mf_buf_free(&k.path);
	mf_buf_free(&k.key);
	mf_buf_free(&k.secret);
	mf_buf_free(&k.shown);
	return r;
}
