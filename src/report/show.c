/* SPDX-License-Identifier: Apache-2.0 */
/* What of a finding's texts is shown. The secret must not be in any of them: not in the line that was cut within a second copy of it,
 * not in its encoded form. */
#include "show.h"

#include <stdlib.h>

enum { TEXT_MAX = 1000, MATCH_MAX = 4000 };

int mf_show_open(struct mf_show *s, const struct mf_findings *list, bool reveal, struct mf_err *err)
{
	struct mf_hide *hide = NULL;

	if (!reveal && mf_hide_new(&hide, list, NULL, 0, err))
		return -1;
	*s = (struct mf_show){ .list = list, .hide = hide };
	s->secret.max = s->match.max = s->text.max = s->free.max = SIZE_MAX / 4;
	return 0;
}

void mf_show_close(struct mf_show *s)
{
	mf_hide_free(s->hide);
	mf_buf_free(&s->secret);
	mf_buf_free(&s->match);
	mf_buf_free(&s->text);
	mf_buf_free(&s->free);
}

static void clear(struct mf_buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

static struct mf_str view(const struct mf_buf *b)
{
	return (struct mf_str){ mf_buf_text(b), b->n };
}

/* At a whole character, so that the cut text ends in "..." and cutting it again changes nothing. */
static int cut(struct mf_buf *b, size_t max, struct mf_err *err)
{
	size_t n = max - 3;

	if (b->n <= max)
		return 0;
	while (n && ((unsigned char)b->p[n] & 0xc0) == 0x80)
		n--;
	b->n = n;
	return mf_buf_puts(b, "...", err);
}

static const char *find(struct mf_str in, struct mf_str what)
{
	if (what.n == 0 || in.n < what.n)
		return NULL;
	for (const char *p = in.p, *end = in.p + in.n - what.n; p <= end; p++) {
		p = memchr(p, what.p[0], (size_t)(end - p) + 1);
		if (!p)
			return NULL;
		if (memcmp(p, what.p, what.n) == 0)
			return p;
	}
	return NULL;
}

static bool encoded(const struct mf_finding *f)
{
	return f->encoding & ~(unsigned)MF_ENC_ARCHIVE;
}

static struct mf_str own_secret(const struct mf_finding *f)
{
	return (struct mf_str){ f->secret, f->secret ? f->secret_n : 0 };
}

/* Each run of hidden bytes as three stars, so that not even its length is told. */
static int put_hidden(struct mf_buf *to, struct mf_str text, struct mf_err *err)
{
	for (size_t i = 0, n; i < text.n; i += n) {
		const bool hidden = text.p[i] == MF_HIDDEN;

		for (n = 1; i + n < text.n && (text.p[i + n] == MF_HIDDEN) == hidden; n++)
			;
		if (hidden ? mf_buf_puts(to, "***", err) : mf_buf_add(to, text.p + i, n, err))
			return -1;
	}
	return 0;
}

/* Puts a text of the finding without its secret; others' were hidden in it when it was found. */
static int put(struct mf_buf *to, struct mf_show *s, const struct mf_finding *f, struct mf_str text, struct mf_mark *mark, struct mf_err *err)
{
	const struct mf_str own = f->redacted ? (struct mf_str){ 0 } : own_secret(f);
	struct mf_buf clean = MF_BUF(SIZE_MAX / 4);
	const char *at;
	int r = s->hide ? mf_hide_text(&clean, NULL, text, own, err) : mf_buf_add(&clean, text.p, text.n, err);

	if (r == 0)
		r = put_hidden(to, view(&clean), err);
	mf_buf_free(&clean);
	if (r)
		return -1;
	at = find(view(to), view(&s->secret));
	*mark = (struct mf_mark){ at ? (size_t)(at - to->p) : 0, at ? s->secret.n : 0 };
	return 0;
}

static int put_secret(struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	const struct mf_str own = own_secret(f);

	if (own.n == 0)
		return 0;
	if (!s->hide || f->redacted)
		return mf_buf_add(&s->secret, own.p, own.n, err);
	return mf_hide_secret(&s->secret, own, err);
}

/* The match as the text has it, with what is hidden there; empty when the text does not hold all of it. */
static struct mf_str match_in(struct mf_str text, struct mf_str match)
{
	for (size_t i = 0; match.n && i + match.n <= text.n; i++) {
		size_t k = 0;

		while (k < match.n && (text.p[i + k] == match.p[k] || text.p[i + k] == MF_HIDDEN))
			k++;
		if (k == match.n)
			return (struct mf_str){ text.p + i, match.n };
	}
	return (struct mf_str){ 0 };
}

static int put_match(struct mf_show *s, const struct mf_finding *f, struct mf_str text, struct mf_mark *mark, struct mf_err *err)
{
	const struct mf_str own = own_secret(f);
	struct mf_str match = { f->match, f->match ? f->match_n : 0 };

	if (s->hide && !f->redacted)
		match = encoded(f) ? (struct mf_str){ 0 } : match_in(text, match);
	if (own.n && !find(match, own)) {
		/* a match without its secret is not understood well enough to be shown */
		*mark = (struct mf_mark){ 0, s->secret.n };
		return mf_buf_add(&s->match, s->secret.p, s->secret.n, err);
	}
	return put(&s->match, s, f, match, mark, err);
}

static int put_texts(struct mf_shown *out, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	const struct mf_str text = { f->text, f->text ? f->text_n : 0 };
	struct mf_mark in_match;

	if (put_secret(s, f, err) || put_match(s, f, text, &in_match, err))
		return -1;
	/* a match begins in the finding's line as well, but not where something was decoded */
	out->at_line = !encoded(f);
	if (out->at_line && find(text, own_secret(f)))
		return put(&s->text, s, f, text, &out->mark, err);
	out->mark = in_match;
	return mf_buf_add(&s->text, s->match.p, s->match.n, err);
}

int mf_show_finding(struct mf_shown *out, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_shown v = { .id = mf_show_id(f), .title = mf_show_title(f) };

	clear(&s->secret);
	clear(&s->match);
	clear(&s->text);
	if (put_texts(&v, s, f, err))
		return -1;
	if (s->hide && (cut(&s->match, MATCH_MAX, err) || cut(&s->text, TEXT_MAX, err)))
		return -1;
	if (v.mark.at + v.mark.n > s->text.n)
		v.mark.n = 0;
	if (f->rule) {
		v.opens = f->rule->opens;
		v.revoke = f->rule->revoke;
		v.page = f->rule->source;
	}
	v.secret = view(&s->secret);
	v.match = view(&s->match);
	v.text = view(&s->text);
	*out = v;
	return 0;
}

int mf_show_text(struct mf_str *out, struct mf_show *s, const char *text, struct mf_err *err)
{
	if (!s->hide) {
		*out = mf_str(text);
		return 0;
	}
	clear(&s->free);
	if (mf_hide_text(&s->free, s->hide, mf_str(text), (struct mf_str){ 0 }, err))
		return -1;
	*out = view(&s->free);
	return 0;
}
