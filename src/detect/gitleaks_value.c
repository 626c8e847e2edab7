/* SPDX-License-Identifier: Apache-2.0 */
#include "gitleaks_value.h"

#include <stdlib.h>
#include <strings.h>

#include <mayfly/conf.h>
#include <mayfly/log.h>

static int mistyped(const struct mf_gl_table *t, const char *key, const struct mf_tnode *n, const char *want)
{
	return mf_rule_fail(t->err, t->file, mf_toml_pos(n), "'%s' takes %s, not %s", key, want, mf_toml_type_name(mf_toml_type(n)));
}

static bool scalar(const struct mf_tnode *n)
{
	return mf_toml_type(n) != MF_T_ARRAY && mf_toml_type(n) != MF_T_TABLE;
}

static int keep(const struct mf_gl_table *t, const char *key, const struct mf_tnode *n, struct mf_str s, const char **out)
{
	if (s.n && memchr(s.p, '\0', s.n))
		return mf_rule_fail(t->err, t->file, mf_toml_pos(n), "'%s' holds a NUL byte", key);
	*out = mf_rule_pool_str(t->pool, s);
	return *out ? 0 : mf_fail_nomem(t->err);
}

int mf_gl_text(const struct mf_gl_table *t, const char *key, const char **out)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, key);

	if (!n)
		return 0;
	return scalar(n) ? keep(t, key, n, mf_toml_text(n), out) : mistyped(t, key, n, "a string");
}

/* "a,b,c" */
static int split(const struct mf_gl_table *t, const char *key, const struct mf_tnode *n, const char **list, size_t *count)
{
	struct mf_str rest = mf_toml_text(n);

	for (*count = 0; rest.n; ) {
		const char *comma = memchr(rest.p, ',', rest.n);
		const size_t len = comma ? (size_t)(comma - rest.p) : rest.n;

		if (keep(t, key, n, (struct mf_str){ .p = rest.p, .n = len }, &list[(*count)++]))
			return -1;
		rest.p += len + (comma != NULL);
		rest.n -= len + (comma != NULL);
	}
	return 0;
}

static size_t commas(struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ',';
	return n;
}

int mf_gl_texts(const struct mf_gl_table *t, const char *key, struct mf_gl_list *out)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, key);
	const char **list;
	size_t count = 0;

	if (!n)
		return 0;
	if (mf_toml_type(n) == MF_T_TABLE)
		return mistyped(t, key, n, "an array of strings");
	list = mf_rule_pool_get(t->pool, (mf_toml_size(n) + commas(mf_toml_text(n)) + 2) * sizeof(*list));
	if (!list)
		return mf_fail_nomem(t->err);
	if (scalar(n) && split(t, key, n, list, &count))
		return -1;
	for (size_t i = 0; !scalar(n) && i < mf_toml_size(n); i++, count++) {
		const struct mf_tnode *e = mf_toml_at(n, i);

		if (!scalar(e))
			return mistyped(t, key, e, "strings");
		if (keep(t, key, e, mf_toml_text(e), &list[i]))
			return -1;
	}
	*out = (struct mf_gl_list){ .v = list, .n = count };
	return 0;
}

int mf_gl_bool(const struct mf_gl_table *t, const char *key, bool *out, bool *given)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, key);
	struct mf_str s;

	if (!n)
		return 0;
	s = mf_toml_text(n);
	if (mf_toml_bool(out, n) || mf_str_is(s, "true") || mf_str_is(s, "1"))
		*out = s.p[0] == 't' || s.p[0] == '1';
	else if (mf_str_is(s, "false") || mf_str_is(s, "0"))
		*out = false;
	else
		return mistyped(t, key, n, "true or false");
	if (given)
		*given = true;
	return 0;
}

int mf_gl_real(const struct mf_gl_table *t, const char *key, double *out)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, key);
	const char *text = NULL;
	char *end;
	double v;

	if (!n || mf_toml_double(out, n))
		return 0;
	if (mf_toml_type(n) != MF_T_STRING)
		return mistyped(t, key, n, "a number");
	if (keep(t, key, n, mf_toml_text(n), &text))
		return -1;
	v = strtod(text, &end);
	if (*end || end == text)
		return mistyped(t, key, n, "a number");
	*out = v;
	return 0;
}

int mf_gl_count(const struct mf_gl_table *t, const char *key, size_t *out)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, key);
	double v = -1;

	if (!n)
		return 0;
	if (mf_gl_real(t, key, &v))
		return -1;
	if (!(v >= 0 && v <= 1e9) || v != (double)(int64_t)v)
		return mf_rule_fail(t->err, t->file, mf_toml_pos(n), "'%s' takes a number from 0 on", key);
	*out = (size_t)v;
	return 0;
}

int mf_gl_tables(const struct mf_gl_table *t, const char *key, size_t *n)
{
	const struct mf_tnode *v = mf_toml_get_nocase(t->n, key);

	*n = 0;
	if (!v)
		return 0;
	if (scalar(v))
		return mistyped(t, key, v, "tables");
	*n = mf_toml_type(v) == MF_T_TABLE ? 1 : mf_toml_size(v);
	for (size_t i = 0; i < *n; i++)
		if (mf_toml_type(mf_gl_table_at(t, key, i)) != MF_T_TABLE)
			return mistyped(t, key, mf_gl_table_at(t, key, i), "tables");
	return 0;
}

const struct mf_tnode *mf_gl_table_at(const struct mf_gl_table *t, const char *key, size_t i)
{
	const struct mf_tnode *v = mf_toml_get_nocase(t->n, key);

	return mf_toml_type(v) == MF_T_TABLE ? v : mf_toml_at(v, i);
}

void mf_gl_misspelled(const struct mf_gl_table *t, const char *const *known, size_t n)
{
	for (size_t i = 0; i < mf_toml_size(t->n); i++) {
		const struct mf_str key = mf_toml_key_at(t->n, i);
		const struct mf_tpos at = mf_toml_pos(mf_toml_at(t->n, i));
		const char *near = NULL;
		char name[40];
		bool is = key.n >= sizeof(name);

		for (size_t k = 0; k < n && !is; k++)
			is = strlen(known[k]) == key.n && strncasecmp(known[k], key.p, key.n) == 0;
		if (is)
			continue;
		memcpy(name, key.p, key.n);
		name[key.n] = '\0';
		near = mf_nearest(name, known, n);
		if (near)
			mf_warn("%s:%u:%u: '%s' says nothing here: did you mean '%s'?", t->file, at.line, at.col, name, near);
	}
}
