/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as aligned text or as JSON. */
#include <inttypes.h>

#include <mayfly/alloc.h>
#include <mayfly/json.h>
#include <mayfly/text.h>

#include "facts.h"

#define LABEL "%-10s "
#define NAME "%-*s "

void mf_facts_init(struct mf_facts *f, bool json, size_t max)
{
	*f = (struct mf_facts){ .text = MF_BUF(max), .said = MF_BUF(max), .json = json, .first = true };
}

void mf_facts_free(struct mf_facts *f)
{
	mf_buf_free(&f->text);
	mf_buf_free(&f->said);
}

/* Outside text must not steer a terminal or start a workflow command of its own. */
static int add_clean(struct mf_facts *f, const char *value, struct mf_err *err)
{
	char *copy = mf_strdup(value);
	int rc;

	if (!copy)
		return mf_fail_nomem(err);
	mf_text_clean(copy, false);
	mf_text_tame(copy);
	rc = mf_buf_puts(&f->text, copy, err);
	mf_freep(&copy);
	return rc;
}

static int comma(struct mf_facts *f, bool *first, struct mf_err *err)
{
	bool was = *first;

	*first = false;
	return was ? 0 : mf_buf_puts(&f->text, ",", err);
}

int mf_facts_say(struct mf_facts *f, const char *sentence, struct mf_err *err)
{
	if (!f->json)
		return add_clean(f, sentence, err) || mf_buf_putc(&f->text, '\n', err) ? -1 : 0;
	if (f->notes++ && mf_buf_putc(&f->said, ',', err))
		return -1;
	return mf_json_quote(&f->said, mf_str(sentence), err);
}

int mf_facts_open(struct mf_facts *f, const char *name, struct mf_err *err)
{
	f->group = name ? name : "";
	if (!f->json) {
		f->first_in_group = true;
		f->column = 0;
		return 0;
	}
	if (comma(f, name ? &f->first : &f->first_in_group, err) ||
	    (name && (mf_json_quote(&f->text, mf_str(name), err) || mf_buf_putc(&f->text, ':', err))))
		return -1;
	f->first_in_group = true;
	return mf_buf_putc(&f->text, '{', err);
}

int mf_facts_list(struct mf_facts *f, const char *name, struct mf_err *err)
{
	f->list = true;
	f->first_in_group = true;
	if (!f->json)
		return mf_buf_printf(&f->text, err, "%s\n", name);
	return comma(f, &f->first, err) || mf_json_quote(&f->text, mf_str(name), err) || mf_buf_puts(&f->text, ":[", err) ? -1 : 0;
}

/* In a list: a line an entry, its facts beside each other. Else a line a fact, the group's name before the first. */
static int add_text(struct mf_facts *f, const char *name, const char *value, struct mf_err *err)
{
	static const int widths[] = { 24, 48, 10 };

	if (f->list) {
		int pad = f->column < MF_COUNT(widths) ? widths[f->column] - (int)strlen(value) : 0;

		if (mf_buf_puts(&f->text, f->column ? "  " : "  ", err) || add_clean(f, value, err) ||
		    (pad > 0 && mf_buf_printf(&f->text, err, "%*s", pad, "")))
			return -1;
		f->column++;
		return 0;
	}
	if (mf_buf_printf(&f->text, err, LABEL NAME, f->first_in_group ? f->group : "", f->width ? (int)f->width : 10, name) ||
	    add_clean(f, value, err) || mf_buf_putc(&f->text, '\n', err))
		return -1;
	f->first_in_group = false;
	return 0;
}

static int add_name(struct mf_facts *f, const char *name, struct mf_err *err)
{
	return comma(f, &f->first_in_group, err) || mf_json_quote(&f->text, mf_str(name), err) ||
		mf_buf_putc(&f->text, ':', err) ? -1 : 0;
}

int mf_facts_add(struct mf_facts *f, const char *name, const char *value, struct mf_err *err)
{
	if (!value || !*value)
		return 0;
	if (!f->json)
		return add_text(f, name, value, err);
	return add_name(f, name, err) || mf_json_quote(&f->text, mf_str(value), err) ? -1 : 0;
}

int mf_facts_int(struct mf_facts *f, const char *name, int64_t value, struct mf_err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	if (!f->json)
		return add_text(f, name, text, err);
	return add_name(f, name, err) || mf_buf_puts(&f->text, text, err) ? -1 : 0;
}

static void trim_right(struct mf_buf *b)
{
	while (b->n && b->p[b->n - 1] == ' ')
		b->p[--b->n] = '\0';
}

/* `group` is set while an entry or a group is open; after that a list can still be. */
int mf_facts_close(struct mf_facts *f, struct mf_err *err)
{
	bool entry = f->group != NULL;

	f->group = NULL;
	if (entry) {
		if (f->json) {
			f->first_in_group = false;
			return mf_buf_putc(&f->text, '}', err);
		}
		trim_right(&f->text);
		return f->list ? mf_buf_putc(&f->text, '\n', err) : 0;
	}
	f->list = false;
	return f->json ? mf_buf_putc(&f->text, ']', err) : 0;
}

int mf_facts_write(struct mf_facts *f, FILE *to, struct mf_err *err)
{
	(void)err;	/* the stream's errors are looked at once, at the end of the process */
	if (!f->json) {
		fputs(mf_buf_text(&f->text), to);
		return 0;
	}
	fprintf(to, "{\"mayfly\":\"%s\"", MF_VERSION);
	if (f->notes)
		fprintf(to, ",\"notes\":[%s]", mf_buf_text(&f->said));
	fprintf(to, "%s%s}\n", f->first ? "" : ",", mf_buf_text(&f->text));
	return 0;
}
