/* SPDX-License-Identifier: Apache-2.0 */
/* Text with positions, and what of it is no credential. */
#include "ci.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

size_t mf_dc_offset(struct mf_str bytes, unsigned line, unsigned col)
{
	size_t at = 0;

	for (unsigned i = 1; i < line; i++) {
		const char *nl = at < bytes.n ? memchr(bytes.p + at, '\n', bytes.n - at) : NULL;

		if (!nl)
			return bytes.n;
		at = (size_t)(nl - bytes.p) + 1;
	}
	/* columns count characters, a few bytes more do no harm: a search begins here */
	return at + (col ? col - 1 : 0) < bytes.n ? at + (col ? col - 1 : 0) : bytes.n;
}

static unsigned columns(const char *p, size_t n)
{
	unsigned col = 1;

	for (size_t i = 0; i < n; i++)
		col += ((unsigned char)p[i] & 0xc0) != 0x80;
	return col;
}

struct mf_check_place mf_dc_at(const struct mf_dc_file *f, enum mf_check_from from, size_t at, size_t n, const char *name)
{
	struct mf_check_place place = { .from = from, .name = name, .path = f->path, .line = 1 };
	size_t begin = 0;

	at = at < f->bytes.n ? at : f->bytes.n;
	n = n < f->bytes.n - at ? n : f->bytes.n - at;
	for (const char *nl; begin < at && (nl = memchr(f->bytes.p + begin, '\n', at - begin)); place.line++)
		begin = (size_t)(nl - f->bytes.p) + 1;
	place.col = columns(f->bytes.p + begin, at - begin);
	if (n && !memchr(f->bytes.p + at, '\n', n)) {
		place.end_line = place.line;
		place.end_col = columns(f->bytes.p + begin, at + n - begin);
	}
	return place;
}

size_t mf_dc_seek(struct mf_str s, size_t from, struct mf_str what)
{
	const char *p = from < s.n && what.n ? memmem(s.p + from, s.n - from, what.p, what.n) : NULL;

	return p ? (size_t)(p - s.p) : SIZE_MAX;
}

bool mf_dc_has(struct mf_str s, const char *what)
{
	return mf_dc_seek(s, 0, mf_str(what)) != SIZE_MAX;
}

bool mf_dc_word(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

bool mf_dc_line(struct mf_str s, size_t *at, struct mf_str *line)
{
	const char *nl;

	if (*at >= s.n)
		return false;
	nl = memchr(s.p + *at, '\n', s.n - *at);
	line->p = s.p + *at;
	line->n = nl ? (size_t)(nl - line->p) : s.n - *at;
	*at += line->n + 1;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool mf_dc_told(const struct mf_check *c, size_t first, const char *rule, const struct mf_check_place *at)
{
	if (c->list.n > first && c->list.n - first >= MF_DC_PER_FILE)
		return true;
	for (size_t i = first; i < c->list.n; i++) {
		const struct mf_check_item *item = &c->list.v[i];

		if (item->line == at->line && item->col == at->col && strcmp(item->rule, rule) == 0 && mf_same_text(item->path, at->path))
			return true;
	}
	return false;
}

/* -- names and values ------------------------------------------------------------------------------- */

static bool ends_caseless(struct mf_str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && strncasecmp(s.p + s.n - n, suffix, n) == 0;
}

static bool contains_caseless(struct mf_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, what, n) == 0)
			return true;
	return false;
}

static bool bound(struct mf_str name)
{
	static const char *const names[] = { "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_JOB_JWT", "CI_BUILD_TOKEN",
		"CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "BITBUCKET_STEP_OIDC_TOKEN", "SYSTEM_ACCESSTOKEN", "System.AccessToken", "GITHUB_TOKEN" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_str_is(name, names[i]))
			return true;
	return false;
}

bool mf_dc_jobs_own(struct mf_str text)
{
	struct mf_str s = mf_trim(text);

	if (s.n < 2 || s.p[0] != '$')
		return false;
	s = (struct mf_str){ .p = s.p + 1, .n = s.n - 1 };
	if (s.n > 2 && ((s.p[0] == '{' && s.p[s.n - 1] == '}') || (s.p[0] == '(' && s.p[s.n - 1] == ')')))
		s = (struct mf_str){ .p = s.p + 1, .n = s.n - 2 };
	/* in other CIs than GitHub's it is one that somebody stored */
	return bound(s) && !mf_str_is(s, "GITHUB_TOKEN");
}

bool mf_dc_secret_name(struct mf_str name)
{
	static const char *const words[] = { "PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "SECRET", "SECRET_KEY", "ACCESS_KEY", "PRIVATE_KEY", "API_KEY",
		"APIKEY", "CREDENTIALS", "_PASS" };

	if (bound(name))
		return false;
	if (ends_caseless(name, "ID_TOKEN") || ends_caseless(name, "OIDC_TOKEN") || ends_caseless(name, "PUBLIC_KEY"))
		return false;
	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (ends_caseless(name, words[i]))
			return true;
	return mf_str_is(name, "PASS");
}

bool mf_dc_placeholder(struct mf_str v)
{
	static const char *const words[] = { "changeme", "change_me", "change-me", "example", "placeholder", "your-", "your_", "yourpass", "replace", "dummy",
		"redacted", "xxxx", "****", "...", "insert", "todo", "fixme", "sample", "notasecret", "not-a-secret", "fake", "secret-here" };

	v = mf_trim(v);
	if (v.n == 0 || v.p[0] == '<' || v.p[0] == '[' || v.p[0] == '@' || v.p[0] == '%' || memchr(v.p, '$', v.n) || mf_dc_has(v, "{{") || mf_dc_has(v, "<%") ||
	    mf_str_begins(v, "ENC[") || mf_str_begins(v, "op://") || mf_str_begins(v, "vault:") || mf_str_begins(v, "arn:") || mf_str_begins(v, "ref+"))
		return true;
	for (size_t i = 0; v.n < 200 && i < MF_COUNT(words); i++)
		if (contains_caseless(v, words[i]))
			return true;
	return false;
}

/* Letters and digits, long enough, of many kinds: no word that somebody typed for a test database. */
static bool random_like(struct mf_str v)
{
	unsigned char seen[256] = { 0 };
	size_t kinds = 0, digits = 0, letters = 0;

	for (size_t i = 0; i < v.n; i++) {
		const unsigned char b = (unsigned char)v.p[i];

		if (isspace(b) || b >= 0x80)
			return false;
		kinds += !seen[b];
		seen[b] = 1;
		digits += isdigit(b) != 0;
		letters += isalpha(b) != 0;
	}
	return v.n >= 16 && kinds >= 9 && digits >= 2 && letters >= 2;
}

/* imagePullSecret and its like hold the name of a Secret of the cluster, not what is in it. */
static bool names_object(const char *name)
{
	const struct mf_str s = mf_str(name ? name : "");

	return ends_caseless(s, "PullSecret") || ends_caseless(s, "PullSecrets") || ends_caseless(s, "_pull_secret");
}

/* A database that the job starts itself is named by a word, or is this machine. */
static bool local_host(struct mf_str url)
{
	size_t at = mf_dc_seek(url, 0, mf_str("://")), end, host = SIZE_MAX;
	struct mf_str h;

	if (at == SIZE_MAX)
		return false;
	for (end = at + 3; end < url.n && !strchr("/?#", url.p[end]); end++)
		if (url.p[end] == '@')
			host = end + 1;
	if (host == SIZE_MAX)
		return false;
	h = (struct mf_str){ .p = url.p + host, .n = end - host };
	for (size_t i = 0; i < h.n; i++)
		if (h.p[i] == ':')
			h.n = i;
	return !h.n || !memchr(h.p, '.', h.n) || mf_str_begins(h, "127.") || mf_str_begins(h, "0.0.0.0") || mf_dc_has(h, "example.");
}

int mf_dc_literal(struct mf_check *c, const struct mf_check_place *at, struct mf_str value, struct mf_check_item **item, struct mf_err *err)
{
	const struct mf_life_hint hint = { .name = at->name };
	struct mf_life life;

	if (item)
		*item = NULL;
	value = mf_trim(value);
	if (mf_dc_placeholder(value) || value.n > MF_DECLARED_FILE_MAX)
		return 0;
	if (mf_life_measure(&life, value, &hint, c->now, err))
		return -1;
	if (!life.kind || (life.flags & MF_LIFE_JOB_BOUND) || life.class == MF_LC_NONE)
		return 0;
	if (((life.flags & MF_LIFE_NAME_ONLY) && (!random_like(value) || names_object(at->name))) || local_host(value))
		return 0;
	return mf_check_value(c, at, value, &hint, item, err);
}
