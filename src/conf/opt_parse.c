/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, by the tables of options. What was typed is quoted in a message only where it cannot be a secret:
 * options' names, never values. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "conf_priv.h"
#include "opt_priv.h"

enum { NAME_MAX_LEN = 48, FLAGS_MAX = 128 };

struct parser {
	const struct mf_cmd *cmd;
	int argc, at;			/* argv[at] is looked at */
	char **argv;
	struct mf_conf *conf;
	struct mf_common *common;
	void *dest;
	const char **rest;
	size_t n_rest;
	struct mf_err *err;
};

void mf_args_free(struct mf_args *args)
{
	if (!args)
		return;
	free((void *)args->v);
	*args = (struct mf_args){ 0 };
}

/* A name that may be shown: short, and of an option's letters only. A token after "--" is neither. */
static bool showable(struct mf_str s)
{
	if (s.n == 0 || s.n > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

static void hint_help(const struct parser *p)
{
	mf_err_hint(p->err, "mayfly %s --help", p->cmd->name);
}

static bool find_flag(struct mf_flag *out, const struct mf_cmd *cmd, struct mf_str name, bool *negated)
{
	struct mf_flag f;

	*negated = false;
	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (!f.name)
			continue;
		if (mf_str_is(name, f.name)) {
			*out = f;
			return true;
		}
		if (f.negatable && name.n > 3 && memcmp(name.p, "no-", 3) == 0 && mf_str_is((struct mf_str){ name.p + 3, name.n - 3 }, f.name)) {
			*out = f;
			*negated = true;
			return true;
		}
	}
	return false;
}

static bool find_letter(struct mf_flag *out, const struct mf_cmd *cmd, char letter)
{
	struct mf_flag f;

	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (f.name && f.letter == letter) {
			*out = f;
			return true;
		}
	}
	return false;
}

/* --vault-token: there is no such option on purpose. */
static bool hint_secret(const char *name, struct mf_err *err)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const struct mf_key_info *info = mf_key_info(k);
		char input[64];

		mf_key_input(input, k);
		if (info->type == MF_KT_SECRET && strcmp(input, name) == 0) {
			mf_err_why(err, "a secret is never read from the command line, which other processes can see");
			mf_err_hint(err, "set the variable %.*s", (int)strcspn(info->env, " "), info->env);
			return true;
		}
	}
	return false;
}

static void hint_nearest(struct parser *p, const char *name)
{
	const char *names[FLAGS_MAX];
	char negated[FLAGS_MAX][NAME_MAX_LEN];
	size_t n = 0, n_negated = 0;
	struct mf_flag f;
	const char *near;

	for (size_t i = 0; mf_flag_next(&f, p->cmd, &i) && n + 2 < FLAGS_MAX;) {
		if (!f.name)
			continue;
		names[n++] = f.name;
		if (f.negatable) {
			snprintf(negated[n_negated], NAME_MAX_LEN, "no-%.40s", f.name);
			names[n++] = negated[n_negated++];
		}
	}
	near = mf_nearest(name, names, n);
	if (near)
		mf_err_hint(p->err, "did you mean '--%s'?", near);
	else
		hint_help(p);
}

static int unknown_name(struct parser *p, struct mf_str name)
{
	char text[NAME_MAX_LEN + 1];

	if (!showable(name)) {
		mf_fail(p->err, MF_E_OPT_UNKNOWN, "argument %d is no option of 'mayfly %s'", p->at, p->cmd->name);
		hint_help(p);
		return -1;
	}
	snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
	mf_fail(p->err, MF_E_OPT_UNKNOWN, "unknown option '--%s' of 'mayfly %s'", text, p->cmd->name);
	if (!hint_secret(text, p->err))
		hint_nearest(p, text);
	return -1;
}

static int unknown_letter(struct parser *p, const char *word, char letter)
{
	struct mf_str whole = { word, strcspn(word, "=") };
	struct mf_flag f;
	bool negated;

	if (showable((struct mf_str){ &letter, 1 }))
		mf_fail(p->err, MF_E_OPT_UNKNOWN, "unknown option '-%c' of 'mayfly %s'", letter, p->cmd->name);
	else
		mf_fail(p->err, MF_E_OPT_UNKNOWN, "argument %d is no option of 'mayfly %s'", p->at, p->cmd->name);
	if (find_flag(&f, p->cmd, whole, &negated))
		mf_err_hint(p->err, "did you mean '--%.*s'?", (int)whole.n, whole.p);
	else
		hint_help(p);
	return -1;
}

static int add_to_list(struct parser *p, const struct mf_flag *f, struct mf_opt_list *list, const char *value)
{
	if (list->n == MF_OPT_LIST_MAX)
		return mf_fail(p->err, MF_E_OPT_ARITY, "'--%s' is given more than %d times", f->name, MF_OPT_LIST_MAX);
	list->v[list->n++] = value;
	return 0;
}

static int store_value(struct parser *p, const struct mf_flag *f, const char *value)
{
	char *base = f->common ? (char *)p->common : p->dest, near[64];

	if (f->info)
		return mf_conf_set_flag(p->conf, f->opt->key, value, p->err);
	if (f->choices && !mf_choice_has(f->choices, mf_str(value))) {
		mf_fail(p->err, MF_E_OPT_VALUE, "the value of '--%s' is none of its choices", f->name);
		mf_err_why(p->err, "it is one of: %s", f->choices);
		if (mf_choice_nearest(near, f->choices, mf_str(value)))
			mf_err_hint(p->err, "did you mean '%s'?", near);
		return -1;
	}
	if (!*value) {
		mf_fail(p->err, MF_E_OPT_VALUE, "the value of '--%s' is empty", f->name);
		return -1;
	}
	if (f->opt->kind == MF_OPT_LIST)
		return add_to_list(p, f, (struct mf_opt_list *)(void *)(base + f->opt->offset), value);
	memcpy(base + f->opt->offset, &value, sizeof(value));
	return 0;
}

static int set_switch(struct parser *p, const struct mf_flag *f, bool negated)
{
	char *base = f->common ? (char *)p->common : p->dest;

	if (f->info)
		return mf_conf_set_flag(p->conf, f->opt->key, negated ? "false" : "true", p->err);
	if (f->maybe) {
		static const char none[] = "";
		const char *value = none;

		memcpy(base + f->opt->offset, &value, sizeof(value));
		return 0;
	}
	++*(int *)(void *)(base + f->opt->offset);
	return 0;
}

/* The value of an option is the next argument, unless that looks like a long option itself. */
static int take_next(struct parser *p, const struct mf_flag *f)
{
	const char *next = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;

	if (!next || strncmp(next, "--", 2) == 0) {
		mf_fail(p->err, MF_E_OPT_ARITY, "option '--%s' needs a value", f->name);
		if (next)
			mf_err_hint(p->err, "write --%s=%s where the value begins with '--'", f->name, f->arg);
		else
			mf_err_hint(p->err, "write --%s %s", f->name, f->arg);
		return -1;
	}
	p->at++;
	return store_value(p, f, next);
}

static int parse_long(struct parser *p, const char *word)
{
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : NULL;
	struct mf_flag f;
	bool negated;

	if (!find_flag(&f, p->cmd, (struct mf_str){ word, n }, &negated))
		return unknown_name(p, (struct mf_str){ word, n });
	if (f.arg && (value || !f.maybe))
		return value ? store_value(p, &f, value) : take_next(p, &f);
	if (!value)
		return set_switch(p, &f, negated);
	if (f.info && !negated)
		return store_value(p, &f, value);
	mf_fail(p->err, MF_E_OPT_ARITY, "option '--%s%s' takes no value", negated ? "no-" : "", f.name);
	return -1;
}

/* -nq, -cFILE, -c FILE */
static int parse_letters(struct parser *p, const char *word)
{
	for (const char *l = word; *l; l++) {
		struct mf_flag f;

		if (!find_letter(&f, p->cmd, *l))
			return unknown_letter(p, word, *l);
		if (f.arg && !f.maybe)
			return l[1] ? store_value(p, &f, l + 1) : take_next(p, &f);
		if (set_switch(p, &f, false))
			return -1;
	}
	return 0;
}

/* How many arguments the usage text allows. "COMMAND" may be two words. */
static int check_count(struct parser *p)
{
	const char *spec = p->cmd->args ? p->cmd->args : "";
	size_t least = 0, most = 0;
	struct mf_slot slot;

	while (mf_slot_next(&slot, &spec)) {
		least += !slot.optional;
		most = slot.repeats || most == SIZE_MAX ? SIZE_MAX : most + 1 + mf_str_is(slot.name, "COMMAND");
	}
	if (p->n_rest > most) {
		if (most == 0)
			mf_fail(p->err, MF_E_OPT_ARITY, "'mayfly %s' takes no arguments (%zu given)", p->cmd->name, p->n_rest);
		else
			mf_fail(p->err, MF_E_OPT_ARITY, "'mayfly %s' takes at most %zu arguments (%zu given)", p->cmd->name,
				most, p->n_rest);
		hint_help(p);
		return -1;
	}
	if (p->n_rest < least && !p->common->help) {
		mf_fail(p->err, MF_E_OPT_ARITY, "'mayfly %s' needs %s", p->cmd->name, p->cmd->args);
		mf_err_hint(p->err, "mayfly %s %s", p->cmd->name, p->cmd->args);
		return -1;
	}
	return 0;
}

static int parse_all(struct parser *p)
{
	bool options = true;

	for (p->at = 1; p->at < p->argc; p->at++) {
		const char *word = p->argv[p->at];

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (!options || word[0] != '-' || !word[1])
			p->rest[p->n_rest++] = word;
		else if (word[1] == '-' ? parse_long(p, word + 2) : parse_letters(p, word + 1))
			return -1;
	}
	return check_count(p);
}

int mf_opt_parse(const struct mf_cmd *cmd, int argc, char **argv, struct mf_conf *conf, struct mf_common *common, void *dest,
		 struct mf_args *rest, struct mf_err *err)
{
	struct parser p = { .cmd = cmd, .argc = argc, .argv = argv, .conf = conf, .common = common, .dest = dest, .err = err };

	p.rest = mf_calloc((size_t)(argc > 0 ? argc : 0) + 1, sizeof(*p.rest));
	if (!p.rest)
		return mf_fail_nomem(err);
	if (parse_all(&p)) {
		free(p.rest);
		return -1;
	}
	*rest = (struct mf_args){ .v = p.rest, .n = p.n_rest };
	return 0;
}
