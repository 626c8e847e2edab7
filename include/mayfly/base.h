/* SPDX-License-Identifier: Apache-2.0 */
/* What every module may use: attributes, views of borrowed bytes, cleanup helpers. */
#ifndef MAYFLY_BASE_H
#define MAYFLY_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MF_MUST_USE __attribute__((warn_unused_result))
#define MF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MF_CLEANUP(fn) __attribute__((cleanup(fn)))
#define MF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that belong to somebody else; `p` need not end in NUL, and may be NULL when `n` is 0. */
struct mf_str {
	const char *p;
	size_t n;
};

static inline struct mf_str mf_str(const char *s)
{
	return (struct mf_str){ .p = s, .n = s ? strlen(s) : 0 };
}

static inline bool mf_str_eq(struct mf_str a, struct mf_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool mf_str_is(struct mf_str a, const char *s)
{
	return mf_str_eq(a, mf_str(s));
}

/* Whether it has `what` at its beginning, or at its end. */
static inline bool mf_str_begins(struct mf_str s, const char *what)
{
	const size_t n = strlen(what);

	return n == 0 || (s.n >= n && memcmp(s.p, what, n) == 0);
}

static inline bool mf_str_ends(struct mf_str s, const char *what)
{
	const size_t n = strlen(what);

	return n == 0 || (s.n >= n && memcmp(s.p + s.n - n, what, n) == 0);
}

/* White space of ASCII, and a view without it at both ends. */
static inline bool mf_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline struct mf_str mf_trim(struct mf_str s)
{
	while (s.n && mf_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && mf_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The same text, or both NULL. */
static inline bool mf_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* free(3) and close(2) for MF_CLEANUP: `MF_CLEANUP(mf_freep) char *s = NULL;` */
void mf_freep(void *pointer_to_pointer);
void mf_closep(int *fd);

#endif
