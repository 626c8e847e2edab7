/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer with a ceiling. */
#include <mayfly/buf.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int mf_buf_reserve(struct mf_buf *b, size_t more, struct mf_err *err)
{
	size_t want, cap;
	char *p;

	if (b->n > b->max || more > b->max - b->n) {
		mf_fail(err, MF_E_BASE_LIMIT, "text is longer than the limit of %zu bytes", b->max);
		return -1;
	}
	want = b->n + more;
	if (want == SIZE_MAX)
		return mf_fail_nomem(err);
	if (b->p && want + 1 <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap < want + 1)
		cap = cap > SIZE_MAX / 2 ? want + 1 : cap * 2;
	p = realloc(b->p, cap);
	if (!p)
		return mf_fail_nomem(err);
	b->p = p;
	b->cap = cap;
	b->p[b->n] = '\0';
	return 0;
}

int mf_buf_add(struct mf_buf *b, const void *p, size_t n, struct mf_err *err)
{
	if (mf_buf_reserve(b, n, err))
		return -1;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int mf_buf_puts(struct mf_buf *b, const char *s, struct mf_err *err)
{
	return mf_buf_add(b, s, strlen(s), err);
}

int mf_buf_putc(struct mf_buf *b, char c, struct mf_err *err)
{
	return mf_buf_add(b, &c, 1, err);
}

int mf_buf_printf(struct mf_buf *b, struct mf_err *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return mf_fail(err, MF_E_BASE_BUG, "a message cannot be formatted");
	if (mf_buf_reserve(b, (size_t)n, err))
		return -1;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return 0;
}

const char *mf_buf_text(const struct mf_buf *b)
{
	return b->p ? b->p : "";
}

char *mf_buf_take(struct mf_buf *b)
{
	char *p = b->p ? b->p : calloc(1, 1);

	if (p)
		*b = MF_BUF(b->max);
	return p;
}

void mf_buf_free(struct mf_buf *b)
{
	if (!b)
		return;
	free(b->p);
	*b = MF_BUF(b->max);
}
