/* SPDX-License-Identifier: Apache-2.0 */
/* Values: parsed by their key's type, stored with rank and origin. A message never quotes what could be a secret. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/url.h>

#include "conf_priv.h"

enum { ITEMS_MAX = 1000, SHOWN_MAX = 20, WHERE_MAX = 480 };

void mf_value_free(struct mf_value *v)
{
	free(v->origin);
	free(v->text);
	for (size_t i = 0; i < v->n_items; i++)
		free(v->items[i]);
	free(v->items);
	mf_secret_free(v->secret);
	memset(v, 0, sizeof(*v));
}

bool mf_bool_parse(bool *out, struct mf_str s)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "true", true }, { "false", false }, { "1", true }, { "0", false }, { "yes", true }, { "no", false },
		{ "on", true }, { "off", false }, { "t", true }, { "f", false }, { "y", true }, { "n", false },
	};

	for (size_t i = 0; i < MF_COUNT(words); i++) {
		if (s.n == strlen(words[i].word) && strncasecmp(s.p, words[i].word, s.n) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

bool mf_choice_has(const char *choices, struct mf_str word)
{
	for (const char *p = choices; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (mf_str_eq((struct mf_str){ p, n }, word))
			return true;
		p += n;
	}
	return false;
}

const char *mf_choice_nearest(char out[static 64], const char *choices, struct mf_str word)
{
	char typed[64];
	const char *near;

	if (word.n >= sizeof(typed))
		return NULL;
	memcpy(typed, word.p, word.n);
	typed[word.n] = '\0';
	for (const char *p = choices; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n < 64) {
			memcpy(out, p, n);
			out[n] = '\0';
			near = out;
			if (mf_nearest(typed, &near, 1))
				return out;
		}
		p += n;
	}
	return NULL;
}

/* Where a value came from; in the file that is a place, so the key is named too. */
static void where(char out[static WHERE_MAX], const struct mf_value *v, const struct mf_key_info *info)
{
	if (v->rank == MF_RANK_FILE)
		snprintf(out, WHERE_MAX, "%.400s: '%.60s'", v->origin, info->path);
	else
		snprintf(out, WHERE_MAX, "%.400s", v->origin);
}

static enum mf_error error_of(const struct mf_value *v)
{
	return v->rank == MF_RANK_FLAG ? MF_E_OPT_VALUE : MF_E_CONF_VALUE;
}

/* "'maybe' is no duration" where the value is short enough to be no secret, "the value is no duration" else. */
static int bad(struct mf_err *err, const struct mf_value *v, const struct mf_key_info *info, struct mf_str text, const char *is)
{
	char at[WHERE_MAX];

	where(at, v, info);
	if (text.n == 0)
		return mf_fail(err, error_of(v), "%s: the value is empty", at);
	if (text.n > SHOWN_MAX)
		return mf_fail(err, error_of(v), "%s: the value %s", at, is);
	return mf_fail(err, error_of(v), "%s: '%.*s' %s", at, (int)text.n, text.p, is);
}

static int parse_bool(struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	bool b;

	if (!mf_bool_parse(&b, text)) {
		bad(err, v, info, text, "is neither true nor false");
		mf_err_hint(err, "write true or false");
		return -1;
	}
	v->num = b;
	return 0;
}

static int parse_int(struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	int64_t n = 0;
	bool ok = text.n > 0 && text.n <= 9;

	for (size_t i = 0; ok && i < text.n; i++) {
		ok = text.p[i] >= '0' && text.p[i] <= '9';
		n = n * 10 + (text.p[i] - '0');
	}
	if (!ok || n == 0) {
		bad(err, v, info, text, "is no whole number above 0");
		return -1;
	}
	v->num = n;
	return 0;
}

/* A whole number from 0, or a word. */
static int parse_count(struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	int64_t n = 0;
	bool ok = text.n > 0 && text.n <= 9;

	if (mf_choice_has(info->choices, text)) {
		v->num = -1;
		return 0;
	}
	for (size_t i = 0; ok && i < text.n; i++) {
		ok = text.p[i] >= '0' && text.p[i] <= '9';
		n = n * 10 + (text.p[i] - '0');
	}
	if (!ok) {
		bad(err, v, info, text, "is no whole number");
		mf_err_hint(err, "a number from 0, or one of: %s", info->choices);
		return -1;
	}
	v->num = n;
	return 0;
}

static int parse_duration(struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	if (!mf_duration_parse(&v->num, text) || v->num <= 0) {
		bad(err, v, info, text, "is no length of time");
		mf_err_hint(err, "write it as 90s, 15m, 1h30m, 24h or 90d");
		return -1;
	}
	return 0;
}

static int parse_choice(const struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	char near[64];

	if (mf_choice_has(info->choices, text))
		return 0;
	bad(err, v, info, text, "is none of the choices");
	mf_err_why(err, "it is one of: %s", info->choices);
	if (mf_choice_nearest(near, info->choices, text))
		mf_err_hint(err, "did you mean '%s'?", near);
	return -1;
}

static int check_url(const struct mf_value *v, const struct mf_key_info *info, const char *text, struct mf_err *err)
{
	struct mf_url url;
	char at[WHERE_MAX];

	if (mf_url_parse(&url, text, err)) {
		where(at, v, info);
		mf_err_wrap(err, "%s", at);
		return -1;
	}
	return 0;
}

/* RFC 9110, 5.1: a field name is a token. */
static bool header_valid(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

	return n > 0 && s[n] == ':';
}

/* ISSUER=URL; which issuers there are is for those to say who ask them. */
static int check_host(const struct mf_value *v, const struct mf_key_info *info, const char *item, struct mf_err *err)
{
	const size_t n = strspn(item, "abcdefghijklmnopqrstuvwxyz-");
	char at[WHERE_MAX];

	if (n > 0 && item[n] == '=')
		return strcmp(item + n + 1, "none") == 0 ? 0 : check_url(v, info, item + n + 1, err);
	where(at, v, info);
	mf_fail(err, error_of(v), "%s: an entry is not of the form ISSUER=URL", at);
	mf_err_hint(err, "gitlab=https://gitlab.example.com, or gitlab=none");
	return -1;
}

/* VAULT=URL: a name or a host, and where it answers. */
static int check_vault(const struct mf_value *v, const struct mf_key_info *info, const char *item, struct mf_err *err)
{
	const size_t n = strcspn(item, "=/");
	char at[WHERE_MAX];

	if (n > 0 && item[n] == '=')
		return check_url(v, info, item + n + 1, err);
	where(at, v, info);
	mf_fail(err, error_of(v), "%s: an entry is not of the form VAULT=URL", at);
	mf_err_hint(err, "shop=https://shop.privatelink.example.net");
	return -1;
}

static int check_item(enum mf_key k, const struct mf_value *v, const char *item, struct mf_err *err)
{
	char at[WHERE_MAX];

	if (k == MF_K_VAULT_REDIRECT_TO)
		return check_url(v, mf_key_info(k), item, err);
	if (k == MF_K_VAULT_HEADERS && !header_valid(item)) {
		/* header values can be secrets: nothing of it is shown */
		where(at, v, mf_key_info(k));
		mf_fail(err, error_of(v), "%s: an entry is no request header", at);
		mf_err_hint(err, "write each as 'Name: value', on a line of its own");
		return -1;
	}
	if (k == MF_K_AZURE_VAULT_URLS)
		return check_vault(v, mf_key_info(k), item, err);
	return k == MF_K_ONLINE_HOSTS ? check_host(v, mf_key_info(k), item, err) : 0;
}

/* Whether a value of this rank takes effect; the caller need not parse it otherwise. */
static bool outranked(const struct mf_conf *c, enum mf_key k, enum mf_rank rank)
{
	return c->values[k].origin && c->values[k].rank > rank;
}

/* A variable that other programs read too, by its name. */
static bool of_others(const struct mf_value *v)
{
	return v->rank == MF_RANK_ENV && v->origin && strncmp(v->origin, "MAYFLY_", 7) != 0 &&
	       v->origin[strspn(v->origin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static void store(struct mf_conf *c, enum mf_key k, struct mf_value *v)
{
	v->ours = c->values[k].ours || !of_others(v);
	c->values[k].ours = v->ours;
	if (outranked(c, k, v->rank)) {
		mf_value_free(v);
		return;
	}
	mf_value_free(&c->values[k]);
	c->values[k] = *v;
}

static int parse(struct mf_value *v, const struct mf_key_info *info, struct mf_str text, struct mf_err *err)
{
	v->text = mf_strndup(text.p ? text.p : "", text.n);
	if (!v->text)
		return mf_fail_nomem(err);
	switch (info->type) {
	case MF_KT_BOOL:
		return parse_bool(v, info, text, err);
	case MF_KT_INT:
		return parse_int(v, info, text, err);
	case MF_KT_COUNT:
		return parse_count(v, info, text, err);
	case MF_KT_DURATION:
		return parse_duration(v, info, text, err);
	case MF_KT_CHOICE:
		return parse_choice(v, info, text, err);
	case MF_KT_URL:
		return check_url(v, info, v->text, err);
	case MF_KT_PATH:
		if (text.n == 0)
			return bad(err, v, info, text, "");
		return 0;
	default:
		return 0;
	}
}

static int put_secret(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, struct mf_str text, struct mf_err *err)
{
	struct mf_value v = { .rank = rank, .origin = mf_strdup(origin), .secret = mf_secret_new(text.p, text.n) };

	if (!v.origin || !v.secret) {
		mf_value_free(&v);
		return mf_fail_nomem(err);
	}
	store(c, k, &v);
	return 0;
}

/* Lines, and what else separates entries of this key; blanks around them and empty ones go. */
static int put_split(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, struct mf_str text, struct mf_err *err)
{
	struct mf_str *items = mf_calloc(ITEMS_MAX, sizeof(*items));
	const char *seps = mf_key_info(k)->choices;
	size_t n = 0, at = 0;
	int rc = -1;

	if (!items)
		return mf_fail_nomem(err);
	while (at < text.n) {
		struct mf_str s = { .p = text.p + at };

		while (at < text.n && text.p[at] != '\n' && !(seps && strchr(seps, text.p[at])))
			at++;
		s.n = (size_t)(text.p + at++ - s.p);
		while (s.n && strchr(" \t\r", s.p[0]))
			s.p++, s.n--;
		while (s.n && strchr(" \t\r", s.p[s.n - 1]))
			s.n--;
		if (s.n == 0)
			continue;
		if (n == ITEMS_MAX) {
			mf_fail(err, MF_E_CONF_VALUE, "%s: more than %d entries", origin, ITEMS_MAX);
			goto out;
		}
		items[n++] = s;
	}
	rc = mf_conf_put_list(c, k, rank, origin, items, n, err);
out:
	free(items);
	return rc;
}

int mf_conf_put(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, struct mf_str text, struct mf_err *err)
{
	const struct mf_key_info *info = mf_key_info(k);
	struct mf_value v = { .rank = rank };

	if (info->type == MF_KT_SECRET)
		return put_secret(c, k, rank, origin, text, err);
	if (info->type == MF_KT_LIST)
		return put_split(c, k, rank, origin, text, err);
	v.origin = mf_strdup(origin);
	if (!v.origin)
		return mf_fail_nomem(err);
	if (parse(&v, info, text, err)) {
		mf_value_free(&v);
		return -1;
	}
	store(c, k, &v);
	return 0;
}

/* The flag's entries that are there already: --allow-name A --allow-name B. */
static int keep_earlier(struct mf_value *v, const struct mf_value *old, struct mf_err *err)
{
	for (size_t i = 0; i < old->n_items; i++) {
		v->items[v->n_items] = mf_strdup(old->items[i]);
		if (!v->items[v->n_items++])
			return mf_fail_nomem(err);
	}
	return 0;
}

int mf_conf_put_list(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, const struct mf_str *items, size_t n,
		     struct mf_err *err)
{
	const struct mf_value *old = &c->values[k];
	bool append = rank == MF_RANK_FLAG && old->origin && old->rank == MF_RANK_FLAG;
	struct mf_value v = { .rank = rank, .origin = mf_strdup(origin), .text = mf_strdup("") };

	v.items = mf_calloc((append ? old->n_items : 0) + n + 1, sizeof(*v.items));
	if (!v.origin || !v.text || !v.items) {
		mf_value_free(&v);
		return mf_fail_nomem(err);
	}
	if (append && keep_earlier(&v, old, err))
		goto fail;
	for (size_t i = 0; i < n; i++) {
		char *item = v.items[v.n_items] = mf_strndup(items[i].p, items[i].n);

		if (!item) {
			mf_fail_nomem(err);
			goto fail;
		}
		v.n_items++;
		if (check_item(k, &v, item, err))
			goto fail;
	}
	store(c, k, &v);
	return 0;
fail:
	mf_value_free(&v);
	return -1;
}
