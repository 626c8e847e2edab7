/* SPDX-License-Identifier: Apache-2.0 */
/* Writes text into a secret byte by byte, through a small buffer that is wiped. The first failure sticks. */
#ifndef MAYFLY_SINK_OUT_H
#define MAYFLY_SINK_OUT_H

#include <mayfly/reveal.h>

struct mf_out {
	struct mf_secret *to;
	struct mf_err *err;
	bool failed;
	size_t n;
	char buf[240];
};

/* Begins a new secret of at most `max` bytes. mf_out_take or mf_out_drop has to follow. */
void mf_out_begin(struct mf_out *o, size_t max, struct mf_err *err);

/* Appends to a secret of the caller's; mf_out_end has to follow. */
void mf_out_onto(struct mf_out *o, struct mf_secret *to, struct mf_err *err);

void mf_out_flush(struct mf_out *o);
void mf_out_add(struct mf_out *o, const void *p, size_t n);
void mf_out_puts(struct mf_out *o, const char *s);

static inline void mf_out_byte(struct mf_out *o, char c)
{
	if (o->n == sizeof(o->buf))
		mf_out_flush(o);
	o->buf[o->n++] = c;
}

/* Ends writing and wipes the buffer. take: the secret, or NULL and err set. end: 0 or -1, the secret stays the caller's. */
struct mf_secret *mf_out_take(struct mf_out *o) MF_MUST_USE;
int mf_out_end(struct mf_out *o) MF_MUST_USE;
void mf_out_drop(struct mf_out *o);

#endif
