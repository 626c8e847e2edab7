/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer that carries its own ceiling. Not for secrets: those live in struct mf_secret. */
#ifndef MAYFLY_BUF_H
#define MAYFLY_BUF_H

#include <mayfly/err.h>

struct mf_buf {
	char *p;	/* NUL-terminated after the last byte whenever non-NULL */
	size_t n;	/* bytes used, without the NUL */
	size_t cap, max;
};

#define MF_BUF(ceiling) ((struct mf_buf){ .max = (ceiling) })

/* Room for `more` bytes at once, so that a large buffer does not grow step by step. The same errors. */
int mf_buf_reserve(struct mf_buf *b, size_t more, struct mf_err *err) MF_MUST_USE;
/* Append; past the ceiling MF-BASE-02 and the buffer is left as it was. */
int mf_buf_add(struct mf_buf *b, const void *p, size_t n, struct mf_err *err) MF_MUST_USE;
int mf_buf_puts(struct mf_buf *b, const char *s, struct mf_err *err) MF_MUST_USE;
int mf_buf_putc(struct mf_buf *b, char c, struct mf_err *err) MF_MUST_USE;
int mf_buf_printf(struct mf_buf *b, struct mf_err *err, const char *fmt, ...) MF_PRINTF(3, 4) MF_MUST_USE;

/* The text so far, "" when empty; borrowed until the next change. */
const char *mf_buf_text(const struct mf_buf *b);

/* Hands the NUL-terminated bytes to the caller, who frees them; NULL only when memory is out. */
char *mf_buf_take(struct mf_buf *b);

void mf_buf_free(struct mf_buf *b);

#endif
