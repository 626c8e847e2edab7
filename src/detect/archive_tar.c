/* SPDX-License-Identifier: Apache-2.0 */
/* tar (POSIX.1-2017, pax): ustar headers, pax paths and sizes, GNU's long names. Members are handed out where they lie. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "archive_priv.h"

enum { BLOCK = 512, NAME_MAX_LEN = 4096 };

/* Octal text, or base 256 with the highest bit set as GNU writes large numbers. */
static bool number(uint64_t *out, const char *p, size_t n)
{
	uint64_t v = 0;

	if ((unsigned char)p[0] & 0x80) {
		for (size_t i = 1; i < n; i++) {
			if (v >> 55)
				return false;
			v = v << 8 | (unsigned char)p[i];
		}
		*out = v;
		return true;
	}
	while (n && *p == ' ') {
		p++;
		n--;
	}
	for (; n && *p >= '0' && *p <= '7'; p++, n--)
		v = v << 3 | (uint64_t)(*p - '0');
	*out = v;
	return n == 0 || *p == ' ' || *p == '\0';
}

/* The sum of the header's bytes with its own field as spaces. */
static bool header_ok(const char *h)
{
	uint64_t want, sum = 0;

	if (!number(&want, h + 148, 8))
		return false;
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
	return sum == want;
}

static size_t text_len(const char *p, size_t n)
{
	const char *end = memchr(p, '\0', n);

	return end ? (size_t)(end - p) : n;
}

static int plain_name(char **out, const char *h, struct mf_err *err)
{
	const size_t prefix = memcmp(h + 257, "ustar\0", 6) == 0 ? text_len(h + 345, 155) : 0, name = text_len(h, 100);
	char *p = mf_calloc(prefix + name + 2, 1);

	if (!p)
		return mf_fail_nomem(err);
	memcpy(p, h + 345, prefix);
	if (prefix)
		p[prefix] = '/';
	memcpy(p + prefix + (prefix > 0), h, name);
	*out = p;
	return 0;
}

/* "LENGTH key=value\n" records: the path and the size of the next member. */
static int take_pax(char **name, uint64_t *size, struct mf_str data, struct mf_err *err)
{
	while (data.n) {
		size_t len = 0, i = 0;
		struct mf_str rec;
		const char *eq;

		for (; i < data.n && i < 10 && data.p[i] >= '0' && data.p[i] <= '9'; i++)
			len = len * 10 + (size_t)(data.p[i] - '0');
		if (i == 0 || i >= data.n || data.p[i] != ' ' || len <= i + 1 || len > data.n)
			return 0;
		rec = (struct mf_str){ data.p + i + 1, len - i - 2 };
		eq = memchr(rec.p, '=', rec.n);
		if (eq && eq - rec.p == 4 && memcmp(rec.p, "path", 4) == 0 && rec.n < NAME_MAX_LEN) {
			free(*name);
			*name = mf_strndup(eq + 1, rec.n - 5);
			if (!*name)
				return mf_fail_nomem(err);
		} else if (eq && eq - rec.p == 4 && memcmp(rec.p, "size", 4) == 0) {
			uint64_t v = 0;

			for (const char *p = eq + 1; p < rec.p + rec.n && *p >= '0' && *p <= '9' && v < UINT64_MAX / 16; p++)
				v = v * 10 + (uint64_t)(*p - '0');
			*size = v;
		}
		data = (struct mf_str){ data.p + len, data.n - len };
	}
	return 0;
}

struct state {
	char *name;		/* of the next member, from a header before it */
	uint64_t size;		/* likewise; UINT64_MAX: none */
};

/* One header and its data. */
static int member(struct state *s, const char *h, struct mf_str data, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	const char type = h[156];
	int rc = 0;

	if (type == 'x')
		return take_pax(&s->name, &s->size, data, err);
	if (type == 'L') {
		free(s->name);
		s->name = mf_strndup(data.p, data.n < NAME_MAX_LEN ? text_len(data.p, data.n) : NAME_MAX_LEN);
		return s->name ? 0 : mf_fail_nomem(err);
	}
	if (type == '0' || type == '\0' || type == '7') {
		if (!s->name)
			rc = plain_name(&s->name, h, err);
		if (rc == 0 && data.n)
			rc = mf_member_out(budget, fn, ctx, s->name, data, err);
	}
	free(s->name);
	*s = (struct state){ NULL, UINT64_MAX };
	return rc;
}

int mf_tar_each(struct mf_str b, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	struct state s = { NULL, UINT64_MAX };
	int rc = 0;

	while (rc == 0 && b.n >= BLOCK && b.p[0]) {
		const char *h = b.p;
		uint64_t size;
		size_t take;

		if (!header_ok(h) || !number(&size, h + 124, 12)) {
			budget->skipped++;
			break;
		}
		if (s.size != UINT64_MAX && h[156] != 'x' && h[156] != 'L')
			size = s.size;
		b = (struct mf_str){ b.p + BLOCK, b.n - BLOCK };
		if (size > b.n) {
			budget->skipped++;
			size = b.n;
		}
		rc = member(&s, h, (struct mf_str){ b.p, (size_t)size }, budget, fn, ctx, err);
		take = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
		take = take < b.n ? take : b.n;
		b = (struct mf_str){ b.p + take, b.n - take };
	}
	free(s.name);
	return rc;
}
