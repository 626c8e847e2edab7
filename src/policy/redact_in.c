/* SPDX-License-Identifier: Apache-2.0 */
/* A secret inside a text. The text is read in several ways (as it is, with escapes undone, without the NULs of UTF-16), and each reading
 * is searched for the pieces of the secret and of its encoded forms: all parts of PIECE bytes, and whole lines that are
 * shorter. A piece is found by one look into a table, so that the time is linear in both lengths. */
#include "policy.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

enum { PIECE = 12, LEAST = 4, BASE64_LEAST = 6 };

/* Pieces by their bytes; `lengths` has a bit for each length that occurs. */
struct pieces {
	struct mf_intern set;
	unsigned lengths;
};

/* One reading: byte i of it is made from text.p[at[i], at[i + 1]). */
struct reading {
	char *p;
	size_t *at;
	size_t n;
};

static int add_piece(struct pieces *ps, struct mf_str s, struct mf_err *err)
{
	uint32_t id;

	if (mf_intern_add(&id, &ps->set, s, err))
		return -1;
	ps->lengths |= 1u << s.n;
	return 0;
}

/* `least`: shorter texts are no secret. */
static int add_form(struct pieces *ps, struct mf_str s, size_t least, struct mf_err *err)
{
	if (s.n < least)
		return 0;
	if (s.n <= PIECE)
		return add_piece(ps, s, err);
	for (size_t i = 0; i + PIECE <= s.n; i++)
		if (add_piece(ps, (struct mf_str){ s.p + i, PIECE }, err))
			return -1;
	return 0;
}

static int add_lines(struct pieces *ps, struct mf_str s, struct mf_err *err)
{
	size_t n;

	if (!s.n || !memchr(s.p, '\n', s.n))
		return 0;
	for (; s.n; s.p += n, s.n -= n) {
		const char *end = memchr(s.p, '\n', s.n);

		n = end ? (size_t)(end - s.p) + 1 : s.n;
		if (add_form(ps, mf_trim((struct mf_str){ s.p, n }), LEAST, err))
			return -1;
	}
	return 0;
}

/* Base64 where 0, 1 or 2 bytes stand before the secret in its group: without the characters that neighbours share. */
static int add_base64(struct pieces *ps, struct mf_str s, struct mf_err *err)
{
	const size_t room = s.n + 2, len = mf_b64_len(room, false);
	char *plain = mf_calloc(1, room), *coded = malloc(len);
	int r = plain && coded ? 0 : mf_fail_nomem(err);

	for (size_t before = 0; before < 3 && r == 0; before++) {
		const size_t from = (before * 8 + 5) / 6, to = (before + s.n) * 8 / 6;

		memcpy(plain + before, s.p, s.n);
		mf_b64_encode(coded, plain, before + s.n, MF_B64_STD, false);
		r = add_form(ps, (struct mf_str){ coded + from, to - from }, LEAST, err);
	}
	free(plain);
	free(coded);
	return r;
}

static int add_hex(struct pieces *ps, struct mf_str s, struct mf_err *err)
{
	char *coded = malloc(2 * s.n);
	int r;

	if (!coded)
		return mf_fail_nomem(err);
	mf_hex_encode(coded, s.p, s.n, false);
	r = add_form(ps, (struct mf_str){ coded, 2 * s.n }, LEAST, err);
	free(coded);
	return r;
}

static int reading_new(struct reading *r, size_t n, struct mf_err *err)
{
	*r = (struct reading){ .p = malloc(n + 1), .at = mf_calloc(n + 1, sizeof(*r->at)) };
	if (r->p && r->at)
		return 0;
	free(r->p);
	free(r->at);
	return mf_fail_nomem(err);
}

static void reading_free(struct reading *r)
{
	free(r->p);
	free(r->at);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* `n` hex digits at p, or -1. */
static int32_t digits(const char *p, size_t left, size_t n)
{
	int32_t v = 0;

	if (left < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (digit(p[i]) < 0)
			return -1;
		v = v << 4 | digit(p[i]);
	}
	return v;
}

/* Each reader undoes one unit at p: writes at most 4 bytes, returns how many, and sets how much of the text it took. */
typedef size_t (*reader_fn)(char out[static 4], const char *p, size_t left, size_t *took);

static size_t read_plain(char out[static 4], const char *p, size_t left, size_t *took)
{
	(void)left;
	out[0] = *p;
	*took = 1;
	return 1;
}

static size_t read_percent(char out[static 4], const char *p, size_t left, size_t *took)
{
	const int32_t v = *p == '%' ? digits(p + 1, left - 1, 2) : -1;

	*took = v < 0 ? 1 : 3;
	out[0] = v < 0 ? *p : (char)v;
	return 1;
}

static size_t read_json(char out[static 4], const char *p, size_t left, size_t *took)
{
	static const char from[] = "nrtbf\"\\/", to[] = "\n\r\t\b\f\"\\/";
	const char *letter = *p == '\\' && left > 1 && p[1] ? strchr(from, p[1]) : NULL;
	const int32_t v = *p == '\\' && left > 1 && p[1] == 'u' ? digits(p + 2, left - 2, 4) : -1;

	if (v >= 0 && (v < 0xd800 || v > 0xdfff)) {
		*took = 6;
		return mf_utf8_encode(out, (uint32_t)v);
	}
	*took = letter ? 2 : 1;
	out[0] = letter ? to[letter - from] : *p;
	return 1;
}

static size_t read_utf16(char out[static 4], const char *p, size_t left, size_t *took)
{
	(void)left;
	out[0] = *p;
	*took = 1;
	return *p != '\0';
}

/* Base64's other alphabet. */
static size_t read_base64url(char out[static 4], const char *p, size_t left, size_t *took)
{
	(void)left;
	out[0] = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	*took = 1;
	return 1;
}

static size_t read_lower(char out[static 4], const char *p, size_t left, size_t *took)
{
	(void)left;
	out[0] = *p >= 'A' && *p <= 'Z' ? (char)(*p | 32) : *p;
	*took = 1;
	return 1;
}

/* False: this reading is the text itself. */
static bool read_all(struct reading *r, struct mf_str text, reader_fn reader)
{
	bool differs = false;
	char unit[4];
	size_t took, n;

	r->n = 0;
	for (size_t i = 0; i < text.n; i += took) {
		n = reader(unit, text.p + i, text.n - i, &took);
		/* an escape is never shorter than what it stands for */
		for (size_t k = 0; k < n; k++) {
			r->p[r->n] = unit[k];
			r->at[r->n++] = i;
		}
		differs |= n != 1 || took != 1 || unit[0] != text.p[i];
	}
	r->at[r->n] = text.n;
	return differs;
}

/* Marks what one reading shows of the pieces. */
static void mark(char *marks, const struct reading *r, const struct pieces *ps)
{
	size_t done = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t n = PIECE; n; n--) {
			size_t end;

			if (!(ps->lengths >> n & 1) || n > r->n - i || mf_intern_find(&ps->set, (struct mf_str){ r->p + i, n }) == MF_NONE)
				continue;
			/* all bytes of an escape, also of one that stands for several */
			for (end = i + n; end < r->n && r->at[end] == r->at[end - 1]; end++)
				;
			done = r->at[i] > done ? r->at[i] : done;
			if (r->at[end] > done)
				memset(marks + done, 1, r->at[end] - done);
			done = r->at[end] > done ? r->at[end] : done;
			break;
		}
	}
}

static bool same(const char *a, const char *b, size_t n)
{
	return n == 0 || memcmp(a, b, n) == 0;
}

/* A text that was cut inside the secret begins with the secret's end, or ends with its beginning, in less than a piece. */
static void mark_ends(char *marks, struct mf_str text, struct mf_str secret)
{
	const size_t max = text.n < PIECE - 1 ? text.n : PIECE - 1;
	size_t n;

	if (secret.n <= PIECE)
		return;
	for (n = max; n >= LEAST && !same(text.p, secret.p + secret.n - n, n); n--)
		;
	memset(marks, 1, n >= LEAST ? n : 0);
	for (n = max; n >= LEAST && !same(text.p + text.n - n, secret.p, n); n--)
		;
	memset(marks + text.n - (n >= LEAST ? n : 0), 1, n >= LEAST ? n : 0);
	for (size_t i = 0; text.n < PIECE && text.n >= LEAST && i + text.n <= secret.n; i++)
		if (same(text.p, secret.p + i, text.n))
			memset(marks, 1, text.n);
}

static int write_marked(struct mf_buf *out, struct mf_str text, const char *marks, struct mf_str secret, struct mf_err *err)
{
	struct mf_buf form = MF_BUF(256);
	size_t end;
	int r = mf_redact(&form, secret, err);

	for (size_t i = 0; i < text.n && r == 0; i = end) {
		for (end = i; end < text.n && marks[end] == marks[i]; end++)
			;
		if (!marks[i])
			r = mf_buf_add(out, text.p + i, end - i, err);
		else
			r = mf_buf_puts(out, end - i >= secret.n ? mf_buf_text(&form) : "************", err);
	}
	mf_buf_free(&form);
	return r;
}

static int find_all(char *marks, struct mf_str text, struct mf_str secret, struct mf_err *err)
{
	static const struct { reader_fn fn; int form; } readings[] = {
		{ read_plain, 0 }, { read_percent, 0 }, { read_json, 0 }, { read_utf16, 0 },
		{ read_plain, 1 }, { read_base64url, 1 }, { read_lower, 2 },
	};
	struct pieces ps[3] = { 0 };
	struct reading r = { 0 };
	int bad = reading_new(&r, text.n, err);

	if (bad)
		return -1;
	bad = add_form(&ps[0], secret, 1, err) || add_lines(&ps[0], secret, err);
	if (!bad && secret.n >= BASE64_LEAST)
		bad = add_base64(&ps[1], secret, err) || add_hex(&ps[2], secret, err);
	for (size_t i = 0; i < MF_COUNT(readings) && !bad; i++)
		if (read_all(&r, text, readings[i].fn) || readings[i].fn == read_plain || readings[i].form == 2)
			mark(marks, &r, &ps[readings[i].form]);
	for (size_t i = 0; i < MF_COUNT(ps); i++)
		mf_intern_free(&ps[i].set);
	reading_free(&r);
	return bad ? -1 : 0;
}

int mf_redact_in(struct mf_buf *out, struct mf_str text, struct mf_str secret, struct mf_err *err)
{
	struct mf_buf made = MF_BUF(out->max);
	char *marks = mf_calloc(text.n + 1, 1);
	int r;

	if (!marks)
		return mf_fail_nomem(err);
	r = secret.n && text.n ? find_all(marks, text, secret, err) : 0;
	if (r == 0) {
		if (secret.n && text.n)
			mark_ends(marks, text, secret);
		r = write_marked(&made, text, marks, secret, err);
	}
	free(marks);
	if (r) {
		mf_buf_free(&made);
		return -1;
	}
	mf_buf_free(out);
	*out = made;
	return 0;
}
