/* SPDX-License-Identifier: Apache-2.0 */
/* Where a candidate stands: line and column, the text around it, and whether a comment there lets it pass. */
#include "scanner.h"

#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include "bytes.h"

enum { TEXT_AROUND = 160, TEXT_MAX = 4096, ALLOW_LINE = 4096 };

/* Goes on from the candidate before: a line may be as long as the file, and hold all of them. */
struct place {
	size_t at, start;	/* of the candidate, of its line */
	unsigned line;
	size_t seen, end;	/* the line that holds the match's last byte ends at `end`, as seen from there */
};

/* Where the line of `at` starts, when that of `from`, which is not behind it, starts at `start`. */
static size_t start_of_line(struct mf_str b, size_t from, size_t start, size_t at)
{
	const char *p = at > from ? memrchr(b.p + from, '\n', at - from) : NULL;

	return p ? (size_t)(p - b.p) + 1 : start;
}

static size_t last_byte(const struct mf_cand *c)
{
	return c->end > c->at ? c->end - 1 : c->at;
}

static void set_place(struct mf_cand *c, struct mf_str b, struct place *p)
{
	const size_t last = last_byte(c);

	if (c->at < p->at)
		*p = (struct place){ .line = 1 };
	p->line += (unsigned)mf_count_lines(b.p + p->at, c->at - p->at);
	p->start = start_of_line(b, p->at, p->start, c->at);
	p->at = c->at;
	if (last < p->seen || last > p->end || p->end == 0) {
		p->seen = last;
		p->end = last + mf_find_byte(b.p + last, b.n - last, '\n');
	}
	c->line = p->line;
	c->col = (unsigned)(c->at - p->start) + 1;
	c->end_line = c->line + (unsigned)mf_count_lines(b.p + c->at, last - c->at);
	c->end_col = (unsigned)(last - start_of_line(b, c->at, p->start, last)) + 1;
}

int mf_dup_bytes(char **out, size_t *n, const char *p, size_t len, struct mf_err *err)
{
	*out = malloc(len + 1);
	if (!*out)
		return mf_fail_nomem(err);
	memcpy(*out, p, len);
	(*out)[len] = '\0';
	*n = len;
	return 0;
}

static int set_text(struct mf_cand *c, size_t *at, struct mf_str b, const struct place *p, struct mf_err *err)
{
	size_t lo = p->start, hi = p->end;

	if (c->at - lo > TEXT_AROUND)
		lo = c->at - TEXT_AROUND;
	if (hi > c->end && hi - c->end > TEXT_AROUND)
		hi = c->end + TEXT_AROUND;
	if (hi - lo > TEXT_MAX)
		hi = lo + TEXT_MAX;
	if (hi > lo && b.p[hi - 1] == '\r')
		hi--;
	*at = lo;
	return mf_dup_bytes(&c->text, &c->text_n, b.p + lo, hi - lo, err);
}

static const char *find_nocase(const char *p, size_t n, const char *what)
{
	const size_t m = strlen(what);

	for (size_t i = 0; i + m <= n; i++)
		if ((p[i] | 0x20) == what[0] && strncasecmp(p + i, what, m) == 0)
			return p + i;
	return NULL;
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* Not a part of a longer word, such as mayfly:allowance or mayfly:allow-list. A dash alone may end a comment, or begin one. */
static bool is_word(const char *p, size_t m, const char *from, const char *to)
{
	const char *end = p + m;

	if (p > from && in_word(p[-1]))
		return false;
	return end == to || !(in_word(*end) || (*end == '-' && end + 1 < to && in_word(end[1])));
}

/* Only what is looked at counts, so that a version that is read in part has the same outcome. */
static const char *find_marker(struct mf_str in, const char *what, bool word)
{
	const char *const to = in.p + in.n;
	const size_t m = strlen(what);
	const char *p = in.p;

	while ((p = find_nocase(p, (size_t)(to - p), what)) && word && !is_word(p, m, in.p, to))
		p++;
	return p;
}

/* The reason behind a marker: up to the end of the line or of the comment. */
static int take_reason(struct mf_cand *c, const char *p, const char *end, struct mf_err *err)
{
	struct mf_str s;

	while (p < end && !(end - p >= 3 && memcmp(p, "-->", 3) == 0) && (*p == ':' || *p == '-' || *p == ' ' || *p == '\t' || *p == '(' || *p == ','))
		p++;
	s = mf_trim((struct mf_str){ p, (size_t)(end - p) });
	for (size_t i = 0; i + 1 < s.n; i++)
		if (memcmp(s.p + i, "*/", 2) == 0 || memcmp(s.p + i, "-->", s.n - i < 3 ? 2 : 3) == 0)
			s.n = i;
	s = mf_trim(s);
	if (s.n > 200)
		s.n = 200;
	c->allowed = true;
	c->reason = s.n ? mf_strndup(s.p, s.n) : NULL;
	return s.n && !c->reason ? mf_fail_nomem(err) : 0;
}

/* On the match's lines, as far as they are near. */
static int set_allowed(struct mf_scanner *s, struct mf_cand *c, struct mf_str b, const struct place *place, struct mf_err *err)
{
	/* gitleaks looks for its own anywhere */
	static const struct { const char *text; bool word; } markers[] = {
		{ "gitleaks:allow", false }, { "mayfly:allow", true }, { "pragma: allowlist secret", true },
	};
	size_t lo = place->start, hi = place->end;

	if (s->d->opts.no_inline_allow)
		return 0;
	lo = c->at - lo > ALLOW_LINE ? c->at - ALLOW_LINE : lo;
	hi = hi > c->end && hi - c->end > ALLOW_LINE ? c->end + ALLOW_LINE : hi;
	for (size_t i = 0; i < (s->d->opts.gitleaks_only_marker ? 1 : MF_COUNT(markers)); i++) {
		const char *p = find_marker((struct mf_str){ b.p + lo, hi - lo }, markers[i].text, markers[i].word);
		const char *stop = b.p + hi, *line;

		if (!p)
			continue;
		line = memchr(p, '\n', (size_t)(stop - p));
		return take_reason(c, p + strlen(markers[i].text), line ? line : stop, err);
	}
	return 0;
}

/* All that one encoded run holds stands in the same place. */
static int set_as(struct mf_cand *c, const struct mf_cand *other, struct mf_err *err)
{
	c->line = other->line;
	c->col = other->col;
	c->end_line = other->end_line;
	c->end_col = other->end_col;
	c->allowed = other->allowed;
	c->reason = other->reason ? mf_strdup(other->reason) : NULL;
	if (other->reason && !c->reason)
		return mf_fail_nomem(err);
	return mf_dup_bytes(&c->text, &c->text_n, other->text, other->text_n, err);
}

int mf_cands_place(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, size_t from, struct mf_err *err)
{
	size_t *text_at = mf_calloc(out->n - from + 1, sizeof(*text_at));
	struct place p = { .line = 1 };
	int rc = text_at ? 0 : mf_fail_nomem(err);

	for (size_t i = from; rc == 0 && i < out->n; i++) {
		struct mf_cand *c = &out->v[i];

		if (i > from && c->at == c[-1].at && c->end == c[-1].end) {
			if (set_as(c, &c[-1], err))
				return -1;
			continue;
		}
		set_place(c, b, &p);
		rc = set_text(c, &text_at[i - from], b, &p, err) || set_allowed(s, c, b, &p, err) ? -1 : 0;
	}
	if (rc == 0)
		rc = mf_cands_hide(out, from, text_at, err);
	free(text_at);
	return rc;
}
