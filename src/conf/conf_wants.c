/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets to fetch: the list, and NAME=REF as arguments and in lines. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "conf_priv.h"

enum { WANTS_MAX = 2000 };

void mf_want_free(struct mf_want *w)
{
	if (!w)
		return;
	free(w->name);
	free(w->prefix);
	free(w->output);
	mf_ref_free(&w->ref);
	memset(w, 0, sizeof(*w));
}

static void wanted_free(struct mf_wanted *w)
{
	mf_want_free(&w->want);
	free(w->label);
	memset(w, 0, sizeof(*w));
}

void mf_conf_clear_wants(struct mf_conf *c)
{
	for (size_t i = 0; i < c->n_wants; i++)
		wanted_free(&c->wants[i]);
	free(c->wants);
	c->wants = NULL;
	c->n_wants = c->room = 0;
}

size_t mf_conf_wants(const struct mf_conf *c)
{
	return c->n_wants;
}

const struct mf_want *mf_conf_want(const struct mf_conf *c, size_t i)
{
	return i < c->n_wants ? &c->wants[i].want : NULL;
}

bool mf_conf_want_env(const struct mf_conf *c, const struct mf_want *w)
{
	return !w->no_env && (w->as == MF_AS_FILE || mf_conf_bool(c, MF_K_EXPORT_ENV));
}

static int grow(struct mf_conf *c, struct mf_err *err)
{
	struct mf_wanted *p;
	size_t room = c->room ? c->room * 2 : 8;

	if (c->n_wants >= WANTS_MAX) {
		mf_fail(err, MF_E_CONF_WANT, "more than %d secrets are asked for", WANTS_MAX);
		return -1;
	}
	if (c->n_wants < c->room)
		return 0;
	p = mf_regrow(c->wants, room, sizeof(*p));
	if (!p)
		return mf_fail_nomem(err);
	c->wants = p;
	c->room = room;
	return 0;
}

static struct mf_wanted *find(struct mf_conf *c, const char *label)
{
	for (size_t i = 0; label && i < c->n_wants; i++) {
		if (c->wants[i].label && strcmp(c->wants[i].label, label) == 0)
			return &c->wants[i];
	}
	return NULL;
}

static int put(struct mf_conf *c, struct mf_wanted *new, bool repeats, struct mf_err *err)
{
	struct mf_wanted *old = find(c, new->label);

	if (old && old->rank > new->rank) {
		wanted_free(new);
		return 0;
	}
	if (old && old->rank == new->rank && !repeats) {
		mf_fail(err, MF_E_CONF_WANT, "%s: '%s' is asked for a second time", new->want.origin, new->label);
		mf_err_why(err, "the first is %s", old->want.origin);
		return -1;
	}
	if (old && old->rank < new->rank) {
		wanted_free(old);
		*old = *new;
		return 0;
	}
	if (grow(c, err))
		return -1;
	c->wants[c->n_wants++] = *new;
	return 0;
}

int mf_conf_want_put(struct mf_conf *c, struct mf_want *want, enum mf_rank rank, struct mf_str label, bool repeats, struct mf_err *err)
{
	struct mf_wanted new = { .want = *want, .rank = rank };

	memset(want, 0, sizeof(*want));
	if (label.p) {
		new.label = mf_strndup(label.p, label.n);
		if (!new.label) {
			wanted_free(&new);
			return mf_fail_nomem(err);
		}
	}
	if (put(c, &new, repeats, err)) {
		wanted_free(&new);
		return -1;
	}
	return 0;
}

int mf_conf_add_want(struct mf_conf *c, struct mf_want *want, struct mf_err *err)
{
	struct mf_str label = mf_str(want->name);
	char copy[256];

	/* the name goes with the want, which may be gone by the time the label is copied */
	if (label.n >= sizeof(copy))
		label = (struct mf_str){ 0 };
	if (label.p) {
		memcpy(copy, label.p, label.n);
		label.p = copy;
	}
	return mf_conf_want_put(c, want, MF_RANK_ENV, label, true, err);
}

static struct mf_str trim(struct mf_str s)
{
	while (s.n && strchr(" \t\r", s.p[0]))
		s.p++, s.n--;
	while (s.n && strchr(" \t\r", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Name and reference of NAME=REF; the name's '*' (every field, with a prefix) is cut off and told. */
struct pair {
	struct mf_str label, name, ref;
	bool fields;
};

static bool split_pair(struct pair *out, struct mf_str s, const char *seps)
{
	size_t at = 0;

	while (at < s.n && !strchr(seps, s.p[at]))
		at++;
	if (at == s.n)
		return false;
	out->label = out->name = trim((struct mf_str){ s.p, at });
	out->ref = trim((struct mf_str){ s.p + at + 1, s.n - at - 1 });
	out->fields = out->name.n && out->name.p[out->name.n - 1] == '*';
	if (out->fields)
		out->name.n--;
	return mf_env_name_valid(out->name) || (out->fields && out->name.n == 0);
}

/* Whatever was written could be a secret (a forgotten "NAME=", a value in a reference's place): it is not quoted. */
static int no_pair(const char *origin, struct mf_err *err)
{
	mf_fail(err, MF_E_CONF_WANT, "%s is not of the form NAME=REF", origin);
	mf_err_hint(err, "write NAME=vault://MOUNT/PATH#FIELD");
	return -1;
}

static int add(struct mf_conf *c, const struct pair *p, enum mf_rank rank, const char *origin, struct mf_err *err)
{
	struct mf_want want = { 0 };
	char *name;

	if (mf_ref_parse(&want.ref, p->ref, err)) {
		mf_err_wrap(err, "%s, '%.*s'", origin, (int)p->label.n, p->label.p);
		return -1;
	}
	snprintf(want.origin, sizeof(want.origin), "%.159s", origin);
	name = mf_strndup(p->name.p, p->name.n);
	if (!name) {
		mf_want_free(&want);
		return mf_fail_nomem(err);
	}
	if (!p->fields) {
		want.name = name;
		return mf_conf_want_put(c, &want, rank, p->label, false, err);
	}
	want.prefix = name;
	if (mf_ref_local(&want.ref) || want.ref.select != MF_SEL_ALL) {
		mf_want_free(&want);
		mf_fail(err, MF_E_CONF_WANT, "%s: a name with '*' needs a reference to a whole secret", origin);
		mf_err_hint(err, "leave out '#FIELD', or the '*'");
		return -1;
	}
	return mf_conf_want_put(c, &want, rank, p->label, false, err);
}

int mf_conf_add_pair(struct mf_conf *c, const char *pair, size_t index, struct mf_err *err)
{
	struct pair p;
	char origin[48];

	snprintf(origin, sizeof(origin), "argument %zu", index);
	if (!split_pair(&p, mf_str(pair), "="))
		return no_pair(origin, err);
	return add(c, &p, MF_RANK_FLAG, origin, err);
}

/* The next line without its end, blanks trimmed; false at the end of the text. */
static bool next_line(struct mf_str *line, struct mf_str *text)
{
	const char *end;

	if (text->n == 0)
		return false;
	end = memchr(text->p, '\n', text->n);
	line->p = text->p;
	line->n = end ? (size_t)(end - text->p) : text->n;
	text->p += line->n + (end != NULL);
	text->n -= line->n + (end != NULL);
	*line = trim(*line);
	return true;
}

static bool skipped(struct mf_str line)
{
	return line.n == 0 || line.p[0] == '#';
}

static bool split_line(struct pair *p, struct mf_str line)
{
	return split_pair(p, line, "=:") && memmem(p->ref.p, p->ref.n, "://", 3);
}

/* Pairs when the first line that says something is one: "secret/data/ci key | NAME" never is. */
static bool are_pairs(struct mf_str text)
{
	struct mf_str line;
	struct pair p;

	while (next_line(&line, &text)) {
		if (!skipped(line))
			return split_line(&p, line);
	}
	return true;
}

int mf_conf_add_lines(struct mf_conf *c, struct mf_str text, const char *origin, struct mf_err *err)
{
	const struct mf_vault_action_rules rules = { .export_env = mf_conf_bool(c, MF_K_EXPORT_ENV) };
	struct mf_str line;
	struct pair p;
	char at[128];

	if (!are_pairs(text))
		return mf_conf_add_vault_action(c, text, &rules, err);
	for (size_t i = 1; next_line(&line, &text); i++) {
		if (skipped(line))
			continue;
		snprintf(at, sizeof(at), "%.90s line %zu", origin, i);
		if (!split_line(&p, line))
			return no_pair(at, err);
		if (add(c, &p, MF_RANK_ENV, at, err))
			return -1;
	}
	return 0;
}
