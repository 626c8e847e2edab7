/* SPDX-License-Identifier: Apache-2.0 */
/* The set of rules for a scan: ours, which are static data, changed and joined by what the user's file says, filtered by id. */
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/conf.h>
#include <mayfly/fs.h>
#include <mayfly/hash.h>

#include "gitleaks_conf.h"

enum { SPELL_MAX = 64 << 20 };

struct loading {
	struct mf_pool *pool;
	const struct mf_rules_opts *opts;
	struct mf_rule_list list;
	struct mf_ruleset *out;
	struct mf_err *err;
};

/* -- ours ------------------------------------------------------------------------------------------------ */

static int add_builtin_allow(struct mf_rule_src *src, struct mf_pool *pool, const struct mf_builtin_allow *b, struct mf_err *err)
{
	struct mf_allow_src *list = mf_rule_pool_get(pool, b->n * sizeof(*list));

	src->allow = mf_rule_pool_get(pool, b->n * sizeof(*src->allow));
	if (!list || !src->allow)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < b->n; i++) {
		list[i].text = b->allow[i];
		src->allow[i] = &list[i];
	}
	src->n_allow = b->n;
	return 0;
}

int mf_builtin_list(struct mf_rule_list *out, struct mf_pool *pool, struct mf_err *err)
{
	struct mf_rule_list l = { .v = mf_rule_pool_get(pool, (mf_n_builtin_rules + 1) * sizeof(*l.v)), .cap = mf_n_builtin_rules };

	if (!l.v)
		return mf_fail_nomem(err);
	for (; l.n < mf_n_builtin_rules; l.n++)
		l.v[l.n] = (struct mf_rule_src){ .rule = mf_builtin_rules[l.n], .same = &mf_builtin_rules[l.n], .file = "built in" };
	for (size_t i = 0; i < mf_n_builtin_allows; i++)
		if (add_builtin_allow(&l.v[mf_builtin_allows[i].rule], pool, &mf_builtin_allows[i], err))
			return -1;
	*out = l;
	return 0;
}

/* -- the user's ------------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct mf_rule_src *)a)->rule.id, ((const struct mf_rule_src *)b)->rule.id);
}

/* A config whose rules stand beside ours. */
static void say_both(struct loading *l)
{
	char name[sizeof(l->out->origin)];

	for (size_t i = 0; i < l->list.n; i++) {
		if (l->list.v[i].rule.flags & MF_RULE_USER)
			continue;
		memcpy(name, l->out->origin, sizeof(name));
		snprintf(l->out->origin, sizeof(l->out->origin), "built in and %.*s", (int)sizeof(name) - 16, name);
		return;
	}
}

static int read_user(struct loading *l)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf file = MF_BUF(MF_TOML_BYTES);
	const struct mf_rules_opts *o = l->opts;
	struct mf_str text = o->config_text;
	struct mf_rule_list ours = l->list;
	struct mf_gl_conf conf;
	const char *name;

	snprintf(l->out->origin, sizeof(l->out->origin), "%s", o->config ? o->config : text.p ? "GITLEAKS_CONFIG_TOML" : "built in");
	if (!o->config && !text.p)
		return 0;
	if (o->config) {
		if (mf_fs_read(&file, o->config, l->err))
			return -1;
		text = (struct mf_str){ .p = file.p, .n = file.n };
	}
	name = mf_rule_pool_str(l->pool, mf_str(l->out->origin));
	if (!name)
		return mf_fail_nomem(l->err);
	if (mf_gl_read(&conf, l->pool, name, text, l->err) || mf_gl_assemble(&l->list, l->pool, &conf, &ours, !o->gitleaks, l->err))
		return -1;
	if (l->list.n)
		qsort(l->list.v, l->list.n, sizeof(*l->list.v), by_id);
	say_both(l);
	return 0;
}

/* -- filters ----------------------------------------------------------------------------------------------- */

static bool named(const struct mf_rule *r, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_rule_is(r, mf_str(names[i])))
			return true;
	return false;
}

static int unknown(struct loading *l, const char *name)
{
	size_t n = 0;
	const char **all;

	for (size_t i = 0; i < l->list.n; i++)
		n += 1 + l->list.v[i].rule.n_aliases;
	all = mf_rule_pool_get(l->pool, (n + 1) * sizeof(*all));
	if (!all)
		return mf_fail_nomem(l->err);
	n = 0;
	for (size_t i = 0; i < l->list.n; i++) {
		const struct mf_rule *r = &l->list.v[i].rule;

		all[n++] = r->id;
		for (size_t k = 0; k < r->n_aliases; k++)
			all[n++] = r->aliases[k];
	}
	mf_fail(l->err, MF_E_RULE_UNKNOWN, "there is no rule '%s'", name);
	return mf_rule_hint(l->err, name, all, n);
}

static int all_known(struct loading *l, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < l->list.n && !mf_rule_is(&l->list.v[k].rule, mf_str(names[i])))
			k++;
		if (k == l->list.n)
			return unknown(l, names[i]);
	}
	return 0;
}

/* What the rules that stay need for their own hits. */
static int needed(struct loading *l, struct mf_names *out, const bool *on)
{
	size_t n = 0;

	for (size_t i = 0; i < l->list.n; i++)
		n += l->list.v[i].rule.n_required;
	if (mf_names_new(out, l->pool, n, l->err))
		return -1;
	for (size_t i = 0; i < l->list.n; i++)
		for (size_t k = 0; on[i] && k < l->list.v[i].rule.n_required; k++)
			mf_names_add(out, l->list.v[i].rule.required[k].id, i);
	mf_names_sort(out);
	return 0;
}

static int filter(struct loading *l)
{
	const struct mf_rules_opts *o = l->opts;
	bool *on = mf_rule_pool_get(l->pool, l->list.n + 1);
	struct mf_names parts;
	size_t kept = 0;

	if (!on)
		return mf_fail_nomem(l->err);
	if (all_known(l, o->enable, o->n_enable) || all_known(l, o->disable, o->n_disable))
		return -1;
	for (size_t i = 0; i < l->list.n; i++) {
		const struct mf_rule *r = &l->list.v[i].rule;

		on[i] = (!o->enable || named(r, o->enable, o->n_enable)) && !named(r, o->disable, o->n_disable);
	}
	if (needed(l, &parts, on))
		return -1;
	for (size_t i = 0; i < l->list.n; i++) {
		struct mf_rule_src *s = &l->list.v[i];

		if (!on[i] && mf_names_rule(&parts, &s->rule) == SIZE_MAX)
			continue;
		if (!on[i] && !(s->rule.flags & MF_RULE_SKIP_REPORT)) {
			s->rule.flags |= MF_RULE_SKIP_REPORT;
			s->same = NULL;
		}
		l->list.v[kept++] = *s;
	}
	l->list.n = kept;
	return 0;
}

/* -- the result --------------------------------------------------------------------------------------------- */

static int digest(struct loading *l)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(SPELL_MAX);

	if (mf_buf_printf(&b, l->err, "mayfly rules %d\n", MF_ENGINE_VERSION) || mf_buf_add(&b, mf_builtin_digest, sizeof(mf_builtin_digest), l->err))
		return -1;
	for (size_t i = 0; i < l->list.n; i++) {
		const struct mf_rule_src *s = &l->list.v[i];

		if (s->same ? mf_buf_printf(&b, l->err, "=%s\n", s->rule.id) : mf_rule_spell(&b, &s->rule, l->err))
			return -1;
		for (size_t k = 0; !s->same && k < s->n_allow; k++)
			if (mf_allow_spell(&b, &s->allow[k]->text, l->err))
				return -1;
	}
	if (mf_buf_puts(&b, "\nglobal\n", l->err))
		return -1;
	for (size_t i = 0; i < l->list.n_allow; i++)
		if (mf_allow_spell(&b, &l->list.allow[i]->text, l->err))
			return -1;
	mf_sha256(l->out->digest, b.p, b.n);
	return 0;
}

static int allowlists(struct loading *l, const struct mf_allowlist **out, struct mf_allow_src *const *list, size_t n)
{
	struct mf_allowlist *v = mf_rule_pool_get(l->pool, (n + 1) * sizeof(*v));

	if (!v)
		return mf_fail_nomem(l->err);
	for (size_t i = 0; i < n; i++) {
		if (mf_allow_make(list[i], l->pool, l->err))
			return -1;
		v[i] = list[i]->list;
	}
	*out = v;
	return 0;
}

static int publish(struct loading *l)
{
	const struct mf_rule **rules = mf_rule_pool_get(l->pool, (l->list.n + 1) * sizeof(*rules));

	if (!rules)
		return mf_fail_nomem(l->err);
	for (size_t i = 0; i < l->list.n; i++) {
		struct mf_rule_src *s = &l->list.v[i];

		s->rule.n_allow = s->n_allow;
		if (s->n_allow && allowlists(l, &s->rule.allow, s->allow, s->n_allow))
			return -1;
		rules[i] = s->same && !s->n_allow ? s->same : &s->rule;
	}
	l->out->rules = rules;
	l->out->n_rules = l->list.n;
	l->out->n_allow = l->list.n_allow;
	return allowlists(l, &l->out->allow, l->list.allow, l->list.n_allow);
}

int mf_rules_load(struct mf_ruleset *out, const struct mf_rules_opts *opts, struct mf_err *err)
{
	struct mf_ruleset set = { .own = mf_calloc(1, sizeof(struct mf_pool)) };
	struct loading l = { .pool = set.own, .opts = opts, .out = &set, .err = err };

	if (!set.own)
		return mf_fail_nomem(err);
	if (mf_builtin_list(&l.list, l.pool, err) || read_user(&l) || filter(&l) || digest(&l) || publish(&l)) {
		mf_rules_free(&set);
		return -1;
	}
	*out = set;
	return 0;
}

void mf_rules_free(struct mf_ruleset *s)
{
	if (!s || !s->own)
		return;
	mf_rule_pool_free(s->own);
	free(s->own);
	*s = (struct mf_ruleset){ 0 };
}
