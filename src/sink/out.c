/* SPDX-License-Identifier: Apache-2.0 */
/* A writer into a secret. */
#include "out.h"

void mf_out_onto(struct mf_out *o, struct mf_secret *to, struct mf_err *err)
{
	o->to = to;
	o->err = err;
	o->failed = false;
	o->n = 0;
}

void mf_out_begin(struct mf_out *o, size_t max, struct mf_err *err)
{
	mf_out_onto(o, mf_secret_empty(max), err);
	if (!o->to) {
		o->failed = true;
		mf_fail_nomem(err);
	}
}

void mf_out_flush(struct mf_out *o)
{
	if (!o->failed && mf_secret_add(o->to, o->buf, o->n, o->err))
		o->failed = true;
	o->n = 0;
}

void mf_out_add(struct mf_out *o, const void *p, size_t n)
{
	const char *s = p;

	if (n < sizeof(o->buf)) {
		for (size_t i = 0; i < n; i++)
			mf_out_byte(o, s[i]);
		return;
	}
	mf_out_flush(o);
	if (!o->failed && mf_secret_add(o->to, p, n, o->err))
		o->failed = true;
}

void mf_out_puts(struct mf_out *o, const char *s)
{
	mf_out_add(o, s, strlen(s));
}

int mf_out_end(struct mf_out *o)
{
	mf_out_flush(o);
	mf_wipe(o->buf, sizeof(o->buf));
	return o->failed ? -1 : 0;
}

struct mf_secret *mf_out_take(struct mf_out *o)
{
	if (mf_out_end(o)) {
		mf_secret_free(o->to);
		o->to = NULL;
	}
	return o->to;
}

void mf_out_drop(struct mf_out *o)
{
	mf_wipe(o->buf, sizeof(o->buf));
	mf_secret_free(o->to);
	o->to = NULL;
}
