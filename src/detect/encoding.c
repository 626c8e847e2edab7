/* SPDX-License-Identifier: Apache-2.0 */
/* What a blob is, by its first bytes; and UTF-16, which is matched as the text that it stands for. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>
#include "bytes.h"

enum { LOOK = 8192, WIDE_MIN = 8 };

/* Text in UTF-16 without a mark: every second byte of its beginning is zero, but for a few. */
static enum mf_class wide_class(struct mf_str b)
{
	const size_t n = (b.n < LOOK ? b.n : LOOK) & ~(size_t)1;
	size_t even = 0, odd = 0;

	for (size_t i = 0; i < n; i += 2) {
		even += b.p[i] == 0;
		odd += b.p[i + 1] == 0;
	}
	if (n >= 16 && odd * 10 >= n / 2 * 7 && even * 20 <= n / 2)
		return MF_CLASS_UTF16LE;
	if (n >= 16 && even * 10 >= n / 2 * 7 && odd * 20 <= n / 2)
		return MF_CLASS_UTF16BE;
	return MF_CLASS_BINARY;
}

enum mf_class mf_classify(struct mf_str b)
{
	const unsigned char *p = (const unsigned char *)b.p;

	if (b.n >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return MF_CLASS_UTF16LE;
	if (b.n >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return MF_CLASS_UTF16BE;
	if (b.n == 0 || mf_find_byte(b.p, b.n < LOOK ? b.n : LOOK, 0) == (b.n < LOOK ? b.n : LOOK))
		return MF_CLASS_TEXT;
	return wide_class(b);
}

static uint32_t unit(const unsigned char *p, bool big)
{
	return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

size_t mf_wide_text(char *out, struct mf_str b, bool big)
{
	const unsigned char *p = (const unsigned char *)b.p;
	size_t n = 0;

	for (size_t i = 0; i + 1 < b.n; i += 2) {
		uint32_t c = unit(p + i, big);

		if (c == 0xfeff && i == 0)
			continue;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < b.n) {
			const uint32_t d = unit(p + i + 2, big);

			if (d >= 0xdc00 && d < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
				i += 2;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = '?';
		if (c < 0x80) {
			out[n++] = (char)c;
		} else {
			char four[4];
			const size_t k = mf_utf8_encode(four, c);

			memcpy(out + n, four, k);
			n += k;
		}
	}
	return n;
}

/* Which byte of the text a unit stands for, as far as it was counted. */
struct wide_place {
	size_t want, n, i;
};

/* Back to where a byte of the text stood; goes on from one before. */
static size_t place_of(struct mf_str b, bool big, struct wide_place *w, size_t want)
{
	const unsigned char *p = (const unsigned char *)b.p;
	size_t n, i;

	if (want < w->want)
		*w = (struct wide_place){ 0 };
	n = w->n;
	i = w->i;
	for (; i + 1 < b.n && n < want; i += 2) {
		const uint32_t c = unit(p + i, big);

		if (c == 0xfeff && i == 0)
			continue;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < b.n && unit(p + i + 2, big) >= 0xdc00 && unit(p + i + 2, big) < 0xe000) {
			n += 4;
			i += 2;
		} else {
			n += c < 0x80 || (c >= 0xd800 && c < 0xe000) ? 1 : c < 0x800 ? 2 : 3;
		}
	}
	*w = (struct wide_place){ want, n, i };
	return i;
}

static int scan_wide(struct mf_scanner *s, struct mf_str b, size_t base, bool big, struct mf_cands *out, struct mf_err *err)
{
	char *p = malloc(b.n / 2 * 3 + 4);
	const size_t from = out->n;
	struct wide_place start = { 0 };
	size_t n;
	int rc;

	if (!p)
		return mf_fail_nomem(err);
	n = mf_wide_text(p, b, big);
	rc = mf_scan_text(s, (struct mf_str){ p, n }, out, err);
	for (size_t i = from; rc == 0 && i < out->n; i++) {
		struct mf_cand *c = &out->v[i];
		struct wide_place w;

		c->at = base + place_of(b, big, &start, c->at);
		w = start;
		c->secret_at = base + place_of(b, big, &w, c->secret_at);
		c->secret_end = base + place_of(b, big, &w, c->secret_end);
		c->end = base + place_of(b, big, &w, c->end);
		c->encoding |= MF_ENC_UTF16;
	}
	mf_wipe_free(p, n);
	return rc;
}

int mf_scan_utf16(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err)
{
	s->stats.utf16++;
	return scan_wide(s, b, 0, cls == MF_CLASS_UTF16BE, out, err);
}

static bool wide_at(const unsigned char *p, bool big)
{
	const unsigned char c = big ? p[1] : p[0], z = big ? p[0] : p[1];

	return z == 0 && ((c >= ' ' && c < 0x7f) || c == '\t' || c == '\n' || c == '\r');
}

int mf_scan_wide_strings(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err)
{
	const unsigned char *p = (const unsigned char *)b.p;

	for (size_t i = 0; i + 2 * WIDE_MIN <= b.n; i++) {
		const bool little = wide_at(p + i, false), big = !little && wide_at(p + i, true);
		size_t end = i;

		if (!little && !big)
			continue;
		while (end + 1 < b.n && wide_at(p + end, big))
			end += 2;
		if (end - i < 2 * WIDE_MIN)
			continue;
		if (scan_wide(s, (struct mf_str){ b.p + i, end - i }, i, big, out, err))
			return -1;
		i = end - 1;
	}
	return 0;
}
