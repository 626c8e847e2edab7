/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of the configuration file: what a scalar means, and messages that point at it. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/yaml.h>

#include "conf_priv.h"

enum { KEY_SHOWN_MAX = 60 };

void mf_at(char out[static MF_AT_MAX], const char *file, const struct mf_ynode *n)
{
	struct mf_ypos pos = mf_yaml_pos(n);

	snprintf(out, MF_AT_MAX, "%.360s:%u:%u", file, pos.line, pos.col);
}

static bool is_one_of(struct mf_str s, const char *words)
{
	return s.n && mf_choice_has(words, s);
}

static size_t digits(struct mf_str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

static bool is_based(struct mf_str s)
{
	const char *set = s.n > 2 && s.p[0] == '0' && s.p[1] == 'x' ? "0123456789abcdefABCDEF" :
			  s.n > 2 && s.p[0] == '0' && s.p[1] == 'o' ? "01234567" : "";

	for (size_t i = 2; i < s.n; i++) {
		if (!s.p[i] || !strchr(set, s.p[i]))
			return false;
	}
	return *set;
}

/* YAML 1.2.2, 10.3.2: the core schema's numbers. */
static enum mf_scalar number_kind(struct mf_str s)
{
	size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+'), whole, part = 0;

	if (is_based(s))
		return MF_SC_INT;
	whole = digits(s, at);
	at += whole;
	if (at == s.n && whole)
		return MF_SC_INT;
	if (at < s.n && s.p[at] == '.') {
		part = digits(s, at + 1);
		at += 1 + part;
	}
	if (!whole && !part)
		return MF_SC_TEXT;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		size_t n;

		at++;
		if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
			at++;
		n = digits(s, at);
		if (!n)
			return MF_SC_TEXT;
		at += n;
	}
	return at == s.n ? MF_SC_FLOAT : MF_SC_TEXT;
}

enum mf_scalar mf_scalar_kind(const struct mf_ynode *n)
{
	struct mf_str s = mf_yaml_text(n);

	switch (mf_yaml_type(n)) {
	case MF_Y_NULL:
		return MF_SC_NULL;
	case MF_Y_SCALAR:
		break;
	default:
		return MF_SC_NONE;
	}
	if (!mf_yaml_plain(n))
		return MF_SC_TEXT;
	if (s.n == 0 || is_one_of(s, "~ null Null NULL"))
		return MF_SC_NULL;
	if (is_one_of(s, "true True TRUE false False FALSE"))
		return MF_SC_BOOL;
	if (is_one_of(s, ".inf .Inf .INF +.inf -.inf .nan .NaN .NAN"))
		return MF_SC_FLOAT;
	return number_kind(s);
}

static const char *kind_name(const struct mf_ynode *n)
{
	switch (mf_scalar_kind(n)) {
	case MF_SC_NULL:
		return "nothing";
	case MF_SC_BOOL:
		return "a boolean";
	case MF_SC_INT:
	case MF_SC_FLOAT:
		return "a number";
	case MF_SC_TEXT:
		return "text";
	default:
		return mf_yaml_type(n) == MF_Y_MAP ? "a map" : "a list";
	}
}

int mf_yaml_wrong_type(const char *file, const struct mf_ynode *n, const char *key, const char *needed, struct mf_err *err)
{
	enum mf_scalar kind = mf_scalar_kind(n);
	bool b;
	char at[MF_AT_MAX];

	mf_at(at, file, n);
	mf_fail(err, MF_E_CONF_TYPE, "%s: '%.100s' has to be %s", at, key, needed);
	mf_err_why(err, "it is %s", kind_name(n));
	if (strncmp(needed, "text", 4) == 0 && (kind == MF_SC_BOOL || kind == MF_SC_INT || kind == MF_SC_FLOAT))
		mf_err_hint(err, "write it in quotes");
	else if (kind == MF_SC_TEXT && strstr(needed, "true or false") && mf_bool_parse(&b, mf_yaml_text(n)))
		mf_err_hint(err, "write %s, without quotes", b ? "true" : "false");
	else if (kind == MF_SC_TEXT && !mf_yaml_plain(n) && strstr(needed, "number"))
		mf_err_hint(err, "write it without quotes");
	return -1;
}

int mf_yaml_need_text(char **out, const char *file, const struct mf_ynode *n, const char *key, struct mf_err *err)
{
	struct mf_str s = mf_yaml_text(n);
	char at[MF_AT_MAX];

	if (mf_scalar_kind(n) != MF_SC_TEXT)
		return mf_yaml_wrong_type(file, n, key, "text", err);
	mf_at(at, file, n);
	if (s.n == 0) {
		mf_fail(err, MF_E_CONF_VALUE, "%s: '%.100s' is empty", at, key);
		mf_err_hint(err, "leave the line out");
		return -1;
	}
	if (memchr(s.p, '\0', s.n))
		return mf_fail(err, MF_E_CONF_VALUE, "%s: '%.100s' has a NUL character in it", at, key);
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_yaml_need_bool(bool *out, const char *file, const struct mf_ynode *n, const char *key, struct mf_err *err)
{
	if (mf_scalar_kind(n) != MF_SC_BOOL || !mf_bool_parse(out, mf_yaml_text(n)))
		return mf_yaml_wrong_type(file, n, key, "true or false", err);
	return 0;
}

int mf_yaml_key_text(char **out, const char *file, const struct mf_ynode *key, struct mf_err *err)
{
	struct mf_str s = mf_yaml_text(key);
	char at[MF_AT_MAX];

	if (mf_yaml_type(key) != MF_Y_SCALAR || s.n == 0 || memchr(s.p, '\0', s.n)) {
		mf_at(at, file, key);
		return mf_fail(err, MF_E_CONF_UNKNOWN, "%s: a key has to be a word", at);
	}
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static void list_known(struct mf_err *err, const char *const *known, size_t n)
{
	char text[400] = "";
	size_t at = 0;

	for (size_t i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "", known[i]);
	mf_err_why(err, "it is none of: %s", text);
}

int mf_yaml_unknown_key(const char *file, const struct mf_ynode *key, const char *section, const char *const *known, size_t n,
			struct mf_err *err)
{
	struct mf_str s = mf_yaml_text(key);
	char at[MF_AT_MAX], name[KEY_SHOWN_MAX + 1];
	const char *near;

	mf_at(at, file, key);
	snprintf(name, sizeof(name), "%.*s", (int)(s.n < KEY_SHOWN_MAX ? s.n : KEY_SHOWN_MAX), s.p ? s.p : "");
	if (*section)
		mf_fail(err, MF_E_CONF_UNKNOWN, "%s: unknown key '%s' in '%.100s'", at, name, section);
	else
		mf_fail(err, MF_E_CONF_UNKNOWN, "%s: unknown key '%s'", at, name);
	near = mf_nearest(name, known, n);
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	else
		list_known(err, known, n);
	return -1;
}
