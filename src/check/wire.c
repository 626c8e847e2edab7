/* SPDX-License-Identifier: Apache-2.0 */
/* The list between processes. The reader trusts nothing: the writer has read hostile bytes. */
#include "check_priv.h"

#include <inttypes.h>
#include <stdlib.h>

#include <mayfly/json.h>

enum { ITEMS_IN_TEXT = MF_CHECK_ITEMS_MAX + 1 };

/* -- writing ---------------------------------------------------------------------------------------- */

static int member(struct mf_buf *out, const char *key, const char *text, struct mf_err *err)
{
	if (!text || !*text)
		return 0;
	return mf_buf_printf(out, err, ",\"%s\":", key) || mf_json_quote(out, mf_str(text), err) ? -1 : 0;
}

static int number(struct mf_buf *out, const char *key, int64_t n, struct mf_err *err)
{
	return n ? mf_buf_printf(out, err, ",\"%s\":%" PRId64, key, n) : 0;
}

static int write_life(struct mf_buf *out, const struct mf_life *l, struct mf_err *err)
{
	if (!l->kind)
		return 0;
	return mf_buf_printf(out, err, ",\"life\":{\"class\":%d", (int)l->class) || number(out, "known", l->known, err) ||
		number(out, "flags", l->flags, err) || number(out, "issued", l->issued, err) || number(out, "expires", l->expires, err) ||
		number(out, "lifetime", l->lifetime, err) || number(out, "remaining", l->remaining, err) || member(out, "account", l->account, err) ||
		member(out, "subject", l->subject, err) || member(out, "note", l->note, err) || mf_buf_putc(out, '}', err) ? -1 : 0;
}

static int write_item(struct mf_buf *out, const struct mf_check_item *i, struct mf_err *err)
{
	return mf_buf_printf(out, err, "{\"from\":%d", (int)i->from) || member(out, "rule", i->rule, err) || member(out, "title", i->title, err) ||
		member(out, "name", i->name, err) || member(out, "path", i->path, err) || number(out, "line", i->line, err) ||
		number(out, "col", i->col, err) || number(out, "end_line", i->end_line, err) || number(out, "end_col", i->end_col, err) ||
		write_life(out, &i->life, err) || member(out, "shown", i->shown, err) || member(out, "fingerprint", i->fingerprint, err) ||
		member(out, "why", i->why, err) || member(out, "fix", i->fix, err) || member(out, "yaml", i->yaml, err) ||
		mf_buf_putc(out, '}', err) ? -1 : 0;
}

static int write_note(struct mf_buf *out, const struct mf_check_note *n, struct mf_err *err)
{
	return mf_buf_printf(out, err, "{\"incomplete\":%s", n->incomplete ? "true" : "false") || member(out, "what", n->what, err) ||
		member(out, "why", n->why, err) || member(out, "hint", n->hint, err) || mf_buf_putc(out, '}', err) ? -1 : 0;
}

int mf_check_write(struct mf_buf *out, const struct mf_check_list *l, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "{\"variables\":%zu,\"files\":%zu,\"full\":%s,\"items\":[", l->variables, l->files, l->full ? "true" : "false"))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if ((i && mf_buf_putc(out, ',', err)) || write_item(out, &l->v[i], err))
			return -1;
	if (mf_buf_puts(out, "],\"notes\":[", err))
		return -1;
	for (size_t i = 0; i < l->n_notes; i++)
		if ((i && mf_buf_putc(out, ',', err)) || write_note(out, &l->notes[i], err))
			return -1;
	return mf_buf_puts(out, "]}", err);
}

/* -- reading ---------------------------------------------------------------------------------------- */

struct reader {
	const struct mf_json *doc;
	struct mf_err *err;
	bool bad;		/* it is no such text, or memory is out */
};

static int64_t get_number(struct reader *r, const struct mf_jnode *n, const char *key, int64_t min, int64_t max)
{
	int64_t v = 0;

	if (r->bad)
		return min > 0 ? min : 0;
	r->bad = mf_json_opt_int(&v, r->doc, n, key, 0, r->err) || v < min || v > max;
	return r->bad ? (min > 0 ? min : 0) : v;
}

static bool get_bool(struct reader *r, const struct mf_jnode *n, const char *key)
{
	bool v = false;

	if (!r->bad)
		r->bad = mf_json_opt_bool(&v, n, key, false, r->err) != 0;
	return v;
}

static struct mf_str get_str(struct reader *r, const struct mf_jnode *n, const char *key)
{
	struct mf_str s = { 0 };

	if (!r->bad)
		r->bad = mf_json_opt_str(&s, r->doc, n, key, "", r->err) || (s.n && memchr(s.p, 0, s.n));
	return r->bad ? (struct mf_str){ .p = "", .n = 0 } : s;
}

static void get_text(struct reader *r, const struct mf_jnode *n, const char *key, char **field)
{
	struct mf_str s = get_str(r, n, key);

	if (!r->bad && s.n)
		r->bad = mf_check_text(field, r->err, "%.*s", (int)(s.n > 4096 ? 4096 : s.n), s.p) != 0;
}

/* Into a field of a fixed size. */
static void get_fixed(struct reader *r, const struct mf_jnode *n, const char *key, char *field, size_t cap)
{
	char *text = NULL;

	get_text(r, n, key, &text);
	if (text && strlen(text) >= cap)
		r->bad = true;
	else if (text)
		memcpy(field, text, strlen(text) + 1);
	free(text);
}

static void read_life(struct reader *r, const struct mf_jnode *n, struct mf_check_item *item)
{
	struct mf_life *l = &item->life;

	if (!n)
		return;
	if (mf_json_type(n) != MF_J_OBJECT || !item->rule || !item->title) {
		r->bad = true;
		return;
	}
	l->kind = item->rule;
	l->title = item->title;
	l->class = (enum mf_life_class)get_number(r, n, "class", 0, MF_LC_COUNT - 1);
	l->known = (enum mf_life_known)get_number(r, n, "known", 0, MF_LIFE_MEASURED);
	l->flags = (unsigned)get_number(r, n, "flags", 0, 0xffff);
	l->issued = get_number(r, n, "issued", INT64_MIN, INT64_MAX);
	l->expires = get_number(r, n, "expires", INT64_MIN, INT64_MAX);
	l->lifetime = get_number(r, n, "lifetime", -1, MF_LIFE_FOREVER);
	l->remaining = get_number(r, n, "remaining", -1, MF_LIFE_FOREVER);
	get_fixed(r, n, "account", l->account, sizeof(l->account));
	get_fixed(r, n, "subject", l->subject, sizeof(l->subject));
	get_fixed(r, n, "note", l->note, sizeof(l->note));
}

static void read_yaml(struct reader *r, const struct mf_jnode *n, struct mf_check_item *item)
{
	struct mf_str s = get_str(r, n, "yaml");
	char text[16384];

	if (r->bad || s.n == 0)
		return;
	if (s.n >= sizeof(text)) {
		r->bad = true;
		return;
	}
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	r->bad = mf_check_yaml(item, text, r->err) != 0;
}

static void read_item(struct reader *r, struct mf_check_list *l, const struct mf_jnode *n)
{
	struct mf_check_item *item = NULL;

	if (mf_json_type(n) != MF_J_OBJECT || mf_check_list_add(l, &item, r->err)) {
		r->bad = true;
		return;
	}
	item->from = (enum mf_check_from)get_number(r, n, "from", 0, MF_CHECK_FROM_COUNT - 1);
	get_text(r, n, "rule", &item->rule);
	get_text(r, n, "title", &item->title);
	get_text(r, n, "name", &item->name);
	get_text(r, n, "path", &item->path);
	item->line = (unsigned)get_number(r, n, "line", 0, UINT32_MAX);
	item->col = (unsigned)get_number(r, n, "col", 0, UINT32_MAX);
	item->end_line = (unsigned)get_number(r, n, "end_line", 0, UINT32_MAX);
	item->end_col = (unsigned)get_number(r, n, "end_col", 0, UINT32_MAX);
	read_life(r, mf_json_get_z(n, "life"), item);
	get_text(r, n, "shown", &item->shown);
	get_fixed(r, n, "fingerprint", item->fingerprint, sizeof(item->fingerprint));
	get_text(r, n, "why", &item->why);
	get_text(r, n, "fix", &item->fix);
	read_yaml(r, n, item);
	/* a habit has to be one that we know */
	if (!item->rule || !item->title || (!item->life.kind && !mf_check_rule(item->rule)))
		r->bad = true;
}

static void read_note(struct reader *r, struct mf_check_list *l, const struct mf_jnode *n)
{
	struct mf_check_note *note = NULL;

	if (mf_json_type(n) != MF_J_OBJECT || mf_check_list_note(l, &note, r->err)) {
		r->bad = true;
		return;
	}
	note->incomplete = get_bool(r, n, "incomplete");
	get_text(r, n, "what", &note->what);
	get_text(r, n, "why", &note->why);
	get_text(r, n, "hint", &note->hint);
	if (!note->what)
		r->bad = true;
}

static void read_each(struct reader *r, struct mf_check_list *l, const struct mf_jnode *array, size_t max,
		      void (*fn)(struct reader *, struct mf_check_list *, const struct mf_jnode *))
{
	if (!array || mf_json_type(array) != MF_J_ARRAY || mf_json_size(array) > max) {
		r->bad = true;
		return;
	}
	for (const struct mf_jnode *n = mf_json_first(array); n && !r->bad; n = mf_json_next(n))
		fn(r, l, n);
}

int mf_check_read(struct mf_check_list *out, struct mf_str text, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_err why = { 0 };
	struct reader r = { .err = &why };
	struct mf_check_list l = { 0 };
	const struct mf_jnode *root;

	if (mf_json_parse(&doc, text.p, text.n, &why) == 0) {
		r.doc = doc;
		root = mf_json_root(doc);
		l.variables = (size_t)get_number(&r, root, "variables", 0, INT32_MAX);
		l.files = (size_t)get_number(&r, root, "files", 0, INT32_MAX);
		l.full = get_bool(&r, root, "full");
		read_each(&r, &l, mf_json_get_z(root, "items"), ITEMS_IN_TEXT, read_item);
		read_each(&r, &l, mf_json_get_z(root, "notes"), MF_CHECK_NOTES_MAX + 1, read_note);
		if (!r.bad) {
			*out = l;
			return 0;
		}
	}
	mf_check_list_free(&l);
	if (why.id && strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0) {
		*err = why;
		return -1;
	}
	mf_fail(err, MF_E_CHECK_ANSWER, "the part of the check that reads files gave an answer that is none");
	mf_err_note(err, "this says nothing about the job: take it as not checked");
	mf_err_hint(err, "report this with the command that was run");
	return -1;
}
