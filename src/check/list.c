/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is told: items, notes, and their texts. */
#include "check_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/text.h>

enum { TEXT_MAX = 4096, YAML_MAX = 16384, NOTE_MAX = 512 };

void mf_check_item_free(struct mf_check_item *item)
{
	free(item->rule);
	free(item->title);
	free(item->name);
	free(item->path);
	free(item->shown);
	free(item->why);
	free(item->fix);
	free(item->yaml);
	free(item->excused);
}

void mf_check_list_free(struct mf_check_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		mf_check_item_free(&l->v[i]);
	for (size_t i = 0; i < l->n_notes; i++) {
		free(l->notes[i].what);
		free(l->notes[i].why);
		free(l->notes[i].hint);
	}
	free(l->v);
	free(l->notes);
	*l = (struct mf_check_list){ 0 };
}

bool mf_check_stored(const struct mf_check_item *item)
{
	const struct mf_life *life = &item->life;

	return item->from == MF_CHECK_FETCHED && item->path && life->kind && !(life->flags & MF_LIFE_JOB_BOUND) &&
	       ((life->flags & MF_LIFE_STATIC) || life->lifetime < 0);
}

int mf_check_list_join(struct mf_check_list *to, struct mf_check_list *from, struct mf_err *err)
{
	if (mf_grow(&to->v, &to->cap, to->n + from->n, sizeof(*to->v), err) ||
	    mf_grow(&to->notes, &to->cap_notes, to->n_notes + from->n_notes, sizeof(*to->notes), err))
		return -1;
	if (from->n)
		memcpy(to->v + to->n, from->v, from->n * sizeof(*from->v));
	if (from->n_notes)
		memcpy(to->notes + to->n_notes, from->notes, from->n_notes * sizeof(*from->notes));
	to->n += from->n;
	to->n_notes += from->n_notes;
	to->variables += from->variables;
	to->files += from->files;
	to->full = to->full || from->full;
	free(from->v);
	free(from->notes);
	*from = (struct mf_check_list){ 0 };
	return 0;
}

void mf_check_list_filter(struct mf_check_list *l, bool (*keep)(const struct mf_check_item *item, const void *ctx), const void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct mf_check_item *item = &l->v[i];

		if (keep(item, ctx))
			l->v[kept++] = *item;
		else
			mf_check_item_free(item);
	}
	l->n = kept;
}

/* -- texts ------------------------------------------------------------------------------------------ */

static int keep(char **field, const char *text, struct mf_err *err)
{
	char *copy = mf_strdup(text);

	if (!copy)
		return mf_fail_nomem(err);
	free(*field);
	*field = copy;
	return 0;
}

int mf_check_text(char **field, struct mf_err *err, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(text, sizeof(text), false, fmt, ap);
	va_end(ap);
	return keep(field, text, err);
}

static void format_lines(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(out, cap, true, fmt, ap);
	va_end(ap);
}

int mf_check_yaml(struct mf_check_item *item, const char *text, struct mf_err *err)
{
	char out[YAML_MAX];

	format_lines(out, sizeof(out), "%s", text);
	return keep(&item->yaml, out, err);
}

/* -- items ------------------------------------------------------------------------------------------ */

/* Past the limit one note says so, and nothing more is kept: a list that long is read by nobody. */
static int too_many(struct mf_check *c, struct mf_err *err)
{
	if (c->list.full)
		return 0;
	c->list.full = true;
	return mf_check_note(c, true, NULL, NULL, err, "more than %d credentials and habits: the others are not listed", MF_CHECK_ITEMS_MAX);
}

int mf_check_list_add(struct mf_check_list *l, struct mf_check_item **item, struct mf_err *err)
{
	if (mf_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err))
		return -1;
	*item = &l->v[l->n++];
	**item = (struct mf_check_item){ .max = MF_LIFE_FOREVER };
	return 0;
}

int mf_check_item_add(struct mf_check *c, const struct mf_check_place *at, const char *rule, const char *title, struct mf_check_item **item, struct mf_err *err)
{
	struct mf_check_item *added;

	*item = NULL;
	if (c->list.n >= MF_CHECK_ITEMS_MAX)
		return too_many(c, err);
	if (mf_check_list_add(&c->list, &added, err))
		return -1;
	added->from = at->from;
	added->line = at->line;
	added->col = at->col;
	added->end_line = at->end_line;
	added->end_col = at->end_col;
	if (mf_check_text(&added->rule, err, "%s", rule) || mf_check_text(&added->title, err, "%s", title) ||
	    (at->name && mf_check_text(&added->name, err, "%s", at->name)) || (at->path && mf_check_text(&added->path, err, "%s", at->path)))
		return -1;
	*item = added;
	return 0;
}

int mf_check_habit(struct mf_check *c, const struct mf_check_place *at, const char *rule, struct mf_check_item **item, struct mf_err *err)
{
	const struct mf_check_rule *r = mf_check_rule(rule);
	struct mf_check_item *added;

	if (!r)
		return mf_fail(err, MF_E_BASE_BUG, "check has no rule '%s'", rule);
	if (mf_check_item_add(c, at, r->id, r->title, &added, err))
		return -1;
	if (item)
		*item = added;
	return 0;
}

/* -- notes ------------------------------------------------------------------------------------------ */

int mf_check_list_note(struct mf_check_list *l, struct mf_check_note **note, struct mf_err *err)
{
	if (mf_grow(&l->notes, &l->cap_notes, l->n_notes + 1, sizeof(*l->notes), err))
		return -1;
	*note = &l->notes[l->n_notes++];
	**note = (struct mf_check_note){ 0 };
	return 0;
}

int mf_check_note(struct mf_check *c, bool incomplete, const char *why, const char *hint, struct mf_err *err, const char *fmt, ...)
{
	struct mf_check_list *l = &c->list;
	struct mf_check_note *note;
	char what[NOTE_MAX];
	va_list ap;

	if (l->n_notes >= MF_CHECK_NOTES_MAX) {
		/* what is left out is not called complete */
		l->notes[l->n_notes - 1].incomplete |= incomplete;
		return 0;
	}
	va_start(ap, fmt);
	mf_text_vfmt(what, sizeof(what), false, fmt, ap);
	va_end(ap);
	if (mf_check_list_note(l, &note, err))
		return -1;
	note->incomplete = incomplete;
	return mf_check_text(&note->what, err, "%s", what) || (why && mf_check_text(&note->why, err, "%s", why)) ||
		(hint && mf_check_text(&note->hint, err, "%s", hint)) ? -1 : 0;
}
