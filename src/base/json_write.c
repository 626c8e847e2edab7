/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: quoted strings, and a node as compact text. */
#include <mayfly/json.h>

#include <stdio.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

/* Where text goes: a buffer or a secret. */
struct to {
	struct mf_buf *buf;
	struct mf_secret *secret;
};

static int put(const struct to *to, const char *p, size_t n, struct mf_err *err)
{
	return to->buf ? mf_buf_add(to->buf, p, n, err) : mf_secret_add(to->secret, p, n, err);
}

/* The escape of a character that must not stand in a string as it is, or "" when it may. */
static const char *escape(char out[static 8], uint32_t cp)
{
	static const char letters[32] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };

	if (cp == '"' || cp == '\\')
		snprintf(out, 8, "\\%c", (char)cp);
	else if (cp < 0x20 && letters[cp])
		snprintf(out, 8, "\\%c", letters[cp]);
	else if (cp < 0x20)
		snprintf(out, 8, "\\u%04x", (unsigned)cp);
	else
		out[0] = '\0';
	return out;
}

static int quote(const struct to *to, struct mf_str s, struct mf_err *err)
{
	size_t from = 0, len;
	char text[8];
	const char *instead;
	uint32_t cp;

	if (put(to, "\"", 1, err))
		return -1;
	for (size_t i = 0; i < s.n; i += len) {
		len = mf_utf8_decode(&cp, s.p + i, s.n - i);
		instead = len ? escape(text, cp) : "\xef\xbf\xbd";
		len += !len;
		if (!*instead)
			continue;
		if (put(to, s.p + from, i - from, err) || put(to, instead, strlen(instead), err))
			return -1;
		from = i + len;
	}
	if (from < s.n && put(to, s.p + from, s.n - from, err))
		return -1;
	return put(to, "\"", 1, err);
}

int mf_json_quote(struct mf_buf *out, struct mf_str s, struct mf_err *err)
{
	const size_t before = out->n;

	if (quote(&(struct to){ .buf = out }, s, err) == 0)
		return 0;
	out->n = before;
	if (out->p)
		out->p[before] = '\0';
	return -1;
}

int mf_json_quote_secret(struct mf_secret *out, struct mf_str s, struct mf_err *err)
{
	const size_t before = mf_secret_len(out);

	if (quote(&(struct to){ .secret = out }, s, err) == 0)
		return 0;
	mf_secret_cut(out, before);
	return -1;
}

static int print(const struct to *to, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err);

static int print_children(const struct to *to, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const bool object = mf_json_type(n) == MF_J_OBJECT;
	const struct mf_jnode *c;
	bool first = true;

	if (put(to, object ? "{" : "[", 1, err))
		return -1;
	for (c = mf_json_first(n); c; c = mf_json_next(c), first = false) {
		if (!first && put(to, ",", 1, err))
			return -1;
		if (object && (quote(to, mf_json_key(c), err) || put(to, ":", 1, err)))
			return -1;
		if (print(to, doc, c, err))
			return -1;
	}
	return put(to, object ? "}" : "]", 1, err);
}

static int print(const struct to *to, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	struct mf_str text = mf_json_text(doc, n);

	switch (mf_json_type(n)) {
	case MF_J_ARRAY:
	case MF_J_OBJECT:
		return print_children(to, doc, n, err);
	case MF_J_STRING:
		return quote(to, text, err);
	default:
		return put(to, text.p, text.n, err);
	}
}

struct mf_secret *mf_json_secret(const struct mf_json *doc, const struct mf_jnode *n)
{
	struct mf_str text = mf_json_text(doc, n);
	struct mf_secret *s;
	struct mf_err ignored;

	if (mf_json_type(n) == MF_J_STRING)
		return mf_secret_new(text.p, text.n);
	s = mf_secret_empty(SIZE_MAX / 4);
	if (s && print(&(struct to){ .secret = s }, doc, n, &ignored)) {
		mf_secret_free(s);
		return NULL;
	}
	return s;
}
