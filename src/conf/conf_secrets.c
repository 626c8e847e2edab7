/* SPDX-License-Identifier: Apache-2.0 */
/* The file's `secrets` section: NAME: REF, or NAME: { from: REF, ... }. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/yaml.h>

#include "conf_priv.h"

const char *const mf_secret_keys[] = {
	"from", "as", "prefix", "keep-case", "optional", "version", "decode", "output", "env",
};
const size_t mf_n_secret_keys = MF_COUNT(mf_secret_keys);

struct entry {
	const char *file;
	const char *label;
	const struct mf_ynode *node;		/* the whole value */
	const struct mf_ynode *version, *prefix, *keep_case, *output, *env;	/* where given */
	struct mf_want *want;
	struct mf_err *err;
};

static int wrong(const struct entry *e, const struct mf_ynode *n, const char *why, const char *hint)
{
	char at[MF_AT_MAX];

	mf_at(at, e->file, n);
	mf_fail(e->err, MF_E_CONF_WANT, "%s: '%.60s' %s", at, e->label, why);
	if (hint)
		mf_err_hint(e->err, "%s", hint);
	return -1;
}

static int read_ref(struct entry *e, const struct mf_ynode *n)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	char at[MF_AT_MAX];

	if (mf_yaml_need_text(&text, e->file, n, e->label, e->err))
		return -1;
	if (mf_ref_parse(&e->want->ref, mf_str(text), e->err)) {
		mf_at(at, e->file, n);
		mf_err_wrap(e->err, "%s: '%.60s'", at, e->label);
		return -1;
	}
	return 0;
}

static int read_choice(const struct entry *e, const struct mf_ynode *n, const char *key, const char *choices, struct mf_str *out)
{
	char at[MF_AT_MAX], near[64];

	if (mf_scalar_kind(n) != MF_SC_TEXT)
		return mf_yaml_wrong_type(e->file, n, key, "text", e->err);
	*out = mf_yaml_text(n);
	if (mf_choice_has(choices, *out))
		return 0;
	mf_at(at, e->file, n);
	mf_fail(e->err, MF_E_CONF_VALUE, "%s: '%.*s' is no value of '%s'", at, (int)(out->n < 20 ? out->n : 20), out->p, key);
	mf_err_why(e->err, "it is one of: %s", choices);
	if (mf_choice_nearest(near, choices, *out))
		mf_err_hint(e->err, "did you mean '%s'?", near);
	return -1;
}

static int read_as(struct entry *e, const struct mf_ynode *n)
{
	struct mf_str s;

	if (read_choice(e, n, "as", "env file", &s))
		return -1;
	e->want->as = mf_str_is(s, "file") ? MF_AS_FILE : MF_AS_ENV;
	return 0;
}

static int read_decode(struct entry *e, const struct mf_ynode *n)
{
	struct mf_str s;

	if (read_choice(e, n, "decode", "none base64 hex", &s))
		return -1;
	e->want->decode = mf_str_is(s, "base64") ? MF_DECODE_BASE64 : mf_str_is(s, "hex") ? MF_DECODE_HEX : MF_DECODE_NONE;
	return 0;
}

/* An empty prefix is one: every field under its own name. */
static int read_prefix(struct entry *e, const struct mf_ynode *n)
{
	struct mf_str s = mf_yaml_text(n);

	if (mf_scalar_kind(n) != MF_SC_TEXT)
		return mf_yaml_wrong_type(e->file, n, "prefix", "text", e->err);
	if (s.n && !mf_env_name_valid(s))
		return wrong(e, n, "has a prefix that no variable's name can begin with", "use letters, digits and '_'");
	e->prefix = n;
	e->want->prefix = mf_strndup(s.n ? s.p : "", s.n);
	return e->want->prefix ? 0 : mf_fail_nomem(e->err);
}

/* A letter or '_', then also digits and '-'. */
static bool output_name_valid(struct mf_str s)
{
	if (s.n == 0 || !mf_env_name_valid((struct mf_str){ s.p, 1 }))
		return false;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] != '-' && !(s.p[i] >= '0' && s.p[i] <= '9') && !mf_env_name_valid((struct mf_str){ s.p + i, 1 }))
			return false;
	}
	return true;
}

static int read_output(struct entry *e, const struct mf_ynode *n)
{
	struct mf_str s = mf_yaml_text(n);
	bool b;

	e->output = n;
	if (mf_scalar_kind(n) == MF_SC_BOOL && mf_bool_parse(&b, s)) {
		e->want->no_output = !b;
		return 0;
	}
	if (mf_scalar_kind(n) != MF_SC_TEXT)
		return mf_yaml_wrong_type(e->file, n, "output", "text, true or false", e->err);
	if (!output_name_valid(s))
		return wrong(e, n, "has an output whose name cannot be used", "use letters, digits, '_' and '-'");
	e->want->output = mf_strndup(s.p, s.n);
	return e->want->output ? 0 : mf_fail_nomem(e->err);
}

static int read_flag(struct entry *e, const struct mf_ynode *n, const char *key, bool *out)
{
	return mf_yaml_need_bool(out, e->file, n, key, e->err);
}

static int read_env(struct entry *e, const struct mf_ynode *n)
{
	bool b = true;

	if (read_flag(e, n, "env", &b))
		return -1;
	e->env = n;
	e->want->no_env = !b;
	return 0;
}

static int read_member(struct entry *e, const struct mf_ynode *key, const struct mf_ynode *n)
{
	MF_CLEANUP(mf_freep) char *name = NULL;

	if (mf_yaml_key_text(&name, e->file, key, e->err))
		return -1;
	if (strcmp(name, "from") == 0)
		return mf_scalar_kind(n) == MF_SC_NULL ? 0 : read_ref(e, n);
	for (size_t i = 0; i < mf_n_secret_keys && mf_scalar_kind(n) == MF_SC_NULL; i++) {
		if (strcmp(name, mf_secret_keys[i]) == 0)
			return 0;
	}
	if (strcmp(name, "as") == 0)
		return read_as(e, n);
	if (strcmp(name, "prefix") == 0)
		return read_prefix(e, n);
	if (strcmp(name, "decode") == 0)
		return read_decode(e, n);
	if (strcmp(name, "output") == 0)
		return read_output(e, n);
	if (strcmp(name, "env") == 0)
		return read_env(e, n);
	if (strcmp(name, "optional") == 0)
		return read_flag(e, n, "optional", &e->want->optional);
	if (strcmp(name, "keep-case") == 0) {
		e->keep_case = n;
		return read_flag(e, n, "keep-case", &e->want->keep_case);
	}
	if (strcmp(name, "version") == 0) {
		e->version = n;
		return 0;
	}
	return mf_yaml_unknown_key(e->file, key, e->label, mf_secret_keys, mf_n_secret_keys, e->err);
}

static int apply_version(struct entry *e)
{
	const enum mf_scalar kind = mf_scalar_kind(e->version);
	struct mf_ref *ref = &e->want->ref;
	char why[160];

	if (kind != MF_SC_INT && kind != MF_SC_TEXT)
		return mf_yaml_wrong_type(e->file, e->version, "version", "a number or an id", e->err);
	if (ref->version)
		return wrong(e, e->version, "has a version here and in its reference", "keep one of the two");
	if (mf_ref_set_version(ref, mf_yaml_text(e->version), why, sizeof(why), e->err) == 0)
		return 0;
	return why[0] ? wrong(e, e->version, why, NULL) : -1;
}

/* What goes together: told here, where line and column are known. */
static int check(const struct entry *e)
{
	const struct mf_want *w = e->want;

	if (e->prefix && (mf_ref_local(&w->ref) || w->ref.select != MF_SEL_ALL))
		return wrong(e, e->prefix, "has a prefix, which takes every field, but names one value", "leave out '#FIELD' or 'prefix'");
	if (e->keep_case && !e->prefix)
		return wrong(e, e->keep_case, "has 'keep-case' without 'prefix'", "it is about the names of a whole secret's fields");
	if (e->prefix && w->output)
		return wrong(e, e->output, "has one output's name for many fields", "leave out 'output' or 'prefix'");
	if (w->no_env && w->no_output)
		return wrong(e, e->env, "would go nowhere", "leave out 'env: false' or 'output: false'");
	return 0;
}

static int read_map(struct entry *e)
{
	for (size_t i = 0; i < mf_yaml_size(e->node); i++) {
		if (read_member(e, mf_yaml_key_at(e->node, i), mf_yaml_at(e->node, i)))
			return -1;
	}
	if (!e->want->ref.path)
		return wrong(e, e->node, "has no 'from'", "from: vault://MOUNT/PATH#FIELD");
	if (e->version && apply_version(e))
		return -1;
	return check(e);
}

static int read_entry(struct mf_conf *c, struct entry *e, const struct mf_ynode *key)
{
	char at[MF_AT_MAX];
	int rc;

	if (!mf_env_name_valid(mf_str(e->label)))
		return wrong(e, key, "is no name that a variable can have", "use letters, digits and '_'");
	if (mf_yaml_type(e->node) == MF_Y_MAP)
		rc = read_map(e);
	else if (mf_scalar_kind(e->node) == MF_SC_TEXT)
		rc = read_ref(e, e->node);
	else
		rc = mf_yaml_wrong_type(e->file, e->node, e->label, "a reference or a map with 'from'", e->err);
	if (rc)
		return -1;
	if (!e->want->prefix) {
		e->want->name = mf_strdup(e->label);
		if (!e->want->name)
			return mf_fail_nomem(e->err);
	}
	mf_at(at, e->file, key);
	snprintf(e->want->origin, sizeof(e->want->origin), "%.159s", at);
	return mf_conf_want_put(c, e->want, MF_RANK_FILE, mf_str(e->label), false, e->err);
}

int mf_conf_read_secrets(struct mf_conf *c, const char *file, const struct mf_ynode *map, struct mf_err *err)
{
	if (mf_scalar_kind(map) == MF_SC_NULL)
		return 0;
	if (mf_yaml_type(map) != MF_Y_MAP)
		return mf_yaml_wrong_type(file, map, "secrets", "a map of names and references", err);
	for (size_t i = 0; i < mf_yaml_size(map); i++) {
		const struct mf_ynode *key = mf_yaml_key_at(map, i);
		MF_CLEANUP(mf_freep) char *label = NULL;
		struct mf_want want = { 0 };
		struct entry e = { .file = file, .node = mf_yaml_at(map, i), .want = &want, .err = err };
		int rc;

		if (mf_yaml_key_text(&label, file, key, err))
			return -1;
		e.label = label;
		rc = read_entry(c, &e, key);
		mf_want_free(&want);
		if (rc)
			return -1;
	}
	return 0;
}
