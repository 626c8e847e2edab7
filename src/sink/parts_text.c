/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords inside text: programs take connection strings and settings apart and print what is in them. */
#include "forms.h"

bool mf_next_line(struct mf_str *rest, struct mf_str *line)
{
	size_t i = 0;

	if (rest->n == 0)
		return false;
	while (i < rest->n && rest->p[i] != '\n' && rest->p[i] != '\r')
		i++;
	*line = (struct mf_str){ rest->p, i };
	i += i < rest->n;
	rest->p += i;
	rest->n -= i;
	return true;
}

/* user:password@ of the authority that begins s, when there is one. */
static struct mf_str url_password(struct mf_str s)
{
	size_t colon = SIZE_MAX, at = SIZE_MAX;

	for (size_t i = 0; i < s.n && !strchr("/?# \t\"'<>", s.p[i]); i++) {
		if (s.p[i] == ':' && colon == SIZE_MAX)
			colon = i;
		if (s.p[i] == '@')
			at = i;
	}
	if (at == SIZE_MAX || colon >= at)
		return (struct mf_str){ 0 };
	return (struct mf_str){ s.p + colon + 1, at - colon - 1 };
}

static int find_in_urls(struct mf_str line, mf_found_fn found, void *ctx, struct mf_err *err)
{
	const char *end = line.p + line.n;

	for (const char *p = line.p; line.n && (p = memmem(p, (size_t)(end - p), "://", 3)); ) {
		p += 3;
		if (found(ctx, url_password((struct mf_str){ p, (size_t)(end - p) }), err))
			return -1;
	}
	return 0;
}

static struct mf_str unquote(struct mf_str s)
{
	s = mf_trim(s);
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return (struct mf_str){ s.p + 1, s.n - 2 };
	return s;
}

/* One setting: "NAME=value", "export NAME='value'", "name: value", "Name = value". */
static int find_in_setting(struct mf_str s, mf_found_fn found, void *ctx, struct mf_err *err)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '=' && !(s.p[i] == ':' && i + 1 < s.n && mf_blank(s.p[i + 1])))
		i++;
	if (i == s.n || i > 128 || !mf_secretish((struct mf_str){ s.p, i }))
		return 0;
	return found(ctx, unquote((struct mf_str){ s.p + i + 1, s.n - i - 1 }), err);
}

int mf_find_passwords(struct mf_str line, mf_found_fn found, void *ctx, struct mf_err *err)
{
	struct mf_str rest = line;

	if (find_in_urls(line, found, ctx, err) || find_in_setting(line, found, ctx, err))
		return -1;
	if (!line.n || !memchr(line.p, ';', line.n))
		return 0;
	while (rest.n) {
		const char *semicolon = memchr(rest.p, ';', rest.n);
		const size_t n = semicolon ? (size_t)(semicolon - rest.p) : rest.n;

		if (find_in_setting(mf_trim((struct mf_str){ rest.p, n }), found, ctx, err))
			return -1;
		rest.p += n + (semicolon != NULL);
		rest.n -= n + (semicolon != NULL);
	}
	return 0;
}
