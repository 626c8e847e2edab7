/* SPDX-License-Identifier: Apache-2.0 */
/* Views of a file's text, and handing one value of it over. */
#include "places_priv.h"

#include <stdio.h>
#include <strings.h>

/* -- views ------------------------------------------------------------------------------------------ */

struct mf_str mf_pl_left(struct mf_str s)
{
	size_t n = 0;

	while (n < s.n && mf_blank(s.p[n]))
		n++;
	return mf_pl_from(s, n);
}

struct mf_str mf_pl_split(struct mf_str s, char c, struct mf_str *rest)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
	size_t n = at ? (size_t)(at - s.p) : s.n;

	*rest = mf_pl_from(s, at ? n + 1 : s.n);
	return mf_pl_head(s, n);
}

bool mf_pl_line(struct mf_str *rest, struct mf_str *line)
{
	if (rest->n == 0)
		return false;
	*line = mf_pl_split(*rest, '\n', rest);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool mf_pl_is_caseless(struct mf_str s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.n ? s.p : "", text, s.n) == 0;
}

size_t mf_pl_find(struct mf_str s, const char *what)
{
	const char *at = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct mf_str mf_pl_unquoted(struct mf_str s)
{
	s = mf_trim(s);
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return (struct mf_str){ .p = s.p + 1, .n = s.n - 2 };
	return s;
}

void mf_pl_z(char *out, size_t cap, struct mf_str s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* -- places ----------------------------------------------------------------------------------------- */

/* Columns count bytes, as those of the parsers do. Values come in the order of the text, as a rule: a search begins where the one before it ended. */
void mf_pl_where(struct mf_pl *p, const char *at, unsigned *line, unsigned *col)
{
	const char *begin = p->last.begin, *end;

	*line = *col = 0;
	if (!at || !p->text.p || at < p->text.p || at > p->text.p + p->text.n)
		return;
	*line = p->last.line;
	if (!begin || at < begin) {
		begin = p->text.p;
		*line = 1;
	}
	while ((end = memchr(begin, '\n', (size_t)(at - begin)))) {
		begin = end + 1;
		++*line;
	}
	p->last.begin = begin;
	p->last.line = *line;
	*col = (unsigned)(at - begin) + 1;
}

/* A parser's place of a text in quotes is that of the quote. */
static void behind_quote(struct mf_pl *p, struct mf_check_item *item)
{
	const char *begin = p->text.p, *end = p->text.p + p->text.n;

	for (unsigned line = 1; line < item->line && begin; line++) {
		begin = memchr(begin, '\n', (size_t)(end - begin));
		begin = begin ? begin + 1 : NULL;
	}
	if (begin && (size_t)(end - begin) >= item->col && (begin[item->col - 1] == '"' || begin[item->col - 1] == '\''))
		item->col++;
}

void mf_pl_name(char out[static MF_PL_NAME], struct mf_str before, char between, struct mf_str behind)
{
	size_t room = MF_PL_NAME - 1, n;

	/* the field is kept, of what stands before it the head */
	behind = mf_pl_head(behind, room / 2);
	before = mf_pl_head(before, room - behind.n - 1);
	n = before.n;
	if (n)
		memcpy(out, before.p, n);
	if (n && behind.n)
		out[n++] = between;
	if (behind.n)
		memcpy(out + n, behind.p, behind.n);
	out[n + behind.n] = '\0';
}

/* -- telling ---------------------------------------------------------------------------------------- */

static bool of_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

bool mf_pl_reference(struct mf_str v)
{
	size_t n = 1;

	v = mf_pl_unquoted(v);
	if (mf_str_begins(v, "{{") || mf_str_begins(v, "$(") || (mf_str_begins(v, "${") && v.p[v.n - 1] == '}'))
		return true;
	if (v.n < 2 || (v.p[0] != '$' && v.p[0] != '%'))
		return false;
	while (n < v.n && of_name(v.p[n]))
		n++;
	/* a password may begin with a dollar: names of variables have no small letters, as a rule */
	if (v.p[0] == '$') {
		for (size_t i = 1; i < v.n; i++)
			if (v.p[i] >= 'a' && v.p[i] <= 'z')
				return false;
		return n == v.n;
	}
	return n == v.n - 1 && v.p[n] == '%';
}

/* Of a value that stands in the text as it is. */
static void span(struct mf_pl *p, struct mf_check_item *item, struct mf_str value)
{
	mf_pl_where(p, value.p, &item->line, &item->col);
	if (!item->line || value.n == 0 || value.n > 65536 || memchr(value.p, '\n', value.n))
		return;
	item->end_line = item->line;
	item->end_col = item->col + (unsigned)value.n;
}

int mf_pl_spend(struct mf_pl *p, size_t n)
{
	size_t limit = 8 * p->text.n + 65536;
	bool over = p->spent > limit;

	if (!p->text.p)
		return 1;
	if (!over)
		p->spent += n;
	if (p->spent <= limit)
		return 1;
	return over ? 0 : mf_check_note(p->c, true, "its aliases make it larger than it is", NULL, p->err, "%s was not looked at in full", p->path);
}

/* The place is looked for when there is something to tell: most values are nothing. */
int mf_pl_tell(struct mf_pl *p, const struct mf_pl_value *v, struct mf_check_item **item)
{
	struct mf_check_place at = { .from = p->from, .name = v->name, .path = p->path, .line = v->line, .col = v->col,
		.host = v->host };
	const struct mf_life_hint hint = { .name = v->field, .class_name = v->class_name, .issued = v->issued, .expires = v->expires,
		.person = p->c->person };
	struct mf_check_item *added = NULL;
	int rc;

	if (item)
		*item = NULL;
	if (mf_pl_reference(v->value))
		return 0;
	rc = mf_pl_spend(p, v->value.n);
	if (rc <= 0)
		return rc;
	if (mf_check_value(p->c, &at, v->value, &hint, &added, p->err))
		return -1;
	if (added && !v->line)
		span(p, added, v->value);
	else if (added && v->col && p->text.n)
		behind_quote(p, added);
	if (item)
		*item = added;
	return 0;
}

int mf_pl_any(struct mf_pl *p)
{
	const struct mf_pl_value v = { .value = p->text, .line = 1, .col = 1 };

	return mf_pl_tell(p, &v, NULL);
}

/* The parsers of YAML and TOML name what they trip over, and a password may begin as an alias does: only the place is kept of what they say. */
static bool only_place(char *out, size_t cap, const struct mf_pl *p)
{
	size_t n = strlen(p->path);
	unsigned line, col;

	if (sscanf(p->err->what, "JSON cannot be parsed at line %u, column %u", &line, &col) != 2 &&
	    (strncmp(p->err->why, p->path, n) != 0 || sscanf(p->err->why + n, ":%u:%u:", &line, &col) != 2))
		return false;
	snprintf(out, cap, "the parser stops at line %u, column %u", line, col);
	return true;
}

int mf_pl_broken(struct mf_pl *p, const char *form)
{
	char why[80];
	bool placed = only_place(why, sizeof(why), p);

	if (p->err->id == mf_error_id(MF_E_BASE_NOMEM))
		return -1;
	if (mf_check_note(p->c, true, placed ? why : NULL, NULL, p->err, "%s is no %s that can be read: only what has a form of its own was looked for",
			  p->path, form))
		return -1;
	return mf_pl_any(p);
}
