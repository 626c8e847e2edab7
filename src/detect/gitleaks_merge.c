/* SPDX-License-Identifier: Apache-2.0 */
/* A config and what it extends. The extending file wins where a rule has one value, and adds where it has a list. */
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <unistd.h>

#include "gitleaks_conf.h"

struct merging {
	struct mf_pool *pool;
	const struct mf_rule_list *ours;
	struct mf_err *err;
};

static int assemble(struct merging *m, struct mf_rule_list *out, const struct mf_gl_conf *conf, bool always, unsigned depth);

/* -- one rule -------------------------------------------------------------------------------------------- */

static int join(struct merging *m, const char *const **a, size_t *n_a, const char *const *b, size_t n_b)
{
	const char **v;

	if (n_b == 0)
		return 0;
	v = mf_rule_pool_get(m->pool, (*n_a + n_b) * sizeof(*v));
	if (!v)
		return mf_fail_nomem(m->err);
	if (*n_a)
		memcpy(v, *a, *n_a * sizeof(*v));
	memcpy(v + *n_a, b, n_b * sizeof(*v));
	*a = v;
	*n_a += n_b;
	return 0;
}

static int join_allow(struct merging *m, struct mf_rule_src *to, struct mf_allow_src **more, size_t n)
{
	struct mf_allow_src **v;

	if (n == 0)
		return 0;
	v = mf_rule_pool_get(m->pool, (to->n_allow + n) * sizeof(*v));
	if (!v)
		return mf_fail_nomem(m->err);
	if (to->n_allow)
		memcpy(v, to->allow, to->n_allow * sizeof(struct mf_allow_src *));
	memcpy(v + to->n_allow, more, n * sizeof(struct mf_allow_src *));
	to->allow = v;
	to->n_allow += n;
	to->same = NULL;
	return 0;
}

/* What was said of our expression means nothing for another one; nor do our keywords, unless more are given. */
static int replace_regex(struct merging *m, struct mf_rule *r, const struct mf_rule *by)
{
	r->regex = by->regex;
	if (r->flags & MF_RULE_USER)
		return 0;
	r->flags = MF_RULE_USER | MF_RULE_DECODE | (r->flags & (MF_RULE_GENERIC | MF_RULE_SKIP_REPORT));
	r->check = r->end = r->each = NULL;
	r->max = 0;
	r->value.least = 0;
	r->group = 0;
	r->n_keywords = by->n_keywords ? r->n_keywords : 0;
	r->keywords = mf_rule_pool_lower(m->pool, r->keywords, r->n_keywords);
	return r->keywords ? 0 : mf_fail_nomem(m->err);
}

static int merge(struct merging *m, struct mf_rule_src *base, const struct mf_rule_src *over)
{
	struct mf_rule *b = &base->rule;
	const struct mf_rule *o = &over->rule;

	base->same = NULL;
	base->file = over->file;
	base->pos = over->pos;
	if (o->regex && replace_regex(m, b, o))
		return -1;
	b->title = o->title ? o->title : b->title;
	b->path = o->path ? o->path : b->path;
	b->entropy = o->entropy != 0 ? o->entropy : b->entropy;
	b->group = o->group ? o->group : b->group;
	/* our expression holds our keywords: others could not make it match more */
	if ((b->flags & MF_RULE_USER) && join(m, &b->keywords, &b->n_keywords, o->keywords, o->n_keywords))
		return -1;
	if (join(m, &b->tags, &b->n_tags, o->tags, o->n_tags))
		return -1;
	return join_allow(m, base, over->allow, over->n_allow);
}

/* -- all of them ----------------------------------------------------------------------------------------- */

/* What a config says of the rules that it extends. */
struct change {
	const struct mf_gl_conf *conf;
	const struct mf_rule_list *own;
	struct mf_names ids;		/* of own */
	struct mf_names disabled;
	bool *used;			/* own rules that changed one of the base */
};

static int change_new(struct merging *m, struct change *c)
{
	c->used = mf_rule_pool_get(m->pool, c->own->n + 1);
	if (!c->used)
		return mf_fail_nomem(m->err);
	if (mf_names_new(&c->ids, m->pool, c->own->n, m->err) || mf_names_new(&c->disabled, m->pool, c->conf->disabled.n, m->err))
		return -1;
	for (size_t i = 0; i < c->own->n; i++)
		mf_names_add(&c->ids, c->own->v[i].rule.id, i);
	for (size_t i = 0; i < c->conf->disabled.n; i++)
		mf_names_add(&c->disabled, c->conf->disabled.v[i], i);
	mf_names_sort(&c->ids);
	mf_names_sort(&c->disabled);
	return 0;
}

/* Adds to `out` each rule of the base as it is changed. An id of gitleaks' may be several rules here: a new expression takes the place of them all. */
static int extend(struct merging *m, struct mf_rule_list *out, struct change *c, const struct mf_rule_list *base)
{
	for (size_t i = 0; i < base->n; i++) {
		struct mf_rule_src r = base->v[i];
		const size_t by = mf_names_rule(&c->ids, &r.rule);

		if (mf_names_rule(&c->disabled, &r.rule) != SIZE_MAX)
			continue;
		if (by != SIZE_MAX) {
			if (c->used[by] && c->own->v[by].rule.regex)
				continue;
			c->used[by] = true;
			if (merge(m, &r, &c->own->v[by]))
				return -1;
		}
		if (mf_rule_list_add(out, m->pool, &r, m->err))
			return -1;
	}
	for (size_t i = 0; i < base->n_allow; i++)
		if (mf_rule_list_allow(out, m->pool, base->allow[i], m->err))
			return -1;
	return 0;
}

static int note_disabled(struct merging *m, const struct mf_gl_conf *conf, const struct mf_rule_list *base)
{
	struct mf_names names;

	if (conf->disabled.n == 0)
		return 0;
	if (mf_rule_list_names(&names, base, m->pool, m->err))
		return -1;
	for (size_t i = 0; i < conf->disabled.n; i++)
		if (mf_names_find(&names, conf->disabled.v[i]) == SIZE_MAX)
			mf_verbose("%s: there is no rule '%s' to disable", conf->file, conf->disabled.v[i]);
	return 0;
}

/* *own becomes itself over the base. */
static int over(struct merging *m, struct mf_rule_list *own, const struct mf_gl_conf *conf, const struct mf_rule_list *base)
{
	struct change c = { .conf = conf, .own = own };
	struct mf_rule_list out = { 0 };

	if (change_new(m, &c) || note_disabled(m, conf, base))
		return -1;
	for (size_t i = 0; i < own->n_allow; i++)
		if (mf_rule_list_allow(&out, m->pool, own->allow[i], m->err))
			return -1;
	if (extend(m, &out, &c, base))
		return -1;
	for (size_t i = 0; i < own->n; i++)
		if (!c.used[i] && mf_rule_list_add(&out, m->pool, &own->v[i], m->err))
			return -1;
	*own = out;
	return 0;
}

static int extend_path(struct merging *m, struct mf_rule_list *own, const struct mf_gl_conf *conf, unsigned depth)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(MF_TOML_BYTES);
	const char *path = mf_gl_extended(m->pool, conf->file, conf->extend_path);
	struct mf_rule_list base = { 0 };
	struct mf_gl_conf next;
	char why[sizeof(m->err->why)];

	if (!path)
		return mf_fail_nomem(m->err);
	if (mf_fs_read(&text, path, m->err)) {
		if (m->err->code == MF_BUG)
			return -1;
		memcpy(why, m->err->why, sizeof(why));
		mf_fail(m->err, MF_E_RULE_EXTEND, "the rules in '%s' extend '%s', which cannot be read", conf->file, conf->extend_path);
		mf_err_why(m->err, "%s:%u:%u: %s", conf->file, conf->extend_pos.line, conf->extend_pos.col, why);
		if (access(path, F_OK) == 0)
			mf_err_hint(m->err, "rules that a repository brings may extend files in it only: name them with  --rules FILE");
		return -1;
	}
	if (mf_gl_read(&next, m->pool, path, (struct mf_str){ .p = text.p, .n = text.n }, m->err) || assemble(m, &base, &next, false, depth + 1))
		return -1;
	return over(m, own, conf, &base);
}

/* Allowlists with targetRules are for those rules alone. */
static int note_targets(struct merging *m, const struct mf_gl_conf *conf, const struct mf_rule_list *l)
{
	struct mf_names names;

	if (conf->own.n_allow == 0)
		return 0;
	if (mf_rule_list_names(&names, l, m->pool, m->err))
		return -1;
	for (size_t i = 0; i < conf->own.n_allow; i++) {
		const struct mf_allow_text *a = &conf->own.allow[i]->text;

		for (size_t k = 0; k < a->n_rules; k++)
			if (mf_names_find(&names, a->rules[k]) == SIZE_MAX)
				mf_warn("%s: an allowlist is for rule '%s', which does not exist", conf->file, a->rules[k]);
	}
	return 0;
}

static int assemble(struct merging *m, struct mf_rule_list *out, const struct mf_gl_conf *conf, bool always, unsigned depth)
{
	struct mf_rule_list l = conf->own;

	if (conf->extend_path && conf->use_default) {
		mf_fail(m->err, MF_E_RULE_EXTEND, "the rules in '%s' extend two things at once", conf->file);
		mf_err_why(m->err, "%s:%u:%u: 'path' and 'useDefault' stand together", conf->file, conf->extend_pos.line, conf->extend_pos.col);
		mf_err_hint(m->err, "say useDefault = true in '%s' instead", conf->extend_path);
		return -1;
	}
	if (depth == MF_GL_EXTEND_DEPTH && (conf->extend_path || conf->use_default))
		mf_warn("%s: what it extends is not read: a chain has at most %d steps", conf->file, MF_GL_EXTEND_DEPTH);
	else if (conf->extend_path && extend_path(m, &l, conf, depth))
		return -1;
	if (((conf->use_default && depth < MF_GL_EXTEND_DEPTH) || (always && !conf->says_use_default)) && over(m, &l, conf, m->ours))
		return -1;
	if (note_targets(m, conf, &l))
		return -1;
	*out = l;
	return 0;
}

/* -- what only shows in the end -------------------------------------------------------------------------- */

static int check_group(struct mf_err *err, const struct mf_rule_src *s)
{
	struct mf_regex *re;
	unsigned groups;

	if (!s->rule.regex || s->rule.group == 0)
		return 0;
	if (mf_regex_new(&re, mf_str(s->rule.regex), err))
		return -1;
	groups = mf_regex_facts(re)->groups;
	mf_regex_free(re);
	if (s->rule.group <= groups)
		return 0;
	return mf_rule_fail(err, s->file, s->pos, "rule '%s': secretGroup is %u, the expression has %u group%s", s->rule.id, s->rule.group, groups,
			    groups == 1 ? "" : "s");
}

static int check(struct mf_err *err, const struct mf_names *names, const struct mf_rule_src *s)
{
	const struct mf_rule *r = &s->rule;

	if (!r->regex && !r->path)
		return mf_rule_fail(err, s->file, s->pos, "rule '%s' has neither 'regex' nor 'path', and there is no rule of that id to change", r->id);
	for (size_t i = 0; i < r->n_required; i++)
		if (mf_names_find(names, r->required[i].id) == SIZE_MAX)
			return mf_rule_fail(err, s->file, s->pos, "rule '%s' requires rule '%s', which does not exist", r->id, r->required[i].id);
	return check_group(err, s);
}

int mf_gl_assemble(struct mf_rule_list *out, struct mf_pool *pool, const struct mf_gl_conf *conf, const struct mf_rule_list *ours, bool always,
		   struct mf_err *err)
{
	struct merging m = { .pool = pool, .ours = ours, .err = err };
	struct mf_rule_list l;
	struct mf_names names;

	if (assemble(&m, &l, conf, always, 0) || mf_rule_list_names(&names, &l, pool, err))
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		if (!l.v[i].same && check(err, &names, &l.v[i]))
			return -1;
		if (!l.v[i].rule.title)
			l.v[i].rule.title = l.v[i].rule.id;
	}
	*out = l;
	return 0;
}
