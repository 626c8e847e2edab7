/* SPDX-License-Identifier: Apache-2.0 */
#include "rules_src.h"

#include <stdarg.h>
#include <stdio.h>
#include <mayfly/conf.h>

const char *mf_severity_name(enum mf_severity s)
{
	static const char *const names[] = { "low", "medium", "high", "critical" };

	return names[s];
}

bool mf_rule_is(const struct mf_rule *rule, struct mf_str name)
{
	if (mf_str_is(name, rule->id))
		return true;
	for (size_t i = 0; i < rule->n_aliases; i++)
		if (mf_str_is(name, rule->aliases[i]))
			return true;
	return false;
}

int mf_rule_fail(struct mf_err *err, const char *file, struct mf_tpos pos, const char *fmt, ...)
{
	char why[sizeof(err->why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	mf_fail(err, MF_E_RULE_CONFIG, "the rules in '%s' cannot be used", file);
	mf_err_why(err, "%s:%u:%u: %s", file, pos.line, pos.col, why);
	return -1;
}

int mf_rule_hint(struct mf_err *err, const char *name, const char *const *names, size_t n)
{
	const char *near = mf_nearest(name, names, n);

	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	return -1;
}

int mf_rule_unknown_key(struct mf_err *err, const char *file, const struct mf_tnode *value, const char *where, struct mf_str key,
			const char *const *names, size_t n)
{
	mf_rule_fail(err, file, mf_toml_pos(value), "%s has no key '%.*s'", where, (int)(key.n < 60 ? key.n : 60), key.p);
	return mf_rule_hint(err, key.p, names, n);
}

int mf_rule_regex(struct mf_regex **out, const char *file, struct mf_tpos pos, const char *label, const char *text, struct mf_err *err)
{
	char what[sizeof(err->what)], why[sizeof(err->why)], hint[sizeof(err->hint)];

	if (mf_regex_new(out, mf_str(text), err) == 0)
		return 0;
	if (strcmp(err->id, mf_error_id(MF_E_RE_SYNTAX)) != 0)
		return -1;
	memcpy(what, err->what, sizeof(what));
	memcpy(why, err->why, sizeof(why));
	memcpy(hint, err->hint, sizeof(hint));
	mf_rule_fail(err, file, pos, "%s: %s: %s", label, what, why);
	if (*hint)
		mf_err_hint(err, "%s", hint);
	return -1;
}
