/* SPDX-License-Identifier: Apache-2.0 */
/* Completion scripts for bash, zsh and fish: commands, options, choices, files. */
#include <stdio.h>

#include "opt_priv.h"

/* The name to offer: what one would need to write. */
static void offer(char out[static 96], const struct mf_flag *f)
{
	snprintf(out, 96, "--%s%s", f->on_by_default ? "no-" : "", f->name);
}

static bool two_words(const struct mf_cmd *cmd)
{
	return strchr(cmd->name, ' ') != NULL;
}

/* Names that may stand first, each once: "run exchange export". */
static void first_words(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	for (size_t i = 0; cmds[i]; i++) {
		size_t n = strcspn(cmds[i]->name, " ");
		bool again = false;

		for (size_t j = 0; j < i; j++)
			again = again || (strncmp(cmds[j]->name, cmds[i]->name, n) == 0 && strchr(" ", cmds[j]->name[n]));
		if (!again)
			mf_pagef(o, "%s%.*s", i ? " " : "", (int)n, cmds[i]->name);
	}
}

static void second_words(struct mf_page *o, const struct mf_cmd *const *cmds, const struct mf_cmd *of)
{
	size_t n = strcspn(of->name, " ") + 1;
	bool any = false;

	for (size_t i = 0; cmds[i]; i++) {
		if (strncmp(cmds[i]->name, of->name, n) == 0) {
			mf_pagef(o, "%s%s", any ? " " : "", cmds[i]->name + n);
			any = true;
		}
	}
}

static bool first_with_word(const struct mf_cmd *const *cmds, size_t i)
{
	size_t n = strcspn(cmds[i]->name, " ") + 1;

	for (size_t j = 0; j < i; j++) {
		if (strncmp(cmds[j]->name, cmds[i]->name, n) == 0)
			return false;
	}
	return true;
}

/* What can be offered for an argument: words, or files. */
static void slot_words(struct mf_page *o, const struct mf_cmd *const *cmds, const struct mf_slot *slot)
{
	if (mf_str_is(slot->name, "COMMAND")) {
		first_words(o, cmds);
		return;
	}
	if (!memchr(slot->name.p, '|', slot->name.n))
		return;
	for (size_t i = 0; i < slot->name.n; i++)
		mf_pagef(o, "%c", slot->name.p[i] == '|' ? ' ' : slot->name.p[i]);
}

static bool slot_is_file(const struct mf_slot *slot)
{
	return mf_str_is(slot->name, "FILE") || mf_str_is(slot->name, "PATH");
}

/* -- bash -- */

static void bash_value(struct mf_page *o, const struct mf_flag *f)
{
	if (f->letter)
		mf_pagef(o, "\t-%c|--%s)\n", f->letter, f->name);
	else
		mf_pagef(o, "\t--%s)\n", f->name);
	if (f->choices)
		mf_pagef(o, "\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", f->choices);
	else if (mf_flag_is_file(f))
		mf_pagef(o, "\t\t_mayfly_files \"$cur\" ;;\n");
	else
		mf_pagef(o, "\t\tCOMPREPLY=() ;;\n");
}

static bool same_flag_before(const struct mf_cmd *const *cmds, size_t cmd, size_t at, const char *name)
{
	struct mf_flag f;

	for (size_t c = 0; c <= cmd; c++) {
		for (size_t i = 0; !(c == cmd && i >= at) && mf_flag_next(&f, cmds[c], &i);) {
			if (f.name && strcmp(f.name, name) == 0)
				return true;
		}
	}
	return false;
}

static void bash_values(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	struct mf_flag f;

	for (size_t c = 0; cmds[c]; c++) {
		for (size_t i = 0, at = 0; mf_flag_next(&f, cmds[c], &i); at = i) {
			if (f.name && f.arg && !f.maybe && !same_flag_before(cmds, c, at, f.name))
				bash_value(o, &f);
		}
	}
}

static void bash_command(struct mf_page *o, const struct mf_cmd *const *cmds, const struct mf_cmd *cmd)
{
	const char *spec = cmd->args ? cmd->args : "";
	struct mf_slot slot;
	struct mf_flag f;
	char name[96];

	mf_pagef(o, "\t'%s')\n\t\topts='", cmd->name);
	for (size_t i = 0, any = 0; mf_flag_next(&f, cmd, &i);) {
		if (!f.name)
			continue;
		offer(name, &f);
		mf_pagef(o, "%s%s", any++ ? " " : "", name);
	}
	mf_pagef(o, "'\n");
	if (mf_slot_next(&slot, &spec)) {
		if (slot_is_file(&slot)) {
			mf_pagef(o, "\t\tfiles=1\n");
		} else {
			mf_pagef(o, "\t\twords='");
			slot_words(o, cmds, &slot);
			mf_pagef(o, "'\n");
		}
	}
	mf_pagef(o, "\t\t;;\n");
}

static void bash(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	mf_pagef(o, "# bash completion for mayfly, made from its tables of options\n\n"
		   "_mayfly_files()\n{\n"
		   "\tlocal IFS=$'\\n'\n"
		   "\ttype compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null\n"
		   "\tCOMPREPLY=($(compgen -f -- \"$1\"))\n}\n\n"
		   "_mayfly()\n{\n"
		   "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev='' cmd=${COMP_WORDS[1]} opts='' words='' files=''\n"
		   "\tCOMPREPLY=()\n"
		   "\t((COMP_CWORD > 1)) && prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		   "\t# --name=value arrives as three words\n"
		   "\tif [[ $cur == '=' ]]; then\n"
		   "\t\tcur=''\n"
		   "\telif [[ $prev == '=' ]] && ((COMP_CWORD > 2)); then\n"
		   "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
		   "\tfi\n"
		   "\tif ((COMP_CWORD == 1)); then\n"
		   "\t\tCOMPREPLY=($(compgen -W '");
	first_words(o, cmds);
	mf_pagef(o, " --help --version' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $cmd in\n");
	for (size_t i = 0; cmds[i]; i++) {
		if (!two_words(cmds[i]) || !first_with_word(cmds, i))
			continue;
		mf_pagef(o, "\t%.*s)\n\t\tif ((COMP_CWORD == 2)); then\n\t\t\tCOMPREPLY=($(compgen -W '", (int)strcspn(cmds[i]->name, " "),
			cmds[i]->name);
		second_words(o, cmds, cmds[i]);
		mf_pagef(o, "' -- \"$cur\"))\n\t\t\treturn\n\t\tfi\n\t\tcmd+=\" ${COMP_WORDS[2]}\" ;;\n");
	}
	mf_pagef(o, "\tesac\n\tcase $prev in\n");
	bash_values(o, cmds);
	mf_pagef(o, "\t*)\n\t\tprev='' ;;\n\tesac\n\t[[ -n $prev ]] && return\n\tcase $cmd in\n");
	for (size_t i = 0; cmds[i]; i++)
		bash_command(o, cmds, cmds[i]);
	mf_pagef(o, "\tesac\n"
		   "\tif [[ $cur == -* ]]; then\n"
		   "\t\tCOMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"))\n"
		   "\telif [[ -n $files ]]; then\n"
		   "\t\t_mayfly_files \"$cur\"\n"
		   "\telse\n"
		   "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		   "\tfi\n}\n\n"
		   "complete -F _mayfly mayfly\n");
}

/* -- zsh -- */

/* Text inside '...' and, there, inside [...] or before a ':'. */
static void zsh_text(struct mf_page *o, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			mf_pagef(o, "'\\''");
		else if (strchr("[]:\\", *s))
			mf_pagef(o, "\\%c", *s);
		else
			mf_page_add(o, s, 1);
	}
}

static void zsh_option(struct mf_page *o, const struct mf_flag *f)
{
	char name[96];

	offer(name, f);
	if (f->letter && f->arg)
		mf_pagef(o, "\t\t\t'(-%c %s)'{-%c+,%s=}'[", f->letter, name, f->letter, name);
	else if (f->letter)
		mf_pagef(o, "\t\t\t'(-%c %s)'{-%c,%s}'[", f->letter, name, f->letter, name);
	else
		mf_pagef(o, "\t\t\t'%s%s%s[", f->repeats ? "*" : "", name, f->maybe ? "=-" : f->arg ? "=" : "");
	if (f->on_by_default)
		mf_pagef(o, "not\\: ");
	zsh_text(o, f->brief);
	mf_pagef(o, "]");
	if (f->arg) {
		mf_pagef(o, f->maybe ? "::" : ":");
		zsh_text(o, f->arg);
		if (f->choices)
			mf_pagef(o, ":(%s)", f->choices);
		else
			mf_pagef(o, mf_flag_is_file(f) ? ":_files" : ": ");
	}
	mf_pagef(o, "' \\\n");
}

static void zsh_command(struct mf_page *o, const struct mf_cmd *const *cmds, const struct mf_cmd *cmd)
{
	const char *spec = cmd->args ? cmd->args : "";
	struct mf_slot slot;
	struct mf_flag f;

	mf_pagef(o, "\t'%s')\n\t\t_arguments -s -S : \\\n", cmd->name);
	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (f.name)
			zsh_option(o, &f);
	}
	if (mf_slot_next(&slot, &spec)) {
		mf_pagef(o, "\t\t\t'%s:argument:", slot.repeats ? "*" : "1");
		if (slot_is_file(&slot)) {
			mf_pagef(o, "_files' \\\n");
		} else {
			mf_pagef(o, "(");
			slot_words(o, cmds, &slot);
			mf_pagef(o, ")' \\\n");
		}
	}
	mf_pagef(o, "\t\t\t&& return 0\n\t\t;;\n");
}

static void zsh_first_words(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	for (size_t i = 0; cmds[i]; i++) {
		if (two_words(cmds[i]) && !first_with_word(cmds, i))
			continue;
		mf_pagef(o, "\t\t\t'%.*s:", (int)strcspn(cmds[i]->name, " "), cmds[i]->name);
		zsh_text(o, cmds[i]->brief);
		mf_pagef(o, "'\n");
	}
}

static void zsh(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	mf_pagef(o, "#compdef mayfly\n# zsh completion for mayfly, made from its tables of options\n\n"
		   "_mayfly()\n{\n"
		   "\tlocal cmd=${words[2]}\n"
		   "\tlocal -a commands\n\n"
		   "\tif ((CURRENT == 2)); then\n"
		   "\t\tcommands=(\n");
	zsh_first_words(o, cmds);
	mf_pagef(o, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tshift words\n\t((CURRENT--))\n\tcase $cmd in\n");
	for (size_t i = 0; cmds[i]; i++) {
		if (!two_words(cmds[i]) || !first_with_word(cmds, i))
			continue;
		mf_pagef(o, "\t%.*s)\n\t\tif ((CURRENT == 2)); then\n\t\t\tcompadd ", (int)strcspn(cmds[i]->name, " "), cmds[i]->name);
		second_words(o, cmds, cmds[i]);
		mf_pagef(o, "\n\t\t\treturn\n\t\tfi\n\t\tcmd+=\" ${words[2]}\"\n\t\tshift words\n\t\t((CURRENT--))\n\t\t;;\n");
	}
	mf_pagef(o, "\tesac\n\tcase $cmd in\n");
	for (size_t i = 0; cmds[i]; i++)
		zsh_command(o, cmds, cmds[i]);
	mf_pagef(o, "\tesac\n\treturn 1\n}\n\n"
		   "if [[ $funcstack[1] == _mayfly ]]; then\n\t_mayfly \"$@\"\nelse\n\tcompdef _mayfly mayfly\nfi\n");
}

/* -- fish -- */

static void fish_text(struct mf_page *o, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			mf_pagef(o, "\\");
		mf_page_add(o, s, 1);
	}
}

static void fish_option(struct mf_page *o, const struct mf_cmd *cmd, const struct mf_flag *f)
{
	char name[96];

	offer(name, f);
	mf_pagef(o, "complete -c mayfly -n \"__mayfly_on '%s'\" -l %s", cmd->name, name + 2);
	if (f->letter)
		mf_pagef(o, " -s %c", f->letter);
	if (f->choices)
		mf_pagef(o, " -x -a '%s'", f->choices);
	else if (f->arg && !f->maybe)
		mf_pagef(o, mf_flag_is_file(f) ? " -r -F" : " -x");
	mf_pagef(o, " -d '%s", f->on_by_default ? "not: " : "");
	fish_text(o, f->brief);
	mf_pagef(o, "'\n");
}

static void fish_command(struct mf_page *o, const struct mf_cmd *const *cmds, size_t at)
{
	const struct mf_cmd *cmd = cmds[at];
	const char *spec = cmd->args ? cmd->args : "";
	size_t n = strcspn(cmd->name, " ");
	struct mf_slot slot;
	struct mf_flag f;

	if (!two_words(cmd) || first_with_word(cmds, at)) {
		mf_pagef(o, "complete -c mayfly -n '__mayfly_words 1' -a %.*s -d '", (int)n, cmd->name);
		fish_text(o, cmd->brief);
		mf_pagef(o, "'\n");
	}
	if (two_words(cmd)) {
		mf_pagef(o, "complete -c mayfly -n \"__mayfly_words 2; and __mayfly_on '%.*s'\" -a %s -d '", (int)n, cmd->name, cmd->name + n + 1);
		fish_text(o, cmd->brief);
		mf_pagef(o, "'\n");
	}
	if (mf_slot_next(&slot, &spec)) {
		mf_pagef(o, "complete -c mayfly -n \"__mayfly_on '%s'\"", cmd->name);
		if (slot_is_file(&slot)) {
			mf_pagef(o, " -F\n");
		} else {
			mf_pagef(o, " -a '");
			slot_words(o, cmds, &slot);
			mf_pagef(o, "'\n");
		}
	}
	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (f.name)
			fish_option(o, cmd, &f);
	}
}

static void fish(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	mf_pagef(o, "# fish completion for mayfly, made from its tables of options\n\n"
		   "function __mayfly_on\n"
		   "\tset -l words (commandline -opc)\n"
		   "\tset -l line \"$words[2..-1] \"\n"
		   "\tstring match -q -- \"$argv[1] *\" $line\nend\n\n"
		   "function __mayfly_words\n"
		   "\ttest (count (commandline -opc)) -eq $argv[1]\nend\n\n"
		   "complete -c mayfly -f\n"
		   "complete -c mayfly -n '__mayfly_words 1' -l help -s h -d 'show the help'\n"
		   "complete -c mayfly -n '__mayfly_words 1' -l version -d 'show the version'\n");
	for (size_t i = 0; cmds[i]; i++)
		fish_command(o, cmds, i);
}

int mf_opt_completion(struct mf_buf *out, const char *shell, const struct mf_cmd *const *cmds, struct mf_err *err)
{
	static const struct { const char *name; void (*write)(struct mf_page *, const struct mf_cmd *const *); } shells[] = {
		{ "bash", bash }, { "zsh", zsh }, { "fish", fish },
	};
	static const char *const names[] = { "bash", "zsh", "fish" };
	struct mf_page o = { .buf = out, .err = err };
	const char *near;

	for (size_t i = 0; i < MF_COUNT(shells); i++) {
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].write(&o, cmds);
			return o.failed ? -1 : 0;
		}
	}
	near = mf_nearest(shell, names, MF_COUNT(names));
	mf_fail(err, MF_E_OPT_VALUE, "no completion for this shell");
	mf_err_why(err, "there is one for bash, zsh and fish");
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	return -1;
}
