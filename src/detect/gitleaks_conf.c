/* SPDX-License-Identifier: Apache-2.0 */
#include "gitleaks_conf.h"

#include <stdio.h>
#include <mayfly/log.h>

enum { RULES_MAX = 10000 };

/* -- lists ----------------------------------------------------------------------------------------------- */

int mf_rule_list_add(struct mf_rule_list *l, struct mf_pool *pool, const struct mf_rule_src *r, struct mf_err *err)
{
	if (l->n == l->cap) {
		const size_t cap = l->cap ? l->cap * 2 : 64;
		struct mf_rule_src *v = mf_rule_pool_get(pool, cap * sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *r;
	return 0;
}

int mf_rule_list_allow(struct mf_rule_list *l, struct mf_pool *pool, struct mf_allow_src *a, struct mf_err *err)
{
	if (l->n_allow == l->cap_allow) {
		const size_t cap = l->cap_allow ? l->cap_allow * 2 : 8;
		struct mf_allow_src **v = mf_rule_pool_get(pool, cap * sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		if (l->n_allow)
			memcpy(v, l->allow, l->n_allow * sizeof(struct mf_allow_src *));
		l->allow = v;
		l->cap_allow = cap;
	}
	l->allow[l->n_allow++] = a;
	return 0;
}

int mf_rule_list_names(struct mf_names *out, const struct mf_rule_list *l, struct mf_pool *pool, struct mf_err *err)
{
	size_t n = l->n;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].rule.n_aliases;
	if (mf_names_new(out, pool, n, err))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		mf_names_add_rule(out, &l->v[i].rule, i);
	mf_names_sort(out);
	return 0;
}

/* -- a rule ---------------------------------------------------------------------------------------------- */

static int read_required(const struct mf_gl_table *t, struct mf_rule *rule)
{
	struct mf_required *list;
	size_t n;

	if (mf_gl_tables(t, "required", &n))
		return -1;
	list = mf_rule_pool_get(t->pool, (n + 1) * sizeof(*list));
	if (!list)
		return mf_fail_nomem(t->err);
	for (size_t i = 0; i < n; i++) {
		const struct mf_gl_table one = { t->pool, t->file, mf_gl_table_at(t, "required", i), t->err };

		list[i] = (struct mf_required){ .id = "", .lines = SIZE_MAX, .columns = SIZE_MAX };
		if (mf_gl_text(&one, "id", &list[i].id) || mf_gl_count(&one, "withinLines", &list[i].lines) ||
		    mf_gl_count(&one, "withinColumns", &list[i].columns))
			return -1;
		if (!*list[i].id)
			return mf_rule_fail(t->err, t->file, mf_toml_pos(one.n), "rule '%s': [[rules.required]] has no id", rule->id);
	}
	rule->required = list;
	rule->n_required = n;
	return 0;
}

/* Both spellings, of a rule or of the file. */
static int read_allow(const struct mf_gl_table *t, struct mf_rule_list *into, const char *label)
{
	const struct mf_allow_place place = { .file = t->file, .label = label };
	const char *key = mf_toml_get_nocase(t->n, "allowlist") ? "allowlist" : "allowlists";
	struct mf_allow_src *a;
	size_t n, both;

	if (mf_gl_tables(t, key, &n) || mf_gl_tables(t, "allowlists", &both))
		return -1;
	if (both && key[9] == '\0')
		return mf_rule_fail(t->err, t->file, mf_toml_pos(mf_toml_get_nocase(t->n, "allowlist")),
				    "%s: 'allowlist' is the old spelling and cannot stand beside [[allowlists]]", label);
	for (size_t i = 0; i < n; i++)
		if (mf_allow_read(&a, t->pool, &place, mf_gl_table_at(t, key, i), t->err) || mf_rule_list_allow(into, t->pool, a, t->err))
			return -1;
	return 0;
}

/* The expressions are only looked at here: the scanner makes its own from the text. */
static int check_regex(const struct mf_gl_table *t, const char *key, const char *label, const char *text)
{
	struct mf_regex *re;
	char where[200];

	if (!text)
		return 0;
	snprintf(where, sizeof(where), "%.150s, %s", label, key);
	if (mf_rule_regex(&re, t->file, mf_toml_pos(mf_toml_get_nocase(t->n, key)), where, text, t->err))
		return -1;
	mf_regex_free(re);
	return 0;
}

static const char *none_if_empty(const char *s)
{
	return s && *s ? s : NULL;
}

static int read_texts(const struct mf_gl_table *t, struct mf_rule *r)
{
	struct mf_gl_list keywords = { 0 }, tags = { 0 };
	size_t group = 0;

	if (mf_gl_text(t, "description", &r->title) || mf_gl_text(t, "regex", &r->regex) || mf_gl_text(t, "path", &r->path) ||
	    mf_gl_real(t, "entropy", &r->entropy) || mf_gl_count(t, "secretGroup", &group) || mf_gl_texts(t, "keywords", &keywords) ||
	    mf_gl_texts(t, "tags", &tags))
		return -1;
	keywords.v = mf_rule_pool_lower(t->pool, keywords.v, keywords.n);
	if (!keywords.v)
		return mf_fail_nomem(t->err);
	r->title = none_if_empty(r->title);
	r->regex = none_if_empty(r->regex);
	r->path = none_if_empty(r->path);
	r->group = (unsigned)group;
	r->keywords = keywords.v;
	r->n_keywords = keywords.n;
	r->tags = tags.v;
	r->n_tags = tags.n;
	return 0;
}

static const char *const rule_keys[] = { "id", "description", "regex", "path", "entropy", "secretGroup", "keywords", "tags", "allowlist", "allowlists", "required",
					 "skipReport" };
static const char *const file_keys[] = { "title", "description", "version", "minVersion", "extend", "rules", "allowlist", "allowlists" };

static int read_rule(struct mf_rule_src *src, const struct mf_gl_table *t)
{
	struct mf_rule *r = &src->rule;
	struct mf_rule_list allow = { 0 };
	bool skip = false;
	char label[140];

	*src = (struct mf_rule_src){ .file = t->file, .pos = mf_toml_pos(t->n) };
	*r = (struct mf_rule){ .id = "", .opens = "", .revoke = "", .source = "", .lifetime = "api_key", .severity = MF_SEV_HIGH };
	if (mf_gl_text(t, "id", &r->id) || read_texts(t, r) || mf_gl_bool(t, "skipReport", &skip, NULL))
		return -1;
	if (mf_trim(mf_str(r->id)).n == 0)
		return mf_rule_fail(t->err, t->file, src->pos, "a rule has no id%s%.100s", r->title ? ": " : "", r->title ? r->title : "");
	mf_gl_misspelled(t, rule_keys, MF_COUNT(rule_keys));
	snprintf(label, sizeof(label), "rule '%.120s'", r->id);
	r->flags = MF_RULE_USER | MF_RULE_DECODE | (skip ? MF_RULE_SKIP_REPORT : 0u) | (strstr(r->id, "generic") ? MF_RULE_GENERIC : 0u);
	if (check_regex(t, "regex", label, r->regex) || check_regex(t, "path", label, r->path) || read_required(t, r) || read_allow(t, &allow, label))
		return -1;
	src->allow = allow.allow;
	src->n_allow = allow.n_allow;
	return 0;
}

/* -- the file -------------------------------------------------------------------------------------------- */

/* Of several rules with one id the last is meant. */
static int drop_repeated(const struct mf_gl_table *t, struct mf_rule_list *l)
{
	struct mf_rule_list kept = { 0 };
	struct mf_names last;

	if (mf_names_new(&last, t->pool, l->n, t->err))
		return -1;
	for (size_t i = l->n; i-- > 0; )
		mf_names_add(&last, l->v[i].rule.id, l->n - i);
	mf_names_sort(&last);
	for (size_t i = 0; i < l->n; i++) {
		const size_t by = l->n - mf_names_find(&last, l->v[i].rule.id);

		if (by != i)
			mf_warn("%s:%u: a second rule '%s' replaces that of line %u", t->file, l->v[by].pos.line, l->v[i].rule.id, l->v[i].pos.line);
		else if (mf_rule_list_add(&kept, t->pool, &l->v[i], t->err))
			return -1;
	}
	l->v = kept.v;
	l->n = kept.n;
	l->cap = kept.cap;
	return 0;
}

static int read_rules(const struct mf_gl_table *t, struct mf_rule_list *l)
{
	struct mf_rule_src src;
	size_t n;

	if (mf_gl_tables(t, "rules", &n))
		return -1;
	if (n > RULES_MAX)
		return mf_rule_fail(t->err, t->file, mf_toml_pos(mf_toml_get_nocase(t->n, "rules")), "there are more than %d rules", RULES_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct mf_gl_table one = { t->pool, t->file, mf_gl_table_at(t, "rules", i), t->err };

		if (read_rule(&src, &one) || mf_rule_list_add(l, t->pool, &src, t->err))
			return -1;
	}
	return drop_repeated(t, l);
}

static int read_extend(const struct mf_gl_table *t, struct mf_gl_conf *out)
{
	const struct mf_tnode *n = mf_toml_get_nocase(t->n, "extend");
	const struct mf_gl_table e = { t->pool, t->file, n, t->err };

	if (!n)
		return 0;
	if (mf_toml_type(n) != MF_T_TABLE)
		return mf_rule_fail(t->err, t->file, mf_toml_pos(n), "'extend' takes a table, not %s", mf_toml_type_name(mf_toml_type(n)));
	out->extend_pos = mf_toml_pos(n);
	if (mf_gl_text(&e, "path", &out->extend_path) || mf_gl_bool(&e, "useDefault", &out->use_default, &out->says_use_default) ||
	    mf_gl_texts(&e, "disabledRules", &out->disabled))
		return -1;
	out->extend_path = none_if_empty(out->extend_path);
	if (mf_toml_get_nocase(n, "url"))
		mf_warn("%s:%u: 'extend.url' is not followed", t->file, out->extend_pos.line);
	return 0;
}

static int read_conf(struct mf_gl_conf *out, const struct mf_gl_table *t)
{
	const struct mf_tnode *least = mf_toml_get_nocase(t->n, "minVersion");

	if (least)
		mf_verbose("%s:%u: 'minVersion' is a version of gitleaks and means nothing here", t->file, mf_toml_pos(least).line);
	mf_gl_misspelled(t, file_keys, MF_COUNT(file_keys));
	return read_extend(t, out) || read_rules(t, &out->own) || read_allow(t, &out->own, "[[allowlists]]") ? -1 : 0;
}

int mf_gl_read(struct mf_gl_conf *out, struct mf_pool *pool, const char *file, struct mf_str text, struct mf_err *err)
{
	struct mf_gl_conf conf = { .file = mf_rule_pool_str(pool, mf_str(file)) };
	struct mf_gl_table t = { .pool = pool, .file = conf.file, .err = err };
	struct mf_toml *doc;
	int rc;

	if (!conf.file)
		return mf_fail_nomem(err);
	if (mf_toml_parse(&doc, file, text.p, text.n, err))
		return -1;
	t.n = mf_toml_root(doc);
	rc = read_conf(&conf, &t);
	mf_toml_free(doc);
	if (rc == 0)
		*out = conf;
	return rc;
}
