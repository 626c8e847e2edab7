/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says about an item: its maximum, its mode, its exception. */
#include "policy_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

enum { NAMES_MAX = 200 };

/* The names that something in the file may be. */
struct names {
	const char *v[NAMES_MAX];
	size_t n;
};

static void add_name(struct names *names, const char *name)
{
	if (names->n < NAMES_MAX)
		names->v[names->n++] = name;
}

static void add_classes(struct names *names)
{
	for (unsigned c = MF_LC_NONE + 1; c < MF_LC_COUNT; c++)
		add_name(names, mf_life_rule((enum mf_life_class)c)->name);
}

static void add_kinds(struct names *names)
{
	for (const struct mf_check_rule *r = mf_check_rules; r->id; r++)
		add_name(names, r->id);
	for (const struct mf_check_kind *k = mf_check_known; k->kind; k++)
		add_name(names, k->kind);
}

static int known(const struct names *names, const char *name, enum mf_error code, const char *origin, const char *is, struct mf_err *err)
{
	const char *near;

	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return 0;
	mf_fail(err, code, "%s: '%.60s' is %s", origin, name, is);
	near = mf_nearest(name, names->v, names->n);
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	else
		mf_err_hint(err, "reports call them by name, mayfly check --format json shows all");
	return -1;
}

static int check_modes(const struct mf_conf *conf, struct mf_err *err)
{
	struct names names = { .n = 0 };
	size_t n;
	const struct mf_conf_limit *l = mf_conf_limits(conf, MF_CONF_MODES, &n);

	add_classes(&names);
	add_kinds(&names);
	for (size_t i = 0; i < n; i++)
		if (known(&names, l[i].what, MF_E_CONF_UNKNOWN, l[i].origin, "no class, no kind of credential and no rule", err))
			return -1;
	return 0;
}

static int check_exceptions(const struct mf_conf *conf, struct mf_err *err)
{
	struct names classes = { .n = 0 }, kinds = { .n = 0 };
	size_t n;
	const struct mf_conf_exception *e = mf_conf_exceptions(conf, &n);

	add_classes(&classes);
	add_kinds(&kinds);
	for (size_t i = 0; i < n; i++) {
		if (e[i].class_name && known(&classes, e[i].class_name, MF_E_CONF_VALUE, e[i].origin, "no class", err))
			return -1;
		if (e[i].kind && known(&kinds, e[i].kind, MF_E_CONF_VALUE, e[i].origin, "no kind of credential and no rule", err))
			return -1;
	}
	return 0;
}

static int check_trend(const struct mf_conf *conf, struct mf_err *err)
{
	if (!mf_conf_is_set(conf, MF_K_LIFETIME_MAX_STATIC) || mf_conf_int(conf, MF_K_LIFETIME_MAX_STATIC) >= 0 || mf_conf_str(conf, MF_K_LIFETIME_TREND))
		return 0;
	mf_fail(err, MF_E_CONF_VALUE, "%s: 'trend' needs a trend file", mf_conf_origin(conf, MF_K_LIFETIME_MAX_STATIC));
	mf_err_hint(err, "--trend FILE, or lifetime.trend");
	return -1;
}

/* -- what is set ------------------------------------------------------------------------------------ */

static enum mf_check_mode mode_named(const char *name)
{
	return !name || strcmp(name, "fail") == 0 ? MF_CHECK_FAIL : strcmp(name, "warn") == 0 ? MF_CHECK_WARN : MF_CHECK_OFF;
}

/* The key of lifetime.max that sets a class's maximum; two classes may share one. */
static bool key_of(enum mf_key *out, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "lifetime.max.%s", name);
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const char *p = mf_key_info(k)->path;

		if (p && strcmp(p, path) == 0) {
			*out = (enum mf_key)k;
			return true;
		}
	}
	return false;
}

static void set_classes(struct mf_check_policy *p)
{
	const bool strict = mf_conf_bool(p->conf, MF_K_LIFETIME_STRICT);

	for (unsigned c = 0; c < MF_LC_COUNT; c++) {
		const struct mf_life_rule *rule = mf_life_rule((enum mf_life_class)c);
		enum mf_key k;

		p->classes[c].max = strict ? rule->strict : rule->max;
		p->classes[c].origin = strict && rule->strict != rule->max ? "lifetime.strict" : "the default";
		if (rule->key && key_of(&k, rule->key) && mf_conf_is_set(p->conf, k)) {
			p->classes[c].max = mf_conf_int(p->conf, k);
			p->classes[c].origin = mf_conf_origin(p->conf, k);
		}
	}
}

int mf_check_policy_new(struct mf_check_policy **out, const struct mf_conf *conf, int64_t now, struct mf_err *err)
{
	struct mf_check_policy *p;

	if (check_modes(conf, err) || check_exceptions(conf, err) || check_trend(conf, err))
		return -1;
	p = mf_calloc(1, sizeof(*p));
	if (!p)
		return mf_fail_nomem(err);
	p->conf = conf;
	p->now = now;
	set_classes(p);
	p->job_max = mf_conf_int(conf, MF_K_LIFETIME_JOB_MAX);
	p->unknown = mode_named(mf_conf_str(conf, MF_K_LIFETIME_UNKNOWN));
	p->statics_most = SIZE_MAX;
	if (mf_conf_is_set(conf, MF_K_LIFETIME_MAX_STATIC)) {
		const int64_t most = mf_conf_int(conf, MF_K_LIFETIME_MAX_STATIC);

		p->ratchet = true;
		p->statics_most = most < 0 ? SIZE_MAX : (size_t)most;
	}
	*out = p;
	return 0;
}

void mf_check_policy_free(struct mf_check_policy *p)
{
	free(p);
}

void mf_check_policy_trend(struct mf_check_policy *p, const struct mf_trend *t)
{
	if (mf_conf_is_set(p->conf, MF_K_LIFETIME_MAX_STATIC) && mf_conf_int(p->conf, MF_K_LIFETIME_MAX_STATIC) < 0)
		p->statics_most = t->lines ? t->lowest : SIZE_MAX;
}

/* -- what is said of an item ------------------------------------------------------------------------ */

static const struct mf_conf_limit *limit_of(const struct mf_check_policy *p, enum mf_conf_limits which, const char *text)
{
	size_t n;
	const struct mf_conf_limit *l = mf_conf_limits(p->conf, which, &n);

	for (size_t i = 0; i < n; i++)
		if (mf_check_glob(l[i].what, text))
			return &l[i];
	return NULL;
}

int64_t mf_check_max_of(const struct mf_check_policy *p, const struct mf_check_item *item, const char **origin)
{
	const enum mf_life_class class = item->life.class;
	const struct mf_conf_limit *l = NULL;

	if (class != MF_LC_NONE) {
		l = limit_of(p, MF_CONF_NAMES, item->name);
		l = l ? l : limit_of(p, MF_CONF_PATHS, item->path);
	}
	*origin = l ? l->origin : p->classes[class].origin;
	return l ? l->max : p->classes[class].max;
}

const char *mf_check_max_origin(const struct mf_check_policy *p, const struct mf_check_item *item)
{
	const char *origin;

	mf_check_max_of(p, item, &origin);
	return origin;
}

/* The class itself, or the one that it shares a key with. */
static bool is_class(const struct mf_check_item *item, const char *name)
{
	const struct mf_life_rule *rule = mf_life_rule(item->life.class);

	return item->life.kind && item->life.class != MF_LC_NONE && (strcmp(rule->name, name) == 0 || (rule->key && strcmp(rule->key, name) == 0));
}

/* A certificate opens nothing without its key: that it lives too long is worth a word, and no failure. */
static bool certificate_alone(const struct mf_life *life)
{
	return life->kind && strncmp(life->kind, "x509-", 5) == 0 && !(life->flags & MF_LIFE_KEY_BESIDE);
}

/* What nothing but its age is known of may be no secret at all: an address that stands beside a password. */
static bool of_no_form(const struct mf_life *life)
{
	return mf_same_text(life->kind, "stored-secret");
}

enum mf_check_mode mf_check_mode_of(const struct mf_check_policy *p, const struct mf_check_item *item)
{
	const struct mf_check_rule *rule = item->life.kind ? NULL : mf_check_rule(item->rule);
	size_t n;
	const struct mf_conf_limit *l = mf_conf_limits(p->conf, MF_CONF_MODES, &n), *by_class = NULL;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(l[i].what, item->rule) == 0)
			return mode_named(l[i].mode);
		if (is_class(item, l[i].what) && (!by_class || strlen(l[i].what) > strlen(by_class->what)))
			by_class = &l[i];
	}
	if (by_class)
		return mode_named(by_class->mode);
	return rule ? rule->mode : certificate_alone(&item->life) || of_no_form(&item->life) ? MF_CHECK_WARN : MF_CHECK_FAIL;
}

static bool matches(const struct mf_conf_exception *e, const struct mf_check_item *item)
{
	return (!e->name || mf_check_glob(e->name, item->name)) && (!e->path || mf_check_glob(e->path, item->path)) &&
	       (!e->id || strcmp(e->id, item->id) == 0) && (!e->kind || strcmp(e->kind, item->rule) == 0) &&
	       (!e->class_name || is_class(item, e->class_name));
}

const struct mf_conf_exception *mf_check_exception_of(const struct mf_check_policy *p, const struct mf_check_item *item, bool *over)
{
	size_t n;
	const struct mf_conf_exception *e = mf_conf_exceptions(p->conf, &n), *once = NULL;

	*over = false;
	for (size_t i = 0; i < n; i++) {
		if (!matches(&e[i], item))
			continue;
		if (e[i].until >= p->now)
			return &e[i];
		once = once ? once : &e[i];
	}
	*over = once != NULL;
	return once;
}
