/* SPDX-License-Identifier: Apache-2.0 */
/* Which values can be variables and outputs. */
#include "sink.h"

#include <mayfly/enc.h>

static int refuse(const char *name, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_SINK_VALUE, "the value of '%s' cannot be exported as a variable", name);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "make it a file, whose path is exported:  %s: { from: ..., as: file }", name);
	mf_err_note(err, "nothing was exported");
	return -1;
}

int mf_value_check(const char *name, struct mf_str value, bool utf8, struct mf_err *err)
{
	if (value.n && memchr(value.p, '\0', value.n))
		return refuse(name, "it holds a NUL byte, which ends a variable", err);
	if (strlen(name) + 1 + value.n + 1 > MF_VARIABLE_MAX)
		return refuse(name, "it is longer than 128 KiB, so that no program could be started any more", err);
	if (utf8 && !mf_utf8_valid(value.p, value.n))
		return refuse(name, "it is no UTF-8, so that the runner would alter it", err);
	return 0;
}

int mf_output_check(const char *name, struct mf_str value, struct mf_err *err)
{
	const char *why = NULL;

	if (value.n && memchr(value.p, '\0', value.n))
		why = "it holds a NUL byte";
	else if (value.n > MF_OUTPUT_MAX)
		why = "it is longer than 1 MiB, GitHub's limit for an output";
	else if (!mf_utf8_valid(value.p, value.n))
		why = "it is no UTF-8, so that the runner would alter it";
	if (!why)
		return 0;
	mf_fail(err, MF_E_SINK_VALUE, "the value of '%s' cannot be a step output", name);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "make it a file, whose path becomes the output:  %s: { from: ..., as: file }", name);
	mf_err_note(err, "nothing was exported");
	return -1;
}

int mf_value_count(size_t *total, const char *name, size_t n, struct mf_err *err)
{
	*total += strlen(name) + n + 2;
	if (*total <= MF_VARIABLES_MAX)
		return 0;
	mf_fail(err, MF_E_SINK_VALUE, "the variables up to '%s' are longer than 1 MiB together", name);
	mf_err_why(err, "the system bounds arguments and environment of a program, so that later steps could not start");
	mf_err_hint(err, "make the longest ones files:  %s: { from: ..., as: file }", name);
	mf_err_note(err, "nothing was exported");
	return -1;
}

int mf_output_name_check(const char *name, bool loose, struct mf_err *err)
{
	bool ok = name[0] == '_' || ((name[0] | 32) >= 'a' && (name[0] | 32) <= 'z');

	for (const char *p = name; *p && ok; p++)
		ok = *p == '_' || *p == '-' || (loose && *p == '.') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || (*p >= '0' && *p <= '9');
	if (ok)
		return 0;
	mf_fail(err, MF_E_SINK_NAME, "'%s' cannot be the name of a step output", name);
	mf_err_why(err, "GitHub takes letters, digits, '_' and '-', with a letter or '_' first");
	mf_err_note(err, "nothing was exported");
	return -1;
}

int mf_item_name_check(const struct mf_item *item, const struct mf_sink_opts *opts, struct mf_err *err)
{
	const char *now = opts->env ? opts->env(item->name) : NULL;
	struct mf_sink_opts o = *opts;

	if (now && item->as == MF_AS_ENV && mf_str_eq(mf_str(now), mf_secret_reveal(item->value)))
		o.overwrite = true;
	return mf_name_check(item->name, &o, err);
}
