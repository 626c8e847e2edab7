/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in what is known; tokens that their first letters tell. */
#include "life_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <mayfly/text.h>

/* -- filling in ------------------------------------------------------------------------------------- */

void mf_lf_is(struct mf_lf *in, const char *kind, const char *title, enum mf_life_class class)
{
	memset(in->out, 0, sizeof(*in->out));
	in->out->kind = kind;
	in->out->title = title;
	in->out->class = class;
	in->out->lifetime = in->out->remaining = -1;
}

int mf_lf_static(struct mf_lf *in)
{
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->flags |= MF_LIFE_STATIC;
	mf_life_settle(in->out, in->now);
	return 1;
}

/* What stood beside a value counts where the value says nothing. */
int mf_lf_unknown(struct mf_lf *in)
{
	if (in->hint->expires)
		return mf_lf_measured(in, in->hint->issued, in->hint->expires);
	in->out->known = MF_LIFE_UNKNOWN;
	if (!in->out->issued)
		in->out->issued = in->hint->issued;
	mf_life_settle(in->out, in->now);
	return 1;
}

int mf_lf_measured(struct mf_lf *in, int64_t issued, int64_t expires)
{
	in->out->issued = issued;
	if (!expires)
		return mf_lf_unknown(in);
	in->out->known = MF_LIFE_MEASURED;
	in->out->flags &= ~(unsigned)MF_LIFE_STATIC;
	in->out->expires = expires;
	mf_life_settle(in->out, in->now);
	return 1;
}

int mf_lf_nothing(struct mf_lf *in)
{
	memset(in->out, 0, sizeof(*in->out));
	return 1;
}

void mf_lf_account(struct mf_lf *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(in->out->account, sizeof(in->out->account), false, fmt, ap);
	va_end(ap);
}

void mf_lf_text(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(out, cap, false, fmt, ap);
	va_end(ap);
}

void mf_lf_subject(struct mf_lf *in, struct mf_str s)
{
	mf_lf_text(in->out->subject, sizeof(in->out->subject), "%.*s", (int)(s.n < 400 ? s.n : 400), s.n ? s.p : "");
}

void mf_lf_user(struct mf_lf *in, struct mf_str user, struct mf_str password)
{
	if (password.n >= 6 && user.n <= 64)
		mf_lf_subject(in, user);
}

void mf_lf_note(struct mf_lf *in, const char *fmt, ...)
{
	size_t n = strlen(in->out->note), room = sizeof(in->out->note) - n;
	va_list ap;

	if (n && room > 8) {
		memcpy(in->out->note + n, "; ", 3);
		n += 2;
		room -= 2;
	}
	va_start(ap, fmt);
	if (room > 5)
		mf_text_vfmt(in->out->note + n, room, false, fmt, ap);
	va_end(ap);
}

bool mf_lf_check(struct mf_lf *in, const char *check, struct mf_str secret, struct mf_str match)
{
	struct mf_token_facts facts;
	enum mf_verdict_format f = mf_check_run(check, secret, match, &facts);

	if (facts.harmless)
		return false;
	if (facts.account[0])
		mf_lf_account(in, "%s", facts.account);
	if (facts.note[0])
		mf_lf_note(in, "%s", facts.note);
	if (f == MF_FORMAT_BROKEN)
		mf_lf_note(in, "it is damaged or made up: its form is not right");
	in->out->issued = facts.issued;
	in->out->expires = facts.expires;
	return true;
}

/* -- tables ----------------------------------------------------------------------------------------- */

const struct mf_lf_form *mf_lf_form(struct mf_str v, const struct mf_lf_form *table, size_t n)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.=~+/-";

	for (size_t i = 0; i < n; i++)
		if (v.n >= table[i].min && v.n <= table[i].max && mf_str_begins(v, table[i].prefix))
			return mf_lf_all(v, set) ? &table[i] : NULL;
	return NULL;
}

int mf_lf_take_form(struct mf_lf *in, const struct mf_lf_form *f)
{
	mf_lf_is(in, f->kind, f->title, f->class);
	if ((f->check && !mf_lf_check(in, f->check, in->v, in->v)) || mf_known_example(in->v))
		return mf_lf_nothing(in);
	if (f->note)
		mf_lf_note(in, "%s", f->note);
	if (in->out->expires)
		return mf_lf_measured(in, in->out->issued, in->out->expires);
	switch (f->how) {
	case MF_LF_STATIC:
		return mf_lf_static(in);
	case MF_LF_UNKNOWN:
		return mf_lf_unknown(in);
	case MF_LF_AT_MOST:
	case MF_LF_FOR:
		break;
	}
	if (in->hint->expires)
		return mf_lf_measured(in, in->hint->issued, in->hint->expires);
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->lifetime = f->seconds;
	in->out->flags |= f->how == MF_LF_AT_MOST ? MF_LIFE_AT_MOST : 0;
	mf_life_settle(in->out, in->now);
	return 1;
}

int mf_lf_by_form(struct mf_lf *in, const struct mf_lf_form *table, size_t n)
{
	const struct mf_lf_form *f = mf_lf_form(in->v, table, n);

	return f ? mf_lf_take_form(in, f) : 0;
}
