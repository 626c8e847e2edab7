/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: filled where a failure is known, printed once by main(). */
#include <mayfly/err.h>

#include <errno.h>
#include <stdio.h>
#include <mayfly/text.h>

static const struct {
	const char *id;
	enum mf_code code;
} errors[MF_E_COUNT] = {
#define MF_ERROR(symbol, id, code, meaning) [MF_E_##symbol] = { id, code },
#include <mayfly/errors.def>
#undef MF_ERROR
};

static enum mf_error known(enum mf_error e)
{
	return (unsigned)e < MF_E_COUNT ? e : MF_E_BASE_BUG;
}

const char *mf_error_id(enum mf_error e)
{
	return errors[known(e)].id;
}

enum mf_code mf_error_code(enum mf_error e)
{
	return errors[known(e)].code;
}

/* The arguments may point into `err` itself, so the text is made first and the object is emptied after. */
static void fill(struct mf_err *err, enum mf_error e, const char *fmt, va_list ap)
{
	char what[sizeof(err->what)];

	mf_text_vfmt(what, sizeof(what), false, fmt, ap);
	memset(err, 0, sizeof(*err));
	err->code = mf_error_code(e);
	err->id = mf_error_id(e);
	err->retryable = err->code == MF_NETWORK;
	memcpy(err->what, what, sizeof(what));
}

int mf_fail(struct mf_err *err, enum mf_error e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, e, fmt, ap);
	va_end(ap);
	return -1;
}

int mf_fail_errno(struct mf_err *err, enum mf_error e, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, e, fmt, ap);
	va_end(ap);
	/* Static or per thread in both libraries we build with; strerror_r comes in two incompatible forms. */
	mf_err_why(err, "%s", strerror(errnum));
	return -1;
}

int mf_fail_nomem(struct mf_err *err)
{
	mf_fail(err, MF_E_BASE_NOMEM, "out of memory");
	mf_err_hint(err, "give the job more memory, or split what it does");
	return -1;
}

static void set(char *field, size_t cap, bool lines, const char *fmt, va_list ap)
{
	char text[sizeof(((struct mf_err *)0)->advice)];

	mf_text_vfmt(text, cap, lines, fmt, ap);
	memcpy(field, text, strlen(text) + 1);
}

#define SETTER(name, field, lines)                                      \
	void name(struct mf_err *err, const char *fmt, ...)             \
	{                                                               \
		va_list ap;                                             \
									\
		va_start(ap, fmt);                                      \
		set(err->field, sizeof(err->field), (lines), fmt, ap);  \
		va_end(ap);                                             \
	}

SETTER(mf_err_why, why, false)
SETTER(mf_err_sent, sent, false)
SETTER(mf_err_hint, hint, false)
SETTER(mf_err_note, note, false)
SETTER(mf_err_advice, advice, true)

static void MF_PRINTF(3, 4) format(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(out, cap, false, fmt, ap);
	va_end(ap);
}

void mf_err_wrap(struct mf_err *err, const char *fmt, ...)
{
	char outer[sizeof(err->what)], what[sizeof(err->what)];
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(outer, sizeof(outer), false, fmt, ap);
	va_end(ap);
	format(what, sizeof(what), "%s: %s", outer, err->what);
	memcpy(err->what, what, sizeof(what));
}
